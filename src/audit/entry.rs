//! One event as canonical bytes.

use std::collections::BTreeMap;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::{UtcDateTime, format_description::well_known::Rfc3339};

use crate::{record::Record, signal::VisitorId};

/// Digests in every entry, decoys included: their number tells nothing of what is known about a person.
const DIGESTS: usize = 4;

/// Salts an entry needs, of 128 bits each.
pub(crate) const SALTS: usize = DIGESTS;

/// One event of the log: public bytes and the values that were left out of them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// Canonical JSON, the leaf of the tree.
    pub leaf: Vec<u8>,
    /// The disclosures: `base64url(["salt", "name", value])`, one for each personal value.
    pub disclosures: Vec<String>,
    /// Whose event it is, for finding a person's events; erased with the disclosures.
    pub visitor: Option<VisitorId>,
}

/// An entry that cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EntryError {
    /// The bytes are no entry of this log.
    #[error("entry is no canonical JSON object of version 1")]
    Malformed,
    /// The time is outside what RFC 3339 can write.
    #[error("time cannot be written as RFC 3339")]
    Time,
}

impl Entry {
    /// Writes a record down. `salts` must be fresh random bits for every entry.
    ///
    /// # Errors
    ///
    /// [`EntryError::Time`] when the time has no four-digit year.
    pub(crate) fn new(record: &Record, salts: [[u8; 16]; SALTS]) -> Result<Self, EntryError> {
        let personal: Vec<(&str, Value)> = [
            record.visitor.map(|visitor| ("subject", json!(visitor.to_string()))),
            record.once.as_ref().map(|once| ("idempotency_key", json!(once))),
        ]
        .into_iter()
        .flatten()
        .collect();
        let mut digests = Vec::with_capacity(DIGESTS);
        let mut disclosures = Vec::with_capacity(personal.len());
        for (index, salt) in salts.iter().enumerate() {
            match personal.get(index) {
                Some((name, value)) => {
                    let disclosure =
                        URL_SAFE_NO_PAD.encode(json!([URL_SAFE_NO_PAD.encode(salt), name, value]).to_string());
                    digests.push(URL_SAFE_NO_PAD.encode(Sha256::digest(&disclosure)));
                    disclosures.push(disclosure);
                }
                // A decoy: the digest of nothing but the salt (RFC 9901, section 4.2.5).
                None => digests.push(URL_SAFE_NO_PAD.encode(Sha256::digest(salt))),
            }
        }
        digests.sort();
        let time = UtcDateTime::from(record.time)
            .replace_nanosecond(record.time.nanosecond() / 1_000_000 * 1_000_000)
            .ok()
            .and_then(|time| time.format(&Rfc3339).ok())
            .ok_or(EntryError::Time)?;
        let mut fields: BTreeMap<&str, Value> = BTreeMap::new();
        fields.insert("_sd", json!(digests));
        fields.insert("_sd_alg", json!("sha-256"));
        fields.insert("kind", json!(record.kind.as_str()));
        fields.insert("method", json!(record.method));
        fields.insert("policy", json!(record.policy));
        fields.insert("time", json!(time));
        fields.insert("v", json!(1));
        if let Some(notice) = &record.notice {
            fields.insert("notice", json!(notice));
        }
        if let Some(language) = &record.language {
            fields.insert("language", json!(language));
        }
        let purposes: BTreeMap<&str, bool> =
            record.purposes.iter().map(|(id, granted)| (id.as_str(), *granted)).collect();
        let purposes = serde_json::to_value(purposes).map_err(|_| EntryError::Malformed)?;
        fields.insert("purposes", purposes);
        let leaf = serde_json_canonicalizer::to_vec(&fields).map_err(|_| EntryError::Malformed)?;
        Ok(Self { leaf, disclosures, visitor: record.visitor })
    }

    /// Makes an entry from what a store kept of it.
    pub fn from_parts(leaf: Vec<u8>, disclosures: Vec<String>, visitor: Option<VisitorId>) -> Self {
        Self { leaf, disclosures, visitor }
    }

    /// Reads the public fields.
    ///
    /// # Errors
    ///
    /// [`EntryError::Malformed`] when the bytes are no JSON object with `v` = 1.
    pub fn fields(&self) -> Result<BTreeMap<String, Value>, EntryError> {
        let fields: BTreeMap<String, Value> = serde_json::from_slice(&self.leaf).map_err(|_| EntryError::Malformed)?;
        if fields.get("v") != Some(&json!(1)) {
            return Err(EntryError::Malformed);
        }
        Ok(fields)
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;
    use crate::record::Kind;

    fn record() -> Record {
        Record {
            kind: Kind::Partial,
            time: OffsetDateTime::from_unix_timestamp(1_764_000_000).unwrap(),
            visitor: Some(VisitorId::from_random([3; 16])),
            purposes: [("metrics".parse().unwrap(), true), ("ads".parse().unwrap(), false)].into(),
            policy: "ab".into(),
            notice: Some("cd".into()),
            language: Some("ru".into()),
            method: "form",
            once: Some("once".into()),
        }
    }

    #[test]
    fn a_leaf_is_canonical_and_names_nobody() {
        let entry = Entry::new(&record(), [[1; 16], [2; 16], [3; 16], [4; 16]]).unwrap();
        let text = String::from_utf8(entry.leaf.clone()).unwrap();
        assert!(text.starts_with(r#"{"_sd":["#), "{text}");
        assert!(
            text.ends_with(
                r#""kind":"partial","language":"ru","method":"form","notice":"cd","policy":"ab","purposes":{"ads":false,"metrics":true},"time":"2025-11-24T16:00:00Z","v":1}"#
            ),
            "{text}"
        );
        assert!(!text.contains(&VisitorId::from_random([3; 16]).to_string()));
        assert_eq!(entry.fields().unwrap()["_sd"].as_array().unwrap().len(), DIGESTS);
        assert_eq!(entry.disclosures.len(), 2);
    }

    #[test]
    fn a_disclosure_opens_its_digest() {
        let entry = Entry::new(&record(), [[1; 16], [2; 16], [3; 16], [4; 16]]).unwrap();
        let digest = URL_SAFE_NO_PAD.encode(Sha256::digest(&entry.disclosures[0]));
        assert!(entry.fields().unwrap()["_sd"].as_array().unwrap().contains(&json!(digest)));
        let opened: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(&entry.disclosures[0]).unwrap()).unwrap();
        assert_eq!(opened[1], "subject");
    }
}
