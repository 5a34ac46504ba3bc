//! Page and banner are in one language.

use super::super::{
    case::{Case, Found},
    markup::place,
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "EU-LANG",
    profiles: &[Profile::Eu],
    level: Level::Warning,
    strict: false,
    kinds: &[Kind::Markup],
    explanation: include_str!("eu_lang.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let languages = &case.policy.site().languages;
    for (page, html) in case.pages() {
        let root = html.root_element();
        let Some(tag) = root.attr("lang").filter(|tag| !tag.trim().is_empty()) else { continue };
        let primary = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        if !languages.iter().any(|language| language.primary() == primary) {
            found.page(
                page,
                place(page, root),
                format!("the page is in `{tag}`, and the banner is not"),
                "add the language to `site.languages`, with its texts",
            );
        }
    }
}
