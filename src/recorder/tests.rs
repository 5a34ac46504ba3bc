//! The writer, its log and its outbox over a store that fails in the ways a shared one does.

use std::{
    ops::Range,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use time::OffsetDateTime;
use tokio::sync::oneshot;

use super::{
    NotRecorded, Waiting, health::Told, links, log::Log, log::links::LinkState, writer::Recorded, writer::Writer,
};
use crate::{
    audit::{Entry, Head},
    clock::{Clock, SystemClock},
    record::{Kind, Record},
    signal::VisitorId,
    store::{Answer, ConsentStore, Erasure, Error, ErrorKind, Memory, hold, wait},
};

/// A store whose calls fail when told.
#[derive(Debug, Default)]
pub(super) struct Faulty {
    inner: Memory,
    /// Appends fail and write nothing.
    broken: AtomicBool,
    /// Appends are written and say they are not.
    denies: AtomicBool,
    /// What visitors said last cannot be asked.
    blind: AtomicBool,
    /// Calls about leases take this long.
    slow: Mutex<Duration>,
    /// What was set aside; it works when nothing else does.
    aside: Mutex<Vec<Vec<u8>>>,
    /// But when it does not answer, though it writes.
    deaf: AtomicBool,
}

fn set(flag: &AtomicBool, on: bool) {
    flag.store(on, Ordering::SeqCst);
}

fn failed<T: Send + 'static>() -> Answer<'static, T> {
    Box::pin(std::future::ready(Err(Error::new(ErrorKind::Unavailable, "no answer"))))
}

macro_rules! handed_on {
    ($($name:ident($($argument:ident: $kind:ty),*) -> $answer:ty;)*) => {
        $(fn $name(&self, $($argument: $kind),*) -> Answer<'_, $answer> {
            self.inner.$name($($argument),*)
        })*
    };
}

impl ConsentStore for Faulty {
    fn append(&self, expected: Head, entries: Vec<Entry>, next: Head) -> Answer<'_, ()> {
        if self.broken.load(Ordering::SeqCst) {
            return failed();
        }
        let written = wait(self.inner.append(expected, entries, next));
        if self.denies.load(Ordering::SeqCst) { failed() } else { Box::pin(std::future::ready(written)) }
    }

    fn last_of(&self, visitors: Vec<VisitorId>) -> Answer<'_, Vec<Option<u64>>> {
        if self.blind.load(Ordering::SeqCst) { failed() } else { self.inner.last_of(visitors) }
    }

    fn set_aside(&self, bytes: Vec<u8>) -> Answer<'_, bool> {
        self.aside.lock().unwrap().push(bytes);
        if self.deaf.load(Ordering::SeqCst) { failed() } else { Box::pin(std::future::ready(Ok(true))) }
    }

    fn aside(&self) -> Answer<'_, Vec<Vec<u8>>> {
        if self.deaf.load(Ordering::SeqCst) {
            return failed();
        }
        Box::pin(std::future::ready(Ok(self.aside.lock().unwrap().clone())))
    }

    fn keep_aside(&self, kept: Vec<Vec<u8>>) -> Answer<'_, ()> {
        if self.deaf.load(Ordering::SeqCst) {
            return failed();
        }
        *self.aside.lock().unwrap() = kept;
        Box::pin(std::future::ready(Ok(())))
    }

    fn lease(&self, _: String, _: String, _: Duration) -> Answer<'_, bool> {
        std::thread::sleep(*self.slow.lock().unwrap());
        Box::pin(std::future::ready(Ok(true)))
    }

    handed_on! {
        head() -> Head;
        read(range: Range<u64>) -> Vec<Entry>;
        by_visitor(visitor: VisitorId) -> Vec<u64>;
        erase(erasure: Erasure) -> u64;
        put_document(hash: String, bytes: Vec<u8>) -> ();
        document(hash: String) -> Option<Vec<u8>>;
        documents() -> Vec<String>;
        secret(name: String, proposal: [u8; 32]) -> [u8; 32];
        secrets(prefix: String) -> Vec<(String, [u8; 32])>;
        put_note(name: String, bytes: Vec<u8>) -> ();
        note(name: String) -> Option<Vec<u8>>;
        notes(prefix: String) -> Vec<(String, Vec<u8>)>;
    }
}

fn visitor(byte: u8) -> VisitorId {
    VisitorId::from_random([byte; 16])
}

