//! Facts of law as data: articles, sources, terms, fines, phrases. Statutory sentences are in `documents`.
//!
//! In: a key. Out: what `policies/law/*.toml` says, which is part of the program. Each file has the day it was
//! verified, each fact its confidence. Nothing of it is written in code.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;

use crate::{documents::statutory, language::Language, policy::Term};

const FILES: [(&str, &str); 6] = [
    ("base", include_str!("../../policies/law/base.toml")),
    ("elsewhere", include_str!("../../policies/law/elsewhere.toml")),
    ("eu", include_str!("../../policies/law/eu.toml")),
    ("phrases", include_str!("../../policies/law/phrases.toml")),
    ("ru", include_str!("../../policies/law/ru.toml")),
    ("us", include_str!("../../policies/law/us.toml")),
];

/// Where a rule comes from.
///
/// # Example
///
/// ```
/// let basis = tower_consent::lint::rule("RU-152-9-4-TERM").unwrap().basis();
/// assert_eq!(basis.article, "152-FZ, article 9(4), item 8");
/// // The day on which the file of law was checked, for a reader to judge how old it is.
/// assert!(basis.verified_on.as_str() >= "2026-11-22");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Basis {
    /// The article of law, or the standard.
    pub article: String,
    /// Where that was read.
    pub source: String,
    /// How well it is known: `P` read in a primary text, `S` in a secondary one, `M` from memory.
    pub confidence: String,
    /// Name of the fine for it.
    pub(super) fine: Option<String>,
    /// Day on which the data was checked.
    #[serde(skip)]
    pub verified_on: String,
}

/// What breaking a rule may cost a company.
///
/// # Example
///
/// ```
/// let fine = tower_consent::lint::rule("RU-152-18-5").unwrap().fine().unwrap();
/// assert_eq!(fine.conduct, "data is not recorded in Russia");
/// assert!(fine.amount.ends_with("roubles"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Fine {
    /// The article that sets it.
    pub article: String,
    /// What it is for.
    pub conduct: String,
    /// How much.
    pub amount: String,
    /// How well it is known, as in [`Basis`].
    pub confidence: String,
}

/// What the law asks that no rule decides, and why.
///
/// # Example
///
/// ```
/// let mut all = tower_consent::lint::elsewhere();
/// let one = all.find(|one| one.code == "COOK-HTTPONLY").unwrap();
/// assert_eq!(one.why, "the choice cookie is always HttpOnly");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Elsewhere {
    /// Its code, of the same sort as those of rules.
    #[serde(skip)]
    pub code: String,
    /// The article of law, or the standard.
    pub article: String,
    /// Why it is no rule.
    pub why: String,
    /// How well it is known, as in [`Basis`].
    pub confidence: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Limit {
    value: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "every fact states it; only the test looks"))]
    confidence: String,
}

/// One file of law.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    verified_on: toml::value::Datetime,
    #[serde(default)]
    rules: BTreeMap<String, Basis>,
    #[serde(default)]
    elsewhere: BTreeMap<String, Elsewhere>,
    #[serde(default)]
    fines: BTreeMap<String, Fine>,
    #[serde(default)]
    limits: BTreeMap<String, Limit>,
    /// Words of a policy file that a rule compares with.
    #[serde(default)]
    words: BTreeMap<String, Vec<String>>,
    /// Name → language → phrases, written as `reading` matches them.
    #[serde(default)]
    phrases: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

#[derive(Debug, Default)]
struct Law {
    rules: BTreeMap<String, Basis>,
    elsewhere: BTreeMap<String, Elsewhere>,
    fines: BTreeMap<String, Fine>,
    limits: BTreeMap<String, Limit>,
    words: BTreeMap<String, Vec<String>>,
    phrases: BTreeMap<String, BTreeMap<String, Vec<String>>>,
}

static LAW: LazyLock<Law> = LazyLock::new(|| {
    let mut law = Law::default();
    for (name, text) in FILES {
        let file: File = toml::from_str(text).unwrap_or_else(|error| panic!("policies/law/{name}.toml: {error}"));
        let verified_on = file.verified_on.to_string();
        law.rules.extend(
            file.rules.into_iter().map(|(code, basis)| (code, Basis { verified_on: verified_on.clone(), ..basis })),
        );
        law.elsewhere.extend(file.elsewhere.into_iter().map(|(code, one)| (code.clone(), Elsewhere { code, ..one })));
        law.fines.extend(file.fines);
        law.limits.extend(file.limits);
        law.words.extend(file.words);
        law.phrases.extend(file.phrases);
    }
    law
});

