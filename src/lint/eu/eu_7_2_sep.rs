//! One consent, one matter.

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
    code: "EU-7-2-SEP",
    profiles: &[Profile::Eu, Profile::Uk],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Text],
    explanation: include_str!("eu_7_2_sep.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    for (language, reading) in case.every(Document::Consent) {
        if let Some((phrase, span)) = reading.find_any(law::phrases("agreed-with-another-text", language)) {
            found.text(
                reading,
                span,
                format!("the consent is tied to another text: \"{phrase}\""),
                "take the sentence out",
            );
        }
    }
}
