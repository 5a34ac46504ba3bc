//! The policy is linked wherever data is collected.

use super::super::{
    case::{Case, Found},
    markup::{place, says, selector, words},
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "RU-152-18.1-PUB",
    profiles: &[Profile::Ru],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Markup, Kind::Runtime],
    explanation: include_str!("ru_152_18_1_pub.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let help = "link to the policy: the layer serves it to everyone under `/_consent/documents/policy`";
    let links = selector("a[href]");
    let leads = |link: scraper::ElementRef<'_>| {
        let address = link.attr("href").unwrap_or_default();
        address.split(['?', '#']).next().is_some_and(|path| path.ends_with("/documents/policy"))
    };
    for (language, banner) in case.banners() {
        if !banner.select(&links).any(leads) {
            found.value("banner", format!("the banner in `{language}` does not link to the policy"), help);
        }
    }
    let collects = selector(
        "form input[type=email], form input[type=tel], form input[type=text], form input:not([type]), form textarea",
    );
    for (page, html) in case.pages() {
        let linked = html.select(&links).any(|link| leads(link) || says(&words(link), "policy-link"));
        let field = html.select(&collects).find(|field| {
            let parts = field.ancestors().filter_map(scraper::ElementRef::wrap);
            let is_search = |part: scraper::ElementRef<'_>| part.attr("role") == Some("search");
            !(says(field.attr("name").unwrap_or_default(), "search-field") || parts.into_iter().any(is_search))
        });
        if let Some(field) = field.filter(|_| !linked) {
            found.page(
                page,
                place(page, field),
                "a form collects data, and nothing on the page links to the policy",
                help,
            );
        }
    }
}
