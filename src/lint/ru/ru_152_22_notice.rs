//! The regulator was told what is really done.

use super::{
    super::{
        case::{Case, Found},
        rule::{Kind, Rule},
    },
    operations::{is_declared, named, performed},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "RU-152-22-NOTICE",
    profiles: &[Profile::Ru],
    level: Level::Warning,
    strict: true,
    kinds: &[Kind::Configuration],
    explanation: include_str!("ru_152_22_notice.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let policy = case.policy;
    let Some(notice) = &policy.operator().notice else {
        found.value(
            "operator",
            "nothing tells of the notice to the regulator",
            "add `[operator.notice]` with the `number` in the register, or with the `exemption`",
        );
        return;
    };
    if notice.number.is_none() && notice.exemption.is_none() {
        found.value(
            "operator.notice",
            "the notice to the regulator has neither a number nor a ground for sending none",
            "add `number = \"…\"` or `exemption = \"…\"`",
        );
    }
    if notice.operations.is_empty() {
        return;
    }
    let place = "operator.notice.operations";
    let (declared, performed) = (&policy.processing().operations, performed(policy));
    for operation in declared.iter().filter(|operation| !is_declared(operation, &notice.operations)) {
        let why =
            performed.iter().find(|act| act.covers(operation)).map(|act| format!(": {}", act.why)).unwrap_or_default();
        found.value(
            place,
            format!("{} is declared, but not in the notice to the regulator{why}", named(policy, operation)),
            "send the change to the regulator, then add it here",
        );
    }
    for operation in notice.operations.iter().filter(|operation| !is_declared(operation, declared)) {
        found.value(
            place,
            format!("{} is in the notice to the regulator, but not declared", named(policy, operation)),
            format!("add `{operation}` to `processing.operations`, or send the change to the regulator"),
        );
    }
}
