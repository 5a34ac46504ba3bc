//! An instruction to a processor is complete.

use super::super::{
    case::{Case, Found},
    law,
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile, Role};

pub(super) const RULE: Rule = Rule {
    code: "RU-152-6-3",
    profiles: &[Profile::Ru],
    level: Level::Warning,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("ru_152_6_3.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    for service in case.policy.services().iter().filter(|service| service.role == Role::Processor) {
        let place = format!("service.{}.contract", service.id);
        let Some(contract) = &service.contract else {
            found.value(
                &place,
                format!("the processor `{}` has no contract", service.id),
                "add `contract = { reference = \"…\", operations = […], settles = […] }`",
            );
            continue;
        };
        let wanted = law::words("ru-contract");
        let missing: Vec<_> =
            wanted.iter().filter(|word| !contract.settles.contains(&word.as_str())).map(String::as_str).collect();
        if !missing.is_empty() || contract.operations.is_empty() {
            let missing = if contract.operations.is_empty() { "the operations".to_owned() } else { missing.join(", ") };
            found.value(
                &place,
                format!("the contract with `{}` does not settle {missing}", service.id),
                "have the contract settle it, then add the word to `settles`",
            );
        }
    }
}
