//! A copy of the log as static files, which only grows: on another disk, in an object store, at a regulator's.
//!
//! In: a log and a folder. Out: the layout of C2SP tlog-tiles in that folder, whole up to its `checkpoint`; and back, a
//! store that is rebuilt from it. What is copied is hashed on the way, and nothing is signed but what was derived again.
//!
//! ```text
//! checkpoint                 the signed head; written last
//! keys                       the log's public keys, the first to the newest, one a line
//! tile/<level>/<n>[.p/<w>]   hashes
//! tile/entries/<n>[.p/<w>]   entries
//! documents/<name>           the texts the entries name by their hashes
//! private/<n>                only when asked for: what opens the digests, one event a line (JSON)
//! ```

mod rebuild;
mod verify;

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::json;

#[cfg(feature = "export")]
pub(crate) use self::verify::rotated;
pub use self::{
    rebuild::restore,
    verify::{Finding, Verified, verify},
};
use crate::{
    audit::{
        Checkpoint, Entry, Hash, NoteError, Rows, Verifier, WIDTH, bundle_path, leaf_hash, tile_path, write_bundle,
    },
    recorder::Log,
    store::{ConsentStore, Error, ErrorKind},
};

/// Entries read from the store at once; a multiple of the width of a bundle.
const CHUNK: u64 = 16 * WIDTH;

/// What a run added to the copy.
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
/// mirror::advance(&mut log, store.clone(), folder.path(), false).await.unwrap();
/// log.append(vec![Record::of(Kind::Export, now, "v1")]).await.unwrap();
/// let mirrored = mirror::advance(&mut log, store, folder.path(), false).await.unwrap();
/// assert_eq!((mirrored.size, mirrored.added, mirrored.documents), (2, 1, 0), "only what is new is copied");
/// # });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mirrored {
    /// Entries in the copy now.
    pub size: u64,
    /// Of them new.
    pub added: u64,
    /// Texts that were new.
    pub documents: u64,
}

/// Brings the copy in a folder up to the log; goes on where the run before ended, however it ended.
///
/// With `private` the personal values go along, and what was erased in the log is erased in the copy. Whoever holds
/// that folder holds personal data.
///
/// # Errors
///
/// [`ErrorKind::Corrupt`] when the copy is of another log or of another past of this one, or when the store's entries
/// are not those its head was signed for: then the copy stays as it was. [`ErrorKind::Unavailable`] when a file cannot
/// be written or the store not be read.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use time::OffsetDateTime;
/// use tower_consent::{mirror, record::{Kind, Record}, recorder::Log, store::Memory};
/// let folder = tempfile::tempdir().unwrap();
/// let store = Arc::new(Memory::default());
/// pollster::block_on(async {
///     let now = OffsetDateTime::UNIX_EPOCH;
///     let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
///     log.append(vec![Record::of(Kind::Export, now, "v1")]).await.unwrap();
///     let mirrored = mirror::advance(&mut log, store, folder.path(), false).await.unwrap();
///     assert_eq!((mirrored.size, mirrored.added), (2, 2));
///     let verified = mirror::verify(folder.path(), &[log.key().verifier().clone()]).unwrap();
///     assert!(verified.findings.is_empty());
/// });
/// ```
pub async fn advance(
    log: &mut Log,
    store: Arc<dyn ConsentStore>,
    folder: &Path,
    private: bool,
) -> Result<Mirrored, Error> {
    fs::create_dir_all(folder).map_err(failed("make", folder))?;
    let head = log.head().await?;
    let mut keys = read_keys(folder)?;
    let mut rows = Rows::default();
    let mut size = 0;
    if let Some(before) = read_checkpoint(folder, &keys)? {
        if before.origin != log.origin() {
            return Err(corrupt(format!("{} is a copy of the log {}", folder.display(), before.origin)));
        }
        rows = read_rows(folder, &before)?;
        size = before.size;
        if size > head.size() || log.root_at(size).await? != before.root {
            return Err(corrupt(format!(
                "the copy in {} has {size} entries that are not the beginning of this log of {}",
                folder.display(),
                head.size()
            )));
        }
    }
    let added = head.size() - size;
    // From the beginning of the bundle that was not full.
    let mut next = size - size % WIDTH;
    while next < head.size() {
        let end = head.size().min(next + CHUNK);
        let entries = store.read(next..end).await?;
        if entries.len() as u64 != end - next {
            return Err(corrupt(format!("the store has not all of the entries {next} to {end}")));
        }
        for (part, number) in entries.chunks(WIDTH as usize).zip(next / WIDTH..) {
            let bundle = write_bundle(part.iter().map(|entry| entry.leaf.as_slice()));
            let bundle = bundle.ok_or_else(|| corrupt("an entry is too long for a bundle".to_owned()))?;
            write(folder, &bundle_path(number, part.len() as u64), &bundle)?;
            for (entry, index) in part.iter().zip(number * WIDTH..).filter(|(_, index)| *index >= size) {
                note_key(&mut keys, entry, index)?;
                rows.push(leaf_hash(&entry.leaf), |level, number, tile| write_tile(folder, level, number, tile))?;
            }
        }
        next = end;
    }
    for (level, number, tile) in rows.partial() {
        write_tile(folder, level, number, tile)?;
    }
    if rows.root() != head.root() || rows.size != head.size() {
        return Err(corrupt("the entries of the store are not those its head was made over".to_owned()));
    }
    let documents = copy_documents(&store, folder).await?;
    if private {
        copy_private(&store, folder, head.size()).await?;
    }
    let keys: String = keys.iter().map(|key| format!("{key}\n")).collect();
    write(folder, "keys", keys.as_bytes())?;
    let checkpoint = Checkpoint::of(log.origin(), &head).sign(&[log.key()]);
    let checkpoint = checkpoint.ok_or_else(|| corrupt("the log's name cannot be signed".to_owned()))?;
    // Last: whoever reads it finds everything it speaks of.
    write(folder, "checkpoint", checkpoint.to_string().as_bytes())?;
    Ok(Mirrored { size: head.size(), added, documents })
}

