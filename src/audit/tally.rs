//! Counts over a log by day, kind, purpose, policy version and language.
//!
//! In: entries, one after another. Out: sums over any range of days. It holds nothing that leads to a person, reads
//! each entry once and keeps no more than a fixed number of rows: what is beyond is counted together.

use std::{borrow::Cow, collections::BTreeMap, ops::RangeInclusive};

use serde::{Deserialize, Serialize, Serializer};
use time::{Date, Month};

use super::{Choices, Entry, EntryError};
use crate::record::Kind;

/// Rows kept at once: ten years of a busy site. Beyond them the oldest days lose version and language first.
const MOST_ROWS: usize = 65_536;
/// Purposes, versions and languages told apart; the next one counts as [`OTHER`].
const MOST_NAMES: usize = 255;
/// What stands for a name that is not told apart.
///
/// # Example
///
/// ```
/// use tower_consent::{Policy, audit::OTHER};
/// let policy = Policy::load("policies/news-site").unwrap();
/// assert!(policy.purpose(OTHER).is_none(), "nothing of this site is counted under that name");
/// ```
pub const OTHER: &str = "other";

/// Counts by day, kind, purpose, policy version and language.
///
/// # Example
///
/// ```
/// use tower_consent::audit::Tally;
/// let tally = Tally::default();
/// assert_eq!(tally.events(), 0);
/// assert!(tally.days().is_none());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Tally {
    events: u64,
    rows: BTreeMap<Key, Counts>,
    purposes: Names,
    versions: Names,
    languages: Names,
    /// Days up to this one have lost version and language.
    folded: Option<Date>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    day: Date,
    kind: Kind,
    version: u8,
    language: u8,
}

#[derive(Clone, Debug, Default)]
struct Counts {
    events: u64,
    /// By purpose: granted, refused.
    purposes: Vec<(u8, u64, u64)>,
}

/// Names in the order they came, by a small number; 0 is [`OTHER`].
#[derive(Clone, Debug, Default)]
struct Names(Vec<Box<str>>);

impl Names {
    fn number(&mut self, name: &str) -> u8 {
        if let Some(place) = self.0.iter().position(|known| **known == *name) {
            return u8::try_from(place + 1).unwrap_or(0);
        }
        if self.0.len() == MOST_NAMES {
            return 0;
        }
        self.0.push(name.into());
        u8::try_from(self.0.len()).unwrap_or(0)
    }

    fn name(&self, number: u8) -> &str {
        usize::from(number).checked_sub(1).and_then(|place| self.0.get(place)).map_or(OTHER, |name| name)
    }
}

/// What of an entry is counted. The rest is skipped, not read.
#[derive(Deserialize)]
struct Counted<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    time: Cow<'a, str>,
    #[serde(borrow, default)]
    policy: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    language: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    purposes: BTreeMap<Cow<'a, str>, bool>,
}

impl Tally {
    /// Counts one more entry and returns its kind.
    ///
    /// Entries of a store were checked when they were written; this reads just what it counts, so that a log of
    /// millions is counted in seconds.
    ///
    /// # Errors
    ///
    /// [`EntryError::Malformed`] when the entry has no kind, time or purposes that can be counted; nothing is.
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
    /// use tower_consent::{audit::{Entry, Tally}, store::ConsentStore};
    /// let mut tally = Tally::default();
    /// assert_eq!(tally.add(&store.read(0..1).await.unwrap()[0]).unwrap(), Kind::LogOpened);
    /// // What cannot be counted leaves the counts as they were.
    /// assert!(tally.add(&Entry::from_parts(b"{}".to_vec(), Vec::new())).is_err());
    /// assert_eq!(tally.events(), 1);
    /// # });
    /// ```
    pub fn add(&mut self, entry: &Entry) -> Result<Kind, EntryError> {
        let counted: Counted<'_> = serde_json::from_slice(&entry.leaf).map_err(|_| EntryError::Malformed)?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.as_str() == counted.kind).ok_or(EntryError::Malformed)?;
        let day = day(&counted.time).ok_or(EntryError::Malformed)?;
        let folded = self.folded.is_some_and(|folded| day <= folded);
        let mut key = Key { day, kind, version: 0, language: 0 };
        if !folded {
            key.version = self.versions.number(counted.policy.as_deref().unwrap_or_default());
            key.language = self.languages.number(counted.language.as_deref().unwrap_or_default());
        }
        let counts = self.rows.entry(key).or_default();
        counts.events += 1;
        self.events += 1;
        for (purpose, granted) in &counted.purposes {
            let number = self.purposes.number(purpose);
            let row = match counts.purposes.iter().position(|(known, ..)| *known == number) {
                Some(place) => &mut counts.purposes[place],
                None => {
                    counts.purposes.push((number, 0, 0));
                    counts.purposes.last_mut().expect("it was just put there")
                }
            };
            *(if *granted { &mut row.1 } else { &mut row.2 }) += 1;
        }
        while self.rows.len() > MOST_ROWS {
            self.fold();
        }
        Ok(kind)
    }

