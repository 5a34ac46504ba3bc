//! Where the log is kept: the contract of durability, and the stores that keep it.
//!
//! In: entries, documents, heads. Out: the same, after any crash. A store never interprets a record.

#[cfg(feature = "conformance")]
pub mod conformance;
mod contract;
mod copy;
mod error;
mod key;
mod later;
mod lease;
mod memory;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sled")]
mod sled;
mod wait;

pub use self::contract::{Answer, ConsentStore, Erasure, Turn};
pub use self::copy::{Copied, copy};
pub use self::error::{Error, ErrorKind};
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
use crate::audit::{Hash, SEGMENT, Tree};

/// Reads the tree over a store's log.
///
/// # Errors
///
/// When the store cannot be read; [`ErrorKind::Corrupt`] when its entries are not those its head counts.
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
/// use tower_consent::store::tree;
/// // What the entries hash to is what the log is signed for.
/// assert_eq!(tree(&*store).await.unwrap().head(), log.head().await.unwrap());
/// # });
/// ```
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
        // What the tree has of this segment is not counted again, where there are fewer than were asked for.
        let known = usize::try_from(before % SEGMENT).unwrap_or(usize::MAX);
        let wanted = usize::try_from(size - before).unwrap_or(usize::MAX);
        hashes.into_iter().skip(known).take(wanted).for_each(|hash| tree.push(hash));
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
///
/// # Example
///
/// ```
/// use tower_consent::store::{ConsentStore, LONGEST_NAME, Memory};
/// let store = Memory::default();
/// for (length, is_kept) in [(LONGEST_NAME, true), (LONGEST_NAME + 1, false)] {
///     assert_eq!(pollster::block_on(store.put_note("n".repeat(length), b"1".to_vec())).is_ok(), is_kept);
/// }
/// ```
pub const LONGEST_NAME: usize = 200;
/// The largest note, in bytes.
///
/// # Example
///
/// ```
/// use tower_consent::store::{ConsentStore, LARGEST_NOTE, Memory};
/// let store = Memory::default();
/// for (length, is_kept) in [(LARGEST_NOTE, true), (LARGEST_NOTE + 1, false)] {
///     assert_eq!(pollster::block_on(store.put_note("gate/2026-11-25".into(), vec![1; length])).is_ok(), is_kept);
/// }
/// ```
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
