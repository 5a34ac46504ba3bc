//! The language of a page is stated.

use super::super::{
    case::{Case, Found},
    markup::place,
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "A11Y-LANG",
    profiles: &[Profile::Base],
    level: Level::Warning,
    strict: false,
    kinds: &[Kind::Markup],
    explanation: include_str!("a11y_lang.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    for (page, html) in case.pages() {
        let root = html.root_element();
        if root.attr("lang").is_none_or(|tag| tag.trim().is_empty()) {
            found.page(
                page,
                place(page, root),
                "the page does not say its language",
                "add `lang` to its `html` element",
            );
        }
    }
}
