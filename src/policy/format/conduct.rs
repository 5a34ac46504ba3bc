//! The tables that say how the site behaves: choice, cookie, record, banner, gate, signals; and the marks that steer
//! versions and rules.

use super::{Key, Kind, MODELS, Need, Table};

pub(super) const CHOICE: Table = Table {
    name: "choice",
    doc: "How a visitor's answer comes about and how long it holds.",
    keys: &[
        MODEL,
        &[
            Key {
                name: "ask-again",
                kind: Kind::Term,
                need: Need::Default("\"180 days\""),
                doc: "How long after a refusal the banner stays away at least; it stays away for all of `remember` in any \
                      case, since a refusal is kept as long as a consent.",
                example: "\"180 days\"",
            },
            Key {
                name: "country-header",
                kind: Kind::String,
                need: Need::Optional,
                doc: "Header in which a trusted proxy puts the visitor's country (two letters, or `US-CA`); it picks the \
                      profile of `[choice.profiles]`. Without it, and for an unknown country, the values of `[choice]` \
                      hold. Let the proxy remove the header from what visitors send.",
                example: "\"cf-ipcountry\"",
            },
            Key {
                name: "wall",
                kind: Kind::Boolean,
                need: Need::Default("false"),
                doc: "Whether content is closed to those who refuse. The layer never closes anything; the key tells of a \
                      wall the site itself has, so that `check` asks for its ground (GDPR, article 7(4)).",
                example: "false",
            },
            Key {
                name: "alternative",
                kind: Kind::Text,
                need: Need::Optional,
                doc: "What a refuser can use instead where there is a wall.",
                example: "\"…\"",
            },
            Key {
                name: "reviewed-by",
                kind: Kind::String,
                need: Need::Optional,
                doc: "Who found that alternative a real one, and when.",
                example: "\"…\"",
            },
            Key {
                name: "profiles",
                kind: Kind::ByProfile(&PROFILE),
                need: Need::Optional,
                doc: PROFILE.doc,
                example: "",
            },
        ],
    ],
};

const MODEL: &[Key] = &[
    Key {
        name: "model",
        kind: Kind::Word(&MODELS),
        need: Need::Required,
        doc: "`opt-in`: nothing runs before a yes. `opt-out`: runs until a no. `notice`: opening a second page after the \
              banner was shown counts as a yes; `check` objects to it for `ru` and `eu`.",
        example: "\"opt-in\"",
    },
    Key {
        name: "remember",
        kind: Kind::Term,
        need: Need::Required,
        doc: "How long an answer is kept before the visitor is asked anew, at most 400 days (RFC 6265bis).",
        example: "\"180 days\"",
    },
];

const PROFILE: Table = Table {
    name: "profiles",
    doc: "Another model for visitors of one profile, for instance `[choice.profiles.us-ca]`; asks for \
          `country-header`.",
    keys: &[MODEL],
};

pub(super) const COOKIE: Table = Table {
    name: "cookie",
    doc: "The cookie that remembers the choice. It is always HttpOnly, SameSite=Lax, Path=/ and signed.",
    keys: &[&[Key {
        name: "domain",
        kind: Kind::String,
        need: Need::Optional,
        doc: "Parent domain, where one choice is to hold on all its subdomains. Without it the choice holds on this host \
              alone and the cookie has the `__Host-` prefix.",
        example: "\"news.example\"",
    }]],
};

pub(super) const RECORD: Table = Table {
    name: "record",
    doc: "What a record keeps beyond the choice itself. All of it is off unless told: less data, less to answer for.",
    keys: &[&[
        Key {
            name: "address",
            kind: Kind::Word(&["none", "prefix", "keyed-hash"]),
            need: Need::Default("\"none\""),
            doc: "The visitor's IP address: not at all, as a /24 or /48 prefix, or as a keyed hash.",
            example: "\"prefix\"",
        },
        Key {
            name: "address-header",
            kind: Kind::String,
            need: Need::Optional,
            doc: "Header in which a trusted proxy puts the visitor's address; needed where `address` is kept. Let the proxy \
                  remove the header from what visitors send.",
            example: "\"x-real-ip\"",
        },
        Key {
            name: "browser",
            kind: Kind::Word(&["none", "family"]),
            need: Need::Default("\"none\""),
            doc: "The browser: not at all, or its family only.",
            example: "\"family\"",
        },
        Key {
            name: "page",
            kind: Kind::Word(&["none", "path"]),
            need: Need::Default("\"none\""),
            doc: "The page on which the choice was made: not at all, or its path without the query.",
            example: "\"path\"",
        },
    ]],
};

