//! The copy, checked by itself: every entry, every hash, every text, every key.

use std::{
    collections::BTreeSet,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::{failed, read_keys, read_private};
use crate::{
    audit::{
        Checkpoint, Entry, Hash, Note, Rows, Stats, Verifier, WIDTH, bundle_path, leaf_hash, read_bundle, root_of,
        tile_path, tile_root, tiles,
    },
    store::{Error, ErrorKind},
};

/// What is not as it must be, and where.
///
/// # Example
///
/// ```
/// # use std::sync::Arc;
/// # use time::OffsetDateTime;
/// # use tower_consent::{record::{Kind, Record}, recorder::Log, store::Memory};
/// # pollster::block_on(async {
/// # let (store, now) = (Arc::new(Memory::default()), OffsetDateTime::UNIX_EPOCH);
/// # let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
/// # let folder = tempfile::tempdir().unwrap();
/// use tower_consent::mirror;
/// mirror::advance(&mut log, store, folder.path(), false).await.unwrap();
/// std::fs::write(folder.path().join("notes.txt"), "not ours").unwrap();
/// let finding = mirror::verify(folder.path(), &[log.key().verifier().clone()]).unwrap().findings.remove(0);
/// assert_eq!(finding.place, "notes.txt");
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// A file, a place in it, or `entry 17`.
    pub place: String,
    /// What is wrong with it.
    pub what: String,
}

impl Finding {
    pub(crate) fn new(place: impl Into<String>, what: impl fmt::Display) -> Self {
        Self { place: place.into(), what: what.to_string() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.what)
    }
}

/// The result of a verification.
///
/// # Example
///
/// ```
/// # use std::sync::Arc;
/// # use time::OffsetDateTime;
/// # use tower_consent::{record::{Kind, Record}, recorder::Log, store::Memory};
/// # pollster::block_on(async {
/// # let (store, now) = (Arc::new(Memory::default()), OffsetDateTime::UNIX_EPOCH);
/// # let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
/// # let folder = tempfile::tempdir().unwrap();
/// use tower_consent::mirror;
/// log.append(vec![Record::of(Kind::Retention, now, "v1")]).await.unwrap();
/// mirror::advance(&mut log, store, folder.path(), false).await.unwrap();
/// let verified = mirror::verify(folder.path(), &[log.key().verifier().clone()]).unwrap();
/// assert_eq!((verified.origin.as_str(), verified.size), (log.origin(), 2));
/// assert_eq!(verified.root, log.head().await.unwrap().root_hex());
/// assert_eq!(verified.stats.by_kind["retention"], 1);
/// # });
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// Name of the log.
    pub origin: String,
    /// Entries its checkpoint counts.
    pub size: u64,
    /// Root its checkpoint signs, hexadecimal.
    pub root: String,
    /// Counts over the entries.
    pub stats: Stats,
    /// Everything that is wrong; empty when all is well.
    pub findings: Vec<Finding>,
}

impl Verified {
    fn find(&mut self, place: impl Into<String>, what: impl fmt::Display) {
        self.findings.push(Finding::new(place, what));
    }
}

