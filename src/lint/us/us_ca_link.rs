//! Who sells or shares has a link against it.

use super::super::{
    case::{Case, Found},
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "US-CA-LINK",
    profiles: &[Profile::UsCa],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("us_ca_link.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let policy = case.policy;
    if let Some(purpose) = policy.purposes().iter().find(|purpose| purpose.is_sale())
        && policy.rights().opt_out_link.is_none()
    {
        found.value(
            "rights",
            format!("`{}` sells or shares data, and no link lets visitors opt out", purpose.id),
            "add `opt-out-link = \"Do Not Sell or Share My Personal Information\"` to [rights]",
        );
    }
}
