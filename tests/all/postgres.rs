//! The store that several servers share, against a real server: `tests/database` starts one and runs these.

use std::{
    env,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use time::OffsetDateTime;
use tower_consent::{
    ConsentLayer,
    audit::Head,
    record::{Kind, Record},
    recorder::Log,
    signal::{KeyRing, VisitorId},
    store::{ConsentStore, Erasure, ErrorKind, Postgres, PostgresOptions, Sled, tree},
};

use super::news_site::{METRICS, Site, policy};

pub(crate) const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

/// Returns the URL of the database; without one there is nothing to test, and that is no success.
pub(crate) fn database() -> String {
    env::var("TOWER_CONSENT_POSTGRES").expect("TOWER_CONSENT_POSTGRES names a database: run tests/database")
}

/// Returns the URL of a store of its own, which is empty.
pub(crate) fn place(name: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{}?schema=t{}_{number}_{name}", database(), std::process::id())
}

fn schema(place: &str) -> &str {
    place.split_once("?schema=").unwrap().1
}

/// Asks the database beside the store.
pub(crate) fn sql(place: &str, text: &str) -> Vec<Vec<Option<String>>> {
    let (place, path) = (database(), format!("SET search_path TO {}; ", schema(place)));
    let text = format!("{path}{text}");
    // A thread of its own: the caller may be inside of a runtime.
    let ask = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&place, tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            let rows = client.simple_query(&text).await.unwrap();
            let row = |message| match message {
                tokio_postgres::SimpleQueryMessage::Row(row) => {
                    Some((0..row.len()).map(|column| row.get(column).map(str::to_owned)).collect())
                }
                _ => None,
            };
            rows.into_iter().filter_map(row).collect()
        })
    };
    thread::spawn(ask).join().unwrap()
}

/// Asks for one number.
pub(crate) fn count(place: &str, text: &str) -> u64 {
    sql(place, text)[0][0].as_deref().unwrap().parse().unwrap()
}

pub(crate) fn visitor(number: u64) -> VisitorId {
    let mut bits = [9; 16];
    bits[..8].copy_from_slice(&number.to_be_bytes());
    VisitorId::from_random(bits)
}

pub(crate) fn choice(number: u64) -> Record {
    let mut record = Record::of(Kind::Accept, NOW, "v1");
    record.visitor = Some(visitor(number));
    record.once = Some(format!("form {number}"));
    record.page = Some(format!("/page-of-{number}"));
    record
}

pub(crate) async fn opened(place: &str) -> (Arc<Postgres>, Log) {
    let store = Arc::new(Postgres::open(place).unwrap());
    let log = Log::open(store.clone(), "news.example/consent", NOW).await.unwrap();
    (store, log)
}

/// Reads the log anew and returns how often each form is in it.
pub(crate) async fn forms(store: &dyn ConsentStore) -> std::collections::BTreeMap<String, u32> {
    let head = tree(store).await.unwrap().head();
    let mut forms = std::collections::BTreeMap::new();
    for entry in store.read(0..head.size()).await.unwrap() {
        if let Some(once) = entry.disclosed().unwrap().get("idempotency_key") {
            *forms.entry(once.as_str().unwrap().to_owned()).or_default() += 1;
        }
    }
    forms
}

#[cfg(feature = "conformance")]
#[test]
#[ignore = "needs a server: tests/database"]
fn postgres_keeps_the_contract() {
    use tower_consent::store::conformance;
    let place = place("contract");
    let open = || Postgres::open(&place).unwrap();
    pollster::block_on(conformance::check(open, true)).unwrap_or_else(|broken| panic!("{broken}"));
    // What the tables hold is what the store says.
    let size = pollster::block_on(open().head()).unwrap().size();
    assert_eq!(count(&place, "SELECT count(*) FROM entries"), size);
    assert!(count(&place, "SELECT count(*) FROM erasures") > 1000);
    assert_eq!(count(&place, "SELECT count(*) FROM brief b JOIN erasures e ON e.place = b.place"), 0);
}