/// Takes the key of an event that brings one.
fn note_key(keys: &mut Vec<Verifier>, entry: &Entry, index: u64) -> Result<(), Error> {
    let fields = entry.fields().map_err(|source| corrupt(format!("entry {index}")).with_source(source))?;
    let fact = match fields.get("kind").and_then(|kind| kind.as_str()) {
        Some("log-opened") => "key",
        Some("key-rotated") => "new",
        _ => return Ok(()),
    };
    let Some(key) = fields.get("facts").and_then(|facts| facts.get(fact)?.as_str()) else { return Ok(()) };
    let key: Verifier =
        key.parse().map_err(|source: NoteError| corrupt(format!("the key of entry {index}")).with_source(source))?;
    if !keys.contains(&key) {
        keys.push(key);
    }
    Ok(())
}

/// Copies the texts that are not there yet.
async fn copy_documents(store: &Arc<dyn ConsentStore>, folder: &Path) -> Result<u64, Error> {
    let mut added = 0;
    for name in store.documents().await? {
        let path = document_path(&name)?;
        if folder.join(&path).is_file() {
            continue;
        }
        let bytes = store.document(name.clone()).await?;
        let bytes = bytes.ok_or_else(|| corrupt(format!("the text {name} is listed and not there")))?;
        write(folder, &path, &bytes)?;
        added += 1;
    }
    Ok(added)
}

/// Returns where a text goes; a name that could lead out of the folder is refused.
fn document_path(name: &str) -> Result<String, Error> {
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    match name.split('/').all(part) {
        true => Ok(format!("documents/{name}")),
        false => Err(Error::new(ErrorKind::Refused, format!("the text `{}` cannot be a file", name.escape_default()))),
    }
}

/// Copies what opens the digests; a file that says anything else, such as what was erased since, is written anew.
async fn copy_private(store: &Arc<dyn ConsentStore>, folder: &Path, size: u64) -> Result<(), Error> {
    for start in (0..size).step_by(CHUNK as usize) {
        let entries = store.read(start..size.min(start + CHUNK)).await?;
        for (part, number) in entries.chunks(WIDTH as usize).zip(start / WIDTH..) {
            let mut text = String::new();
            for (entry, index) in part.iter().zip(number * WIDTH..) {
                if entry.disclosures.is_empty() && entry.brief.is_empty() {
                    continue;
                }
                let until = entry.brief_until.map(|until| until.unix_timestamp());
                let line =
                    json!({ "index": index, "disclosures": entry.disclosures, "brief": entry.brief, "until": until });
                text.push_str(&format!("{line}\n"));
            }
            let path = private_path(number);
            if fs::read(folder.join(&path)).ok().as_deref() != Some(text.as_bytes()) {
                overwrite(&folder.join(&path)).map_err(failed("overwrite", &folder.join(&path)))?;
                write(folder, &path, text.as_bytes())?;
            }
        }
    }
    Ok(())
}

pub(crate) fn private_path(number: u64) -> String {
    bundle_path(number, WIDTH).replacen("tile/entries", "private", 1)
}

