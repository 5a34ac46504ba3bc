//! The end of what is kept: choices whose time is over, people of whom nothing need be kept any more, short-lived values.
//!
//! In: the log, a policy's terms, the time. Out: a plan of what is due; and a run that carries it out and tells the log.
//! A run that is repeated finds nothing left to do. It destroys a person's values only when the last of all his events has
//! come to its end, and never an entry: what is public of it stays, with every proof.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    thread,
};

use arc_swap::ArcSwap;
use serde_json::Value;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    audit::Entry,
    clock::{Clock, SystemClock},
    policy::Policy,
    record::{Kind, Receipt, Record},
    recorder::{Log, NotRecorded, Recorder, links},
    signal::VisitorId,
    store::{ConsentStore, Erasure, Error, ErrorKind, Lease, hold, wait},
};

/// Note of how far the log is settled: before which entry no choice can expire, and of none a value is left.
const SETTLED: &str = "rights/settled";
/// Note of the day of the last run, in UTC.
const LAST: &str = "rights/last-run";
/// How often a server looks whether a day has begun.
const MINUTE: std::time::Duration = std::time::Duration::from_secs(60);
/// The minute of a server's life in which it first looks: a start is busy enough.
const FIRST: u32 = 10;
/// The reason erasures of a run give.
pub(crate) const REASON: &str = "retention";
/// What only one instance does at a time, and how long it is away at most before another one does.
const LEASE: &str = "retention";
const LENGTH: std::time::Duration = std::time::Duration::from_secs(60);
/// Entries read at once.
const CHUNK: u64 = 4_096;
/// People in one erasure: its event and the note that makes it whole after a crash name all their events.
const PEOPLE: usize = 256;
/// Events appended at once.
const BATCH: usize = 256;

/// How long things are kept, taken from a policy.
///
/// # Example
///
/// ```
/// use tower_consent::{Policy, rights::Terms};
/// let policy = Policy::load("policies/news-site").unwrap();
/// assert_eq!(Terms::of(&policy).records.whole_days(), 3 * 365);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Terms {
    /// Records, counted from the end of the choice.
    pub records: Duration,
    /// Requests and what was answered.
    pub requests: Duration,
    /// The shortest time a choice holds.
    pub choice: Duration,
    /// Version of the policy.
    pub policy: String,
}

impl Terms {
    /// Takes the terms of a policy.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Policy, rights::Terms};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let terms = Terms::of(&policy);
    /// assert_eq!((terms.choice.whole_days(), terms.policy.as_str()), (180, policy.version()));
    /// ```
    pub fn of(policy: &Policy) -> Self {
        let length = |length: std::time::Duration| Duration::try_from(length).unwrap_or(Duration::MAX);
        let choice = policy.choice();
        let rules = std::iter::once(&choice.rule).chain(choice.profiles.values());
        Self {
            records: length(policy.retention().records.duration()),
            requests: length(policy.retention().requests.duration()),
            choice: rules.map(|rule| length(rule.duration())).min().unwrap_or_default(),
            policy: policy.version().to_owned(),
        }
    }
}

/// What is due at a moment.
///
/// # Example
///
/// ```
/// # use std::sync::Arc;
/// # use time::OffsetDateTime;
/// # use tower_consent::{record::{Kind, Record}, recorder::Log, store::Memory};
/// # pollster::block_on(async {
/// # let (store, now) = (Arc::new(Memory::default()), OffsetDateTime::UNIX_EPOCH);
/// # let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
/// use time::Duration;
/// use tower_consent::{Policy, rights::{Terms, plan}, signal::VisitorId};
/// # let terms = Terms::of(&Policy::load("policies/news-site").unwrap());
/// let visitor = VisitorId::from_random([1; 16]);
/// let mut choice = Record::of(Kind::Accept, now, "v1");
/// (choice.visitor, choice.expires) = (Some(visitor), Some(now + Duration::days(180)));
/// log.append(vec![choice]).await.unwrap();
/// let due = plan(&*store, &terms, now + Duration::days(181)).await.unwrap();
/// assert_eq!((due.expired, due.visitors), (vec![visitor], vec![]), "it holds no more, and is still kept as evidence");
/// # });
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Plan {
    /// People of whom nothing need be kept any more.
    pub visitors: Vec<VisitorId>,
    /// Their events, and what accounts they were linked with have of them.
    pub events: u64,
    /// People whose choice came to its end, which the log does not tell yet.
    pub expired: Vec<VisitorId>,
    /// The settled beginning of the log: for expiry, for what is kept.
    settled: (u64, u64),
}

