//! A cross that refuses.

use super::super::{
    case::{Case, Found},
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "IT-CLOSE",
    profiles: &[Profile::It],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("it_close.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    if !case.policy.look().close {
        found.value(
            "banner",
            "the banner has no command that closes it without tracking",
            "write `close = true` under [banner]",
        );
    }
}
