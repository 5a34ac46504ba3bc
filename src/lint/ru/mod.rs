//! The rules of Russian law: 152-FZ and its by-laws, 149-FZ.
//!
//! Each file is one rule, called as its code; texts are looked at in Russian only, since those are what binds.

mod ru_149_rec_notice;
mod ru_152_18_1_sec;
mod ru_152_20_dsar;
mod ru_152_9_1_act;
mod ru_152_9_4_op;
mod ru_152_9_4_term;
mod ru_152_9_4_withdraw;
mod ru_152_9_pretick;

use super::rule::Rule;
use crate::{policy::Policy, purpose::PurposeKind};

pub(super) const RULES: &[&Rule] = &[
    &ru_152_9_1_act::RULE,
    &ru_152_9_4_op::RULE,
    &ru_152_9_4_term::RULE,
    &ru_152_9_4_withdraw::RULE,
    &ru_152_9_pretick::RULE,
    &ru_152_18_1_sec::RULE,
    &ru_152_20_dsar::RULE,
    &ru_149_rec_notice::RULE,
];

/// The language of the texts these rules look at.
const RUSSIAN: &str = "ru";

/// Says whether the site runs recommendation technologies: whether a service serves such a purpose.
fn runs_recommendations(policy: &Policy) -> bool {
    policy
        .purposes()
        .iter()
        .filter(|purpose| purpose.kind == PurposeKind::Recommendations)
        .any(|purpose| policy.services().iter().any(|service| service.purposes.contains(&purpose.id)))
}
