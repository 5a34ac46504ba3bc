//! `scan`: what pages include, and what of it no policy declares.
//!
//! In: files, folders, addresses of sites. Out: a report as text or JSON, and an exit code; progress on the error
//! output. It changes nothing, sends no cookies and runs no scripts.

mod fetch;
mod files;
mod progress;
mod site;
mod text;

use std::{num::NonZeroUsize, path::PathBuf, process::ExitCode};

use clap::{Args, ValueEnum};
use serde::Serialize;
use tower_consent::{
    policy::{LoadError, Policy},
    scan::{Report, Scanner},
};
use url::Url;

use self::{fetch::Client, progress::Progress};
use super::screen;

macro_rules! help {
    () => {
        "\
Exit codes: 0 everything found is declared; 1 something is not; 2 could not run.

Examples:
  tower-consent scan https://news.example/ --policy policies/news-site
  tower-consent scan https://news.example/ --pages 200 --own news-static.example
  tower-consent scan saved-pages/ front.html --policy policies/news-site
  tower-consent scan public/ --policy policies/news-site --format toml > to-declare.toml"
    };
}

const HELP: &str = help!();

const LONG_HELP: &str = concat!(
    help!(),
    "

What is read: the HTML as the server sends it, what stands in noscript and template too. No script is run, so what only
a script, a tag manager or a counter loads is not seen: declare it by what its vendor says. Without --policy nothing
counts as declared.

An address is gone through within its origin, one request at a time, sections of the site in turn; robots.txt is obeyed
(we go by the name `tower-consent`). Each request may take 30 seconds, of each page 5 MiB are read. What is no page
(pictures, documents, errors) does not count for --pages, but after three requests for each page and ten more the scan
ends too. Of a folder with more pages than --pages, pages are picked evenly.

How a thing is included:
  script, frame, image, media, style, link, refresh, ping   an element that loads it
  inline-loader, script-pixel, document-write               an inline script
  noscript-image, noscript-frame                            what a browser without script loads (in the head of a page
                                                            it ends the noscript there, and image or frame is told)
  hint                                                      preconnect, dns-prefetch, preload and the like
  container                                                 an element its loader fills
  lazy                                                      an address in data-src, for a script of the page
  kept-script, kept-inline                                  held back by another consent tool until it starts it

Fields of --format json (more may be added; `format` becomes another number when one goes or changes):
  format    1
  version   of this program
  clean     whether everything found is declared
  pages     for each page: name, site, counts, cut (nested without end, read in part)
  services  undeclared ones first: id, title, kind, operator, country, declared, forms, named_only, hosts, pages
  hosts     that nobody knows: domain, hosts, forms, pages
  cookies   that nobody declares: name, lifetime, declared_service, service, platforms, pages
  named     domains that inline scripts name: domain, hosts, pages
  unmet     declared services that are on no page
  blocks    for policy.toml: about, toml
  not_read  pages that could not be read: name, reason"
);

/// Tells what pages include, and writes a `[[service]]` block for what no service of the policy declares.
#[derive(Debug, Args)]
#[command(after_help = HELP, after_long_help = LONG_HELP)]
pub(super) struct Scan {
    /// Pages, folders of pages (*.html, *.htm, *.xhtml, *.shtml), addresses of sites.
    #[arg(required = true, value_name = "FILE|DIR|URL")]
    inputs: Vec<String>,
    /// The policy folder the pages should keep.
    #[arg(long, value_name = "DIR")]
    policy: Option<PathBuf>,
    /// How many pages are read at most, over all inputs.
    #[arg(long, value_name = "N", default_value_t = NonZeroUsize::new(50).expect("50 is not zero"))]
    pages: NonZeroUsize,
    /// A host that is the site's own, with all of its registrable domain; may be given several times.
    #[arg(long, value_name = "HOST")]
    own: Vec<String>,
    /// Milliseconds between two requests.
    #[arg(long, value_name = "MS", default_value_t = 250)]
    delay: u64,
    /// Reads pages that robots.txt keeps robots from. For sites of your own.
    #[arg(long)]
    ignore_robots: bool,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs: one object, whose fields `--help` lists.
    Json,
    /// Only the blocks for policy.toml.
    Toml,
}

/// A page that could not be read.
#[derive(Debug, Serialize)]
struct NotRead {
    name: String,
    reason: String,
}

