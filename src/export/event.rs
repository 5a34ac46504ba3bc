//! One entry, read fast, and whether it belongs to an export.
//!
//! In: an entry as the store has it. Out: its fields by reference, the pseudonym of its visitor, yes or no. That an entry
//! is written as it must be is not judged here: its hash is in the tree, and the verifier looks.

use std::{borrow::Cow, collections::BTreeMap};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde::Deserialize;
use sha2::Sha256;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{audit::Entry, purpose::PurposeId};

/// The public fields of an entry.
#[derive(Debug, Deserialize)]
pub(super) struct Event<'a> {
    pub(super) kind: &'a str,
    pub(super) time: &'a str,
    #[serde(default)]
    pub(super) by: &'a str,
    #[serde(default)]
    pub(super) source: &'a str,
    #[serde(default)]
    pub(super) method: &'a str,
    #[serde(borrow, default)]
    pub(super) policy: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) purposes: BTreeMap<&'a str, bool>,
    #[serde(borrow, default)]
    pub(super) notice: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) consent: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) language: Cow<'a, str>,
    #[serde(default)]
    pub(super) basis: &'a str,
    #[serde(default)]
    pub(super) jurisdiction: Vec<String>,
    #[serde(default)]
    pub(super) signals: Vec<String>,
    #[serde(default)]
    pub(super) origin_check: &'a str,
    #[serde(default)]
    pub(super) expires: &'a str,
    #[serde(default)]
    pub(super) facts: BTreeMap<String, String>,
}

impl<'a> Event<'a> {
    pub(super) fn read(leaf: &'a [u8]) -> Option<Self> {
        // Many times faster from text than from bytes: what is borrowed need not be checked again.
        serde_json::from_str(std::str::from_utf8(leaf).ok()?).ok()
    }

    /// The day in UTC, as in ISO 8601.
    pub(super) fn day(&self) -> &'a str {
        self.time.get(..10).unwrap_or(self.time)
    }

    /// Events that say what the log itself is, which every export has.
    pub(super) fn is_of_the_log(&self) -> bool {
        matches!(self.kind, "log-opened" | "key-rotated")
    }
}

/// Which events are exported.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Selection {
    pub(super) from: Option<OffsetDateTime>,
    pub(super) to: Option<OffsetDateTime>,
    pub(super) purpose: Option<PurposeId>,
    pub(super) policy: Option<String>,
    /// Places of one visitor's events, in order.
    pub(super) places: Option<Vec<u64>>,
}

impl Selection {
    /// Says whether everything is exported.
    pub(super) fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    pub(super) fn holds(&self, index: u64, event: &Event<'_>) -> bool {
        if self.is_everything() || event.is_of_the_log() {
            return true;
        }
        let time = || OffsetDateTime::parse(event.time, &Rfc3339).ok();
        let after = self.from.is_none_or(|from| time().is_some_and(|time| time >= from));
        let before = self.to.is_none_or(|to| time().is_some_and(|time| time < to));
        let purpose = self.purpose.as_ref().is_none_or(|purpose| event.purposes.contains_key(purpose.as_str()));
        let policy = self.policy.as_ref().is_none_or(|policy| event.policy.starts_with(policy.as_str()));
        let place = self.places.as_ref().is_none_or(|places| places.binary_search(&index).is_ok());
        after && before && purpose && policy && place
    }
}

/// Makes names that tell two events of one visitor from those of another, and nothing else.
pub(super) struct Pseudonyms(Hmac<Sha256>);

impl Pseudonyms {
    pub(super) fn new(secret: &[u8; 32]) -> Self {
        Self(<Hmac<Sha256> as KeyInit>::new_from_slice(secret).expect("HMAC takes a key of any length"))
    }

