//! The way back is as short as the way in.

use scraper::Html;

use super::super::{
    case::{Case, Found, PREFIX},
    law,
    markup::{place, selector},
    rule::{Kind, Rule},
};
use crate::{
    documents::Document,
    policy::{Level, Profile},
};

pub(super) const RULE: Rule = Rule {
    code: "EU-7-3-WD",
    profiles: &[Profile::Eu, Profile::Uk],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration, Kind::Text, Kind::Markup],
    explanation: include_str!("eu_7_3_wd.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let policy = case.policy;
    let link = selector("a[href], form[action]");
    let leads = |html: &Html| {
        html.select(&link).any(|element| {
            let address = element.attr("href").or_else(|| element.attr("action"));
            address.is_some_and(|address| address.contains(&format!("{PREFIX}/")))
        })
    };
    if !policy.look().brand {
        let mut pages = case.pages().peekable();
        if pages.peek().is_none() {
            found.value(
                "banner.brand",
                "no page is known to lead back to the choice",
                "write `brand = true`, or show a page with a link to `/_consent/` by `check --page`",
            );
        }
        for (page, page_html) in pages.filter(|(_, html)| !leads(html)) {
            found.page(
                page,
                place(page, page_html.root_element()),
                "the page has no link back to the choice",
                "add one to `/_consent/`",
            );
        }
    }
    for (language, reading) in case.every(Document::Consent) {
        let phrases = law::phrases("eu-right-withdrawal", language);
        let centre = reading.links().any(|(address, _)| address.starts_with(&format!("{PREFIX}/")));
        let mail = [&policy.operator().email, &policy.rights().email].iter().any(|email| reading.says(email));
        if !phrases.is_empty() && (reading.find_any(phrases).is_none() || !(centre || mail)) {
            found.text(
                reading,
                reading.whole(),
                "the consent does not say how it is withdrawn",
                "add a section with a link to `{{ centre }}`",
            );
        }
    }
}
