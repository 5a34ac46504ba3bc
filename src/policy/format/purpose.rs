//! The table of a purpose.

use super::{BASES, Key, Kind, Need, OPERATIONS, Table};

pub(super) const PURPOSE: Table = Table {
    name: "purpose",
    doc: "What data is processed for; a visitor says yes or no to each purpose that is not necessary.",
    keys: &[&[
        Key {
            name: "id",
            kind: Kind::Identifier,
            need: Need::Required,
            doc: "Its name in forms, in the cookie and in the log; another name is another purpose.",
            example: "\"metrics\"",
        },
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
            doc: "What sort of purpose it is, which decides what law asks of it. Only `necessary` is never asked for.",
            example: "\"metrics\"",
        },
        Key {
            name: "title",
            kind: Kind::Text,
            need: Need::Required,
            doc: "Title beside its switch.",
            example: "{ ru = \"Метрические программы\", en = \"Metrics\" }",
        },
        Key {
            name: "description",
            kind: Kind::Text,
            need: Need::Required,
            doc: "One sentence for people.",
            example: "{ ru = \"Подсчёт посетителей и чтения статей.\", en = \"Counting visitors and article reads.\" }",
        },
        Key {
            name: "basis",
            kind: Kind::Word(&BASES),
            need: Need::Required,
            doc: "Legal ground (152-FZ, article 6(1); GDPR, article 6(1)). Reading or storing on a visitor's device needs \
                  consent whatever stands here, unless it is necessary.",
            example: "\"consent\"",
        },
        Key {
            name: "data",
            kind: Kind::Texts,
            need: Need::Required,
            doc: "The data processed, item by item; open ends such as \"and the like\" are no list.",
            example: "[{ ru = \"IP-адрес\", en = \"IP address\" }, { ru = \"сведения о браузере\", en = \"browser details\" }]",
        },
        Key {
            name: "subjects",
            kind: Kind::Texts,
            need: Need::Default("[]"),
            doc: "Categories of people whose data it is (152-FZ, article 18.1(1)(2)). Without it the documents say \
                  \"visitors of the site\".",
            example: "[{ ru = \"посетители сайта\", en = \"visitors of the site\" }]",
        },
        Key {
            name: "operations",
            kind: Kind::Words(&OPERATIONS),
            need: Need::Optional,
            doc: "Operations for this purpose, where they are fewer than those of `[processing]`.",
            example: "[\"collect\", \"record\", \"store\", \"use\", \"destroy\"]",
        },
        Key {
            name: "retention",
            kind: Kind::Term,
            need: Need::Required,
            doc: "How long the data is kept.",
            example: "\"365 days\"",
        },
        Key {
            name: "end",
            kind: Kind::Word(&["destroy", "depersonalise"]),
            need: Need::Default("\"destroy\""),
            doc: "What happens to the data then (152-FZ, article 5(7)).",
            example: "\"destroy\"",
        },
        Key {
            name: "sale",
            kind: Kind::Boolean,
            need: Need::Default("false"),
            doc: "Whether data is sold, shared or used for cross-context advertising in the sense of US state law; \
                  `Sec-GPC: 1` switches such purposes off. Advertising counts as such in any case.",
            example: "false",
        },
        Key {
            name: "exemption",
            kind: Kind::Word(&["audience-measurement", "uk-statistics", "uk-appearance"]),
            need: Need::Optional,
            doc: "A claim that no consent is needed though the purpose is not necessary: the audience measurement of \
                  CNIL 2020-091, article 5, or the exceptions of PECR Schedule A1. The gate does not open by it; `check` \
                  asks for the assessment.",
            example: "\"audience-measurement\"",
        },
        Key {
            name: "assessment",
            kind: Kind::Text,
            need: Need::Optional,
            doc: "Where the operator's own assessment of that exemption, or of a legitimate interest, is kept.",
            example: "\"Assessment 7 of 2026-01-10\"",
        },
    ]],
};
