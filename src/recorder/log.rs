//! The log as something to append to: head, tree, key.
//!
//! In: records. Out: receipts with proofs, each after its entry is durable. Where several instances append to one store,
//! what another one wrote is noticed and read, and nothing before it; from then on they take turns.

mod erasure;
pub(crate) mod links;

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use time::OffsetDateTime;

use super::keys;
use crate::{
    audit::{Checkpoint, Entry, Hash, Head, LogKey, Proof, SEGMENT, Tree, entry::SALTS, leaf_hash},
    record::{Kind, Receipt, Record},
    signal::VisitorId,
    store::{ConsentStore, Error, ErrorKind, Turn, grown, tree},
};

/// How often an append is tried when other instances write to the same store.
const ATTEMPTS: u32 = 64;
/// Appends that wait for their turn after one that others were faster than.
const CONTENDED: u32 = 16;

/// An append of which it is unknown whether it was written: all of it, or nothing.
#[derive(Clone, Debug)]
pub(super) struct Doubt {
    /// Where its first entry was to stand.
    pub(super) place: u64,
    /// The entries, and for each the record of the call it was made from.
    pub(super) entries: Vec<(usize, Entry)>,
}

/// A log that can be appended to.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use time::OffsetDateTime;
/// use tower_consent::{audit::Proof, record::{Kind, Record}, recorder::Log, store::Memory};
/// let store = Arc::new(Memory::default());
/// pollster::block_on(async {
///     let now = OffsetDateTime::UNIX_EPOCH;
///     let mut log = Log::open(store, "news.example/consent", now).await.unwrap();
///     let receipt = log.append(vec![Record::of(Kind::Export, now, "v1")]).await.unwrap().remove(0);
///     let proof: Proof = receipt.proof.parse().unwrap();
///     assert!(proof.verify(receipt.entry.as_bytes(), &[log.key().verifier().clone()]).is_ok());
/// });
/// ```
#[derive(Debug)]
pub struct Log {
    store: Arc<dyn ConsentStore>,
    origin: String,
    key: LogKey,
    /// Unknown after a failed append: it may or may not have been written.
    tree: Option<Tree>,
    /// What such an append was about to write.
    doubt: Option<Doubt>,
    /// Appends that will wait for their turn, because others write to the same store.
    contended: u32,
    /// Whether somebody was ever linked with an account; while that is not known, whether one was is asked.
    linking: bool,
}

impl Log {
    /// Opens the log of a store; a new one begins with a `log-opened` event that has its name and key.
    ///
    /// `origin` is the name of a new log; one that exists keeps its own.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or written, is damaged, or the name cannot be that of a log.
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
    /// let verifier = log.key().verifier().clone();
    /// // Whoever opens it again finds its name and key, whatever he would have called it.
    /// let log = Log::open(store, "another.example/consent", now).await.unwrap();
    /// assert_eq!((log.origin(), log.key().verifier()), ("news.example/consent", &verifier));
    /// # });
    /// ```
    pub async fn open(store: Arc<dyn ConsentStore>, origin: &str, now: OffsetDateTime) -> Result<Self, Error> {
        if store.head().await? == Head::EMPTY {
            let key = keys::in_force(store.as_ref(), origin, true).await?;
            let mut record = Record::of(Kind::LogOpened, now, "");
            record.facts.insert("key", key.verifier().to_string());
            record.facts.insert("origin", origin.to_owned());
            record.facts.insert("software", concat!("tower-consent ", env!("CARGO_PKG_VERSION")).to_owned());
            // Not what the store says by now: another instance may have begun the log meanwhile.
            let tree = Some(Tree::default());
            let mut log = Self {
                store: store.clone(),
                origin: origin.to_owned(),
                key,
                tree,
                doubt: None,
                contended: 0,
                linking: false,
            };
            match log.append_once(&[&record], HashMap::new()).await {
                // Another instance was first: its name holds.
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                opened => return opened.map(|_| log),
            }
        }
        Self::open_existing(store).await
    }

