//! The single writer of the log.
//!
//! In: records. Out: receipts, each only after its entry is durable. One thread takes what waits, writes it as one
//! batch and answers everyone in it (group commit). A page never comes here.
//!
//! While the store cannot be written, choices are told to come again. A withdrawal is told so too, and is kept all
//! the same, to be written first when the log can be written again.

mod health;
mod keys;
mod log;

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Weak},
    thread,
    time::{Duration, Instant},
};

use time::OffsetDateTime;
use tokio::sync::{mpsc, oneshot};

use self::health::Told;
pub(crate) use self::keys::adopt_key;
#[cfg(feature = "export")]
pub(crate) use self::keys::current_key;
pub use self::{
    health::Health,
    keys::{rotate_cookie_key, rotate_key},
    log::Log,
};
use crate::{
    audit::Checkpoint,
    clock::{Clock, SystemClock},
    record::{Kind, Receipt, Record},
    signal::VisitorId,
    store::{ConsentStore, Erasure, Error, ErrorKind, wait},
};

/// Choices that may wait; one more is told to come again.
const QUEUE: usize = 1024;
/// Choices written in one batch.
const BATCH: usize = 256;
/// Recent form tokens remembered, so that the same form sent twice is one event.
const RECENT: usize = 4096;
/// Withdrawals kept while the log cannot be written.
const OWED: usize = 16_384;
/// How often the writer looks after what is owed, and the store is tidied.
const TICK: Duration = Duration::from_millis(500);
/// How often expired values are looked for, in ticks.
const EXPIRY: u32 = 120;

/// A handle on the writer; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Recorder {
    queue: mpsc::Sender<Task>,
    store: Arc<dyn ConsentStore>,
    told: Arc<Told>,
}

#[derive(Debug)]
enum Task {
    Write(Box<Waiting>),
    Erase {
        visitors: Vec<VisitorId>,
        reason: String,
        now: OffsetDateTime,
        answer: oneshot::Sender<Result<Option<Receipt>, NotRecorded>>,
    },
    Receipt {
        index: u64,
        answer: oneshot::Sender<Result<Receipt, NotRecorded>>,
    },
    Tick,
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
    /// Starts the writer on a store that can be read; a new log gets this origin.
    pub(crate) fn start(store: Arc<dyn ConsentStore>, origin: &str, now: OffsetDateTime) -> Result<Self, Error> {
        let log = wait(Log::open(store.clone(), origin, now))?;
        let (queue, waiting) = mpsc::channel(QUEUE);
        let told = Arc::new(Told::default());
        let head = wait(store.head())?;
        let checkpoint = Checkpoint::of(log.origin(), &head).sign(&[log.key()]).map(|note| note.to_string());
        told.change(|health| health.checkpoint = checkpoint);
        let writer = Writer {
            log,
            recent: HashMap::new(),
            order: VecDeque::new(),
            owed: Vec::new(),
            degraded: None,
            doubtful: None,
            told: told.clone(),
        };
        let thread = |name: &str| thread::Builder::new().name(name.to_owned());
        let failed = |source| Error::new(ErrorKind::Unavailable, "cannot start the writer thread").with_source(source);
        thread("tower-consent-log").spawn(move || writer.run(waiting)).map_err(failed)?;
        let (ticks, tidied) = (queue.downgrade(), Arc::downgrade(&store));
        thread("tower-consent-upkeep").spawn(move || upkeep(&ticks, &tidied)).map_err(failed)?;
        Ok(Self { queue, store, told })
    }

    /// Makes a recorder that records nothing and says so to everyone.
    pub(crate) fn absent(store: Arc<dyn ConsentStore>, now: OffsetDateTime) -> Self {
        // Nobody receives, so that everything sent is refused at once.
        let (queue, _) = mpsc::channel(1);
        let told = Arc::new(Told::default());
        told.change(|health| health.degraded = Some(now));
        Self { queue, store, told }
    }

    /// Returns a handle that does not keep the writer alive.
    pub(crate) fn downgrade(&self) -> WeakRecorder {
        WeakRecorder { queue: self.queue.downgrade(), store: Arc::downgrade(&self.store), told: self.told.clone() }
    }

