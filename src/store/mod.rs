//! Where the log is kept: the contract of durability, and the stores that keep it.
//!
//! In: entries, documents, heads. Out: the same, after any crash. A store never interprets a record.

#[cfg(feature = "conformance")]
pub mod conformance;
mod copy;
mod key;
mod later;
mod lease;
mod memory;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sled")]
mod sled;
mod wait;

use std::{any::Any, fmt, future::Future, ops::Range, pin::Pin, time::Duration};

use time::OffsetDateTime;

pub use self::copy::{Copied, copy};
pub use self::later::opened_later;
pub use self::lease::{Lease, hold};
pub use self::memory::Memory;
#[cfg(feature = "postgres")]
pub use self::postgres::{Postgres, PostgresOptions};
#[cfg(feature = "sled")]
pub use self::sled::{Check, Fault, Sled, SledOptions};
pub(crate) use self::{
    key::{random_key, random_name, tag},
    later::absent,
    lease::holder,
    wait::wait,
};
use crate::{
    audit::{Entry, Hash, Head, SEGMENT, Tree, leaf_hash},
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
/// * **Erased is gone.** A personal value that was erased does not come back, not after a crash and not from the
///   bytes that are left on the disk. The log itself stays as it was.
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

    /// Waits for this one's turn among those who append to the same log; for whoever found that others were faster.
    ///
    /// It makes appending fair and is no guard: that is what `expected` of [`ConsentStore::append`] is for. The default
    /// answers at once.
    ///
    /// # Errors
    ///
    /// When the store cannot be used.
    fn turn(&self) -> Answer<'_, Turn> {
        Box::pin(std::future::ready(Ok(Turn::default())))
    }

    /// Takes or renews what only one instance does at a time, for so long; says whether this `holder` has it now.
    ///
    /// A length of nothing gives it back. The default gives everything to everyone: where one process has the store,
    /// there is nobody else. [`hold`] is what to call.
    ///
    /// # Errors
    ///
    /// When the store cannot be used.
    fn lease(&self, name: String, holder: String, length: Duration) -> Answer<'_, bool> {
        let _ = (name, holder, length);
        Box::pin(std::future::ready(Ok(true)))
    }

    /// Returns how many hints of other instances there were that a policy or a key has changed, without asking anybody.
    ///
    /// `None` where none are to be had, for now or ever: then the store has to be asked. That is the default.
    fn hints(&self) -> Option<u64> {
        None
    }

    /// Returns the entries of a range that exist, in order.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or is damaged.
    fn read(&self, range: Range<u64>) -> Answer<'_, Vec<Entry>>;

    /// Returns the roots of the complete segments of [`SEGMENT`] entries, in order, as far as they are at hand; what
    /// is not among them is hashed from [`ConsentStore::hashes`].
    ///
    /// The default has none at hand.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or is damaged.
    fn segments(&self) -> Answer<'_, Vec<Hash>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }

    /// Returns the hashes of the entries of one segment of [`SEGMENT`], as far as they exist.
    ///
    /// The default hashes the entries.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or is damaged.
    fn hashes(&self, segment: u64) -> Answer<'_, Vec<Hash>> {
        Box::pin(async move {
            let entries = self.read(segment * SEGMENT..(segment + 1) * SEGMENT).await?;
            Ok(entries.iter().map(|entry| leaf_hash(&entry.leaf)).collect())
        })
    }

    /// Returns the places in the log of one visitor's events, in order, that were not erased.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or is damaged.
    fn by_visitor(&self, visitor: VisitorId) -> Answer<'_, Vec<u64>>;

    /// Returns the place of the last of each visitor's events that were not erased, in the order asked.
    ///
    /// The default asks for one after the other.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or is damaged.
    fn last_of(&self, visitors: Vec<VisitorId>) -> Answer<'_, Vec<Option<u64>>> {
        Box::pin(async move {
            let mut last = Vec::with_capacity(visitors.len());
            for visitor in visitors {
                last.push(self.by_visitor(visitor).await?.pop());
            }
            Ok(last)
        })
    }

    /// Destroys personal values, durably, and says of how many events; the log stays as it is.
    ///
    /// # Errors
    ///
    /// When it could not be made durable. Asked again, it does what is left to do.
    fn erase(&self, erasure: Erasure) -> Answer<'_, u64>;

    /// Does some of the housekeeping that is due; says whether there may be more.
    ///
    /// The recorder asks from time to time, never while a choice waits. The default has none to do.
    ///
    /// # Errors
    ///
    /// When it could not be done; nothing is lost.
    fn tidy(&self) -> Answer<'_, bool> {
        Box::pin(std::future::ready(Ok(false)))
    }

    /// Keeps bytes on this machine, durably, where room for them was set aside while there was some; says whether it does.
    ///
    /// For what the log cannot take now and must not be lost by a restart: it may work where [`ConsentStore::append`] does not,
    /// on a full disk. The default has no such room.
    ///
    /// # Errors
    ///
    /// When it cannot be said to be kept.
    fn set_aside(&self, bytes: Vec<u8>) -> Answer<'_, bool> {
        let _ = bytes;
        Box::pin(std::future::ready(Ok(false)))
    }

    /// Returns what is set aside, in the order in which it came.
    ///
    /// The default has nothing.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    fn aside(&self) -> Answer<'_, Vec<Vec<u8>>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }

    /// Destroys what is set aside but these, durably, and leaves no trace of it.
    ///
    /// The default has nothing.
    ///
    /// # Errors
    ///
    /// When it could not be made durable; what was to be kept is there.
    fn keep_aside(&self, kept: Vec<Vec<u8>>) -> Answer<'_, ()> {
        let _ = kept;
        Box::pin(std::future::ready(Ok(())))
    }

    /// Returns how many bytes the store takes, where it can tell without reading them.
    ///
    /// The default cannot.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    fn bytes(&self) -> Answer<'_, Option<u64>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    /// Keeps the exact bytes of a text under its hash; writing it again changes nothing.
    ///
    /// # Errors
    ///
    /// When it could not be made durable.
    fn put_document(&self, hash: String, bytes: Vec<u8>) -> Answer<'_, ()>;

    /// Keeps several texts, each with its hash, as [`ConsentStore::put_document`] does, in the order given: after a crash a text is
    /// there only if those before it are.
    ///
    /// The default keeps one after the other.
    ///
    /// # Errors
    ///
    /// When they could not all be made durable; some may have been.
    fn put_documents(&self, documents: Vec<(String, Vec<u8>)>) -> Answer<'_, ()> {
        Box::pin(async move {
            for (hash, bytes) in documents {
                self.put_document(hash, bytes).await?;
            }
            Ok(())
        })
    }

    /// Returns a text by its hash.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or is damaged.
    fn document(&self, hash: String) -> Answer<'_, Option<Vec<u8>>>;

    /// Returns the names of all texts, sorted.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or is damaged.
    fn documents(&self) -> Answer<'_, Vec<String>>;

    /// Returns the secret of this name; the first caller's proposal becomes it, durably.
    ///
    /// # Errors
    ///
    /// When it could not be read or made durable.
    fn secret(&self, name: String, proposal: [u8; 32]) -> Answer<'_, [u8; 32]>;

    /// Returns the secrets whose names begin with a prefix, sorted by name.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or is damaged.
    fn secrets(&self, prefix: String) -> Answer<'_, Vec<(String, [u8; 32])>>;

    /// Keeps a small named value beside the log, durably, in place of what was kept under the name before; no bytes at
    /// all remove it.
    ///
    /// Notes are for counts and lists that are no evidence and name nobody; the log knows nothing of them. A name
    /// is a path like `gate/2026-11-25`, at most [`LONGEST_NAME`] bytes of ASCII; a value is at most
    /// [`LARGEST_NOTE`] bytes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`] when name or value is too long; else when it could not be made durable.
    fn put_note(&self, name: String, bytes: Vec<u8>) -> Answer<'_, ()>;

    /// Returns the note of this name.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or is damaged.
    fn note(&self, name: String) -> Answer<'_, Option<Vec<u8>>>;

    /// Returns all notes whose names begin with a prefix, sorted by name.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or is damaged.
    fn notes(&self, prefix: String) -> Answer<'_, Vec<(String, Vec<u8>)>>;
}

