//! The tests every store must pass, for stores that live elsewhere too (feature `conformance`).
//!
//! In: a way to open a store. Out: the first promise of [`ConsentStore`] that it breaks. What a crash does is not asked
//! here: only whoever can pull the plug can ask.

use std::{collections::BTreeSet, fmt, sync::Arc};

use time::{Duration, OffsetDateTime};

use super::{ConsentStore, Erasure, Error, ErrorKind, LARGEST_NOTE, LONGEST_NAME, tree, wait};
use crate::{
    audit::{Entry, Head, SEGMENT, entry::SALTS},
    record::{Kind, Record},
    signal::VisitorId,
};

/// A promise that a store does not keep.
///
/// # Example
///
/// ```
/// use tower_consent::store::{Memory, conformance};
/// // A store in memory keeps every promise but one.
/// let broken = pollster::block_on(conformance::check(Memory::default, true)).unwrap_err();
/// assert_eq!(broken.to_string(), "what was written is there after a restart: it is not the same");
/// ```
#[derive(Debug)]
pub struct Broken {
    promise: &'static str,
    how: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.promise, self.how)
    }
}

impl std::error::Error for Broken {}

type Kept = Result<(), Broken>;

/// Opens stores, and asks each for what the contract promises.
///
/// `open` must give the same store every time when `survives` is true, as a restart would; it is only called after the
/// one before was dropped. Otherwise it must give an empty one.
///
/// # Errors
///
/// The first promise that was broken.
///
/// # Example
///
/// ```
/// use tower_consent::store::{Memory, conformance};
/// let broken = pollster::block_on(conformance::check(Memory::default, false));
/// assert!(broken.is_ok());
/// ```
pub async fn check<S: ConsentStore + 'static>(mut open: impl FnMut() -> S, survives: bool) -> Kept {
    let store = Arc::new(open());
    empty(store.as_ref()).await?;
    let visitors = appends(store.as_ref()).await?;
    conflicts(store.as_ref()).await?;
    races(store.clone()).await?;
    texts(store.as_ref()).await?;
    secrets(store.as_ref()).await?;
    aside(store.as_ref()).await?;
    notes(store.as_ref()).await?;
    erases(store.as_ref(), visitors).await?;
    erases_one_event(store.as_ref()).await?;
    expires(store.as_ref()).await?;
    segments(store.as_ref()).await?;
    if survives {
        let before = everything(store.as_ref()).await?;
        drop(store);
        let after = everything(&open()).await?;
        ensure("what was written is there after a restart", before == after, || "it is not the same".to_owned())?;
    }
    Ok(())
}

fn ensure(promise: &'static str, kept: bool, how: impl FnOnce() -> String) -> Kept {
    if kept { Ok(()) } else { Err(Broken { promise, how: how() }) }
}

/// Turns an error that should not be into a broken promise.
fn needs<T>(promise: &'static str, result: Result<T, Error>) -> Result<T, Broken> {
    result.map_err(|error| Broken { promise, how: error.to_string() })
}

fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::UNIX_EPOCH + Duration::seconds(1_764_000_000 + seconds)
}

fn visitor(number: u64) -> VisitorId {
    let mut bits = [7; 16];
    bits[..8].copy_from_slice(&number.to_be_bytes());
    VisitorId::from_random(bits)
}

fn entry(whose: Option<VisitorId>, seconds: i64, page: bool) -> Result<Entry, Broken> {
    let mut record = Record::of(Kind::Accept, at(seconds), "conformance");
    record.visitor = whose;
    record.page = page.then(|| "/a page".to_owned());
    let mut salts = [[0; 16]; SALTS];
    let made = getrandom::fill(salts.as_flattened_mut()).ok().and_then(|()| Entry::new(&record, None, salts).ok());
    made.ok_or_else(|| Broken { promise: "the tests can run", how: "no entry could be made".to_owned() })
}

async fn append(store: &dyn ConsentStore, entries: Vec<Entry>) -> Result<Head, Broken> {
    const PROMISE: &str = "an append after the head is written";
    let head = needs(PROMISE, store.head().await)?;
    let next = head.append(entries.iter().map(|entry| entry.leaf.as_slice()));
    needs(PROMISE, store.append(head, entries, next.clone()).await)?;
    let now = needs(PROMISE, store.head().await)?;
    ensure("an append moves the head", now == next, || format!("{} entries instead of {}", now.size(), next.size()))?;
    Ok(next)
}

