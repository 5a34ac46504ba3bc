//! A way to refuse stands beside the way to accept.

use super::super::{
    case::{Case, Found},
    markup::{banners, controls_that, is_folded, place, selector},
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "EU-TF-REJECT",
    profiles: &[Profile::Eu, Profile::Uk],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Markup],
    explanation: include_str!("eu_tf_reject.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let refuse = selector("button[name=choice][value=refuse]");
    for (_, banner) in case.banners() {
        if !banner.select(&refuse).any(|button| !is_folded(button)) {
            found.value("banner", "the banner has no button that refuses on its first layer", "show it there");
        }
    }
    for (page, html) in case.pages() {
        for banner in banners(html) {
            if controls_that(banner, "refuse").into_iter().all(is_folded) {
                found.page(
                    page,
                    place(page, banner),
                    "the banner has a control that accepts and none beside it that refuses",
                    "add one: \"Reject\"",
                );
            }
        }
    }
}
