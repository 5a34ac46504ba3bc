//! The owner of the site can be written to.

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
    code: "RU-149-REC-EMAIL",
    profiles: &[Profile::Ru],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Text],
    explanation: include_str!("ru_149_rec_email.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    if !runs_recommendations(case.policy) {
        return;
    }
    let owner = case.policy.recommendations();
    for (language, reading) in case.readings(Document::Recommendations, RUSSIAN) {
        for (what, value) in [
            ("address for legally significant messages", owner.email.as_str()),
            ("owner's name", owner.owner.in_language(language)),
        ] {
            if !reading.says(value) {
                found.text(
                    reading,
                    reading.whole(),
                    format!("the rules do not tell the {what}, `{value}`"),
                    format!("write it into the section on the owner of the site: {value}"),
                );
            }
        }
    }
}
