//! The database. The only file that names sled.
//!
//! sled 0.34's `flush` writes but does not fsync, so every write here is followed by `sync_data` on the data file:
//! only then is it durable. `flush_async` is never used: a dozen concurrent calls deadlock (sled issue 1308).

use std::{
    fs::{File, OpenOptions},
    path::Path,
    sync::mpsc,
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
    /// Keyed hash of a visitor's id, 16 bytes, and index → nothing.
    visitors: engine::Tree,
    /// Time, eight bytes big-endian, and index → nothing.
    expiries: engine::Tree,
    /// Index → which values were destroyed.
    erased: engine::Tree,
    documents: engine::Tree,
    notes: engine::Tree,
    meta: engine::Tree,
    /// Second handle on sled's data file: the barrier is an fsync of the inode, whoever wrote to it.
    barrier: File,
}

/// How long bringing an opened database to the disk may take before it is flushed again.
const NUDGE: Duration = Duration::from_millis(500);
/// A value of the `erased` tree.
pub(super) const ERASED_BRIEF: u8 = 1;
/// A value of the `erased` tree.
pub(super) const ERASED_ALL: u8 = 2;

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
            visitors: tree("visitors")?,
            expiries: tree("expiries")?,
            erased: tree("erased")?,
            documents: tree("documents")?,
            notes: tree("notes")?,
            meta: tree("meta")?,
            database,
            barrier,
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
        let database = self.database.clone();
        let flush = move || drop(database.flush());
        // Without a thread there is no sign of life, and the time limit ends the wait.
        let _ = std::thread::Builder::new().name("tower-consent-nudge".to_owned()).spawn(flush);
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

    /// Says that the entries from `start` to `end` are in segments, notes where visitors' events are and what expires of
    /// them, and forgets rows that a store of before 0.1 has here. Not durable yet.
    pub(super) fn seal(
        &self,
        start: u64,
        end: u64,
        segments: u64,
        visitors: &[Vec<u8>],
        expiries: &[[u8; 16]],
    ) -> Result<(), Error> {
        let keys = self.entries.range(start.to_be_bytes()..end.to_be_bytes()).keys();
        let keys = keys.collect::<Result<Vec<_>, _>>().map_err(failed("cannot read the log"))?;
        // What is noted is in the newest part of the log as well, until the last step says that it is not needed there.
        let mut noted = engine::Batch::default();
        visitors.iter().for_each(|key| noted.insert(key.as_slice(), &[]));
        self.visitors.apply_batch(noted).map_err(failed("cannot write the visitors' index"))?;
        let mut noted = engine::Batch::default();
        expiries.iter().for_each(|key| noted.insert(key, &[]));
        self.expiries.apply_batch(noted).map_err(failed("cannot write what expires"))?;
        self.make_durable()?;
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

    /// Returns what was destroyed of an entry.
    pub(super) fn mark_of(&self, index: u64) -> Result<u8, Error> {
        let mark = self.erased.get(index.to_be_bytes()).map_err(failed("cannot read what was erased"))?;
        Ok(mark.and_then(|mark| mark.first().copied()).unwrap_or(0))
    }

    /// Notes that values were destroyed, forgets where they could be found, and counts the write. Not durable yet.
    pub(super) fn erase(
        &self,
        erased: &[(u64, u8)],
        visitors: &[Vec<u8>],
        expiries: &[Vec<u8>],
        writes: u64,
    ) -> Result<(), Error> {
        (&self.erased, &self.visitors, &self.expiries, &self.meta)
            .transaction(|(marks, tags, times, meta)| {
                for (index, mark) in erased {
                    let key = index.to_be_bytes();
                    let before = marks.get(key)?.and_then(|mark| mark.first().copied()).unwrap_or(0);
                    marks.insert(&key, &[before | mark])?;
                }
                for key in visitors {
                    tags.remove(key.as_slice())?;
                }
                for key in expiries {
                    times.remove(key.as_slice())?;
                }
                meta.insert("writes", &writes.to_be_bytes())?;
                Ok::<_, ConflictableTransactionError<()>>(())
            })
            .map_err(given_up)
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

    /// Returns the places of events under a keyed hash.
    pub(super) fn places(&self, tag: &[u8]) -> Result<Vec<u64>, Error> {
        let places = self.visitors.scan_prefix(tag).keys().map(|key| {
            let key = key.map_err(failed("cannot read a visitor's events"))?;
            let place = key.get(tag.len()..).and_then(|place| place.try_into().ok()).map(u64::from_be_bytes);
            place.ok_or_else(|| damaged("a visitor's event"))
        });
        places.collect()
    }

    /// Returns every key of the visitors' index.
    pub(super) fn tags(&self) -> impl Iterator<Item = Result<Vec<u8>, Error>> {
        self.visitors.iter().keys().map(|key| Ok(key.map_err(failed("cannot read the visitors' index"))?.to_vec()))
    }

    /// Returns the keys of the values whose time came before `now`, at most `limit`.
    pub(super) fn expired(&self, now: u64, limit: usize) -> Result<Vec<Vec<u8>>, Error> {
        let keys = self.expiries.range(..now.to_be_bytes()).keys().take(limit);
        keys.map(|key| Ok(key.map_err(failed("cannot read what expires"))?.to_vec())).collect()
    }

    /// Returns every key and mark of what was destroyed.
    pub(super) fn marks(&self) -> impl Iterator<Item = Result<(Vec<u8>, Vec<u8>), Error>> {
        self.erased.iter().map(|item| {
            let (key, mark) = item.map_err(failed("cannot read what was erased"))?;
            Ok((key.to_vec(), mark.to_vec()))
        })
    }

    /// Says whether the visitors' index has this key.
    pub(super) fn has_place(&self, key: &[u8]) -> Result<bool, Error> {
        self.visitors.contains_key(key).map_err(failed("cannot read the visitors' index"))
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
    pub(super) fn write_as_before(
        &self,
        first: u64,
        rows: &[u8],
        (visitors, expiries): &(Vec<Vec<u8>>, Vec<[u8; 16]>),
        head: &[u8],
    ) -> Result<(), Error> {
        let written = |source: engine::Error| failed("cannot write as before")(source);
        self.entries.insert(first.to_be_bytes(), rows).map_err(written)?;
        for key in visitors {
            self.visitors.insert(key, &[]).map_err(written)?;
        }
        for key in expiries {
            self.expiries.insert(key, &[]).map_err(written)?;
        }
        self.meta.insert("head", head).map_err(written)?;
        self.make_durable()
    }
}
