//! The consent tells how it is taken back.

use super::{
    super::{
        case::{Case, Found, PREFIX},
        law,
        rule::{Kind, Rule},
    },
    RUSSIAN,
};
use crate::{
    documents::Document,
    policy::{Level, Profile},
};

pub(super) const RULE: Rule = Rule {
    code: "RU-152-9-4-WITHDRAW",
    profiles: &[Profile::Ru],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Text, Kind::Runtime],
    explanation: include_str!("ru_152_9_4_withdraw.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let policy = case.policy;
    for (language, reading) in case.readings(Document::Consent, RUSSIAN) {
        if reading.find_any(law::phrases("withdrawal", language)).is_none() {
            found.text(
                reading,
                reading.whole(),
                "the consent does not say that it can be withdrawn",
                "add a section on how it is withdrawn, with a link to `{{ centre }}` and the address `{{ operator.email }}`",
            );
            continue;
        }
        // The layer itself answers under this path, so a link to it is a channel that works.
        let centre = reading.links().any(|(address, _)| address.starts_with(&format!("{PREFIX}/")));
        let mail = [&policy.operator().email, &policy.rights().email].iter().any(|email| reading.says(email));
        if !centre && !mail {
            found.text(
                reading,
                reading.whole(),
                "the consent names no channel by which it can be withdrawn",
                "link to `{{ centre }}`, or name the address `{{ operator.email }}`",
            );
        }
    }
}
