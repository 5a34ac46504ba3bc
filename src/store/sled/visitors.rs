//! Which events of the segments are a visitor's: sorted lists in files, each for segments in a row.
//!
//! In: keyed hashes and places in the log. Out: the places under a hash. A list is written whole and stays as it is until it
//! is merged with its neighbours, but for places that are overwritten when they are erased. Everything here follows from the
//! segments and the keys: a list that is gone is made again.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write},
    ops::Range,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use sha2::{Digest, Sha256};

use super::files;
use crate::audit::SEGMENT;

const MAGIC: &[u8; 32] = b"tower-consent visitors 1\n\0\0\0\0\0\0\0";
/// Magic, number of bits, number of records, and what tells whether these are as they were written.
const HEADER: u64 = 64;
/// Length of a record: it never lies across two blocks of a disk, so that it is overwritten at once.
const RECORD: u64 = 32;
/// Records in a bucket, about: a search reads one bucket.
const BUCKET: u64 = 64;
/// Neighbours of about one size that become one list.
const MERGED: usize = 4;
/// Records after which what was written is brought to the disk: whoever syncs something small meanwhile waits for that much.
const SYNCED: u32 = 1 << 17;
/// What the lists are called where something is wrong with them.
pub(super) const INDEX: &str = "visitors' index";
/// The place of a record that was erased.
const BLANK: u64 = u64::MAX;

/// The keyed hash of a visitor's id, and the place of an event of his.
pub(super) type Record = ([u8; 16], u64);

/// The lists, in the order of their segments.
#[derive(Debug)]
pub(super) struct Visitors {
    folder: PathBuf,
    lists: Mutex<Vec<Arc<List>>>,
    /// Erasures so far: a merge that one came into is not used.
    erasures: AtomicU64,
    /// Tells these lists from those of the store before or after it was opened again.
    own: Arc<()>,
}

/// What is wrong with the lists of a folder.
#[derive(Debug, Default)]
pub(super) struct Amiss {
    /// Segments that no list tells of.
    pub(super) missing: Vec<Range<u64>>,
    /// Files that cannot be read, and what they are.
    pub(super) damaged: Vec<(&'static str, io::Error)>,
}

impl Visitors {
    /// Opens the lists of the first `sealed` segments. With `mend` what a crash has left over is removed.
    pub(super) fn open(folder: &Path, sealed: u64, mend: bool) -> io::Result<(Self, Amiss)> {
        let folder = folder.join("visitors");
        if mend {
            fs::create_dir_all(&folder)?;
        }
        let mut named = Vec::new();
        let found = match fs::read_dir(&folder) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            found => Some(found?),
        };
        for entry in found.into_iter().flatten() {
            let path = entry?.path();
            match segments_of(&path) {
                Some(segments) if segments.end <= sealed => named.push((segments, path)),
                // A crash came before it had its place, or before the database knew of the segment.
                found if mend && (found.is_some() || path.extension().is_some_and(|ending| ending == "new")) => {
                    fs::remove_file(path)?;
                }
                _ => {}
            }
        }
        // Longer ones first: what is merged is in both until the parts are gone.
        named.sort_by_key(|(segments, _)| (segments.start, u64::MAX - segments.end));
        let (mut lists, mut amiss, mut next) = (Vec::new(), Amiss::default(), 0);
        for (segments, path) in named {
            if segments.start < next {
                if mend {
                    fs::remove_file(path)?;
                }
                continue;
            }
            if segments.start > next {
                amiss.missing.push(next..segments.start);
            }
            next = segments.end;
            match List::open(path, segments, mend) {
                Ok(list) => lists.push(Arc::new(list)),
                Err(error) => amiss.damaged.push((INDEX, error)),
            }
        }
        if next < sealed {
            amiss.missing.push(next..sealed);
        }
        Ok((Self { folder, lists: Mutex::new(lists), erasures: AtomicU64::new(0), own: Arc::default() }, amiss))
    }

    /// Writes the list of segments in a row, durable when it returns; it counts once [`Visitors::add`] was called.
    pub(super) fn write(&self, segments: Range<u64>, mut records: Vec<Record>) -> io::Result<()> {
        records.sort_unstable();
        let path = self.path(&segments);
        let count = records.len() as u64;
        write(&path, count, records.into_iter().map(Ok))?;
        files::take_place(&path)
    }

