//! The single writer of the log.
//!
//! In: records. Out: receipts, each only after its entry is durable. One thread takes what waits, writes it as one
//! batch and answers everyone in it (group commit). A page never comes here.
//!
//! While the store cannot be written, choices are told to come again. A withdrawal is told so too, and is kept all the same,
//! to be written first when the log can be written again: in memory, and on the disk where the store has set room aside for
//! that, so that it outlives the process. With an outbox choices are kept on this machine meanwhile, acknowledged, and written
//! when that is possible again.

mod erased;
mod health;
mod keys;
mod log;
mod outbox;
mod owed;
#[cfg(test)]
mod tests;
mod writer;

use std::{
    sync::{Arc, Weak},
    thread,
    time::Duration,
};

use time::OffsetDateTime;
use tokio::sync::{mpsc, oneshot};

pub(crate) use self::keys::adopt_key;
#[cfg(feature = "export")]
pub(crate) use self::keys::current_key;
pub(crate) use self::log::links;
pub use self::{
    health::Health,
    keys::{rotate_cookie_key, rotate_key},
    log::{Log, links::LinkState},
    outbox::{Outbox, OutboxHealth},
};
use self::{health::Told, writer::Writer};
pub(crate) use self::{
    outbox::{hash_of, time_of},
    writer::Recorded,
};
use crate::{
    audit::Entry,
    clock::{Clock, SystemClock},
    record::{Kind, Receipt, Record},
    signal::{AccountId, VisitorId},
    store::{ConsentStore, Erasure, Error, ErrorKind, holder, wait},
};

/// Choices that may wait; one more is told to come again.
const QUEUE: usize = 1024;
/// How often the writer looks after what is owed, and the store is tidied.
const TICK: Duration = Duration::from_millis(500);
/// How often expired values are looked for, in ticks.
const EXPIRY: u32 = 120;
/// How often erasures are forgotten that no outbox needs any more, in ticks: a multiple of the above.
const DAILY: u32 = 172_800;

/// A handle on the writer; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Recorder {
    queue: mpsc::Sender<Task>,
    store: Arc<dyn ConsentStore>,
    told: Arc<Told>,
    outbox: Option<Arc<Outbox>>,
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
    Link {
        visitor: VisitorId,
        account: String,
        policy: String,
        now: OffsetDateTime,
        answer: oneshot::Sender<Result<(AccountId, LinkState), NotRecorded>>,
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
    /// Whether it may be kept in the outbox.
    keepable: bool,
    answer: oneshot::Sender<Result<Recorded, NotRecorded>>,
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
    pub(crate) fn start(
        store: Arc<dyn ConsentStore>,
        origin: &str,
        now: OffsetDateTime,
        outbox: Option<Arc<Outbox>>,
    ) -> Result<Self, Error> {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let told = Arc::new(Told::default());
        let writer = Writer::start(store.clone(), origin, now, outbox.clone(), told.clone())?;
        let thread = |name: &str| thread::Builder::new().name(name.to_owned());
        let failed = |source| Error::new(ErrorKind::Unavailable, "cannot start the writer thread").with_source(source);
        thread("tower-consent-log").spawn(move || writer.run(waiting)).map_err(failed)?;
        let (ticks, tidied) = (queue.downgrade(), Arc::downgrade(&store));
        let kept = outbox.clone();
        thread("tower-consent-upkeep").spawn(move || upkeep(&ticks, &tidied, kept.as_deref())).map_err(failed)?;
        Ok(Self { queue, store, told, outbox })
    }

    /// Makes a recorder that records nothing and says so to everyone.
    pub(crate) fn absent(store: Arc<dyn ConsentStore>, now: OffsetDateTime) -> Self {
        // Nobody receives, so that everything sent is refused at once.
        let (queue, _) = mpsc::channel(1);
        let told = Arc::new(Told::default());
        told.change(|health| health.degraded = Some(now));
        Self { queue, store, told, outbox: None }
    }

    /// Returns a handle that does not keep the writer alive.
    pub(crate) fn downgrade(&self) -> WeakRecorder {
        WeakRecorder {
            queue: self.queue.downgrade(),
            store: Arc::downgrade(&self.store),
            told: self.told.clone(),
            outbox: self.outbox.as_ref().map(Arc::downgrade),
        }
    }

    /// Returns the store, for reading.
    pub(crate) fn store(&self) -> &Arc<dyn ConsentStore> {
        &self.store
    }

    /// Returns how the writer is doing.
    pub(crate) fn health(&self) -> Health {
        let room = self.queue.max_capacity();
        let outbox = self.outbox.as_ref().map(|outbox| outbox.health());
        Health { waiting: room - self.queue.capacity(), room, outbox, ..self.told.read() }
    }

    /// Returns where choices are kept while the store is away.
    pub(crate) fn outbox(&self) -> Option<&Arc<Outbox>> {
        self.outbox.as_ref()
    }

    /// Returns a visitor's events that are kept on this machine and not in the log yet.
    pub(crate) async fn kept_of(&self, visitor: VisitorId) -> Result<Vec<Entry>, Error> {
        match &self.outbox {
            Some(outbox) => outbox.of_visitor(visitor).await,
            None => Ok(Vec::new()),
        }
    }

    /// Keeps a text that was shown: in the store or, while that is away, in the outbox.
    pub(crate) async fn keep_document(&self, hash: String, bytes: Vec<u8>) -> Result<(), Error> {
        let Some(outbox) = &self.outbox else { return self.store.put_document(hash, bytes).await };
        if !outbox.is_away() && self.store.put_document(hash.clone(), bytes.clone()).await.is_ok() {
            return Ok(());
        }
        outbox.put_document(hash, bytes).await
    }

    /// Writes a record into the log; resolves when it is durable there.
    pub(crate) async fn submit(&self, record: Record) -> Result<Receipt, NotRecorded> {
        match self.send(record, false).await? {
            Recorded::InLog(receipt) => Ok(receipt),
            Recorded::Kept(_) => Err(NotRecorded::Unavailable),
        }
    }

    /// Makes what a visitor said durable, in the log or, while that cannot be written, in the outbox.
    pub(crate) async fn record(&self, record: Record) -> Result<Recorded, NotRecorded> {
        self.send(record, true).await
    }

    /// Gives a record to the writer. A withdrawal waits for its place, anything else is told to come again when too much
    /// is waiting.
    async fn send(&self, record: Record, keepable: bool) -> Result<Recorded, NotRecorded> {
        let (answer, answered) = oneshot::channel();
        let withdraws = record.kind == Kind::Withdraw;
        let task = Task::Write(Box::new(Waiting { record, keepable, answer }));
        if withdraws {
            self.queue.send(task).await.map_err(|_| NotRecorded::Unavailable)?;
        } else {
            self.put(task)?;
        }
        answered.await.unwrap_or(Err(NotRecorded::Unavailable))
    }

    /// Gives the writer something to do, unless too much is waiting.
    fn put(&self, task: Task) -> Result<(), NotRecorded> {
        self.queue.try_send(task).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => NotRecorded::Busy,
            mpsc::error::TrySendError::Closed(_) => NotRecorded::Unavailable,
        })
    }

    /// As [`Recorder::submit`], for a caller without a runtime.
    pub(crate) fn submit_blocking(&self, record: Record) -> Result<Receipt, NotRecorded> {
        wait(self.submit(record))
    }

    /// Links a visitor with an account, by the site's own name for it; resolves when that is durable in the log.
    pub(crate) async fn link(
        &self,
        visitor: VisitorId,
        account: &str,
        policy: &str,
        now: OffsetDateTime,
    ) -> Result<(AccountId, LinkState), NotRecorded> {
        let (answer, answered) = oneshot::channel();
        let (account, policy) = (account.to_owned(), policy.to_owned());
        self.put(Task::Link { visitor, account, policy, now, answer })?;
        answered.await.unwrap_or(Err(NotRecorded::Unavailable))
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
    outbox: Option<Weak<Outbox>>,
}

