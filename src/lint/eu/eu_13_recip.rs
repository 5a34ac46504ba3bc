//! Partners have names.

use std::collections::BTreeSet;

use super::super::{
    case::{Case, Found},
    law,
    reading::Reading,
    rule::{Kind, Rule},
};
use crate::{
    documents::Document,
    policy::{Level, Profile, Role},
};

pub(super) const RULE: Rule = Rule {
    code: "EU-13-RECIP",
    profiles: &[Profile::Eu, Profile::Uk],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration, Kind::Text],
    explanation: include_str!("eu_13_recip.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    for service in case.policy.services() {
        let vague = case.policy.site().languages.iter().find(|language| {
            let name = Reading::of_plain(service.operator.in_language(language));
            name.find_any(law::phrases("eu-vague-recipient", language)).is_some()
        });
        if let Some(language) = vague {
            found.value(
                &format!("service.{}.operator", service.id),
                format!("\"{}\" names nobody", service.operator.in_language(language)),
                "write the name of the company, one service for each",
            );
        }
    }
    for (language, reading) in case.every(Document::Policy) {
        let consent = case.readings(Document::Consent, language.primary()).map(|(_, reading)| reading).next();
        let others = case.policy.services().iter().filter(|service| service.role != Role::Own);
        for operator in others.map(|service| service.operator.in_language(language)).collect::<BTreeSet<_>>() {
            if !reading.says(operator) && !consent.is_some_and(|consent| consent.says(operator)) {
                found.text(
                    reading,
                    reading.whole(),
                    format!("neither policy nor consent names the recipient \"{operator}\""),
                    "use `{{ table.services }}`",
                );
            }
        }
    }
}
