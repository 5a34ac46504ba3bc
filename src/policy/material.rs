//! What a consent depends on, and what has changed of it between two policies.
//!
//! In: policies. Out: a short hash for each purpose, and the difference of two policies in words. When the hash of a
//! purpose is another one, visitors are asked about that purpose again, and about no other.

use std::{collections::BTreeMap, fmt, time::Duration};

use sha2::{Digest, Sha256};

use super::{Place, Policy, Purpose};
use crate::{documents::Document, purpose::PurposeId};

/// Returns the hash of a text as a consent depends on it: its words, whatever white space is between them.
pub(super) fn text_hash(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    short(&Sha256::digest(words.join(" ")))
}

/// The first 12 hexadecimal digits: 48 bits, where a collision would need a policy author who looks for one.
fn short(digest: &[u8]) -> String {
    base16ct::lower::encode_string(&digest[..6])
}

/// Writes a length of time so that equal lengths are equal texts: `1 year` and `365 days`.
pub(super) fn length(length: Duration) -> String {
    match length.as_secs() {
        seconds if seconds.is_multiple_of(86_400) => format!("{} days", seconds / 86_400),
        seconds => format!("{seconds} seconds"),
    }
}

impl Policy {
    /// Returns the short hash of everything a consent to this purpose depends on: 12 hexadecimal digits.
    ///
    /// It covers the operator's name and country; kind, ground, data, people, operations, term, end and sale of the
    /// purpose; its services with operators, countries, roles, storage and cookies; the way of processing; and the
    /// consent text in the binding language, unless a change of it is marked as editorial. Titles, descriptions,
    /// other languages, order, comments and white space are not in it.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let metrics = policy.purpose("metrics").unwrap();
    /// assert_eq!(policy.material(metrics).len(), 12);
    /// ```
    pub fn material(&self, purpose: &Purpose) -> &str {
        self.materials.get(&purpose.id).map_or("", String::as_str)
    }

    pub(super) fn with_materials(mut self) -> Self {
        self.materials = self
            .purposes
            .iter()
            .map(|purpose| {
                let mut hash = Sha256::new();
                for (what, value) in self.parts(purpose) {
                    for part in [what, value] {
                        hash.update((part.len() as u64).to_be_bytes());
                        hash.update(part);
                    }
                }
                (purpose.id.clone(), short(&hash.finalize()))
            })
            .collect();
        self
    }

    /// Returns what a consent to this purpose depends on, part by part, in an order of its own.
    fn parts(&self, purpose: &Purpose) -> BTreeMap<String, String> {
        let binding = &self.site.binding;
        let yes = || "yes".to_owned();
        let mut parts = BTreeMap::new();
        parts.insert("operator, name".to_owned(), self.operator.name.in_language(binding).to_owned());
        parts.insert("operator, country".to_owned(), self.operator.country.clone());
        parts.insert("way of processing".to_owned(), self.processing.method.as_str().to_owned());
        parts.insert("kind".to_owned(), purpose.kind.as_str().to_owned());
        parts.insert("ground".to_owned(), purpose.basis.to_owned());
        parts.insert("term".to_owned(), length(purpose.retention.duration()));
        parts.insert("end".to_owned(), purpose.end.as_str().to_owned());
        parts.insert("sale".to_owned(), if purpose.is_sale() { yes() } else { "no".to_owned() });
        for item in &purpose.data {
            parts.insert(format!("data “{}”", item.in_language(binding)), yes());
        }
        for people in &purpose.subjects {
            parts.insert(format!("people “{}”", people.in_language(binding)), yes());
        }
        for operation in purpose.operations.as_ref().unwrap_or(&self.processing.operations) {
            parts.insert(format!("operation `{operation}`"), yes());
        }
        for service in self.services.iter().filter(|service| service.purposes.contains(&purpose.id)) {
            let name = |what: &str| format!("service `{}`, {what}", service.id);
            parts.insert(name("operator"), service.operator.in_language(binding).to_owned());
            parts.insert(name("country"), service.country.clone());
            parts.insert(name("role"), service.role.as_str().to_owned());
            parts.insert(name("storage"), service.storage_country().to_owned());
            parts.insert(name("sharing"), if service.sharing { yes() } else { "no".to_owned() });
            for cookie in &service.cookies {
                let what = match cookie.place {
                    Place::Cookie => format!("cookie `{}` ({} party)", cookie.name, cookie.party.as_str()),
                    // A key may have the name of a cookie.
                    place => format!("key `{}` of {} storage", cookie.name, place.as_str()),
                };
                parts.insert(name(&what), cookie.lifetime.material());
            }
        }
        if purpose.needs_consent() {
            parts.insert("consent text".to_owned(), self.consent_hash());
        }
        parts
    }

