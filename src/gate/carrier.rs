//! Which elements make a browser request or run something, and how each is made inert.
//!
//! An inert element stays in its place with its address under another name (`data-tc-src`), so that it can be
//! brought to life later; nothing else of it changes.

use std::ops::Range;

use url::Url;

use super::matcher::Matcher;
use crate::decision::Decision;

/// A start tag as the tokenizer saw it: names in lower case, values as written, places in the input.
#[derive(Debug)]
pub(super) struct StartTag<'a> {
    pub(super) name: &'a str,
    /// Place of the whole tag, from `<` to `>`.
    pub(super) span: Range<usize>,
    pub(super) attributes: &'a [Attribute],
}

#[derive(Debug)]
pub(super) struct Attribute {
    pub(super) name: String,
    /// As written, character references and all.
    pub(super) value: String,
    pub(super) name_span: Range<usize>,
}

/// A change to the input: these bytes become those.
#[derive(Debug)]
pub(super) struct Edit {
    pub(super) span: Range<usize>,
    pub(super) with: Vec<u8>,
}

impl StartTag<'_> {
    /// Returns the value of an attribute with its character references resolved; the first of a name counts.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        let attribute = self.attributes.iter().find(|attribute| attribute.name == name)?;
        Some(htmlize::unescape_attribute(attribute.value.as_str()).into_owned())
    }

    /// Makes the element inert: the named attributes get other names, and the purpose stands in `data-tc`.
    pub(super) fn inert(&self, attributes: &[&str], purpose: &str, edits: &mut Vec<Edit>) {
        let after_name = self.span.start + 1 + self.name.len();
        // Of two attributes of one name the first counts (HTML, 13.2.5.33), so ours stand before all others.
        let kind = if self.name == "script" { " type=\"text/plain\"" } else { "" };
        edits.push(Edit { span: after_name..after_name, with: format!("{kind} data-tc=\"{purpose}\"").into_bytes() });
        for attribute in self.attributes {
            if attributes.contains(&attribute.name.as_str()) || (self.name == "script" && attribute.name == "type") {
                let start = attribute.name_span.start;
                edits.push(Edit { span: start..start, with: b"data-tc-".to_vec() });
            }
        }
    }
}

/// Attributes of an element that name something a browser loads.
pub(crate) fn loading_attributes(name: &str) -> &'static [&'static str] {
    match name {
        "script" => &["src", "href", "xlink:href"],
        "img" => &["src", "srcset"],
        "iframe" => &["src", "srcdoc"],
        "link" => &["href", "imagesrcset"],
        "frame" | "embed" | "audio" | "track" | "input" => &["src"],
        "source" => &["src", "srcset"],
        "video" => &["src", "poster"],
        "object" => &["data"],
        "image" | "feimage" | "use" => &["href", "xlink:href"],
        _ => &[],
    }
}

/// Says what sort of script a tag begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Script {
    /// A browser runs it.
    Runs,
    /// A data block: a browser never runs it, and it is never touched.
    Data,
}

/// Decides by `type` and `language` as a browser does (HTML, 4.12.1.1, "prepare the script element").
pub(crate) fn script_kind(kind: Option<&str>, language: Option<&str>) -> Script {
    let kind = match (kind, language) {
        (Some(""), _) => return Script::Runs,
        (Some(kind), _) => kind.trim_matches(|c: char| c.is_ascii_whitespace()).to_ascii_lowercase(),
        (None, Some(language)) if !language.is_empty() => {
            format!("text/{}", language.to_ascii_lowercase())
        }
        (None, _) => return Script::Runs,
    };
    // Speculation rules are data that makes the browser load, so they count as running.
    const RUNNING: [&str; 19] = [
        "module",
        "speculationrules",
        "importmap",
        "application/ecmascript",
        "application/javascript",
        "application/x-ecmascript",
        "application/x-javascript",
        "text/ecmascript",
        "text/javascript",
        "text/javascript1.0",
        "text/javascript1.1",
        "text/javascript1.2",
        "text/javascript1.3",
        "text/javascript1.4",
        "text/javascript1.5",
        "text/jscript",
        "text/livescript",
        "text/x-ecmascript",
        "text/x-javascript",
    ];
    if RUNNING.contains(&kind.as_str()) { Script::Runs } else { Script::Data }
}

/// Says whether a link of this relation makes the browser connect or load.
pub(crate) fn relation_loads(relation: &str) -> bool {
    const LOADING: [&str; 10] = [
        "preconnect",
        "dns-prefetch",
        "preload",
        "prefetch",
        "modulepreload",
        "prerender",
        "stylesheet",
        "icon",
        "apple-touch-icon",
        "manifest",
    ];
    relation.split_ascii_whitespace().any(|word| LOADING.iter().any(|load| word.eq_ignore_ascii_case(load)))
}

/// Returns the purpose an element is withheld for by the addresses it loads.
pub(super) fn withheld(tag: &StartTag<'_>, base: &Url, matcher: &Matcher, decision: &Decision) -> Option<String> {
    if tag.name == "link" && !tag.value("rel").is_some_and(|relation| relation_loads(&relation)) {
        return None;
    }
    let refused = |address: &str| {
        let url = base.join(address).ok()?;
        Some(decision.withholds(matcher.withheld_address(&url, decision)?)?.to_string())
    };
    loading_attributes(tag.name).iter().find_map(|name| {
        // Every attribute of the name is looked at, not only the one that counts.
        tag.attributes.iter().filter(|attribute| attribute.name == *name).find_map(|attribute| {
            let value = htmlize::unescape_attribute(attribute.value.as_str());
            match *name {
                "srcset" | "imagesrcset" => candidates(&value).find_map(refused),
                "srcdoc" => None,
                _ => refused(&value),
            }
        })
    })
}

/// Every text in a `srcset` that a browser might take for an address: split at white space, and at commas too.
pub(crate) fn candidates(srcset: &str) -> impl Iterator<Item = &str> {
    let words = srcset.split_ascii_whitespace();
    words
        .flat_map(|word| std::iter::once(word.trim_matches(',')).chain(word.split(',')))
        .filter(|word| !word.is_empty())
}