/// What a run did.
///
/// # Example
///
/// ```
/// # use std::sync::Arc;
/// # use time::OffsetDateTime;
/// # use tower_consent::{record::{Kind, Record}, recorder::Log, store::Memory};
/// # pollster::block_on(async {
/// # let (store, now) = (Arc::new(Memory::default()), OffsetDateTime::UNIX_EPOCH);
/// # let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
/// use time::Duration;
/// use tower_consent::{Policy, rights::{Terms, plan, run}, signal::VisitorId};
/// # let terms = Terms::of(&Policy::load("policies/news-site").unwrap());
/// let mut choice = Record::of(Kind::Accept, now, "v1");
/// (choice.visitor, choice.expires) = (Some(VisitorId::from_random([1; 16])), Some(now + Duration::days(180)));
/// log.append(vec![choice]).await.unwrap();
/// let later = now + Duration::days(181);
/// let due = plan(&*store, &terms, later).await.unwrap();
/// let done = run(&mut log, store, &terms, due, later).await.unwrap();
/// assert_eq!((done.expired, done.visitors), (1, 0));
/// assert_eq!(log.receipt(done.index).await.unwrap().kind, Kind::Retention, "the log tells of the run itself");
/// # });
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Run {
    /// People whose values were destroyed.
    pub visitors: u64,
    /// Their events.
    pub events: u64,
    /// Choices that came to their end.
    pub expired: u64,
    /// Events of which short-lived values were destroyed.
    pub short_lived: u64,
    /// Places of the events that tell of the destruction.
    pub erasures: Vec<u64>,
    /// Place of the event that tells of the run.
    pub index: u64,
}

/// Finds what is due; changes nothing.
///
/// # Errors
///
/// When the store cannot be read; [`ErrorKind::Corrupt`] when an entry of it is none.
///
/// # Example
///
/// ```
/// # use std::sync::Arc;
/// # use time::OffsetDateTime;
/// # use tower_consent::{record::{Kind, Record}, recorder::Log, store::Memory};
/// # pollster::block_on(async {
/// # let (store, now) = (Arc::new(Memory::default()), OffsetDateTime::UNIX_EPOCH);
/// # let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
/// use time::Duration;
/// use tower_consent::{Policy, rights::{Terms, plan}, signal::VisitorId, store::ConsentStore};
/// # let terms = Terms::of(&Policy::load("policies/news-site").unwrap());
/// let mut choice = Record::of(Kind::Accept, now, "v1");
/// (choice.visitor, choice.expires) = (Some(VisitorId::from_random([1; 16])), Some(now + Duration::days(180)));
/// log.append(vec![choice]).await.unwrap();
/// let due = plan(&*store, &terms, now + Duration::days(180) + terms.records).await.unwrap();
/// assert_eq!((due.visitors.len(), due.events), (1, 1));
/// assert_eq!(store.head().await.unwrap().size(), 2, "nothing was done yet");
/// # });
/// ```
pub async fn plan(store: &dyn ConsentStore, terms: &Terms, now: OffsetDateTime) -> Result<Plan, Error> {
    let note = store.note(SETTLED.to_owned()).await?.unwrap_or_default();
    let settled = std::str::from_utf8(&note).ok().and_then(|text| {
        let (expiry, kept) = text.split_once(' ')?;
        Some((expiry.parse().ok()?, kept.parse().ok()?))
    });
    let size = store.head().await?.size();
    let mut plan =
        Plan { settled: settled.filter(|(a, b)| *a <= size && *b <= size).unwrap_or_default(), ..Plan::default() };
    let (mut seen, mut over) = (BTreeSet::new(), BTreeSet::new());
    let (mut whole_expiry, mut whole_kept) = (true, true);
    let mut next = plan.settled.0.min(plan.settled.1);
    'log: while next < size {
        for (entry, index) in store.read(next..size.min(next + CHUNK)).await?.iter().zip(next..) {
            let read = Reading::of(entry, index)?;
            // Nothing younger can have come to its end, neither a choice nor what is kept after it.
            if now - read.time < terms.choice.min(terms.records).min(terms.requests) {
                break 'log;
            }
            let open = index >= plan.settled.0 && read.is_over(now);
            if let Some(visitor) = read.visitor.filter(|visitor| open && !over.contains(visitor)) {
                if expired_untold(store, visitor, now).await? {
                    plan.expired.push(visitor);
                }
                over.insert(visitor);
            }
            whole_expiry &= read.visitor.is_none() || !read.is_choice() || read.is_over(now);
            if let Some(visitor) = read.visitor.filter(|_| index >= plan.settled.1)
                && now - read.time >= terms.records.min(terms.requests)
                && seen.insert(visitor)
            {
                let places = store.by_visitor(visitor).await?;
                if ends(store, &places, terms).await?.is_some_and(|end| end <= now) {
                    plan.visitors.push(visitor);
                    plan.events += places.len() as u64 + links::other_sides(store, &places).await?.len() as u64;
                }
            }
            whole_kept &= read.visitor.is_none();
            let after = index + 1;
            if whole_expiry {
                plan.settled.0 = plan.settled.0.max(after);
            }
            if whole_kept {
                plan.settled.1 = plan.settled.1.max(after);
            }
        }
        next += CHUNK;
    }
    Ok(plan)
}

