//! Death at any moment: nothing that was answered may be missing afterwards.

use std::{
    collections::HashSet,
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use tower_consent::{
    signal::VisitorId,
    store::{ConsentStore, Sled, SledOptions, tree},
};

use crate::{damage::copy, programs::Random};

/// Counts the answered choices that a store does not have. The log's tree is derived again from its entries.
fn missing(store: &Sled, answered: &HashSet<String>) -> u64 {
    let tree = pollster::block_on(tree(store)).expect("the head is the tree over the entries");
    let entries = pollster::block_on(store.head()).unwrap().size();
    assert_eq!(tree.size(), entries);
    let mut places = HashSet::new();
    let mut missing = 0;
    for visitor in answered {
        let found = pollster::block_on(store.by_visitor(VisitorId::parse(visitor).expect("an id"))).unwrap();
        match found[..] {
            [place] => assert!(place < entries && places.insert(place), "two visitors at one place"),
            [] => missing += 1,
            _ => panic!("one choice was written {} times", found.len()),
        }
    }
    missing
}

/// `verify`: for the power cut, which needs a file system and so another script.
pub(crate) fn verify(folder: &Path, answered: &Path) -> bool {
    let text = fs::read_to_string(answered).unwrap();
    let answered: HashSet<String> =
        text.lines().filter(|line| VisitorId::parse(line).is_some()).map(str::to_owned).collect();
    match Sled::open(folder) {
        Ok(store) => {
            let missing = missing(&store, &answered);
            println!("answered {} missing {missing}", answered.len());
            missing == 0
        }
        Err(error) => {
            println!("answered {} missing {} {error}", answered.len(), answered.len());
            false
        }
    }
}

/// `kill`.
pub(crate) fn cycles(folder: &Path, cycles: u64, clients: u64) -> bool {
    let mut random = Random::seeded();
    let (mut all, mut lost, mut slowest) = (HashSet::new(), 0, Duration::ZERO);
    for cycle in 0..cycles {
        let mut worker = Command::new(std::env::current_exe().unwrap())
            .args(["serve".as_ref(), folder.as_os_str(), clients.to_string().as_ref()])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(worker.stdout.take().unwrap());
        let reader = thread::spawn(move || output.lines().map_while(Result::ok).collect::<Vec<String>>());
        thread::sleep(Duration::from_millis(60 + random.below(500)));
        worker.kill().unwrap();
        worker.wait().unwrap();
        let lines = reader.join().unwrap();
        assert!(!lines.iter().any(|line| line.starts_with("odd ")), "an odd answer");
        let answered: HashSet<String> = lines.into_iter().filter(|line| VisitorId::parse(line).is_some()).collect();
        let started = Instant::now();
        let store = Sled::open(folder).unwrap();
        slowest = slowest.max(started.elapsed());
        lost += missing(&store, &answered);
        all.extend(answered);
        drop(store);
        if cycle % 50 == 49 || cycle + 1 == cycles {
            let check = Sled::check(folder, &SledOptions::new()).unwrap();
            assert!(check.faults.is_empty(), "{:?}", check.faults);
            let store = Sled::open(folder).unwrap();
            lost += missing(&store, &all);
            println!(
                "kill: cycle {} answered {} lost {lost} entries {} slowest open {slowest:?}",
                cycle + 1,
                all.len(),
                check.entries
            );
        }
    }
    lost == 0
}

/// Calls that write, each with its own count in a thread.
pub(crate) const CALLS: [&str; 12] = [
    "write",
    "pwrite64",
    "fsync",
    "fdatasync",
    "sync_file_range",
    "rename",
    "openat",
    "ftruncate",
    "unlink",
    "mkdir",
    "fallocate",
    "chmod",
];

/// What stands in the error output of a run that had to be ended.
pub(crate) const HUNG: &str = "ended after a minute without an end of its own";

/// Runs `once` under strace with an injection; returns the lines it told and whether it was killed. A run that does
/// not end is ended after a minute.
pub(crate) fn strace(folder: &Path, injection: &str, events: u64) -> (Vec<String>, std::process::ExitStatus, String) {
    let call = injection.split(':').next().unwrap_or_default();
    let mut child = Command::new("strace")
        .args([
            "-f",
            "-qq",
            "-o",
            "/dev/null",
            "-e",
            &format!("trace={call}"),
            "-e",
            &format!("inject={injection}"),
            "--",
        ])
        .arg(std::env::current_exe().unwrap())
        .args(["once".as_ref(), folder.as_os_str(), events.to_string().as_ref()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("strace is installed");
    let started = Instant::now();
    let mut hung = "";
    while child.try_wait().unwrap().is_none() {
        if started.elapsed() > Duration::from_secs(60) {
            hung = HUNG;
            let id = child.id();
            let traced = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
            let ended = Command::new("kill").arg("-KILL").args(traced.split_whitespace()).status();
            assert!(ended.is_ok_and(|status| status.success()), "the run can be ended");
            break;
        }
        thread::sleep(Duration::from_millis(5));
    }
    // What it tells is far less than a pipe holds.
    let output = child.wait_with_output().unwrap();
    let lines = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
    (lines, output.status, format!("{hung}{}", String::from_utf8_lossy(&output.stderr)))
}

/// `crashpoints`.
pub(crate) fn points(folder: &Path, points: u64, whole: u64) -> bool {
    let (mut killed, mut lost, mut runs) = (0, 0, 0);
    let filled = Filled::beside(folder, whole);
    for fresh in [true, false] {
        for call in CALLS {
            let mut here = 0;
            for point in 1..=points {
                let place = folder.join("store");
                let _ = fs::remove_dir_all(folder);
                fs::create_dir_all(folder).unwrap();
                let mut answered = HashSet::new();
                if !fresh {
                    answered = filled.copy_to(&place);
                }
                let (lines, status, _) = strace(&place, &format!("{call}:signal=KILL:when={point}"), 20);
                answered.extend(lines.into_iter().filter(|line| VisitorId::parse(line).is_some()));
                runs += 1;
                if status.success() {
                    break;
                }
                here += 1;
                // Of a store that was not made yet, a check tells that it is none.
                let found = if fresh { starts_in_order(&place, &answered) } else { in_order(&place, &answered) };
                if let Err(error) = found {
                    println!("crashpoints: {call} {point} fresh={fresh}: {error}");
                    lost += 1;
                }
            }
            println!("crashpoints: {call:<16} fresh={fresh:<5} killed at {here} points");
            killed += here;
        }
    }
    filled.remove();
    println!("crashpoints: {runs} runs, {killed} killed, {lost} not in order");
    lost == 0
}

/// A store that is about to write a segment, to begin runs with.
pub(crate) struct Filled {
    folder: PathBuf,
    answered: HashSet<String>,
}

impl Filled {
    /// Makes it beside a folder, with so many segments nearly whole.
    pub(crate) fn beside(folder: &Path, whole: u64) -> Self {
        let mut name = folder.file_name().unwrap().to_owned();
        name.push("-filled");
        let folder = folder.with_file_name(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        let mut answered = HashSet::new();
        // With a snapshot of the database, and with a log behind it.
        for _ in 0..2 {
            assert!(quiet_once(&folder.join("store"), 5, &mut answered));
        }
        crate::site::fill(&folder.join("store"), whole);
        Self { folder, answered }
    }

    /// Puts a copy at a place; returns the visitors that were answered.
    pub(crate) fn copy_to(&self, place: &Path) -> HashSet<String> {
        copy(&self.folder.join("store"), place);
        fs::copy(self.folder.join("store.anchor"), place.with_file_name("store.anchor")).unwrap();
        self.answered.clone()
    }

    pub(crate) fn remove(self) {
        fs::remove_dir_all(self.folder).unwrap();
    }
}

/// Appends without disturbance; says whether all was answered.
pub(crate) fn quiet_once(place: &Path, events: u64, answered: &mut HashSet<String>) -> bool {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["once".as_ref(), place.as_os_str(), events.to_string().as_ref()])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    answered.extend(text.lines().filter(|line| VisitorId::parse(line).is_some()).map(str::to_owned));
    output.status.success()
}

/// Says whether a store has all that was answered, and is in order.
pub(crate) fn in_order(place: &Path, answered: &HashSet<String>) -> Result<(), String> {
    let check = Sled::check(place, &SledOptions::new()).map_err(|error| error.to_string())?;
    if let Some(fault) = check.faults.first() {
        return Err(fault.to_string());
    }
    starts_in_order(place, answered)
}

/// Says the same of a store that is opened first.
fn starts_in_order(place: &Path, answered: &HashSet<String>) -> Result<(), String> {
    let store = Sled::open(place).map_err(|error| error.to_string())?;
    let missing = missing(&store, answered);
    drop(store);
    // What the start has mended is in order, too.
    let check = Sled::check(place, &SledOptions::new()).map_err(|error| error.to_string())?;
    match (missing, check.faults.first()) {
        (0, None) => Ok(()),
        (0, Some(fault)) => Err(format!("after a start: {fault}")),
        (missing, _) => Err(format!("{missing} lost")),
    }
}
