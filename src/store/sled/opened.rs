//! The store while it is open: everything that is dropped and made anew after a failure.

use std::{
    fs, io,
    ops::Range,
    path::Path,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use time::OffsetDateTime;

use super::{
    SledOptions,
    anchor::{Anchor, Mark},
    aside,
    engine::{Engine, damaged},
    expiries::{Expiries, NEVER},
    files, io_failed,
    keeper::guard,
    keys::Keys,
    marks::{self, Marks},
    rows::{self, Row},
    segments::Segments,
    tail::{Found, Pen, Tail},
    visitors::{Amiss, Record, Visitors},
};
use crate::{
    audit::{Entry, Head, SEGMENT},
    signal::VisitorId,
    store::{Error, ErrorKind, key::tag, random_key},
};

/// Segments whose visitors are looked up again in one piece.
const AGAIN: u64 = 64;
/// Events of which values are destroyed in one step, about.
pub(super) const ERASED: usize = 4096;
/// What the file of times is called where something is wrong with it.
pub(super) const EXPIRES: &str = "list of what expires";
/// How long a folder that is locked is waited for.
const LOCKED: Duration = Duration::from_secs(1);

/// Everything that is open; dropped and made anew after a failure.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) engine: Engine,
    pub(super) segments: Segments,
    /// Complete segments in files.
    pub(super) sealed: AtomicU64,
    /// Whose events are in them.
    pub(super) visitors: Visitors,
    /// What was amiss with that, in a store that is only looked at.
    pub(super) amiss: Amiss,
    /// Whether the room for a full disk is set aside.
    pub(super) ballast: AtomicBool,
    /// Key of the visitors' index.
    index: [u8; 32],
    /// The heads that were found when it was opened, from the start of the newest part on.
    pub(super) heads: Vec<Head>,
    keys: Mutex<Keys>,
    /// What was destroyed; `None` in a store of before this had a file that is only looked at.
    marks: Mutex<Option<Marks>>,
    expiries: Mutex<Expiries>,
    anchor: Mutex<Anchor>,
    /// Writes the newest part of the log; `None` while a store is only looked at that has none.
    pen: Mutex<Option<Pen>>,
    /// What is in the newest part, as far as it is durable.
    tail: Mutex<Tail>,
    /// What the anchor says: a reader must not wait for a write of it.
    mark: Mutex<Mark>,
}

