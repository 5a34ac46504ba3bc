//! Depersonalisation is done by a known method.

use super::super::{
    case::{Case, Found},
    rule::{Kind, Rule},
};
use crate::policy::{EndAction, Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "RU-140-ANON",
    profiles: &[Profile::Ru],
    level: Level::Warning,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("ru_140_anon.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let processing = case.policy.processing();
    let is_done = processing.operations.contains(&"depersonalise")
        || case.policy.purposes().iter().any(|purpose| purpose.end == EndAction::Depersonalise);
    match &processing.depersonalisation {
        None if is_done => found.value(
            "processing",
            "depersonalisation is declared, and nothing says by which method",
            "add `[processing.depersonalisation]` with `method`, `assessed-on` and `separate`",
        ),
        Some(how) if !how.separate => found.value(
            "processing.depersonalisation",
            "what leads back to the person is not kept apart from the depersonalised data",
            "keep it apart, then write `separate = true`",
        ),
        _ => {}
    }
}
