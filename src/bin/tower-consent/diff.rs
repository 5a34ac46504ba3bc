//! `diff`: who is asked again when one policy takes the place of another, and why.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, ValueEnum};
use tower_consent::policy::{LoadError, Policy};

/// The arguments of `diff`.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 nobody is asked again, 1 somebody is, 2 could not run.

Examples:
  tower-consent diff published/news-site policies/news-site
  tower-consent diff old new --format json

A change of the consent text asks everyone again. When it alters nothing a visitor agreed to, add the
`[[editorial]]` block that is printed at the end to the new policy.toml.")]
pub(crate) struct Diff {
    /// The policy folder in force.
    old: PathBuf,
    /// The policy folder that is to replace it.
    new: PathBuf,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs: one object with `old`, `new`, `purposes`, `files`, `mark`.
    Json,
}

pub(crate) fn run(arguments: &Diff) -> ExitCode {
    let load = |folder: &PathBuf| {
        Policy::load(folder).map_err(|error| match error {
            LoadError::Policy(error) => {
                let count = error.diagnostics().len();
                eprintln!(
                    "tower-consent: {} has {count} fault(s); `tower-consent check {}` tells them",
                    folder.display(),
                    folder.display()
                );
            }
            error => eprintln!("tower-consent: {error}"),
        })
    };
    let (Ok(old), Ok(new)) = (load(&arguments.old), load(&arguments.new)) else {
        return ExitCode::from(2);
    };
    let difference = old.difference(&new);
    match arguments.format {
        Format::Text => print!("{difference}"),
        Format::Json => match serde_json::to_string_pretty(&difference) {
            Ok(text) => println!("{text}"),
            Err(error) => {
                eprintln!("tower-consent: cannot write the difference as JSON: {error}");
                return ExitCode::from(2);
            }
        },
    }
    ExitCode::from(u8::from(difference.asked().next().is_some()))
}
