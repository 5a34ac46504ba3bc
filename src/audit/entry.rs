//! One event as canonical bytes.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::{OffsetDateTime, UtcDateTime, format_description::well_known::Rfc3339};

use super::tiles::LONGEST_ENTRY;
use crate::{
    record::{Kind, Record},
    signal::{AccountId, VisitorId},
};

/// Digests in every entry, decoys included: their number tells nothing of what is known about a person. A choice has at
/// most five values, and so has a request; a link has three, an erasure has one.
const DIGESTS: usize = 5;

/// Salts an entry needs, of 128 bits each.
pub(crate) const SALTS: usize = DIGESTS;

/// Every field an entry can have.
const FIELDS: [&str; 18] = [
    "_sd",
    "_sd_alg",
    "basis",
    "by",
    "consent",
    "expires",
    "facts",
    "jurisdiction",
    "kind",
    "language",
    "method",
    "notice",
    "origin_check",
    "policy",
    "purposes",
    "signals",
    "source",
    "time",
];

/// One event of the log: public bytes and the values that were left out of them.
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
/// let mut record = Record::of(Kind::Refuse, now, "v1");
/// record.visitor = Some(VisitorId::from_random([7; 16]));
/// log.append(vec![record]).await.unwrap();
/// let entry = store.read(1..2).await.unwrap().remove(0);
/// let (leaf, visitor) = (String::from_utf8(entry.leaf.clone()).unwrap(), VisitorId::from_random([7; 16]).to_string());
/// assert!(leaf.contains(r#""kind":"refuse""#) && !leaf.contains(&visitor), "what all may read names nobody");
/// assert_eq!(entry.disclosed().unwrap()["subject"], visitor.as_str());
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// Canonical JSON, the leaf of the tree.
    pub leaf: Vec<u8>,
    /// The disclosures: `base64url(["salt", "name", value])`, one for each personal value that stays until it is
    /// erased.
    pub disclosures: Vec<String>,
    /// The disclosures that expire.
    pub brief: Vec<String>,
    /// When they do.
    pub brief_until: Option<OffsetDateTime>,
    /// Whose event it is, for finding a person's events; only while it is written.
    pub visitor: Option<VisitorId>,
}

/// An entry that cannot be written or read.
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
/// use tower_consent::{audit::EntryError, signal::VisitorId, store::ConsentStore};
/// let refusals = [1, 2].map(|byte| {
///     let mut record = Record::of(Kind::Refuse, now, "v1");
///     record.visitor = Some(VisitorId::from_random([byte; 16]));
///     record
/// });
/// log.append(refusals.to_vec()).await.unwrap();
/// let [mut one, other] = store.read(1..3).await.unwrap().try_into().unwrap();
/// // A personal value cannot be moved to another event.
/// one.disclosures = other.disclosures;
/// assert!(matches!(one.disclosed(), Err(EntryError::Disclosure)));
/// # });
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EntryError {
    /// A disclosure belongs to no digest of the entry.
    #[error("a personal value is not the one the entry has the digest of")]
    Disclosure,
    /// It is longer than an entry of a log can be.
    #[error("entry is over {LONGEST_ENTRY} bytes")]
    Long,
    /// It has more personal values than an entry has digests.
    #[error("entry has over {DIGESTS} personal values")]
    Many,
    /// The bytes are no entry of this log.
    #[error("entry is no canonical JSON object of version 1")]
    Malformed,
    /// The time is outside what RFC 3339 can write.
    #[error("time cannot be written as RFC 3339")]
    Time,
}