/// A turn to append, from [`ConsentStore::turn`]; it is over when this is dropped.
#[derive(Debug, Default)]
#[must_use = "the turn is over when this is dropped"]
pub struct Turn {
    _held: Option<Box<dyn Any + Send + Sync>>,
}

impl Turn {
    /// Makes a turn that ends with the thing that holds it.
    pub fn held(by: impl Any + Send + Sync) -> Self {
        Self { _held: Some(Box::new(by)) }
    }
}

/// Whose personal values are destroyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Erasure {
    /// All of one event, and whose it is; nothing where it has no values, or none any more.
    Event(u64),
    /// All that expired before this time.
    Expired(OffsetDateTime),
    /// All of one visitor, and that his events are one person's.
    Visitor(VisitorId),
}

/// Reads the tree over a store's log.
///
/// # Errors
///
/// When the store cannot be read; [`ErrorKind::Corrupt`] when its entries are not those its head counts.
pub async fn tree(store: &dyn ConsentStore) -> Result<Tree, Error> {
    let head = store.head().await?;
    let tree = grown(store, store.segments().await?, head.size()).await?;
    if tree.head() != head {
        return Err(Error::new(ErrorKind::Corrupt, "the head of the log is not the tree over its entries"));
    }
    Ok(tree)
}

/// Reads the tree over the first `size` entries, or as many of them as there are, that begins with complete segments.
pub(crate) async fn grown(store: &dyn ConsentStore, segments: Vec<Hash>, size: u64) -> Result<Tree, Error> {
    let mut tree = Tree::from_segments(segments);
    while tree.size() < size {
        let before = tree.size();
        let hashes = store.hashes(before / SEGMENT).await?;
        let wanted = usize::try_from(size - before).unwrap_or(usize::MAX);
        hashes.into_iter().take(wanted).for_each(|hash| tree.push(hash));
        tree.trim();
        if tree.size() == before {
            break;
        }
    }
    Ok(tree)
}

