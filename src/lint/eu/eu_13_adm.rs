//! Profiling is explained.

use super::{
    super::{
        case::{Case, Found},
        law,
        rule::{Kind, Rule},
    },
    kinds,
};
use crate::{
    documents::Document,
    policy::{Level, Profile},
};

pub(super) const RULE: Rule = Rule {
    code: "EU-13-ADM",
    profiles: &[Profile::Eu, Profile::Uk],
    level: Level::Warning,
    strict: false,
    kinds: &[Kind::Configuration, Kind::Text],
    explanation: include_str!("eu_13_adm.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let policy = case.policy;
    let profiles = policy.services().iter().any(|service| kinds(policy, service).contains("recommendations"));
    if !profiles {
        return;
    }
    if policy.processing().profiling.is_none() {
        found.value(
            "processing",
            "recommendations are made, and nothing says how and with what consequences",
            "add `profiling = \"…\"` to [processing]",
        );
    }
    for (language, reading) in case.every(Document::Policy) {
        let phrases = law::phrases("eu-profiling", language);
        if !phrases.is_empty() && reading.find_any(phrases).is_none() {
            found.text(
                reading,
                reading.whole(),
                "the policy does not tell that recommendations are made",
                "add a section on profiling",
            );
        }
    }
}
