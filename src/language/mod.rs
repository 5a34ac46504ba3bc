//! Which language a visitor reads, and the words of banner, centre and documents in it.
//!
//! In: what a browser asks for, the language of a page, the languages a policy has, the labels it words in its own
//! way. Out: one [`Language`], and its [`Labels`]: words, lengths of time, dates and countries in the form of that
//! language. It does no I/O and parses nothing while a request waits: the built-in words are part of the program.

mod check;
mod form;
mod labels;
mod message;
mod negotiate;
#[cfg(feature = "dashboard")]
mod phrases;

use std::{fmt, str::FromStr};

pub use self::{
    check::{LabelFault, LabelPlace, check_label},
    labels::{Labels, built_in_languages, label_names},
    negotiate::{negotiate, negotiate_page},
};
#[cfg(feature = "dashboard")]
pub(crate) use self::{message::Value, phrases::Phrases};

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
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::language::Language;
    /// // The name of a folder of texts: always in lower case.
    /// let language: Language = "pt-BR".parse().unwrap();
    /// assert_eq!(language.as_str(), "pt-br");
    /// ```
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the part before the first hyphen: `pt` of `pt-br`.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::language::Language;
    /// let brazilian: Language = "pt-br".parse().unwrap();
    /// let texts = ["pt", "ru"];
    /// assert!(texts.contains(&brazilian.primary()));
    /// ```
    pub fn primary(&self) -> &str {
        self.0.split('-').next().unwrap_or(&self.0)
    }

    /// Returns the direction of its script as HTML writes it: `ltr` or `rtl`.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::language::Language;
    /// let direction = |tag: &str| tag.parse::<Language>().unwrap().direction();
    /// assert_eq!((direction("he"), direction("ru"), direction("az-arab")), ("rtl", "ltr", "rtl"));
    /// ```
    pub fn direction(&self) -> &'static str {
        // The languages of living use whose likely script runs from right to left (CLDR 48, likelySubtags).
        const LANGUAGES: [&str; 16] =
            ["ar", "arc", "azb", "bal", "ckb", "dv", "fa", "glk", "he", "iw", "ks", "ps", "sd", "ug", "ur", "yi"];
        const SCRIPTS: [&str; 6] = ["adlm", "arab", "hebr", "nkoo", "syrc", "thaa"];
        let script = self.0.split('-').skip(1).find(|part| part.len() == 4 && part.is_ascii());
        let rtl = match script {
            Some(script) if script.bytes().all(|byte| byte.is_ascii_lowercase()) => SCRIPTS.contains(&script),
            _ => LANGUAGES.contains(&self.primary()),
        };
        if rtl { "rtl" } else { "ltr" }
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
///
/// # Example
///
/// ```
/// use tower_consent::language::Language;
/// let error = "ru_RU".parse::<Language>().unwrap_err();
/// assert_eq!(error.to_string(), "`ru_RU` is no language tag such as `ru` or `pt-br`");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no language tag such as `ru` or `pt-br`")]
pub struct InvalidLanguage(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_checked() {
        for bad in ["", "r", "russian", "ru/..", "ru-", "ru_RU", "..", "ру"] {
            assert!(bad.parse::<Language>().is_err(), "{bad}");
        }
    }
}
