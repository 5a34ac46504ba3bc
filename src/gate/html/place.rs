//! Where what is put into a page has its place: first in `head`, first in `body`.
//!
//! In: tags and text as they are met. Out: an insertion for each thing, once. Where a page must be a document to get
//! any, it is known by its bytes.

use super::{
    super::{carrier::Edit, tokenizer::State},
    Gate,
};

/// Says whether these bytes begin a document type; `None` when that cannot be told yet.
pub(super) fn begins_document_type(bytes: &[u8], last: bool) -> Option<bool> {
    const TYPE: &[u8] = b"<!doctype";
    let known = bytes.len().min(TYPE.len());
    let begins = bytes[..known].eq_ignore_ascii_case(&TYPE[..known]);
    if begins && known < TYPE.len() && !last { None } else { Some(begins && known == TYPE.len()) }
}

impl Gate {
    /// Puts head and banner into documents only: what has neither a document type nor `html`, `head` or `body` may be a
    /// part of another page, whoever asks for it.
    pub(crate) fn into_documents_only(self) -> Self {
        Self { documents_only: true, ..self }
    }

    /// Says whether head and banner have a place here, as far as the page has been read.
    pub(crate) fn takes_banner(&self) -> bool {
        self.document || !self.documents_only
    }

    /// Says whether markup may follow the page, which has ended. It would finish a tag that the page leaves open, and bring to
    /// life what that tag loads.
    pub(crate) fn takes_more(&self) -> bool {
        self.whole && self.takes_banner()
    }

    /// Puts what goes first right after `<head>`, or before the first thing that stands in it or behind it. No page can
    /// be read in two ways before that.
    pub(super) fn place_head(&mut self, name: Option<&str>, at: usize) {
        if self.readings.len() == 1
            && name != Some("html")
            && let Some(head) = self.head.take()
            && self.takes_banner()
        {
            self.insert(Edit::insert(at, head));
        }
    }

    /// Puts the banner right after `<body>`, or before the first thing that can only stand in a body.
    pub(super) fn place_banner(&mut self, index: usize, name: Option<&str>, start: usize, at: usize) {
        const BEFORE_BODY: [&str; 13] = [
            "html", "head", "title", "meta", "link", "base", "script", "style", "template", "noscript", "basefont",
            "bgsound", "noframes",
        ];
        if self.banner.is_none() || name.is_some_and(|name| BEFORE_BODY.contains(&name)) {
            return;
        }
        let reading = &self.readings[index];
        // Where another way of reading sees text or a tag, it would not see the banner.
        let mut others = self.readings.iter().enumerate().filter(|(other, _)| *other != index);
        let alone = others.all(|(_, other)| other.cursor.state == State::Data && other.cursor.at == start);
        if reading.context.templates > 0 || !alone {
            return;
        }
        let Some(banner) = self.banner.take() else {
            return;
        };
        // A page of frames has no body that could hold it.
        if name != Some("frameset") && self.takes_banner() {
            self.insert(Edit::insert(at, banner));
        }
    }
}
