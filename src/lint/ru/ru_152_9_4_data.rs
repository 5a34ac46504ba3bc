//! The consent lists the data it covers.

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
    code: "RU-152-9-4-DATA",
    profiles: &[Profile::Ru],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration, Kind::Text],
    explanation: include_str!("ru_152_9_4_data.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    for (language, reading) in case.readings(Document::Consent, RUSSIAN) {
        for purpose in case.policy.asked() {
            let items = purpose.data.iter().map(|item| item.in_language(language));
            let missing: Vec<_> = items.filter(|item| !reading.says(item)).collect();
            if !missing.is_empty() {
                found.text(
                    reading,
                    reading.whole(),
                    format!("the consent does not list data of `{}`: {}", purpose.id, missing.join(", ")),
                    "write `{{ table.purposes }}` into it, or the items themselves",
                );
            }
        }
        if let Some(span) = reading.find_written(law::phrases("open-list", language)) {
            found.text(reading, span, "the list of data is left open", "list every item, and end the list");
        }
        for purpose in case.policy.purposes() {
            for item in &purpose.data {
                let text = item.in_language(language);
                if Reading::of_plain(text).find_any(law::phrases("open-list", language)).is_some() {
                    found.value(
                        &format!("purpose.{}.data", purpose.id),
                        format!("`{text}` is no item of a list but its open end"),
                        "list every item by itself",
                    );
                }
            }
        }
    }
}
