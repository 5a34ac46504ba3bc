//! Browsers cut what is longer.

use super::super::{
    case::{Case, Found},
    law,
    rule::{Kind, Rule},
};
use crate::policy::{Level, Lifetime, Place, Profile, Role};

pub(super) const RULE: Rule = Rule {
    code: "COOK-AGE",
    profiles: &[Profile::Base],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("cook_age.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let limit = law::limit("cookie-age");
    for service in case.policy.services().iter().filter(|service| service.role == Role::Own) {
        for cookie in service.cookies.iter().filter(|cookie| cookie.place == Place::Cookie) {
            if let Lifetime::Limited(lifetime) = cookie.lifetime
                && lifetime.duration() > limit.duration()
            {
                found.value(
                    &format!("service.{}.cookies.{}", service.id, cookie.name),
                    format!(
                        "`{}` is said to live {lifetime}; browsers keep no cookie longer than {limit}",
                        cookie.name
                    ),
                    format!("write `lifetime = \"{limit}\"` or less, and set it so"),
                );
            }
        }
    }
}
