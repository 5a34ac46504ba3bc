//! One event as the store keeps it: the leaf as it is, the personal values sealed.

use super::keys::{self, Life};

/// An event in the database or in a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) leaf: Vec<u8>,
    /// Sealed disclosures that stay; empty when there are none.
    pub(super) lasting: Vec<u8>,
    /// When the others expire, in seconds since 1970; 0 when there are none.
    pub(super) until: u64,
    /// Sealed disclosures that expire.
    pub(super) brief: Vec<u8>,
}

impl Row {
    /// Seals what is personal; `None` when the keys were destroyed before they were used.
    pub(super) fn seal(index: u64, slot: &[u8; 32], entry: &crate::audit::Entry) -> Option<Self> {
        let seal = |life, disclosures: &[String]| match disclosures {
            [] => Some(Vec::new()),
            some => keys::seal(slot, life, index, some.join("\n").as_bytes()),
        };
        let until = entry.brief_until.map_or(0, |until| u64::try_from(until.unix_timestamp()).unwrap_or(0));
        Some(Self {
            leaf: entry.leaf.clone(),
            lasting: seal(Life::Lasting, &entry.disclosures)?,
            until,
            brief: seal(Life::Brief, &entry.brief)?,
        })
    }

    /// Opens the personal values that are still there.
    ///
    /// # Errors
    ///
    /// When a value or its key is damaged.
    pub(super) fn open(&self, index: u64, slot: &[u8; 32]) -> Result<(Vec<String>, Vec<String>), ()> {
        let open = |life, sealed: &[u8]| {
            if sealed.is_empty() {
                return Ok(Vec::new());
            }
            let text = keys::open(slot, life, index, sealed)?.unwrap_or_default();
            let text = String::from_utf8(text).map_err(|_| ())?;
            Ok(text.lines().map(str::to_owned).collect())
        };
        Ok((open(Life::Lasting, &self.lasting)?, open(Life::Brief, &self.brief)?))
    }

    /// Writes lengths (four bytes, big-endian) and parts.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.leaf.len() + self.lasting.len() + self.brief.len() + 20);
        for part in [&self.leaf, &self.lasting] {
            bytes.extend((part.len() as u32).to_be_bytes());
            bytes.extend(part);
        }
        bytes.extend(self.until.to_be_bytes());
        bytes.extend((self.brief.len() as u32).to_be_bytes());
        bytes.extend(&self.brief);
        bytes
    }

    /// Reads a row; `None` when the bytes are none.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let (leaf, rest) = part(bytes)?;
        let (lasting, rest) = part(rest)?;
        let (until, rest) = rest.split_first_chunk::<8>()?;
        let (brief, rest) = part(rest)?;
        rest.is_empty().then(|| Self {
            leaf: leaf.to_vec(),
            lasting: lasting.to_vec(),
            until: u64::from_be_bytes(*until),
            brief: brief.to_vec(),
        })
    }
}

/// Adds a row to those of one append, with its length before it.
pub(super) fn write(rows: &mut Vec<u8>, row: &Row) {
    let bytes = row.encode();
    rows.extend((bytes.len() as u32).to_be_bytes());
    rows.extend(bytes);
}

/// Reads the rows of one append; `None` when the bytes are none.
pub(super) fn read(mut bytes: &[u8]) -> Option<Vec<Row>> {
    let mut rows = Vec::new();
    while !bytes.is_empty() {
        let (row, rest) = part(bytes)?;
        rows.push(Row::decode(row)?);
        bytes = rest;
    }
    Some(rows)
}

pub(super) fn part(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(u32::from_be_bytes(*length) as usize)
}
