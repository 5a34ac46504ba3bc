//! Choices that wait on this machine until the shared store can be written again.
//!
//! In: entries that were acknowledged while the store was away. Out: the same, in order, each once. They lie in an embedded
//! store of this machine, personal values sealed as there, so that erasing a person reaches them. What a step of shipping
//! is about is written down before it, so that a crash between the log and here finds out whether it was done.
//!
//! ```text
//! settings/        the keys of cookies and the version in force, for a start while the store is away
//! queue-000001/    a log of its own; when all of it is shipped, the next one begins and this one is destroyed
//! gone-000001/     one that is being destroyed; a start ends that
//! ```

#[cfg(feature = "sled")]
use std::path::PathBuf;
use std::{
    collections::BTreeSet,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::log::says;
use crate::{
    audit::{Entry, Hash, Head, leaf_hash},
    record::Record,
    signal::VisitorId,
    store::{ConsentStore, Erasure, Error, ErrorKind, random_name, wait},
};

/// Events that wait at most, unless told otherwise.
const ROOM: u64 = 262_144;
/// Note of a queue: how many of its entries are shipped, and what is being shipped.
const STATE: &str = "outbox/state";
/// Note of the settings: the version of the policy that was in force.
const IN_FORCE: &str = "outbox/policy";
/// Note of the settings: the name of this outbox.
const NAME: &str = "outbox/name";

/// How an outbox is doing, from [`Outbox::health`].
///
/// # Example
///
/// ```
/// use tower_consent::recorder::OutboxHealth;
/// let health = OutboxHealth::default();
/// assert!(health.waiting == 0 && health.oldest.is_none() && health.away.is_none());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OutboxHealth {
    /// Events that wait to be shipped.
    pub waiting: u64,
    /// How many may wait before a choice is told to come again.
    pub room: u64,
    /// When the oldest of them was made.
    pub oldest: Option<OffsetDateTime>,
    /// Why the log could not be written when that was tried last; `None` while it can.
    pub away: Option<String>,
    /// Events shipped since the process began.
    pub shipped: u64,
}

/// Keeps choices on this machine while the store they belong in is away; one process has it open at a time.
///
/// With it a choice is durable here, acknowledged, and shipped later: in order, each exactly once. Without it a choice is
/// answered with 503 while the store is away. See [`ConsentLayer::with_outbox`](crate::ConsentLayer::with_outbox).
///
/// # Example
///
/// ```
/// # #[cfg(feature = "sled")] {
/// use tower_consent::recorder::Outbox;
/// let folder = tempfile::tempdir().unwrap();
/// let outbox = Outbox::open(folder.path().join("outbox")).unwrap().with_room(1_000);
/// assert_eq!((outbox.health().waiting, outbox.health().room), (0, 1_000));
/// # }
/// ```
pub struct Outbox {
    shelf: Box<dyn Shelf>,
    settings: Arc<dyn ConsentStore>,
    name: String,
    room: u64,
    queue: Mutex<Queue>,
    /// Texts of which it is not known that the shared store has them.
    texts: Mutex<BTreeSet<String>>,
    /// Why the store could not be written when it was tried last.
    away: Mutex<Option<String>>,
}

/// Where the queues are.
trait Shelf: Send + Sync {
    /// Opens a queue, making it where there is none.
    fn open(&self, number: u64) -> Result<Arc<dyn ConsentStore>, Error>;
    /// Destroys a queue: its keys first, so that what is left of it on the disk tells nothing.
    fn destroy(&self, number: u64) -> std::io::Result<()>;
}

#[derive(Clone, Debug)]
struct Queue {
    number: u64,
    store: Arc<dyn ConsentStore>,
    head: Head,
    shipped: u64,
    /// Entries of a step of shipping whose end is unknown, and the place in the log from which on they may be.
    step: Option<(u64, u64)>,
    oldest: Option<OffsetDateTime>,
    /// Shipped by this process, over all queues.
    total: u64,
}

impl fmt::Debug for Outbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let health = self.health();
        write!(formatter, "Outbox({} of {} waiting)", health.waiting, health.room)
    }
}

