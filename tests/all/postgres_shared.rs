//! What several instances share over a real server: hints, leases, keys, roles; and the outbox of each.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use http::StatusCode;
use tower_consent::{
    ConsentLayer,
    clock::{Clock, SystemClock},
    recorder::{LinkState, Log, Outbox, rotate_cookie_key},
    rights,
    store::{ConsentStore, Postgres, PostgresOptions, hold, tree},
};

use super::{
    news_site::{FOLDER, METRICS, Site, policy},
    postgres::{Stopped, choice, count, database, forms, opened, place, server, sql, visitor},
};

/// Waits until something is so.
fn until(what: &str, limit: Duration, mut is_so: impl FnMut() -> bool) -> Duration {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < limit, "{what}: not within {limit:?}");
        thread::sleep(Duration::from_millis(20));
    }
    begun.elapsed()
}

#[test]
#[ignore = "needs a server: tests/database"]
fn a_change_is_heard_of_and_after_a_lost_connection_again() {
    let place = place("hints");
    let (one, other) = (Postgres::open(&place).unwrap(), Postgres::open(&place).unwrap());
    let wait = Duration::from_secs(10);
    until("listening", wait, || other.hints().is_some());
    let before = other.hints();
    pollster::block_on(one.put_note("policy/in-force".to_owned(), b"v2".to_vec())).unwrap();
    let taken = until("a policy", wait, || other.hints() != before);
    println!("heard after {taken:?}");
    let before = other.hints();
    pollster::block_on(one.secret("signing-7".to_owned(), [7; 32])).unwrap();
    until("a key", wait, || other.hints() != before);
    // Whoever loses the connection must ask, and is told so; then it listens again.
    let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'tower-consent'";
    count(&place, cut);
    until("not listening", wait, || other.hints().is_none());
    until("listening again", wait, || other.hints().is_some());
    assert_ne!(other.hints(), before, "something may have been missed");
}

#[test]
#[ignore = "needs a server: tests/database"]
fn one_instance_leads_and_a_dead_one_is_replaced() {
    let place = place("leases");
    let open = || Arc::new(Postgres::open(&place).unwrap());
    let (one, other) = (open(), open());
    let lease = |store: &Arc<Postgres>, holder: &str, seconds: u64| {
        let length = Duration::from_secs(seconds);
        pollster::block_on(store.lease("retention".to_owned(), holder.to_owned(), length)).unwrap()
    };
    assert!(lease(&one, "first", 60) && lease(&one, "first", 2), "the holder renews it");
    assert!(!lease(&other, "second", 60), "nobody else has it meanwhile");
    // The first has died: it renews nothing.
    until("replaced", Duration::from_secs(10), || lease(&other, "second", 60));
    assert!(!lease(&one, "first", 60), "who comes back is second");
    assert!(lease(&other, "second", 0) && lease(&one, "first", 0), "given back is free at once");
    // Held by a process, it is renewed over its length.
    let held = hold(one.clone(), "retention", Duration::from_secs(2)).unwrap().unwrap();
    thread::sleep(Duration::from_secs(5));
    assert!(held.is_held() && !lease(&other, "second", 60));
    drop(held);
    assert!(lease(&other, "second", 60));
    // Of two that race, one wins.
    let wins = thread::scope(|scope| {
        let race = |holder: String| {
            let store = open();
            move || pollster::block_on(store.lease("race".to_owned(), holder, Duration::from_secs(60))).unwrap()
        };
        let threads: Vec<_> = (0..8).map(|number| scope.spawn(race(number.to_string()))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).filter(|won| *won).count()
    });
    assert_eq!(wins, 1);
}

