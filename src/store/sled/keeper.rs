//! The store as it is open or closed: what fails is closed and opened again, what hangs is left behind.
//!
//! In: what is to be done with the open store. Out: its result, within a time limit. Nothing is said to be written that
//! was not written within the limit, by the store that is still the open one.

use std::{
    io,
    panic::AssertUnwindSafe,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use super::{SledOptions, files, io_failed, opened::Opened};
use crate::store::{Error, ErrorKind};

/// How long after a failure the store is opened again, at first and at most.
const RETRY: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));
/// How long a write may take before sled is asked whether it still lives.
const NUDGE: Duration = Duration::from_millis(500);
/// How long a store that failed may take to let go of its files.
const GOING: Duration = Duration::from_secs(2);

/// Holds the store, open or closed.
#[derive(Debug)]
pub(super) struct Keeper {
    pub(super) folder: PathBuf,
    pub(super) options: SledOptions,
    state: Mutex<State>,
    /// One write at a time, so that the compare and the swap of the head are one step.
    turn: Mutex<Writer>,
    /// Whether a thread is about what is set aside.
    aside: Arc<AtomicBool>,
}

/// What the thread that writes does.
type Work = Box<dyn FnOnce() + Send>;
/// The way to the thread that writes; `None` before the first write, and when it was left behind.
type Writer = Option<mpsc::Sender<Work>>;

#[derive(Debug)]
enum State {
    Open(Arc<Opened>),
    Closed { why: String, kind: ErrorKind },
}

impl Keeper {
    /// Opens the store.
    pub(super) fn start(folder: PathBuf, options: SledOptions) -> Result<Arc<Self>, Error> {
        let opened = Opened::open(&folder, &options, true)?;
        let state = Mutex::new(State::Open(Arc::new(opened)));
        Ok(Arc::new(Self { folder, options, state, turn: Mutex::new(None), aside: Arc::default() }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change of the state is one assignment.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn opened(&self) -> Result<Arc<Opened>, Error> {
        match &*self.state() {
            State::Open(opened) => Ok(opened.clone()),
            State::Closed { why, kind } => Err(Error::new(*kind, why.clone())),
        }
    }

    /// Reads.
    pub(super) fn read<T>(&self, act: impl FnOnce(&Opened) -> Result<T, Error>) -> Result<T, Error> {
        let opened = self.opened()?;
        let done = guard(|| act(&opened));
        let_go(opened);
        done
    }

    /// Writes, in another thread so that nobody waits for ever. A failed write leaves sled broken for good, and what it
    /// then shows may never have reached the disk: the store is closed, and opened again from the disk.
    pub(super) fn write<T: Send + 'static>(
        self: &Arc<Self>,
        act: impl FnOnce(&Opened) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let mut writer = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let opened = self.opened()?;
        let watched = Arc::downgrade(&opened);
        let (answer, answered) = mpsc::sync_channel(1);
        let (folder, options) = (self.folder.clone(), self.options.clone());
        let work = Box::new(move || {
            let done = guard(|| {
                opened.hold_ballast(&folder, &options)?;
                act(&opened)
            });
            // Let go before the answer: whoever gets it may close the store.
            let_go(opened);
            let _ = answer.send(done);
        });
        let sent = match writer.take() {
            Some(queue) => queue.send(work).map(|()| queue).map_err(|_| io::ErrorKind::BrokenPipe.into()),
            None => begin(work),
        };
        let queue = sent.map_err(io_failed("cannot start the thread that writes"))?;
        let done = self.wait(&watched, &answered);
        // Without an answer it still hangs: the next write gets a thread of its own.
        *writer = done.is_some().then_some(queue);
        let done = done.unwrap_or_else(|| {
            let limit = self.options.patience.as_secs_f32();
            let what = format!("a write of the store has no answer after {limit} s; it is opened anew");
            Err(Error::new(ErrorKind::Unavailable, what))
        });
        if let Err(error) = &done
            && !matches!(error.kind(), ErrorKind::Conflict | ErrorKind::Refused | ErrorKind::Full)
        {
            self.close(error);
        }
        done
    }

    /// Waits for a write, at most for as long as the options say; `None` when it did not answer.
    fn wait<T>(&self, watched: &Weak<Opened>, answered: &mpsc::Receiver<T>) -> Option<T> {
        let until = Instant::now() + self.options.patience;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match answered.recv_timeout(left.min(NUDGE)) {
                Ok(done) => return Some(done),
                Err(mpsc::RecvTimeoutError::Disconnected) => return None,
                Err(mpsc::RecvTimeoutError::Timeout) if Instant::now() >= until => return None,
                Err(mpsc::RecvTimeoutError::Timeout) => nudge(watched),
            }
        }
    }

    /// Reads or writes what is set aside, which needs no open store; in a thread of its own, because a disk that fails may hang,
    /// and never in two at once: while one hangs, the next is refused.
    pub(super) fn aside<T: Send + 'static>(
        &self,
        act: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let failed = || io_failed("cannot use the room that was set aside");
        let busy = self.aside.clone();
        if busy.swap(true, Ordering::AcqRel) {
            return Err(failed()(io::ErrorKind::TimedOut.into()));
        }
        let path = self.folder.join("aside");
        let (answer, answered) = mpsc::sync_channel(1);
        let act = move || {
            let done = act(&path);
            busy.store(false, Ordering::Release);
            let _ = answer.send(done);
        };
        if let Err(error) = thread::Builder::new().name("tower-consent-aside".to_owned()).spawn(act) {
            self.aside.store(false, Ordering::Release);
            return Err(failed()(error));
        }
        let done = answered.recv_timeout(self.options.patience);
        done.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())).map_err(failed())
    }

    fn close(self: &Arc<Self>, error: &Error) {
        let closed = State::Closed { why: error.to_string(), kind: error.kind() };
        let before = std::mem::replace(&mut *self.state(), closed);
        let State::Open(opened) = before else { return };
        let (gone, held) = (Arc::downgrade(&opened), opened.engine.held());
        let_go(opened);
        let keeper = Arc::downgrade(self);
        let heal = move || heal(&keeper, &gone, &held);
        let healing = thread::Builder::new().name("tower-consent-heal".to_owned()).spawn(heal);
        if healing.is_err() {
            // Without a thread nobody would open it again; the next start of the process does.
            *self.state() = State::Closed {
                why: format!("{error}; and the system gives no thread to open the store again, restart the server"),
                kind: error.kind(),
            };
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        let closed = State::Closed { why: "the store was closed".to_owned(), kind: ErrorKind::Unavailable };
        quietly(std::mem::replace(self.state.get_mut().unwrap_or_else(PoisonError::into_inner), closed));
    }
}