async fn empty(store: &dyn ConsentStore) -> Kept {
    const PROMISE: &str = "a new store is empty and says so";
    ensure(PROMISE, needs(PROMISE, store.head().await)? == Head::EMPTY, || "it has a head".to_owned())?;
    ensure(PROMISE, needs(PROMISE, store.read(0..10).await)?.is_empty(), || "it has entries".to_owned())?;
    ensure(PROMISE, needs(PROMISE, store.by_visitor(visitor(0)).await)?.is_empty(), || {
        "it knows a visitor".to_owned()
    })?;
    let document = needs(PROMISE, store.document("nothing".to_owned()).await)?;
    ensure(PROMISE, document.is_none(), || "it has a text".to_owned())?;
    ensure(PROMISE, needs(PROMISE, store.erase(Erasure::Visitor(visitor(0))).await)? == 0, || "it erased".to_owned())
}

async fn appends(store: &dyn ConsentStore) -> Result<(VisitorId, VisitorId), Broken> {
    const PROMISE: &str = "entries read back as they were written, in order";
    let (first, second) = (visitor(1), visitor(2));
    let written = vec![
        entry(Some(first), 0, true)?,
        entry(None, 1, false)?,
        entry(Some(second), 2, true)?,
        entry(Some(first), 3, false)?,
    ];
    append(store, written[..1].to_vec()).await?;
    append(store, written[1..].to_vec()).await?;
    let read = needs(PROMISE, store.read(0..100).await)?;
    ensure(PROMISE, read.len() == written.len(), || format!("{} of {}", read.len(), written.len()))?;
    for ((read, written), index) in read.iter().zip(&written).zip(0..) {
        let same = read.leaf == written.leaf
            && read.disclosures == written.disclosures
            && read.brief == written.brief
            && read.brief_until.map(OffsetDateTime::unix_timestamp)
                == written.brief_until.map(OffsetDateTime::unix_timestamp);
        ensure(PROMISE, same, || format!("entry {index} is another"))?;
        ensure("who it was is told by `by_visitor` alone", read.visitor.is_none(), || format!("entry {index}"))?;
    }
    for (range, count) in [(1..3, 2), (3..9, 1), (4..9, 0), (2..2, 0), (9..u64::MAX, 0)] {
        let read = needs(PROMISE, store.read(range.clone()).await)?.len();
        ensure(PROMISE, read == count, || format!("{range:?} has {read} entries"))?;
    }
    let places = needs(PROMISE, store.by_visitor(first).await)?;
    ensure("a visitor's events are found, in order", places == [0, 3], || format!("{places:?}"))?;
    let last = needs(PROMISE, store.last_of(vec![second, visitor(3), first]).await)?;
    ensure("visitors' last events are found", last == [Some(2), None, Some(3)], || format!("{last:?}"))?;
    Ok((first, second))
}

async fn conflicts(store: &dyn ConsentStore) -> Kept {
    const PROMISE: &str = "an append that is not after the head writes nothing";
    let head = needs(PROMISE, store.head().await)?;
    let extra = vec![entry(Some(visitor(3)), 4, false)?];
    let wrong = Head::EMPTY.append([b"another past".as_slice()]);
    for expected in [Head::EMPTY, wrong] {
        let next = expected.append(extra.iter().map(|entry| entry.leaf.as_slice()));
        let error = store.append(expected, extra.clone(), next).await.err().map(|error| error.kind());
        ensure(PROMISE, error == Some(ErrorKind::Conflict), || format!("{error:?} instead of a conflict"))?;
    }
    let error = store.append(head.clone(), extra, head.clone()).await.err().map(|error| error.kind());
    ensure("a head that does not count the entries is refused", error == Some(ErrorKind::Refused), || {
        format!("{error:?}")
    })?;
    ensure(PROMISE, needs(PROMISE, store.head().await)? == head, || "the head moved".to_owned())?;
    ensure(PROMISE, needs(PROMISE, store.by_visitor(visitor(3)).await)?.is_empty(), || "a visitor is known".to_owned())
}

