//! A cookie notice in seven parts.

use super::super::{
    case::{Case, Found},
    law,
    rule::{Kind, Rule},
};
use crate::{
    documents::Document,
    policy::{Level, Profile},
};

pub(super) const RULE: Rule = Rule {
    code: "ES-POLICY",
    profiles: &[Profile::Es],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Text],
    explanation: include_str!("es_policy.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    const PARTS: [(&str, &str); 7] = [
        ("es-what-cookies-are", "what cookies are"),
        ("es-kinds-of-cookies", "of what kinds they are"),
        ("es-who-uses-them", "who uses them"),
        ("es-how-to-decide", "how one accepts and refuses"),
        ("eu-transfer", "which transfers to third countries there are"),
        ("eu-profiling", "how profiling works"),
        ("es-retention", "how long data is kept"),
    ];
    for (language, reading) in case.every(Document::Policy) {
        let missing: Vec<&str> = PARTS
            .into_iter()
            .filter(|(name, _)| {
                let phrases = law::phrases(name, language);
                !phrases.is_empty() && reading.find_any(phrases).is_none()
            })
            .map(|(_, what)| what)
            .collect();
        if !missing.is_empty() {
            found.text(
                reading,
                reading.whole(),
                format!("the policy does not say {}", missing.join(", ")),
                "add a section on it",
            );
        }
    }
}
