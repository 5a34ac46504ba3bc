//! The file an export is: a zip archive that can be written in one way only.
//!
//! In: names and bytes, in order. Out: an archive whose headers follow from names, lengths and checksums alone, so that the
//! same files always give the same bytes; and the way back, which accepts nothing that the way there does not write.
//! What is too large for memory waits in a temporary file that has no name. It knows nothing of what the files say.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
};

use crc32fast::Hasher as Crc;
use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use sha2::{Digest, Sha256};

/// The longest name of a file.
const LONGEST_NAME: usize = 400;
/// 1 January 1980, the earliest day a zip archive can name: when a file was written is no part of an export.
const DAY: u16 = 0x0021;
/// Names are UTF-8 (APPNOTE 6.3.10, section 4.4.4, bit 11).
const FLAGS: u16 = 1 << 11;
/// Bytes moved at once.
const PIECE: usize = 1 << 16;
const LIMIT: u64 = u32::MAX as u64;

/// What the headers say of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Member {
    name: String,
    crc: u32,
    packed: u64,
    length: u64,
    offset: u64,
}

impl Member {
    /// Hashes have nothing to compress.
    fn is_stored(&self) -> bool {
        is_stored(&self.name)
    }

    fn common(&self, large: bool, extra: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        let version: u16 = if large { 45 } else { 20 };
        let method: u16 = if self.is_stored() { 0 } else { 8 };
        for word in [version, FLAGS, method, 0, DAY] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(self.crc.to_le_bytes());
        for size in [self.packed, self.length] {
            bytes.extend(if large { u32::MAX } else { size as u32 }.to_le_bytes());
        }
        bytes.extend((self.name.len() as u16).to_le_bytes());
        bytes.extend((extra as u16).to_le_bytes());
        bytes
    }

    /// The header before the bytes of the file.
    fn local(&self) -> Vec<u8> {
        let large = self.packed >= LIMIT || self.length >= LIMIT;
        let mut extra = Vec::new();
        if large {
            extra.extend([1, 0, 16, 0]);
            extra.extend(self.length.to_le_bytes());
            extra.extend(self.packed.to_le_bytes());
        }
        let mut bytes = b"PK\x03\x04".to_vec();
        bytes.extend(self.common(large, extra.len()));
        bytes.extend(self.name.as_bytes());
        bytes.extend(extra);
        bytes
    }

    /// Its line in the directory at the end.
    fn central(&self) -> Vec<u8> {
        let large = self.packed >= LIMIT || self.length >= LIMIT;
        let far = self.offset >= LIMIT;
        let mut extra = Vec::new();
        if large || far {
            let length: u16 = if large { 16 } else { 0 } + if far { 8 } else { 0 };
            extra.extend([1, 0]);
            extra.extend(length.to_le_bytes());
            if large {
                extra.extend(self.length.to_le_bytes());
                extra.extend(self.packed.to_le_bytes());
            }
            if far {
                extra.extend(self.offset.to_le_bytes());
            }
        }
        let mut bytes = b"PK\x01\x02".to_vec();
        bytes.extend([45, 0]);
        bytes.extend(self.common(large, extra.len()));
        bytes.extend([0; 10]);
        bytes.extend(if far { u32::MAX } else { self.offset as u32 }.to_le_bytes());
        bytes.extend(self.name.as_bytes());
        bytes.extend(extra);
        bytes
    }
}

fn is_stored(name: &str) -> bool {
    name.starts_with("tile/") && !name.starts_with("tile/entries/")
}

