//! Data of Russian citizens is recorded in Russia first.

use super::super::{
    case::{Case, Found},
    law,
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "RU-152-18-5",
    profiles: &[Profile::Ru],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("ru_152_18_5.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let home = law::word("ru-country");
    match case.policy.storage() {
        None => found.value(
            "storage",
            "the policy does not say in which country its databases are",
            format!("add `[storage]` with `country = \"{home}\"`"),
        ),
        Some(storage) if storage.country != home && storage.exception.is_none() => found.value(
            "storage.country",
            format!("data is recorded in {}, not in Russia", storage.country),
            "move the databases to Russia, or name the ground in `exception`",
        ),
        Some(_) => {}
    }
    for service in case.policy.services().iter().filter(|service| service.storage_country() != home) {
        found.value(
            &format!("service.{}", service.id),
            format!("`{}` records data first in {}, not in Russia", service.id, service.storage_country()),
            "use a service that records in Russia, and say so in `storage`",
        );
    }
}
