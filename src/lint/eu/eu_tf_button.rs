//! Refusing is no link in a sentence.

use super::super::{
    case::{Case, Found},
    markup::{banners, controls_that, is_folded, is_link, place},
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "EU-TF-BUTTON",
    profiles: &[Profile::Eu, Profile::Uk],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Markup],
    explanation: include_str!("eu_tf_button.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    for (page, html) in case.pages() {
        for banner in banners(html) {
            let accepts = controls_that(banner, "accept").into_iter().any(|control| !is_link(control));
            let refusals: Vec<_> = controls_that(banner, "refuse").into_iter().filter(|one| !is_folded(*one)).collect();
            if let Some(link) = refusals.first()
                && accepts
                && refusals.iter().all(|control| is_link(*control))
            {
                found.page(
                    page,
                    place(page, *link),
                    "one accepts by a button and refuses by a link",
                    "make it a button",
                );
            }
        }
    }
}
