//! Controls are called something.

use scraper::ElementRef;

use super::super::{
    case::{Case, Found},
    markup::{banners, controls, place, selector, words},
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "A11Y-NAME",
    profiles: &[Profile::Base],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Markup],
    explanation: include_str!("a11y_name.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let boxes = selector("input[type=checkbox], input[type=radio]");
    for (page, html) in case.pages() {
        for banner in banners(html) {
            for control in controls(banner).into_iter().filter(|control| words(*control).trim().is_empty()) {
                found.page(page, place(page, control), "a control of the banner has no words", "add an `aria-label`");
            }
            for input in banner.select(&boxes) {
                let around = input.ancestors().filter_map(ElementRef::wrap).any(|part| part.value().name() == "label");
                let named = ["aria-label", "aria-labelledby", "title"].iter().any(|name| input.attr(name).is_some());
                let labelled = input
                    .attr("id")
                    .is_some_and(|id| html.select(&selector("label[for]")).any(|label| label.attr("for") == Some(id)));
                if !(around || named || labelled) {
                    found.page(page, place(page, input), "a box of the banner has no label", "put it into a `label`");
                }
            }
        }
    }
}