/// Checks a copy of a log; nothing but its files and the trusted keys is used.
///
/// A key is trusted when it is among `trusted`, or when a trusted key signed its coming into force. With no trusted
/// key the copy is only checked against itself, and that is a finding.
///
/// # Errors
///
/// [`ErrorKind::Unavailable`] when the files cannot be read; what is wrong with them is no error, it is what the result
/// tells.
///
/// # Example
///
/// ```
/// # use std::sync::Arc;
/// # use time::OffsetDateTime;
/// # use tower_consent::{record::{Kind, Record}, recorder::Log, store::Memory};
/// # pollster::block_on(async {
/// # let (store, now) = (Arc::new(Memory::default()), OffsetDateTime::UNIX_EPOCH);
/// # let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
/// # let folder = tempfile::tempdir().unwrap();
/// use tower_consent::{audit::LogKey, mirror};
/// mirror::advance(&mut log, store, folder.path(), false).await.unwrap();
/// assert!(mirror::verify(folder.path(), &[log.key().verifier().clone()]).unwrap().findings.is_empty());
/// // A regulator who trusts another key is told so.
/// let other = LogKey::new("news.example/consent", [9; 32]).unwrap();
/// assert!(!mirror::verify(folder.path(), &[other.verifier().clone()]).unwrap().findings.is_empty());
/// # });
/// ```
pub fn verify(folder: &Path, trusted: &[Verifier]) -> Result<Verified, Error> {
    let mut verified = Verified::default();
    let path = folder.join("checkpoint");
    let note = fs::read(&path).map_err(|source| {
        Error::new(ErrorKind::Unavailable, format!("there is no copy of a log in {}", folder.display()))
            .with_source(source)
    })?;
    let known = read_keys(folder).unwrap_or_default();
    if trusted.is_empty() {
        verified.find("checkpoint", "no trusted key was given: the copy is only compared with itself");
    }
    let mut keys: Vec<Verifier> = if trusted.is_empty() { known } else { trusted.to_vec() };
    let claimed = Note::parse(&note).ok().map(|note| note.to_string());
    let claimed = claimed.as_deref().and_then(|text| {
        let mut lines = text.lines().skip(1);
        lines.next()?.parse::<u64>().ok()
    });
    let Some(size) = claimed else {
        verified.find("checkpoint", "is no signed head of a log");
        return Ok(verified);
    };
    let mut walk = Walk { cited: BTreeSet::new(), files: BTreeSet::new(), levels: Vec::new() };
    walk.files.extend(["checkpoint".to_owned(), "keys".to_owned()]);
    for (number, width) in tiles(0, 0, size) {
        walk.bundle(folder, number, width, &mut keys, &mut verified)?;
    }
    let root = walk.tiles(folder, size, &mut verified)?;
    match Checkpoint::open(&note, &keys) {
        Ok(checkpoint) => {
            if root != Some(checkpoint.root) {
                verified.find("checkpoint", "signs another root than that of the entries");
            }
            verified.root = base16ct::lower::encode_string(&checkpoint.root);
            (verified.origin, verified.size) = (checkpoint.origin, checkpoint.size);
        }
        Err(error) => verified.find("checkpoint", error),
    }
    walk.documents(folder, &mut verified)?;
    walk.strangers(folder, size, &mut verified)?;
    Ok(verified)
}

struct Walk {
    /// Texts the entries name.
    cited: BTreeSet<String>,
    /// Files that belong to the copy.
    files: BTreeSet<String>,
    /// Hashes of each level, as far as they are not in a full tile yet; their roots go up.
    levels: Vec<Vec<Hash>>,
}

impl Walk {
    fn bundle(
        &mut self,
        folder: &Path,
        number: u64,
        width: u64,
        keys: &mut Vec<Verifier>,
        verified: &mut Verified,
    ) -> Result<(), Error> {
        let name = bundle_path(number, width);
        self.files.insert(name.clone());
        let Some(bytes) = read(folder, &name)? else {
            verified.find(name, "is missing");
            return Ok(());
        };
        let entries = read_bundle(&bytes).filter(|entries| entries.len() as u64 == width);
        let Some(entries) = entries else {
            verified.find(name, format!("is no bundle of {width} entries"));
            return Ok(());
        };
        let values = match read_private(folder, number) {
            Ok(values) => values,
            Err(error) => {
                verified.find(super::private_path(number), error);
                Default::default()
            }
        };
        self.files.insert(super::private_path(number));
        if self.levels.is_empty() {
            self.levels.push(Vec::new());
        }
        for (leaf, index) in entries.into_iter().zip(number * WIDTH..) {
            self.levels[0].push(leaf_hash(leaf));
            let private = values.get(&index);
            let disclosures = private.map(|entry| entry.disclosures.clone()).unwrap_or_default();
            let entry = Entry::from_parts(leaf.to_vec(), disclosures)
                .with_brief(private.map(|entry| entry.brief.clone()).unwrap_or_default(), None);
            let checked = entry.fields().and_then(|fields| verified.stats.add(&entry).map(|()| fields));
            match checked {
                Ok(fields) => {
                    for field in ["notice", "consent"] {
                        self.cited.extend(fields.get(field).and_then(|value| value.as_str()).map(str::to_owned));
                    }
                    verified.findings.extend(rotated(&fields, index, keys));
                }
                Err(error) => verified.find(format!("entry {index}"), error),
            }
            if let Err(error) = entry.disclosed() {
                verified.find(format!("entry {index}"), error);
            }
        }
        Ok(())
    }

