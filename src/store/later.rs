//! The place of a store that cannot be opened, yet or at all: until it is open it refuses every call, and says why.

use std::{
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak},
    thread,
    time::Duration,
};

use super::{Answer, ConsentStore, Erasure, Error, ErrorKind, Turn};
use crate::{
    audit::{Entry, Hash, Head},
    signal::VisitorId,
};

/// The first and the longest pause between two attempts to open it.
const PAUSES: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));

/// Opens a store; when it is away, returns a place for it at once and goes on trying.
///
/// Until it is open, every call on the place answers with the reason why it is not. It is for a server that has an
/// outbox (`recorder::Outbox`) and so can start meanwhile.
///
/// # Errors
///
/// When it cannot be opened for another reason than [`ErrorKind::Unavailable`], or the system gives no thread.
///
/// # Example
///
/// ```
/// use std::sync::{Arc, atomic::{AtomicBool, Ordering}};
/// use tower_consent::store::{ConsentStore, Error, ErrorKind, Memory, opened_later};
/// let there = Arc::new(AtomicBool::new(false));
/// let asked = there.clone();
/// let store = opened_later(move || match asked.load(Ordering::Acquire) {
///     true => Ok(Arc::new(Memory::default()) as Arc<dyn ConsentStore>),
///     false => Err(Error::new(ErrorKind::Unavailable, "nobody answers")),
/// })
/// .unwrap();
/// assert!(pollster::block_on(store.head()).unwrap_err().to_string().contains("nobody answers"));
/// there.store(true, Ordering::Release);
/// while pollster::block_on(store.head()).is_err() {
///     std::thread::sleep(std::time::Duration::from_millis(50));
/// }
/// ```
pub fn opened_later(
    open: impl Fn() -> Result<Arc<dyn ConsentStore>, Error> + Send + 'static,
) -> Result<Arc<dyn ConsentStore>, Error> {
    let later = match open() {
        Err(error) if error.kind() == ErrorKind::Unavailable => Arc::new(Later::closed(&error)),
        done => return done,
    };
    let weak = Arc::downgrade(&later);
    thread::Builder::new().name("tower-consent-opening".to_owned()).spawn(move || keep_trying(&weak, open)).map_err(
        |source| Error::new(ErrorKind::Unavailable, "cannot start the thread that opens a store").with_source(source),
    )?;
    Ok(later)
}

fn keep_trying(later: &Weak<Later>, open: impl Fn() -> Result<Arc<dyn ConsentStore>, Error>) {
    let mut pause = PAUSES.0;
    loop {
        thread::sleep(pause);
        pause = (pause * 2).min(PAUSES.1);
        let Some(later) = later.upgrade() else { return };
        match open() {
            Ok(store) => return drop(later.opened.set(store)),
            Err(error) => later.why().1 = error.to_string(),
        }
    }
}

/// Returns the place of a store that is never opened.
pub(crate) fn absent(why: &Error) -> Arc<dyn ConsentStore> {
    Arc::new(Later::closed(why))
}

/// The place of a store.
#[derive(Debug)]
struct Later {
    opened: OnceLock<Arc<dyn ConsentStore>>,
    why: Mutex<(ErrorKind, String)>,
}

impl Later {
    fn closed(why: &Error) -> Self {
        Self { opened: OnceLock::new(), why: Mutex::new((why.kind(), why.to_string())) }
    }

    fn why(&self) -> MutexGuard<'_, (ErrorKind, String)> {
        self.why.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn opened(&self) -> Result<&dyn ConsentStore, Error> {
        self.opened.get().map(|store| &**store).ok_or_else(|| {
            let (kind, why) = self.why().clone();
            Error::new(kind, why)
        })
    }
}

/// Hands a call on to the store, if it is open.
macro_rules! handed_on {
    ($($name:ident($($argument:ident: $kind:ty),*) -> $answer:ty;)*) => {
        $(fn $name(&self, $($argument: $kind),*) -> Answer<'_, $answer> {
            match self.opened() {
                Ok(store) => store.$name($($argument),*),
                Err(error) => Box::pin(std::future::ready(Err(error))),
            }
        })*
    };
}

impl ConsentStore for Later {
    fn hints(&self) -> Option<u64> {
        self.opened.get()?.hints()
    }

    handed_on! {
        head() -> Head;
        append(expected: Head, entries: Vec<Entry>, next: Head) -> ();
        turn() -> Turn;
        lease(name: String, holder: String, length: Duration) -> bool;
        read(range: Range<u64>) -> Vec<Entry>;
        segments() -> Vec<Hash>;
        hashes(segment: u64) -> Vec<Hash>;
        by_visitor(visitor: VisitorId) -> Vec<u64>;
        last_of(visitors: Vec<VisitorId>) -> Vec<Option<u64>>;
        erase(erasure: Erasure) -> u64;
        tidy() -> bool;
        set_aside(bytes: Vec<u8>) -> bool;
        aside() -> Vec<Vec<u8>>;
        keep_aside(kept: Vec<Vec<u8>>) -> ();
        bytes() -> Option<u64>;
        put_document(hash: String, bytes: Vec<u8>) -> ();
        put_documents(documents: Vec<(String, Vec<u8>)>) -> ();
        document(hash: String) -> Option<Vec<u8>>;
        documents() -> Vec<String>;
        secret(name: String, proposal: [u8; 32]) -> [u8; 32];
        secrets(prefix: String) -> Vec<(String, [u8; 32])>;
        put_note(name: String, bytes: Vec<u8>) -> ();
        note(name: String) -> Option<Vec<u8>>;
        notes(prefix: String) -> Vec<(String, Vec<u8>)>;
    }
}
