//! What the gate did, in counts: for each day, policy version, service and carrier how often it was withheld or let
//! through, what became of expired cookies, and the inventory of what no service declares.
//!
//! In: findings of pages. Out: small notes in the store, and their sum. It holds no visitor, no page address and no
//! time finer than a day; its memory is bounded; a page never waits for it.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use serde::{Deserialize, Serialize};
use time::{Date, Duration, OffsetDateTime};

use crate::{
    gate::{Cleaned, Findings, cache::Repeated},
    store::{ConsentStore, Error, wait},
};

/// Counts kept in memory at once; what comes beyond is counted together as `other`.
const MOST_ROWS: usize = 4_096;
/// Undeclared things kept at once.
const MOST_SEEN: usize = 1_024;
/// How often counts are written while pages come.
const INTERVAL: Duration = Duration::minutes(1);
/// Finished days that wait for the store to come back.
const MOST_DAYS: usize = 7;
/// Notes are named `gate/<day>/<process>`.
const PREFIX: &str = "gate/";

/// Counts of enforcement, as kept and as read back.
///
/// # Example
///
/// ```
/// use tower_consent::{ledger::Enforcement, store::Memory};
/// let counts = pollster::block_on(Enforcement::read(&Memory::default())).unwrap();
/// assert!(counts.rows.is_empty());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Enforcement {
    /// Counts by day, policy version, service and carrier, sorted by these.
    pub rows: Vec<Row>,
    /// What pages, headers and browsers' reports named and no service declares, sorted by kind and name.
    pub undeclared: Vec<Seen>,
    /// Cookies expired after a refusal.
    pub expired: u64,
    /// Of them, those the browser no longer sent on the next request.
    pub gone: u64,
    /// Of them, those that came again however often they were expired.
    pub staying: u64,
}

/// How often one service was withheld and let through by one carrier on one day.
///
/// # Example
///
/// ```
/// use tower_consent::ledger::Row;
/// let row: Row = serde_json::from_str(
///     r#"{"day":"2026-11-25","policy":"5f2c","service":"yandex-metrika","carrier":"script","withheld":7,"released":3}"#,
/// )?;
/// assert_eq!(row.withheld + row.released, 10, "as often as pages that were gated had it");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Row {
    /// The day in UTC, as in ISO 8601.
    pub day: String,
    /// First 16 digits of the policy's version.
    pub policy: String,
    /// The service's id.
    pub service: String,
    /// What it came by: `script`, `inline`, `image`, `frame`, …
    pub carrier: String,
    /// How often it was withheld.
    pub withheld: u64,
    /// How often it was let through a page that was gated. Pages of visitors who allow everything are not gated.
    pub released: u64,
}

/// Something no service declares.
///
/// # Example
///
/// ```
/// use tower_consent::{ledger::Enforcement, store::{ConsentStore, Memory}};
/// let store = Memory::default();
/// let seen = r#"{"kind":"host","name":"cdn.widget.example","count":2,"first":"2026-11-25","last":"2026-11-25"}"#;
/// let note = format!(r#"{{"rows":[],"undeclared":[{seen}],"expired":0,"gone":0,"staying":0}}"#);
/// pollster::block_on(store.put_note("gate/2026-11-25/a".into(), note.into_bytes()))?;
/// let counts = pollster::block_on(Enforcement::read(&store))?;
/// assert_eq!((counts.undeclared[0].kind.as_str(), counts.undeclared[0].count), ("host", 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Seen {
    /// `host`, `cookie` or `report`: a third party in pages, a cookie the server sets, a host a browser reported.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// How often it was seen.
    pub count: u64,
    /// The first day it was seen.
    pub first: String,
    /// The last day it was seen.
    pub last: String,
}

