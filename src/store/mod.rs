//! Where the log is kept: the contract of durability, and the stores that keep it.
//!
//! In: entries, documents, heads. Out: the same, after any crash. A store never interprets a record.

mod memory;
#[cfg(feature = "sled")]
mod sled;

use std::{fmt, future::Future, ops::Range, pin::Pin};

pub use self::memory::Memory;
#[cfg(feature = "sled")]
pub use self::sled::Sled;
use crate::{
    audit::{Entry, Head},
    signal::VisitorId,
};

/// What a store answers with: boxed, because a store is used as an object and only on a choice, never on a page.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// Keeps the log of choices, the texts that were shown, and the secrets of the site.
///
/// The contract, which every store must keep:
///
/// * **Durable when resolved.** When `append`, `put_document` or `secret` answers `Ok`, what it wrote survives a
///   crash of the process, of the system, and a power cut.
/// * **All or nothing.** After a crash the head is the one before or the one after an append, with exactly the
///   entries it counts; never anything between.
/// * **One line.** The head moves by compare-and-swap: of two appends on the same head one gets
///   [`ErrorKind::Conflict`] and has written nothing.
/// * **Any thread, any runtime.** Every call may come from any thread, with or without an asynchronous runtime.
///
/// # Example
///
/// ```
/// use tower_consent::{audit::Head, store::{ConsentStore, Memory}};
/// let store = Memory::default();
/// assert_eq!(pollster::block_on(store.head()).unwrap(), Head::EMPTY);
/// ```
pub trait ConsentStore: Send + Sync + fmt::Debug {
    /// Returns how far the log has come.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or is damaged.
    fn head(&self) -> Answer<'_, Head>;

    /// Appends entries after `expected` and moves the head to `next`, durably and in one step.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`] when the head is not `expected`; then nothing was written. After any other error it
    /// is unknown whether the entries were written: read the head.
    fn append(&self, expected: Head, entries: Vec<Entry>, next: Head) -> Answer<'_, ()>;

    /// Returns the entries of a range that exist, in order.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or is damaged.
    fn read(&self, range: Range<u64>) -> Answer<'_, Vec<Entry>>;

    /// Returns the places in the log of one visitor's events, in order.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or is damaged.
    fn by_visitor(&self, visitor: VisitorId) -> Answer<'_, Vec<u64>>;

    /// Keeps the exact bytes of a text under its hash; writing it again changes nothing.
    ///
    /// # Errors
    ///
    /// When it could not be made durable.
    fn put_document(&self, hash: String, bytes: Vec<u8>) -> Answer<'_, ()>;

    /// Returns a text by its hash.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or is damaged.
    fn document(&self, hash: String) -> Answer<'_, Option<Vec<u8>>>;

    /// Returns the secret of this name; the first caller's proposal becomes it, durably.
    ///
    /// # Errors
    ///
    /// When it could not be read or made durable.
    fn secret(&self, name: String, proposal: [u8; 32]) -> Answer<'_, [u8; 32]>;
}

/// What went wrong in a store, with the cause.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    what: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The three ways a store can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The head was not the expected one; nothing was written.
    Conflict,
    /// What is kept cannot be what was written.
    Corrupt,
    /// It cannot be used now: no space, no connection, in use by another process.
    Unavailable,
}

impl Error {
    /// Makes an error; `what` names the operation or the thing, in lower case.
    pub fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), source: None }
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Returns which of the three ways it is.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.what)?;
        match &self.source {
            Some(source) => write!(formatter, ": {source}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as _)
    }
}
