//! What pages include, and what of it no policy declares.
//!
//! In: pages, one after another, and the policy they should keep. Out: a [`Report`]: services met, with the forms
//! they are included in; third-party hosts nobody declared; cookies nobody declared; and, for each of them, a
//! `[[service]]` block to put into the policy. It fetches nothing and runs nothing: a service that only a script or
//! a tag manager would load is not in a page and is not seen.

mod block;
mod book;
mod crawl;
mod gated;
pub(crate) mod reading;
mod report;
mod robots;
pub(crate) mod tree;

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;
use url::Url;

pub use self::{
    block::Block,
    crawl::Frontier,
    reading::{Counts, Form},
    report::{FoundCookie, FoundHost, FoundService, NamedHost, PageRead, Report},
    robots::Robots,
};
use self::{
    block::Blocks,
    book::{Book, Named},
    reading::{Include, Reading},
    report::{CookieTally, Tally},
};
use crate::{catalogue, language::Language, policy::Policy};

/// One page to look at.
///
/// # Example
///
/// ```
/// use tower_consent::scan::{Page, Scanner};
/// let page = Page::new("index.html", b"<script src=https://counter.example/c.js></script>");
/// let mut scanner = Scanner::new(None);
/// scanner.read(&page);
/// assert_eq!(scanner.finish().hosts[0].domain, "counter.example");
/// ```
#[derive(Clone, Debug)]
pub struct Page<'a> {
    name: &'a str,
    body: &'a [u8],
    address: Option<&'a Url>,
    charset: Option<&'a str>,
    set_cookie: &'a [String],
    time: Option<OffsetDateTime>,
}

impl<'a> Page<'a> {
    /// Names a page and gives its bytes; the name is what the report calls it.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::scan::{Page, Scanner};
    /// let mut scanner = Scanner::new(None);
    /// for name in ["front.html", "sport.html"] {
    ///     scanner.read(&Page::new(name, b"<img src=https://counter.yadro.ru/hit>"));
    /// }
    /// assert_eq!(scanner.finish().services[0].pages, ["front.html", "sport.html"]);
    /// ```
    pub fn new(name: &'a str, body: &'a [u8]) -> Self {
        Self { name, body, address: None, charset: None, set_cookie: &[], time: None }
    }

    /// Says where the page was fetched; without it the page's own `canonical` decides which hosts are its own.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::scan::{Page, Scanner};
    /// let address = "https://www.news.example/".parse().unwrap();
    /// let page = Page::new("front", b"<img src=https://static.news.example/logo.png>").with_address(&address);
    /// let mut scanner = Scanner::new(None);
    /// scanner.read(&page);
    /// assert!(scanner.finish().is_clean());
    /// ```
    pub fn with_address(mut self, address: &'a Url) -> Self {
        self.address = Some(address);
        self
    }

    /// Gives the charset of the `Content-Type`; it counts where the bytes are not UTF-8. Unset, the page's own
    /// declaration counts.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::scan::{Page, Scanner};
    /// let address = "https://news.example/".parse().unwrap();
    /// let page = Page::new("front", b"<a href=/\xf1\xef\xee\xf0\xf2>").with_address(&address);
    /// let links = Scanner::new(None).read(&page.with_charset(Some("windows-1251")));
    /// assert_eq!(links, [address.join("/спорт").unwrap()]);
    /// ```
    pub fn with_charset(mut self, charset: Option<&'a str>) -> Self {
        self.charset = charset;
        self
    }

    /// Gives the `Set-Cookie` headers that came with the page, and the time they came. By default none.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::scan::{Page, Scanner};
    /// let headers = ["_ga=1; Max-Age=63072000".to_owned()];
    /// let page = Page::new("front", b"").with_cookies(&headers, time::OffsetDateTime::UNIX_EPOCH);
    /// let mut scanner = Scanner::new(None);
    /// scanner.read(&page);
    /// let report = scanner.finish();
    /// assert_eq!((&*report.cookies[0].name, &*report.cookies[0].lifetime), ("_ga", "730 days"));
    /// assert_eq!(report.cookies[0].service.as_deref(), Some("google-analytics"));
    /// ```
    pub fn with_cookies(mut self, set_cookie: &'a [String], time: OffsetDateTime) -> Self {
        self.set_cookie = set_cookie;
        self.time = Some(time);
        self
    }
}

