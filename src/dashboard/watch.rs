//! What the pages show, kept up to date beside them: one thread follows the log from the place it has read to.
//!
//! In: the store of a running site. Out: sums in memory, read by pages without waiting for the store. An entry is read
//! once; the first reading of a long log goes on in the background, and the pages tell how far it has come.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard, Weak,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use time::{Date, OffsetDateTime};

use super::{
    enforced::Enforced,
    inventory::{Undeclared, inventory},
};
use crate::{
    audit::{Entry, Tally, is_choice},
    layer::PolicyHandle,
    ledger::Enforcement,
    policy::{Difference, Policy},
    record::Kind,
    rights::{Request, State, What, register},
    site::published::{Published, files},
    store::{ConsentStore, Error, wait},
};

/// Entries read at once.
const CHUNK: u64 = 4_096;
/// How often the head of the log is looked at.
const PAUSE: Duration = Duration::from_millis(1_000);
/// How often the ledger is read while somebody looks, and else.
const LEDGER: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(60));
/// Events of the site itself that are shown.
const MOST_EVENTS: usize = 200;
/// Versions of the policy that are compared, the newest.
const MOST_VERSIONS: usize = 50;

/// Everything the pages are made from.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) tally: Tally,
    /// Entries that could not be counted.
    pub(super) unreadable: u64,
    /// How far the log had come when it was looked at.
    pub(super) size: u64,
    /// How far it is counted.
    pub(super) read: u64,
    pub(super) root: String,
    pub(super) enforced: Enforced,
    /// What of the ledger the policy in force still does not declare.
    pub(super) undeclared: Vec<Undeclared>,
    /// Versions of the policy, the earliest first.
    pub(super) versions: Vec<Version>,
    /// Newest events of the site itself, the newest last.
    pub(super) events: VecDeque<Event>,
    /// What people asked for, in the order it came.
    pub(super) requests: Vec<Listed>,
    pub(super) bytes: Option<u64>,
    /// Why the store could not be read, and since when.
    pub(super) fault: Option<(String, OffsetDateTime)>,
    /// When everything was looked at last.
    pub(super) at: Option<OffsetDateTime>,
}

/// A request as the pages show it: nothing that leads to the person, who is in `tower-consent requests` only.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    pub(super) number: u64,
    pub(super) what: What,
    pub(super) received: OffsetDateTime,
    pub(super) state: State,
    pub(super) open: bool,
    /// The last day to answer; `None` where it cannot be computed.
    pub(super) due: Option<Date>,
}

impl Listed {
    fn of(request: &Request) -> Self {
        Self {
            number: request.number,
            what: request.what,
            received: request.received,
            state: request.state(),
            open: request.is_open(),
            due: request.due_day(),
        }
    }

    /// Says whether its term is over; one that cannot be computed counts as overdue.
    pub(super) fn is_overdue(&self, today: Date) -> bool {
        self.open && self.due.is_none_or(|due| due < today)
    }
}

/// A version of the policy.
#[derive(Clone, Debug)]
pub(super) struct Version {
    pub(super) version: String,
    pub(super) since: OffsetDateTime,
    /// What it changed; `None` for the first one, and where the texts cannot be read by this release.
    pub(super) change: Option<Difference>,
}

/// An event that no visitor made.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) index: u64,
    pub(super) kind: Kind,
    pub(super) time: String,
    pub(super) facts: BTreeMap<String, String>,
}

/// A running site and what is known of it.
#[derive(Debug)]
pub(super) struct Watch {
    pub(super) handle: PolicyHandle,
    seen: RwLock<Seen>,
    looked: AtomicBool,
}

impl Watch {
    /// Begins to follow the log; the thread ends with the last owner.
    pub(super) fn start(handle: PolicyHandle) -> Arc<Self> {
        let watch = Arc::new(Self { handle, seen: RwLock::default(), looked: AtomicBool::new(true) });
        let weak = Arc::downgrade(&watch);
        let started = thread::Builder::new().name("tower-consent-dashboard".to_owned()).spawn(move || follow(&weak));
        if let Err(error) = started {
            watch.change(|seen| seen.fault = Some((error.to_string(), watch.handle.site().clock.now())));
        }
        watch
    }

