//! The embedded store: a folder of this machine.
//!
//! In and out: what [`ConsentStore`] says. The database is sled, which loses acknowledged data at a power cut, can
//! take a damaged log for a shorter one, stays broken after one failed write and panics on some damage. Around it
//! are: a barrier after every write (`engine`), an anchor outside of the folder (`anchor`), keys that can be
//! destroyed (`keys`), segments of what does not change any more (`segments`), room set aside for a full disk
//! (`files`), and here the closing and reopening after a failure. `docs/log-format.md` has all formats.

mod anchor;
mod check;
mod engine;
mod files;
mod keys;
mod opened;
mod options;
mod rows;
mod segments;

use std::{
    io,
    ops::Range,
    panic::AssertUnwindSafe,
    path::{Path, PathBuf},
    sync::{PoisonError, RwLock, atomic::Ordering},
    time::{Duration, Instant},
};

use self::{
    anchor::Mark,
    engine::{Additions, ERASED_ALL, ERASED_BRIEF, Place, damaged},
    opened::{Opened, Vault, read_head, secret},
    rows::Row,
};
pub use self::{
    check::{Check, Fault},
    options::SledOptions,
};
use super::{Answer, ConsentStore, Erasure, Error, ErrorKind, check_name, check_note};
use crate::{
    audit::{Entry, Hash, Head, SEGMENT},
    signal::VisitorId,
};

/// How long after a failure the store is opened again, at first and at most.
const RETRY: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));
/// Entries of one append that are kept as one value of the database.
const ROWS: u64 = 16;
/// Values whose time has come that are destroyed in one step.
const EXPIRIES: usize = 4096;

/// Keeps the log in a folder of this machine.
///
/// Only one process may have it open. Beside the folder lies its anchor, a file with its name and `.anchor`: when the
/// folder is moved, the anchor goes with it.
///
/// After a failed write the database is closed and opened again, at first after 200 ms, at most every 5 s; until that
/// succeeds every call answers [`ErrorKind::Unavailable`].
///
/// # Example
///
/// ```
/// use tower_consent::store::{ConsentStore, Sled};
/// let folder = tempfile::tempdir().unwrap();
/// let store = Sled::open(folder.path().join("store")).unwrap();
/// assert_eq!(pollster::block_on(store.head()).unwrap().size(), 0);
/// ```
#[derive(Debug)]
pub struct Sled {
    folder: PathBuf,
    options: SledOptions,
    state: RwLock<State>,
}

#[derive(Debug)]
enum State {
    Open(Box<Opened>),
    Closed { again: Instant, wait: Duration, why: String, kind: ErrorKind },
}