/// Counts the events whose short-lived values are over at a moment; reads the whole log.
///
/// # Errors
///
/// When the store cannot be read.
///
/// # Example
///
/// ```
/// # use std::sync::Arc;
/// # use time::OffsetDateTime;
/// # use tower_consent::{record::{Kind, Record}, recorder::Log, store::Memory};
/// # pollster::block_on(async {
/// # let (store, now) = (Arc::new(Memory::default()), OffsetDateTime::UNIX_EPOCH);
/// # let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
/// use time::Duration;
/// use tower_consent::rights::short_lived;
/// let mut choice = Record::of(Kind::Accept, now, "v1");
/// (choice.page, choice.brief) = (Some("/region/news".to_owned()), Duration::days(30));
/// log.append(vec![choice]).await.unwrap();
/// assert_eq!(short_lived(&*store, now + Duration::days(29)).await.unwrap(), 0);
/// assert_eq!(short_lived(&*store, now + Duration::days(31)).await.unwrap(), 1);
/// # });
/// ```
pub async fn short_lived(store: &dyn ConsentStore, now: OffsetDateTime) -> Result<u64, Error> {
    let size = store.head().await?.size();
    let mut count = 0;
    for start in (0..size).step_by(CHUNK as usize) {
        let entries = store.read(start..size.min(start + CHUNK)).await?;
        let over = |entry: &&Entry| !entry.brief.is_empty() && entry.brief_until.is_some_and(|until| until < now);
        count += entries.iter().filter(over).count() as u64;
    }
    Ok(count)
}

/// Carries a plan out and tells the log; what was done is durable when it returns.
///
/// # Errors
///
/// When the store cannot be read or written. Run again, it does what is left to do.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use time::{Duration, OffsetDateTime};
/// use tower_consent::{Policy, record::{Kind, Record}, recorder::Log, signal::VisitorId, store::Memory};
/// use tower_consent::rights::{Terms, plan, run};
/// let terms = Terms::of(&Policy::load("policies/news-site").unwrap());
/// let store = Arc::new(Memory::default());
/// pollster::block_on(async {
///     let then = OffsetDateTime::UNIX_EPOCH;
///     let mut log = Log::open(store.clone(), "news.example/consent", then).await.unwrap();
///     let mut choice = Record::of(Kind::Accept, then, "v1");
///     choice.visitor = Some(VisitorId::from_random([1; 16]));
///     choice.expires = Some(then + Duration::days(180));
///     log.append(vec![choice]).await.unwrap();
///     let now = then + Duration::days(180 + 3 * 365 + 1);
///     let due = plan(&*store, &terms, now).await.unwrap();
///     assert_eq!(run(&mut log, store.clone(), &terms, due, now).await.unwrap().visitors, 1);
///     assert!(plan(&*store, &terms, now).await.unwrap().visitors.is_empty());
/// });
/// ```
pub async fn run(
    log: &mut Log,
    store: Arc<dyn ConsentStore>,
    terms: &Terms,
    plan: Plan,
    now: OffsetDateTime,
) -> Result<Run, Error> {
    carry_out(&mut Hand::Log(log), &*store, terms, plan, now, None).await
}

