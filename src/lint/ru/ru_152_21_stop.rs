//! A demand to stop is met in time.

use super::super::{
    case::{Case, Found},
    law,
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "RU-152-21-STOP",
    profiles: &[Profile::Ru],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("ru_152_21_stop.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let rights = case.policy.rights();
    for (key, own, limit) in [("stop", rights.stop, law::limit("ru-stop"))] {
        if own.duration() > limit.duration() {
            found.value(
                &format!("rights.{key}"),
                format!("`{key}` is {own}, longer than the law allows"),
                format!("write `{key} = \"{limit}\"` or less"),
            );
        }
    }
}
