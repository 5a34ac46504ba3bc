//! The text declares what the software really does.

use super::{
    super::{
        case::{Case, Found},
        rule::{Kind, Rule},
    },
    operations::{EXPORTED, for_purpose, is_declared, named, performed},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "RU-OPS-CONSIST",
    profiles: &[Profile::Ru],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("ru_ops_consist.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let policy = case.policy;
    let declared = &policy.processing().operations;
    let performed = performed(policy);
    for act in &performed {
        if !act.is_declared(declared) {
            found.value(
                &act.place,
                format!("{} is not declared, but is done: {}", named(policy, act.operation), act.why),
                format!("add `{}` to `processing.operations`", act.operation),
            );
        }
    }
    for operation in declared {
        // Dissemination has a rule of its own.
        let is_done = *operation == "transfer.disseminate"
            || performed.iter().any(|act| act.covers(operation))
            || EXPORTED.contains(operation);
        if !is_done {
            found.lesser(
                Level::Warning,
                "processing.operations",
                format!("{} is declared, but nothing performs it", named(policy, operation)),
                format!("remove `{operation}`, or declare the service that does it"),
            );
        }
    }
    for purpose in policy.purposes() {
        let Some(own) = &purpose.operations else { continue };
        let path = format!("purpose.{}.operations", purpose.id);
        for operation in own.iter().filter(|operation| !is_declared(operation, declared)) {
            found.value(
                &path,
                format!("{} is an operation of `{}`, but not of [processing]", named(policy, operation), purpose.id),
                format!("add `{operation}` to `processing.operations`, or remove it here"),
            );
        }
        for act in for_purpose(policy, purpose).iter().filter(|act| !act.is_declared(own)) {
            found.value(
                &path,
                format!(
                    "{} is not declared for `{}`, but is done: {}",
                    named(policy, act.operation),
                    purpose.id,
                    act.why
                ),
                format!("add `{}`", act.operation),
            );
        }
    }
    for service in policy.services() {
        let operations = service.contract.iter().flat_map(|contract| &contract.operations);
        for operation in operations.filter(|operation| !is_declared(operation, declared)) {
            found.value(
                &format!("service.{}.contract", service.id),
                format!("`{}` performs {} on instruction, which is not declared", service.id, named(policy, operation)),
                format!("add `{operation}` to `processing.operations`, or take it out of the contract"),
            );
        }
    }
}