async fn races(store: Arc<dyn ConsentStore>) -> Kept {
    const PROMISE: &str = "of appends on one head exactly one is written, from any thread and without a runtime";
    const WRITERS: u64 = 4;
    const EACH: u64 = 8;
    let before = needs(PROMISE, store.head().await)?.size();
    let write = |writer: u64, store: Arc<dyn ConsentStore>| -> Kept {
        for number in 0..EACH {
            let mine = vec![entry(Some(visitor(100 + writer)), i64::try_from(number).unwrap_or(0), false)?];
            loop {
                let head = needs(PROMISE, wait(store.head()))?;
                let next = head.append(mine.iter().map(|entry| entry.leaf.as_slice()));
                match wait(store.append(head, mine.clone(), next)) {
                    Ok(()) => break,
                    Err(error) if error.kind() == ErrorKind::Conflict => std::thread::yield_now(),
                    Err(error) => return Err(Broken { promise: PROMISE, how: error.to_string() }),
                }
            }
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                scope.spawn({
                    let store = store.clone();
                    move || write(writer, store)
                })
            })
            .collect();
        writers.into_iter().try_for_each(|writer| {
            writer.join().unwrap_or_else(|_| Err(Broken { promise: PROMISE, how: "it panicked".to_owned() }))
        })
    })?;
    let after = needs(PROMISE, store.head().await)?.size();
    ensure(PROMISE, after == before + WRITERS * EACH, || {
        format!("{} of {} were written", after - before, WRITERS * EACH)
    })?;
    needs("the head is the tree over the entries", tree(store.as_ref()).await)?;
    for writer in 0..WRITERS {
        let places = needs(PROMISE, store.by_visitor(visitor(100 + writer)).await)?;
        ensure(PROMISE, places.len() as u64 == EACH && places.is_sorted(), || format!("{places:?}"))?;
    }
    Ok(())
}

async fn texts(store: &dyn ConsentStore) -> Kept {
    const PROMISE: &str = "a text is kept under its name, and never becomes another";
    for (name, text) in [("b", "one"), ("a", "two"), ("b", "three"), ("policy/a", "")] {
        needs(PROMISE, store.put_document(name.to_owned(), text.as_bytes().to_vec()).await)?;
    }
    let several = [("d", "four"), ("a", "five"), ("d", "six")];
    let several = several.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec())).to_vec();
    needs(PROMISE, store.put_documents(several).await)?;
    for (name, text) in
        [("a", Some("two")), ("b", Some("one")), ("c", None), ("d", Some("four")), ("policy/a", Some(""))]
    {
        let found = needs(PROMISE, store.document(name.to_owned()).await)?;
        ensure(PROMISE, found.as_deref() == text.map(str::as_bytes), || format!("`{name}` is {found:?}"))?;
    }
    let names = needs(PROMISE, store.documents().await)?;
    ensure("the names of all texts are told, sorted", names == ["a", "b", "d", "policy/a"], || format!("{names:?}"))?;
    let large = vec![b'x'; 1 << 20];
    needs(PROMISE, store.put_document("large".to_owned(), large.clone()).await)?;
    let found = needs(PROMISE, store.document("large".to_owned()).await)?;
    ensure(PROMISE, found.as_deref() == Some(large.as_slice()), || "a large text is another".to_owned())
}

async fn secrets(store: &dyn ConsentStore) -> Kept {
    const PROMISE: &str = "the first secret of a name stays";
    let mut given = BTreeSet::new();
    for (name, byte) in [("conformance-1", 1), ("conformance-1", 2), ("conformance-2", 3)] {
        given.insert(needs(PROMISE, store.secret(name.to_owned(), [byte; 32]).await)?);
    }
    ensure(PROMISE, given == [[1; 32], [3; 32]].into(), || "it was replaced".to_owned())?;
    let listed = needs(PROMISE, store.secrets("conformance-".to_owned()).await)?;
    let wanted = [("conformance-1".to_owned(), [1; 32]), ("conformance-2".to_owned(), [3; 32])];
    ensure("secrets are listed by prefix, sorted", listed == wanted, || format!("{} are listed", listed.len()))
}

/// A store may have no room set aside, and says so then.
async fn aside(store: &dyn ConsentStore) -> Kept {
    const PROMISE: &str = "what is set aside is there, in order, until it is destroyed";
    let [one, two] = [b"one".to_vec(), b"two".to_vec()];
    if !needs(PROMISE, store.set_aside(one.clone()).await)? {
        let nothing = needs(PROMISE, store.aside().await)?;
        return ensure("what is refused is not set aside", nothing.is_empty(), || format!("{nothing:?}"));
    }
    needs(PROMISE, store.set_aside(two.clone()).await)?;
    for kept in [vec![one, two.clone()], vec![two], Vec::new()] {
        needs(PROMISE, store.keep_aside(kept.clone()).await)?;
        let there = needs(PROMISE, store.aside().await)?;
        ensure(PROMISE, there == kept, || format!("{there:?} and not {kept:?}"))?;
    }
    Ok(())
}