/// What a visitor says by a form, or without one.
fn said(kind: Kind, byte: u8, form: Option<&str>) -> Record {
    let mut record = Record::of(kind, SystemClock.now(), "v1");
    record.visitor = Some(visitor(byte));
    record.once = form.map(str::to_owned);
    record
}

fn kinds(store: &dyn ConsentStore) -> Vec<String> {
    let entries = wait(store.read(0..u64::MAX)).unwrap();
    let kinds = entries.iter().map(|entry| entry.fields().unwrap()["kind"].as_str().unwrap().to_owned());
    kinds.filter(|kind| !kind.starts_with("log-")).collect()
}

fn log_of(store: &Arc<Faulty>) -> Log {
    wait(Log::open(store.clone(), "news.example/consent", OffsetDateTime::UNIX_EPOCH)).unwrap()
}

fn writer(store: &Arc<Faulty>, outbox: Option<Arc<super::Outbox>>) -> Writer {
    Writer::start(store.clone(), "news.example/consent", SystemClock.now(), outbox, Arc::new(Told::default())).unwrap()
}

type Answered = oneshot::Receiver<Result<Recorded, NotRecorded>>;

fn sent(record: Record, keepable: bool) -> (Waiting, Answered) {
    let (answer, answered) = oneshot::channel();
    (Waiting { record, keepable, answer }, answered)
}

#[test]
fn what_an_erasure_left_open_is_not_told_of_a_later_choice() {
    let store = Arc::new(Faulty::default());
    let mut log = log_of(&store);
    wait(log.append(vec![said(Kind::Accept, 1, None)])).unwrap();
    set(&store.broken, true);
    wait(log.erase(visitor(1), "retention", SystemClock.now())).unwrap_err();
    assert!(log.doubt().is_some());
    set(&store.blind, true);
    wait(log.append_new(&[said(Kind::Accept, 2, Some("form"))])).unwrap_err();
    assert!(log.doubt().is_none(), "it failed before anything of it was written");
}

#[test]
fn an_erasure_first_finds_out_about_the_batch_before_it() {
    let store = Arc::new(Faulty::default());
    let mut writer = writer(&store, None);
    writer.write(vec![sent(said(Kind::Accept, 3, None), false).0]);
    set(&store.broken, true);
    writer.write(vec![sent(said(Kind::Withdraw, 1, None), false).0]);
    set(&store.broken, false);
    set(&store.denies, true);
    // The withdrawal that is owed is written with this, and nobody hears of it.
    writer.write(vec![sent(said(Kind::Accept, 2, None), false).0]);
    set(&store.denies, false);
    writer.erase(&[visitor(3)], "request", SystemClock.now()).unwrap();
    writer.write(Vec::new());
    let withdrawals = kinds(&*store).into_iter().filter(|kind| kind == "withdraw").count();
    assert_eq!(withdrawals, 1, "{:?}", kinds(&*store));
}

/// Has withdrawals refused while the log cannot be written.
fn owing(store: &Arc<Faulty>, bytes: &[u8]) -> Writer {
    let mut writer = writer(store, None);
    set(&store.broken, true);
    for byte in bytes {
        let (waiting, mut answered) = sent(said(Kind::Withdraw, *byte, None), false);
        writer.write(vec![waiting]);
        assert!(answered.try_recv().unwrap().is_err());
    }
    writer
}

#[test]
fn a_withdrawal_that_is_owed_outlives_the_process() {
    let store = Arc::new(Faulty::default());
    drop(owing(&store, &[1, 2, 1]));
    assert_eq!(store.aside.lock().unwrap().len(), 2, "one of each visitor");
    // The log still cannot be written at the next start, and one more comes.
    let mut next = owing(&store, &[3]);
    assert_eq!(next.owed(), 3);
    set(&store.broken, false);
    next.write(Vec::new());
    assert_eq!(kinds(&*store), ["withdraw"; 3]);
    assert_eq!((next.owed(), store.aside.lock().unwrap().len()), (0, 0));
    for byte in 1..=3 {
        assert_eq!(wait(store.by_visitor(visitor(byte))).unwrap().len(), 1, "visitor {byte}");
    }
    drop(next);
    assert_eq!(writer(&store, None).owed(), 0);
    assert_eq!(kinds(&*store).len(), 3);
}

