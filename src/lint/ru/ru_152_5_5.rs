//! A record keeps no more than the policy says.

use super::super::{
    case::{Case, Found},
    law,
    reading::Reading,
    rule::{Kind, Rule},
};
use crate::policy::{AddressField, BrowserField, Level, PageField, Profile};

pub(super) const RULE: Rule = Rule {
    code: "RU-152-5-5",
    profiles: &[Profile::Ru],
    level: Level::Warning,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("ru_152_5_5.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let (policy, record) = (case.policy, case.policy.record());
    let kept = [
        ("address", "record-address", record.address != AddressField::None),
        ("browser", "record-browser", record.browser != BrowserField::None),
        ("page", "record-page", record.page != PageField::None),
    ];
    for (key, phrases, _) in kept.into_iter().filter(|(_, _, is_kept)| *is_kept) {
        let mut items = policy
            .purposes()
            .iter()
            .filter(|purpose| !purpose.needs_consent())
            .flat_map(|purpose| &purpose.data)
            .flat_map(|item| {
                policy.site().languages.iter().map(move |language| (language, item.in_language(language)))
            });
        let listed =
            items.any(|(language, item)| Reading::of_plain(item).find_any(law::phrases(phrases, language)).is_some());
        if !listed {
            found.value(
                &format!("record.{key}"),
                format!("records keep the visitor's {key}, and no necessary purpose lists it as its data"),
                format!("remove `{key}` from [record], or say in `data` of a necessary purpose what it is kept for"),
            );
        }
    }
    for purpose in policy.purposes() {
        for (number, item) in purpose.data.iter().enumerate() {
            if purpose.data[..number].contains(item) {
                found.value(
                    &format!("purpose.{}.data", purpose.id),
                    format!("`{}` lists the same item twice", purpose.id),
                    "remove one of them",
                );
            }
        }
    }
}
