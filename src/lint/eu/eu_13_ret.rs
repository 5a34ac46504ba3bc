//! Told terms are true terms.

use super::super::{
    case::{Case, Found},
    rule::{Kind, Rule},
};
use crate::{
    documents::Document,
    policy::{Level, Lifetime, Profile},
};

pub(super) const RULE: Rule = Rule {
    code: "EU-13-RET",
    profiles: &[Profile::Eu, Profile::Uk],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration, Kind::Text],
    explanation: include_str!("eu_13_ret.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let policy = case.policy;
    for service in policy.services() {
        let longest = service
            .purposes
            .iter()
            .filter_map(|id| policy.purpose(id.as_str()))
            .map(|purpose| purpose.retention)
            .max_by_key(|term| term.duration());
        for cookie in &service.cookies {
            if let (Some(longest), Lifetime::Limited(lifetime)) = (longest, cookie.lifetime)
                && lifetime.duration() > longest.duration()
            {
                found.value(
                    &format!("service.{}.cookies.{}", service.id, cookie.name),
                    format!(
                        "`{}` lives {lifetime}, longer than the {longest} its purpose is told to keep data",
                        cookie.name
                    ),
                    "lengthen `retention` of the purpose, or have the service set a shorter cookie",
                );
            }
        }
    }
    for (language, reading) in case.every(Document::Policy) {
        let words = policy.words(language);
        let missing = policy.purposes().iter().find(|purpose| {
            reading.says(purpose.title.in_language(language)) && !reading.says(&purpose.retention.in_words(&words))
        });
        if let Some(purpose) = missing {
            found.text(
                reading,
                reading.whole(),
                format!("the policy does not say that data for `{}` is kept for {}", purpose.id, purpose.retention),
                "use `{{ table.purposes }}`",
            );
        }
    }
}
