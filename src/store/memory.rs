//! A store that forgets everything with the process: for tests and for trying things out.

use std::{
    collections::BTreeMap,
    ops::Range,
    sync::{Mutex, PoisonError},
};

use super::{Answer, ConsentStore, Erasure, Error, ErrorKind, check_name, check_note};
use crate::{
    audit::{Entry, Head},
    signal::VisitorId,
};

/// Keeps the log in memory; **not durable**.
///
/// # Example
///
/// ```
/// use tower_consent::store::{ConsentStore, Memory};
/// let store = Memory::default();
/// pollster::block_on(store.put_document("abc".into(), b"text".to_vec())).unwrap();
/// assert_eq!(pollster::block_on(store.document("abc".into())).unwrap().unwrap(), b"text");
/// ```
#[derive(Debug)]
pub struct Memory(Mutex<Kept>);

#[derive(Debug)]
struct Kept {
    head: Head,
    entries: Vec<Entry>,
    visitors: Vec<Option<VisitorId>>,
    documents: BTreeMap<String, Vec<u8>>,
    secrets: BTreeMap<String, [u8; 32]>,
    notes: BTreeMap<String, Vec<u8>>,
}

impl Default for Memory {
    fn default() -> Self {
        Self(Mutex::new(Kept {
            head: Head::EMPTY,
            entries: Vec::new(),
            visitors: Vec::new(),
            documents: BTreeMap::new(),
            secrets: BTreeMap::new(),
            notes: BTreeMap::new(),
        }))
    }
}

impl Memory {
    fn with<T: Send + 'static>(&self, act: impl FnOnce(&mut Kept) -> Result<T, Error>) -> Answer<'_, T> {
        // Every change below is one step, so that a panic elsewhere cannot have left half of one.
        let answer = act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
        Box::pin(std::future::ready(answer))
    }
}

impl ConsentStore for Memory {
    fn head(&self) -> Answer<'_, Head> {
        self.with(|kept| Ok(kept.head.clone()))
    }

    fn append(&self, expected: Head, entries: Vec<Entry>, next: Head) -> Answer<'_, ()> {
        self.with(|kept| {
            if kept.head != expected {
                return Err(Error::new(ErrorKind::Conflict, "another writer moved the head of the log"));
            }
            if expected.size() + entries.len() as u64 != next.size() {
                return Err(Error::new(ErrorKind::Refused, "the next head does not count the entries"));
            }
            kept.visitors.extend(entries.iter().map(|entry| entry.visitor));
            // As in every store, whose event it is can only be asked the other way round.
            kept.entries.extend(entries.into_iter().map(|entry| Entry { visitor: None, ..entry }));
            kept.head = next;
            Ok(())
        })
    }

    fn read(&self, range: Range<u64>) -> Answer<'_, Vec<Entry>> {
        self.with(|kept| {
            let bound = |index: u64| usize::try_from(index).unwrap_or(usize::MAX).min(kept.entries.len());
            let (start, end) = (bound(range.start), bound(range.end));
            Ok(kept.entries[start..end.max(start)].to_vec())
        })
    }

    fn by_visitor(&self, visitor: VisitorId) -> Answer<'_, Vec<u64>> {
        self.with(|kept| {
            let mine = kept.visitors.iter().zip(0..).filter(|(whose, _)| **whose == Some(visitor));
            Ok(mine.map(|(_, index)| index).collect())
        })
    }

    fn erase(&self, erasure: Erasure) -> Answer<'_, u64> {
        self.with(|kept| {
            let mut count = 0;
            for ((entry, whose), index) in kept.entries.iter_mut().zip(&mut kept.visitors).zip(0..) {
                let has_values = whose.is_some() || !entry.disclosures.is_empty() || !entry.brief.is_empty();
                let is_meant = match erasure {
                    Erasure::Event(event) => event == index && has_values,
                    Erasure::Visitor(visitor) => *whose == Some(visitor),
                    Erasure::Expired(_) => false,
                };
                match erasure {
                    _ if is_meant => {
                        *whose = None;
                        entry.disclosures.clear();
                        entry.brief.clear();
                        entry.brief_until = None;
                        count += 1;
                    }
                    Erasure::Expired(now) if entry.brief_until.is_some_and(|until| until < now) => {
                        entry.brief_until = None;
                        entry.brief.clear();
                        count += 1;
                    }
                    _ => {}
                }
            }
            Ok(count)
        })
    }

    fn put_document(&self, hash: String, bytes: Vec<u8>) -> Answer<'_, ()> {
        self.with(|kept| {
            check_name(&hash)?;
            kept.documents.entry(hash).or_insert(bytes);
            Ok(())
        })
    }

    fn documents(&self) -> Answer<'_, Vec<String>> {
        self.with(|kept| Ok(kept.documents.keys().cloned().collect()))
    }

    fn document(&self, hash: String) -> Answer<'_, Option<Vec<u8>>> {
        self.with(|kept| Ok(kept.documents.get(&hash).cloned()))
    }

    fn secret(&self, name: String, proposal: [u8; 32]) -> Answer<'_, [u8; 32]> {
        self.with(|kept| {
            check_name(&name)?;
            Ok(*kept.secrets.entry(name).or_insert(proposal))
        })
    }

    fn secrets(&self, prefix: String) -> Answer<'_, Vec<(String, [u8; 32])>> {
        self.with(|kept| {
            let from = kept.secrets.range(prefix.clone()..).take_while(|(name, _)| name.starts_with(&prefix));
            Ok(from.map(|(name, secret)| (name.clone(), *secret)).collect())
        })
    }

    fn put_note(&self, name: String, bytes: Vec<u8>) -> Answer<'_, ()> {
        self.with(|kept| {
            check_note(&name, &bytes)?;
            match bytes.is_empty() {
                true => kept.notes.remove(&name),
                false => kept.notes.insert(name, bytes),
            };
            Ok(())
        })
    }

    fn note(&self, name: String) -> Answer<'_, Option<Vec<u8>>> {
        self.with(|kept| Ok(kept.notes.get(&name).cloned()))
    }

    fn notes(&self, prefix: String) -> Answer<'_, Vec<(String, Vec<u8>)>> {
        self.with(|kept| {
            let from = kept.notes.range(prefix.clone()..).take_while(|(name, _)| name.starts_with(&prefix));
            Ok(from.map(|(name, bytes)| (name.clone(), bytes.clone())).collect())
        })
    }
}