    /// Counts a list that was written.
    pub(super) fn add(&self, segments: Range<u64>) -> io::Result<()> {
        let list = List::open(self.path(&segments), segments, true)?;
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        lists.push(Arc::new(list));
        lists.sort_by_key(|list| list.segments.start);
        Ok(())
    }

    fn path(&self, segments: &Range<u64>) -> PathBuf {
        self.folder.join(format!("{:08}-{:08}", segments.start, segments.end))
    }

    fn lists(&self) -> Vec<Arc<List>> {
        self.lists.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the places of a visitor's events, in order.
    pub(super) fn places(&self, tag: &[u8; 16]) -> io::Result<Vec<u64>> {
        let mut places = Vec::new();
        for list in self.lists() {
            places.extend(list.bucket(tag)?.into_iter().filter(|(_, (found, _))| found == tag).map(|(_, (_, at))| at));
        }
        Ok(places)
    }

    /// Says whether an event is known to be this visitor's.
    pub(super) fn has(&self, record: &Record) -> io::Result<bool> {
        match self.lists().iter().find(|list| list.covers(record.1)) {
            Some(list) => Ok(list.bucket(&record.0)?.iter().any(|(_, found)| found == record)),
            None => Ok(false),
        }
    }

    /// Overwrites what the lists tell of a visitor's events, which are in order, durably.
    pub(super) fn forget(&self, tag: &[u8; 16], indexes: &[u64]) -> io::Result<()> {
        for list in self.lists() {
            if indexes.iter().any(|index| list.covers(*index)) {
                let bucket = list.bucket(tag)?.into_iter();
                let known = bucket.filter(|(_, (of, index))| of == tag && indexes.binary_search(index).is_ok());
                list.blank(&known.map(|(place, _)| place).collect::<Vec<_>>())?;
            }
        }
        // Last: a merge that began meanwhile may have read what was not overwritten yet.
        self.erasures.fetch_add(1, Ordering::AcqRel);
        Ok(())
    }

    /// As [`Visitors::forget`], where only the events are known, which are in order; it reads whole lists. Lists that are
    /// damaged are removed: returns their segments, to be made again.
    pub(super) fn forget_events(&self, indexes: &[u64]) -> io::Result<Vec<Range<u64>>> {
        let mut removed = Vec::new();
        for list in self.lists() {
            if !indexes.iter().any(|index| list.covers(*index)) {
                continue;
            }
            let places = list.records().and_then(|records| {
                let mut places = Vec::new();
                for record in records {
                    let (place, (_, index)) = record?;
                    places.extend(indexes.binary_search(&index).is_ok().then_some(place));
                }
                Ok(places)
            });
            match places {
                Ok(places) => list.blank(&places)?,
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                    let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
                    lists.retain(|other| other.path != list.path);
                    fs::remove_file(&list.path)?;
                    removed.push(list.segments.clone());
                }
                Err(error) => return Err(error),
            }
        }
        self.erasures.fetch_add(1, Ordering::AcqRel);
        Ok(removed)
    }

    /// Begins to merge lists that are neighbours and of about one size; `None` when there are none.
    pub(super) fn merge(&self) -> io::Result<Option<Merged>> {
        let erasures = self.erasures.load(Ordering::Acquire);
        let lists = self.lists();
        let level = |list: &Arc<List>| (list.segments.end - list.segments.start).max(1).ilog(MERGED as u64);
        let same = |lists: &&[Arc<List>]| lists.iter().all(|list| level(list) == level(&lists[0]));
        let Some(parts) = lists.windows(MERGED).find(same) else { return Ok(None) };
        let segments = parts[0].segments.start..parts[MERGED - 1].segments.end;
        let readers = parts.iter().map(|list| Ok(list.records()?.map(|record| Ok(record?.1)).peekable()));
        let readers = readers.collect::<io::Result<Vec<_>>>()?;
        let count = parts.iter().map(|list| list.count).sum();
        write(&self.path(&segments), count, Sorted(readers))?;
        Ok(Some(Merged { segments, erasures, of: self.own.clone() }))
    }

