//! `log`: looks at a store's log, copies it, checks a copy.

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use clap::Subcommand;
use serde_json::json;
use tower_consent::{
    audit::{Stats, Verifier},
    mirror,
    recorder::Log,
    store::{ConsentStore, Sled},
};

use super::Format;

/// Entries read at once.
const CHUNK: u64 = 4096;

#[derive(Debug, Subcommand)]
pub(super) enum LogCommand {
    /// Copies the log into static files, and later on what is new.
    #[command(after_help = "Example:\n  tower-consent log mirror --store sled:store --out /mnt/copy/consent-log")]
    Mirror {
        /// Where the log is kept: `sled:FOLDER`. The server that writes it must be stopped.
        #[arg(long, value_name = "STORE")]
        store: String,
        /// The folder of the copy.
        #[arg(long, value_name = "FOLDER")]
        out: PathBuf,
        /// Copies the personal values too; the folder then holds personal data.
        #[arg(long)]
        private: bool,
        /// How to print.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Counts events by kind, and choices by purpose.
    #[command(after_help = "Example:\n  tower-consent log stats --store sled:store --format json")]
    Stats {
        /// Where the log is kept: `sled:FOLDER`. The server that writes it must be stopped.
        #[arg(long, value_name = "STORE")]
        store: String,
        /// How to print.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Checks a copy of a log: every entry, hash, text and key.
    #[command(
        after_help = "Example:\n  tower-consent log verify /mnt/copy/consent-log --key news.example/consent+1f2e3d4c+AQ…"
    )]
    Verify {
        /// The folder of the copy.
        folder: PathBuf,
        /// A public key of the log that is known to be right; without one the copy is only compared with itself.
        #[arg(long = "key", value_name = "KEY")]
        keys: Vec<String>,
        /// How to print.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
}

type Outcome = Result<ExitCode, Box<dyn std::error::Error>>;

pub(super) fn run(command: &LogCommand) -> ExitCode {
    let outcome = match command {
        LogCommand::Mirror { store, out, private, format } => copy(store, out, *private, *format),
        LogCommand::Stats { store, format } => stats(store, *format),
        LogCommand::Verify { folder, keys, format } => verify(folder, keys, *format),
    };
    finish(outcome)
}

/// Tells what stopped a command.
pub(super) fn finish(outcome: Outcome) -> ExitCode {
    outcome.unwrap_or_else(|error| {
        eprintln!("tower-consent: {error}");
        ExitCode::from(2)
    })
}

/// Returns the folder of `sled:FOLDER`.
pub(super) fn folder(place: &str) -> Result<&str, Box<dyn std::error::Error>> {
    let folder = place.strip_prefix("sled:").filter(|folder| !folder.is_empty());
    folder.ok_or_else(|| format!("`{place}` is no store that keeps anything: write sled:FOLDER").into())
}

/// Reads public keys of a log.
pub(super) fn keys(texts: &[String]) -> Result<Vec<Verifier>, Box<dyn std::error::Error>> {
    let key = |text: &String| text.trim().parse().map_err(|_| format!("`{text}` is no public key of a log").into());
    texts.iter().map(key).collect()
}

fn copy(store: &str, out: &std::path::Path, private: bool, format: Format) -> Outcome {
    let store = Arc::new(Sled::open_existing(folder(store)?)?);
    let (mirrored, key) = pollster::block_on(async {
        let mut log = Log::open_existing(store.clone()).await?;
        let mirrored = mirror::advance(&mut log, store, out, private).await?;
        Ok::<_, Box<dyn std::error::Error>>((mirrored, log.key().verifier().to_string()))
    })?;
    match format {
        Format::Json => {
            let value =
                json!({ "size": mirrored.size, "added": mirrored.added, "documents": mirrored.documents, "key": key });
            println!("{value:#}");
        }
        Format::Text => {
            println!(
                "{}: {} events, {} of them new, {} new texts",
                out.display(),
                mirrored.size,
                mirrored.added,
                mirrored.documents
            );
            println!("key {key}");
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn verify(folder: &std::path::Path, texts: &[String], format: Format) -> Outcome {
    let verified = mirror::verify(folder, &keys(texts)?)?;
    match format {
        Format::Json => {
            let findings: Vec<_> = verified
                .findings
                .iter()
                .map(|finding| json!({ "place": finding.place, "what": finding.what }))
                .collect();
            let value = json!({
                "origin": verified.origin, "size": verified.size, "root": verified.root, "stats": verified.stats,
                "findings": findings,
            });
            println!("{value:#}");
        }
        Format::Text => {
            for finding in &verified.findings {
                println!("{}: {finding}", folder.display());
            }
            println!("log     {}", verified.origin);
            print(&verified.stats, &verified.root);
            println!("{} finding(s)", verified.findings.len());
        }
    }
    Ok(if verified.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn stats(store: &str, format: Format) -> Outcome {
    let store = Sled::open_existing(folder(store)?)?;
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
    match format {
        Format::Json => {
            let mut value = serde_json::to_value(&stats)?;
            value["root"] = head.root_hex().into();
            println!("{value:#}");
        }
        Format::Text => print(&stats, &head.root_hex()),
    }
    Ok(ExitCode::SUCCESS)
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
