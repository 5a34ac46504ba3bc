//! Data leaves under a safeguard only.

use super::{
    super::{
        case::{Case, Found},
        law,
        rule::{Kind, Rule},
    },
    is_third_country,
};
use crate::{
    documents::Document,
    policy::{Level, Profile},
};

pub(super) const RULE: Rule = Rule {
    code: "EU-13-TRANS",
    profiles: &[Profile::Eu, Profile::Uk],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration, Kind::Text],
    explanation: include_str!("eu_13_trans.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let abroad = case.policy.services().iter().filter(|service| is_third_country(&service.country)).collect::<Vec<_>>();
    for service in abroad.iter().filter(|service| service.safeguard.is_none()) {
        found.value(
            &format!("service.{}", service.id),
            format!("`{}` takes data to {} without a safeguard", service.id, service.country),
            "add `safeguard = \"…\"`: the decision or the clauses it rests on",
        );
    }
    for (language, reading) in case.every(Document::Policy) {
        let phrases = law::phrases("eu-transfer", language);
        if !abroad.is_empty() && !phrases.is_empty() && reading.find_any(phrases).is_none() {
            found.text(
                reading,
                reading.whole(),
                "the policy does not tell of transfers to third countries",
                "say which recipients are outside the European Economic Area, and on what the transfer rests",
            );
        }
    }
}
