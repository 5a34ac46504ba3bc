//! Going on reading is no consent.

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
    policy::{Level, Model, Profile},
};

pub(super) const RULE: Rule = Rule {
    code: "RU-152-9-1-ACT",
    profiles: &[Profile::Ru],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration, Kind::Text],
    explanation: include_str!("ru_152_9_1_act.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let choice = case.policy.choice();
    let help = "ask by two buttons, and write that nothing is collected until one of them is pressed";
    if choice.rule.model == Model::Notice {
        found.value("choice.model", "opening a second page would count as a consent", "write `model = \"opt-in\"`");
    }
    if let Some(rule) = choice.profiles.get(&Profile::Ru)
        && rule.model == Model::Notice
    {
        found.value(
            "choice.profiles.ru.model",
            "opening a second page would count as a consent",
            "write `model = \"opt-in\"`",
        );
    }
    for document in Document::FILES {
        for (language, reading) in case.readings(document, RUSSIAN) {
            if let Some(span) = reading.find_written(law::phrases("browse-on", language)) {
                found.text(reading, span, "the text takes a visit for a consent", help);
            }
        }
    }
}