    /// Returns the hash of the consent text visitors agreed to, which editorial marks lead back to.
    fn consent_hash(&self) -> String {
        let binding = &self.site.binding;
        let mut hash = text_hash(self.text(binding, Document::Consent).unwrap_or_default());
        let file = format!("{binding}/{}.md", Document::Consent.as_str());
        let marks: Vec<_> = self.editorial.iter().filter(|mark| mark.file == file).collect();
        // At most as many steps as there are marks, so that marks in a ring end.
        for _ in 0..marks.len() {
            match marks.iter().find(|mark| mark.text == hash) {
                Some(mark) => hash.clone_from(&mark.same_as),
                None => break,
            }
        }
        hash
    }

    /// Says what changes for visitors when `new` takes the place of this policy.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let old = Policy::load("policies/news-site").unwrap();
    /// let mut files = old.files().clone();
    /// let text = files["policy.toml"].replace("retention = \"365 days\"", "retention = \"730 days\"");
    /// files.insert("policy.toml".to_owned(), text);
    /// let new = Policy::check(files).0.unwrap();
    /// let difference = old.difference(&new);
    /// let asked: Vec<_> = difference.asked().map(|purpose| purpose.as_str()).collect();
    /// assert_eq!(asked, ["metrics"]);
    /// ```
    pub fn difference(&self, new: &Self) -> Difference {
        let mut purposes = Vec::new();
        for purpose in &new.purposes {
            let Some(old) = self.purpose(purpose.id.as_str()) else {
                purposes.push(PurposeChange {
                    purpose: purpose.id.clone(),
                    kind: ChangeKind::Added,
                    asked: purpose.needs_consent(),
                    parts: Vec::new(),
                });
                continue;
            };
            let (before, after) = (self.parts(old), new.parts(purpose));
            let names: std::collections::BTreeSet<&String> = before.keys().chain(after.keys()).collect();
            let parts: Vec<PartChange> = names
                .into_iter()
                .filter(|name| before.get(*name) != after.get(*name))
                .map(|name| PartChange {
                    part: name.clone(),
                    old: before.get(name).cloned(),
                    new: after.get(name).cloned(),
                })
                .collect();
            if !parts.is_empty() {
                let asked = purpose.needs_consent();
                purposes.push(PurposeChange { purpose: purpose.id.clone(), kind: ChangeKind::Changed, asked, parts });
            }
        }
        for purpose in self.purposes.iter().filter(|purpose| new.purpose(purpose.id.as_str()).is_none()) {
            purposes.push(PurposeChange {
                purpose: purpose.id.clone(),
                kind: ChangeKind::Removed,
                asked: false,
                parts: Vec::new(),
            });
        }
        let names: std::collections::BTreeSet<&String> = self.files.keys().chain(new.files.keys()).collect();
        let files = names.into_iter().filter(|name| self.files.get(*name) != new.files.get(*name)).cloned().collect();
        let consent = format!("{}/{}.md", new.site.binding, Document::Consent.as_str());
        let (before, after) = (self.consent_hash(), new.consent_hash());
        let mark = (before != after).then(|| EditorialMark {
            file: consent,
            same_as: before,
            text: text_hash(new.text(&new.site.binding, Document::Consent).unwrap_or_default()),
        });
        Difference { old: self.version.clone(), new: new.version.clone(), purposes, files, mark }
    }
}

