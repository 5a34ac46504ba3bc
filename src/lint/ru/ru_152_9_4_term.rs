//! A consent without an end is none.

use super::{
    super::{
        case::{Case, Found},
        law,
        rule::{Kind, Rule},
    },
    RUSSIAN,
};
use crate::{
    documents::Document,
    policy::{Level, Party, Profile},
};

pub(super) const RULE: Rule = Rule {
    code: "RU-152-9-4-TERM",
    profiles: &[Profile::Ru],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration, Kind::Text],
    explanation: include_str!("ru_152_9_4_term.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    for (language, reading) in case.readings(Document::Consent, RUSSIAN) {
        if reading.find_any(law::phrases("consent-term", language)).is_none() {
            found.text(
                reading,
                reading.whole(),
                "the consent does not say how long it is valid",
                "add a sentence on its term: `{{ choice.remember }}` is how long an answer is kept",
            );
        }
        if let Some(span) = reading.find_written(law::phrases("endless-term", language)) {
            let help = "name a term or the event that ends it";
            found.text(reading, span, "the consent is given without an end", help);
        }
    }
    for service in case.policy.services() {
        let purposes = service.purposes.iter().filter_map(|id| case.policy.purpose(id.as_str()));
        let Some(longest) = purposes.map(|purpose| purpose.retention.duration()).max() else { continue };
        // What a service keeps on its own domain for how long is for its own documents to say.
        for cookie in service.cookies.iter().filter(|cookie| cookie.party == Party::First) {
            if cookie.lifetime.duration().is_some_and(|lifetime| lifetime > longest) {
                found.value(
                    &format!("service.{}", service.id),
                    format!("the cookie `{}` lives longer than the data of its purpose is kept", cookie.name),
                    "lengthen the purpose's `retention` to what is really so, or have the cookie set for less",
                );
            }
        }
    }
}