impl Outbox {
    /// Opens the outbox in a folder, creating it when it is not there. What waited in it goes on waiting.
    ///
    /// # Errors
    ///
    /// As [`Sled::open`](crate::store::Sled::open): when the folder cannot be written, another process has it open, or what is
    /// in it is damaged.
    ///
    /// # Example
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// use tower_consent::recorder::Outbox;
    /// let outbox = Outbox::open(folder.path().join("outbox")).unwrap();
    /// assert!(Outbox::open(folder.path().join("outbox")).is_err(), "one process has it open at a time");
    /// ```
    #[cfg(feature = "sled")]
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, Error> {
        let folder: PathBuf = folder.into();
        private_folder(&folder)?;
        let settings = small().open(folder.join("settings"))?;
        finish(&folder)?;
        let numbers = numbers(&folder)?;
        Self::on(Box::new(Folder(folder)), Arc::new(settings), numbers)
    }

    /// Opens an outbox that is already there; for tools that look and must not create one by mistake.
    ///
    /// # Errors
    ///
    /// As [`Outbox::open`]; and [`ErrorKind::Unavailable`] when there is none.
    ///
    /// # Example
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// use tower_consent::{recorder::Outbox, store::ErrorKind};
    /// let error = Outbox::open_existing(folder.path().join("outbox")).unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Unavailable);
    /// ```
    #[cfg(feature = "sled")]
    pub fn open_existing(folder: impl Into<PathBuf>) -> Result<Self, Error> {
        let folder: PathBuf = folder.into();
        if !folder.join("settings").is_dir() {
            let what = format!("there is no outbox in {}", folder.display());
            return Err(Error::new(ErrorKind::Unavailable, what));
        }
        Self::open(folder)
    }

    /// Reads all of an outbox that nobody has open, and compares it with its hashes, heads and anchors.
    ///
    /// Returns the names of its parts, each with what is wrong with it.
    ///
    /// # Errors
    ///
    /// When a part cannot be read at all, or another process has it open.
    ///
    /// # Example
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// use tower_consent::recorder::Outbox;
    /// drop(Outbox::open(folder.path().join("outbox")).unwrap());
    /// let parts = Outbox::check(folder.path().join("outbox")).unwrap();
    /// assert!(parts.iter().any(|(name, _)| name == "queue-000001"));
    /// assert!(parts.iter().all(|(_, check)| check.faults.is_empty()));
    /// ```
    #[cfg(feature = "sled")]
    pub fn check(folder: impl Into<PathBuf>) -> Result<Vec<(String, crate::store::Check)>, Error> {
        let folder: PathBuf = folder.into();
        let queues = numbers(&folder)?.into_iter().map(name_of);
        let parts = std::iter::once("settings".to_owned()).chain(queues);
        parts
            .map(|part| {
                let mut check = crate::store::Sled::check(folder.join(&part), &crate::store::SledOptions::new())?;
                // The texts that its events cite are in the shared store.
                check
                    .faults
                    .retain(|fault| !(fault.place.starts_with("document ") && fault.what.contains("is missing")));
                Ok((part, check))
            })
            .collect()
    }

    #[cfg_attr(not(feature = "sled"), expect(dead_code, reason = "there is no store of this machine"))]
    fn on(shelf: Box<dyn Shelf>, settings: Arc<dyn ConsentStore>, numbers: Vec<u64>) -> Result<Self, Error> {
        let name = match wait(settings.note(NAME.to_owned()))? {
            Some(name) => String::from_utf8_lossy(&name).into_owned(),
            None => {
                let name = random_name()?;
                wait(settings.put_note(NAME.to_owned(), name.clone().into_bytes()))?;
                name
            }
        };
        let mut found: Option<Queue> = None;
        for number in if numbers.is_empty() { vec![1] } else { numbers } {
            let queue = Queue::read(number, shelf.open(number)?)?;
            let Some(before) = found.take() else {
                found = Some(queue);
                continue;
            };
            // A crash came between the begin of the next and the end of the one before.
            let (kept, empty) = match (before.waiting(), queue.waiting()) {
                (0, _) => (queue, before),
                (_, 0) => (before, queue),
                _ => {
                    let what = format!("two queues of the outbox hold choices: {} and {}", before.number, queue.number);
                    return Err(Error::new(ErrorKind::Corrupt, what));
                }
            };
            for (name, bytes) in empty.documents(wait(empty.store.documents())?)? {
                wait(kept.store.put_document(name, bytes))?;
            }
            let number = empty.number;
            drop(empty);
            shelf.destroy(number).map_err(undestroyed)?;
            found = Some(kept);
        }
        let queue = found.ok_or_else(|| Error::new(ErrorKind::Corrupt, "the outbox has no queue"))?;
        let texts = Mutex::new(wait(queue.store.documents())?.into_iter().collect());
        let outbox =
            Self { shelf, settings, name, room: ROOM, queue: Mutex::new(queue), texts, away: Mutex::new(None) };
        outbox.rotate()?;
        Ok(outbox)
    }

