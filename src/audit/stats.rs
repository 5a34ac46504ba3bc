//! Counts over a log: nothing that leads to a person.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::{Entry, EntryError};

/// How many events of which kind there are, and how often each purpose was granted and refused.
///
/// # Example
///
/// ```
/// use tower_consent::audit::Stats;
/// let stats = Stats::default();
/// assert_eq!(stats.events, 0);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Stats {
    /// All events.
    pub events: u64,
    /// Events of each kind that occurs.
    pub by_kind: BTreeMap<String, u64>,
    /// Choices for each purpose that occurs.
    pub by_purpose: BTreeMap<String, Choices>,
}

/// How often a purpose was granted and refused.
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
/// use tower_consent::{audit::Stats, store::ConsentStore};
/// let mut record = Record::of(Kind::Partial, now, "v1");
/// record.purposes = [("metrics".parse().unwrap(), true), ("recommendations".parse().unwrap(), false)].into();
/// log.append(vec![record]).await.unwrap();
/// let mut stats = Stats::default();
/// stats.add(&store.read(1..2).await.unwrap()[0]).unwrap();
/// assert_eq!((stats.by_purpose["metrics"].granted, stats.by_purpose["recommendations"].refused), (1, 1));
/// # });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Choices {
    /// Events that grant it.
    pub granted: u64,
    /// Events that refuse it.
    pub refused: u64,
}

impl Stats {
    /// Counts one more entry.
    ///
    /// # Errors
    ///
    /// [`EntryError::Malformed`] when the entry cannot be read.
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
    /// use tower_consent::{audit::Stats, store::ConsentStore};
    /// log.append(vec![Record::of(Kind::Export, now, "v1")]).await.unwrap();
    /// let mut stats = Stats::default();
    /// for entry in store.read(0..100).await.unwrap() {
    ///     stats.add(&entry).unwrap();
    /// }
    /// assert_eq!((stats.events, stats.by_kind["export"]), (2, 1));
    /// # });
    /// ```
    pub fn add(&mut self, entry: &Entry) -> Result<(), EntryError> {
        let fields = entry.fields()?;
        let kind = fields.get("kind").and_then(Value::as_str).ok_or(EntryError::Malformed)?;
        self.events += 1;
        *self.by_kind.entry(kind.to_owned()).or_default() += 1;
        for (purpose, granted) in fields.get("purposes").and_then(Value::as_object).into_iter().flatten() {
            let choices = self.by_purpose.entry(purpose.clone()).or_default();
            match granted.as_bool() {
                Some(true) => choices.granted += 1,
                Some(false) => choices.refused += 1,
                None => return Err(EntryError::Malformed),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(kind: &str, purposes: &str) -> Entry {
        let leaf =
            format!(r#"{{"kind":"{kind}","purposes":{purposes},"time":"2026-11-01T10:00:00Z","v":1}}"#).into_bytes();
        Entry::from_parts(leaf, Vec::new())
    }

    #[test]
    fn events_are_counted_by_kind_and_choices_by_purpose() {
        let mut stats = Stats::default();
        for entry in [
            entry("accept", r#"{"metrics":true,"video":true}"#),
            entry("partial", r#"{"metrics":true,"video":false}"#),
            entry("partial", r#"{"metrics":true,"video":false}"#),
            entry("refuse", r#"{"metrics":false,"video":false}"#),
            entry("policy-published", "{}"),
        ] {
            stats.add(&entry).unwrap();
        }
        let kinds = [("accept", 1), ("partial", 2), ("policy-published", 1), ("refuse", 1)];
        let purposes = [("metrics", Choices { granted: 3, refused: 1 }), ("video", Choices { granted: 1, refused: 3 })];
        let expected = Stats {
            events: 5,
            by_kind: kinds.map(|(kind, count)| (kind.to_owned(), count)).into(),
            by_purpose: purposes.map(|(purpose, choices)| (purpose.to_owned(), choices)).into(),
        };
        assert_eq!(stats, expected);
    }

    #[test]
    fn what_cannot_be_counted_is_told() {
        let mut stats = Stats::default();
        assert!(stats.add(&entry("agreed", "{}")).is_err());
        assert_eq!(stats, Stats::default());
        assert!(stats.add(&entry("accept", r#"{"metrics":1}"#)).is_err());
    }
}
