//! The form works by itself.

use scraper::ElementRef;

use super::super::{
    case::{Case, Found},
    markup::{banners, controls_that, is_link, place, words},
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "NOJS",
    profiles: &[Profile::Base],
    level: Level::Warning,
    strict: false,
    kinds: &[Kind::Markup],
    explanation: include_str!("nojs.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    for (page, html) in case.pages() {
        for control in banners(html).into_iter().flat_map(|banner| controls_that(banner, "refuse")) {
            let scripted = control.attr("onclick").is_some() || control.attr("type") == Some("button");
            let forms = control.ancestors().filter_map(ElementRef::wrap).filter(|part| part.value().name() == "form");
            let posts = forms
                .into_iter()
                .any(|form| form.attr("method").is_some_and(|method| method.eq_ignore_ascii_case("post")));
            if !is_link(control) && scripted && (control.attr("type") == Some("button") || !posts) {
                found.page(
                    page,
                    place(page, control),
                    format!("\"{}\" does nothing without script", words(control)),
                    "let it send a form with `method=\"post\"`",
                );
            }
        }
    }
}
