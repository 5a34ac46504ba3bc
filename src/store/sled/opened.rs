//! The store while it is open: everything that is dropped and made anew after a failure.

use std::{
    fs,
    ops::Range,
    path::Path,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use time::OffsetDateTime;

use super::{
    SledOptions,
    anchor::{Anchor, Mark},
    engine::{Engine, damaged},
    files, guard, io_failed,
    keys::Keys,
    rows::{self, Row},
    segments::Segments,
};
use crate::{
    audit::{Entry, Head, SEGMENT},
    signal::VisitorId,
    store::{Error, ErrorKind},
};

/// How long a folder that is locked is waited for.
const LOCKED: Duration = Duration::from_secs(1);

/// Everything that is open; dropped and made anew after a failure.
#[derive(Debug)]
pub(super) struct Opened {
    pub(super) engine: Engine,
    pub(super) segments: Segments,
    /// Complete segments in files.
    pub(super) sealed: AtomicU64,
    /// Whether the room for a full disk is set aside.
    pub(super) ballast: AtomicBool,
    /// Key of the visitors' index.
    index: [u8; 32],
    /// One writer at a time, so that the compare and the swap of the head are one step.
    pub(super) vault: Mutex<Vault>,
}

#[derive(Debug)]
pub(super) struct Vault {
    pub(super) keys: Keys,
    pub(super) anchor: Anchor,
    pub(super) mark: Mark,
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
            let head = read_head(&engine, "head")?;
            let mut mark = Mark { size: head.size(), root: head.root(), writes: engine.number("writes")? };
            let anchor = match anchor {
                Some((mut anchor, before)) => {
                    if strict {
                        compare(&engine, &head, mark, before, anchor.path())?;
                    }
                    if before != mark && strict {
                        anchor.write(mark).map_err(io_failed("cannot write the anchor"))?;
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
            let mut proposal = [0; 32];
            getrandom::fill(&mut proposal).map_err(|source| {
                Error::new(ErrorKind::Unavailable, "the system gives no random bits for a key").with_source(source)
            })?;
            let proposal = (head.size() == 0).then_some(proposal);
            let index = secret(folder, "visitor-index", proposal)?
                .ok_or_else(|| Error::new(ErrorKind::Corrupt, "the secret `visitor-index` is gone"))?;
            let opened = Self {
                segments: Segments::in_folder(folder).map_err(io_failed("cannot make the folder of segments"))?,
                sealed: AtomicU64::new(engine.number("segments")?),
                engine,
                ballast: AtomicBool::new(false),
                index,
                vault: Mutex::new(Vault { keys, anchor, mark }),
            };
            files::sync_folder(folder).map_err(io_failed("cannot bring the folder of the store to the disk"))?;
            // Whether there is room is asked again by every write.
            let _ = opened.hold_ballast(folder, options);
            Ok(opened)
        })
    }

    pub(super) fn vault(&self) -> MutexGuard<'_, Vault> {
        // After a panic the database is closed and opened anew; nothing of the vault is used again.
        self.vault.lock().unwrap_or_else(PoisonError::into_inner)
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

    pub(super) fn moved(&self, vault: &mut Vault, mark: Mark) -> Result<(), Error> {
        vault.anchor.write(mark).map_err(io_failed("cannot write the anchor"))?;
        vault.mark = mark;
        Ok(())
    }

    pub(super) fn head(&self) -> Result<Head, Error> {
        read_head(&self.engine, "head")
    }

    /// Returns the name of a visitor in the index: without the key it tells nothing.
    pub(super) fn tag(&self, visitor: VisitorId) -> [u8; 16] {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.index).expect("HMAC takes a key of any length");
        mac.update(visitor.as_bytes());
        let tag: [u8; 32] = mac.finalize().into_bytes().into();
        *tag.first_chunk().expect("sixteen of thirty-two bytes")
    }

    /// Returns the rows of a range that exist, in order and without a gap.
    pub(super) fn rows(&self, range: Range<u64>) -> Result<Vec<Row>, Error> {
        let end = range.end.min(self.head()?.size());
        let mut next = range.start.min(end);
        let mut rows = Vec::with_capacity(usize::try_from(end - next).unwrap_or(0).min(1 << 16));
        let sealed = self.sealed.load(Ordering::Acquire) * SEGMENT;
        while next < end.min(sealed) {
            let number = next / SEGMENT;
            let to = end.min((number + 1) * SEGMENT);
            let part = self.segments.rows(number, next - number * SEGMENT, to - number * SEGMENT);
            rows.extend(part.map_err(io_failed("cannot read a segment of the log"))?);
            next = to;
        }
        if next < end {
            for (first, some) in self.engine.rows(next, end)? {
                let some = rows::read(&some).ok_or_else(|| damaged(&format!("entry {first} or one after it")))?;
                for (row, index) in some.into_iter().zip(first..) {
                    if index == next && next < end {
                        rows.push(row);
                        next += 1;
                    }
                }
            }
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
        let slots = self.vault().keys.slots(first, rows.len()).map_err(io_failed("cannot read the keys"))?;
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

/// Compares what the database holds with what its anchor says it held.
pub(super) fn compare(engine: &Engine, head: &Head, now: Mark, before: Mark, path: &Path) -> Result<(), Error> {
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
    // After a crash the database may be one batch ahead of the anchor.
    let root = if head.size() == before.size { head.root() } else { read_head(engine, "previous")?.root() };
    if root != before.root && before.size > 0 {
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
