//! Data has an end.

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
    policy::{EndAction, Level, Profile},
};

pub(super) const RULE: Rule = Rule {
    code: "RU-152-5-7",
    profiles: &[Profile::Ru],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration, Kind::Text],
    explanation: include_str!("ru_152_5_7.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let policy = case.policy;
    for purpose in policy.purposes().iter().filter(|purpose| purpose.end == EndAction::Depersonalise) {
        if !policy.processing().operations.contains(&"depersonalise") {
            found.value(
                &format!("purpose.{}.end", purpose.id),
                format!("data of `{}` is to be depersonalised in the end, which is no declared operation", purpose.id),
                "add `depersonalise` to `processing.operations`, or write `end = \"destroy\"`",
            );
        }
    }
    for (language, reading) in case.readings(Document::Policy, RUSSIAN) {
        if let Some(span) = reading.find_written(law::phrases("endless-term", language)) {
            found.text(reading, span, "the policy keeps data without an end", "name the term, as `retention` has it");
        }
    }
}
