//! The rules of recommendations are in Russian.

use super::{
    super::{
        case::{Case, Found},
        rule::{Kind, Rule},
    },
    RUSSIAN, runs_recommendations,
};
use crate::{
    documents::Document,
    policy::{Level, Profile},
};

pub(super) const RULE: Rule = Rule {
    code: "RU-149-REC-LANG",
    profiles: &[Profile::Ru],
    level: Level::Warning,
    strict: false,
    kinds: &[Kind::Configuration, Kind::Text],
    explanation: include_str!("ru_149_rec_lang.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    if !runs_recommendations(case.policy) {
        return;
    }
    for (_, reading) in case.readings(Document::Recommendations, RUSSIAN) {
        if reading.is_mostly_latin() {
            found.text(reading, reading.whole(), "the Russian rules are not written in Russian", "translate them");
        }
    }
}
