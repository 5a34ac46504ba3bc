//! Whatever collects has a purpose.

use std::collections::BTreeSet;

use super::super::{
    case::{Case, Found},
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile, Undeclared};

pub(super) const RULE: Rule = Rule {
    code: "RU-152-5-2",
    profiles: &[Profile::Ru],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("ru_152_5_2.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    if case.policy.gate().undeclared == Undeclared::Allow {
        found.value(
            "gate.undeclared",
            "third parties that no service names collect for no purpose at all, and nobody hears of it",
            "write `undeclared = \"report\"`, or better `\"withhold\"`",
        );
    }
    for service in case.policy.services() {
        let purposes = service.purposes.iter().filter_map(|id| case.policy.purpose(id.as_str()));
        let bases: BTreeSet<_> = purposes.map(|purpose| purpose.basis).collect();
        if bases.len() > 1 {
            let bases: Vec<_> = bases.into_iter().collect();
            found.value(
                &format!("service.{}.purposes", service.id),
                format!("`{}` merges data that rests on {}", service.id, bases.join(" and ")),
                "split it into services, each for purposes of one ground",
            );
        }
    }
}