    /// Opens the log of a store that has one.
    ///
    /// # Errors
    ///
    /// As [`Log::open`]; and when there is none.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tower_consent::{recorder::Log, store::Memory};
    /// let opened = pollster::block_on(Log::open_existing(Arc::new(Memory::default())));
    /// assert!(opened.is_err(), "a tool that only looks begins no log");
    /// ```
    pub async fn open_existing(store: Arc<dyn ConsentStore>) -> Result<Self, Error> {
        let first = store.read(0..1).await?.pop().and_then(|entry| entry.fields().ok());
        let origin = first.as_ref().and_then(|fields| fields.get("facts")?.get("origin")?.as_str());
        let Some(origin) = origin.map(str::to_owned) else {
            return Err(Error::new(ErrorKind::Corrupt, "the log does not begin with an event that names it"));
        };
        let key = keys::in_force(store.as_ref(), &origin, false).await?;
        let tree = tree(store.as_ref()).await?;
        let mut log = Self { store, origin, key, tree: Some(tree), doubt: None, contended: 0, linking: false };
        log.settle_erasures().await?;
        Ok(log)
    }

    /// Returns the name of the log.
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
    /// use tower_consent::audit::Proof;
    /// let receipt = log.receipt(0).await.unwrap();
    /// let proof: Proof = receipt.proof.parse().unwrap();
    /// let checkpoint = proof.verify(receipt.entry.as_bytes(), &[log.key().verifier().clone()]).unwrap();
    /// assert_eq!(checkpoint.origin, log.origin());
    /// # });
    /// ```
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Returns the key that signs it.
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
    /// // The public half is in the log's first event too.
    /// assert!(log.receipt(0).await.unwrap().entry.contains(&log.key().verifier().to_string()));
    /// # });
    /// ```
    pub fn key(&self) -> &LogKey {
        &self.key
    }

    /// Returns how far it has come.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
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
    /// let before = log.head().await.unwrap();
    /// log.append(vec![Record::of(Kind::Retention, now, "v1")]).await.unwrap();
    /// assert_eq!(log.head().await.unwrap().size(), before.size() + 1);
    /// # });
    /// ```
    pub async fn head(&mut self) -> Result<Head, Error> {
        Ok(self.tree().await?.head())
    }

    /// Returns the root of the first `size` entries.
    ///
    /// # Errors
    ///
    /// When the store cannot be read, or there are not so many.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use time::OffsetDateTime;
    /// # use tower_consent::{record::{Kind, Record}, recorder::Log, store::{ErrorKind, Memory}};
    /// # pollster::block_on(async {
    /// # let (store, now) = (Arc::new(Memory::default()), OffsetDateTime::UNIX_EPOCH);
    /// # let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
    /// // An auditor has noted this; later he asks whether the past is still the same.
    /// let noted = log.head().await.unwrap();
    /// log.append(vec![Record::of(Kind::Retention, now, "v1")]).await.unwrap();
    /// assert_eq!(log.root_at(noted.size()).await.unwrap(), noted.root());
    /// // There is no past with more events than there are.
    /// assert_eq!(log.root_at(17).await.unwrap_err().kind(), ErrorKind::Refused);
    /// # });
    /// ```
    pub async fn root_at(&mut self, size: u64) -> Result<Hash, Error> {
        if let Some(root) = self.tree().await?.root_at(size) {
            return Ok(root);
        }
        let whole = usize::try_from(size / SEGMENT).unwrap_or(usize::MAX);
        let mut roots = self.store.segments().await?;
        roots.truncate(whole);
        let tree = grown(self.store.as_ref(), roots, size).await?;
        if tree.size() < size {
            return Err(Error::new(ErrorKind::Refused, format!("the log has no {size} entries")));
        }
        Ok(tree.root())
    }

    async fn tree(&mut self) -> Result<&mut Tree, Error> {
        match self.tree.take() {
            Some(known) => Ok(self.tree.insert(known)),
            None => Ok(self.tree.insert(tree(self.store.as_ref()).await?)),
        }
    }

