//! The thread that writes: takes what waits, writes it as one batch, answers everyone in it.
//!
//! In: tasks. Out: answers. While the log cannot be written it keeps choices in the outbox, where there is one, and ships
//! them from there before anything else; without one it tells everyone to come again and keeps withdrawals (`owed`).

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Instant,
};

use time::OffsetDateTime;
use tokio::sync::mpsc;

use super::{
    NotRecorded, Outbox, Task, Waiting, erased,
    health::Told,
    log::{
        Log,
        links::{self, LinkState, WITHDRAWAL},
        salts,
    },
    outbox::{hash_of, time_of},
    owed::{self, Owed},
};
use crate::{
    audit::{Checkpoint, Entry},
    clock::{Clock, SystemClock},
    record::{Kind, Receipt, Record},
    signal::{AccountId, VisitorId},
    store::{ConsentStore, Erasure, Error, ErrorKind, wait},
};

/// Choices written in one batch.
const BATCH: usize = 256;
/// Recent form tokens remembered, so that the same form sent twice is one event.
const RECENT: usize = 4096;

/// The thread that writes.
pub(super) struct Writer {
    store: Arc<dyn ConsentStore>,
    origin: String,
    /// Not there yet where the store was away at the start.
    log: Option<Log>,
    outbox: Option<Arc<Outbox>>,
    recent: HashMap<String, Recorded>,
    order: VecDeque<(String, Option<VisitorId>)>,
    /// Which of them a visitor sent last.
    last_form: HashMap<VisitorId, String>,
    /// Withdrawals that could not be written yet.
    owed: Owed,
    /// Visitors who took everything back and whose links could not be ended yet.
    unlinking: Vec<(VisitorId, OffsetDateTime)>,
    /// Since when nothing could be written, and how many choices were refused.
    degraded: Option<(OffsetDateTime, u64)>,
    /// How many of the owed were in a batch that failed, and how many refused choices it told of: it may be in the log.
    doubtful: Option<(usize, u64)>,
    told: Arc<Told>,
}

impl Writer {
    /// Opens the log; with an outbox that has what is needed, a store that is away is no reason not to start.
    pub(super) fn start(
        store: Arc<dyn ConsentStore>,
        origin: &str,
        now: OffsetDateTime,
        outbox: Option<Arc<Outbox>>,
        told: Arc<Told>,
    ) -> Result<Self, Error> {
        let log = match (wait(Log::open(store.clone(), origin, now)), &outbox) {
            (Ok(log), _) => Some(log),
            (Err(error), Some(outbox)) if error.kind() == ErrorKind::Unavailable => {
                outbox.gone(&error);
                None
            }
            (Err(error), _) => return Err(error),
        };
        if let Some(log) = &log {
            let head = wait(store.head())?;
            let checkpoint = Checkpoint::of(log.origin(), &head).sign(&[log.key()]).map(|note| note.to_string());
            told.change(|health| health.checkpoint = checkpoint);
        }
        let mut writer = Self {
            owed: Owed::of(store.clone()),
            store,
            origin: origin.to_owned(),
            log,
            outbox,
            recent: HashMap::new(),
            order: VecDeque::new(),
            last_form: HashMap::new(),
            unlinking: Vec::new(),
            degraded: None,
            doubtful: None,
            told,
        };
        if writer.log.is_some() {
            writer.register()?;
            // On a disk that is still full they stay where they are.
            let _ = writer.carry_over();
        }
        writer.tell();
        Ok(writer)
    }

    /// Returns the log, which is opened now if it could not be before.
    fn log(&mut self) -> Result<&mut Log, Error> {
        let log = match self.log.take() {
            Some(log) => log,
            None => {
                let log = wait(Log::open(self.store.clone(), &self.origin, SystemClock.now()))?;
                self.register()?;
                log
            }
        };
        Ok(self.log.insert(log))
    }

