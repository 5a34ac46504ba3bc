//! What a scan found, ready to be printed or written as JSON.
//!
//! In: the account a scanner kept. Out: a [`Report`], with what is undeclared first. It prints nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use time::OffsetDateTime;

use super::{Block, Counts, Form, Scanner, english};
use crate::catalogue;

/// What a scan found.
///
/// # Example
///
/// ```
/// use tower_consent::scan::{Page, Scanner};
/// let mut scanner = Scanner::new(None);
/// scanner.read(&Page::new("front", b"<iframe src=https://player.example/1></iframe>"));
/// let json = serde_json::to_value(scanner.finish()).unwrap();
/// assert_eq!(json["hosts"][0]["domain"], "player.example");
/// assert_eq!(json["hosts"][0]["forms"]["frame"], 1);
/// ```
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The pages that were read.
    pub pages: Vec<PageRead>,
    /// Services that were met: undeclared ones first, then by the number of pages.
    pub services: Vec<FoundService>,
    /// Third-party hosts that neither the policy nor the catalogue knows, by their registrable domain.
    pub hosts: Vec<FoundHost>,
    /// Cookies the server set that no service declares.
    pub cookies: Vec<FoundCookie>,
    /// Unknown third-party hosts that inline scripts name: they may load from there, or only mention it.
    pub named: Vec<NamedHost>,
    /// Declared services with something to gate that no page includes.
    pub unmet: Vec<String>,
    /// What to add to the policy for all that is undeclared.
    pub blocks: Vec<Block>,
}

impl Report {
    /// Says whether everything that was found is declared. Hosts that are only named do not count.
    ///
    /// # Example
    ///
    /// ```
    /// assert!(tower_consent::scan::Scanner::new(None).finish().is_clean());
    /// ```
    pub fn is_clean(&self) -> bool {
        self.hosts.is_empty() && self.cookies.is_empty() && self.services.iter().all(|service| service.declared)
    }
}

/// A page that was read.
///
/// # Example
///
/// ```
/// use tower_consent::scan::{Page, Scanner};
/// let mut scanner = Scanner::new(None);
/// scanner.read(&Page::new("saved.html", b"<link rel=canonical href=https://www.news.example/1>"));
/// let page = &scanner.finish().pages[0];
/// assert_eq!(page.site.as_deref(), Some("news.example"));
/// assert!(!page.cut);
/// ```
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct PageRead {
    /// What it was called.
    pub name: String,
    /// The registrable domain it is of: by its address, else by what it says itself. Nothing where neither tells;
    /// then every whole address in it counts as another's, unless the policy's origin or an own host says otherwise.
    pub site: Option<String>,
    /// How much of what it holds.
    pub counts: Counts,
    /// Whether it was left before its end, because it is nested without end.
    pub cut: bool,
}

/// A service that pages include.
///
/// # Example
///
/// ```
/// use tower_consent::scan::{Page, Scanner};
/// let mut scanner = Scanner::new(None);
/// scanner.read(&Page::new("front", b"<script src=https://mc.yandex.ru/metrika/tag.js></script>"));
/// let report = scanner.finish();
/// let found = &report.services[0];
/// assert_eq!((&*found.id, found.kind.as_deref(), &*found.country), ("yandex-metrika", Some("metrics"), "RU"));
/// assert!(found.hosts.contains("mc.yandex.ru"));
/// ```
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct FoundService {
    /// Its name in the policy when it is declared, else in the catalogue.
    pub id: String,
    /// Its title, in English where there is one.
    pub title: String,
    /// The kind of purpose it usually serves, where the catalogue tells.
    pub kind: Option<String>,
    /// Who runs it.
    pub operator: String,
    /// Country of the operator.
    pub country: String,
    /// Whether the policy declares it.
    pub declared: bool,
    /// How many elements include it in each form.
    pub forms: BTreeMap<Form, usize>,
    /// Of these, inline scripts that only name an address of the service and hold none of its patterns: the gate
    /// does not withhold them. Many only mention it.
    pub named_only: usize,
    /// Hosts it was met at.
    pub hosts: BTreeSet<String>,
    /// The pages it is on.
    pub pages: Vec<String>,
}

