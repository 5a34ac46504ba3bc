//! Requests are answered in the term of the law.

use super::super::{
    case::{Case, Found},
    law,
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "RU-152-20-DSAR",
    profiles: &[Profile::Ru],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("ru_152_20_dsar.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let rights = case.policy.rights();
    for (key, own, limit) in [
        ("access", rights.access, law::limit("ru-access")),
        ("extension", rights.extension, law::limit("ru-extension")),
        ("correction", rights.correction, law::limit("ru-correction")),
    ] {
        if own.duration() > limit.duration() {
            found.value(
                &format!("rights.{key}"),
                format!("`{key}` is {own}, longer than the law allows"),
                format!("write `{key} = \"{limit}\"` or less"),
            );
        }
    }
}
