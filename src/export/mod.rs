//! What a regulator and a visitor are given: a part of the log, or all of it, with everything that is needed to understand
//! and to check it.
//!
//! In: a store. Out: one zip archive of plain files (or a table of events), written to anything that takes bytes, in
//! constant memory; and the way back, [`verify`], which needs the archive and a public key only. The same state of the log
//! gives the same bytes. What is not in the log or in the store is not in an export; nothing of an erased visitor is.
//!
//! ```text
//! MANIFEST                        SHA-256 of every other file, signed with the log's key; written last
//! manifest.json  README.<l>.md    what this is, and how to check it
//! checkpoint  keys  keys.jsonl    the signed head, the log's keys, the events that brought them
//! tile/…                          C2SP tlog-tiles: the hashes from the events of this export up to the head
//! events.jsonl  events.csv  …     the parts
//! ```

mod container;
mod copy;
mod dpv;
mod event;
mod parts;
mod pass;
mod readme;
mod replay;
mod report;
mod requests;
mod table;
mod texts;
mod verify;

use std::{io::Write, sync::Arc};

use time::OffsetDateTime;

use self::event::{Event, Pseudonyms, Selection};
pub use self::{
    copy::to_copy,
    replay::{Replay, Shown, replay},
    verify::{Verified, verify, verify_folder},
};
pub use crate::mirror::Finding;
use crate::{
    audit::Entry,
    purpose::PurposeId,
    record::{Kind, Record},
    signal::VisitorId,
    store::{ConsentStore, Error, ErrorKind, random_key, wait},
};

/// Entries read from the store at once: a segment of the embedded store.
const CHUNK: u64 = 4096;
/// Names the secret that pseudonyms are made with.
const PSEUDONYMS: &str = "export-pseudonyms";

/// For whom an export is; it says how much of a person is in it.
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
/// use tower_consent::{export::{Export, Level}, store::{Error, ErrorKind}};
/// let has_events = |level| {
///     let mut archive = Vec::new();
///     Export::new(store.clone(), level).write(&mut archive, &mut |_| {})?;
///     Ok(archive.windows(12).any(|name| name == b"events.jsonl"))
/// };
/// assert!(has_events(Level::Regulator).unwrap() && !has_events(Level::Public).unwrap());
/// let error: Error = has_events(Level::Subject).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Refused, "whose events?");
/// # });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Level {
    /// For anyone: counts, texts and facts of the site, no events.
    Public,
    /// For an authority: all events, visitors by pseudonym.
    Regulator,
    /// For a visitor: the own events, with all that is known.
    Subject,
    /// For the operator: all events, with all that is known. It holds personal data.
    Internal,
}

impl Level {
    /// Every level, from the least to the most.
    pub const ALL: [Self; 4] = [Self::Public, Self::Regulator, Self::Subject, Self::Internal];

    /// Returns the word for it.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(tower_consent::export::Level::Regulator.as_str(), "regulator");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Regulator => "regulator",
            Self::Subject => "subject",
            Self::Internal => "internal",
        }
    }
}

/// In which form.
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
/// use tower_consent::export::{Export, Format, Level};
/// let mut table = Vec::new();
/// let export = Export::new(store, Level::Regulator).format(Format::JsonLines);
/// let written = export.write(&mut table, &mut |_| {}).unwrap();
/// assert_eq!(String::from_utf8(table).unwrap().lines().count() as u64, written.events);
/// # });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// Everything, signed, as one archive.
    Zip,
    /// The events alone, a JSON object a line.
    JsonLines,
    /// The events alone, as CSV.
    Csv,
    /// The events alone, as a spreadsheet.
    Spreadsheet,
}

impl Format {
    /// Returns the word for it, which is also the usual ending of the file.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(tower_consent::export::Format::JsonLines.as_str(), "jsonl");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Zip => "zip",
            Self::JsonLines => "jsonl",
            Self::Csv => "csv",
            Self::Spreadsheet => "xlsx",
        }
    }
}

/// The languages instructions and report are written in.
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
/// use tower_consent::export::{Export, Level, Wording};
/// let mut archive = Vec::new();
/// let export = Export::new(store, Level::Regulator).wordings([Wording::Russian]);
/// export.write(&mut archive, &mut |_| {}).unwrap();
/// let has = |name: &str| archive.windows(name.len()).any(|bytes| bytes == name.as_bytes());
/// assert!(has("README.ru.md") && !has("README.en.md"));
/// # });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Wording {
    /// English.
    English,
    /// Russian.
    Russian,
}

