//! Neither answer is made to stand out.

use scraper::ElementRef;

use super::super::{
    case::{Case, Found},
    markup::{banners, controls_that, is_folded, is_link, place, words},
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "EU-CNIL-SYMM",
    profiles: &[Profile::Eu],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Markup],
    explanation: include_str!("eu_cnil_symm.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let look = |control: ElementRef<'_>| {
        ["class", "style"].map(|name| control.attr(name).unwrap_or_default().trim().to_owned())
    };
    for (page, html) in case.pages() {
        for banner in banners(html) {
            let buttons = |phrases| {
                controls_that(banner, phrases).into_iter().find(|control| !is_link(*control) && !is_folded(*control))
            };
            if let (Some(accept), Some(refuse)) = (buttons("accept"), buttons("refuse"))
                && look(accept) != look(refuse)
            {
                found.page(
                    page,
                    place(page, refuse),
                    format!("the button \"{}\" looks other than \"{}\"", words(refuse), words(accept)),
                    "give both the same class and style",
                );
            }
        }
    }
}
