//! Every key of a policy folder, declared once.
//!
//! In: nothing. Out: the tables and keys of `policy.toml` and of a catalogue file, with type, need, default, reason
//! and example. The reader, the JSON Schema and `policies/template.toml` are all made from these declarations, so
//! that they cannot differ. It reads nothing.

mod conduct;
mod purpose;
mod schema;
mod service;
mod site;
mod template;

pub(super) use self::service::CATALOGUE;
pub use self::{schema::schema, template::template};

/// A table of the format: what stands under `[name]`, or in each `[[name]]`.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    /// What the table is for; a comment of the template.
    pub(super) doc: &'static str,
    /// Groups of keys, so that two tables can share one.
    pub(super) keys: &'static [&'static [Key]],
}

/// One key of a table.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) need: Need,
    /// What it means and why its default is what it is.
    pub(super) doc: &'static str,
    /// A value as TOML; of a key with a default, another one than the default where that tells more.
    pub(super) example: &'static str,
}

/// What a value must look like.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Boolean,
    /// `#rrggbb`.
    Colour,
    /// Two letters of ISO 3166-1, upper case.
    Country,
    Date,
    /// A mail address.
    Email,
    /// A short name: lower-case letters, digits, hyphens.
    Identifier,
    /// Words of the site for labels: language → label → message.
    Labels,
    Languages,
    /// Tables by the name of a profile.
    ByProfile(&'static Table),
    String,
    Strings,
    Table(&'static Table),
    Tables(&'static Table),
    /// A length of time: `180 days`, `10 working days`.
    Term,
    /// A string for all languages, or one for each.
    Text,
    Texts,
    /// An `http` or `https` address.
    Url,
    Word(&'static [&'static str]),
    Words(&'static [&'static str]),
    /// A time zone of the IANA database.
    Zone,
}

/// Whether a key must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    Required,
    /// What holds when the key is absent, as TOML.
    Default(&'static str),
    Optional,
}

impl Table {
    pub(super) fn keys(&self) -> impl Iterator<Item = &'static Key> {
        self.keys.iter().copied().flatten()
    }

    pub(super) fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys().find(|key| key.name == name)
    }
}

/// `policy.toml` as a whole.
pub(super) const ROOT: Table = Table {
    name: "",
    doc: "",
    keys: &[&[
        Key { name: "site", kind: Kind::Table(&site::SITE), need: Need::Required, doc: site::SITE.doc, example: "" },
        Key {
            name: "operator",
            kind: Kind::Table(&site::OPERATOR),
            need: Need::Required,
            doc: site::OPERATOR.doc,
            example: "",
        },
        Key {
            name: "processing",
            kind: Kind::Table(&site::PROCESSING),
            need: Need::Required,
            doc: site::PROCESSING.doc,
            example: "",
        },
        Key {
            name: "storage",
            kind: Kind::Table(&site::STORAGE),
            need: Need::Optional,
            doc: site::STORAGE.doc,
            example: "",
        },
        Key {
            name: "choice",
            kind: Kind::Table(&conduct::CHOICE),
            need: Need::Required,
            doc: conduct::CHOICE.doc,
            example: "",
        },
        Key {
            name: "cookie",
            kind: Kind::Table(&conduct::COOKIE),
            need: Need::Optional,
            doc: conduct::COOKIE.doc,
            example: "",
        },
        Key {
            name: "record",
            kind: Kind::Table(&conduct::RECORD),
            need: Need::Optional,
            doc: conduct::RECORD.doc,
            example: "",
        },
        Key {
            name: "retention",
            kind: Kind::Table(&site::RETENTION),
            need: Need::Optional,
            doc: site::RETENTION.doc,
            example: "",
        },
        Key {
            name: "rights",
            kind: Kind::Table(&site::RIGHTS),
            need: Need::Optional,
            doc: site::RIGHTS.doc,
            example: "",
        },
        Key {
            name: "destruction",
            kind: Kind::Table(&site::DESTRUCTION),
            need: Need::Optional,
            doc: site::DESTRUCTION.doc,
            example: "",
        },
        Key {
            name: "recommendations",
            kind: Kind::Table(&site::RECOMMENDATIONS),
            need: Need::Optional,
            doc: site::RECOMMENDATIONS.doc,
            example: "",
        },
        Key {
            name: "purpose",
            kind: Kind::Tables(&purpose::PURPOSE),
            need: Need::Required,
            doc: purpose::PURPOSE.doc,
            example: "",
        },
        Key {
            name: "service",
            kind: Kind::Tables(&service::SERVICE),
            need: Need::Optional,
            doc: service::SERVICE.doc,
            example: "",
        },
        Key {
            name: "banner",
            kind: Kind::Table(&conduct::BANNER),
            need: Need::Optional,
            doc: conduct::BANNER.doc,
            example: "",
        },
        Key {
            name: "gate",
            kind: Kind::Table(&conduct::GATE),
            need: Need::Optional,
            doc: conduct::GATE.doc,
            example: "",
        },
        Key {
            name: "signals",
            kind: Kind::Table(&conduct::SIGNALS),
            need: Need::Optional,
            doc: conduct::SIGNALS.doc,
            example: "",
        },
        Key {
            name: "labels",
            kind: Kind::Labels,
            need: Need::Optional,
            doc: "Words of the banner, the centre and the tables that read better on this site than the built-in ones: \
                  a table for each language, `label = \"message\"`, messages in Fluent's syntax. Without it the \
                  built-in words are shown.",
            example: "{ en = { \"banner-choose\" = \"Let me choose\" } }",
        },
        Key {
            name: "editorial",
            kind: Kind::Tables(&conduct::EDITORIAL),
            need: Need::Optional,
            doc: conduct::EDITORIAL.doc,
            example: "",
        },
        Key {
            name: "rule",
            kind: Kind::Tables(&conduct::RULE),
            need: Need::Optional,
            doc: conduct::RULE.doc,
            example: "",
        },
    ]],
};

