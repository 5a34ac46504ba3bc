//! Which service an address or an inline script belongs to, and whether it is withheld.
//!
//! The cost does not grow with the number of services: hosts are looked up in a table, inline patterns are one
//! automaton.

#[cfg(feature = "scan")]
use std::collections::BTreeSet;
use std::collections::HashMap;

use aho_corasick::AhoCorasick;
use url::Url;

use super::carrier::Carrier;
use crate::policy::{Party, Policy, Service};

/// The addresses and patterns of all services of a policy.
#[derive(Debug)]
pub(crate) struct Matcher {
    services: Vec<Service>,
    /// Host → what is below it.
    hosts: HashMap<String, Vec<Place>>,
    /// The same for `*.host`: the host itself and everything below it.
    domains: HashMap<String, Vec<Place>>,
    inline: AhoCorasick,
    /// The service of each inline pattern.
    inline_services: Vec<usize>,
    /// Hosts of services that declare no pattern.
    named: AhoCorasick,
    named_services: Vec<usize>,
}

/// A path prefix on a host, and the service it belongs to.
#[derive(Debug)]
struct Place {
    path: String,
    service: usize,
    /// The only carrier it is gated by; all where there is none.
    only: Option<Carrier>,
    /// How much of an address it names, in bytes.
    #[cfg(feature = "scan")]
    width: usize,
}

/// What a script that requests something calls or sets; a script that only holds an address has none of these.
const REQUESTING: [&str; 14] = [
    "createelement",
    "document.write",
    "appendchild",
    "insertbefore",
    ".append(",
    "new image",
    ".src",
    "sendbeacon",
    "fetch(",
    "xmlhttprequest",
    "import(",
    "importscripts",
    "websocket",
    "setattribute",
];

impl Matcher {
    pub(crate) fn new(policy: &Policy) -> Self {
        Self::of(policy.services().to_vec())
    }

