//! Necessary is what the visitor asked for.

use super::{
    super::{
        case::{Case, Found},
        rule::{Kind, Rule},
    },
    runs_unasked,
};
use crate::{
    catalogue,
    policy::{Level, Profile},
};

pub(super) const RULE: Rule = Rule {
    code: "EU-53-CLASS",
    profiles: &[Profile::Eu, Profile::Uk],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("eu_53_class.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let policy = case.policy;
    for service in policy.services().iter().filter(|service| runs_unasked(policy, service)) {
        if let Some(kind) = case.catalogue_kind(service).filter(|kind| *kind != "necessary") {
            found.value(
                &format!("service.{}", service.id),
                format!("`{}` is known as `{kind}`, but runs as necessary", service.id),
                "let it serve a purpose that is asked for",
            );
        }
        for cookie in &service.cookies {
            let known =
                catalogue::cookie(&cookie.name).filter(|known| matches!(known.category, "Analytics" | "Marketing"));
            if let Some(known) = known {
                found.value(
                    &format!("service.{}.cookies.{}", service.id, cookie.name),
                    format!(
                        "`{}` is called necessary, but is known as {} of {}",
                        cookie.name,
                        known.category.to_lowercase(),
                        known.platform
                    ),
                    "move it to the service that sets it, under a purpose that is asked for; or rename your own cookie",
                );
            }
        }
    }
}
