//! The second lock does not replace the gate where pages are the same for everyone.

use super::super::{
    case::{Case, Found},
    rule::{Kind, Rule},
};
use crate::policy::{Csp, Level, Pages, Profile};

pub(super) const RULE: Rule = Rule {
    code: "GATE-NEUTRAL",
    profiles: &[Profile::Base],
    level: Level::Warning,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("gate_neutral.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let gate = case.policy.gate();
    if gate.pages == Pages::Neutral && gate.csp == Csp::Enforce {
        found.value(
            "gate.csp",
            "pages that are the same for everyone have one Content-Security-Policy, which lets in every declared service, \
             refused or not",
            "write `pages = \"per-visitor\"` where the second lock must heed each choice, else `csp = \"report\"` or `\"off\"`",
        );
    }
}
