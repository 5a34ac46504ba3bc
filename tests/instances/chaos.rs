//! Death at any moment, of instances and of the database: what was answered is in the log, once, and the log is whole.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use tower_consent::{
    audit::leaf_hash,
    mirror,
    recorder::Log,
    store::{ConsentStore, Postgres, tree},
};

use crate::{place, programs::Random};

const INSTANCES: usize = 4;
const CLIENTS: u64 = 4;

/// What instances were heard to have answered: whose choice, where it is, the text of its entry.
type Answered = Arc<Mutex<Vec<(String, Option<u64>, String)>>>;

struct Node {
    child: Child,
    reader: JoinHandle<u64>,
}

impl Node {
    fn start(place: &str, folder: &Path, answered: &Answered) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["node", place, folder.to_str().unwrap(), &CLIENTS.to_string()])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (lines, answered) = (BufReader::new(child.stdout.take().unwrap()).lines(), answered.clone());
        let reader = thread::spawn(move || {
            let mut refused = 0;
            for line in lines.map_while(Result::ok) {
                match line.splitn(4, ' ').collect::<Vec<_>>()[..] {
                    [_, visitor, place, entry] => {
                        let answer = (visitor.to_owned(), place.parse().ok(), entry.to_owned());
                        answered.lock().unwrap().push(answer);
                    }
                    ["503"] => refused += 1,
                    _ => panic!("an odd answer: {line}"),
                }
            }
            refused
        });
        Self { child, reader }
    }

    /// SIGKILL; returns how many choices were refused.
    fn kill(mut self) -> u64 {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.reader.join().unwrap()
    }
}

fn server(arguments: &[&str]) {
    let ctl = std::env::var("PGCTL").expect("run it by tests/database");
    assert!(Command::new(ctl).args(arguments).status().unwrap().success(), "{arguments:?}");
}

/// `chaos`.
pub(crate) fn run(seconds: u64) -> bool {
    let mut random = Random::seeded();
    let (place, room) = (place("chaos"), tempfile::tempdir().unwrap());
    drop(Postgres::open(&place).unwrap());
    let answered: Answered = Arc::default();
    let folder = |number: usize| room.path().join(format!("outbox-{number}"));
    let mut nodes: Vec<Node> = (0..INSTANCES).map(|number| Node::start(&place, &folder(number), &answered)).collect();
    let (mut kills, mut stops, mut refused) = (0, 0, 0);
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(seconds) {
        thread::sleep(Duration::from_millis(300 + random.below(1500)));
        // An instance that ended by itself could not start yet.
        for (number, node) in nodes.iter_mut().enumerate() {
            if node.child.try_wait().unwrap().is_some() {
                let next = Node::start(&place, &folder(number), &answered);
                refused += std::mem::replace(node, next).kill();
            }
        }
        if random.below(8) == 0 {
            server(&["stop", "-m", "immediate"]);
            stops += 1;
            // Some of the instances die and start while the database is away.
            for _ in 0..random.below(3) {
                thread::sleep(Duration::from_millis(random.below(900)));
                let number = random.below(INSTANCES as u64) as usize;
                refused += nodes.remove(number).kill();
                nodes.insert(number, Node::start(&place, &folder(number), &answered));
                kills += 1;
            }
            thread::sleep(Duration::from_millis(random.below(2500)));
            server(&["start", "--wait"]);
        } else {
            let number = random.below(INSTANCES as u64) as usize;
            refused += nodes.remove(number).kill();
            nodes.insert(number, Node::start(&place, &folder(number), &answered));
            kills += 1;
        }
    }
    for node in nodes {
        refused += node.kill();
    }
    // What waits is shipped by instances that take no choices.
    for number in 0..INSTANCES {
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["drain", &place, folder(number).to_str().unwrap()])
            .status()
            .unwrap();
        assert!(status.success(), "outbox {number} is not empty");
    }
    let answered = answered.lock().unwrap();
    println!(
        "chaos: {INSTANCES} instances, {:.0} s, {kills} of them killed, {stops} times the database; {} choices answered, {refused} refused",
        begun.elapsed().as_secs_f64(),
        answered.len()
    );
    pollster::block_on(judge(&place, room.path(), &answered))
}

async fn judge(place: &str, room: &Path, answered: &[(String, Option<u64>, String)]) -> bool {
    let store = Arc::new(Postgres::open(place).unwrap());
    let size = tree(store.as_ref()).await.expect("the head is the tree over the entries").size();
    let mut times: HashMap<String, u32> = HashMap::new();
    let mut leaves = Vec::new();
    for start in (0..size).step_by(4096) {
        for entry in store.read(start..size.min(start + 4096)).await.unwrap() {
            if let Some(subject) = entry.disclosed().unwrap().get("subject").and_then(|subject| subject.as_str()) {
                *times.entry(subject.to_owned()).or_default() += 1;
            }
            leaves.push(entry.leaf);
        }
    }
    assert_eq!(leaves.len() as u64, size, "there is no gap");
    let lost = answered.iter().filter(|(visitor, _, _)| !times.contains_key(visitor)).count();
    let twice = times.values().filter(|times| **times > 1).count();
    // A receipt that names another entry than the log has there would be of a fork.
    let forked = answered
        .iter()
        .filter(|(_, place, entry)| {
            place.is_some_and(|place| leaves.get(place as usize).is_none_or(|leaf| leaf != entry.as_bytes()))
        })
        .count();
    let kept: std::collections::HashSet<_> = leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
    let (later, changed) =
        answered.iter().filter(|(_, place, _)| place.is_none()).fold((0, 0), |(all, changed), (_, _, entry)| {
            (all + 1, changed + u32::from(!kept.contains(&leaf_hash(entry.as_bytes()))))
        });
    let mut log = Log::open_existing(store.clone()).await.unwrap();
    let folder = room.join("mirror");
    mirror::advance(&mut log, store.clone(), &folder, false).await.unwrap();
    let verified = mirror::verify(&folder, &[log.key().verifier().clone()]).unwrap();
    println!(
        "chaos: {size} events in the log; lost {lost}, written twice {twice}, at another place than the receipt says {forked}; of {later} that \
         waited in an outbox {changed} changed; findings of `log verify` {}",
        verified.findings.len()
    );
    lost == 0 && twice == 0 && forked == 0 && changed == 0 && verified.findings.is_empty()
}
