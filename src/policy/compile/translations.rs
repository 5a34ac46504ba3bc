//! What a policy leaves untranslated.
//!
//! In: a policy that is otherwise whole. Out: a warning for each text of policy.toml that a language of the site
//! lacks, and one for each language whose labels are shown in English. It stops nothing: a visitor can read on.

use super::super::{Diagnostic, Policy, read::Faults, text::Text};
use crate::language::Language;

/// How many labels are named before the rest is counted.
const NAMED: usize = 5;

/// Tells what is missing; `source` is the text of policy.toml.
pub(super) fn missing(policy: &Policy, source: &str, found: &mut Vec<Diagnostic>) {
    let mut faults = Faults::new("policy.toml", source);
    for (path, text) in texts(policy) {
        // What stands in the catalogue is not the site's to translate, unless it says the key itself.
        let Some(span) = policy.places.get(&path).cloned() else { continue };
        let lacks = |language: &&Language| text.shown(language).1.is_some();
        let languages: Vec<_> = policy.site.languages.iter().filter(lacks).map(Language::as_str).collect();
        if !languages.is_empty() {
            faults.warn(
                "missing-translation",
                span,
                format!("`{path}` has no text in {}", languages.join(", ")),
                format!("add it: {} = \"…\"", languages[0]),
            );
        }
    }
    for (language, words) in &policy.words {
        let labels: Vec<_> = words.fallen_back().collect();
        if labels.is_empty() {
            continue;
        }
        let more = labels.len().saturating_sub(NAMED);
        let named = labels[..labels.len().min(NAMED)].join(", ");
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        let span = policy.places.get("site.languages").cloned().unwrap_or(0..0);
        faults.warn(
            "missing-label",
            span,
            format!("labels are shown in English for want of words in `{language}`: {named}{rest}"),
            format!("add them under [labels.{language}]; `tower-consent schema` lists all labels"),
        );
    }
    found.extend(faults.into_found().0);
}

/// Every text for visitors, with the path under which its place is known.
fn texts(policy: &Policy) -> Vec<(String, &Text)> {
    let mut texts = vec![
        ("site.name".to_owned(), &policy.site.name),
        ("operator.name".to_owned(), &policy.operator.name),
        ("operator.address".to_owned(), &policy.operator.address),
    ];
    for purpose in &policy.purposes {
        let path = |key: &str| format!("purpose.{}.{key}", purpose.id);
        texts.push((path("title"), &purpose.title));
        texts.push((path("description"), &purpose.description));
        texts.extend(purpose.data.iter().map(|item| (path("data"), item)));
        texts.extend(purpose.subjects.iter().map(|item| (path("subjects"), item)));
    }
    for service in &policy.services {
        let path = |key: &str| format!("service.{}.{key}", service.id);
        texts.push((path("title"), &service.title));
        texts.push((path("operator"), &service.operator));
        texts.extend(service.address.iter().map(|address| (path("address"), address)));
    }
    texts.extend(policy.rights.authority.iter().map(|text| ("rights.authority".to_owned(), text)));
    texts
}

#[cfg(test)]
mod tests {
    use crate::policy::{Level, Policy};

    /// The warnings of the sample policy with one change, as code and the text they stand at.
    fn warnings(from: &str, to: &str) -> Vec<(&'static str, String, String)> {
        let policy = Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site")).unwrap();
        let mut files = policy.files().clone();
        for name in ["banner", "consent", "policy", "recommendations"] {
            files.insert(format!("sr/{name}.md"), files[&format!("en/{name}.md")].clone());
        }
        let text = files["policy.toml"].replacen(from, to, 1);
        assert_ne!(text, files["policy.toml"]);
        files.insert("policy.toml".to_owned(), text.clone());
        let (policy, found) = Policy::check(files);
        assert!(policy.is_some(), "{found:?}");
        assert!(found.iter().all(|fault| fault.level == Level::Warning));
        found.into_iter().map(|fault| (fault.code, text[fault.span].to_owned(), fault.message)).collect()
    }

    #[test]
    fn a_text_without_a_language_of_the_site_is_told() {
        let found =
            warnings("{ ru = \"Метрические программы\", en = \"Metrics\" }", "{ ru = \"Метрические программы\" }");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].0, found[0].1.as_str()), ("missing-translation", "{ ru = \"Метрические программы\" }"));
        assert!(found[0].2.ends_with("has no text in en"), "{}", found[0].2);
        let plain = warnings("{ ru = \"Метрические программы\", en = \"Metrics\" }", "\"Metrika\"");
        assert_eq!(plain, [], "one text for all languages is none that lacks any");
    }

    #[test]
    fn a_language_without_words_is_told_once() {
        let found = warnings("languages = [\"ru\", \"en\"]", "languages = [\"ru\", \"en\", \"sr\"]");
        let labels: Vec<_> = found.iter().filter(|(code, ..)| *code == "missing-label").collect();
        assert_eq!(labels.len(), 1, "{found:?}");
        assert!(labels[0].2.contains("`sr`: banner-accept,") && labels[0].2.contains("more"), "{}", labels[0].2);
        assert!(found.iter().any(|(code, _, message)| *code == "missing-translation" && message.ends_with("in sr")));
    }
}