impl Entry {
    /// Writes a record down. `salts` must be fresh random bits for every entry; `previous` is the place of the
    /// visitor's event before this one.
    ///
    /// # Errors
    ///
    /// [`EntryError::Time`] when a time has no four-digit year, [`EntryError::Long`] when the entry is too long,
    /// [`EntryError::Many`] when it has more than five personal values.
    pub(crate) fn new(record: &Record, previous: Option<u64>, salts: [[u8; 16]; SALTS]) -> Result<Self, EntryError> {
        let lasting = [
            record.visitor.map(|visitor| ("subject", json!(visitor.to_string()))),
            record.once.as_ref().map(|once| ("idempotency_key", json!(once))),
            previous.map(|previous| ("previous", json!(previous))),
            record.account.map(|account| ("account", json!(account.to_string()))),
            record.linked.map(|visitor| ("visitor", json!(visitor.to_string()))),
        ];
        let brief = [
            record.page.as_ref().map(|page| ("page", json!(page))),
            record.client.as_ref().map(|client| ("client", json!(client))),
            record.contact.as_ref().map(|contact| ("contact", json!(contact))),
            record.message.as_ref().map(|message| ("message", json!(message))),
            (!record.targets.is_empty()).then(|| ("targets", json!(record.targets))),
        ];
        if lasting.iter().flatten().count() + brief.iter().flatten().count() > DIGESTS {
            return Err(EntryError::Many);
        }
        let mut salts = salts.iter();
        let mut digests = Vec::with_capacity(DIGESTS);
        let mut disclose = |values: Vec<(&str, Value)>| -> Vec<String> {
            let disclosures = values.into_iter().zip(&mut salts).map(|((name, value), salt)| {
                let disclosure = json!([URL_SAFE_NO_PAD.encode(salt), name, value]).to_string();
                let disclosure = URL_SAFE_NO_PAD.encode(disclosure);
                digests.push(digest(disclosure.as_bytes()));
                disclosure
            });
            disclosures.collect()
        };
        let disclosures = disclose(lasting.into_iter().flatten().collect());
        let brief = disclose(brief.into_iter().flatten().collect());
        // Decoys: digests of nothing but a salt (RFC 9901, section 4.2.5).
        digests.extend(salts.map(|salt| digest(salt)));
        digests.sort();
        let mut fields: BTreeMap<&str, Value> = BTreeMap::new();
        fields.insert("_sd", json!(digests));
        fields.insert("_sd_alg", json!("sha-256"));
        fields.insert("by", json!(record.by));
        fields.insert("kind", json!(record.kind.as_str()));
        fields.insert("method", json!(record.method));
        fields.insert("source", json!(record.source));
        fields.insert("time", json!(written(record.time)?));
        fields.insert("v", json!(1));
        for (name, value) in [
            ("basis", record.basis),
            ("consent", record.consent.as_deref()),
            ("language", record.language.as_deref()),
            ("notice", record.notice.as_deref()),
            ("origin_check", record.origin_check),
            ("policy", Some(record.policy.as_str()).filter(|policy| !policy.is_empty())),
        ] {
            if let Some(value) = value {
                fields.insert(name, json!(value));
            }
        }
        if let Some(expires) = record.expires {
            fields.insert("expires", json!(written(expires)?));
        }
        for (name, list) in [("jurisdiction", json!(record.jurisdiction)), ("signals", json!(record.signals))] {
            if list.as_array().is_some_and(|list| !list.is_empty()) {
                fields.insert(name, list);
            }
        }
        if !record.facts.is_empty() {
            fields.insert("facts", json!(record.facts));
        }
        if !record.purposes.is_empty() {
            let purposes: BTreeMap<&str, bool> =
                record.purposes.iter().map(|(id, granted)| (id.as_str(), *granted)).collect();
            fields.insert("purposes", json!(purposes));
        }
        let leaf = serde_json_canonicalizer::to_vec(&fields).map_err(|_| EntryError::Malformed)?;
        if leaf.len() > LONGEST_ENTRY {
            return Err(EntryError::Long);
        }
        let brief_until = (!brief.is_empty()).then(|| record.time + record.brief);
        Ok(Self { leaf, disclosures, brief, brief_until, visitor: record.visitor })
    }

    /// Makes an entry from what a store kept of it.
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
    /// use tower_consent::{audit::Entry, store::ConsentStore};
    /// let entry = store.read(0..1).await.unwrap().remove(0);
    /// // A store of your own keeps the parts in columns.
    /// let (leaf, disclosures) = (entry.leaf.clone(), entry.disclosures.clone());
    /// assert_eq!(Entry::from_parts(leaf, disclosures), entry);
    /// # });
    /// ```
    pub fn from_parts(leaf: Vec<u8>, disclosures: Vec<String>) -> Self {
        Self { leaf, disclosures, brief: Vec::new(), brief_until: None, visitor: None }
    }

