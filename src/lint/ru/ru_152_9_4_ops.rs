//! The consent lists the operations.

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
    code: "RU-152-9-4-OPS",
    profiles: &[Profile::Ru],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Text],
    explanation: include_str!("ru_152_9_4_ops.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let words = |operation: &str| format!("operation-{operation}");
    for (language, reading) in case.readings(Document::Consent, RUSSIAN) {
        let operations = case.policy.processing().operations.iter();
        let missing: Vec<_> = operations
            .filter(|operation| reading.find_any(law::phrases(&words(operation), language)).is_none())
            .copied()
            .collect();
        if !missing.is_empty() {
            found.text(
                reading,
                reading.whole(),
                format!("the consent does not list operations that are declared: {}", missing.join(", ")),
                "write `{{ processing.operations }}` into it",
            );
        }
    }
}