impl Opened {
    /// Opens everything; with `strict` refuses what is older than its anchor.
    pub(super) fn open(folder: &Path, options: &SledOptions, strict: bool) -> Result<Self, Error> {
        let place = folder.display();
        fs::create_dir_all(folder.join("secrets")).map_err(io_failed(&format!("cannot make the folder {place}")))?;
        files::restrict(folder).map_err(io_failed(&format!("cannot close the folder {place} to others")))?;
        files::sweep(folder).map_err(io_failed(&format!("cannot look into the folder {place}")))?;
        let path = options.anchor_of(folder);
        let anchor = Anchor::open(&path).map_err(io_failed(&format!("cannot read the anchor {}", path.display())))?;
        let ballast = folder.join("ballast");
        // sled panics on some damage instead of returning an error. A thread of a database that was dropped a moment ago
        // may still hold its lock.
        let until = Instant::now() + LOCKED;
        let open = || loop {
            match guard(|| Engine::open(folder, options.cache, options.flush_every)) {
                Err(error) if error.to_string().contains("another process") && Instant::now() < until => {
                    std::thread::sleep(Duration::from_millis(10));
                }
                opened => break opened,
            }
        };
        let engine = match open() {
            // On a full disk the room set aside is given up, so that the log can at least be read.
            Err(error) if error.to_string().contains("another process") => return Err(error),
            Err(_) if ballast.exists() && fs::remove_file(&ballast).is_ok() => open()?,
            opened => opened?,
        };
        guard(|| {
            // Until 0.1 the head was in the database.
            let kept = [read_head(&engine, "previous")?, read_head(&engine, "head")?];
            let Found { mut tail, heads, mut pen, torn } = Tail::read(&folder.join("tail"), kept[1].clone())
                .map_err(io_failed("cannot read the newest part of the log"))?;
            let head = tail.head().clone();
            let mut mark = Mark { size: head.size(), root: head.root(), writes: engine.number("writes")? };
            let anchor = match anchor {
                Some((mut anchor, before)) => {
                    if strict {
                        compare(kept.iter().chain(&heads), mark, before, anchor.path())?;
                        // What lies behind is of an append that nobody was told of.
                        if torn || before.size != mark.size {
                            let settled = pen.as_mut().map_or(Ok(()), Pen::settle);
                            settled.map_err(io_failed("cannot bring the newest part of the log to the disk"))?;
                        }
                    }
                    if before != mark && strict {
                        anchor.write(mark).map_err(io_failed("cannot write the anchor"))?;
                        anchor.sync().map_err(io_failed("cannot write the anchor"))?;
                    }
                    if !strict {
                        mark = before;
                    }
                    anchor
                }
                None if strict && (mark.size > 0 || mark.writes > 0) => {
                    let what = format!(
                        "the anchor {} of the store in {place} is missing; it moves with the folder, and `store check \
                         --renew-anchor` makes a new one after everything was checked",
                        path.display()
                    );
                    return Err(Error::new(ErrorKind::Corrupt, what));
                }
                None => Anchor::create(&path, mark)
                    .map_err(io_failed(&format!("cannot write the anchor {}", path.display())))?,
            };
            let keys = Keys::open(&folder.join("keys"), head.size()).map_err(io_failed("cannot open the keys"))?;
            let made = strict && (head.size() == 0 || engine.is_old());
            let marks = Marks::open(&folder.join("marks"), made, strict)
                .map_err(io_failed("cannot open the list of what was erased"));
            // A check goes on without it, and tells.
            let marks = if strict { marks? } else { marks.unwrap_or_default() };
            if strict && marks.is_none() {
                return Err(Error::new(ErrorKind::Corrupt, "the list of what was erased, `marks`, is gone"));
            }
            let proposal = (head.size() == 0).then(random_key).transpose()?;
            let index = secret(folder, "visitor-index", proposal)?
                .ok_or_else(|| Error::new(ErrorKind::Corrupt, "the secret `visitor-index` is gone"))?;
            if strict && pen.is_none() {
                let fresh = Pen::begin(&folder.join("tail"), &head);
                let fresh = fresh.map_err(io_failed("cannot begin the newest part of the log"))?;
                tail.begin(fresh.path().to_owned());
                pen = Some(fresh);
            }
            let sealed = engine.number("segments")?;
            let (visitors, mut amiss) =
                Visitors::open(folder, sealed, strict).map_err(io_failed("cannot open the visitors' index"))?;
            if strict && !amiss.damaged.is_empty() {
                return Err(io_failed("cannot open the visitors' index")(amiss.damaged.remove(0).1));
            }
            let expiries = match Expiries::open(&folder.join("expiries"), sealed, strict) {
                Err(error) if strict => return Err(io_failed("cannot open the list of what expires")(error)),
                Err(error) => {
                    amiss.damaged.push((EXPIRES, error));
                    Expiries::none()
                }
                Ok(expiries) => expiries,
            };
            let opened = Self {
                pen: Mutex::new(pen),
                tail: Mutex::new(tail),
                heads,
                segments: Segments::in_folder(folder).map_err(io_failed("cannot make the folder of segments"))?,
                sealed: AtomicU64::new(sealed),
                visitors,
                amiss,
                engine,
                ballast: AtomicBool::new(false),
                index,
                keys: Mutex::new(keys),
                marks: Mutex::new(marks),
                expiries: Mutex::new(expiries),
                anchor: Mutex::new(anchor),
                mark: Mutex::new(mark),
            };
            if strict {
                opened.mend()?;
            }
            opened.learn()?;
            if strict {
                // Without it withdrawals that the log cannot take do not outlive the process.
                let _ = aside::make(&folder.join("aside"));
            }
            files::sync_folder(folder).map_err(io_failed("cannot bring the folder of the store to the disk"))?;
            // Whether there is room is asked again by every write.
            let _ = opened.hold_ballast(folder, options);
            Ok(opened)
        })
    }