type RowKey = (String, String, String, &'static str);

/// Collects counts and writes them now and then.
pub(crate) struct Ledger {
    store: Arc<dyn ConsentStore>,
    /// Tells notes of several processes apart.
    instance: String,
    counts: Mutex<Counts>,
    /// Pages that came again, whose times are still to be counted.
    again: Mutex<Vec<(Arc<Repeated>, String)>>,
    writing: AtomicBool,
}

#[derive(Default)]
struct Counts {
    rows: BTreeMap<RowKey, (u64, u64)>,
    seen: BTreeMap<(&'static str, String), (u64, Date, Date)>,
    /// The day the counts are of.
    day: Option<Date>,
    /// Counts of days that are over and not written yet.
    finished: Vec<(Date, Enforcement)>,
    cleaned: Cleaned,
    /// What `cleaned` was when the day began.
    before: Cleaned,
    written: Option<OffsetDateTime>,
    changed: bool,
}

impl fmt::Debug for Ledger {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Ledger")
    }
}

impl Ledger {
    pub(crate) fn new(store: Arc<dyn ConsentStore>, instance: String) -> Self {
        Self { store, instance, counts: Mutex::default(), again: Mutex::default(), writing: AtomicBool::new(false) }
    }

    /// Adds what one page or response was found to hold under a version of the policy.
    pub(crate) fn add(self: &Arc<Self>, findings: Findings, policy: &str, now: OffsetDateTime) {
        if findings.is_empty() {
            return;
        }
        let due = {
            // Every change below is whole by itself.
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            counts.add(findings, 1, policy, now.date());
            counts.is_due(now)
        };
        self.write_if(due);
    }

    /// Counts a page again that was counted before.
    pub(crate) fn again(self: &Arc<Self>, page: &Arc<Repeated>, policy: &str, now: OffsetDateTime) {
        if page.findings().is_empty() {
            return;
        }
        let (over, first) = page.again(now.date());
        if over.is_none() && !first {
            return;
        }
        if first {
            let mut again = self.again.lock().unwrap_or_else(PoisonError::into_inner);
            again.push((page.clone(), policy.to_owned()));
        }
        let due = {
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((times, day)) = over {
                counts.add(page.findings().clone(), times, policy, day);
            }
            counts.changed = true;
            counts.is_due(now)
        };
        self.write_if(due);
    }

    fn write_if(self: &Arc<Self>, due: bool) {
        if due && !self.writing.swap(true, Ordering::AcqRel) {
            let ledger = self.clone();
            // The store may block; a page must not.
            let started = std::thread::Builder::new().name("tower-consent-ledger".to_owned()).spawn(move || {
                ledger.write();
                ledger.writing.store(false, Ordering::Release);
            });
            if started.is_err() {
                self.writing.store(false, Ordering::Release);
            }
        }
    }

    /// Takes over the counts of expired cookies.
    pub(crate) fn cleaned(&self, cleaned: Cleaned) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.changed |= counts.cleaned != cleaned;
        counts.cleaned = cleaned;
    }

    /// Writes what has changed. A failure loses nothing: the next write holds it as well.
    pub(crate) fn write(&self) {
        let again = std::mem::take(&mut *self.again.lock().unwrap_or_else(PoisonError::into_inner));
        let notes = {
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            if !counts.changed && again.is_empty() {
                return;
            }
            for (page, policy) in again {
                if let Some((times, day)) = page.take() {
                    counts.add(page.findings().clone(), times, &policy, day);
                }
            }
            counts.changed = false;
            let today = counts.day.map(|day| (day, counts.sum()));
            counts.finished.drain(..).chain(today).collect::<Vec<_>>()
        };
        for (day, note) in notes {
            let name = format!("{PREFIX}{day}/{}", self.instance);
            let bytes = serde_json::to_vec(&note).unwrap_or_default();
            if wait(self.store.put_note(name, bytes)).is_err() {
                let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
                counts.changed = true;
                if counts.day != Some(day) && counts.finished.len() < MOST_DAYS {
                    counts.finished.push((day, note));
                }
            }
        }
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        self.write();
    }
}

impl Counts {
    /// Adds what so many pages were found to hold.
    fn add(&mut self, findings: Findings, times: u64, policy: &str, date: Date) {
        let day = self.turn(date);
        let policy = policy.get(..16).unwrap_or(policy);
        for met in findings.met {
            let mut key = (day.to_string(), policy.to_owned(), met.service, met.carrier.as_str());
            if self.rows.len() >= MOST_ROWS && !self.rows.contains_key(&key) {
                key.2 = "other".to_owned();
            }
            let (withheld, released) = self.rows.entry(key).or_default();
            *if met.withheld { withheld } else { released } += times;
        }
        let hosts = findings.undeclared.into_iter().map(|name| ("host", name));
        let cookies = findings.cookies.into_iter().map(|name| ("cookie", name));
        let reports = findings.reported.into_iter().map(|name| ("report", name));
        for key in hosts.chain(cookies).chain(reports) {
            if self.seen.len() < MOST_SEEN || self.seen.contains_key(&key) {
                let (count, _, last) = self.seen.entry(key).or_insert((0, day, day));
                *count += times;
                *last = day;
            }
        }
        self.changed = true;
    }