    /// Puts a merged list in the place of its parts, in the writer's turn, while nothing is erased. Says whether it did: not
    /// when something was erased meanwhile, or the store was opened again.
    pub(super) fn take(&self, merged: Merged) -> io::Result<bool> {
        let path = self.path(&merged.segments);
        if !Arc::ptr_eq(&merged.of, &self.own) {
            return Ok(false);
        }
        if merged.erasures != self.erasures.load(Ordering::Acquire) {
            fs::remove_file(files::new_of(&path))?;
            return Ok(false);
        }
        files::take_place(&path)?;
        let list = List::open(path, merged.segments.clone(), true)?;
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        let within =
            |list: &Arc<List>| merged.segments.start <= list.segments.start && list.segments.end <= merged.segments.end;
        let parts: Vec<_> = lists.extract_if(.., |list| within(list)).collect();
        lists.push(Arc::new(list));
        lists.sort_by_key(|list| list.segments.start);
        drop(lists);
        parts.iter().try_for_each(|part| fs::remove_file(&part.path))?;
        Ok(true)
    }

    /// Reads everything; returns how many places there are, and what is damaged.
    pub(super) fn check(&self) -> (u64, Vec<io::Error>) {
        let (mut count, mut damaged) = (0, Vec::new());
        for list in self.lists() {
            match list.check() {
                Ok(places) => count += places,
                Err(error) => damaged.push(error),
            }
        }
        (count, damaged)
    }
}

/// A merged list that is written and does not count yet.
#[derive(Debug)]
pub(super) struct Merged {
    segments: Range<u64>,
    erasures: u64,
    /// The lists it was made of.
    of: Arc<()>,
}

/// One file.
#[derive(Debug)]
struct List {
    path: PathBuf,
    segments: Range<u64>,
    file: Mutex<File>,
    /// How many bits of a hash tell its bucket.
    bits: u32,
    count: u64,
}

impl List {
    fn open(path: PathBuf, segments: Range<u64>, write: bool) -> io::Result<Self> {
        let mut file = OpenOptions::new().read(true).write(write).open(&path)?;
        let mut header = [0; HEADER as usize];
        let length = file.metadata()?.len();
        if length >= HEADER {
            file.read_exact(&mut header)?;
        }
        let number = |from: usize| u64::from_be_bytes(header[from..from + 8].try_into().expect("eight bytes"));
        let (bits, count) = (number(32), number(40));
        let whole = header[..32] == *MAGIC
            && header[48..] == Sha256::digest(&header[..48])[..16]
            && bits <= 32
            && count <= u64::from(u32::MAX)
            && length == HEADER + count * RECORD + (4 << bits);
        match whole {
            true => Ok(Self { path, segments, file: Mutex::new(file), bits: bits as u32, count }),
            false => Err(damaged(&path)),
        }
    }

    fn covers(&self, index: u64) -> bool {
        self.segments.contains(&(index / SEGMENT))
    }

    /// Returns the records beside which a hash would be, with their places in the file; blank ones are left out.
    fn bucket(&self, tag: &[u8; 16]) -> io::Result<Vec<(u64, Record)>> {
        let damaged = || damaged(&self.path);
        let wanted = bucket_of(tag, self.bits);
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let mut ends = [0; 8];
        let known = &mut ends[if wanted == 0 { 4 } else { 0 }..];
        file.seek(SeekFrom::Start(HEADER + self.count * RECORD + (wanted * 4).saturating_sub(4)))?;
        file.read_exact(known)?;
        let [start, end] = [0, 4].map(|at| u64::from(u32::from_be_bytes(ends[at..at + 4].try_into().expect("four"))));
        if start > end || end > self.count {
            return Err(damaged());
        }
        // A neighbour on each side tells that nothing of the bucket is left out.
        let (from, to) = (start.saturating_sub(1), self.count.min(end + 1));
        let mut bytes = vec![0; usize::try_from((to - from) * RECORD).map_err(io::Error::other)?];
        file.seek(SeekFrom::Start(HEADER + from * RECORD))?;
        file.read_exact(&mut bytes)?;
        drop(file);
        let mut found = Vec::new();
        for (bytes, place) in bytes.as_chunks().0.iter().zip(from..) {
            let record = self.decode(bytes).ok_or_else(damaged)?;
            let is_right = match bucket_of(&record.0, self.bits).cmp(&wanted) {
                std::cmp::Ordering::Less => place < start,
                std::cmp::Ordering::Equal => (start..end).contains(&place),
                std::cmp::Ordering::Greater => place >= end,
            };
            if !is_right {
                return Err(damaged());
            }
            if (start..end).contains(&place) && record.1 != BLANK {
                found.push((place, record));
            }
        }
        Ok(found)
    }

