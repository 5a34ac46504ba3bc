//! Sentences that law prescribes word for word.
//!
//! In: dated data that is part of the program, a text. Out: the sentences with their sources, and whether a text
//! has them. Case, ё and е, kinds of spaces, quotes and dashes, soft hyphens make no difference; a word does.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;

use crate::language::Language;

/// A sentence that law prescribes.
///
/// # Example
///
/// ```
/// use tower_consent::documents::{Sentence, statutory};
/// let page = "<footer>На информационном ресурсе применяются рекомендательные технологии</footer>";
/// let missing: Vec<_> = statutory().iter().filter(|sentence| !sentence.is_in(page)).map(Sentence::id).collect();
/// assert_eq!(missing, ["recommendations-statement"]);
/// ```
#[derive(Clone, Debug, Deserialize)]
pub struct Sentence {
    id: String,
    act: String,
    text: String,
    sources: Vec<String>,
    verified_on: toml::value::Datetime,
    confidence: String,
    note: String,
    translations: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
struct File {
    sentence: Vec<Sentence>,
}

static FILE: LazyLock<File> =
    LazyLock::new(|| toml::from_str(include_str!("statutory.toml")).expect("the sentences are tested to parse"));

/// Returns the sentences of Roskomnadzor's Order 149 on recommendation technologies: the notice of the pages, then
/// the statement of the page it leads to.
///
/// # Example
///
/// ```
/// use tower_consent::documents::statutory;
/// let [notice, statement] = statutory();
/// assert!(notice.is_in("… НА ИНФОРМАЦИОННОМ РЕСУРСЕ применяются рекомендательные технологии."));
/// assert!(!statement.is_in("На сайте применяются рекомендательные технологии"));
/// ```
pub fn statutory() -> &'static [Sentence; 2] {
    FILE.sentence.first_chunk().expect("the sentences are tested to be two")
}

impl Sentence {
    /// Returns its name, such as `recommendations-notice`.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::documents::statutory;
    /// let statement = statutory().iter().find(|sentence| sentence.id() == "recommendations-statement").unwrap();
    /// assert!(statement.text().contains("сбор, систематизация и анализ сведений"));
    /// ```
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Returns the act that prescribes it.
    ///
    /// # Example
    ///
    /// ```
    /// let [notice, _] = tower_consent::documents::statutory();
    /// assert!(notice.act().starts_with("приказ Роскомнадзора от 06.10.2023 № 149"));
    /// ```
    pub fn act(&self) -> &str {
        &self.act
    }

    /// Returns its words, in Russian.
    ///
    /// # Example
    ///
    /// ```
    /// let [notice, _] = tower_consent::documents::statutory();
    /// let footer = format!("<a href=\"/_consent/recommendations\">{}</a>", notice.text());
    /// assert!(notice.is_in(&footer));
    /// ```
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns where the words were read.
    ///
    /// # Example
    ///
    /// ```
    /// let [notice, _] = tower_consent::documents::statutory();
    /// assert!(notice.sources().iter().all(|source| source.starts_with("https://")));
    /// ```
    pub fn sources(&self) -> &[String] {
        &self.sources
    }

    /// Returns the day on which that was done, `2026-11-25`.
    ///
    /// # Example
    ///
    /// ```
    /// use time::{Date, macros::{date, format_description}};
    /// let [notice, _] = tower_consent::documents::statutory();
    /// let day = Date::parse(&notice.verified_on(), format_description!("[year]-[month]-[day]")).unwrap();
    /// assert!(day >= date!(2026-11-25));
    /// ```
    pub fn verified_on(&self) -> String {
        self.verified_on.to_string()
    }

    /// Returns `P` for words read in the act itself, `S` for words read in secondary sources.
    ///
    /// # Example
    ///
    /// ```
    /// // Digests of the order quote it alike; the order itself was not at hand.
    /// let [notice, _] = tower_consent::documents::statutory();
    /// assert_eq!(notice.confidence(), "S");
    /// ```
    pub fn confidence(&self) -> &str {
        &self.confidence
    }

    /// Returns what is to be known of it.
    ///
    /// # Example
    ///
    /// ```
    /// let [notice, statement] = tower_consent::documents::statutory();
    /// assert!(notice.note().contains("as a link to the page with the other sentence"));
    /// assert!(statement.note().contains("the page the notice leads to"));
    /// ```
    pub fn note(&self) -> &str {
        &self.note
    }