    /// Says whether it is time to write; then the time begins anew.
    fn is_due(&mut self, now: OffsetDateTime) -> bool {
        let due = self.written.is_none_or(|written| now - written >= INTERVAL || now < written);
        if due {
            self.written = Some(now);
        }
        due
    }

    /// Begins a new day when there is one. A page that began yesterday is counted today: what is written is over.
    fn turn(&mut self, day: Date) -> Date {
        if let Some(own) = self.day
            && own >= day
        {
            return own;
        }
        if let Some(over) = self.day
            && self.finished.len() < MOST_DAYS
        {
            let sum = self.sum();
            self.finished.push((over, sum));
            self.written = None;
        }
        self.rows.clear();
        self.seen.clear();
        self.before = self.cleaned;
        self.day = Some(day);
        day
    }

    fn sum(&self) -> Enforcement {
        let rows = self.rows.iter().map(|((day, policy, service, carrier), (withheld, released))| Row {
            day: day.clone(),
            policy: policy.clone(),
            service: service.clone(),
            carrier: (*carrier).to_owned(),
            withheld: *withheld,
            released: *released,
        });
        let seen = self.seen.iter().map(|((kind, name), (count, first, last))| Seen {
            kind: (*kind).to_owned(),
            name: name.clone(),
            count: *count,
            first: first.to_string(),
            last: last.to_string(),
        });
        Enforcement {
            rows: rows.collect(),
            undeclared: seen.collect(),
            expired: self.cleaned.expired - self.before.expired,
            gone: self.cleaned.gone - self.before.gone,
            staying: self.cleaned.staying - self.before.staying,
        }
    }
}

impl Enforcement {
    /// Reads the counts of all processes that wrote to a store, and adds them up.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or is damaged. A note that is not of this format is passed over.
    ///
    /// # Example
    ///
    /// ```
    /// # use tower_consent::{ledger::Enforcement, store::{ConsentStore, Memory}};
    /// # let store = Memory::default();
    /// # let note = r#"{"rows":[],"undeclared":[],"expired":4,"gone":3,"staying":1}"#;
    /// # for process in ["a", "b"] {
    /// #     pollster::block_on(store.put_note(format!("gate/2026-11-25/{process}"), note.into())).unwrap();
    /// # }
    /// // Two servers have each expired four cookies after refusals.
    /// let counts = pollster::block_on(Enforcement::read(&store)).unwrap();
    /// assert_eq!((counts.expired, counts.gone, counts.staying), (8, 6, 2));
    /// ```
    pub async fn read(store: &dyn ConsentStore) -> Result<Self, Error> {
        Self::under(store, PREFIX.to_owned()).await
    }

    /// Reads the counts of one day, of all processes.
    ///
    /// # Errors
    ///
    /// As [`Enforcement::read`].
    ///
    /// # Example
    ///
    /// ```
    /// # use tower_consent::{ledger::Enforcement, store::{ConsentStore, Memory}};
    /// # let store = Memory::default();
    /// # let note = r#"{"rows":[],"undeclared":[],"expired":4,"gone":3,"staying":1}"#;
    /// # for day in ["2026-11-25", "2026-11-26"] {
    /// #     pollster::block_on(store.put_note(format!("gate/{day}/a"), note.into())).unwrap();
    /// # }
    /// use time::macros::date;
    /// let counts = pollster::block_on(Enforcement::read_day(&store, date!(2026-11-25))).unwrap();
    /// assert_eq!(counts.expired, 4, "what was counted on other days is left out");
    /// ```
    pub async fn read_day(store: &dyn ConsentStore, day: Date) -> Result<Self, Error> {
        Self::under(store, format!("{PREFIX}{day}/")).await
    }

    async fn under(store: &dyn ConsentStore, prefix: String) -> Result<Self, Error> {
        let mut sum = Self::default();
        for (_, bytes) in store.notes(prefix).await? {
            if let Ok(note) = serde_json::from_slice::<Self>(&bytes) {
                sum.merge(note);
            }
        }
        Ok(sum)
    }