impl Sled {
    /// Opens the store in a folder, creating it when it is not there.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`] when the folder cannot be made or written, or another process has it open;
    /// [`ErrorKind::Corrupt`] when what is in it is damaged, or is older than its anchor says.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, Error> {
        SledOptions::new().open(folder)
    }

    /// Opens a store that is already there; for tools that look and must not create one by mistake.
    ///
    /// # Errors
    ///
    /// As [`Sled::open`]; and [`ErrorKind::Unavailable`] when there is no store in the folder.
    pub fn open_existing(folder: impl AsRef<Path>) -> Result<Self, Error> {
        let folder = folder.as_ref();
        if !folder.join("db").is_file() {
            let what = format!("there is no store in {}", folder.display());
            return Err(Error::new(ErrorKind::Unavailable, what));
        }
        Self::open(folder)
    }

    fn start(folder: &Path, options: SledOptions) -> Result<Self, Error> {
        let opened = Opened::open(folder, &options, true)?;
        Ok(Self { folder: folder.to_owned(), options, state: RwLock::new(State::Open(Box::new(opened))) })
    }

    /// Reads, opening again what a failure closed.
    fn read<T>(&self, act: impl FnOnce(&Opened) -> Result<T, Error>) -> Result<T, Error> {
        self.reopen();
        match &*self.state.read().unwrap_or_else(PoisonError::into_inner) {
            State::Open(opened) => guard(|| act(opened)),
            State::Closed { why, kind, .. } => Err(Error::new(*kind, why.clone())),
        }
    }

    /// Writes. A failed write leaves sled broken for good, and what it then shows may never have reached the disk: the
    /// database is closed, and opened again from the disk.
    fn write<T>(&self, act: impl FnOnce(&Opened, &mut Vault) -> Result<T, Error>) -> Result<T, Error> {
        let done = self.read(|opened| {
            let mut vault = opened.vault();
            opened.hold_ballast(&self.folder, &self.options)?;
            act(opened, &mut vault)
        });
        if let Err(error) = &done
            && !matches!(error.kind(), ErrorKind::Conflict | ErrorKind::Refused | ErrorKind::Full)
        {
            self.close(error);
        }
        done
    }

    fn close(&self, error: &Error) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if matches!(*state, State::Open(_)) {
            let again = Instant::now() + RETRY.0;
            let closed = State::Closed { again, wait: RETRY.0, why: error.to_string(), kind: error.kind() };
            quietly(std::mem::replace(&mut *state, closed));
        }
    }

    fn reopen(&self) {
        let due = |state: &State| matches!(state, State::Closed { again, .. } if *again <= Instant::now());
        if !due(&self.state.read().unwrap_or_else(PoisonError::into_inner)) {
            return;
        }
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        let State::Closed { again, wait, why, kind } = &mut *state else { return };
        if *again > Instant::now() {
            return;
        }
        match Opened::open(&self.folder, &self.options, true) {
            Ok(opened) => *state = State::Open(Box::new(opened)),
            Err(error) => {
                *wait = (*wait * 2).min(RETRY.1);
                *again = Instant::now() + *wait;
                (*why, *kind) = (error.to_string(), error.kind());
            }
        }
    }

    fn append_now(&self, expected: &Head, entries: &[Entry], next: &Head) -> Result<(), Error> {
        if expected.size() + entries.len() as u64 != next.size() {
            return Err(Error::new(ErrorKind::Refused, "the next head does not count the entries"));
        }
        self.write(|opened, vault| {
            let head = opened.head()?;
            if head != *expected {
                return Err(Error::new(ErrorKind::Conflict, "another writer moved the head of the log"));
            }
            let first = head.size();
            vault.keys.fill(next.size()).map_err(io_failed("cannot make the keys of the personal values"))?;
            let slots = vault.keys.slots(first, entries.len()).map_err(io_failed("cannot read the keys"))?;
            let mut added = Additions::default();
            for ((entry, slot), index) in entries.iter().zip(&slots).zip(first..) {
                let row = Row::seal(index, slot, entry).ok_or_else(|| damaged("the key of a new event"))?;
                if let Some(visitor) = entry.visitor {
                    added.visitors.push([opened.tag(visitor).as_slice(), &index.to_be_bytes()].concat());
                }
                if row.until > 0 {
                    let mut key = [0; 16];
                    key[..8].copy_from_slice(&row.until.to_be_bytes());
                    key[8..].copy_from_slice(&index.to_be_bytes());
                    added.expiries.push(key);
                }
                // Small steps, so that a page of the database does not grow without bound.
                if added.rows.is_empty() || index % SEGMENT == 0 || (index - first) % ROWS == 0 {
                    added.rows.push((index, Vec::new()));
                }
                if let Some((_, rows)) = added.rows.last_mut() {
                    rows::write(rows, &row);
                }
            }
            opened.engine.append(&added, &next.encode(), &head.encode())?;
            // A crash from here on leaves the batch or nothing of it; nobody was told yet.
            opened.engine.make_durable()?;
            // A crash before the anchor moves leaves it one batch behind, which opening forgives.
            opened.moved(vault, Mark { size: next.size(), root: next.root(), ..vault.mark })
        })
    }

    fn put(&self, place: Place, name: &str, bytes: &[u8]) -> Result<(), Error> {
        self.write(|opened, vault| {
            let before = opened.engine.get(place, name)?;
            if before.as_deref() == Some(bytes) || (place == Place::Documents && before.is_some()) {
                return Ok(());
            }
            let writes = opened.engine.number("writes")? + 1;
            opened.engine.put(place, name, bytes, writes)?;
            opened.engine.make_durable()?;
            opened.moved(vault, Mark { writes, ..vault.mark })
        })
    }

    fn erase_now(&self, erasure: &Erasure) -> Result<u64, Error> {
        self.write(|opened, vault| {
            let (indexes, tags, times, mark) = match erasure {
                Erasure::Visitor(visitor) => {
                    let tag = opened.tag(*visitor);
                    let places = opened.engine.places(&tag)?;
                    let key = |place: &u64| [tag.as_slice(), &place.to_be_bytes()].concat();
                    let tags = places.iter().map(key).collect();
                    (places, tags, Vec::new(), ERASED_ALL)
                }
                Erasure::Expired(now) => {
                    let now = u64::try_from(now.unix_timestamp()).unwrap_or(0);
                    let times = opened.engine.expired(now, EXPIRIES)?;
                    let place = |key: &Vec<u8>| Some(u64::from_be_bytes(key.get(8..)?.try_into().ok()?));
                    let places: Option<Vec<u64>> = times.iter().map(place).collect();
                    (places.ok_or_else(|| damaged("what expires"))?, Vec::new(), times, ERASED_BRIEF)
                }
            };
            if indexes.is_empty() {
                return Ok(0);
            }
            // The keys go first: a crash from here on leaves values that nobody can read, and places that are
            // forgotten when the erasure is asked for again.
            let brief = mark == ERASED_BRIEF;
            vault.keys.destroy(&indexes, brief).map_err(io_failed("cannot destroy the keys of personal values"))?;
            let writes = opened.engine.number("writes")? + 1;
            let erased: Vec<(u64, u8)> = indexes.iter().map(|index| (*index, mark)).collect();
            opened.engine.erase(&erased, &tags, &times, writes)?;
            opened.engine.make_durable()?;
            opened.moved(vault, Mark { writes, ..vault.mark })?;
            Ok(indexes.len() as u64)
        })
    }

    /// Moves complete segments of the log from the database into files.
    fn seal(&self) -> Result<bool, Error> {
        let ready = self.read(|opened| {
            let number = opened.sealed.load(Ordering::Acquire);
            let (start, end) = (number * SEGMENT, (number + 1) * SEGMENT);
            if opened.head()?.size() < end || !opened.ballast.load(Ordering::Acquire) {
                return Ok(None);
            }
            let rows = opened.rows(start..end)?;
            if rows.len() as u64 != SEGMENT {
                return Err(damaged("a segment of the log"));
            }
            opened.segments.write(number, &rows).map_err(io_failed("cannot write a segment of the log"))?;
            Ok(Some((number, start, end)))
        })?;
        let Some((number, start, end)) = ready else { return Ok(false) };
        // A crash before the next step leaves a file that is written again.
        self.write(|opened, _| {
            opened.engine.seal(start, end, number + 1)?;
            opened.engine.make_durable()?;
            opened.sealed.store(number + 1, Ordering::Release);
            Ok(())
        })?;
        Ok(true)
    }

    fn secret_now(&self, name: &str, proposal: [u8; 32]) -> Result<[u8; 32], Error> {
        check_name(name)?;
        if name.contains(['/', '\\']) || name.starts_with('.') || name.ends_with(".new") {
            return Err(Error::new(ErrorKind::Refused, format!("`{name}` is no name of a secret")));
        }
        self.read(|opened| {
            let _vault = opened.vault();
            secret(&self.folder, name, Some(proposal))?
                .ok_or_else(|| Error::new(ErrorKind::Unavailable, format!("the secret `{name}` is gone")))
        })
    }

    fn secrets_now(&self, prefix: &str) -> Result<Vec<(String, [u8; 32])>, Error> {
        self.read(|_| {
            let found = files::secrets(&self.folder.join("secrets")).map_err(io_failed("cannot list the secrets"))?;
            let mine = found.into_iter().filter(|(name, _)| name.starts_with(prefix));
            mine.map(|(name, path)| {
                let secret = files::read_secret(&path).map_err(io_failed("cannot read a secret"))?;
                Ok((name, secret.ok_or_else(|| damaged("a secret"))?))
            })
            .collect()
        })
    }
}

