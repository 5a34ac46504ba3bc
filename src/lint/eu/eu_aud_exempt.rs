//! An exemption has conditions.

use super::super::{
    case::{Case, Found},
    law,
    rule::{Kind, Rule},
};
use crate::{
    policy::{Exemption, Level, Lifetime, Profile},
    purpose::PurposeKind,
};

pub(super) const RULE: Rule = Rule {
    code: "EU-AUD-EXEMPT",
    profiles: &[Profile::Eu],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("eu_aud_exempt.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let policy = case.policy;
    for purpose in policy.purposes().iter().filter(|one| one.exemption == Some(Exemption::AudienceMeasurement)) {
        let mut missing = Vec::new();
        if purpose.kind != PurposeKind::Metrics {
            missing.push("it is of the kind `metrics`".to_owned());
        }
        if purpose.assessment.is_none() {
            missing.push("`assessment` names the operator's own assessment".to_owned());
        }
        let limit = law::limit("fr-measurement-data");
        if purpose.retention.duration() > limit.duration() {
            missing.push(format!("data is kept for {limit} at most"));
        }
        for service in policy.services().iter().filter(|service| service.purposes.contains(&purpose.id)) {
            if service.sharing {
                missing.push(format!("`{}` has `sharing = false`", service.id));
            }
            let limit = law::limit("fr-measurement-cookie");
            let long = |lifetime: Lifetime| lifetime.duration().is_some_and(|length| length > limit.duration());
            for cookie in service.cookies.iter().filter(|cookie| long(cookie.lifetime)) {
                missing.push(format!("`{}` lives {limit} at most", cookie.name));
            }
        }
        if !missing.is_empty() {
            found.value(
                &format!("purpose.{}.exemption", purpose.id),
                format!("`{}` claims to need no consent without fulfilling the conditions", purpose.id),
                format!("see to it that {}; or remove `exemption`", missing.join(", and ")),
            );
        }
    }
}
