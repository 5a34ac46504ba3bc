//! The embedded store: a folder of this machine.
//!
//! In and out: what [`ConsentStore`] says. The database is sled, which loses acknowledged data at a power cut, can
//! take a damaged log for a shorter one, stays broken after one failed write and panics on some damage. Around it
//! are: a barrier after every write (`engine`), an anchor outside of the folder (`anchor`), keys that can be
//! destroyed (`keys`, `marks`), segments of what does not change any more (`segments`), whose they are (`visitors`) and when
//! something in them expires (`expiries`), room for opening on a full disk (`files`) and for what cannot be written meanwhile
//! (`aside`), and the closing and reopening after a failure (`keeper`). `docs/log-format.md` has all formats.

mod anchor;
mod aside;
mod check;
mod engine;
mod expiries;
mod files;
mod keeper;
mod keys;
mod marks;
mod opened;
mod options;
mod rows;
mod segments;
mod tail;
mod visitors;

use std::{
    io,
    ops::Range,
    path::Path,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
};

pub use self::{
    check::{Check, Fault},
    options::SledOptions,
};
use self::{
    engine::{Place, damaged},
    expiries::NEVER,
    keeper::Keeper,
    opened::{ERASED, Opened, expiries_failed, index_failed, secret},
};
use super::{Answer, ConsentStore, Erasure, Error, ErrorKind, check_name, check_note};
use crate::{
    audit::{Entry, Hash, Head, SEGMENT},
    signal::VisitorId,
};

/// Keeps the log in a folder of this machine.
///
/// Only one process may have it open. Beside the folder lies its anchor, a file with its name and `.anchor`: when the
/// folder is moved, the anchor goes with it.
///
/// After a failed write, and after one that has no answer within the time of [`SledOptions::with_patience`], the store is
/// closed and opened again in the background, at first after 200 ms, at most every 5 s; until that succeeds every call
/// answers at once with an error that says why, mostly [`ErrorKind::Unavailable`].
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
    keeper: Arc<Keeper>,
    /// One housekeeping at a time.
    tidying: Mutex<()>,
}

impl Sled {
    /// Opens the store in a folder, creating it when it is not there.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`] when the folder cannot be made or written, or another process has it open;
    /// [`ErrorKind::Corrupt`] when what is in it is damaged, or is older than its anchor says.
    ///
    /// # Example
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// use tower_consent::store::{ErrorKind, Sled};
    /// let store = Sled::open(folder.path().join("store")).unwrap();
    /// let second = Sled::open(folder.path().join("store")).unwrap_err();
    /// assert_eq!(second.kind(), ErrorKind::Unavailable, "one process has it, and one handle in it");
    /// ```
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, Error> {
        SledOptions::new().open(folder)
    }

    /// Opens a store that is already there; for tools that look and must not create one by mistake.
    ///
    /// # Errors
    ///
    /// As [`Sled::open`]; and [`ErrorKind::Unavailable`] when there is no store in the folder.
    ///
    /// # Example
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// use tower_consent::store::Sled;
    /// let path = folder.path().join("stroe");
    /// let error = Sled::open_existing(&path).unwrap_err();
    /// assert!(error.to_string().starts_with("there is no store in "));
    /// assert!(!path.exists(), "a slip of the pen makes no store");
    /// ```
    pub fn open_existing(folder: impl AsRef<Path>) -> Result<Self, Error> {
        let folder = folder.as_ref();
        if !folder.join("db").is_file() {
            let what = format!("there is no store in {}", folder.display());
            return Err(Error::new(ErrorKind::Unavailable, what));
        }
        Self::open(folder)
    }

    fn start(folder: &Path, options: SledOptions) -> Result<Self, Error> {
        let store = Self { keeper: Keeper::start(folder.to_owned(), options)?, tidying: Mutex::default() };
        // A server that is ended again and again before its housekeeping's first turn would have more to read at each start.
        let waits = |opened: &Opened| {
            let sealed = opened.sealed.load(Ordering::Acquire);
            Ok(opened.head().size() >= (sealed + 2) * SEGMENT)
        };
        while matches!(store.keeper.read(waits), Ok(true)) && matches!(store.seal(), Ok(true)) {}
        Ok(store)
    }

