//! Destroying personal values, and telling the log that it was done.
//!
//! In: people, a reason. Out: an `erase` event that names events and values, and nobody. What a crash leaves half done is
//! told of when the log is opened again.

use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};

use super::{
    super::{erased, owed},
    Log, links,
};
use crate::{
    clock::{Clock, SystemClock},
    record::{Kind, Receipt, Record},
    signal::VisitorId,
    store::{Erasure, Error, ErrorKind},
};

/// Begins the names of the notes about erasures that are going on.
const ERASING: &str = "log/erasing";
/// How long such a note is kept whose erasure has not begun: another instance may be about to.
const UNDECIDED: Duration = Duration::DAY;
/// How long it is known which events an erasure was about (order of Roskomnadzor 179 of 2022-10-28: three years).
const TARGETS: Duration = Duration::days(3 * 366);

impl Log {
    /// Destroys the personal values of a visitor, then tells the log that it was done, how many events it was about,
    /// and why. Returns the receipt; `None` when there was nothing to destroy.
    ///
    /// What names him in events of accounts he was linked with goes too. An account is erased by its
    /// [`subject`](crate::signal::AccountId::subject): that ends all its links, and its visitors stay.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or written. Asked again, it does what is left to do.
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
    /// use tower_consent::{signal::VisitorId, store::ConsentStore};
    /// let visitor = VisitorId::from_random([7; 16]);
    /// let mut record = Record::of(Kind::Accept, now, "v1");
    /// record.visitor = Some(visitor);
    /// log.append(vec![record]).await.unwrap();
    /// let receipt = log.erase(visitor, "request 17", now).await.unwrap().unwrap();
    /// assert!(receipt.entry.contains(r#""reason":"request 17""#) && !receipt.entry.contains(&visitor.to_string()));
    /// assert!(store.by_visitor(visitor).await.unwrap().is_empty());
    /// assert!(log.erase(visitor, "request 17", now).await.unwrap().is_none(), "nothing is left to destroy");
    /// # });
    /// ```
    pub async fn erase(
        &mut self,
        visitor: VisitorId,
        reason: &str,
        now: OffsetDateTime,
    ) -> Result<Option<Receipt>, Error> {
        self.erase_all(&[visitor], reason, now).await
    }

    /// Destroys the personal values of several visitors as one erasure, as [`Log::erase`] does.
    ///
    /// # Errors
    ///
    /// As [`Log::erase`]; and [`ErrorKind::Refused`] when they are too many for one erasure: then nothing was done.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use time::OffsetDateTime;
    /// use tower_consent::{record::{Kind, Record}, recorder::Log, signal::VisitorId, store::Memory};
    /// pollster::block_on(async {
    ///     let now = OffsetDateTime::UNIX_EPOCH;
    ///     let mut log = Log::open(Arc::new(Memory::default()), "news.example/consent", now).await.unwrap();
    ///     let people = [1, 2].map(|byte| VisitorId::from_random([byte; 16]));
    ///     let refusals = people.map(|visitor| {
    ///         let mut record = Record::of(Kind::Refuse, now, "v1");
    ///         record.visitor = Some(visitor);
    ///         record
    ///     });
    ///     log.append(refusals.to_vec()).await.unwrap();
    ///     let receipt = log.erase_all(&people, "retention", now).await.unwrap().unwrap();
    ///     assert!(receipt.entry.contains(r#""events":"2""#), "{}", receipt.entry);
    ///     assert!(log.erase_all(&people, "retention", now).await.unwrap().is_none());
    /// });
    /// ```
    pub async fn erase_all(
        &mut self,
        visitors: &[VisitorId],
        reason: &str,
        now: OffsetDateTime,
    ) -> Result<Option<Receipt>, Error> {
        // First: an outbox that ships an event of his from now on finds it.
        erased::remember(&*self.store, visitors, now).await?;
        owed::forget(&*self.store, visitors).await?;
        let mut places = Vec::new();
        for visitor in visitors {
            places.extend(self.store.by_visitor(*visitor).await?);
        }
        match places.is_empty() {
            true => Ok(None),
            false => self.destroy(visitors, places, reason, now).await,
        }
    }

