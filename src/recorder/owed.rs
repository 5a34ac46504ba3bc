//! Withdrawals that the log could not take: written into it before anything younger, once it can be written again.
//!
//! In: records that were refused. Out: the same, when it is their turn. They are in memory, and where the store has room set
//! aside on this machine also there, so that a restart does not lose them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{log::Log, outbox::time_of, writer::entry_of};
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
    /// Whether something of it is set aside.
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
        // What cannot be read now is there at the next start.
        let pieces = wait(store.aside()).unwrap_or_default();
        let left: Vec<Entry> = pieces.iter().filter_map(|piece| read(piece)).collect();
        Self { store, records: Vec::new(), left, aside: !pieces.is_empty() }
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

    /// Returns whose withdrawals a process before this one left, and when they were made.
    pub(super) fn left(&self) -> Vec<(VisitorId, OffsetDateTime)> {
        self.left.iter().filter_map(|entry| Some((entry.visitor?, time_of(entry)?))).collect()
    }

    /// Keeps a record if it is a withdrawal; one of a visitor is enough.
    pub(super) fn add(&mut self, record: Record) {
        let known = self.records.iter().any(|owed| owed.visitor == record.visitor);
        if record.kind != Kind::Withdraw || known || self.records.len() == MOST {
            return;
        }
        if let Some(piece) = entry_of(&record).ok().and_then(|entry| written(&entry)) {
            // Where that fails too it is in memory, as on a store that has no such room.
            self.aside |= wait(self.store.set_aside(piece)).unwrap_or(false);
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

    /// Drops what a visitor said who was erased.
    pub(super) fn forget(&mut self, visitors: &[VisitorId]) {
        let erased = |visitor: Option<VisitorId>| visitor.is_some_and(|visitor| visitors.contains(&visitor));
        let before = self.len();
        self.records.retain(|record| !erased(record.visitor));
        self.left.retain(|entry| !erased(entry.visitor));
        if self.len() == before || !self.aside {
            return;
        }
        // The others are set aside again, without him.
        if wait(self.store.clear_aside()).is_ok() {
            self.aside = false;
            for piece in self.left.iter().chain(&self.entries().unwrap_or_default()).filter_map(written) {
                self.aside |= wait(self.store.set_aside(piece)).unwrap_or(false);
            }
        }
    }

    /// Writes what a process before this one left into the log, but what its visitor has said something after.
    ///
    /// # Errors
    ///
    /// When the log cannot be written; they stay.
    pub(super) fn carry_over(&mut self, log: &mut Log) -> Result<(), Error> {
        if self.left.is_empty() {
            return Ok(());
        }
        let mut entries = Vec::with_capacity(self.left.len());
        for entry in &self.left {
            let last = match entry.visitor {
                Some(visitor) => wait(self.store.by_visitor(visitor))?.pop(),
                None => None,
            };
            let last = match last {
                Some(place) => wait(self.store.read(place..place + 1))?.pop(),
                None => None,
            };
            // The same withdrawal may have come into the log before that process ended.
            if last.as_ref().and_then(time_of) < time_of(entry) {
                entries.push(entry.clone());
            }
        }
        if !entries.is_empty() {
            // Written without an answer, they are found above the next time.
            wait(log.append_made(&entries, None))?;
        }
        self.left.clear();
        self.clear();
        Ok(())
    }

    /// Destroys what is set aside, once nothing is owed.
    fn clear(&mut self) {
        if self.aside && self.is_empty() {
            self.aside = wait(self.store.clear_aside()).is_err();
        }
    }
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
