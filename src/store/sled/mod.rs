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
mod rows;
mod segments;

use std::{
    fs, io,
    ops::Range,
    panic::AssertUnwindSafe,
    path::{Path, PathBuf},
    sync::{
        Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use time::OffsetDateTime;

pub use self::check::{Check, Fault};
use self::{
    anchor::{Anchor, Mark},
    engine::{Additions, ERASED_ALL, ERASED_BRIEF, Engine, Place, damaged},
    keys::{Keys, Life},
    rows::Row,
    segments::Segments,
};
use super::{Answer, ConsentStore, Erasure, Error, ErrorKind, check_name, check_note};
use crate::{
    audit::{Entry, Hash, Head, SEGMENT},
    signal::VisitorId,
};

/// How long after a failure the store is opened again, at first and at most.
const RETRY: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));
/// Values whose time has come that are destroyed in one step.
const EXPIRIES: usize = 4096;

/// How the embedded store is opened.
///
/// # Example
///
/// ```
/// use tower_consent::store::SledOptions;
/// let folder = tempfile::tempdir().unwrap();
/// let options = SledOptions::new().with_cache(16 << 20).with_anchor(folder.path().join("anchor"));
/// assert!(options.open(folder.path().join("store")).is_ok());
/// assert!(folder.path().join("anchor").is_file());
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct SledOptions {
    cache: u64,
    flush_every: Option<Duration>,
    ballast: u64,
    anchor: Option<PathBuf>,
}

impl Default for SledOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl SledOptions {
    /// Returns the options [`Sled::open`] uses.
    pub fn new() -> Self {
        Self { cache: 32 << 20, flush_every: None, ballast: 8 << 20, anchor: None }
    }

    /// Sets how much memory the database may use for pages, in bytes.
    ///
    /// Default: 32 MiB. sled's own is 1 GiB, which a small machine does not have.
    pub fn with_cache(mut self, bytes: u64) -> Self {
        self.cache = bytes;
        self
    }

    /// Sets how often sled writes by itself what nobody has flushed.
    ///
    /// Default: never. Everything here is flushed by the call that wrote it; a thread that flushes besides only
    /// competes for the disk.
    pub fn with_flush_every(mut self, every: Option<Duration>) -> Self {
        self.flush_every = every;
        self
    }

    /// Sets the room that is set aside on the disk, in bytes, at least.
    ///
    /// Default: 8 MiB, or twice the newest snapshot. sled needs room even to open for reading; without this a full
    /// disk could not be exported. 0 sets nothing aside.
    pub fn with_ballast(mut self, bytes: u64) -> Self {
        self.ballast = bytes;
        self
    }

    /// Sets the file outside of the folder that says how far the log had come.
    ///
    /// Default: beside the folder, with its name and `.anchor`. On another disk it tells even when the whole disk was
    /// set back.
    pub fn with_anchor(mut self, path: impl Into<PathBuf>) -> Self {
        self.anchor = Some(path.into());
        self
    }

    /// Opens the store in a folder, creating it when it is not there.
    ///
    /// # Errors
    ///
    /// As [`Sled::open`].
    pub fn open(self, folder: impl AsRef<Path>) -> Result<Sled, Error> {
        Sled::start(folder.as_ref(), self)
    }

    fn anchor_of(&self, folder: &Path) -> PathBuf {
        self.anchor.clone().unwrap_or_else(|| {
            let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
            let mut name = folder.file_name().unwrap_or_default().to_owned();
            name.push(".anchor");
            folder.with_file_name(name)
        })
    }
}

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

/// Everything that is open; dropped and made anew after a failure.
#[derive(Debug)]
struct Opened {
    engine: Engine,
    segments: Segments,
    /// Complete segments in files.
    sealed: AtomicU64,
    /// Whether the room for a full disk is set aside.
    ballast: AtomicBool,
    /// Key of the visitors' index.
    index: [u8; 32],
    /// One writer at a time, so that the compare and the swap of the head are one step.
    vault: Mutex<Vault>,
}

