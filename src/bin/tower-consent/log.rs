//! `log`: looks at a store without changing the log.

use std::process::ExitCode;

use tower_consent::{
    audit::Stats,
    ledger::Enforcement,
    store::{ConsentStore, Sled},
};

use super::Format;

/// Entries read at once.
const CHUNK: u64 = 10_000;

pub(super) fn stats(store: &str, format: Format) -> ExitCode {
    match count(store) {
        Ok((stats, root, gate)) => {
            match format {
                Format::Json => {
                    let mut value = serde_json::to_value(&stats).unwrap_or_default();
                    value["root"] = root.into();
                    value["gate"] = serde_json::to_value(&gate).unwrap_or_default();
                    println!("{value:#}");
                }
                Format::Text => {
                    print(&stats, &root);
                    print_gate(&gate);
                }
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("tower-consent: {error}");
            ExitCode::from(2)
        }
    }
}

fn count(place: &str) -> Result<(Stats, String, Enforcement), Box<dyn std::error::Error>> {
    let folder = place
        .strip_prefix("sled:")
        .ok_or_else(|| format!("`{place}` is no store that keeps anything: write sled:FOLDER"))?;
    let store = Sled::open_existing(folder)?;
    let head = pollster::block_on(store.head())?;
    let mut stats = Stats::default();
    let mut from = 0;
    while from < head.size() {
        let to = head.size().min(from + CHUNK);
        let entries = pollster::block_on(store.read(from..to))?;
        if entries.len() as u64 != to - from {
            return Err(format!("entries {from} to {to} are not all there: the store is damaged").into());
        }
        for entry in &entries {
            stats.add(entry)?;
        }
        from = to;
    }
    let gate = pollster::block_on(Enforcement::read(&store))?;
    Ok((stats, head.root_hex(), gate))
}

fn print(stats: &Stats, root: &str) {
    println!("events  {}", stats.events);
    println!("root    {root}");
    for (kind, count) in &stats.by_kind {
        println!("  {kind:<20} {count:>10}");
    }
    println!("{:<22} {:>10} {:>10}", "purpose", "granted", "refused");
    for (purpose, choices) in &stats.by_purpose {
        println!("  {purpose:<20} {:>10} {:>10}", choices.granted, choices.refused);
    }
}

fn print_gate(gate: &Enforcement) {
    println!("{:<12} {:<18} {:<24} {:<10} {:>10} {:>10}", "day", "policy", "service", "by", "withheld", "released");
    for row in &gate.rows {
        let (day, policy, service) = (&row.day, &row.policy, &row.service);
        println!("{day:<12} {policy:<18} {service:<24} {:<10} {:>10} {:>10}", row.carrier, row.withheld, row.released);
    }
    println!("cookies expired {}, gone {}, staying {}", gate.expired, gate.gone, gate.staying);
    for seen in &gate.undeclared {
        println!("undeclared {:<8} {:<40} {:>10}  {} to {}", seen.kind, seen.name, seen.count, seen.first, seen.last);
    }
}
