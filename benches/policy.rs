//! How long a policy of 2,000 services takes to be parsed, compiled, held against all rules, and made ready to serve.
//!
//! `cargo bench --bench policy --features lint` prints the time of each phase: the median of several runs, on one core.
//! It asserts nothing: times belong to the machine they were taken on.

#![allow(clippy::print_stdout)] // a benchmark prints what it measured

use std::{
    collections::BTreeMap,
    fmt::Write,
    path::Path,
    time::{Duration, Instant},
};

use tower_consent::{ConsentLayer, lint::Check, policy::Policy, store::Memory};

const SERVICES: usize = 2_000;
const RUNS: usize = 9;

/// The policy of the shop with 2,000 services more, each with hosts, an inline pattern and two cookies.
fn files() -> BTreeMap<String, String> {
    let mut files = Policy::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/shop")).expect("it can be read");
    let policy = files.get_mut("policy.toml").expect("it is a policy");
    let services = policy.find("\n[banner]").expect("services stand before the banner");
    let rest = policy.split_off(services);
    for number in 0..SERVICES {
        let purpose = ["metrics", "advertising", "social", "video"][number % 4];
        write!(
            policy,
            "\n[[service]]\nid = \"service-{number}\"\ntitle = {{ en = \"Service {number}\", de = \"Dienst {number}\" }}\n\
             purpose = \"{purpose}\"\noperator = \"Company {number} GmbH\"\ncountry = \"DE\"\n\
             hosts = [\"*.service{number}.example\", \"cdn.example/{number}/\"]\ninline = [\"service{number}.push(\"]\n\
             cookies = [{{ name = \"_s{number}_id\", lifetime = \"90 days\" }}, {{ name = \"_s{number}_*\", lifetime = \"session\" }}]\n"
        )
        .expect("writing to a string does not fail");
    }
    policy.push_str(&rest);
    files
}

/// Runs a phase several times; returns the median and what came out last.
fn timed<T>(mut phase: impl FnMut() -> T) -> (Duration, T) {
    let mut times = Vec::with_capacity(RUNS);
    let mut last = None;
    for _ in 0..RUNS {
        let start = Instant::now();
        let outcome = phase();
        times.push(start.elapsed());
        last = Some(outcome);
    }
    times.sort();
    (times[RUNS / 2], last.expect("there are runs"))
}

fn main() {
    let files = files();
    let text = &files["policy.toml"];
    println!("{SERVICES} services, {} KiB of policy.toml", text.len() / 1024);
    let (parse, _) = timed(|| toml::de::DeTable::parse(text).map(|table| table.get_ref().len()).ok());
    let (check, (policy, found)) = timed(|| Policy::check(files.clone()));
    let policy = policy.unwrap_or_else(|| panic!("the policy is good: {:#?}", found.first()));
    let (lint, report) = timed(|| Check::new(&policy).run());
    let (ready, _) = timed(|| ConsentLayer::new(policy.clone(), Memory::default()).expect("it can be served"));
    let milliseconds = |time: Duration| time.as_secs_f64() * 1_000.0;
    println!("parse TOML                    {:8.1} ms", milliseconds(parse));
    println!("read and compile (with that)  {:8.1} ms", milliseconds(check));
    println!("hold against all rules        {:8.1} ms, {} findings", milliseconds(lint), report.findings().len());
    println!("make ready to serve           {:8.1} ms", milliseconds(ready));
    println!("parse, compile and lint       {:8.1} ms", milliseconds(check + lint));
}