/// What a scan has come to so far.
#[derive(Debug)]
struct Run {
    scanner: Scanner,
    progress: Progress,
    not_read: Vec<NotRead>,
    /// What the reader of the report should know about its limits.
    notes: Vec<String>,
    /// Pages that may still be read.
    left: usize,
}

impl Run {
    fn skip(&mut self, name: impl Into<String>, reason: impl Into<String>) {
        self.not_read.push(NotRead { name: name.into(), reason: reason.into() });
    }
}

#[derive(Serialize)]
struct Json<'r> {
    format: u8,
    version: &'static str,
    clean: bool,
    #[serde(flatten)]
    report: &'r Report,
    not_read: &'r [NotRead],
}

impl Scan {
    pub(super) fn run(&self) -> ExitCode {
        match self.scan() {
            Ok(code) => code,
            Err(message) => {
                eprintln!("tower-consent: {message}");
                ExitCode::from(2)
            }
        }
    }

    fn scan(&self) -> Result<ExitCode, String> {
        let policy = self.policy.as_ref().map(load).transpose()?;
        let mut scanner = Scanner::new(policy.as_ref());
        for host in &self.own {
            scanner.add_own(own_host(host)?);
        }
        let mut run = Run {
            scanner,
            progress: Progress::new(self.pages.get()),
            not_read: Vec::new(),
            notes: Vec::new(),
            left: self.pages.get(),
        };
        let mut client = None;
        for input in &self.inputs {
            match address(input) {
                Some(address) => {
                    let client = client.get_or_insert_with(|| Client::new(self.delay));
                    site::scan(&mut run, client, address?, self.ignore_robots)?;
                }
                None => files::scan(&mut run, input)?,
            }
        }
        run.progress.finish();
        let Run { scanner, not_read, mut notes, .. } = run;
        let report = scanner.finish();
        let homeless = report.pages.iter().filter(|page| page.site.is_none()).count();
        if homeless > 0 && policy.is_none() && self.own.is_empty() {
            notes.push(format!(
                "{homeless} of the pages do not say which site they are of, so that whole addresses of the site itself \
                 count as others'; `--own HOST` names it"
            ));
        }
        if report.pages.is_empty() {
            return Err(match not_read.first() {
                Some(first) => format!("no page could be read; the first was {}: {}", first.name, first.reason),
                None => "no page was read".to_owned(),
            });
        }
        let clean = report.is_clean();
        let output = match self.format {
            Format::Text => text::text(&report, &not_read, &notes, policy.is_some()),
            Format::Toml => {
                let blocks: Vec<_> = report.blocks.iter().map(|block| block.toml.as_str()).collect();
                blocks.join("\n")
            }
            Format::Json => {
                let version = env!("CARGO_PKG_VERSION");
                let json = Json { format: 1, version, clean, report: &report, not_read: &not_read };
                serde_json::to_string_pretty(&json).map_err(|error| format!("cannot write the report: {error}"))? + "\n"
            }
        };
        if let Err(code) = screen::print(&output) {
            return Ok(code);
        }
        Ok(ExitCode::from(u8::from(!clean)))
    }
}

fn load(folder: &PathBuf) -> Result<Policy, String> {
    Policy::load(folder).map_err(|error| match error {
        LoadError::Policy(error) => {
            let (count, folder) = (error.diagnostics().len(), folder.display());
            format!("{folder} has {count} fault(s); `tower-consent check {folder}` tells them")
        }
        error => error.to_string(),
    })
}

/// Reads an input that is meant as an address; `None` for a file or folder.
fn address(input: &str) -> Option<Result<Url, String>> {
    let (scheme, _) = input.split_once("://")?;
    Some(match (scheme.to_ascii_lowercase().as_str(), Url::parse(input)) {
        ("http" | "https", Ok(address)) => Ok(address),
        ("http" | "https", Err(error)) => Err(format!("`{input}` is no address: {error}")),
        _ => Err(format!("`{input}` cannot be fetched: only http and https can")),
    })
}

/// A host as given, or the host of an address.
fn own_host(given: &str) -> Result<&str, String> {
    let host = given.split_once("://").map_or(given, |(_, rest)| rest);
    let host = host.split(['/', ':']).next().unwrap_or_default().trim_start_matches("*.");
    if host.contains('.') && !host.contains(char::is_whitespace) {
        return Ok(host);
    }
    Err(format!("`{given}` is no host: write `--own static.example`"))
}
