//! The texts of a policy, rendered.
//!
//! In: a policy, a language, a document. Out: safe HTML. Values and tables come from `policy.toml`, so that a text
//! cannot drift from what the software does. Raw HTML in a text is shown as text; a placeholder nobody knows stops
//! the start.

use std::ops::Range;

use maud::{Markup, PreEscaped, html};
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, html::push_html};

use crate::{
    language::Language,
    policy::{Lifetime, Policy},
};

/// A text of the policy folder.
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

const VALUES: [&str; 11] = [
    "centre",
    "choice.remember",
    "operator.address",
    "operator.email",
    "operator.name",
    "processing.method",
    "processing.operations",
    "site.name",
    "table.cookies",
    "table.purposes",
    "table.services",
];

/// Renders a document as the inside of an HTML page. `prefix` is the path the endpoints live under.
pub(crate) fn render(policy: &Policy, language: &Language, document: Document, prefix: &str) -> Markup {
    let labels = policy.words(language);
    if document == Document::Cookies {
        return html! {
            h1 { (labels.get("document-cookies")) }
            (table(policy, language, "table.services").unwrap_or_default())
            (table(policy, language, "table.cookies").unwrap_or_default())
        };
    }
    let text = policy.text(language, document).unwrap_or_default();
    let mut filled = String::with_capacity(text.len() + 256);
    let mut after = 0;
    for (span, name) in placeholders(text) {
        filled.push_str(&text[after..span.start]);
        // A table is filled in after the Markdown is HTML; its mark is plain text until then.
        match value(policy, language, name, prefix) {
            Some(value) => filled.push_str(&escape_markdown(&value)),
            None => filled.push_str(&mark(name)),
        }
        after = span.end;
    }
    filled.push_str(&text[after..]);
    let mut rendered = markdown(&filled);
    for name in VALUES.iter().filter(|name| name.starts_with("table.")) {
        if let Some(table) = table(policy, language, name) {
            rendered = rendered.replace(&format!("<p>{}</p>", mark(name)), &table.into_string());
            rendered = rendered.replace(&mark(name), "");
        }
    }
    PreEscaped(rendered)
}

