//! The newest part of the log: files that batches are appended to, until their entries are in segments.
//!
//! In: rows, and the head after them. Out: the same, as far as every checksum and the tree say that they are whole. A
//! batch is one write and one sync, and nothing of the database. What is torn at the end is told, not mended: whether it
//! may be cut off, only the anchor knows.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    ops::Range,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::{
    files,
    rows::{Row, part},
    visitors::Record,
};
use crate::audit::Head;

const MAGIC: &[u8; 21] = b"tower-consent tail 1\n";
/// Length of a checksum.
const SUM: usize = 32;

/// Where a row lies in its file: from which byte on, and how many.
type Place = (u64, u32);

/// What is in the files, and what of it is in no segment yet.
#[derive(Debug)]
pub(super) struct Tail {
    parts: Vec<Part>,
    head: Head,
    /// Places in the log by keyed hash of the visitor's id, for entries that are in no segment yet.
    pub(super) visitors: HashMap<[u8; 16], Vec<u64>>,
    /// Time, in seconds since 1970, and index, for entries that are in no segment yet.
    pub(super) expiries: BTreeSet<(u64, u64)>,
}

/// One file.
#[derive(Debug)]
struct Part {
    path: PathBuf,
    base: Head,
    rows: Vec<Place>,
}

impl Part {
    fn end(&self) -> u64 {
        self.base.size() + self.rows.len() as u64
    }
}

/// What was found in the folder.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) tail: Tail,
    /// The heads after each batch, and the one before the first.
    pub(super) heads: Vec<Head>,
    /// Where the newest file goes on; `None` when there is no file.
    pub(super) pen: Option<Pen>,
    /// Whether there are bytes behind the last whole batch.
    pub(super) torn: bool,
}

