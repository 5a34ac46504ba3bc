//! Zooming is allowed.

use super::super::{
    case::{Case, Found},
    markup::{place, selector},
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "A11Y-REFLOW",
    profiles: &[Profile::Base],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Markup],
    explanation: include_str!("a11y_reflow.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    for (page, html) in case.pages() {
        for viewport in html.select(&selector("meta[name=viewport]")) {
            let content = viewport.attr("content").unwrap_or_default().to_ascii_lowercase();
            let forbids =
                content.split([',', ';']).filter_map(|part| part.split_once('=')).any(|(key, value)| {
                    match (key.trim(), value.trim()) {
                        ("user-scalable", "no" | "0") => true,
                        ("maximum-scale", scale) => scale.parse::<f64>().is_ok_and(|scale| scale < 2.0),
                        _ => false,
                    }
                });
            if forbids {
                found.page(
                    page,
                    place(page, viewport),
                    "the page cannot be enlarged",
                    "let `content` be `width=device-width`",
                );
            }
        }
    }
}