/// Tells every placeholder of a text that nothing will fill, with its place and the ones there are.
pub(crate) fn check(text: &str, mut unknown: impl FnMut(Range<usize>, &str, &[&'static str])) {
    for (span, name) in placeholders(text) {
        if !VALUES.contains(&name) {
            unknown(span, name, &VALUES);
        }
    }
}

/// Heading and paragraph of the banner.
pub(crate) fn banner_text(policy: &Policy, language: &Language, prefix: &str) -> (String, Markup) {
    let text = policy.text(language, Document::Banner).unwrap_or_default();
    let (heading, rest) = match text.trim_start().strip_prefix("# ") {
        Some(after) => after.split_once('\n').unwrap_or((after, "")),
        None => ("", text),
    };
    let mut filled = String::new();
    let mut after = 0;
    for (span, name) in placeholders(rest) {
        filled.push_str(&rest[after..span.start]);
        filled.push_str(&escape_markdown(&value(policy, language, name, prefix).unwrap_or_default()));
        after = span.end;
    }
    filled.push_str(&rest[after..]);
    (heading.trim().to_owned(), PreEscaped(markdown(filled.trim())))
}

fn mark(name: &str) -> String {
    format!("\u{2063}{name}\u{2063}")
}

/// Finds every `{{ name }}`.
pub(crate) fn placeholders(text: &str) -> Vec<(Range<usize>, &str)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(open) = text[from..].find("{{") {
        let start = from + open;
        let Some(close) = text[start..].find("}}") else {
            found.push((start..text.len(), text[start + 2..].trim()));
            break;
        };
        let end = start + close + 2;
        found.push((start..end, text[start + 2..end - 2].trim()));
        from = end;
    }
    found
}

pub(crate) fn value(policy: &Policy, language: &Language, name: &str, prefix: &str) -> Option<String> {
    let labels = policy.words(language);
    let word = |key: &str| labels.find(key).unwrap_or(key).to_owned();
    Some(match name {
        "centre" => format!("{prefix}/"),
        "choice.remember" => policy.choice().rule.remember.in_words(&labels),
        "operator.address" => policy.operator().address.in_language(language).to_owned(),
        "operator.email" => policy.operator().email.clone(),
        "operator.name" => policy.operator().name.in_language(language).to_owned(),
        "processing.method" => word(&format!("method-{}", policy.processing().method.as_str())),
        "processing.operations" => {
            let operations = policy.processing().operations.iter();
            let words: Vec<_> = operations.map(|name| word(&format!("operation-{}", name.replace('.', "-")))).collect();
            words.join(", ")
        }
        "site.name" => policy.site().name.in_language(language).to_owned(),
        _ => return None,
    })
}

pub(crate) fn table(policy: &Policy, language: &Language, name: &str) -> Option<Markup> {
    let labels = policy.words(language);
    let (heads, rows): (&[&'static str], Vec<Vec<String>>) = match name {
        "table.purposes" => (
            &["table-purpose", "table-description", "table-data", "table-basis", "table-retention"],
            policy
                .purposes()
                .iter()
                .map(|purpose| {
                    let basis = format!("basis-{}", purpose.basis);
                    vec![
                        purpose.title.in_language(language).to_owned(),
                        purpose.description.in_language(language).to_owned(),
                        purpose.data.iter().map(|item| item.in_language(language)).collect::<Vec<_>>().join(", "),
                        labels.find(&basis).unwrap_or(purpose.basis).to_owned(),
                        purpose.retention.in_words(&labels),
                    ]
                })
                .collect(),
        ),
        "table.services" => (
            &["table-service", "table-operator", "table-country", "table-purpose"],
            policy
                .services()
                .iter()
                .map(|service| {
                    let purposes = service.purposes.iter().filter_map(|id| policy.purpose(id.as_str()));
                    let titles: Vec<_> = purposes.map(|purpose| purpose.title.in_language(language)).collect();
                    vec![
                        service.title.in_language(language).to_owned(),
                        service.operator.in_language(language).to_owned(),
                        labels.country(&service.country).to_owned(),
                        titles.join(", "),
                    ]
                })
                .collect(),
        ),
        "table.cookies" => (
            &["table-cookie", "table-service", "table-lifetime"],
            policy
                .services()
                .iter()
                .flat_map(|service| {
                    service.cookies.iter().map(|cookie| {
                        let lifetime = match cookie.lifetime {
                            Lifetime::Limited(length) => length.in_words(&labels),
                            Lifetime::Session => labels.get("lifetime-session").to_owned(),
                            Lifetime::Unknown => labels.get("lifetime-unknown").to_owned(),
                        };
                        vec![cookie.name.clone(), service.title.in_language(language).to_owned(), lifetime]
                    })
                })
                .collect(),
        ),
        _ => return None,
    };
    Some(html! {
        div.tc-table tabindex="0" role="group" {
            table {
                thead { tr { @for head in heads { th scope="col" { (labels.get(head)) } } } }
                tbody { @for row in &rows { tr { @for cell in row { td { (cell) } } } } }
            }
        }
    })
}

/// Keeps a value from being read as Markdown.
fn escape_markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        // An address or a path may stand inside a link, where a backslash before these would be part of it.
        if character.is_ascii_punctuation() && !matches!(character, '/' | '.' | ',' | ':' | '-' | '@' | '(' | ')' | '_')
        {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// Markdown to HTML; raw HTML becomes text, links go to web, mail and the site only.
fn markdown(text: &str) -> String {
    let events = Parser::new_ext(text, Options::ENABLE_TABLES).map(|event| match event {
        Event::Html(raw) | Event::InlineHtml(raw) => Event::Text(raw),
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            Event::Start(Tag::Link { link_type, dest_url: allowed(dest_url), title, id })
        }
        Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
            Event::Start(Tag::Image { link_type, dest_url: allowed(dest_url), title, id })
        }
        other => other,
    });
    let mut rendered = String::new();
    push_html(&mut rendered, events);
    rendered
}

fn allowed(address: CowStr<'_>) -> CowStr<'_> {
    let scheme = address.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    match scheme.as_deref() {
        Some("http" | "https" | "mailto") => address,
        None => address,
        Some(before) if before.contains(['/', '?', '#']) => address,
        Some(_) => "#".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_html_and_script_links_are_text() {
        let rendered =
            markdown("a <script>alert(1)</script> [x](javascript:alert(1)) [y](/_consent/) <b onclick=x>b</b>");
        assert!(!rendered.contains("<script"), "{rendered}");
        assert!(!rendered.contains("javascript:"), "{rendered}");
        assert!(!rendered.contains("<b "), "{rendered}");
        assert!(rendered.contains("href=\"/_consent/\""), "{rendered}");
    }

    #[test]
    fn placeholders_are_found_with_their_place() {
        assert_eq!(placeholders("a {{ b }} c {{d}}"), [(2..9, "b"), (12..17, "d")]);
        assert_eq!(placeholders("a {{ b"), [(2..6, "b")]);
    }
}