/// The run of every day in a server, on a thread of its own, until the last handle on the writer is gone.
#[derive(Clone, Debug)]
pub(crate) struct Daily(Arc<ArcSwap<Terms>>);

impl Daily {
    /// Starts the thread.
    pub(crate) fn start(recorder: &Recorder, policy: &Policy) -> Result<Self, Error> {
        let daily = Self(Arc::new(ArcSwap::from_pointee(Terms::of(policy))));
        let (weak, terms) = (recorder.downgrade(), daily.0.clone());
        let thread = thread::Builder::new().name("tower-consent-retention".to_owned()).spawn(move || {
            for minute in 1_u32.. {
                thread::sleep(MINUTE);
                let Some(recorder) = weak.upgrade() else { return };
                // What fails now is done the next minute.
                if minute >= FIRST {
                    drop(wait(run_today(&recorder, &terms.load_full(), SystemClock.now())));
                }
            }
        });
        let failed =
            |source| Error::new(ErrorKind::Unavailable, "cannot start the retention thread").with_source(source);
        thread.map(|_| daily).map_err(failed)
    }

    /// Takes the terms of the policy that comes into force.
    pub(crate) fn follow(&self, policy: &Policy) {
        self.0.store(Arc::new(Terms::of(policy)));
    }
}

/// Does the run of a day, unless it was done; says what it did.
async fn run_today(recorder: &Recorder, terms: &Terms, now: OffsetDateTime) -> Result<Option<Run>, Error> {
    let store = recorder.store().clone();
    let last = store.note(LAST.to_owned()).await?.unwrap_or_default();
    if last == now.date().to_string().as_bytes() {
        return Ok(None);
    }
    // Another instance is about it. One that dies is replaced when its lease is over.
    let Some(lease) = hold(store.clone(), LEASE, LENGTH)? else { return Ok(None) };
    // It may have been done while this one asked.
    if store.note(LAST.to_owned()).await? == Some(now.date().to_string().into_bytes()) {
        return Ok(None);
    }
    let due = plan(&*store, terms, now).await?;
    carry_out(&mut Hand::Recorder(recorder), &*store, terms, due, now, Some(&lease)).await.map(Some)
}

/// Who writes: the only one there is, or the server's writer.
enum Hand<'a> {
    Log(&'a mut Log),
    Recorder(&'a Recorder),
}

impl Hand<'_> {
    async fn erase(&mut self, people: &[VisitorId], now: OffsetDateTime) -> Result<Option<Receipt>, Error> {
        match self {
            Self::Log(log) => log.erase_all(people, REASON, now).await,
            Self::Recorder(recorder) => recorder.erase(people.to_vec(), REASON, now).await.map_err(unwritten),
        }
    }

    async fn append(&mut self, records: Vec<Record>) -> Result<Vec<Receipt>, Error> {
        match self {
            Self::Log(log) => log.append(records).await,
            Self::Recorder(recorder) => {
                let mut receipts = Vec::with_capacity(records.len());
                for record in records {
                    receipts.push(recorder.submit(record).await.map_err(unwritten)?);
                }
                Ok(receipts)
            }
        }
    }
}

fn unwritten(source: NotRecorded) -> Error {
    Error::new(ErrorKind::Unavailable, "a retention run cannot be written").with_source(source)
}