    fn merge(&mut self, other: Self) {
        for row in other.rows {
            let place = self.rows.binary_search_by(|known| {
                (&known.day, &known.policy, &known.service, &known.carrier).cmp(&(
                    &row.day,
                    &row.policy,
                    &row.service,
                    &row.carrier,
                ))
            });
            match place {
                Ok(place) => {
                    self.rows[place].withheld += row.withheld;
                    self.rows[place].released += row.released;
                }
                Err(place) => self.rows.insert(place, row),
            }
        }
        for seen in other.undeclared {
            let place =
                self.undeclared.binary_search_by(|known| (&known.kind, &known.name).cmp(&(&seen.kind, &seen.name)));
            match place {
                Ok(place) => {
                    let known = &mut self.undeclared[place];
                    known.count += seen.count;
                    known.first = seen.first.min(std::mem::take(&mut known.first));
                    known.last = seen.last.max(std::mem::take(&mut known.last));
                }
                Err(place) => self.undeclared.insert(place, seen),
            }
        }
        self.expired += other.expired;
        self.gone += other.gone;
        self.staying += other.staying;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{gate::Carrier, store::Memory};

    fn findings(service: &str, withheld: bool) -> Findings {
        let mut findings = Findings::default();
        findings.note_id(service, Carrier::Script, withheld);
        findings.note_host("cdn.example");
        findings
    }

    #[test]
    fn counts_of_two_processes_add_up() {
        let store = Arc::new(Memory::default());
        let now = OffsetDateTime::UNIX_EPOCH;
        let version = "0".repeat(64);
        for instance in ["one", "two"] {
            let ledger = Arc::new(Ledger::new(store.clone(), instance.to_owned()));
            ledger.add(findings("metrika", true), &version, now);
            ledger.add(findings("metrika", false), &version, now);
            ledger.add(findings("metrika", true), &version, now + Duration::days(1));
            ledger.add(findings("metrika", true), &version, now);
            ledger.cleaned(Cleaned { expired: 2, gone: 1, staying: 0 });
            while ledger.writing.load(Ordering::Acquire) {
                std::thread::yield_now();
            }
            ledger.write();
        }
        let sum = pollster::block_on(Enforcement::read(&*store)).unwrap();
        let rows: Vec<_> = sum.rows.iter().map(|row| (&*row.day, row.withheld, row.released)).collect();
        assert_eq!(rows, [("1970-01-01", 2, 2), ("1970-01-02", 4, 0)]);
        let seen = &sum.undeclared[0];
        assert_eq!(
            (&*seen.name, seen.count, &*seen.first, &*seen.last),
            ("cdn.example", 8, "1970-01-01", "1970-01-02")
        );
        assert_eq!((sum.expired, sum.gone), (4, 2));
    }

    #[test]
    fn pages_that_come_again_are_counted_on_their_days() {
        let store = Arc::new(Memory::default());
        let now = OffsetDateTime::UNIX_EPOCH;
        let ledger = Arc::new(Ledger::new(store.clone(), "one".to_owned()));
        let page = Arc::new(Repeated::new(findings("metrika", true)));
        let written = || {
            while ledger.writing.load(Ordering::Acquire) {
                std::thread::yield_now();
            }
            ledger.write();
            let sum = pollster::block_on(Enforcement::read(&*store)).unwrap();
            let rows: Vec<_> = sum.rows.iter().map(|row| (row.day.clone(), row.withheld)).collect();
            (rows, sum.undeclared[0].count)
        };
        let days = |counts: &[(&str, u64)]| counts.iter().map(|(day, count)| ((*day).to_owned(), *count)).collect();
        (0..5).for_each(|_| ledger.again(&page, "0", now));
        assert_eq!(written(), (days(&[("1970-01-01", 5)]), 5));
        (0..3).for_each(|_| ledger.again(&page, "0", now));
        (0..2).for_each(|_| ledger.again(&page, "0", now + Duration::days(1)));
        assert_eq!(written(), (days(&[("1970-01-01", 8), ("1970-01-02", 2)]), 10));
        let nothing = Arc::new(Repeated::new(Findings::default()));
        ledger.again(&nothing, "0", now + Duration::days(1));
        assert_eq!(written(), (days(&[("1970-01-01", 8), ("1970-01-02", 2)]), 10));
    }

    #[test]
    fn memory_is_bounded() {
        let ledger = Arc::new(Ledger::new(Arc::new(Memory::default()), "one".to_owned()));
        for number in 0..6_000 {
            let mut found = findings(&format!("s{number}"), true);
            found.note_host(&format!("h{number}.example"));
            ledger.add(found, "0", OffsetDateTime::UNIX_EPOCH);
        }
        let counts = ledger.counts.lock().unwrap();
        assert!(counts.rows.len() <= MOST_ROWS + 1 && counts.seen.len() <= MOST_SEEN);
        assert_eq!(counts.rows.values().map(|(withheld, _)| withheld).sum::<u64>(), 6_000);
    }
}