impl Wording {
    /// Returns the language tag.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(tower_consent::export::Wording::Russian.as_str(), "ru");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Russian => "ru",
        }
    }
}

/// How far an export has come.
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
/// use tower_consent::export::{Export, Level};
/// let mut percent = 0;
/// Export::new(store, Level::Regulator)
///     .write(&mut Vec::new(), &mut |progress| percent = progress.done * 100 / progress.of)
///     .unwrap();
/// assert_eq!(percent, 100);
/// # });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Events of the log that were looked at.
    pub done: u64,
    /// Of so many.
    pub of: u64,
}

/// What was exported.
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
/// use tower_consent::export::{Export, Level};
/// let written = Export::new(store, Level::Regulator).write(&mut Vec::new(), &mut |_| {}).unwrap();
/// assert_eq!((written.size, written.root), (1, log.head().await.unwrap().root_hex()));
/// assert_eq!(written.key, log.key().verifier().to_string());
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Written {
    /// Events of the log it speaks of.
    pub size: u64,
    /// Root of their tree, hexadecimal.
    pub root: String,
    /// Events it was made from; a public archive counts them and holds none.
    pub events: u64,
    /// The public key it is checked with.
    pub key: String,
}

/// An export to be made.
///
/// An export is an event of the log itself: append [`Export::record`] first, then write. What is written is the log
/// with that event. With [`Export::at`] an earlier state is written again, byte for byte.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use time::OffsetDateTime;
/// use tower_consent::{export::{Export, Level, verify}, recorder::Log, store::Memory};
/// let store = Arc::new(Memory::default());
/// let now = OffsetDateTime::UNIX_EPOCH;
/// let mut log = pollster::block_on(Log::open(store.clone(), "news.example/consent", now)).unwrap();
/// let export = Export::new(store, Level::Regulator);
/// pollster::block_on(log.append(vec![export.record(now)])).unwrap();
/// let mut archive = Vec::new();
/// let written = export.write(&mut archive, &mut |_| {}).unwrap();
/// assert_eq!((written.size, written.events), (2, 2));
/// let verified = verify(std::io::Cursor::new(archive), &[written.key.parse().unwrap()]).unwrap();
/// assert!(verified.findings.is_empty());
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Export {
    store: Arc<dyn ConsentStore>,
    level: Level,
    format: Format,
    wordings: Vec<Wording>,
    selection: Selection,
    visitor: Option<VisitorId>,
    at: Option<u64>,
}

impl Export {
    /// Begins an export of all events of a store's log, as a zip archive, in every language there is.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::sync::Arc;
    /// use time::OffsetDateTime;
    /// use tower_consent::{export::{Export, Level}, store::Memory};
    /// let export = Export::new(Arc::new(Memory::default()), Level::Regulator);
    /// let facts = export.record(OffsetDateTime::UNIX_EPOCH).facts;
    /// assert_eq!((facts["level"].as_str(), facts["format"].as_str()), ("regulator", "zip"));
    /// assert!(!facts.contains_key("from") && !facts.contains_key("to"), "nothing is left out");
    /// ```
    pub fn new(store: Arc<dyn ConsentStore>, level: Level) -> Self {
        Self {
            store,
            level,
            format: Format::Zip,
            wordings: vec![Wording::Russian, Wording::English],
            selection: Selection::default(),
            visitor: None,
            at: None,
        }
    }

    /// Takes events from this time on only.
    ///
    /// Default: from the first, since a part cannot show that nothing is missing before it.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::sync::Arc;
    /// use time::OffsetDateTime;
    /// use tower_consent::{export::{Export, Level}, store::Memory};
    /// let export = Export::new(Arc::new(Memory::default()), Level::Regulator).from(OffsetDateTime::UNIX_EPOCH);
    /// assert_eq!(export.record(OffsetDateTime::UNIX_EPOCH).facts["from"], "1970-01-01T00:00:00Z");
    /// ```
    pub fn from(mut self, time: OffsetDateTime) -> Self {
        self.selection.from = Some(time);
        self
    }

    /// Takes events before this time only.
    ///
    /// Default: to the last, as [`Export::from`].
    ///
    /// # Example
    ///
    /// ```
    /// # use std::sync::Arc;
    /// use time::OffsetDateTime;
    /// use tower_consent::{export::{Export, Level}, store::Memory};
    /// let export = Export::new(Arc::new(Memory::default()), Level::Regulator).to(OffsetDateTime::UNIX_EPOCH);
    /// assert_eq!(export.record(OffsetDateTime::UNIX_EPOCH).facts["to"], "1970-01-01T00:00:00Z");
    /// ```
    pub fn to(mut self, time: OffsetDateTime) -> Self {
        self.selection.to = Some(time);
        self
    }

