//! Events as lines, rows and counts: each sink is given one event after the other.
//!
//! In: events. Out: JSON Lines, CSV, a spreadsheet, counts by day. Nothing is kept of an event but counts.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use serde_json::json;

use super::event::Event;
use crate::audit::Entry;

/// The columns of a table of events.
pub(super) const COLUMNS: [&str; 19] = [
    "index",
    "time",
    "kind",
    "by",
    "source",
    "method",
    "subject",
    "granted",
    "refused",
    "policy",
    "language",
    "notice",
    "consent",
    "basis",
    "jurisdiction",
    "signals",
    "origin_check",
    "expires",
    "facts",
];

/// Writes an event as one line of JSON, its entry byte for byte as it is in the log.
pub(super) fn line(
    out: &mut impl Write,
    index: u64,
    entry: &Entry,
    subject: Option<&str>,
    disclosed: bool,
) -> io::Result<()> {
    write!(out, "{{\"index\":{index},")?;
    if let Some(subject) = subject {
        write!(out, "\"subject\":\"{subject}\",")?;
    }
    if disclosed && !(entry.disclosures.is_empty() && entry.brief.is_empty()) {
        let disclosures: Vec<&String> = entry.disclosures.iter().chain(&entry.brief).collect();
        write!(out, "\"disclosures\":{},", json!(disclosures))?;
    }
    out.write_all(b"\"entry\":")?;
    out.write_all(&entry.leaf)?;
    out.write_all(b"}\n")
}

/// Returns the cells of an event, in the order of [`COLUMNS`].
pub(super) fn cells(index: u64, event: &Event<'_>, subject: Option<&str>) -> [String; COLUMNS.len()] {
    let purposes = |wanted: bool| {
        let ids = event.purposes.iter().filter(|(_, granted)| **granted == wanted).map(|(id, _)| *id);
        ids.collect::<Vec<_>>().join(" ")
    };
    let facts = match event.facts.is_empty() {
        true => String::new(),
        false => json!(event.facts).to_string(),
    };
    [
        index.to_string(),
        event.time.to_owned(),
        event.kind.to_owned(),
        event.by.to_owned(),
        event.source.to_owned(),
        event.method.to_owned(),
        subject.unwrap_or_default().to_owned(),
        purposes(true),
        purposes(false),
        event.policy.to_string(),
        event.language.to_string(),
        event.notice.to_string(),
        event.consent.to_string(),
        event.basis.to_owned(),
        event.jurisdiction.join(" "),
        event.signals.join(" "),
        event.origin_check.to_owned(),
        event.expires.to_owned(),
        facts,
    ]
}

/// Writes one row of CSV (RFC 4180, lines end in a newline alone). A cell that a spreadsheet would take for a formula
/// gets an apostrophe before it.
pub(super) fn row<T: AsRef<str>>(out: &mut impl Write, cells: impl IntoIterator<Item = T>) -> io::Result<()> {
    for (cell, place) in cells.into_iter().zip(0..) {
        let cell = cell.as_ref();
        if place > 0 {
            out.write_all(b",")?;
        }
        let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
        if formula || cell.bytes().any(|byte| matches!(byte, b'"' | b',' | b'\n' | b'\r')) {
            let mark = if formula { "'" } else { "" };
            write!(out, "\"{mark}{}\"", cell.replace('"', "\"\""))?;
        } else {
            out.write_all(cell.as_bytes())?;
        }
    }
    out.write_all(b"\n")
}

/// Counts by day, version of the policy and language; nobody is in them.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    /// Day, policy, language → kind → number.
    pub(super) kinds: BTreeMap<(String, String, String), BTreeMap<&'static str, u64>>,
    /// Day, purpose → granted, refused.
    pub(super) purposes: BTreeMap<(String, String), (u64, u64)>,
    /// Signals sent along with choices.
    pub(super) signals: BTreeMap<String, u64>,
}

/// The kinds that are counted by day.
pub(super) const COUNTED: [&str; 12] = [
    "accept",
    "partial",
    "refuse",
    "renew",
    "withdraw",
    "acknowledge",
    "gpc",
    "expire",
    "request",
    "link",
    "erase",
    "export",
];

impl Counts {
    pub(super) fn add(&mut self, event: &Event<'_>) {
        if let Some(kind) = COUNTED.into_iter().find(|kind| *kind == event.kind) {
            let key = (event.day().to_owned(), event.policy.to_string(), event.language.to_string());
            *self.kinds.entry(key).or_default().entry(kind).or_default() += 1;
        }
        for (purpose, granted) in &event.purposes {
            let counts = self.purposes.entry((event.day().to_owned(), (*purpose).to_owned())).or_default();
            *if *granted { &mut counts.0 } else { &mut counts.1 } += 1;
        }
        for signal in &event.signals {
            *self.signals.entry(signal.clone()).or_default() += 1;
        }
    }

    /// Writes the counts by kind.
    pub(super) fn csv(&self) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        row(&mut out, ["day", "policy", "language"].into_iter().chain(COUNTED))?;
        for ((day, policy, language), kinds) in &self.kinds {
            let counts = COUNTED.map(|kind| kinds.get(kind).copied().unwrap_or(0).to_string());
            row(&mut out, [day, policy, language].into_iter().chain(&counts))?;
        }
        Ok(out)
    }

    /// Writes the counts by purpose.
    pub(super) fn purposes_csv(&self) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        row(&mut out, ["day", "purpose", "granted", "refused"])?;
        for ((day, purpose), (granted, refused)) in &self.purposes {
            row(&mut out, [day, purpose, &granted.to_string(), &refused.to_string()])?;
        }
        Ok(out)
    }

    /// Returns the numbers of all days by kind.
    pub(super) fn by_kind(&self) -> BTreeMap<&'static str, u64> {
        let mut sums = BTreeMap::new();
        for (kind, count) in self.kinds.values().flatten() {
            *sums.entry(*kind).or_default() += count;
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_no_formula() {
        let mut out = Vec::new();
        row(&mut out, ["a", "b,c", "d\"e", "=1+1", "-2", "", "line\nbreak"]).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "a,\"b,c\",\"d\"\"e\",\"'=1+1\",\"'-2\",,\"line\nbreak\"\n");
    }
}