impl Tail {
    /// Reads the files; without any the log is at `before`.
    ///
    /// # Errors
    ///
    /// Kind `InvalidData` when the files do not follow each other.
    pub(super) fn read(folder: &Path, before: Head) -> io::Result<Found> {
        fs::create_dir_all(folder)?;
        let mut names = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let is_number = |name: &str| name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit());
            if path.file_name().and_then(|name| name.to_str()).is_some_and(is_number) {
                names.push(path);
            }
        }
        names.sort();
        let tail = Self { parts: Vec::new(), head: before, visitors: HashMap::new(), expiries: BTreeSet::new() };
        let mut found = Found { tail, heads: Vec::new(), pen: None, torn: false };
        for path in names {
            let damaged = || io::Error::new(io::ErrorKind::InvalidData, format!("{} is damaged", path.display()));
            let bytes = fs::read(&path)?;
            let (base, mut pen) = read_header(&path, &bytes).ok_or_else(damaged)?;
            let mut read = Part { path: path.clone(), base: base.clone(), rows: Vec::new() };
            if found.torn || (!found.tail.parts.is_empty() && found.tail.head != base) {
                return Err(damaged());
            }
            found.tail.head = base.clone();
            found.heads.push(base);
            while let Some((head, rows, end, sum)) = read_batch(&bytes, &pen, &found.tail.head) {
                read.rows.extend(rows);
                (pen.end, pen.sum) = (end, sum);
                found.heads.push(head.clone());
                found.tail.head = head;
            }
            found.torn = pen.end < bytes.len() as u64;
            pen.count = read.rows.len() as u64;
            found.tail.parts.push(read);
            found.pen = Some(pen);
        }
        Ok(found)
    }

    /// Returns how far the log has come, durably.
    pub(super) fn head(&self) -> &Head {
        &self.head
    }

    /// Returns the index of the first entry that is here, and the number of entries in the log.
    pub(super) fn span(&self) -> (u64, u64) {
        (self.parts.first().map_or(self.head.size(), |part| part.base.size()), self.head.size())
    }

    /// Knows a batch that is on the disk.
    pub(super) fn push(&mut self, rows: Vec<Place>, next: Head) {
        if let Some(part) = self.parts.last_mut() {
            part.rows.extend(rows);
        }
        self.head = next;
    }

    /// Knows a new file.
    pub(super) fn begin(&mut self, path: PathBuf) {
        self.parts.push(Part { path, base: self.head.clone(), rows: Vec::new() });
    }

    /// Reads rows that are here, in order.
    pub(super) fn rows(&self, range: Range<u64>) -> io::Result<Vec<Row>> {
        let mut rows = Vec::new();
        for part in &self.parts {
            let (from, to) = (range.start.max(part.base.size()), range.end.min(part.end()));
            if from >= to {
                continue;
            }
            let within = |index: u64| usize::try_from(index - part.base.size()).map_err(io::Error::other);
            let places = &part.rows[within(from)?..within(to)?];
            let (Some((start, _)), Some((last, length))) = (places.first(), places.last()) else { continue };
            let mut file = File::open(&part.path)?;
            file.seek(SeekFrom::Start(*start))?;
            let mut bytes = vec![0; usize::try_from(last + u64::from(*length) - start).map_err(io::Error::other)?];
            file.read_exact(&mut bytes)?;
            for (place, length) in places {
                let at = usize::try_from(place - start).map_err(io::Error::other)?;
                let row = Row::decode(&bytes[at..at + *length as usize]).ok_or_else(|| {
                    io::Error::new(io::ErrorKind::InvalidData, format!("{} is damaged", part.path.display()))
                })?;
                rows.push(row);
            }
        }
        Ok(rows)
    }

    /// Forgets the files whose entries are all below `end`, but for the newest; and what is known of these entries.
    pub(super) fn forget(&mut self, end: u64) -> io::Result<()> {
        while self.parts.len() > 1 && self.parts[0].end() <= end {
            let path = self.parts.remove(0).path;
            match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        self.visitors.retain(|_, places| {
            places.retain(|place| *place >= end);
            !places.is_empty()
        });
        self.expiries.retain(|(_, index)| *index >= end);
        Ok(())
    }

    /// Returns the entries with values whose time came before `now`.
    pub(super) fn expired(&self, now: u64) -> impl Iterator<Item = u64> {
        self.expiries.range(..(now, 0)).map(|(_, index)| *index)
    }

    /// Returns whose the events of a range are, and when something of them expires next.
    pub(super) fn known(&self, range: Range<u64>) -> (Vec<Record>, Option<u64>) {
        let all = self.visitors.iter().flat_map(|(tag, places)| places.iter().map(|place| (*tag, *place)));
        let next = self.expiries.iter().find(|(_, index)| range.contains(index));
        (all.filter(|(_, place)| range.contains(place)).collect(), next.map(|(time, _)| *time))
    }

    /// Forgets what is known of entries: what expires, and with `all` whose they are.
    pub(super) fn erased(&mut self, indexes: &HashSet<u64>, all: bool) {
        self.expiries.retain(|(_, index)| !indexes.contains(index));
        if all {
            self.visitors.retain(|_, places| {
                places.retain(|place| !indexes.contains(place));
                !places.is_empty()
            });
        }
    }

    /// Knows what an entry is about.
    pub(super) fn learn(&mut self, index: u64, visitor: Option<[u8; 16]>, until: u64) {
        if let Some(tag) = visitor {
            self.visitors.entry(tag).or_default().push(index);
        }
        if until > 0 {
            self.expiries.insert((until, index));
        }
    }
}

fn read_header(path: &Path, bytes: &[u8]) -> Option<(Head, Pen)> {
    let rest = bytes.strip_prefix(MAGIC.as_slice())?;
    let (head, rest) = part(rest)?;
    let end = bytes.len() - rest.len();
    let sum: [u8; SUM] = *rest.first_chunk()?;
    if Sha256::digest(&bytes[..end])[..] != sum {
        return None;
    }
    let pen = Pen { path: path.to_owned(), file: None, end: (end + SUM) as u64, sum, count: 0 };
    Some((Head::decode(head)?, pen))
}

