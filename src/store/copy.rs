//! Carries a log from one store into another, byte for byte.
//!
//! In: two stores, the second empty. Out: the same head, entries, personal values, texts, secrets and notes in the second,
//! read again and compared. The log goes on there under the same key.

use super::{ConsentStore, Error, ErrorKind, tree};
use crate::audit::{Entry, Head};

/// Entries carried in one step.
const CHUNK: u64 = 1024;
/// Names visitors in a store's index; every store has its own.
const OWN: &str = "visitor-index";

/// What was carried over.
///
/// # Example
///
/// ```
/// # use std::sync::Arc;
/// # use time::OffsetDateTime;
/// # use tower_consent::{record::{Kind, Record}, recorder::Log, store::Memory};
/// # pollster::block_on(async {
/// # let (store, now) = (Arc::new(Memory::default()), OffsetDateTime::UNIX_EPOCH);
/// # let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
/// use tower_consent::store::{ConsentStore, copy};
/// store.put_document("9f86d081".into(), "Согласие".into()).await.unwrap();
/// let copied = copy(&*store, &Memory::default(), |_, _| {}).await.unwrap();
/// assert_eq!((copied.entries, copied.documents, copied.notes), (1, 1, 0));
/// assert_eq!(copied.root, log.head().await.unwrap().root_hex());
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Copied {
    /// Entries of the log.
    pub entries: u64,
    /// Root of the tree over them, in hexadecimal digits.
    pub root: String,
    /// Texts that were shown.
    pub documents: u64,
    /// Small values beside the log.
    pub notes: u64,
    /// Keys of the log, of cookies and forms.
    pub secrets: u64,
}

/// Carries everything from one store into an empty one, and compares it. `progress` is told how many entries are there, and
/// of how many.
///
/// Nobody may write to the first store meanwhile: stop the servers. Visitors whose values were erased stay erased.
///
/// # Errors
///
/// [`ErrorKind::Refused`] when the second store is not empty; [`ErrorKind::Conflict`] when the first one was written to
/// meanwhile; [`ErrorKind::Corrupt`] when what arrived is not what was sent; and when a store cannot be read or written. Then
/// the second store is to be thrown away.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use time::OffsetDateTime;
/// use tower_consent::{recorder::Log, store::{Memory, copy}};
/// pollster::block_on(async {
///     let (from, to) = (Arc::new(Memory::default()), Arc::new(Memory::default()));
///     Log::open(from.clone(), "news.example/consent", OffsetDateTime::UNIX_EPOCH).await.unwrap();
///     let copied = copy(from.as_ref(), to.as_ref(), |_, _| {}).await.unwrap();
///     assert_eq!((copied.entries, copied.secrets), (1, 1));
///     assert!(copy(from.as_ref(), to.as_ref(), |_, _| {}).await.is_err(), "it is not empty any more");
/// });
/// ```
pub async fn copy(
    from: &dyn ConsentStore,
    to: &dyn ConsentStore,
    mut progress: impl FnMut(u64, u64),
) -> Result<Copied, Error> {
    let head = from.head().await?;
    let empty = to.head().await? == Head::EMPTY
        && to.documents().await?.is_empty()
        && to.notes(String::new()).await?.is_empty()
        && secrets(to).await?.is_empty();
    if !empty {
        return Err(Error::new(ErrorKind::Refused, "the store to copy into is not empty"));
    }
    let secrets_of = secrets(from).await?;
    for (name, secret) in &secrets_of {
        to.secret(name.clone(), *secret).await?;
    }
    let documents = from.documents().await?;
    for name in &documents {
        let bytes = from.document(name.clone()).await?;
        let bytes = bytes.ok_or_else(|| Error::new(ErrorKind::Corrupt, format!("the text `{name}` is missing")))?;
        to.put_document(name.clone(), bytes).await?;
    }
    let mut there = Head::EMPTY;
    while there.size() < head.size() {
        let entries = chunk(from, there.size(), head.size()).await?;
        let next = there.append(entries.iter().map(|entry| entry.leaf.as_slice()));
        let entries = entries.into_iter().map(named).collect::<Result<Vec<_>, _>>()?;
        to.append(there, entries, next.clone()).await?;
        there = next;
        progress(there.size(), head.size());
    }
    // The notes come last: by them a server takes the store for one in use.
    let notes = from.notes(String::new()).await?;
    for (name, bytes) in &notes {
        to.put_note(name.clone(), bytes.clone()).await?;
    }
    if from.head().await? != head {
        return Err(Error::new(ErrorKind::Conflict, "the store was written to while it was copied: stop the servers"));
    }
    compare(from, to, &head).await?;
    let same = |what: &str, same: bool| match same {
        true => Ok(()),
        false => Err(Error::new(ErrorKind::Corrupt, format!("the {what} are not what was sent"))),
    };
    same("secrets", secrets(to).await? == secrets_of)?;
    same("notes", to.notes(String::new()).await? == notes)?;
    same("names of texts", to.documents().await? == documents)?;
    for name in &documents {
        same("texts", from.document(name.clone()).await? == to.document(name.clone()).await?)?;
    }
    Ok(Copied {
        entries: head.size(),
        root: head.root_hex(),
        documents: documents.len() as u64,
        notes: notes.len() as u64,
        secrets: secrets_of.len() as u64,
    })
}

/// Reads what arrived again: the tree over it, and every entry beside the one that was sent.
async fn compare(from: &dyn ConsentStore, to: &dyn ConsentStore, head: &Head) -> Result<(), Error> {
    if tree(to).await?.head() != *head {
        return Err(Error::new(ErrorKind::Corrupt, "the log that arrived has another root"));
    }
    let mut at = 0;
    while at < head.size() {
        let (sent, arrived) = (chunk(from, at, head.size()).await?, chunk(to, at, head.size()).await?);
        let seconds = |entry: &Entry| entry.brief_until.map(time::OffsetDateTime::unix_timestamp);
        for ((one, other), place) in sent.iter().zip(&arrived).zip(at..) {
            let same = one.leaf == other.leaf
                && one.disclosures == other.disclosures
                && one.brief == other.brief
                && seconds(one) == seconds(other);
            if !same {
                return Err(Error::new(ErrorKind::Corrupt, format!("entry {place} is not what was sent")));
            }
        }
        at += sent.len() as u64;
    }
    Ok(())
}

async fn chunk(store: &dyn ConsentStore, from: u64, size: u64) -> Result<Vec<Entry>, Error> {
    let to = size.min(from + CHUNK);
    let entries = store.read(from..to).await?;
    match entries.len() as u64 == to - from {
        true => Ok(entries),
        false => Err(Error::new(ErrorKind::Corrupt, format!("entries {from} to {to} are not all there"))),
    }
}

/// Says whose event an entry is, as the index of a store needs it.
fn named(entry: Entry) -> Result<Entry, Error> {
    let visitor = entry.subject().map_err(|source| {
        Error::new(ErrorKind::Corrupt, "the personal values of an entry are not its own").with_source(source)
    })?;
    Ok(Entry { visitor, ..entry })
}

async fn secrets(store: &dyn ConsentStore) -> Result<Vec<(String, [u8; 32])>, Error> {
    Ok(store.secrets(String::new()).await?.into_iter().filter(|(name, _)| name != OWN).collect())
}
