//! What for, and on what ground.

use super::super::{
    case::{Case, Found},
    law,
    rule::{Kind, Rule},
};
use crate::{
    documents::Document,
    policy::{Level, Profile},
};

pub(super) const RULE: Rule = Rule {
    code: "EU-13-PURP",
    profiles: &[Profile::Eu, Profile::Uk],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Text],
    explanation: include_str!("eu_13_purp.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    for (language, reading) in case.every(Document::Policy) {
        let missing = case.policy.purposes().iter().find(|purpose| !reading.says(purpose.title.in_language(language)));
        let grounds = law::phrases("eu-ground", language);
        let (message, help) = match missing {
            Some(purpose) => (
                format!("the policy does not name the purpose \"{}\"", purpose.title.in_language(language)),
                "use `{{ table.purposes }}`",
            ),
            None if !grounds.is_empty() && reading.find_any(grounds).is_none() => (
                "the policy does not say on what legal ground data is processed".to_owned(),
                "use `{{ table.purposes }}`, which has a column for it",
            ),
            None => continue,
        };
        found.text(reading, reading.whole(), message, help);
    }
}
