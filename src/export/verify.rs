//! An export, checked by itself: nothing but its bytes and the public keys of the log is used.
//!
//! In: an archive, or the folder it was unpacked to; keys known from elsewhere. Out: everything that is wrong, in the
//! order of the way it was found. It asks no store and no server.
//!
//! What is compared: every byte of the archive with the one way it can be written; every file with the signed list;
//! the signed head with the tiles; every entry with its tile, its digests and the texts it names. What cannot be
//! known from a part of the log: that no event is left out of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    fs::{self, File},
    io::{self, BufRead, BufReader, Read, Seek},
    path::{Path, PathBuf},
};

use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::container::{Archive, names};
use crate::{
    audit::{
        Checkpoint, Entry, Hash, Note, Stats, Verifier, WIDTH, leaf_hash, read_bundle, root_of, tile_path, tile_root,
        tiles,
    },
    mirror::{Finding, rotated},
    store::{Error, ErrorKind},
};

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
/// use tower_consent::export::{Export, Level, verify};
/// let mut archive = Vec::new();
/// let written = Export::new(store, Level::Regulator).write(&mut archive, &mut |_| {}).unwrap();
/// let verified = verify(std::io::Cursor::new(archive), &[log.key().verifier().clone()]).unwrap();
/// assert_eq!((verified.level.as_str(), verified.complete), ("regulator", true));
/// assert_eq!((verified.root, verified.stats.events), (written.root, 1));
/// # });
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// Name of the log.
    pub origin: String,
    /// Events the signed head counts.
    pub size: u64,
    /// Root it signs, hexadecimal.
    pub root: String,
    /// For whom the export is.
    pub level: String,
    /// Whether it has every event of the log.
    pub complete: bool,
    /// Files in it.
    pub files: u64,
    /// Counts over its events.
    pub stats: Stats,
    /// Everything that is wrong; empty when all is well.
    pub findings: Vec<Finding>,
}

impl Verified {
    fn find(&mut self, place: impl Into<String>, what: impl fmt::Display) {
        self.findings.push(Finding::new(place, what));
    }
}

/// Checks an export as it was written: the archive itself.
///
/// # Errors
///
/// [`ErrorKind::Unavailable`] when it cannot be read; what is wrong with it is no error, it is what the result tells.
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
/// use std::io::Cursor;
/// use tower_consent::export::{Export, Level, verify};
/// let mut archive = Vec::new();
/// Export::new(store, Level::Regulator).write(&mut archive, &mut |_| {}).unwrap();
/// let trusted = [log.key().verifier().clone()];
/// assert!(verify(Cursor::new(archive.clone()), &trusted).unwrap().findings.is_empty());
/// // What was sent only in part is told of.
/// archive.truncate(archive.len() / 2);
/// assert!(!verify(Cursor::new(archive), &trusted).unwrap().findings.is_empty());
/// # });
/// ```
pub fn verify(archive: impl Read + Seek, trusted: &[Verifier]) -> Result<Verified, Error> {
    match Archive::open(archive).map_err(unread)? {
        Ok(archive) => check(archive, trusted),
        Err(damage) => {
            let mut verified = Verified::default();
            verified.find(damage.place, damage.what);
            Ok(verified)
        }
    }
}

/// Checks an export that was unpacked into a folder of its own.
///
/// # Errors
///
/// As [`verify`].
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
/// use tower_consent::export::verify_folder;
/// // Nothing was unpacked there.
/// let verified = verify_folder(folder.path(), &[log.key().verifier().clone()]);
/// assert!(verified.is_err() || !verified.unwrap().findings.is_empty());
/// # });
/// ```
pub fn verify_folder(folder: &Path, trusted: &[Verifier]) -> Result<Verified, Error> {
    check(Folder::open(folder).map_err(unread)?, trusted)
}

fn unread(source: io::Error) -> Error {
    Error::new(ErrorKind::Unavailable, "cannot read the export").with_source(source)
}

/// The largest file that is read whole: the list of files of a log of some hundred million events.
pub(super) const LARGEST: u64 = 1 << 28;
/// The longest line of events: an entry, its values, and what stands around them.
const LONGEST_LINE: u64 = 1 << 20;

/// Where the files of an export are.
pub(super) trait Files {
    fn sums(&self) -> &[(String, Hash)];
    fn file(&self, name: &str) -> io::Result<Option<Box<dyn Read + '_>>>;

    fn bytes(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        let Some(file) = self.file(name)? else { return Ok(None) };
        let mut bytes = Vec::new();
        // What is longer is cut, and so found to be something else.
        file.take(LARGEST).read_to_end(&mut bytes)?;
        Ok(Some(bytes))
    }

