//! What a visitor saw when an event was made.
//!
//! In: a store and the place of an event. Out: the event, and every text of its version in its language, byte for byte as
//! they were shown. What differed from page to page (the form's token and the way back) is not in the banner that is kept.

use std::collections::BTreeMap;

use super::{corrupt, event::Event, refused, texts};
use crate::store::{ConsentStore, Error, wait};

/// An event and what was shown with it.
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
/// use tower_consent::export::replay;
/// let replay = replay(&*store, 0).unwrap();
/// assert!(replay.entry.contains(r#""kind":"log-opened""#));
/// assert!(replay.texts.is_empty() && replay.missing.is_empty(), "nothing was shown to anybody");
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Replay {
    /// Place of the event in the log.
    pub index: u64,
    /// The event as it stands in the log, canonical JSON.
    pub entry: String,
    /// The texts, the banner first.
    pub texts: Vec<Shown>,
    /// Hashes the event names whose texts are gone.
    pub missing: Vec<String>,
}

/// One text as it was shown.
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
/// use sha2::{Digest, Sha256};
/// use tower_consent::{export::replay, store::ConsentStore};
/// let hash = base16ct::lower::encode_string(&Sha256::digest("<p>Можно?"));
/// store.put_document(hash.clone(), "<p>Можно?".into()).await.unwrap();
/// let mut record = Record::of(Kind::Accept, now, "v1");
/// record.notice = Some(hash);
/// log.append(vec![record]).await.unwrap();
/// let banner = replay(&*store, 1).unwrap().texts.remove(0);
/// assert_eq!((banner.name.as_str(), banner.named), ("banner", true));
/// assert_eq!(banner.bytes, "<p>Можно?".as_bytes());
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Shown {
    /// `banner`, `consent`, `policy`, `recommendations`, `cookies`.
    pub name: String,
    /// SHA-256 of the bytes, hexadecimal.
    pub sha256: String,
    /// HTML.
    pub bytes: Vec<u8>,
    /// Whether the event itself names this hash; else it was a document of the version that was in force.
    pub named: bool,
}

/// Returns what was shown with an event.
///
/// # Errors
///
/// When the store cannot be read, is damaged, or has no such event.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use time::OffsetDateTime;
/// use tower_consent::{export::replay, record::{Kind, Record}, recorder::Log, store::{ConsentStore, Memory}};
/// let store = Arc::new(Memory::default());
/// let hash = "77ae53b1d9a4ea94e0dc63fbd0f4d51fe3b8b5fb7e5a0ddd79bb9d6a0a6dc3b2";
/// pollster::block_on(async {
///     let now = OffsetDateTime::UNIX_EPOCH;
///     let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
///     let mut record = Record::of(Kind::Accept, now, "v1");
///     record.notice = Some(hash.to_owned());
///     log.append(vec![record]).await.unwrap();
/// });
/// // The text was not kept: that is told, and nothing is made up.
/// let shown = replay(&*store, 1).unwrap();
/// assert_eq!((shown.texts.len(), shown.missing), (0, vec![hash.to_owned()]));
/// ```
pub fn replay(store: &dyn ConsentStore, index: u64) -> Result<Replay, Error> {
    let entry = wait(store.read(index..index + 1))?.pop();
    let entry = entry.ok_or_else(|| refused(format!("the log has no event {index}")))?;
    entry.fields().map_err(|source| corrupt(format!("entry {index}")).with_source(source))?;
    let event = Event::read(&entry.leaf).ok_or_else(|| corrupt(format!("entry {index} cannot be read")))?;
    let names = texts::names(store, &event.policy)?;
    // The banner and the consent by the hashes the event names, whatever the list of the version says.
    let mut wanted: Vec<(String, String, bool)> = Vec::new();
    for (name, hash) in [("banner", &event.notice), ("consent", &event.consent)] {
        if !hash.is_empty() {
            wanted.push((name.to_owned(), hash.to_string(), true));
        }
    }
    let prefix = format!("shown/{}/", event.language);
    let documents: BTreeMap<_, _> =
        names.iter().filter_map(|(name, hash)| Some((name.strip_prefix(&prefix)?, hash))).collect();
    for (name, hash) in documents {
        let name = name.trim_end_matches(".html");
        if !wanted.iter().any(|(known, _, _)| known == name) {
            wanted.push((name.to_owned(), hash.clone(), false));
        }
    }
    let (mut shown, mut missing) = (Vec::new(), Vec::new());
    for (name, sha256, named) in wanted {
        match texts::text(store, &sha256)? {
            Some(bytes) => shown.push(Shown { name, sha256, bytes, named }),
            None => missing.push(sha256),
        }
    }
    let entry = String::from_utf8(entry.leaf).map_err(|_| corrupt(format!("entry {index} is no text")))?;
    Ok(Replay { index, entry, texts: shown, missing })
}