/// Reads the batch a pen points at: its head, the places of its rows, where it ends, its checksum. `None` when there is
/// none, or when it is not whole.
fn read_batch(bytes: &[u8], pen: &Pen, before: &Head) -> Option<(Head, Vec<Place>, u64, [u8; SUM])> {
    let start = usize::try_from(pen.end).ok()?;
    let (batch, rest) = part(bytes.get(start..)?)?;
    let sum: [u8; SUM] = *rest.first_chunk()?;
    let end = bytes.len() - rest.len();
    if checksum(&pen.sum, &bytes[start..end]) != sum {
        return None;
    }
    let (head, mut left) = part(batch)?;
    let mut leaves = Vec::new();
    let mut places = Vec::new();
    while !left.is_empty() {
        let (row, behind) = part(left)?;
        places.push(((end - behind.len() - row.len()) as u64, u32::try_from(row.len()).ok()?));
        leaves.push(Row::decode(row)?.leaf);
        left = behind;
    }
    let head = Head::decode(head)?;
    let derived = before.append(leaves.iter().map(Vec::as_slice));
    (derived == head).then_some((head, places, (end + SUM) as u64, sum))
}

fn checksum(before: &[u8; SUM], batch: &[u8]) -> [u8; SUM] {
    let mut hash = Sha256::new();
    hash.update(before);
    hash.update(batch);
    hash.finalize().into()
}

/// Appends to the newest file.
#[derive(Debug)]
pub(super) struct Pen {
    path: PathBuf,
    file: Option<File>,
    end: u64,
    sum: [u8; SUM],
    /// Entries in the file.
    count: u64,
}

impl Pen {
    /// Makes a file that goes on at a head, durably.
    pub(super) fn begin(folder: &Path, head: &Head) -> io::Result<Self> {
        let path = folder.join(format!("{:012}", head.size()));
        let mut bytes = MAGIC.to_vec();
        let head = head.encode();
        bytes.extend((head.len() as u32).to_be_bytes());
        bytes.extend(head);
        let sum: [u8; SUM] = Sha256::digest(&bytes).into();
        bytes.extend(sum);
        files::write_whole(&path, &bytes)?;
        Ok(Self { file: None, end: bytes.len() as u64, sum, count: 0, path })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the number of entries in the file.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    fn file(&mut self) -> io::Result<&mut File> {
        match self.file.take() {
            Some(file) => Ok(self.file.insert(file)),
            None => Ok(self.file.insert(OpenOptions::new().read(true).write(true).open(&self.path)?)),
        }
    }

    /// Cuts off what is behind the last whole batch, and brings the file to the disk once more.
    ///
    /// After a failed sync the system takes bytes for written that never were: what is read back is no proof that it is
    /// on the disk. So all of it is written again.
    pub(super) fn settle(&mut self) -> io::Result<()> {
        let end = self.end;
        let file = self.file()?;
        file.set_len(end)?;
        let mut bytes = vec![0; usize::try_from(end).map_err(io::Error::other)?];
        file.seek(SeekFrom::Start(0))?;
        file.read_exact(&mut bytes)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&bytes)?;
        file.sync_all()
    }

