//! One walk over the log that writes everything an export holds of it.
//!
//! In: a store, a selection. Out: the archive, or one table. Tiles and entries go out as they come; what is written side by
//! side waits in temporary files; in memory are a few thousand entries, counts by day, the texts of one version, and the
//! names of the archive's files.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, BufWriter, Seek, SeekFrom, Write},
};

use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    CHUNK, Export, Format, Level, Progress, Written,
    container::{Spool, Writer},
    corrupt, dpv,
    event::{Event, Pseudonyms, Selection, targets},
    parts, readme, refused,
    report::{self, State},
    requests::Register,
    table::{COLUMNS, Counts, cells, line, row},
    texts::{self, Version},
    unwritten, written,
};
use crate::{
    audit::{Checkpoint, Entry, Hash, LogKey, Note, Rows, SEGMENT, WIDTH, bundle_path, leaf_hash, tile_path},
    ledger::Enforcement,
    recorder::current_key,
    store::{ConsentStore, Error, grown, tree, wait},
};

/// Why parts are absent.
pub(super) const NO_POLICY: &str = "no policy was published in this log, or its texts are gone";
pub(super) const NO_EVENTS: &str = "a public export has no events";
pub(super) const ON_DEMAND: &str = "made for a visitor who asks";

/// Rows a sheet can have below its head.
const SHEET: u64 = 1_048_575;

pub(super) fn run(
    export: &Export,
    selection: &Selection,
    pseudonyms: &Pseudonyms,
    size: u64,
    out: &mut dyn Write,
    progress: &mut dyn FnMut(Progress),
) -> Result<Written, Error> {
    let key = wait(current_key(&*export.store))?;
    let expected = wait(root_at(&*export.store, size))?;
    let walk = Walk { export, selection, pseudonyms, size, expected, key };
    match export.format {
        Format::Zip => Archive::new(&walk, out)?.write(progress),
        Format::JsonLines => walk
            .table(progress, out, |out, index, entry, _, subject| line(out, index, entry, subject, walk.discloses())),
        Format::Csv => {
            let mut out = BufWriter::with_capacity(1 << 16, out);
            row(&mut out, COLUMNS).map_err(unwritten)?;
            walk.table(progress, &mut out, |out, index, _, event, subject| row(out, cells(index, event, subject)))
        }
        Format::Spreadsheet => walk.spreadsheet(progress, out),
    }
}

/// The root of the first entries, by the hashes the store keeps; the entries are compared with it.
async fn root_at(store: &dyn ConsentStore, size: u64) -> Result<Hash, Error> {
    let whole = tree(store).await?;
    if whole.size() == size {
        return Ok(whole.root());
    }
    let mut roots = store.segments().await?;
    roots.truncate(usize::try_from(size / SEGMENT).unwrap_or(usize::MAX));
    let tree = grown(store, roots, size).await?;
    if tree.size() != size {
        return Err(corrupt(format!("the store has not all of the first {size} entries")));
    }
    Ok(tree.root())
}

struct Walk<'e> {
    export: &'e Export,
    selection: &'e Selection,
    pseudonyms: &'e Pseudonyms,
    size: u64,
    expected: Hash,
    key: LogKey,
}

