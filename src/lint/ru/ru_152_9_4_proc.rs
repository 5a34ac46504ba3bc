//! The consent names processors and their addresses.

use super::{
    super::{
        case::{Case, Found},
        rule::{Kind, Rule},
    },
    RUSSIAN,
};
use crate::{
    documents::Document,
    policy::{Level, Profile, Role},
};

pub(super) const RULE: Rule = Rule {
    code: "RU-152-9-4-PROC",
    profiles: &[Profile::Ru],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration, Kind::Text],
    explanation: include_str!("ru_152_9_4_proc.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    for service in case.policy.services().iter().filter(|service| service.role == Role::Processor) {
        let Some(address) = &service.address else {
            found.value(
                &format!("service.{}", service.id),
                format!("the processor `{}` has no address", service.id),
                "add `address = \"…\"`, and name the processor in the consent",
            );
            continue;
        };
        for (language, reading) in case.readings(Document::Consent, RUSSIAN) {
            for (what, value) in [("name", &service.operator), ("address", address)] {
                let value = value.in_language(language);
                if !reading.says(value) {
                    found.text(
                        reading,
                        reading.whole(),
                        format!("the consent does not tell the {what} of the processor `{}`, `{value}`", service.id),
                        format!("write it into the section on who has access: {value}"),
                    );
                }
            }
        }
    }
}
