//! `store` and `keys`: checks a store, rebuilds one, replaces its keys.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use clap::Subcommand;
use serde_json::json;
use time::format_description::well_known::Rfc3339;
use tower_consent::{
    clock::{Clock, SystemClock},
    export, mirror,
    recorder::{Log, Outbox, rotate_cookie_key, rotate_key},
    store::{self, Sled, SledOptions, without_password},
};

use super::{
    Format,
    log::{finish, keys},
    place,
};

#[derive(Debug, Subcommand)]
pub(super) enum StoreCommand {
    /// Reads everything in a store and compares it with its hashes, heads and anchor.
    #[command(after_help = "Example:\n  tower-consent store check --store sled:store")]
    Check {
        /// The store: `sled:FOLDER`. The server that writes it must be stopped.
        #[arg(long, value_name = "STORE", required_unless_present = "outbox")]
        store: Option<String>,
        /// Look at an outbox instead, `sled:FOLDER`: what waits in it, since when, and whether it is sound.
        #[arg(long, value_name = "OUTBOX", conflicts_with_all = ["store", "anchor", "renew_anchor"])]
        outbox: Option<String>,
        /// Where the anchor is, when it is not beside the folder.
        #[arg(long, value_name = "FILE")]
        anchor: Option<PathBuf>,
        /// Makes a new anchor when nothing but the anchor is at fault. Only for a folder that was moved or set back on
        /// purpose: what was acknowledged since then is lost.
        #[arg(long)]
        renew_anchor: bool,
        /// How to print.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Rebuilds a store from a copy that `log mirror` made, or from an export of the whole log.
    #[command(
        after_help = "Examples:\n  tower-consent store restore --from /mnt/copy/consent-log --store sled:store\n  \
                            tower-consent store restore --from internal.zip --store sled:store\n\nAn export must have all \
                            events, for the level `internal` (who chose what comes back) or `regulator` (events that name \
                            nobody). What was kept for a short time only does not come back from an export."
    )]
    Restore {
        /// The folder of the copy, or the archive.
        #[arg(long, value_name = "COPY")]
        from: PathBuf,
        /// The new store: `sled:FOLDER`, empty or not there.
        #[arg(long, value_name = "STORE")]
        store: String,
        /// A public key of the log that is known to be right; without one those of the copy are believed.
        #[arg(long = "key", value_name = "KEY")]
        keys: Vec<String>,
    },
    /// Makes and changes the tables of a database, and those of the next months; for the owner of the tables, where servers
    /// must not make any.
    #[cfg(feature = "postgres")]
    #[command(
        after_help = "Example:\n  tower-consent store migrate --store postgres://owner@db.example/site --grant consent --months 12"
    )]
    Migrate {
        /// The database, as the owner of the tables: `postgres://USER@HOST/DATABASE`.
        #[arg(long, value_name = "STORE")]
        store: String,
        /// How many months ahead tables are made.
        #[arg(long, value_name = "COUNT", default_value_t = 12)]
        months: u32,
        /// Gives this role what a server needs, and no more.
        #[arg(long, value_name = "ROLE")]
        grant: Option<String>,
    },
    /// Carries a log into another store, byte for byte, and compares; it goes on there.
    #[command(after_help = "Example:\n  tower-consent store copy sled:store postgres://consent@db.example/site")]
    Copy {
        /// The store that has the log. The servers that write it must be stopped.
        #[arg(value_name = "FROM")]
        from: String,
        /// The new store, empty or not there.
        #[arg(value_name = "TO")]
        to: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Replaces the key that signs the log, or the one that signs cookies; the log tells.
    #[command(after_help = "Example:\n  tower-consent keys rotate --store sled:store")]
    Rotate {
        /// The store: `sled:FOLDER`. The server that writes it must be stopped.
        #[arg(long, value_name = "STORE")]
        store: String,
        /// Replaces the key of cookies and forms instead; those signed before stay good.
        #[arg(long)]
        cookies: bool,
    },
    /// Prints the public key that signs the log.
    #[command(after_help = "Example:\n  tower-consent keys show --store sled:store")]
    Show {
        /// The store: `sled:FOLDER`. The server that writes it must be stopped.
        #[arg(long, value_name = "STORE")]
        store: String,
    },
}

type Outcome = Result<ExitCode, Box<dyn std::error::Error>>;

pub(super) fn run(command: &StoreCommand) -> ExitCode {
    finish(match command {
        StoreCommand::Check { outbox: Some(outbox), format, .. } => check_outbox(outbox, *format),
        StoreCommand::Check { store, anchor, renew_anchor, format, .. } => {
            check(store.as_deref().unwrap_or_default(), anchor.as_ref(), *renew_anchor, *format)
        }
        #[cfg(feature = "postgres")]
        StoreCommand::Migrate { store, months, grant } => migrate(store, *months, grant.as_deref()),
        StoreCommand::Restore { from, store, keys } => restore(from, store, keys),
        StoreCommand::Copy { from, to } => copy(from, to),
    })
}

pub(super) fn run_keys(command: &KeysCommand) -> ExitCode {
    let outcome = |command: &KeysCommand| -> Outcome {
        match command {
            KeysCommand::Rotate { store, cookies } => {
                let store = place::open_existing(store)?;
                let now = SystemClock.now();
                if *cookies {
                    pollster::block_on(rotate_cookie_key(store, now))?;
                    println!("cookies and forms are signed with a new key");
                } else {
                    println!("{}", pollster::block_on(rotate_key(store, now))?.verifier());
                }
            }
            KeysCommand::Show { store } => {
                let store = place::open_existing(store)?;
                println!("{}", pollster::block_on(Log::open_existing(store))?.key().verifier());
            }
        }
        Ok(ExitCode::SUCCESS)
    };
    finish(outcome(command))
}

