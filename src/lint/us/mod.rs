//! The rules of California and the states that follow it, of Brazil and of India.
//!
//! Each file is one rule, called as its code.

mod br_lgpd_8;
mod in_dpdp_notice;
mod us_ca_12m;
mod us_ca_15bd;
mod us_ca_7101;
mod us_ca_link;
mod us_ca_symm;
mod us_gpc_read;
mod us_gpc_wk;

use super::{case::Case, rule::Rule};
use crate::policy::{ChoiceRule, Profile};

pub(super) const RULES: &[&Rule] = &[
    &us_gpc_read::RULE,
    &us_gpc_wk::RULE,
    &us_ca_symm::RULE,
    &us_ca_link::RULE,
    &us_ca_15bd::RULE,
    &us_ca_12m::RULE,
    &us_ca_7101::RULE,
    &br_lgpd_8::RULE,
    &in_dpdp_notice::RULE,
];

/// Returns what holds for visitors from California, and where the policy says so.
fn californian(case: &Case<'_>) -> (&'static str, ChoiceRule) {
    let choice = case.policy.choice();
    match choice.profiles.get(&Profile::UsCa) {
        Some(rule) => ("choice.profiles.us-ca", *rule),
        None => ("choice", choice.rule),
    }
}