/// What stands behind the directory.
fn ending(count: u64, from: u64, length: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    if count >= 0xffff || from >= LIMIT || length >= LIMIT {
        bytes.extend(b"PK\x06\x06");
        bytes.extend(44_u64.to_le_bytes());
        bytes.extend([45, 0, 45, 0]);
        bytes.extend([0; 8]);
        for number in [count, count, length, from] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(b"PK\x06\x07");
        bytes.extend([0; 4]);
        bytes.extend((from + length).to_le_bytes());
        bytes.extend(1_u32.to_le_bytes());
    }
    bytes.extend(b"PK\x05\x06");
    bytes.extend([0; 4]);
    for _ in 0..2 {
        bytes.extend((count.min(0xffff) as u16).to_le_bytes());
    }
    for number in [length, from] {
        bytes.extend((number.min(LIMIT) as u32).to_le_bytes());
    }
    bytes.extend([0; 2]);
    bytes
}

/// Says whether a name can stand in an export: no way out of the folder it is unpacked to.
fn is_name(name: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.+".contains(&byte))
    };
    name.len() <= LONGEST_NAME && name.split('/').all(part)
}

/// A file that grows while others are written; it waits packed, without a name, on the disk.
pub(super) struct Spool {
    file: DeflateEncoder<File>,
    crc: Crc,
    sha: Sha256,
    length: u64,
    pending: Vec<u8>,
}

impl Spool {
    pub(super) fn new() -> io::Result<Self> {
        let file = DeflateEncoder::new(tempfile::tempfile()?, Compression::fast());
        Ok(Self { file, crc: Crc::new(), sha: Sha256::new(), length: 0, pending: Vec::with_capacity(PIECE + 4096) })
    }

    fn drain(&mut self) -> io::Result<()> {
        self.crc.update(&self.pending);
        self.sha.update(&self.pending);
        self.length += self.pending.len() as u64;
        self.file.write_all(&self.pending)?;
        self.pending.clear();
        Ok(())
    }
}

impl Write for Spool {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.pending.extend_from_slice(bytes);
        if self.pending.len() >= PIECE {
            self.drain()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An archive that is written.
pub(super) struct Writer<W> {
    out: W,
    offset: u64,
    members: Vec<Member>,
    /// Name and SHA-256 of each file, in order.
    sums: Vec<(String, [u8; 32])>,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, offset: 0, members: Vec::new(), sums: Vec::new() }
    }

    /// Returns name and SHA-256 of each file so far.
    pub(super) fn sums(&self) -> &[(String, [u8; 32])] {
        &self.sums
    }

    /// Adds a file.
    pub(super) fn add(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut crc = Crc::new();
        crc.update(bytes);
        let packed = match is_stored(name) {
            true => None,
            false => {
                let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
                encoder.write_all(bytes)?;
                Some(encoder.finish()?)
            }
        };
        let packed = packed.as_deref().unwrap_or(bytes);
        self.begin(name, crc.finalize(), packed.len() as u64, bytes.len() as u64, Sha256::digest(bytes).into())?;
        self.out.write_all(packed)
    }

    /// Adds a file that was spooled.
    pub(super) fn add_spool(&mut self, name: &str, mut spool: Spool) -> io::Result<()> {
        spool.drain()?;
        let mut file = spool.file.finish()?;
        let packed = file.stream_position()?;
        self.begin(name, spool.crc.finalize(), packed, spool.length, spool.sha.finalize().into())?;
        file.seek(SeekFrom::Start(0))?;
        match io::copy(&mut file.take(packed), &mut self.out)? == packed {
            true => Ok(()),
            false => Err(io::Error::other(format!("the temporary file of {name} is not whole"))),
        }
    }

    fn begin(&mut self, name: &str, crc: u32, packed: u64, length: u64, sha: [u8; 32]) -> io::Result<()> {
        if !is_name(name) || self.members.iter().rev().take(64).any(|member| member.name == name) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, format!("`{name}` cannot be a file of an export")));
        }
        let member = Member { name: name.to_owned(), crc, packed, length, offset: self.offset };
        let header = member.local();
        self.offset += header.len() as u64 + packed;
        self.members.push(member);
        self.sums.push((name.to_owned(), sha));
        self.out.write_all(&header)
    }

    /// Writes the directory; the archive is whole then.
    pub(super) fn finish(mut self) -> io::Result<W> {
        let from = self.offset;
        let mut length = 0;
        for member in &self.members {
            let line = member.central();
            length += line.len() as u64;
            self.out.write_all(&line)?;
        }
        self.out.write_all(&ending(self.members.len() as u64, from, length))?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// Where an archive is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Damage {
    pub(super) place: String,
    pub(super) what: String,
}

