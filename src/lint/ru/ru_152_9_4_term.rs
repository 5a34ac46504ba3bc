//! A consent without an end is none.

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
    code: "RU-152-9-4-TERM",
    profiles: &[Profile::Ru],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration, Kind::Text],
    explanation: include_str!("ru_152_9_4_term.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    for (language, reading) in case.readings(Document::Consent, RUSSIAN) {
        if reading.find_any(law::phrases("consent-term", language)).is_none() {
            found.text(
                reading,
                reading.whole(),
                "the consent does not say how long it is valid",
                "add a sentence on its term: `{{ choice.remember }}` is how long an answer is kept",
            );
        }
        if let Some((phrase, span)) = reading.find_any(law::phrases("endless-term", language)) {
            found.text(
                reading,
                span,
                format!("the consent is given without an end: \"{phrase}\""),
                "name a term or the event that ends it",
            );
        }
    }
}
