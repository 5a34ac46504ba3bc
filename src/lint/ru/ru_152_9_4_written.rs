//! A click is no written consent.

use super::super::{
    case::{Case, Found},
    law,
    reading::Reading,
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "RU-152-9-4-WRITTEN",
    profiles: &[Profile::Ru],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("ru_152_9_4_written.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let help = "do not collect such data on pages; where it is needed, take a written consent outside of the site";
    if case.policy.processing().special_categories {
        found.value(
            "processing.special-categories",
            "special or biometric data needs a written consent, and a choice on a page is none",
            help,
        );
    }
    for purpose in case.policy.purposes() {
        for item in &purpose.data {
            for language in &case.policy.site().languages {
                let text = item.in_language(language);
                if Reading::of_plain(text).find_any(law::phrases("special-data", language)).is_some() {
                    found.value(
                        &format!("purpose.{}.data", purpose.id),
                        format!("`{text}` is special or biometric data, which needs a written consent"),
                        help,
                    );
                    break;
                }
            }
        }
    }
}
