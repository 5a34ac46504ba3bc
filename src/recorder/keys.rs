//! The keys that sign the heads of the log: made once, replaced by an event that both sign.
//!
//! In: a store. Out: the key in force. A key is a secret of the store; which one is in force, a note says.

use super::log::Log;
use crate::{
    audit::{Checkpoint, LogKey},
    record::{Kind, Record},
    store::{ConsentStore, Error, ErrorKind, random_key},
};
use time::OffsetDateTime;

/// Begins the name of every secret that is a key of the log.
const PREFIX: &str = "log-";
/// Names the secret that is the key in force.
const IN_FORCE: &str = "log/key";
/// Names the secret that is about to come into force, and the place of the event that says so.
const ROTATING: &str = "log/rotating";

/// Returns the key in force; makes the first one when `new` says that the log is about to begin.
pub(super) async fn in_force(store: &dyn ConsentStore, origin: &str, new: bool) -> Result<LogKey, Error> {
    settle(store).await?;
    let kept = store.secrets(PREFIX.to_owned()).await?;
    let name = match store.note(IN_FORCE.to_owned()).await? {
        Some(name) => String::from_utf8(name).unwrap_or_default(),
        None => name(1),
    };
    let secret = match kept.into_iter().find(|(kept, _)| *kept == name) {
        Some((_, secret)) => secret,
        None if new => store.secret(name, random_key()?).await?,
        None => {
            let what = format!("the key `{name}` of the log is gone: put it back from a copy of the secrets");
            return Err(Error::new(ErrorKind::Corrupt, what));
        }
    };
    LogKey::new(origin, secret)
        .ok_or_else(|| Error::new(ErrorKind::Refused, format!("`{origin}` cannot be the name of a log")))
}

/// Returns the key in force of a log that has one, and changes nothing.
#[cfg(feature = "export")]
pub(crate) async fn current_key(store: &dyn ConsentStore) -> Result<LogKey, Error> {
    let gone = || Error::new(ErrorKind::Corrupt, "the log has no name or no key");
    let first = store.read(0..1).await?.pop().and_then(|entry| entry.fields().ok()).ok_or_else(gone)?;
    let origin = first.get("facts").and_then(|facts| facts.get("origin")?.as_str()).ok_or_else(gone)?;
    let name = match store.note(IN_FORCE.to_owned()).await? {
        Some(name) => String::from_utf8(name).unwrap_or_default(),
        None => name(1),
    };
    let kept = store.secrets(PREFIX.to_owned()).await?;
    let secret = kept.into_iter().find(|(kept, _)| *kept == name).map(|(_, secret)| secret);
    secret.and_then(|secret| LogKey::new(origin, secret)).ok_or_else(gone)
}

/// Gives a log that lost its key another one, unless it still has one; the log gets an event that says so, which only
/// the new key signs.
///
/// # Errors
///
/// When the store cannot be read or written.
pub(crate) async fn adopt_key(
    store: std::sync::Arc<dyn ConsentStore>,
    origin: &str,
    now: OffsetDateTime,
) -> Result<(), Error> {
    if in_force(store.as_ref(), origin, false).await.is_ok() {
        return Ok(());
    }
    // The name of the first key, so that it is found as the one in force.
    let key = in_force(store.as_ref(), origin, true).await?;
    let mut log = Log::open_existing(store).await?;
    let head = log.head().await?;
    let signed = Checkpoint::of(origin, &head).sign(&[&key]);
    let signed = signed.ok_or_else(|| Error::new(ErrorKind::Corrupt, "the log's name cannot stand in a checkpoint"))?;
    let mut record = rotation(now);
    record.facts.insert("checkpoint", signed.to_string());
    record.facts.insert("new", key.verifier().to_string());
    record.facts.insert("reason", "the key before is lost".to_owned());
    log.append(vec![record]).await.map(|_| ())
}

