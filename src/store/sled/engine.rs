//! The database. The only file that names sled.
//!
//! sled 0.34's `flush` writes but does not fsync, so every write here is followed by `sync_data` on the data file:
//! only then is it durable. `flush_async` is never used: a dozen concurrent calls deadlock (sled issue 1308).

use std::{
    fs::{File, OpenOptions},
    path::Path,
    sync::{Arc, Weak, mpsc},
    time::Duration,
};

use ::sled as engine;
use engine::transaction::{ConflictableTransactionError, TransactionError, Transactional};

use crate::store::{Error, ErrorKind};

/// The trees of the database and the handle for the barrier.
#[derive(Debug)]
pub(super) struct Engine {
    database: engine::Db,
    /// Index of the first, eight bytes big-endian → rows of one append: what a store of before 0.1 has in no segment.
    entries: engine::Tree,
    documents: engine::Tree,
    notes: engine::Tree,
    meta: engine::Tree,
    /// Second handle on sled's data file: the barrier is an fsync of the inode, whoever wrote to it.
    barrier: File,
    /// Goes last: while anybody has it, the database may not have let go of its files.
    held: Arc<()>,
}

/// A database that is flushed by somebody else, who may hang.
struct Nudged {
    database: engine::Db,
    _held: Arc<()>,
}

/// How long bringing an opened database to the disk may take before it is flushed again.
const NUDGE: Duration = Duration::from_millis(500);
/// Trees of what is in files of its own now: keyed hash of a visitor's id, 16 bytes, and index → nothing.
const OLD_VISITORS: &str = "visitors";
/// Time, eight bytes big-endian, and index → nothing.
const OLD_EXPIRIES: &str = "expiries";
/// Index → mark.
const OLD_MARKS: &str = "erased";

impl Engine {
    pub(super) fn open(folder: &Path, cache: u64, flush_every: Option<Duration>) -> Result<Self, Error> {
        let every = flush_every.map(|every| u64::try_from(every.as_millis()).unwrap_or(u64::MAX).max(1));
        let config = engine::Config::new().path(folder).cache_capacity(cache).flush_every_ms(every);
        let database = config.open().map_err(|source| {
            let what = match &source {
                engine::Error::Io(io) if io.to_string().contains("acquire lock") => {
                    format!("the store in {} is open in another process; stop that first", folder.display())
                }
                _ => format!("cannot open the store in {}", folder.display()),
            };
            failed(&what)(source)
        })?;
        let tree = |name: &str| database.open_tree(name).map_err(failed("cannot open a tree of the store"));
        let barrier = OpenOptions::new().read(true).write(true).open(folder.join("db"));
        let barrier = barrier.map_err(|source| {
            Error::new(ErrorKind::Unavailable, "cannot open the data file of the store").with_source(source)
        })?;
        let store = Self {
            entries: tree("entries")?,
            documents: tree("documents")?,
            notes: tree("notes")?,
            meta: tree("meta")?,
            database,
            barrier,
            held: Arc::default(),
        };
        // Nobody watches an open as a write is watched.
        std::thread::scope(|scope| {
            let (done, waiting) = mpsc::channel::<()>();
            let store = &store;
            scope.spawn(move || {
                while waiting.recv_timeout(NUDGE) == Err(mpsc::RecvTimeoutError::Timeout) {
                    store.nudge();
                }
            });
            let durable = store.make_durable();
            drop(done);
            durable
        })?;
        Ok(store)
    }

    /// Flushes once more, in a thread of its own that may hang like the flush that did.
    pub(super) fn nudge(&self) {
        let nudged = Nudged { database: self.database.clone(), _held: self.held.clone() };
        let flush = move || drop(nudged.database.flush());
        // Without a thread there is no sign of life, and the time limit ends the wait.
        let _ = std::thread::Builder::new().name("tower-consent-nudge".to_owned()).spawn(flush);
    }

    /// Tells whether the database still has its files; it does until its last handle is dropped, which takes a flush that may hang.
    pub(super) fn held(&self) -> Weak<()> {
        Arc::downgrade(&self.held)
    }

    /// The barrier: what was written before is on the disk after.
    pub(super) fn make_durable(&self) -> Result<(), Error> {
        self.database.flush().map_err(failed("cannot write the store"))?;
        self.barrier.sync_data().map_err(|source| {
            Error::new(ErrorKind::Unavailable, "cannot bring the store to the disk").with_source(source)
        })
    }

    /// Returns a value of the `meta` tree.
    pub(super) fn meta(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        let found = self.meta.get(key).map_err(failed("cannot read how far the store has come"))?;
        Ok(found.map(|bytes| bytes.to_vec()))
    }

