//! The consent names whom it is given to.

use super::{
    super::{
        case::{Case, Found},
        rule::{Kind, Rule},
    },
    RUSSIAN,
};
use crate::{
    documents::Document,
    policy::{Level, Profile},
};

pub(super) const RULE: Rule = Rule {
    code: "RU-152-9-4-OP",
    profiles: &[Profile::Ru],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Text],
    explanation: include_str!("ru_152_9_4_op.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let operator = case.policy.operator();
    for (language, reading) in case.readings(Document::Consent, RUSSIAN) {
        for (what, value, placeholder) in
            [("name", &operator.name, "operator.name"), ("address", &operator.address, "operator.address")]
        {
            let value = value.in_language(language);
            if !reading.says(value) {
                found.text(
                    reading,
                    reading.whole(),
                    format!("the consent does not tell the operator's {what}, `{value}`"),
                    format!("write `{{{{ {placeholder} }}}}` into it"),
                );
            }
        }
    }
}
