//! Whoever honours the signal says so.

use super::super::{
    case::{Case, Found},
    rule::{Kind, Rule},
};
use crate::policy::{Gpc, Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "US-GPC-WK",
    profiles: &[Profile::UsCa],
    level: Level::Warning,
    strict: false,
    kinds: &[Kind::Configuration, Kind::Runtime],
    explanation: include_str!("us_gpc_wk.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let signals = case.policy.signals();
    if signals.gpc == Gpc::Honour && signals.gpc_since.is_none() {
        found.value(
            "signals.gpc-since",
            "the signal is honoured, but `/.well-known/gpc.json` does not say so",
            "add `gpc-since = …` to [signals]: the day since which it is honoured",
        );
    }
}