impl Drop for Sled {
    fn drop(&mut self) {
        let gone = State::Closed {
            again: Instant::now(),
            wait: RETRY.1,
            why: "the store was closed".to_owned(),
            kind: ErrorKind::Unavailable,
        };
        quietly(std::mem::replace(self.state.get_mut().unwrap_or_else(PoisonError::into_inner), gone));
    }
}

/// Drops what holds the database: sled flushes once more then, and panics when that fails. Nothing is lost by it,
/// because everything that was answered is on the disk.
fn quietly<T>(open: T) {
    let _ = std::panic::catch_unwind(AssertUnwindSafe(|| drop(open)));
}

/// Runs something that sled may answer with a panic.
fn guard<T>(act: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    std::panic::catch_unwind(AssertUnwindSafe(act))
        .unwrap_or_else(|_| Err(Error::new(ErrorKind::Corrupt, "the store is damaged: its database gave up")))
}

fn io_failed(what: &str) -> impl FnOnce(io::Error) -> Error + use<> {
    let what = what.to_owned();
    move |source| {
        let kind = match source.kind() {
            io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => ErrorKind::Corrupt,
            _ => ErrorKind::Unavailable,
        };
        Error::new(kind, what).with_source(source)
    }
}

fn answer<'a, T: Send + 'a>(result: Result<T, Error>) -> Answer<'a, T> {
    Box::pin(std::future::ready(result))
}