/// Writes zeros over a file that is about to be replaced: what it held was erased.
fn overwrite(path: &Path) -> io::Result<()> {
    match fs::OpenOptions::new().write(true).open(path) {
        Ok(mut file) => {
            let length = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
            file.write_all(&vec![0; length])?;
            file.sync_data()
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Reads the tiles that are not full from a copy, and compares the root they make with its checkpoint.
fn read_rows(folder: &Path, checkpoint: &Checkpoint) -> Result<Rows, Error> {
    let mut rows = Rows { size: checkpoint.size, levels: Vec::new() };
    let mut level = 0;
    while checkpoint.size.checked_shr(8 * level).unwrap_or(0) > 0 {
        let hashes = checkpoint.size >> (8 * level);
        let (number, width) = (hashes / WIDTH, hashes % WIDTH);
        rows.levels.push(match width {
            0 => Vec::new(),
            width => read_tile(folder, level, number, width)?,
        });
        level += 1;
    }
    match rows.root() == checkpoint.root {
        true => Ok(rows),
        false => Err(corrupt(format!("the tiles in {} are not those of its checkpoint", folder.display()))),
    }
}

/// Writes a tile.
fn write_tile(folder: &Path, level: u32, number: u64, hashes: &[Hash]) -> Result<(), Error> {
    write(folder, &tile_path(level, number, hashes.len() as u64), hashes.as_flattened())
}

fn read_tile(folder: &Path, level: u32, number: u64, width: u64) -> Result<Vec<Hash>, Error> {
    let path = folder.join(tile_path(level, number, width));
    let bytes = fs::read(&path).map_err(failed("read", &path))?;
    let (hashes, rest) = bytes.as_chunks::<32>();
    match rest.is_empty() && hashes.len() as u64 == width {
        true => Ok(hashes.to_vec()),
        false => Err(corrupt(format!("{} is no tile of {width} hashes", path.display()))),
    }
}

fn read_keys(folder: &Path) -> Result<Vec<Verifier>, Error> {
    let path = folder.join("keys");
    match fs::read_to_string(&path) {
        Ok(text) => text.lines().map(str::parse).collect::<Result<_, NoteError>>().map_err(|source| {
            corrupt(format!("{} holds something else than keys", path.display())).with_source(source)
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(failed("read", &path)(error)),
    }
}

fn read_checkpoint(folder: &Path, keys: &[Verifier]) -> Result<Option<Checkpoint>, Error> {
    let path = folder.join("checkpoint");
    match fs::read(&path) {
        Ok(note) => Checkpoint::open(&note, keys)
            .map(Some)
            .map_err(|source| corrupt(format!("{}", path.display())).with_source(source)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("read", &path)(error)),
    }
}

/// Writes a file whole or not at all, durable when it returns.
pub(crate) fn write(folder: &Path, path: &str, bytes: &[u8]) -> Result<(), Error> {
    let path = folder.join(path);
    let whole = || {
        let parent = path.parent().unwrap_or(folder);
        fs::create_dir_all(parent)?;
        let new = PathBuf::from(format!("{}.new", path.display()));
        let mut file = File::create(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&new, &path)?;
        if cfg!(unix) { File::open(parent)?.sync_all() } else { Ok(()) }
    };
    whole().map_err(failed("write", &path))
}

fn corrupt(what: String) -> Error {
    Error::new(ErrorKind::Corrupt, what)
}

fn failed(what: &str, path: &Path) -> impl FnOnce(io::Error) -> Error + use<> {
    let what = format!("cannot {what} {}", path.display());
    move |source| {
        let kind = if source.kind() == io::ErrorKind::NotFound { ErrorKind::Corrupt } else { ErrorKind::Unavailable };
        Error::new(kind, what).with_source(source)
    }
}

/// Reads the personal values of a bundle's events, by their places.
fn read_private(folder: &Path, number: u64) -> Result<BTreeMap<u64, Entry>, Error> {
    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Line {
        index: u64,
        disclosures: Vec<String>,
        brief: Vec<String>,
        until: Option<i64>,
    }
    let path = folder.join(private_path(number));
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(failed("read", &path)(error)),
    };
    let mut values = BTreeMap::new();
    for line in text.lines() {
        let damaged = || corrupt(format!("{} holds something else than values", path.display()));
        let line: Line = serde_json::from_str(line).map_err(|source| damaged().with_source(source))?;
        let until = line
            .until
            .map(time::OffsetDateTime::from_unix_timestamp)
            .transpose()
            .map_err(|source| damaged().with_source(source))?;
        values.insert(line.index, Entry::from_parts(Vec::new(), line.disclosures).with_brief(line.brief, until));
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Head, Tree};

    #[test]
    fn the_rows_make_the_root_of_the_tree_at_every_level() {
        let folder = tempfile::tempdir().unwrap();
        let (mut rows, mut tree) = (Rows::default(), Tree::default());
        assert_eq!(rows.root(), Head::EMPTY.root());
        for index in 0..65_900_u64 {
            let hash = leaf_hash(&index.to_be_bytes());
            rows.push(hash, |level, number, tile| write_tile(folder.path(), level, number, tile)).unwrap();
            tree.push(hash);
            if index < 600 || index % 997 == 0 || index >= 65_530 {
                assert_eq!(rows.root(), tree.root(), "{index}");
            }
        }
        for (level, number, tile) in rows.partial() {
            write_tile(folder.path(), level, number, tile).unwrap();
        }
        let checkpoint = Checkpoint::of("news.example/consent", &tree.head());
        let read = read_rows(folder.path(), &checkpoint).unwrap();
        assert_eq!((read.root(), read.size), (tree.root(), 65_900));
        for name in ["tile/0/255", "tile/0/257.p/108", "tile/1/000", "tile/1/001.p/1", "tile/2/000.p/1"] {
            assert!(folder.path().join(name).is_file(), "{name}");
        }
    }
}
