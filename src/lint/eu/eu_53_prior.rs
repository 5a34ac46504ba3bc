//! Consent comes first.

use super::{
    super::{
        case::{Case, Found},
        markup::{Loaded, is_foreign, loads},
        rule::{Kind, Rule},
    },
    choices,
};
use crate::policy::{GateMode, Level, Model, Profile, Undeclared};

pub(super) const RULE: Rule = Rule {
    code: "EU-53-PRIOR",
    profiles: &[Profile::Eu, Profile::Uk],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration, Kind::Markup, Kind::Runtime],
    explanation: include_str!("eu_53_prior.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let policy = case.policy;
    if policy.gate().mode == GateMode::ReportOnly {
        found.value(
            "gate.mode",
            "the gate only reports, so everything runs before a consent",
            "write `mode = \"enforce\"`",
        );
    }
    for (path, rule) in choices(case) {
        if rule.model == Model::OptOut {
            found.value(
                &format!("{path}.model"),
                "purposes are on until the visitor says no",
                "write `model = \"opt-in\"`; another country may have its own model under [choice.profiles]",
            );
        }
    }
    if policy.gate().undeclared == Undeclared::Allow {
        found.value(
            "gate.undeclared",
            "third parties that no service names run before a consent, and nobody hears of it",
            "write `undeclared = \"withhold\"`, or `\"report\"` for the first days",
        );
    }
    if policy.gate().undeclared == Undeclared::Withhold {
        return;
    }
    for (page, html) in case.pages() {
        for load in loads(html, &policy.site().origin) {
            let Loaded::Address(address) = &load.what else { continue };
            if load.is_hint
                || !is_foreign(&policy.site().origin, address)
                || case.matcher().addressed(address).next().is_some()
            {
                continue;
            }
            found.page(
                page,
                load.place(page),
                format!("the page loads from `{}`, which no service names", address.host_str().unwrap_or_default()),
                "declare it as a [[service]], or write `undeclared = \"withhold\"`",
            );
        }
    }
}