/// What changes for visitors when one policy takes the place of another.
///
/// # Example
///
/// ```
/// use tower_consent::policy::Policy;
/// let old = Policy::load("policies/news-site").unwrap();
/// let mut files = old.files().clone();
/// let text = files["policy.toml"].replace("retention = \"365 days\"", "retention = \"730 days\"");
/// files.insert("policy.toml".to_owned(), text);
/// let difference = old.difference(&Policy::check(files).0.unwrap());
/// assert!(difference.to_string().contains("~ term: 365 days → 730 days"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// Version of the earlier policy.
    pub old: String,
    /// Version of the later one.
    pub new: String,
    /// Purposes that were added, removed, or changed in what a consent depends on.
    pub purposes: Vec<PurposeChange>,
    /// Files that differ in any way.
    pub files: Vec<String>,
    /// The mark that would make a change of the consent text editorial, where that text changed.
    pub mark: Option<EditorialMark>,
}

/// How one purpose changed.
///
/// # Example
///
/// ```
/// use tower_consent::policy::Policy;
/// # let old = Policy::load("policies/news-site").unwrap();
/// # let mut files = old.files().clone();
/// // The random number of a choice is kept for longer; that is necessary, and nobody is asked.
/// let text = files["policy.toml"].replacen("retention = \"180 days\"", "retention = \"200 days\"", 1);
/// # files.insert("policy.toml".to_owned(), text);
/// let change = &old.difference(&Policy::check(files).0.unwrap()).purposes[0];
/// assert_eq!((change.purpose.as_str(), change.asked), ("necessary", false));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct PurposeChange {
    /// The purpose.
    #[serde(serialize_with = "as_text")]
    pub purpose: PurposeId,
    /// Whether it is new, gone or another one.
    pub kind: ChangeKind,
    /// Whether visitors are asked about it again.
    pub asked: bool,
    /// What of it changed.
    pub parts: Vec<PartChange>,
}

/// Whether a purpose is new, gone or another one.
///
/// # Example
///
/// ```
/// use tower_consent::policy::{ChangeKind, Policy};
/// let old = Policy::load("policies/news-site").unwrap();
/// let mut files = old.files().clone();
/// files.get_mut("policy.toml").unwrap().push_str(
///     "[[purpose]]\nid = \"video\"\nkind = \"video\"\ntitle = \"Видео\"\ndescription = \"Ролики.\"\n\
///      basis = \"consent\"\ndata = [\"IP\"]\nretention = \"30 days\"\n",
/// );
/// let new = Policy::check(files).0.unwrap();
/// assert_eq!(old.difference(&new).purposes[0].kind, ChangeKind::Added);
/// assert_eq!(new.difference(&old).purposes[0].kind, ChangeKind::Removed);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ChangeKind {
    /// It was not there before.
    Added,
    /// A consent to it depends on something else now.
    Changed,
    /// It is gone.
    Removed,
}

/// One part of a purpose that changed.
///
/// # Example
///
/// ```
/// use tower_consent::policy::Policy;
/// # let old = Policy::load("policies/news-site").unwrap();
/// # let mut files = old.files().clone();
/// let text = files["policy.toml"].replace("retention = \"365 days\"", "retention = \"730 days\"");
/// # files.insert("policy.toml".to_owned(), text);
/// let change = &old.difference(&Policy::check(files).0.unwrap()).purposes[0].parts[0];
/// assert_eq!(change.part, "term");
/// assert_eq!((change.old.as_deref(), change.new.as_deref()), (Some("365 days"), Some("730 days")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct PartChange {
    /// What it is.
    pub part: String,
    /// What it was; `None` when it was not there.
    pub old: Option<String>,
    /// What it is now; `None` when it is gone.
    pub new: Option<String>,
}

