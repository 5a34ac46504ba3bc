//! Which addresses a style sheet loads.
//!
//! In: the text of a `style` element or attribute. Out: the places of everything in it that a browser may take for an
//! address: what stands in `url(…)`, and every string (`@import "…"`, `image-set("…")`). It judges none of them.

use std::ops::Range;

/// Put before an address, it makes a browser load nothing (CSS Values 4, 4.5: `about:invalid`), and can be taken away
/// again.
pub(super) const NOTHING: &str = "about:invalid#";

/// Returns the places of all addresses and strings, in their order.
pub(super) fn addresses(css: &[u8]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < css.len() {
        match css[at] {
            // Where strings and comments begin is not followed: broken ones begin and end where one would not think.
            quote @ (b'"' | b'\'') => {
                let start = at + 1;
                found.push(start..end_of(css, start, |byte| byte == quote || byte == b'\n'));
                at = start;
            }
            b'u' | b'U' if css[at..].len() > 4 && css[at..at + 4].eq_ignore_ascii_case(b"url(") => {
                let start = css[at + 4..].iter().position(|byte| !byte.is_ascii_whitespace());
                let start = start.map_or(css.len(), |skipped| at + 4 + skipped);
                if matches!(css.get(start), Some(b'"' | b'\'')) {
                    at = start;
                    continue;
                }
                let end = end_of(css, start, |byte| byte == b')' || byte.is_ascii_whitespace());
                if start < end {
                    found.push(start..end);
                }
                at += 4;
            }
            _ => at += 1,
        }
    }
    found
}

/// Returns the first place that ends a text, other than behind a backslash.
fn end_of(css: &[u8], start: usize, ends: impl Fn(u8) -> bool) -> usize {
    let mut at = start;
    while at < css.len() && !ends(css[at]) {
        at += if css[at] == b'\\' { 2 } else { 1 };
    }
    at.min(css.len())
}

/// Resolves escapes (CSS Syntax 3, 4.3.7).
pub(super) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        let mut digits = String::new();
        while digits.len() < 6
            && let Some(digit) = characters.next_if(char::is_ascii_hexdigit)
        {
            digits.push(digit);
        }
        if digits.is_empty() {
            // A line break behind a backslash joins the lines.
            out.extend(characters.next().filter(|next| *next != '\n'));
        } else {
            characters.next_if(char::is_ascii_whitespace);
            let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
            out.push(code.unwrap_or(char::REPLACEMENT_CHARACTER));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_every_writing() {
        for (css, expected) in [
            ("a{background:url(//x/a.png)}", vec!["//x/a.png"]),
            ("a{background:URL( '//x/a' )}", vec!["//x/a"]),
            ("@import \"//x/a.css\" screen;", vec!["//x/a.css"]),
            ("@import url(//x/a.css);b{c:url(d)}", vec!["//x/a.css", "d"]),
            ("\"/*\" url(//x)", vec!["/*", "//x"]),
            ("a{b:image-set('//x/1' 1x,'//x/2' 2x)}", vec!["//x/1", "//x/2"]),
            ("a{b:url(//x/\\)y)}", vec!["//x/\\)y"]),
            ("a{b:url(", vec![]),
            ("a{b:'x\\", vec!["x\\"]),
        ] {
            let found: Vec<&str> = addresses(css.as_bytes()).into_iter().map(|place| &css[place]).collect();
            // What stands between two strings is told as well; no matter.
            assert!(expected.iter().all(|address| found.contains(address)), "{css}: {found:?}");
        }
        assert_eq!(unescape(r"\2f\2F  x\.ru"), "// x.ru");
    }
}
