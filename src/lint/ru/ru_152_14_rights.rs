//! The policy tells what a person may ask for.

use super::{
    super::{
        case::{Case, Found, PREFIX},
        law,
        rule::{Kind, Rule},
    },
    RUSSIAN,
};
use crate::{
    documents::Document,
    policy::{Level, Profile},
};

pub(super) const RULE: Rule = Rule {
    code: "RU-152-14-RIGHTS",
    profiles: &[Profile::Ru],
    level: Level::Warning,
    strict: false,
    kinds: &[Kind::Text],
    explanation: include_str!("ru_152_14_rights.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let policy = case.policy;
    for (language, reading) in case.readings(Document::Policy, RUSSIAN) {
        let items = law::phrases("rights-items", language);
        let missing: Vec<_> =
            items.iter().filter(|item| reading.find(item).is_none()).map(|item| item.replace(['*', '…'], "")).collect();
        if !missing.is_empty() {
            found.text(
                reading,
                reading.heading(law::phrases("rights-heading", language)).unwrap_or_else(|| reading.whole()),
                format!(
                    "of what a person may ask to be told, {} of {} is missing: {}",
                    missing.len(),
                    items.len(),
                    missing.join("; ")
                ),
                "list all of it, as article 14(7) does",
            );
        }
        let contact = [&policy.operator().email, &policy.rights().email].iter().any(|email| reading.says(email))
            || reading.links().any(|(address, _)| address.starts_with(PREFIX));
        if !contact {
            found.text(
                reading,
                reading.whole(),
                "the policy names no channel for requests",
                "write `{{ operator.email }}` into it, or link to `{{ centre }}`",
            );
        }
    }
}
