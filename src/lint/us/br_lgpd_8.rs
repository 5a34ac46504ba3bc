//! No generic authorisation, and a free way back.

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
    code: "BR-LGPD-8",
    profiles: &[Profile::Br],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Text],
    explanation: include_str!("br_lgpd_8.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    for (language, reading) in case.every(Document::Consent) {
        if let Some((phrase, span)) = reading.find_any(law::phrases("br-generic-consent", language)) {
            found.text(
                reading,
                span,
                format!("the consent authorises what it does not name: \"{phrase}\""),
                "name the purposes one by one: `{{ table.purposes }}`",
            );
        }
        let free = law::phrases("free-of-charge", language);
        if !free.is_empty() && reading.find_any(free).is_none() {
            found.text(
                reading,
                reading.whole(),
                "the consent does not say that withdrawing it is free of charge",
                "say so where the text tells how it is withdrawn",
            );
        }
    }
}