impl WeakRecorder {
    /// Returns the writer, if it is still there.
    pub(crate) fn upgrade(&self) -> Option<Recorder> {
        Some(Recorder {
            queue: self.queue.upgrade()?,
            store: self.store.upgrade()?,
            told: self.told.clone(),
            // It lives as long as the writer.
            outbox: self.outbox.as_ref().and_then(Weak::upgrade),
        })
    }
}

/// Wakes the writer from time to time, and does the store's housekeeping beside it; ends with the last handle.
fn upkeep(ticks: &mpsc::WeakSender<Task>, store: &Weak<dyn ConsentStore>, outbox: Option<&Outbox>) {
    let mut count = 0_u32;
    loop {
        thread::sleep(TICK);
        let Some(store) = store.upgrade() else { return };
        if let Some(outbox) = outbox {
            outbox.tidy();
            // Asked here, so that no choice waits for a store that is away.
            if outbox.is_away() && wait(store.head()).is_ok() {
                outbox.back();
            }
        }
        match ticks.upgrade() {
            None => return,
            // A full queue wakes the writer as well.
            Some(queue) => drop(queue.try_send(Task::Tick)),
        }
        // What fails here is done later: the store says so itself to whoever writes.
        while matches!(wait(store.tidy()), Ok(true)) {}
        if count.is_multiple_of(EXPIRY) {
            let now = SystemClock.now();
            // Once for all instances; whoever comes second finds nothing left.
            let mine = holder().is_ok_and(|holder| {
                matches!(wait(store.lease("expiry".to_owned(), holder.to_owned(), TICK * EXPIRY * 2)), Ok(true))
            });
            while mine && matches!(wait(store.erase(Erasure::Expired(now))), Ok(1..)) {}
            if mine && count.is_multiple_of(DAILY) {
                let _ = wait(erased::prune(&*store, now));
            }
            if let Some(outbox) = outbox {
                while matches!(outbox.erase(Erasure::Expired(now)), Ok(1..)) {}
            }
        }
        count = count.wrapping_add(1);
    }
}
