//! Everything the store holds, derived again and compared.
//!
//! In: a folder nobody has open. Out: a [`Check`] with every fault and its place. It never repairs.

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    path::Path,
};

use sha2::{Digest, Sha256};

use super::{
    Sled, SledOptions,
    anchor::{Anchor, Mark},
    engine::{ERASED_ALL, ERASED_BRIEF, Engine, Place, damaged},
    files, io_failed,
    keeper::{guard, quietly},
    keys::{Life, is_destroyed},
    opened::{Opened, compare, read_head},
};
use crate::{
    audit::{Entry, Head, SEGMENT, Tree, leaf_hash},
    signal::VisitorId,
    store::{Error, ErrorKind},
};

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// The part of the store: `entry 17`, `anchor`, `document ab12…`.
    pub place: String,
    /// What is wrong with it.
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.what)
    }
}

/// The result of a check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Check {
    /// Entries that were read and hashed.
    pub entries: u64,
    /// Root of the tree over them, hexadecimal; empty when they could not all be read.
    pub root: String,
    /// Texts that were read.
    pub documents: u64,
    /// Entries whose personal values were erased.
    pub erased: u64,
    /// Everything that is not as it was written; empty when all is well.
    pub faults: Vec<Fault>,
}

impl Check {
    fn fault(&mut self, place: impl Into<String>, what: impl fmt::Display) {
        self.faults.push(Fault { place: place.into(), what: what.to_string() });
    }
}

impl Sled {
    /// Reads everything in a store that no process has open, and compares it with its hashes, heads and anchor.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`] when there is no store, or another process has it open. Damage is no error here, it
    /// is what the result tells.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::store::{Sled, SledOptions};
    /// let folder = tempfile::tempdir().unwrap();
    /// let folder = folder.path().join("store");
    /// drop(Sled::open(&folder).unwrap());
    /// assert!(Sled::check(&folder, &SledOptions::new()).unwrap().faults.is_empty());
    /// ```
    pub fn check(folder: impl AsRef<Path>, options: &SledOptions) -> Result<Check, Error> {
        let folder = folder.as_ref();
        if !folder.join("db").is_file() && !options.anchor_of(folder).is_file() {
            let what = format!("there is no store in {}", folder.display());
            return Err(Error::new(ErrorKind::Unavailable, what));
        }
        let mut check = Check::default();
        if !options.anchor_of(folder).is_file() {
            check.fault("anchor", "is missing");
        }
        match Opened::open(folder, options, false) {
            Ok(opened) => {
                opened.check(folder, &mut check);
                quietly(opened);
            }
            Err(error) if error.to_string().contains("another process") => return Err(error),
            Err(error) => check.fault("database", error),
        }
        Ok(check)
    }

    /// Makes a new anchor for a store that was found to be in order without one, or with another one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Corrupt`] when a check finds anything but the anchor at fault; else as [`Sled::check`].
    pub fn renew_anchor(folder: impl AsRef<Path>, options: &SledOptions) -> Result<(), Error> {
        let folder = folder.as_ref();
        if let Some(fault) = Self::check(folder, options)?.faults.iter().find(|fault| fault.place != "anchor") {
            return Err(Error::new(ErrorKind::Corrupt, format!("the store is not in order: {fault}")));
        }
        Anchor::remove(&options.anchor_of(folder)).map_err(io_failed("cannot remove the old anchor"))?;
        // Opened without asking the anchor, a store without one gets it.
        Opened::open(folder, options, false).map(quietly)
    }
}

impl Opened {
    fn check(&self, folder: &Path, check: &mut Check) {
        let head = self.head();
        if let Err(error) = guard(|| self.compare_anchor(&head)) {
            check.fault("anchor", error);
        }
        for number in 0..self.sealed.load(std::sync::atomic::Ordering::Acquire) {
            if let Err(error) = self.segments.check(number) {
                check.fault(format!("segment {number}"), error);
            }
        }
        let erased = match guard(|| self.engine.erasures().collect::<Result<HashMap<u64, u8>, Error>>()) {
            Ok(erased) => erased,
            Err(error) => {
                check.fault("list of what was erased", error);
                HashMap::new()
            }
        };
        check.erased = erased.values().filter(|mark| **mark & ERASED_ALL != 0).count() as u64;
        let mut cited = BTreeSet::new();
        let (mut tree, mut whole, mut indexed) = (Tree::default(), true, 0);
        for start in (0..head.size()).step_by(SEGMENT as usize) {
            let end = head.size().min(start + SEGMENT);
            let parts = match guard(|| self.entries(start..end)) {
                Ok(entries) if entries.len() as u64 == end - start => entries.into_iter().map(Ok).collect(),
                // One by one, to tell which.
                _ => self.each(start..end),
            };
            for (entry, index) in parts.into_iter().zip(start..) {
                match entry {
                    Ok(entry) => {
                        tree.push(leaf_hash(&entry.leaf));
                        check.entries += 1;
                        let mark = erased.get(&index).copied().unwrap_or(0);
                        indexed += u64::from(self.check_entry(&entry, index, mark, &mut cited, check));
                    }
                    Err(error) => {
                        whole = false;
                        check.fault(format!("entry {index}"), error);
                    }
                }
            }
            tree.trim();
        }
        if whole {
            check.root = base16ct::lower::encode_string(&tree.root());
            if tree.head() != head {
                check.fault("head", "is not the tree over the entries");
            }
        }
        let recent = self.tail().visitors.values().map(Vec::len).sum::<usize>() as u64;
        match guard(|| self.engine.tags().try_fold(recent, |count, tag| tag.map(|_| count + 1))) {
            Ok(count) if count != indexed && whole => {
                check.fault("visitors' index", format!("has {count} places, and {indexed} entries name a visitor"));
            }
            Ok(_) => {}
            Err(error) => check.fault("visitors' index", error),
        }
        self.check_texts(folder, &cited, check);
    }

