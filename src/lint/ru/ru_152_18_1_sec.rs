//! The policy tells how data is protected.

use super::{
    super::{
        case::{Case, Found},
        law,
        rule::{Kind, Rule},
    },
    RUSSIAN,
};
use crate::{
    documents::Document,
    policy::{Level, Profile},
};

pub(super) const RULE: Rule = Rule {
    code: "RU-152-18.1-SEC",
    profiles: &[Profile::Ru],
    level: Level::Warning,
    strict: false,
    kinds: &[Kind::Text],
    explanation: include_str!("ru_152_18_1_sec.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    for (language, reading) in case.readings(Document::Policy, RUSSIAN) {
        if reading.heading(law::phrases("security-heading", language)).is_none() {
            found.text(
                reading,
                reading.whole(),
                "the policy has no section on measures of protection",
                "add a heading such as \"Меры защиты\", and below it what is really done",
            );
        }
    }
}
