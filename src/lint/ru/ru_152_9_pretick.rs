//! No purpose is agreed to beforehand.

use super::super::{
    case::{Case, Found},
    markup::{banners, place, selector},
    rule::{Kind, Rule},
};
use crate::policy::{Level, Model, Profile};

pub(super) const RULE: Rule = Rule {
    code: "RU-152-9-PRETICK",
    profiles: &[Profile::Ru],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration, Kind::Markup],
    explanation: include_str!("ru_152_9_pretick.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let choice = case.policy.choice();
    let own = [("choice.model", Some(&choice.rule)), ("choice.profiles.ru.model", choice.profiles.get(&Profile::Ru))];
    for (path, rule) in own {
        if rule.is_some_and(|rule| rule.model == Model::OptOut) {
            found.value(path, "purposes are on until the visitor says no", "write `model = \"opt-in\"`");
        }
    }
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
