//! Going on reading is no consent.

use super::{
    super::{
        case::{Case, Found},
        law,
        markup::{banners, place, says, words},
        rule::{Kind, Rule},
    },
    choices,
};
use crate::{
    documents::Document,
    policy::{Level, Model, Profile},
};

pub(super) const RULE: Rule = Rule {
    code: "EU-4-11-ACT",
    profiles: &[Profile::Eu, Profile::Uk],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration, Kind::Text, Kind::Markup],
    explanation: include_str!("eu_4_11_act.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    for (path, rule) in choices(case) {
        if rule.model == Model::Notice {
            found.value(
                &format!("{path}.model"),
                "opening a second page would count as a consent",
                "write `model = \"opt-in\"`",
            );
        }
    }
    for document in Document::FILES {
        for (language, reading) in case.every(document) {
            if let Some((_, span)) = reading.find_any(law::phrases("browse-on", language)) {
                found.text(
                    reading,
                    span,
                    "the text takes a visit for a consent",
                    "write that nothing runs until the visitor agrees",
                );
            }
        }
    }
    for (page, html) in case.pages() {
        for banner in banners(html).into_iter().filter(|banner| says(&words(*banner), "browse-on")) {
            found.page(page, place(page, banner), "the banner takes a visit for a consent", "ask by two buttons");
        }
    }
}