    /// Returns what is known now.
    pub(super) fn seen(&self) -> RwLockReadGuard<'_, Seen> {
        self.looked.store(true, Ordering::Relaxed);
        self.seen.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Seen) -> T) -> T {
        change(&mut self.seen.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Counts what is new in the log; says whether there is more.
    fn advance(&self, store: &dyn ConsentStore) -> Result<bool, Error> {
        let head = wait(store.head())?;
        let from = self.change(|seen| {
            seen.size = head.size();
            seen.root = head.root_hex();
            // A store that was set back is another log.
            if seen.read > seen.size {
                *seen = Seen { size: seen.size, root: std::mem::take(&mut seen.root), ..Seen::default() };
            }
            seen.read
        });
        if from == head.size() {
            return Ok(false);
        }
        let entries = wait(store.read(from..head.size().min(from + CHUNK)))?;
        let count = entries.len() as u64;
        self.change(|seen| {
            for (index, entry) in (from..).zip(&entries) {
                seen.take(index, entry);
            }
            seen.read = from + count;
        });
        Ok(count > 0 && from + count < head.size())
    }
}

impl Seen {
    fn take(&mut self, index: u64, entry: &Entry) {
        match self.tally.add(entry) {
            Err(_) => self.unreadable += 1,
            // Who signs in is no event of the site either.
            Ok(kind) if is_choice(kind) || kind == Kind::Link => {}
            Ok(kind) => {
                self.events.extend(event(index, kind, entry));
                if self.events.len() > MOST_EVENTS {
                    self.events.pop_front();
                }
            }
        }
    }
}

/// Reads an event of the site itself.
fn event(index: u64, kind: Kind, entry: &Entry) -> Option<Event> {
    let fields = entry.fields().ok()?;
    let facts = fields.get("facts").and_then(|facts| facts.as_object()).into_iter().flatten();
    Some(Event {
        index,
        kind,
        time: fields.get("time")?.as_str()?.to_owned(),
        facts: facts.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect(),
    })
}

/// What the thread remembers from one round to the next.
#[derive(Default)]
struct Rounds {
    /// The ledger of days that are over, and the day they are over on.
    over: Option<(Date, Enforced)>,
    ledger: Option<Instant>,
    versions: Vec<Published>,
    /// How many events of requests there were, and under which policy their terms were computed.
    requests: Option<(u64, String)>,
}

fn follow(watch: &Weak<Watch>) {
    let mut rounds = Rounds::default();
    loop {
        // Held for one step only, so that the site can go away meanwhile.
        let Some(watch) = watch.upgrade() else { return };
        let store = watch.handle.store();
        let now = watch.handle.site().clock.now();
        let more = watch.advance(&*store).and_then(|more| {
            if !more {
                rounds.look(&watch, &*store, now)?;
            }
            Ok(more)
        });
        let more = watch.change(|seen| match more {
            Ok(more) => {
                seen.fault = None;
                seen.at = Some(now);
                more
            }
            Err(error) => {
                let since = seen.fault.take().map_or(now, |(_, since)| since);
                seen.fault = Some((error.to_string(), since));
                false
            }
        });
        drop((store, watch));
        if !more {
            thread::sleep(PAUSE);
        }
    }
}

impl Rounds {
    /// Looks at what stands beside the log.
    fn look(&mut self, watch: &Watch, store: &dyn ConsentStore, now: OffsetDateTime) -> Result<(), Error> {
        self.compare(watch, store)?;
        self.list(watch, store)?;
        let looked = watch.looked.swap(false, Ordering::Relaxed);
        let pause = if looked { LEDGER.0 } else { LEDGER.1 };
        if self.ledger.is_some_and(|last| last.elapsed() < pause) {
            // Asked for again, in case it was not yet time.
            watch.looked.fetch_or(looked, Ordering::Relaxed);
            return Ok(());
        }
        self.ledger = Some(Instant::now());
        if looked {
            // What this process has counted and not written yet.
            watch.handle.site().ledger.write();
        }
        let today = now.date();
        let yesterday = today.previous_day().unwrap_or(today);
        if self.over.as_ref().is_none_or(|(day, _)| *day != yesterday) {
            let mut over = Enforced::default();
            let mut day =
                watch.seen.read().unwrap_or_else(PoisonError::into_inner).tally.days().map(|days| *days.start());
            while let Some(date) = day.filter(|day| *day < yesterday) {
                over.add(wait(Enforcement::read_day(store, date))?);
                day = date.next_day();
            }
            self.over = Some((yesterday, over));
        }
        let mut enforced = self.over.as_ref().map(|(_, over)| over.clone()).unwrap_or_default();
        // Yesterday may still be written by another process.
        for day in [yesterday, today] {
            enforced.add(wait(Enforcement::read_day(store, day))?);
        }
        let bytes = wait(store.bytes())?;
        // Made anew each time: another policy may declare what this one does not.
        let undeclared = inventory(&watch.handle.policy(), enforced.undeclared.values());
        watch.change(|seen| (seen.enforced, seen.undeclared, seen.bytes) = (enforced, undeclared, bytes));
        Ok(())
    }

    /// Reads the register of requests, when there is something new in it.
    fn list(&mut self, watch: &Watch, store: &dyn ConsentStore) -> Result<(), Error> {
        let policy = watch.handle.policy();
        let count = {
            let seen = watch.seen.read().unwrap_or_else(PoisonError::into_inner);
            let total = seen.tally.total();
            total.of(Kind::Request) + total.of(Kind::RequestStep)
        };
        let now = Some((count, policy.version().to_owned()));
        if self.requests != now {
            let requests = wait(register(store, &policy))?;
            watch.change(|seen| seen.requests = requests.iter().map(Listed::of).collect());
            self.requests = now;
        }
        Ok(())
    }

    /// Compares the versions of the policy with one another, when there is a new one.
    fn compare(&mut self, watch: &Watch, store: &dyn ConsentStore) -> Result<(), Error> {
        let published = wait(Published::all(store))?;
        if published == self.versions {
            return Ok(());
        }
        let skipped = published.len().saturating_sub(MOST_VERSIONS);
        let mut versions: Vec<Version> = Vec::new();
        let mut before: Option<Policy> = None;
        for published in &published[skipped..] {
            let files = wait(files(store, &published.version))?;
            let policy = files.and_then(|files| Policy::check(files).0);
            let change = before.as_ref().zip(policy.as_ref()).map(|(old, new)| old.difference(new));
            versions.push(Version { version: published.version.clone(), since: published.since, change });
            before = policy;
        }
        watch.change(|seen| seen.versions = versions);
        self.versions = published;
        Ok(())
    }
}
