//! Speed, size and memory over PostgreSQL.

use std::{
    fs,
    io::{self, BufRead, BufReader, Write},
    process::{Child, ChildStdout, Command, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use tower_consent::{
    ConsentLayer,
    clock::{Clock, SystemClock},
    export::{Export, Format, Level},
    record::{Kind, Record},
    recorder::Log,
    signal::VisitorId,
    store::{ConsentStore, Postgres},
};

use crate::{
    place,
    programs::{Counted, peak, policy},
};

/// Choices under way at once in each instance.
const CLIENTS: u64 = 64;

/// Asks the database for one number.
fn number(text: &str) -> f64 {
    let database = std::env::var("TOWER_CONSENT_POSTGRES").unwrap();
    let text = text.to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(&database, tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        let rows = client.simple_query(&text).await.unwrap();
        let number = rows.iter().find_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
            _ => None,
        });
        number.unwrap_or(0.0)
    })
}

/// `pgbench` with rows of the size an event takes, each insert a commit of its own, as its users do; a second.
fn pgbench(clients: u64, seconds: u64) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("insert.sql");
    fs::write(&script, "INSERT INTO bench_rows (leaf) VALUES (decode(repeat(md5(random()::text), 53), 'hex'));")
        .unwrap();
    number("CREATE TABLE IF NOT EXISTS bench_rows (place bigserial PRIMARY KEY, leaf bytea NOT NULL)");
    let bin = std::env::var("POSTGRES_BIN").expect("run it by tests/database");
    let output = Command::new(format!("{bin}/pgbench"))
        .args([
            "--no-vacuum",
            "--client",
            &clients.to_string(),
            "--jobs",
            "2",
            "--time",
            &seconds.to_string(),
            "--file",
        ])
        .arg(&script)
        .arg(std::env::var("TOWER_CONSENT_POSTGRES").unwrap())
        .output()
        .expect("Debian's package postgresql-client has pgbench");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let line = text.lines().find(|line| line.starts_with("tps = ")).expect("pgbench tells");
    line.split_whitespace().nth(2).unwrap().parse().unwrap()
}

/// Waits for one line of a process.
fn line(lines: &mut io::Lines<BufReader<ChildStdout>>) -> String {
    lines.next().expect("it lives").unwrap()
}

/// `throughput`.
pub(crate) fn throughput(seconds: u64) -> bool {
    let mut good = true;
    for instances in [1_u64, 2, 4] {
        let place = place(&format!("speed{instances}"));
        drop(ConsentLayer::new(policy(), Postgres::open(&place).unwrap()).unwrap());
        let mut children: Vec<(Child, io::Lines<_>)> = (0..instances)
            .map(|_| {
                let mut child = Command::new(std::env::current_exe().unwrap())
                    .args(["bench", &place, &CLIENTS.to_string(), &seconds.to_string()])
                    .stdin(Stdio::piped())
                    .stdout(Stdio::piped())
                    .spawn()
                    .unwrap();
                let lines = BufReader::new(child.stdout.take().unwrap()).lines();
                (child, lines)
            })
            .collect();
        children.iter_mut().for_each(|(_, lines)| assert_eq!(line(lines), "ready"));
        for (child, _) in &mut children {
            child.stdin.take().unwrap().write_all(b"go\n").unwrap();
        }
        let counts: Vec<u64> = children.iter_mut().map(|(_, lines)| line(lines).parse().unwrap()).collect();
        children.iter_mut().for_each(|(child, _)| drop(child.wait()));
        let total: u64 = counts.iter().sum();
        let size = pollster::block_on(Postgres::open(&place).unwrap().head()).unwrap().size();
        good &= size >= total;
        let (few, many) = (pgbench(instances, seconds), pgbench(instances * CLIENTS.min(20), seconds));
        println!(
            "throughput: {instances} instance(s) of {CLIENTS} choices at once: {:.0} choices a second {counts:?}; pgbench, an insert a commit: \
             {few:.0} a second of {instances} client(s), {many:.0} of {}",
            total as f64 / seconds as f64,
            instances * CLIENTS.min(20)
        );
    }
    good
}

