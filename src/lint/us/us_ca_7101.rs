//! Requests and answers are kept long enough.

use super::super::{
    case::{Case, Found},
    law,
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "US-CA-7101",
    profiles: &[Profile::UsCa],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("us_ca_7101.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let (term, limit) = (case.policy.retention().requests, law::limit("us-ca-requests"));
    if term.duration() < limit.duration() {
        found.value(
            "retention.requests",
            format!("requests are kept for {term}; the law wants {limit}"),
            format!("write `requests = \"{limit}\"` or more"),
        );
    }
}
