//! Whatever can be clicked can be reached.

use super::super::{
    case::{Case, Found},
    markup::{banners, place, says, selector, words},
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "A11Y-KEY",
    profiles: &[Profile::Base],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Markup],
    explanation: include_str!("a11y_key.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let clickable =
        selector("[onclick]:not(button):not(a[href]):not(input):not(select):not(summary):not([tabindex='0'])");
    let ordered = selector("[tabindex]:not([tabindex='0']):not([tabindex='-1'])");
    for (page, html) in case.pages() {
        for element in
            html.select(&clickable).filter(|one| says(&words(*one), "accept") || says(&words(*one), "refuse"))
        {
            found.page(
                page,
                place(page, element),
                format!("\"{}\" cannot be reached by keyboard", words(element)),
                "use a button",
            );
        }
        for element in banners(html).into_iter().flat_map(|banner| banner.select(&ordered).collect::<Vec<_>>()) {
            found.page(page, place(page, element), "`tabindex` changes the order of the keyboard", "remove it");
        }
    }
}