/// Replaces the key that signs cookies and forms; those that older keys signed stay good. The log gets a `key-rotated`
/// event without a key in it.
///
/// # Errors
///
/// When the store cannot be read or written.
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
/// use tower_consent::{recorder::rotate_cookie_key, store::ConsentStore};
/// rotate_cookie_key(store.clone(), now).await.unwrap();
/// assert_eq!(store.secrets("signing-".into()).await.unwrap().len(), 1);
/// let entry = store.read(1..2).await.unwrap().remove(0);
/// assert_eq!(entry.fields().unwrap()["facts"]["what"], "cookies", "that it was replaced is known, the key is not");
/// # });
/// ```
pub async fn rotate_cookie_key(store: std::sync::Arc<dyn ConsentStore>, now: OffsetDateTime) -> Result<(), Error> {
    let kept = store.secrets("signing-".to_owned()).await?;
    let last = kept.iter().filter_map(|(name, _)| name.strip_prefix("signing-")?.parse::<u32>().ok()).max();
    store.secret(format!("signing-{}", last.unwrap_or(0) + 1), random_key()?).await?;
    let mut record = rotation(now);
    record.facts.insert("what", "cookies".to_owned());
    Log::open_existing(store).await?.append(vec![record]).await.map(|_| ())
}

fn rotation(now: OffsetDateTime) -> Record {
    let mut record = Record::of(Kind::KeyRotated, now, "");
    record.by = "operator";
    record.source = "operator";
    record
}

/// Replaces the key that signs the log, and returns the new one.
///
/// The log gets a `key-rotated` event: both public keys, and the head before the event signed by both. Whoever trusts
/// the old key can so trust the new one.
///
/// # Errors
///
/// When the store cannot be read or written; then the old key stays in force.
///
/// # Example
///
/// ```
/// use time::OffsetDateTime;
/// use tower_consent::{recorder::{Log, rotate_key}, store::Memory};
/// let store = std::sync::Arc::new(Memory::default());
/// pollster::block_on(async {
///     let now = OffsetDateTime::UNIX_EPOCH;
///     let old = Log::open(store.clone(), "news.example/consent", now).await.unwrap().key().verifier().clone();
///     let new = rotate_key(store.clone(), now).await.unwrap();
///     assert_ne!(&old, new.verifier());
///     let log = Log::open(store, "news.example/consent", now).await.unwrap();
///     assert_eq!(log.key().verifier(), new.verifier());
/// });
/// ```
pub async fn rotate_key(store: std::sync::Arc<dyn ConsentStore>, now: OffsetDateTime) -> Result<LogKey, Error> {
    let mut log = Log::open_existing(store.clone()).await?;
    let kept = store.secrets(PREFIX.to_owned()).await?;
    let next = kept.iter().filter_map(|(name, _)| name.strip_prefix(PREFIX)?.parse::<u32>().ok()).max();
    let next = name(next.unwrap_or(0) + 1);
    let key = LogKey::new(log.origin(), store.secret(next.clone(), random_key()?).await?)
        .ok_or_else(|| Error::new(ErrorKind::Corrupt, "the log's name cannot be that of a key"))?;
    let head = log.head().await?;
    let both = Checkpoint::of(log.origin(), &head).sign(&[log.key(), &key]);
    let both = both.ok_or_else(|| Error::new(ErrorKind::Corrupt, "the log's name cannot stand in a checkpoint"))?;
    let mut record = rotation(now);
    record.facts.insert("checkpoint", both.to_string());
    record.facts.insert("new", key.verifier().to_string());
    record.facts.insert("old", log.key().verifier().to_string());
    // A crash between these steps is settled at the next start: by whether the event is in the log.
    store.put_note(ROTATING.to_owned(), format!("{} {next}", head.size()).into_bytes()).await?;
    log.append(vec![record]).await?;
    settle(store.as_ref()).await?;
    Ok(key)
}

/// Brings a rotation to its end that was begun.
async fn settle(store: &dyn ConsentStore) -> Result<(), Error> {
    let Some(rotating) = store.note(ROTATING.to_owned()).await? else { return Ok(()) };
    let rotating = String::from_utf8(rotating).unwrap_or_default();
    let (index, name) = rotating.split_once(' ').unwrap_or_default();
    let index: u64 = index.parse().map_err(|_| Error::new(ErrorKind::Corrupt, "the note of a key is damaged"))?;
    let entry = store.read(index..index + 1).await?.pop();
    let logged = entry.and_then(|entry| entry.fields().ok());
    if logged.is_some_and(|fields| fields.get("kind").and_then(|kind| kind.as_str()) == Some("key-rotated")) {
        store.put_note(IN_FORCE.to_owned(), name.as_bytes().to_vec()).await?;
    }
    store.put_note(ROTATING.to_owned(), Vec::new()).await
}

fn name(number: u32) -> String {
    format!("{PREFIX}{number:04}")
}