    /// Reads a tile; `None` when it is not there, or has not so many hashes.
    fn tile(&self, level: u32, number: u64, width: u64) -> io::Result<Option<Vec<Hash>>> {
        let Some(bytes) = self.bytes(&tile_path(level, number, width))? else { return Ok(None) };
        let (hashes, rest) = bytes.as_chunks::<32>();
        Ok((rest.is_empty() && hashes.len() as u64 == width).then(|| hashes.to_vec()))
    }
}

impl<T: Files> Files for &T {
    fn sums(&self) -> &[(String, Hash)] {
        (**self).sums()
    }

    fn file(&self, name: &str) -> io::Result<Option<Box<dyn Read + '_>>> {
        (**self).file(name)
    }
}

impl<R: Read + Seek> Files for Archive<R> {
    fn sums(&self) -> &[(String, Hash)] {
        &self.sums
    }

    fn file(&self, name: &str) -> io::Result<Option<Box<dyn Read + '_>>> {
        Ok(Archive::file(self, name))
    }
}

struct Folder {
    root: PathBuf,
    sums: Vec<(String, Hash)>,
}

impl Folder {
    fn open(root: &Path) -> io::Result<Self> {
        let (mut sums, mut folders) = (Vec::new(), vec![root.to_owned()]);
        while let Some(next) = folders.pop() {
            for entry in fs::read_dir(&next)? {
                let entry = entry?;
                let (path, kind) = (entry.path(), entry.file_type()?);
                if kind.is_dir() {
                    folders.push(path);
                    continue;
                }
                let mut hash = Sha256::new();
                // A link, or what is no file at all, is nothing that an export unpacks to: it keeps the hash of nothing.
                if kind.is_file() {
                    let (mut file, mut piece) = (File::open(&path)?, vec![0; 1 << 16]);
                    loop {
                        match file.read(&mut piece)? {
                            0 => break,
                            count => hash.update(&piece[..count]),
                        }
                    }
                }
                let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
                sums.push((name, hash.finalize().into()));
            }
        }
        sums.sort();
        Ok(Self { root: root.to_owned(), sums })
    }
}

impl Files for Folder {
    fn sums(&self) -> &[(String, Hash)] {
        &self.sums
    }

