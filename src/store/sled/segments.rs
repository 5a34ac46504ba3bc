//! The older part of the log: complete segments of 4,096 entries, each a file that never changes.
//!
//! In: rows in order. Out: the same rows, and the hashes of their subtree. What is read at a start is
//! then only what is recent, however long the log is.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::{files, rows::Row};
use crate::audit::{Hash, SEGMENT, Tree, leaf_hash};

const MAGIC: &[u8; 24] = b"tower-consent segment 1\n";
/// Before the rows: magic, first index, root, the leaves' hashes, and the place of each row and of the end.
const HASHES: u64 = 24 + 8 + 32;
const PLACES: u64 = HASHES + SEGMENT * 32;
const ROWS: u64 = PLACES + (SEGMENT + 1) * 4;

/// The folder of segments.
#[derive(Clone, Debug)]
pub(super) struct Segments(PathBuf);

impl Segments {
    pub(super) fn in_folder(folder: &Path) -> io::Result<Self> {
        let path = folder.join("segments");
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    pub(super) fn path(&self, number: u64) -> PathBuf {
        self.0.join(format!("{number:08}"))
    }

    /// Writes a segment, whole or not at all, durable when it returns.
    pub(super) fn write(&self, number: u64, rows: &[Row]) -> io::Result<()> {
        debug_assert_eq!(rows.len() as u64, SEGMENT);
        let hashes: Vec<Hash> = rows.iter().map(|row| leaf_hash(&row.leaf)).collect();
        let mut bytes = MAGIC.to_vec();
        bytes.extend((number * SEGMENT).to_be_bytes());
        bytes.extend(root(&hashes));
        bytes.extend(hashes.iter().flatten());
        let encoded: Vec<Vec<u8>> = rows.iter().map(Row::encode).collect();
        let mut place = 0_u32;
        bytes.extend(place.to_be_bytes());
        for row in &encoded {
            let length = u32::try_from(row.len()).map_err(io::Error::other)?;
            place = place.checked_add(length).ok_or_else(|| io::Error::other("a segment of over 4 GiB"))?;
            bytes.extend(place.to_be_bytes());
        }
        encoded.iter().for_each(|row| bytes.extend(row));
        let sum = Sha256::digest(&bytes);
        bytes.extend(sum);
        files::write_whole(&self.path(number), &bytes)
    }

    fn open(&self, number: u64) -> io::Result<File> {
        let mut file = File::open(self.path(number))?;
        let mut head = [0; 32];
        file.read_exact(&mut head)?;
        let first = u64::from_be_bytes(head[24..].try_into().expect("eight bytes"));
        if head[..24] != *MAGIC || first != number * SEGMENT {
            return Err(self.damaged(number));
        }
        Ok(file)
    }

    fn damaged(&self, number: u64) -> io::Error {
        let path = self.path(number);
        io::Error::new(io::ErrorKind::InvalidData, format!("{} is damaged", path.display()))
    }

    /// Returns the root of a segment's subtree, as its file says.
    pub(super) fn root(&self, number: u64) -> io::Result<Hash> {
        let mut root = [0; 32];
        self.open(number)?.read_exact(&mut root)?;
        Ok(root)
    }

    /// Returns the hashes of a segment's leaves.
    pub(super) fn hashes(&self, number: u64) -> io::Result<Vec<Hash>> {
        let mut file = self.open(number)?;
        file.seek(SeekFrom::Start(HASHES - 32))?;
        let mut bytes = vec![0; 32 + SEGMENT as usize * 32];
        file.read_exact(&mut bytes)?;
        let (top, hashes) = bytes.split_at(32);
        let hashes = hashes.as_chunks::<32>().0.to_vec();
        if root(&hashes) == *top { Ok(hashes) } else { Err(self.damaged(number)) }
    }

    /// Returns rows of one segment, by their places in it.
    pub(super) fn rows(&self, number: u64, from: u64, to: u64) -> io::Result<Vec<Row>> {
        let mut file = self.open(number)?;
        file.seek(SeekFrom::Start(PLACES + from * 4))?;
        let mut places = vec![0; usize::try_from(to - from + 1).map_err(io::Error::other)? * 4];
        file.read_exact(&mut places)?;
        let places: Vec<u32> = places.as_chunks().0.iter().map(|place| u32::from_be_bytes(*place)).collect();
        let (first, last) = (places[0], places[places.len() - 1]);
        let length = last.checked_sub(first).ok_or_else(|| self.damaged(number))?;
        if ROWS + u64::from(last) > file.metadata()?.len() {
            return Err(self.damaged(number));
        }
        file.seek(SeekFrom::Start(ROWS + u64::from(first)))?;
        let mut bytes = vec![0; length as usize];
        file.read_exact(&mut bytes)?;
        let rows = places.windows(2).map(|pair| {
            let row = bytes.get((pair[0].checked_sub(first)?) as usize..(pair[1].checked_sub(first)?) as usize)?;
            Row::decode(row)
        });
        rows.collect::<Option<_>>().ok_or_else(|| self.damaged(number))
    }

    /// Reads a whole segment and compares everything in it with its checksum.
    pub(super) fn check(&self, number: u64) -> io::Result<()> {
        let bytes = fs::read(self.path(number))?;
        let whole = bytes.len().checked_sub(32).is_some_and(|end| Sha256::digest(&bytes[..end])[..] == bytes[end..]);
        if whole { Ok(()) } else { Err(self.damaged(number)) }
    }
}

fn root(hashes: &[Hash]) -> Hash {
    let mut tree = Tree::default();
    hashes.iter().for_each(|hash| tree.push(*hash));
    tree.root()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_reads_back_and_every_flip_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let segments = Segments::in_folder(folder.path()).unwrap();
        let row = |index: u64| Row {
            leaf: index.to_be_bytes().to_vec(),
            lasting: vec![1; (index % 5) as usize],
            until: index % 3,
            brief: Vec::new(),
        };
        let rows: Vec<Row> = (0..SEGMENT).map(row).collect();
        segments.write(1, &rows).unwrap();
        assert_eq!(segments.rows(1, 0, SEGMENT).unwrap(), rows);
        assert_eq!(segments.rows(1, 7, 9).unwrap(), rows[7..9]);
        assert_eq!(segments.hashes(1).unwrap()[7], leaf_hash(&rows[7].leaf));
        segments.check(1).unwrap();
        assert!(segments.root(0).is_err());
        let whole = fs::read(segments.path(1)).unwrap();
        for bit in (0..whole.len() * 8).step_by(99_991) {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            fs::write(segments.path(1), &flipped).unwrap();
            assert_eq!(segments.check(1).unwrap_err().kind(), io::ErrorKind::InvalidData, "bit {bit}");
            // Reading damaged rows fails or gives rows; it never panics.
            let _ = (segments.rows(1, 0, SEGMENT), segments.hashes(1), segments.root(1));
        }
    }
}
