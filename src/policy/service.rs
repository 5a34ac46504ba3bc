//! One thing that is gated, and the cookies it sets.

use std::time::Duration;

use super::{
    material::length,
    text::{Term, Text},
    word::{Party, Place, Role},
};
use crate::purpose::PurposeId;

/// One thing that is gated: a counter, a widget, a player, or the site's own code that asks for the decision.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Service {
    /// Its name.
    pub id: String,
    /// Its name in the catalogue, where it comes from there.
    pub catalogue: Option<String>,
    /// What it is used for; it runs when all of them are allowed. Never empty.
    pub purposes: Vec<PurposeId>,
    /// Title for people.
    pub title: Text,
    /// Who runs it.
    pub operator: Text,
    /// Postal address of the operator.
    pub address: Option<Text>,
    /// Country of the operator, two letters.
    pub country: String,
    /// What the operator is towards the site.
    pub role: Role,
    /// The contract with a processor.
    pub contract: Option<Contract>,
    /// What makes a transfer to its country lawful.
    pub safeguard: Option<Text>,
    /// The notice of cross-border transfer.
    pub transfer_notice: Option<String>,
    /// Country in which it first records data, where that is not the operator's.
    pub storage: Option<String>,
    /// Whether its operator gets the data for itself or for others.
    pub sharing: bool,
    /// Hosts, with `*.` for subdomains and a path prefix if need be; gated in every form.
    pub hosts: Vec<String>,
    /// Addresses gated as scripts only.
    pub scripts: Vec<String>,
    /// Addresses gated as frames only.
    pub frames: Vec<String>,
    /// Addresses gated as pictures only.
    pub images: Vec<String>,
    /// Addresses gated as links only.
    pub links: Vec<String>,
    /// Texts that only this service's inline snippets hold.
    pub inline: Vec<String>,
    /// Cookies and storage keys it sets.
    pub cookies: Vec<Cookie>,
    /// How pages include it.
    pub forms: Vec<&'static str>,
}

impl Service {
    /// Returns the country in which it first records data.
    pub fn storage_country(&self) -> &str {
        self.storage.as_deref().unwrap_or(&self.country)
    }

    /// Says whether anything of it is gated in pages; a service of the site's own code may have nothing.
    pub fn is_included_in_pages(&self) -> bool {
        [&self.hosts, &self.scripts, &self.frames, &self.images, &self.links, &self.inline]
            .iter()
            .any(|list| !list.is_empty())
    }
}

/// The contract with a processor (152-FZ, article 6(3); GDPR, article 28).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contract {
    /// Number and date.
    pub reference: String,
    /// Operations the processor performs.
    pub operations: Vec<&'static str>,
    /// What else it settles.
    pub settles: Vec<&'static str>,
}

/// A cookie or a storage key that a service sets.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cookie {
    /// Name, or the beginning of it with `*` at the end.
    pub name: String,
    /// How long it lives.
    pub lifetime: Lifetime,
    /// On whose domain it is set.
    pub party: Party,
    /// Domain of a third-party cookie.
    pub domain: Option<String>,
    /// Where the browser keeps it.
    pub place: Place,
    /// What it is for.
    pub purpose: Option<Text>,
}

/// How long a cookie lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lifetime {
    /// That long after it was last set.
    Limited(Term),
    /// Until the browser is closed.
    Session,
    /// The service does not say, and nobody has measured it.
    Unknown,
}

impl Lifetime {
    /// Returns the longest time it can live, if that is known.
    pub fn duration(self) -> Option<Duration> {
        match self {
            Self::Limited(term) => Some(term.duration()),
            Self::Session | Self::Unknown => None,
        }
    }

    /// Returns the length, or a word; what a consent depends on.
    pub(super) fn material(self) -> String {
        match self {
            Self::Limited(term) => length(term.duration()),
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