/// Looks through pages and keeps account of what they include.
///
/// # Example
///
/// ```
/// use tower_consent::{Policy, scan::{Page, Scanner}};
/// let policy = Policy::load("policies/news-site").unwrap();
/// let mut scanner = Scanner::new(Some(&policy));
/// scanner.read(&Page::new("1", b"<script src=//mc.yandex.ru/metrika/watch.js></script><iframe src=//vk.com/widget_x>"));
/// let report = scanner.finish();
/// let found: Vec<_> = report.services.iter().map(|service| (&*service.id, service.declared)).collect();
/// assert_eq!(found, [("vk-widgets", false), ("yandex-metrika", true)]);
/// assert!(report.blocks[0].toml.contains("catalogue = \"vk-widgets\""));
/// ```
#[derive(Debug)]
pub struct Scanner {
    declared: Book,
    known: Book,
    /// The kind of each known service.
    kinds: BTreeMap<String, String>,
    /// Known service → the declared one that covers it, under whatever name.
    covered: BTreeMap<String, String>,
    /// Registrable domains of the site itself.
    own: BTreeSet<String>,
    blocks: Blocks,
    pages: Vec<PageRead>,
    services: BTreeMap<(bool, String), Tally>,
    hosts: BTreeMap<String, Tally>,
    named: BTreeMap<String, Tally>,
    cookies: BTreeMap<String, CookieTally>,
}

impl Scanner {
    /// Begins a scan. Without a policy nothing counts as declared.
    ///
    /// # Panics
    ///
    /// Never for a policy that was loaded; a catalogue file of the program that is faulty would.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Policy, scan::{Page, Scanner}};
    /// let page = Page::new("front", b"<script src=https://mc.yandex.ru/metrika/tag.js></script>");
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let mut scanner = Scanner::new(Some(&policy));
    /// scanner.read(&page);
    /// assert!(scanner.finish().is_clean());
    /// let mut scanner = Scanner::new(None);
    /// scanner.read(&page);
    /// assert!(!scanner.finish().is_clean());
    /// ```
    pub fn new(policy: Option<&Policy>) -> Self {
        let mut services = Vec::new();
        let mut marks = Vec::new();
        let mut kinds = BTreeMap::new();
        let own_files = policy.into_iter().flat_map(|policy| policy.files());
        let own_files = own_files
            .filter_map(|(name, text)| Some((name.strip_prefix("catalogue/")?.strip_suffix(".toml")?, text.as_str())));
        let of_program = catalogue::ids().filter_map(|id| Some((id, catalogue::text(id)?)));
        for (id, text) in own_files.chain(of_program) {
            if kinds.contains_key(id) {
                continue;
            }
            let recognition = catalogue::recognition(text);
            kinds.insert(id.to_owned(), recognition.kind);
            marks.extend(recognition.containers.into_iter().map(|mark| (mark, id.to_owned())));
            services.push(crate::policy::catalogue_service(id, text).expect("catalogue files are checked"));
        }
        let declared = policy.map(Policy::services).unwrap_or_default();
        let covered = services
            .iter()
            .filter_map(|known| {
                let by = declared.iter().find(|service| {
                    service.catalogue.as_ref() == Some(&known.id)
                        || service.id == known.id
                        || known.hosts.iter().any(|host| service.hosts.contains(host))
                })?;
                Some((known.id.clone(), by.id.clone()))
            })
            .collect();
        let mut scanner = Self {
            declared: Book::of(declared.to_vec(), Vec::new()),
            known: Book::of(services, marks),
            kinds,
            covered,
            own: BTreeSet::new(),
            blocks: Blocks::for_policy(policy),
            pages: Vec::new(),
            services: BTreeMap::new(),
            hosts: BTreeMap::new(),
            named: BTreeMap::new(),
            cookies: BTreeMap::new(),
        };
        if let Some(host) = policy.and_then(|policy| policy.site().origin.host_str()) {
            scanner.add_own(host);
        }
        scanner
    }

    /// Says that a host, and all of its registrable domain, is the site's own.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::scan::{Page, Scanner};
    /// let mut scanner = Scanner::new(None);
    /// scanner.add_own("static.news-files.example");
    /// scanner.read(&Page::new("1", b"<img src=https://img.news-files.example/1.png>"));
    /// assert!(scanner.finish().is_clean());
    /// ```
    pub fn add_own(&mut self, host: &str) {
        self.own.insert(registrable(host));
    }