    /// Appends events in one step; returns their receipts when they are durable.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`] when others appended meanwhile, again and again: nothing was written. After another error
    /// it is unknown whether they were; the next call finds out.
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
    /// let events = [Kind::Export, Kind::Retention].map(|kind| Record::of(kind, now, "v1"));
    /// let receipts = log.append(events.to_vec()).await.unwrap();
    /// let places: Vec<u64> = receipts.iter().map(|receipt| receipt.index).collect();
    /// assert_eq!((places, receipts[0].size), (vec![1, 2], 3), "both were written in one step");
    /// # });
    /// ```
    pub async fn append(&mut self, records: Vec<Record>) -> Result<Vec<Receipt>, Error> {
        self.append_in_turn(&records, false).await
    }

    /// Appends events as [`Log::append`] does, but for those that the same form has put into the log before, by this
    /// instance or another: their receipts are those of then.
    pub(super) async fn append_new(&mut self, records: &[Record]) -> Result<Vec<Receipt>, Error> {
        self.append_in_turn(records, true).await
    }

    async fn append_in_turn(&mut self, records: &[Record], only_new: bool) -> Result<Vec<Receipt>, Error> {
        // What an earlier append left open is no longer asked about: it is not this one's.
        self.doubt = None;
        let mut turn = None;
        let mut attempts = 0;
        loop {
            attempts += 1;
            if self.wait_for_turn(&mut turn).await? {
                self.catch_up().await?;
            }
            match self.append_unless_known(records, only_new).await {
                // Another instance was faster: its entries are read, and this batch comes after them.
                Err(error) if error.kind() == ErrorKind::Conflict && attempts < ATTEMPTS => self.contended = CONTENDED,
                done => return done,
            }
        }
    }

    /// Where others were faster lately, waits for this instance's turn and holds it; says whether that is so.
    async fn wait_for_turn(&mut self, turn: &mut Option<Turn>) -> Result<bool, Error> {
        if self.contended == 0 {
            return Ok(false);
        }
        self.contended -= 1;
        if turn.is_none() {
            *turn = Some(self.store.turn().await?);
        }
        Ok(true)
    }

    async fn append_unless_known(&mut self, records: &[Record], only_new: bool) -> Result<Vec<Receipt>, Error> {
        // Asked on each attempt: what another instance wrote meanwhile may be the same form.
        let last_of = self.last_of(records.iter().filter_map(|record| record.visitor)).await?;
        let mut known = Vec::with_capacity(records.len());
        let mut said: BTreeSet<VisitorId> = BTreeSet::new();
        for record in records {
            // After something new of his, what was said before it is no longer the last.
            let last = record.visitor.filter(|visitor| only_new && !said.contains(visitor));
            let place = match last.and_then(|visitor| last_of.get(&visitor)) {
                Some(last) => self.recorded(record, *last).await?,
                None => None,
            };
            said.extend(record.visitor.filter(|_| place.is_none()));
            known.push(place);
        }
        let fresh = records.iter().zip(&known).enumerate().filter(|(_, (_, known))| known.is_none());
        let (numbers, fresh): (Vec<usize>, Vec<&Record>) = fresh.map(|(number, (record, _))| (number, record)).unzip();
        let mut receipts = match fresh.is_empty() {
            true => Vec::new().into_iter(),
            false => {
                let appended = self.append_once(&fresh, last_of).await;
                if let (Err(_), Some(doubt)) = (&appended, &mut self.doubt) {
                    // Numbered among what was to be new: told by the numbers of the call.
                    doubt.entries.iter_mut().zip(numbers).for_each(|((number, _), of_call)| *number = of_call);
                }
                appended?.into_iter()
            }
        };
        let mut all = Vec::with_capacity(records.len());
        for known in known {
            let receipt = match known {
                Some(place) => Some(self.receipt(place).await?),
                None => receipts.next(),
            };
            all.push(receipt.ok_or_else(|| Error::new(ErrorKind::Corrupt, "an event has no receipt"))?);
        }
        Ok(all)
    }

    /// Returns the place of the last event of each visitor who has one.
    async fn last_of(&self, visitors: impl Iterator<Item = VisitorId>) -> Result<HashMap<VisitorId, u64>, Error> {
        let visitors: BTreeSet<VisitorId> = visitors.collect();
        if visitors.is_empty() {
            return Ok(HashMap::new());
        }
        let last = self.store.last_of(visitors.iter().copied().collect()).await?;
        Ok(visitors.into_iter().zip(last).filter_map(|(visitor, last)| Some((visitor, last?))).collect())
    }

