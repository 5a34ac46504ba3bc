//! Long fault and load runs over the log: each prints its figures and ends with 1 when a promise was broken.
//!
//! In: a command and its arguments. Out: figures. `cargo run --release --example faults` lists the commands; the short
//! forms are run by `tests/run`, the long ones by hand. Everything happens in the folders given, and on loopback.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr)] // a test program: it fails loudly

mod damage;
mod errors;
mod export;
mod formats;
mod kill;
mod load;
#[path = "../programs.rs"]
mod programs;
mod sample;
mod site;

use std::path::PathBuf;

const HELP: &str = "\
kill FOLDER CYCLES CLIENTS        SIGKILL under load, again and again; nothing answered may be missing
crashpoints FOLDER POINTS [WHOLE] SIGKILL at each of the first POINTS calls of every kind that writes (needs strace)
errors FOLDER POINTS [WHOLE]      ENOSPC, EIO at each of the first POINTS calls of every kind (needs strace); both begin
                                  a little before the WHOLE-th segment is whole, 1 unless told; 4 lead through a merge
full FOLDER                       a disk that fills up and is freed again, under load; FOLDER is a small file system
damage FOLDER FLIPS CUTS PAGES    flipped bits, truncations, zeroed pages against `store check`
throughput FOLDER CHOICES         concurrent choices beside an appended file with the same group commit
load FOLDER EVENTS [MIB]          fills a log and tells bytes per event; MIB for the store's cache
sample FOLDER DAYS CHOICES        invented choices, so many on each of the last days, for pictures
open FOLDER                       opens a log and tells time and memory
visitors FOLDER EVENTS            fills a log with choices under the sample policy, texts and all
formats FOLDER ENTRIES            writes trees and entries for programs of others (tests/formats/run)
export FOLDER                     exports a log in every form and tells time and memory
serve FOLDER CLIENTS              (a part of others) makes choices until it is killed, telling each that was answered
once FOLDER EVENTS                (a part of others) opens, appends, tells
verify FOLDER ANSWERED            (a part of others) checks a store against the answered choices in a file
check FOLDER                      (a part of others) checks a store and hashes all it holds";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<u64>().unwrap_or_else(|_| panic!("`{text}` is no number"));
    let good = match words[..] {
        ["kill", folder, cycles, clients] => kill::cycles(&folder_of(folder), number(cycles), number(clients)),
        ["crashpoints", folder, points] => kill::points(&folder_of(folder), number(points), 1),
        ["crashpoints", folder, points, whole] => kill::points(&folder_of(folder), number(points), number(whole)),
        ["errors", folder, points] => errors::points(&folder_of(folder), number(points), 1),
        ["errors", folder, points, whole] => errors::points(&folder_of(folder), number(points), number(whole)),
        ["full", folder] => errors::full(&folder_of(folder)),
        ["damage", folder, flips, cuts, pages] => {
            damage::run(&folder_of(folder), number(flips), number(cuts), number(pages))
        }
        ["throughput", folder, choices] => load::throughput(&folder_of(folder), number(choices)),
        ["load", folder, events] => load::fill(&folder_of(folder), number(events), None),
        ["load", folder, events, cache] => load::fill(&folder_of(folder), number(events), Some(number(cache) << 20)),
        ["sample", folder, days, choices] => sample::fill(&folder_of(folder), number(days), number(choices)),
        ["open", folder] => load::open(&folder_of(folder)),
        ["visitors", folder, events] => export::fill(&folder_of(folder), number(events)),
        ["formats", folder, entries] => formats::write(&folder_of(folder), number(entries)),
        ["export", folder] => export::figures(&folder_of(folder)),
        ["serve", folder, clients] => site::serve(&folder_of(folder), number(clients)),
        ["once", folder, events] => site::once(&folder_of(folder), number(events)),
        ["verify", folder, answered] => kill::verify(&folder_of(folder), &PathBuf::from(answered)),
        ["check", folder] => damage::check(&folder_of(folder)),
        _ => {
            eprintln!("{HELP}");
            false
        }
    };
    std::process::exit(i32::from(!good));
}

fn folder_of(text: &str) -> PathBuf {
    PathBuf::from(text)
}
