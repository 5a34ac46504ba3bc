//! Several instances on one PostgreSQL: what they survive, how fast they are, how much they take. Each command prints its
//! figures and ends with 1 when a promise was broken.
//!
//! In: a command; `TOWER_CONSENT_POSTGRES` and `PGCTL`, which `tests/database` sets. Out: figures.
//! `tests/database cargo run --release --all-features --example instances -- chaos 120` is the long proof.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)] // a test program: it fails loudly

mod chaos;
mod figures;
mod node;
#[path = "../programs.rs"]
mod programs;

const HELP: &str = "\
chaos SECONDS                four instances with outboxes, killed at random together with the database
throughput SECONDS           choices a second of 1, 2 and 4 instances, beside pgbench
sizes EVENTS                 bytes of an event in each table
export EVENTS                fills a log and exports it, and tells the most memory that took
node PLACE FOLDER CLIENTS    (a part of others) makes choices until it is killed, telling each that was answered
drain PLACE FOLDER           (a part of others) ships what waits in an outbox
bench PLACE CLIENTS SECONDS  (a part of others) makes choices, from when it is told to, and tells how many
write PLACE                  (a part of others) exports a log and tells time and memory";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<u64>().unwrap_or_else(|_| panic!("`{text}` is no number"));
    let good = match words[..] {
        ["chaos", seconds] => chaos::run(number(seconds)),
        ["throughput", seconds] => figures::throughput(number(seconds)),
        ["sizes", events] => figures::sizes(number(events)),
        ["export", events] => figures::export(number(events)),
        ["node", place, folder, clients] => node::serve(place, folder.as_ref(), number(clients)),
        ["drain", place, folder] => node::drain(place, folder.as_ref()),
        ["bench", place, clients, seconds] => node::bench(place, number(clients), number(seconds)),
        ["write", place] => figures::write(place),
        _ => {
            eprintln!("{HELP}");
            false
        }
    };
    std::process::exit(i32::from(!good));
}

/// Returns the URL of a store of its own, which is empty.
fn place(name: &str) -> String {
    let database = std::env::var("TOWER_CONSENT_POSTGRES").expect("run it by tests/database");
    format!("{database}?schema=i{}_{name}", std::process::id())
}
