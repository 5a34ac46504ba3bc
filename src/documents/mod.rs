//! The texts of a policy, rendered.
//!
//! In: a policy, a language, a document. Out: safe HTML, or plain text for a terminal and for e-mail. Values and
//! tables come from `policy.toml`, so that a text cannot drift from what the software does; sentences that law
//! prescribes come from dated data. Raw HTML in a text is shown as text, nothing is loaded from other sites, links
//! go to web, mail and telephone only. A placeholder that nothing fills stops the start.

mod markdown;
mod placeholder;
mod statutory;
mod table;
mod tables;
mod value;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use self::markdown::{Filling, Marked};
pub(crate) use self::placeholder::{Fault, check, unset};
pub use self::{
    placeholder::placeholders,
    statutory::{Sentence, statutory},
    value::names,
};
use crate::{language::Language, policy::Policy};

/// How tables look, in pages of the endpoints and in rendered files.
pub(crate) const STYLE: &str = include_str!("document.css");

/// How a whole page looks that stands alone.
pub(crate) const PAGE_STYLE: &str = include_str!("page.css");

/// A text of the policy folder.
///
/// # Example
///
/// ```
/// use tower_consent::{documents::Document, policy::Policy};
/// let policy = Policy::load("policies/news-site").unwrap();
/// let russian = "ru".parse().unwrap();
/// let consent = policy.text(&russian, Document::Consent).unwrap();
/// assert!(consent.starts_with("# Согласие на обработку персональных данных"));
/// // Made from `policy.toml`.
/// assert_eq!(policy.text(&russian, Document::Cookies), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Document {
    /// The short text of the banner.
    Banner,
    /// The consent, apart from every other text (152-FZ, article 9(1)).
    Consent,
    /// Cookies and services; generated, no file.
    Cookies,
    /// The policy of processing personal data (152-FZ, article 18.1(2)).
    Policy,
    /// Rules of applying recommendation technologies (149-FZ, article 10.2-2).
    Recommendations,
}

impl Document {
    /// Those that are files of a policy folder.
    pub(crate) const FILES: [Self; 4] = [Self::Banner, Self::Consent, Self::Policy, Self::Recommendations];

    /// Those that have an address of their own, in the order they are listed to a visitor.
    pub const PAGES: [Self; 4] = [Self::Consent, Self::Policy, Self::Recommendations, Self::Cookies];

    /// Returns the word in file names and addresses.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::documents::Document;
    /// assert_eq!(Document::Consent.as_str(), "consent");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Banner => "banner",
            Self::Consent => "consent",
            Self::Cookies => "cookies",
            Self::Policy => "policy",
            Self::Recommendations => "recommendations",
        }
    }

    /// Returns the key of the one word it is linked by.
    pub(crate) fn link(self) -> &'static str {
        match self {
            Self::Banner | Self::Consent => "link-consent",
            Self::Cookies => "link-cookies",
            Self::Policy => "link-policy",
            Self::Recommendations => "link-recommendations",
        }
    }

    /// Returns the key of its title among the labels.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Banner | Self::Consent => "document-consent",
            Self::Cookies => "document-cookies",
            Self::Policy => "document-policy",
            Self::Recommendations => "document-recommendations",
        }
    }
}

/// What the document without a file consists of, under its title.
const COOKIES: &str = "{{ table.services }}\n\n{{ table.cookies }}\n";

/// Returns a document as the inside of an HTML page: headings from `h1` down without a gap, tables with captions.
///
/// `prefix` is the path the endpoints live under, `/_consent`.
///
/// # Example
///
/// ```
/// use tower_consent::{documents::{Document, render}, policy::Policy};
/// let policy = Policy::load("policies/news-site").unwrap();
/// let page = render(&policy, &"ru".parse().unwrap(), Document::Cookies, "/_consent").into_string();
/// assert!(page.contains("<h1>Файлы cookie и сервисы</h1>"));
/// assert!(page.contains("<th scope=\"row\">_ym_uid</th>"));
/// ```
pub fn render(policy: &Policy, language: &Language, document: Document, prefix: &str) -> Markup {
    let marked = marked(policy, language, document, prefix);
    let title = policy.words(language).get(document.label()).to_owned();
    PreEscaped(markdown::html(&marked.pieces(), Some(&title)))
}

