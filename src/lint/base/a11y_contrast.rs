//! Text and buttons stand out from what is behind them.

use super::super::{
    case::{Case, Found},
    law,
    rule::{Kind, Rule},
};
use crate::policy::{Level, Profile};

pub(super) const RULE: Rule = Rule {
    code: "A11Y-CONTRAST",
    profiles: &[Profile::Base],
    level: Level::Error,
    strict: false,
    kinds: &[Kind::Configuration],
    explanation: include_str!("a11y_contrast.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    let number = |name| -> f64 { law::word(name).parse().expect("the law data has numbers here") };
    let (text, part) = (number("text-contrast"), number("part-contrast"));
    let european = case.keeps(Profile::Eu) || case.keeps(Profile::Uk);
    let look = case.policy.look();
    for (name, theme) in [("light", look.light), ("dark", look.dark)] {
        let Some(theme) = theme else { continue };
        let mut pairs = vec![
            ("text", "the text", theme.text.contrast(theme.background), text),
            ("button", "the buttons", theme.button.contrast(theme.background), part),
            ("focus", "the focus ring", theme.focus.contrast(theme.background), part),
        ];
        if !european {
            pairs.push(("button-text", "the words of the buttons", theme.button_text.contrast(theme.button), text));
        }
        for (key, what, contrast, least) in pairs.into_iter().filter(|(_, _, contrast, least)| contrast < least) {
            found.value(
                &format!("banner.{name}.{key}"),
                format!("the contrast of {what} is {contrast:.2}:1, less than {least}:1"),
                "choose a darker or a lighter colour",
            );
        }
    }
}
