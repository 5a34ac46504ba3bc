//! What was agreed to can be shown later.

use super::super::{
    case::{Case, Found},
    law,
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "RU-152-9-1-FORM",
    profiles: &[Profile::Ru],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration, Kind::Runtime],
    explanation: include_str!("ru_152_9_1_form.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let (own, least) = (case.policy.retention().records, law::limit("ru-proof"));
    if own.duration() < least.duration() {
        found.value(
            "retention.records",
            format!("records of consents are kept for {own} after their end, while they may be asked for longer"),
            format!("write `records = \"{least}\"` or more"),
        );
    }
}