    fn decode(&self, bytes: &[u8; RECORD as usize]) -> Option<Record> {
        let (tag, rest) = bytes.split_first_chunk::<16>()?;
        let index = u64::from_be_bytes(*rest.first_chunk()?);
        let whole = encode(&(*tag, index)) == *bytes && (index == BLANK || self.covers(index));
        whole.then_some((*tag, index))
    }

    /// Reads all records in order, with their places in the file; blank ones are left out.
    fn records(&self) -> io::Result<impl Iterator<Item = io::Result<(u64, Record)>> + use<'_>> {
        let mut file = BufReader::with_capacity(1 << 16, File::open(&self.path)?);
        file.seek(SeekFrom::Start(HEADER))?;
        let read = move |place| {
            let mut bytes = [0; RECORD as usize];
            file.read_exact(&mut bytes)?;
            Ok((place, self.decode(&bytes).ok_or_else(|| damaged(&self.path))?))
        };
        Ok((0..self.count).map(read).filter(|record| !matches!(record, Ok((_, (_, BLANK))))))
    }

    /// Overwrites records, durably.
    fn blank(&self, places: &[u64]) -> io::Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        for place in places {
            let at = HEADER + place * RECORD;
            let mut tag = [0; 16];
            file.seek(SeekFrom::Start(at))?;
            file.read_exact(&mut tag)?;
            // What is left is the number of its bucket, which its place in the file tells as well.
            let kept = (u128::from_be_bytes(tag)).checked_shr(128 - self.bits).unwrap_or(0);
            let tag = kept.checked_shl(128 - self.bits).unwrap_or(0).to_be_bytes();
            file.seek(SeekFrom::Start(at))?;
            file.write_all(&encode(&(tag, BLANK)))?;
        }
        if places.is_empty() { Ok(()) } else { file.sync_data() }
    }

    /// Reads the whole file; returns how many places it tells.
    fn check(&self) -> io::Result<u64> {
        let damaged = || damaged(&self.path);
        let mut file = BufReader::with_capacity(1 << 16, File::open(&self.path)?);
        let mut header = [0; HEADER as usize];
        file.read_exact(&mut header)?;
        let (mut places, mut ends) = (0, Vec::new());
        for place in 0..self.count {
            let mut bytes = [0; RECORD as usize];
            file.read_exact(&mut bytes)?;
            let (tag, index) = self.decode(&bytes).ok_or_else(damaged)?;
            let bucket = bucket_of(&tag, self.bits);
            if bucket < ends.len() as u64 {
                return Err(damaged());
            }
            ends.resize(usize::try_from(bucket).map_err(io::Error::other)?, place as u32);
            places += u64::from(index != BLANK);
        }
        ends.resize(1 << self.bits, self.count as u32);
        let mut kept = Vec::new();
        file.read_to_end(&mut kept)?;
        let same = kept.into_iter().eq(ends.into_iter().flat_map(u32::to_be_bytes));
        if same { Ok(places) } else { Err(damaged()) }
    }
}

/// Several readers as one, in order.
struct Sorted<R: Iterator>(Vec<std::iter::Peekable<R>>);

impl<R: Iterator<Item = io::Result<Record>>> Iterator for Sorted<R> {
    type Item = io::Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        let heads = self.0.iter_mut().enumerate().filter_map(|(number, reader)| {
            // An error comes first, and ends it.
            reader.peek().map(|head| (head.as_ref().ok().copied(), number))
        });
        let (_, first) = heads.min()?;
        self.0[first].next()
    }
}

fn damaged(path: &Path) -> io::Error {
    let what = format!("{} is damaged; without that file it is made again at the next start", path.display());
    io::Error::new(io::ErrorKind::InvalidData, what)
}

fn bucket_of(tag: &[u8; 16], bits: u32) -> u64 {
    u128::from_be_bytes(*tag).checked_shr(128 - bits).unwrap_or(0) as u64
}

fn encode(record: &Record) -> [u8; RECORD as usize] {
    let mut bytes = [0; RECORD as usize];
    bytes[..16].copy_from_slice(&record.0);
    bytes[16..24].copy_from_slice(&record.1.to_be_bytes());
    let sum: [u8; 32] = Sha256::digest(&bytes[..24]).into();
    bytes[24..].copy_from_slice(&sum[..8]);
    bytes
}

