//! After a withdrawal data is destroyed in time.

use super::super::{
    case::{Case, Found},
    law,
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "RU-152-21-WD",
    profiles: &[Profile::Ru],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration, Kind::Runtime],
    explanation: include_str!("ru_152_21_wd.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let rights = case.policy.rights();
    for (key, own, limit) in [
        ("withdrawal", rights.withdrawal, law::limit("ru-withdrawal")),
        ("block", rights.block, law::limit("ru-block")),
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