/// An archive that was read once, whole.
pub(super) struct Archive<R> {
    from: RefCell<R>,
    members: BTreeMap<String, Member>,
    /// Name and SHA-256 of each file, in order.
    pub(super) sums: Vec<(String, [u8; 32])>,
}

impl<R: Read + Seek> Archive<R> {
    /// Reads every byte of an archive and accepts none that would not have been written so. The one freedom that is
    /// left is how a compressed file is compressed: what comes out is what counts.
    ///
    /// # Errors
    ///
    /// Outside, when it cannot be read; inside, the first place that is not as it must be.
    pub(super) fn open(mut from: R) -> io::Result<Result<Self, Damage>> {
        let end = from.seek(SeekFrom::End(0))?;
        from.seek(SeekFrom::Start(0))?;
        let mut read = io::BufReader::with_capacity(PIECE, &mut from);
        let mut archive = (BTreeMap::new(), Vec::new());
        match scan(&mut read, end, &mut archive.0, &mut archive.1) {
            Ok(()) => Ok(Ok(Self { from: RefCell::new(from), members: archive.0, sums: archive.1 })),
            Err(Stop::Damage(damage)) => Ok(Err(damage)),
            Err(Stop::Io(error)) => Err(error),
        }
    }

    /// Opens a file of the archive; `None` when there is none of this name. Several can be read side by side.
    pub(super) fn file(&self, name: &str) -> Option<Box<dyn Read + '_>> {
        let member = self.members.get(name)?;
        let start = member.offset + member.local().len() as u64;
        let window = Window { from: &self.from, next: start, end: start + member.packed };
        let packed = io::BufReader::with_capacity(PIECE, window);
        Some(if member.is_stored() { Box::new(packed) } else { Box::new(DeflateDecoder::new(packed)) })
    }
}

/// A part of the archive.
struct Window<'a, R> {
    from: &'a RefCell<R>,
    next: u64,
    end: u64,
}

impl<R: Read + Seek> Read for Window<'_, R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let mut from = self.from.borrow_mut();
        from.seek(SeekFrom::Start(self.next))?;
        let wanted = usize::try_from(self.end - self.next).unwrap_or(usize::MAX).min(bytes.len());
        let count = from.read(&mut bytes[..wanted])?;
        self.next += count as u64;
        Ok(count)
    }
}

enum Stop {
    Damage(Damage),
    Io(io::Error),
}

fn damaged<T>(place: &str, what: &str) -> Result<T, Stop> {
    Err(Stop::Damage(Damage { place: place.to_owned(), what: what.to_owned() }))
}

/// Reads so many bytes; an archive that ends before is damaged, not unreadable.
fn exact(read: &mut impl Read, count: usize, place: &str) -> Result<Vec<u8>, Stop> {
    let mut bytes = vec![0; count];
    match read.read_exact(&mut bytes) {
        Ok(()) => Ok(bytes),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => damaged(place, "the file ends here, too early"),
        Err(error) => Err(Stop::Io(error)),
    }
}