    /// Tells the shared store that there is an outbox, so that erasures are remembered for it.
    fn register(&self) -> Result<(), Error> {
        match &self.outbox {
            Some(outbox) => wait(erased::register(&*self.store, outbox.name(), SystemClock.now())),
            None => Ok(()),
        }
    }

    pub(super) fn run(mut self, mut waiting: mpsc::Receiver<Task>) {
        let mut batch = Vec::with_capacity(BATCH);
        while let Some(first) = waiting.blocking_recv() {
            let mut next = Some(first);
            while let Some(task) = next.take() {
                match task {
                    Task::Write(waiting) => batch.push(*waiting),
                    Task::Tick => {}
                    Task::Erase { visitors, reason, now, answer } => {
                        let erased = self.erase(&visitors, &reason, now);
                        let _ = answer.send(erased.map_err(|_| NotRecorded::Unavailable));
                    }
                    Task::Link { visitor, account, policy, now, answer } => {
                        let linked = self.link(visitor, &account, &policy, now);
                        let _ = answer.send(linked.map_err(|_| NotRecorded::Unavailable));
                    }
                    Task::Receipt { index, answer } => {
                        let receipt = self.log().and_then(|log| wait(log.receipt(index)));
                        let _ = answer.send(receipt.map_err(|_| NotRecorded::Unavailable));
                    }
                }
                if batch.len() < BATCH {
                    next = waiting.try_recv().ok();
                }
            }
            self.write(std::mem::take(&mut batch));
            self.end_links(Vec::new());
            // Who comes meanwhile is not made to wait until all is shipped.
            while self.ships() && waiting.is_empty() {}
        }
    }

    /// Destroys what is kept of people: what waits on this machine at once, then what is in the log.
    pub(super) fn erase(
        &mut self,
        visitors: &[VisitorId],
        reason: &str,
        now: OffsetDateTime,
    ) -> Result<Option<Receipt>, Error> {
        if let Some(outbox) = &self.outbox {
            for visitor in visitors {
                outbox.erase(Erasure::Visitor(*visitor))?;
            }
        }
        // Before anything else is appended: what a batch left open can be found out now, and not after it.
        self.settle()?;
        let log = self.log()?;
        let erased = wait(log.erase_all(visitors, reason, now))?;
        self.owed.forget(visitors);
        self.tell();
        Ok(erased)
    }

    /// Writes withdrawals that a process before this one left.
    fn carry_over(&mut self) -> Result<(), Error> {
        // One first: while the log cannot be written, the others need not be looked up.
        let mut count = 1;
        while let Some(due) = self.owed.due(count)? {
            if !due.is_empty() {
                self.end_links(due.iter().filter_map(|entry| Some((entry.visitor?, time_of(entry)?))).collect());
                wait(self.log()?.append_made(&due, None))?;
            }
            self.owed.carried(count);
            count = BATCH;
        }
        Ok(())
    }

    /// Links a visitor with an account. It waits for nothing that is owed: what he took back must be in the log before it.
    pub(super) fn link(
        &mut self,
        visitor: VisitorId,
        account: &str,
        policy: &str,
        now: OffsetDateTime,
    ) -> Result<(AccountId, LinkState), Error> {
        let waits = self.outbox.as_ref().is_some_and(|outbox| outbox.is_away() || !outbox.is_empty());
        if waits || !self.owed.is_empty() {
            return Err(Error::new(ErrorKind::Unavailable, "choices made before wait to be written"));
        }
        self.settle()?;
        wait(self.log()?.link(visitor, account, policy, now))
    }

