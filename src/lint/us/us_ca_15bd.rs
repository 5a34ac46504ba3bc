//! An opt-out is applied in time.

use super::super::{
    case::{Case, Found},
    law,
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "US-CA-15BD",
    profiles: &[Profile::UsCa],
    level: Level::Warning,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("us_ca_15bd.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let (term, limit) = (case.policy.rights().stop, law::limit("us-ca-opt-out"));
    if term.duration() > limit.duration() {
        found.value(
            "rights.stop",
            format!("an opt-out would be applied within {term}; the law gives {limit}"),
            format!("write `stop = \"{limit}\"` or less"),
        );
    }
}
