//! The embedded store. The only file that names sled.
//!
//! sled 0.34's `flush` writes but does not fsync, so every write here is followed by `sync_data` on the data file:
//! only then is it durable. `flush_async` is never used: a dozen concurrent calls deadlock (sled issue 1308).

use std::{
    fs::{self, File, OpenOptions},
    ops::Range,
    panic::AssertUnwindSafe,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use ::sled as engine;

use super::{Answer, ConsentStore, Error, ErrorKind, check_note};
use crate::{
    audit::{Entry, Head},
    signal::VisitorId,
};

/// Memory sled may use for pages, in bytes. Its own default is 1 GiB, which a small machine does not have.
const CACHE: u64 = 32 << 20;

/// Keeps the log in a folder of this machine.
///
/// The folder holds sled's database; only one process may have it open.
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
    database: engine::Db,
    entries: engine::Tree,
    disclosures: engine::Tree,
    visitors: engine::Tree,
    documents: engine::Tree,
    notes: engine::Tree,
    meta: engine::Tree,
    /// Second handle on sled's data file: the barrier is an fsync of the inode, whoever wrote to it.
    barrier: File,
    /// One writer at a time, so that the compare and the swap of the head are one step.
    writing: Mutex<()>,
}

impl Sled {
    /// Opens the store in a folder, creating it when it is not there.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`] when the folder cannot be made or written, or another process has it open;
    /// [`ErrorKind::Corrupt`] when what is in it is damaged.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, Error> {
        Self::start(folder.as_ref(), true)
    }

    /// Opens a store that is already there; for tools that look and must not create one by mistake.
    ///
    /// # Errors
    ///
    /// As [`Sled::open`]; and [`ErrorKind::Unavailable`] when there is no store in the folder.
    pub fn open_existing(folder: impl AsRef<Path>) -> Result<Self, Error> {
        Self::start(folder.as_ref(), false)
    }

    fn start(folder: &Path, create: bool) -> Result<Self, Error> {
        let place = || folder.display().to_string();
        if !create && !folder.join("db").is_file() {
            return Err(Error::new(ErrorKind::Unavailable, format!("there is no store in {}", place())));
        }
        fs::create_dir_all(folder).map_err(|source| {
            Error::new(ErrorKind::Unavailable, format!("cannot make the folder {}", place())).with_source(source)
        })?;
        restrict(folder)?;
        sweep(folder)?;
        let config = engine::Config::new().path(folder).cache_capacity(CACHE).flush_every_ms(None);
        // sled panics on some damage instead of returning an error.
        let opened = std::panic::catch_unwind(AssertUnwindSafe(|| config.open()))
            .map_err(|_| Error::new(ErrorKind::Corrupt, format!("the store in {} is damaged", place())))?;
        let database = opened.map_err(|source| {
            let what = match &source {
                engine::Error::Io(io) if io.to_string().contains("acquire lock") => {
                    format!("the store in {} is open in another process; stop that first", place())
                }
                _ => format!("cannot open the store in {}", place()),
            };
            failed(&what)(source)
        })?;
        let tree = |name: &str| database.open_tree(name).map_err(failed("cannot open a tree of the store"));
        let barrier = OpenOptions::new().read(true).write(true).open(folder.join("db")).map_err(|source| {
            Error::new(ErrorKind::Unavailable, "cannot open the data file of the store").with_source(source)
        })?;
        let store = Self {
            entries: tree("entries")?,
            disclosures: tree("disclosures")?,
            visitors: tree("visitors")?,
            documents: tree("documents")?,
            notes: tree("notes")?,
            meta: tree("meta")?,
            database,
            barrier,
            writing: Mutex::new(()),
        };
        store.make_durable()?;
        sync_folder(folder)?;
        Ok(store)
    }

    /// The barrier: what was written before is on the disk after.
    fn make_durable(&self) -> Result<(), Error> {
        self.database.flush().map_err(failed("cannot write the store"))?;
        self.barrier.sync_data().map_err(|source| {
            Error::new(ErrorKind::Unavailable, "cannot bring the store to the disk").with_source(source)
        })
    }

    fn read_head(&self) -> Result<Head, Error> {
        match self.meta.get("head").map_err(failed("cannot read the head of the log"))? {
            None => Ok(Head::EMPTY),
            Some(bytes) => {
                Head::decode(&bytes).ok_or_else(|| Error::new(ErrorKind::Corrupt, "the head of the log is damaged"))
            }
        }
    }

    fn append_now(&self, expected: &Head, entries: Vec<Entry>, next: &Head) -> Result<(), Error> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.read_head()? != *expected {
            return Err(Error::new(ErrorKind::Conflict, "another writer moved the head of the log"));
        }
        // One transaction over all trees: a crash leaves all of the batch or nothing of it.
        use engine::transaction::Transactional;
        let first = expected.size();
        (&self.entries, &self.disclosures, &self.visitors, &self.meta)
            .transaction(|(leaves, disclosures, visitors, meta)| {
                for (entry, index) in entries.iter().zip(first..) {
                    let key = index.to_be_bytes();
                    leaves.insert(&key, entry.leaf.as_slice())?;
                    if !entry.disclosures.is_empty() {
                        disclosures.insert(&key, entry.disclosures.join("\n").as_bytes())?;
                    }
                    if let Some(visitor) = entry.visitor {
                        visitors.insert([visitor.as_bytes().as_slice(), &key].concat(), &key)?;
                    }
                }
                meta.insert("head", next.encode())?;
                Ok::<_, engine::transaction::ConflictableTransactionError<()>>(())
            })
            .map_err(|error| match error {
                engine::transaction::TransactionError::Storage(source) => failed("cannot write the store")(source),
                engine::transaction::TransactionError::Abort(()) => {
                    Error::new(ErrorKind::Unavailable, "the store gave up a write")
                }
            })?;
        self.make_durable()
    }

    fn read_now(&self, range: Range<u64>) -> Result<Vec<Entry>, Error> {
        let mut entries = Vec::new();
        for item in self.entries.range(range.start.to_be_bytes()..range.end.to_be_bytes()) {
            let (key, leaf) = item.map_err(failed("cannot read the log"))?;
            let disclosures = self.disclosures.get(&key).map_err(failed("cannot read the log"))?;
            let disclosures = match disclosures {
                None => Vec::new(),
                Some(bytes) => std::str::from_utf8(&bytes)
                    .map_err(|source| Error::new(ErrorKind::Corrupt, "a disclosure is damaged").with_source(source))?
                    .split('\n')
                    .map(str::to_owned)
                    .collect(),
            };
            entries.push(Entry::from_parts(leaf.to_vec(), disclosures, None));
        }
        Ok(entries)
    }

    fn secret_now(&self, name: &str, proposal: [u8; 32]) -> Result<[u8; 32], Error> {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let key = format!("secret/{name}");
        if let Some(kept) = self.meta.get(&key).map_err(failed("cannot read a secret"))? {
            return kept
                .as_ref()
                .try_into()
                .map_err(|_| Error::new(ErrorKind::Corrupt, format!("the secret `{name}` is damaged")));
        }
        self.meta.insert(key, &proposal).map_err(failed("cannot keep a secret"))?;
        self.make_durable()?;
        Ok(proposal)
    }
}