    fn file(&self, name: &str) -> io::Result<Option<Box<dyn Read + '_>>> {
        let path = self.root.join(name);
        match fs::symlink_metadata(&path) {
            Ok(metadata) if !metadata.is_file() => return Ok(None),
            _ => {}
        }
        match File::open(path) {
            Ok(file) => Ok(Some(Box::new(file))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// What `manifest.json` says, as far as it is compared.
#[derive(Deserialize)]
struct Manifest {
    format: u64,
    log: ManifestLog,
    level: String,
    complete: bool,
    events: u64,
    by_kind: BTreeMap<String, u64>,
}

#[derive(Deserialize)]
struct ManifestLog {
    origin: String,
    size: u64,
    root: String,
    key: String,
}

/// Checks the files of an export.
pub(super) fn check(files: impl Files, trusted: &[Verifier]) -> Result<Verified, Error> {
    let mut check = Check { files, verified: Verified::default(), keys: trusted.to_vec() };
    check.run(trusted).map_err(unread)?;
    Ok(check.verified)
}

struct Check<F> {
    files: F,
    verified: Verified,
    /// Keys that are trusted, and those they vouch for.
    keys: Vec<Verifier>,
}

impl<F: Files> Check<F> {
    fn run(&mut self, trusted: &[Verifier]) -> io::Result<()> {
        self.verified.files = self.files.sums().len() as u64;
        if trusted.is_empty() {
            self.verified.find("keys", "no trusted key was given: the export is only compared with itself");
            let text = self.files.bytes("keys")?.unwrap_or_default();
            self.keys = String::from_utf8_lossy(&text).lines().filter_map(|key| key.parse().ok()).collect();
        }
        self.key_events()?;
        self.list()?;
        let Some(manifest) = self.manifest()? else { return Ok(()) };
        let Some(checkpoint) = self.checkpoint(&manifest)? else { return Ok(()) };
        if manifest.level == "public" {
            return Ok(());
        }
        self.tiles(&checkpoint)?;
        if manifest.complete && manifest.level != "subject" {
            self.bundles(&checkpoint)?;
        }
        self.events(&checkpoint, &manifest)
    }

    /// Follows the log's keys from those that are trusted.
    fn key_events(&mut self) -> io::Result<()> {
        let text = self.files.bytes("keys.jsonl")?.unwrap_or_default();
        for line in String::from_utf8_lossy(&text).lines() {
            let Ok(line) = serde_json::from_str::<Line<'_>>(line) else {
                self.verified.find("keys.jsonl", "a line is no event");
                continue;
            };
            if let Ok(fields) = line.entry().fields() {
                self.verified.findings.extend(rotated(&fields, line.index, &mut self.keys));
            }
        }
        Ok(())
    }

    /// The signed list of files, and each file's hash.
    fn list(&mut self) -> io::Result<()> {
        let Some(bytes) = self.files.bytes("MANIFEST")? else {
            self.verified.find("MANIFEST", "is missing");
            return Ok(());
        };
        let note = Note::parse(&bytes).and_then(|note| note.verified(&self.keys).map(str::to_owned));
        let text = match note {
            Ok(text) => text,
            Err(error) => {
                self.verified.find("MANIFEST", error);
                return Ok(());
            }
        };
        let mut listed = BTreeMap::new();
        for line in text.lines() {
            match line.split_once("  ") {
                Some((sum, name)) if sum.len() == 64 => {
                    listed.insert(name.to_owned(), sum.to_owned());
                }
                _ => self.verified.find("MANIFEST", "a line is no hash of a file"),
            }
        }
        for (name, sum) in self.files.sums() {
            match listed.get(name) {
                _ if name == "MANIFEST" => {}
                None => self.verified.find(name.clone(), "is no part of this export"),
                Some(listed) if base16ct::lower::encode_string(sum) != *listed => {
                    self.verified.find(name.clone(), "is another file than was signed");
                }
                Some(_) => {}
            }
        }
        let present = names(self.files.sums());
        for name in listed.keys().filter(|name| !present.contains(name.as_str())) {
            self.verified.find(name.clone(), "is missing");
        }
        Ok(())
    }

    fn manifest(&mut self) -> io::Result<Option<Manifest>> {
        let bytes = self.files.bytes("manifest.json")?.unwrap_or_default();
        let Ok(manifest) = serde_json::from_slice::<Manifest>(&bytes) else {
            self.verified.find("manifest.json", "cannot be read");
            return Ok(None);
        };
        if manifest.format != 1 {
            self.verified.find("manifest.json", format!("format {} is not known here", manifest.format));
            return Ok(None);
        }
        self.verified.level = manifest.level.clone();
        self.verified.complete = manifest.complete;
        Ok(Some(manifest))
    }

    fn checkpoint(&mut self, manifest: &Manifest) -> io::Result<Option<Checkpoint>> {
        let bytes = self.files.bytes("checkpoint")?.unwrap_or_default();
        let checkpoint = match Checkpoint::open(&bytes, &self.keys) {
            Ok(checkpoint) => checkpoint,
            Err(error) => {
                self.verified.find("checkpoint", error);
                return Ok(None);
            }
        };
        let root = base16ct::lower::encode_string(&checkpoint.root);
        if (&manifest.log.origin, manifest.log.size, &manifest.log.root) != (&checkpoint.origin, checkpoint.size, &root)
        {
            self.verified.find("manifest.json", "speaks of another head of the log than the checkpoint");
        }
        if !self.keys.iter().any(|key| key.to_string() == manifest.log.key) {
            self.verified.find("manifest.json", "names a key that nothing vouches for");
        }
        (self.verified.origin, self.verified.size, self.verified.root) =
            (checkpoint.origin.clone(), checkpoint.size, root);
        Ok(Some(checkpoint))
    }

    /// The tiles at the edge make the signed root; each other one is the hash its parent has.
    fn tiles(&mut self, checkpoint: &Checkpoint) -> io::Result<()> {
        let levels = (0_u32..).take_while(|level| checkpoint.size.checked_shr(8 * level).unwrap_or(0) > 0);
        let mut rest: Option<Hash> = None;
        let mut here = BTreeSet::new();
        let present: BTreeSet<String> = names(self.files.sums()).into_iter().map(str::to_owned).collect();
        for level in levels {
            let mut parts = Vec::new();
            for (number, width) in tiles(level, 0, checkpoint.size) {
                let path = tile_path(level, number, width);
                if !present.contains(&path) {
                    if width < WIDTH {
                        self.verified.find(path, "is missing");
                    }
                    continue;
                }
                here.insert(path.clone());
                let Some(hashes) = self.files.tile(level, number, width)? else {
                    self.verified.find(path, format!("is no tile of {width} hashes"));
                    continue;
                };
                match tile_root(&hashes) {
                    None => parts = hashes,
                    Some(root) => {
                        let (above, place) = (number / WIDTH, (number % WIDTH) as usize);
                        let width = ((checkpoint.size >> (8 * (level + 1))) - above * WIDTH).min(WIDTH);
                        let parent = self.files.tile(level + 1, above, width)?;
                        if parent.and_then(|parent| parent.get(place).copied()) != Some(root) {
                            self.verified.find(path, "has other hashes than the tile above it");
                        }
                    }
                }
            }
            parts.extend(rest);
            rest = (!parts.is_empty()).then(|| root_of(&parts));
        }
        if rest != Some(checkpoint.root) {
            self.verified.find("checkpoint", "signs another root than that of the tiles");
        }
        let strangers = present.iter().filter(|path| path.starts_with("tile/") && !path.starts_with("tile/entries/"));
        for path in strangers.filter(|path| !here.contains(*path)) {
            self.verified.find(path.clone(), "is no tile of this log");
        }
        Ok(())
    }

    /// Whole bundles are in an export of everything.
    fn bundles(&mut self, checkpoint: &Checkpoint) -> io::Result<()> {
        for (number, width) in tiles(0, 0, checkpoint.size) {
            let path = crate::audit::bundle_path(number, width);
            let Some(bytes) = self.files.bytes(&path)? else {
                self.verified.find(path, "is missing");
                continue;
            };
            let hashes: Option<Vec<Hash>> =
                read_bundle(&bytes).map(|entries| entries.into_iter().map(leaf_hash).collect());
            if hashes.is_none() || hashes != self.files.tile(0, number, width)? {
                self.verified.find(path, "has other entries than the tile");
            }
        }
        Ok(())
    }

    /// Every event: in the tree, in order, written as it must be, opened by its own values only, its texts there.
    fn events(&mut self, checkpoint: &Checkpoint, manifest: &Manifest) -> io::Result<()> {
        let Self { files, verified, .. } = self;
        let known: BTreeSet<String> = files.sums().iter().map(|(_, sum)| base16ct::lower::encode_string(sum)).collect();
        let Some(file) = files.file("events.jsonl")? else {
            verified.find("events.jsonl", "is missing");
            return Ok(());
        };
        let mut file = BufReader::with_capacity(1 << 16, file);
        let (mut text, mut next) = (String::new(), 0);
        // The tile of the event before: events come in order.
        let mut tile: (u64, Option<Vec<Hash>>) = (u64::MAX, None);
        loop {
            text.clear();
            match (&mut file).take(LONGEST_LINE).read_line(&mut text) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                    verified.find("events.jsonl", "is no text");
                    break;
                }
                Err(error) => return Err(error),
            }
            let line = match serde_json::from_str::<Line<'_>>(text.trim_end_matches('\n')) {
                Ok(line) if text.ends_with('\n') => line,
                _ => {
                    verified.find("events.jsonl", "a line is no event");
                    continue;
                }
            };
            let place = format!("entry {}", line.index);
            if line.index < next || line.index >= checkpoint.size {
                verified.find(place, "is out of order, or not in the log");
                continue;
            }
            next = line.index + 1;
            let entry = line.entry();
            match entry.fields() {
                Ok(fields) => {
                    for text in ["notice", "consent"].into_iter().filter_map(|name| fields.get(name)?.as_str()) {
                        if text.len() == 64 && !known.contains(text) {
                            verified.find(place.clone(), format!("names the text {text}, which is not here"));
                        }
                    }
                }
                Err(error) => verified.find(place.clone(), error),
            }
            if let Err(error) = entry.disclosed() {
                verified.find(place.clone(), error);
            }
            if verified.stats.add(&entry).is_err() {
                verified.find(place.clone(), "cannot be counted");
            }
            let number = line.index / WIDTH;
            if tile.0 != number {
                let width = (checkpoint.size - number * WIDTH).min(WIDTH);
                tile = (number, files.tile(0, number, width)?);
            }
            let hash = tile.1.as_ref().and_then(|tile| tile.get((line.index % WIDTH) as usize));
            if hash != Some(&leaf_hash(&entry.leaf)) {
                verified.find(place, "is not the entry of the log: its hash is not in the tile");
            }
        }
        if verified.stats.events != manifest.events {
            verified.find("events.jsonl", format!("has not the {} events of the manifest", manifest.events));
        }
        let stats = &verified.stats;
        if !manifest.by_kind.iter().all(|(kind, count)| stats.by_kind.get(kind) == Some(count)) {
            verified.find("manifest.json", "counts other events than there are");
        }
        if manifest.complete && manifest.events != checkpoint.size {
            verified.find("events.jsonl", "is said to be complete and is not");
        }
        Ok(())
    }
}

/// A line of `events.jsonl` or `keys.jsonl`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line<'a> {
    pub(super) index: u64,
    #[serde(default)]
    #[expect(dead_code, reason = "a pseudonym proves nothing by itself")]
    subject: Option<&'a str>,
    #[serde(default)]
    pub(super) disclosures: Vec<String>,
    #[serde(borrow)]
    entry: &'a RawValue,
}

impl Line<'_> {
    /// The entry with the values that are said to open it.
    fn entry(&self) -> Entry {
        Entry::from_parts(self.entry.get().as_bytes().to_vec(), self.disclosures.clone())
    }
}
