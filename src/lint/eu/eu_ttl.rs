//! A consent is not for ever.

use super::{
    super::{
        case::{Case, Found},
        law,
        rule::{Kind, Rule},
    },
    choices,
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "EU-TTL",
    profiles: &[Profile::Eu],
    level: Level::Warning,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("eu_ttl.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let french = case.keeps(Profile::Fr);
    for (path, rule) in choices(case) {
        let limit = law::limit(if french { "fr-renewal" } else { "eu-renewal" });
        if rule.duration() > limit.duration() {
            found.value(
                &format!("{path}.remember"),
                format!("a consent holds for {}; {limit} is the most", rule.remember),
                "write `remember = \"180 days\"`",
            );
        }
    }
}