    /// Sets how many events may wait; beyond it a choice is answered with 503. Default: 262,144, of about 2 KB each.
    ///
    /// # Example
    ///
    /// ```
    /// # #[cfg(feature = "sled")] {
    /// # let folder = tempfile::tempdir().unwrap();
    /// use tower_consent::recorder::Outbox;
    /// let outbox = Outbox::open(folder.path().join("outbox")).unwrap();
    /// assert_eq!(outbox.with_room(10_000).health().room, 10_000);
    /// # }
    /// ```
    #[must_use]
    pub fn with_room(self, events: u64) -> Self {
        Self { room: events.max(1), ..self }
    }

    /// Returns how many wait, since when, and how many may.
    ///
    /// # Example
    ///
    /// ```
    /// # #[cfg(feature = "sled")] {
    /// # let folder = tempfile::tempdir().unwrap();
    /// use tower_consent::recorder::Outbox;
    /// let health = Outbox::open(folder.path().join("outbox")).unwrap().health();
    /// assert_eq!((health.waiting, health.shipped, health.away), (0, 0, None));
    /// # }
    /// ```
    pub fn health(&self) -> OutboxHealth {
        let queue = self.queue();
        OutboxHealth {
            waiting: queue.waiting(),
            room: self.room,
            oldest: queue.oldest.filter(|_| queue.waiting() > 0),
            away: self.away().clone(),
            shipped: queue.total,
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        // A change of it is a few assignments of values that were made before.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the name of this outbox, by which the shared store knows it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue().waiting() == 0
    }

    fn away(&self) -> MutexGuard<'_, Option<String>> {
        self.away.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says whether the store was away when it was asked last.
    pub(crate) fn is_away(&self) -> bool {
        self.away().is_some()
    }

    /// Takes note that the store cannot be written.
    pub(crate) fn gone(&self, why: &Error) {
        *self.away() = Some(why.to_string());
    }

    /// Takes note that the store can be asked again.
    pub(crate) fn back(&self) {
        *self.away() = None;
    }

    /// Keeps entries durably, behind those that wait.
    ///
    /// `since` is the place in the log from which on they may be already, where an attempt to write them there ended
    /// without an answer.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Full`] when there is no room; else as the store of this machine says.
    pub(crate) fn put(&self, entries: Vec<Entry>, since: Option<u64>) -> Result<(), Error> {
        let mut queue = self.reread()?;
        let count = entries.len() as u64;
        if queue.waiting() + count > self.room {
            return Err(Error::new(ErrorKind::Full, format!("{} choices wait in the outbox already", queue.waiting())));
        }
        if let Some(since) = since {
            let before = queue.step.map_or(since, |(_, before)| before);
            queue.step = Some((queue.waiting() + count, since.min(before)));
            // Before the entries: a crash between leaves a step about nothing, which is looked for in vain.
            self.note(&queue, queue.shipped, queue.step)?;
        }
        if queue.waiting() == 0 {
            queue.oldest = entries.first().and_then(time_of);
        }
        let next = queue.head.append(entries.iter().map(|entry| entry.leaf.as_slice()));
        wait(queue.store.append(queue.head, entries, next.clone()))?;
        queue.head = next;
        *self.queue() = queue;
        Ok(())
    }

    /// Writes entries as a call does that its caller has stopped to wait for.
    #[cfg(all(test, feature = "sled"))]
    pub(super) fn put_unheard(&self, entries: Vec<Entry>) {
        let queue = self.queue().clone();
        let next = queue.head.append(entries.iter().map(|entry| entry.leaf.as_slice()));
        wait(queue.store.append(queue.head, entries, next)).expect("the store of this machine works");
    }

    /// Returns the next entries to be shipped and, where an attempt may have done so already, the place in the log from
    /// which on they may be.
    pub(crate) fn next(&self, most: u64) -> Result<(Vec<Entry>, Option<u64>), Error> {
        let queue = self.queue().clone();
        let count = queue.step.map_or(most, |(count, _)| count).min(queue.waiting());
        let mut entries = wait(queue.store.read(queue.shipped..queue.shipped + count))?;
        if entries.len() as u64 != count {
            return Err(Error::new(ErrorKind::Corrupt, "the outbox has not all entries it counts"));
        }
        for entry in &mut entries {
            let damaged = |source| Error::new(ErrorKind::Corrupt, "an entry of the outbox").with_source(source);
            entry.visitor = if entry.disclosures.is_empty() { None } else { entry.subject().map_err(damaged)? };
        }
        Ok((entries, queue.step.map(|(_, since)| since)))
    }

    /// Writes down, durably, that the next entries are about to be written to the log, from this place on.
    pub(crate) fn begin(&self, count: u64, since: u64) -> Result<(), Error> {
        let queue = self.queue().clone();
        self.note(&queue, queue.shipped, Some((count, since)))?;
        self.queue().step = Some((count, since));
        Ok(())
    }

    /// Writes down that they are in the log; when nothing is left, [`Outbox::rotate`] is to follow.
    pub(crate) fn end(&self, count: u64) -> Result<(), Error> {
        let queue = self.queue().clone();
        let shipped = queue.shipped + count;
        self.note(&queue, shipped, None)?;
        {
            let mut state = self.queue();
            state.shipped = shipped;
            state.step = None;
            state.total += count;
        }
        if shipped < queue.head.size() {
            let oldest = wait(queue.store.read(shipped..shipped + 1))?.first().and_then(time_of);
            self.queue().oldest = oldest;
            return Ok(());
        }
        Ok(())
    }

    /// Begins the next queue and destroys this one, where all that it held is shipped; else does nothing.
    ///
    /// Only the writer calls it, as it alone puts entries in.
    pub(crate) fn rotate(&self) -> Result<(), Error> {
        if self.queue().head.size() == 0 {
            return Ok(());
        }
        let queue = self.reread()?;
        if queue.waiting() > 0 {
            return Ok(());
        }
        let next = Queue::read(queue.number + 1, self.shelf.open(queue.number + 1)?)?;
        let begun = next.store.clone();
        *self.queue() = Queue { total: queue.total, ..next };
        // Texts come from other threads: which wait is asked after the change, and who kept one before it is among them.
        let texts = self.texts().clone();
        for (name, bytes) in queue.documents(texts)? {
            wait(begun.put_document(name, bytes))?;
        }
        let number = queue.number;
        drop(queue);
        self.shelf.destroy(number).map_err(undestroyed)
    }

    /// Returns the queue as its store has it: a write that failed may have been done all the same.
    fn reread(&self) -> Result<Queue, Error> {
        let queue = self.queue().clone();
        if wait(queue.store.head())? == queue.head {
            return Ok(queue);
        }
        let queue = Queue { total: queue.total, ..Queue::read(queue.number, queue.store)? };
        *self.queue() = queue.clone();
        Ok(queue)
    }

    fn note(&self, queue: &Queue, shipped: u64, step: Option<(u64, u64)>) -> Result<(), Error> {
        let step = step.map(|(count, since)| format!(" {count} {since}")).unwrap_or_default();
        wait(queue.store.put_note(STATE.to_owned(), format!("{shipped}{step}").into_bytes()))
    }

    /// Returns a visitor's entries that wait.
    pub(crate) async fn of_visitor(&self, visitor: VisitorId) -> Result<Vec<Entry>, Error> {
        let queue = self.queue().clone();
        let mut entries = Vec::new();
        for place in queue.store.by_visitor(visitor).await? {
            if place >= queue.shipped {
                entries.extend(queue.store.read(place..place + 1).await?);
            }
        }
        Ok(entries)
    }

    /// Returns the visitor's last entry that waits, where it says what a record says, by the same form.
    pub(crate) fn same(&self, record: &Record) -> Result<Option<Entry>, Error> {
        let (Some(visitor), Some(once)) = (record.visitor, &record.once) else { return Ok(None) };
        if self.reread()?.waiting() == 0 {
            return Ok(None);
        }
        // An earlier one does not hold any more: what he said after it is to be undone.
        Ok(wait(self.of_visitor(visitor))?.pop().filter(|entry| says(entry, record, once)))
    }

    /// Destroys personal values that wait; their events are shipped without them.
    pub(crate) fn erase(&self, erasure: Erasure) -> Result<u64, Error> {
        let store = self.queue().store.clone();
        wait(store.erase(erasure))
    }

    /// Does the housekeeping of the stores on this machine.
    pub(crate) fn tidy(&self) {
        let store = self.queue().store.clone();
        // What fails here is done later, and told to whoever writes.
        while matches!(wait(store.tidy()), Ok(true)) {}
        while matches!(wait(self.settings.tidy()), Ok(true)) {}
    }

    /// Keeps a text that was shown until it can be kept in the store.
    pub(crate) async fn put_document(&self, hash: String, bytes: Vec<u8>) -> Result<(), Error> {
        loop {
            let Queue { number, store, .. } = self.queue().clone();
            store.put_document(hash.clone(), bytes.clone()).await?;
            self.texts().insert(hash.clone());
            if self.queue().number == number {
                return Ok(());
            }
            // The next queue has begun meanwhile, perhaps without it.
        }
    }

    fn texts(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says whether texts wait.
    pub(crate) fn has_documents(&self) -> bool {
        !self.texts().is_empty()
    }

    /// Returns the texts that wait.
    pub(crate) fn documents(&self) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let names = self.texts().clone();
        let queue = self.queue().clone();
        queue.documents(names)
    }

    /// Takes note that the store has a text.
    pub(crate) fn has_document(&self, name: &str) {
        self.texts().remove(name);
    }

    /// Remembers what a start without the store needs.
    pub(crate) fn remember(&self, secrets: &[(String, [u8; 32])], version: &str) -> Result<(), Error> {
        self.remember_secrets(secrets)?;
        if self.in_force()?.as_deref() != Some(version) {
            wait(self.settings.put_note(IN_FORCE.to_owned(), version.as_bytes().to_vec()))?;
        }
        Ok(())
    }

    /// Remembers keys.
    pub(crate) fn remember_secrets(&self, secrets: &[(String, [u8; 32])]) -> Result<(), Error> {
        for (name, secret) in secrets {
            wait(self.settings.secret(name.clone(), *secret))?;
        }
        Ok(())
    }

    /// Returns the remembered secrets that begin with a prefix.
    pub(crate) fn secrets(&self, prefix: &str) -> Result<Vec<(String, [u8; 32])>, Error> {
        wait(self.settings.secrets(prefix.to_owned()))
    }

    /// Returns the version of the policy that was in force when the store could be asked last.
    pub(crate) fn in_force(&self) -> Result<Option<String>, Error> {
        let version = wait(self.settings.note(IN_FORCE.to_owned()))?;
        Ok(version.map(|version| String::from_utf8_lossy(&version).into_owned()))
    }
}

impl Queue {
    fn read(number: u64, store: Arc<dyn ConsentStore>) -> Result<Self, Error> {
        let head = wait(store.head())?;
        let note = wait(store.note(STATE.to_owned()))?.unwrap_or_default();
        let numbers: Option<Vec<u64>> = std::str::from_utf8(&note)
            .ok()
            .and_then(|text| text.split_whitespace().map(|number| number.parse().ok()).collect());
        let (shipped, step) = match numbers.as_deref() {
            Some([]) => (0, None),
            Some([shipped]) => (*shipped, None),
            Some([shipped, count, since]) => (*shipped, Some((*count, *since))),
            _ => return Err(Error::new(ErrorKind::Corrupt, "the outbox does not say how far it is shipped")),
        };
        if shipped > head.size() {
            return Err(Error::new(ErrorKind::Corrupt, "the outbox has shipped more than it holds"));
        }
        // A step about more than was kept: a crash came before its entries were, and then nobody was told they are.
        let step = step.filter(|(count, _)| shipped + count <= head.size());
        let oldest = wait(store.read(shipped..shipped + 1))?.first().and_then(time_of);
        Ok(Self { number, store, head, shipped, step, oldest, total: 0 })
    }

