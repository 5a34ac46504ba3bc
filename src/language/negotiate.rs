//! Which of the languages there are a visitor is answered in.
//!
//! In: `Accept-Language`, the `lang` of a page, the languages available. Out: one of them, always. It never fails:
//! what cannot be read counts as not said.

use std::cmp::Reverse;

use fluent_langneg::negotiate::{NegotiationStrategy, filter_matches};
use unic_langid::LanguageIdentifier;

use super::Language;

/// The most items of a header that are looked at; browsers send fewer than ten.
const MOST_WANTED: usize = 32;

/// Chooses the language to answer in: the visitor's most wanted one that is available, else the first available.
///
/// `accept` is the value of `Accept-Language`. Weights count, a weight of 0 excludes (RFC 9110, section 12.5.4), and
/// each range is looked up on its own before the next one (RFC 4647, section 3.4): exactly, then without its
/// variants and region, then in another region of the same language and script.
///
/// # Panics
///
/// When `available` is empty.
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
    let ranges = ranges(accept.unwrap_or_default());
    let left: Vec<Candidate<'a>> =
        available.iter().filter(|language| !excluded(language, &ranges)).map(Candidate::new).collect();
    let mut wanted: Vec<&(u16, &str)> = ranges.iter().filter(|(weight, _)| *weight > 0).collect();
    wanted.sort_by_key(|(weight, _)| Reverse(*weight));
    wanted
        .iter()
        .find_map(|(_, range)| lookup(range, &left))
        .or_else(|| left.first().map(|candidate| candidate.language))
        .unwrap_or(&available[0])
}

/// Chooses the language of what is put into a page: the page's own where the site has it, else as [`negotiate`].
///
/// `page` is the `lang` of the page's root element. A banner in another language than the page around it is a known
/// dark pattern, "language discontinuity" (EDPB guidelines 03/2022), and unreadable to who chose the page.
///
/// # Panics
///
/// When `available` is empty.
///
/// # Example
///
/// ```
/// use tower_consent::language::{Language, negotiate_page};
/// let available: Vec<Language> = ["ru", "en"].iter().map(|tag| tag.parse().unwrap()).collect();
/// assert_eq!(negotiate_page(Some("ru"), Some("en-GB"), &available).as_str(), "en");
/// assert_eq!(negotiate_page(Some("en"), Some("fr"), &available).as_str(), "en");
/// ```
pub fn negotiate_page<'a>(accept: Option<&str>, page: Option<&str>, available: &'a [Language]) -> &'a Language {
    let candidates: Vec<_> = available.iter().map(Candidate::new).collect();
    page.and_then(|tag| lookup(tag.trim(), &candidates)).unwrap_or_else(|| negotiate(accept, available))
}

/// An available language beside its parsed tag.
struct Candidate<'a> {
    language: &'a Language,
    /// The default, `und`, matches nothing; so does a tag that only our own rules allow.
    identifier: LanguageIdentifier,
}

impl<'a> Candidate<'a> {
    fn new(language: &'a Language) -> Self {
        Self { language, identifier: language.as_str().parse().unwrap_or_default() }
    }
}

impl AsRef<LanguageIdentifier> for Candidate<'_> {
    fn as_ref(&self) -> &LanguageIdentifier {
        &self.identifier
    }
}

fn lookup<'a>(range: &str, candidates: &[Candidate<'a>]) -> Option<&'a Language> {
    let exact = || candidates.iter().find(|candidate| candidate.language.as_str().eq_ignore_ascii_case(range));
    let requested: Option<LanguageIdentifier> = range.parse().ok();
    let near = requested
        .and_then(|requested| filter_matches(&[requested], candidates, NegotiationStrategy::Lookup).first().copied());
    near.or_else(exact).map(|candidate| candidate.language)
}

/// The ranges of the header with their weights in thousandths, in the order written; malformed ones are left out.
fn ranges(accept: &str) -> Vec<(u16, &str)> {
    let items = accept.split(',').take(MOST_WANTED);
    let read = items.filter_map(|item| {
        let mut parts = item.split(';').map(str::trim);
        let range = parts.next().filter(|range| !range.is_empty())?;
        let mut weights = parts.filter_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        let weight = match weights.next() {
            Some(text) => thousandths(text)?,
            None => 1000,
        };
        Some((weight, range))
    });
    read.collect()
}