    /// Takes events that grant or refuse this purpose only.
    ///
    /// Default: all.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::sync::Arc;
    /// use time::OffsetDateTime;
    /// use tower_consent::{export::{Export, Level}, store::Memory};
    /// let export = Export::new(Arc::new(Memory::default()), Level::Regulator).purpose("metrics".parse().unwrap());
    /// assert_eq!(export.record(OffsetDateTime::UNIX_EPOCH).facts["purpose"], "metrics");
    /// ```
    pub fn purpose(mut self, purpose: PurposeId) -> Self {
        self.selection.purpose = Some(purpose);
        self
    }

    /// Takes events under the policy whose version begins so only.
    ///
    /// Default: all.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::sync::Arc;
    /// use time::OffsetDateTime;
    /// use tower_consent::{export::{Export, Level}, store::Memory};
    /// let export = Export::new(Arc::new(Memory::default()), Level::Regulator).policy("5f2c");
    /// assert_eq!(export.record(OffsetDateTime::UNIX_EPOCH).facts["policy"], "5f2c");
    /// ```
    pub fn policy(mut self, version: impl Into<String>) -> Self {
        self.selection.policy = Some(version.into());
        self
    }

    /// Takes events of one visitor only.
    ///
    /// Default: of all; [`Level::Subject`] needs one.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::sync::Arc;
    /// use time::OffsetDateTime;
    /// use tower_consent::{export::{Export, Level}, signal::VisitorId, store::Memory};
    /// let visitor = VisitorId::from_random([7; 16]);
    /// let export = Export::new(Arc::new(Memory::default()), Level::Subject).visitor(visitor);
    /// // It is an event of that visitor, who is not named in what all can read.
    /// assert_eq!(export.record(OffsetDateTime::UNIX_EPOCH).visitor, Some(visitor));
    /// ```
    pub fn visitor(self, visitor: VisitorId) -> Self {
        Self { visitor: Some(visitor), ..self }
    }

    /// Writes another form than the archive.
    ///
    /// Default: [`Format::Zip`], the only one that proves anything.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::sync::Arc;
    /// use time::OffsetDateTime;
    /// use tower_consent::{export::{Export, Format, Level}, store::Memory};
    /// let export = Export::new(Arc::new(Memory::default()), Level::Regulator).format(Format::Csv);
    /// assert_eq!(export.record(OffsetDateTime::UNIX_EPOCH).facts["format"], "csv");
    /// ```
    pub fn format(self, format: Format) -> Self {
        Self { format, ..self }
    }

    /// Writes instructions and report in these languages.
    ///
    /// Default: all there are, because who gets an export may not read the language of the site.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::sync::Arc;
    /// use tower_consent::{export::{Export, Level, Wording}, store::Memory};
    /// let export = Export::new(Arc::new(Memory::default()), Level::Regulator).wordings([Wording::Russian]);
    /// assert!(format!("{export:?}").contains("[Russian]"));
    /// ```
    pub fn wordings(mut self, wordings: impl IntoIterator<Item = Wording>) -> Self {
        self.wordings = wordings.into_iter().collect();
        self.wordings.dedup();
        self
    }

    /// Writes the log as it was when it had so many events.
    ///
    /// Default: as it is. Two exports at one size are the same byte for byte, as long as nobody is erased and no page is
    /// counted in between.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::sync::Arc;
    /// use time::OffsetDateTime;
    /// use tower_consent::{export::{Export, Level}, store::Memory};
    /// let export = Export::new(Arc::new(Memory::default()), Level::Regulator).at(17);
    /// assert_eq!(export.record(OffsetDateTime::UNIX_EPOCH).facts["size"], "17");
    /// ```
    pub fn at(self, size: u64) -> Self {
        Self { at: Some(size), ..self }
    }