    /// Returns those of the texts that lie in it.
    fn documents(&self, names: impl IntoIterator<Item = String>) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let mut texts = Vec::new();
        for name in names {
            if let Some(bytes) = wait(self.store.document(name.clone()))? {
                texts.push((name, bytes));
            }
        }
        Ok(texts)
    }

    fn waiting(&self) -> u64 {
        self.head.size() - self.shipped
    }
}

/// Returns the hash an entry has in the log, hexadecimal.
pub(crate) fn hash_of(entry: &Entry) -> String {
    let hash: Hash = leaf_hash(&entry.leaf);
    base16ct::lower::encode_string(&hash)
}

pub(crate) fn time_of(entry: &Entry) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(entry.fields().ok()?.get("time")?.as_str()?, &Rfc3339).ok()
}

fn undestroyed(source: std::io::Error) -> Error {
    Error::new(ErrorKind::Unavailable, "cannot destroy what the outbox has shipped").with_source(source)
}

/// Queues as folders beside each other.
#[cfg(feature = "sled")]
struct Folder(PathBuf);

#[cfg(feature = "sled")]
impl Shelf for Folder {
    fn open(&self, number: u64) -> Result<Arc<dyn ConsentStore>, Error> {
        Ok(Arc::new(small().open(self.0.join(name_of(number)))?))
    }

