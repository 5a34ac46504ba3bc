//! Who is responsible is named.

use super::super::{
    case::{Case, Found},
    law,
    rule::{Kind, Rule},
};
use crate::{
    documents::Document,
    policy::{Level, Profile},
};

pub(super) const RULE: Rule = Rule {
    code: "EU-13-CTRL",
    profiles: &[Profile::Eu, Profile::Uk],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Text],
    explanation: include_str!("eu_13_ctrl.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let operator = case.policy.operator();
    for (language, reading) in case.every(Document::Policy) {
        let mut missing = Vec::new();
        for (what, value) in [("name", &operator.name), ("address", &operator.address)] {
            if !reading.says(value.in_language(language)) {
                missing.push(format!("`{{{{ operator.{what} }}}}`"));
            }
        }
        if ![&operator.email, &case.policy.rights().email].iter().any(|email| reading.says(email)) {
            missing.push("`{{ operator.email }}`".to_owned());
        }
        if let Some(officer) = &operator.responsible
            && !reading.says(&officer.email)
        {
            missing.push(format!("`{}`", officer.email));
        }
        if !missing.is_empty() {
            found.text(
                reading,
                reading.whole(),
                "the policy does not say who is responsible and how to reach him",
                format!("write {} into it", missing.join(", ")),
            );
        }
    }
    let outside = !law::words("eea").contains(&operator.country);
    if outside && case.keeps(Profile::Eu) && operator.representative.is_none() {
        found.value(
            "operator.country",
            format!("the operator is in {}, and no representative in the European Union is named", operator.country),
            "add `representative = \"name, address\"` to [operator] (GDPR, article 27)",
        );
    }
}