    /// Reads what others have appended, and nothing of before.
    async fn catch_up(&mut self) -> Result<(), Error> {
        let Some(mut tree) = self.tree.take() else {
            return self.tree().await.map(|_| ());
        };
        let head = self.store.head().await?;
        let missing = head.size().saturating_sub(tree.size());
        if missing > SEGMENT {
            return self.tree().await.map(|_| ());
        }
        if missing > 0 {
            let entries = self.store.read(tree.size()..head.size()).await?;
            entries.iter().for_each(|entry| tree.push(leaf_hash(&entry.leaf)));
            tree.trim();
        }
        if tree.head() != head {
            return Err(Error::new(ErrorKind::Corrupt, "the log does not go on from where it was: it was set back"));
        }
        self.tree = Some(tree);
        Ok(())
    }

    /// Says whether the append whose end is unknown was written; `false` where there is none.
    pub(super) async fn settle(&mut self) -> Result<bool, Error> {
        let Some(Doubt { place, entries }) = &self.doubt else { return Ok(false) };
        let found = self.store.read(*place..*place + 1).await?.pop();
        let ours = entries.first().is_some_and(|(_, first)| found.is_some_and(|entry| entry.leaf == first.leaf));
        self.doubt = None;
        Ok(ours)
    }

    /// Returns the append whose end is unknown, if the last one is.
    pub(super) fn doubt(&self) -> Option<&Doubt> {
        self.doubt.as_ref()
    }

    /// Appends entries that were made before, as they are, and returns when they are durable.
    ///
    /// `since` is the place from which on an attempt before this one may have written them; then they are looked for first,
    /// and again whenever others were faster: that attempt may come to its end as late as that.
    pub(super) async fn append_made(&mut self, entries: &[Entry], since: Option<u64>) -> Result<(), Error> {
        self.doubt = None;
        let mut turn = None;
        let mut attempts = 0;
        loop {
            attempts += 1;
            self.wait_for_turn(&mut turn).await?;
            self.catch_up().await?;
            let mut missing = entries.to_vec();
            if let Some(since) = since {
                let there: BTreeSet<Hash> = self.hashes_from(since).await?.into_iter().collect();
                missing.retain(|entry| !there.contains(&leaf_hash(&entry.leaf)));
            }
            if missing.is_empty() {
                return Ok(());
            }
            let head = self.head().await?;
            match self.write(&head, missing).await {
                Err(error) if error.kind() == ErrorKind::Conflict && attempts < ATTEMPTS => self.contended = CONTENDED,
                Err(error) => return Err(error),
                Ok(_) => {
                    self.tree().await?.trim();
                    return Ok(());
                }
            }
        }
    }

    /// Leaves out entries whose form has put the same into the log before.
    pub(super) async fn drop_known(&self, entries: &mut Vec<Entry>) -> Result<(), Error> {
        let mut known = HashMap::new();
        for (visitor, last) in self.last_of(entries.iter().filter_map(|entry| entry.visitor)).await? {
            known.extend(self.last_said(last).await?.map(|(_, entry)| (visitor, entry)));
        }
        entries.retain(|entry| {
            let Some(visitor) = entry.visitor else { return true };
            let same = known.get(&visitor).is_some_and(|last| same_form(last, entry));
            if !same {
                // From here on he said something else: what was said before it is no longer the last.
                known.remove(&visitor);
            }
            !same
        });
        Ok(())
    }

    /// Returns the hashes of the entries from a place on.
    async fn hashes_from(&self, place: u64) -> Result<Vec<Hash>, Error> {
        let size = self.store.head().await?.size();
        let mut all = Vec::new();
        let mut next = place;
        while next < size {
            let segment = next / SEGMENT;
            let hashes = self.store.hashes(segment).await?;
            let skipped = usize::try_from(next - segment * SEGMENT).unwrap_or(usize::MAX);
            let before = all.len();
            all.extend(hashes.into_iter().skip(skipped));
            if all.len() == before {
                break;
            }
            next = (segment + 1) * SEGMENT;
        }
        Ok(all)
    }