    /// Returns a number of the `meta` tree, 0 where there is none.
    pub(super) fn number(&self, key: &str) -> Result<u64, Error> {
        match self.meta(key)? {
            None => Ok(0),
            Some(bytes) => Ok(u64::from_be_bytes(bytes.try_into().map_err(|_| damaged(&format!("`{key}`")))?)),
        }
    }

    /// Says that the entries from `start` to `end` are in segments, and forgets rows that a store of before 0.1 has here.
    /// Not durable yet.
    pub(super) fn seal(&self, start: u64, end: u64, segments: u64) -> Result<(), Error> {
        let keys = self.entries.range(start.to_be_bytes()..end.to_be_bytes()).keys();
        let keys = keys.collect::<Result<Vec<_>, _>>().map_err(failed("cannot read the log"))?;
        (&self.entries, &self.meta)
            .transaction(|(entries, meta)| {
                for key in &keys {
                    entries.remove(key)?;
                }
                meta.insert("segments", &segments.to_be_bytes())?;
                Ok::<_, ConflictableTransactionError<()>>(())
            })
            .map_err(given_up)
    }

    /// Says that these events, in order, are being marked as erased, and counts the write; owed until [`Engine::erased`]. Not
    /// durable yet.
    pub(super) fn erasing(&self, indexes: &[u64], mark: u8, writes: u64) -> Result<(), Error> {
        let mut owed = vec![mark];
        for run in indexes.chunk_by(|one, next| one + 1 == *next) {
            owed.extend(run[0].to_be_bytes());
            owed.extend((run.len() as u64).to_be_bytes());
        }
        self.meta
            .transaction(|meta| {
                meta.insert("erasing", owed.as_slice())?;
                meta.insert("writes", &writes.to_be_bytes())?;
                Ok::<_, ConflictableTransactionError<()>>(())
            })
            .map_err(given_up)
    }

    /// Returns the events that are being erased, and their mark; of `size` events.
    pub(super) fn owed(&self, size: u64) -> Result<Option<(Vec<u64>, u8)>, Error> {
        let Some(owed) = self.meta("erasing")? else { return Ok(None) };
        let read = || {
            let (mark, runs) = owed.split_first()?;
            let (runs, []) = runs.as_chunks::<16>() else { return None };
            let mut indexes = Vec::new();
            for run in runs {
                let first = u64::from_be_bytes(*run.first_chunk()?);
                let end = first.checked_add(u64::from_be_bytes(*run.last_chunk()?))?;
                indexes.extend(Some(first..end).filter(|run| run.end <= size)?);
            }
            Some((indexes, *mark))
        };
        read().map(Some).ok_or_else(|| damaged("what is being erased"))
    }

    /// Says that nothing is being erased any more. Not durable, and need not be: it can be done twice.
    pub(super) fn erased(&self) -> Result<(), Error> {
        self.meta.remove("erasing").map(drop).map_err(failed("cannot write what was erased"))
    }

    /// Says whether this is a store of before visitors, expiries and marks had files of their own.
    pub(super) fn is_old(&self) -> bool {
        let old = [OLD_VISITORS, OLD_EXPIRIES, OLD_MARKS];
        self.database.tree_names().iter().any(|name| old.iter().any(|old| old.as_bytes() == &**name))
    }

    /// Returns the marks of a store of before they had a file.
    pub(super) fn old_marks(&self) -> Result<Vec<(u64, u8)>, Error> {
        if !self.database.tree_names().iter().any(|name| name == OLD_MARKS.as_bytes()) {
            return Ok(Vec::new());
        }
        let tree = self.database.open_tree(OLD_MARKS).map_err(failed("cannot read what was erased"))?;
        let marks = tree.iter().map(|item| {
            let (index, mark) = item.map_err(failed("cannot read what was erased"))?;
            let index = index.as_ref().try_into().map_err(|_| damaged("the list of what was erased"))?;
            Ok((u64::from_be_bytes(index), mark.first().copied().unwrap_or(0)))
        });
        marks.collect()
    }

    /// Removes what has files of its own now.
    pub(super) fn drop_old(&self) -> Result<(), Error> {
        for name in [OLD_VISITORS, OLD_EXPIRIES, OLD_MARKS] {
            self.database.drop_tree(name).map_err(failed("cannot remove what has a file of its own"))?;
        }
        self.make_durable()
    }