/// A third-party domain nobody declared.
///
/// # Example
///
/// ```
/// use tower_consent::scan::{Page, Scanner};
/// let mut scanner = Scanner::new(None);
/// scanner.read(&Page::new("front", b"<img src=https://a.pixel.example/1><img src=https://b.pixel.example/2>"));
/// let found = &scanner.finish().hosts[0];
/// assert_eq!(found.domain, "pixel.example");
/// assert_eq!(found.hosts.len(), 2);
/// ```
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct FoundHost {
    /// The registrable domain.
    pub domain: String,
    /// The hosts of it that were met.
    pub hosts: BTreeSet<String>,
    /// How many elements include it in each form.
    pub forms: BTreeMap<Form, usize>,
    /// The pages it is on.
    pub pages: Vec<String>,
}

/// A domain that inline scripts name.
///
/// # Example
///
/// ```
/// use tower_consent::scan::{Page, Scanner};
/// let mut scanner = Scanner::new(None);
/// scanner.read(&Page::new("front", b"<script>var widget = 'https://cdn.example.com/w.js'</script>"));
/// let report = scanner.finish();
/// assert_eq!(report.named[0].domain, "example.com");
/// // Perhaps nothing is ever loaded from there.
/// assert!(report.is_clean());
/// ```
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct NamedHost {
    /// The registrable domain.
    pub domain: String,
    /// The hosts of it that were named.
    pub hosts: BTreeSet<String>,
    /// The pages it is on.
    pub pages: Vec<String>,
}

/// A cookie nobody declared.
///
/// # Example
///
/// ```
/// use tower_consent::scan::{Page, Scanner};
/// let headers = ["PHPSESSID=1; HttpOnly".to_owned()];
/// let mut scanner = Scanner::new(None);
/// scanner.read(&Page::new("front", b"").with_cookies(&headers, time::OffsetDateTime::UNIX_EPOCH));
/// let report = scanner.finish();
/// let found = &report.cookies[0];
/// assert_eq!((&*found.lifetime, &found.service), ("session", &None));
/// assert_eq!(found.platforms["PHP.net"], "Functional");
/// ```
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct FoundCookie {
    /// Its name.
    pub name: String,
    /// How long it was set for: as the `lifetime` of a policy file.
    pub lifetime: String,
    /// The declared service whose cookie it is known to be, though the policy does not list it.
    pub declared_service: Option<String>,
    /// The known service whose cookie it is by its name.
    pub service: Option<String>,
    /// The platforms the Open Cookie Database knows to use this name, each with its category.
    pub platforms: BTreeMap<String, String>,
    /// The pages it came with.
    pub pages: Vec<String>,
}

/// The account of one service or domain.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) forms: BTreeMap<Form, usize>,
    pub(super) hosts: BTreeSet<String>,
    pub(super) named_only: usize,
    pub(super) pages: BTreeSet<usize>,
}

impl Tally {
    pub(super) fn add(&mut self, form: Form) -> &mut Self {
        *self.forms.entry(form).or_default() += 1;
        self
    }
}

/// The account of one cookie.
#[derive(Debug)]
pub(super) struct CookieTally {
    pub(super) declared_by: Option<String>,
    pub(super) covering: Option<String>,
    pub(super) known: Option<String>,
    pub(super) lifetime: String,
    pub(super) pages: BTreeSet<usize>,
}

