//! The cookie is bound to its host.

use super::super::{
    case::{Case, Found},
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "COOK-ATTR",
    profiles: &[Profile::Base],
    level: Level::Warning,
    strict: false,
    kinds: &[Kind::Configuration, Kind::Runtime],
    explanation: include_str!("cook_attr.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let policy = case.policy;
    let origin = &policy.site().origin;
    let local = origin.host_str().is_some_and(|host| host == "localhost" || host.starts_with("127."));
    if origin.scheme() != "https" && !local {
        found.value(
            "site.origin",
            format!("`{origin}` is not encrypted, so the choice cookie is neither `Secure` nor `__Host-`"),
            "serve the site over https and write its address so",
        );
    }
    if let Some(domain) = policy.cookie_domain() {
        found.value(
            "cookie.domain",
            format!("the choice cookie holds on all of `{domain}`, so it has no `__Host-` prefix"),
            "remove `domain`, or give this rule another level with the reason",
        );
    }
}
