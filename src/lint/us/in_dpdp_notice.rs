//! What is collected, how to stop it, where to complain.

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
    code: "IN-DPDP-NOTICE",
    profiles: &[Profile::In],
    level: Level::Warning,
    strict: false,
    kinds: &[Kind::Text],
    explanation: include_str!("in_dpdp_notice.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    for (language, reading) in case.every(Document::Consent) {
        for purpose in case.policy.asked() {
            let missing = purpose.data.iter().map(|item| item.in_language(language)).find(|item| !reading.says(item));
            if let Some(item) = missing {
                found.text(
                    reading,
                    reading.whole(),
                    format!("the notice does not itemise the data of `{}`: \"{item}\"", purpose.id),
                    "use `{{ table.purposes }}`",
                );
            }
        }
    }
    for (language, reading) in case.every(Document::Policy) {
        let board = law::phrases("in-complaint", language);
        if !board.is_empty() && reading.find_any(board).is_none() {
            found.text(
                reading,
                reading.whole(),
                "the policy does not say that one can complain to the Data Protection Board of India",
                "name it where the text tells of complaints",
            );
        }
    }
}
