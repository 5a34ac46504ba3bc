//! Speed and size.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use http::StatusCode;
use tokio::sync::{mpsc, oneshot};
use tower_consent::{
    clock::{Clock, SystemClock},
    recorder::Log,
    store::{ConsentStore, Sled, SledOptions, tree},
};

use crate::site;

fn memory() -> u64 {
    let text = fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() >> 10
}

fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { size(&path) } else { path.metadata().unwrap().len() }).sum()
}

/// `load`.
pub(crate) fn fill(folder: &Path, events: u64, cache: Option<u64>) -> bool {
    let started = Instant::now();
    let options = cache.map_or_else(SledOptions::new, |cache| SledOptions::new().with_cache(cache));
    let store = Arc::new(options.open(folder).unwrap());
    pollster::block_on(async {
        let mut log = Log::open(store.clone(), "faults.example/consent", SystemClock.now()).await.unwrap();
        let mut written = log.head().await.unwrap().size();
        while written < events {
            let now = SystemClock.now();
            let count = 256.min(events - written);
            log.append((0..count).map(|_| site::record(now).0).collect()).await.unwrap();
            written += count;
            while store.tidy().await.unwrap() {}
            if written % (1 << 18) < 256 {
                println!("load: {written} events {:?} {} MiB of memory", started.elapsed(), memory());
            }
        }
    });
    let taken = started.elapsed();
    println!(
        "load: {events} events in {taken:?}, {:.0} a second, {} MiB of memory",
        events as f64 / taken.as_secs_f64(),
        memory()
    );
    let closing = Instant::now();
    drop(store);
    let bytes = size(folder);
    println!(
        "load: closed in {:?}; {} MiB on disk, {:.0} bytes an event",
        closing.elapsed(),
        bytes >> 20,
        bytes as f64 / events as f64
    );
    true
}

/// `open`.
pub(crate) fn open(folder: &Path) -> bool {
    let started = Instant::now();
    let store = Sled::open(folder).unwrap();
    let opened = started.elapsed();
    let tree = pollster::block_on(tree(&store)).unwrap();
    let derived = started.elapsed();
    let read = Instant::now();
    let size = tree.size();
    for part in 0..100 {
        let place = size / 100 * part;
        assert_eq!(pollster::block_on(store.read(place..place + 1)).unwrap().len(), 1);
    }
    println!(
        "open: {size} events in {opened:?}, with its tree {derived:?}, {} MiB of memory; one event read in {:?}",
        memory(),
        read.elapsed() / 100
    );
    true
}

fn figures(name: &str, clients: u64, count: u64, taken: Duration, mut times: Vec<Duration>) -> f64 {
    times.sort();
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize];
    let rate = count as f64 / taken.as_secs_f64();
    println!(
        "throughput: {name:<14} {clients:>5} at once: {rate:>8.0} a second, p50 {:?} p99 {:?} max {:?}",
        at(0.5),
        at(0.99),
        times[times.len() - 1]
    );
    rate
}

/// The same group commit on a plain file: what the disk and the runtime can do.
async fn raw(folder: &Path, clients: u64, count: u64) -> f64 {
    type Waiting = (Vec<u8>, oneshot::Sender<()>);
    let (queue, mut waiting) = mpsc::channel::<Waiting>(clients as usize);
    let mut file = File::create(folder.join("raw")).unwrap();
    let writer = std::thread::spawn(move || {
        while let Some(first) = waiting.blocking_recv() {
            let mut batch = vec![first];
            while batch.len() < 256 {
                match waiting.try_recv() {
                    Ok(next) => batch.push(next),
                    Err(_) => break,
                }
            }
            let bytes: Vec<u8> = batch.iter().flat_map(|(bytes, _)| bytes.iter().copied()).collect();
            file.write_all(&bytes).unwrap();
            file.sync_data().unwrap();
            for (_, answer) in batch {
                let _ = answer.send(());
            }
        }
    });
    let started = Instant::now();
    let mut tasks = Vec::new();
    for client in 0..clients {
        let queue = queue.clone();
        let mine = count / clients + u64::from(client < count % clients);
        tasks.push(tokio::spawn(async move {
            let mut times = Vec::new();
            for _ in 0..mine {
                let started = Instant::now();
                let (answer, answered) = oneshot::channel();
                queue.send((vec![7; 1100], answer)).await.unwrap();
                answered.await.unwrap();
                times.push(started.elapsed());
            }
            times
        }));
    }
    drop(queue);
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await.unwrap());
    }
    let taken = started.elapsed();
    writer.join().unwrap();
    figures("appended file", clients, count, taken, times)
}

async fn choices(folder: &Path, clients: u64, count: u64) -> f64 {
    let service = site::service(site::open(folder));
    let started = Instant::now();
    let mut tasks = Vec::new();
    for client in 0..clients {
        let service = service.clone();
        let mine = count / clients + u64::from(client < count % clients);
        tasks.push(tokio::spawn(async move {
            let mut times = Vec::new();
            let mut again = 0_u64;
            for _ in 0..mine {
                let started = Instant::now();
                while site::choose(&service).await.0 != StatusCode::SEE_OTHER {
                    again += 1;
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                times.push(started.elapsed());
            }
            (times, again)
        }));
    }
    let (mut times, mut again) = (Vec::new(), 0);
    for task in tasks {
        let (some, retried) = task.await.unwrap();
        times.extend(some);
        again += retried;
    }
    let taken = started.elapsed();
    let rate = figures("choices", clients, count, taken, times);
    if again > 0 {
        println!("throughput: {again} answered with 503 and tried again");
    }
    rate
}

/// `throughput`.
pub(crate) fn throughput(folder: &Path, count: u64) -> bool {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    fs::create_dir_all(folder).unwrap();
    runtime.block_on(async {
        for clients in [1, 8, 64, 512, 4096] {
            let count = if clients == 1 { count / 10 } else { count };
            let file = raw(folder, clients, count).await;
            let ours = choices(&folder.join(format!("store-{clients}")), clients, count).await;
            println!("throughput: {:>5.1} % of the appended file", ours / file * 100.0);
        }
    });
    true
}
