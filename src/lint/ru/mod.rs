//! The rules of Russian law: 152-FZ and its by-laws, 149-FZ.
//!
//! Each file is one rule, called as its code; texts are looked at in Russian only, since those are what binds.

mod operations;
mod ru_140_anon;
mod ru_149_rec_email;
mod ru_149_rec_lang;
mod ru_149_rec_notice;
mod ru_149_rec_page;
mod ru_149_rec_rules;
mod ru_149_rec_sync;
mod ru_152_10_1;
mod ru_152_12;
mod ru_152_14_rights;
mod ru_152_18_1_matrix;
mod ru_152_18_1_pub;
mod ru_152_18_1_sec;
mod ru_152_18_5;
mod ru_152_20_dsar;
mod ru_152_21_stop;
mod ru_152_21_wd;
mod ru_152_22_1;
mod ru_152_22_notice;
mod ru_152_5_2;
mod ru_152_5_5;
mod ru_152_5_7;
mod ru_152_6_3;
mod ru_152_9_1_act;
mod ru_152_9_1_form;
mod ru_152_9_1_sep;
mod ru_152_9_3_proof;
mod ru_152_9_4_data;
mod ru_152_9_4_method;
mod ru_152_9_4_op;
mod ru_152_9_4_ops;
mod ru_152_9_4_proc;
mod ru_152_9_4_purpose;
mod ru_152_9_4_term;
mod ru_152_9_4_withdraw;
mod ru_152_9_4_written;
mod ru_152_9_deny;
mod ru_152_9_gran;
mod ru_152_9_pretick;
mod ru_179_act;
mod ru_lang;
mod ru_method_mix;
mod ru_metrics_gate;
mod ru_ops_consist;
mod ru_ops_vocab;

use super::rule::Rule;
use crate::{policy::Policy, purpose::PurposeKind};

pub(super) const RULES: &[&Rule] = &[
    &ru_152_9_1_sep::RULE,
    &ru_152_9_1_act::RULE,
    &ru_152_9_1_form::RULE,
    &ru_152_9_3_proof::RULE,
    &ru_152_9_4_op::RULE,
    &ru_152_9_4_purpose::RULE,
    &ru_152_9_4_data::RULE,
    &ru_152_9_4_proc::RULE,
    &ru_152_9_4_ops::RULE,
    &ru_152_9_4_method::RULE,
    &ru_152_9_4_term::RULE,
    &ru_152_9_4_withdraw::RULE,
    &ru_152_9_4_written::RULE,
    &ru_152_9_gran::RULE,
    &ru_152_9_pretick::RULE,
    &ru_152_9_deny::RULE,
    &ru_metrics_gate::RULE,
    &ru_152_5_2::RULE,
    &ru_152_5_5::RULE,
    &ru_152_5_7::RULE,
    &ru_152_6_3::RULE,
    &ru_ops_vocab::RULE,
    &ru_ops_consist::RULE,
    &ru_method_mix::RULE,
    &ru_152_10_1::RULE,
    &ru_152_12::RULE,
    &ru_152_18_5::RULE,
    &ru_152_18_1_pub::RULE,
    &ru_152_18_1_matrix::RULE,
    &ru_152_18_1_sec::RULE,
    &ru_152_14_rights::RULE,
    &ru_152_20_dsar::RULE,
    &ru_152_21_wd::RULE,
    &ru_152_21_stop::RULE,
    &ru_152_22_notice::RULE,
    &ru_152_22_1::RULE,
    &ru_179_act::RULE,
    &ru_140_anon::RULE,
    &ru_149_rec_notice::RULE,
    &ru_149_rec_page::RULE,
    &ru_149_rec_rules::RULE,
    &ru_149_rec_email::RULE,
    &ru_149_rec_lang::RULE,
    &ru_149_rec_sync::RULE,
    &ru_lang::RULE,
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
