//! A no is remembered.

use super::{
    super::{
        case::{Case, Found},
        law,
        rule::{Kind, Rule},
    },
    choices,
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "EU-REASK",
    profiles: &[Profile::Eu],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("eu_reask.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let limit = law::limit("eu-ask-again");
    let mut terms: Vec<_> =
        choices(case).into_iter().map(|(path, rule)| (format!("{path}.remember"), rule.remember)).collect();
    terms.push(("choice.ask-again".to_owned(), case.policy.choice().ask_again));
    for (path, term) in terms.into_iter().filter(|(_, term)| term.duration() < limit.duration()) {
        found.value(
            &path,
            format!("who refused is asked again after {term}; {limit} is the least"),
            format!("write \"{limit}\" or more"),
        );
    }
}