impl Walk<'_> {
    fn discloses(&self) -> bool {
        matches!(self.export.level, Level::Subject | Level::Internal)
    }

    /// Hashes everything, and shows what was selected.
    fn table<W: Write>(
        &self,
        progress: &mut dyn FnMut(Progress),
        out: W,
        mut write: impl FnMut(&mut BufWriter<W>, u64, &Entry, &Event<'_>, Option<&str>) -> io::Result<()>,
    ) -> Result<Written, Error> {
        let mut out = BufWriter::with_capacity(1 << 16, out);
        let (mut rows, mut events) = (Rows::default(), 0);
        self.export.each(self.size, progress, |index, entry, event| {
            rows.push::<Error>(leaf_hash(&entry.leaf), |_, _, _| Ok(()))?;
            if self.selection.holds(index, event) {
                events += 1;
                let subject = self.pseudonyms.of(entry);
                write(&mut out, index, entry, event, subject.as_deref()).map_err(unwritten)?;
            }
            Ok(())
        })?;
        out.flush().map_err(unwritten)?;
        self.written(&rows, events)
    }

    fn written(&self, rows: &Rows, events: u64) -> Result<Written, Error> {
        if rows.root() != self.expected || rows.size != self.size {
            return Err(corrupt("the entries of the store are not those its head was made over".to_owned()));
        }
        let root = base16ct::lower::encode_string(&self.expected);
        Ok(Written { size: self.size, root, events, key: self.key.verifier().to_string() })
    }

    fn spreadsheet(&self, progress: &mut dyn FnMut(Progress), out: &mut dyn Write) -> Result<Written, Error> {
        use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook};
        let failed = |source: rust_xlsxwriter::XlsxError| unwritten(io::Error::other(source));
        let mut book = Workbook::new();
        // When a file was made is no part of an export.
        let day = ExcelDateTime::from_ymd(1980, 1, 1).map_err(failed)?;
        book.set_properties(&DocProperties::new().set_creation_datetime(&day));
        let sheet = book.add_worksheet_with_constant_memory().map_err(failed)?;
        sheet.set_name("events").map_err(failed)?;
        sheet.set_freeze_panes(1, 0).map_err(failed)?;
        for (name, column) in COLUMNS.into_iter().zip(0_u16..) {
            let width = match name {
                "time" | "expires" | "subject" => 24,
                "granted" | "refused" => 30,
                "index" | "kind" | "by" | "source" | "method" | "language" | "basis" => 12,
                _ => 20,
            };
            sheet.set_column_width(column, width).map_err(failed)?;
            sheet.write_with_format(0, column, name, &Format::new().set_bold()).map_err(failed)?;
        }
        let (mut rows, mut events) = (Rows::default(), 0_u64);
        self.export.each(self.size, progress, |index, entry, event| {
            rows.push::<Error>(leaf_hash(&entry.leaf), |_, _, _| Ok(()))?;
            if !self.selection.holds(index, event) {
                return Ok(());
            }
            events += 1;
            if events > SHEET {
                return Err(refused(format!(
                    "a sheet holds {SHEET} events and no more: take a shorter time, or csv in place of xlsx"
                )));
            }
            let subject = self.pseudonyms.of(entry);
            let place = u32::try_from(events).unwrap_or(u32::MAX);
            for (cell, column) in cells(index, event, subject.as_deref()).into_iter().zip(0_u16..) {
                match column {
                    0 => sheet.write_number(place, column, index as f64).map_err(failed)?,
                    _ if cell.is_empty() => continue,
                    _ => sheet.write_string(place, column, cell).map_err(failed)?,
                };
            }
            Ok(())
        })?;
        let mut file = tempfile::tempfile().map_err(unwritten)?;
        book.save_to_writer(&mut file).map_err(failed)?;
        file.seek(SeekFrom::Start(0)).map_err(unwritten)?;
        io::copy(&mut file, out).map_err(unwritten)?;
        out.flush().map_err(unwritten)?;
        self.written(&rows, events)
    }
}

/// One erasure, as far as its event tells.
struct Erased {
    index: u64,
    time: String,
    reason: String,
    events: String,
    targets: Vec<u64>,
}

/// Number of a part → its files, or why it is not there.
pub(super) type Parts = BTreeMap<u8, Result<&'static str, &'static str>>;

/// A withdrawal that waits for what became of it.
type Withdrawal = (u64, String, Option<String>, String, String);

struct Archive<'w, 'e, 'o> {
    walk: &'w Walk<'e>,
    archive: Writer<BufWriter<&'o mut dyn Write>>,
    rows: Rows,
    /// For each level, whether the tile that grows leads to an event of this export.
    wanted: Vec<bool>,
    bundle: Vec<u8>,
    lines: Spool,
    csv: Spool,
    graph: dpv::Graph,
    withdrawals: BufWriter<std::fs::File>,
    requests: Register,
    erased: Vec<Erased>,
    /// Place of an event whose values were destroyed → place in `erased`.
    destroyed: BTreeMap<u64, usize>,
    counts: Counts,
    versions: Vec<Version>,
    /// Texts the events name.
    cited: BTreeSet<String>,
    keys: Vec<String>,
    key_lines: Vec<u8>,
    events: u64,
    period: Option<(String, String)>,
    /// When the last event of the log happened: the time of this export's state.
    last: String,
    own: Vec<Value>,
}

