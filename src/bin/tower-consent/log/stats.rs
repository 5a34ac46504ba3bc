//! `log stats`: what a log and the ledger beside it add up to, for a terminal or as JSON.

use std::{collections::BTreeMap, fmt::Write, process::ExitCode};

use clap::Args;
use serde_json::json;
use tower_consent::{
    audit::{Stats, Sums, Tally, is_choice},
    ledger::Enforcement,
    record::Kind,
};

use super::{
    super::{Format, place, screen},
    Outcome,
};

/// Entries read at once.
const CHUNK: u64 = 4096;
/// The widest bar, in columns.
const BAR: usize = 24;
/// Rows of the ledger shown for a day, and things that no service declares.
const MOST: usize = 20;

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tower-consent log stats --store sled:store
  tower-consent log stats --store sled:store --days 90
  tower-consent log stats --store sled:store --format json | jq .by_purpose")]
pub(crate) struct Arguments {
    /// Where the log is kept: `sled:FOLDER`. The server that writes it must be stopped.
    #[arg(long, value_name = "STORE")]
    store: String,
    /// How many days are shown one by one, the newest last; JSON has all.
    #[arg(long, value_name = "NUMBER", default_value_t = 14)]
    days: usize,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn run(arguments: &Arguments) -> Outcome {
    let store = place::open_existing(&arguments.store)?;
    let head = pollster::block_on(store.head())?;
    let (mut stats, mut tally) = (Stats::default(), Tally::default());
    let mut from = 0;
    while from < head.size() {
        let to = head.size().min(from + CHUNK);
        let entries = pollster::block_on(store.read(from..to))?;
        if entries.len() as u64 != to - from {
            return Err(format!("entries {from} to {to} are not all there: the store is damaged").into());
        }
        for entry in &entries {
            stats.add(entry)?;
            tally.add(entry)?;
        }
        from = to;
    }
    let gate = pollster::block_on(Enforcement::read(&*store))?;
    let sums = tally.total();
    match arguments.format {
        Format::Json => {
            let mut value = serde_json::to_value(&stats)?;
            value["root"] = head.root_hex().into();
            let sums = serde_json::to_value(&sums)?;
            for name in ["days", "versions", "languages"] {
                value[name] = sums[name].clone();
            }
            value["gate"] = json!(gate);
            println!("{value:#}");
        }
        Format::Text => {
            let mut text = String::new();
            write_counts(&mut text, &stats, &head.root_hex())?;
            write_days(&mut text, &sums, arguments.days)?;
            write_groups(&mut text, &sums)?;
            write_gate(&mut text, &gate, arguments.days)?;
            if screen::print(&text).is_err() {
                return Ok(ExitCode::from(2));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes what a log, a copy or an export adds up to.
pub(super) fn write_counts(text: &mut String, stats: &Stats, root: &str) -> std::fmt::Result {
    writeln!(text, "events  {}", stats.events)?;
    writeln!(text, "root    {root}")?;
    let most = stats.by_kind.values().copied().max().unwrap_or_default();
    for (kind, count) in &stats.by_kind {
        writeln!(text, "  {kind:<20} {count:>10}  {}", bar(*count, most))?;
    }
    writeln!(text, "{:<22} {:>10} {:>10}  of all answers", "purpose", "granted", "refused")?;
    for (purpose, choices) in &stats.by_purpose {
        let all = choices.granted + choices.refused;
        let part = percent(choices.granted, all);
        let (granted, refused, bar) = (choices.granted, choices.refused, bar(choices.granted, all));
        writeln!(text, "  {purpose:<20} {granted:>10} {refused:>10}  {part:>4} {bar}")?;
    }
    Ok(())
}

fn write_days(text: &mut String, sums: &Sums, days: usize) -> std::fmt::Result {
    let choices = |kinds: &BTreeMap<&'static str, u64>| -> u64 {
        let of = |kind: &Kind| kinds.get(kind.as_str()).copied().unwrap_or_default();
        Kind::ALL.iter().filter(|kind| is_choice(**kind)).map(of).sum()
    };
    let shown: Vec<_> = sums.days.iter().rev().take(days).collect();
    let most = shown.iter().map(|(_, kinds)| choices(kinds)).max().unwrap_or_default();
    if most == 0 {
        return Ok(());
    }
    writeln!(text, "\n{:<12} {:>10} {:>10} {:>10} {:>10}", "day (UTC)", "choices", "accept", "refuse", "withdraw")?;
    for (day, kinds) in shown.into_iter().rev() {
        let of = |kind: Kind| kinds.get(kind.as_str()).copied().unwrap_or_default();
        let all = choices(kinds);
        let (accepted, refused, withdrawn) = (of(Kind::Accept), of(Kind::Refuse), of(Kind::Withdraw));
        let bar = bar(all, most);
        writeln!(text, "{:<12} {all:>10} {accepted:>10} {refused:>10} {withdrawn:>10}  {bar}", day.to_string())?;
    }
    Ok(())
}

fn write_groups(text: &mut String, sums: &Sums) -> std::fmt::Result {
    for (title, groups) in [("policy version", &sums.versions), ("language", &sums.languages)] {
        if groups.is_empty() {
            continue;
        }
        writeln!(text, "\n{title:<22} {:>10}", "choices")?;
        let most = groups.values().map(|kinds| kinds.values().sum()).max().unwrap_or_default();
        for (name, kinds) in groups {
            let name = match name.as_str() {
                "" => "not told",
                name => name.get(..16).unwrap_or(name),
            };
            let count: u64 = kinds.values().sum();
            writeln!(text, "  {name:<20} {count:>10}  {}", bar(count, most))?;
        }
    }
    Ok(())
}

fn write_gate(text: &mut String, gate: &Enforcement, days: usize) -> std::fmt::Result {
    // By day and service; JSON tells policy and carrier as well.
    let mut by_day: BTreeMap<&str, BTreeMap<&str, (u64, u64)>> = BTreeMap::new();
    for row in &gate.rows {
        let counts = by_day.entry(&row.day).or_default().entry(&row.service).or_default();
        *counts = (counts.0 + row.withheld, counts.1 + row.released);
    }
    let newest: Vec<_> = by_day.iter().rev().take(days).collect();
    if !newest.is_empty() {
        writeln!(text, "\n{:<12} {:<28} {:>10} {:>10}", "day (UTC)", "service", "withheld", "released")?;
    }
    for (day, services) in newest.into_iter().rev() {
        let mut sorted: Vec<_> = services.iter().collect();
        sorted.sort_by_key(|(service, (withheld, _))| (std::cmp::Reverse(*withheld), **service));
        for (service, (withheld, released)) in sorted.iter().take(MOST) {
            writeln!(text, "{day:<12} {service:<28} {withheld:>10} {released:>10}")?;
        }
        if sorted.len() > MOST {
            writeln!(text, "{day:<12} … and {} more", sorted.len() - MOST)?;
        }
    }
    if gate.expired > 0 {
        let (expired, gone, staying) = (gate.expired, gate.gone, gate.staying);
        writeln!(text, "\ncookies expired after a refusal {expired}: gone {gone}, coming again {staying}")?;
    }
    if !gate.undeclared.is_empty() {
        writeln!(text, "\n{:<40} {:<8} {:>10}  seen", "declared by no service", "what", "times")?;
        let mut seen: Vec<_> = gate.undeclared.iter().collect();
        seen.sort_by_key(|seen| (std::cmp::Reverse(seen.count), &seen.name));
        for seen in seen.iter().take(MOST) {
            let (name, kind, count) = (&seen.name, &seen.kind, seen.count);
            writeln!(text, "  {name:<38} {kind:<8} {count:>10}  {} to {}", seen.first, seen.last)?;
        }
        if seen.len() > MOST {
            writeln!(text, "  … and {} more (--format json)", seen.len() - MOST)?;
        }
    }
    Ok(())
}

fn percent(part: u64, all: u64) -> String {
    match all {
        0 => "–".to_owned(),
        all => format!("{:.0}%", part as f64 / all as f64 * 100.0),
    }
}

/// Draws a count beside the largest, in eighths of a column; nothing is drawn for nothing.
fn bar(count: u64, most: u64) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    if count == 0 || most == 0 {
        return String::new();
    }
    let eighths = ((count as f64 / most as f64 * (BAR * 8) as f64).round() as usize).clamp(1, BAR * 8);
    format!("{}{}", "█".repeat(eighths / 8), PARTS[eighths % 8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_in_proportion_and_never_lost() {
        assert_eq!((bar(0, 10), bar(1, 1_000_000)), (String::new(), "▏".to_owned()));
        assert_eq!(bar(10, 10), "█".repeat(BAR));
        assert_eq!(bar(1, 16), "█▌");
        assert_eq!((percent(1, 3), percent(0, 0)), ("33%".to_owned(), "–".to_owned()));
    }
}
