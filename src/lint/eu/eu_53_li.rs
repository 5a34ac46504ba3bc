//! Legitimate interest opens no device.

use super::super::{
    case::{Case, Found},
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "EU-53-LI",
    profiles: &[Profile::Eu, Profile::Uk],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("eu_53_li.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    for purpose in case.policy.asked() {
        if purpose.basis == "legitimate-interest" && purpose.exemption.is_none() {
            found.value(
                &format!("purpose.{}.basis", purpose.id),
                format!("`{}` reads or stores on devices on the ground of legitimate interest", purpose.id),
                "write `basis = \"consent\"`",
            );
        }
    }
}
