//! The place of a store that could not be opened: it refuses everything, and says why.

use std::ops::Range;

use super::{Answer, ConsentStore, Erasure, Error, ErrorKind};
use crate::{
    audit::{Entry, Head},
    signal::VisitorId,
};

/// Answers every call with the reason why there is no store.
#[derive(Debug)]
pub(crate) struct Absent {
    kind: ErrorKind,
    why: String,
}

impl Absent {
    pub(crate) fn new(why: &Error) -> Self {
        Self { kind: why.kind(), why: why.to_string() }
    }

    fn refuse<T: Send + 'static>(&self) -> Answer<'_, T> {
        Box::pin(std::future::ready(Err(Error::new(self.kind, self.why.clone()))))
    }
}

impl ConsentStore for Absent {
    fn head(&self) -> Answer<'_, Head> {
        self.refuse()
    }

    fn append(&self, _: Head, _: Vec<Entry>, _: Head) -> Answer<'_, ()> {
        self.refuse()
    }

    fn read(&self, _: Range<u64>) -> Answer<'_, Vec<Entry>> {
        self.refuse()
    }

    fn by_visitor(&self, _: VisitorId) -> Answer<'_, Vec<u64>> {
        self.refuse()
    }

    fn erase(&self, _: Erasure) -> Answer<'_, u64> {
        self.refuse()
    }

    fn put_document(&self, _: String, _: Vec<u8>) -> Answer<'_, ()> {
        self.refuse()
    }

    fn document(&self, _: String) -> Answer<'_, Option<Vec<u8>>> {
        self.refuse()
    }

    fn documents(&self) -> Answer<'_, Vec<String>> {
        self.refuse()
    }

    fn secret(&self, _: String, _: [u8; 32]) -> Answer<'_, [u8; 32]> {
        self.refuse()
    }

    fn secrets(&self, _: String) -> Answer<'_, Vec<(String, [u8; 32])>> {
        self.refuse()
    }

    fn put_note(&self, _: String, _: Vec<u8>) -> Answer<'_, ()> {
        self.refuse()
    }

    fn note(&self, _: String) -> Answer<'_, Option<Vec<u8>>> {
        self.refuse()
    }

    fn notes(&self, _: String) -> Answer<'_, Vec<(String, Vec<u8>)>> {
        self.refuse()
    }
}