#[test]
fn a_withdrawal_that_came_into_the_log_or_is_outdated_is_not_written_again() {
    let store = Arc::new(Faulty::default());
    let mut writer_before = owing(&store, &[1, 2]);
    set(&store.broken, false);
    set(&store.denies, true);
    // Both are written, nobody hears of it, and the process ends.
    writer_before.write(Vec::new());
    drop(writer_before);
    set(&store.denies, false);
    assert_eq!(kinds(&*store), ["withdraw"; 2]);
    assert_eq!(store.aside.lock().unwrap().len(), 2);
    assert_eq!(writer(&store, None).owed(), 0);
    assert_eq!(kinds(&*store), ["withdraw"; 2]);
    // Another one says something else before it can be written.
    drop(owing(&store, &[3]));
    set(&store.broken, false);
    std::thread::sleep(Duration::from_millis(2));
    let mut accept = said(Kind::Accept, 3, None);
    accept.purposes = [("metrics".parse().unwrap(), true)].into();
    wait(log_of(&store).append(vec![accept])).unwrap();
    writer(&store, None);
    assert_eq!(kinds(&*store), ["withdraw", "withdraw", "accept"]);
    assert!(store.aside.lock().unwrap().is_empty());
    // An event about him that is no choice of his changes nothing.
    drop(owing(&store, &[4]));
    set(&store.broken, false);
    std::thread::sleep(Duration::from_millis(2));
    wait(log_of(&store).append(vec![said(Kind::Export, 4, None)])).unwrap();
    writer(&store, None);
    assert_eq!(kinds(&*store)[3..], ["export", "withdraw"]);
}

#[test]
fn what_is_set_aside_without_an_answer_is_known_of_all_the_same() {
    let store = Arc::new(Faulty::default());
    drop(owing(&store, &[1]));
    // It can neither be read nor cleared at the next start, and takes another one without saying so.
    set(&store.deaf, true);
    let mut writer_then = owing(&store, &[2]);
    set(&store.broken, false);
    writer_then.write(Vec::new());
    assert_eq!(kinds(&*store), ["withdraw"], "of the one that it knows");
    assert_eq!(store.aside.lock().unwrap().len(), 2, "and nothing unread is destroyed");
    set(&store.deaf, false);
    writer_then.write(vec![sent(said(Kind::Accept, 5, None), false).0]);
    assert_eq!(kinds(&*store), ["withdraw", "withdraw", "accept"]);
    writer_then.write(Vec::new());
    assert!(store.aside.lock().unwrap().is_empty());
    // An erasure that cannot reach it is not done.
    drop(owing(&store, &[6]));
    set(&store.broken, false);
    set(&store.deaf, true);
    let mut log = log_of(&store);
    assert!(wait(log.erase(visitor(6), "request", SystemClock.now())).is_err());
    set(&store.deaf, false);
    assert!(wait(log.erase(visitor(6), "request", SystemClock.now())).unwrap().is_none());
    assert!(store.aside.lock().unwrap().is_empty(), "by the command line too");
    writer(&store, None);
    assert!(wait(store.by_visitor(visitor(6))).unwrap().is_empty());
}

#[test]
fn of_who_is_erased_nothing_stays_set_aside() {
    let store = Arc::new(Faulty::default());
    drop(owing(&store, &[1]));
    let mut writer = owing(&store, &[2, 3]);
    set(&store.broken, false);
    wait(log_of(&store).append(vec![said(Kind::Accept, 4, None)])).unwrap();
    writer.erase(&[visitor(1), visitor(2), visitor(4)], "request", SystemClock.now()).unwrap();
    let aside = store.aside.lock().unwrap().concat();
    let aside = String::from_utf8(aside).unwrap();
    assert!(aside.contains(&visitor(3).to_string()), "{aside}");
    assert!(!aside.contains(&visitor(1).to_string()) && !aside.contains(&visitor(2).to_string()), "{aside}");
    writer.write(Vec::new());
    assert!(store.aside.lock().unwrap().is_empty());
    for (byte, events) in [(1, 0), (2, 0), (3, 1)] {
        assert_eq!(wait(store.by_visitor(visitor(byte))).unwrap().len(), events, "visitor {byte}");
    }
}