    /// Ends the links of visitors who take everything back (152-FZ, article 21(5)), and of those with whom it failed before.
    ///
    /// It is done before the withdrawal is written, so that a crash leaves none behind it, and once more after it, for a link
    /// that another instance wrote meanwhile. A withdrawal never fails for it.
    fn end_links(&mut self, withdrawn: Vec<(VisitorId, OffsetDateTime)>) {
        for (visitor, now) in withdrawn {
            match self.unlinking.iter_mut().find(|(known, _)| *known == visitor) {
                Some((_, known)) => *known = now.max(*known),
                None => self.unlinking.push((visitor, now)),
            }
        }
        // What a batch left open can be found out now, and not after something else is appended.
        if self.unlinking.is_empty() || self.settle().is_err() {
            return;
        }
        // Asked once, not for each of them.
        if self.log().is_ok_and(|log| wait(log.links_anybody()).is_ok_and(|anybody| !anybody)) {
            self.unlinking.clear();
        }
        while let Some((visitor, now)) = self.unlinking.last().copied() {
            if self.log().and_then(|log| wait(log.unlink(visitor, WITHDRAWAL, now))).is_err() {
                // The others would most likely fail too; all are tried again with the next batch, another one first.
                self.unlinking.rotate_right(1);
                self.unlinking.truncate(owed::MOST);
                return;
            }
            self.unlinking.retain(|(known, _)| *known != visitor);
        }
    }

    /// Ships what waits, one batch; says whether there is more and the store takes it.
    pub(super) fn ships(&mut self) -> bool {
        let Some(outbox) = self.outbox.clone() else { return false };
        if outbox.is_away() {
            return false;
        }
        let shipped = match outbox.is_empty() {
            true if outbox.has_documents() => self.ship_documents(&outbox),
            true => Ok(()),
            false => self.ship(&outbox),
        };
        match shipped {
            Ok(()) if outbox.is_empty() => {
                // What cannot be destroyed now is destroyed later: the next time, or at the next start.
                let _ = outbox.rotate();
                false
            }
            Ok(()) => true,
            Err(error) => {
                outbox.gone(&error);
                false
            }
        }
    }

    /// Brings the texts that wait into the store.
    fn ship_documents(&self, outbox: &Outbox) -> Result<(), Error> {
        for (name, bytes) in outbox.documents()? {
            wait(self.store.put_document(name.clone(), bytes))?;
            outbox.has_document(&name);
        }
        Ok(())
    }

    /// Writes the next batch of the outbox into the log, each entry once.
    fn ship(&mut self, outbox: &Outbox) -> Result<(), Error> {
        self.settle()?;
        let store = self.store.clone();
        // A text is there before the events that name it.
        self.ship_documents(outbox)?;
        let (mut entries, since) = outbox.next(BATCH as u64)?;
        let (count, newest) = (entries.len() as u64, entries.last().and_then(time_of));
        let whole = entries.clone();
        let log = self.log()?;
        // The same form may have come to another instance that could write.
        wait(log.drop_known(&mut entries))?;
        wait(erased::forget(&*store, &mut entries, SystemClock.now()))?;
        if since.is_none() {
            outbox.begin(count, wait(log.head())?.size())?;
        }
        let withdrawn: Vec<(VisitorId, OffsetDateTime)> = entries
            .iter()
            .filter(|entry| links::is_withdrawal(entry))
            .filter_map(|entry| Some((entry.visitor?, time_of(entry)?)))
            .collect();
        self.end_links(withdrawn.clone());
        let begun = Instant::now();
        wait(self.log()?.append_made(&entries, since))?;
        self.end_links(withdrawn);
        // Who was erased by another instance in this very moment, or between this step and one without an answer before it,
        // is erased again.
        let late: Vec<VisitorId> = wait(erased::left(&*store, &whole))?;
        if !late.is_empty() {
            wait(self.log()?.erase_all(&late, "outbox", SystemClock.now()))?;
        }
        outbox.end(count)?;
        self.told.change(|health| {
            health.batches += 1;
            health.events += count;
            health.spent += begun.elapsed();
            health.synced = newest.max(health.synced);
        });
        if outbox.is_empty() { self.register() } else { Ok(()) }
    }

