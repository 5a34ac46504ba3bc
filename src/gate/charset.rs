//! In which charset a page's bytes are to be read, and whether they are a page at all.
//!
//! In: the first bytes of a body and what its head says. Out: bytes in which ASCII is ASCII: as they are, or, where
//! the charset is another (UTF-16, ISO-2022-JP), as UTF-8 with its mark in front, which outranks whatever head and
//! page declare (HTML, 13.2.3.2). It looks at no markup but to tell whether a body of no type is a page.

use std::borrow::Cow;

use encoding_rs::{Decoder, Encoding, UTF_8};

use super::Error;

/// What marks UTF-8 at the start of a page.
pub(super) const MARK: &[u8] = b"\xef\xbb\xbf";
/// How much of a body of no type is looked at (MIME Sniffing, 5.2, "resource header").
const LOOKED_AT: usize = 1445;

/// Reads the start of a body, then passes the rest.
pub(crate) struct Charset {
    declared: Option<&'static Encoding>,
    state: State,
}

enum State {
    /// The first bytes, until there are enough of them.
    Start {
        first: Vec<u8>,
        sniff: bool,
    },
    /// ASCII is ASCII; `escape` says whether the last byte was one that begins a shift of ISO-2022-JP.
    Plain {
        escape: bool,
    },
    Decode(Box<Decoder>),
    /// No page.
    Other,
}

impl std::fmt::Debug for Charset {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Charset")
    }
}

impl Charset {
    /// Begins a body. `sniff` says that its head names no type, so that a browser guesses.
    pub(crate) fn new(declared: Option<&'static Encoding>, sniff: bool) -> Self {
        Self { declared, state: State::Start { first: Vec::new(), sniff } }
    }

    /// Says whether this is no page, so that it passes as it is. Known once [`Charset::read`] has returned bytes.
    pub(crate) fn is_other(&self) -> bool {
        matches!(self.state, State::Other)
    }

    /// Takes a piece and returns what is known of it as bytes for the gate.
    ///
    /// # Errors
    ///
    /// [`Error::Charset`] when it holds shifts of ISO-2022-JP, which some browsers would heed and others not.
    pub(crate) fn read<'a>(&mut self, piece: &'a [u8], last: bool) -> Result<Cow<'a, [u8]>, Error> {
        if let State::Start { first, sniff } = &mut self.state {
            // Most often one piece is enough, and need not be kept.
            let start = if first.is_empty() {
                Cow::Borrowed(piece)
            } else {
                first.extend_from_slice(piece);
                Cow::Owned(std::mem::take(first))
            };
            let ink = || start.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(start.len());
            let enough = if *sniff { start.len() >= LOOKED_AT || start.len() >= ink() + 16 } else { start.len() >= 3 };
            if !enough && !last {
                *first = start.into_owned();
                return Ok(Cow::Borrowed(b""));
            }
            if start.is_empty() {
                return Ok(start);
            }
            let page = !*sniff || is_page(&start);
            return self.begin(start, page, last);
        }
        match &mut self.state {
            State::Decode(decoder) => Ok(decode(decoder, piece, last).into()),
            State::Plain { .. } => {
                self.look_for_shifts(piece)?;
                Ok(Cow::Borrowed(piece))
            }
            State::Start { .. } | State::Other => Ok(Cow::Borrowed(piece)),
        }
    }

    fn begin<'a>(&mut self, first: Cow<'a, [u8]>, page: bool, last: bool) -> Result<Cow<'a, [u8]>, Error> {
        // A mark outranks the head (Encoding, 6, "decode").
        let marked = Encoding::for_bom(&first).map(|(encoding, _)| encoding);
        let encoding = marked.or(self.declared);
        if !page {
            self.state = State::Other;
            return Ok(first);
        }
        match encoding.filter(|encoding| !encoding.is_ascii_compatible()) {
            Some(encoding) => {
                let mut decoder = encoding.new_decoder_with_bom_removal();
                let mut out = MARK.to_vec();
                out.extend(decode(&mut decoder, &first, last));
                self.state = State::Decode(Box::new(decoder));
                Ok(out.into())
            }
            None => {
                self.declared = encoding;
                self.state = State::Plain { escape: false };
                self.look_for_shifts(&first)?;
                Ok(first)
            }
        }
    }

    /// Refuses a page without a charset that holds shifts of ISO-2022-JP.
    fn look_for_shifts(&mut self, piece: &[u8]) -> Result<(), Error> {
        let State::Plain { escape } = &mut self.state else {
            return Ok(());
        };
        if self.declared.is_none() {
            let shift = |place: usize| matches!(piece.get(place + 1), Some(b'(' | b'$'));
            let begun = *escape && matches!(piece.first(), Some(b'(' | b'$'));
            if begun || memchr::memchr_iter(0x1b, piece).any(shift) {
                return Err(Error::Charset);
            }
            *escape = piece.last().map_or(*escape, |byte| *byte == 0x1b);
        }
        Ok(())
    }

    /// Returns the charset of the bytes that are given out, as far as it is known.
    pub(crate) fn encoding(&self) -> Option<&'static Encoding> {
        match self.state {
            State::Decode(_) => Some(UTF_8),
            _ => self.declared,
        }
    }
}

fn decode(decoder: &mut Decoder, piece: &[u8], last: bool) -> Vec<u8> {
    let needed = decoder.max_utf8_buffer_length(piece.len()).unwrap_or(piece.len() * 4 + 16);
    let mut out = vec![0; needed];
    let (_, _, written, _) = decoder.decode_to_utf8(piece, &mut out, last);
    out.truncate(written);
    out
}

/// Says whether a browser takes bytes of no type for HTML (MIME Sniffing, 7.1).
fn is_page(first: &[u8]) -> bool {
    const STARTS: [&[u8]; 17] = [
        b"<!DOCTYPE HTML",
        b"<HTML",
        b"<HEAD",
        b"<SCRIPT",
        b"<IFRAME",
        b"<H1",
        b"<DIV",
        b"<FONT",
        b"<TABLE",
        b"<A",
        b"<STYLE",
        b"<TITLE",
        b"<B",
        b"<BODY",
        b"<BR",
        b"<P",
        b"<!--",
    ];
    if Encoding::for_bom(first).is_some() {
        // Marked text is text to a browser, but an older one guesses on: it is read as a page.
        return true;
    }
    let text = first.trim_ascii_start();
    text.starts_with(b"<?xml")
        || STARTS.iter().any(|start| {
            let begins = text.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start));
            begins
                && (*start == b"<!--"
                    || matches!(text.get(start.len()), None | Some(b' ' | b'>' | b'\t' | b'\n' | b'\r' | b'\x0c')))
        })
}
