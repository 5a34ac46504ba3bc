//! The policy of a site: a folder of text files, checked and ready to use.
//!
//! In: the files of a folder. Out: an immutable [`Policy`], or every fault at once as [`Diagnostic`]s with file,
//! line, column, reason and fix. A policy with a fault is never used in part. The room knows nothing of HTTP.

mod compile;
mod diagnostic;
mod parse;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use sha2::{Digest, Sha256};
use url::Url;

#[cfg(test)]
pub(crate) use self::compile::catalogue_service;
pub use self::diagnostic::{Diagnostic, PolicyError};
use crate::{
    documents::Document,
    language::Language,
    purpose::{PurposeId, PurposeKind},
};

/// The largest file of a policy folder, in bytes: texts of law are long, not endless.
const LARGEST_FILE: u64 = 1 << 20;

/// What a site promises, compiled from its text files; shared and never changed.
///
/// # Example
///
/// ```
/// use tower_consent::policy::Policy;
/// let policy = Policy::load("policies/news-site").unwrap();
/// assert_eq!(policy.purposes().len(), 3);
/// assert!(policy.purpose("metrics").unwrap().needs_consent());
/// ```
#[derive(Clone, Debug)]
pub struct Policy {
    version: String,
    site: Site,
    operator: Operator,
    method: Method,
    operations: Vec<&'static str>,
    model: Model,
    remember: Duration,
    purposes: Vec<Purpose>,
    services: Vec<Service>,
    texts: BTreeMap<(Language, Document), String>,
    files: BTreeMap<String, String>,
}

impl Policy {
    /// Reads and compiles a policy folder.
    ///
    /// `folder` holds `policy.toml` and one folder of Markdown texts for each language. Other files are ignored.
    ///
    /// # Errors
    ///
    /// [`LoadError::Read`] when a file cannot be read, is over 1 MiB or is not UTF-8; [`LoadError::Policy`] when
    /// anything in the files is wrong, with all faults.
    pub fn load(folder: impl AsRef<Path>) -> Result<Self, LoadError> {
        let files = read_folder(folder.as_ref())?;
        match Self::check(files) {
            (Some(policy), _) => Ok(policy),
            (None, diagnostics) => Err(LoadError::Policy(PolicyError(diagnostics))),
        }
    }

    /// Compiles the files of a folder, given as names and texts; the policy is there when nothing is wrong.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let (policy, diagnostics) = Policy::check([("policy.toml", "[site]\nnam = \"x\"\n")]);
    /// assert!(policy.is_none());
    /// assert!(diagnostics.iter().any(|fault| fault.help.contains("did you mean `name`?")));
    /// ```
    pub fn check<N, T>(files: impl IntoIterator<Item = (N, T)>) -> (Option<Self>, Vec<Diagnostic>)
    where
        N: Into<String>,
        T: Into<String>,
    {
        compile::compile(&files.into_iter().map(|(name, text)| (name.into(), text.into())).collect())
    }

    /// Returns the hash of the folder as published: 64 hexadecimal digits of SHA-256.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Returns what is said of the site itself.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Returns who processes the data.
    pub fn operator(&self) -> &Operator {
        &self.operator
    }

    /// Returns how data is processed.
    pub fn method(&self) -> Method {
        self.method
    }

    /// Returns the operations of 152-FZ, article 3(3), that the site declares, as words of a policy file.
    pub fn operations(&self) -> &[&'static str] {
        &self.operations
    }

    /// Returns how a visitor's answer comes about.
    pub fn model(&self) -> Model {
        self.model
    }

    /// Returns how long an answer holds.
    pub fn remember(&self) -> Duration {
        self.remember
    }

    /// Returns all purposes, in the order of the file.
    pub fn purposes(&self) -> &[Purpose] {
        &self.purposes
    }

    /// Returns a purpose by its name.
    pub fn purpose(&self, id: &str) -> Option<&Purpose> {
        self.purposes.iter().find(|purpose| purpose.id.as_str() == id)
    }

    /// Returns the purposes a visitor is asked about.
    pub fn asked(&self) -> impl Iterator<Item = &Purpose> {
        self.purposes.iter().filter(|purpose| purpose.needs_consent())
    }

    /// Returns all services, in the order of the file.
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// Returns the Markdown of a document in a language of the site.
    pub(crate) fn text(&self, language: &Language, document: Document) -> Option<&str> {
        self.texts.get(&(language.clone(), document)).map(String::as_str)
    }

    /// Returns the files of the folder as they were published.
    pub fn files(&self) -> &BTreeMap<String, String> {
        &self.files
    }

    /// Returns the short hash of everything a consent to this purpose depends on: 12 hexadecimal digits.
    ///
    /// It covers kind, ground, data, retention and the services with their operators, countries and cookies; not
    /// titles, translations or order. When it changes, the visitor is asked about this purpose again.
    pub fn material(&self, purpose: &Purpose) -> String {
        let mut hash = Sha256::new();
        let mut part = |text: &str| {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        };
        let first = &self.site.languages[0];
        part(purpose.id.as_str());
        part(purpose.kind.as_str());
        part(purpose.basis);
        part(purpose.data.in_language(first));
        part(&purpose.retention.as_secs().to_string());
        let mut services: Vec<_> = self.services.iter().filter(|service| service.purpose == purpose.id).collect();
        services.sort_by(|left, right| left.id.cmp(&right.id));
        for service in services {
            part(&service.id);
            part(service.operator.in_language(first));
            part(&service.country);
            let mut cookies: Vec<_> = service.cookies.iter().collect();
            cookies.sort_by(|left, right| left.name.cmp(&right.name));
            for cookie in cookies {
                part(&cookie.name);
                part(&cookie.lifetime.material());
            }
        }
        base16ct::lower::encode_string(&hash.finalize())[..12].to_owned()
    }
}