/// Reads a `qvalue`: 0 to 1 with at most three digits after the dot.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !matches!(whole, "0" | "1") || fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let weight = format!("{whole}{fraction:0<3}").parse().ok()?;
    (weight <= 1000).then_some(weight)
}

/// Says whether the longest range that covers a language has the weight 0; `*` covers all and is the shortest.
fn excluded(language: &Language, ranges: &[(u16, &str)]) -> bool {
    let length = |range: &str| {
        if range == "*" {
            return Some(0);
        }
        let tag = language.as_str().as_bytes();
        let start = tag.get(..range.len())?;
        let covers = start.eq_ignore_ascii_case(range.as_bytes()) && matches!(tag.get(range.len()), None | Some(b'-'));
        covers.then_some(range.len())
    };
    let longest = ranges.iter().filter_map(|(weight, range)| Some((length(range)?, *weight))).max();
    longest.is_some_and(|(_, weight)| weight == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn languages(tags: &[&str]) -> Vec<Language> {
        tags.iter().map(|tag| tag.parse().unwrap()).collect()
    }

    #[test]
    fn weights_and_regions_decide() {
        let available = languages(&["ru", "en", "pt-br"]);
        for (accept, expected) in [
            ("ru,en;q=0.9,la;q=0.8,de;q=0.7", "ru"),
            ("en;q=0.2, ru;q=0.9", "ru"),
            ("en-US,en;q=0.9", "en"),
            ("pt-PT, en;q=0.9", "pt-br"),
            ("pt", "pt-br"),
            ("PT-br", "pt-br"),
            ("fr", "ru"),
            ("", "ru"),
            (";;;q=,,", "ru"),
            ("EN", "en"),
            ("*", "ru"),
            ("en;q=0.001", "en"),
            ("en ; Q=0.5 , ru;q=0.4", "en"),
            ("en-", "ru"),
        ] {
            assert_eq!(negotiate(Some(accept), &available).as_str(), expected, "{accept}");
        }
    }

    #[test]
    fn a_weight_of_zero_excludes() {
        let available = languages(&["ru", "en"]);
        for (accept, expected) in [
            ("ru;q=0, en;q=0.1", "en"),
            ("ru;q=0", "en"),
            ("en, *;q=0", "en"),
            ("ru-RU, ru;q=0.0", "en"),
            // Nothing is left: an answer in a language not wanted is better than none (RFC 9110, 15.5.7).
            ("*;q=0", "ru"),
        ] {
            assert_eq!(negotiate(Some(accept), &available).as_str(), expected, "{accept}");
        }
    }

    #[test]
    fn malformed_weights_leave_the_item_out() {
        let available = languages(&["ru", "en"]);
        for weight in ["", "2", "1.001", "0.1234", "-1", "inf", "nan", "1e0", ".5", "0,5"] {
            let accept = format!("en;q={weight}");
            assert_eq!(negotiate(Some(&accept), &available).as_str(), "ru", "{accept}");
        }
        for weight in ["1", "1.", "1.000", "0.", "0.5", "0.999"] {
            assert!(thousandths(weight).is_some(), "{weight}");
        }
    }

    #[test]
    fn the_page_comes_before_the_browser() {
        let available = languages(&["ru", "en"]);
        for (accept, page, expected) in [
            (Some("ru"), Some("en"), "en"),
            (Some("ru"), Some(" EN_us "), "en"),
            (Some("en"), Some("fr"), "en"),
            (Some("en"), Some(""), "en"),
            (Some("en"), Some("und"), "en"),
            (None, Some("*"), "ru"),
            (None, None, "ru"),
        ] {
            assert_eq!(negotiate_page(accept, page, &available).as_str(), expected, "{accept:?} {page:?}");
        }
    }

    #[test]
    fn a_header_of_any_bytes_gets_an_answer() {
        let seed = std::env::var("SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(20_261_125_u64);
        println!("SEED={seed}");
        let available = languages(&["ru", "en", "sr-latn", "pt-br"]);
        let mut state = seed;
        let pieces = ["ru", "en", "-", ",", ";", "q=", "0", "1", ".", "*", " ", "é", "Latn", "sr", "US", "\t", "0.5"];
        for _ in 0..2000 {
            let mut accept = String::new();
            for _ in 0..20 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                accept.push_str(pieces[(state >> 33) as usize % pieces.len()]);
            }
            assert!(available.contains(negotiate(Some(&accept), &available)), "{accept}");
            assert!(available.contains(negotiate_page(None, Some(&accept), &available)), "{accept}");
        }
    }
}