fn scan(
    read: &mut impl Read,
    end: u64,
    members: &mut BTreeMap<String, Member>,
    sums: &mut Vec<(String, [u8; 32])>,
) -> Result<(), Stop> {
    let mut order = Vec::new();
    let mut offset = 0;
    let mut place = "the beginning of the file".to_owned();
    loop {
        let signature = exact(read, 4, &place)?;
        if signature == *b"PK\x01\x02" || (signature == *b"PK\x05\x06" && order.is_empty()) {
            return directory(read, &signature, &order, offset);
        }
        if signature != *b"PK\x03\x04" {
            return damaged(&place, "no file of an export begins here");
        }
        let head = exact(read, 26, &place)?;
        let word = |at: usize| u16::from_le_bytes([head[at], head[at + 1]]);
        let number = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let (name_length, extra_length) = (usize::from(word(22)), usize::from(word(24)));
        if name_length > LONGEST_NAME || ![0, 20].contains(&extra_length) {
            return damaged(&place, "its header is not that of a file of an export");
        }
        let name = exact(read, name_length, &place)?;
        let name = match String::from_utf8(name) {
            Ok(name) if is_name(&name) => name,
            _ => return damaged(&place, "the name of the next file is none of an export"),
        };
        let extra = exact(read, extra_length, &name)?;
        let large = |at: usize| extra[at..at + 8].try_into().map_or(0, u64::from_le_bytes);
        let (packed, length) = match extra_length {
            0 => (u64::from(number(14)), u64::from(number(18))),
            _ => (large(12), large(4)),
        };
        let member = Member { name: name.clone(), crc: number(10), packed, length, offset };
        let mut written = signature;
        written.extend(&head);
        written.extend(name.as_bytes());
        written.extend(&extra);
        if written != member.local() {
            return damaged(&name, "its header is not as an export writes it");
        }
        offset += written.len() as u64;
        if packed > end.saturating_sub(offset) {
            return damaged(&name, "it is said to be longer than the whole file");
        }
        let sum = contents(read, &member)?;
        offset += packed;
        place = format!("what follows {name}");
        sums.push((name.clone(), sum));
        order.push(member.clone());
        if members.insert(name.clone(), member).is_some() {
            return damaged(&name, "there are two files of this name");
        }
    }
}

/// Reads the bytes of a file and compares them with its header.
fn contents(read: &mut impl Read, member: &Member) -> Result<[u8; 32], Stop> {
    let mut packed = io::BufReader::with_capacity(PIECE, read.take(member.packed));
    let (mut crc, mut sha, mut length) = (Crc::new(), Sha256::new(), 0_u64);
    let mut piece = vec![0; PIECE];
    let mut take = |from: &mut dyn Read| -> Result<(), Stop> {
        loop {
            let count = match from.read(&mut piece) {
                Ok(0) => return Ok(()),
                Ok(count) => count,
                Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData) => {
                    return damaged(&member.name, "it cannot be unpacked");
                }
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    return damaged(&member.name, "the file ends inside of it");
                }
                Err(error) => return Err(Stop::Io(error)),
            };
            length += count as u64;
            if length > member.length {
                return damaged(&member.name, "it is longer than its header says");
            }
            crc.update(&piece[..count]);
            sha.update(&piece[..count]);
        }
    };
    let used = if member.is_stored() {
        take(&mut packed)?;
        length
    } else {
        let mut decoder = flate2::bufread::DeflateDecoder::new(&mut packed);
        take(&mut decoder)?;
        decoder.total_in()
    };
    if used != member.packed || length != member.length || crc.finalize() != member.crc {
        return damaged(&member.name, "its bytes are not those its header tells of");
    }
    Ok(sha.finalize().into())
}

/// Compares the directory, and that nothing follows.
fn directory(read: &mut impl Read, signature: &[u8], order: &[Member], from: u64) -> Result<(), Stop> {
    let place = "the directory at the end of the file";
    let (mut length, mut given) = (0, signature.to_vec());
    let mut compare = |expected: &[u8]| -> Result<(), Stop> {
        let before = given.len();
        given.extend(exact(read, expected.len() - before, place)?);
        let same = given == expected;
        given.clear();
        if same { Ok(()) } else { damaged(place, "it does not list the files as they are") }
    };
    for member in order {
        let line = member.central();
        length += line.len() as u64;
        compare(&line)?;
    }
    compare(&ending(order.len() as u64, from, length))?;
    match read.read(&mut [0]) {
        Ok(0) => Ok(()),
        Ok(_) => damaged("the end of the file", "something follows that is no part of the export"),
        Err(error) => Err(Stop::Io(error)),
    }
}