async fn carry_out(
    hand: &mut Hand<'_>,
    store: &dyn ConsentStore,
    terms: &Terms,
    plan: Plan,
    now: OffsetDateTime,
    lease: Option<&Lease>,
) -> Result<Run, Error> {
    let held = || match lease {
        Some(lease) if !lease.is_held() => {
            Err(Error::new(ErrorKind::Unavailable, "another instance has taken over the retention run"))
        }
        _ => Ok(()),
    };
    let mut run = Run::default();
    let gone: BTreeSet<&VisitorId> = plan.visitors.iter().collect();
    for people in plan.visitors.chunks(PEOPLE) {
        held()?;
        if let Some(receipt) = hand.erase(people, now).await? {
            run.erasures.push(receipt.index);
        }
        run.visitors += people.len() as u64;
    }
    run.events = plan.events;
    // An event about somebody who is forgotten would make him known again.
    let expired: Vec<Record> = plan
        .expired
        .iter()
        .filter(|visitor| !gone.contains(visitor))
        .map(|visitor| Record {
            visitor: Some(*visitor),
            source: "expiry",
            ..Record::of(Kind::Expire, now, terms.policy.clone())
        })
        .collect();
    run.expired = expired.len() as u64;
    for records in expired.chunks(BATCH) {
        held()?;
        hand.append(records.to_vec()).await?;
    }
    loop {
        match store.erase(Erasure::Expired(now)).await? {
            0 => break,
            count => run.short_lived += count,
        }
    }
    held()?;
    let mut record = Record { source: "expiry", ..Record::of(Kind::Retention, now, terms.policy.clone()) };
    for (name, count) in
        [("events", run.events), ("expired", run.expired), ("short-lived", run.short_lived), ("visitors", run.visitors)]
    {
        record.facts.insert(name, count.to_string());
    }
    if !run.erasures.is_empty() {
        let places: Vec<String> = run.erasures.iter().map(u64::to_string).collect();
        record.facts.insert("erasures", places.join(" "));
    }
    run.index = hand.append(vec![record]).await?.first().map_or(0, |receipt| receipt.index);
    let note = format!("{} {}", plan.settled.0, plan.settled.1);
    store.put_note(SETTLED.to_owned(), note.into_bytes()).await?;
    store.put_note(LAST.to_owned(), now.date().to_string().into_bytes()).await?;
    Ok(run)
}

/// What an event says of its end.
struct Reading {
    kind: String,
    time: OffsetDateTime,
    expires: Option<OffsetDateTime>,
    visitor: Option<VisitorId>,
}

impl Reading {
    fn of(entry: &Entry, index: u64) -> Result<Self, Error> {
        let corrupt = |source| Error::new(ErrorKind::Corrupt, format!("event {index}")).with_source(source);
        let fields = entry.fields().map_err(corrupt)?;
        let values: BTreeMap<String, Value> =
            if entry.disclosures.is_empty() { BTreeMap::new() } else { entry.disclosed().map_err(corrupt)? };
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        let time = |name: &str| text(name).and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok());
        Ok(Self {
            kind: text("kind").unwrap_or_default().to_owned(),
            time: time("time").unwrap_or(OffsetDateTime::UNIX_EPOCH),
            expires: time("expires"),
            // What an account has of a visitor ends with what he has himself.
            visitor: values
                .get("subject")
                .filter(|_| !values.contains_key("visitor"))
                .and_then(Value::as_str)
                .and_then(VisitorId::parse),
        })
    }

    fn is_choice(&self) -> bool {
        self.expires.is_some()
    }

    fn is_over(&self, now: OffsetDateTime) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }
}

/// Says whether the last choice of a visitor is over and the log does not tell it.
async fn expired_untold(store: &dyn ConsentStore, visitor: VisitorId, now: OffsetDateTime) -> Result<bool, Error> {
    for index in store.by_visitor(visitor).await?.into_iter().rev() {
        for entry in store.read(index..index + 1).await? {
            let read = Reading::of(&entry, index)?;
            if read.kind == Kind::Expire.as_str() || read.kind == Kind::Withdraw.as_str() {
                return Ok(false);
            }
            if read.is_choice() {
                return Ok(read.is_over(now));
            }
        }
    }
    Ok(false)
}