/// Brings the account of a scanner into its final form.
pub(super) fn report(scanner: Scanner) -> Report {
    let Scanner { declared, known, kinds, covered, blocks, pages, services, hosts, named, cookies, .. } = scanner;
    let names = |places: &BTreeSet<usize>| -> Vec<String> { places.iter().map(|at| pages[*at].name.clone()).collect() };
    let unmet = declared
        .ids()
        .filter(|id| declared.service(id).is_some_and(crate::policy::Service::is_included_in_pages))
        .filter(|id| !services.contains_key(&(true, (*id).to_owned())))
        .map(str::to_owned)
        .collect();
    let mut services: Vec<_> = services
        .into_iter()
        .filter_map(|((is_declared, id), tally)| {
            let service = if is_declared { &declared } else { &known }.service(&id)?;
            let catalogue = if is_declared { service.catalogue.as_ref() } else { Some(&id) };
            let kind = catalogue
                .or_else(|| covered.iter().find(|(_, by)| **by == id).map(|(known, _)| known))
                .and_then(|known| kinds.get(known));
            Some(FoundService {
                title: service.title.in_language(&english()).to_owned(),
                kind: kind.cloned(),
                operator: service.operator.in_language(&english()).to_owned(),
                country: service.country.clone(),
                declared: is_declared,
                forms: tally.forms,
                named_only: tally.named_only,
                hosts: tally.hosts,
                pages: names(&tally.pages),
                id,
            })
        })
        .collect();
    services.sort_by_key(|service| (service.declared, std::cmp::Reverse(service.pages.len())));
    let mut hosts: Vec<_> = hosts
        .into_iter()
        .map(|(domain, tally)| FoundHost { domain, hosts: tally.hosts, forms: tally.forms, pages: names(&tally.pages) })
        .collect();
    hosts.sort_by_key(|host| std::cmp::Reverse(host.pages.len()));
    let mut named: Vec<_> = named
        .into_iter()
        .filter(|(domain, _)| hosts.iter().all(|host| host.domain != *domain))
        .map(|(domain, tally)| NamedHost { domain, hosts: tally.hosts, pages: names(&tally.pages) })
        .collect();
    named.sort_by_key(|host| std::cmp::Reverse(host.pages.len()));
    let cookies: Vec<_> = cookies
        .into_iter()
        .filter(|(_, tally)| tally.declared_by.is_none())
        .map(|(name, tally)| FoundCookie {
            platforms: catalogue::cookies(&name)
                .filter(|known| !known.platform.is_empty())
                .map(|known| (known.platform.to_owned(), known.category.to_owned()))
                .collect(),
            lifetime: tally.lifetime,
            declared_service: tally.covering,
            service: tally.known,
            pages: names(&tally.pages),
            name,
        })
        .collect();
    let blocks = blocks.write(&services, &hosts, &cookies, &kinds);
    Report { pages, services, hosts, cookies, named, unmet, blocks }
}

/// Returns how long a cookie was set for, or `None` when it was removed.
pub(super) fn lifetime(cookie: &cookie::Cookie<'_>, time: Option<OffsetDateTime>) -> Option<String> {
    // `Max-Age` comes before `Expires` (RFC 6265, section 5.3).
    let seconds = match (cookie.max_age(), cookie.expires_datetime(), time) {
        (Some(age), ..) => age.whole_seconds(),
        (None, Some(expires), Some(time)) => (expires - time).whole_seconds(),
        (None, Some(_), None) => return Some("unknown".to_owned()),
        (None, None, _) => return Some("session".to_owned()),
    };
    let (length, unit) = match seconds {
        ..=0 => return None,
        // Rounded, since `Expires` is some moments after the answer was made.
        86_400.. => ((seconds + 43_200) / 86_400, "day"),
        3_600.. => ((seconds + 1_800) / 3_600, "hour"),
        _ => ((seconds + 59) / 60, "minute"),
    };
    Some(format!("{length} {unit}{}", if length == 1 { "" } else { "s" }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_told_in_the_words_of_a_policy() {
        let now = time::macros::datetime!(2026-01-01 00:00 UTC);
        let of = |header: &'static str| lifetime(&cookie::Cookie::parse(header).unwrap(), Some(now));
        assert_eq!(of("a=1").unwrap(), "session");
        assert_eq!(of("a=1; Max-Age=31536000").unwrap(), "365 days");
        assert_eq!(of("a=1; Max-Age=86399").unwrap(), "24 hours");
        assert_eq!(of("a=1; Max-Age=60; Expires=Fri, 01 Jan 2027 00:00:00 GMT").unwrap(), "1 minute");
        assert_eq!(of("a=1; Expires=Fri, 01 Jan 2027 00:00:05 GMT").unwrap(), "365 days");
        assert_eq!(of("a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"), None);
        assert_eq!(of("a=; Max-Age=0"), None);
        let unknown = cookie::Cookie::parse("a=1; Expires=Fri, 01 Jan 2027 00:00:05 GMT").unwrap();
        assert_eq!(lifetime(&unknown, None).unwrap(), "unknown");
    }
}
