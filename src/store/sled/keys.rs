//! The keys of the personal values, one for each event, and their destruction.
//!
//! In: events' numbers. Out: values sealed and opened. sled keeps bytes long after they were removed; these keys are
//! in a file of their own, each in its place, and destroying a value is overwriting its key. What was sealed with it
//! can be read by nobody from then on.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::Path,
};

use chacha20poly1305::{
    ChaCha20Poly1305, Nonce,
    aead::{Aead, KeyInit, Payload},
};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::files;

const MAGIC: &[u8; 32] = b"tower-consent keys 1\n\0\0\0\0\0\0\0\0\0\0\0";
/// One key of 128 bits for what stays, one for what expires.
const SLOT: u64 = 32;
/// Slots filled with random bits at a time: they must be durable before the first of them is used.
const BLOCK: u64 = 4096;

/// How long a value stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// Until the visitor's values are erased.
    Lasting,
    /// Until its time has come.
    Brief,
}

/// The file of keys.
#[derive(Debug)]
pub(super) struct Keys {
    file: File,
    /// Slots below this are filled, durably.
    filled: u64,
}

impl Keys {
    /// Opens the file, making it when it is not there; `used` is the number of events that have a key.
    ///
    /// # Errors
    ///
    /// Kind `InvalidData` when it is no such file or has fewer keys than are used.
    pub(super) fn open(path: &Path, used: u64) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        files::private(&mut options);
        let mut file = options.open(path)?;
        if file.metadata()?.len() < MAGIC.len() as u64 && used == 0 {
            // New, or a crash came before its first line was whole.
            file.set_len(0)?;
            file.write_all(MAGIC)?;
            file.sync_all()?;
            files::sync_folder(path.parent().unwrap_or(Path::new(".")))?;
        }
        let mut magic = [0; MAGIC.len()];
        file.seek(SeekFrom::Start(0))?;
        let whole = file.read_exact(&mut magic).is_ok() && magic == *MAGIC;
        let enough = file.metadata()?.len() >= place(used);
        if !whole || !enough {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("{} is damaged", path.display())));
        }
        // What lies beyond the used ones may be half a block: it is written anew before it is used.
        Ok(Self { file, filled: used })
    }

    /// Fills all slots below `end`, durably.
    pub(super) fn fill(&mut self, end: u64) -> io::Result<()> {
        if end <= self.filled {
            return Ok(());
        }
        let count = (end - self.filled).next_multiple_of(BLOCK);
        let mut fresh = vec![0; usize::try_from(count * SLOT).map_err(io::Error::other)?];
        getrandom::fill(&mut fresh).map_err(io::Error::other)?;
        self.file.seek(SeekFrom::Start(place(self.filled)))?;
        self.file.write_all(&fresh)?;
        self.file.sync_data()?;
        self.filled += count;
        Ok(())
    }

    /// Returns the keys of an event; zeros where they were destroyed.
    pub(super) fn slot(&mut self, index: u64) -> io::Result<[u8; SLOT as usize]> {
        let mut slot = [0; SLOT as usize];
        self.file.seek(SeekFrom::Start(place(index)))?;
        self.file.read_exact(&mut slot)?;
        Ok(slot)
    }

    /// Returns the keys of events in a row.
    pub(super) fn slots(&mut self, index: u64, count: usize) -> io::Result<Vec<[u8; SLOT as usize]>> {
        let mut bytes = vec![0; count * SLOT as usize];
        self.file.seek(SeekFrom::Start(place(index)))?;
        self.file.read_exact(&mut bytes)?;
        Ok(bytes.as_chunks().0.to_vec())
    }

    /// Destroys keys of events, durably: what was sealed with them is gone.
    pub(super) fn destroy(&mut self, indexes: &[u64], brief_only: bool) -> io::Result<()> {
        for index in indexes {
            let from = if brief_only { SLOT / 2 } else { 0 };
            self.file.seek(SeekFrom::Start(place(*index) + from))?;
            self.file.write_all(&[0; SLOT as usize][usize::try_from(from).map_err(io::Error::other)?..])?;
        }
        self.file.sync_data()
    }
}

fn place(index: u64) -> u64 {
    MAGIC.len() as u64 + index * SLOT
}

/// Returns the key of one life in a slot; `None` when it was destroyed.
fn key(slot: &[u8; SLOT as usize], life: Life) -> Option<&[u8]> {
    let (lasting, brief) = slot.split_at(SLOT as usize / 2);
    let key = if life == Life::Lasting { lasting } else { brief };
    key.iter().any(|byte| *byte != 0).then_some(key)
}

/// Says whether the key for this life was destroyed.
pub(super) fn is_destroyed(slot: &[u8; SLOT as usize], life: Life) -> bool {
    key(slot, life).is_none()
}

fn cipher(key: &[u8], life: Life) -> ChaCha20Poly1305 {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes a key of any length (RFC 2104)");
    mac.update(if life == Life::Lasting { b"tower-consent lasting 1" } else { b"tower-consent brief 1" });
    ChaCha20Poly1305::new(&mac.finalize().into_bytes())
}

/// Seals values with the key of an event. Each key seals one text only, so the nonce can be zero.
pub(super) fn seal(slot: &[u8; SLOT as usize], life: Life, index: u64, text: &[u8]) -> Option<Vec<u8>> {
    let payload = Payload { msg: text, aad: &index.to_be_bytes() };
    cipher(key(slot, life)?, life).encrypt(&Nonce::default(), payload).ok()
}

/// Opens sealed values; `None` when the key was destroyed.
///
/// # Errors
///
/// When key or sealed text is damaged.
pub(super) fn open(slot: &[u8; SLOT as usize], life: Life, index: u64, sealed: &[u8]) -> Result<Option<Vec<u8>>, ()> {
    let Some(key) = key(slot, life) else { return Ok(None) };
    let payload = Payload { msg: sealed, aad: &index.to_be_bytes() };
    cipher(key, life).decrypt(&Nonce::default(), payload).map(Some).map_err(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_until_its_key_is_destroyed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys");
        let mut keys = Keys::open(&path, 0).unwrap();
        keys.fill(3).unwrap();
        let slot = keys.slot(1).unwrap();
        let lasting = seal(&slot, Life::Lasting, 1, b"who").unwrap();
        let brief = seal(&slot, Life::Brief, 1, b"where").unwrap();
        assert_ne!(keys.slot(2).unwrap(), slot);
        assert_eq!(open(&slot, Life::Lasting, 1, &lasting).unwrap().unwrap(), b"who");
        assert_eq!(open(&slot, Life::Lasting, 2, &lasting), Err(()), "an event's values are its own");
        keys.destroy(&[1], true).unwrap();
        let slot = Keys::open(&path, 3).unwrap().slot(1).unwrap();
        assert_eq!(open(&slot, Life::Brief, 1, &brief), Ok(None));
        assert_eq!(open(&slot, Life::Lasting, 1, &lasting).unwrap().unwrap(), b"who");
        keys.destroy(&[1], false).unwrap();
        assert_eq!(keys.slot(1).unwrap(), [0; 32]);
        assert!(Keys::open(&path, 5000).is_err(), "fewer keys than events");
    }
}