impl ConsentStore for Sled {
    fn head(&self) -> Answer<'_, Head> {
        // What a failed write left in memory must not be taken for what is on the disk: the mark moves after the
        // barrier.
        answer(self.read(|opened| {
            let size = opened.vault().mark.size;
            let head = opened.head()?;
            if head.size() == size { Ok(head) } else { read_head(&opened.engine, "previous") }
        }))
    }

    fn append(&self, expected: Head, entries: Vec<Entry>, next: Head) -> Answer<'_, ()> {
        answer(self.append_now(&expected, &entries, &next))
    }

    fn read(&self, range: Range<u64>) -> Answer<'_, Vec<Entry>> {
        answer(self.read(|opened| opened.entries(range)))
    }

    fn segments(&self) -> Answer<'_, Vec<Hash>> {
        answer(self.read(|opened| {
            let count = opened.sealed.load(Ordering::Acquire);
            let roots = (0..count).map(|number| opened.segments.root(number));
            roots.collect::<io::Result<_>>().map_err(io_failed("cannot read a segment of the log"))
        }))
    }

    fn hashes(&self, segment: u64) -> Answer<'_, Vec<Hash>> {
        answer(self.read(|opened| {
            if segment < opened.sealed.load(Ordering::Acquire) {
                return opened.segments.hashes(segment).map_err(io_failed("cannot read a segment of the log"));
            }
            let rows = opened.rows(segment * SEGMENT..(segment + 1) * SEGMENT)?;
            Ok(rows.iter().map(|row| crate::audit::leaf_hash(&row.leaf)).collect())
        }))
    }

    fn by_visitor(&self, visitor: VisitorId) -> Answer<'_, Vec<u64>> {
        answer(self.read(|opened| opened.engine.places(&opened.tag(visitor))))
    }

    fn erase(&self, erasure: Erasure) -> Answer<'_, u64> {
        answer(self.erase_now(&erasure))
    }

    fn tidy(&self) -> Answer<'_, bool> {
        answer(self.seal())
    }

    fn put_document(&self, hash: String, bytes: Vec<u8>) -> Answer<'_, ()> {
        answer(check_name(&hash).and_then(|()| self.put(Place::Documents, &hash, &bytes)))
    }

    fn document(&self, hash: String) -> Answer<'_, Option<Vec<u8>>> {
        answer(self.read(|opened| opened.engine.get(Place::Documents, &hash)))
    }

    fn documents(&self) -> Answer<'_, Vec<String>> {
        let names = |opened: &Opened| {
            let documents = opened.engine.list(Place::Documents, "");
            documents.map(|document| document.map(|(name, _)| name)).collect()
        };
        answer(self.read(names))
    }

    fn secret(&self, name: String, proposal: [u8; 32]) -> Answer<'_, [u8; 32]> {
        answer(self.secret_now(&name, proposal))
    }

    fn secrets(&self, prefix: String) -> Answer<'_, Vec<(String, [u8; 32])>> {
        answer(self.secrets_now(&prefix))
    }

    fn put_note(&self, name: String, bytes: Vec<u8>) -> Answer<'_, ()> {
        answer(check_note(&name, &bytes).and_then(|()| self.put(Place::Notes, &name, &bytes)))
    }

    fn note(&self, name: String) -> Answer<'_, Option<Vec<u8>>> {
        answer(self.read(|opened| opened.engine.get(Place::Notes, &name)))
    }

    fn notes(&self, prefix: String) -> Answer<'_, Vec<(String, Vec<u8>)>> {
        answer(self.read(|opened| opened.engine.list(Place::Notes, &prefix).collect()))
    }
}