impl<'w, 'e, 'o> Archive<'w, 'e, 'o> {
    fn new(walk: &'w Walk<'e>, out: &'o mut dyn Write) -> Result<Self, Error> {
        let spool = || Spool::new().map_err(unwritten);
        let mut csv = spool()?;
        row(&mut csv, COLUMNS).map_err(unwritten)?;
        Ok(Self {
            walk,
            archive: Writer::new(BufWriter::with_capacity(1 << 16, out)),
            rows: Rows::default(),
            wanted: vec![false; 9],
            bundle: Vec::new(),
            lines: spool()?,
            csv,
            graph: dpv::Graph::new(spool()?).map_err(unwritten)?,
            withdrawals: BufWriter::new(tempfile::tempfile().map_err(unwritten)?),
            requests: Register::default(),
            erased: Vec::new(),
            destroyed: BTreeMap::new(),
            counts: Counts::default(),
            versions: Vec::new(),
            cited: BTreeSet::new(),
            keys: Vec::new(),
            key_lines: Vec::new(),
            events: 0,
            period: None,
            last: String::new(),
            own: Vec::new(),
        })
    }

    fn level(&self) -> Level {
        self.walk.export.level
    }

    fn has_events(&self) -> bool {
        self.level() != Level::Public
    }

    /// Whole bundles of entries are in an export of everything only.
    fn has_bundles(&self) -> bool {
        self.has_events() && self.walk.selection.is_everything()
    }

    fn write(mut self, progress: &mut dyn FnMut(Progress)) -> Result<Written, Error> {
        let walk = self.walk;
        walk.export.each(walk.size, progress, |index, entry, event| self.event(index, entry, event))?;
        let written = walk.written(&self.rows, self.events)?;
        self.finish().map(|()| written)
    }

    fn event(&mut self, index: u64, entry: &Entry, event: &Event<'_>) -> Result<(), Error> {
        let selected = self.walk.selection.holds(index, event);
        self.wanted[0] |= selected && self.has_events();
        if self.has_bundles() {
            let length = u16::try_from(entry.leaf.len()).map_err(|_| corrupt(format!("entry {index} is too long")))?;
            self.bundle.extend(length.to_be_bytes());
            self.bundle.extend(&entry.leaf);
            if (index + 1).is_multiple_of(WIDTH) || index + 1 == self.walk.size {
                let (number, width) = (index / WIDTH, index % WIDTH + 1);
                self.archive.add(&bundle_path(number, width), &self.bundle).map_err(unwritten)?;
                self.bundle.clear();
            }
        }
        let Self { rows, archive, wanted, .. } = self;
        rows.push(leaf_hash(&entry.leaf), |level, number, tile| {
            let (here, above) = (level as usize, level as usize + 1);
            if std::mem::take(&mut wanted[here]) {
                wanted[above] = true;
                archive.add(&tile_path(level, number, WIDTH), tile.as_flattened())?;
            }
            Ok(())
        })
        .map_err(unwritten)?;
        self.last.clear();
        self.last.push_str(event.time);
        self.note(index, entry, event)?;
        if selected { self.take(index, entry, event) } else { Ok(()) }
    }

    /// What matters whether or not the event is exported: keys, versions, erasures.
    fn note(&mut self, index: u64, entry: &Entry, event: &Event<'_>) -> Result<(), Error> {
        match event.kind {
            "log-opened" | "key-rotated" => {
                let fact = if event.kind == "log-opened" { "key" } else { "new" };
                if let Some(key) = event.facts.get(fact)
                    && !self.keys.contains(key)
                {
                    self.keys.push(key.clone());
                }
                line(&mut self.key_lines, index, entry, None, false).map_err(unwritten)?;
            }
            "policy-published" => {
                let version = texts::load(&*self.walk.export.store, &event.policy, event.time)?;
                if let Some(before) = self.versions.last_mut() {
                    before.until = Some(event.time.to_owned());
                }
                if self.has_events()
                    && let Some(policy) = &version.policy
                {
                    self.graph.policy(policy).map_err(unwritten)?;
                }
                // Only the policy in force is needed as a whole, and only one is kept.
                self.versions.iter_mut().for_each(|version| version.policy = None);
                self.versions.push(version);
            }
            "erase" => {
                let place = self.erased.len();
                let targets = targets(entry);
                self.destroyed.extend(targets.iter().map(|target| (*target, place)));
                let fact = |name: &str| event.facts.get(name).cloned().unwrap_or_default();
                let (reason, events) = (fact("reason"), fact("events"));
                self.erased.push(Erased { index, time: event.time.to_owned(), reason, events, targets });
            }
            _ => {}
        }
        Ok(())
    }

