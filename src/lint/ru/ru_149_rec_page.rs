//! What recommendation technologies are is told in the words of the order.

use super::{
    super::{
        case::{Case, Found},
        law,
        rule::{Kind, Rule},
    },
    RUSSIAN, runs_recommendations,
};
use crate::{
    documents::Document,
    policy::{Level, Profile},
};

pub(super) const RULE: Rule = Rule {
    code: "RU-149-REC-PAGE",
    profiles: &[Profile::Ru],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Text],
    explanation: include_str!("ru_149_rec_page.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    if !runs_recommendations(case.policy) {
        return;
    }
    let sentence = law::sentence("recommendations-statement");
    for (_, reading) in case.readings(Document::Recommendations, RUSSIAN) {
        if !reading.quotes(sentence) {
            found.text(
                reading,
                reading.whole(),
                "the page on recommendation technologies does not hold the second sentence of the order",
                format!("write, word for word: {sentence}"),
            );
        }
    }
}
