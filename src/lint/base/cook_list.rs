//! What is set is listed.

use super::super::{
    case::{Case, Found},
    markup::selector,
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "COOK-LIST",
    profiles: &[Profile::Base],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Markup, Kind::Runtime],
    explanation: include_str!("cook_list.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    for (page, html) in case.pages() {
        for script in html.select(&selector("script:not([src])")) {
            let text: String = script.text().collect();
            for (start, _) in text.match_indices("document.cookie") {
                let after = text[start + "document.cookie".len()..].trim_start();
                let Some(value) = after.strip_prefix('=').map(str::trim_start) else { continue };
                let Some(value) = value.strip_prefix(['"', '\'', '`']) else { continue };
                let name = value.split(['=', ';', '"', '\'', '`', '$']).next().unwrap_or_default().trim();
                if name.is_empty() || case.matcher().setting(name).next().is_some() {
                    continue;
                }
                let place = page.html.find(name).map_or(0..0, |start| start..start + name.len());
                found.page(
                    page,
                    place,
                    format!("the page sets the cookie `{name}`, which no service lists"),
                    format!(
                        "add `{{ name = \"{name}\", lifetime = \"…\" }}` to the cookies of the service that sets it"
                    ),
                );
            }
        }
    }
}