#[derive(Debug)]
struct Vault {
    keys: Keys,
    anchor: Anchor,
    mark: Mark,
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
            let open = std::mem::replace(&mut *state, closed);
            // sled's drop flushes once more, and panics when that fails.
            let _ = std::panic::catch_unwind(AssertUnwindSafe(|| drop(open)));
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
                added.rows.push((index, row.encode()));
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

impl Opened {
    /// Opens everything; with `strict` refuses what is older than its anchor.
    fn open(folder: &Path, options: &SledOptions, strict: bool) -> Result<Self, Error> {
        let place = folder.display();
        fs::create_dir_all(folder.join("secrets")).map_err(io_failed(&format!("cannot make the folder {place}")))?;
        files::restrict(folder).map_err(io_failed(&format!("cannot close the folder {place} to others")))?;
        files::sweep(folder).map_err(io_failed(&format!("cannot look into the folder {place}")))?;
        let path = options.anchor_of(folder);
        let anchor = Anchor::open(&path).map_err(io_failed(&format!("cannot read the anchor {}", path.display())))?;
        let ballast = folder.join("ballast");
        // sled panics on some damage instead of returning an error.
        let open = || guard(|| Engine::open(folder, options.cache, options.flush_every));
        let engine = match open() {
            // On a full disk the room set aside is given up, so that the log can at least be read.
            Err(_) if ballast.exists() && fs::remove_file(&ballast).is_ok() => open()?,
            opened => opened?,
        };
        guard(|| {
            let head = read_head(&engine, "head")?;
            let mut mark = Mark { size: head.size(), root: head.root(), writes: engine.number("writes")? };
            let anchor = match anchor {
                Some((mut anchor, before)) => {
                    if strict {
                        compare(&engine, &head, mark, before, anchor.path())?;
                    }
                    if before != mark && strict {
                        anchor.write(mark).map_err(io_failed("cannot write the anchor"))?;
                    }
                    if !strict {
                        mark = before;
                    }
                    anchor
                }
                None if strict && (mark.size > 0 || mark.writes > 0) => {
                    let what = format!(
                        "the anchor {} of the store in {place} is missing; it moves with the folder, and `store check \
                         --renew-anchor` makes a new one after everything was checked",
                        path.display()
                    );
                    return Err(Error::new(ErrorKind::Corrupt, what));
                }
                None => Anchor::create(&path, mark)
                    .map_err(io_failed(&format!("cannot write the anchor {}", path.display())))?,
            };
            let keys = Keys::open(&folder.join("keys"), head.size()).map_err(io_failed("cannot open the keys"))?;
            let mut proposal = [0; 32];
            getrandom::fill(&mut proposal).map_err(|source| {
                Error::new(ErrorKind::Unavailable, "the system gives no random bits for a key").with_source(source)
            })?;
            let proposal = (head.size() == 0).then_some(proposal);
            let index = secret(folder, "visitor-index", proposal)?
                .ok_or_else(|| Error::new(ErrorKind::Corrupt, "the secret `visitor-index` is gone"))?;
            let opened = Self {
                segments: Segments::in_folder(folder).map_err(io_failed("cannot make the folder of segments"))?,
                sealed: AtomicU64::new(engine.number("segments")?),
                engine,
                ballast: AtomicBool::new(false),
                index,
                vault: Mutex::new(Vault { keys, anchor, mark }),
            };
            files::sync_folder(folder).map_err(io_failed("cannot bring the folder of the store to the disk"))?;
            // Whether there is room is asked again by every write.
            let _ = opened.hold_ballast(folder, options);
            Ok(opened)
        })
    }

    fn vault(&self) -> MutexGuard<'_, Vault> {
        // After a panic the database is closed and opened anew; nothing of the vault is used again.
        self.vault.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses to write without the room that is set aside: it must be there when the disk is full.
    fn hold_ballast(&self, folder: &Path, options: &SledOptions) -> Result<(), Error> {
        if self.ballast.load(Ordering::Acquire) {
            return Ok(());
        }
        let size = files::ballast_size(folder, options.ballast);
        if size > 0 && !files::hold_ballast(&folder.join("ballast"), size) {
            return Err(Error::new(ErrorKind::Full, format!("no room on the disk of {}", folder.display())));
        }
        self.ballast.store(true, Ordering::Release);
        Ok(())
    }

    fn moved(&self, vault: &mut Vault, mark: Mark) -> Result<(), Error> {
        vault.anchor.write(mark).map_err(io_failed("cannot write the anchor"))?;
        vault.mark = mark;
        Ok(())
    }