impl ConsentStore for Sled {
    fn head(&self) -> Answer<'_, Head> {
        answer(self.read_head())
    }

    fn append(&self, expected: Head, entries: Vec<Entry>, next: Head) -> Answer<'_, ()> {
        answer(self.append_now(&expected, entries, &next))
    }

    fn read(&self, range: Range<u64>) -> Answer<'_, Vec<Entry>> {
        answer(self.read_now(range))
    }

    fn by_visitor(&self, visitor: VisitorId) -> Answer<'_, Vec<u64>> {
        let places = self.visitors.scan_prefix(visitor.as_bytes()).values().map(|value| {
            let value = value.map_err(failed("cannot read a visitor's events"))?;
            let place = value.as_ref().try_into().map(u64::from_be_bytes);
            place.map_err(|_| Error::new(ErrorKind::Corrupt, "a visitor's event is damaged"))
        });
        answer(places.collect())
    }

    fn put_document(&self, hash: String, bytes: Vec<u8>) -> Answer<'_, ()> {
        let kept = self.documents.contains_key(&hash).map_err(failed("cannot read a text"));
        answer(kept.and_then(|kept| {
            if kept {
                return Ok(());
            }
            self.documents.insert(hash, bytes).map_err(failed("cannot keep a text"))?;
            self.make_durable()
        }))
    }

    fn document(&self, hash: String) -> Answer<'_, Option<Vec<u8>>> {
        let found = self.documents.get(hash).map_err(failed("cannot read a text"));
        answer(found.map(|bytes| bytes.map(|bytes| bytes.to_vec())))
    }

    fn secret(&self, name: String, proposal: [u8; 32]) -> Answer<'_, [u8; 32]> {
        answer(self.secret_now(&name, proposal))
    }

    fn put_note(&self, name: String, bytes: Vec<u8>) -> Answer<'_, ()> {
        answer(check_note(&name, &bytes).and_then(|()| {
            self.notes.insert(name, bytes).map_err(failed("cannot keep a note"))?;
            self.make_durable()
        }))
    }

    fn note(&self, name: String) -> Answer<'_, Option<Vec<u8>>> {
        let found = self.notes.get(name).map_err(failed("cannot read a note"));
        answer(found.map(|bytes| bytes.map(|bytes| bytes.to_vec())))
    }

    fn notes(&self, prefix: String) -> Answer<'_, Vec<(String, Vec<u8>)>> {
        let notes = self.notes.scan_prefix(prefix).map(|item| {
            let (name, bytes) = item.map_err(failed("cannot read the notes"))?;
            let name = String::from_utf8(name.to_vec());
            let name = name.map_err(|_| Error::new(ErrorKind::Corrupt, "the name of a note is damaged"))?;
            Ok((name, bytes.to_vec()))
        });
        answer(notes.collect())
    }
}

fn answer<'a, T: Send + 'a>(result: Result<T, Error>) -> Answer<'a, T> {
    Box::pin(std::future::ready(result))
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

/// Removes half-written snapshots: a crash while one is written leaves `snap.*.generating`, which sled 0.34 takes
/// for damage on every later open (sled issue 1527). The log itself holds everything a snapshot would.
fn sweep(folder: &Path) -> Result<(), Error> {
    let failed =
        |source| Error::new(ErrorKind::Unavailable, "cannot look into the folder of the store").with_source(source);
    let leftovers: Vec<PathBuf> = fs::read_dir(folder)
        .map_err(failed)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            name.starts_with("snap.") && name.ends_with(".generating")
        })
        .collect();
    for path in leftovers {
        fs::remove_file(path).map_err(failed)?;
    }
    Ok(())
}

/// The store holds secrets and personal data: nobody but its owner looks in.
#[cfg(unix)]
fn restrict(folder: &Path) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(|source| {
        Error::new(ErrorKind::Unavailable, "cannot close the folder of the store to others").with_source(source)
    })
}

#[cfg(not(unix))]
fn restrict(_folder: &Path) -> Result<(), Error> {
    Ok(())
}

/// A new file is only there after a power cut when its folder was synced too.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> Result<(), Error> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|source| {
        Error::new(ErrorKind::Unavailable, "cannot bring the folder of the store to the disk").with_source(source)
    })
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> Result<(), Error> {
    Ok(())
}