    /// Returns the number of events.
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
    /// use tower_consent::{audit::Tally, store::ConsentStore};
    /// log.append(vec![Record::of(Kind::Accept, now, "v1"), Record::of(Kind::Refuse, now, "v1")]).await.unwrap();
    /// let mut tally = Tally::default();
    /// for entry in store.read(0..100).await.unwrap() {
    ///     tally.add(&entry).unwrap();
    /// }
    /// assert_eq!(tally.events(), log.head().await.unwrap().size());
    /// # });
    /// ```
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Returns the first and the last day there is an event of.
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
    /// use time::macros::{date, datetime};
    /// use tower_consent::{audit::Tally, store::ConsentStore};
    /// log.append(vec![Record::of(Kind::Accept, datetime!(2026-11-25 09:00 UTC), "v1")]).await.unwrap();
    /// let mut tally = Tally::default();
    /// for entry in store.read(0..100).await.unwrap() {
    ///     tally.add(&entry).unwrap();
    /// }
    /// assert_eq!(tally.days(), Some(now.date()..=date!(2026-11-25)));
    /// # });
    /// ```
    pub fn days(&self) -> Option<RangeInclusive<Date>> {
        let (first, _) = self.rows.first_key_value()?;
        let (last, _) = self.rows.last_key_value()?;
        Some(first.day..=last.day)
    }

    /// Adds up a range of days.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::audit::Tally;
    /// use time::macros::date;
    /// let sums = Tally::default().sums(date!(2026-11-01)..=date!(2026-11-30));
    /// assert_eq!(sums.events, 0);
    /// ```
    pub fn sums(&self, days: RangeInclusive<Date>) -> Sums {
        let mut sums = Sums::default();
        for (key, counts) in self.rows.iter().skip_while(|(key, _)| key.day < *days.start()) {
            if key.day > *days.end() {
                break;
            }
            sums.events += counts.events;
            let kind = key.kind.as_str();
            *sums.kinds.entry(kind).or_default() += counts.events;
            *sums.days.entry(key.day).or_default().entry(kind).or_default() += counts.events;
            for (purpose, granted, refused) in &counts.purposes {
                let choices = sums.purposes.entry(self.purposes.name(*purpose).to_owned()).or_default();
                choices.granted += granted;
                choices.refused += refused;
            }
            // The site's own events have a version too, and count for none.
            if is_choice(key.kind) {
                for (names, number, into) in [
                    (&self.versions, key.version, &mut sums.versions),
                    (&self.languages, key.language, &mut sums.languages),
                ] {
                    let name = names.name(number);
                    *into.entry(name.to_owned()).or_default().entry(kind).or_default() += counts.events;
                }
            }
        }
        sums
    }

    /// Adds up all days.
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
    /// use tower_consent::{audit::Tally, store::ConsentStore};
    /// log.append(vec![Record::of(Kind::Accept, now, "v1"), Record::of(Kind::Refuse, now, "v2")]).await.unwrap();
    /// let mut tally = Tally::default();
    /// for entry in store.read(0..100).await.unwrap() {
    ///     tally.add(&entry).unwrap();
    /// }
    /// let total = tally.total();
    /// assert_eq!((total.events, total.versions["v1"]["accept"], total.versions["v2"]["refuse"]), (3, 1, 1));
    /// # });
    /// ```
    pub fn total(&self) -> Sums {
        self.days().map(|days| self.sums(days)).unwrap_or_default()
    }

