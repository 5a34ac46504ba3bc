//! Who was erased while an outbox of another machine may still hold an event of his.
//!
//! In: a shared store, entries that are about to be shipped. Out: the same entries, those of erased people without their
//! personal values. What is remembered is a keyed hash of the visitor and a time, for as long as an outbox may be away;
//! where no outbox has ever made itself known, nothing is.

use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};

use super::time_of;
use crate::{
    audit::Entry,
    signal::VisitorId,
    store::{ConsentStore, Error, random_key, tag},
};

/// Begins the names of the notes of outboxes.
const OUTBOXES: &str = "outbox/";
/// Begins the names of the notes of erased visitors.
const ERASED: &str = "erased/";
/// Names the key under which they are remembered.
const KEY: &str = "erased-index";
/// How long they are: no outbox may be away for longer and be shipped.
const KEPT: Duration = Duration::days(30);

/// Makes an outbox known, and forgets what no outbox needs any more.
pub(super) async fn register(store: &dyn ConsentStore, name: &str, now: OffsetDateTime) -> Result<(), Error> {
    store.put_note(format!("{OUTBOXES}{name}"), now.unix_timestamp().to_string().into_bytes()).await?;
    prune(store, now).await
}

/// Forgets the erasures that no outbox needs any more.
pub(super) async fn prune(store: &dyn ConsentStore, now: OffsetDateTime) -> Result<(), Error> {
    for (name, at) in store.notes(ERASED.to_owned()).await? {
        if time(&at).is_none_or(|at| now - at > KEPT) {
            store.put_note(name, Vec::new()).await?;
        }
    }
    Ok(())
}

/// Remembers that visitors are erased, where an outbox may hold events of theirs.
pub(super) async fn remember(
    store: &dyn ConsentStore,
    visitors: &[VisitorId],
    now: OffsetDateTime,
) -> Result<(), Error> {
    if store.notes(OUTBOXES.to_owned()).await?.is_empty() {
        return Ok(());
    }
    let key = key(store).await?;
    for visitor in visitors {
        store.put_note(name(&key, *visitor), now.unix_timestamp().to_string().into_bytes()).await?;
    }
    Ok(())
}

/// Takes the personal values out of entries whose visitor was erased after they were made, or of which that is not known
/// any more.
pub(super) async fn forget(store: &dyn ConsentStore, entries: &mut [Entry], now: OffsetDateTime) -> Result<(), Error> {
    let erased = erasures(store, entries).await?;
    for (entry, erased) in entries.iter_mut().zip(erased) {
        if erased.is_none() && time_of(entry).is_some_and(|time| now - time <= KEPT) {
            continue;
        }
        *entry = Entry::from_parts(std::mem::take(&mut entry.leaf), Vec::new());
    }
    Ok(())
}

/// Returns the visitors who were erased after these entries were made, and of whom the log has one of them with its values.
pub(super) async fn left(store: &dyn ConsentStore, entries: &[Entry]) -> Result<Vec<VisitorId>, Error> {
    let mut erased: BTreeMap<VisitorId, Vec<&Entry>> = BTreeMap::new();
    for (entry, visitor) in entries.iter().zip(erasures(store, entries).await?) {
        if let Some(visitor) = visitor {
            erased.entry(visitor).or_default().push(entry);
        }
    }
    let mut left = Vec::new();
    for (visitor, entries) in erased {
        // Not by his having said something since: that is his, and stays.
        for place in store.by_visitor(visitor).await? {
            let there = store.read(place..place + 1).await?;
            if there.iter().any(|there| entries.iter().any(|entry| entry.leaf == there.leaf)) {
                left.push(visitor);
                break;
            }
        }
    }
    Ok(left)
}

/// Says of each entry whose it is, where he was erased after it was made.
async fn erasures(store: &dyn ConsentStore, entries: &[Entry]) -> Result<Vec<Option<VisitorId>>, Error> {
    let notes = store.notes(ERASED.to_owned()).await?;
    if notes.is_empty() {
        return Ok(vec![None; entries.len()]);
    }
    let key = key(store).await?;
    let erased = |entry: &Entry| {
        let visitor = entry.visitor?;
        let name = name(&key, visitor);
        let (_, at) = notes.iter().find(|(found, _)| *found == name)?;
        // To the second, as it was written.
        (time_of(entry)?.unix_timestamp() <= time(at)?.unix_timestamp()).then_some(visitor)
    };
    Ok(entries.iter().map(erased).collect())
}

async fn key(store: &dyn ConsentStore) -> Result<[u8; 32], Error> {
    store.secret(KEY.to_owned(), random_key()?).await
}

fn name(key: &[u8; 32], visitor: VisitorId) -> String {
    format!("{ERASED}{}", base16ct::lower::encode_string(&tag(key, visitor)))
}

fn time(note: &[u8]) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(std::str::from_utf8(note).ok()?.parse().ok()?).ok()
}
