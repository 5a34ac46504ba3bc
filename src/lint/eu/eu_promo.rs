//! Information instead of praise.

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
    code: "EU-PROMO",
    profiles: &[Profile::Eu],
    level: Level::Info,
    strict: false,
    kinds: &[Kind::Text],
    explanation: include_str!("eu_promo.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    for (language, reading) in case.every(Document::Banner) {
        if let Some((phrase, span)) = reading.find_any(law::phrases("eu-promotion", language)) {
            found.text(
                reading,
                span,
                format!("the banner appeals to feelings: \"{phrase}\""),
                "say what is collected and what for",
            );
        }
    }
}