    /// Makes room: the oldest day that has them loses version and language; when none has, it joins the day after.
    fn fold(&mut self) {
        let after =
            |day: Option<Date>| self.rows.keys().map(|key| key.day).find(|found| day.is_none_or(|day| *found > day));
        let (day, into) = match after(self.folded) {
            Some(day) => (day, day),
            None => {
                let Some(first) = after(None) else { return };
                (first, after(Some(first)).unwrap_or(first))
            }
        };
        self.folded = Some(self.folded.map_or(day, |folded| folded.max(day)));
        let old: Vec<Key> =
            self.rows.keys().take_while(|key| key.day <= day).filter(|key| key.day == day).copied().collect();
        for key in old {
            let Some(counts) = self.rows.remove(&key) else { continue };
            let row = self.rows.entry(Key { day: into, version: 0, language: 0, ..key }).or_default();
            row.events += counts.events;
            for (purpose, granted, refused) in counts.purposes {
                match row.purposes.iter_mut().find(|(known, ..)| *known == purpose) {
                    Some(known) => (known.1, known.2) = (known.1 + granted, known.2 + refused),
                    None => row.purposes.push((purpose, granted, refused)),
                }
            }
        }
    }
}

/// Counts of a range of days.
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
/// use tower_consent::{audit::Tally, store::ConsentStore};
/// let mut record = Record::of(Kind::Accept, now, "v1");
/// record.language = Some("ru".to_owned());
/// record.purposes = [("metrics".parse().unwrap(), true)].into();
/// log.append(vec![record]).await.unwrap();
/// let mut tally = Tally::default();
/// for entry in store.read(0..100).await.unwrap() {
///     tally.add(&entry).unwrap();
/// }
/// let sums = tally.sums(now.date()..=now.date());
/// assert_eq!((sums.languages["ru"]["accept"], sums.purposes["metrics"].granted), (1, 1));
/// # });
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Sums {
    /// All events.
    pub events: u64,
    /// Events of each kind that occurs.
    pub kinds: BTreeMap<&'static str, u64>,
    /// Events of each day by kind.
    #[serde(serialize_with = "by_day")]
    pub days: BTreeMap<Date, BTreeMap<&'static str, u64>>,
    /// How often each purpose was granted and refused.
    pub purposes: BTreeMap<String, Choices>,
    /// Choices under each version of the policy, by kind.
    pub versions: BTreeMap<String, BTreeMap<&'static str, u64>>,
    /// Choices in each language, by kind.
    pub languages: BTreeMap<String, BTreeMap<&'static str, u64>>,
}

impl Sums {
    /// Returns how many events of a kind there are.
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
    /// use tower_consent::{audit::Tally, store::ConsentStore};
    /// let mut tally = Tally::default();
    /// tally.add(&store.read(0..1).await.unwrap()[0]).unwrap();
    /// let sums = tally.total();
    /// assert_eq!((sums.of(Kind::LogOpened), sums.of(Kind::Withdraw)), (1, 0));
    /// # });
    /// ```
    pub fn of(&self, kind: Kind) -> u64 {
        self.kinds.get(kind.as_str()).copied().unwrap_or_default()
    }
}

fn by_day<S: Serializer>(days: &BTreeMap<Date, BTreeMap<&'static str, u64>>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(days.iter().map(|(day, kinds)| (day.to_string(), kinds)))
}

/// Says whether an event is something a visitor chose.
///
/// # Example
///
/// ```
/// use tower_consent::{audit::is_choice, record::Kind};
/// let choices = Kind::ALL.into_iter().filter(|kind| is_choice(*kind)).count();
/// assert_eq!(choices, 7);
/// assert!(!is_choice(Kind::Expire), "time passes without the visitor");
/// ```
pub fn is_choice(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Accept | Kind::Acknowledge | Kind::Gpc | Kind::Partial | Kind::Refuse | Kind::Renew | Kind::Withdraw
    )
}

