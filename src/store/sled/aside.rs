//! Room for what the log cannot take: a file whose blocks are there before the disk is full.
//!
//! In: pieces of bytes. Out: the same, in order, until all are cleared. Each is written in place and synced, so it needs no
//! room that a full disk does not have. Nothing here needs the database.
//!
//! A piece is its length (4 bytes, big-endian), the SHA-256 of its bytes, and its bytes; the first that does not read so is the
//! end. What a crash cut off in the middle was never said to be kept.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
};

use sha2::{Digest, Sha256};

use super::files;

/// How long the file is: about a thousand withdrawals.
const LENGTH: usize = 1 << 20;
/// What stands before the bytes of a piece.
const HEADER: usize = 4 + 32;

/// Makes the file, if it is not there; without room for it there is none.
pub(super) fn make(path: &Path) -> io::Result<()> {
    if files::hold_ballast(path, LENGTH as u64) {
        open(path)?.sync_all()
    } else {
        Err(io::ErrorKind::StorageFull.into())
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open(path)
}

/// Returns the pieces, and where the next one goes.
fn parse(bytes: &[u8]) -> (Vec<&[u8]>, usize) {
    let mut pieces = Vec::new();
    let mut place = 0;
    let next = |place: usize| {
        let (header, rest) = bytes.get(place..)?.split_at_checked(HEADER)?;
        let (length, sum) = header.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok().filter(|length| *length > 0)?;
        rest.get(..length).filter(|piece| Sha256::digest(piece)[..] == *sum)
    };
    while let Some(piece) = next(place) {
        place += HEADER + piece.len();
        pieces.push(piece);
    }
    (pieces, place)
}

fn whole(mut file: &File) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(LENGTH);
    file.seek(SeekFrom::Start(0))?;
    file.take(LENGTH as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Adds a piece, durably; says whether there was room for it.
pub(super) fn add(path: &Path, piece: &[u8]) -> io::Result<bool> {
    let mut file = open(path)?;
    let bytes = whole(&file)?;
    let (_, end) = parse(&bytes);
    if piece.is_empty() || end + HEADER + piece.len() > bytes.len() {
        return Ok(false);
    }
    file.seek(SeekFrom::Start(end as u64))?;
    file.write_all(&framed(piece))?;
    file.sync_data()?;
    Ok(true)
}

/// Returns the pieces in the order in which they were added; none where there is no file.
pub(super) fn read(path: &Path) -> io::Result<Vec<Vec<u8>>> {
    let bytes = match open(path) {
        Ok(file) => whole(&file)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    Ok(parse(&bytes).0.into_iter().map(<[u8]>::to_vec).collect())
}

/// Destroys what is there but these pieces, durably: the others may name people.
///
/// What is kept gets a file of its own first, which needs room; nothing at all needs none.
pub(super) fn keep(path: &Path, kept: &[Vec<u8>]) -> io::Result<()> {
    let mut old = match open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    if !kept.is_empty() {
        let mut bytes: Vec<u8> = kept.iter().flat_map(|piece| framed(piece)).collect();
        bytes.resize(LENGTH.max(bytes.len()), 0);
        files::write_whole(path, &bytes)?;
    }
    // Behind the last piece may stand one that was cut off.
    let used = whole(&old)?.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    old.seek(SeekFrom::Start(0))?;
    old.write_all(&vec![0; used])?;
    old.sync_data()
}

fn framed(piece: &[u8]) -> Vec<u8> {
    // Pieces are far shorter than four gigabytes: they fit into the file.
    [&(piece.len() as u32).to_be_bytes()[..], &Sha256::digest(piece), piece].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_stay_in_order_until_they_are_cleared() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("aside");
        assert_eq!(read(&path).unwrap(), Vec::<Vec<u8>>::new());
        assert!(add(&path, b"one").is_err(), "nothing was set aside");
        make(&path).unwrap();
        assert!(add(&path, b"one").unwrap() && add(&path, b"two, longer").unwrap());
        assert_eq!(read(&path).unwrap(), [b"one".to_vec(), b"two, longer".to_vec()]);
        assert!(!add(&path, b"").unwrap());
        // It is there again after another start, and as long as before.
        make(&path).unwrap();
        assert_eq!(read(&path).unwrap().len(), 2);
        keep(&path, &[b"two, longer".to_vec()]).unwrap();
        assert_eq!(read(&path).unwrap(), [b"two, longer".to_vec()]);
        assert!(add(&path, b"three").unwrap());
        assert_eq!(read(&path).unwrap().len(), 2);
        let old = open(&path).unwrap();
        keep(&path, &[b"three".to_vec()]).unwrap();
        assert!(whole(&old).unwrap().iter().all(|byte| *byte == 0), "what is left behind is empty");
        keep(&path, &[]).unwrap();
        assert_eq!(read(&path).unwrap(), Vec::<Vec<u8>>::new());
        assert!(std::fs::read(&path).unwrap().iter().all(|byte| *byte == 0), "no trace is left");
    }

    #[test]
    fn a_piece_that_was_cut_off_is_none_and_the_next_takes_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("aside");
        make(&path).unwrap();
        assert!(add(&path, b"one").unwrap() && add(&path, b"two").unwrap());
        let mut bytes = std::fs::read(&path).unwrap();
        let end = 2 * (HEADER + 3);
        // Every way in which the second can be cut, and every bit of it that can turn.
        for cut in HEADER + 3..end {
            let mut torn = bytes.clone();
            torn[cut..end].fill(0);
            assert_eq!(parse(&torn).0.len(), 1, "{cut}");
            for bit in 0..8 {
                let mut flipped = bytes.clone();
                flipped[cut] ^= 1 << bit;
                assert_eq!(parse(&flipped).0, [b"one"], "{cut} {bit}");
            }
        }
        bytes[end - 1] ^= 1;
        std::fs::write(&path, &bytes).unwrap();
        assert!(add(&path, b"three").unwrap());
        assert_eq!(read(&path).unwrap(), [b"one".to_vec(), b"three".to_vec()]);
    }

    #[test]
    fn more_than_the_room_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("aside");
        make(&path).unwrap();
        let piece = vec![7; 10_000];
        let mut count = 0;
        while add(&path, &piece).unwrap() {
            count += 1;
        }
        assert_eq!(count, LENGTH / (HEADER + piece.len()));
        assert_eq!(read(&path).unwrap().len(), count);
        assert_eq!(std::fs::metadata(&path).unwrap().len(), LENGTH as u64);
    }
}