/// Returns where a rule comes from.
pub(super) fn basis(code: &str) -> Option<&'static Basis> {
    LAW.rules.get(code)
}

/// Returns what the law asks that no rule decides, by code.
///
/// # Example
///
/// ```
/// assert!(tower_consent::lint::elsewhere().any(|one| one.code == "EU-CACHE"));
/// ```
pub fn elsewhere() -> impl Iterator<Item = &'static Elsewhere> {
    LAW.elsewhere.values()
}

/// Returns a fine by its name.
pub(super) fn fine(name: &str) -> Option<&'static Fine> {
    LAW.fines.get(name)
}

/// Returns a term of law by its name; a name nobody wrote is a mistake in a rule, which its samples show.
pub(super) fn limit(name: &str) -> Term {
    let limit = LAW.limits.get(name).unwrap_or_else(|| panic!("no limit `{name}` in policies/law"));
    limit.value.parse().unwrap_or_else(|error| panic!("limit `{name}` in policies/law: {error}"))
}

/// Returns a statutory sentence by its name.
pub(super) fn sentence(name: &str) -> &'static str {
    let sentence = statutory().iter().find(|sentence| sentence.id() == name);
    sentence.unwrap_or_else(|| panic!("no sentence `{name}` in documents/statutory.toml")).text()
}

/// Returns a list of words by its name.
pub(super) fn words(name: &str) -> &'static [String] {
    LAW.words.get(name).unwrap_or_else(|| panic!("no words `{name}` in policies/law"))
}

/// Returns the only word of a list.
pub(super) fn word(name: &str) -> &'static str {
    words(name).first().unwrap_or_else(|| panic!("no word in `{name}` in policies/law"))
}

/// Returns the phrases of a name in a language; none when the language has none.
pub(super) fn phrases(name: &str, language: &Language) -> &'static [String] {
    let languages = LAW.phrases.get(name).unwrap_or_else(|| panic!("no phrases `{name}` in policies/law"));
    languages.get(language.primary()).map_or(&[], Vec::as_slice)
}

/// Returns the phrases of a name in all languages: a page's buttons may be in any.
pub(super) fn phrases_of_all(name: &str) -> impl Iterator<Item = &'static String> {
    let languages = LAW.phrases.get(name).unwrap_or_else(|| panic!("no phrases `{name}` in policies/law"));
    languages.values().flatten()
}

/// Returns the codes the law data speaks of.
#[cfg(test)]
pub(super) fn codes() -> impl Iterator<Item = &'static str> {
    LAW.rules.keys().map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_law_is_embedded_and_every_fact_has_its_confidence() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/policies/law");
        let mut on_disk: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .map(|name| name.strip_suffix(".toml").expect("only .toml files").to_owned())
            .collect();
        on_disk.sort();
        assert_eq!(on_disk, FILES.map(|(name, _)| name));
        let known = |confidence: &str| !confidence.is_empty() && confidence.split('/').all(|one| "PSM-".contains(one));
        for (code, basis) in &LAW.rules {
            assert!(known(&basis.confidence), "{code}: {}", basis.confidence);
            assert!(!basis.article.is_empty() && !basis.source.is_empty(), "{code}");
            if let Some(fine) = &basis.fine {
                assert!(super::fine(fine).is_some(), "{code}: there is no fine `{fine}`");
            }
        }
        for (code, one) in &LAW.elsewhere {
            assert!(known(&one.confidence), "{code}: {}", one.confidence);
        }
        for (name, fine) in &LAW.fines {
            assert!(known(&fine.confidence), "{name}: {}", fine.confidence);
        }
        for (name, limit) in &LAW.limits {
            assert!(known(&limit.confidence), "{name}: {}", limit.confidence);
            super::limit(name);
        }
    }

    #[test]
    fn facts_of_two_files_never_share_a_name() {
        let parsed = FILES.map(|(_, text)| toml::from_str::<File>(text).unwrap());
        assert_eq!(parsed.iter().map(|file| file.limits.len()).sum::<usize>(), LAW.limits.len());
        assert_eq!(parsed.iter().map(|file| file.phrases.len()).sum::<usize>(), LAW.phrases.len());
        assert_eq!(parsed.iter().map(|file| file.words.len()).sum::<usize>(), LAW.words.len());
        assert_eq!(parsed.iter().map(|file| file.rules.len()).sum::<usize>(), LAW.rules.len());
    }
}
