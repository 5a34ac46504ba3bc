//! The focus stays in sight.

use scraper::{ElementRef, Html};

use super::super::{
    case::{Case, Found},
    markup::{banners, place, selector},
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "A11Y-OBSCURE",
    profiles: &[Profile::Base],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Markup],
    explanation: include_str!("a11y_obscure.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let style = selector("style");
    let leaves_room =
        |html: &Html| html.select(&style).any(|sheet| sheet.text().collect::<String>().contains("scroll-padding"));
    for (_, banner) in case.banners().filter(|(_, banner)| !leaves_room(banner)) {
        let _ = banner;
        found.value("banner", "the banner covers what has the focus", "let its style leave room by `scroll-padding`");
    }
    for (page, html) in case.pages().filter(|(_, html)| !leaves_room(html)) {
        for banner in banners(html) {
            let around = std::iter::once(banner).chain(banner.ancestors().filter_map(ElementRef::wrap));
            let fixed = around.into_iter().find(|element| {
                let styled =
                    element.attr("style").is_some_and(|style| style.contains("fixed") || style.contains("sticky"));
                styled && element.attr("aria-modal") != Some("true") && element.value().name() != "dialog"
            });
            if let Some(element) = fixed {
                found.page(
                    page,
                    place(page, element),
                    "the banner is fixed over the page and may cover what has the focus",
                    "add `scroll-padding-bottom` to the style of `html`, as high as the banner",
                );
            }
        }
    }
}