    /// Returns the pseudonym of an entry's visitor; none where nobody is known any more.
    pub(super) fn of(&self, entry: &Entry) -> Option<String> {
        entry.disclosures.iter().find_map(|disclosure| {
            let text = URL_SAFE_NO_PAD.decode(disclosure).ok()?;
            // A value that is no text is not the subject.
            let (_, name, value): (&str, &str, &str) = serde_json::from_str(std::str::from_utf8(&text).ok()?).ok()?;
            (name == "subject").then(|| {
                let mut mac = self.0.clone();
                mac.update(value.as_bytes());
                let tag: [u8; 32] = mac.finalize().into_bytes().into();
                base16ct::lower::encode_string(&tag[..16])
            })
        })
    }
}

/// Returns the places an erasure was about, while it is known.
pub(super) fn targets(entry: &Entry) -> Vec<u64> {
    let found = entry.brief.iter().find_map(|disclosure| {
        let text = URL_SAFE_NO_PAD.decode(disclosure).ok()?;
        let (_, name, value): (String, String, serde_json::Value) = serde_json::from_slice(&text).ok()?;
        (name == "targets").then(|| serde_json::from_value(value).unwrap_or_default())
    });
    found.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        record::{Kind, Record},
        signal::VisitorId,
    };

    fn entry(kind: Kind) -> Entry {
        let mut record = Record::of(kind, OffsetDateTime::from_unix_timestamp(1_764_000_000).unwrap(), "abcdef");
        record.visitor = Some(VisitorId::from_random([3; 16]));
        record.purposes = [("metrics".parse().unwrap(), true)].into();
        record.facts.insert("reason", "said \"no\"\n".to_owned());
        record.targets = vec![4, 7];
        Entry::new(&record, None, [[1; 16], [2; 16], [3; 16], [4; 16], [5; 16]]).unwrap()
    }

    #[test]
    fn fields_are_read_and_selected_by() {
        let entry = entry(Kind::Accept);
        let event = Event::read(&entry.leaf).unwrap();
        assert_eq!((event.kind, event.day(), &*event.policy), ("accept", "2025-11-24", "abcdef"));
        assert_eq!(event.facts["reason"], "said \"no\"\n");
        let time = OffsetDateTime::from_unix_timestamp(1_764_000_000).unwrap();
        let second = time::Duration::seconds(1);
        let with = |change: fn(&mut Selection, OffsetDateTime), at| {
            let mut selection = Selection::default();
            change(&mut selection, at);
            selection.holds(7, &event)
        };
        assert!(with(|_, _| {}, time));
        assert!(with(|selection, at| selection.from = Some(at), time));
        assert!(!with(|selection, at| selection.from = Some(at), time + second));
        assert!(!with(|selection, at| selection.to = Some(at), time));
        assert!(with(|selection, at| selection.to = Some(at), time + second));
        assert!(with(|selection, _| selection.purpose = "metrics".parse().ok(), time));
        assert!(!with(|selection, _| selection.purpose = "ads".parse().ok(), time));
        assert!(with(|selection, _| selection.policy = Some("abc".into()), time));
        assert!(!with(|selection, _| selection.policy = Some("b".into()), time));
        assert!(with(|selection, _| selection.places = Some(vec![1, 7]), time));
        assert!(!with(|selection, _| selection.places = Some(vec![1, 8]), time));
        let opened = entry_of_the_log();
        let opened = Event::read(&opened.leaf).unwrap();
        assert!(Selection { policy: Some("b".into()), ..Selection::default() }.holds(0, &opened));
    }

    fn entry_of_the_log() -> Entry {
        entry(Kind::LogOpened)
    }

    #[test]
    fn a_pseudonym_is_the_same_for_one_visitor_and_one_secret_and_gone_with_the_values() {
        let mut entry = entry(Kind::Accept);
        let one = Pseudonyms::new(&[1; 32]).of(&entry).unwrap();
        assert_eq!(one.len(), 32);
        assert_ne!(Some(one), Pseudonyms::new(&[2; 32]).of(&entry));
        assert_eq!(targets(&entry), [4, 7]);
        entry.disclosures.clear();
        entry.brief.clear();
        assert_eq!(Pseudonyms::new(&[1; 32]).of(&entry), None);
        assert!(targets(&entry).is_empty());
    }
}
