//! Disks that fail: nothing is answered that is not kept, nothing panics, and it heals by itself.

use std::{
    collections::HashSet,
    fs::{self, File},
    io::Write,
    path::Path,
    time::{Duration, Instant},
};

use http::{Request, StatusCode};
use http_body_util::Full;
use tower::ServiceExt;
use tower_consent::signal::VisitorId;

use crate::{
    kill::{HUNG, in_order, quiet_once, strace},
    site,
};

/// `errors`.
pub(crate) fn points(folder: &Path, points: u64) -> bool {
    let (mut runs, mut failed, mut healed, mut broken, mut hung) = (0, 0, 0, 0, 0);
    for error in ["ENOSPC", "EIO"] {
        for call in ["pwrite64", "write", "fsync", "fdatasync", "sync_file_range", "rename", "ftruncate"] {
            if error == "EIO" && call == "write" {
                // The worker tells its answers by `write` too; with ENOSPC that is one line, which it may miss.
                continue;
            }
            for point in 1..=points {
                let place = folder.join("store");
                let _ = fs::remove_dir_all(folder);
                fs::create_dir_all(folder).unwrap();
                let mut answered = HashSet::new();
                assert!(quiet_once(&place, 5, &mut answered));
                let (lines, status, stderr) = strace(&place, &format!("{call}:error={error}:when={point}"), 20);
                let hit = lines.iter().any(|line| line.starts_with("error")) || !status.success();
                answered.extend(lines.iter().filter(|line| VisitorId::parse(line).is_some()).cloned());
                runs += 1;
                failed += u64::from(hit);
                // The worker's own output may be what failed: then it ends, and what it told must be there.
                let told = stderr.contains("tests/faults/site.rs");
                // After some failed syncs the database waits for ever. Nothing is answered then, so nothing is lost; a
                // writer that hangs is told of here and must be restarted.
                if stderr.starts_with(HUNG) {
                    println!("errors: {call} {error} {point}: {HUNG}");
                    hung += 1;
                } else if !status.success() && !told {
                    println!("errors: {call} {error} {point}: {status}: {}", stderr.lines().next().unwrap_or_default());
                    broken += 1;
                }
                match in_order(&place, &answered) {
                    Ok(()) => healed += u64::from(hit),
                    Err(error) => {
                        println!("errors: {call} {point}: {error}");
                        broken += 1;
                    }
                }
            }
        }
    }
    println!("errors: {runs} runs, {failed} met an error, {healed} healed, {hung} hung, broken {broken}");
    broken == 0
}

/// `full`.
pub(crate) fn full(folder: &Path) -> bool {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let place = folder.join("store");
    let service = site::service(site::open(&place));
    let mut answered = HashSet::new();
    let mut good = true;
    runtime.block_on(async {
        for round in 0..3 {
            // Choices until the disk is full.
            let filler = folder.join("filler");
            let mut writing = File::create(&filler).unwrap();
            let mut filled = false;
            let mut slowest = Duration::ZERO;
            let mut refused = 0;
            while refused < 20 {
                if !filled && writing.write_all(&[round; 1 << 20]).is_err() {
                    filled = true;
                }
                let started = Instant::now();
                match site::choose(&service).await {
                    (StatusCode::SEE_OTHER, Some(visitor)) => {
                        answered.insert(visitor);
                    }
                    (StatusCode::SERVICE_UNAVAILABLE, _) => {
                        slowest = slowest.max(started.elapsed());
                        refused += 1;
                        tokio::time::sleep(Duration::from_millis(10)).await;
                    }
                    other => panic!("{other:?}"),
                }
            }
            let started = Instant::now();
            let mut slowest_page = Duration::ZERO;
            for _ in 0..200 {
                let started = Instant::now();
                let page = service.clone().oneshot(Request::get("/").body(Full::default()).unwrap()).await.unwrap();
                slowest_page = slowest_page.max(started.elapsed());
                let text = String::from_utf8_lossy(page.body()).into_owned();
                good &= page.status() == 200 && !text.contains("<script src=https://mc.yandex.ru");
            }
            let pages = started.elapsed();
            drop(writing);
            fs::remove_file(&filler).unwrap();
            let freed = Instant::now();
            let healed = loop {
                if let (StatusCode::SEE_OTHER, Some(visitor)) = site::choose(&service).await {
                    answered.insert(visitor);
                    break freed.elapsed();
                }
                if freed.elapsed() > Duration::from_secs(20) {
                    good = false;
                    break freed.elapsed();
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            };
            good &= slowest < Duration::from_secs(1) && healed < Duration::from_secs(6);
            println!(
                "full: round {round} answered {} slowest 503 {slowest:?}; 200 pages {pages:?} slowest {slowest_page:?}; \
                 healed {healed:?} after space came back",
                answered.len()
            );
        }
    });
    drop(service);
    runtime.shutdown_timeout(Duration::from_secs(5));
    drop(site::open(&place));
    let order = in_order(&place, &answered);
    println!("full: answered {} store {order:?}", answered.len());
    good && order.is_ok()
}
