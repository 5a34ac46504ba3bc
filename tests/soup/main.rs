//! The gate against html5ever on random markup, as often as is asked.
//!
//! In: how many pages, and how many threads. Out: how many were judged, or the first page of which something refused is
//! alive behind the gate, or whose outcome depends on how it was split. `SEED` makes other pages.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)] // a program for the terminal

#[path = "../all/alive.rs"]
mod alive;
#[allow(dead_code)]
#[path = "../all/random.rs"]
mod random;
#[path = "../all/soup.rs"]
mod soup;

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    process::ExitCode,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::{Duration, Instant},
};

use random::Random;
use tower_consent::{
    Decision, Policy,
    gate::{Error, Gate, Rules},
};

const USAGE: &str = "\
usage: soup PAGES [THREADS]
       soup page FILE

Makes random pages, lets the gate refuse everything, and has html5ever read what comes out, with scripting and without.
One thread unless told. Ends with 1 at the first page that is not as it should be, and prints it.

soup 1000000            a million pages
SEED=7 soup 1000000 2   other ones, by two threads
soup page found.html    what the gate makes of one page, and what is wrong with it";

fn gated(rules: &Rules, refused: &Decision, page: &[u8], size: usize) -> Result<Vec<u8>, Error> {
    let mut gate = Gate::new(rules, refused, "https://news.example/")?;
    let mut out = Vec::with_capacity(page.len() * 2);
    for piece in page.chunks(size) {
        out.extend(gate.feed(piece)?);
    }
    out.extend(gate.finish()?);
    Ok(out)
}

/// Says what is wrong with what the gate makes of a page; `None` when nothing is, and whether it was let to its end.
fn judged(rules: &Rules, refused: &Decision, page: &[u8], size: usize) -> (Option<String>, bool) {
    let whole = gated(rules, refused, page, usize::MAX);
    let split = gated(rules, refused, page, size);
    let Ok(whole) = whole else {
        let wrong = split.is_ok().then(|| format!("in pieces of {size} bytes it is let out, and whole it is cut off"));
        return (wrong, false);
    };
    if split.as_ref().ok() != Some(&whole) {
        let [whole, split] = [Ok(whole), split].map(|out| out.map(|out| String::from_utf8_lossy(&out).into_owned()));
        return (Some(format!("the outcome depends on pieces of {size} bytes: {whole:?} and {split:?}")), true);
    }
    for scripting in [true, false] {
        let found = alive::alive(&whole, scripting);
        if !found.is_empty() {
            return (
                Some(format!("alive, scripting {scripting}: {found:?} in {}", String::from_utf8_lossy(&whole))),
                true,
            );
        }
    }
    (None, true)
}

/// Asked-for pages and threads; `None` when that is not what was written.
fn asked(arguments: &[String]) -> Option<(u64, u64)> {
    let numbers: Option<Vec<u64>> = arguments.iter().map(|argument| argument.parse().ok()).collect();
    match numbers?[..] {
        [pages] => Some((pages, 1)),
        [pages, threads @ 1..=256] => Some((pages, threads)),
        _ => None,
    }
}

fn main() -> ExitCode {
    let policy = Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site")).unwrap();
    let (rules, refused) = (Rules::new(&policy), Decision::granting(&policy, []));
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [page, file] = &arguments[..]
        && page == "page"
    {
        let page = std::fs::read(file).unwrap();
        match gated(&rules, &refused, &page, usize::MAX) {
            Ok(whole) => println!("{}", String::from_utf8_lossy(&whole)),
            Err(error) => println!("soup: cut off: {error}"),
        }
        let wrong = (1..=16).find_map(|size| judged(&rules, &refused, &page, size).0);
        println!("soup: {}", wrong.as_deref().unwrap_or("nothing is wrong"));
        return if wrong.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    }
    let Some((pages, threads)) = asked(&arguments) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    // Each thread its own, all from the seed that is printed.
    let mut seeds = Random::seeded();
    let (done, cut, failed) = (AtomicU64::new(0), AtomicU64::new(0), AtomicBool::new(false));
    let started = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let mut random = Random::of(seeds.below(usize::MAX) as u64);
            let (rules, refused, done, cut, failed) = (&rules, &refused, &done, &cut, &failed);
            scope.spawn(move || {
                while done.fetch_add(1, Ordering::Relaxed) < pages && !failed.load(Ordering::Relaxed) {
                    let page = soup::soup(&mut |bound| random.below(bound));
                    let size = random.below(16) + 1;
                    let judged = catch_unwind(AssertUnwindSafe(|| judged(rules, refused, page.as_bytes(), size)));
                    let (wrong, whole) = judged.unwrap_or_else(|_| (Some("it panics".to_owned()), false));
                    cut.fetch_add(u64::from(!whole), Ordering::Relaxed);
                    if let Some(wrong) = wrong
                        && !failed.swap(true, Ordering::Relaxed)
                    {
                        println!("soup: {wrong}\nfrom {page:?}");
                    }
                }
            });
        }
        let mut told = started;
        while done.load(Ordering::Relaxed) < pages && !failed.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(100));
            if told.elapsed() > Duration::from_secs(60) {
                told = Instant::now();
                println!("soup: {} of {pages} pages", done.load(Ordering::Relaxed));
            }
        }
    });
    let (judged, taken) = (done.load(Ordering::Relaxed).min(pages), started.elapsed());
    let cut = cut.load(Ordering::Relaxed);
    println!(
        "soup: {judged} pages judged in {taken:.1?}, {:.0} a second; {cut} cut off",
        judged as f64 / taken.as_secs_f64()
    );
    if cut > judged / 100 {
        println!("soup: more than one in a hundred was cut off");
        return ExitCode::FAILURE;
    }
    if failed.load(Ordering::Relaxed) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