    fn destroy(&self, number: u64) -> std::io::Result<()> {
        // Under another name from now on: what is destroyed in part is no queue that is opened.
        std::fs::rename(self.0.join(name_of(number)), self.0.join(gone(number)))?;
        std::fs::File::open(&self.0)?.sync_all()?;
        destroyed(&self.0, number)
    }
}

/// Overwrites the keys of a queue that has its other name already, and removes it.
#[cfg(feature = "sled")]
fn destroyed(outbox: &std::path::Path, number: u64) -> std::io::Result<()> {
    use std::io::Write;
    let absent_or = |result: std::io::Result<()>| match result {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    };
    let folder = outbox.join(gone(number));
    if let Ok(mut keys) = std::fs::OpenOptions::new().write(true).open(folder.join("keys")) {
        let length = keys.metadata()?.len();
        std::io::copy(&mut std::io::Read::take(std::io::repeat(0), length), &mut keys)?;
        keys.flush()?;
        keys.sync_all()?;
    }
    // Last the folder, by which a start after a crash knows what is left to do.
    absent_or(std::fs::remove_file(outbox.join(format!("{}.anchor", name_of(number)))))?;
    absent_or(std::fs::remove_dir_all(&folder))
}

/// Ends what a crash has interrupted.
#[cfg(feature = "sled")]
fn finish(outbox: &std::path::Path) -> Result<(), Error> {
    for number in numbered(outbox, "gone-")? {
        destroyed(outbox, number).map_err(undestroyed)?;
    }
    Ok(())
}