    /// Keeps choices on this machine and acknowledges them; each may come with the entry that was made of it, which is in the
    /// log from the place `since` on, or is not.
    fn keep(&mut self, outbox: &Outbox, batch: Vec<(Waiting, Option<Entry>)>, since: Option<u64>) {
        if !self.keep_owed(outbox) {
            return batch.into_iter().for_each(|(waiting, _)| self.refuse(waiting));
        }
        let mut entries: Vec<Entry> = Vec::with_capacity(batch.len());
        let mut forms: HashMap<String, usize> = HashMap::new();
        let mut takers: Vec<(Waiting, usize)> = Vec::with_capacity(batch.len());
        for (waiting, made) in batch {
            let form = same_choice(&waiting.record);
            let visitor = waiting.record.visitor;
            self.supersede(visitor, form.as_deref());
            // Of what he says in this batch the last counts.
            let said = visitor.and_then(|_| entries.iter().rposition(|entry| entry.visitor == visitor));
            forms.retain(|_, place| {
                entries[*place].visitor.is_none() || entries[*place].visitor != visitor || Some(*place) == said
            });
            if let Some(recorded) = form.as_ref().and_then(|form| self.recent.get(form)) {
                drop(waiting.answer.send(Ok(recorded.clone())));
                continue;
            }
            if let Some(place) = form.as_ref().and_then(|form| forms.get(form)) {
                takers.push((waiting, *place));
                continue;
            }
            let entry = match made {
                Some(made) => Ok(made),
                None if said.is_some() => entry_of(&waiting.record),
                None => match outbox.same(&waiting.record) {
                    Ok(Some(same)) => {
                        drop(waiting.answer.send(Ok(Recorded::Kept(Kept::of(&waiting.record, &same)))));
                        continue;
                    }
                    Ok(None) => entry_of(&waiting.record),
                    Err(error) => Err(error),
                },
            };
            match entry {
                Ok(entry) => {
                    forms.extend(form.map(|form| (form, entries.len())));
                    takers.push((waiting, entries.len()));
                    entries.push(entry);
                }
                Err(_) => self.refuse(waiting),
            }
        }
        if entries.is_empty() {
            return;
        }
        match outbox.put(entries.clone(), since) {
            Ok(()) => {
                for (waiting, place) in takers {
                    let recorded = Recorded::Kept(Kept::of(&waiting.record, &entries[place]));
                    self.remember(&waiting.record, recorded.clone());
                    let _ = waiting.answer.send(Ok(recorded));
                }
            }
            Err(_) => takers.into_iter().for_each(|(waiting, _)| self.refuse(waiting)),
        }
    }

    /// Brings the withdrawals that are owed into the outbox, before anything younger; says whether something younger may come.
    fn keep_owed(&mut self, outbox: &Outbox) -> bool {
        // Those of a batch that may be in the log wait until that is known.
        if self.owed.records().is_empty() || (self.doubtful.is_some() && self.settle().is_err()) {
            return true;
        }
        match self.owed.entries().and_then(|entries| outbox.put(entries, None)) {
            Ok(()) => {
                self.owed.take(usize::MAX);
                self.tell();
                true
            }
            Err(_) => false,
        }
    }

    /// Keeps what could not be written, where there is an outbox and it may hold it; what is left is refused.
    ///
    /// `made` are entries that may be in the log from a place on, by their number in the batch.
    fn keep_or_refuse(&mut self, batch: Vec<Waiting>, why: &Error, made: Option<(u64, HashMap<usize, Entry>)>) {
        let Some(outbox) = self.outbox.clone().filter(|_| why.kind() != ErrorKind::Refused) else {
            return batch.into_iter().for_each(|waiting| self.refuse(waiting));
        };
        outbox.gone(why);
        let (since, mut made) = made.map_or((None, None), |(since, made)| (Some(since), Some(made)));
        let mut kept = Vec::with_capacity(batch.len());
        for (number, waiting) in batch.into_iter().enumerate() {
            let entry = made.as_mut().map(|made| made.remove(&number));
            match entry {
                _ if !waiting.keepable => decline(waiting),
                // It was in the log already, and cannot be shown now.
                Some(None) => decline(waiting),
                entry => kept.push((waiting, entry.flatten())),
            }
        }
        self.keep(&outbox, kept, since);
    }

