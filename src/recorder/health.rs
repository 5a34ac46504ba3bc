//! How the writer is doing: what waits, since when nothing could be written, which head was signed last.
//!
//! In: what the writer tells after each batch. Out: a copy for whoever watches. It holds nothing of a visitor.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use time::OffsetDateTime;

use super::OutboxHealth;

/// How the writer of the log is doing.
///
/// # Example
///
/// ```
/// use tower_consent::{ConsentLayer, Policy, store::Memory};
/// let policy = Policy::load("policies/news-site").unwrap();
/// let health = ConsentLayer::new(policy, Memory::default()).unwrap().handle().health();
/// assert!(health.degraded.is_none() && health.checkpoint.is_some());
/// assert_eq!(health.waiting, 0);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// Events that wait to be written.
    pub waiting: usize,
    /// How many may wait before a choice is told to come again.
    pub room: usize,
    /// Since when nothing can be written, by the events' own time; `None` while all is well.
    pub degraded: Option<OffsetDateTime>,
    /// Events that were not written since then.
    pub refused: u64,
    /// Withdrawals that are kept and will be written first.
    pub owed: usize,
    /// When events were made durable last, by the newest of them; `None` before the first of this process.
    pub synced: Option<OffsetDateTime>,
    /// Batches this process has written.
    pub batches: u64,
    /// Events in them.
    pub events: u64,
    /// How long writing them took, altogether.
    pub spent: Duration,
    /// Events that could not be written since this process began.
    pub failed: u64,
    /// The head that was signed last (C2SP tlog-checkpoint).
    pub checkpoint: Option<String>,
    /// What waits on this machine for the store to be back; `None` without an outbox.
    pub outbox: Option<OutboxHealth>,
}

/// What the writer tells, shared with its handles.
#[derive(Debug, Default)]
pub(super) struct Told(Mutex<Health>);

impl Told {
    pub(super) fn read(&self) -> Health {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes what is told; a change is a few assignments and cannot stop half way.
    pub(super) fn change(&self, change: impl FnOnce(&mut Health)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