#[test]
#[ignore = "needs a server: tests/database"]
fn instances_link_two_once_and_an_erasure_by_one_holds_for_all() {
    let place = place("links");
    let (store, mut log) = pollster::block_on(opened(&place));
    pollster::block_on(log.append((0..3).map(choice).collect())).unwrap();
    let begin = std::sync::Barrier::new(4);
    let states: Vec<LinkState> = thread::scope(|scope| {
        let link = || {
            let mut log = pollster::block_on(opened(&place)).1;
            begin.wait();
            // Each has the key that the first of them made.
            (0..3)
                .map(|number| pollster::block_on(log.link(visitor(number), "ivan", "v1", SystemClock.now())).unwrap().1)
                .collect::<Vec<_>>()
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(link)).collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(states.iter().filter(|state| **state == LinkState::Made).count(), 3, "{states:?}");
    assert_eq!(count(&place, "SELECT count(*) FROM secrets WHERE name = 'accounts'"), 1);
    let account = pollster::block_on(rights::account(&*store, "ivan")).unwrap().unwrap();
    let linked = || pollster::block_on(rights::linked(&*store, account)).unwrap();
    assert_eq!(linked().into_iter().collect::<BTreeSet<_>>(), (0..3).map(visitor).collect());
    // An erasure by one instance takes him out of the account for all, and its rows are gone.
    pollster::block_on(log.erase(visitor(1), "request", SystemClock.now())).unwrap().unwrap();
    assert_eq!(linked().into_iter().collect::<BTreeSet<_>>(), [visitor(0), visitor(2)].into());
    assert_eq!(count(&place, "SELECT count(*) FROM lasting WHERE tag IS NOT NULL"), 6, "two choices and two links");
    pollster::block_on(log.erase(account.subject(), "request", SystemClock.now())).unwrap().unwrap();
    assert!(linked().is_empty());
    assert_eq!(count(&place, "SELECT count(*) FROM lasting WHERE tag IS NOT NULL"), 2, "the two choices");
}

#[cfg(feature = "cli")]
#[test]
#[ignore = "needs a server: tests/database"]
fn a_copy_waits_for_another_one() {
    let place = place("mirrors");
    let (store, log) = pollster::block_on(opened(&place));
    drop(log);
    let folder = tempfile::tempdir().unwrap();
    let held = hold(store, "mirror", Duration::from_secs(30)).unwrap().unwrap();
    let mut copying = Command::new(env!("CARGO_BIN_EXE_tower-consent"))
        .args(["log", "mirror", "--store", &place, "--out", folder.path().to_str().unwrap()])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    thread::sleep(Duration::from_secs(2));
    assert!(copying.try_wait().unwrap().is_none() && !folder.path().join("checkpoint").exists());
    drop(held);
    assert!(copying.wait().unwrap().success() && folder.path().join("checkpoint").exists());
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a server: tests/database"]
async fn a_key_of_cookies_reaches_the_others_within_seconds() {
    let place = place("keys");
    let instance = || {
        let layer = ConsentLayer::new(policy(), Postgres::open(&place).unwrap()).unwrap();
        Site::new().with(|_| layer)
    };
    let (one, other) = (instance(), instance());
    let old = one.choose("accept", "").await;
    rotate_cookie_key(Arc::new(Postgres::open(&place).unwrap()), SystemClock.now()).await.unwrap();
    // Whoever starts now signs with the new key.
    let third = instance();
    let new = third.choose("accept", "").await;
    let begun = Instant::now();
    while !other.get("/", &new).await.text.contains(METRICS) {
        assert!(begun.elapsed() < Duration::from_secs(5), "the new key is not believed");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    println!("believed after {:?}", begun.elapsed());
    for site in [&one, &other, &third] {
        assert!(site.get("/", &old).await.text.contains(METRICS), "the old key stays good");
    }
    // Later the others sign with it too: their cookies are good where only the new key is known.
    let secrets = Postgres::open(&place).unwrap().secrets("signing-2".to_owned()).await.unwrap();
    let alone = {
        let layer = ConsentLayer::new(policy(), Postgres::open(&place).unwrap()).unwrap();
        let keys = tower_consent::signal::KeyRing::new([secrets[0].1]).unwrap();
        Site::new().with(|_| layer.with_keys(keys))
    };
    let begun = Instant::now();
    loop {
        let cookie = one.choose("accept", &old).await;
        if alone.get("/", &cookie).await.text.contains(METRICS) {
            break;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "the new key does not sign");
        tokio::time::sleep(Duration::from_millis(2500)).await;
    }
}

#[cfg(feature = "cli")]
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a server: tests/database"]
async fn a_role_that_may_make_no_tables_serves_a_site() {
    let place = place("roles");
    let role = format!("runtime_{}", std::process::id());
    let schema = place.split_once("?schema=").unwrap().1.to_owned();
    sql(&place, &format!("CREATE ROLE {role} LOGIN; CREATE ROLE auditor_{role} LOGIN"));
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_tower-consent")).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    let as_role = |role: &str| place.replace("//consent@", &format!("//{role}@"));
    let error = Postgres::open(&as_role(&role)).unwrap_err();
    assert!(error.to_string().contains("permission denied"), "{error}");
    run(&["store", "migrate", "--store", &place, "--months", "3", "--grant", &role]);
    // Once more changes nothing.
    run(&["store", "migrate", "--store", &place, "--months", "3", "--grant", &role]);
    // All that a server does.
    let layer = ConsentLayer::new(policy(), Postgres::open(&as_role(&role)).unwrap()).unwrap();
    let site = Site::new().with(|_| layer);
    let cookie = site.choose("accept", "").await;
    assert_eq!(site.post("/_consent/withdraw", "", &cookie).await.status, StatusCode::SEE_OTHER);
    // Values that are kept for the longest: how to answer a request.
    let token = site.get("/_consent/", &cookie).await.token();
    let form = format!("request=access&contact=ivan%40mail.example&message=please&token={token}");
    assert_eq!(site.post("/_consent/requests", &form, &cookie).await.status, StatusCode::SEE_OTHER);
    let store = Arc::new(Postgres::open(&as_role(&role)).unwrap());
    let mut log = Log::open_existing(store.clone()).await.unwrap();
    log.append((0..5000).map(choice).collect()).await.unwrap();
    while store.tidy().await.unwrap() {}
    assert_eq!(count(&place, "SELECT count(*) FROM segments"), 1, "housekeeping goes on");
    log.erase(visitor(7), "request", SystemClock.now()).await.unwrap().unwrap();
    assert!(store.lease("x".to_owned(), "y".to_owned(), Duration::from_secs(1)).await.unwrap());
    let later = SystemClock.now();
    while store.erase(tower_consent::store::Erasure::Expired(later)).await.unwrap() > 0 {}
    assert_eq!(count(&place, &format!("SELECT count(*) FROM brief WHERE until < {}", later.unix_timestamp())), 0);
    rotate_cookie_key(store.clone(), later).await.unwrap();
    drop(turn_of(&store).await);
    assert_eq!(tree(store.as_ref()).await.unwrap().size(), store.head().await.unwrap().size());
    // And nothing more.
    for refused in [
        format!("CREATE TABLE {schema}.x (y int)"),
        format!("DROP TABLE {schema}.brief"),
        format!("DELETE FROM {schema}.entries"),
        format!("UPDATE {schema}.entries SET leaf = ''"),
        format!("DELETE FROM {schema}.head"),
        format!("DELETE FROM {schema}.secrets"),
        format!("UPDATE {schema}.documents SET bytes = ''"),
        format!("TRUNCATE {schema}.lasting"),
    ] {
        denied(&role, &refused).await;
    }
    // Who only reads the log, as docs/postgres.md has it.
    let auditor = format!("auditor_{role}");
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/postgres.md")).unwrap();
    let grants: Vec<&str> =
        page.lines().filter(|line| line.starts_with("GRANT ") && line.contains("auditor")).collect();
    assert_eq!(grants.len(), 2, "the page says what an auditor is granted");
    for grant in grants {
        sql(&place, &grant.replace("tower_consent", &schema).replace("auditor", &auditor));
    }
    allowed(&auditor, &format!("SELECT count(leaf) FROM {schema}.entries")).await;
    for hidden in ["secrets", "lasting", "brief", "notes"] {
        denied(&auditor, &format!("SELECT * FROM {schema}.{hidden}")).await;
    }
    drop(site);
    drop((log, store));
    sql(&place, &format!("DROP SCHEMA {schema} CASCADE; DROP ROLE {role}; DROP ROLE {auditor}"));
}

async fn turn_of(store: &Postgres) -> tower_consent::store::Turn {
    store.turn().await.unwrap()
}

async fn ask(role: &str, text: &str) -> Result<(), String> {
    let place = database().replace("//consent@", &format!("//{role}@"));
    let (client, connection) = tokio_postgres::connect(&place, tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let told =
        |error: tokio_postgres::Error| error.as_db_error().map_or_else(String::new, |told| told.message().to_owned());
    client.batch_execute(text).await.map_err(told)
}

async fn denied(role: &str, text: &str) {
    let error = ask(role, text).await.expect_err(text);
    assert!(error.contains("permission denied") || error.contains("must be owner"), "{text}: {error}");
}

async fn allowed(role: &str, text: &str) {
    ask(role, text).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs a server: tests/database"]
async fn choices_of_an_outage_are_in_the_log_once_and_in_order() {
    let place = place("outbox");
    let folder = tempfile::tempdir().unwrap();
    let store = PostgresOptions::new().with_patience(Duration::from_millis(300)).open(&place).unwrap();
    let outbox = Outbox::open(folder.path().join("outbox")).unwrap();
    let layer = ConsentLayer::with_outbox(policy(), Arc::new(store), outbox).unwrap();
    let site = Site::new().with(|_| layer);
    let first = site.choose("accept", "").await;
    server(&["stop", "-m", "immediate"]);
    let stopped = Stopped;
    let mut cookie = first;
    for number in 0..20 {
        cookie = site.choose(if number % 2 == 0 { "refuse" } else { "accept" }, &cookie).await;
        assert_eq!(site.get("/", &cookie).await.text.contains(METRICS), number % 2 == 1);
    }
    let health = site.handle().health().outbox.unwrap();
    assert_eq!((health.waiting, health.away.is_some()), (20, true));
    drop(stopped);
    let begun = Instant::now();
    while site.handle().health().outbox.unwrap().waiting > 0 {
        assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", site.handle().health());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    println!("shipped {:?} after the server was back", begun.elapsed());
    let store = Postgres::open(&place).unwrap();
    let forms = forms(&store).await;
    assert!(forms.len() == 21 && forms.values().all(|times| *times == 1), "{forms:?}");
    let size = store.head().await.unwrap().size();
    let kinds: Vec<String> = store.read(2..size).await.unwrap().iter().map(kind).collect();
    let wanted: Vec<&str> = (0..21).map(|number| if number % 2 == 0 { "accept" } else { "withdraw" }).collect();
    assert_eq!(kinds, wanted, "in the order in which they were made");
}

fn kind(entry: &tower_consent::audit::Entry) -> String {
    entry.fields().unwrap()["kind"].as_str().unwrap().to_owned()
}

/// A page for a proxy to stand in front of.
fn upstream() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || {
                let mut stream = stream.unwrap();
                let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
                while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
                let page = super::news_site::PAGE;
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    page.len()
                );
                let _ = stream.write_all(format!("{head}{page}").as_bytes());
            });
        }
    });
    format!("http://{address}")
}

/// A server of a site, as an operator starts it.
#[cfg(feature = "proxy")]
struct Node {
    child: Child,
    address: String,
}

#[cfg(feature = "proxy")]
impl Node {
    fn start(place: &str, outbox: &Path, upstream: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        drop(listener);
        let mut child = Command::new(env!("CARGO_BIN_EXE_tower-consent"))
            .args(["serve", "--policy", FOLDER, "--upstream", upstream, "--listen", &address, "--store", place])
            .args(["--outbox", &format!("sled:{}", outbox.display()), "--origin", &format!("http://{address}")])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut told = String::new();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        while !told.contains("ready after") {
            let line = lines.next().unwrap_or_else(|| panic!("it does not start: {told}")).unwrap();
            told.push_str(&line);
        }
        thread::spawn(move || lines.for_each(drop));
        Self { child, address }
    }

    /// Sends a request; returns status, head and body.
    fn ask(&self, request: &str, cookie: &str, body: Option<&str>) -> (u16, String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let address = &self.address;
        let form = body.map_or_else(String::new, |body| {
            let length = body.len();
            format!("content-type: application/x-www-form-urlencoded\r\norigin: http://{address}\r\ncontent-length: {length}\r\n")
        });
        let cookie = if cookie.is_empty() { String::new() } else { format!("cookie: {cookie}\r\n") };
        let head = format!("{request} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n{form}{cookie}\r\n");
        stream.write_all(format!("{head}{}", body.unwrap_or_default()).as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head.to_owned(), body.to_owned())
    }

    /// Accepts as a visitor; returns his cookie and the random part of his form.
    fn accept(&self) -> (String, String) {
        let (_, _, page) = self.ask("GET /_consent/", "", None);
        let token = page.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap();
        let once = token.split('.').nth(5).unwrap().to_owned();
        let (status, head, body) =
            self.ask("POST /_consent/choice", "", Some(&format!("choice=accept&token={token}&back=/")));
        assert_eq!(status, 303, "{head} {body}");
        let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: tower-consent=")).unwrap();
        (format!("tower-consent={}", cookie.split(';').next().unwrap()), once)
    }

    /// SIGKILL.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[cfg(feature = "proxy")]
#[test]
#[ignore = "needs a server: tests/database"]
fn a_node_that_is_killed_and_started_without_the_server_loses_nothing() {
    let place = place("node");
    let folder = tempfile::tempdir().unwrap();
    let (outbox, upstream) = (folder.path().join("outbox"), upstream());
    let mut all = Vec::new();
    let node = Node::start(&place, &outbox, &upstream);
    let (early, once) = node.accept();
    all.push(once);
    server(&["stop", "-m", "immediate"]);
    let stopped = Stopped;
    all.extend((0..3).map(|_| node.accept().1));
    node.kill();
    // Started while the database is away.
    let node = Node::start(&place, &outbox, &upstream);
    let (_, _, page) = node.ask("GET /", &early, None);
    assert!(page.contains(METRICS), "cookies of before are believed: {page}");
    let (status, head, _) = node.ask("POST /_consent/withdraw", &early, Some("back=/"));
    assert_eq!(status, 303, "{head}");
    let (cookie, once) = node.accept();
    all.push(once);
    let (_, _, page) = node.ask("GET /", &cookie, None);
    assert!(page.contains(METRICS), "{page}");
    node.kill();
    let output = Command::new(env!("CARGO_BIN_EXE_tower-consent"))
        .args(["store", "check", "--outbox", &format!("sled:{}", outbox.display())])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && told.contains("waiting   5") && told.contains("0 fault(s)"), "{told}");
    // Killed once more while the database comes back.
    let node = Node::start(&place, &outbox, &upstream);
    drop(stopped);
    thread::sleep(Duration::from_millis(900));
    node.kill();
    let node = Node::start(&place, &outbox, &upstream);
    all.push(node.accept().1);
    let store = Arc::new(Postgres::open(&place).unwrap());
    until("shipped", Duration::from_secs(60), || {
        let forms = pollster::block_on(forms(store.as_ref()));
        all.iter().all(|once| forms.contains_key(once))
    });
    let forms = pollster::block_on(forms(store.as_ref()));
    assert!(forms.len() == all.len() && forms.values().all(|times| *times == 1), "{forms:?}");
    let size = pollster::block_on(store.head()).unwrap().size();
    let kinds: Vec<String> = pollster::block_on(store.read(0..size)).unwrap().iter().map(kind).collect();
    assert_eq!(kinds.iter().filter(|kind| *kind == "withdraw").count(), 1, "{kinds:?}");
    node.kill();
    let (mirror, run) = (folder.path().join("mirror"), |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_tower-consent")).args(arguments).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    });
    run(&["log", "mirror", "--store", &place, "--out", mirror.to_str().unwrap()]);
    let key = run(&["keys", "show", "--store", &place]);
    let verified = run(&["log", "verify", mirror.to_str().unwrap(), "--key", key.trim()]);
    assert!(verified.contains("0 finding(s)"), "{verified}");
}
