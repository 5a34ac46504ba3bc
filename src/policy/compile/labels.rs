//! The site's own words for labels, checked, and laid over the built-in ones.

use std::{collections::BTreeMap, ops::Range};

use toml::Spanned;

use super::super::read::{Faults, Section};
use crate::language::{LabelPlace, Labels, Language, check_label};

/// Language → label → message, as far as they can be used.
pub(super) type Own = BTreeMap<Language, BTreeMap<String, String>>;

/// Reads `[labels.<language>]`; `source` is the text of the file.
pub(super) fn labels(faults: &mut Faults<'_>, root: &Section<'_, '_>, source: &str) -> Own {
    let mut own = Own::new();
    for (language, words) in root.labels(faults, "labels") {
        let own = own.entry(language).or_default();
        for (name, message) in words {
            let found = check_label(name.get_ref(), message.get_ref());
            for fault in &found {
                let span = match &fault.place {
                    LabelPlace::Text(span) => within(source, &message, span),
                    _ => name.span(),
                };
                faults.add(fault.code, span, fault.message.clone(), fault.help.clone());
            }
            if found.is_empty() {
                own.insert(name.into_inner(), message.into_inner());
            }
        }
    }
    own
}

/// The words shown in each language of the site.
pub(super) fn words(languages: &[Language], own: &Own) -> BTreeMap<Language, Labels> {
    let words = languages.iter().map(|language| {
        let labels = match own.get(language) {
            Some(own) => Labels::new(language, own),
            None => Labels::of(language),
        };
        (language.clone(), labels)
    });
    words.collect()
}

/// The bytes of the file that a part of a string stands for; the whole string where it is written with escapes.
fn within(source: &str, message: &Spanned<String>, part: &Range<usize>) -> Range<usize> {
    let whole = message.span();
    match source.get(whole.clone()).and_then(|written| written.find(message.get_ref().as_str())) {
        Some(start) if !message.get_ref().is_empty() => {
            let start = whole.start + start;
            start + part.start..start + part.end
        }
        _ => whole,
    }
}

#[cfg(test)]
mod tests {
    use crate::policy::Policy;

    fn check(labels: &str) -> (Option<Policy>, Vec<crate::policy::Diagnostic>) {
        let policy = Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site")).unwrap();
        let mut files = policy.files().clone();
        files.get_mut("policy.toml").unwrap().push_str(labels);
        Policy::check(files)
    }

    #[test]
    fn labels_are_worded_by_the_policy() {
        let (policy, faults) = check(
            "[labels.ru]\nbanner-accept = \"Разрешить всё\"\nduration-days = \"\"\"\n{ $count ->\n[one] { $count } сутки\n\
             *[other] { $count } суток\n}\"\"\"\n",
        );
        let policy = policy.unwrap_or_else(|| panic!("{faults:?}"));
        let words = policy.words(&"ru".parse().unwrap());
        assert_eq!(words.get("banner-accept"), "Разрешить всё");
        assert_eq!(words.count("duration-days", 2), "2\u{a0}суток");
        assert_eq!(policy.words(&"en".parse().unwrap()).get("banner-accept"), "Accept all");
    }

    #[test]
    fn faults_point_at_the_words_of_the_file() {
        for (line, code, at) in [
            ("banner-acept = \"x\"", "unknown-label", "banner-acept"),
            ("banner-accept = \"да } нет\"", "label-syntax", "}"),
            ("banner-accept = \"да { $имя }\"", "label-syntax", ""),
            ("banner-accept = \"да { $name }\"", "label-variable", "$name"),
            ("duration-days = \"дни\"", "label-variable", "дни"),
            ("banner-accept = \"\\u0434 { $name }\"", "label-variable", "\"\\u0434 { $name }\""),
        ] {
            let (policy, faults) = check(&format!("[labels.ru]\n{line}\n"));
            assert!(policy.is_none(), "{line}");
            assert_eq!((faults.len(), faults[0].code), (1, code), "{line}: {faults:?}");
            let source = Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site")).unwrap();
            let text = format!("{}[labels.ru]\n{line}\n", source.files()["policy.toml"]);
            assert!(text[faults[0].span.clone()].starts_with(at), "{line}: {:?}", &text[faults[0].span.clone()]);
        }
    }

    #[test]
    fn the_template_words_a_label_there_is() {
        let template = crate::policy::template();
        let shown = template.lines().skip_while(|line| !line.starts_with("# [labels.")).take(2);
        let labels: String = shown.map(|line| format!("{}\n", line.trim_start_matches("# "))).collect();
        assert!(labels.contains(" = "), "{labels}");
        let (policy, faults) = check(&labels);
        assert!(policy.is_some(), "{labels}: {faults:?}");
    }
}
