//! The tables of a service, in a site's policy and in the catalogue.

use super::{Key, Kind, Need, OPERATIONS, Table};

/// How a page includes a service.
pub(crate) const FORMS: [&str; 12] = [
    "bundle",
    "container",
    "data-call",
    "document-write",
    "frame",
    "hint",
    "image",
    "inline-loader",
    "noscript-frame",
    "noscript-image",
    "script",
    "script-pixel",
];

pub(super) const SERVICE: Table = Table {
    name: "service",
    doc: "One thing that is gated: a counter, a widget, a player, or the site's own code that asks for the decision. \
          Name one of the catalogue, or describe it here. A service without a purpose is an error, never \"allowed\".",
    keys: &[
        &[
            Key {
                name: "catalogue",
                kind: Kind::Identifier,
                need: Need::Optional,
                doc: "A known service: `policies/catalogue`, or `catalogue/<id>.toml` of this folder, which comes first. \
                      Then the keys of a description may be left out; those that are given replace the catalogue's.",
                example: "\"yandex-metrika\"",
            },
            Key {
                name: "purpose",
                kind: Kind::Identifier,
                need: Need::Optional,
                doc: "The purpose it serves.",
                example: "\"metrics\"",
            },
            Key {
                name: "purposes",
                kind: Kind::Strings,
                need: Need::Optional,
                doc: "The purposes it serves, where there are several: it runs when all of them are allowed.",
                example: "[\"metrics\", \"advertising\"]",
            },
            Key {
                name: "role",
                kind: Kind::Word(&["processor", "controller", "joint", "self"]),
                need: Need::Default("\"controller\""),
                doc: "What its operator is: a processor on instruction, a controller of its own, a joint one, or the site \
                      itself. A controller unless told, as for counters that use data for themselves.",
                example: "\"processor\"",
            },
            Key {
                name: "contract",
                kind: Kind::Table(&CONTRACT),
                need: Need::Optional,
                doc: CONTRACT.doc,
                example: "",
            },
            Key {
                name: "safeguard",
                kind: Kind::Text,
                need: Need::Optional,
                doc: "What makes a transfer to its country lawful (GDPR, articles 45 to 49).",
                example: "\"Standard contractual clauses of 2021-06-04\"",
            },
            Key {
                name: "transfer-notice",
                kind: Kind::String,
                need: Need::Optional,
                doc: "The notice of cross-border transfer to the regulator (152-FZ, article 12).",
                example: "\"No. 12 of 2025-02-03\"",
            },
            Key {
                name: "storage",
                kind: Kind::Country,
                need: Need::Optional,
                doc: "Country in which it first records what it collects. Without it the operator's country.",
                example: "\"RU\"",
            },
            Key {
                name: "sharing",
                kind: Kind::Boolean,
                need: Need::Default("true"),
                doc: "Whether its operator gets the data for itself or for others; an exempt audience measurement must \
                      not.",
                example: "false",
            },
        ],
        DESCRIPTION,
    ],
};

/// What a service is, wherever it is described.
const DESCRIPTION: &[Key] = &[
    Key {
        name: "id",
        kind: Kind::Identifier,
        need: Need::Optional,
        doc: "Its name; needed where no catalogue gives one.",
        example: "\"own-counter\"",
    },
    Key {
        name: "title",
        kind: Kind::Text,
        need: Need::Optional,
        doc: "Title for people; needed where no catalogue gives one.",
        example: "{ ru = \"Собственный счётчик\", en = \"Own counter\" }",
    },
    Key {
        name: "operator",
        kind: Kind::Text,
        need: Need::Optional,
        doc: "Who runs it; needed where no catalogue gives one. Every recipient is named (GDPR, article 13(1)(e)).",
        example: "{ ru = \"ООО «Вести Края»\", en = \"Vesti Kraya LLC\" }",
    },
    Key {
        name: "address",
        kind: Kind::Text,
        need: Need::Optional,
        doc: "Postal address of its operator; the consent must name it when it is a processor (152-FZ, article 9(4)).",
        example: "{ ru = \"119021, Москва, ул. Льва Толстого, д. 16\", en = \"16 Lva Tolstogo St., Moscow 119021\" }",
    },
    Key {
        name: "country",
        kind: Kind::Country,
        need: Need::Optional,
        doc: "Country of its operator; needed where no catalogue gives one.",
        example: "\"RU\"",
    },
    Key {
        name: "hosts",
        kind: Kind::Strings,
        need: Need::Default("[]"),
        doc: "Hosts that belong to it: `*.` for subdomains, a path after the host if need be. Scripts, pictures, frames, \
              styles and hints with such an address are gated.",
        example: "[\"counter.example\", \"*.cdn.example\", \"big.example/stats/\"]",
    },
    Key {
        name: "scripts",
        kind: Kind::Strings,
        need: Need::Default("[]"),
        doc: "Addresses that are gated as scripts only; the rest of that host stays as it is.",
        example: "[\"cdn.example/counter.js\"]",
    },
    Key {
        name: "frames",
        kind: Kind::Strings,
        need: Need::Default("[]"),
        doc: "Addresses that are gated as frames only.",
        example: "[\"player.example/embed/\"]",
    },
    Key {
        name: "images",
        kind: Kind::Strings,
        need: Need::Default("[]"),
        doc: "Addresses that are gated as pictures only.",
        example: "[\"pixel.example/hit\"]",
    },
    Key {
        name: "links",
        kind: Kind::Strings,
        need: Need::Default("[]"),
        doc: "Addresses that are gated as links only: styles, preloads, connection hints.",
        example: "[\"fonts.example\"]",
    },
    Key {
        name: "inline",
        kind: Kind::Strings,
        need: Need::Default("[]"),
        doc: "Texts that only this service's inline snippets hold, at least four ASCII characters.",
        example: "[\"counter.example/tag.js\"]",
    },
    Key { name: "cookies", kind: Kind::Tables(&COOKIE), need: Need::Optional, doc: COOKIE.doc, example: "" },
    Key {
        name: "forms",
        kind: Kind::Words(&FORMS),
        need: Need::Default("[]"),
        doc: "How pages include it, for documents and for `scan`.",
        example: "[\"inline-loader\", \"noscript-image\"]",
    },
];

