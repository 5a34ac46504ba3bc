//! A ticked box is no consent.

use super::super::{
    case::{Case, Found},
    markup::{banners, place, selector},
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "EU-P49-PRETICK",
    profiles: &[Profile::Eu, Profile::Uk],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Markup],
    explanation: include_str!("eu_p49_pretick.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let set =
        selector("input[type=checkbox][checked]:not([disabled]), [role=switch][aria-checked=true]:not([disabled])");
    for (_, banner) in case.banners() {
        if banner.select(&set).next().is_some() {
            found.value("purpose", "the banner shows a purpose as agreed to already", "leave every switch off");
        }
    }
    for (page, html) in case.pages() {
        for switch in banners(html).into_iter().flat_map(|banner| banner.select(&set).collect::<Vec<_>>()) {
            found.page(
                page,
                place(page, switch),
                "a purpose is shown as agreed to already",
                "remove `checked`; only what is necessary may be on, and then `disabled`",
            );
        }
    }
}
