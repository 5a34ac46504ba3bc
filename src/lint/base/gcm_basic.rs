//! No tag before a choice.

use super::super::{
    case::{Case, Found},
    rule::{Kind, Rule},
};
use crate::policy::{ConsentMode, Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "GCM-BASIC",
    profiles: &[Profile::Eu, Profile::Uk],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("gcm_basic.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    if case.policy.signals().consent_mode == ConsentMode::Advanced {
        found.value(
            "signals.consent-mode",
            "Google tags load before the visitor has chosen",
            "write `consent-mode = \"basic\"`",
        );
    }
}
