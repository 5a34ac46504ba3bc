//! The rules of the European Union, its member states and the United Kingdom.
//!
//! Each file is one rule, called as its code. Texts are looked at in every language of the site for which the law data
//! has phrases; of another language nothing is said.

mod es_policy;
mod eu_13_adm;
mod eu_13_ctrl;
mod eu_13_purp;
mod eu_13_recip;
mod eu_13_ret;
mod eu_13_rights;
mod eu_13_trans;
mod eu_30_ropa;
mod eu_4_11_act;
mod eu_53_class;
mod eu_53_hints;
mod eu_53_li;
mod eu_53_prior;
mod eu_7_2_sep;
mod eu_7_3_wd;
mod eu_7_4_wall;
mod eu_aud_exempt;
mod eu_cnil_arte;
mod eu_cnil_symm;
mod eu_gran;
mod eu_lang;
mod eu_p49_info;
mod eu_p49_pretick;
mod eu_promo;
mod eu_reask;
mod eu_tf_button;
mod eu_tf_contrast;
mod eu_tf_reject;
mod eu_ttl;
mod it_close;
mod uk_exc;

use std::collections::BTreeSet;

use super::{case::Case, law, rule::Rule};
use crate::policy::{ChoiceRule, Policy, Profile, Service};

pub(super) const RULES: &[&Rule] = &[
    &eu_53_prior::RULE,
    &eu_53_hints::RULE,
    &eu_53_class::RULE,
    &eu_53_li::RULE,
    &eu_4_11_act::RULE,
    &eu_p49_pretick::RULE,
    &eu_p49_info::RULE,
    &eu_tf_reject::RULE,
    &eu_tf_button::RULE,
    &eu_cnil_symm::RULE,
    &eu_tf_contrast::RULE,
    &eu_cnil_arte::RULE,
    &eu_7_2_sep::RULE,
    &eu_7_3_wd::RULE,
    &eu_7_4_wall::RULE,
    &eu_gran::RULE,
    &eu_13_ctrl::RULE,
    &eu_13_purp::RULE,
    &eu_13_recip::RULE,
    &eu_13_trans::RULE,
    &eu_13_ret::RULE,
    &eu_13_rights::RULE,
    &eu_13_adm::RULE,
    &eu_30_ropa::RULE,
    &eu_reask::RULE,
    &eu_ttl::RULE,
    &eu_aud_exempt::RULE,
    &eu_lang::RULE,
    &eu_promo::RULE,
    &es_policy::RULE,
    &it_close::RULE,
    &uk_exc::RULE,
];

/// Bodies of law by which consent comes before everything else.
const EUROPEAN: [Profile; 6] = [Profile::Eu, Profile::De, Profile::Es, Profile::Fr, Profile::It, Profile::Uk];

/// Returns what holds for European visitors, and where the policy says so. What holds for everyone is among it: the
/// country of a visitor may be unknown, and a consent is due all the same.
fn choices(case: &Case<'_>) -> Vec<(String, ChoiceRule)> {
    let choice = case.policy.choice();
    let own = EUROPEAN.iter().filter_map(|profile| {
        let rule = choice.profiles.get(profile)?;
        Some((format!("choice.profiles.{}", profile.as_str()), *rule))
    });
    std::iter::once(("choice".to_owned(), choice.rule)).chain(own).collect()
}

/// Says whether a country is outside the European Economic Area and has no decision on adequacy.
fn is_third_country(country: &str) -> bool {
    !["eea", "adequate"].iter().any(|list| law::words(list).iter().any(|known| known == country))
}

/// Returns the kinds of the purposes a service serves.
fn kinds(policy: &Policy, service: &Service) -> BTreeSet<&'static str> {
    service.purposes.iter().filter_map(|id| policy.purpose(id.as_str())).map(|purpose| purpose.kind.as_str()).collect()
}

/// Says whether a service runs without being asked for.
fn runs_unasked(policy: &Policy, service: &Service) -> bool {
    service.purposes.iter().filter_map(|id| policy.purpose(id.as_str())).all(|purpose| !purpose.needs_consent())
}