async fn notes(store: &dyn ConsentStore) -> Kept {
    const PROMISE: &str = "a note is what was written last under its name";
    for (name, bytes) in [("n/b", "1"), ("n/a", "2"), ("o", "3"), ("n/b", "4"), ("n/c", "5"), ("n/c", "")] {
        needs(PROMISE, store.put_note(name.to_owned(), bytes.as_bytes().to_vec()).await)?;
    }
    let listed = needs(PROMISE, store.notes("n/".to_owned()).await)?;
    let wanted = [("n/a".to_owned(), b"2".to_vec()), ("n/b".to_owned(), b"4".to_vec())];
    ensure("notes are listed by prefix, sorted, without the removed", listed == wanted, || format!("{listed:?}"))?;
    let found = needs(PROMISE, store.note("n/c".to_owned()).await)?;
    ensure("no bytes remove a note", found.is_none(), || "it is there".to_owned())?;
    for (name, length) in [
        (String::new(), 1),
        ("a b".to_owned(), 1),
        ("n".repeat(LONGEST_NAME + 1), 1),
        ("n".to_owned(), LARGEST_NOTE + 1),
    ] {
        let error = store.put_note(name, vec![1; length]).await.err().map(|error| error.kind());
        ensure("names and sizes have limits", error == Some(ErrorKind::Refused), || format!("{error:?}"))?;
    }
    Ok(())
}

async fn erases(store: &dyn ConsentStore, (first, second): (VisitorId, VisitorId)) -> Kept {
    const PROMISE: &str = "erasing a visitor destroys his values, all of them, and nothing else";
    let before = needs(PROMISE, store.read(0..4).await)?;
    let count = needs(PROMISE, store.erase(Erasure::Visitor(first)).await)?;
    ensure(PROMISE, count == 2, || format!("{count} events instead of 2"))?;
    let after = needs(PROMISE, store.read(0..4).await)?;
    for index in [0, 3] {
        let gone = after[index].disclosures.is_empty() && after[index].brief.is_empty();
        ensure(PROMISE, gone, || format!("entry {index} still has values"))?;
        ensure("an erasure leaves the log as it was", after[index].leaf == before[index].leaf, || {
            format!("entry {index}")
        })?;
    }
    ensure(PROMISE, after[2] == before[2], || "another visitor's event has changed".to_owned())?;
    for (whose, places) in [(first, Vec::new()), (second, vec![2])] {
        let found = needs(PROMISE, store.by_visitor(whose).await)?;
        ensure(PROMISE, found == places, || format!("{found:?} instead of {places:?}"))?;
    }
    let again = needs(PROMISE, store.erase(Erasure::Visitor(first)).await)?;
    ensure("an erasure that was done has nothing left to do", again == 0, || format!("{again} events"))?;
    needs("the head is the tree over the entries", tree(store).await).map(|_| ())
}

async fn erases_one_event(store: &dyn ConsentStore) -> Kept {
    const PROMISE: &str = "erasing an event destroys its values, and nothing else of that visitor";
    let whose = visitor(4);
    let from = needs(PROMISE, store.head().await)?.size();
    append(store, vec![entry(Some(whose), 5, true)?, entry(Some(whose), 6, true)?, entry(None, 7, false)?]).await?;
    let before = needs(PROMISE, store.read(from..from + 3).await)?;
    let count = needs(PROMISE, store.erase(Erasure::Event(from)).await)?;
    ensure(PROMISE, count == 1, || format!("{count} events instead of 1"))?;
    let after = needs(PROMISE, store.read(from..from + 3).await)?;
    let gone = after[0].disclosures.is_empty() && after[0].brief.is_empty() && after[0].leaf == before[0].leaf;
    ensure(PROMISE, gone, || "the event has values, or is another".to_owned())?;
    ensure(PROMISE, after[1..] == before[1..], || "another event has changed".to_owned())?;
    let places = needs(PROMISE, store.by_visitor(whose).await)?;
    ensure(PROMISE, places == [from + 1], || format!("{places:?} instead of [{}]", from + 1))?;
    for (event, what) in [(from, "was erased"), (from + 2, "has no values"), (u64::MAX, "is not there")] {
        let count = needs(PROMISE, store.erase(Erasure::Event(event)).await)?;
        ensure("nothing is erased where nothing is left", count == 0, || format!("of an event that {what}"))?;
    }
    needs("the head is the tree over the entries", tree(store).await).map(|_| ())
}

