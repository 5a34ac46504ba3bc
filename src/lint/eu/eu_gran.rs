//! One switch, one kind of purpose.

use super::{
    super::{
        case::{Case, Found},
        rule::{Kind, Rule},
    },
    kinds, runs_unasked,
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "EU-GRAN",
    profiles: &[Profile::Eu, Profile::Uk],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("eu_gran.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let policy = case.policy;
    for service in policy.services().iter().filter(|service| !runs_unasked(policy, service)) {
        if let Some(kind) = case.catalogue_kind(service).filter(|kind| !kinds(policy, service).contains(kind)) {
            found.value(
                &format!("service.{}", service.id),
                format!("`{}` is known as `{kind}`, but no purpose of that kind switches it on", service.id),
                format!("let it serve a purpose of the kind `{kind}` as well"),
            );
        }
    }
}
