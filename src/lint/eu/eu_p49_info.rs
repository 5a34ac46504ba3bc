//! A lifetime nobody knows informs nobody.

use super::super::{
    case::{Case, Found},
    rule::{Kind, Rule},
};
use crate::policy::{Level, Lifetime, Profile};

pub(super) const RULE: Rule = Rule {
    code: "EU-P49-INFO",
    profiles: &[Profile::Eu, Profile::Uk],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("eu_p49_info.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    for service in case.policy.services() {
        for cookie in service.cookies.iter().filter(|cookie| cookie.lifetime == Lifetime::Unknown) {
            found.value(
                &format!("service.{}.cookies.{}", service.id, cookie.name),
                format!("nobody is told how long `{}` of `{}` lives", cookie.name, service.id),
                "write the lifetime you find in a browser: `cookies = [{ name = \"…\", lifetime = \"… days\" }]`",
            );
        }
    }
}
