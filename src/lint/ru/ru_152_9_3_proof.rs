//! Every purpose has a ground that can be shown.

use super::super::{
    case::{Case, Found},
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "RU-152-9-3-PROOF",
    profiles: &[Profile::Ru],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("ru_152_9_3_proof.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let policy = case.policy;
    let records = policy.remember() + policy.retention().records.duration();
    for purpose in policy.asked() {
        let id = purpose.id.as_str();
        if purpose.basis != "consent" && purpose.assessment.is_none() {
            found.value(
                &format!("purpose.{id}.basis"),
                format!("`{id}` is not necessary and rests on `{}`, which nothing shows", purpose.basis),
                "write `basis = \"consent\"`, or tell in `assessment` where the ground is documented",
            );
        }
        if purpose.basis == "consent" && purpose.retention.duration() > records {
            found.value(
                &format!("purpose.{id}.retention"),
                format!(
                    "data of `{id}` is kept for {}, longer than the record of the consent to it",
                    purpose.retention
                ),
                "shorten `retention`, or lengthen `retention.records`",
            );
        }
    }
}
