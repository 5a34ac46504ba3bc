//! The style of banner and permanent link.
//!
//! In: how a policy wants its banner to look. Out: one small sheet for each. Colours, sizes and corners are custom properties
//! (`--tc-background`, …), so that a site's own style sheet can set them too (`section#tc { --tc-button: … }`).

use std::fmt::Write;

use crate::policy::{Look, Radius, Theme, Variant};

const BASE: &str = include_str!("banner.css");
const BAR: &str = include_str!("bar.css");
/// A bar of three buttons beside the text has its close button in a column of its own.
const BAR_CLOSE: &str = "@media (min-width: 60rem) {\n    #tc form > button {\n        grid-area: 1/3;\n        align-self: start;\n    }\n    #tc h2 {\n        padding: 0;\n    }\n}\n";
const CENTRED: &str = include_str!("centred.css");
const CLOSE: &str = include_str!("close.css");
const CORNER: &str = include_str!("corner.css");
/// At four times the size little is left: then the banner stands in the flow, before the page.
const SHORT: &str = include_str!("short.css");
/// Where it is revealed once the page stands: nothing of the page may move, and who runs no script has a notice.
const SHARED: &str = include_str!("shared.css");
const LINK: &str = include_str!("link.css");
const PLACEHOLDER: &str = include_str!("placeholder.css");

/// Returns the style of the banner; `shared` is for pages that are the same for everyone.
pub(super) fn banner(look: &Look, shared: bool) -> String {
    let mut css = small(BASE);
    css.push_str(&small(match look.variant {
        Variant::Bar => BAR,
        Variant::Centred => CENTRED,
        Variant::Corner => CORNER,
    }));
    if look.close {
        css.push_str(&small(CLOSE));
        if look.variant == Variant::Bar {
            css.push_str(&small(BAR_CLOSE));
        }
    }
    css.push_str(&small(SHORT));
    if shared {
        css.push_str(&small(SHARED));
    }
    let radius = radius(look);
    let (size, target) = (look.text_size, look.target_size);
    let selector = if shared { "#tc,#tc-n" } else { "#tc" };
    let _ = write!(css, "{selector}{{--tc-size:{size}px;--tc-target:{target}px;--tc-radius:{radius}px}}");
    css.push_str(&themes(look, selector));
    css
}

/// Returns the style of the permanent link.
pub(super) fn link(look: &Look) -> String {
    let mut css = small(LINK);
    css.push_str(&themes(look, "#tc-l"));
    css
}

/// Returns the style of what stands in the place of a withheld frame.
pub(super) fn placeholder(look: &Look) -> String {
    let mut css = small(PLACEHOLDER);
    let _ = write!(css, ":root{{--tc-radius:{}px}}", radius(look));
    css.push_str(&themes(look, ":root"));
    css
}

fn radius(look: &Look) -> u8 {
    match look.radius {
        Radius::None => 0,
        Radius::Small => 6,
        Radius::Large => 12,
    }
}

/// Where a policy has no colours for light or dark, the system's own stay.
fn themes(look: &Look, selector: &str) -> String {
    let mut css = String::new();
    for (scheme, theme) in [("light", look.light), ("dark", look.dark)] {
        if let Some(Theme { background, text, button, button_text, focus }) = theme {
            let _ = write!(
                css,
                "@media(prefers-color-scheme:{scheme}) and (forced-colors:none){{{selector}{{--tc-background:{background};\
                 --tc-text:{text};--tc-button:{button};--tc-button-text:{button_text};--tc-focus:{focus}}}}}"
            );
        }
    }
    css
}

/// Takes out what a browser does not need. Our own sheets have neither comments nor strings with these in them.
fn small(css: &str) -> String {
    let joined: String = css.lines().map(str::trim_start).collect();
    [(": ", ":"), (", ", ","), (" {", "{"), (";}", "}"), (" > ", ">"), (" + ", "+")]
        .into_iter()
        .fold(joined, |css, (from, to)| css.replace(from, to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Colour, Policy};

    #[test]
    fn a_theme_is_custom_properties_of_its_scheme() {
        let mut look = Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site")).unwrap().look().clone();
        assert!(!banner(&look, false).contains("prefers-color-scheme"));
        let [white, black] = [[255; 3], [0; 3]].map(Colour::from_channels);
        look.dark = Some(Theme { background: black, text: white, button: white, button_text: black, focus: white });
        for css in [banner(&look, false), link(&look)] {
            assert!(css.contains("@media(prefers-color-scheme:dark) and (forced-colors:none){#tc"), "{css}");
            assert!(css.contains("--tc-background:#000000;--tc-text:#ffffff"), "{css}");
            assert!(!css.contains("prefers-color-scheme:light"), "{css}");
        }
    }

    #[test]
    fn what_is_taken_out_changes_nothing() {
        assert_eq!(
            small("#tc a,\n#tc b {\n    margin: 0 auto;\n    font: 1em/1 a, b;\n}\n"),
            "#tc a,#tc b{margin:0 auto;font:1em/1 a,b}"
        );
        for variant in [Variant::Bar, Variant::Centred, Variant::Corner] {
            let mut look = Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/shop")).unwrap().look().clone();
            look.variant = variant;
            let css = banner(&look, true);
            assert_eq!(css.matches('{').count(), css.matches('}').count());
            assert!(!css.contains('\n') && !css.contains("  "), "{css}");
        }
    }
}
