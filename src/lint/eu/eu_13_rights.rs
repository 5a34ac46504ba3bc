//! All rights are told.

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
    code: "EU-13-RIGHTS",
    profiles: &[Profile::Eu, Profile::Uk],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration, Kind::Text],
    explanation: include_str!("eu_13_rights.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    const RIGHTS: [&str; 8] =
        ["access", "rectification", "erasure", "restriction", "portability", "object", "withdrawal", "complaint"];
    for (language, reading) in case.every(Document::Policy) {
        let missing: Vec<&str> = RIGHTS
            .into_iter()
            .filter(|right| {
                let phrases = law::phrases(&format!("eu-right-{right}"), language);
                !phrases.is_empty() && reading.find_any(phrases).is_none()
            })
            .collect();
        if !missing.is_empty() {
            found.text(
                reading,
                reading.whole(),
                format!("the policy does not tell of these rights: {}", missing.join(", ")),
                "name each right and how it is used",
            );
        }
    }
    if case.policy.rights().authority.is_none() {
        found.value(
            "rights",
            "nothing says to which authority one can complain",
            "add `authority = \"name, address\"` to [rights]",
        );
    }
}