    /// Compares every tile with the hashes of the entries; returns their root when there are all of them.
    fn tiles(&mut self, folder: &Path, size: u64, verified: &mut Verified) -> Result<Option<Hash>, Error> {
        let mut rest: Option<Hash> = None;
        let mut whole = true;
        let mut level = 0_u32;
        let mut row = self.levels.pop().unwrap_or_default();
        whole &= row.len() as u64 == size;
        while size.checked_shr(8 * level).unwrap_or(0) > 0 {
            let mut above = Vec::new();
            let mut parts = Vec::new();
            for (part, number) in row.chunks(WIDTH as usize).zip(0..) {
                let name = tile_path(level, number, part.len() as u64);
                self.files.insert(name.clone());
                match read(folder, &name)? {
                    None => verified.find(name, "is missing"),
                    Some(bytes) if bytes != part.as_flattened() => {
                        verified.find(name, "has other hashes than the entries")
                    }
                    Some(_) => {}
                }
                match tile_root(part) {
                    Some(root) => above.push(root),
                    None => parts = part.to_vec(),
                }
            }
            parts.extend(rest);
            rest = (!parts.is_empty()).then(|| root_of(&parts));
            row = above;
            level += 1;
        }
        let root = rest.unwrap_or_else(|| Rows::default().root());
        Ok(whole.then_some(root))
    }

    fn documents(&mut self, folder: &Path, verified: &mut Verified) -> Result<(), Error> {
        let mut found = BTreeSet::new();
        for path in list(&folder.join("documents"))? {
            let Some(name) = path.strip_prefix("documents/") else { continue };
            let bytes = read(folder, &path)?.unwrap_or_default();
            let is_hash = name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
            if is_hash && base16ct::lower::encode_string(&Sha256::digest(&bytes)) != name {
                verified.find(path.clone(), "its text is not that of its hash");
            }
            found.insert(name.to_owned());
        }
        for missing in self.cited.difference(&found) {
            verified.find(format!("documents/{missing}"), "is missing, and an entry cites it");
        }
        Ok(())
    }

    /// Names files that are no part of a copy. Partial tiles and bundles of earlier runs are.
    fn strangers(&self, folder: &Path, size: u64, verified: &mut Verified) -> Result<(), Error> {
        for path in list(folder)? {
            let partial = || {
                let (_, width) = path.rsplit_once(".p/")?;
                width.parse::<u64>().ok().filter(|width| (1..WIDTH).contains(width) && *width <= size)
            };
            let ours = path.starts_with("documents/") || self.files.contains(&path);
            if !(ours || path.starts_with("tile/") && partial().is_some()) {
                verified.find(path, "is no part of a copy of this log");
            }
        }
        Ok(())
    }
}

/// Follows a change of keys: the new one is trusted when a trusted one signed it; else that is found.
pub(crate) fn rotated(
    fields: &std::collections::BTreeMap<String, serde_json::Value>,
    index: u64,
    keys: &mut Vec<Verifier>,
) -> Option<Finding> {
    if fields.get("kind").and_then(|kind| kind.as_str()) != Some("key-rotated") {
        return None;
    }
    let fact = |name: &str| fields.get("facts").and_then(|facts| facts.get(name)?.as_str());
    let (Some(new), Some(note)) = (fact("new"), fact("checkpoint")) else {
        // The keys of cookies are rotated too; they sign nothing here.
        return None;
    };
    let Ok(new) = new.parse::<Verifier>() else {
        return Some(Finding::new(format!("entry {index}"), "its new key is none"));
    };
    let note = Note::parse(note.as_bytes());
    let by_new = note.as_ref().is_ok_and(|note| note.verified(std::slice::from_ref(&new)).is_ok());
    let by_old = note.as_ref().is_ok_and(|note| note.verified(keys).is_ok());
    let before = note.as_ref().is_ok_and(|note| note.to_string().lines().nth(1) == Some(index.to_string().as_str()));
    match (by_new, by_old, before) {
        (true, true, true) => {
            if !keys.contains(&new) {
                keys.push(new);
            }
            None
        }
        _ if keys.contains(&new) && by_new && before => None,
        _ => Some(Finding::new(format!("entry {index}"), "its new key is not signed by a trusted one")),
    }
}

fn read(folder: &Path, name: &str) -> Result<Option<Vec<u8>>, Error> {
    let path = folder.join(name);
    match fs::read(&path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(failed("read", &path)(error)),
    }
}

/// Returns all files below a folder, by their paths from the copy's own.
fn list(folder: &Path) -> Result<Vec<String>, Error> {
    let root = if folder.ends_with("documents") { folder.parent().unwrap_or(folder) } else { folder };
    let (mut found, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(next) = folders.pop() {
        let entries = match fs::read_dir(&next) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(failed("list", &next)(error)),
        };
        for entry in entries {
            let path: PathBuf = entry.map_err(failed("list", &next))?.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Some(name) = path.strip_prefix(root).ok().and_then(Path::to_str) {
                found.push(name.to_owned());
            }
        }
    }
    found.sort();
    Ok(found)
}
