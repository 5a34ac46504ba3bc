//! Counters wait for a consent.

use super::super::{
    case::{Case, Found},
    markup::{Loaded, loads},
    rule::{Kind, Rule},
};
use crate::{
    policy::{GateMode, Level, Profile},
    purpose::PurposeKind,
};

pub(super) const RULE: Rule = Rule {
    code: "RU-METRICS-GATE",
    profiles: &[Profile::Ru],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration, Kind::Markup, Kind::Runtime],
    explanation: include_str!("ru_metrics_gate.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let policy = case.policy;
    if policy.gate().mode == GateMode::ReportOnly {
        found.value(
            "gate.mode",
            "the gate only reports, so counters run before anybody has agreed",
            "write `mode = \"enforce\"`",
        );
    }
    for service in policy.services() {
        let purposes = service.purposes.iter().filter_map(|id| policy.purpose(id.as_str()));
        let is_free = purposes.into_iter().all(|purpose| !purpose.needs_consent());
        if is_free
            && let Some(kind) = case.catalogue_kind(service).filter(|kind| *kind != PurposeKind::Necessary.as_str())
        {
            found.value(
                &format!("service.{}", service.id),
                format!("`{}` is known as `{kind}`, but runs as necessary, without a consent", service.id),
                "let it serve a purpose that is asked for",
            );
        }
    }
    for (page, html) in case.pages() {
        for load in loads(html, &policy.site().origin) {
            let matcher = case.matcher();
            let service = match &load.what {
                Loaded::Address(address) => matcher.addressed(address).next(),
                Loaded::Inline(script) => matcher.named_inline(script.as_bytes()).next(),
            };
            let Some(service) = service else { continue };
            let asks = service.purposes.iter().filter_map(|id| policy.purpose(id.as_str())).any(|p| p.needs_consent());
            if asks {
                found.page(
                    page,
                    load.place(page),
                    format!("the page as saved loads `{}` before a choice", service.id),
                    "serve the page through the layer, which withholds it until the visitor agrees",
                );
            }
        }
    }
}