pub(super) const BANNER: Table = Table {
    name: "banner",
    doc: "How the banner looks. Accept, refuse and choose always have equal weight and stand on the first layer.",
    keys: &[&[
        Key {
            name: "variant",
            kind: Kind::Word(&["bar", "corner", "centred"]),
            need: Need::Default("\"bar\""),
            doc: "A bar at the bottom, a card in the corner, or a card in the middle. The bar hides least of the page.",
            example: "\"corner\"",
        },
        Key {
            name: "close",
            kind: Kind::Boolean,
            need: Need::Default("false"),
            doc: "Whether there is a close button that means \"continue without tracking\" (Garante 231/2021 asks for one).",
            example: "true",
        },
        Key {
            name: "brand",
            kind: Kind::Boolean,
            need: Need::Default("true"),
            doc: "Whether a small permanent link to the privacy centre stands on every page, so that withdrawing is as easy \
                  as giving (GDPR, article 7(3)). Switch it off only where the site's own footer has one.",
            example: "true",
        },
        Key { name: "light", kind: Kind::Table(&THEME), need: Need::Optional, doc: THEME.doc, example: "" },
        Key {
            name: "dark",
            kind: Kind::Table(&THEME),
            need: Need::Optional,
            doc: "Colours for those whose system is set to dark. Without it the system's own.",
            example: "",
        },
        Key {
            name: "radius",
            kind: Kind::Word(&["none", "small", "large"]),
            need: Need::Default("\"small\""),
            doc: "How round the corners are.",
            example: "\"large\"",
        },
        Key {
            name: "text-size",
            kind: Kind::Word(&["14px", "15px", "16px", "17px", "18px"]),
            need: Need::Default("\"15px\""),
            doc: "Size of the text.",
            example: "\"16px\"",
        },
        Key {
            name: "target-size",
            kind: Kind::Word(&["20px", "24px", "36px", "40px", "44px", "48px"]),
            need: Need::Default("\"44px\""),
            doc: "Least height of buttons; 24 px at least (WCAG 2.5.8), 44 px is comfortable.",
            example: "\"44px\"",
        },
    ]],
};

const THEME: Table = Table {
    name: "light",
    doc: "Colours for those whose system is set to light. Without it the system's own. Both buttons always have the same.",
    keys: &[&[
        Key {
            name: "background",
            kind: Kind::Colour,
            need: Need::Required,
            doc: "Behind the text.",
            example: "\"#ffffff\"",
        },
        Key { name: "text", kind: Kind::Colour, need: Need::Required, doc: "The text itself.", example: "\"#1a1a1a\"" },
        Key {
            name: "button",
            kind: Kind::Colour,
            need: Need::Required,
            doc: "Behind the words of the buttons.",
            example: "\"#1a1a1a\"",
        },
        Key {
            name: "button-text",
            kind: Kind::Colour,
            need: Need::Required,
            doc: "The words of the buttons.",
            example: "\"#ffffff\"",
        },
        Key {
            name: "focus",
            kind: Kind::Colour,
            need: Need::Required,
            doc: "The ring around what has the keyboard's focus.",
            example: "\"#1a73e8\"",
        },
    ]],
};

