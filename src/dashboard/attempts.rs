//! How often a wrong token was tried: after a few tries a source must wait, longer each time.
//!
//! In: where a request comes from, and whether its token was right. Out: how long to wait. Its memory is bounded. Whom
//! it counts is an address of a network, never a visitor of the site, and it is forgotten with the process.

use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use time::{Duration, OffsetDateTime};

/// Wrong tokens from one source before it must wait.
const FREE: u32 = 5;
/// The first wait; each further failure doubles it.
const FIRST: Duration = Duration::seconds(30);
const LONGEST: Duration = Duration::minutes(15);
/// A source is forgotten when nothing was wrong for so long.
const MEMORY: Duration = Duration::hours(1);
/// Sources counted at once; those in the way longest go first.
const MOST: usize = 1_024;
/// Wrong tokens from all sources together, within [`WINDOW`], before strangers must wait.
const ALL_FREE: usize = 60;
const WINDOW: Duration = Duration::minutes(10);
/// Sources that had the right token and do not wait for what others try.
const KNOWN: usize = 64;

/// Where a request comes from: an address, for IPv6 its network of 64 bits, which one household has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Source {
    Network(IpAddr),
    /// The server did not say; all of these count as one.
    Unknown,
}

impl Source {
    pub(super) fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::Network(address.into()),
            IpAddr::V6(address) => Self::Network(std::net::Ipv6Addr::from(u128::from(address) >> 64 << 64).into()),
        }
    }
}

/// Counts wrong tokens.
#[derive(Debug, Default)]
pub(super) struct Attempts(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    sources: HashMap<Source, Failures>,
    recent: VecDeque<OffsetDateTime>,
    known: VecDeque<Source>,
    /// Wrong tokens since the process began.
    failures: u64,
}

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    last: OffsetDateTime,
}

impl Failures {
    fn until(&self) -> OffsetDateTime {
        match self.count.checked_sub(FREE) {
            None => self.last,
            Some(more) => self.last + (FIRST * 2_i32.pow(more.min(10))).min(LONGEST),
        }
    }
}

impl Attempts {
    /// Says how long a source must wait before a token of it is looked at; `None` when it need not.
    pub(super) fn wait(&self, source: Source, now: OffsetDateTime) -> Option<Duration> {
        // Every change below is whole by itself.
        let counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = counted.sources.get(&source).map(Failures::until).filter(|until| *until > now);
        let all = (!counted.known.contains(&source)).then(|| {
            let recent = counted.recent.iter().filter(|at| now - **at < WINDOW);
            let first = recent.clone().next().copied();
            (recent.count() >= ALL_FREE).then(|| first.map(|first| first + WINDOW)).flatten()
        });
        let until = own.max(all.flatten())?;
        Some((until - now).max(Duration::SECOND))
    }

    /// Counts a wrong token.
    pub(super) fn wrong(&self, source: Source, now: OffsetDateTime) {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counted.failures += 1;
        counted.recent.push_back(now);
        if counted.recent.len() > ALL_FREE {
            counted.recent.pop_front();
        }
        if counted.sources.len() >= MOST && !counted.sources.contains_key(&source) {
            counted.sources.retain(|_, failures| now - failures.last < MEMORY);
            let oldest = counted.sources.iter().min_by_key(|(_, failures)| failures.last).map(|(source, _)| *source);
            if let Some(oldest) = oldest.filter(|_| counted.sources.len() >= MOST) {
                counted.sources.remove(&oldest);
            }
        }
        let failures = counted.sources.entry(source).or_insert(Failures { count: 0, last: now });
        if now - failures.last >= MEMORY {
            failures.count = 0;
        }
        failures.count = failures.count.saturating_add(1);
        failures.last = now;
    }

    /// Remembers who had the right token.
    pub(super) fn right(&self, source: Source) {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counted.sources.remove(&source);
        if !counted.known.contains(&source) {
            if counted.known.len() == KNOWN {
                counted.known.pop_front();
            }
            counted.known.push_back(source);
        }
    }

    /// Returns how many wrong tokens there were since the process began.
    pub(super) fn failures(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: OffsetDateTime = time::macros::datetime!(2026-11-25 12:00 UTC);

    fn source(number: u32) -> Source {
        Source::of(IpAddr::V4(number.into()))
    }

    #[test]
    fn a_source_waits_longer_with_each_failure_and_others_do_not() {
        let attempts = Attempts::default();
        for _ in 0..FREE - 1 {
            attempts.wrong(source(1), NOW);
        }
        assert_eq!(attempts.wait(source(1), NOW), None);
        attempts.wrong(source(1), NOW);
        assert_eq!(attempts.wait(source(1), NOW), Some(FIRST));
        assert_eq!(attempts.wait(source(2), NOW), None);
        assert_eq!(attempts.wait(source(1), NOW + FIRST), None);
        attempts.wrong(source(1), NOW + FIRST);
        assert_eq!(attempts.wait(source(1), NOW + FIRST), Some(FIRST * 2));
        for _ in 0..40 {
            attempts.wrong(source(1), NOW);
        }
        assert_eq!(attempts.wait(source(1), NOW), Some(LONGEST));
        attempts.right(source(1));
        assert_eq!(attempts.wait(source(1), NOW), None);
        assert_eq!(attempts.failures(), 46);
    }

    #[test]
    fn many_sources_together_make_strangers_wait_but_not_those_who_had_the_token() {
        let attempts = Attempts::default();
        attempts.right(source(1));
        for number in 2..2 + u32::try_from(ALL_FREE).unwrap() {
            attempts.wrong(source(number), NOW);
        }
        assert_eq!(attempts.wait(source(9_999), NOW), Some(WINDOW));
        assert_eq!(attempts.wait(source(1), NOW), None);
        assert_eq!(attempts.wait(source(9_999), NOW + WINDOW), None);
    }

    #[test]
    fn memory_is_bounded() {
        let attempts = Attempts::default();
        for number in 0..3_000 {
            attempts.wrong(source(number), NOW + Duration::milliseconds(number.into()));
            attempts.right(Source::of(IpAddr::V4((number + 1_000_000).into())));
        }
        let counted = attempts.0.lock().unwrap();
        assert!(counted.sources.len() <= MOST && counted.recent.len() <= ALL_FREE && counted.known.len() <= KNOWN);
        assert!(counted.sources.contains_key(&source(2_999)), "the newest are kept");
    }

    #[test]
    fn a_household_is_one_source() {
        let of = |text: &str| Source::of(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }
}
