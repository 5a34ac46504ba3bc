//! Publishing data needs a consent of its own.

use super::super::{
    case::{Case, Found},
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "RU-152-10.1",
    profiles: &[Profile::Ru],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("ru_152_10_1.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let help = "remove it: what is published to everybody is agreed to in a consent of its own, which this form is not";
    if case.policy.processing().operations.contains(&"transfer.disseminate") {
        found.value("processing.operations", "dissemination is declared without a consent of its own", help);
    }
    for purpose in case.policy.purposes() {
        if purpose.operations.iter().flatten().any(|operation| *operation == "transfer.disseminate") {
            found.value(
                &format!("purpose.{}.operations", purpose.id),
                format!("`{}` disseminates data without a consent of its own", purpose.id),
                help,
            );
        }
    }
}
