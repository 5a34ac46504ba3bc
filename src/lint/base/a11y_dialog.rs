//! Dialogs have names.

use scraper::ElementRef;

use super::super::{
    case::{Case, Found},
    markup::{banners, place},
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "A11Y-DIALOG",
    profiles: &[Profile::Base],
    level: Level::Warning,
    strict: false,
    kinds: &[Kind::Markup],
    explanation: include_str!("a11y_dialog.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    for (page, html) in case.pages() {
        for banner in banners(html) {
            let around = std::iter::once(banner).chain(banner.ancestors().filter_map(ElementRef::wrap));
            for element in around.filter(|element| matches!(element.attr("role"), Some("dialog" | "alertdialog"))) {
                if element.attr("aria-label").or(element.attr("aria-labelledby")).is_none_or(str::is_empty) {
                    found.page(page, place(page, element), "the dialog has no name", "add `aria-label=\"Cookies\"`");
                }
                let at_an_edge = element.attr("style").is_some_and(|style| style.contains("fixed"));
                if element.attr("aria-modal") == Some("true") && at_an_edge {
                    found.page(
                        page,
                        place(page, element),
                        "the banner claims to be modal and leaves the page in use",
                        "remove `aria-modal`",
                    );
                }
            }
        }
    }
}
