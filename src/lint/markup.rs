//! The HTML of banners and pages, as rules ask it.
//!
//! In: a tree of elements. Out: what in it asks for a consent, its controls, their words, and about where in the
//! source they stand. The tree does not know that place, so it is found by counting start tags of the same name. It
//! judges nothing.

use std::ops::Range;

use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::{Page, law, reading::Reading};

/// Elements that a visitor can press.
const CONTROLS: &str = "button, a[href], input[type=submit], input[type=button], [role=button]";

/// Longest text of a part of a page that is taken for a banner; the whole of a page is none.
const LONGEST_BANNER: usize = 4_000;

/// Parses a selector that is written in the code.
pub(super) fn selector(text: &'static str) -> Selector {
    Selector::parse(text).expect("the selector is constant; the samples of its rule use it")
}

/// Returns the words of an element: its text, or the value of a button, or its label for assistive technology.
pub(super) fn words(element: ElementRef<'_>) -> String {
    let text: String = element.text().collect::<Vec<_>>().join(" ");
    if !text.trim().is_empty() {
        return text.split_whitespace().collect::<Vec<_>>().join(" ");
    }
    ["value", "aria-label", "title", "alt"]
        .iter()
        .find_map(|name| element.attr(name))
        .map(str::to_owned)
        .unwrap_or_default()
}

/// Returns the controls inside an element, in document order.
pub(super) fn controls(element: ElementRef<'_>) -> Vec<ElementRef<'_>> {
    element.select(&selector(CONTROLS)).collect()
}

/// Returns the controls whose words have one of the phrases of a name, in any language of the law data.
pub(super) fn controls_that<'h>(element: ElementRef<'h>, phrases: &str) -> Vec<ElementRef<'h>> {
    controls(element).into_iter().filter(|control| says(&words(*control), phrases)).collect()
}

/// Says whether a text has one of the phrases of a name, in any language of the law data.
pub(super) fn says(text: &str, phrases: &str) -> bool {
    Reading::of_plain(text).find_any(law::phrases_of_all(phrases)).is_some()
}

/// Finds the parts of a page that ask for a consent: the least element around a button that accepts which speaks of
/// cookies or consent, and what is wrapped around it for no other purpose.
pub(super) fn banners(html: &Html) -> Vec<ElementRef<'_>> {
    let mut found: Vec<ElementRef<'_>> = Vec::new();
    for control in controls_that(html.root_element(), "accept") {
        let around = control.ancestors().filter_map(ElementRef::wrap);
        let parts =
            around.take_while(|element| !matches!(element.value().name(), "html" | "body" | "main" | "article"));
        let mut banner = None;
        for part in parts {
            let text = words(part);
            if text.len() > LONGEST_BANNER {
                break;
            }
            let named =
                ["id", "class"].iter().filter_map(|name| part.attr(name)).any(|name| says(name, "banner-names"));
            if banner.is_none() && says(&text, "consent-topic") || banner.is_some() && named {
                banner = Some(part);
            }
        }
        if let Some(banner) = banner
            && !found.contains(&banner)
        {
            found.push(banner);
        }
    }
    found
}

/// Something a page would load or run at once.
#[derive(Debug)]
pub(super) struct Load {
    pub(super) what: Loaded,
    /// Whether it is a `link` that only prepares a request or connects.
    pub(super) is_hint: bool,
    /// A text of the source that leads to it.
    mark: String,
}

/// An address, or the text of an inline script.
#[derive(Debug)]
pub(super) enum Loaded {
    Address(Url),
    Inline(String),
}

impl Load {
    /// Returns the bytes of the page that name it first.
    pub(super) fn place(&self, page: &Page) -> Range<usize> {
        page.html.find(&self.mark).map_or(0..0, |start| start..start + self.mark.len())
    }
}