    pub(super) fn write(&mut self, mut batch: Vec<Waiting>) {
        if let Some(outbox) = self.outbox.clone()
            && (outbox.is_away() || !outbox.is_empty())
        {
            // Behind those that wait.
            let (kept, others): (Vec<_>, Vec<_>) = batch.into_iter().partition(|waiting| waiting.keepable);
            self.keep(&outbox, kept.into_iter().map(|waiting| (waiting, None)).collect(), None);
            if outbox.is_away() || others.is_empty() || !self.owed.is_empty() {
                return others.into_iter().for_each(decline);
            }
            batch = others;
        }
        let mut fresh: Vec<Waiting> = Vec::with_capacity(batch.len());
        let mut again: Vec<(Waiting, String)> = Vec::new();
        for waiting in batch {
            self.supersede(waiting.record.visitor, same_choice(&waiting.record).as_deref());
            match self.seen(&waiting.record, &fresh) {
                Seen::Before(receipt) => drop(waiting.answer.send(Ok(*receipt))),
                Seen::InBatch(key) => again.push((waiting, key)),
                Seen::Never => fresh.push(waiting),
            }
        }
        if fresh.is_empty() && self.owed.is_empty() {
            self.end_links(Vec::new());
            self.owed.clear();
            again.into_iter().for_each(|(waiting, _)| self.refuse(waiting));
            return;
        }
        if let Err(error) = self.settle().and_then(|()| self.carry_over()) {
            let again = again.into_iter().map(|(waiting, _)| waiting);
            return self.keep_or_refuse(fresh.into_iter().chain(again).collect(), &error, None);
        }
        if fresh.is_empty() && self.owed.records().is_empty() {
            self.tell();
            return again.into_iter().for_each(|(waiting, _)| self.refuse(waiting));
        }
        // A withdrawal that is said again is the one that is owed.
        let repeated = |waiting: &Waiting, owed: &[Record]| {
            let record = &waiting.record;
            record.kind == Kind::Withdraw && owed.iter().any(|owed| owed.visitor == record.visitor)
        };
        let (double, fresh): (Vec<Waiting>, Vec<Waiting>) =
            fresh.into_iter().partition(|waiting| repeated(waiting, self.owed.records()));
        let mut records: Vec<Record> = Vec::with_capacity(self.owed.len() + fresh.len() + 1);
        if let Some((since, refused)) = self.degraded {
            records.extend(self.outage(since, refused, fresh.iter().map(|waiting| &waiting.record)));
        }
        let told = records.first().and(self.degraded).map_or(0, |(_, refused)| refused);
        records.extend(self.owed.records().iter().take(BATCH).cloned());
        let first = records.len();
        records.extend(fresh.iter().map(|waiting| waiting.record.clone()));
        let withdrawn: Vec<(VisitorId, OffsetDateTime)> = records
            .iter()
            .filter(|record| record.kind == Kind::Withdraw)
            .filter_map(|record| Some((record.visitor?, record.time)))
            .collect();
        self.end_links(withdrawn.clone());
        let (begun, newest) = (Instant::now(), records.last().map(|record| record.time));
        match self.log().and_then(|log| wait(log.append_new(&records))) {
            Ok(receipts) => {
                self.told.change(|health| {
                    health.batches += 1;
                    health.events += receipts.len() as u64;
                    health.spent += begun.elapsed();
                    health.synced = newest.or(health.synced);
                    // A proof ends with the head that its events were signed under (C2SP tlog-proof).
                    let signed = receipts.last().and_then(|receipt| receipt.proof.split_once("\n\n"));
                    health.checkpoint = signed.map(|(_, note)| note.to_owned()).or(health.checkpoint.take());
                });
                self.degraded = None;
                self.end_links(withdrawn);
                let owed = self.owed.take(BATCH);
                self.tell();
                for waiting in double {
                    let place = owed.iter().position(|owed| owed.visitor == waiting.record.visitor);
                    let receipt = place.and_then(|place| receipts.get(first - owed.len() + place));
                    match receipt {
                        Some(receipt) => drop(waiting.answer.send(Ok(Recorded::InLog(receipt.clone())))),
                        None => self.refuse(waiting),
                    }
                }
                for (waiting, receipt) in fresh.into_iter().zip(receipts.into_iter().skip(first)) {
                    let receipt = Recorded::InLog(receipt);
                    self.remember(&waiting.record, receipt.clone());
                    // Whoever went away meanwhile has his choice in the log all the same.
                    let _ = waiting.answer.send(Ok(receipt));
                }
                for (waiting, key) in again {
                    match self.recent.get(&key).cloned() {
                        Some(receipt) => drop(waiting.answer.send(Ok(receipt))),
                        None => self.refuse(waiting),
                    }
                }
            }
            Err(error) => {
                self.doubtful = Some((self.owed.records().len().min(BATCH), told));
                let doubt = self.log.as_ref().and_then(Log::doubt).map(|doubt| {
                    let made = doubt
                        .entries
                        .iter()
                        .filter_map(|(number, entry)| Some((number.checked_sub(first)?, entry.clone())));
                    (doubt.place, made.collect())
                });
                self.keep_or_refuse(fresh, &error, doubt);
                let again = again.into_iter().map(|(waiting, _)| waiting);
                self.keep_or_refuse(double.into_iter().chain(again).collect(), &error, None);
            }
        }
    }

