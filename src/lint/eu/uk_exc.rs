//! An exception has conditions.

use super::super::{
    case::{Case, Found},
    rule::{Kind, Rule},
};
use crate::{
    policy::{Exemption, Level, Profile},
    purpose::PurposeKind,
};

pub(super) const RULE: Rule = Rule {
    code: "UK-EXC",
    profiles: &[Profile::Uk],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("uk_exc.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let policy = case.policy;
    for purpose in policy.purposes() {
        let kind = match purpose.exemption {
            Some(Exemption::UkStatistics) => PurposeKind::Metrics,
            Some(Exemption::UkAppearance) => PurposeKind::Preferences,
            _ => continue,
        };
        let mut missing = Vec::new();
        if purpose.kind != kind {
            missing.push(format!("it is of the kind `{}`", kind.as_str()));
        }
        if purpose.assessment.is_none() {
            missing.push("`assessment` names the operator's own assessment".to_owned());
        }
        for service in policy.services().iter().filter(|one| one.sharing && one.purposes.contains(&purpose.id)) {
            missing.push(format!("`{}` has `sharing = false`", service.id));
        }
        if !policy.look().brand {
            missing.push("`banner.brand` is on, so that objecting is easy".to_owned());
        }
        if !missing.is_empty() {
            found.value(
                &format!("purpose.{}.exemption", purpose.id),
                format!("`{}` claims an exception without fulfilling its conditions", purpose.id),
                format!("see to it that {}; or remove `exemption`", missing.join(", and ")),
            );
        }
    }
}