    fn append_now(&self, expected: Head, entries: Vec<Entry>, next: Head) -> Result<(), Error> {
        if expected.size() + entries.len() as u64 != next.size() {
            return Err(Error::new(ErrorKind::Refused, "the next head does not count the entries"));
        }
        let folder = self.keeper.folder.clone();
        self.keeper.write(move |opened| {
            if opened.head() != expected {
                return Err(Error::new(ErrorKind::Conflict, "another writer moved the head of the log"));
            }
            opened.append(&folder, &entries, &next)
        })
    }

    /// Keeps texts or notes, durably, in one step for all that are new.
    fn put(&self, place: Place, named: Vec<(String, Vec<u8>)>) -> Result<(), Error> {
        // What is there needs no room: a server starts on a full disk.
        if self.keeper.read(|opened| fresh(opened, place, &named))?.is_empty() {
            return Ok(());
        }
        self.keeper.write(move |opened| {
            // Another one may have written meanwhile.
            let fresh = fresh(opened, place, &named)?;
            if fresh.is_empty() {
                return Ok(());
            }
            opened.counted(|writes| {
                fresh.iter().try_for_each(|(name, bytes)| opened.engine.put(place, name, bytes, writes))
            })
        })
    }

    fn erase_now(&self, erasure: Erasure) -> Result<u64, Error> {
        self.keeper.write(move |opened| {
            let (indexes, tag) = match erasure {
                Erasure::Event(index) => match opened.whose(index)? {
                    Some(tag) => (vec![index], tag),
                    None => return Ok(0),
                },
                Erasure::Visitor(visitor) => {
                    let tag = opened.tag(visitor);
                    (opened.places(&tag)?, Some(tag))
                }
                Erasure::Expired(now) => return opened.expire(u64::try_from(now.unix_timestamp()).unwrap_or(0)),
            };
            // In steps: what is said in the database must stay small.
            for indexes in indexes.chunks(ERASED) {
                opened.erase(indexes, marks::ALL, tag)?;
            }
            Ok(indexes.len() as u64)
        })
    }

    /// Brings the anchor to the disk, and moves the oldest entries of the newest part of the log into a segment.
    fn seal(&self) -> Result<bool, Error> {
        let _one = self.tidying.lock().unwrap_or_else(PoisonError::into_inner);
        let ready = self.keeper.read(|opened| {
            opened.anchor_durable()?;
            let number = opened.sealed.load(Ordering::Acquire);
            let (start, end) = (number * SEGMENT, (number + 1) * SEGMENT);
            if opened.head().size() < end || !opened.ballast.load(Ordering::Acquire) {
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
        self.keeper.write(move |opened| {
            // The store may have been opened again meanwhile.
            if opened.sealed.load(Ordering::Acquire) != number {
                return Ok(());
            }
            let (known, next) = opened.tail().known(start..end);
            opened.visitors.write(number..number + 1, known).map_err(index_failed())?;
            opened.expiries().note(number, next.unwrap_or(NEVER), true).map_err(expiries_failed())?;
            opened.engine.seal(start, end, number + 1)?;
            opened.engine.make_durable()?;
            // The anchor is at the head of a batch that may be forgotten now.
            opened.anchor_durable()?;
            opened.visitors.add(number..number + 1).map_err(index_failed())?;
            opened.sealed.store(number + 1, Ordering::Release);
            opened.tail().forget(end).map_err(io_failed("cannot remove the part of the log that is in segments"))
        })?;
        self.merge()?;
        Ok(true)
    }

    /// Merges lists of the visitors' index, so that few must be searched. Nobody waits for the long part of it.
    fn merge(&self) -> Result<(), Error> {
        while let Some(merged) = self.keeper.read(|opened| opened.visitors.merge().map_err(index_failed()))? {
            if !self.keeper.write(move |opened| opened.visitors.take(merged).map_err(index_failed()))? {
                break;
            }
        }
        Ok(())
    }

    fn secret_now(&self, name: &str, proposal: [u8; 32]) -> Result<[u8; 32], Error> {
        check_name(name)?;
        if name.contains(['/', '\\']) || name.starts_with('.') || name.ends_with(".new") {
            return Err(Error::new(ErrorKind::Refused, format!("`{name}` is no name of a secret")));
        }
        self.keeper.read(|opened| {
            // One proposal at a time becomes a secret.
            let _one = opened.keys();
            secret(&self.keeper.folder, name, Some(proposal))?
                .ok_or_else(|| Error::new(ErrorKind::Unavailable, format!("the secret `{name}` is gone")))
        })
    }

    fn secrets_now(&self, prefix: &str) -> Result<Vec<(String, [u8; 32])>, Error> {
        self.keeper.read(|_| {
            let found =
                files::secrets(&self.keeper.folder.join("secrets")).map_err(io_failed("cannot list the secrets"))?;
            let mine = found.into_iter().filter(|(name, _)| name.starts_with(prefix));
            mine.map(|(name, path)| {
                let secret = files::read_secret(&path).map_err(io_failed("cannot read a secret"))?;
                Ok((name, secret.ok_or_else(|| damaged("a secret"))?))
            })
            .collect()
        })
    }
}

/// Returns what of these texts or notes is not there yet; of a text the first holds, of a note the last.
fn fresh<'a>(
    opened: &Opened,
    place: Place,
    named: &'a [(String, Vec<u8>)],
) -> Result<Vec<&'a (String, Vec<u8>)>, Error> {
    let mut fresh: Vec<&(String, Vec<u8>)> = Vec::new();
    for one in named {
        let (name, bytes) = one;
        let holds = |before: &Vec<u8>| place == Place::Documents || before == bytes;
        let known = match fresh.iter().rfind(|(other, _)| other == name) {
            Some((_, before)) => holds(before),
            None => opened.engine.get(place, name)?.is_some_and(|before| holds(&before)),
        };
        if !known {
            fresh.push(one);
        }
    }
    Ok(fresh)
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
        answer(self.keeper.read(|opened| Ok(opened.head())))
    }