    /// Returns how many withdrawals are owed.
    #[cfg(test)]
    pub(super) fn owed(&self) -> usize {
        self.owed.len()
    }

    /// Finds out whether the batch that failed was written all the same, so that nothing of it is written twice.
    fn settle(&mut self) -> Result<(), Error> {
        let Some((owed, told)) = self.doubtful else { return Ok(()) };
        if wait(self.log()?.settle())? {
            self.owed.take(owed);
            let left = |(since, refused): (OffsetDateTime, u64)| Some((since, refused.saturating_sub(told)));
            self.degraded = self.degraded.and_then(left).filter(|(_, refused)| *refused > 0);
        }
        self.doubtful = None;
        Ok(())
    }

    /// Tells those who watch what is owed and since when.
    fn tell(&self) {
        self.told.change(|health| {
            health.degraded = self.degraded.map(|(since, _)| since);
            health.refused = self.degraded.map_or(0, |(_, refused)| refused);
            health.owed = self.owed.len();
        });
    }

    /// Says whether a record was written before, by the same form.
    fn seen(&self, record: &Record, fresh: &[Waiting]) -> Seen {
        let Some(key) = same_choice(record) else { return Seen::Never };
        if let Some(receipt) = self.recent.get(&key) {
            return Seen::Before(Box::new(receipt.clone()));
        }
        // Of what he says in this batch the last counts.
        let last = match record.visitor {
            Some(_) => fresh.iter().rfind(|other| other.record.visitor == record.visitor),
            None => fresh.iter().rfind(|other| same_choice(&other.record).as_ref() == Some(&key)),
        };
        if last.is_some_and(|last| same_choice(&last.record).as_ref() == Some(&key)) {
            return Seen::InBatch(key);
        }
        // What another process wrote, or this one without hearing so, the log finds.
        Seen::Never
    }