#[test]
fn a_form_sent_again_after_a_withdrawal_is_a_choice_of_its_own() {
    let store = Arc::new(Faulty::default());
    let mut log = log_of(&store);
    wait(log.append(vec![said(Kind::Accept, 1, Some("form"))])).unwrap();
    let again = [said(Kind::Withdraw, 1, None), said(Kind::Accept, 1, Some("form"))];
    let salts = || super::log::salts().unwrap();
    let mut entries: Vec<Entry> = again.iter().map(|record| Entry::new(record, None, salts()).unwrap()).collect();
    wait(log.drop_known(&mut entries)).unwrap();
    assert_eq!(entries.len(), 2, "the withdrawal lies between");
    let mut same = vec![entries[1].clone(), entries[0].clone()];
    wait(log.drop_known(&mut same)).unwrap();
    assert_eq!(same.len(), 1, "a form sent twice is one event");
    drop(log);
    // The same in one batch, and in two.
    for batches in [vec![again.to_vec()], again.iter().map(|record| vec![record.clone()]).collect()] {
        let before = kinds(&*store).len();
        let mut writer = writer(&store, None);
        for batch in batches {
            writer.write(batch.into_iter().map(|record| sent(record, true).0).collect());
        }
        assert_eq!(kinds(&*store)[before..], ["withdraw", "accept"]);
        writer.write(again.iter().rev().map(|record| sent(record.clone(), true).0).collect());
        writer.write(vec![sent(again[1].clone(), true).0]);
        assert_eq!(kinds(&*store)[before + 2..], ["withdraw", "accept"], "the first was a repetition");
    }
}

#[test]
fn a_step_said_again_erases_who_was_erased_since() {
    let store = Arc::new(Faulty::default());
    let mut log = log_of(&store);
    wait(super::erased::register(&*store, "other", SystemClock.now())).unwrap();
    let record = said(Kind::Accept, 1, None);
    let entry = Entry::new(&record, None, super::log::salts().unwrap()).unwrap();
    // Another instance has erased him; then the step before, of which there was no answer, comes to its end.
    wait(log.erase(visitor(1), "request", SystemClock.now())).unwrap();
    assert!(wait(super::erased::left(&*store, std::slice::from_ref(&entry))).unwrap().is_empty(), "nothing is there");
    wait(log.append_made(std::slice::from_ref(&entry), None)).unwrap();
    assert_eq!(wait(super::erased::left(&*store, &[entry])).unwrap(), [visitor(1)]);
}

#[test]
fn what_is_older_than_erasures_are_remembered_comes_without_values() {
    let store = Faulty::default();
    let record = said(Kind::Accept, 1, None);
    let entry = Entry::new(&record, None, super::log::salts().unwrap()).unwrap();
    for (days, left) in [(29, false), (31, true)] {
        let mut entries = vec![entry.clone()];
        wait(super::erased::forget(&store, &mut entries, record.time + time::Duration::days(days))).unwrap();
        assert_eq!(entries[0].disclosures.is_empty(), left, "after {days} days");
    }
}

#[test]
fn a_lease_whose_renewal_does_not_come_back_is_over_in_time() {
    let store = Arc::new(Faulty::default());
    let lease = hold(store.clone(), "mirror", Duration::from_millis(200)).unwrap().unwrap();
    *store.slow.lock().unwrap() = Duration::from_millis(800);
    assert!(lease.is_held());
    std::thread::sleep(Duration::from_millis(450));
    assert!(!lease.is_held(), "another instance may have it by now");
}

fn linked(store: &Arc<Faulty>) -> usize {
    let account = wait(links::known(&**store, "ivan")).unwrap();
    account.map_or(0, |account| wait(links::visitors_of(&**store, account)).unwrap().len())
}

fn link(log: &mut Log, byte: u8) -> LinkState {
    wait(log.link(visitor(byte), "ivan", "v1", SystemClock.now())).unwrap().1
}

#[test]
fn a_link_that_another_instance_wrote_before_a_withdrawal_is_ended_after_it() {
    let store = Arc::new(Faulty::default());
    let mut log = log_of(&store);
    wait(log.append(vec![said(Kind::Accept, 1, None)])).unwrap();
    assert_eq!(link(&mut log, 1), LinkState::Made);
    // Written without having looked for links: it was looked before the link was there.
    wait(log.append(vec![said(Kind::Withdraw, 1, None)])).unwrap();
    assert_eq!(linked(&store), 1);
    assert!(wait(log.unlink(visitor(1), links::WITHDRAWAL, SystemClock.now())).unwrap().is_some());
    assert_eq!(linked(&store), 0);
    assert!(wait(log.unlink(visitor(1), links::WITHDRAWAL, SystemClock.now())).unwrap().is_none());
    assert_eq!(link(&mut log, 1), LinkState::Withdrawn);
    assert_eq!(kinds(&*store), ["accept", "link", "link", "withdraw", "erase"]);
}

