//! `{{ name }}` in a text: where they are, and whether anything fills them.
//!
//! In: a text, the policy. Out: places and names; faults with the bytes at fault. It fills in nothing.

use std::ops::Range;

use super::{
    Document,
    markdown::{Filling, Marked},
    tables, value,
};
use crate::{language::Language, policy::Policy};

/// A placeholder that cannot stay as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault<'a> {
    /// `{{` without `}}`.
    Unclosed,
    /// Nothing is called so.
    Unknown(&'a str),
    /// It stands for something that `policy.toml` does not say.
    Unset(&'a str),
    /// A table in the middle of a line, or in a text that can have none.
    Misplaced(&'a str),
}

/// Tells every placeholder of a text that no policy could fill, in the order of the text.
pub(crate) fn check(document: Document, text: &str) -> Vec<(Range<usize>, Fault<'_>)> {
    let mut faults = Vec::new();
    // Tables that stand as a block of their own when Markdown is read, by the order of the placeholders.
    let marked = Marked::new(text, |name| tables::NAMES.contains(&name).then(|| Filling::Tables(Vec::new())));
    let blocks = marked.blocks();
    let mut number = 0;
    for found in scan(text) {
        match found {
            Found::Unclosed(span) => faults.push((span, Fault::Unclosed)),
            Found::Named(span, name) if tables::NAMES.contains(&name) => {
                if document == Document::Banner || !blocks.contains(&number) {
                    faults.push((span, Fault::Misplaced(name)));
                }
                number += 1;
            }
            Found::Named(_, name) if value::NAMES.contains(&name) => {}
            Found::Named(span, name) => faults.push((span, Fault::Unknown(name))),
        }
    }
    faults
}

/// Tells every placeholder that stands for something this policy does not say.
pub(crate) fn unset<'a>(policy: &Policy, language: &Language, text: &'a str) -> Vec<(Range<usize>, Fault<'a>)> {
    let unset = placeholders(text)
        .into_iter()
        .filter(|(_, name)| value::NAMES.contains(name) && value::value(policy, language, name, "/").is_none());
    unset.map(|(span, name)| (span, Fault::Unset(name))).collect()
}

/// Finds every `{{ name }}`: its bytes and the name.
///
/// # Example
///
/// ```
/// use tower_consent::documents::placeholders;
/// assert_eq!(placeholders("by {{ operator.name }}."), [(3..22, "operator.name")]);
/// ```
pub fn placeholders(text: &str) -> Vec<(Range<usize>, &str)> {
    let named = scan(text).into_iter().filter_map(|found| match found {
        Found::Named(span, name) => Some((span, name)),
        Found::Unclosed(_) => None,
    });
    named.collect()
}

enum Found<'a> {
    Named(Range<usize>, &'a str),
    Unclosed(Range<usize>),
}

fn scan(text: &str) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(open) = text[from..].find("{{") {
        let start = from + open;
        let inside = start + 2;
        let close = text[inside..].find("}}").map(|close| inside + close);
        // A placeholder is one line; what begins again before it ends was never closed.
        let broken = text[inside..].find(['\n', '{']).map_or(text.len(), |end| inside + end);
        match close {
            Some(close) if close < broken => {
                found.push(Found::Named(start..close + 2, text[inside..close].trim()));
                from = close + 2;
            }
            _ => {
                found.push(Found::Unclosed(start..broken.max(inside)));
                from = broken.max(inside);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(document: Document, text: &str) -> Vec<(&str, Fault<'_>)> {
        let policy = Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site")).unwrap();
        let mut found = check(document, text);
        found.extend(unset(&policy, &"ru".parse().unwrap(), text));
        found.into_iter().map(|(span, fault)| (&text[span], fault)).collect()
    }

    #[test]
    fn placeholders_are_found_with_their_place() {
        assert_eq!(placeholders("a {{ b }} c {{d}}"), [(2..9, "b"), (12..17, "d")]);
        assert_eq!(placeholders("a {{ b"), []);
        assert_eq!(placeholders("a {{ b {{ c }}"), [(7..14, "c")]);
    }

    #[test]
    fn what_nothing_fills_is_told() {
        for (text, expected) in [
            ("{{ operator.nam }}", vec![("{{ operator.nam }}", Fault::Unknown("operator.nam"))]),
            ("{{ operator.phone }}", vec![("{{ operator.phone }}", Fault::Unset("operator.phone"))]),
            ("a {{ centre\nb }}", vec![("{{ centre", Fault::Unclosed)]),
            ("a {{", vec![("{{", Fault::Unclosed)]),
            ("{{ centre {{ site.name }}", vec![("{{ centre ", Fault::Unclosed)]),
            ("{{ }}", vec![("{{ }}", Fault::Unknown(""))]),
            ("{{ site.name }} и { просто } скобки }}", vec![]),
        ] {
            assert_eq!(faults(Document::Policy, text), expected, "{text}");
        }
    }

    #[test]
    fn tables_stand_alone() {
        for good in [
            "{{ table.cookies }}",
            "текст\n{{ table.cookies }}\nтекст",
            "текст\n\n  {{ table.cookies }}  \n\n{{ table.services }}\n{{ table.rights }}",
            "- пункт\n\n  {{ table.cookies }}\n- другой",
        ] {
            assert_eq!(faults(Document::Policy, good), [], "{good}");
        }
        for bad in [
            "список: {{ table.cookies }}",
            "{{ table.cookies }}.",
            "**{{ table.cookies }}**",
            "# {{ table.cookies }}",
            "    {{ table.cookies }}",
            "| a |\n|---|\n| {{ table.cookies }} |",
            "`{{ table.cookies }}`",
            "[x]({{ table.cookies }})",
        ] {
            assert_eq!(
                faults(Document::Policy, bad),
                [("{{ table.cookies }}", Fault::Misplaced("table.cookies"))],
                "{bad}"
            );
        }
        assert_eq!(faults(Document::Banner, "{{ table.cookies }}").len(), 1, "a banner is short");
    }
}
