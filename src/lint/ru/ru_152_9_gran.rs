//! Advertising is a purpose of its own.

use super::super::{
    case::{Case, Found},
    law,
    reading::Reading,
    rule::{Kind, Rule},
};
use crate::{
    policy::{Level, Profile},
    purpose::PurposeKind,
};

pub(super) const RULE: Rule = Rule {
    code: "RU-152-9-GRAN",
    profiles: &[Profile::Ru],
    level: Level::Warning,
    strict: true,
    kinds: &[Kind::Configuration],
    explanation: include_str!("ru_152_9_gran.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let help = "make a purpose of the kind `advertising`, with a switch of its own, and move it there";
    for purpose in case.policy.purposes().iter().filter(|purpose| purpose.kind != PurposeKind::Advertising) {
        for language in &case.policy.site().languages {
            let text =
                format!("{}. {}", purpose.title.in_language(language), purpose.description.in_language(language));
            if Reading::of_plain(&text).find_any(law::phrases("advertising", language)).is_some() {
                let id = purpose.id.as_str();
                found.value(
                    &format!("purpose.{id}.description"),
                    format!("`{id}` mixes advertising with another purpose"),
                    help,
                );
                break;
            }
        }
    }
    for service in case.policy.services() {
        let kinds =
            service.purposes.iter().filter_map(|id| case.policy.purpose(id.as_str())).map(|purpose| purpose.kind);
        let advertises = case.catalogue_kind(service).is_some_and(|kind| kind == PurposeKind::Advertising.as_str());
        if advertises && !kinds.into_iter().any(|kind| kind == PurposeKind::Advertising) {
            found.value(
                &format!("service.{}", service.id),
                format!("`{}` serves advertising, but none of its purposes is that", service.id),
                help,
            );
        }
    }
}
