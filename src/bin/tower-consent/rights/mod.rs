//! `requests`, `visitor`, `retention`: what people ask for, what is kept of them, and when it ends.
//!
//! In: a store that no server has open, and a policy: the one last in force on it, or that of a folder. Out: lists, papers,
//! events in the log. Each command that changes something prints what it did.

pub(super) mod requests;
pub(super) mod retention;
pub(super) mod visitor;

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use time::OffsetDateTime;
use tower_consent::{
    Policy,
    clock::{Clock, SystemClock},
    language::Language,
    recorder::Log,
    rights::{Papers, Request, destructions, policy_in_force},
    store::{ConsentStore, Error, ErrorKind},
};

use super::{Format, place};

type Failure = Box<dyn std::error::Error>;
type Outcome = Result<ExitCode, Failure>;

/// Where a command works, and how it prints.
#[derive(Debug, clap::Args)]
pub(super) struct Place {
    /// Where the log is kept: `sled:FOLDER`. The server that writes it must be stopped.
    #[arg(long, value_name = "STORE")]
    store: String,
    /// The policy's folder; without it the policy that was last in force on the store.
    #[arg(long, value_name = "FOLDER")]
    policy: Option<PathBuf>,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// An open log with its policy.
struct Opened {
    store: Arc<dyn ConsentStore>,
    log: Log,
    policy: Policy,
    now: OffsetDateTime,
}

impl Place {
    fn open(&self) -> Result<Opened, Failure> {
        let held = |error: Error| -> Failure {
            match error.kind() == ErrorKind::Unavailable && error.to_string().contains("another process") {
                true => {
                    format!("{error}, or use the dashboard on the admin address of the server that has it open").into()
                }
                false => error.into(),
            }
        };
        let store = place::open_existing(&self.store).map_err(held)?;
        let policy = match &self.policy {
            Some(folder) => Policy::load(folder)?,
            None => pollster::block_on(policy_in_force(&*store))?
                .ok_or("no policy was in force on this store yet: name its folder with --policy")?,
        };
        let log = pollster::block_on(Log::open_existing(store.clone()))?;
        Ok(Opened { store, log, policy, now: SystemClock.now() })
    }
}

impl Opened {
    /// The language papers are in: the one asked for, or the policy's binding one.
    fn language(&self, asked: Option<&Language>) -> Language {
        asked.cloned().unwrap_or_else(|| self.policy.site().binding.clone())
    }
}

/// Where act and log extract of a destruction go.
#[derive(Debug, clap::Args)]
pub(super) struct Sheet {
    /// The file: HTML or plain text, by its ending.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Language: `ru` or `en`; without it by the policy's binding language.
    #[arg(long)]
    language: Option<Language>,
    #[command(flatten)]
    place: Place,
}

impl Sheet {
    /// Writes them for the event of a destruction or of a run, and for the request it answered, if it did.
    fn write(&self, find: impl FnOnce(&Opened) -> Result<(u64, Option<Request>), Failure>) -> Outcome {
        let html = is_html(&self.out)?;
        let opened = self.place.open()?;
        let (event, request) = find(&opened)?;
        let what = pollster::block_on(destructions(&*opened.store, event))?;
        let papers = Papers::new(&opened.policy, &opened.language(self.language.as_ref()), &what, request.as_ref())?;
        write_new(&self.out, &if html { papers.html() } else { papers.text() })?;
        println!("{}", self.out.display());
        Ok(ExitCode::SUCCESS)
    }
}

/// Writes a file anew; one that is there is not overwritten.
fn write_new(path: &std::path::Path, text: &str) -> Result<(), Failure> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    // It may hold personal data.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(path).and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(|error| format!("cannot write {}: {error}", path.display()).into())
}

/// Says whether a file is to hold HTML, by its name; what is neither HTML nor text is refused.
fn is_html(path: &std::path::Path) -> Result<bool, Failure> {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("html" | "htm") => Ok(true),
        Some("txt") => Ok(false),
        _ => Err(format!("`{}` ends neither in .html nor in .txt", path.display()).into()),
    }
}