/// A ready `[[editorial]]` block.
///
/// # Example
///
/// ```
/// use tower_consent::policy::Policy;
/// let old = Policy::load("policies/news-site").unwrap();
/// let mut files = old.files().clone();
/// let text = files["ru/consent.md"].replace("в любое время", "когда угодно");
/// files.insert("ru/consent.md".to_owned(), text);
/// let mark = old.difference(&Policy::check(files.clone()).0.unwrap()).mark.unwrap();
/// files.get_mut("policy.toml").unwrap().push_str(&format!(
///     "[[editorial]]\nfile = \"{}\"\nsame-as = \"{}\"\ntext = \"{}\"\nreason = \"wording\"\n",
///     mark.file, mark.same_as, mark.text
/// ));
/// assert_eq!(old.difference(&Policy::check(files).0.unwrap()).asked().count(), 0);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct EditorialMark {
    /// The text.
    pub file: String,
    /// Material hash of the text visitors agreed to.
    pub same_as: String,
    /// Material hash of the new text.
    pub text: String,
}

fn as_text<S: serde::Serializer>(purpose: &PurposeId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(purpose)
}

impl Difference {
    /// Returns the purposes visitors are asked about again.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// # let old = Policy::load("policies/news-site").unwrap();
    /// # let mut files = old.files().clone();
    /// // A title is no part of what a consent depends on.
    /// let text = files["policy.toml"].replace("Метрические программы", "Счётчики");
    /// # files.insert("policy.toml".to_owned(), text);
    /// let difference = old.difference(&Policy::check(files).0.unwrap());
    /// assert_eq!(difference.files, ["policy.toml"]);
    /// assert_eq!(difference.asked().count(), 0);
    /// ```
    pub fn asked(&self) -> impl Iterator<Item = &PurposeId> {
        self.purposes.iter().filter(|change| change.asked).map(|change| &change.purpose)
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.files.is_empty() {
            return writeln!(formatter, "nothing differs: both are version {}", &self.new[..16]);
        }
        writeln!(formatter, "version {} → {}", &self.old[..16], &self.new[..16])?;
        writeln!(formatter, "files that differ: {}", self.files.join(", "))?;
        if self.asked().next().is_none() {
            writeln!(formatter, "nobody is asked again: nothing a consent depends on has changed")?;
        }
        for change in &self.purposes {
            let PurposeChange { purpose, kind, asked, parts } = change;
            let effect = match (kind, asked) {
                (ChangeKind::Added, true) => "is new: every visitor is asked about it",
                (ChangeKind::Added, false) => "is new and necessary: nobody is asked",
                (ChangeKind::Removed, _) => "is gone: nobody is asked, earlier consents to it grant nothing",
                (ChangeKind::Changed, true) => "has changed: everyone who decided about it is asked again",
                (ChangeKind::Changed, false) => "has changed but is necessary: nobody is asked",
            };
            writeln!(formatter, "purpose `{purpose}` {effect}")?;
            for PartChange { part, old, new } in parts {
                match (old.as_deref(), new.as_deref()) {
                    (None, Some("yes")) => writeln!(formatter, "  + {part}")?,
                    (Some("yes"), None) => writeln!(formatter, "  - {part}")?,
                    (None, Some(new)) => writeln!(formatter, "  + {part}: {new}")?,
                    (Some(old), None) => writeln!(formatter, "  - {part}: {old}")?,
                    (old, new) => {
                        writeln!(formatter, "  ~ {part}: {} → {}", old.unwrap_or(""), new.unwrap_or(""))?;
                    }
                }
            }
        }
        if let Some(EditorialMark { file, same_as, text }) = &self.mark {
            writeln!(formatter, "if the change of {file} is a wording fix that alters nothing, add to policy.toml:\n")?;
            writeln!(formatter, "[[editorial]]\nfile = \"{file}\"\nsame-as = \"{same_as}\"\ntext = \"{text}\"")?;
            writeln!(formatter, "reason = \"…\"")?;
        }
        Ok(())
    }
}
