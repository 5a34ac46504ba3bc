//! `render`: one document as a visitor reads it, as HTML or as plain text.

use std::{fs, path::PathBuf, process::ExitCode};

use clap::{Args, ValueEnum};
use tower_consent::{
    documents::{self, Document},
    language::Language,
    policy::{LoadError, Policy},
};

use super::screen;

/// The arguments of `render`.
#[derive(Debug, Args)]
#[command(after_help = "Exit codes: 0 written, 1 the policy has faults, 2 could not run.

Examples:
  tower-consent render policies/news-site --document consent
  tower-consent render policies/news-site --document policy --language en --format html --output policy.html
  tower-consent render policies/news-site --document cookies --prefix /privacy")]
pub(crate) struct Render {
    /// The folder that holds policy.toml.
    folder: PathBuf,
    /// Which text.
    #[arg(long, value_enum)]
    document: Kind,
    /// In which language of the policy; its first one unless told.
    #[arg(long, value_name = "TAG")]
    language: Option<Language>,
    /// Plain text for a terminal and for e-mail, or a whole HTML page.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// The path the site serves the privacy centre under; links lead there.
    #[arg(long, value_name = "PATH", default_value = "/_consent")]
    prefix: String,
    /// Where to write; a file that is there is replaced. On the screen unless told.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    /// The consent to processing personal data.
    Consent,
    /// Cookies and services; made of policy.toml alone.
    Cookies,
    /// The policy of processing personal data.
    Policy,
    /// Rules of applying recommendation technologies.
    Recommendations,
}

impl Kind {
    fn document(self) -> Document {
        match self {
            Self::Consent => Document::Consent,
            Self::Cookies => Document::Cookies,
            Self::Policy => Document::Policy,
            Self::Recommendations => Document::Recommendations,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Plain text.
    Text,
    /// A whole page.
    Html,
}

pub(crate) fn run(arguments: &Render) -> ExitCode {
    let folder = arguments.folder.display();
    let policy = match Policy::load(&arguments.folder) {
        Ok(policy) => policy,
        Err(LoadError::Policy(error)) => {
            let count = error.diagnostics().len();
            eprintln!("tower-consent: {folder} has {count} fault(s); `tower-consent check {folder}` tells them");
            return ExitCode::from(1);
        }
        Err(error) => {
            eprintln!("tower-consent: {error}");
            return ExitCode::from(2);
        }
    };
    let languages = &policy.site().languages;
    let language = arguments.language.as_ref().unwrap_or(&languages[0]);
    if !languages.contains(language) {
        let known: Vec<_> = languages.iter().map(Language::as_str).collect();
        eprintln!("tower-consent: {folder} has no texts in `{language}`; it has {}", known.join(", "));
        return ExitCode::from(2);
    }
    let document = arguments.document.document();
    let rendered = match arguments.format {
        Format::Text => documents::plain(&policy, language, document, &arguments.prefix),
        Format::Html => documents::page(&policy, language, document, &arguments.prefix),
    };
    let Some(file) = &arguments.output else {
        return screen::print(&rendered).err().unwrap_or(ExitCode::SUCCESS);
    };
    match fs::write(file, rendered) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tower-consent: cannot write {}: {error}", file.display());
            ExitCode::from(2)
        }
    }
}