    /// Returns the sentence for a reader of a language: the Russian words, or a translation for information, the
    /// English one where there is no other.
    ///
    /// # Example
    ///
    /// ```
    /// let [notice, _] = tower_consent::documents::statutory();
    /// let shown = |tag: &str| notice.in_language(&tag.parse().unwrap());
    /// assert!(shown("ru").starts_with("На информационном ресурсе"));
    /// assert!(shown("de-at").starts_with("Auf dieser Informationsressource"));
    /// assert_eq!(shown("sr"), shown("en"));
    /// ```
    pub fn in_language(&self, language: &Language) -> &str {
        if language.primary() == "ru" {
            return &self.text;
        }
        let translation = self.translations.get(language.primary()).or_else(|| self.translations.get("en"));
        translation.unwrap_or(&self.text)
    }

    /// Says whether a text has the sentence, word for word.
    ///
    /// # Example
    ///
    /// ```
    /// let [notice, _] = tower_consent::documents::statutory();
    /// assert!(notice.is_in("на\u{a0}информационном ресурсе применяются\nрекомендательные технологии."));
    /// assert!(!notice.is_in("На нашем сайте применяются рекомендательные технологии."));
    /// ```
    pub fn is_in(&self, text: &str) -> bool {
        let sentence = normal(&self.text);
        let text = normal(text);
        text.match_indices(&sentence).any(|(start, _)| {
            let before = text[..start].chars().next_back();
            let after = text[start + sentence.len()..].chars().next();
            [before, after].into_iter().flatten().all(|character| !character.is_alphanumeric())
        })
    }
}

/// Makes equal what makes no difference.
fn normal(text: &str) -> String {
    let mut normal = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\u{ad}' | '\u{200b}' | '\u{200c}' | '\u{200d}' | '\u{2060}' | '\u{feff}' => {}
            'ё' | 'Ё' => normal.push('е'),
            '«' | '»' | '“' | '”' | '„' | '‟' | '‹' | '›' | '‘' | '’' | '\'' | '″' => {
                normal.push('"')
            }
            '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => normal.push('-'),
            _ if character.is_whitespace() => {
                if !normal.ends_with(' ') {
                    normal.push(' ');
                }
            }
            _ => normal.extend(character.to_lowercase()),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentences_are_dated_and_sourced() {
        assert_eq!(FILE.sentence.len(), 2);
        assert_eq!(statutory().each_ref().map(Sentence::id), ["recommendations-notice", "recommendations-statement"]);
        for sentence in statutory() {
            assert!(sentence.sources.len() >= 2 && matches!(sentence.confidence(), "P" | "S"));
            assert!(sentence.verified_on().starts_with("20"));
            for tag in crate::language::built_in_languages().filter(|tag| *tag != "ru") {
                assert!(sentence.translations.contains_key(tag), "{tag}");
            }
        }
    }

    #[test]
    fn only_what_makes_no_difference_makes_none() {
        let [notice, statement] = statutory();
        for same in [
            statement.text().to_uppercase(),
            statement.text().replace(['«', '»'], "\""),
            statement.text().replace(' ', "\u{a0}"),
            statement.text().replace(' ', "\n  "),
            statement.text().replace("информ", "инфор\u{ad}м"),
            format!("Итак: {}.", statement.text()),
        ] {
            assert!(statement.is_in(&same), "{same}");
        }
        for other in [
            statement.text().replace("анализ", "изучение"),
            statement.text().replace(", систематизация", " и систематизация"),
            statement.text().replace("находящихся", "находящегося"),
            format!("{}ми", statement.text()),
            String::new(),
            "информационные технологии предоставления информации на основе сбора, систематизации и анализа сведений, \
             относящихся к предпочтениям пользователей сети «Интернет», находящихся на территории Российской Федерации"
                .to_owned(),
        ] {
            assert!(!statement.is_in(&other), "{other}");
        }
        assert!(!notice.is_in(statement.text()));
        assert!(!notice.is_in(
            "На информационном ресурсе применяются рекомендательные технологии_".replace("ресурсе", "сайте").as_str()
        ));
    }
}
