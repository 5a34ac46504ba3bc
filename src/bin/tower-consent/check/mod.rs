//! `check`: tells what is wrong with policy folders.
//!
//! In: folders. Out: every finding of each, as text for people, JSON or SARIF, and an exit code. It changes nothing.

mod json;
mod sarif;
mod text;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, ValueEnum};
use tower_consent::policy::{Diagnostic, Level, Policy};

use super::screen;

macro_rules! help {
    () => {
        "\
Exit codes: 0 nothing to mend; 1 there are errors (with --strict: or warnings); 2 a folder could not be read.

Examples:
  tower-consent check policies/news-site
  tower-consent check policies/* --strict
  tower-consent check policies/news-site --format json | jq .summary
  tower-consent check policies/* --format sarif > findings.sarif"
    };
}

const HELP: &str = help!();

const LONG_HELP: &str = concat!(
    help!(),
    "

Fields of --format json (more may be added; `format` becomes another number when one goes or changes):
  format    1
  version   of this program
  strict    whether --strict was given
  folders   for each folder:
    folder    as it was given
    policy    version of the policy, 64 hexadecimal digits; null when it cannot be used
    error     why the folder could not be read; null when it could
    findings  for each finding, in the order of files and lines:
      code, level      `level` is error, warning or info
      file             inside the folder
      line, column     from 1, columns in characters; end_line, end_column: just after the last character
      start, end       the same as bytes of the file
      message, fix     what is wrong, and what to do
  summary   folders, unreadable, errors, warnings, infos"
);

/// Tells what is wrong with policy folders, with file, line, column, reason and fix.
#[derive(Debug, Args)]
#[command(after_help = HELP, after_long_help = LONG_HELP)]
pub(super) struct Check {
    /// Folders that hold a policy.toml.
    #[arg(required = true, value_name = "DIR")]
    folders: Vec<PathBuf>,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Let warnings count like errors for the exit code.
    #[arg(long)]
    strict: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people, with the line in question.
    Text,
    /// For programs: one object, whose fields are listed below.
    Json,
    /// For code review and dashboards: SARIF 2.1.0.
    Sarif,
}

/// One folder that was looked at.
#[derive(Debug)]
struct Folder {
    path: PathBuf,
    result: Result<Findings, String>,
}

/// What a folder held and what is wrong with it.
#[derive(Debug)]
struct Findings {
    files: BTreeMap<String, String>,
    /// The version of the policy, if it can be used.
    version: Option<String>,
    diagnostics: Vec<Diagnostic>,
}

/// How many findings there are of each level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    errors: usize,
    warnings: usize,
    infos: usize,
}

impl Check {
    pub(super) fn run(self) -> ExitCode {
        let folders: Vec<Folder> = self.folders.iter().map(|path| look(path)).collect();
        for folder in &folders {
            if let Err(reason) = &folder.result {
                eprintln!("tower-consent: {reason}");
            }
        }
        let output = match self.format {
            Format::Text => text::report(&folders, screen::width()),
            Format::Json => json::report(&folders, self.strict),
            Format::Sarif => sarif::report(&folders),
        };
        if let Err(code) = screen::print(&output) {
            return code;
        }
        exit_code(&folders, self.strict)
    }
}

fn look(path: &Path) -> Folder {
    let result = Policy::read(path).map_err(|error| error.to_string()).map(|files| {
        let (policy, diagnostics) = Policy::check(files.clone());
        Findings { files, version: policy.map(|policy| policy.version().to_owned()), diagnostics }
    });
    Folder { path: path.to_owned(), result }
}

fn exit_code(folders: &[Folder], strict: bool) -> ExitCode {
    if folders.iter().any(|folder| folder.result.is_err()) {
        return ExitCode::from(2);
    }
    let count = folders.iter().map(Folder::count).fold(Count::default(), Count::plus);
    let bad = count.errors > 0 || (strict && count.warnings > 0);
    if bad { ExitCode::from(1) } else { ExitCode::SUCCESS }
}

impl Folder {
    fn count(&self) -> Count {
        self.result.as_ref().map_or_else(|_| Count::default(), |findings| Count::of(&findings.diagnostics))
    }
}

impl Count {
    fn of<'a>(diagnostics: impl IntoIterator<Item = &'a Diagnostic>) -> Self {
        let mut count = Self::default();
        for diagnostic in diagnostics {
            match diagnostic.level {
                Level::Error => count.errors += 1,
                Level::Warning => count.warnings += 1,
                _ => count.infos += 1,
            }
        }
        count
    }

    fn plus(self, other: Self) -> Self {
        Self {
            errors: self.errors + other.errors,
            warnings: self.warnings + other.warnings,
            infos: self.infos + other.infos,
        }
    }
}

impl Findings {
    /// Returns the text a finding is in; empty where there is no such file.
    fn source(&self, diagnostic: &Diagnostic) -> &str {
        self.files.get(&diagnostic.file).map_or("", String::as_str)
    }

    /// Returns line and column, both from 1 and columns in characters, of the end of a finding.
    fn end(&self, diagnostic: &Diagnostic) -> (usize, usize) {
        let marked = self.source(diagnostic).get(diagnostic.span.clone()).unwrap_or_default();
        match marked.rsplit_once('\n') {
            None => (diagnostic.line, diagnostic.column + marked.chars().count()),
            Some((before, last)) => (diagnostic.line + before.matches('\n').count() + 1, last.chars().count() + 1),
        }
    }
}
