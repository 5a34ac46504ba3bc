//! A refusal that cannot be read is none.

use super::super::{
    case::{Case, Found},
    law,
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "EU-TF-CONTRAST",
    profiles: &[Profile::Eu, Profile::Uk],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("eu_tf_contrast.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let least: f64 = law::word("eu-refuse-contrast").parse().expect("the law data has a number here");
    let look = case.policy.look();
    for (name, theme) in [("light", look.light), ("dark", look.dark)] {
        let Some(theme) = theme else { continue };
        let contrast = theme.button_text.contrast(theme.button);
        if contrast < least {
            found.value(
                &format!("banner.{name}.button-text"),
                format!("the words of the buttons have a contrast of {contrast:.2}:1, less than {least}:1"),
                "choose a darker or a lighter colour",
            );
        }
    }
}