/// Returns the names of a list, to be compared with another.
pub(super) fn names(sums: &[(String, [u8; 32])]) -> BTreeSet<&str> {
    sums.iter().map(|(name, _)| name.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        let mut writer = Writer::new(Vec::new());
        writer.add("README.ru.md", "# Выгрузка\n".repeat(20).as_bytes()).unwrap();
        writer.add("tile/0/000.p/2", &[7; 64]).unwrap();
        writer.add("empty", b"").unwrap();
        let mut spool = Spool::new().unwrap();
        for line in 0..2000 {
            writeln!(spool, "{{\"index\":{line}}}").unwrap();
        }
        writer.add_spool("events.jsonl", spool).unwrap();
        writer.finish().unwrap()
    }

    fn open(bytes: &[u8]) -> Result<Archive<io::Cursor<&[u8]>>, Damage> {
        Archive::open(io::Cursor::new(bytes)).unwrap()
    }

    #[test]
    fn what_was_written_is_read_and_the_same_files_are_the_same_bytes() {
        let bytes = sample();
        assert_eq!(bytes, sample());
        let archive = open(&bytes).unwrap();
        assert_eq!(archive.sums.len(), 4);
        let mut text = String::new();
        archive.file("events.jsonl").unwrap().read_to_string(&mut text).unwrap();
        assert!(text.ends_with("{\"index\":1999}\n") && text.lines().count() == 2000);
        assert!(archive.file("nothing").is_none());
    }

    #[test]
    fn every_flipped_bit_cut_and_addition_is_seen_or_changes_nothing() {
        let bytes = sample();
        let whole = open(&bytes).unwrap().sums;
        let mut harmless = 0;
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            if let Ok(read) = open(&flipped) {
                // Another way to compress the very same bytes.
                assert_eq!(read.sums, whole, "bit {bit}");
                harmless += 1;
            }
        }
        println!("{harmless} of {} bits change how something is compressed, and nothing else", bytes.len() * 8);
        assert!(harmless < 64, "{harmless}");
        for cut in 0..bytes.len() {
            assert!(open(&bytes[..cut]).is_err(), "cut at {cut}");
        }
        let mut longer = bytes.clone();
        longer.push(0);
        assert!(open(&longer).is_err());
        assert!(open(&[b"x", bytes.as_slice()].concat()).is_err());
    }

    #[test]
    fn more_files_than_the_old_format_can_count() {
        let mut writer = Writer::new(Vec::new());
        for number in 0..70_000 {
            writer.add(&format!("tile/0/x{:03}/{:03}", number / 1000, number % 1000), &[1]).unwrap();
        }
        let bytes = writer.finish().unwrap();
        assert_eq!(open(&bytes).unwrap().sums.len(), 70_000);
    }

    #[test]
    fn headers_of_more_than_four_gigabytes() {
        let member = Member { name: "events.csv".into(), crc: 1, packed: 5 << 30, length: 9 << 30, offset: 7 << 30 };
        assert_eq!(member.local().len(), 30 + 10 + 20);
        assert_eq!(member.central().len(), 46 + 10 + 28);
        assert!(ending(3, 1 << 33, 100).starts_with(b"PK\x06\x06"));
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        let mut writer = Writer::new(Vec::new());
        for name in ["../x", "/etc/passwd", "a//b", "", "a\\b", ".hidden", "a/..", "имя"] {
            assert!(writer.add(name, b"x").is_err(), "{name}");
        }
        writer.add("same", b"1").unwrap();
        assert!(writer.add("same", b"2").is_err());
    }
}