/// The operations of 152-FZ, article 3(3), with the cross-border transfer of article 3(11).
pub(crate) const OPERATIONS: [&str; 19] = [
    "collect",
    "record",
    "systematise",
    "accumulate",
    "store",
    "clarify",
    "clarify.update",
    "clarify.change",
    "retrieve",
    "use",
    "transfer",
    "transfer.disseminate",
    "transfer.provide",
    "transfer.access",
    "depersonalise",
    "block",
    "delete",
    "destroy",
    "crossborder",
];

/// The bodies of law a policy can be held against; `base` (technique and accessibility) always applies.
pub(crate) const PROFILES: [&str; 11] = ["base", "ru", "eu", "fr", "de", "es", "it", "uk", "us-ca", "br", "in"];

/// How a visitor's answer comes about.
pub(super) const MODELS: [&str; 3] = ["opt-in", "opt-out", "notice"];

/// Legal grounds (GDPR, article 6(1); 152-FZ, article 6(1)).
pub(crate) const BASES: [&str; 6] =
    ["consent", "contract", "legal-obligation", "legitimate-interest", "public-task", "vital-interest"];

#[cfg(test)]
mod tests {
    use super::*;

    fn visit(table: &'static Table, act: &mut impl FnMut(&'static Table, &'static Key)) {
        for key in table.keys() {
            act(table, key);
            match key.kind {
                Kind::Table(inner) | Kind::Tables(inner) | Kind::ByProfile(inner) => visit(inner, act),
                _ => {}
            }
        }
    }

    #[test]
    fn every_key_is_declared_once_and_explained() {
        static TABLES: [&Table; 2] = [&ROOT, &CATALOGUE];
        for root in TABLES {
            visit(root, &mut |table, key| {
                assert_eq!(table.keys().filter(|other| other.name == key.name).count(), 1, "{}", key.name);
                assert!(key.doc.len() > 8 && key.doc.ends_with('.'), "[{}] {}: {}", table.name, key.name, key.doc);
                let nested = matches!(key.kind, Kind::Table(_) | Kind::Tables(_) | Kind::ByProfile(_));
                assert!(nested || !key.example.is_empty(), "[{}] {} has no example", table.name, key.name);
                if let Need::Default(default) = key.need {
                    assert!(format!("x = {default}").parse::<toml::Table>().is_ok(), "{}: {default}", key.name);
                }
                let parsed = format!("x = {}", key.example).parse::<toml::Table>();
                assert!(nested || parsed.is_ok(), "{}: {}", key.name, key.example);
            });
        }
    }
}
