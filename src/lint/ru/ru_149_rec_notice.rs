//! Recommendations are announced in the words of the order.

use super::{
    super::{
        case::{Case, Found},
        law,
        markup::{place, says, selector, words},
        reading::Reading,
        rule::{Kind, Rule},
    },
    RUSSIAN, runs_recommendations,
};
use crate::{
    documents::Document,
    policy::{Level, Profile},
};

pub(super) const RULE: Rule = Rule {
    code: "RU-149-REC-NOTICE",
    profiles: &[Profile::Ru],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Text, Kind::Markup],
    explanation: include_str!("ru_149_rec_notice.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    if !runs_recommendations(case.policy) {
        return;
    }
    let sentence = law::sentence("recommendations-notice");
    for (_, reading) in case.readings(Document::Recommendations, RUSSIAN) {
        if !reading.quotes(sentence) {
            found.text(
                reading,
                reading.whole(),
                "the notice on recommendation technologies is not worded as the order words it",
                format!("write, word for word: {sentence}"),
            );
        }
    }
    let parts = selector("a, p, li, span, small, div, td");
    for (page, html) in case.pages() {
        let announces = |part: &scraper::ElementRef<'_>| says(&words(*part), "recommendations-used");
        for part in html.select(&parts).filter(announces) {
            // The innermost element is the notice; what is around it only contains it.
            if part.select(&parts).any(|inner| announces(&inner)) {
                continue;
            }
            let (message, help) = if !Reading::of_plain(&words(part)).quotes(sentence) {
                (
                    "the page announces recommendation technologies in other words",
                    format!("write, word for word: {sentence}"),
                )
            } else if !is_linked(part) {
                (
                    "the notice on recommendation technologies leads nowhere",
                    "make it a link to `/_consent/documents/recommendations`".to_owned(),
                )
            } else {
                continue;
            };
            found.page(page, place(page, part), message, help);
        }
    }
}

/// Says whether an element is a link, stands in one or holds one.
fn is_linked(element: scraper::ElementRef<'_>) -> bool {
    let around = element.ancestors().filter_map(scraper::ElementRef::wrap).chain([element]);
    around.into_iter().any(|part| part.value().name() == "a") || element.select(&selector("a[href]")).next().is_some()
}
