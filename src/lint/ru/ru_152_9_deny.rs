//! A refusal is possible, and at hand.

use super::super::{
    case::{Case, Found},
    markup::{banners, controls_that, place, selector},
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "RU-152-9-DENY",
    profiles: &[Profile::Ru],
    level: Level::Warning,
    strict: true,
    kinds: &[Kind::Configuration, Kind::Markup],
    explanation: include_str!("ru_152_9_deny.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    if case.policy.choice().wall {
        found.value(
            "choice.wall",
            "who refuses cannot read the site",
            "write `wall = false`, and open the site to everyone",
        );
    }
    let refuse = selector("button[name=choice][value=refuse]");
    for (_, banner) in case.banners() {
        let first_layer = |button: &scraper::ElementRef<'_>| {
            button.ancestors().filter_map(scraper::ElementRef::wrap).all(|part| part.value().name() != "details")
        };
        if !banner.select(&refuse).any(|button| first_layer(&button)) {
            found.value("banner", "the banner has no button that refuses on its first layer", "show it there");
        }
    }
    for (page, html) in case.pages() {
        for banner in banners(html) {
            if controls_that(banner, "refuse").is_empty() {
                found.page(
                    page,
                    place(page, banner),
                    "the banner has a button that accepts and none that refuses",
                    "add one beside it, of the same size and colour: \"Отклонить\"",
                );
            }
        }
    }
}
