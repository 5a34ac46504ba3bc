//! The whole way of a body through the gate: content coding, charset, markup, and back.
//!
//! In: pieces of a body as the inner service sends them. Out: pieces as they go to the browser. It holds what its
//! parts hold and nothing more.

use std::borrow::Cow;

use bytes::Bytes;

#[cfg(feature = "encodings")]
use super::coding::{Coding, Recoder};
use super::{Error, Findings, charset::Charset, html::Gate};

/// One body on its way.
#[derive(Debug)]
pub(crate) struct Stream {
    #[cfg(feature = "encodings")]
    coding: Option<Box<Recoder>>,
    page: Page,
}

#[derive(Debug)]
struct Page {
    charset: Charset,
    gate: Gate,
    /// Whether the charset of the page has been told to the gate.
    begun: bool,
    /// Whether everything is allowed, so that there is nothing to look for.
    open: bool,
    /// What follows the page.
    tail: Vec<u8>,
}

impl Stream {
    /// Begins a body that is not encoded.
    pub(crate) fn new(charset: Charset, gate: Gate) -> Self {
        Self {
            #[cfg(feature = "encodings")]
            coding: None,
            page: Page { charset, gate, begun: false, open: false, tail: Vec::new() },
        }
    }

    /// Says what is put behind the page, where a browser makes it the last of `body` (HTML, "after after body"). It
    /// is ASCII, which every charset reads. With `open`, nothing is looked for in the page itself.
    pub(crate) fn followed_by(mut self, tail: Vec<u8>, open: bool) -> Self {
        debug_assert!(tail.is_ascii());
        self.page.tail = tail;
        self.page.open = open;
        self
    }

    /// Says that the body comes in a content coding, and goes out in it again.
    ///
    /// # Errors
    ///
    /// When a decoder cannot be set up.
    #[cfg(feature = "encodings")]
    pub(crate) fn coded(mut self, coding: Coding) -> Result<Self, Error> {
        self.coding = Some(Box::new(Recoder::new(coding)?));
        Ok(self)
    }

    /// Takes a piece and returns what may go out.
    ///
    /// # Errors
    ///
    /// When a limit is reached or the body is not what its head says; then nothing more of it may go out.
    pub(crate) fn feed(&mut self, piece: &Bytes) -> Result<Bytes, Error> {
        let page = &mut self.page;
        #[cfg(feature = "encodings")]
        if let Some(coding) = &mut self.coding {
            coding.decode(piece, |encoded, plain| {
                encoded.write(&page.feed(plain, false)?)?;
                Ok::<_, Error>(())
            })?;
            return Ok(coding.take().into());
        }
        Ok(match page.feed(piece, false)? {
            // What is the same need not be copied.
            Cow::Borrowed(same) => piece.slice_ref(same),
            Cow::Owned(other) => other.into(),
        })
    }

    /// Returns what is held only to be coded better, when the inner service pauses.
    ///
    /// # Errors
    ///
    /// When the encoder fails.
    pub(crate) fn flush(&mut self) -> Result<Bytes, Error> {
        #[cfg(feature = "encodings")]
        if let Some(coding) = &mut self.coding {
            return Ok(coding.flush()?.into());
        }
        Ok(Bytes::new())
    }

    /// Ends the body and returns the rest of it.
    ///
    /// # Errors
    ///
    /// As [`Stream::feed`].
    pub(crate) fn finish(&mut self) -> Result<Bytes, Error> {
        let page = &mut self.page;
        #[cfg(feature = "encodings")]
        if let Some(mut coding) = self.coding.take() {
            coding.end(|encoded, plain| {
                encoded.write(&page.feed(plain, false)?)?;
                Ok::<_, Error>(())
            })?;
            coding.encode(&page.finish()?)?;
            return Ok(coding.finish()?.into());
        }
        page.finish().map(Bytes::from)
    }

    pub(crate) fn take_findings(&mut self) -> Findings {
        self.page.gate.take_findings()
    }
}

impl Page {
    fn feed<'a>(&mut self, piece: &'a [u8], last: bool) -> Result<Cow<'a, [u8]>, Error> {
        let bytes = self.charset.read(piece, last)?;
        if self.charset.is_other() {
            return Ok(bytes);
        }
        if !bytes.is_empty() && !self.begun {
            self.begun = true;
            self.gate.set_encoding(self.charset.encoding());
        }
        if self.open { Ok(bytes) } else { self.gate.feed(&bytes).map(Cow::Owned) }
    }

    fn finish(&mut self) -> Result<Vec<u8>, Error> {
        let mut out = self.feed(b"", true)?.into_owned();
        if !self.charset.is_other() {
            out.extend(self.gate.finish()?);
            if self.begun && self.gate.takes_banner() {
                out.append(&mut self.tail);
            }
        }
        Ok(out)
    }
}
