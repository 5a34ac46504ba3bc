//! Exports of long logs: how fast, and with how much memory.

use std::{fs, path::Path, sync::Arc, time::Instant};

use time::Duration;
use tower::ServiceExt;
use tower_consent::{
    Policy,
    clock::{Clock, SystemClock},
    export::{Export, Format, Level},
    record::{Kind, Record},
    recorder::Log,
    signal::VisitorId,
    store::{ConsentStore, Sled},
};

use crate::{
    programs::{Counted, Random, peak},
    site,
};

/// Seconds of processor time this process has used: what other programs do beside it does not count.
fn used() -> f64 {
    let text = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = text.rsplit(')').next().unwrap().split_whitespace().collect();
    // User and system time, in hundredths of a second (proc_pid_stat(5), fields 14 and 15).
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

/// `visitors`: a log of choices as visitors make them, under a policy whose texts are kept.
pub(crate) fn fill(folder: &Path, events: u64) -> bool {
    let policy = Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site")).unwrap();
    let version = policy.version().to_owned();
    // The layer publishes the texts, and counts what its gate does.
    let service = site::service(site::open(folder));
    for _ in 0..20 {
        let request = http::Request::get("/").body(http_body_util::Full::default()).unwrap();
        pollster::block_on(service.clone().oneshot(request)).unwrap();
    }
    drop(service);
    let store = Arc::new(site::open(folder));
    let started = Instant::now();
    let mut random = Random::seeded();
    pollster::block_on(async {
        let list = store.document(format!("policy/{version}")).await.unwrap().unwrap();
        let list = String::from_utf8(list).unwrap();
        let shown = |name: &str| {
            let line = list.lines().find(|line| line.ends_with(&format!("  shown/{name}"))).unwrap();
            line[..64].to_owned()
        };
        let texts =
            ["ru", "en"].map(|tag| (tag, shown(&format!("{tag}/banner.html")), shown(&format!("{tag}/consent.html"))));
        let mut log = Log::open_existing(store.clone()).await.unwrap();
        let mut written = log.head().await.unwrap().size();
        // Forty days, so that there is something to see by day.
        let step = Duration::days(40) / u32::try_from(events).unwrap().max(1);
        let start = SystemClock.now() - Duration::days(40);
        while written < events {
            let mut batch = Vec::new();
            for number in written..events.min(written + 256) {
                let kind = match random.below(10) {
                    0..4 => Kind::Accept,
                    4..7 => Kind::Refuse,
                    7..9 => Kind::Partial,
                    _ => Kind::Withdraw,
                };
                let mut record = Record::of(kind, start + step * u32::try_from(number).unwrap(), &version);
                let mut bits = [7; 16];
                bits[..8].copy_from_slice(&random.below(events.max(4) / 2).to_be_bytes());
                record.visitor = Some(VisitorId::from_random(bits));
                let granted = kind == Kind::Accept;
                record.purposes = [
                    ("metrics".parse().unwrap(), granted || kind == Kind::Partial),
                    ("recommendations".parse().unwrap(), granted),
                ]
                .into();
                let (language, notice, consent) = &texts[usize::from(random.below(5) == 0)];
                record.language = Some((*language).to_owned());
                (record.notice, record.consent) = (Some(notice.clone()), Some(consent.clone()));
                (record.method, record.source, record.by) = ("form", "banner", "subject");
                (record.basis, record.origin_check) = (Some("consent"), Some("same-origin"));
                record.jurisdiction = vec!["ru".to_owned()];
                record.expires = Some(record.time + Duration::days(180));
                record.once = Some(format!("{number:022}"));
                record.page = Some(format!("/news/{number}"));
                batch.push(record);
            }
            written += batch.len() as u64;
            log.append(batch).await.unwrap();
            while store.tidy().await.unwrap() {}
        }
    });
    println!("visitors: {events} events in {:?}", started.elapsed());
    true
}

/// `export`: every form once, written to nowhere; the export is not recorded, so that a run can be repeated.
pub(crate) fn figures(folder: &Path) -> bool {
    let store = Arc::new(Sled::open_existing(folder).unwrap());
    println!("export: opened, {} MiB of memory at most", peak());
    for (format, level) in [
        (Format::JsonLines, Level::Regulator),
        (Format::Csv, Level::Regulator),
        (Format::Zip, Level::Regulator),
        (Format::Zip, Level::Internal),
        (Format::Zip, Level::Public),
    ] {
        let (started, before) = (Instant::now(), used());
        let mut out = Counted::default();
        let export = Export::new(store.clone(), level).format(format);
        let written = export.write(&mut out, &mut |_| {}).unwrap();
        let taken = started.elapsed();
        let processor = (used() - before).max(0.01);
        println!(
            "export: {:<5} {:<9} {} events in {taken:.2?}, {processor:.2} s of processor time: {:.0} a second of it; {} MiB, \
             {} MiB of memory at most",
            format.as_str(),
            level.as_str(),
            written.size,
            written.size as f64 / processor,
            out.0 >> 20,
            peak()
        );
    }
    true
}