/// The day of a time as entries write it: RFC 3339, in UTC.
fn day(time: &str) -> Option<Date> {
    let number = |from: usize, to: usize| time.get(from..to)?.parse::<u16>().ok();
    let month = Month::try_from(u8::try_from(number(5, 7)?).ok()?).ok()?;
    Date::from_calendar_date(i32::from(number(0, 4)?), month, u8::try_from(number(8, 10)?).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    fn entry(day: Date, kind: &str, policy: &str, language: &str, metrics: bool) -> Entry {
        let leaf = format!(
            r#"{{"kind":"{kind}","language":"{language}","policy":"{policy}","purposes":{{"metrics":{metrics}}},"time":"{day}T10:00:00Z","v":1}}"#
        );
        Entry::from_parts(leaf.into_bytes(), Vec::new())
    }

    #[test]
    fn sums_are_of_the_days_asked_for() {
        let mut tally = Tally::default();
        tally.add(&entry(date!(2026 - 11 - 01), "accept", "a", "ru", true)).unwrap();
        tally.add(&entry(date!(2026 - 11 - 02), "refuse", "a", "en", false)).unwrap();
        tally.add(&entry(date!(2026 - 11 - 02), "accept", "b", "ru", true)).unwrap();
        tally.add(&entry(date!(2026 - 11 - 03), "policy-published", "b", "", true)).unwrap();
        let all = tally.total();
        assert_eq!((tally.events(), all.events, all.of(Kind::Accept)), (4, 4, 2));
        assert_eq!(all.versions["a"], BTreeMap::from([("accept", 1), ("refuse", 1)]));
        assert_eq!(all.languages.keys().collect::<Vec<_>>(), ["en", "ru"]);
        let second = tally.sums(date!(2026 - 11 - 02)..=date!(2026 - 11 - 02));
        assert_eq!(second.days.len(), 1);
        assert_eq!(second.purposes["metrics"], Choices { granted: 1, refused: 1 });
        assert_eq!(tally.days(), Some(date!(2026 - 11 - 01)..=date!(2026 - 11 - 03)));
    }

    #[test]
    fn what_cannot_be_counted_is_told_and_not_counted() {
        let mut tally = Tally::default();
        for leaf in [
            "",
            "{}",
            r#"{"kind":"agreed","time":"2026-11-01T00:00:00Z"}"#,
            r#"{"kind":"accept","time":"2026-13-01T00:00:00Z"}"#,
            r#"{"kind":"accept","time":"2026-11-01T00:00:00Z","purposes":{"metrics":1}}"#,
        ] {
            assert!(tally.add(&Entry::from_parts(leaf.into(), Vec::new())).is_err(), "{leaf}");
        }
        assert_eq!((tally.events(), tally.days()), (0, None));
    }

    #[test]
    fn memory_is_bounded_and_no_count_is_lost() {
        let mut tally = Tally::default();
        let mut day = date!(2020 - 01 - 01);
        let mut sent = 0;
        // 280 versions in 30 languages each day: more rows and names than are kept.
        for number in 0..90_000_u32 {
            if number % 3_000 == 0 {
                day = day.next_day().unwrap();
            }
            let (version, language) = (format!("v{}", number % 280), format!("l{}", number % 31));
            tally.add(&entry(day, "accept", &version, &language, true)).unwrap();
            sent += 1;
        }
        assert!(tally.rows.len() <= MOST_ROWS);
        let total = tally.total();
        assert_eq!((total.events, total.of(Kind::Accept)), (sent, sent));
        assert_eq!(total.purposes["metrics"].granted, sent);
        assert_eq!(total.days.len(), 30, "days stay apart while there is room");
        assert!(total.versions.len() <= MOST_NAMES + 1 && total.versions[OTHER]["accept"] > 0);
    }

    #[test]
    fn days_join_when_nothing_else_is_left_to_fold() {
        let mut tally = Tally::default();
        tally.add(&entry(date!(2026 - 11 - 01), "accept", "a", "ru", true)).unwrap();
        tally.add(&entry(date!(2026 - 11 - 02), "accept", "a", "ru", false)).unwrap();
        (0..3).for_each(|_| tally.fold());
        let total = tally.total();
        assert_eq!(total.days.len(), 1);
        assert_eq!((total.events, total.purposes["metrics"]), (2, Choices { granted: 1, refused: 1 }));
        // A late entry of a folded day is counted all the same.
        tally.add(&entry(date!(2026 - 11 - 01), "accept", "a", "ru", true)).unwrap();
        assert_eq!(tally.total().events, 3);
    }

    /// As `entry`, with another word on each purpose.
    fn choosing(day: Date, kind: &str, purposes: &str) -> Entry {
        let leaf = format!(
            r#"{{"kind":"{kind}","language":"ru","policy":"a","purposes":{purposes},"time":"{day}T10:00:00Z","v":1}}"#
        );
        Entry::from_parts(leaf.into_bytes(), Vec::new())
    }

    #[test]
    fn each_purpose_is_counted_by_itself_before_and_after_days_are_folded() {
        let mut tally = Tally::default();
        let (day, next) = (date!(2026 - 11 - 01), date!(2026 - 11 - 02));
        for (day, kind, purposes) in [
            (day, "accept", r#"{"metrics":true,"video":true}"#),
            (day, "accept", r#"{"metrics":true,"video":true}"#),
            (day, "partial", r#"{"metrics":true,"video":false}"#),
            (day, "partial", r#"{"metrics":false,"video":true}"#),
            (day, "refuse", r#"{"metrics":false,"video":false}"#),
            (next, "partial", r#"{"metrics":false,"video":true}"#),
            (next, "partial", r#"{"maps":true,"metrics":true,"video":false}"#),
        ] {
            tally.add(&choosing(day, kind, purposes)).unwrap();
        }
        let purposes = |granted: [u64; 3], refused: [u64; 3]| {
            let names = ["maps", "metrics", "video"].into_iter().zip(granted.into_iter().zip(refused));
            names.map(|(name, (granted, refused))| (name.to_owned(), Choices { granted, refused })).collect()
        };
        let kinds = BTreeMap::from([("accept", 2), ("partial", 4), ("refuse", 1)]);
        let first = BTreeMap::from([("accept", 2), ("partial", 2), ("refuse", 1)]);
        let before = tally.total();
        assert_eq!((before.events, &before.kinds), (7, &kinds));
        assert_eq!(before.days, BTreeMap::from([(day, first), (next, BTreeMap::from([("partial", 2)]))]));
        assert_eq!(before.purposes, purposes([1, 4, 4], [0, 3, 3]));
        assert_eq!(before.versions, BTreeMap::from([("a".to_owned(), kinds.clone())]));
        assert_eq!(before.languages, BTreeMap::from([("ru".to_owned(), kinds.clone())]));
        // Both days lose version and language, and then the first one joins the second.
        (0..3).for_each(|_| tally.fold());
        let after = tally.total();
        assert_eq!(after.days, BTreeMap::from([(next, kinds.clone())]));
        assert_eq!((after.events, after.kinds, after.purposes), (7, kinds.clone(), before.purposes));
        assert_eq!(after.versions, BTreeMap::from([(OTHER.to_owned(), kinds.clone())]));
        assert_eq!(after.languages, BTreeMap::from([(OTHER.to_owned(), kinds)]));
    }

    #[test]
    fn days_lose_version_and_language_from_the_oldest_on_and_for_late_entries_too() {
        let mut tally = Tally::default();
        let days = [date!(2026 - 11 - 01), date!(2026 - 11 - 02), date!(2026 - 11 - 03)];
        for day in days {
            tally.add(&entry(day, "accept", "a", "ru", true)).unwrap();
        }
        (0..2).for_each(|_| tally.fold());
        for day in days {
            tally.add(&entry(day, "accept", "b", "en", true)).unwrap();
        }
        for (day, versions, languages) in
            [(days[0], "other:2", "other:2"), (days[1], "other:2", "other:2"), (days[2], "a:1 b:1", "en:1 ru:1")]
        {
            let sums = tally.sums(day..=day);
            let written = |names: &BTreeMap<String, BTreeMap<&str, u64>>| {
                names.iter().map(|(name, kinds)| format!("{name}:{}", kinds["accept"])).collect::<Vec<_>>().join(" ")
            };
            assert_eq!((written(&sums.versions).as_str(), written(&sums.languages).as_str()), (versions, languages));
        }
    }

    #[test]
    fn as_many_rows_are_kept_as_there_is_room_for() {
        let mut tally = Tally::default();
        let (first, second) = (date!(2026 - 11 - 01), date!(2026 - 11 - 02));
        // All rows but one, without the work of reading so many entries.
        let kept = (0..=u8::MAX).flat_map(|version| (0..=u8::MAX).map(move |language| (version, language)));
        for (version, language) in kept.skip(1) {
            let day = if version < 128 { first } else { second };
            tally.rows.insert(Key { day, kind: Kind::Accept, version, language }, Counts::default());
        }
        tally.add(&entry(second, "refuse", "a", "ru", false)).unwrap();
        assert_eq!((tally.rows.len(), tally.folded), (MOST_ROWS, None));
        tally.add(&entry(second, "refuse", "a", "en", false)).unwrap();
        assert_eq!((tally.rows.len(), tally.folded), (MOST_ROWS / 2 + 3, Some(first)));
    }
}
