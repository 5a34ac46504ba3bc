//! Small buttons are missed.

use super::super::{
    case::{Case, Found},
    law,
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "A11Y-TARGET",
    profiles: &[Profile::Base],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("a11y_target.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let least: u8 = law::word("target-size").parse().expect("the law data has a number here");
    let size = case.policy.look().target_size;
    if size < least {
        found.value(
            "banner.target-size",
            format!("buttons of {size} pixels are hard to hit; {least} are the least"),
            "write `target-size = \"44px\"`",
        );
    }
}