    /// Appends a batch, durable when it returns; returns where its rows lie.
    ///
    /// # Errors
    ///
    /// Kind `StorageFull` when there was no room, and nothing of the batch is left. After another error it is unknown what
    /// is on the disk.
    pub(super) fn append(&mut self, rows: &[Row], next: &Head) -> io::Result<Vec<Place>> {
        let head = next.encode();
        let mut batch = vec![0; 4];
        batch.extend((head.len() as u32).to_be_bytes());
        batch.extend(head);
        let mut places = Vec::with_capacity(rows.len());
        for row in rows {
            let start = batch.len() + 4;
            super::rows::write(&mut batch, row);
            let length = u32::try_from(batch.len() - start).map_err(io::Error::other)?;
            places.push((self.end + start as u64, length));
        }
        let length = u32::try_from(batch.len() - 4).map_err(io::Error::other)?;
        batch[..4].copy_from_slice(&length.to_be_bytes());
        let sum = checksum(&self.sum, &batch);
        batch.extend(sum);
        let end = self.end;
        let file = self.file()?;
        let written = file.seek(SeekFrom::Start(end)).and_then(|_| file.write_all(&batch));
        if let Err(error) = written {
            // Half a batch must not stay: what comes next is written in its place, and may be shorter.
            return Err(match file.set_len(end) {
                Ok(()) => error,
                Err(source) => io::Error::other(source),
            });
        }
        file.sync_data()?;
        self.end += batch.len() as u64;
        self.sum = sum;
        self.count += rows.len() as u64;
        Ok(places)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(number: u8) -> Row {
        Row { leaf: vec![number; 20], lasting: vec![number; 3], until: 0, brief: Vec::new() }
    }

    fn append(pen: &mut Pen, tail: &mut Tail, numbers: Range<u8>) {
        let rows: Vec<Row> = numbers.map(row).collect();
        let next = tail.head().append(rows.iter().map(|row| row.leaf.as_slice()));
        let places = pen.append(&rows, &next).unwrap();
        tail.push(places, next);
    }

    #[test]
    fn batches_read_back_and_every_flip_and_cut_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let mut found = Tail::read(folder.path(), Head::EMPTY).unwrap();
        assert!(found.pen.is_none() && !found.torn);
        let mut pen = Pen::begin(folder.path(), &Head::EMPTY).unwrap();
        found.tail.begin(pen.path().to_owned());
        append(&mut pen, &mut found.tail, 0..3);
        append(&mut pen, &mut found.tail, 3..4);
        assert_eq!(found.tail.rows(1..4).unwrap(), [row(1), row(2), row(3)]);
        let first = pen.path().to_owned();
        let mut pen = Pen::begin(folder.path(), found.tail.head()).unwrap();
        found.tail.begin(pen.path().to_owned());
        append(&mut pen, &mut found.tail, 4..9);
        assert_eq!(found.tail.rows(2..7).unwrap(), (2..7).map(row).collect::<Vec<_>>());
        let again = Tail::read(folder.path(), Head::EMPTY).unwrap();
        assert_eq!(again.tail.head(), found.tail.head());
        assert_eq!(again.heads.iter().map(Head::size).collect::<Vec<_>>(), [0, 3, 4, 4, 9]);
        assert_eq!((again.tail.span(), again.torn), ((0, 9), false));
        // Whatever is flipped or cut, a reader stops before it and never makes something of it.
        for path in [&first, pen.path()] {
            let whole = fs::read(path).unwrap();
            for bit in 0..whole.len() * 8 {
                let mut flipped = whole.clone();
                flipped[bit / 8] ^= 1 << (bit % 8);
                fs::write(path, &flipped).unwrap();
                match Tail::read(folder.path(), Head::EMPTY) {
                    Ok(found) => assert!(found.torn && found.tail.head().size() < 9, "bit {bit}"),
                    Err(error) => assert_eq!(error.kind(), io::ErrorKind::InvalidData, "bit {bit}"),
                }
            }
            for length in 0..whole.len() {
                fs::write(path, &whole[..length]).unwrap();
                let read = Tail::read(folder.path(), Head::EMPTY);
                assert!(read.is_err() || read.is_ok_and(|found| found.tail.head().size() < 9), "cut at {length}");
            }
            fs::write(path, &whole).unwrap();
        }
        // Torn bytes at the end are cut off, and the next batch takes their place.
        OpenOptions::new().append(true).open(pen.path()).unwrap().write_all(&[0; 100]).unwrap();
        let mut found = Tail::read(folder.path(), Head::EMPTY).unwrap();
        assert!(found.torn);
        let mut pen = found.pen.unwrap();
        pen.settle().unwrap();
        append(&mut pen, &mut found.tail, 9..10);
        let mut found = Tail::read(folder.path(), Head::EMPTY).unwrap();
        assert_eq!((found.tail.head().size(), found.torn), (10, false));
        // What is in segments is forgotten, but the file that is written to stays.
        found.tail.learn(3, Some([1; 16]), 7);
        found.tail.learn(9, Some([1; 16]), 7);
        found.tail.forget(10).unwrap();
        assert!(found.tail.visitors.is_empty() && found.tail.expiries.is_empty());
        assert!(!first.exists() && pen.path().exists());
        assert_eq!(Tail::read(folder.path(), Head::EMPTY).unwrap().tail.span(), (4, 10));
    }
}
