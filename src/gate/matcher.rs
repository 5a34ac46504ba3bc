//! Which service an address or an inline script belongs to, and whether it is withheld.
//!
//! The cost does not grow with the number of services: hosts are looked up in a table, inline patterns are one
//! automaton.

use std::collections::HashMap;

use aho_corasick::AhoCorasick;
use url::Url;

use crate::{
    decision::Decision,
    policy::{Policy, Service},
};

/// The addresses and patterns of all services of a policy.
#[derive(Debug)]
pub(crate) struct Matcher {
    services: Vec<Service>,
    /// Host → path prefixes and the services they belong to.
    hosts: HashMap<String, Vec<(String, usize)>>,
    /// The same for `*.host`: the host itself and everything below it.
    domains: HashMap<String, Vec<(String, usize)>>,
    inline: AhoCorasick,
    /// The service of each inline pattern.
    inline_services: Vec<usize>,
}

impl Matcher {
    pub(crate) fn new(policy: &Policy) -> Self {
        Self::of(policy.services().to_vec())
    }

    pub(crate) fn of(services: Vec<Service>) -> Self {
        let mut hosts: HashMap<String, Vec<(String, usize)>> = HashMap::new();
        let mut domains: HashMap<String, Vec<(String, usize)>> = HashMap::new();
        let mut patterns = Vec::new();
        let mut inline_services = Vec::new();
        for (index, service) in services.iter().enumerate() {
            for pattern in &service.hosts {
                let (host, path) = match pattern.find('/') {
                    Some(slash) => pattern.split_at(slash),
                    None => (pattern.as_str(), "/"),
                };
                let (table, host) = match host.strip_prefix("*.") {
                    Some(domain) => (&mut domains, domain),
                    None => (&mut hosts, host),
                };
                table.entry(host.to_owned()).or_default().push((path.to_owned(), index));
            }
            for pattern in &service.inline {
                patterns.push(pattern.clone());
                inline_services.push(index);
            }
        }
        Self {
            services,
            hosts,
            domains,
            inline: AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .build(&patterns)
                .expect("patterns are bounded by the size of a policy file"),
            inline_services,
        }
    }

    /// Returns the services an address belongs to.
    pub(crate) fn addressed(&self, address: &Url) -> impl Iterator<Item = &Service> {
        let host = address.host_str().map(|host| host.trim_end_matches('.'));
        let path = address.path();
        let exact = host.and_then(|host| self.hosts.get(host)).into_iter();
        let above = std::iter::successors(host, |host| host.split_once('.').map(|(_, parent)| parent));
        let below = above.filter_map(|domain| self.domains.get(domain));
        exact
            .chain(below)
            .flatten()
            .filter(move |(prefix, _)| path.starts_with(prefix.as_str()))
            .map(|(_, index)| &self.services[*index])
    }

    /// Returns the services whose patterns an inline script holds; one of several patterns comes several times.
    pub(crate) fn named_inline<'m>(&'m self, script: &'m [u8]) -> impl Iterator<Item = &'m Service> {
        self.inline
            .find_overlapping_iter(script)
            .map(|found| &self.services[self.inline_services[found.pattern().as_usize()]])
    }

    /// Returns the services that declare a cookie of this name.
    pub(crate) fn setting<'m>(&'m self, cookie: &'m str) -> impl Iterator<Item = &'m Service> {
        self.services.iter().filter(move |service| service.cookies.iter().any(|declared| declared.matches(cookie)))
    }

    /// Returns the first withheld service an address belongs to.
    pub(crate) fn withheld_address(&self, address: &Url, decision: &Decision) -> Option<&Service> {
        self.addressed(address).find(|service| decision.withholds(service).is_some())
    }

    /// Returns the first withheld service whose pattern an inline script holds.
    pub(crate) fn withheld_inline<'m>(&'m self, script: &'m [u8], decision: &Decision) -> Option<&'m Service> {
        self.named_inline(script).find(|service| decision.withholds(service).is_some())
    }

    /// Returns the withheld service that declares a cookie of this name.
    pub(crate) fn withheld_cookie<'m>(&'m self, name: &'m str, decision: &Decision) -> Option<&'m Service> {
        self.setting(name).find(|service| decision.withholds(service).is_some())
    }
}
