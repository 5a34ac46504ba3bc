//! What was shown is kept as it was seen.

use super::super::{
    case::{Case, Found},
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "EU-CNIL-ARTE",
    profiles: &[Profile::Fr],
    level: Level::Warning,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("eu_cnil_arte.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    if case.policy.retention().screenshots.is_none() {
        found.value(
            "retention",
            "nothing says where screenshots of the banner are kept",
            "add `screenshots = \"…\"` to [retention]",
        );
    }
}
