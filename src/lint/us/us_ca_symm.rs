//! Both ways are equally long.

use super::super::{
    case::{Case, Found},
    markup::{banners, controls_that, place},
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "US-CA-SYMM",
    profiles: &[Profile::UsCa],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Markup],
    explanation: include_str!("us_ca_symm.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    for (page, html) in case.pages() {
        for banner in banners(html).into_iter().filter(|banner| controls_that(*banner, "refuse").is_empty()) {
            found.page(
                page,
                place(page, banner),
                "the banner has a button that accepts, and a refusal takes more steps",
                "add a button that refuses beside it",
            );
        }
    }
}
