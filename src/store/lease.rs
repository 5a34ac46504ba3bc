//! What only one instance does at a time: whoever holds the lease.
//!
//! In: a store that several instances may share, the name of a task. Out: a lease that is renewed while it is held, or
//! none, because another instance has it. One that dies is replaced when its time is up.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::{ConsentStore, Error, ErrorKind, random_name, wait};

/// How often a lease is renewed while it holds.
const RENEWALS: u32 = 4;

/// A task that is this instance's until this is dropped, from [`hold`].
///
/// # Example
///
/// ```
/// use std::{sync::Arc, time::Duration};
/// use tower_consent::store::{Memory, hold};
/// let lease = hold(Arc::new(Memory::default()), "retention", Duration::from_secs(30)).unwrap();
/// // `None` would say that another server is about it.
/// let done = lease.map(|lease| (0..3).take_while(|_| lease.is_held()).count());
/// assert_eq!(done, Some(3));
/// ```
#[derive(Debug)]
#[must_use = "the lease is given back when this is dropped"]
pub struct Lease {
    shared: Arc<Shared>,
    /// Its end is what the thread waits for.
    over: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    store: Arc<dyn ConsentStore>,
    name: String,
    length: Duration,
    lost: AtomicBool,
    /// When the call that was answered with the lease last was made: it may have been given as early as that.
    asked: Mutex<Instant>,
}

/// Takes a task for this process, if no other instance on the same store has it; `None` when one has.
///
/// The lease holds for `length` and is renewed all the while; it should be several seconds. A process that dies loses it when
/// that is over. A store of one process gives every lease.
///
/// # Errors
///
/// When the store cannot be used, or the system gives no thread.
///
/// # Example
///
/// ```
/// use std::{sync::Arc, time::Duration};
/// use tower_consent::store::{Memory, hold};
/// let store = Arc::new(Memory::default());
/// let lease = hold(store, "mirror", Duration::from_secs(30)).unwrap().unwrap();
/// assert!(lease.is_held());
/// ```
pub fn hold(store: Arc<dyn ConsentStore>, name: &str, length: Duration) -> Result<Option<Lease>, Error> {
    let asked = Instant::now();
    if !wait(store.lease(name.to_owned(), holder()?.to_owned(), length))? {
        return Ok(None);
    }
    let shared = Arc::new(Shared {
        store,
        name: name.to_owned(),
        length,
        lost: AtomicBool::new(false),
        asked: Mutex::new(asked),
    });
    let renewed = shared.clone();
    let (over, ended) = mpsc::channel();
    let thread = thread::Builder::new().name("tower-consent-lease".to_owned());
    let thread = thread.spawn(move || renewed.renew(&ended)).map_err(|source| {
        Error::new(ErrorKind::Unavailable, "cannot start the thread that renews a lease").with_source(source)
    })?;
    Ok(Some(Lease { shared, over: Some(over), thread: Some(thread) }))
}

/// Returns the name of this process.
pub(crate) fn holder() -> Result<&'static str, Error> {
    static NAME: OnceLock<String> = OnceLock::new();
    if let Some(name) = NAME.get() {
        return Ok(name);
    }
    let name = random_name()?;
    Ok(NAME.get_or_init(|| name))
}

impl Shared {
    fn asked(&self) -> MutexGuard<'_, Instant> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn renew(&self, ended: &Receiver<()>) {
        let Ok(holder) = holder() else { return };
        let length = self.length;
        while ended.recv_timeout(length / RENEWALS) == Err(RecvTimeoutError::Timeout) {
            let asked = Instant::now();
            match wait(self.store.lease(self.name.clone(), holder.to_owned(), length)) {
                Ok(true) => *self.asked() = asked,
                // Another instance has it: this one came too late.
                Ok(false) => return self.lost.store(true, Ordering::Release),
                Err(_) if self.asked().elapsed() >= length => self.lost.store(true, Ordering::Release),
                Err(_) => {}
            }
        }
        // Given back: a lease without length is over at once.
        let _ = wait(self.store.lease(self.name.clone(), holder.to_owned(), Duration::ZERO));
    }
}

impl Lease {
    /// Says whether the task is still this instance's; asked between the steps of a long one.
    ///
    /// # Example
    ///
    /// ```
    /// use std::{sync::Arc, time::Duration};
    /// use tower_consent::store::{Memory, hold};
    /// let lease = hold(Arc::new(Memory::default()), "mirror", Duration::from_secs(30)).unwrap().unwrap();
    /// assert!(lease.is_held());
    /// let over = hold(Arc::new(Memory::default()), "mirror", Duration::ZERO).unwrap().unwrap();
    /// assert!(!over.is_held(), "one of no length is over as soon as it is given");
    /// ```
    pub fn is_held(&self) -> bool {
        // A call that does not come back leaves the lease to another instance all the same.
        !self.shared.lost.load(Ordering::Acquire) && self.shared.asked().elapsed() < self.shared.length
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        drop(self.over.take());
        if let Some(thread) = self.thread.take() {
            // It ends with one call to the store.
            let _ = thread.join();
        }
    }
}
