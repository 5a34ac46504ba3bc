//! The single writer of the log.
//!
//! In: records. Out: receipts, each only after its entry is durable. One thread takes what waits, writes it as one
//! batch and answers everyone in it (group commit). A page never comes here.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    thread,
};

use tokio::sync::{mpsc, oneshot};

use crate::{
    audit::{Entry, Head, entry::SALTS},
    record::{Kind, Receipt, Record},
    store::{ConsentStore, Error, ErrorKind},
};

/// Choices that may wait; one more is told to come again.
const QUEUE: usize = 1024;
/// Choices written in one batch.
const BATCH: usize = 256;
/// Recent form tokens remembered, so that the same form sent twice is one event.
const RECENT: usize = 4096;

/// A handle on the writer; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Recorder {
    queue: mpsc::Sender<Waiting>,
    store: Arc<dyn ConsentStore>,
}

#[derive(Debug)]
struct Waiting {
    record: Record,
    answer: oneshot::Sender<Result<Receipt, NotRecorded>>,
}

/// Why a choice was not recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotRecorded {
    #[error("too many choices are waiting to be written")]
    Busy,
    #[error("the log cannot be written now")]
    Unavailable,
}

impl Recorder {
    /// Starts the writer on a store whose head can be read.
    pub(crate) fn start(store: Arc<dyn ConsentStore>) -> Result<Self, Error> {
        let head = pollster::block_on(store.head())?;
        let (queue, waiting) = mpsc::channel(QUEUE);
        let writer = Writer { store: store.clone(), head: Some(head), recent: HashMap::new(), order: VecDeque::new() };
        thread::Builder::new().name("tower-consent-log".to_owned()).spawn(move || writer.run(waiting)).map_err(
            |source| Error::new(ErrorKind::Unavailable, "cannot start the writer thread").with_source(source),
        )?;
        Ok(Self { queue, store })
    }

    /// Returns the store, for reading.
    pub(crate) fn store(&self) -> &Arc<dyn ConsentStore> {
        &self.store
    }

    /// Writes a record; resolves when it is durable. A withdrawal waits for its place, anything else is told to
    /// come again when too much is waiting.
    pub(crate) async fn submit(&self, record: Record) -> Result<Receipt, NotRecorded> {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting { record, answer };
        if waiting.record.kind == Kind::Withdraw {
            self.queue.send(waiting).await.map_err(|_| NotRecorded::Unavailable)?;
        } else {
            self.queue.try_send(waiting).map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => NotRecorded::Busy,
                mpsc::error::TrySendError::Closed(_) => NotRecorded::Unavailable,
            })?;
        }
        answered.await.unwrap_or(Err(NotRecorded::Unavailable))
    }

    /// As [`Recorder::submit`], for a caller without a runtime.
    pub(crate) fn submit_blocking(&self, record: Record) -> Result<Receipt, NotRecorded> {
        pollster::block_on(self.submit(record))
    }
}

struct Writer {
    store: Arc<dyn ConsentStore>,
    /// Unknown after a failed append: it may or may not have been written.
    head: Option<Head>,
    recent: HashMap<String, Receipt>,
    order: VecDeque<String>,
}

impl Writer {
    fn run(mut self, mut waiting: mpsc::Receiver<Waiting>) {
        let mut batch = Vec::with_capacity(BATCH);
        while let Some(first) = waiting.blocking_recv() {
            batch.push(first);
            while batch.len() < BATCH {
                match waiting.try_recv() {
                    Ok(next) => batch.push(next),
                    Err(_) => break,
                }
            }
            self.write(std::mem::take(&mut batch));
        }
    }

    fn write(&mut self, batch: Vec<Waiting>) {
        let mut fresh: Vec<(Waiting, Entry)> = Vec::with_capacity(batch.len());
        let mut again: Vec<(Waiting, String)> = Vec::new();
        for waiting in batch {
            if let Some(key) = same_choice(&waiting.record) {
                if let Some(receipt) = self.recent.get(&key) {
                    let _ = waiting.answer.send(Ok(receipt.clone()));
                    continue;
                }
                if fresh.iter().any(|(other, _)| same_choice(&other.record).as_ref() == Some(&key)) {
                    again.push((waiting, key));
                    continue;
                }
            }
            match salts().and_then(|salts| Entry::new(&waiting.record, salts).ok()) {
                Some(entry) => fresh.push((waiting, entry)),
                None => {
                    let _ = waiting.answer.send(Err(NotRecorded::Unavailable));
                }
            }
        }
        if fresh.is_empty() {
            return;
        }
        let entries: Vec<Entry> = fresh.iter().map(|(_, entry)| entry.clone()).collect();
        match self.append(entries) {
            Some((first, head)) => {
                for ((waiting, _), index) in fresh.into_iter().zip(first..) {
                    let receipt = Receipt {
                        index,
                        kind: waiting.record.kind,
                        time: waiting.record.time,
                        size: head.size(),
                        root: head.root_hex(),
                    };
                    if let Some(key) = same_choice(&waiting.record) {
                        self.remember(key, receipt.clone());
                    }
                    // Whoever went away meanwhile has his choice in the log all the same.
                    let _ = waiting.answer.send(Ok(receipt));
                }
                for (waiting, key) in again {
                    let receipt = self.recent.get(&key).cloned().ok_or(NotRecorded::Unavailable);
                    let _ = waiting.answer.send(receipt);
                }
            }
            None => {
                let waiting = fresh.into_iter().map(|(waiting, _)| waiting);
                for waiting in waiting.chain(again.into_iter().map(|(waiting, _)| waiting)) {
                    let _ = waiting.answer.send(Err(NotRecorded::Unavailable));
                }
            }
        }
    }

    /// Appends a batch; returns the place of its first entry and the head after it, once durable.
    fn append(&mut self, entries: Vec<Entry>) -> Option<(u64, Head)> {
        let expected = match self.head.take() {
            Some(head) => head,
            None => pollster::block_on(self.store.head()).ok()?,
        };
        let next = expected.append(entries.iter().map(|entry| entry.leaf.as_slice()));
        pollster::block_on(self.store.append(expected.clone(), entries, next.clone())).ok()?;
        self.head = Some(next.clone());
        Some((expected.size(), next))
    }

    fn remember(&mut self, key: String, receipt: Receipt) {
        if self.order.len() == RECENT
            && let Some(oldest) = self.order.pop_front()
        {
            self.recent.remove(&oldest);
        }
        self.order.push_back(key.clone());
        self.recent.insert(key, receipt);
    }
}

/// Names the choice a form made: its token and what was said. The same form may say something else next time.
fn same_choice(record: &Record) -> Option<String> {
    record.once.as_ref().map(|once| {
        format!("{once} {} {:?} {:?}", record.kind.as_str(), record.purposes, record.visitor.map(|v| v.to_string()))
    })
}

fn salts() -> Option<[[u8; 16]; SALTS]> {
    let mut salts = [[0; 16]; SALTS];
    for salt in &mut salts {
        getrandom::fill(salt).ok()?;
    }
    Some(salts)
}