    /// Looks through one page, and returns the addresses it links to.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::scan::{Page, Scanner};
    /// let address = "https://news.example/".parse().unwrap();
    /// let page = Page::new("front", b"<a href=/sport>Sport</a><a href=mailto:desk@news.example>");
    /// let links = Scanner::new(None).read(&page.with_address(&address));
    /// assert_eq!(links, ["https://news.example/sport".parse().unwrap()]);
    /// ```
    pub fn read(&mut self, page: &Page<'_>) -> Vec<Url> {
        let reading = Reading::of(page.body, page.charset, page.address);
        let of = page.address.or(reading.canonical.as_ref()).and_then(Url::host_str).map(registrable);
        let site = Site { own: self.own.iter().chain(&of).cloned().collect() };
        let place = self.pages.len();
        let mut shared = Vec::new();
        for include in &reading.includes {
            match include {
                Include::Addresses(form, addresses) => shared.extend(self.addresses(*form, addresses, &site, place)),
                Include::Inline(form, text) => self.inline(*form, text, &site, place),
                Include::Mark(mark) => shared.extend(self.mark(mark, place)),
            }
        }
        self.settle(shared, place);
        for header in page.set_cookie {
            self.cookie(header, page.time, place);
        }
        self.pages.push(PageRead {
            name: page.name.to_owned(),
            site: of,
            counts: reading.counts(|address| site.is_third_party(address)),
            cut: reading.is_cut(),
        });
        reading.links
    }

    /// Ends the scan.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Policy, scan::{Page, Scanner}};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let mut scanner = Scanner::new(Some(&policy));
    /// scanner.read(&Page::new("front", b"<script src=https://mc.yandex.ru/metrika/tag.js></script>"));
    /// // Declared, and on no page that was read; the site's own code has nothing to be met by.
    /// assert_eq!(scanner.finish().unmet, ["liveinternet", "smi2", "top-mail-ru"]);
    /// ```
    pub fn finish(self) -> Report {
        report::report(self)
    }

    /// Counts an element that a loader fills.
    fn mark(&mut self, mark: &str, page: usize) -> Option<Shared> {
        let services: Vec<_> = self.known.mark(mark).into_iter().map(str::to_owned).collect();
        if let Some(declared) = services.iter().find_map(|known| self.covered.get(known)) {
            let tally = self.services.entry((true, declared.clone())).or_default();
            tally.pages.insert(page);
            tally.add(Form::Container);
            return None;
        }
        (!services.is_empty()).then_some(Shared { form: Form::Container, host: None, services })
    }

    /// Counts an element; what several known services share alike, such as a hint to a host of both, is returned.
    fn addresses(&mut self, form: Form, addresses: &BTreeSet<Url>, site: &Site, page: usize) -> Vec<Shared> {
        let mut shared = Vec::new();
        // An element counts once for each service and domain, however many addresses it has.
        let mut services: BTreeMap<(bool, String), BTreeSet<String>> = BTreeMap::new();
        let mut domains: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for address in addresses {
            let host = address.host_str().unwrap_or_default().trim_end_matches('.').to_owned();
            let declared = self.declared.address(form, address);
            for service in &declared {
                services.entry((true, service.id.clone())).or_default().insert(host.clone());
            }
            if !declared.is_empty() || !site.is_third_party(address) {
                continue;
            }
            let known: Vec<_> = self.known.address(form, address).iter().map(|known| known.id.clone()).collect();
            match &known[..] {
                [] => {
                    domains.entry(registrable(&host)).or_default().insert(host);
                }
                [one] => {
                    services.entry((false, one.clone())).or_default().insert(host);
                }
                _ => shared.push(Shared { form, host: Some(host), services: known }),
            }
        }
        for (key, hosts) in services {
            let tally = self.services.entry(key).or_default();
            tally.pages.insert(page);
            tally.add(form).hosts.extend(hosts);
        }
        for (domain, hosts) in domains {
            let tally = self.hosts.entry(domain).or_default();
            tally.pages.insert(page);
            tally.add(form).hosts.extend(hosts);
        }
        shared
    }

    /// Counts what several services share for those the page includes in another way too; for all, if none.
    fn settle(&mut self, shared: Vec<Shared>, page: usize) {
        let met: Vec<Vec<String>> = shared
            .iter()
            .map(|shared| {
                let met = |id: &&String| {
                    let tally = self.services.get(&(false, (*id).clone()));
                    tally.is_some_and(|tally| tally.pages.contains(&page))
                };
                shared.services.iter().filter(met).cloned().collect()
            })
            .collect();
        for (shared, met) in shared.into_iter().zip(met) {
            for id in if met.is_empty() { shared.services } else { met } {
                let tally = self.services.entry((false, id)).or_default();
                tally.pages.insert(page);
                tally.add(shared.form).hosts.extend(shared.host.clone());
            }
        }
    }

