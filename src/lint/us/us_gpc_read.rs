//! The signal of browsers is an opt-out.

use super::super::{
    case::{Case, Found},
    rule::{Kind, Rule},
};
use crate::policy::{Gpc, Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "US-GPC-READ",
    profiles: &[Profile::UsCa],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration, Kind::Runtime],
    explanation: include_str!("us_gpc_read.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    if case.policy.signals().gpc == Gpc::Ignore {
        found.value("signals.gpc", "`Sec-GPC: 1` is ignored, though it is a valid opt-out", "write `gpc = \"honour\"`");
    }
}