pub(super) const GATE: Table = Table {
    name: "gate",
    doc: "What happens to what is not allowed.",
    keys: &[&[
        Key {
            name: "undeclared",
            kind: Kind::Word(&["report", "withhold", "allow"]),
            need: Need::Default("\"report\""),
            doc: "Third parties no service names: let them pass and list them, withhold them, or let them pass silently. \
                  Listed unless told, so that a new policy breaks no page; `withhold` is the aim.",
            example: "\"withhold\"",
        },
        Key {
            name: "withheld",
            kind: Kind::Word(&["inert", "removed"]),
            need: Need::Default("\"inert\""),
            doc: "Withheld elements stay in the page without running, or are taken out. Inert ones come to life after \
                  consent without a reload.",
            example: "\"removed\"",
        },
        Key {
            name: "mode",
            kind: Kind::Word(&["enforce", "report-only"]),
            need: Need::Default("\"enforce\""),
            doc: "`report-only` counts what would be withheld and withholds nothing: for the first days on a large site, \
                  never as a state to stay in.",
            example: "\"report-only\"",
        },
        Key {
            name: "csp",
            kind: Kind::Word(&["off", "report", "enforce"]),
            need: Need::Default("\"off\""),
            doc: "A Content-Security-Policy for each decision as a second lock. Off unless told: a site's own scripts may \
                  load what nobody listed; begin with `report`.",
            example: "\"report\"",
        },
        Key {
            name: "pages",
            kind: Kind::Word(&["per-visitor", "neutral"]),
            need: Need::Default("\"per-visitor\""),
            doc: "Pages made for each visitor's decision, kept out of shared caches; or the same bytes for everyone, which \
                  a CDN can keep: everything is withheld from everyone, and a small script asks the site what this visitor \
                  decided, reveals the banner or brings to life what is allowed. Without script nothing but necessary \
                  services runs, and a notice leads to the privacy centre. Per visitor unless told, since it needs no script \
                  and no second request.",
            example: "\"neutral\"",
        },
    ]],
};

pub(super) const SIGNALS: Table = Table {
    name: "signals",
    doc: "What is read from browsers and told to others.",
    keys: &[&[
        Key {
            name: "gpc",
            kind: Kind::Word(&["honour", "ignore"]),
            need: Need::Default("\"honour\""),
            doc: "`Sec-GPC: 1` switches off purposes that sell or share data. It never grants anything.",
            example: "\"honour\"",
        },
        Key {
            name: "gpc-since",
            kind: Kind::Date,
            need: Need::Optional,
            doc: "Day since which the site declares support in `/.well-known/gpc.json`. Without it there is no such file.",
            example: "2026-01-01",
        },
        Key {
            name: "dnt",
            kind: Kind::Word(&["ignore", "off"]),
            need: Need::Default("\"ignore\""),
            doc: "`DNT: 1`: ignored, since the standard was abandoned, or taken as a refusal so that no banner is shown.",
            example: "\"off\"",
        },
        Key {
            name: "consent-mode",
            kind: Kind::Word(&["off", "basic", "advanced"]),
            need: Need::Default("\"off\""),
            doc: "Google Consent Mode v2: `basic` sets the defaults and withholds the tags, `advanced` lets the tags load \
                  before a choice, which the EU and UK profiles do not allow.",
            example: "\"basic\"",
        },
    ]],
};

pub(super) const EDITORIAL: Table = Table {
    name: "editorial",
    doc: "A wording fix that changes nothing a visitor agreed to: nobody is asked again. `tower-consent diff OLD NEW` \
          prints the lines to add.",
    keys: &[&[
        Key {
            name: "file",
            kind: Kind::String,
            need: Need::Required,
            doc: "The text that was fixed.",
            example: "\"ru/consent.md\"",
        },
        Key {
            name: "same-as",
            kind: Kind::String,
            need: Need::Required,
            doc: "Material hash of the text visitors agreed to, 12 hexadecimal digits, as `diff` prints it.",
            example: "\"0123456789ab\"",
        },
        Key {
            name: "text",
            kind: Kind::String,
            need: Need::Required,
            doc: "Material hash of the fixed text; after a further change the mark no longer counts.",
            example: "\"ba9876543210\"",
        },
        Key {
            name: "reason",
            kind: Kind::String,
            need: Need::Required,
            doc: "Why it changes nothing; it lands in the audit export.",
            example: "\"typing error in the second paragraph\"",
        },
    ]],
};

pub(super) const RULE: Table = Table {
    name: "rule",
    doc: "Another level for one rule of `check`.",
    keys: &[&[
        Key { name: "code", kind: Kind::String, need: Need::Required, doc: "The rule.", example: "\"RU-152-9-GRAN\"" },
        Key {
            name: "level",
            kind: Kind::Word(&["error", "warning", "info", "off"]),
            need: Need::Required,
            doc: "What a finding of it counts as.",
            example: "\"info\"",
        },
        Key {
            name: "reason",
            kind: Kind::String,
            need: Need::Required,
            doc: "Why; it lands in the audit export.",
            example: "\"…\"",
        },
    ]],
};