    fn inline(&mut self, form: Form, text: &str, site: &Site, page: usize) {
        // Scripts made from JSON write addresses as `https:\/\/host\/path`.
        let text = text.replace("\\/", "/");
        let declared: BTreeMap<String, Named> =
            self.declared.script(&text).into_iter().map(|(id, named)| (id.to_owned(), named)).collect();
        let mut met = declared.clone();
        let mut undeclared: BTreeMap<String, Named> = BTreeMap::new();
        for (id, named) in self.known.script(&text) {
            let service = self.known.service(id);
            if service.is_some_and(|service| !service.hosts.is_empty() && service.hosts.iter().all(|h| site.is_own(h)))
            {
                continue;
            }
            match self.covered.get(id) {
                // Whether the gate holds the script is for the declared patterns to say.
                Some(declared) => met.entry(declared.clone()).or_insert(Named::ByAddress),
                None => undeclared.entry(id.to_owned()).or_insert(named),
            };
        }
        let met = met.into_iter().map(|(id, named)| ((true, id), named));
        for (key, named) in met.chain(undeclared.into_iter().map(|(id, named)| ((false, id), named))) {
            let tally = self.services.entry(key).or_default();
            tally.pages.insert(page);
            tally.add(form).named_only += usize::from(named == Named::ByAddress);
        }
        for address in addresses_in(&text) {
            let foreign = site.is_third_party(&address);
            if foreign
                && self.declared.address(form, &address).is_empty()
                && self.known.address(form, &address).is_empty()
            {
                let host = address.host_str().unwrap_or_default().to_owned();
                let tally = self.named.entry(registrable(&host)).or_default();
                tally.pages.insert(page);
                tally.hosts.insert(host);
            }
        }
    }

    fn cookie(&mut self, header: &str, time: Option<OffsetDateTime>, page: usize) {
        let Ok(cookie) = cookie::Cookie::parse(header) else { return };
        let Some(lifetime) = report::lifetime(&cookie, time) else { return };
        let name = cookie.name();
        if name.is_empty() || is_choice_cookie(name) {
            return;
        }
        let declared = self.declared.cookie(name).map(|service| service.id.clone());
        let known = self.known.cookie(name).map(|service| service.id.clone());
        let covering = known.as_ref().and_then(|known| self.covered.get(known)).cloned();
        let tally = self.cookies.entry(name.to_owned()).or_insert_with(|| CookieTally {
            declared_by: declared,
            covering,
            known,
            lifetime,
            pages: BTreeSet::new(),
        });
        tally.pages.insert(page);
    }
}

/// What several known services include alike: an address, an element their loaders fill.
struct Shared {
    form: Form,
    host: Option<String>,
    services: Vec<String>,
}

/// Which hosts are the site's own while one page is read.
struct Site {
    own: BTreeSet<String>,
}

impl Site {
    fn is_own(&self, pattern: &str) -> bool {
        let host = pattern.strip_prefix("*.").unwrap_or(pattern).split('/').next().unwrap_or_default();
        self.own.contains(&registrable(host))
    }

    fn is_third_party(&self, address: &Url) -> bool {
        let host = address.host_str().unwrap_or_default();
        address.has_host() && !reading::is_nowhere(host) && !self.is_own(host)
    }
}

/// The registrable domain of a host (Public Suffix List); the host itself where it has none.
fn registrable(host: &str) -> String {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let is_address = host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok();
    if is_address { host } else { psl::domain_str(&host).map(str::to_owned).unwrap_or(host) }
}

/// Addresses that stand in the text of a script as whole ones: after a scheme, or `//` after a quote.
fn addresses_in(text: &str) -> BTreeSet<Url> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("//") {
        let before = &text[..at];
        let begins = before.ends_with("http:") || before.ends_with("https:") || before.ends_with(['"', '\'', '`']);
        let rest = &text[at + 2..];
        let end = rest.find(|sign: char| sign.is_whitespace() || "\"'`<>\\(){}|,;*$+".contains(sign));
        let Ok(address) = Url::parse(&format!("https://{}", &rest[..end.unwrap_or(rest.len())])) else { continue };
        let host = address.host_str().unwrap_or_default();
        let is_real =
            psl::suffix(host.as_bytes()).is_some_and(|suffix| suffix.is_known()) && psl::domain_str(host).is_some();
        // Names of XML vocabularies look like addresses and are never loaded.
        if begins && is_real && !["www.w3.org", "schema.org", "ogp.me", "purl.org"].contains(&host) {
            found.insert(address);
        }
    }
    found
}

/// The layer's own cookie, with whatever prefix the site's origin gives it.
fn is_choice_cookie(name: &str) -> bool {
    ["__Host-", "__Secure-", ""].iter().any(|prefix| name.strip_prefix(prefix) == Some("tower-consent"))
}

fn english() -> Language {
    "en".parse().expect("a literal tag")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The files of the sample policy with these services in place of its own.
    pub(crate) fn files(services: &str) -> BTreeMap<String, String> {
        let sample = Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site")).unwrap();
        let mut files = sample.files().clone();
        files.retain(|name, _| !name.starts_with("catalogue/"));
        let text = files.get_mut("policy.toml").unwrap();
        text.truncate(text.find("[[service]]").unwrap());
        text.push_str(services);
        files
    }
}
