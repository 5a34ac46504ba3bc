//! A consent is a document of its own.

use super::{
    super::{
        case::{Case, Found},
        law,
        markup::{place, says, selector, words},
        rule::{Kind, Rule},
    },
    RUSSIAN,
};
use crate::{
    documents::Document,
    policy::{Level, Profile},
};

pub(super) const RULE: Rule = Rule {
    code: "RU-152-9-1-SEP",
    profiles: &[Profile::Ru],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Text, Kind::Markup],
    explanation: include_str!("ru_152_9_1_sep.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let help = "let the consent be confirmed alone, and only link to the other texts";
    for document in Document::FILES {
        for (language, reading) in case.readings(document, RUSSIAN) {
            if let Some(span) = reading.find_written(law::phrases("agreed-with-another-text", language)) {
                found.text(reading, span, "the consent is tied to another text that is confirmed with it", help);
            }
        }
    }
    for document in [Document::Policy, Document::Recommendations] {
        for (language, reading) in case.readings(document, RUSSIAN) {
            if let Some(span) = reading.find_written(law::phrases("consent-given", language)) {
                found.text(reading, span, "a consent is given inside another document", help);
            }
        }
    }
    let confirms = selector("label, button, [role=checkbox]");
    for (page, html) in case.pages() {
        for control in html.select(&confirms) {
            if says(&words(control), "agreed-with-another-text") {
                found.page(page, place(page, control), "one control confirms a consent and another text", help);
            }
        }
    }
}