fn segments_of(path: &Path) -> Option<Range<u64>> {
    let (start, end) = path.file_name()?.to_str()?.split_once('-')?;
    let number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
    let segments: Range<u64> = number(start)?..number(end)?;
    (!segments.is_empty()).then_some(segments)
}

/// Writes a list beside its place, on the disk when it returns; of the records there are at most `most`.
fn write(path: &Path, most: u64, records: impl Iterator<Item = io::Result<Record>>) -> io::Result<()> {
    let bits = most.div_ceil(BUCKET).max(1).next_power_of_two().ilog2();
    let new = files::new_of(path);
    let written = || {
        let mut file = BufWriter::with_capacity(1 << 16, files::make(&new)?);
        file.write_all(&[0; HEADER as usize])?;
        let (mut count, mut ends) = (0_u32, Vec::new());
        for record in records {
            let record = record?;
            ends.resize(usize::try_from(bucket_of(&record.0, bits)).map_err(io::Error::other)?, count);
            file.write_all(&encode(&record))?;
            count = count.checked_add(1).ok_or_else(|| io::Error::other("a list of over 4,294,967,295 events"))?;
            if count.is_multiple_of(SYNCED) {
                file.flush()?;
                file.get_ref().sync_data()?;
            }
        }
        ends.resize(1 << bits, count);
        ends.iter().try_for_each(|end| file.write_all(&end.to_be_bytes()))?;
        let mut header = MAGIC.to_vec();
        header.extend(u64::from(bits).to_be_bytes());
        header.extend(u64::from(count).to_be_bytes());
        let sum: [u8; 32] = Sha256::digest(&header).into();
        header.extend(&sum[..16]);
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&header)?;
        file.into_inner()?.sync_all()
    };
    written().inspect_err(|_| drop(fs::remove_file(&new)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(number: u64) -> Record {
        let hash: [u8; 32] = Sha256::digest((number % 1000).to_be_bytes()).into();
        (*hash.first_chunk().unwrap(), number)
    }

    fn filled(folder: &Path, segments: u64) -> Visitors {
        let (visitors, amiss) = Visitors::open(folder, 0, true).unwrap();
        assert!(amiss.missing.is_empty() && amiss.damaged.is_empty());
        for number in 0..segments {
            visitors.write(number..number + 1, records(number)).unwrap();
            visitors.add(number..number + 1).unwrap();
        }
        visitors
    }

    fn records(segment: u64) -> Vec<Record> {
        (segment * SEGMENT..(segment + 1) * SEGMENT).filter(|place| place % 3 > 0).map(record).collect()
    }

    fn merge_all(visitors: &Visitors) {
        while let Some(merged) = visitors.merge().unwrap() {
            assert!(visitors.take(merged).unwrap());
        }
    }

    fn expected(number: u64, segments: u64) -> Vec<u64> {
        (0..segments * SEGMENT).filter(|place| place % 3 > 0 && place % 1000 == number).collect()
    }

    #[test]
    fn lists_tell_the_same_merged_or_not_and_few_remain() {
        let folder = tempfile::tempdir().unwrap();
        let visitors = filled(folder.path(), 23);
        for merged in [false, true] {
            if merged {
                merge_all(&visitors);
                let spans: Vec<_> = visitors.lists().iter().map(|list| list.segments.clone()).collect();
                assert_eq!(spans, [0..16, 16..20, 20..21, 21..22, 22..23]);
            }
            for number in [0, 1, 500, 999] {
                assert_eq!(visitors.places(&record(number).0).unwrap(), expected(number, 23));
            }
            assert!(visitors.places(&[7; 16]).unwrap().is_empty());
            assert_eq!(visitors.check().0, 23 * SEGMENT * 2 / 3);
            assert!(visitors.has(&record(4)).unwrap() && !visitors.has(&record(3)).unwrap());
        }
        let (again, amiss) = Visitors::open(folder.path(), 23, true).unwrap();
        assert!(amiss.missing.is_empty() && amiss.damaged.is_empty());
        assert_eq!(again.places(&record(998).0).unwrap(), expected(998, 23));
    }

    #[test]
    fn what_is_forgotten_is_overwritten_and_leaves_the_rest() {
        let folder = tempfile::tempdir().unwrap();
        let visitors = filled(folder.path(), 5);
        let (gone, _) = record(500);
        let events = visitors.places(&gone).unwrap();
        // One that is erased while lists are merged takes the merged one with it.
        let merged = visitors.merge().unwrap().unwrap();
        visitors.forget(&gone, &events[..3]).unwrap();
        assert!(!visitors.take(merged).unwrap());
        assert_eq!(visitors.lists().len(), 5);
        assert_eq!(visitors.places(&gone).unwrap(), expected(500, 5)[3..]);
        let merged = visitors.merge().unwrap().unwrap();
        assert!(!filled(&folder.path().join("other"), 5).take(merged).unwrap(), "it is of other lists");
        assert!(visitors.forget_events(&events).unwrap().is_empty());
        assert!(visitors.places(&gone).unwrap().is_empty());
        assert_eq!(visitors.places(&record(499).0).unwrap(), expected(499, 5));
        let left = SEGMENT * 5 * 2 / 3 - events.len() as u64;
        assert_eq!(visitors.check().0, left);
        merge_all(&visitors);
        assert_eq!((visitors.check().0, visitors.lists().len()), (left, 2));
        for entry in fs::read_dir(folder.path().join("visitors")).unwrap() {
            let bytes = fs::read(entry.unwrap().path()).unwrap();
            assert!(!bytes.windows(16).any(|window| window == gone), "nothing of it is on the disk");
        }
    }

    #[test]
    fn what_a_crash_leaves_is_removed_and_what_is_gone_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let visitors = filled(folder.path(), 6);
        let path = |name: &str| folder.path().join("visitors").join(name);
        // Merged, and the parts are still there; one more segment than the database says; a file half written.
        let parts: Vec<_> = (0..4).map(|number| path(&format!("{number:08}-{:08}", number + 1))).collect();
        let kept: Vec<Vec<u8>> = parts.iter().map(|part| fs::read(part).unwrap()).collect();
        merge_all(&visitors);
        parts.iter().zip(&kept).for_each(|(part, bytes)| fs::write(part, bytes).unwrap());
        fs::write(path("00000006-00000007.new"), b"half").unwrap();
        let (visitors, amiss) = Visitors::open(folder.path(), 5, true).unwrap();
        assert!(amiss.missing.is_empty() && amiss.damaged.is_empty());
        assert_eq!(fs::read_dir(path("")).unwrap().count(), 2);
        assert_eq!(visitors.places(&record(7).0).unwrap(), expected(7, 5));
        fs::remove_file(path("00000000-00000004")).unwrap();
        let (visitors, amiss) = Visitors::open(folder.path(), 5, true).unwrap();
        assert!(matches!(amiss.missing.as_slice(), [Range { start: 0, end: 4 }]));
        visitors.write(0..4, (0..4).flat_map(records).collect()).unwrap();
        visitors.add(0..4).unwrap();
        assert_eq!(visitors.places(&record(7).0).unwrap(), expected(7, 5));
    }

    #[test]
    fn every_flip_and_cut_is_noticed_and_no_search_misses_because_of_one() {
        let folder = tempfile::tempdir().unwrap();
        drop(filled(folder.path(), 1));
        let path = folder.path().join("visitors/00000000-00000001");
        let whole = fs::read(&path).unwrap();
        let open = || Visitors::open(folder.path(), 1, false).unwrap();
        for bit in
            (0..64 * 8).chain((64 * 8..whole.len() * 8).step_by(20_011)).chain((whole.len() - 32) * 8..whole.len() * 8)
        {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            fs::write(&path, &flipped).unwrap();
            let (visitors, amiss) = open();
            assert!(amiss.damaged.len() == 1 || visitors.check().1.len() == 1, "bit {bit}");
            for number in if amiss.damaged.is_empty() { 0..20 } else { 0..0 } {
                // Either the damage is told, or it is elsewhere.
                if let Ok(places) = visitors.places(&record(number).0) {
                    assert_eq!(places, expected(number, 1), "bit {bit}");
                }
            }
        }
        // Where it matters most, what is damaged is removed, to be made again.
        fs::write(&path, [&whole[..200], b"x", &whole[201..]].concat()).unwrap();
        assert!(matches!(&*open().0.forget_events(&[1]).unwrap(), [Range { start: 0, end: 1 }]));
        assert!(!path.exists());
        for length in (0..whole.len()).step_by(997) {
            fs::write(&path, &whole[..length]).unwrap();
            assert_eq!(open().1.damaged.len(), 1, "{length} bytes");
        }
    }
}