/// Returns a document as a whole HTML page that needs no other file, for printing and for keeping.
///
/// # Example
///
/// ```
/// use tower_consent::{documents::{Document, page}, policy::Policy};
/// let policy = Policy::load("policies/news-site").unwrap();
/// let page = page(&policy, &"en".parse().unwrap(), Document::Consent, "/_consent");
/// assert!(page.starts_with("<!DOCTYPE html><html lang=\"en\">"));
/// ```
pub fn page(policy: &Policy, language: &Language, document: Document, prefix: &str) -> String {
    let words = policy.words(language);
    let page = html! {
        (DOCTYPE)
        html lang=(language) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (words.get(document.label())) " — " (policy.site().name.in_language(language)) }
                style { (PreEscaped(PAGE_STYLE)) (PreEscaped(STYLE)) }
            }
            body { main { (render(policy, language, document, prefix)) } }
        }
    };
    page.into_string()
}

/// Returns a document as plain text of at most 76 columns: headings underlined, tables as lists, addresses of links
/// in angle brackets.
///
/// # Example
///
/// ```
/// use tower_consent::{documents::{Document, plain}, policy::Policy};
/// let policy = Policy::load("policies/news-site").unwrap();
/// let text = plain(&policy, &"ru".parse().unwrap(), Document::Consent, "/_consent");
/// assert!(text.starts_with("Согласие на обработку персональных данных\n===="));
/// assert!(text.lines().all(|line| line.chars().count() <= 76));
/// ```
pub fn plain(policy: &Policy, language: &Language, document: Document, prefix: &str) -> String {
    let marked = marked(policy, language, document, prefix);
    let title = policy.words(language).get(document.label()).to_owned();
    markdown::text(&marked.pieces(), Some(&title))
}

/// Heading and paragraph of the banner.
pub(crate) fn banner_text(policy: &Policy, language: &Language, prefix: &str) -> (String, Markup) {
    let text = policy.text(language, Document::Banner).unwrap_or_default();
    let (heading, rest) = match text.trim_start().strip_prefix("# ") {
        Some(after) => after.split_once('\n').unwrap_or((after, "")),
        None => ("", text),
    };
    let marked = |text| Marked::new(text, |name| fill(policy, language, name, prefix));
    let heading = markdown::text(&marked(heading).pieces(), None);
    (heading.trim().to_owned(), PreEscaped(markdown::html(&marked(rest.trim()).pieces(), None)))
}

/// Returns the address of a page under the prefix, of its path and query; where the site speaks several languages, in this
/// one, whatever the browser prefers.
pub(crate) fn address(policy: &Policy, language: &Language, prefix: &str, path: &str) -> String {
    match path.contains('?') {
        _ if policy.site().languages.len() < 2 => format!("{prefix}{path}"),
        true => format!("{prefix}{path}&lang={language}"),
        false => format!("{prefix}{path}?lang={language}"),
    }
}

/// Returns the address of a document, as [`address`] does.
pub(crate) fn address_of(policy: &Policy, language: &Language, prefix: &str, document: Document) -> String {
    address(policy, language, prefix, &format!("/documents/{}", document.as_str()))
}

/// Returns the value a placeholder stands for, where it stands for one that the policy has.
///
/// # Example
///
/// ```
/// use tower_consent::{documents::value, policy::Policy};
/// let policy = Policy::load("policies/news-site").unwrap();
/// let russian = "ru".parse().unwrap();
/// assert_eq!(value(&policy, &russian, "choice.remember", "/_consent").unwrap(), "180\u{a0}дней");
/// assert_eq!(value(&policy, &russian, "table.cookies", "/_consent"), None);
/// ```
pub fn value(policy: &Policy, language: &Language, name: &str, prefix: &str) -> Option<String> {
    value::value(policy, language, name, prefix)
}

