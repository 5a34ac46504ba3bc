//! The command line: `check` a policy, look at a log.
//!
//! Exit codes: 0 good, 1 findings, 2 could not run.

#![allow(clippy::print_stdout, clippy::print_stderr)] // a command talks to the terminal

mod log;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand, ValueEnum};
use tower_consent::policy::{LoadError, Policy};

/// Makes a web site keep what its privacy texts promise.
#[derive(Debug, Parser)]
#[command(
    name = "tower-consent",
    version,
    after_help = "Examples:
  tower-consent check policies/news-site
  tower-consent log stats --store sled:store --format json"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Tells what is wrong with policy folders, with file, line, column, reason and fix.
    Check {
        /// Folders that hold a policy.toml.
        #[arg(required = true)]
        folders: Vec<PathBuf>,
    },
    /// Looks at the log of choices.
    #[command(subcommand)]
    Log(LogCommand),
}

#[derive(Debug, Subcommand)]
enum LogCommand {
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
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

fn main() -> ExitCode {
    match Arguments::parse().command {
        Command::Check { folders } => check(&folders),
        Command::Log(LogCommand::Stats { store, format }) => log::stats(&store, format),
    }
}

fn check(folders: &[PathBuf]) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    for folder in folders {
        match Policy::load(folder) {
            Ok(policy) => println!("{}: good, version {}", folder.display(), &policy.version()[..16]),
            Err(LoadError::Policy(error)) => {
                for fault in error.diagnostics() {
                    println!("{}/{fault}", folder.display());
                }
                println!("{}: {} fault(s)", folder.display(), error.diagnostics().len());
                code = ExitCode::from(1);
            }
            Err(error) => {
                eprintln!("tower-consent: {error}");
                return ExitCode::from(2);
            }
        }
    }
    code
}
