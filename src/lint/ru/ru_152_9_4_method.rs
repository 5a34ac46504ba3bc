//! The consent says how data is processed.

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
    policy::{Level, Method, Profile},
};

pub(super) const RULE: Rule = Rule {
    code: "RU-152-9-4-METHOD",
    profiles: &[Profile::Ru],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Text],
    explanation: include_str!("ru_152_9_4_method.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let method = case.policy.processing().method;
    for (language, reading) in case.readings(Document::Consent, RUSSIAN) {
        let says =
            |method: Method| reading.find_any(law::phrases(&format!("method-{}", method.as_str()), language)).is_some();
        let told = says(method) || (method == Method::Mixed && says(Method::Automated) && says(Method::NonAutomated));
        if !told {
            found.text(
                reading,
                reading.whole(),
                format!("the consent does not say that processing is {}", method.as_str()),
                "write `{{ processing.method }}` into it",
            );
        }
    }
}
