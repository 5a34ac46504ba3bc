//! `log`: looks at a store's log, copies it, exports it, checks copies and exports.

mod export;
mod show;
mod stats;

use std::{
    fs::File,
    io::BufReader,
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::Subcommand;
use serde_json::json;
use tower_consent::{
    audit::{Stats, Verifier},
    export::{Verified, verify, verify_folder},
    mirror::{self, Finding},
    recorder::Log,
    store::hold,
};

use super::{Format, place};

#[derive(Debug, Subcommand)]
pub(super) enum LogCommand {
    /// Writes the log, or a part of it, as one signed archive or as a table of events.
    Export(Box<export::Arguments>),
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
    /// Shows an event, and the banner and documents its visitor saw.
    Show(show::Arguments),
    /// Counts events and choices by kind, purpose, day, version and language, and what the gate withheld.
    Stats(stats::Arguments),
    /// Checks an export or a copy of a log: every byte, entry, hash, text and key.
    #[command(after_help = "\
Examples:
  tower-consent log verify audit.zip --key news.example/consent+1f2e3d4c+AQ…
  tower-consent log verify /mnt/copy/consent-log --key news.example/consent+1f2e3d4c+AQ…

It needs no store and no network. Exit codes: 0 all is as it was signed, 1 something is not, 2 it cannot be read.")]
    Verify {
        /// The archive of an export, the folder it was unpacked to, or the folder of a copy.
        folder: PathBuf,
        /// A public key of the log that is known to be right; without one it is only compared with itself.
        #[arg(long = "key", value_name = "KEY")]
        keys: Vec<String>,
        /// How to print.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
}

/// How long an instance that copies is away at most before another one may.
const LEASE: Duration = Duration::from_secs(30);
/// How long is waited for another one that copies.
const PATIENCE: Duration = Duration::from_secs(120);

type Outcome = Result<ExitCode, Box<dyn std::error::Error>>;

pub(super) fn run(command: &LogCommand) -> ExitCode {
    let outcome = match command {
        LogCommand::Mirror { store, out, private, format } => copy(store, out, *private, *format),
        LogCommand::Show(arguments) => show::run(arguments),
        LogCommand::Stats(arguments) => stats::run(arguments),
        LogCommand::Export(arguments) => export::run(arguments),
        LogCommand::Verify { folder, keys, format } => match folder.is_file() || folder.join("MANIFEST").is_file() {
            true => check_export(folder, keys, *format),
            false => check_copy(folder, keys, *format),
        },
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

/// Reads public keys of a log.
pub(super) fn keys(texts: &[String]) -> Result<Vec<Verifier>, Box<dyn std::error::Error>> {
    let key = |text: &String| text.trim().parse().map_err(|_| format!("`{text}` is no public key of a log").into());
    texts.iter().map(key).collect()
}

fn copy(store: &str, out: &std::path::Path, private: bool, format: Format) -> Outcome {
    let store = place::open_existing(store)?;
    // Copies into one folder from several machines follow each other.
    let begun = Instant::now();
    let lease = loop {
        match hold(store.clone(), "mirror", LEASE)? {
            Some(lease) => break lease,
            None if begun.elapsed() > PATIENCE => {
                return Err("another instance has been copying this log for minutes: run it again later".into());
            }
            None => std::thread::sleep(Duration::from_millis(500)),
        }
    };
    let (mirrored, key) = pollster::block_on(async {
        let mut log = Log::open_existing(store.clone()).await?;
        let mirrored = mirror::advance(&mut log, store, out, private).await?;
        Ok::<_, Box<dyn std::error::Error>>((mirrored, log.key().verifier().to_string()))
    })?;
    if !lease.is_held() {
        return Err("another instance has taken over while this one was copying: run it again".into());
    }
    drop(lease);
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

/// Findings for programs.
fn listed(findings: &[Finding]) -> Vec<serde_json::Value> {
    findings.iter().map(|finding| json!({ "place": finding.place, "what": finding.what })).collect()
}

/// Findings for people.
fn tell(path: &std::path::Path, findings: &[Finding]) {
    findings.iter().for_each(|finding| println!("{}: {finding}", path.display()));
}

fn check_copy(folder: &std::path::Path, texts: &[String], format: Format) -> Outcome {
    let verified = mirror::verify(folder, &keys(texts)?)?;
    match format {
        Format::Json => {
            let value = json!({
                "origin": verified.origin, "size": verified.size, "root": verified.root, "stats": verified.stats,
                "findings": listed(&verified.findings),
            });
            println!("{value:#}");
        }
        Format::Text => {
            tell(folder, &verified.findings);
            println!("log     {}", verified.origin);
            print(&verified.stats, &verified.root)?;
            println!("{} finding(s)", verified.findings.len());
        }
    }
    Ok(if verified.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn check_export(path: &std::path::Path, texts: &[String], format: Format) -> Outcome {
    let keys = keys(texts)?;
    let verified: Verified = match path.is_dir() {
        true => verify_folder(path, &keys)?,
        false => {
            let file = File::open(path).map_err(|source| format!("cannot read {}: {source}", path.display()))?;
            verify(BufReader::new(file), &keys)?
        }
    };
    match format {
        Format::Json => {
            let value = json!({
                "origin": verified.origin, "size": verified.size, "root": verified.root, "level": verified.level,
                "complete": verified.complete, "files": verified.files, "stats": verified.stats,
                "findings": listed(&verified.findings),
            });
            println!("{value:#}");
        }
        Format::Text => {
            tell(path, &verified.findings);
            if verified.size > 0 {
                println!("log     {}", verified.origin);
                println!("level   {}, {} files", verified.level, verified.files);
                let whole = if verified.complete { "every one of" } else { "a part of" };
                println!("holds   {whole} the {} events of the log", verified.size);
                print(&verified.stats, &verified.root)?;
            }
            println!("{} finding(s)", verified.findings.len());
        }
    }
    Ok(if verified.findings.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn print(stats: &Stats, root: &str) -> std::fmt::Result {
    let mut text = String::new();
    stats::write_counts(&mut text, stats, root)?;
    print!("{text}");
    Ok(())
}