    /// Returns the event that says that this export was made: to be appended to the log before it is written.
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
    /// use tower_consent::export::{Export, Level};
    /// let export = Export::new(store, Level::Internal);
    /// let receipt = log.append(vec![export.record(now)]).await.unwrap().remove(0);
    /// assert_eq!(receipt.kind, Kind::Export);
    /// assert!(receipt.entry.contains(r#""level":"internal""#), "the log tells that personal data went out");
    /// # });
    /// ```
    pub fn record(&self, now: OffsetDateTime) -> Record {
        let mut record = Record::of(Kind::Export, now, "");
        (record.by, record.source) = ("operator", "operator");
        record.visitor = self.visitor;
        record.facts.insert("level", self.level.as_str().to_owned());
        record.facts.insert("format", self.format.as_str().to_owned());
        for (name, time) in [("from", self.selection.from), ("to", self.selection.to)] {
            if let Some(time) = time {
                record.facts.insert(name, written(time));
            }
        }
        if let Some(purpose) = &self.selection.purpose {
            record.facts.insert("purpose", purpose.to_string());
        }
        if let Some(policy) = &self.selection.policy {
            record.facts.insert("policy", policy.clone());
        }
        if let Some(size) = self.at {
            record.facts.insert("size", size.to_string());
        }
        record
    }

    /// Writes the export. It blocks: a server calls it from a thread that may wait.
    ///
    /// `progress` is told after each few thousand events of the log.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`] when the log has not so many events, or the level needs a visitor, or there are no events of
    /// that visitor, or a spreadsheet cannot hold so many rows; [`ErrorKind::Corrupt`] when the entries are not those the
    /// log's head was made over; [`ErrorKind::Unavailable`] when the store cannot be read or the output not be written.
    /// What was written until then is worth nothing.
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
    /// use tower_consent::{export::{Export, Level}, store::ErrorKind};
    /// let write = |size| {
    ///     let mut archive = Vec::new();
    ///     Export::new(store.clone(), Level::Regulator).at(size).write(&mut archive, &mut |_| {}).map(|_| archive)
    /// };
    /// assert_eq!(write(1).unwrap(), write(1).unwrap(), "the same state gives the same bytes");
    /// assert_eq!(write(17).unwrap_err().kind(), ErrorKind::Refused, "the log has one event");
    /// # });
    /// ```
    pub fn write(&self, out: &mut dyn Write, progress: &mut dyn FnMut(Progress)) -> Result<Written, Error> {
        let head = wait(self.store.head())?;
        let size = self.at.unwrap_or_else(|| head.size());
        if size > head.size() || size == 0 {
            return Err(refused(format!("the log has {} events, not {size}", head.size())));
        }
        let mut selection = self.selection.clone();
        match self.visitor {
            Some(visitor) => {
                let places = wait(self.store.by_visitor(visitor))?;
                if places.is_empty() {
                    return Err(refused("there are no events of this visitor, or they were erased".to_owned()));
                }
                selection.places = Some(places);
            }
            None if self.level == Level::Subject => {
                return Err(refused("an export for a visitor needs the visitor".to_owned()));
            }
            None => {}
        }
        if self.level == Level::Public && self.format != Format::Zip {
            return Err(refused("a public export has no events, so it has no table of them".to_owned()));
        }
        let secret = wait(self.store.secret(PSEUDONYMS.to_owned(), random_key()?))?;
        pass::run(self, &selection, &Pseudonyms::new(&secret), size, out, progress)
    }

    /// Shows every event of the log to `act`, in order.
    fn each(
        &self,
        size: u64,
        progress: &mut dyn FnMut(Progress),
        mut act: impl FnMut(u64, &Entry, &Event<'_>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut next = 0;
        while next < size {
            let end = size.min(next + CHUNK);
            let entries = wait(self.store.read(next..end))?;
            if entries.len() as u64 != end - next {
                return Err(corrupt(format!("the store has not all of the entries {next} to {end}")));
            }
            for (entry, index) in entries.iter().zip(next..) {
                let event = Event::read(&entry.leaf).ok_or_else(|| corrupt(format!("entry {index} cannot be read")))?;
                act(index, entry, &event)?;
            }
            next = end;
            progress(Progress { done: next, of: size });
        }
        Ok(())
    }
}

fn written(time: OffsetDateTime) -> String {
    let utc = time.to_offset(time::UtcOffset::UTC);
    utc.format(&time::format_description::well_known::Rfc3339).unwrap_or_default()
}

fn corrupt(what: String) -> Error {
    Error::new(ErrorKind::Corrupt, what)
}

fn refused(what: String) -> Error {
    Error::new(ErrorKind::Refused, what)
}

/// Gives a failure of the output its name.
fn unwritten(source: std::io::Error) -> Error {
    Error::new(ErrorKind::Unavailable, "cannot write the export").with_source(source)
}