#[test]
#[ignore = "needs a server: tests/database"]
fn many_that_open_at_once_open_one_log() {
    let place = place("opening");
    let barrier = std::sync::Barrier::new(12);
    let heads: Vec<Head> = thread::scope(|scope| {
        let open = || {
            barrier.wait();
            let store = Arc::new(Postgres::open(&place).unwrap());
            let mut log = pollster::block_on(Log::open(store, "news.example/consent", NOW)).unwrap();
            pollster::block_on(log.head()).unwrap()
        };
        let threads: Vec<_> = (0..12).map(|_| scope.spawn(open)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(heads.iter().all(|head| head.size() == 1 && *head == heads[0]), "{heads:?}");
    assert_eq!(count(&place, "SELECT count(*) FROM entries"), 1);
    assert_eq!(count(&place, "SELECT count(*) FROM migrations WHERE number > 0"), 1);
    let store = Postgres::open_existing(&place).unwrap();
    let first = pollster::block_on(store.read(0..9)).unwrap();
    assert_eq!(first[0].fields().unwrap()["kind"], "log-opened");
}

#[test]
#[ignore = "needs a server: tests/database"]
fn instances_append_to_one_log_without_a_fork_or_a_gap() {
    const INSTANCES: u64 = 4;
    const EACH: u64 = 40;
    let place = place("instances");
    thread::scope(|scope| {
        for instance in 0..INSTANCES {
            let place = &place;
            scope.spawn(move || {
                pollster::block_on(async {
                    let (_, mut log) = opened(place).await;
                    for number in 0..EACH {
                        let both = [0, 1].map(|half| choice((instance * EACH + number) * 2 + half));
                        let receipts = log.append(both.to_vec()).await.unwrap();
                        assert_eq!(receipts[0].index + 1, receipts[1].index);
                    }
                });
            });
        }
    });
    pollster::block_on(async {
        let (store, mut log) = opened(&place).await;
        let forms = forms(store.as_ref()).await;
        assert_eq!(forms.len() as u64, 2 * INSTANCES * EACH);
        assert!(forms.values().all(|times| *times == 1), "{forms:?}");
        // A proof that one instance makes is good for all.
        let receipt = log.receipt(17).await.unwrap();
        let proof: tower_consent::audit::Proof = receipt.proof.parse().unwrap();
        assert!(proof.verify(receipt.entry.as_bytes(), &[log.key().verifier().clone()]).is_ok());
    });
}

/// Writes events one after the other while something is done to the server, and looks that each is in the log once.
fn write_while(place: &str, times: u32, pause: Duration, disturb: impl Fn() + Sync) {
    let over = AtomicBool::new(false);
    let total = thread::scope(|scope| {
        let disturbing = scope.spawn(|| {
            for _ in 0..times {
                // A pause in which connections and appends fit, on a busy machine too.
                thread::sleep(pause);
                disturb();
            }
            over.store(true, Ordering::Release);
        });
        let written = pollster::block_on(async {
            let options = PostgresOptions::new().with_patience(Duration::from_secs(60));
            let store = Arc::new(options.open(place).unwrap());
            let mut log = Log::open(store.clone(), "news.example/consent", NOW).await.unwrap();
            let mut number = 0;
            while !over.load(Ordering::Acquire) {
                // Whatever is answered is in the log, once.
                log.append(vec![choice(number)]).await.unwrap();
                number += 1;
            }
            number
        });
        disturbing.join().unwrap();
        written
    });
    assert!(total > 20, "{total} were written");
    let store = Postgres::open(place).unwrap();
    let forms = pollster::block_on(forms(&store));
    assert_eq!(forms.len() as u64, total);
    assert!(forms.values().all(|times| *times == 1), "{forms:?}");
    assert_eq!(pollster::block_on(store.head()).unwrap().size(), total + 1);
}

#[test]
#[ignore = "needs a server: tests/database"]
fn connections_that_are_cut_lose_nothing_and_write_nothing_twice() {
    let place = place("cut");
    drop(Postgres::open(&place).unwrap());
    let cuts = AtomicU64::new(0);
    write_while(&place, 40, Duration::from_millis(150), || {
        let cut =
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'tower-consent'";
        cuts.fetch_add(count(&place, cut), Ordering::Relaxed);
    });
    assert!(cuts.load(Ordering::Relaxed) > 20, "{cuts:?} connections were cut");
}

/// Stops or starts the server.
pub(crate) fn server(arguments: &[&str]) {
    let ctl = env::var("PGCTL").expect("PGCTL stops and starts the server: run tests/database");
    assert!(Command::new(ctl).args(arguments).status().unwrap().success(), "{arguments:?}");
}

/// A server that is started again whatever comes: other tests need it.
pub(crate) struct Stopped;

impl Drop for Stopped {
    fn drop(&mut self) {
        server(&["start", "--wait"]);
    }
}

#[test]
#[ignore = "needs a server: tests/database"]
fn a_server_that_dies_while_it_writes_loses_nothing_and_writes_nothing_twice() {
    let place = place("dies");
    drop(Postgres::open(&place).unwrap());
    write_while(&place, 5, Duration::from_millis(1500), || server(&["restart", "-m", "immediate", "--wait"]));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a server: tests/database"]
async fn choices_go_on_by_themselves_when_the_server_is_back() {
    use http::StatusCode;
    let place = place("outage");
    let store = PostgresOptions::new().with_patience(Duration::from_millis(100)).open(&place).unwrap();
    let layer = ConsentLayer::new(policy(), store).unwrap();
    let site = Site::new().with(|_| layer);
    let cookie = site.choose("accept", "").await;
    let form = format!("choice=accept&token={}&back=/", site.get("/", "").await.token());
    server(&["stop", "-m", "immediate"]);
    let stopped = Stopped;
    let answer = site.post("/_consent/choice", &form, "").await;
    assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "5"));
    assert_eq!(answer.cookies(), Vec::<String>::new());
    assert!(!site.get("/", "").await.text.contains(METRICS), "pages are served and gated");
    assert_eq!(site.post("/_consent/withdraw", "", &cookie).await.status, StatusCode::SERVICE_UNAVAILABLE);
    drop(stopped);
    let mut answers = Vec::new();
    while answers.last() != Some(&StatusCode::SEE_OTHER) {
        assert!(answers.len() < 20, "{answers:?}");
        tokio::time::sleep(Duration::from_secs(1)).await;
        answers.push(site.post("/_consent/choice", &form, "").await.status);
    }
    // The same form once more is the same event.
    assert_eq!(site.post("/_consent/choice", &form, "").await.status, StatusCode::SEE_OTHER);
    let store = Postgres::open(&place).unwrap();
    let size = tree(&store).await.unwrap().size();
    let entries = store.read(0..size).await.unwrap();
    let kinds: Vec<String> =
        entries.iter().map(|entry| entry.fields().unwrap()["kind"].as_str().unwrap().to_owned()).collect();
    assert_eq!(kinds, ["log-opened", "policy-published", "accept", "log-degraded", "withdraw", "accept"]);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a server: tests/database"]
async fn one_form_sent_to_two_instances_is_one_event() {
    let place = place("forms");
    let keys = || KeyRing::new([[1; 32]]).unwrap();
    let instance = || {
        let layer = ConsentLayer::new(policy(), Postgres::open(&place).unwrap()).unwrap().with_keys(keys());
        Site::new().with(|_| layer)
    };
    let (one, other) = (instance(), instance());
    let cookie = one.choose("accept", "").await;
    for _ in 0..4 {
        let form = format!("choice=refuse&token={}&back=/", one.get("/_consent/", &cookie).await.token());
        let (first, second) =
            tokio::join!(one.post("/_consent/choice", &form, &cookie), other.post("/_consent/choice", &form, &cookie));
        assert_eq!((first.status.as_u16(), second.status.as_u16()), (303, 303));
    }
    let forms = forms(&Postgres::open(&place).unwrap()).await;
    assert!(forms.len() == 5 && forms.values().all(|times| *times == 1), "{forms:?}");
}

#[cfg(feature = "cli")]
#[test]
#[ignore = "needs a server: tests/database"]
fn a_log_is_carried_there_and_back_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| format!("sled:{}", folder.path().join(name).display());
    let there = place("copied").replace("//consent@", "//consent:opensesame@");
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_tower-consent")).args(arguments).output().unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!text.contains("opensesame"), "{text}");
        (output.status.code().unwrap(), text)
    };
    let written = pollster::block_on(async {
        let store = Arc::new(Sled::open(folder.path().join("first")).unwrap());
        let mut log = Log::open(store.clone(), "news.example/consent", NOW).await.unwrap();
        for part in 0..6 {
            log.append((0..250).map(|number| choice(part * 250 + number)).collect()).await.unwrap();
        }
        log.erase(visitor(7), "request", NOW).await.unwrap().unwrap();
        store.put_document("abc".to_owned(), b"text".to_vec()).await.unwrap();
        log.head().await.unwrap()
    });
    let (code, text) = run(&["store", "copy", &path("first"), &there]);
    assert!(code == 0 && text.contains(&written.root_hex()) && text.contains("the same"), "{text}");
    let (code, text) = run(&["store", "copy", &path("first"), &there]);
    assert!(code == 2 && text.contains("not empty"), "{text}");
    // The log goes on in the database, and then in the folder again.
    let next = pollster::block_on(async {
        let (store, mut log) = opened(&there).await;
        assert!(store.by_visitor(visitor(7)).await.unwrap().is_empty());
        assert_eq!(store.by_visitor(visitor(8)).await.unwrap(), [9]);
        log.append(vec![choice(8)]).await.unwrap();
        log.head().await.unwrap()
    });
    let (code, text) = run(&["store", "copy", &there, &path("second")]);
    assert!(code == 0 && text.contains(&next.root_hex()), "{text}");
    let (code, text) =
        run(&["log", "mirror", "--store", &there, "--out", folder.path().join("mirror").to_str().unwrap()]);
    assert_eq!(code, 0, "{text}");
    let (code, key) = run(&["keys", "show", "--store", &there]);
    assert_eq!(code, 0, "{key}");
    let mirror = folder.path().join("mirror");
    let (code, text) = run(&["log", "verify", mirror.to_str().unwrap(), "--key", key.trim()]);
    assert!(code == 0 && text.contains("0 finding(s)"), "{text}");
    let second = Sled::open(folder.path().join("second")).unwrap();
    assert_eq!(pollster::block_on(second.by_visitor(visitor(8))).unwrap(), [9, next.size() - 1]);
}

#[tokio::test]
#[ignore = "needs a server: tests/database"]
async fn what_expires_goes_with_the_table_of_its_month() {
    let place = place("months");
    let (store, mut log) = opened(&place).await;
    log.append((0..50).map(choice).collect()).await.unwrap();
    assert_eq!(count(&place, "SELECT count(*) FROM brief"), 50);
    // As if the month had been that of January 2020: its table is over, whatever stands in it.
    sql(
        &place,
        "CREATE TABLE brief_202001 PARTITION OF brief FOR VALUES FROM (202001) TO (202002); \
         INSERT INTO months VALUES ('brief', 202001); \
         UPDATE brief SET month = 202001, until = 1577900000",
    );
    let now = OffsetDateTime::from_unix_timestamp(1_900_000_000).unwrap();
    assert_eq!(store.erase(Erasure::Expired(now)).await.unwrap(), 50);
    assert_eq!(
        count(
            &place,
            "SELECT count(*) FROM pg_class WHERE relname = 'brief_202001' AND relnamespace = current_schema()::regnamespace"
        ),
        0
    );
    let entry = store.read(1..2).await.unwrap().remove(0);
    assert!(entry.brief.is_empty() && entry.disclosures.len() == 2, "{entry:?}");
    assert_eq!(store.erase(Erasure::Expired(now)).await.unwrap(), 0);
    // What is asked for later finds its table made again.
    log.append(vec![choice(99)]).await.unwrap();
    assert_eq!(store.read(51..52).await.unwrap()[0].brief.len(), 1);
}

#[tokio::test]
#[ignore = "needs a server: tests/database"]
async fn an_erased_visitor_is_in_no_table() {
    let place = place("erased");
    let (store, mut log) = opened(&place).await;
    log.append(vec![choice(1), choice(2)]).await.unwrap();
    log.erase(visitor(1), "request", NOW).await.unwrap().unwrap();
    for table in ["lasting", "brief"] {
        assert_eq!(count(&place, &format!("SELECT count(*) FROM {table} WHERE place = 1")), 0, "{table}");
        assert_eq!(count(&place, &format!("SELECT count(*) FROM {table} WHERE place = 2")), 1, "{table}");
    }
    assert_eq!(count(&place, "SELECT place FROM erasures"), 1);
    // Another instance knows it too.
    let other = Postgres::open_existing(&place).unwrap();
    assert!(other.by_visitor(visitor(1)).await.unwrap().is_empty());
    assert_eq!(other.by_visitor(visitor(2)).await.unwrap(), [2]);
    assert_eq!(tree(store.as_ref()).await.unwrap().size(), 4);
}

#[test]
#[ignore = "needs a server: tests/database"]
fn what_is_no_store_is_refused_with_its_reason_and_without_its_password() {
    let place = place("refused");
    let error = Postgres::open_existing(&place).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("there is no store"), "{error}");
    assert_eq!(count(&place, &format!("SELECT count(*) FROM pg_namespace WHERE nspname = '{}'", schema(&place))), 0);
    drop(Postgres::open(&place).unwrap());
    sql(&place, "INSERT INTO migrations VALUES (99, 'of later')");
    let error = Postgres::open(&place).unwrap_err();
    assert!(error.to_string().contains("newer release"), "{error}");
    let options = PostgresOptions::new().with_patience(Duration::from_millis(50));
    let error = options.open("postgres://consent:opensesame@127.0.0.1:1/none").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("127.0.0.1") && !error.to_string().contains("sesame"), "{error}");
}