/// What a policy says of the site.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Site {
    /// Name in the texts.
    pub name: Text,
    /// Where visitors reach it: scheme and host.
    pub origin: Url,
    /// Languages of its texts, the default first; never empty.
    pub languages: Vec<Language>,
}

/// Who processes the data and answers for it (152-FZ, article 9(4); GDPR, article 13(1)(a)).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Operator {
    /// Full name.
    pub name: Text,
    /// Postal address.
    pub address: Text,
    /// Where a person can write.
    pub email: String,
    /// Country, two letters.
    pub country: String,
}

/// The general way of processing (152-FZ, article 9(4)).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Method {
    /// By computer only.
    Automated,
    /// Both ways.
    Mixed,
    /// By hand only.
    NonAutomated,
}

impl Method {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Automated => "automated",
            Self::Mixed => "mixed",
            Self::NonAutomated => "non-automated",
        }
    }
}

/// How a visitor's answer comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Model {
    /// Nothing runs until the visitor says yes.
    OptIn,
}

/// One purpose of processing, as the policy describes it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Purpose {
    /// Its name in the policy, in forms and in the cookie.
    pub id: PurposeId,
    /// What sort it is.
    pub kind: PurposeKind,
    /// Title for people.
    pub title: Text,
    /// One sentence for people.
    pub description: Text,
    /// Legal ground: `consent`, `contract`, `legal-obligation`, `legitimate-interest`.
    pub basis: &'static str,
    /// What data is processed.
    pub data: Text,
    /// How long it is kept.
    pub retention: Duration,
}

impl Purpose {
    /// Says whether the visitor is asked: everything but what is necessary.
    ///
    /// A ground other than consent does not open the gate: storing or reading on a visitor's device needs consent
    /// unless it is strictly necessary (Directive 2002/58/EC, article 5(3)).
    pub fn needs_consent(&self) -> bool {
        self.kind != PurposeKind::Necessary
    }
}

/// One thing that is gated: a counter, a widget, a player, or the site's own code that asks for the decision.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Service {
    /// Its name.
    pub id: String,
    /// What it is used for.
    pub purpose: PurposeId,
    /// Title for people.
    pub title: Text,
    /// Who runs it.
    pub operator: Text,
    /// Country of the operator, two letters.
    pub country: String,
    /// Hosts, with `*.` for subdomains and a path prefix if need be.
    pub hosts: Vec<String>,
    /// Texts that only this service's inline snippets hold.
    pub inline: Vec<String>,
    /// Cookies it sets on the site's own domain.
    pub cookies: Vec<Cookie>,
}

/// A cookie that a service sets.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cookie {
    /// Name, or the beginning of it with `*` at the end.
    pub name: String,
    /// How long it lives.
    pub lifetime: Lifetime,
}

/// How long a cookie lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lifetime {
    /// That long after it was last set.
    Limited(Duration),
    /// Until the browser is closed.
    Session,
    /// The service does not say, and nobody has measured it.
    Unknown,
}

impl Lifetime {
    /// Returns seconds, or a word; what a consent depends on.
    fn material(self) -> String {
        match self {
            Self::Limited(length) => length.as_secs().to_string(),
            Self::Session => "session".to_owned(),
            Self::Unknown => "unknown".to_owned(),
        }
    }
}

impl Cookie {
    /// Says whether a cookie of this name is meant.
    pub fn matches(&self, name: &str) -> bool {
        match self.name.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => name == self.name,
        }
    }
}

/// A text in several languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    plain: Option<String>,
    by_language: BTreeMap<Language, String>,
}

impl Text {
    /// Returns the text in a language, or in the nearest one there is.
    pub fn in_language(&self, language: &Language) -> &str {
        self.plain
            .as_ref()
            .or_else(|| self.by_language.get(language))
            .or_else(|| self.by_language.values().next())
            .map_or("", String::as_str)
    }
}

/// A policy folder that could not be loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A file could not be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// What the files say is wrong.
    #[error(transparent)]
    Policy(PolicyError),
}

/// Reads `policy.toml` and `<language>/*.md`; nothing else of the folder counts.
fn read_folder(folder: &Path) -> Result<BTreeMap<String, String>, LoadError> {
    let mut files = BTreeMap::new();
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| LoadError::Read { path, source }
    };
    for entry in fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        if name == "policy.toml" {
            files.insert(name.to_owned(), read_file(&path)?);
        } else if path.is_dir() && name.parse::<Language>().is_ok() {
            for entry in fs::read_dir(&path).map_err(failed(&path))? {
                let text = entry.map_err(failed(&path))?.path();
                let Some(file) = text.file_name().and_then(|file| file.to_str()) else {
                    continue;
                };
                if file.ends_with(".md") {
                    files.insert(format!("{name}/{file}"), read_file(&text)?);
                }
            }
        }
    }
    Ok(files)
}

fn read_file(path: &Path) -> Result<String, LoadError> {
    let failed = |source| LoadError::Read { path: path.to_owned(), source };
    let metadata = fs::metadata(path).map_err(failed)?;
    if !metadata.is_file() || metadata.len() > LARGEST_FILE {
        return Err(failed(std::io::Error::other("not a plain file of at most 1 MiB")));
    }
    fs::read_to_string(path).map_err(failed)
}