#[test]
fn a_link_between_does_not_make_the_same_form_another_one() {
    let store = Arc::new(Faulty::default());
    let mut log = log_of(&store);
    let form = said(Kind::Accept, 1, Some("form"));
    let place = wait(log.append(vec![form.clone()])).unwrap()[0].index;
    link(&mut log, 1);
    assert_eq!(wait(log.append_new(std::slice::from_ref(&form))).unwrap()[0].index, place);
    let mut entries = vec![Entry::new(&form, None, super::log::salts().unwrap()).unwrap()];
    wait(log.drop_known(&mut entries)).unwrap();
    assert!(entries.is_empty());
    assert_eq!(kinds(&*store), ["accept", "link", "link"]);
}

#[test]
fn a_link_written_while_its_visitor_is_erased_loses_both_sides() {
    let store = Arc::new(Faulty::default());
    let mut log = log_of(&store);
    wait(log.append(vec![said(Kind::Accept, 1, None), said(Kind::Accept, 2, None)])).unwrap();
    let from = wait(log.head()).unwrap().size();
    link(&mut log, 1);
    link(&mut log, 2);
    // The other instance had looked for his events before.
    wait(store.erase(Erasure::Visitor(visitor(1)))).unwrap();
    let late = wait(links::named_since(&*store, &[visitor(1), visitor(2)], from)).unwrap();
    assert_eq!(late, [from + 1], "the account's event that names who was erased, and not that of the other");
}

