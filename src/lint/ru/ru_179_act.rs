//! A destruction can be proved.

use super::super::{
    case::{Case, Found},
    law,
    rule::{Kind, Rule},
};
use crate::policy::{Evidence, Level, Method, Profile};

pub(super) const RULE: Rule = Rule {
    code: "RU-179-ACT",
    profiles: &[Profile::Ru],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("ru_179_act.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let policy = case.policy;
    let Some(destruction) = policy.destruction() else {
        found.value(
            "processing.operations",
            "data is destroyed in the end, and nothing says what the act of destruction says",
            "add `[destruction]` with `system`, `method` and `signatories`",
        );
        return;
    };
    if destruction.signatories.is_empty() {
        found.value("destruction.signatories", "nobody signs the act of destruction", "name the posts of those who do");
    }
    if policy.processing().method == Method::Automated && !destruction.evidence.contains(&Evidence::Log) {
        found.value(
            "destruction.evidence",
            "destruction in automated processing is proved by an extract of the log, too",
            "write `evidence = [\"act\", \"log\"]`",
        );
    }
    let (own, least) = (policy.retention().destruction, law::limit("ru-destruction-evidence"));
    if own.duration() < least.duration() {
        found.value(
            "retention.destruction",
            format!("the evidence of a destruction is kept for {own} only"),
            format!("write `destruction = \"{least}\"` or more"),
        );
    }
}
