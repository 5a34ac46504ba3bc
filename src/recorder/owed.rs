//! Withdrawals that the log could not take: written into it before anything younger, once it can be written again.
//!
//! In: records that were refused. Out: the same, when it is their turn. They are in memory, and where the store has room set
//! aside on this machine also there, so that a restart does not lose them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{log::links, outbox::time_of, writer::entry_of};
use crate::{
    audit::Entry,
    record::{Kind, Record},
    signal::VisitorId,
    store::{ConsentStore, Error, wait},
};

/// How many are kept in memory.
pub(super) const MOST: usize = 16_384;

#[derive(Debug)]
pub(super) struct Owed {
    store: Arc<dyn ConsentStore>,
    records: Vec<Record>,
    /// What a process before this one left.
    left: Vec<Entry>,
    /// Whether that is not known yet, because it could not be read.
    unread: bool,
    /// Whether something may be set aside.
    aside: bool,
}

/// An event as it is set aside.
#[derive(Deserialize, Serialize)]
struct Piece {
    leaf: String,
    disclosures: Vec<String>,
    subject: String,
}

impl Owed {
    /// Looks for what a process before this one left.
    pub(super) fn of(store: Arc<dyn ConsentStore>) -> Self {
        let mut owed = Self { store, records: Vec::new(), left: Vec::new(), unread: true, aside: false };
        owed.look();
        owed
    }

    /// Reads what is set aside, unless that was done before.
    fn look(&mut self) {
        if !self.unread {
            return;
        }
        // Until it can be read nothing of it is destroyed.
        let Ok(pieces) = wait(self.store.aside()) else { return };
        self.unread = false;
        self.aside |= !pieces.is_empty();
        let own = |entry: &Entry| self.records.iter().any(|record| record.visitor == entry.visitor);
        self.left = pieces.iter().filter_map(|piece| read(piece)).filter(|entry| !own(entry)).collect();
    }

    /// Returns how many there are.
    pub(super) fn len(&self) -> usize {
        self.records.len() + self.left.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns those of this process, in order.
    pub(super) fn records(&self) -> &[Record] {
        &self.records
    }

    /// Keeps a record if it is a withdrawal; one of a visitor is enough.
    pub(super) fn add(&mut self, record: Record) {
        let known = self.records.iter().any(|owed| owed.visitor == record.visitor);
        if record.kind != Kind::Withdraw || known || self.records.len() == MOST {
            return;
        }
        if let Some(piece) = entry_of(&record).ok().and_then(|entry| written(&entry)) {
            // Where that fails too it is in memory, as on a store that has no such room. It may be on the disk all the same.
            self.aside |= !matches!(wait(self.store.set_aside(piece)), Ok(false));
        }
        self.records.push(record);
    }

    /// Takes out the first of this process: they are in the log.
    pub(super) fn take(&mut self, count: usize) -> Vec<Record> {
        let taken = self.records.drain(..count.min(self.records.len())).collect();
        self.clear();
        taken
    }

    /// Returns those of this process as entries, made anew.
    pub(super) fn entries(&self) -> Result<Vec<Entry>, Error> {
        self.records.iter().map(entry_of).collect()
    }

    /// Drops what people said who were erased; what of it was set aside the erasure has destroyed.
    pub(super) fn forget(&mut self, visitors: &[VisitorId]) {
        let erased = |visitor: Option<VisitorId>| visitor.is_some_and(|visitor| visitors.contains(&visitor));
        self.records.retain(|record| !erased(record.visitor));
        self.left.retain(|entry| !erased(entry.visitor));
        self.clear();
    }

    /// Returns which of the first that a process before this one left are to be written: those whose visitor has chosen
    /// nothing since. `None` when none is left.
    ///
    /// # Errors
    ///
    /// When the log cannot be read.
    pub(super) fn due(&mut self, count: usize) -> Result<Option<Vec<Entry>>, Error> {
        self.look();
        if self.left.is_empty() {
            return Ok(None);
        }
        let mut due = Vec::new();
        for entry in self.left.iter().take(count) {
            let last = entry.visitor.map(|visitor| self.last_choice(visitor)).transpose()?.flatten();
            // The same withdrawal may have come into the log before that process ended.
            if last < time_of(entry) {
                due.push(entry.clone());
            }
        }
        Ok(Some(due))
    }

    fn last_choice(&self, visitor: VisitorId) -> Result<Option<OffsetDateTime>, Error> {
        // Not every event of a visitor is a choice of his: of an export for him the last one still stands.
        for place in wait(self.store.by_visitor(visitor))?.into_iter().rev() {
            if let Some(entry) = wait(links::entry(&*self.store, place))?
                && let Some(said) = links::said(&entry, place)?
            {
                return Ok(Some(said.time));
            }
        }
        Ok(None)
    }

    /// Drops the first that a process before this one left: they are settled.
    pub(super) fn carried(&mut self, count: usize) {
        self.left.drain(..count.min(self.left.len()));
        self.clear();
    }

    /// Destroys what is set aside, once nothing is owed.
    pub(super) fn clear(&mut self) {
        if self.aside && self.is_empty() && !self.unread {
            self.aside = wait(self.store.keep_aside(Vec::new())).is_err();
        }
    }
}

/// Destroys what is set aside of people who are erased.
///
/// # Errors
///
/// When it cannot be read, or the rest of it not be kept.
pub(super) async fn forget(store: &dyn ConsentStore, visitors: &[VisitorId]) -> Result<(), Error> {
    let pieces = store.aside().await?;
    let erased = |piece: &[u8]| read(piece).and_then(|entry| entry.visitor).is_some_and(|one| visitors.contains(&one));
    let kept: Vec<Vec<u8>> = pieces.iter().filter(|piece| !erased(piece)).cloned().collect();
    if kept.len() < pieces.len() { store.keep_aside(kept).await } else { Ok(()) }
}

fn written(entry: &Entry) -> Option<Vec<u8>> {
    let piece = Piece {
        leaf: String::from_utf8(entry.leaf.clone()).ok()?,
        disclosures: entry.disclosures.clone(),
        subject: entry.visitor?.to_string(),
    };
    serde_json::to_vec(&piece).ok()
}

fn read(piece: &[u8]) -> Option<Entry> {
    let piece: Piece = serde_json::from_slice(piece).ok()?;
    let mut entry = Entry::from_parts(piece.leaf.into_bytes(), piece.disclosures);
    entry.visitor = Some(VisitorId::parse(&piece.subject)?);
    // What is not what the log would have written is nobody's.
    (entry.subject().ok()? == entry.visitor).then_some(entry)
}
