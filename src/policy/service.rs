//! One thing that is gated, and the cookies it sets.

use std::time::Duration;

use super::{
    material::length,
    text::{Term, Text},
    word::{Party, Place, Role},
};
use crate::purpose::PurposeId;

/// One thing that is gated: a counter, a widget, a player, or the site's own code that asks for the decision.
///
/// # Example
///
/// ```
/// use tower_consent::policy::{Policy, Role};
/// let policy = Policy::load("policies/news-site").unwrap();
/// let metrika = policy.service("yandex-metrika").unwrap();
/// // What the folder does not say of it, the catalogue does.
/// assert!(metrika.hosts.iter().any(|host| host == "mc.yandex.ru"));
/// assert_eq!((metrika.role, &*metrika.country), (Role::Controller, "RU"));
/// ```
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
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let mut files = Policy::read("policies/news-site").unwrap();
    /// let text = files["policy.toml"].replace("catalogue = \"smi2\"", "catalogue = \"smi2\"\nstorage = \"NL\"");
    /// files.insert("policy.toml".to_owned(), text);
    /// let policy = Policy::check(files).0.unwrap();
    /// assert_eq!(policy.service("smi2").unwrap().storage_country(), "NL");
    /// assert_eq!(policy.service("yandex-metrika").unwrap().storage_country(), "RU");
    /// ```
    pub fn storage_country(&self) -> &str {
        self.storage.as_deref().unwrap_or(&self.country)
    }

    /// Says whether anything of it is gated in pages; a service of the site's own code may have nothing.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// assert!(policy.service("smi2").unwrap().is_included_in_pages());
    /// // It runs on the server and asks for the decision itself.
    /// assert!(!policy.service("own-recommender").unwrap().is_included_in_pages());
    /// ```
    pub fn is_included_in_pages(&self) -> bool {
        [&self.hosts, &self.scripts, &self.frames, &self.images, &self.links, &self.inline]
            .iter()
            .any(|list| !list.is_empty())
    }
}

/// The contract with a processor (152-FZ, article 6(3); GDPR, article 28).
///
/// # Example
///
/// ```
/// use tower_consent::policy::Policy;
/// let policy = Policy::load("policies/shop").unwrap();
/// let contract = policy.service("payment-form").unwrap().contract.as_ref().unwrap();
/// assert_eq!(contract.reference, "Contract 12 of 2026-01-10");
/// assert!(contract.settles.contains(&"confidentiality"));
/// ```
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
///
/// # Example
///
/// ```
/// use tower_consent::policy::{Party, Policy};
/// let policy = Policy::load("policies/shop").unwrap();
/// let cookies = &policy.service("youtube").unwrap().cookies;
/// // None is on the shop's own domain, where a withdrawal could expire it.
/// assert!(cookies.iter().all(|cookie| cookie.party == Party::Third));
/// assert_eq!(cookies[0].domain.as_deref(), Some(".youtube.com"));
/// ```
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
///
/// # Example
///
/// ```
/// use tower_consent::policy::{Lifetime, Policy};
/// let policy = Policy::load("policies/news-site").unwrap();
/// let lifetime = |service: &str, cookie: &str| {
///     policy.service(service).unwrap().cookies.iter().find(|known| known.name == cookie).unwrap().lifetime
/// };
/// assert_eq!(lifetime("own-recommender", "reading_history"), Lifetime::Limited("180 days".parse().unwrap()));
/// assert_eq!(lifetime("yandex-metrika", "_ym_debug"), Lifetime::Session);
/// assert_eq!(lifetime("liveinternet", "VID"), Lifetime::Unknown);
/// ```
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
    ///
    /// # Example
    ///
    /// ```
    /// use std::time::Duration;
    /// use tower_consent::policy::{Party, Policy};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let cookies = policy.services().iter().flat_map(|service| &service.cookies);
    /// let own = cookies.filter(|cookie| cookie.party == Party::First);
    /// let longest = own.filter_map(|cookie| cookie.lifetime.duration()).max();
    /// assert_eq!(longest, Some(Duration::from_secs(365 * 86_400)));
    /// ```
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
    /// Says whether a cookie of this name is meant, or a storage key where [`place`](Self::place) is one.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let cookies = &policy.service("yandex-metrika").unwrap().cookies;
    /// // Declared as `_ym_visorc*`.
    /// assert!(cookies.iter().any(|cookie| cookie.matches("_ym_visorc_12345")));
    /// assert!(!cookies.iter().any(|cookie| cookie.matches("my_ym_visorc")));
    /// ```
    pub fn matches(&self, name: &str) -> bool {
        match self.name.strip_suffix('*') {
            Some(prefix) => name.starts_with(prefix),
            None => name == self.name,
        }
    }
}