async fn expires(store: &dyn ConsentStore) -> Kept {
    const PROMISE: &str = "values that expire are destroyed when their time has come, and no others";
    let expires = at(2) + Duration::days(30);
    let early = needs(PROMISE, store.erase(Erasure::Expired(expires - Duration::hours(1))).await)?;
    let entry = needs(PROMISE, store.read(2..3).await)?.pop();
    let kept = entry.is_some_and(|entry| entry.brief.len() == 1 && entry.disclosures.len() == 1);
    ensure(PROMISE, kept, || format!("{early} were destroyed early"))?;
    needs(PROMISE, store.erase(Erasure::Expired(expires + Duration::hours(1))).await)?;
    let entry = needs(PROMISE, store.read(2..3).await)?.pop();
    let right = entry.is_some_and(|entry| entry.brief.is_empty() && entry.disclosures.len() == 1);
    ensure(PROMISE, right, || "they are still there, or more than they is gone".to_owned())
}

async fn segments(store: &dyn ConsentStore) -> Kept {
    const PROMISE: &str = "a long log reads as a short one, before and after housekeeping";
    let from = needs(PROMISE, store.head().await)?.size();
    let mut leaves = Vec::new();
    while (leaves.len() as u64) < 2 * SEGMENT + 100 {
        let entries = (0..512).map(|number| entry(Some(visitor(1000 + number % 7)), 10, number % 50 == 0));
        let entries = entries.collect::<Result<Vec<_>, _>>()?;
        leaves.extend(entries.iter().map(|entry| entry.leaf.clone()));
        append(store, entries).await?;
    }
    let places = needs(PROMISE, store.by_visitor(visitor(1003)).await)?;
    for _ in 0..2 {
        needs("the head is the tree over the entries", tree(store).await)?;
        for start in [0, SEGMENT - 3, 2 * SEGMENT - 1, from] {
            let read = needs(PROMISE, store.read(start..start + 7).await)?;
            ensure(PROMISE, read.len() == 7, || format!("{} of 7 from {start} on", read.len()))?;
            for (entry, index) in read.iter().zip(start..).filter(|(_, index)| *index >= from) {
                let same = usize::try_from(index - from).ok().and_then(|place| leaves.get(place)) == Some(&entry.leaf);
                ensure(PROMISE, same, || format!("entry {index} is another"))?;
            }
        }
        let hashes = needs(PROMISE, store.hashes(0).await)?.len() as u64;
        ensure("a segment's hashes are told", hashes == SEGMENT, || format!("{hashes}"))?;
        let found = needs(PROMISE, store.by_visitor(visitor(1003)).await)?;
        ensure(PROMISE, found == places, || "a visitor's events moved".to_owned())?;
        while needs(PROMISE, store.tidy().await)? {}
    }
    let count = needs(PROMISE, store.erase(Erasure::Visitor(visitor(1003))).await)?;
    ensure("old events are erased as new ones", count == places.len() as u64, || format!("{count}"))?;
    let old = needs(PROMISE, store.by_visitor(visitor(1004)).await)?;
    let oldest = old.first().copied().unwrap_or(0);
    needs(PROMISE, store.erase(Erasure::Event(oldest)).await)?;
    let left = needs(PROMISE, store.by_visitor(visitor(1004)).await)?;
    ensure("an old event is erased as a new one", left == old[1..], || format!("{oldest} is still there"))?;
    let first = places.first().copied().unwrap_or(0);
    let entry = needs(PROMISE, store.read(first..first + 1).await)?.pop();
    ensure("old events are erased as new ones", entry.is_some_and(|entry| entry.disclosures.is_empty()), || {
        format!("{first}")
    })
}

/// Everything a store holds, in one value.
async fn everything(store: &dyn ConsentStore) -> Result<impl PartialEq + use<>, Broken> {
    const PROMISE: &str = "what was written can be read";
    let head = needs(PROMISE, store.head().await)?;
    let entries = needs(PROMISE, store.read(0..head.size()).await)?;
    let names = needs(PROMISE, store.documents().await)?;
    let mut texts = Vec::new();
    for name in names {
        texts.push((name.clone(), needs(PROMISE, store.document(name).await)?));
    }
    let secrets = needs(PROMISE, store.secrets(String::new()).await)?;
    let notes = needs(PROMISE, store.notes(String::new()).await)?;
    let mut places = Vec::new();
    for number in [0, 1, 2, 100, 1000, 1003] {
        places.push(needs(PROMISE, store.by_visitor(visitor(number)).await)?);
    }
    Ok((head, entries, texts, secrets, notes, places))
}