    /// Returns the store, for reading.
    pub(crate) fn store(&self) -> &Arc<dyn ConsentStore> {
        &self.store
    }

    /// Returns how the writer is doing.
    pub(crate) fn health(&self) -> Health {
        let room = self.queue.max_capacity();
        Health { waiting: room - self.queue.capacity(), room, ..self.told.read() }
    }

    /// Writes a record; resolves when it is durable. A withdrawal waits for its place, anything else is told to
    /// come again when too much is waiting.
    pub(crate) async fn submit(&self, record: Record) -> Result<Receipt, NotRecorded> {
        let (answer, answered) = oneshot::channel();
        let withdraws = record.kind == Kind::Withdraw;
        let task = Task::Write(Box::new(Waiting { record, answer }));
        if withdraws {
            self.queue.send(task).await.map_err(|_| NotRecorded::Unavailable)?;
        } else {
            self.queue.try_send(task).map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => NotRecorded::Busy,
                mpsc::error::TrySendError::Closed(_) => NotRecorded::Unavailable,
            })?;
        }
        answered.await.unwrap_or(Err(NotRecorded::Unavailable))
    }

    /// As [`Recorder::submit`], for a caller without a runtime.
    pub(crate) fn submit_blocking(&self, record: Record) -> Result<Receipt, NotRecorded> {
        wait(self.submit(record))
    }

    /// Destroys the personal values of visitors and logs that it was done; `None` when there were none.
    pub(crate) async fn erase(
        &self,
        visitors: Vec<VisitorId>,
        reason: &str,
        now: OffsetDateTime,
    ) -> Result<Option<Receipt>, NotRecorded> {
        let (answer, answered) = oneshot::channel();
        let task = Task::Erase { visitors, reason: reason.to_owned(), now, answer };
        self.queue.send(task).await.map_err(|_| NotRecorded::Unavailable)?;
        answered.await.unwrap_or(Err(NotRecorded::Unavailable))
    }

    /// Returns the receipt of an event in the log.
    pub(crate) async fn receipt(&self, index: u64) -> Result<Receipt, NotRecorded> {
        let (answer, answered) = oneshot::channel();
        self.queue.send(Task::Receipt { index, answer }).await.map_err(|_| NotRecorded::Unavailable)?;
        answered.await.unwrap_or(Err(NotRecorded::Unavailable))
    }
}

/// A handle on a writer that may be gone.
#[derive(Clone, Debug)]
pub(crate) struct WeakRecorder {
    queue: mpsc::WeakSender<Task>,
    store: Weak<dyn ConsentStore>,
    told: Arc<Told>,
}

impl WeakRecorder {
    /// Returns the writer, if it is still there.
    pub(crate) fn upgrade(&self) -> Option<Recorder> {
        Some(Recorder { queue: self.queue.upgrade()?, store: self.store.upgrade()?, told: self.told.clone() })
    }
}

/// Wakes the writer from time to time, and does the store's housekeeping beside it; ends with the last handle.
fn upkeep(ticks: &mpsc::WeakSender<Task>, store: &Weak<dyn ConsentStore>) {
    let mut count = 0_u32;
    loop {
        thread::sleep(TICK);
        match ticks.upgrade() {
            None => return,
            // A full queue wakes the writer as well.
            Some(queue) => drop(queue.try_send(Task::Tick)),
        }
        let Some(store) = store.upgrade() else { return };
        // What fails here is done later: the store says so itself to whoever writes.
        while matches!(wait(store.tidy()), Ok(true)) {}
        if count.is_multiple_of(EXPIRY) {
            let now = SystemClock.now();
            while matches!(wait(store.erase(Erasure::Expired(now))), Ok(1..)) {}
        }
        count = count.wrapping_add(1);
    }
}

struct Writer {
    log: Log,
    recent: HashMap<String, Receipt>,
    order: VecDeque<String>,
    /// Withdrawals that could not be written yet.
    owed: Vec<Record>,
    /// Since when nothing could be written, and how many choices were refused.
    degraded: Option<(OffsetDateTime, u64)>,
    /// How many of the owed were in a batch that failed, and how many refused choices it told of: it may be in the log.
    doubtful: Option<(usize, u64)>,
    told: Arc<Told>,
}

