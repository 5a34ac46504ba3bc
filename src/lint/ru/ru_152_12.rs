//! Data that goes abroad is notified and told.

use super::{
    super::{
        case::{Case, Found},
        law,
        rule::{Kind, Rule},
    },
    RUSSIAN,
    operations::goes_abroad,
};
use crate::{
    documents::Document,
    policy::{Level, Profile},
};

pub(super) const RULE: Rule = Rule {
    code: "RU-152-12",
    profiles: &[Profile::Ru],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration, Kind::Text],
    explanation: include_str!("ru_152_12.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    for service in case.policy.services().iter().filter(|service| goes_abroad(case.policy, service)) {
        if service.transfer_notice.is_none() {
            found.value(
                &format!("service.{}", service.id),
                format!(
                    "`{}` takes data to {}, and no notice of cross-border transfer is named",
                    service.id, service.country
                ),
                "notify the regulator, then add `transfer-notice = \"№ … от …\"`",
            );
        }
        for (language, reading) in case.readings(Document::Policy, RUSSIAN) {
            let told = reading.find_any(law::phrases("cross-border", language)).is_some()
                && (reading.says(service.title.in_language(language))
                    || reading.says(service.operator.in_language(language)));
            if !told {
                found.text(
                    reading,
                    reading.whole(),
                    format!("the policy does not tell of the transfer of data abroad by `{}`", service.id),
                    "describe it: to whom, to which country; `{{ table.services }}` lists them",
                );
            }
        }
    }
}