#[test]
fn half_a_link_is_written_again_and_erased_whole() {
    let store = Arc::new(Faulty::default());
    let mut log = log_of(&store);
    wait(log.append(vec![said(Kind::Accept, 1, None)])).unwrap();
    link(&mut log, 1);
    // A crash in the middle of ending it.
    wait(store.erase(Erasure::Event(wait(log.head()).unwrap().size() - 1))).unwrap();
    assert_eq!((linked(&store), link(&mut log, 1), linked(&store)), (0, LinkState::Made, 1));
    let receipt = wait(log.erase(visitor(1), "request", SystemClock.now())).unwrap().unwrap();
    assert!(receipt.entry.contains(r#""events":"4""#), "{}", receipt.entry);
    assert!(wait(store.read(0..u64::MAX)).unwrap().iter().all(|entry| entry.disclosures.is_empty()));
}

#[test]
fn a_link_cannot_overtake_a_withdrawal_that_is_owed() {
    let store = Arc::new(Faulty::default());
    let mut writer = writer(&store, None);
    let now = SystemClock.now();
    writer.write(vec![sent(said(Kind::Accept, 1, None), false).0]);
    assert_eq!(writer.link(visitor(1), "ivan", "v1", now).unwrap().1, LinkState::Made);
    set(&store.broken, true);
    writer.write(vec![sent(said(Kind::Withdraw, 1, None), false).0]);
    assert!(writer.link(visitor(1), "maria", "v1", now).is_err());
    set(&store.broken, false);
    assert_eq!(writer.link(visitor(1), "maria", "v1", now).unwrap_err().kind(), ErrorKind::Unavailable);
    writer.write(Vec::new());
    assert_eq!(linked(&store), 0, "written now, and the link is ended");
    assert_eq!(writer.link(visitor(1), "maria", "v1", now).unwrap().1, LinkState::Withdrawn);
    let told = kinds(&*store);
    assert_eq!(told.iter().filter(|kind| *kind == "withdraw").count(), 1, "{told:?}");
    assert_eq!(told.iter().filter(|kind| *kind == "link").count(), 2, "{told:?}");
}

#[cfg(feature = "sled")]
mod on_this_machine {
    use super::*;
    use crate::recorder::Outbox;

    fn entry(byte: u8, form: &str) -> (Record, Entry) {
        let record = said(Kind::Accept, byte, Some(form));
        let entry = Entry::new(&record, None, crate::recorder::log::salts().unwrap()).unwrap();
        (record, entry)
    }

    #[test]
    fn what_lies_in_a_queue_that_was_believed_empty_is_not_destroyed() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::open(folder.path()).unwrap();
        outbox.put(vec![entry(1, "one").1], None).unwrap();
        // A write that took too long, and was done.
        let (late, lying) = entry(2, "two");
        outbox.put_unheard(vec![lying]);
        outbox.next(10).unwrap();
        outbox.end(1).unwrap();
        outbox.rotate().unwrap();
        assert!(outbox.same(&late).unwrap().is_some());
        assert_eq!(outbox.health().waiting, 1);
        assert!(folder.path().join("queue-000001").is_dir());
    }

    #[test]
    fn a_form_that_was_kept_without_an_answer_is_found_by_its_second_coming() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::open(folder.path()).unwrap();
        let (late, lying) = entry(2, "two");
        outbox.put_unheard(vec![lying]);
        assert!(outbox.same(&late).unwrap().is_some());
        outbox
            .put(
                vec![Entry::new(&said(Kind::Withdraw, 2, None), None, crate::recorder::log::salts().unwrap()).unwrap()],
                None,
            )
            .unwrap();
        assert!(outbox.same(&late).unwrap().is_none(), "the withdrawal lies between");
    }

    #[test]
    fn a_queue_that_was_shipped_or_half_destroyed_is_gone_after_a_start() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Outbox::open(folder.path()).unwrap();
        outbox.put(vec![entry(1, "one").1], None).unwrap();
        outbox.end(1).unwrap();
        drop(outbox);
        let outbox = Outbox::open(folder.path()).unwrap();
        assert!(!folder.path().join("queue-000001").exists() && folder.path().join("queue-000002").is_dir());
        drop(outbox);
        // A crash after its keys were overwritten.
        std::fs::create_dir(folder.path().join("gone-000001")).unwrap();
        std::fs::write(folder.path().join("gone-000001/keys"), [0; 64]).unwrap();
        std::fs::write(folder.path().join("queue-000001.anchor"), []).unwrap();
        let outbox = Outbox::open(folder.path()).unwrap();
        assert!(!folder.path().join("gone-000001").exists() && !folder.path().join("queue-000001.anchor").exists());
        outbox.put(vec![entry(1, "one").1], None).unwrap();
        drop(outbox);
        // An empty one behind one that holds choices.
        drop(crate::store::SledOptions::new().open(folder.path().join("queue-000003")).unwrap());
        assert_eq!(Outbox::open(folder.path()).unwrap().health().waiting, 1);
        assert!(!folder.path().join("queue-000003").exists());
    }

    #[test]
    fn a_withdrawal_that_waited_ends_the_link_when_it_is_shipped() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Arc::new(Outbox::open(folder.path()).unwrap());
        let store = Arc::new(Faulty::default());
        let mut writer = writer(&store, Some(outbox.clone()));
        let now = SystemClock.now();
        writer.write(vec![sent(said(Kind::Accept, 1, None), true).0]);
        assert_eq!(writer.link(visitor(1), "ivan", "v1", now).unwrap().1, LinkState::Made);
        set(&store.broken, true);
        writer.write(vec![sent(said(Kind::Withdraw, 1, None), true).0]);
        assert_eq!(outbox.health().waiting, 1);
        set(&store.broken, false);
        assert!(writer.link(visitor(1), "maria", "v1", now).is_err(), "not before what waits");
        outbox.back();
        while writer.ships() {}
        assert_eq!((outbox.health().waiting, linked(&store)), (0, 0));
        assert_eq!(writer.link(visitor(1), "maria", "v1", now).unwrap().1, LinkState::Withdrawn);
        assert_eq!(kinds(&*store).iter().filter(|kind| *kind == "withdraw").count(), 1);
    }

    #[test]
    fn texts_that_wait_alone_are_shipped() {
        let folder = tempfile::tempdir().unwrap();
        let outbox = Arc::new(Outbox::open(folder.path()).unwrap());
        let store = Arc::new(Faulty::default());
        let mut writer = writer(&store, Some(outbox.clone()));
        outbox.put(vec![entry(1, "one").1], None).unwrap();
        let hash = "ab".repeat(32);
        // Before the queue is changed and after it.
        outbox.end(1).unwrap();
        wait(outbox.put_document(hash.clone(), b"text".to_vec())).unwrap();
        outbox.rotate().unwrap();
        writer.ships();
        assert_eq!(wait(store.document(hash)).unwrap().as_deref(), Some(&b"text"[..]));
        assert!(!outbox.has_documents());
    }
}
