//! Texts for Russian visitors are in Russian.

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
    code: "RU-LANG",
    profiles: &[Profile::Ru],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration, Kind::Text],
    explanation: include_str!("ru_lang.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    if !case.policy.site().languages.iter().any(|language| language.primary() == RUSSIAN) {
        let help = "add `\"ru\"` to `languages`, and a folder `ru` with the texts";
        found.value("site.languages", "banner, consent and policy are not there in Russian", help);
    }
    for document in [Document::Banner, Document::Consent, Document::Policy] {
        for (_, reading) in case.readings(document, RUSSIAN) {
            if reading.is_mostly_latin() {
                found.text(reading, reading.whole(), "the Russian text is not written in Russian", "translate it");
            }
        }
    }
}