    async fn append_once(
        &mut self,
        records: &[&Record],
        mut last: HashMap<VisitorId, u64>,
    ) -> Result<Vec<Receipt>, Error> {
        let head = self.head().await?;
        let mut entries = Vec::with_capacity(records.len());
        for (record, index) in records.iter().zip(head.size()..) {
            let previous = record.visitor.and_then(|visitor| last.insert(visitor, index));
            let entry = Entry::new(record, previous, salts()?);
            entries.push(
                entry.map_err(|source| Error::new(ErrorKind::Refused, "cannot write an event").with_source(source))?,
            );
        }
        let (next, written) = self.write(&head, entries).await?;
        let tree = self.tree.as_mut().ok_or_else(|| Error::new(ErrorKind::Unavailable, "the log's tree is gone"))?;
        let checkpoint = Checkpoint::of(&self.origin, &next).sign(&[&self.key]);
        let checkpoint = checkpoint.ok_or_else(|| Error::new(ErrorKind::Corrupt, "the log's name cannot be signed"))?;
        let receipts = records.iter().zip(written).zip(head.size()..).map(|((record, (_, entry)), index)| {
            let hashes = tree.inclusion(index, next.size()).expect("the newest segments are at hand");
            Receipt {
                index,
                kind: record.kind,
                time: record.time,
                size: next.size(),
                root: next.root_hex(),
                entry: String::from_utf8(entry.leaf).expect("canonical JSON is UTF-8"),
                proof: Proof { index, hashes, checkpoint: checkpoint.clone() }.to_string(),
            }
        });
        let receipts = receipts.collect();
        tree.trim();
        Ok(receipts)
    }

    /// Appends entries after a head, and to the tree, which is not trimmed; returns the next head, and the entries with
    /// their numbers.
    async fn write(&mut self, head: &Head, entries: Vec<Entry>) -> Result<(Head, Vec<(usize, Entry)>), Error> {
        let next = head.append(entries.iter().map(|entry| entry.leaf.as_slice()));
        let mut tree = self.tree.take().ok_or_else(|| Error::new(ErrorKind::Unavailable, "the log's tree is gone"))?;
        let attempted: Vec<(usize, Entry)> = entries.iter().cloned().enumerate().collect();
        if let Err(error) = self.store.append(head.clone(), entries, next.clone()).await {
            match error.kind() {
                // Nothing was written, and what was known still is.
                ErrorKind::Conflict => self.tree = Some(tree),
                _ => self.doubt = Some(Doubt { place: head.size(), entries: attempted }),
            }
            return Err(error);
        }
        self.doubt = None;
        attempted.iter().for_each(|(_, entry)| tree.push(leaf_hash(&entry.leaf)));
        self.tree = Some(tree);
        Ok((next, attempted))
    }

