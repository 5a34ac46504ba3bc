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
        let mut hosts: HashMap<String, Vec<(String, usize)>> = HashMap::new();
        let mut domains: HashMap<String, Vec<(String, usize)>> = HashMap::new();
        let mut patterns = Vec::new();
        let mut inline_services = Vec::new();
        for (index, service) in policy.services().iter().enumerate() {
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
            services: policy.services().to_vec(),
            hosts,
            domains,
            inline: AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .build(&patterns)
                .expect("patterns are bounded by the size of a policy file"),
            inline_services,
        }
    }

    /// Returns the first withheld service an address belongs to.
    pub(crate) fn withheld_address(&self, address: &Url, decision: &Decision) -> Option<&Service> {
        let host = address.host_str()?.trim_end_matches('.');
        let path = address.path();
        let exact = self.hosts.get(host).into_iter();
        let above = std::iter::successors(Some(host), |host| host.split_once('.').map(|(_, parent)| parent));
        let below = above.filter_map(|domain| self.domains.get(domain));
        exact
            .chain(below)
            .flatten()
            .filter(|(prefix, _)| path.starts_with(prefix.as_str()))
            .map(|(_, index)| &self.services[*index])
            .find(|service| !decision.allows(service.purpose.as_str()))
    }

    /// Returns the first withheld service whose pattern an inline script holds.
    pub(crate) fn withheld_inline(&self, script: &[u8], decision: &Decision) -> Option<&Service> {
        self.inline
            .find_overlapping_iter(script)
            .map(|found| &self.services[self.inline_services[found.pattern().as_usize()]])
            .find(|service| !decision.allows(service.purpose.as_str()))
    }

    /// Returns the withheld service that declares a cookie of this name.
    pub(crate) fn withheld_cookie(&self, name: &str, decision: &Decision) -> Option<&Service> {
        self.services
            .iter()
            .filter(|service| !decision.allows(service.purpose.as_str()))
            .find(|service| service.cookies.iter().any(|cookie| cookie.matches(name)))
    }
}
