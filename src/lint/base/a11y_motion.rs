//! There is no time limit.

use super::super::{
    case::{Case, Found},
    markup::{banners, place, selector},
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "A11Y-MOTION",
    profiles: &[Profile::Base],
    level: Level::Info,
    strict: false,
    kinds: &[Kind::Markup],
    explanation: include_str!("a11y_motion.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let timed = selector("meta[http-equiv=refresh i]");
    let moving = selector("marquee, blink");
    for (page, html) in case.pages() {
        let banners = banners(html);
        if let (Some(refresh), false) = (html.select(&timed).next(), banners.is_empty()) {
            found.page(
                page,
                place(page, refresh),
                "the page reloads while the visitor is choosing",
                "take the refresh out",
            );
        }
        for element in banners.into_iter().flat_map(|banner| banner.select(&moving).collect::<Vec<_>>()) {
            found.page(page, place(page, element), "the banner moves by itself", "let its text stand still");
        }
    }
}
