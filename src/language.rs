//! Which language a visitor reads, and the words of the banner in it.
//!
//! In: `Accept-Language` and the languages a policy has. Out: one [`Language`] and its labels. No I/O: the
//! built-in words are part of the program.

use std::{collections::BTreeMap, fmt, str::FromStr, sync::LazyLock};

/// A language tag such as `ru` or `pt-br`, in lower case.
///
/// # Example
///
/// ```
/// use tower_consent::language::Language;
/// let language: Language = "ru".parse().unwrap();
/// assert_eq!(language.as_str(), "ru");
/// assert!("../ru".parse::<Language>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language(String);

impl Language {
    /// Returns the tag as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the part before the first hyphen: `pt` of `pt-br`.
    pub fn primary(&self) -> &str {
        self.0.split('-').next().unwrap_or(&self.0)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for Language {
    type Err = InvalidLanguage;

    fn from_str(text: &str) -> Result<Self, InvalidLanguage> {
        let lower = text.to_ascii_lowercase();
        let mut parts = lower.split('-');
        let primary = parts
            .next()
            .is_some_and(|part| (2..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_lowercase()));
        let rest =
            parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        if primary && rest && lower.len() <= 35 { Ok(Self(lower)) } else { Err(InvalidLanguage(text.to_owned())) }
    }
}

/// Text that is no language tag; holds it as given.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no language tag such as `ru` or `pt-br`")]
pub struct InvalidLanguage(String);

/// Chooses the language to answer in: the visitor's most wanted one that is available, else the first available.
///
/// `accept` is the value of `Accept-Language`; weights count (RFC 9110, section 12.5.4), a weight of 0 excludes,
/// and a language without its region matches one with it. `available` must not be empty.
///
/// # Example
///
/// ```
/// use tower_consent::language::{Language, negotiate};
/// let available: Vec<Language> = ["ru", "en"].iter().map(|tag| tag.parse().unwrap()).collect();
/// assert_eq!(negotiate(Some("de;q=0.9, en-GB;q=0.8"), &available).as_str(), "en");
/// assert_eq!(negotiate(None, &available).as_str(), "ru");
/// ```
pub fn negotiate<'a>(accept: Option<&str>, available: &'a [Language]) -> &'a Language {
    let mut wanted: Vec<(u16, &str)> = accept
        .unwrap_or_default()
        .split(',')
        .take(32)
        .filter_map(|item| {
            let mut parts = item.split(';');
            let tag = parts.next()?.trim();
            let weight = match parts.find_map(|part| part.trim().strip_prefix("q=")) {
                Some(text) => (text.parse::<f32>().ok()?.clamp(0.0, 1.0) * 1000.0) as u16,
                None => 1000,
            };
            (weight > 0 && !tag.is_empty()).then_some((weight, tag))
        })
        .collect();
    wanted.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    for (_, tag) in wanted {
        let exact = available.iter().find(|language| language.as_str().eq_ignore_ascii_case(tag));
        let primary = tag.split('-').next().unwrap_or(tag);
        let near = || available.iter().find(|language| language.primary().eq_ignore_ascii_case(primary));
        if let Some(language) = exact.or_else(near) {
            return language;
        }
    }
    &available[0]
}

/// The built-in words of banner, centre and documents in one language.
///
/// A language without built-in words gets the English ones.
#[derive(Clone, Debug)]
pub(crate) struct Labels(&'static BTreeMap<String, String>);

static BUILT_IN: LazyLock<BTreeMap<&'static str, BTreeMap<String, String>>> = LazyLock::new(|| {
    [("en", include_str!("language/en.toml")), ("ru", include_str!("language/ru.toml"))]
        .into_iter()
        .map(|(tag, text)| (tag, toml::from_str(text).expect("the built-in labels are tested to parse")))
        .collect()
});

impl Labels {
    /// Returns the words for a language, English where there are none of its own.
    pub(crate) fn of(language: &Language) -> Self {
        let words = BUILT_IN.get(language.primary()).unwrap_or_else(|| &BUILT_IN["en"]);
        Self(words)
    }

    /// Returns one word; a key nobody wrote is its own text, which the tests do not let happen.
    pub(crate) fn get(&self, key: &'static str) -> &str {
        self.0.get(key).map_or(key, String::as_str)
    }

    /// Returns a word by a key that is composed at run time (`operation.collect`), if there is one.
    pub(crate) fn find(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn languages(tags: &[&str]) -> Vec<Language> {
        tags.iter().map(|tag| tag.parse().unwrap()).collect()
    }

    #[test]
    fn weights_and_regions_decide() {
        let available = languages(&["ru", "en"]);
        for (accept, expected) in [
            ("ru,en;q=0.9,la;q=0.8,de;q=0.7", "ru"),
            ("en;q=0.2, ru;q=0.9", "ru"),
            ("en-US,en;q=0.9", "en"),
            ("ru;q=0, en;q=0.1", "en"),
            ("fr", "ru"),
            ("", "ru"),
            (";;;q=,,", "ru"),
            ("EN", "en"),
        ] {
            assert_eq!(negotiate(Some(accept), &available).as_str(), expected, "{accept}");
        }
    }

    #[test]
    fn every_label_exists_in_every_built_in_language() {
        let english: Vec<_> = BUILT_IN["en"].keys().collect();
        for (tag, words) in BUILT_IN.iter() {
            assert_eq!(words.keys().collect::<Vec<_>>(), english, "{tag}");
        }
    }

    #[test]
    fn tags_are_checked() {
        for bad in ["", "r", "russian", "ru/..", "ru-", "ru_RU", "..", "ру"] {
            assert!(bad.parse::<Language>().is_err(), "{bad}");
        }
    }
}
