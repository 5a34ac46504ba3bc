//! The folder of the store as files: whole writes, permissions, what crashes leave behind, the ballast.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

/// Writes a file so that after a crash it is the old one or the new one, durable when it returns.
pub(super) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = new_of(path);
    let mut file = make(&new)?;
    if let Err(error) = file.write_all(bytes).and_then(|()| file.sync_all()) {
        // Half a file must not take the room that is short.
        let _ = fs::remove_file(&new);
        return Err(error);
    }
    take_place(path)
}

/// Makes an empty file that its owner alone may read.
pub(super) fn make(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    private(&mut options);
    options.open(path)
}

/// Returns where a file is written before it takes its place.
pub(super) fn new_of(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    path.with_file_name(name)
}

/// Lets a file that was written and synced beside its place take it, durably.
pub(super) fn take_place(path: &Path) -> io::Result<()> {
    let new = new_of(path);
    if let Err(error) = fs::rename(&new, path) {
        let _ = fs::remove_file(&new);
        return Err(error);
    }
    sync_folder(path.parent().unwrap_or(Path::new(".")))
}

/// Returns how long all files of a folder are together. What goes away meanwhile is not counted.
pub(super) fn bytes(folder: &Path) -> io::Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        match entry.metadata() {
            Ok(found) if found.is_dir() => sum += bytes(&entry.path())?,
            Ok(found) => sum += found.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(sum)
}

/// Only the owner reads and writes what is made.
#[cfg(unix)]
pub(super) fn private(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt;
    options.mode(0o600);
}

#[cfg(not(unix))]
pub(super) fn private(_options: &mut OpenOptions) {}

/// The store holds secrets and personal data: nobody but its owner looks in.
#[cfg(unix)]
pub(super) fn restrict(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
pub(super) fn restrict(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// A new file is only there after a power cut when its folder was synced too.
#[cfg(unix)]
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
pub(super) fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Removes what a crash can leave that stops sled 0.34 from opening.
///
/// A snapshot half written, `snap.*.generating`, is taken for damage on every later open (sled issue 1527); the log
/// itself holds everything a snapshot would. A settings file `conf` half written at the first start stops the next
/// one; while the log is empty it can be written again.
pub(super) fn sweep(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        // A file is whole before it loses its `.new`.
        if (name.starts_with("snap.") && name.ends_with(".generating")) || name.ends_with(".new") {
            fs::remove_file(&path)?;
        }
    }
    let empty = fs::metadata(folder.join("db")).map_or(true, |database| database.len() == 0);
    if empty && folder.join("conf").exists() {
        fs::remove_file(folder.join("conf"))?;
    }
    Ok(())
}

/// Puts copies in the place of all files that a write which hangs may yet write into, so that it cannot reach the store any
/// more; each is whole and on the disk when it takes its place.
pub(super) fn leave_behind(folder: &Path, anchor: &Path) -> io::Result<()> {
    let mut paths = vec![anchor.to_owned()];
    paths.extend(["db", "keys", "marks", "expiries"].map(|name| folder.join(name)));
    for entry in fs::read_dir(folder.join("tail"))?.chain(fs::read_dir(folder.join("visitors"))?) {
        paths.push(entry?.path());
    }
    for path in paths {
        let new = new_of(&path);
        if let Err(error) = fs::copy(&path, &new).and_then(|_| OpenOptions::new().write(true).open(&new)?.sync_all()) {
            let _ = fs::remove_file(&new);
            return Err(error);
        }
        take_place(&path)?;
    }
    Ok(())
}

/// Returns how large the ballast must be: sled writes a snapshot when it opens, even to read.
pub(super) fn ballast_size(folder: &Path, least: u64) -> u64 {
    let snapshots = fs::read_dir(folder).into_iter().flatten().flatten().filter_map(|entry| {
        let name = entry.file_name();
        let is_snapshot = name.to_str().is_some_and(|name| name.starts_with("snap."));
        is_snapshot.then(|| entry.metadata().ok().map(|data| data.len())).flatten()
    });
    if least == 0 { 0 } else { snapshots.max().unwrap_or(0).saturating_mul(2).max(least) }
}

/// Room set aside, so that a full disk can still be opened and read; says whether all of it is there.
pub(super) fn hold_ballast(path: &Path, size: u64) -> bool {
    if fs::metadata(path).is_ok_and(|ballast| ballast.len() >= size) {
        return true;
    }
    let fill = || {
        let mut file = make(path)?;
        let block = vec![0; 1 << 16];
        let mut left = size;
        while left > 0 {
            let part = left.min(block.len() as u64);
            file.write_all(&block[..usize::try_from(part).unwrap_or(block.len())])?;
            left -= part;
        }
        Ok::<_, io::Error>(())
    };
    let held = fill().is_ok();
    if !held {
        let _ = fs::remove_file(path);
    }
    held
}

/// Keeps a secret in a file of its own: its hexadecimal digits, and below them their SHA-256.
pub(super) fn write_secret(path: &Path, secret: &[u8; 32]) -> io::Result<()> {
    let digits = base16ct::lower::encode_string(secret);
    let sum = base16ct::lower::encode_string(&Sha256::digest(&digits));
    write_whole(path, format!("{digits}\n{sum}\n").as_bytes())
}

/// Reads a secret; `None` when there is none.
///
/// # Errors
///
/// Kind `InvalidData` when it is not what was written.
pub(super) fn read_secret(path: &Path) -> io::Result<Option<[u8; 32]>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let read = || {
        let (digits, sum) = text.strip_suffix('\n')?.split_once('\n')?;
        let mut secret = [0; 32];
        let right = base16ct::lower::encode_string(&Sha256::digest(digits)) == sum;
        let whole = base16ct::lower::decode(digits, &mut secret).is_ok_and(|bytes| bytes.len() == 32);
        (right && whole).then_some(secret)
    };
    match read() {
        Some(secret) => Ok(Some(secret)),
        None => Err(io::Error::new(io::ErrorKind::InvalidData, format!("{} is damaged", path.display()))),
    }
}

/// Returns names and paths of the secrets in a folder, sorted.
pub(super) fn secrets(folder: &Path) -> io::Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
        if !name.ends_with(".new") {
            found.push((name, path));
        }
    }
    found.sort();
    Ok(found)
}