/// Returns the folder of `sled:FOLDER`.
fn folder(place: &str) -> Result<&str, Box<dyn std::error::Error>> {
    let folder = place.strip_prefix("sled:").filter(|folder| !folder.is_empty());
    folder.ok_or_else(|| {
        let place = without_password(place);
        format!("`{place}` has no files of its own to check: write sled:FOLDER, or check the log by `log mirror` and `log verify`").into()
    })
}

fn check(store: &str, anchor: Option<&PathBuf>, renew: bool, format: Format) -> Outcome {
    // The database may panic on damage; that is caught, and told as a fault.
    std::panic::set_hook(Box::new(|_| {}));
    let place = folder(store)?;
    let options = anchor.map_or_else(SledOptions::new, |anchor| SledOptions::new().with_anchor(anchor));
    let check = Sled::check(place, &options)?;
    match format {
        Format::Json => {
            let faults: Vec<_> =
                check.faults.iter().map(|fault| json!({ "place": fault.place, "what": fault.what })).collect();
            let value = json!({
                "entries": check.entries, "root": check.root, "documents": check.documents, "erased": check.erased,
                "faults": faults,
            });
            println!("{value:#}");
        }
        Format::Text => {
            for fault in &check.faults {
                println!("{place}: {fault}");
            }
            println!("entries   {}", check.entries);
            println!("root      {}", check.root);
            println!("texts     {}", check.documents);
            println!("erased    {}", check.erased);
            println!("{} fault(s)", check.faults.len());
        }
    }
    if renew && check.faults.iter().all(|fault| fault.place == "anchor") {
        Sled::renew_anchor(place, &options)?;
        println!("the anchor was made anew");
        return Ok(ExitCode::SUCCESS);
    }
    Ok(if check.faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn check_outbox(outbox: &str, format: Format) -> Outcome {
    std::panic::set_hook(Box::new(|_| {}));
    let place = folder(outbox)?;
    let parts = Outbox::check(place)?;
    let faults: Vec<(String, String)> = parts
        .iter()
        .flat_map(|(part, check)| check.faults.iter().map(|fault| (part.clone(), fault.to_string())))
        .collect();
    // What cannot be opened is among the faults.
    let health = Outbox::open_existing(place).map(|outbox| outbox.health()).ok();
    let oldest = health.as_ref().and_then(|health| health.oldest?.format(&Rfc3339).ok());
    let waiting = health.as_ref().map(|health| health.waiting);
    match format {
        Format::Json => {
            let faults: Vec<_> = faults.iter().map(|(place, what)| json!({ "place": place, "what": what })).collect();
            println!("{:#}", json!({ "waiting": waiting, "oldest": oldest, "faults": faults }));
        }
        Format::Text => {
            for (part, fault) in &faults {
                println!("{place}/{part}: {fault}");
            }
            println!("waiting   {}", waiting.map_or_else(|| "unknown".to_owned(), |count| count.to_string()));
            println!("oldest    {}", oldest.as_deref().unwrap_or("—"));
            println!("{} fault(s)", faults.len());
        }
    }
    Ok(if faults.is_empty() && health.is_some() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

#[cfg(feature = "postgres")]
fn migrate(store: &str, months: u32, role: Option<&str>) -> Outcome {
    store::Postgres::migrate(store, months, role)?;
    println!("{}: the tables are those of this release, for this month and {months} more", without_password(store));
    if let Some(role) = role {
        println!("{role} may use them and make none");
    }
    Ok(ExitCode::SUCCESS)
}

fn restore(from: &Path, store: &str, texts: &[String]) -> Outcome {
    if !from.is_file() {
        return restore_copy(from, store, texts);
    }
    let trusted = keys(texts)?;
    if trusted.is_empty() {
        let key =
            "say it with --key NAME+HASH+KEY; `keys show` printed it, and section 1 of the archive's README holds it";
        return Err(format!("an export is believed only by a key that is known from elsewhere: {key}").into());
    }
    let parent = match from.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    // Beside the archive, where there was room for it; closed to others, since it may name persons.
    let copy = tempfile::tempdir_in(parent)?;
    let count = export::to_copy(from, &trusted, copy.path())?;
    eprintln!("tower-consent: {} holds a whole log of {count} events", from.display());
    restore_copy(copy.path(), store, texts)
}

fn restore_copy(from: &Path, store: &str, texts: &[String]) -> Outcome {
    let mut trusted = keys(texts)?;
    if trusted.is_empty() {
        let path = from.join("keys");
        let known =
            std::fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        trusted = keys(&known.lines().map(str::to_owned).collect::<Vec<_>>())?;
        eprintln!("tower-consent: no --key was given, the copy's own keys are believed");
    }
    let opened = place::open(store)?;
    let count = pollster::block_on(mirror::restore(from, &trusted, opened, SystemClock.now()))?;
    println!("{}: {count} events", without_password(store));
    Ok(ExitCode::SUCCESS)
}

fn copy(from: &str, to: &str) -> Outcome {
    let (source, target) = (place::open_existing(from)?, place::open(to)?);
    let mut told = Instant::now();
    let copied = pollster::block_on(store::copy(&*source, &*target, |there, all| {
        // Often enough to see that it goes on.
        if told.elapsed().as_secs() >= 2 {
            told = Instant::now();
            eprintln!("{there} of {all} events");
        }
    }))?;
    println!("{} → {}", without_password(from), without_password(to));
    println!("entries   {}", copied.entries);
    println!("root      {}", copied.root);
    println!("texts     {}", copied.documents);
    println!("notes     {}", copied.notes);
    println!("secrets   {}", copied.secrets);
    println!("read again and compared: the same");
    Ok(ExitCode::SUCCESS)
}