    pub(crate) fn of(services: Vec<Service>) -> Self {
        let mut hosts: HashMap<String, Vec<Place>> = HashMap::new();
        let mut domains: HashMap<String, Vec<Place>> = HashMap::new();
        let mut patterns = Vec::new();
        let mut inline_services = Vec::new();
        let (mut names, mut named_services) = (Vec::new(), Vec::new());
        for (index, service) in services.iter().enumerate() {
            let of = |only, addresses: &'_ Vec<String>| {
                addresses.iter().map(move |address| (only, address.clone())).collect()
            };
            let lists: [Vec<(Option<Carrier>, String)>; 5] = [
                of(None, &service.hosts),
                of(Some(Carrier::Script), &service.scripts),
                of(Some(Carrier::Frame), &service.frames),
                of(Some(Carrier::Image), &service.images),
                of(Some(Carrier::Link), &service.links),
            ];
            for (only, pattern) in lists.into_iter().flatten() {
                let (host, path) = match pattern.find('/') {
                    Some(slash) => pattern.split_at(slash),
                    None => (pattern.as_str(), "/"),
                };
                let (table, host) = match host.strip_prefix("*.") {
                    Some(domain) => (&mut domains, domain),
                    None => (&mut hosts, host),
                };
                let place = Place {
                    path: path.to_owned(),
                    service: index,
                    only,
                    #[cfg(feature = "scan")]
                    width: pattern.len(),
                };
                table.entry(host.to_owned()).or_default().push(place);
                if service.inline.is_empty() && matches!(only, None | Some(Carrier::Script)) {
                    names.push(format!("{host}{}", path.trim_end_matches('/')));
                    named_services.push(index);
                }
            }
            for pattern in &service.inline {
                patterns.push(pattern.clone());
                inline_services.push(index);
            }
        }
        let automaton = |patterns: &[String]| {
            AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .build(patterns)
                .expect("patterns are bounded by the size of a policy file")
        };
        Self {
            services,
            hosts,
            domains,
            inline: automaton(&patterns),
            inline_services,
            named: automaton(&names),
            named_services,
        }
    }

    /// Returns the services an address belongs to, whatever includes it.
    pub(crate) fn addressed(&self, address: &Url) -> impl Iterator<Item = &Service> {
        self.places(address).map(|place| &self.services[place.service])
    }

    /// Returns the services an address belongs to when it is included in this way.
    pub(crate) fn included(&self, address: &Url, by: Carrier) -> impl Iterator<Item = &Service> {
        let places = self.places(address).filter(move |place| place.only.is_none_or(|only| only == by));
        places.map(|place| &self.services[place.service])
    }

    /// Returns the services an address belongs to when it is included in one of these ways; of several services those
    /// that name it most narrowly, each once.
    #[cfg(feature = "scan")]
    pub(crate) fn narrowest(&self, address: &Url, by: &[Carrier]) -> Vec<&Service> {
        let places = self.places(address).filter(|place| place.only.is_none_or(|only| by.contains(&only)));
        let places: Vec<_> = places.collect();
        let width = places.iter().map(|place| place.width).max();
        let services = places.iter().filter(|place| Some(place.width) == width).map(|place| place.service);
        let services: BTreeSet<_> = services.collect();
        services.into_iter().map(|service| &self.services[service]).collect()
    }

    /// Returns the services that have anything on the host of an address, which is all a connection tells.
    pub(crate) fn connected(&self, address: &Url) -> impl Iterator<Item = &Service> {
        self.on_host(address).map(|place| &self.services[place.service])
    }

    fn places(&self, address: &Url) -> impl Iterator<Item = &Place> {
        // A server reads `%61ds` as `ads`.
        let path = percent_encoding::percent_decode_str(address.path()).decode_utf8_lossy();
        self.on_host(address).filter(move |place| path.starts_with(place.path.as_str()))
    }

    fn on_host(&self, address: &Url) -> impl Iterator<Item = &Place> {
        let host = address.host_str().map(|host| host.trim_end_matches('.'));
        let exact = host.and_then(|host| self.hosts.get(host)).into_iter();
        let above = std::iter::successors(host, |host| host.split_once('.').map(|(_, parent)| parent));
        let below = above.filter_map(|domain| self.domains.get(domain));
        exact.chain(below).flatten()
    }

    /// Returns the services whose patterns an inline script holds; one of several patterns comes several times.
    pub(crate) fn named_inline<'m>(&'m self, script: &[u8]) -> impl Iterator<Item = &'m Service> {
        self.inline
            .find_overlapping_iter(script)
            .map(|found| &self.services[self.inline_services[found.pattern().as_usize()]])
    }

    /// Returns the services a script runs: those whose patterns it holds, and of those that declare no pattern the ones
    /// whose host stands in a script that requests something.
    pub(crate) fn running<'m>(&'m self, script: &[u8]) -> impl Iterator<Item = &'m Service> {
        let mut requests = None;
        let named = self.named.find_overlapping_iter(script).filter(move |found| {
            // Part of a longer name is another host.
            let part = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
            let before = found.start().checked_sub(1).and_then(|place| script.get(place));
            !part(before)
                && !part(script.get(found.end()))
                && *requests.get_or_insert_with(|| requests_something(script))
        });
        let named = named.map(|found| &self.services[self.named_services[found.pattern().as_usize()]]);
        self.named_inline(script).chain(named)
    }

    /// Says whether a service names the host of this address, so that its own paths must be looked at.
    pub(crate) fn names_host_of(&self, address: &Url) -> bool {
        let host = address.host_str().map(|host| host.trim_end_matches('.'));
        let mut above = std::iter::successors(host, |host| host.split_once('.').map(|(_, parent)| parent));
        host.is_some_and(|host| self.hosts.contains_key(host)) || above.any(|domain| self.domains.contains_key(domain))
    }

    /// Returns the services that declare a cookie of this name on the site's own domain. What a service sets on its
    /// own domain is not meant: such names are short and met everywhere.
    pub(crate) fn setting<'m>(&'m self, cookie: &str) -> impl Iterator<Item = &'m Service> {
        self.services.iter().filter(move |service| {
            service.cookies.iter().any(|declared| declared.party == Party::First && declared.matches(cookie))
        })
    }
}

fn requests_something(script: &[u8]) -> bool {
    let lower = script.to_ascii_lowercase();
    REQUESTING.iter().any(|word| memchr::memmem::find(&lower, word.as_bytes()).is_some())
}