/// Fills a log with choices as visitors make them, under a policy whose texts are kept.
fn fill(place: &str, events: u64) {
    let policy = policy();
    let version = policy.version().to_owned();
    let store = Arc::new(Postgres::open(place).unwrap());
    drop(ConsentLayer::shared(policy, store.clone()).unwrap());
    let begun = Instant::now();
    pollster::block_on(async {
        let mut log = Log::open_existing(store.clone()).await.unwrap();
        let mut written = log.head().await.unwrap().size();
        let now = SystemClock.now() - time::Duration::days(1);
        let hash = |digit: &str| Some(digit.repeat(64));
        while written < events {
            let batch = (written..events.min(written + 1024)).map(|number| {
                let mut bits = [7; 16];
                bits[..8].copy_from_slice(&number.to_be_bytes());
                let mut record = Record::of(Kind::Partial, now, &version);
                record.visitor = Some(VisitorId::from_random(bits));
                record.purposes =
                    [("metrics".parse().unwrap(), true), ("recommendations".parse().unwrap(), number % 2 == 0)].into();
                (record.notice, record.consent) = (hash("6"), hash("7"));
                record.language = Some("ru".to_owned());
                (record.method, record.source, record.by) = ("form", "banner", "subject");
                (record.basis, record.origin_check) = (Some("consent"), Some("same-origin"));
                record.jurisdiction = vec!["ru".to_owned()];
                record.expires = Some(now + time::Duration::days(180));
                record.once = Some(format!("{number:022}"));
                record.page = Some(format!("/news/2026/11/25/{number}"));
                record
            });
            let batch: Vec<Record> = batch.collect();
            written += batch.len() as u64;
            log.append(batch).await.unwrap();
            while store.tidy().await.unwrap() {}
        }
    });
    let taken = begun.elapsed();
    println!("fill: {events} events in {taken:.1?}, {:.0} a second", events as f64 / taken.as_secs_f64());
}

/// `sizes`.
pub(crate) fn sizes(events: u64) -> bool {
    let place = place("sizes");
    fill(&place, events);
    let schema = place.split_once("?schema=").unwrap().1;
    number("VACUUM");
    let mut sum = 0.0;
    for table in ["entries", "lasting", "brief"] {
        let bytes = number(&format!(
            "SELECT sum(pg_table_size(c.oid) + pg_indexes_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
             WHERE n.nspname = '{schema}' AND c.relkind = 'r' AND c.relname LIKE '{table}\\_%'"
        ));
        let each = bytes / events as f64;
        sum += each;
        println!("sizes: {table:<8} {each:>6.0} bytes of an event, tables and their indexes");
    }
    println!(
        "sizes: a million visitors with one choice each {:.2} GB, on paper; a billion events {:.2} TB",
        sum * 1e6 / 1e9,
        sum * 1e9 / 1e12
    );
    sum > 0.0
}

/// `export`: a tenth first, so that it shows whether memory grows with the log.
pub(crate) fn export(events: u64) -> bool {
    let place = place("export");
    let mut peaks = Vec::new();
    for events in [events / 10, events] {
        fill(&place, events);
        let output = Command::new(std::env::current_exe().unwrap()).args(["write", &place]).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        print!("{text}");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let peak = text.lines().last().unwrap().split_whitespace().rev().nth(1).unwrap();
        peaks.push(peak.parse::<u64>().unwrap());
    }
    // Ten times the events may not take twice the memory.
    let constant = peaks[1] < 2 * peaks[0];
    println!(
        "export: {} MiB at most of a tenth, {} MiB of all: {}",
        peaks[0],
        peaks[1],
        if constant { "constant" } else { "GROWS" }
    );
    constant
}

/// `write`: in a process of its own, whose memory is that of the export alone.
pub(crate) fn write(place: &str) -> bool {
    let store = Arc::new(Postgres::open_existing(place).unwrap());
    for format in [Format::JsonLines, Format::Zip] {
        let begun = Instant::now();
        let mut out = Counted(0);
        let written = Export::new(store.clone(), Level::Regulator).format(format).write(&mut out, &mut |_| {}).unwrap();
        let taken = begun.elapsed();
        println!(
            "export: {:<5} {} events in {taken:.1?}, {:.0} a second; {} MiB written, memory at most {} MiB",
            format.as_str(),
            written.size,
            written.size as f64 / taken.as_secs_f64(),
            out.0 >> 20,
            peak()
        );
    }
    // What is still under way in the store ends with it.
    thread::sleep(Duration::from_millis(50));
    true
}
