//! The notice and the recommendations go together.

use super::{
    super::{
        case::{Case, Found},
        law,
        rule::{Kind, Rule},
    },
    RUSSIAN, runs_recommendations,
};
use crate::{
    documents::Document,
    policy::{Level, Profile},
    purpose::PurposeKind,
};

pub(super) const RULE: Rule = Rule {
    code: "RU-149-REC-SYNC",
    profiles: &[Profile::Ru],
    level: Level::Warning,
    strict: false,
    kinds: &[Kind::Configuration, Kind::Text],
    explanation: include_str!("ru_149_rec_sync.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    for service in case.policy.services() {
        let kinds =
            service.purposes.iter().filter_map(|id| case.policy.purpose(id.as_str())).map(|purpose| purpose.kind);
        let recommends = case.catalogue_kind(service).is_some_and(|kind| kind == PurposeKind::Recommendations.as_str());
        if recommends && !kinds.into_iter().any(|kind| kind == PurposeKind::Recommendations) {
            found.value(
                &format!("service.{}", service.id),
                format!("`{}` recommends, but none of its purposes is of that kind", service.id),
                "let it serve a purpose of the kind `recommendations`, with its notice and rules",
            );
        }
    }
    if runs_recommendations(case.policy) {
        return;
    }
    for document in Document::FILES {
        for (language, reading) in case.readings(document, RUSSIAN) {
            if let Some((_, span)) = reading.find_any(law::phrases("recommendations-claimed", language)) {
                found.text(
                    reading,
                    span,
                    "recommendation technologies are announced, and no service uses them",
                    "declare the service, or take the notice out",
                );
            }
        }
    }
}
