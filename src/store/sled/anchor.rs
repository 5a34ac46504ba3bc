//! The anchor: how far the log had come, kept outside of the database.
//!
//! In: head and count of other writes, after each barrier. Out: the newest of them that is whole. sled can take a
//! damaged log for a shorter one, and an old copy of a folder looks as good as a new one: only something outside can
//! tell. It never holds anything about a visitor.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::files;
use crate::audit::Hash;

/// Each of the two slots begins at a multiple of this, so that no write of the disk touches both.
const SPACING: u64 = 4096;
const MAGIC: &[u8; 8] = b"TCANCHR1";
const LENGTH: usize = 8 + 8 + 32 + 8 + 32;

/// What the anchor says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// Entries in the log.
    pub(super) size: u64,
    /// Root of their tree.
    pub(super) root: Hash,
    /// Writes of anything else.
    pub(super) writes: u64,
}

/// The file, open for writing.
#[derive(Debug)]
pub(super) struct Anchor {
    path: PathBuf,
    file: File,
    /// The slot that is written next; the other one holds the newest mark that is durable.
    next: u64,
    /// Whether the newest mark is not durable yet.
    moved: bool,
}

impl Anchor {
    /// Opens the file and returns the newest mark; `None` when there is no file.
    ///
    /// # Errors
    ///
    /// Kind `InvalidData` when no slot is whole; else what the file system says.
    pub(super) fn open(path: &Path) -> io::Result<Option<(Self, Mark)>> {
        let mut file = match OpenOptions::new().read(true).write(true).open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let slots = [read(&mut file, 0)?, read(&mut file, 1)?];
        let newest = match slots {
            [Some(first), Some(second)] => {
                if (second.size, second.writes) > (first.size, first.writes) {
                    (1, second)
                } else {
                    (0, first)
                }
            }
            [Some(first), None] => (0, first),
            [None, Some(second)] => (1, second),
            [None, None] => return Err(io::Error::new(io::ErrorKind::InvalidData, "no slot of the anchor is whole")),
        };
        Ok(Some((Self { path: path.to_owned(), file, next: 1 - newest.0, moved: false }, newest.1)))
    }

    /// Makes the file, whole or not at all.
    pub(super) fn create(path: &Path, mark: Mark) -> io::Result<Self> {
        let mut bytes = vec![0; SPACING as usize * 2];
        bytes[..LENGTH].copy_from_slice(&encode(mark));
        files::write_whole(path, &bytes)?;
        match Self::open(path)? {
            Some((anchor, _)) => Ok(anchor),
            None => Err(io::Error::new(io::ErrorKind::NotFound, "the anchor is gone right after it was made")),
        }
    }

    /// Writes a newer mark over the one that is not durable, or the older of the two. A crash of the process finds it, a
    /// power cut may find the one of the last [`Anchor::sync`].
    pub(super) fn write(&mut self, mark: Mark) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.next * SPACING))?;
        self.file.write_all(&encode(mark))?;
        self.moved = true;
        Ok(())
    }

    /// Brings the newest mark to the disk; the next one is written over the other.
    pub(super) fn sync(&mut self) -> io::Result<()> {
        if self.moved {
            self.file.sync_data()?;
            self.next = 1 - self.next;
            self.moved = false;
        }
        Ok(())
    }

    /// Removes the file; for a store that is rebuilt.
    pub(super) fn remove(path: &Path) -> io::Result<()> {
        match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

fn encode(mark: Mark) -> [u8; LENGTH] {
    let mut bytes = [0; LENGTH];
    bytes[..8].copy_from_slice(MAGIC);
    bytes[8..16].copy_from_slice(&mark.size.to_be_bytes());
    bytes[16..48].copy_from_slice(&mark.root);
    bytes[48..56].copy_from_slice(&mark.writes.to_be_bytes());
    let sum = Sha256::digest(&bytes[..56]);
    bytes[56..].copy_from_slice(&sum);
    bytes
}

fn read(file: &mut File, slot: u64) -> io::Result<Option<Mark>> {
    let mut bytes = [0; LENGTH];
    file.seek(SeekFrom::Start(slot * SPACING))?;
    match file.read_exact(&mut bytes) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let number = |from: usize| u64::from_be_bytes(bytes[from..from + 8].try_into().expect("eight bytes of a slot"));
    let mark = Mark {
        size: number(8),
        root: bytes[16..48].try_into().expect("thirty-two bytes of a slot"),
        writes: number(48),
    };
    Ok((encode(mark) == bytes).then_some(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slot_always_survives() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("anchor");
        assert!(Anchor::open(&path).unwrap().is_none());
        let mark = |size| Mark { size, root: [size as u8; 32], writes: 0 };
        let mut anchor = Anchor::create(&path, mark(0)).unwrap();
        for size in 1..6 {
            // Not brought to the disk: it does not touch the one that is.
            anchor.write(mark(size)).unwrap();
            anchor.write(mark(size)).unwrap();
            anchor.sync().unwrap();
            assert_eq!(Anchor::open(&path).unwrap().unwrap().1, mark(size));
            // A write that stopped anywhere in its slot leaves the mark before it.
            let whole = fs::read(&path).unwrap();
            let slot = (size % 2) as usize * SPACING as usize;
            for cut in [0, 1, 50, LENGTH - 1] {
                let mut torn = whole.clone();
                torn[slot + cut] ^= 1;
                fs::write(&path, &torn).unwrap();
                assert_eq!(Anchor::open(&path).unwrap().unwrap().1, mark(size - 1));
            }
            fs::write(&path, &whole).unwrap();
        }
        fs::write(&path, b"short").unwrap();
        assert_eq!(Anchor::open(&path).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
