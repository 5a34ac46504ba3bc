//! An opt-out is left in peace for a year.

use super::{
    super::{
        case::{Case, Found},
        law,
        rule::{Kind, Rule},
    },
    californian,
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "US-CA-12M",
    profiles: &[Profile::UsCa],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("us_ca_12m.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let (path, rule) = californian(case);
    let limit = law::limit("us-ca-ask-again");
    if rule.duration() < limit.duration() {
        found.value(
            &format!("{path}.remember"),
            format!("whoever opted out is asked again after {}; the law gives {limit}", rule.remember),
            "add `[choice.profiles.us-ca]` with `remember = \"365 days\"`",
        );
    }
}
