//! Denied first, tags after.

use scraper::ElementRef;

use super::super::{
    case::{Case, Found},
    law,
    markup::{place, selector},
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "GCM-ORDER",
    profiles: &[Profile::Base],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Markup],
    explanation: include_str!("gcm_order.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    for (page, html) in case.pages() {
        let scripts: Vec<(ElementRef<'_>, String)> = html
            .select(&selector("script"))
            .map(|script| (script, plain(&script.text().collect::<String>())))
            .collect();
        let Some(default) = scripts.iter().position(|(_, text)| text.contains("gtag('consent','default'")) else {
            continue;
        };
        let is_tag = |(script, text): &(ElementRef<'_>, String)| {
            let host = script.attr("src").unwrap_or_default();
            host.contains("googletagmanager.com") || text.contains("gtag('config'") || text.contains("gtag('js'")
        };
        let (script, text) = &scripts[default];
        let call = text.split("gtag('consent','default'").nth(1).unwrap_or_default();
        let call = call.split(')').next().unwrap_or_default();
        let message = if let Some(early) = scripts[..default].iter().find(|script| is_tag(script)) {
            found.page(
                page,
                place(page, early.0),
                "a Google tag stands before the defaults of the consent",
                "put the call of `gtag('consent', 'default', …)` first in the head of the page",
            );
            continue;
        } else if let Some(signal) =
            law::words("consent-mode-signals").iter().find(|signal| !call.contains(&format!("{signal}:")))
        {
            format!("the defaults of the consent leave `{signal}` out")
        } else if call.replace("security_storage:'granted'", "").contains("'granted'") {
            "the defaults of the consent grant something".to_owned()
        } else {
            continue;
        };
        found.page(page, place(page, *script), message, "name all seven signals, all denied but `security_storage`");
    }
}

/// Takes white space out, and makes all quotes one kind, so that a call can be found however it is written.
fn plain(script: &str) -> String {
    script.chars().filter(|c| !c.is_whitespace()).map(|c| if matches!(c, '"' | '`') { '\'' } else { c }).collect()
}