    /// Adds the disclosures that expire, and when.
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
    /// use tower_consent::{audit::Entry, store::ConsentStore};
    /// let mut record = Record::of(Kind::Accept, now, "v1");
    /// record.page = Some("/region/news".to_owned());
    /// log.append(vec![record]).await.unwrap();
    /// let kept = store.read(1..2).await.unwrap().remove(0);
    /// let entry = Entry::from_parts(kept.leaf, kept.disclosures).with_brief(kept.brief, kept.brief_until);
    /// assert_eq!(entry.disclosed().unwrap()["page"], "/region/news");
    /// # });
    /// ```
    #[must_use]
    pub fn with_brief(self, brief: Vec<String>, until: Option<OffsetDateTime>) -> Self {
        Self { brief, brief_until: until, ..self }
    }

    /// Reads the public fields.
    ///
    /// # Errors
    ///
    /// [`EntryError::Malformed`] when the bytes are not the canonical form of a JSON object with `v` = 1, a known
    /// kind, a time, and no field that is none of an entry's.
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
    /// use tower_consent::{audit::Entry, store::ConsentStore};
    /// let fields = store.read(0..1).await.unwrap()[0].fields().unwrap();
    /// assert_eq!((&fields["kind"], &fields["facts"]["origin"]), (&"log-opened".into(), &"news.example/consent".into()));
    /// assert!(Entry::from_parts(b"{ \"v\": 1 }".to_vec(), Vec::new()).fields().is_err());
    /// # });
    /// ```
    pub fn fields(&self) -> Result<BTreeMap<String, Value>, EntryError> {
        let fields: BTreeMap<String, Value> = serde_json::from_slice(&self.leaf).map_err(|_| EntryError::Malformed)?;
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        let known = fields.keys().all(|name| name == "v" || FIELDS.contains(&name.as_str()));
        let kind = text("kind").is_some_and(|kind| Kind::ALL.iter().any(|known| known.as_str() == kind));
        let time = text("time").is_some_and(|time| OffsetDateTime::parse(time, &Rfc3339).is_ok());
        let canonical = serde_json_canonicalizer::to_vec(&fields).is_ok_and(|again| again == self.leaf);
        if fields.get("v") != Some(&json!(1)) || !(known && kind && time && canonical) {
            return Err(EntryError::Malformed);
        }
        Ok(fields)
    }

    /// Reads the personal values that are still there, by name.
    ///
    /// # Errors
    ///
    /// [`EntryError::Disclosure`] when one of them is not that of a digest in the entry; [`EntryError::Malformed`] as
    /// [`Entry::fields`].
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
    /// use tower_consent::{signal::VisitorId, store::{ConsentStore, Erasure}};
    /// let mut record = Record::of(Kind::Accept, now, "v1");
    /// record.visitor = Some(VisitorId::from_random([7; 16]));
    /// log.append(vec![record]).await.unwrap();
    /// assert!(store.read(1..2).await.unwrap()[0].disclosed().unwrap().contains_key("subject"));
    /// store.erase(Erasure::Event(1)).await.unwrap();
    /// assert!(store.read(1..2).await.unwrap()[0].disclosed().unwrap().is_empty(), "what was erased is no error");
    /// # });
    /// ```
    pub fn disclosed(&self) -> Result<BTreeMap<String, Value>, EntryError> {
        let fields = self.fields()?;
        let digests: BTreeSet<&str> =
            fields.get("_sd").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
        let mut values = BTreeMap::new();
        for disclosure in self.disclosures.iter().chain(&self.brief) {
            let read = || {
                let parts = URL_SAFE_NO_PAD.decode(disclosure).ok()?;
                let (_, name, value): (String, String, Value) = serde_json::from_slice(&parts).ok()?;
                digests.contains(digest(disclosure.as_bytes()).as_str()).then_some((name, value))
            };
            let (name, value) = read().ok_or(EntryError::Disclosure)?;
            values.insert(name, value);
        }
        Ok(values)
    }

    /// Returns whose event it is, where that is disclosed; as the index of a store needs it.
    pub(crate) fn subject(&self) -> Result<Option<VisitorId>, EntryError> {
        Ok(self.disclosed()?.get("subject").and_then(|value| VisitorId::parse(value.as_str()?)))
    }

    /// Returns the two whom this event links, where both are disclosed: whose event it is, and the other one.
    pub(crate) fn link(&self) -> Result<Option<Linked>, EntryError> {
        // Cheap where it can be: the canonical form tells the kind.
        if self.disclosures.is_empty() || memchr::memmem::find(&self.leaf, br#""kind":"link""#).is_none() {
            return Ok(None);
        }
        let values = self.disclosed()?;
        let id = |name: &str| values.get(name).and_then(|value| VisitorId::parse(value.as_str()?));
        let linked = |subject| match (id("account"), id("visitor")) {
            (Some(account), None) => Some(Linked::Visitor(subject, AccountId::of_subject(account))),
            (None, Some(visitor)) => Some(Linked::Account(AccountId::of_subject(subject), visitor)),
            _ => None,
        };
        Ok(id("subject").and_then(linked))
    }
}

