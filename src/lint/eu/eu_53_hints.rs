//! A hint is a request.

use super::super::{
    case::{Case, Found},
    markup::{Loaded, is_foreign, loads},
    rule::{Kind, Rule},
};
use crate::{
    gate::Carrier,
    policy::{Level, Profile, Undeclared},
};

pub(super) const RULE: Rule = Rule {
    code: "EU-53-HINTS",
    profiles: &[Profile::Eu, Profile::Uk],
    level: Level::Warning,
    strict: false,
    kinds: &[Kind::Markup],
    explanation: include_str!("eu_53_hints.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let policy = case.policy;
    if policy.gate().undeclared == Undeclared::Withhold {
        return;
    }
    for (page, html) in case.pages() {
        for load in loads(html, &policy.site().origin) {
            let Loaded::Address(address) = &load.what else { continue };
            let named = case.matcher().included(address, Carrier::Link).next().is_some();
            if load.is_hint && !named && is_foreign(&policy.site().origin, address) {
                found.page(
                    page,
                    load.place(page),
                    format!("the page connects to `{}` before a choice", address.host_str().unwrap_or_default()),
                    "name the host under `hosts` or `links` of a service, or take the hint out",
                );
            }
        }
    }
}
