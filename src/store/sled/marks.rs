//! What was destroyed of each event: a file with a byte for each.
//!
//! In and out: events' numbers and marks. A key that is gone without its mark was not erased but lost, and `store check`
//! tells so.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    ops::Range,
    path::Path,
};

use super::files;

const MAGIC: &[u8; 32] = b"tower-consent marks 1\n\0\0\0\0\0\0\0\0\0\0";
/// What expires was destroyed.
pub(super) const BRIEF: u8 = 1;
/// Everything was destroyed.
pub(super) const ALL: u8 = 2;

/// The file of marks.
#[derive(Debug)]
pub(super) struct Marks(File);

impl Marks {
    /// Opens the file, `None` where there is none. With `make` it is made then.
    ///
    /// # Errors
    ///
    /// Kind `InvalidData` when it is no such file.
    pub(super) fn open(path: &Path, make: bool, write: bool) -> io::Result<Option<Self>> {
        if !path.exists() {
            if !make {
                return Ok(None);
            }
            files::write_whole(path, MAGIC)?;
        }
        let mut file = OpenOptions::new().read(true).write(write).open(path)?;
        let mut magic = [0; MAGIC.len()];
        match file.read_exact(&mut magic) {
            Ok(()) if magic == *MAGIC => Ok(Some(Self(file))),
            _ => Err(io::Error::new(io::ErrorKind::InvalidData, format!("{} is damaged", path.display()))),
        }
    }

    /// Returns the marks of events in a row, 0 where nothing was destroyed.
    pub(super) fn of(&mut self, events: Range<u64>) -> io::Result<Vec<u8>> {
        let mut marks = Vec::new();
        self.0.seek(SeekFrom::Start(place(events.start)))?;
        (&self.0).take(events.end - events.start).read_to_end(&mut marks)?;
        marks.resize(usize::try_from(events.end - events.start).map_err(io::Error::other)?, 0);
        Ok(marks)
    }

    /// Adds a mark to events, durably.
    pub(super) fn add(&mut self, indexes: &[u64], mark: u8) -> io::Result<()> {
        for index in indexes {
            let before = self.of(*index..index + 1)?;
            self.0.seek(SeekFrom::Start(place(*index)))?;
            self.0.write_all(&[before[0] | mark])?;
        }
        self.0.sync_data()
    }
}

fn place(index: u64) -> u64 {
    MAGIC.len() as u64 + index
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_add_up_and_what_has_none_reads_as_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("marks");
        assert!(Marks::open(&path, false, true).unwrap().is_none());
        let mut marks = Marks::open(&path, true, true).unwrap().unwrap();
        assert_eq!(marks.of(3..6).unwrap(), [0, 0, 0]);
        marks.add(&[4], BRIEF).unwrap();
        marks.add(&[2, 4], ALL).unwrap();
        let mut marks = Marks::open(&path, false, false).unwrap().unwrap();
        assert_eq!(marks.of(1..7).unwrap(), [0, ALL, 0, BRIEF | ALL, 0, 0]);
        std::fs::write(&path, b"other").unwrap();
        assert_eq!(Marks::open(&path, true, true).unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
