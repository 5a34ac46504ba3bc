//! The instructions in an export: how it is read and checked, in words and commands.
//!
//! In: what the export is. Out: Markdown. The commands and the program stand here as they are run by the tests.

use super::{Level, Wording, report::State};

const ENGLISH: &str = include_str!("readme.en.md");
const RUSSIAN: &str = include_str!("readme.ru.md");
/// Checks signatures and files with openssl and sha256sum.
const COMMANDS: &str = include_str!("verify.sh");
/// Checks every event against the tree with `golang.org/x/mod`.
const PROGRAM: &str = include_str!("check.go");

/// Returns the instructions in a language.
pub(super) fn text(wording: Wording, state: &State<'_>) -> String {
    let russian = wording == Wording::Russian;
    let (template, language) = if russian { (RUSSIAN, "ru") } else { (ENGLISH, "en") };
    let language = language.parse().expect("the tag of a language");
    let site = state.policy.map(|policy| policy.site().name.in_language(&language).to_owned());
    let scope = match (state.complete, state.level, russian) {
        (_, Level::Public, true) => "событий в выгрузке этого уровня нет, только числа",
        (_, Level::Public, false) => "this level has counts of them and no events",
        (true, _, true) => "выгружены все",
        (true, _, false) => "all of them",
        (false, _, true) => "выборка",
        (false, _, false) => "a selection",
    };
    let level = match (state.level, russian) {
        (Level::Public, true) => "для всех, без событий",
        (Level::Public, false) => "for anyone, without events",
        (Level::Regulator, true) => "для надзорного органа, посетители под псевдонимами",
        (Level::Regulator, false) => "for an authority, visitors under pseudonyms",
        (Level::Subject, true) => "для посетителя, только его события",
        (Level::Subject, false) => "for a visitor, his own events only",
        (Level::Internal, true) => "для оператора, содержит персональные данные",
        (Level::Internal, false) => "for the operator, it holds personal data",
    };
    let values = [
        ("{site}", site.as_deref().unwrap_or(state.origin)),
        ("{software}", concat!("tower-consent ", env!("CARGO_PKG_VERSION"))),
        ("{origin}", state.origin),
        ("{size}", &state.size.to_string()),
        ("{events}", &state.events.to_string()),
        ("{scope}", scope),
        ("{level}", state.level.as_str()),
        ("{level_words}", level),
        ("{key}", &state.key),
        ("{openssl}", COMMANDS.trim_end()),
        ("{go}", PROGRAM.trim_end()),
    ];
    values.into_iter().fold(template.to_owned(), |text, (name, value)| text.replace(name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_the_same_places_and_parts() {
        let names = |text: &str| {
            let mut names: Vec<_> =
                text.match_indices('{').map(|(at, _)| text[at..].split_inclusive('}').next()).collect();
            names.sort();
            names.into_iter().map(|name| name.unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(ENGLISH), names(RUSSIAN));
        for template in [ENGLISH, RUSSIAN] {
            assert_eq!(template.matches("\n| ").count(), 2 + 14 + 13);
        }
    }
}
