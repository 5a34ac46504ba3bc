//! `log export`: writes a part of the log, or all of it, for a regulator, a visitor or the operator.

use std::{
    fs::{self, File},
    io::{BufWriter, IsTerminal, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant},
};

use clap::{Args, ValueEnum};
use serde_json::json;
use time::{Date, OffsetDateTime, format_description::well_known::Rfc3339, macros::format_description};
use tower_consent::{
    clock::{Clock, SystemClock},
    export::{self, Export, Wording},
    recorder::Log,
    signal::VisitorId,
};

use super::Outcome;
use crate::{Format, place};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tower-consent log export --store sled:store --out audit.zip
  tower-consent log export --store sled:store --out september.zip --from 2026-09-01 --to 2026-09-30
  tower-consent log export --store sled:store --out answer.zip --level subject --visitor 2hJxT1cR3kO5m0pQ7uV9wA
  tower-consent log export --store sled:store --out events.xlsx --format xlsx

The export is an event of the log itself: it is appended first, and is the last event of what is written. With
`--at N` the log is written as it was when it had N events, byte for byte as before.
Who gets the archive checks it with `log verify FILE --key KEY`, or without this program: README.*.md in it tells how.
Give the key in another way than the archive.")]
pub(crate) struct Arguments {
    /// Where the log is kept: `sled:FOLDER`. The server that writes it must be stopped.
    #[arg(long, value_name = "STORE")]
    store: String,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Events from this day or time (UTC) on.
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// Events up to this day, which counts, or before this time (UTC).
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    /// Events that grant or refuse this purpose.
    #[arg(long, value_name = "ID")]
    purpose: Option<String>,
    /// Events under the policy whose version begins so; `stats.csv` of a whole export names them.
    #[arg(long, value_name = "VERSION", value_parser = version)]
    policy: Option<String>,
    /// Events of this visitor.
    #[arg(long, value_name = "ID")]
    visitor: Option<String>,
    /// For whom it is.
    #[arg(long, value_enum, default_value_t = Level::Regulator)]
    level: Level,
    /// The archive, or the events alone.
    #[arg(long = "format", value_enum, default_value_t = Form::Zip)]
    form: Form,
    /// Language of instructions and report; all there are unless told.
    #[arg(long = "language", value_enum, value_name = "LANGUAGE")]
    languages: Vec<Language>,
    /// The log as it was when it had so many events.
    #[arg(long, value_name = "N")]
    at: Option<u64>,
    /// How to print the result.
    #[arg(long = "print", value_enum, default_value_t = Format::Text)]
    print: Format,
}

/// Reads the beginning of a policy's version; other commands take a folder under this name.
fn version(text: &str) -> Result<String, String> {
    let is_version = !text.is_empty() && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_version
        .then(|| text.to_owned())
        .ok_or_else(|| "a version is lower-case hexadecimal digits, such as `5f2c`; no folder is meant here".to_owned())
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Level {
    /// Counts, texts and facts of the site; no events.
    Public,
    /// All events; visitors by pseudonym.
    Regulator,
    /// One visitor's events, with all that is known of him.
    Subject,
    /// All events, with all that is known; holds personal data.
    Internal,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Form {
    /// Everything, signed.
    Zip,
    /// Events, a JSON object a line.
    Jsonl,
    /// Events, as CSV.
    Csv,
    /// Events, as a spreadsheet.
    Xlsx,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Language {
    /// English.
    En,
    /// Russian.
    Ru,
}

pub(super) fn run(arguments: &Arguments) -> Outcome {
    let store = place::open_existing(&arguments.store)?;
    let mut export = Export::new(
        store.clone(),
        match arguments.level {
            Level::Public => export::Level::Public,
            Level::Regulator => export::Level::Regulator,
            Level::Subject => export::Level::Subject,
            Level::Internal => export::Level::Internal,
        },
    )
    .format(match arguments.form {
        Form::Zip => export::Format::Zip,
        Form::Jsonl => export::Format::JsonLines,
        Form::Csv => export::Format::Csv,
        Form::Xlsx => export::Format::Spreadsheet,
    });
    if !arguments.languages.is_empty() {
        export = export.wordings(arguments.languages.iter().map(|language| match language {
            Language::En => Wording::English,
            Language::Ru => Wording::Russian,
        }));
    }
    if let Some(from) = &arguments.from {
        export = export.from(moment(from, Duration::ZERO)?);
    }
    if let Some(to) = &arguments.to {
        export = export.to(moment(to, Duration::from_secs(86_400))?);
    }
    if let Some(purpose) = &arguments.purpose {
        export = export.purpose(purpose.parse()?);
    }
    if let Some(policy) = &arguments.policy {
        export = export.policy(policy);
    }
    if let Some(visitor) = &arguments.visitor {
        let known = VisitorId::parse(visitor).ok_or_else(|| format!("`{visitor}` is no visitor's id"))?;
        export = export.visitor(known);
    }
    if let Some(size) = arguments.at {
        export = export.at(size);
    }
    pollster::block_on(async {
        let mut log = Log::open_existing(store.clone()).await?;
        log.append(vec![export.record(SystemClock.now())]).await
    })?;
    let started = Instant::now();
    let written = write(&export, &arguments.out)?;
    let bytes = fs::metadata(&arguments.out)?.len();
    match arguments.print {
        Format::Json => {
            let value = json!({
                "file": arguments.out, "bytes": bytes, "events": written.events, "size": written.size,
                "root": written.root, "key": written.key,
            });
            println!("{value:#}");
        }
        Format::Text => {
            println!(
                "{}: {} of {} events, {} KiB, in {:.1} s",
                arguments.out.display(),
                written.events,
                written.size,
                bytes.div_ceil(1024),
                started.elapsed().as_secs_f64()
            );
            println!("root {}", written.root);
            println!("key {}", written.key);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes the file whole or not at all.
fn write(export: &Export, path: &Path) -> Result<export::Written, Box<dyn std::error::Error>> {
    let part = PathBuf::from(format!("{}.part", path.display()));
    let failed = |what: &str, path: &Path| {
        let what = format!("cannot {what} {}", path.display());
        move |source: std::io::Error| format!("{what}: {source}")
    };
    let whole = || -> Result<export::Written, Box<dyn std::error::Error>> {
        let mut file = BufWriter::new(File::create(&part).map_err(failed("write", &part))?);
        let mut told = Instant::now();
        let tells = std::io::stderr().is_terminal();
        let written = export.write(&mut file, &mut |progress| {
            if tells && told.elapsed() > Duration::from_millis(200) {
                told = Instant::now();
                eprint!("\r{} of {} events", progress.done, progress.of);
            }
        })?;
        if tells {
            eprint!("\r\x1b[K");
        }
        file.flush().map_err(failed("write", &part))?;
        file.into_inner().map_err(|error| error.to_string())?.sync_all().map_err(failed("write", &part))?;
        fs::rename(&part, path).map_err(failed("write", path))?;
        Ok(written)
    };
    whole().inspect_err(|_| {
        // Half an export is none; that it cannot be removed changes nothing.
        let _ = fs::remove_file(&part);
    })
}

/// Reads a time, or a day; of a day the moment that comes `after` its beginning.
fn moment(text: &str, after: Duration) -> Result<OffsetDateTime, Box<dyn std::error::Error>> {
    if let Ok(day) = Date::parse(text, format_description!("[year]-[month]-[day]")) {
        return Ok(day.midnight().assume_utc() + after);
    }
    OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|_| format!("`{text}` is no day like 2026-09-01 and no time like 2026-09-01T12:00:00Z").into())
}