    fn take(&mut self, index: u64, entry: &Entry, event: &Event<'_>) -> Result<(), Error> {
        self.events += 1;
        self.counts.add(event);
        match &mut self.period {
            Some((_, last)) => {
                last.clear();
                last.push_str(event.time);
            }
            None => self.period = Some((event.time.to_owned(), event.time.to_owned())),
        }
        if !self.has_events() {
            return Ok(());
        }
        for hash in [&event.notice, &event.consent] {
            if is_hash(hash) && !self.cited.contains(hash.as_ref()) {
                self.cited.insert(hash.to_string());
            }
        }
        let subject = self.walk.pseudonyms.of(entry);
        line(&mut self.lines, index, entry, subject.as_deref(), self.walk.discloses()).map_err(unwritten)?;
        row(&mut self.csv, cells(index, event, subject.as_deref())).map_err(unwritten)?;
        self.graph.event(index, event, subject.as_deref()).map_err(unwritten)?;
        match event.kind {
            "withdraw" => {
                let due = self.versions.last().and_then(|version| version.policy.as_ref()).and_then(|policy| {
                    let time = OffsetDateTime::parse(event.time, &Rfc3339).ok()?;
                    Some(written(time + policy.rights().withdrawal.duration()))
                });
                let waiting: Withdrawal =
                    (index, event.time.to_owned(), subject, event.policy.to_string(), due.unwrap_or_default());
                serde_json::to_writer(&mut self.withdrawals, &waiting).map_err(io::Error::from).map_err(unwritten)?;
                self.withdrawals.write_all(b"\n").map_err(unwritten)?;
            }
            "request" | "request-step" => {
                let policy = self.versions.last().and_then(|version| version.policy.as_ref());
                self.requests.take(index, entry, event, subject.as_deref(), policy)?;
            }
            _ => {}
        }
        if self.level() == Level::Subject {
            self.own.push(json!({
                "index": index, "entry": serde_json::from_slice::<Value>(&entry.leaf).unwrap_or_default(),
                "values": entry.disclosed().unwrap_or_default(),
            }));
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(), Error> {
        let store = self.walk.export.store.clone();
        let mut parts = parts_without_policy();
        if self.has_events() {
            for (level, number, tile) in self.rows.partial() {
                let path = tile_path(level, number, tile.len() as u64);
                self.archive.add(&path, tile.as_flattened()).map_err(unwritten)?;
            }
        }
        let checkpoint = Checkpoint {
            origin: self.walk.key.verifier().name().to_owned(),
            size: self.walk.size,
            root: self.walk.expected,
        };
        let signed = checkpoint.sign(&[&self.walk.key]);
        let signed = signed.ok_or_else(|| corrupt("the log's name cannot be signed".to_owned()))?;
        let own = self.walk.key.verifier().to_string();
        if !self.keys.contains(&own) {
            // The log as it was before its key was replaced is signed with the key of now.
            self.keys.push(own);
        }
        let keys: String = self.keys.iter().map(|key| format!("{key}\n")).collect();
        let key_lines = std::mem::take(&mut self.key_lines);
        for (name, bytes) in
            [("checkpoint", signed.to_string().into_bytes()), ("keys", keys.into_bytes()), ("keys.jsonl", key_lines)]
        {
            self.archive.add(name, &bytes).map_err(unwritten)?;
        }
        let missing = texts::write(&*store, &self.versions, &self.cited, &mut self.archive)?;
        let seen = wait(Enforcement::read(&*store))?;
        if let Some(policy) = self.versions.last().and_then(|version| version.policy.as_ref()) {
            let archive = &mut self.archive;
            let mut add = |name: &str, bytes: Vec<u8>| archive.add(name, &bytes).map_err(unwritten);
            add("operator.json", parts::file(&parts::operator(policy)))?;
            add("register.json", parts::file(&parts::register(policy)))?;
            add("register.csv", parts::register_csv(policy).map_err(unwritten)?)?;
            add("trackers.json", parts::file(&parts::trackers(policy, &seen)))?;
            add("signals.json", parts::file(&parts::signals(policy, &self.counts)))?;
            add("lint.json", parts::file(&parts::findings(policy)))?;
        } else {
            for number in [2, 3, 5, 8, 12, 13] {
                parts.insert(number, Err(NO_POLICY));
            }
        }
        self.archive.add("gate.jsonl", &parts::gate(&seen)).map_err(unwritten)?;
        self.archive.add("stats.csv", &self.counts.csv().map_err(unwritten)?).map_err(unwritten)?;
        let purposes = self.counts.purposes_csv().map_err(unwritten)?;
        self.archive.add("stats-purposes.csv", &purposes).map_err(unwritten)?;
        if self.has_events() {
            self.events_parts()?;
        } else {
            for number in [6, 10, 11] {
                parts.insert(number, Err(NO_EVENTS));
            }
        }
        if self.level() != Level::Subject {
            parts.insert(14, Err(ON_DEMAND));
        }
        self.reports(&seen, &parts)?;
        self.manifest(&parts, &missing)
    }

    /// Instructions and report, in each language asked for.
    fn reports(&mut self, seen: &Enforcement, parts: &Parts) -> Result<(), Error> {
        let policy = self.versions.last().and_then(|version| version.policy.as_ref());
        let state = State {
            policy,
            versions: &self.versions,
            counts: &self.counts,
            seen,
            parts,
            origin: self.walk.key.verifier().name(),
            key: self.walk.key.verifier().to_string(),
            root: base16ct::lower::encode_string(&self.walk.expected),
            size: self.walk.size,
            events: self.events,
            complete: self.walk.selection.is_everything(),
            level: self.walk.export.level,
            period: self.period.as_ref(),
            last: &self.last,
            destroyed: self.destroyed.len() as u64,
        };
        for wording in &self.walk.export.wordings {
            let name = wording.as_str();
            let readme = readme::text(*wording, &state);
            self.archive.add(&format!("README.{name}.md"), readme.as_bytes()).map_err(unwritten)?;
            let report = report::report(*wording, &state);
            let page = report::html(&report);
            self.archive.add(&format!("report.{name}.html"), page.as_bytes()).map_err(unwritten)?;
            let print = report::pdf(&report)
                .ok_or_else(|| unwritten(io::Error::other("the report cannot be written as PDF")))?;
            self.archive.add(&format!("report.{name}.pdf"), &print).map_err(unwritten)?;
        }
        Ok(())
    }

    /// The parts that are made of events.
    fn events_parts(&mut self) -> Result<(), Error> {
        let spool = || Spool::new().map_err(unwritten);
        let lines = std::mem::replace(&mut self.lines, spool()?);
        let csv = std::mem::replace(&mut self.csv, spool()?);
        let graph = std::mem::replace(&mut self.graph, dpv::Graph::new(spool()?).map_err(unwritten)?);
        let mut requests = spool()?;
        std::mem::take(&mut self.requests).write(&mut requests).map_err(unwritten)?;
        self.archive.add_spool("events.jsonl", lines).map_err(unwritten)?;
        self.archive.add_spool("events.csv", csv).map_err(unwritten)?;
        self.archive.add_spool("events-27560.jsonld", graph.finish().map_err(unwritten)?).map_err(unwritten)?;
        let withdrawals = self.settled().map_err(unwritten)?;
        self.archive.add_spool("withdrawals.csv", withdrawals).map_err(unwritten)?;
        let mut destruction = Vec::new();
        row(&mut destruction, ["index", "time", "reason", "events", "targets"]).map_err(unwritten)?;
        for erased in &self.erased {
            let targets = erased.targets.iter().map(u64::to_string).collect::<Vec<_>>().join(" ");
            let index = erased.index.to_string();
            row(&mut destruction, [&index, &erased.time, &erased.reason, &erased.events, &targets])
                .map_err(unwritten)?;
        }
        // A visitor is not told of the erasures of others.
        if self.level() != Level::Subject {
            self.archive.add("destruction.csv", &destruction).map_err(unwritten)?;
        }
        self.archive.add_spool("requests.csv", requests).map_err(unwritten)?;
        if self.level() == Level::Subject {
            let own = self.own.iter().filter_map(|event| event["values"].get("subject")?.as_str()).next();
            let answer = json!({
                "subject": own, "events": self.own,
                "operator": "../operator.json", "processing": "../register.json", "texts": "../texts/index.csv",
                "services": "../trackers.json",
            });
            self.archive.add("subject/answer.json", &parts::file(&answer)).map_err(unwritten)?;
        }
        Ok(())
    }

    /// Part 10: each withdrawal with its term, and what was destroyed when.
    fn settled(&mut self) -> io::Result<Spool> {
        self.withdrawals.flush()?;
        let file = self.withdrawals.get_mut();
        file.seek(SeekFrom::Start(0))?;
        let mut out = Spool::new()?;
        row(&mut out, ["index", "time", "subject", "policy", "gate_closed", "destroy_by", "destroyed", "by_event"])?;
        for line in io::BufRead::lines(io::BufReader::new(file)) {
            let (index, time, subject, policy, due): Withdrawal = serde_json::from_str(&line?)?;
            let erased = self.destroyed.get(&index).map(|place| &self.erased[*place]);
            let (destroyed, by) = match erased {
                Some(erased) => (erased.time.clone(), erased.index.to_string()),
                None => Default::default(),
            };
            let subject = subject.unwrap_or_default();
            // The answer to the withdrawal itself is the first with the gate closed.
            row(&mut out, [&index.to_string(), &time, &subject, &policy, &time, &due, &destroyed, &by])?;
        }
        Ok(out)
    }

    fn manifest(mut self, parts: &Parts, missing: &[String]) -> Result<(), Error> {
        let walk = self.walk;
        let mut selection = walk.export.record(OffsetDateTime::UNIX_EPOCH).facts;
        // Not what is selected, but how it is asked for: the same part must be the same bytes.
        ["format", "level", "size"].into_iter().for_each(|name| drop(selection.remove(name)));
        let parts = parts.iter().map(|(number, files)| match files {
            Ok(files) => json!({ "part": number, "files": files }),
            Err(reason) => json!({ "part": number, "absent": reason }),
        });
        let versions = self
            .versions
            .iter()
            .map(|version| json!({ "version": version.version, "from": version.since, "until": version.until }));
        let manifest = json!({
            "format": 1, "generator": concat!("tower-consent ", env!("CARGO_PKG_VERSION")),
            "log": { "origin": walk.key.verifier().name(), "size": walk.size,
                "root": base16ct::lower::encode_string(&walk.expected), "key": walk.key.verifier().to_string(),
                "last_event": self.last },
            "level": walk.export.level.as_str(), "selection": selection, "complete": walk.selection.is_everything(),
            "events": self.events,
            "period": self.period.as_ref().map(|(first, last)| json!({ "from": first, "to": last })),
            "by_kind": self.counts.by_kind(),
            "policies": versions.collect::<Vec<_>>(),
            "missing_texts": missing, "parts": parts.collect::<Vec<_>>(),
        });
        self.archive.add("manifest.json", &parts::file(&manifest)).map_err(unwritten)?;
        let sums = self.archive.sums().iter();
        let text: String =
            sums.map(|(name, sum)| format!("{}  {name}\n", base16ct::lower::encode_string(sum))).collect();
        let note =
            Note::sign(&text, &[&walk.key]).ok_or_else(|| corrupt("the manifest cannot be signed".to_owned()))?;
        self.archive.add("MANIFEST", note.to_string().as_bytes()).map_err(unwritten)?;
        self.archive.finish().map_err(unwritten).map(|_| ())
    }
}

/// The fourteen parts and their files.
fn parts_without_policy() -> Parts {
    let files = [
        "MANIFEST manifest.json checkpoint keys keys.jsonl tile/ README.*.md report.*",
        "operator.json",
        "register.json register.csv",
        "texts/",
        "banner/",
        "events.jsonl events.csv events-27560.jsonld",
        "stats.csv stats-purposes.csv",
        "trackers.json",
        "gate.jsonl",
        "withdrawals.csv destruction.csv",
        "requests.csv",
        "signals.json",
        "lint.json",
        "subject/",
    ];
    (1..).zip(files.map(Ok)).collect()
}

fn is_hash(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

const _: () = assert!(CHUNK.is_multiple_of(WIDTH));
