//! Somebody is responsible.

use super::super::{
    case::{Case, Found},
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "RU-152-22.1",
    profiles: &[Profile::Ru],
    level: Level::Warning,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("ru_152_22_1.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    if case.policy.operator().responsible.is_none() {
        found.value(
            "operator",
            "nobody is named as responsible for the processing of personal data",
            "add `[operator.responsible]` with name or post, and a mail address",
        );
    }
}
