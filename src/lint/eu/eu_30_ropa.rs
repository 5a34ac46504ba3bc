//! The register has no gaps.

use super::super::{
    case::{Case, Found},
    law,
    rule::{Kind, Rule},
};
use crate::{
    documents::Document,
    policy::{Level, Profile, Role},
};

pub(super) const RULE: Rule = Rule {
    code: "EU-30-ROPA",
    profiles: &[Profile::Eu, Profile::Uk],
    level: Level::Warning,
    strict: false,
    kinds: &[Kind::Configuration, Kind::Text],
    explanation: include_str!("eu_30_ropa.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let policy = case.policy;
    for purpose in policy.purposes().iter().filter(|purpose| purpose.subjects.is_empty()) {
        found.value(
            &format!("purpose.{}", purpose.id),
            format!("`{}` does not say whose data it is", purpose.id),
            "add `subjects = [\"visitors of the site\"]`",
        );
    }
    for service in policy.services().iter().filter(|one| one.role == Role::Processor && one.contract.is_none()) {
        found.value(
            &format!("service.{}", service.id),
            format!("`{}` is a processor without a contract", service.id),
            "add `[service.contract]` with `reference`, `operations` and `settles`",
        );
    }
    if policy.storage().is_none() {
        found.value("operator", "nothing says where the data is", "add `[storage]` with `country`");
    }
    for (language, reading) in case.every(Document::Policy) {
        let phrases = law::phrases("eu-security", language);
        if !phrases.is_empty() && reading.find_any(phrases).is_none() {
            found.text(
                reading,
                reading.whole(),
                "the policy does not tell of security measures",
                "add a section on technical and organisational measures",
            );
        }
    }
}
