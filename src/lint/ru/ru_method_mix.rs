//! Mixed processing is really mixed.

use super::super::{
    case::{Case, Found},
    rule::{Kind, Rule},
};
use crate::policy::{Evidence, Level, Method, Profile};

pub(super) const RULE: Rule = Rule {
    code: "RU-METHOD-MIX",
    profiles: &[Profile::Ru],
    level: Level::Warning,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("ru_method_mix.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let policy = case.policy;
    let processing = policy.processing();
    match processing.method {
        Method::Mixed if processing.manual_steps.is_empty() => found.value(
            "processing.method",
            "processing is called mixed, but no step is done by hand",
            "name the steps in `manual-steps`, or write `method = \"automated\"`",
        ),
        Method::Automated if !processing.manual_steps.is_empty() => found.value(
            "processing.manual-steps",
            "processing is called automated, but steps are done by hand",
            "write `method = \"mixed\"`, or remove them",
        ),
        Method::NonAutomated => found.value(
            "processing.method",
            "processing is called non-automated, but choices are recorded by a program",
            "write `method = \"mixed\"`",
        ),
        _ => {}
    }
    if processing.method == Method::Mixed
        && let Some(destruction) = policy.destruction()
        && !(destruction.evidence.contains(&Evidence::Act) && destruction.evidence.contains(&Evidence::Log))
    {
        found.value(
            "destruction.evidence",
            "destruction in mixed processing is proved by an act and by an extract of the log, not by one of them",
            "write `evidence = [\"act\", \"log\"]`",
        );
    }
}