/// Returns when nothing of a visitor need be kept any more; nothing when nothing is kept.
async fn ends(store: &dyn ConsentStore, places: &[u64], terms: &Terms) -> Result<Option<OffsetDateTime>, Error> {
    // A choice ends when its time is over, or by the choice after it.
    let (mut choice, mut asked, mut linked) = (None, None, None);
    for place in places {
        for entry in store.read(*place..*place + 1).await? {
            let read = Reading::of(&entry, *place)?;
            match read.kind.as_str() {
                "request" | "request-step" => asked = Some(read.time.saturating_add(terms.requests)),
                "expire" => {}
                // It ends with his choice; by itself only where there is none any more.
                "link" => linked = Some(read.time.saturating_add(terms.records)),
                _ => choice = Some(read.expires.unwrap_or(read.time).saturating_add(terms.records)),
            }
        }
    }
    Ok(choice.max(asked).max(linked))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::{
        rights::{What, received},
        store::Memory,
    };

    const THEN: OffsetDateTime = datetime!(2026-01-01 00:00 UTC);

    fn terms() -> (Policy, Terms) {
        let policy = Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site")).unwrap();
        let terms = Terms::of(&policy);
        (policy, terms)
    }

    fn choice(byte: u8, kind: Kind, days: i64) -> Record {
        let time = THEN + Duration::days(days);
        Record {
            visitor: Some(VisitorId::from_random([byte; 16])),
            expires: (kind != Kind::Withdraw).then(|| time + Duration::days(180)),
            page: Some("/news".into()),
            brief: Duration::days(90),
            ..Record::of(kind, time, "v1")
        }
    }

    async fn kinds(store: &Memory) -> Vec<String> {
        let entries = store.read(0..u64::MAX).await.unwrap();
        entries.iter().map(|entry| entry.fields().unwrap()["kind"].as_str().unwrap().to_owned()).collect()
    }

    #[tokio::test]
    async fn what_is_over_ends_once_and_in_time() {
        let ((policy, terms), store) = (terms(), Arc::new(Memory::default()));
        let mut log = Log::open(store.clone(), "news.example/consent", THEN).await.unwrap();
        // 1 accepts and never comes again; 2 takes it back on day 10; 3 asks for something on day 300; 4 renews on day 150.
        log.append(vec![choice(1, Kind::Accept, 0), choice(2, Kind::Accept, 0), choice(3, Kind::Refuse, 0)])
            .await
            .unwrap();
        log.append(vec![choice(4, Kind::Accept, 0), choice(2, Kind::Withdraw, 10), choice(4, Kind::Renew, 150)])
            .await
            .unwrap();
        let asked = received(What::Access, VisitorId::from_random([3; 16]), &policy, THEN + Duration::days(300));
        log.append(vec![asked]).await.unwrap();
        let before = log.head().await.unwrap();
        let mut told = Vec::new();
        let mut forgotten = Vec::new();
        for day in (0..=1_600).step_by(10) {
            let now = THEN + Duration::days(day);
            let due = plan(&*store, &terms, now).await.unwrap();
            let done = run(&mut log, store.clone(), &terms, due, now).await.unwrap();
            told.extend((0..done.expired).map(|_| day));
            forgotten.extend((0..done.visitors).map(|_| day));
            // At once again: nothing is left to do, and the run is told all the same.
            let due = plan(&*store, &terms, now).await.unwrap();
            assert_eq!((due.visitors.len(), due.expired.len()), (0, 0), "day {day}");
        }
        // 1 and 3 end on day 180, 4 on day 330; 2 took it back.
        assert_eq!(told, [180, 180, 330]);
        // 2: 10 + 1095; the others when the event of their end is as old: 180 + 1095; 300 + 1095 for the request; 330 + 1095.
        assert_eq!(forgotten, [1_110, 1_280, 1_400, 1_430]);
        let all = kinds(&store).await;
        assert_eq!(all.iter().filter(|kind| *kind == "retention").count(), 161);
        for byte in 1..=4 {
            assert!(store.by_visitor(VisitorId::from_random([byte; 16])).await.unwrap().is_empty());
        }
        assert!(store.read(0..u64::MAX).await.unwrap().iter().all(|entry| entry.disclosures.is_empty()));
        assert_eq!(log.root_at(before.size()).await.unwrap(), before.root(), "no byte of the log changed");
    }

    #[tokio::test]
    async fn a_link_ends_with_what_else_is_kept_of_its_visitor() {
        let ((_, terms), store) = (terms(), Arc::new(Memory::default()));
        let mut log = Log::open(store.clone(), "news.example/consent", THEN).await.unwrap();
        let person = |byte| VisitorId::from_random([byte; 16]);
        log.append(vec![choice(1, Kind::Accept, 0), choice(2, Kind::Accept, 0)]).await.unwrap();
        let mut account = None;
        for byte in [1, 2, 3] {
            // Of 3 nothing else is kept: it was erased, and he signed in again.
            account = Some(log.link(person(byte), "ivan", "v1", THEN + Duration::days(1)).await.unwrap().0);
        }
        log.append(vec![choice(2, Kind::Renew, 150)]).await.unwrap();
        let account = account.unwrap();
        let mut left = Vec::new();
        for day in (0..=1_600).step_by(10) {
            let now = THEN + Duration::days(day);
            let due = plan(&*store, &terms, now).await.unwrap();
            let (people, events) = (due.visitors.len(), due.events);
            let done = run(&mut log, store.clone(), &terms, due, now).await.unwrap();
            assert_eq!((done.visitors as usize, done.events), (people, events));
            let linked = crate::rights::linked(&*store, account).await.unwrap();
            if left.last().is_none_or(|(_, before)| *before != linked) {
                left.push((day, linked));
            }
        }
        // 3: 1 + 1095 for the link alone; 1: 180 + 1095; 2: 330 + 1095, though all links are of day 1.
        let all = [person(1), person(2), person(3)];
        assert_eq!(left, [(0, all.to_vec()), (1_100, all[..2].to_vec()), (1_280, all[1..2].to_vec()), (1_430, vec![])]);
        assert!(store.read(0..u64::MAX).await.unwrap().iter().all(|entry| entry.disclosures.is_empty()));
    }

    #[tokio::test]
    async fn short_lived_values_end_by_themselves() {
        let ((_, terms), store) = (terms(), Arc::new(Memory::default()));
        let mut log = Log::open(store.clone(), "news.example/consent", THEN).await.unwrap();
        log.append(vec![choice(1, Kind::Accept, 0), choice(2, Kind::Accept, 5)]).await.unwrap();
        let now = THEN + Duration::days(92);
        assert_eq!(short_lived(&*store, now).await.unwrap(), 1);
        let due = plan(&*store, &terms, now).await.unwrap();
        let done = run(&mut log, store.clone(), &terms, due, now).await.unwrap();
        assert_eq!((done.short_lived, done.visitors, done.expired), (1, 0, 0));
        assert_eq!(short_lived(&*store, now).await.unwrap(), 0);
        let entries = store.read(1..3).await.unwrap();
        assert_eq!(entries.iter().map(|entry| entry.brief.len()).collect::<Vec<_>>(), [0, 1]);
    }

    #[test]
    fn a_server_does_it_once_a_day() {
        let ((policy, terms), store) = (terms(), Arc::new(Memory::default()));
        let recorder = Recorder::start(store.clone(), "news.example/consent", THEN, None).unwrap();
        recorder.submit_blocking(choice(1, Kind::Accept, 0)).unwrap();
        let day = |days: i64, hours: i64| THEN + Duration::days(days) + Duration::hours(hours);
        let at = |now| pollster::block_on(run_today(&recorder, &terms, now)).unwrap();
        assert_eq!(at(day(180, 1)).unwrap().expired, 1);
        assert_eq!(at(day(180, 23)), None);
        assert_eq!(at(day(181, 0)).unwrap().expired, 0);
        let done = at(day(180 + 3 * 365, 0)).unwrap();
        assert_eq!((done.visitors, done.events, done.erasures.len()), (1, 2, 1));
        let daily = Daily::start(&recorder, &policy).unwrap();
        daily.follow(&policy);
        assert_eq!(**daily.0.load(), terms);
        let told = pollster::block_on(kinds(&store));
        assert_eq!(told, ["log-opened", "accept", "expire", "retention", "retention", "erase", "retention"]);
    }
}