impl Writer {
    fn run(mut self, mut waiting: mpsc::Receiver<Task>) {
        let mut batch = Vec::with_capacity(BATCH);
        while let Some(first) = waiting.blocking_recv() {
            let mut next = Some(first);
            while let Some(task) = next.take() {
                match task {
                    Task::Write(waiting) => batch.push(*waiting),
                    Task::Tick => {}
                    Task::Erase { visitors, reason, now, answer } => {
                        let erased = wait(self.log.erase_all(&visitors, &reason, now));
                        let _ = answer.send(erased.map_err(|_| NotRecorded::Unavailable));
                    }
                    Task::Receipt { index, answer } => {
                        let receipt = wait(self.log.receipt(index));
                        let _ = answer.send(receipt.map_err(|_| NotRecorded::Unavailable));
                    }
                }
                if batch.len() < BATCH {
                    next = waiting.try_recv().ok();
                }
            }
            self.write(std::mem::take(&mut batch));
        }
    }

    fn write(&mut self, batch: Vec<Waiting>) {
        let mut fresh: Vec<Waiting> = Vec::with_capacity(batch.len());
        let mut again: Vec<(Waiting, String)> = Vec::new();
        for waiting in batch {
            match self.seen(&waiting.record, &fresh) {
                Seen::Before(receipt) => drop(waiting.answer.send(Ok(*receipt))),
                Seen::InBatch(key) => again.push((waiting, key)),
                Seen::Never => fresh.push(waiting),
            }
        }
        if fresh.is_empty() && self.owed.is_empty() {
            again.into_iter().for_each(|(waiting, _)| self.refuse(waiting));
            return;
        }
        if self.settle().is_err() {
            let again = again.into_iter().map(|(waiting, _)| waiting);
            fresh.into_iter().chain(again).for_each(|waiting| self.refuse(waiting));
            return;
        }
        // A withdrawal that is said again is the one that is owed.
        let repeated = |waiting: &Waiting, owed: &[Record]| {
            let record = &waiting.record;
            record.kind == Kind::Withdraw && owed.iter().any(|owed| owed.visitor == record.visitor)
        };
        let (double, fresh): (Vec<Waiting>, Vec<Waiting>) =
            fresh.into_iter().partition(|waiting| repeated(waiting, &self.owed));
        let mut records: Vec<Record> = Vec::with_capacity(self.owed.len() + fresh.len() + 1);
        if let Some((since, refused)) = self.degraded {
            records.extend(self.outage(since, refused, fresh.iter().map(|waiting| &waiting.record)));
        }
        let told = records.first().and(self.degraded).map_or(0, |(_, refused)| refused);
        records.extend(self.owed.iter().take(BATCH).cloned());
        let first = records.len();
        records.extend(fresh.iter().map(|waiting| waiting.record.clone()));
        let (begun, newest) = (Instant::now(), records.last().map(|record| record.time));
        match wait(self.log.append_new(&records)) {
            Ok(receipts) => {
                self.told.change(|health| {
                    health.batches += 1;
                    health.events += receipts.len() as u64;
                    health.spent += begun.elapsed();
                    health.synced = newest.or(health.synced);
                    // A proof ends with the head that its events were signed under (C2SP tlog-proof).
                    let signed = receipts.last().and_then(|receipt| receipt.proof.split_once("\n\n"));
                    health.checkpoint = signed.map(|(_, note)| note.to_owned()).or(health.checkpoint.take());
                });
                self.degraded = None;
                let owed: Vec<Record> = self.owed.drain(..self.owed.len().min(BATCH)).collect();
                self.tell();
                for waiting in double {
                    let place = owed.iter().position(|owed| owed.visitor == waiting.record.visitor);
                    let receipt = place.and_then(|place| receipts.get(first - owed.len() + place));
                    match receipt {
                        Some(receipt) => drop(waiting.answer.send(Ok(receipt.clone()))),
                        None => self.refuse(waiting),
                    }
                }
                for (waiting, receipt) in fresh.into_iter().zip(receipts.into_iter().skip(first)) {
                    if let Some(key) = same_choice(&waiting.record) {
                        self.remember(key, receipt.clone());
                    }
                    // Whoever went away meanwhile has his choice in the log all the same.
                    let _ = waiting.answer.send(Ok(receipt));
                }
                for (waiting, key) in again {
                    match self.recent.get(&key).cloned() {
                        Some(receipt) => drop(waiting.answer.send(Ok(receipt))),
                        None => self.refuse(waiting),
                    }
                }
            }
            Err(_) => {
                self.doubtful = Some((self.owed.len().min(BATCH), told));
                let again = again.into_iter().map(|(waiting, _)| waiting);
                fresh.into_iter().chain(double).chain(again).for_each(|waiting| self.refuse(waiting));
            }
        }
    }