    /// Returns the receipt of an event that is in the log.
    ///
    /// # Errors
    ///
    /// When the store cannot be read, or has no such event.
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
    /// let then = log.append(vec![Record::of(Kind::Export, now, "v1")]).await.unwrap().remove(0);
    /// log.append(vec![Record::of(Kind::Retention, now, "v1")]).await.unwrap();
    /// let today = log.receipt(then.index).await.unwrap();
    /// assert_eq!(today.entry, then.entry);
    /// assert_eq!((then.size, today.size), (2, 3), "it is proven by the log as it is now");
    /// # });
    /// ```
    pub async fn receipt(&mut self, index: u64) -> Result<Receipt, Error> {
        let entry = self.store.read(index..index + 1).await?.pop();
        let entry = entry.ok_or_else(|| Error::new(ErrorKind::Refused, format!("there is no event {index}")))?;
        let fields = entry
            .fields()
            .map_err(|source| Error::new(ErrorKind::Corrupt, format!("event {index}")).with_source(source))?;
        let text = |name: &str| fields.get(name).and_then(|value| value.as_str()).unwrap_or_default();
        let kind = Kind::ALL.into_iter().find(|kind| kind.as_str() == text("kind"));
        let time = OffsetDateTime::parse(text("time"), &time::format_description::well_known::Rfc3339);
        let (Some(kind), Ok(time)) = (kind, time) else {
            return Err(Error::new(ErrorKind::Corrupt, format!("event {index} has no kind or time")));
        };
        let store = self.store.clone();
        if self.head().await?.size() <= index {
            // Another instance appended it.
            self.catch_up().await?;
        }
        let head = self.head().await?;
        let checkpoint = Checkpoint::of(&self.origin, &head).sign(&[&self.key]);
        let checkpoint = checkpoint.ok_or_else(|| Error::new(ErrorKind::Corrupt, "the log's name cannot be signed"))?;
        let tree = self.tree().await?;
        let hashes = match tree.inclusion(index, tree.size()) {
            Some(hashes) => Some(hashes),
            None => tree.inclusion_with(index, tree.size(), &store.hashes(index / SEGMENT).await?),
        };
        let hashes = hashes.ok_or_else(|| Error::new(ErrorKind::Corrupt, format!("event {index} cannot be proven")))?;
        Ok(Receipt {
            index,
            kind,
            time,
            size: tree.size(),
            root: tree.head().root_hex(),
            entry: String::from_utf8(entry.leaf).expect("canonical JSON is UTF-8"),
            proof: Proof { index, hashes, checkpoint }.to_string(),
        })
    }

    /// Returns the place of the visitor's last event when it says what this record says, by the same form.
    async fn recorded(&self, record: &Record, last: u64) -> Result<Option<u64>, Error> {
        let Some(once) = &record.once else { return Ok(None) };
        let last = self.last_said(last).await?;
        Ok(last.filter(|(_, entry)| says(entry, record, once)).map(|(place, _)| place))
    }

    /// Returns the last event of a visitor that he made himself: that he was linked with an account is nothing he said.
    async fn last_said(&self, last: u64) -> Result<Option<(u64, Entry)>, Error> {
        let mut place = last;
        loop {
            let Some(entry) = links::entry(&*self.store, place).await? else { return Ok(None) };
            if !links::is_link(&entry) {
                return Ok(Some((place, entry)));
            }
            let before = entry.disclosed().ok().and_then(|values| values.get("previous")?.as_u64());
            match before.filter(|before| *before < place) {
                Some(before) => place = before,
                None => return Ok(None),
            }
        }
    }
}

/// Says whether an entry says what a record says, by the same form.
pub(super) fn says(entry: &Entry, record: &Record, once: &str) -> bool {
    let same = || {
        let (fields, values) = (entry.fields().ok()?, entry.disclosed().ok()?);
        let purposes = fields.get("purposes").and_then(|purposes| purposes.as_object());
        let said = record
            .purposes
            .iter()
            .all(|(id, granted)| purposes.and_then(|purposes| purposes.get(id.as_str())?.as_bool()) == Some(*granted));
        let facts = fields.get("facts").and_then(|facts| facts.as_object());
        let same =
            record.facts.iter().all(|(name, value)| facts.and_then(|facts| facts.get(*name)?.as_str()) == Some(value));
        let kind = same && fields.get("kind")?.as_str()? == record.kind.as_str();
        Some(kind && said && values.get("idempotency_key")?.as_str()? == once)
    };
    same() == Some(true)
}

/// Says whether two entries say the same, by the same form.
fn same_form(one: &Entry, other: &Entry) -> bool {
    let said = |entry: &Entry| {
        let (mut fields, mut values) = (entry.fields().ok()?, entry.disclosed().ok()?);
        let form = values.remove("idempotency_key")?;
        Some((form, ["kind", "purposes", "facts"].map(|name| fields.remove(name))))
    };
    said(one).is_some_and(|said_by_one| said(other) == Some(said_by_one))
}

pub(super) fn salts() -> Result<[[u8; 16]; SALTS], Error> {
    let mut salts = [[0; 16]; SALTS];
    getrandom::fill(salts.as_flattened_mut()).map_err(|source| {
        Error::new(ErrorKind::Unavailable, "the system gives no random bits for salts").with_source(source)
    })?;
    Ok(salts)
}
