//! The language of a page in which nothing else is looked for.
//!
//! In: the first bytes of a page. Out: the `lang` of its root element, where that is the first one and stands there. It holds
//! nothing back and decides nothing.

use encoding_rs::Encoding;

use super::{
    carrier::Element,
    charset::MARK,
    tokenizer::{Cursor, State, Token, Window},
};

/// How much of a page is looked at, in bytes: before the root element stand a document type and comments.
const LOOKED_AT: usize = 2 << 10;

/// The beginning of a page.
#[derive(Debug, Default)]
pub(super) struct Root {
    first: Vec<u8>,
}

impl Root {
    /// Keeps what is still needed of a piece of the page.
    pub(super) fn look(&mut self, piece: &[u8]) {
        let room = LOOKED_AT - self.first.len();
        self.first.extend_from_slice(&piece[..piece.len().min(room)]);
    }

    /// Returns the language the page says it is in.
    pub(super) fn language(&self, encoding: Option<&'static Encoding>) -> Option<String> {
        let window = Window { bytes: &self.first, offset: 0, last: true, xml: false };
        let start = if self.first.starts_with(MARK) { MARK.len() } else { 0 };
        let mut cursor = Cursor::new(start, State::Data);
        loop {
            match cursor.next(&window, false)? {
                Token::Start(tag) => {
                    let root = window.get(&tag.name).eq_ignore_ascii_case(b"html");
                    let element = Element { name: "html", tag: &tag, window: &window, encoding };
                    return if root { element.value("lang") } else { None };
                }
                // Before the root element a browser drops both (HTML, 13.2.6.4.2).
                Token::Text(span) if window.get(&span).trim_ascii().is_empty() => {}
                Token::End(_) | Token::Skipped | Token::Instruction(_) => {}
                Token::Text(_) | Token::Section(_) => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(page: &str, size: usize) -> Option<String> {
        let mut root = Root::default();
        page.as_bytes().chunks(size).for_each(|piece| root.look(piece));
        root.language(None)
    }

    #[test]
    fn the_root_element_says_it_where_it_is_the_first() {
        let long = format!("<!--{}--><html lang=en>", "x".repeat(LOOKED_AT));
        for (page, expected) in [
            ("<!DOCTYPE html>\n<!-- <html lang=ru> --><HTML class=a LANG='en-GB'><body lang=ru>", Some("en-GB")),
            ("\u{feff}<html lang=en>", Some("en")),
            ("<?xml version=\"1.0\"?></p><html lang=&#101;n>", Some("en")),
            ("<html lang=\"\">", Some("")),
            ("<html><body lang=en>", None),
            ("<p>x<html lang=en>", None),
            ("x<html lang=en>", None),
            ("<html lang=en", None),
            ("", None),
            (&long, None),
        ] {
            for size in [1, 7, 4096] {
                assert_eq!(language(page, size).as_deref(), expected, "{page:.60}");
            }
        }
    }
}