#[cfg(feature = "sled")]
fn gone(number: u64) -> String {
    format!("gone-{number:06}")
}

/// How the stores of an outbox are opened: they are small.
#[cfg(feature = "sled")]
fn small() -> crate::store::SledOptions {
    crate::store::SledOptions::new().with_cache(8 << 20)
}

#[cfg(feature = "sled")]
fn name_of(number: u64) -> String {
    format!("queue-{number:06}")
}

/// Returns the numbers of the queues that are there, in order.
#[cfg(feature = "sled")]
fn numbers(folder: &std::path::Path) -> Result<Vec<u64>, Error> {
    numbered(folder, "queue-")
}

#[cfg(feature = "sled")]
fn numbered(folder: &std::path::Path, prefix: &str) -> Result<Vec<u64>, Error> {
    let unreadable = |source| {
        Error::new(ErrorKind::Unavailable, format!("cannot read the outbox {}", folder.display())).with_source(source)
    };
    let mut numbers = Vec::new();
    for file in std::fs::read_dir(folder).map_err(unreadable)? {
        let name = file.map_err(unreadable)?.file_name();
        numbers.extend(name.to_str().and_then(|name| name.strip_prefix(prefix)?.parse::<u64>().ok()));
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// Makes the folder, readable by its owner only.
#[cfg(feature = "sled")]
fn private_folder(folder: &std::path::Path) -> Result<(), Error> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|source| {
        Error::new(ErrorKind::Unavailable, format!("cannot make the outbox {}", folder.display())).with_source(source)
    })
}
