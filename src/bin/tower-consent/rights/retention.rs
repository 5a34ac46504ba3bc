//! `retention`: the end of what is kept.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::json;
use tower_consent::rights::{Terms, plan, run as carry_out, short_lived};

use super::{Format, Outcome, Place, Sheet};

const HELP: &str = "Examples:
  tower-consent retention run --store sled:store --dry-run
  tower-consent retention run --store sled:store
  tower-consent retention act 5120 --store sled:store --out act.html

A server does the run itself, once a day. Run again, it finds nothing left to do.";

#[derive(Debug, Subcommand)]
#[command(after_help = HELP)]
pub(crate) enum RetentionCommand {
    /// Ends choices that are over, and destroys the values of people of whom nothing need be kept; the log tells of it.
    #[command(after_help = "Example:\n  tower-consent retention run --store sled:store --dry-run")]
    Run {
        #[command(flatten)]
        place: Place,
        /// Only tells what is due; changes nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Writes act and log extract of a run, ready to sign.
    #[command(
        after_help = "Example:\n  tower-consent retention act 5120 --store sled:store --out act.txt --language en"
    )]
    Act {
        /// Number of the run's event in the log.
        number: u64,
        #[command(flatten)]
        sheet: Sheet,
    },
}

pub(crate) fn run(command: &RetentionCommand) -> Outcome {
    match command {
        RetentionCommand::Run { place, dry_run } => {
            let mut opened = place.open()?;
            let terms = Terms::of(&opened.policy);
            let (store, now) = (opened.store.clone(), opened.now);
            let due = pollster::block_on(plan(&*store, &terms, now))?;
            let (visitors, events, expired, short, index) = match dry_run {
                true => {
                    let short = pollster::block_on(short_lived(&*store, now))?;
                    (due.visitors.len() as u64, due.events, due.expired.len() as u64, short, None)
                }
                false => {
                    let done = pollster::block_on(carry_out(&mut opened.log, store, &terms, due, now))?;
                    (done.visitors, done.events, done.expired, done.short_lived, Some(done.index))
                }
            };
            match place.format {
                Format::Json => {
                    let value = json!({ "dry_run": dry_run, "visitors": visitors, "events": events, "expired": expired,
                        "short_lived": short, "event": index });
                    println!("{value:#}");
                }
                Format::Text => {
                    println!("{}", if *dry_run { "due, nothing was changed:" } else { "done:" });
                    println!("  visitors forgotten    {visitors:>8}   (values of {events} events)");
                    println!("  choices ended         {expired:>8}");
                    println!("  short-lived values    {short:>8}");
                    if let Some(index) = index {
                        println!("the log tells of it in event {index}");
                    }
                }
            }
            Ok(ExitCode::SUCCESS)
        }
        RetentionCommand::Act { number, sheet } => sheet.write(|_| Ok((*number, None))),
    }
}