    /// Destroys the values of events, and of the other sides of links among them, and tells the log; `None` when there was
    /// nothing left of them. `visitors` are those of whom these are all events.
    pub(super) async fn destroy(
        &mut self,
        visitors: &[VisitorId],
        mut places: Vec<u64>,
        reason: &str,
        now: OffsetDateTime,
    ) -> Result<Option<Receipt>, Error> {
        let size = self.store.head().await?.size();
        let others = links::other_sides(&*self.store, &places).await?;
        // Other sides first: it is by his own events that they are found again after a crash.
        let singly: Vec<u64> = match visitors.is_empty() {
            true => others.iter().chain(&places).copied().collect(),
            false => others.into_iter().filter(|other| !places.contains(other)).collect(),
        };
        places.extend(&singly);
        places.sort_unstable();
        places.dedup();
        let mut counts = self.values(&mut places).await?;
        let values = listed(&counts);
        let reason = reason.replace('\n', " ");
        let name = erasing(&places);
        // The note names events, not the person; a crash before the event is in the log is settled by it.
        if !places.is_empty() {
            let list: Vec<String> = places.iter().map(u64::to_string).collect();
            let note = format!("{}\n{}\n{values}\n{reason}", now.unix_timestamp(), list.join(" "));
            self.store.put_note(name.clone(), note.into_bytes()).await?;
        }
        for place in singly {
            self.store.erase(Erasure::Event(place)).await?;
        }
        for visitor in visitors {
            self.store.erase(Erasure::Visitor(*visitor)).await?;
        }
        // A link that another instance wrote meanwhile lost its own side just now.
        let mut late = links::named_since(&*self.store, visitors, size).await?;
        for (name, count) in self.values(&mut late).await? {
            *counts.entry(name).or_default() += count;
        }
        for place in &late {
            self.store.erase(Erasure::Event(*place)).await?;
        }
        places.extend(late);
        if places.is_empty() {
            // What was left of an erasure before is forgotten now; it was told of then.
            return Ok(None);
        }
        let receipt = self.log_erasure(&places, &listed(&counts), &reason, now).await?;
        self.store.put_note(name, Vec::new()).await?;
        Ok(Some(receipt))
    }

    /// Counts the personal values of events by their names: what an act of destruction lists, and nothing personal. Links whose
    /// values are gone already are taken out of the list.
    async fn values(&self, places: &mut Vec<u64>) -> Result<BTreeMap<String, u64>, Error> {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        let mut gone = Vec::new();
        for place in places.iter() {
            let Some(entry) = links::entry(&*self.store, *place).await? else { continue };
            if entry.disclosures.is_empty() && links::is_link(&entry) {
                gone.push(*place);
            }
            // What cannot be read is told of by `log verify`; it is destroyed all the same.
            for name in entry.disclosed().ok().into_iter().flat_map(BTreeMap::into_keys) {
                *counts.entry(name).or_default() += 1;
            }
        }
        places.retain(|place| !gone.contains(place));
        Ok(counts)
    }

    async fn log_erasure(
        &mut self,
        places: &[u64],
        values: &str,
        reason: &str,
        now: OffsetDateTime,
    ) -> Result<Receipt, Error> {
        let mut record = Record::of(Kind::Erase, now, "");
        record.by = "operator";
        record.source = "operator";
        record.facts.insert("events", places.len().to_string());
        record.facts.insert("reason", reason.to_owned());
        if !values.is_empty() {
            record.facts.insert("values", values.to_owned());
        }
        record.targets = places.to_vec();
        record.brief = TARGETS;
        let receipt = self.append(vec![record]).await?.pop();
        receipt.ok_or_else(|| Error::new(ErrorKind::Unavailable, "an erasure has no receipt"))
    }

    /// Tells the log of erasures that were done and not logged.
    pub(super) async fn settle_erasures(&mut self) -> Result<(), Error> {
        for (name, note) in self.store.notes(ERASING.to_owned()).await? {
            if self.settle_erasure(note).await? {
                self.store.put_note(name, Vec::new()).await?;
            }
        }
        Ok(())
    }

    /// Tells the log of an erasure, as far as it was done; says whether its note is to be forgotten.
    async fn settle_erasure(&mut self, note: Vec<u8>) -> Result<bool, Error> {
        let note = String::from_utf8(note).unwrap_or_default();
        let lines: Vec<&str> = note.splitn(4, '\n').collect();
        let read = || {
            // A note of an earlier release does not tell the values.
            let (unix, list, values, reason) = match lines[..] {
                [unix, list, values, reason] => (unix, list, values, reason),
                [unix, list, reason] => (unix, list, "", reason),
                _ => return None,
            };
            let time = OffsetDateTime::from_unix_timestamp(unix.parse().ok()?).ok()?;
            let places: Option<Vec<u64>> = list.split(' ').map(|place| place.parse().ok()).collect();
            Some((time, places?, values.to_owned(), reason.to_owned()))
        };
        let Some((time, places, values, reason)) = read() else {
            return Err(Error::new(ErrorKind::Corrupt, "the note of an erasure is damaged"));
        };
        let mut done = Vec::with_capacity(places.len());
        for place in &places {
            let entry = self.store.read(*place..*place + 1).await?.pop();
            done.extend(entry.filter(|entry| entry.disclosures.is_empty()).map(|_| *place));
        }
        // Of an erasure that was done in part the values are not known any more.
        let values = if done.len() == places.len() { values } else { String::new() };
        if done.is_empty() {
            return Ok(SystemClock.now() - time > UNDECIDED);
        }
        self.log_erasure(&done, &values, &reason, time).await.map(|_| true)
    }
}

/// Writes counts as the log tells them.
fn listed(counts: &BTreeMap<String, u64>) -> String {
    let counts: Vec<String> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
    counts.join(", ")
}

/// Names the note of an erasure, by its first event: two instances that erase two persons write two notes.
fn erasing(places: &[u64]) -> String {
    format!("{ERASING}/{}", places.first().copied().unwrap_or_default())
}