    fn compare_anchor(&self, head: &Head) -> Result<(), Error> {
        let writes = self.engine.number("writes")?;
        let now = Mark { size: head.size(), root: head.root(), writes };
        let kept = [read_head(&self.engine, "previous")?, read_head(&self.engine, "head")?];
        compare(kept.iter().chain(&self.heads), now, self.mark(), self.anchor().path())
    }

    fn each(&self, range: std::ops::Range<u64>) -> Vec<Result<Entry, Error>> {
        let one = |index| {
            let mut entries = guard(|| self.entries(index..index + 1))?;
            entries.pop().ok_or_else(|| Error::new(ErrorKind::Corrupt, "is missing"))
        };
        range.map(one).collect()
    }

    /// Checks what belongs to one entry; says whether the visitors' index must name it.
    fn check_entry(
        &self,
        entry: &Entry,
        index: u64,
        mark: u8,
        cited: &mut BTreeSet<String>,
        check: &mut Check,
    ) -> bool {
        let place = || format!("entry {index}");
        match entry.fields() {
            Ok(fields) => {
                for field in ["notice", "consent"] {
                    cited.extend(fields.get(field).and_then(|value| value.as_str()).map(str::to_owned));
                }
            }
            Err(error) => check.fault(place(), error),
        }
        let slot = match self.keys().slot(index) {
            Ok(slot) => slot,
            Err(error) => {
                check.fault(place(), error);
                return false;
            }
        };
        let gone = is_destroyed(&slot, Life::Lasting);
        if gone != (mark & ERASED_ALL != 0) {
            check.fault(
                place(),
                if gone { "its key is gone, and it was not erased" } else { "was erased, and its key is there" },
            );
        }
        if is_destroyed(&slot, Life::Brief) != (mark & (ERASED_ALL | ERASED_BRIEF) != 0) {
            check.fault(place(), "the key of what expires is not as it should be");
        }
        let disclosed = match entry.disclosed() {
            Ok(disclosed) => disclosed,
            Err(error) => {
                check.fault(place(), error);
                return false;
            }
        };
        let Some(visitor) = disclosed.get("subject").and_then(|value| value.as_str()).and_then(VisitorId::parse) else {
            return false;
        };
        let tag = self.tag(visitor);
        let recent = self.tail().visitors.get(&tag).is_some_and(|places| places.contains(&index));
        let known = guard(|| Ok(recent || self.engine.has_place(&[tag.as_slice(), &index.to_be_bytes()].concat())?));
        match known {
            Ok(true) => {}
            Ok(false) => check.fault(place(), "is not in the visitors' index"),
            Err(error) => check.fault(place(), error),
        }
        true
    }

    fn check_texts(&self, folder: &Path, cited: &BTreeSet<String>, check: &mut Check) {
        let mut found = BTreeSet::new();
        let listed = guard(|| {
            for document in self.engine.list(Place::Documents, "") {
                let (name, bytes) = document?;
                let is_hash = name.len() == 64 && !name.contains('/');
                if is_hash && base16ct::lower::encode_string(&Sha256::digest(&bytes)) != name {
                    check.fault(format!("document {name}"), "its text is not that of its hash");
                }
                check.documents += 1;
                found.insert(name);
            }
            Ok(())
        });
        if let Err(error) = listed {
            check.fault("documents", error);
        }
        for missing in cited.difference(&found) {
            check.fault(format!("document {missing}"), "is missing, and the log cites it");
        }
        for (place, read) in [
            ("notes", guard(|| self.engine.list(Place::Notes, "").try_for_each(|note| note.map(|_| ())))),
            ("list of what expires", guard(|| self.engine.expired(u64::MAX, usize::MAX).map(|_| ()))),
            ("head before the last", guard(|| read_head(&self.engine, "previous").map(|_| ()))),
        ] {
            if let Err(error) = read {
                check.fault(place, error);
            }
        }
        match files::secrets(&folder.join("secrets")) {
            Ok(secrets) => {
                for (name, path) in secrets {
                    if let Err(error) = files::read_secret(&path) {
                        check.fault(format!("secret {name}"), error);
                    }
                }
            }
            Err(error) => check.fault("secrets", error),
        }
    }
}

impl Engine {
    /// Returns every entry of which something was destroyed, and what.
    fn erasures(&self) -> impl Iterator<Item = Result<(u64, u8), Error>> {
        self.marks().map(|mark| {
            let (key, mark) = mark?;
            let index = key.as_slice().try_into().map_err(|_| damaged("the list of what was erased"))?;
            Ok((u64::from_be_bytes(index), mark.first().copied().unwrap_or(0)))
        })
    }
}