    /// Finds out whether the batch that failed was written all the same, so that nothing of it is written twice.
    fn settle(&mut self) -> Result<(), Error> {
        let Some((owed, told)) = self.doubtful else { return Ok(()) };
        if wait(self.log.settle())? {
            self.owed.drain(..owed.min(self.owed.len()));
            let left = |(since, refused): (OffsetDateTime, u64)| Some((since, refused.saturating_sub(told)));
            self.degraded = self.degraded.and_then(left).filter(|(_, refused)| *refused > 0);
        }
        self.doubtful = None;
        Ok(())
    }

    /// Tells those who watch what is owed and since when.
    fn tell(&self) {
        self.told.change(|health| {
            health.degraded = self.degraded.map(|(since, _)| since);
            health.refused = self.degraded.map_or(0, |(_, refused)| refused);
            health.owed = self.owed.len();
        });
    }

    /// Says whether a record was written before, by the same form.
    fn seen(&self, record: &Record, fresh: &[Waiting]) -> Seen {
        let Some(key) = same_choice(record) else { return Seen::Never };
        if let Some(receipt) = self.recent.get(&key) {
            return Seen::Before(Box::new(receipt.clone()));
        }
        if fresh.iter().any(|other| same_choice(&other.record).as_ref() == Some(&key)) {
            return Seen::InBatch(key);
        }
        // What another process wrote, or this one without hearing so, the log finds.
        Seen::Never
    }

    /// Answers that nothing was written; a withdrawal is kept.
    fn refuse(&mut self, waiting: Waiting) {
        let record = waiting.record;
        let (since, refused) = self.degraded.unwrap_or((record.time, 0));
        self.degraded = Some((since, refused + 1));
        self.told.change(|health| health.failed += 1);
        let kept = self.owed.iter().any(|owed| owed.visitor == record.visitor);
        if record.kind == Kind::Withdraw && !kept && self.owed.len() < OWED {
            self.owed.push(record);
        }
        // Before the answer: whoever has it may look.
        self.tell();
        let _ = waiting.answer.send(Err(NotRecorded::Unavailable));
    }

    /// Makes the event that tells of a time without a log.
    fn outage<'a>(
        &'a self,
        since: OffsetDateTime,
        refused: u64,
        fresh: impl Iterator<Item = &'a Record>,
    ) -> Option<Record> {
        let last = self.owed.iter().chain(fresh).last()?;
        let mut record = Record::of(Kind::LogDegraded, last.time, last.policy.clone());
        record.facts.insert("refused", refused.to_string());
        record.facts.insert("since", since.format(&time::format_description::well_known::Rfc3339).ok()?);
        Some(record)
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

/// Whether a form was sent before.
enum Seen {
    Before(Box<Receipt>),
    InBatch(String),
    Never,
}

/// Names the choice a form made: its token and what was said. The same form may say something else next time.
fn same_choice(record: &Record) -> Option<String> {
    record.once.as_ref().map(|once| {
        let visitor = record.visitor.map(|visitor| visitor.to_string());
        format!("{once} {} {:?} {:?} {visitor:?}", record.kind.as_str(), record.purposes, record.facts)
    })
}
