//! `check`: tells what is wrong with policy folders.
//!
//! In: folders, saved pages. Out: every finding of each, as text for people, JSON or SARIF, and an exit code. It
//! changes nothing.

mod json;
mod page;
mod sarif;
mod text;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, ValueEnum, builder::PossibleValuesParser};
use tower_consent::{
    lint::{self, Finding, Page},
    policy::{Diagnostic, Level, Policy, Profile},
};

use super::screen;

macro_rules! help {
    () => {
        "\
Exit codes: 0 nothing to mend; 1 there are errors (with --strict: or warnings); 2 a folder or page could not be read.
A finding with a code in capitals is one of a rule of law or technique: `tower-consent explain CODE` tells what it asks.

Examples:
  tower-consent check policies/news-site
  tower-consent check policies/* --strict
  tower-consent check policies/shop --profile fr --page saved/front.html
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
      file             inside the folder; of a page, as it was given
      line, column     from 1, columns in characters; end_line, end_column: just after the last character
      start, end       the same as bytes of the file
      message, fix     what is wrong, and what to do
      article, confidence, fine   of a rule of law: where it is from; P read in a primary text, S in a secondary
                       one, M from memory; what breaking it may cost a company. Else null
      reason           why the policy gives the rule another level, else null
    silenced  the same for what the policy switched off
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
    /// Let warnings count like errors for the exit code, and those of some rules be errors.
    #[arg(long)]
    strict: bool,
    /// Apply the rules of this body of law instead of those the policy keeps; may be given several times.
    #[arg(long, value_name = "PROFILE", value_parser = PossibleValuesParser::new(Profile::ALL.iter().map(|one| one.as_str())))]
    profile: Vec<String>,
    /// Hold a saved page of the site against the rules of markup, too; may be given several times.
    #[arg(long, value_name = "FILE.html")]
    page: Vec<PathBuf>,
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
    /// Texts by name: those of the folder, and the pages.
    files: BTreeMap<String, String>,
    pages: Vec<String>,
    /// The version of the policy, if it can be used.
    version: Option<String>,
    /// Number of rules it was held against; none when it cannot be used.
    rules: usize,
    found: Vec<Found>,
    silenced: Vec<Found>,
}

/// One fault of the format, or one finding of a rule.
#[derive(Debug)]
struct Found {
    diagnostic: Diagnostic,
    rule: Option<&'static lint::Rule>,
    reason: Option<String>,
}

impl From<Finding> for Found {
    fn from(finding: Finding) -> Self {
        Self { diagnostic: finding.diagnostic, rule: finding.rule, reason: finding.reason }
    }
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
        let mut pages = Vec::new();
        for path in &self.page {
            match page::read(path) {
                Ok(page) => pages.push(page),
                Err(error) => {
                    eprintln!("tower-consent: cannot read {}: {error}", path.display());
                    return ExitCode::from(2);
                }
            }
        }
        let folders: Vec<Folder> = self.folders.iter().map(|path| self.look(path, &pages)).collect();
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

    fn look(&self, path: &Path, pages: &[Page]) -> Folder {
        let result = Policy::read(path).map_err(|error| error.to_string()).map(|files| self.judge(files, pages));
        Folder { path: path.to_owned(), result }
    }

    fn judge(&self, mut files: BTreeMap<String, String>, pages: &[Page]) -> Findings {
        let (policy, faults) = Policy::check(files.clone());
        files.extend(pages.iter().map(|page| (page.name.clone(), page.html.clone())));
        let faults = faults.into_iter().map(|diagnostic| Found { diagnostic, rule: None, reason: None });
        let mut findings = Findings {
            files,
            pages: pages.iter().map(|page| page.name.clone()).collect(),
            version: None,
            rules: 0,
            found: faults.collect(),
            silenced: Vec::new(),
        };
        let Some(policy) = policy else {
            return findings;
        };
        let given: Vec<Profile> =
            Profile::ALL.iter().copied().filter(|one| self.profile.iter().any(|word| word == one.as_str())).collect();
        let profiles = if given.is_empty() { &policy.site().profiles } else { &given };
        let applies =
            |rule: &&lint::Rule| rule.profiles().iter().any(|own| profiles.iter().any(|one| one.includes(*own)));
        findings.rules = lint::rules().filter(applies).count();
        let report = lint::Check::new(&policy).profiles(profiles).pages(pages).strict(self.strict).run();
        findings.found.extend(report.findings().iter().cloned().map(Found::from));
        findings.silenced.extend(report.silenced().iter().cloned().map(Found::from));
        findings.found.sort_by(|one, other| {
            let key = |found: &Found| {
                (found.diagnostic.file != "policy.toml", found.diagnostic.file.clone(), found.diagnostic.span.start)
            };
            key(one).cmp(&key(other))
        });
        findings.version = Some(policy.version().to_owned());
        findings
    }
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
        self.result.as_ref().map_or_else(|_| Count::default(), |findings| Count::of(&findings.found))
    }
}

impl Count {
    fn of(found: &[Found]) -> Self {
        let mut count = Self::default();
        for one in found {
            match one.diagnostic.level {
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

    /// Returns where the file of a finding is, as a person would write it.
    fn path(&self, folder: &Path, diagnostic: &Diagnostic) -> PathBuf {
        if self.pages.contains(&diagnostic.file) {
            return PathBuf::from(&diagnostic.file);
        }
        folder.join(&diagnostic.file)
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