const COOKIE: Table = Table {
    name: "cookies",
    doc: "Cookies and storage keys it sets; they are listed to visitors and removed after a refusal, storage keys by the script.",
    keys: &[&[
        Key {
            name: "name",
            kind: Kind::String,
            need: Need::Required,
            doc: "Name, or what the names begin with and a `*`.",
            example: "\"_counter_*\"",
        },
        Key {
            name: "lifetime",
            kind: Kind::String,
            need: Need::Required,
            doc: "How long it lives: a term, `session`, or `unknown` where the service does not say.",
            example: "\"365 days\"",
        },
        Key {
            name: "party",
            kind: Kind::Word(&["first", "third"]),
            need: Need::Default("\"first\""),
            doc: "Whether it is set on this site's own domain, where a withdrawal can expire it, or on the service's.",
            example: "\"first\"",
        },
        Key {
            name: "domain",
            kind: Kind::String,
            need: Need::Optional,
            doc: "Domain of a third-party cookie.",
            example: "\".counter.example\"",
        },
        Key {
            name: "storage",
            kind: Kind::Word(&["cookie", "local", "session"]),
            need: Need::Default("\"cookie\""),
            doc: "Where the browser keeps it: as a cookie, in local storage or in session storage.",
            example: "\"local\"",
        },
        Key {
            name: "purpose",
            kind: Kind::Text,
            need: Need::Optional,
            doc: "What it is for, in a few words.",
            example: "{ ru = \"отличает посетителей\", en = \"tells visitors apart\" }",
        },
    ]],
};

const CONTRACT: Table = Table {
    name: "contract",
    doc: "The contract with a processor and what it settles (152-FZ, article 6(3); GDPR, article 28).",
    keys: &[&[
        Key {
            name: "reference",
            kind: Kind::String,
            need: Need::Required,
            doc: "Number and date.",
            example: "\"No. 7 of 2026-01-10\"",
        },
        Key {
            name: "operations",
            kind: Kind::Words(&OPERATIONS),
            need: Need::Default("[]"),
            doc: "Operations the processor performs.",
            example: "[\"collect\", \"store\"]",
        },
        Key {
            name: "settles",
            kind: Kind::Words(&SETTLES),
            need: Need::Default("[]"),
            doc: "What else the contract settles; the law wants all of them.",
            example: "[\"data\", \"purposes\", \"confidentiality\", \"localisation\", \"evidence\", \"security\", \"incidents\"]",
        },
    ]],
};

/// What an instruction to a processor must settle besides operations (152-FZ, article 6(3)).
pub(crate) const SETTLES: [&str; 7] =
    ["data", "purposes", "confidentiality", "localisation", "evidence", "security", "incidents"];

/// A file of the catalogue.
pub(crate) const CATALOGUE: Table = Table {
    name: "",
    doc: "A known service.",
    keys: &[
        DESCRIPTION,
        &[
            Key {
                name: "kind",
                kind: Kind::Word(&[
                    "advertising",
                    "metrics",
                    "necessary",
                    "preferences",
                    "recommendations",
                    "social",
                    "video",
                ]),
                need: Need::Required,
                doc: "What sort of purpose it usually serves.",
                example: "\"metrics\"",
            },
            Key {
                name: "containers",
                kind: Kind::Strings,
                need: Need::Default("[]"),
                doc: "Identifiers (`#…`) and classes (`.…`) of the elements its loader fills, with `*` for anything; `scan` \
                      knows it by them.",
                example: "[\"#counter_*\", \".counter-widget\"]",
            },
            Key {
                name: "evidence",
                kind: Kind::Word(&["stored-pages", "public-code", "listed"]),
                need: Need::Required,
                doc: "What the entry rests on: pages that were read, public code, or public catalogues only.",
                example: "\"stored-pages\"",
            },
            Key {
                name: "source",
                kind: Kind::Url,
                need: Need::Required,
                doc: "The public page the facts come from, best the vendor's own.",
                example: "\"https://counter.example/help\"",
            },
            Key {
                name: "verified_on",
                kind: Kind::Date,
                need: Need::Required,
                doc: "The day the facts were checked.",
                example: "2026-11-22",
            },
        ],
    ],
};
