//! No toll without another road.

use super::super::{
    case::{Case, Found},
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "EU-7-4-WALL",
    profiles: &[Profile::Eu, Profile::Uk],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("eu_7_4_wall.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let choice = case.policy.choice();
    if choice.wall && (choice.alternative.is_none() || choice.reviewed_by.is_none()) {
        found.value(
            "choice.wall",
            "who refuses cannot use the site, and no alternative has been assessed",
            "write `wall = false`, or add `alternative` and `reviewed-by`",
        );
    }
}