/// Starts a thread that does what it is given until nobody can give it anything any more.
fn begin(first: Work) -> io::Result<mpsc::Sender<Work>> {
    let (queue, waiting) = mpsc::channel::<Work>();
    let work = move || {
        first();
        while let Ok(next) = waiting.recv() {
            next();
        }
    };
    thread::Builder::new().name("tower-consent-write".to_owned()).spawn(work)?;
    Ok(queue)
}

/// Asks a database that may hang for a sign of life, which also wakes those that wait for a write that has failed.
///
/// When a write fails, one path of sled 0.34.7 keeps the error and tells nobody (`Log::exit_reservation`): whoever waits
/// in `flush` for that write waits for ever. The next `flush` finds the error and wakes them.
fn nudge(watched: &Weak<Opened>) {
    if let Some(opened) = watched.upgrade() {
        opened.engine.nudge();
        let_go(opened);
    }
}

/// Opens a store again that was closed after a failure, as soon as that can be done.
fn heal(keeper: &Weak<Keeper>, gone: &Weak<Opened>, held: &Weak<()>) {
    let until = Instant::now() + GOING;
    let mut left_behind = false;
    while held.strong_count() > 0 && !left_behind {
        nudge(gone);
        thread::sleep(Duration::from_millis(20));
        left_behind = Instant::now() > until;
    }
    let mut wait = RETRY.0;
    loop {
        thread::sleep(wait);
        let Some(keeper) = keeper.upgrade() else { return };
        // Who still hangs holds the lock of the old files and may yet write into them: he keeps them, the store goes on
        // with copies.
        left_behind &= held.strong_count() > 0;
        let anchor = keeper.options.anchor_of(&keeper.folder);
        let copied = if left_behind { files::leave_behind(&keeper.folder, &anchor) } else { Ok(()) };
        left_behind &= copied.is_err();
        let opened = copied
            .map_err(io_failed("cannot copy the store away from a write that hangs"))
            .and_then(|()| Opened::open(&keeper.folder, &keeper.options, true));
        match opened {
            Ok(opened) => {
                *keeper.state() = State::Open(Arc::new(opened));
                return;
            }
            Err(error) => {
                *keeper.state() = State::Closed { why: error.to_string(), kind: error.kind() };
                wait = (wait * 2).min(RETRY.1);
            }
        }
    }
}

/// Lets go of the open store. Whoever is the last to do so has another thread drop it: sled flushes once more then, and after a
/// write that failed it may wait for ever, and so would everyone behind it.
fn let_go(opened: Arc<Opened>) {
    if let Some(last) = Arc::into_inner(opened) {
        // The one that hangs is woken by a flush that finds the error.
        last.engine.nudge();
        let dropping = thread::Builder::new().name("tower-consent-drop".to_owned());
        let _ = dropping.spawn(move || quietly(last));
    }
}

/// Drops what holds the database: sled flushes once more then, and panics when that fails. Nothing is lost by it,
/// because everything that was answered is on the disk.
pub(super) fn quietly<T>(open: T) {
    let _ = std::panic::catch_unwind(AssertUnwindSafe(|| drop(open)));
}

/// Runs something that sled may answer with a panic.
pub(super) fn guard<T>(act: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    std::panic::catch_unwind(AssertUnwindSafe(act))
        .unwrap_or_else(|_| Err(Error::new(ErrorKind::Corrupt, "the store is damaged: its database gave up")))
}