    fn append(&self, expected: Head, entries: Vec<Entry>, next: Head) -> Answer<'_, ()> {
        answer(self.append_now(expected, entries, next))
    }

    fn read(&self, range: Range<u64>) -> Answer<'_, Vec<Entry>> {
        answer(self.keeper.read(|opened| opened.entries(range)))
    }

    fn segments(&self) -> Answer<'_, Vec<Hash>> {
        answer(self.keeper.read(|opened| {
            let count = opened.sealed.load(Ordering::Acquire);
            let roots = (0..count).map(|number| opened.segments.root(number));
            roots.collect::<io::Result<_>>().map_err(io_failed("cannot read a segment of the log"))
        }))
    }

    fn hashes(&self, segment: u64) -> Answer<'_, Vec<Hash>> {
        answer(self.keeper.read(|opened| {
            if segment < opened.sealed.load(Ordering::Acquire) {
                return opened.segments.hashes(segment).map_err(io_failed("cannot read a segment of the log"));
            }
            let rows = opened.rows(segment * SEGMENT..(segment + 1) * SEGMENT)?;
            Ok(rows.iter().map(|row| crate::audit::leaf_hash(&row.leaf)).collect())
        }))
    }

    fn by_visitor(&self, visitor: VisitorId) -> Answer<'_, Vec<u64>> {
        answer(self.keeper.read(|opened| opened.places(&opened.tag(visitor))))
    }

    fn erase(&self, erasure: Erasure) -> Answer<'_, u64> {
        answer(self.erase_now(erasure))
    }

    fn tidy(&self) -> Answer<'_, bool> {
        answer(self.seal())
    }

    fn set_aside(&self, bytes: Vec<u8>) -> Answer<'_, bool> {
        answer(self.keeper.aside(move |path| aside::add(path, &bytes)))
    }

    fn aside(&self) -> Answer<'_, Vec<Vec<u8>>> {
        answer(self.keeper.aside(aside::read))
    }

    fn keep_aside(&self, kept: Vec<Vec<u8>>) -> Answer<'_, ()> {
        answer(self.keeper.aside(move |path| aside::keep(path, &kept)))
    }

    fn bytes(&self) -> Answer<'_, Option<u64>> {
        answer(files::bytes(&self.keeper.folder).map(Some).map_err(io_failed("cannot list the files of the store")))
    }

    fn put_document(&self, hash: String, bytes: Vec<u8>) -> Answer<'_, ()> {
        self.put_documents(vec![(hash, bytes)])
    }

    fn put_documents(&self, documents: Vec<(String, Vec<u8>)>) -> Answer<'_, ()> {
        let named = documents.iter().try_for_each(|(hash, _)| check_name(hash));
        answer(named.and_then(|()| self.put(Place::Documents, documents)))
    }

    fn document(&self, hash: String) -> Answer<'_, Option<Vec<u8>>> {
        answer(self.keeper.read(|opened| opened.engine.get(Place::Documents, &hash)))
    }

    fn documents(&self) -> Answer<'_, Vec<String>> {
        let names = |opened: &Opened| {
            let documents = opened.engine.list(Place::Documents, "");
            documents.map(|document| document.map(|(name, _)| name)).collect()
        };
        answer(self.keeper.read(names))
    }

    fn secret(&self, name: String, proposal: [u8; 32]) -> Answer<'_, [u8; 32]> {
        answer(self.secret_now(&name, proposal))
    }

    fn secrets(&self, prefix: String) -> Answer<'_, Vec<(String, [u8; 32])>> {
        answer(self.secrets_now(&prefix))
    }

    fn put_note(&self, name: String, bytes: Vec<u8>) -> Answer<'_, ()> {
        answer(check_note(&name, &bytes).and_then(|()| self.put(Place::Notes, vec![(name, bytes)])))
    }

    fn note(&self, name: String) -> Answer<'_, Option<Vec<u8>>> {
        answer(self.keeper.read(|opened| opened.engine.get(Place::Notes, &name)))
    }

    fn notes(&self, prefix: String) -> Answer<'_, Vec<(String, Vec<u8>)>> {
        answer(self.keeper.read(|opened| opened.engine.list(Place::Notes, &prefix).collect()))
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;
    use crate::{
        audit::entry::SALTS,
        record::{Kind, Record},
    };

    fn append(store: &Sled, numbers: Range<u64>) {
        let entries = numbers.map(|number| {
            let mut record = Record::of(Kind::Accept, OffsetDateTime::UNIX_EPOCH, "v1");
            record.visitor = Some(VisitorId::from_random([(number % 5) as u8; 16]));
            record.page = Some("/a-page".to_owned());
            Entry::new(&record, None, [[number as u8; 16]; SALTS]).unwrap()
        });
        let entries: Vec<Entry> = entries.collect();
        let head = pollster::block_on(store.head()).unwrap();
        let next = head.append(entries.iter().map(|entry| entry.leaf.as_slice()));
        pollster::block_on(store.append(head, entries, next)).unwrap();
    }

    #[test]
    fn a_store_of_before_there_was_a_tail_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("store");
        let store = Sled::open(&place).unwrap();
        append(&store, 0..20);
        let before = pollster::block_on(store.read(0..20)).unwrap();
        // As it was then: rows, index and head in the database, no tail.
        store
            .keeper
            .read(|opened| {
                let mut bytes = Vec::new();
                opened.rows(0..20)?.iter().for_each(|row| rows::write(&mut bytes, row));
                let (visitors, _) = opened.tail().known(0..20);
                opened.engine.write_rows_as_before(0, &bytes, &opened.head().encode())?;
                opened.engine.write_index_as_before(&visitors, &[])
            })
            .unwrap();
        drop(store);
        std::fs::remove_dir_all(place.join("tail")).unwrap();
        let store = Sled::open(&place).unwrap();
        assert_eq!(pollster::block_on(store.read(0..50)).unwrap(), before);
        append(&store, 20..40);
        let visitor = VisitorId::from_random([3; 16]);
        let places = [3, 8, 13, 18, 23, 28, 33, 38];
        assert_eq!(pollster::block_on(store.by_visitor(visitor)).unwrap(), places);
        drop(store);
        assert_eq!(Sled::check(&place, &SledOptions::new()).unwrap().faults, []);
        // Both kinds of rows go into one segment.
        let store = Sled::open(&place).unwrap();
        append(&store, 40..SEGMENT + 5);
        assert!(pollster::block_on(store.tidy()).unwrap());
        assert_eq!(pollster::block_on(store.read(0..20)).unwrap(), before);
        assert_eq!(pollster::block_on(store.by_visitor(visitor)).unwrap()[..8], places);
        assert_eq!(pollster::block_on(store.erase(Erasure::Visitor(visitor))).unwrap(), SEGMENT.div_ceil(5));
        drop(store);
        let check = Sled::check(&place, &SledOptions::new()).unwrap();
        assert_eq!((check.faults, check.entries), (Vec::new(), SEGMENT + 5));
    }

    /// A store with a segment, and the places of one of its visitors.
    fn sealed(place: &Path) -> (Sled, VisitorId, Vec<u64>) {
        let store = Sled::open(place).unwrap();
        append(&store, 0..SEGMENT + 5);
        while pollster::block_on(store.tidy()).unwrap() {}
        let places = (0..SEGMENT + 5).filter(|number| number % 5 == 3).collect();
        (store, VisitorId::from_random([3; 16]), places)
    }

    #[test]
    fn an_index_that_is_gone_or_was_in_the_database_is_made_again() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("store");
        let (store, visitor, places) = sealed(&place);
        drop(store);
        let list = place.join("visitors/00000000-00000001");
        let whole = std::fs::read(&list).unwrap();
        let faults = || Sled::check(&place, &SledOptions::new()).unwrap().faults;
        std::fs::remove_file(&list).unwrap();
        assert_eq!(faults().len(), 1, "{:?}", faults());
        let store = Sled::open(&place).unwrap();
        assert_eq!(std::fs::read(&list).unwrap(), whole);
        assert_eq!(pollster::block_on(store.by_visitor(visitor)).unwrap(), places);
        // As it was before: all of it in the database, an erasure and what had expired too.
        pollster::block_on(store.erase(Erasure::Event(8))).unwrap();
        pollster::block_on(store.erase(Erasure::Expired(OffsetDateTime::UNIX_EPOCH + time::Duration::days(10_000))))
            .unwrap();
        let marks = store.keeper.read(|opened| opened.marks(0..SEGMENT + 5)).unwrap();
        assert!(marks[8] == marks::ALL && marks[7] == marks::BRIEF, "{:?}", &marks[..9]);
        let old: Vec<(u64, u8)> = (0..).zip(marks.iter().copied()).filter(|(_, mark)| *mark != 0).collect();
        store.keeper.read(|opened| opened.engine.write_index_as_before(&[([9; 16], 9)], &old)).unwrap();
        drop(store);
        std::fs::remove_dir_all(place.join("visitors")).unwrap();
        std::fs::remove_file(place.join("expiries")).unwrap();
        std::fs::remove_file(place.join("marks")).unwrap();
        assert_eq!(faults(), []);
        let store = Sled::open(&place).unwrap();
        let left: Vec<u64> = places.iter().copied().filter(|place| *place != 8).collect();
        assert_eq!(pollster::block_on(store.by_visitor(visitor)).unwrap(), left);
        assert!(store.keeper.read(|opened| Ok(!opened.engine.is_old())).unwrap());
        assert_eq!(store.keeper.read(|opened| opened.marks(0..SEGMENT + 5)).unwrap(), marks);
        drop(store);
        assert_eq!(faults(), []);
        // One that is damaged is not guessed at.
        std::fs::write(&list, &whole[1..]).unwrap();
        assert_eq!(faults().len(), 1, "{:?}", faults());
        assert_eq!(Sled::open(&place).unwrap_err().kind(), ErrorKind::Corrupt);
    }

    #[test]
    fn an_erasure_that_a_crash_cut_off_is_ended_at_the_next_start() {
        // After some of the keys, and after all but the lists of visitors.
        for steps in [1, 3] {
            let folder = tempfile::tempdir().unwrap();
            let place = folder.path().join("store");
            let (store, visitor, places) = sealed(&place);
            let cut_off = |opened: &Opened| {
                opened.counted(|writes| opened.engine.erasing(&places, marks::ALL, writes))?;
                if steps > 0 {
                    opened.keys().destroy(&places[..400], false).map_err(io_failed("keys"))?;
                }
                if steps > 1 {
                    opened.destroy(&places, marks::ALL)?;
                }
                if steps > 2 {
                    opened.visitors.forget(&opened.tag(visitor), &places[..1]).map_err(index_failed())?;
                }
                Ok(())
            };
            store.keeper.read(cut_off).unwrap();
            drop(store);
            assert_eq!(Sled::check(&place, &SledOptions::new()).unwrap().faults, [], "after {steps} steps");
            let store = Sled::open(&place).unwrap();
            assert!(pollster::block_on(store.by_visitor(visitor)).unwrap().is_empty());
            assert_eq!(pollster::block_on(store.read(3..4)).unwrap()[0].disclosures, Vec::<String>::new());
            assert!(store.keeper.read(|opened| Ok(opened.engine.owed(u64::MAX)?.is_none())).unwrap());
            drop(store);
            let check = Sled::check(&place, &SledOptions::new()).unwrap();
            assert_eq!((check.faults, check.erased), (Vec::new(), places.len() as u64));
        }
    }

    #[test]
    fn a_start_writes_the_segments_that_nobody_had_the_time_for() {
        let folder = tempfile::tempdir().unwrap();
        let store = Sled::open(folder.path().join("store")).unwrap();
        for start in (0..SEGMENT * 3).step_by(512) {
            append(&store, start..start + 512);
        }
        append(&store, 0..5);
        drop(store);
        let store = Sled::open(folder.path().join("store")).unwrap();
        assert_eq!(pollster::block_on(store.segments()).unwrap().len(), 2);
        assert_eq!(pollster::block_on(store.read(0..SEGMENT * 3 + 5)).unwrap().len() as u64, SEGMENT * 3 + 5);
    }

    #[test]
    fn what_expires_is_found_in_segments_and_in_what_is_newer() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("store");
        let (store, ..) = sealed(&place);
        let expire = |store: &Sled, days| {
            let now = OffsetDateTime::UNIX_EPOCH + time::Duration::days(days);
            pollster::block_on(store.erase(Erasure::Expired(now))).unwrap()
        };
        assert_eq!(expire(&store, 1), 0);
        let next = store.keeper.read(|opened| Ok(opened.expiries().next().to_vec())).unwrap();
        assert!(next[0] < NEVER, "{next:?}");
        let mut gone = 0;
        while let count @ 1.. = expire(&store, 10_000) {
            gone += count;
        }
        assert_eq!(gone, SEGMENT + 5);
        assert_eq!(store.keeper.read(|opened| Ok(opened.expiries().next().to_vec())).unwrap(), [NEVER]);
        drop(store);
        // A time that is too early is found out; one that is missing is made again.
        let store = Sled::open(&place).unwrap();
        store.keeper.read(|opened| opened.expiries().note(0, 7, true).map_err(io_failed("test"))).unwrap();
        assert_eq!(expire(&store, 10_000), 0);
        drop(store);
        std::fs::remove_file(place.join("expiries")).unwrap();
        assert_eq!(Sled::check(&place, &SledOptions::new()).unwrap().faults.len(), 1);
        let store = Sled::open(&place).unwrap();
        assert_eq!(store.keeper.read(|opened| Ok(opened.expiries().next().to_vec())).unwrap(), [NEVER]);
        drop(store);
        assert_eq!(Sled::check(&place, &SledOptions::new()).unwrap().faults, []);
        // Marks follow from nothing: without them it is not known what was erased.
        std::fs::remove_file(place.join("marks")).unwrap();
        assert_eq!(Sled::open(&place).unwrap_err().kind(), ErrorKind::Corrupt);
        assert!(!Sled::check(&place, &SledOptions::new()).unwrap().faults.is_empty());
    }

    #[test]
    fn a_write_that_hangs_is_left_behind_and_the_store_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("store");
        let store = SledOptions::new().with_patience(std::time::Duration::from_millis(300)).open(&place).unwrap();
        append(&store, 0..3);
        // It hangs until the end of the test, holding everything that was open.
        let (release, held) = std::sync::mpsc::channel::<()>();
        let (told, late) = std::sync::mpsc::channel();
        let started = std::time::Instant::now();
        let hung = store.keeper.write(move |opened| {
            let _ = held.recv();
            // Too late: nobody may take it for written, and it must not reach the store.
            let _ = told.send(opened.engine.put(Place::Notes, "late", b"late", 77).is_ok());
            opened.engine.make_durable()
        });
        assert_eq!(hung.unwrap_err().kind(), ErrorKind::Unavailable);
        assert!(started.elapsed() < std::time::Duration::from_secs(2));
        let refused = pollster::block_on(store.head()).unwrap_err();
        assert!(refused.to_string().contains("no answer after 0.3 s"), "{refused}");
        while pollster::block_on(store.head()).is_err() {
            assert!(started.elapsed() < std::time::Duration::from_secs(20), "it is opened again");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        append(&store, 3..6);
        release.send(()).unwrap();
        assert!(late.recv().unwrap(), "the old database still wrote");
        pollster::block_on(store.put_note("after".into(), b"1".to_vec())).unwrap();
        drop(store);
        let store = Sled::open(&place).unwrap();
        assert_eq!(pollster::block_on(store.head()).unwrap().size(), 6);
        assert_eq!(pollster::block_on(store.notes(String::new())).unwrap(), [("after".to_owned(), b"1".to_vec())]);
        drop(store);
        assert_eq!(Sled::check(&place, &SledOptions::new()).unwrap().faults, []);
    }
}
