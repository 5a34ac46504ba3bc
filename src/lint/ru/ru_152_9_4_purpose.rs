//! The consent names each purpose it covers, and no others.

use super::{
    super::{
        case::{Case, Found},
        law,
        reading::Reading,
        rule::{Kind, Rule},
    },
    RUSSIAN,
};
use crate::{
    documents::Document,
    policy::{Level, Profile},
};

pub(super) const RULE: Rule = Rule {
    code: "RU-152-9-4-PURPOSE",
    profiles: &[Profile::Ru],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration, Kind::Text],
    explanation: include_str!("ru_152_9_4_purpose.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    for (language, reading) in case.readings(Document::Consent, RUSSIAN) {
        for purpose in case.policy.asked() {
            let title = purpose.title.in_language(language);
            if !reading.says(title) {
                found.text(
                    reading,
                    reading.whole(),
                    format!("the consent does not name the purpose `{title}`"),
                    "write `{{ table.purposes }}` into it, or the titles of the purposes",
                );
            }
        }
        if let Some(span) = reading.find_written(law::phrases("open-purposes", language)) {
            found.text(reading, span, "the list of purposes is left open", "name every purpose, and end the list");
        }
        for purpose in case.policy.purposes() {
            let description = Reading::of_plain(purpose.description.in_language(language));
            if description.find_any(law::phrases("open-purposes", language)).is_some() {
                let id = purpose.id.as_str();
                found.value(
                    &format!("purpose.{id}.description"),
                    format!("the purpose `{id}` is left open"),
                    "say what exactly the data is for",
                );
            }
        }
    }
}
