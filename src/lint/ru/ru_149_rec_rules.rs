//! The rules of recommendations say how they work.

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
    code: "RU-149-REC-RULES",
    profiles: &[Profile::Ru],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Text],
    explanation: include_str!("ru_149_rec_rules.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    if !runs_recommendations(case.policy) {
        return;
    }
    for (language, reading) in case.readings(Document::Recommendations, RUSSIAN) {
        for (section, phrases) in [
            ("how information on preferences is collected, systematised and analysed", "rules-collecting"),
            ("how information is provided by it", "rules-providing"),
            ("which kinds of information are used", "rules-kinds"),
            ("where that information comes from", "rules-sources"),
        ] {
            if reading.heading(law::phrases(phrases, language)).is_none() {
                found.text(
                    reading,
                    reading.whole(),
                    format!("the rules have no section on {section}"),
                    "add a heading and what is really so",
                );
            }
        }
    }
}
