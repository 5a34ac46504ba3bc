//! Damage at rest: `store check` finds it, or it changes nothing.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

use sha2::{Digest, Sha256};
use tower_consent::{
    clock::{Clock, SystemClock},
    recorder::Log,
    store::{ConsentStore, Erasure, Sled, SledOptions},
};

use crate::{programs::Random, site};

/// `check`: the faults a check finds, and a hash over everything the store gives.
pub(crate) fn check(folder: &Path) -> bool {
    // The panics of the database are caught; what they print would hide the result.
    std::panic::set_hook(Box::new(|_| {}));
    let check = Sled::check(folder, &SledOptions::new()).unwrap();
    for fault in check.faults.iter().take(3) {
        println!("fault {fault}");
    }
    if check.faults.is_empty() {
        let whole = std::panic::catch_unwind(|| content(&site::open(folder)));
        println!("whole {}", whole.unwrap_or_else(|cause| format!("{:?}", cause.downcast_ref::<String>())));
    }
    true
}

fn content(store: &Sled) -> String {
    let mut hash = Sha256::new();
    pollster::block_on(async {
        let head = store.head().await.unwrap();
        hash.update(head.encode());
        for entry in store.read(0..head.size()).await.unwrap() {
            hash.update(&entry.leaf);
            entry.disclosures.iter().chain(&entry.brief).for_each(|disclosure| hash.update(disclosure));
            if let Some(visitor) = entry.disclosed().unwrap().get("subject").and_then(|value| value.as_str()) {
                let visitor = tower_consent::signal::VisitorId::parse(visitor).unwrap();
                hash.update(format!("{:?}", store.by_visitor(visitor).await.unwrap()));
            }
        }
        for name in store.documents().await.unwrap() {
            hash.update(store.document(name).await.unwrap().unwrap());
        }
        hash.update(format!("{:?}", store.notes(String::new()).await.unwrap()));
        hash.update(format!("{:?}", store.secrets(String::new()).await.unwrap()));
    });
    base16ct::lower::encode_string(&hash.finalize())
}

/// A store with everything in it: segments, erased visitors, expired values, texts, notes.
fn make(folder: &Path, reopened: bool) {
    let store = Arc::new(Sled::open(folder).unwrap());
    pollster::block_on(async {
        let now = SystemClock.now();
        for text in ["6f2b1a0c9d8e7f60", "7f2b1a0c9d8e7f60"] {
            store.put_document(format!("text/{text}"), text.repeat(500).into_bytes()).await.unwrap();
        }
        let mut log = Log::open(store.clone(), "faults.example/consent", now).await.unwrap();
        for round in 0..48_u32 {
            let mut visitors = Vec::new();
            let records = (0..if round < 46 { 100 } else { 1 }).map(|_| {
                let (mut record, visitor) = site::record(now);
                (record.notice, record.consent) = (None, None);
                visitors.push(visitor);
                record
            });
            log.append(records.collect()).await.unwrap();
            if round % 10 == 3 {
                log.erase(visitors[0], "asked by the visitor", now).await.unwrap().unwrap();
            }
            store.put_note(format!("round/{round}"), vec![7; 100]).await.unwrap();
        }
        while store.tidy().await.unwrap() {}
        store.erase(Erasure::Expired(now)).await.unwrap();
        drop(log);
    });
    drop(store);
    if reopened {
        // From the second start on there is a snapshot.
        drop(Sled::open(folder).unwrap());
    }
}

/// Files that hold nothing of the log, nor anything that anybody was told is kept.
const ROOM: [&str; 2] = ["ballast", "aside"];

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &target),
            false if ROOM.iter().any(|room| path.ends_with(room)) => fs::write(target, b"").unwrap(),
            false => drop(fs::copy(&path, target).unwrap()),
        }
    }
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.metadata().unwrap().len() > 0 && !ROOM.iter().any(|room| path.ends_with(room)) {
            found.push(path);
        }
    }
}

/// What a damaged store turned out to be.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Found(String),
    Harmless,
    Silent(String),
    Ended(String),
}

fn judge(place: &Path, whole: &str) -> Verdict {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["check".as_ref(), place.as_os_str()])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let started = Instant::now();
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if started.elapsed() > Duration::from_secs(60) => {
                child.kill().unwrap();
                child.wait().unwrap();
                return Verdict::Ended("it hung for a minute".to_owned());
            }
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    match text.lines().next() {
        _ if !status.success() => Verdict::Ended(status.to_string()),
        Some(line) if line.starts_with("fault") => Verdict::Found(line.to_owned()),
        Some(line) if line == format!("whole {whole}") => Verdict::Harmless,
        Some(line) => Verdict::Silent(line.to_owned()),
        None => Verdict::Ended("it told nothing".to_owned()),
    }
}

/// `damage`.
pub(crate) fn run(folder: &Path, flips: u64, cuts: u64, pages: u64) -> bool {
    let mut random = Random::seeded();
    let mut good = true;
    for reopened in [false, true] {
        let _ = fs::remove_dir_all(folder);
        fs::create_dir_all(folder).unwrap();
        let whole = folder.join("whole");
        make(&whole.join("store"), reopened);
        // Opening writes: what the content is, a copy tells.
        let trial = folder.join("trial");
        copy(&whole, &trial);
        let content = content(&Sled::open(trial.join("store")).unwrap());
        let mut all = Vec::new();
        files(&whole, &mut all);
        all.sort();
        for (what, count) in [("flip", flips / 2), ("cut", cuts / 2), ("page", pages / 2)] {
            let (mut found, mut harmless, mut bad) = (0_u64, 0_u64, 0_u64);
            for number in 0..count {
                fs::remove_dir_all(&trial).unwrap();
                copy(&whole, &trial);
                // By size, so that the data gets most of it; every third anywhere, so that small files get theirs.
                let sizes: Vec<u64> = all.iter().map(|path| path.metadata().unwrap().len()).collect();
                let total: u64 = sizes.iter().sum();
                let (file, place) = if number % 3 == 0 {
                    let file = random.below(all.len() as u64) as usize;
                    (file, random.below(sizes[file]))
                } else {
                    let mut place = random.below(total);
                    let mut file = 0;
                    while place >= sizes[file] {
                        place -= sizes[file];
                        file += 1;
                    }
                    (file, place)
                };
                let target = trial.join(all[file].strip_prefix(&whole).unwrap());
                let mut bytes = fs::read(&target).unwrap();
                let place = place as usize;
                match what {
                    "flip" => bytes[place] ^= 1 << random.below(8),
                    "cut" => bytes.truncate(place),
                    _ => {
                        let from = place / 4096 * 4096;
                        let to = bytes.len().min(from + 4096);
                        bytes[from..to].fill(0);
                    }
                }
                fs::write(&target, &bytes).unwrap();
                let name = all[file].strip_prefix(&whole).unwrap().display();
                match judge(&trial.join("store"), &content) {
                    Verdict::Found(_) => found += 1,
                    Verdict::Harmless => harmless += 1,
                    verdict => {
                        bad += 1;
                        println!("damage: {what} at {place} of {name}: {verdict:?}");
                    }
                }
            }
            println!(
                "damage: {what:<4} snapshot={reopened:<5} {count} tried, {found} found, {harmless} harmless, {bad} not"
            );
            good &= bad == 0;
        }
    }
    good
}