    // After a panic the store is closed and opened anew; nothing behind these locks is used again.
    pub(super) fn keys(&self) -> MutexGuard<'_, Keys> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn expiries(&self) -> MutexGuard<'_, Expiries> {
        self.expiries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn anchor(&self) -> MutexGuard<'_, Anchor> {
        self.anchor.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns how far the log has come, and how many other writes there were, durably.
    pub(super) fn mark(&self) -> Mark {
        *self.mark.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Refuses to write without the room that is set aside: it must be there when the disk is full.
    pub(super) fn hold_ballast(&self, folder: &Path, options: &SledOptions) -> Result<(), Error> {
        if self.ballast.load(Ordering::Acquire) {
            return Ok(());
        }
        let size = files::ballast_size(folder, options.ballast);
        if size > 0 && !files::hold_ballast(&folder.join("ballast"), size) {
            return Err(Error::new(ErrorKind::Full, format!("no room on the disk of {}", folder.display())));
        }
        self.ballast.store(true, Ordering::Release);
        Ok(())
    }

    pub(super) fn tail(&self) -> MutexGuard<'_, Tail> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Learns what the entries that are in no segment yet are about.
    fn learn(&self) -> Result<(), Error> {
        let (_, end) = self.tail().span();
        let first = (self.sealed.load(Ordering::Acquire) * SEGMENT).min(end);
        for start in (first..end).step_by(SEGMENT as usize) {
            let rows = self.rows(start..end.min(start + SEGMENT))?;
            let slots = self.keys().slots(start, rows.len()).map_err(io_failed("cannot read the keys"))?;
            for ((row, slot), index) in rows.into_iter().zip(&slots).zip(start..) {
                let (tag, until) = self.about(row, slot, index);
                self.tail().learn(index, tag, until);
            }
        }
        Ok(())
    }

    /// Returns whose an entry is and when something of it expires, 0 for nothing. Of one that cannot be read that is nobody and
    /// never: who asks for it is told.
    fn about(&self, row: Row, slot: &[u8; 32], index: u64) -> (Option<[u8; 16]>, u64) {
        let Ok((disclosures, brief)) = row.open(index, slot) else { return (None, 0) };
        let until = if brief.is_empty() { 0 } else { row.until };
        let visitor = Entry::from_parts(row.leaf, disclosures).subject().unwrap_or_default();
        (visitor.map(|visitor| self.tag(visitor)), until)
    }

    /// Ends an erasure that a crash cut off, and makes what is missing beside the database.
    fn mend(&self) -> Result<(), Error> {
        let old = self.engine.old_marks()?;
        for mark in [marks::BRIEF, marks::ALL] {
            let marked = old.iter().filter(|(_, bits)| bits & mark != 0);
            self.add_mark(&marked.map(|(index, _)| *index).collect::<Vec<_>>(), mark)?;
        }
        let owed = self.engine.owed(self.head().size())?;
        if let Some((indexes, mark)) = &owed {
            self.destroy(indexes, *mark)?;
        }
        self.make_again(&self.amiss.missing)?;
        let (known, sealed) = (self.expiries().next().len() as u64, self.sealed.load(Ordering::Acquire));
        for segment in known..sealed {
            // One that cannot be read is looked at again each time; a check tells of it.
            let next = self.due(segment, 0).map_or(0, |(_, next)| next);
            self.expiries().note(segment, next, segment + 1 == sealed).map_err(expiries_failed())?;
        }
        if let Some((indexes, mark)) = &owed {
            if mark & marks::ALL != 0 {
                let removed = self.visitors.forget_events(indexes).map_err(index_failed())?;
                self.make_again(&removed)?;
            }
            self.engine.erased()?;
        }
        if self.engine.is_old() { self.engine.drop_old() } else { Ok(()) }
    }

    /// Makes lists of visitors that are not there.
    fn make_again(&self, missing: &[Range<u64>]) -> Result<(), Error> {
        for missing in missing {
            for start in missing.clone().step_by(AGAIN as usize) {
                let segments = start..missing.end.min(start + AGAIN);
                self.visitors.write(segments.clone(), self.known(segments.clone())?).map_err(index_failed())?;
                self.visitors.add(segments).map_err(index_failed())?;
            }
        }
        Ok(())
    }

    /// Destroys values of events, which are in order: keys, marks, and what the visitors' index tells of them under `tag`. It is
    /// said in the database first, so that it is ended after a crash.
    pub(super) fn erase(&self, indexes: &[u64], mark: u8, tag: Option<[u8; 16]>) -> Result<(), Error> {
        self.counted(|writes| self.engine.erasing(indexes, mark, writes))?;
        self.destroy(indexes, mark)?;
        if let Some(tag) = tag {
            self.visitors.forget(&tag, indexes).map_err(index_failed())?;
        }
        self.engine.erased()?;
        self.tail().erased(&indexes.iter().copied().collect(), mark == marks::ALL);
        Ok(())
    }

    pub(super) fn destroy(&self, indexes: &[u64], mark: u8) -> Result<(), Error> {
        let brief = mark == marks::BRIEF;
        self.keys().destroy(indexes, brief).map_err(io_failed("cannot destroy the keys of personal values"))?;
        self.add_mark(indexes, mark)
    }

    fn add_mark(&self, indexes: &[u64], mark: u8) -> Result<(), Error> {
        if indexes.is_empty() {
            return Ok(());
        }
        let mut marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        let marks = marks.as_mut().ok_or_else(|| Error::new(ErrorKind::Unavailable, "the store is only looked at"))?;
        marks.add(indexes, mark).map_err(io_failed("cannot write what was erased"))
    }

    /// Says whether it is known what was erased.
    pub(super) fn has_marks(&self) -> bool {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Returns what was destroyed of events in a row.
    pub(super) fn marks(&self, events: Range<u64>) -> Result<Vec<u8>, Error> {
        let mut marks = self.marks.lock().unwrap_or_else(PoisonError::into_inner);
        match marks.as_mut() {
            Some(marks) => marks.of(events).map_err(io_failed("cannot read what was erased")),
            None => Ok(events.map(|_| 0).collect()),
        }
    }

    /// Destroys some of the values whose time came before `now`; returns of how many events.
    pub(super) fn expire(&self, now: u64) -> Result<u64, Error> {
        let mut indexes: Vec<u64> = self.tail().expired(now).take(ERASED).collect();
        let due: Vec<u64> = self
            .expiries()
            .next()
            .iter()
            .zip(0..)
            .filter(|(next, _)| **next < now)
            .map(|(_, segment)| segment)
            .collect();
        let mut looked = Vec::new();
        for segment in due {
            if indexes.len() >= ERASED {
                break;
            }
            // What cannot be read must not keep the others; a check tells of it.
            let Ok((some, next)) = self.due(segment, now) else { continue };
            indexes.extend(some);
            looked.push((segment, next));
        }
        if !indexes.is_empty() {
            indexes.sort_unstable();
            self.erase(&indexes, marks::BRIEF, None)?;
        }
        for (segment, next) in looked {
            self.expiries().note(segment, next, false).map_err(expiries_failed())?;
        }
        Ok(indexes.len() as u64)
    }

    /// Returns the events of a segment with values whose time came before `now`, and when the next one's comes.
    pub(super) fn due(&self, segment: u64, now: u64) -> Result<(Vec<u64>, u64), Error> {
        let start = segment * SEGMENT;
        let rows = self.segments.rows(segment, 0, SEGMENT).map_err(io_failed("cannot read a segment of the log"))?;
        let (mut due, mut next) = (Vec::new(), NEVER);
        for ((row, mark), index) in rows.iter().zip(self.marks(start..start + SEGMENT)?).zip(start..) {
            match row.until {
                0 => {}
                _ if mark & (marks::BRIEF | marks::ALL) != 0 => {}
                until if until < now => due.push(index),
                until => next = next.min(until),
            }
        }
        Ok((due, next))
    }

    /// Derives whose events are in segments, as far as they can be read.
    fn known(&self, segments: Range<u64>) -> Result<Vec<Record>, Error> {
        let mut known = Vec::new();
        for segment in segments {
            let start = segment * SEGMENT;
            // What cannot be read is no visitor's; a check tells of it.
            let Ok(rows) = self.segments.rows(segment, 0, SEGMENT) else { continue };
            let slots = self.keys().slots(start, rows.len()).map_err(io_failed("cannot read the keys"))?;
            for ((row, slot), index) in rows.into_iter().zip(&slots).zip(start..) {
                known.extend(self.about(row, slot, index).0.map(|tag| (tag, index)));
            }
        }
        Ok(known)
    }

    /// Writes something beside the log under the next number of a write, durably, and moves the anchor with it.
    pub(super) fn counted(&self, write: impl FnOnce(u64) -> Result<(), Error>) -> Result<(), Error> {
        let writes = self.engine.number("writes")? + 1;
        write(writes)?;
        self.engine.make_durable()?;
        self.moved(Mark { writes, ..self.mark() })?;
        self.anchor_durable()
    }

    /// Moves the anchor; a crash of the process finds it moved, a power cut only after [`Opened::anchor_durable`].
    pub(super) fn moved(&self, mark: Mark) -> Result<(), Error> {
        self.anchor().write(mark).map_err(io_failed("cannot write the anchor"))?;
        *self.mark.lock().unwrap_or_else(PoisonError::into_inner) = mark;
        Ok(())
    }

    /// Brings the anchor to the disk.
    pub(super) fn anchor_durable(&self) -> Result<(), Error> {
        self.anchor().sync().map_err(io_failed("cannot write the anchor"))
    }

    pub(super) fn head(&self) -> Head {
        self.tail().head().clone()
    }

    /// Appends entries after the head, durably.
    pub(super) fn append(&self, folder: &Path, entries: &[Entry], next: &Head) -> Result<(), Error> {
        let head = self.head();
        let first = head.size();
        let mut pen = self.pen.lock().unwrap_or_else(PoisonError::into_inner);
        let pen = pen.as_mut().ok_or_else(|| Error::new(ErrorKind::Unavailable, "the store is only looked at"))?;
        if pen.count() >= SEGMENT {
            let begun = Pen::begin(&folder.join("tail"), &head);
            *pen = begun.map_err(room_failed("cannot begin the newest part of the log"))?;
            self.tail().begin(pen.path().to_owned());
        }
        self.keys().fill(next.size()).map_err(room_failed("cannot make the keys of the personal values"))?;
        let slots = self.keys().slots(first, entries.len()).map_err(io_failed("cannot read the keys"))?;
        let rows = entries.iter().zip(&slots).zip(first..).map(|((entry, slot), index)| Row::seal(index, slot, entry));
        let rows: Vec<Row> = rows.collect::<Option<_>>().ok_or_else(|| damaged("the key of a new event"))?;
        // A crash leaves the batch or nothing of it; nobody was told yet.
        let places = pen.append(&rows, next).map_err(room_failed("cannot write the log"))?;
        // A crash before the anchor moves leaves it one batch behind, which opening forgives.
        self.moved(Mark { size: next.size(), root: next.root(), ..self.mark() })?;
        let tags: Vec<_> = entries.iter().map(|entry| entry.visitor.map(|visitor| self.tag(visitor))).collect();
        let mut tail = self.tail();
        tail.push(places, next.clone());
        for ((row, tag), index) in rows.iter().zip(tags).zip(first..) {
            tail.learn(index, tag, row.until);
        }
        Ok(())
    }

    /// Returns the places of a visitor's events, in order.
    pub(super) fn places(&self, tag: &[u8; 16]) -> Result<Vec<u64>, Error> {
        // In this order an entry that moves into a segment meanwhile is found twice rather than not at all.
        let recent = self.tail().visitors.get(tag).cloned().unwrap_or_default();
        let mut places = self.visitors.places(tag).map_err(index_failed())?;
        places.extend(recent);
        places.sort_unstable();
        places.dedup();
        Ok(places)
    }

    /// Returns under which name, if any, the visitors' index has an event; `None` where the event is not there, has no personal
    /// values, or none any more.
    pub(super) fn whose(&self, index: u64) -> Result<Option<Option<[u8; 16]>>, Error> {
        let Some(entry) = self.entries(index..index.saturating_add(1))?.pop() else { return Ok(None) };
        if entry.disclosures.is_empty() && entry.brief.is_empty() {
            return Ok(None);
        }
        let whose = entry.subject().map_err(|source| damaged(&format!("entry {index}")).with_source(source))?;
        Ok(Some(whose.map(|visitor| self.tag(visitor))))
    }

    /// Returns the name of a visitor in the index: without the key it tells nothing.
    pub(super) fn tag(&self, visitor: VisitorId) -> [u8; 16] {
        tag(&self.index, visitor)
    }

    /// Returns the rows of a range that exist, in order and without a gap.
    pub(super) fn rows(&self, range: Range<u64>) -> Result<Vec<Row>, Error> {
        loop {
            let sealed = self.sealed.load(Ordering::Acquire);
            match self.rows_beside(range.clone(), sealed * SEGMENT) {
                // They moved into a segment meanwhile.
                Err(_) if self.sealed.load(Ordering::Acquire) != sealed => {}
                done => return done,
            }
        }
    }

    /// Reads rows, those below `sealed` from segments.
    fn rows_beside(&self, range: Range<u64>, sealed: u64) -> Result<Vec<Row>, Error> {
        let (first, size) = self.tail().span();
        let end = range.end.min(size);
        let mut next = range.start.min(end);
        let mut rows = Vec::with_capacity(usize::try_from(end - next).unwrap_or(0).min(1 << 16));
        while next < end.min(sealed) {
            let number = next / SEGMENT;
            let to = end.min((number + 1) * SEGMENT);
            let part = self.segments.rows(number, next - number * SEGMENT, to - number * SEGMENT);
            rows.extend(part.map_err(io_failed("cannot read a segment of the log"))?);
            next = to;
        }
        // Of a store of before 0.1: what was written while the database held the newest part.
        let until = end.min(first);
        if next < until {
            for (first, some) in self.engine.rows(next, until)? {
                let some = rows::read(&some).ok_or_else(|| damaged(&format!("entry {first} or one after it")))?;
                for (row, index) in some.into_iter().zip(first..) {
                    if index == next && next < until {
                        rows.push(row);
                        next += 1;
                    }
                }
            }
        }
        if next < end {
            let part = self.tail().rows(next..end).map_err(io_failed("cannot read the newest part of the log"))?;
            next += part.len() as u64;
            rows.extend(part);
        }
        match next == end {
            true => Ok(rows),
            false => Err(Error::new(ErrorKind::Corrupt, format!("entry {next} is missing"))),
        }
    }

    pub(super) fn entries(&self, range: Range<u64>) -> Result<Vec<Entry>, Error> {
        let first = range.start;
        let rows = self.rows(range)?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let slots = self.keys().slots(first, rows.len()).map_err(io_failed("cannot read the keys"))?;
        let entries = rows.into_iter().zip(slots).zip(first..).map(|((row, slot), index)| {
            let opened = row.open(index, &slot);
            let (disclosures, brief) = opened.map_err(|()| damaged(&format!("the personal part of entry {index}")))?;
            let until = i64::try_from(row.until).ok().filter(|_| !brief.is_empty());
            let until = until.and_then(|until| OffsetDateTime::from_unix_timestamp(until).ok());
            Ok(Entry::from_parts(row.leaf, disclosures).with_brief(brief, until))
        });
        entries.collect()
    }
}

/// Compares what the store holds with what its anchor says it held; `heads` are those the log is known to have had.
pub(super) fn compare<'a>(
    heads: impl IntoIterator<Item = &'a Head>,
    now: Mark,
    before: Mark,
    path: &Path,
) -> Result<(), Error> {
    let older = |what: String| {
        let advice = "the store was set back or has lost entries; `store check` tells what is there, `store restore` rebuilds it";
        Err(Error::new(ErrorKind::Corrupt, format!("{what} (anchor {}): {advice}", path.display())))
    };
    if now.size < before.size {
        return older(format!("the log has {} entries and once had {}", now.size, before.size));
    }
    if now.writes < before.writes {
        return older(format!("the store counts {} writes and once counted {}", now.writes, before.writes));
    }
    // After a crash the log may be ahead of the anchor.
    let same = |head: &Head| head.size() == before.size && head.root() == before.root;
    if before.size > 0 && !heads.into_iter().any(same) {
        return older(format!("the first {} entries of the log are not what they were", before.size));
    }
    Ok(())
}

pub(super) fn read_head(engine: &Engine, name: &str) -> Result<Head, Error> {
    match engine.meta(name)? {
        None => Ok(Head::EMPTY),
        Some(bytes) => Head::decode(&bytes).ok_or_else(|| damaged("the head of the log")),
    }
}

/// Returns a secret; one that is not there becomes the proposal.
pub(super) fn secret(folder: &Path, name: &str, proposal: Option<[u8; 32]>) -> Result<Option<[u8; 32]>, Error> {
    let path = folder.join("secrets").join(name);
    let kept = files::read_secret(&path).map_err(io_failed(&format!("cannot read the secret `{name}`")))?;
    match (kept, proposal) {
        (None, Some(proposal)) => {
            files::write_secret(&path, &proposal).map_err(io_failed(&format!("cannot keep the secret `{name}`")))?;
            Ok(Some(proposal))
        }
        (kept, _) => Ok(kept),
    }
}

/// What failed is the index of visitors.
pub(super) fn index_failed() -> impl FnOnce(io::Error) -> Error {
    io_failed("cannot read or write the visitors' index")
}

/// What failed is the list of what expires.
pub(super) fn expiries_failed() -> impl FnOnce(io::Error) -> Error {
    io_failed("cannot write what expires")
}

/// As [`io_failed`], where a full disk has left everything as it was.
fn room_failed(what: &str) -> impl FnOnce(io::Error) -> Error + use<> {
    let what = what.to_owned();
    move |source| match source.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            Error::new(ErrorKind::Full, what).with_source(source)
        }
        _ => io_failed(&what)(source),
    }
}
