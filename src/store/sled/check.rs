//! Everything the store holds, derived again and compared.
//!
//! In: a folder nobody has open. Out: a [`Check`] with every fault and its place. It never repairs.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fmt,
    path::Path,
};

use sha2::{Digest, Sha256};

use super::{
    Sled, SledOptions,
    anchor::{Anchor, Mark},
    engine::Place,
    files, io_failed,
    keeper::{guard, quietly},
    keys::{Life, is_destroyed},
    marks,
    opened::{EXPIRES, Opened, compare, index_failed, read_head},
    visitors::INDEX,
};
use crate::{
    audit::{Entry, Head, SEGMENT, Tree, leaf_hash},
    signal::VisitorId,
    store::{Error, ErrorKind},
};

/// What the list of marks is called where something is wrong with it.
const ERASED: &str = "list of what was erased";

/// What is wrong, and where.
///
/// # Example
///
/// ```
/// # let folder = tempfile::tempdir().unwrap();
/// # let folder = folder.path().join("store");
/// use tower_consent::store::{Sled, SledOptions};
/// drop(Sled::open(&folder).unwrap());
/// // Somebody moved the folder without the file beside it.
/// std::fs::remove_file(folder.with_extension("anchor")).unwrap();
/// let fault = Sled::check(&folder, &SledOptions::new()).unwrap().faults.remove(0);
/// assert_eq!(fault.to_string(), "anchor: is missing");
/// ```
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
///
/// # Example
///
/// ```
/// # use std::sync::Arc;
/// # use time::OffsetDateTime;
/// # use tower_consent::recorder::Log;
/// # let folder = tempfile::tempdir().unwrap();
/// # let folder = folder.path().join("store");
/// use tower_consent::store::{Sled, SledOptions};
/// # let store = Arc::new(Sled::open(&folder).unwrap());
/// # pollster::block_on(Log::open(store.clone(), "news.example/consent", OffsetDateTime::UNIX_EPOCH)).unwrap();
/// # drop(store);
/// let check = Sled::check(&folder, &SledOptions::new()).unwrap();
/// assert_eq!((check.entries, check.erased, check.faults.len()), (1, 0, 0));
/// assert_eq!(check.root.len(), 64);
/// ```
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
    ///
    /// # Example
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let folder = folder.path().join("store");
    /// use tower_consent::store::{Sled, SledOptions};
    /// drop(Sled::open(&folder).unwrap());
    /// std::fs::remove_file(folder.with_extension("anchor")).unwrap();
    /// assert!(!Sled::check(&folder, &SledOptions::new()).unwrap().faults.is_empty());
    /// Sled::renew_anchor(&folder, &SledOptions::new()).unwrap();
    /// assert!(Sled::check(&folder, &SledOptions::new()).unwrap().faults.is_empty());
    /// ```
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
        // What has files of its own now is not looked for in a store of before: the next start makes it.
        let old = self.engine.is_old();
        let marked: HashMap<u64, u8> = guard(|| self.engine.old_marks())
            .unwrap_or_else(|error| {
                check.fault(ERASED, error);
                Vec::new()
            })
            .into_iter()
            .collect();
        // What a crash cut off, the next start ends.
        let owed = guard(|| self.engine.owed(head.size())).unwrap_or_else(|error| {
            check.fault(ERASED, error);
            None
        });
        let owed: HashSet<u64> = owed.into_iter().flat_map(|(indexes, _)| indexes).collect();
        let (mut places, damaged) = self.visitors.check();
        places += self.tail().visitors.values().map(Vec::len).sum::<usize>() as u64;
        for (place, what) in &self.amiss.damaged {
            check.fault(*place, what);
        }
        for what in &damaged {
            check.fault(INDEX, what);
        }
        if !old && head.size() > 0 && !self.has_marks() {
            check.fault(ERASED, "is missing or damaged; nothing can be said of erasures");
        }
        for missing in self.amiss.missing.iter().filter(|_| !old) {
            let (first, last) = (missing.start, missing.end - 1);
            check.fault(INDEX, format!("segments {first} to {last} are missing in it; the next start adds them"));
        }
        let whole_of = |name: &str| self.amiss.damaged.iter().all(|(place, _)| *place != name);
        let index_whole = damaged.is_empty() && self.amiss.missing.is_empty() && whole_of(INDEX);
        if !old && whole_of(EXPIRES) {
            self.check_expiries(check);
        }
        let mut cited = BTreeSet::new();
        let (mut tree, mut whole, mut indexed) = (Tree::default(), true, 0);
        for start in (0..head.size()).step_by(SEGMENT as usize) {
            let end = head.size().min(start + SEGMENT);
            let parts = match guard(|| self.entries(start..end)) {
                Ok(entries) if entries.len() as u64 == end - start => entries.into_iter().map(Ok).collect(),
                // One by one, to tell which.
                _ => self.each(start..end),
            };
            let marks = self.marks(start..end).unwrap_or_else(|error| {
                check.fault(ERASED, error);
                vec![0; parts.len()]
            });
            for ((entry, mark), index) in parts.into_iter().zip(marks).zip(start..) {
                match entry {
                    Ok(entry) => {
                        tree.push(leaf_hash(&entry.leaf));
                        check.entries += 1;
                        let mark = mark | marked.get(&index).copied().unwrap_or(0);
                        check.erased += u64::from(mark & marks::ALL != 0);
                        if mark > marks::ALL | marks::BRIEF {
                            check.fault(format!("entry {index}"), "its mark is none");
                        }
                        let mark = (!owed.contains(&index) && (old || self.has_marks())).then_some(mark);
                        if let Some(visitor) = self.check_entry(&entry, index, mark, &mut cited, check) {
                            indexed += 1;
                            match index_whole.then(|| guard(|| self.is_known(visitor, index))) {
                                Some(Ok(false)) => {
                                    check.fault(format!("entry {index}"), "is not in the visitors' index")
                                }
                                Some(Err(error)) => check.fault(format!("entry {index}"), error),
                                _ => {}
                            }
                        }
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
        if whole && index_whole && owed.is_empty() && places != indexed {
            check.fault(INDEX, format!("has {places} places, and {indexed} entries name a visitor"));
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

    /// Says whether the visitors' index names an entry.
    fn is_known(&self, visitor: VisitorId, index: u64) -> Result<bool, Error> {
        let tag = self.tag(visitor);
        let recent = self.tail().visitors.get(&tag).is_some_and(|places| places.contains(&index));
        Ok(recent || self.visitors.has(&(tag, index)).map_err(index_failed())?)
    }

    /// Compares when something expires next with the rows of each segment.
    fn check_expiries(&self, check: &mut Check) {
        let expiries = self.expiries();
        for segment in 0..self.sealed.load(std::sync::atomic::Ordering::Acquire) {
            match (self.due(segment, 0), expiries.next().get(usize::try_from(segment).unwrap_or(usize::MAX))) {
                (Ok((_, next)), Some(noted)) if *noted <= next => {}
                (Ok(_), Some(_)) => check.fault(EXPIRES, format!("segment {segment} is looked at too late")),
                (Ok(_), None) => {
                    check.fault(EXPIRES, format!("segment {segment} is missing; the next start adds it"));
                }
                // Told of the segment.
                (Err(_), _) => {}
            }
        }
    }

    /// Checks what belongs to one entry, marks unless they are about to change; returns the visitor under whom the index must
    /// name it.
    fn check_entry(
        &self,
        entry: &Entry,
        index: u64,
        mark: Option<u8>,
        cited: &mut BTreeSet<String>,
        check: &mut Check,
    ) -> Option<VisitorId> {
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
                return None;
            }
        };
        if let Some(mark) = mark {
            let gone = is_destroyed(&slot, Life::Lasting);
            if gone != (mark & marks::ALL != 0) {
                let what =
                    if gone { "its key is gone, and it was not erased" } else { "was erased, and its key is there" };
                check.fault(place(), what);
            }
            if is_destroyed(&slot, Life::Brief) != (mark & (marks::ALL | marks::BRIEF) != 0) {
                check.fault(place(), "the key of what expires is not as it should be");
            }
        }
        let disclosed = match entry.disclosed() {
            Ok(disclosed) => disclosed,
            Err(error) => {
                check.fault(place(), error);
                return None;
            }
        };
        disclosed.get("subject").and_then(|value| value.as_str()).and_then(VisitorId::parse)
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