/// The two whom an event links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Linked {
    /// An event of the account names the visitor.
    Account(AccountId, VisitorId),
    /// An event of the visitor names the account.
    Visitor(VisitorId, AccountId),
}

impl Linked {
    /// Returns whose event it is, and the other one, both as a store finds events by.
    pub(crate) fn sides(self) -> (VisitorId, VisitorId) {
        match self {
            Self::Account(account, visitor) => (account.subject(), visitor),
            Self::Visitor(visitor, account) => (visitor, account.subject()),
        }
    }
}

fn digest(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(bytes))
}

/// Writes a time in UTC with at most three digits after the second.
fn written(time: OffsetDateTime) -> Result<String, EntryError> {
    let whole = UtcDateTime::from(time).replace_nanosecond(time.nanosecond() / 1_000_000 * 1_000_000);
    whole.ok().and_then(|time| time.format(&Rfc3339).ok()).ok_or(EntryError::Time)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRESH: [[u8; 16]; SALTS] = [[1; 16], [2; 16], [3; 16], [4; 16], [5; 16]];

    fn record() -> Record {
        Record {
            visitor: Some(VisitorId::from_random([3; 16])),
            purposes: [("metrics".parse().unwrap(), true), ("ads".parse().unwrap(), false)].into(),
            notice: Some("cd".into()),
            language: Some("ru".into()),
            method: "form",
            source: "banner",
            by: "subject",
            once: Some("once".into()),
            page: Some("/news".into()),
            ..Record::of(Kind::Partial, OffsetDateTime::from_unix_timestamp(1_764_000_000).unwrap(), "ab")
        }
    }

    #[test]
    fn a_leaf_is_canonical_and_names_nobody() {
        let entry = Entry::new(&record(), Some(7), FRESH).unwrap();
        let text = String::from_utf8(entry.leaf.clone()).unwrap();
        assert!(text.starts_with(r#"{"_sd":["#), "{text}");
        assert!(
            text.ends_with(
                r#""by":"subject","kind":"partial","language":"ru","method":"form","notice":"cd","policy":"ab","purposes":{"ads":false,"metrics":true},"source":"banner","time":"2025-11-24T16:00:00Z","v":1}"#
            ),
            "{text}"
        );
        assert!(!text.contains(&VisitorId::from_random([3; 16]).to_string()));
        assert_eq!(entry.fields().unwrap()["_sd"].as_array().unwrap().len(), DIGESTS);
        assert_eq!((entry.disclosures.len(), entry.brief.len()), (3, 1));
        assert_eq!(entry.brief_until.unwrap(), record().time + time::Duration::days(30));
    }

    #[test]
    fn disclosures_open_their_digests_and_no_others() {
        let mut entry = Entry::new(&record(), Some(7), FRESH).unwrap();
        let values = entry.disclosed().unwrap();
        assert_eq!(values["subject"], VisitorId::from_random([3; 16]).to_string());
        assert_eq!((&values["previous"], &values["page"]), (&json!(7), &json!("/news")));
        entry.brief.clear();
        assert_eq!(entry.disclosed().unwrap().len(), 3);
        let forged = json!([URL_SAFE_NO_PAD.encode([1; 16]), "subject", "another"]).to_string();
        entry.disclosures[0] = URL_SAFE_NO_PAD.encode(forged);
        assert!(matches!(entry.disclosed(), Err(EntryError::Disclosure)));
    }

    #[test]
    fn what_is_not_canonical_is_no_entry() {
        let leaf = String::from_utf8(Entry::new(&record(), None, FRESH).unwrap().leaf).unwrap();
        for other in [
            leaf.replace(r#""v":1"#, r#""v":2"#),
            leaf.replace(r#""v":1"#, r#""v":1 "#),
            leaf.replace(r#""v":1"#, r#""v":1.0"#),
            leaf.replace(r#""v":1"#, r#""v":1,"x":2"#),
            leaf.replace(r#""kind":"partial""#, r#""kind":"agreed""#),
            leaf.replace("2025-11-24T16", "2025-11-24 16:00:61"),
            leaf.replace(r#"{"_sd""#, r#"{"_sd":[],"_sd""#),
        ] {
            assert_ne!(other, leaf);
            assert!(Entry::from_parts(other.clone().into_bytes(), Vec::new()).fields().is_err(), "{other}");
        }
    }

    #[test]
    fn times_are_written_in_utc_to_the_millisecond() {
        let time = |nanoseconds: u32, hours: i8| {
            let offset = time::UtcOffset::from_hms(hours, 0, 0).unwrap();
            record().time.replace_nanosecond(nanoseconds).unwrap().to_offset(offset)
        };
        for (time, expected) in [
            (time(0, 0), "2025-11-24T16:00:00Z"),
            (time(999_999, 0), "2025-11-24T16:00:00Z"),
            (time(1_000_000, 0), "2025-11-24T16:00:00.001Z"),
            (time(123_456_789, 3), "2025-11-24T16:00:00.123Z"),
        ] {
            let entry = Entry::new(&Record { time, expires: Some(time), ..record() }, None, FRESH).unwrap();
            let fields = entry.fields().unwrap();
            assert_eq!((&fields["time"], &fields["expires"]), (&json!(expected), &json!(expected)));
        }
    }

    #[test]
    fn the_longest_entry_is_written_and_no_longer_one() {
        let of = |notice: usize| {
            let record = Record { notice: Some("a".repeat(notice)), ..record() };
            Entry::new(&record, None, FRESH).map(|entry| entry.leaf.len())
        };
        let rest = of(0).unwrap();
        assert_eq!(of(LONGEST_ENTRY - rest).unwrap(), LONGEST_ENTRY);
        assert!(matches!(of(LONGEST_ENTRY - rest + 1), Err(EntryError::Long)));
    }

    #[test]
    fn five_personal_values_are_the_most() {
        let five = Record { client: Some("192.0.2.0/24".into()), ..record() };
        let entry = Entry::new(&five, Some(7), FRESH).unwrap();
        assert_eq!((entry.disclosures.len(), entry.brief.len()), (3, 2));
        let six = Record { contact: Some("reader@example.org".into()), ..five };
        assert!(matches!(Entry::new(&six, Some(7), FRESH), Err(EntryError::Many)));
    }

    #[test]
    fn an_entry_is_put_together_again_from_what_was_kept() {
        let entry = Entry::new(&record(), Some(7), FRESH).unwrap();
        let kept = Entry::from_parts(entry.leaf.clone(), entry.disclosures.clone());
        assert_eq!((kept.brief.len(), kept.brief_until), (0, None));
        assert_eq!(kept.subject().unwrap(), record().visitor);
        let whole = kept.with_brief(entry.brief.clone(), entry.brief_until);
        assert_eq!(whole, Entry { visitor: None, ..entry.clone() });
        let erased = Entry::from_parts(entry.leaf, Vec::new());
        assert_eq!(erased.subject().unwrap(), None);
    }

    #[test]
    fn a_link_is_told_from_both_sides_and_by_no_other_event() {
        let visitor = VisitorId::from_random([3; 16]);
        let account = AccountId::of_subject(VisitorId::from_random([4; 16]));
        let made = |kind, record: Record| Entry::new(&Record { kind, ..record }, None, FRESH).unwrap();
        let of_visitor = Record { account: Some(account), ..record() };
        let of_account = Record { visitor: Some(account.subject()), linked: Some(visitor), ..record() };
        let entry = made(Kind::Link, of_visitor.clone());
        let linked = entry.link().unwrap().unwrap();
        assert_eq!((linked, linked.sides()), (Linked::Visitor(visitor, account), (visitor, account.subject())));
        let linked = made(Kind::Link, of_account.clone()).link().unwrap().unwrap();
        assert_eq!((linked, linked.sides()), (Linked::Account(account, visitor), (account.subject(), visitor)));
        let both = Record { linked: Some(visitor), ..of_visitor.clone() };
        let nobody = Record { visitor: None, ..of_visitor.clone() };
        for none in [
            made(Kind::Partial, of_visitor),
            made(Kind::Partial, of_account),
            made(Kind::Link, both),
            made(Kind::Link, nobody),
            made(Kind::Link, record()),
            Entry::from_parts(entry.leaf, Vec::new()),
        ] {
            assert_eq!(none.link().unwrap(), None, "{}", String::from_utf8_lossy(&none.leaf));
        }
    }
}
