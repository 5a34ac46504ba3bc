//! The policy tells all of each purpose.

use super::{
    super::{
        case::{Case, Found},
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
    code: "RU-152-18.1-MATRIX",
    profiles: &[Profile::Ru],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration, Kind::Text],
    explanation: include_str!("ru_152_18_1_matrix.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    for purpose in case.policy.purposes().iter().filter(|purpose| purpose.subjects.is_empty()) {
        found.value(
            &format!("purpose.{}", purpose.id),
            format!("`{}` does not say whose data it is", purpose.id),
            "add `subjects = [{ ru = \"посетители сайта\", en = \"visitors of the site\" }]`",
        );
    }
    for (language, reading) in case.readings(Document::Policy, RUSSIAN) {
        for purpose in case.policy.purposes() {
            let items = purpose.data.iter().chain([&purpose.title]).map(|item| item.in_language(language));
            let missing: Vec<_> = items.filter(|item| !reading.says(item)).collect();
            if !missing.is_empty() {
                found.text(
                    reading,
                    reading.whole(),
                    format!("the policy does not tell of the purpose `{}`: {}", purpose.id, missing.join(", ")),
                    "write `{{ table.purposes }}` into it",
                );
            }
        }
        for (what, phrases) in [
            ("the ways of processing", format!("method-{}", case.policy.processing().method.as_str())),
            ("the order of destruction", "operation-destroy".to_owned()),
            ("the terms", "consent-term".to_owned()),
        ] {
            if reading.find_any(law::phrases(&phrases, language)).is_none() {
                found.text(
                    reading,
                    reading.whole(),
                    format!("the policy does not tell {what}"),
                    "add it, for each purpose",
                );
            }
        }
    }
}
