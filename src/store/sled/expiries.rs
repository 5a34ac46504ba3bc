//! When something in a segment expires next: a file with a place for each segment.
//!
//! In: numbers of segments and times. Out: the segments in which something is due. What it is, their rows tell. All of it
//! follows from rows and marks, so what is missing is made again; a time that is too early costs a look at the segment.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
};

use sha2::{Digest, Sha256};

use super::files;

const MAGIC: &[u8; 32] = b"tower-consent expiries 1\n\0\0\0\0\0\0\0";
const SLOT: usize = 32;
/// The time of a segment in which nothing expires any more.
pub(super) const NEVER: u64 = u64::MAX;

/// The file of times, and what is in it.
#[derive(Debug)]
pub(super) struct Expiries {
    file: Option<File>,
    /// By segment, in seconds since 1970.
    next: Vec<u64>,
}

impl Expiries {
    /// Opens the times of the first `sealed` segments; it may know fewer. With `make` the file is made where it is not, and
    /// from the first damaged time on nothing is known.
    ///
    /// # Errors
    ///
    /// Kind `InvalidData` when it is no such file or, without `make`, a time is not as it was written.
    pub(super) fn open(path: &Path, sealed: u64, make: bool) -> io::Result<Self> {
        if !path.exists() {
            if !make {
                return Ok(Self::none());
            }
            files::write_whole(path, MAGIC)?;
        }
        let damaged = || {
            let what = format!("{} is damaged; without it, it is made again at the next start", path.display());
            io::Error::new(io::ErrorKind::InvalidData, what)
        };
        let mut file = OpenOptions::new().read(true).write(make).open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let slots = bytes.strip_prefix(MAGIC.as_slice()).ok_or_else(damaged)?;
        // Behind them may be one that a crash kept from counting.
        let slots = slots.as_chunks::<SLOT>().0.iter().zip(0..sealed);
        let next = slots.map(|(slot, segment)| {
            let next = u64::from_be_bytes(*slot.first_chunk()?);
            (encode(segment, next) == *slot).then_some(next)
        });
        let next: Vec<u64> = match make {
            true => next.map_while(|next| next).collect(),
            false => next.collect::<Option<_>>().ok_or_else(damaged)?,
        };
        Ok(Self { file: Some(file), next })
    }

    /// Returns what is known without the file.
    pub(super) fn none() -> Self {
        Self { file: None, next: Vec::new() }
    }

    /// Returns the time of each segment.
    pub(super) fn next(&self) -> &[u64] {
        &self.next
    }

    /// Notes when something in a segment expires next, durably with `sync`; segments come one after the other.
    pub(super) fn note(&mut self, segment: u64, next: u64, sync: bool) -> io::Result<()> {
        let place = usize::try_from(segment).map_err(io::Error::other)?;
        let Some(file) = &mut self.file else { return Err(io::ErrorKind::Unsupported.into()) };
        file.seek(SeekFrom::Start((MAGIC.len() + place * SLOT) as u64))?;
        file.write_all(&encode(segment, next))?;
        if sync {
            file.sync_data()?;
        }
        self.next.resize(self.next.len().max(place + 1), NEVER);
        self.next[place] = next;
        Ok(())
    }
}

fn encode(segment: u64, next: u64) -> [u8; SLOT] {
    let mut slot = [0; SLOT];
    slot[..8].copy_from_slice(&next.to_be_bytes());
    let sum: [u8; 32] = Sha256::digest([segment.to_be_bytes(), next.to_be_bytes()].concat()).into();
    slot[8..].copy_from_slice(&sum[..SLOT - 8]);
    slot
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_back_and_every_flip_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("expiries");
        let mut expiries = Expiries::open(&path, 0, true).unwrap();
        expiries.note(0, 70, false).unwrap();
        expiries.note(1, 50, true).unwrap();
        expiries.note(0, NEVER, false).unwrap();
        assert_eq!(Expiries::open(&path, 2, false).unwrap().next(), [NEVER, 50]);
        assert_eq!(Expiries::open(&path, 1, false).unwrap().next(), [NEVER], "one did not count");
        assert_eq!(Expiries::open(&path, 3, false).unwrap().next().len(), 2, "one is missing");
        let whole = std::fs::read(&path).unwrap();
        for bit in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(&path, &flipped).unwrap();
            assert_eq!(Expiries::open(&path, 2, false).unwrap_err().kind(), io::ErrorKind::InvalidData, "bit {bit}");
            if bit >= MAGIC.len() * 8 {
                let known = (bit / 8 - MAGIC.len()) / SLOT;
                assert_eq!(Expiries::open(&path, 2, true).unwrap().next().len(), known, "bit {bit}");
            }
        }
    }
}