    /// Returns the rows that are not in segments, from the append that holds `start` to the one that holds `end`: index
    /// of the first, and rows.
    pub(super) fn rows(&self, start: u64, end: u64) -> Result<Vec<(u64, Vec<u8>)>, Error> {
        let read = |item: Result<(engine::IVec, engine::IVec), engine::Error>| {
            let (key, rows) = item.map_err(failed("cannot read the log"))?;
            let key = key.as_ref().try_into().map_err(|_| damaged("the index of an entry"))?;
            Ok((u64::from_be_bytes(key), rows.to_vec()))
        };
        let before = self.entries.range(..=start.to_be_bytes()).next_back().map(read).transpose()?;
        let from = before.as_ref().map_or(start, |(first, _)| first + 1);
        let after = self.entries.range(from.to_be_bytes()..end.max(from).to_be_bytes()).map(read);
        before.map(Ok).into_iter().chain(after).collect()
    }

    /// Keeps, replaces or (with no bytes) removes a text or a note, and counts the write. Not durable yet.
    pub(super) fn put(&self, place: Place, name: &str, bytes: &[u8], writes: u64) -> Result<(), Error> {
        (self.tree(place), &self.meta)
            .transaction(|(tree, meta)| {
                match bytes {
                    [] if place == Place::Notes => tree.remove(name.as_bytes())?,
                    some => tree.insert(name.as_bytes(), some)?,
                };
                meta.insert("writes", &writes.to_be_bytes())?;
                Ok::<_, ConflictableTransactionError<()>>(())
            })
            .map_err(given_up)
    }

    /// Returns a text or a note.
    pub(super) fn get(&self, place: Place, name: &str) -> Result<Option<Vec<u8>>, Error> {
        let found = self.tree(place).get(name).map_err(failed("cannot read a text"))?;
        Ok(found.map(|bytes| bytes.to_vec()))
    }

    /// Returns texts or notes whose names begin with a prefix, sorted.
    pub(super) fn list(
        &self,
        place: Place,
        prefix: &str,
    ) -> impl Iterator<Item = Result<(String, Vec<u8>), Error>> + use<> {
        self.tree(place).scan_prefix(prefix).map(|item| {
            let (name, bytes) = item.map_err(failed("cannot read the texts"))?;
            let name = String::from_utf8(name.to_vec()).map_err(|_| damaged("the name of a text"))?;
            Ok((name, bytes.to_vec()))
        })
    }

    fn tree(&self, place: Place) -> &engine::Tree {
        match place {
            Place::Documents => &self.documents,
            Place::Notes => &self.notes,
        }
    }
}

/// Where a named value is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    Documents,
    Notes,
}

pub(super) fn damaged(what: &str) -> Error {
    Error::new(ErrorKind::Corrupt, format!("{what} is damaged"))
}

fn given_up(error: TransactionError<()>) -> Error {
    match error {
        TransactionError::Storage(source) => failed("cannot write the store")(source),
        TransactionError::Abort(()) => Error::new(ErrorKind::Unavailable, "the store gave up a write"),
    }
}

fn failed(what: &str) -> impl FnOnce(engine::Error) -> Error + use<> {
    let what = what.to_owned();
    move |source| {
        let kind = match source {
            engine::Error::Corruption { .. } => ErrorKind::Corrupt,
            _ => ErrorKind::Unavailable,
        };
        Error::new(kind, what).with_source(source)
    }
}

#[cfg(test)]
impl Engine {
    /// Writes rows as stores did before there was a tail.
    pub(super) fn write_rows_as_before(&self, first: u64, rows: &[u8], head: &[u8]) -> Result<(), Error> {
        let written = |source: engine::Error| failed("cannot write as before")(source);
        self.entries.insert(first.to_be_bytes(), rows).map_err(written)?;
        self.meta.insert("head", head).map_err(written)?;
        self.make_durable()
    }

    /// Writes what stores had in the database before there were files for it.
    pub(super) fn write_index_as_before(
        &self,
        visitors: &[super::visitors::Record],
        marks: &[(u64, u8)],
    ) -> Result<(), Error> {
        let written = |source: engine::Error| failed("cannot write as before")(source);
        let tree = |name| self.database.open_tree(name).map_err(written);
        for (tag, place) in visitors {
            tree(OLD_VISITORS)?.insert([tag.as_slice(), &place.to_be_bytes()].concat(), &[]).map_err(written)?;
            tree(OLD_EXPIRIES)?.insert([1_u64.to_be_bytes(), place.to_be_bytes()].concat(), &[]).map_err(written)?;
        }
        for (index, mark) in marks {
            tree(OLD_MARKS)?.insert(index.to_be_bytes(), &[*mark]).map_err(written)?;
        }
        self.make_durable()
    }
}