    fn head(&self) -> Result<Head, Error> {
        read_head(&self.engine, "head")
    }

    /// Returns the name of a visitor in the index: without the key it tells nothing.
    fn tag(&self, visitor: VisitorId) -> [u8; 16] {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.index).expect("HMAC takes a key of any length");
        mac.update(visitor.as_bytes());
        let tag: [u8; 32] = mac.finalize().into_bytes().into();
        *tag.first_chunk().expect("sixteen of thirty-two bytes")
    }

    /// Returns the rows of a range that exist, in order and without a gap.
    fn rows(&self, range: Range<u64>) -> Result<Vec<Row>, Error> {
        let end = range.end.min(self.head()?.size());
        let mut next = range.start.min(end);
        let mut rows = Vec::with_capacity(usize::try_from(end - next).unwrap_or(0).min(1 << 16));
        let sealed = self.sealed.load(Ordering::Acquire) * SEGMENT;
        while next < end.min(sealed) {
            let number = next / SEGMENT;
            let to = end.min((number + 1) * SEGMENT);
            let part = self.segments.rows(number, next - number * SEGMENT, to - number * SEGMENT);
            rows.extend(part.map_err(io_failed("cannot read a segment of the log"))?);
            next = to;
        }
        for (index, row) in self.engine.rows(next, end)? {
            if index != next {
                break;
            }
            rows.push(Row::decode(&row).ok_or_else(|| damaged(&format!("entry {index}")))?);
            next += 1;
        }
        match next == end {
            true => Ok(rows),
            false => Err(Error::new(ErrorKind::Corrupt, format!("entry {next} is missing"))),
        }
    }

    fn entries(&self, range: Range<u64>) -> Result<Vec<Entry>, Error> {
        let first = range.start;
        let rows = self.rows(range)?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let slots = self.vault().keys.slots(first, rows.len()).map_err(io_failed("cannot read the keys"))?;
        let entries = rows.into_iter().zip(slots).zip(first..).map(|((row, slot), index)| {
            let opened = row.open(index, &slot);
            let (disclosures, brief) = opened.map_err(|()| damaged(&format!("the personal part of entry {index}")))?;
            let until = i64::try_from(row.until).ok().filter(|_| !brief.is_empty());
            let until = until.and_then(|until| OffsetDateTime::from_unix_timestamp(until).ok());
            Ok(Entry::from_parts(row.leaf, disclosures).with_brief(brief, until))
        });
        entries.collect()
    }
}

/// Compares what the database holds with what its anchor says it held.
fn compare(engine: &Engine, head: &Head, now: Mark, before: Mark, path: &Path) -> Result<(), Error> {
    let older = |what: String| {
        let advice = "the store was set back or has lost entries; `store check` tells what is there, `store restore` rebuilds it";
        Err(Error::new(ErrorKind::Corrupt, format!("{what} (anchor {}): {advice}", path.display())))
    };
    if now.size < before.size {
        return older(format!("the log has {} entries and once had {}", now.size, before.size));
    }
    if now.writes < before.writes {
        return older(format!("the store counts {} writes and once counted {}", now.writes, before.writes));
    }
    // After a crash the database may be one batch ahead of the anchor.
    let root = if head.size() == before.size { head.root() } else { read_head(engine, "previous")?.root() };
    if root != before.root && before.size > 0 {
        return older(format!("the first {} entries of the log are not what they were", before.size));
    }
    Ok(())
}

fn read_head(engine: &Engine, name: &str) -> Result<Head, Error> {
    match engine.meta(name)? {
        None => Ok(Head::EMPTY),
        Some(bytes) => Head::decode(&bytes).ok_or_else(|| damaged("the head of the log")),
    }
}

/// Returns a secret; one that is not there becomes the proposal.
fn secret(folder: &Path, name: &str, proposal: Option<[u8; 32]>) -> Result<Option<[u8; 32]>, Error> {
    let path = folder.join("secrets").join(name);
    let kept = files::read_secret(&path).map_err(io_failed(&format!("cannot read the secret `{name}`")))?;
    match (kept, proposal) {
        (None, Some(proposal)) => {
            files::write_secret(&path, &proposal).map_err(io_failed(&format!("cannot keep the secret `{name}`")))?;
            Ok(Some(proposal))
        }
        (kept, _) => Ok(kept),
    }
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
