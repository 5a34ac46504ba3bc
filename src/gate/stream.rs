//! The whole way of a body through the gate: content coding, charset, markup, and back.
//!
//! In: pieces of a body as the inner service sends them. Out: pieces as they go to the browser. It holds what its
//! parts hold and nothing more.

use std::{borrow::Cow, fmt};

use bytes::Bytes;

#[cfg(feature = "encodings")]
use super::coding::{Coding, Recoder};
use super::{
    Error, Findings,
    charset::Charset,
    html::{Gate, Translated},
    root::Root,
};

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
    /// None where everything is allowed, so that there is nothing to look for.
    gate: Option<Box<Gate>>,
    /// Whether the page has begun, and its charset been told to the gate.
    begun: bool,
    /// What follows the page.
    tail: Option<Tail>,
    /// Its beginning, where there is no gate and its language matters.
    root: Root,
}

/// What follows a page.
struct Tail {
    html: Vec<u8>,
    translated: Translated,
}

impl fmt::Debug for Tail {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Tail")
    }
}

impl Stream {
    /// Begins a body that is not encoded.
    pub(crate) fn new(charset: Charset, gate: Gate) -> Self {
        Self::of(charset, Some(Box::new(gate)))
    }

    /// Begins a body that is not encoded, in which nothing is looked for.
    pub(crate) fn open(charset: Charset) -> Self {
        Self::of(charset, None)
    }

    fn of(charset: Charset, gate: Option<Box<Gate>>) -> Self {
        Self {
            #[cfg(feature = "encodings")]
            coding: None,
            page: Page { charset, gate, begun: false, tail: None, root: Root::default() },
        }
    }

    /// Says what is put behind the page, where a browser makes it the last of `body` (HTML, "after after body"). It
    /// is ASCII, which every charset reads. `translated` makes another one for a page that says it is in another language.
    pub(crate) fn followed_by(mut self, html: Vec<u8>, translated: Translated) -> Self {
        debug_assert!(html.is_ascii());
        self.page.tail = Some(Tail { html, translated });
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
                encoded.write(&page.feed(&Bytes::copy_from_slice(plain), false)?)?;
                Ok::<_, Error>(())
            })?;
            return Ok(coding.encoder().take().into());
        }
        page.feed(piece, false)
    }

    /// Returns what is held only to be coded better, when the inner service pauses.
    ///
    /// # Errors
    ///
    /// When the encoder fails.
    pub(crate) fn flush(&mut self) -> Result<Bytes, Error> {
        #[cfg(feature = "encodings")]
        if let Some(coding) = &mut self.coding {
            return Ok(coding.encoder().flush()?.into());
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
                encoded.write(&page.feed(&Bytes::copy_from_slice(plain), false)?)?;
                Ok::<_, Error>(())
            })?;
            coding.encoder().write(&page.finish()?)?;
            return Ok(coding.finish()?.into());
        }
        page.finish().map(Bytes::from)
    }

    pub(crate) fn take_findings(&mut self) -> Findings {
        self.page.gate.as_mut().map(|gate| gate.take_findings()).unwrap_or_default()
    }
}

impl Page {
    fn feed(&mut self, piece: &Bytes, last: bool) -> Result<Bytes, Error> {
        // What is the same need not be copied.
        let bytes = match self.charset.read(piece, last)? {
            Cow::Borrowed(same) => piece.slice_ref(same),
            Cow::Owned(other) => other.into(),
        };
        if self.charset.is_other() {
            return Ok(bytes);
        }
        let begins = !bytes.is_empty() && !self.begun;
        self.begun |= begins;
        let Some(gate) = &mut self.gate else {
            if self.tail.is_some() {
                self.root.look(&bytes);
            }
            return Ok(bytes);
        };
        if begins {
            gate.set_encoding(self.charset.encoding());
        }
        gate.feed_bytes(&bytes).map(Bytes::from)
    }

    /// Returns what follows the page, in its language as far as that is known.
    fn take_tail(&mut self) -> Vec<u8> {
        let Some(Tail { html, translated }) = self.tail.take() else { return Vec::new() };
        let language = match &self.gate {
            Some(gate) => gate.language().map(str::to_owned),
            None => self.root.language(self.charset.encoding()),
        };
        language.and_then(|language| translated(&language)).unwrap_or(html)
    }

    fn finish(&mut self) -> Result<Vec<u8>, Error> {
        let mut out = Vec::from(self.feed(&Bytes::new(), true)?);
        if !self.charset.is_other() {
            if let Some(gate) = &mut self.gate {
                out.extend(gate.finish()?);
            }
            if self.begun && self.gate.as_ref().is_none_or(|gate| gate.takes_more()) {
                out.extend(self.take_tail());
            }
        }
        Ok(out)
    }
}