/// Returns what a page would load or run at once, in a browser with script or without.
pub(super) fn loads(html: &Html, base: &Url) -> Vec<Load> {
    let mut found = Vec::new();
    let part = selector("script, img, iframe, embed, object, source, link[href], noscript");
    for element in html.select(&part) {
        let name = element.value().name();
        if name == "noscript" {
            // With script on, what stands in it is text; a browser without script reads it as HTML.
            let inner: String = element.text().collect();
            if inner.contains('<') {
                found.extend(loads(&Html::parse_fragment(&inner), base));
            }
            continue;
        }
        let runs = element.attr("type").is_none_or(|kind| {
            let kind = kind.trim().to_ascii_lowercase();
            kind.is_empty() || kind == "module" || kind.ends_with("javascript")
        });
        if name == "script" && !runs {
            continue;
        }
        let attribute = match name {
            "link" => "href",
            "object" => "data",
            _ => "src",
        };
        if let Some(value) = element.attr(attribute) {
            if let Ok(address) = base.join(value.trim()) {
                let hints = ["preconnect", "dns-prefetch", "preload", "prefetch", "modulepreload"];
                let rel = element.attr("rel").unwrap_or_default().to_ascii_lowercase();
                let is_hint = name == "link" && rel.split_ascii_whitespace().any(|word| hints.contains(&word));
                // Of links only styles and icons are loaded; `canonical` and the like say something and load nothing.
                let loads = name != "link" || is_hint || rel.contains("stylesheet") || rel.contains("icon");
                if loads {
                    found.push(Load { what: Loaded::Address(address), is_hint, mark: value.to_owned() });
                }
            }
        } else if name == "script" {
            let script: String = element.text().collect();
            let mark = script.trim().lines().next().unwrap_or_default().to_owned();
            found.push(Load { what: Loaded::Inline(script), is_hint: false, mark });
        }
    }
    found
}

/// Says whether an address is on another site: a host of another registered domain (Public Suffix List).
pub(super) fn is_foreign(origin: &Url, address: &Url) -> bool {
    let domain = |url: &Url| url.host_str().map(|host| psl::domain_str(host).unwrap_or(host).to_ascii_lowercase());
    matches!(address.scheme(), "http" | "https") && domain(origin) != domain(address)
}

/// Says whether an element is folded away until something else is pressed.
pub(super) fn is_folded(element: ElementRef<'_>) -> bool {
    element.ancestors().filter_map(ElementRef::wrap).any(|part| part.value().name() == "details")
}

/// Says whether a control is a link that does not even look like a button to assistive technology.
pub(super) fn is_link(control: ElementRef<'_>) -> bool {
    control.value().name() == "a" && control.attr("role") != Some("button")
}

/// Returns about where an element stands in the source of its page.
pub(super) fn place(page: &Page, element: ElementRef<'_>) -> Range<usize> {
    let name = element.value().name();
    let mut root = element;
    while let Some(parent) = root.parent().and_then(ElementRef::wrap) {
        root = parent;
    }
    let before = root
        .descendent_elements()
        .take_while(|other| *other != element)
        .filter(|other| other.value().name() == name)
        .count();
    let lower = page.html.to_ascii_lowercase();
    let tag = format!("<{name}");
    let mut starts = lower.match_indices(&tag).map(|(start, _)| start).filter(|start| {
        lower[start + tag.len()..].starts_with(|next: char| next.is_ascii_whitespace() || matches!(next, '>' | '/'))
    });
    match starts.nth(before) {
        Some(start) => start..lower[start..].find('>').map_or(lower.len(), |end| start + end + 1),
        // An element whose tags are left out, as `html` may be: the first tag of the page stands for it.
        None => 0..lower.find('>').map_or(lower.len(), |end| end + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<body><header><button>Меню</button></header>
<main><p>news <button>принять</button></main>
<div class=\"cookie-consent\"><div><p>Мы используем файлы cookie</p><button>Принять</button></div>
<button>Отклонить</button></div>";

    #[test]
    fn a_banner_is_found_with_all_its_controls() {
        let html = Html::parse_document(PAGE);
        let found = banners(&html);
        assert_eq!(found.len(), 1);
        let all: Vec<_> = controls(found[0]).into_iter().map(words).collect();
        assert_eq!(all, ["Принять", "Отклонить"]);
        assert_eq!(controls_that(found[0], "refuse").len(), 1);
        let page = Page { name: "p.html".to_owned(), html: PAGE.to_owned() };
        let place = place(&page, controls(found[0])[1]);
        assert!(PAGE[place.start..].starts_with("<button>Отклонить"));
        assert_eq!(&PAGE[place], "<button>");
    }
}