/// Returns where a store is, as it may be shown: a password in a URL is left out.
///
/// # Example
///
/// ```
/// use tower_consent::store::without_password;
/// assert_eq!(without_password("postgres://me:secret@db/site?password=x"), "postgres://me@db/site");
/// assert_eq!(without_password("sled:store"), "sled:store");
/// ```
pub fn without_password(place: &str) -> String {
    let Some((scheme, rest)) = place.split_once("://") else { return place.to_owned() };
    // What comes after the question mark may hold one too, and tells nobody where it is.
    let rest = rest.split_once('?').map_or(rest, |(rest, _)| rest);
    match rest.rsplit_once('@') {
        None => format!("{scheme}://{rest}"),
        Some((user, host)) => format!("{scheme}://{}@{host}", user.split(':').next().unwrap_or_default()),
    }
}

/// The longest name of a note, in bytes.
pub const LONGEST_NAME: usize = 200;
/// The largest note, in bytes.
pub const LARGEST_NOTE: usize = 1 << 20;

/// Refuses a name that no store needs to keep.
fn check_name(name: &str) -> Result<(), Error> {
    if name.is_empty() || name.len() > LONGEST_NAME || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
        let what = format!("`{}` is no name of a text, secret or note", name.escape_default());
        return Err(Error::new(ErrorKind::Refused, what));
    }
    Ok(())
}

/// Refuses a note that no store needs to keep.
fn check_note(name: &str, bytes: &[u8]) -> Result<(), Error> {
    check_name(name)?;
    if bytes.len() > LARGEST_NOTE {
        let what = format!("the note `{name}` of {} bytes is over {LARGEST_NOTE} bytes", bytes.len());
        return Err(Error::new(ErrorKind::Refused, what));
    }
    Ok(())
}

/// What went wrong in a store, with the cause.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    what: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The ways a store can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The head was not the expected one; nothing was written.
    Conflict,
    /// There is no room to write; what is there can be read.
    Full,
    /// What is kept cannot be what was written.
    Corrupt,
    /// What was to be kept is not what a store keeps; nothing was written.
    Refused,
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

    /// Returns which of the ways it is.
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