    /// Answers that nothing was written; a withdrawal is kept.
    fn refuse(&mut self, waiting: Waiting) {
        let record = waiting.record;
        let (since, refused) = self.degraded.unwrap_or((record.time, 0));
        self.degraded = Some((since, refused + 1));
        self.told.change(|health| health.failed += 1);
        self.owed.add(record);
        // Before the answer: whoever has it may look.
        self.tell();
        let _ = waiting.answer.send(Err(NotRecorded::Unavailable));
    }

    /// Makes the event that tells of a time without a log.
    fn outage<'a>(
        &'a self,
        since: OffsetDateTime,
        refused: u64,
        fresh: impl Iterator<Item = &'a Record>,
    ) -> Option<Record> {
        let last = self.owed.records().iter().chain(fresh).last()?;
        let mut record = Record::of(Kind::LogDegraded, last.time, last.policy.clone());
        record.facts.insert("refused", refused.to_string());
        record.facts.insert("since", since.format(&time::format_description::well_known::Rfc3339).ok()?);
        Some(record)
    }

    /// Forgets the forms of a visitor but the one he sends now: sent again after it, they say something new.
    fn supersede(&mut self, visitor: Option<VisitorId>, form: Option<&str>) {
        let Some(visitor) = visitor else { return };
        if self.last_form.get(&visitor).is_some_and(|last| Some(last.as_str()) != form)
            && let Some(last) = self.last_form.remove(&visitor)
        {
            self.recent.remove(&last);
        }
    }

    /// Remembers what became of a record, by its form; of a visitor only what he said last.
    fn remember(&mut self, record: &Record, receipt: Recorded) {
        let form = same_choice(record);
        self.supersede(record.visitor, form.as_deref());
        let Some(form) = form else { return };
        if self.order.len() == RECENT
            && let Some((oldest, visitor)) = self.order.pop_front()
        {
            self.recent.remove(&oldest);
            if let Some(visitor) = visitor.filter(|visitor| self.last_form.get(visitor) == Some(&oldest)) {
                self.last_form.remove(&visitor);
            }
        }
        self.order.push_back((form.clone(), record.visitor));
        self.last_form.extend(record.visitor.map(|visitor| (visitor, form.clone())));
        self.recent.insert(form, receipt);
    }
}

/// Whether a form was sent before.
enum Seen {
    Before(Box<Recorded>),
    InBatch(String),
    Never,
}

/// Names the choice a form made: its token and what was said. The same form may say something else next time.
fn same_choice(record: &Record) -> Option<String> {
    record.once.as_ref().map(|once| {
        let visitor = record.visitor.map(|visitor| visitor.to_string()).unwrap_or_default();
        format!("{once} {} {:?} {:?} {visitor}", record.kind.as_str(), record.purposes, record.facts)
    })
}

/// Answers that nothing was written of what only the log can hold.
fn decline(waiting: Waiting) {
    let _ = waiting.answer.send(Err(NotRecorded::Unavailable));
}

/// Makes the entry of a choice that waits: the visitor's event before it is not known meanwhile.
pub(super) fn entry_of(record: &Record) -> Result<Entry, Error> {
    Entry::new(record, None, salts()?)
        .map_err(|source| Error::new(ErrorKind::Refused, "cannot write an event").with_source(source))
}

/// What became of a choice that is durable.
#[derive(Clone, Debug)]
pub(crate) enum Recorded {
    /// The log has it.
    InLog(Receipt),
    /// This machine has it, and the log will.
    Kept(Kept),
}

/// A choice that is not in the log yet.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    /// The hash its entry will have in the log, hexadecimal.
    pub(crate) hash: String,
    pub(crate) kind: Kind,
    pub(crate) time: OffsetDateTime,
    /// The entry as it will stand in the log, canonical JSON.
    pub(crate) entry: String,
}

impl Kept {
    fn of(record: &Record, entry: &Entry) -> Self {
        Self {
            hash: hash_of(entry),
            kind: record.kind,
            time: record.time,
            entry: String::from_utf8_lossy(&entry.leaf).into_owned(),
        }
    }
}