/// Returns the tables a placeholder stands for, where it stands for some, as HTML.
///
/// # Example
///
/// ```
/// use tower_consent::{documents::table, policy::Policy};
/// let policy = Policy::load("policies/news-site").unwrap();
/// let terms = table(&policy, &"en".parse().unwrap(), "table.terms", "/_consent").unwrap().into_string();
/// assert!(terms.contains("<caption>Terms</caption>"));
/// ```
pub fn table(policy: &Policy, language: &Language, name: &str, prefix: &str) -> Option<Markup> {
    let tables = tables::tables(policy, language, name, prefix)?;
    Some(html! { @for table in &tables { (table.html(false)) } })
}

/// Returns the texts of the tables a placeholder stands for: captions, heads and cells, item by item.
#[cfg(feature = "lint")]
pub(crate) fn cells(policy: &Policy, language: &Language, name: &str, prefix: &str) -> Option<Vec<String>> {
    let tables = tables::tables(policy, language, name, prefix)?;
    Some(tables.into_iter().flat_map(table::Table::into_texts).collect())
}

fn marked(policy: &Policy, language: &Language, document: Document, prefix: &str) -> Marked {
    let text = match document {
        Document::Cookies => COOKIES,
        _ => policy.text(language, document).unwrap_or_default(),
    };
    Marked::new(text, |name| fill(policy, language, name, prefix))
}

fn fill(policy: &Policy, language: &Language, name: &str, prefix: &str) -> Option<Filling> {
    let tables = || tables::tables(policy, language, name, prefix).map(Filling::Tables);
    value(policy, language, name, prefix).map(Filling::Value).or_else(tables)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Policy {
        Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site")).unwrap()
    }

    #[test]
    fn every_document_is_whole_in_both_forms() {
        let policy = policy();
        for language in &policy.site().languages {
            for document in Document::PAGES {
                let page = render(&policy, language, document, "/_consent").into_string();
                let text = plain(&policy, language, document, "/_consent");
                for rendered in [&page, &text] {
                    assert!(!rendered.contains("{{") && !rendered.contains("}}"), "{language} {document:?}");
                    let marks = rendered.chars().filter(|character| ('\u{e000}'..='\u{f8ff}').contains(character));
                    assert_eq!(marks.count(), 0, "{language} {document:?}");
                }
                assert_eq!(page.matches("<h1>").count(), 1, "{language} {document:?}");
                assert_eq!(page.matches("<table").count(), page.matches("<caption").count());
                for line in text.lines() {
                    assert!(line.chars().count() <= 76 || !line.trim().contains(' '), "{line}");
                    assert_eq!(line.trim_end(), line, "{line:?}");
                }
            }
        }
    }

    #[test]
    fn headings_leave_no_gap() {
        let policy = policy();
        for language in &policy.site().languages {
            for document in Document::PAGES {
                let page = render(&policy, language, document, "/_consent").into_string();
                let mut last = 0;
                for (at, _) in page.match_indices("<h") {
                    let Some(level @ '1'..='6') = page[at + 2..].chars().next() else { continue };
                    let level = level.to_digit(10).unwrap();
                    assert!(level <= last + 1, "{document:?}");
                    last = level;
                }
            }
        }
    }

    #[test]
    fn the_banner_has_its_heading_apart() {
        let (heading, text) = banner_text(&policy(), &"ru".parse().unwrap(), "/_consent");
        assert_eq!(heading, "Файлы cookie на этом сайте");
        assert!(text.into_string().starts_with("<p>"));
    }

    #[test]
    fn the_sample_policy_has_the_sentences_of_law() {
        let policy = policy();
        let russian = "ru".parse().unwrap();
        let text = plain(&policy, &russian, Document::Recommendations, "/_consent");
        for sentence in statutory() {
            assert!(sentence.is_in(&text), "{}", sentence.text());
        }
    }
}
