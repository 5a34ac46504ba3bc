//! Events of the proxy on the error output, for whoever looks for a fault.
//!
//! In: a level, or `RUST_LOG`. Out: lines. Only events of this program are written, whatever is asked for: those of the HTTP
//! and TLS below it hold addresses, cookies and queries, which are personal data.

use clap::ValueEnum;
use tracing_subscriber::{
    Layer,
    filter::{FilterExt, LevelFilter, Targets},
    fmt,
    layer::SubscriberExt,
    util::{SubscriberInitExt, TryInitError},
};

/// What this program calls itself in events.
const OWN: &str = "tower_consent";

/// How much is told.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Level {
    /// Nothing.
    Off,
    /// What failed.
    Error,
    /// And what looks wrong, such as an upstream that does not answer.
    Warn,
    /// And one line for each request.
    Info,
    /// And more.
    Debug,
    /// Everything.
    Trace,
}

/// Begins to write events. Without a level `RUST_LOG` says which, and without both nothing is written.
pub(super) fn start(level: Option<Level>) -> Result<(), Box<dyn std::error::Error>> {
    let wanted = match level {
        Some(level) => own(level.filter()),
        None => match std::env::var("RUST_LOG") {
            Ok(text) => text.parse::<Targets>().map_err(|error| format!("RUST_LOG is `{text}`: {error}"))?,
            Err(_) => return Ok(()),
        },
    };
    let lines = fmt::layer().with_writer(std::io::stderr).with_ansi(false);
    let started: Result<(), TryInitError> =
        tracing_subscriber::registry().with(lines.with_filter(wanted.and(own(LevelFilter::TRACE)))).try_init();
    Ok(started?)
}

fn own(level: LevelFilter) -> Targets {
    Targets::new().with_target(OWN, level)
}

impl Level {
    fn filter(self) -> LevelFilter {
        match self {
            Self::Off => LevelFilter::OFF,
            Self::Error => LevelFilter::ERROR,
            Self::Warn => LevelFilter::WARN,
            Self::Info => LevelFilter::INFO,
            Self::Debug => LevelFilter::DEBUG,
            Self::Trace => LevelFilter::TRACE,
        }
    }
}
