//! Services to look things up in: those of a policy, or those of the catalogue.
//!
//! In: an address, an inline script, an element's name, a cookie's name. Out: the services they belong to, the
//! nearest first. Addresses and patterns are matched as the gate matches them.

use std::collections::BTreeMap;

use aho_corasick::{AhoCorasick, MatchKind};
use url::Url;

use super::{Form, robots};
use crate::{gate::Matcher, policy::Service};

/// Services with their tables.
#[derive(Debug)]
pub(super) struct Book {
    matcher: Matcher,
    /// The hosts (and paths) of all services, to be found in the text of a script.
    names: AhoCorasick,
    /// Each pattern of `names`: whether it stands for subdomains too, and its service.
    named: Vec<(bool, String)>,
    /// Patterns of identifiers and classes, each with its service.
    marks: Vec<(String, String)>,
    services: BTreeMap<String, Service>,
}

/// What an inline script says of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// The gate withholds it for the service.
    ByPattern,
    /// It only names an address of the service: the gate does not withhold it.
    ByAddress,
}

impl Book {
    /// Brings services together; `marks` are identifiers (`#…`) and classes (`.…`) with the service each is of.
    pub(super) fn of(services: Vec<Service>, marks: Vec<(String, String)>) -> Self {
        let mut patterns = Vec::new();
        let mut named = Vec::new();
        for service in &services {
            for host in service.hosts.iter().chain(&service.scripts) {
                let plain = host.strip_prefix("*.");
                patterns.push(plain.unwrap_or(host).to_owned());
                named.push((plain.is_some(), service.id.clone()));
            }
        }
        Self {
            matcher: Matcher::of(services.clone()),
            names: AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .match_kind(MatchKind::LeftmostLongest)
                .build(&patterns)
                .expect("hosts are bounded by the size of a policy file"),
            named,
            marks: marks.into_iter().map(|(mark, service)| (format!("{mark}$"), service)).collect(),
            services: services.into_iter().map(|service| (service.id.clone(), service)).collect(),
        }
    }

    pub(super) fn service(&self, id: &str) -> Option<&Service> {
        self.services.get(id)
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.services.keys().map(String::as_str)
    }

    /// Returns the services an address belongs to when it is included in this form; of several, those that name it
    /// most narrowly.
    pub(super) fn address(&self, form: Form, address: &Url) -> Vec<&Service> {
        self.matcher.narrowest(address, form.carriers())
    }

    /// Returns the services an inline script belongs to or names, each once.
    pub(super) fn script<'b>(&'b self, text: &str) -> BTreeMap<&'b str, Named> {
        let mut found = BTreeMap::new();
        for matched in self.names.find_iter(text) {
            let (with_subdomains, service) = &self.named[matched.pattern().as_usize()];
            let before = text[..matched.start()].chars().next_back();
            let after = text[matched.end()..].chars().next();
            let pattern_has_path = text[matched.range()].contains('/');
            let begins = before.is_none_or(|sign| !is_of_host(sign) && (sign != '.' || *with_subdomains));
            // The end of a sentence is no further label: `.` counts only with a letter after it.
            let ends = pattern_has_path
                || after.is_none_or(|sign| {
                    let next = text[matched.end()..].chars().nth(1);
                    !is_of_host(sign) && (sign != '.' || next.is_none_or(|next| !is_of_host(next)))
                });
            if begins && ends {
                found.insert(service.as_str(), Named::ByAddress);
            }
        }
        for service in self.matcher.running(text.as_bytes()) {
            found.insert(service.id.as_str(), Named::ByPattern);
        }
        found
    }

    /// Returns the services whose loaders fill elements of this identifier (`#…`) or class (`.…`).
    pub(super) fn mark(&self, mark: &str) -> Vec<&str> {
        let found = self.marks.iter().filter(|(pattern, _)| robots::fits(pattern, mark));
        found.map(|(_, service)| service.as_str()).collect()
    }

    /// Returns the service that declares a cookie of this name.
    pub(super) fn cookie<'b>(&'b self, name: &str) -> Option<&'b Service> {
        self.matcher.setting(name).next()
    }
}

fn is_of_host(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || sign == '-' || sign == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book() -> Book {
        let (policy, faults) = crate::policy::Policy::check(crate::scan::tests::files(
            "[[service]]\nid = \"wide\"\ntitle = \"w\"\npurpose = \"metrics\"\noperator = \"w\"\ncountry = \"RU\"\n\
             hosts = [\"*.wide.example\"]\ninline = [\"wide(1)\"]\n\
             [[service]]\nid = \"narrow\"\ntitle = \"n\"\npurpose = \"metrics\"\noperator = \"n\"\ncountry = \"RU\"\n\
             hosts = [\"a.wide.example/tag/\"]\ncookies = [{ name = \"n_*\", lifetime = \"session\" }]\n",
        ));
        let services = policy.unwrap_or_else(|| panic!("{faults:?}")).services().to_vec();
        Book::of(services, vec![("#unit_*".to_owned(), "wide".to_owned()), (".x".to_owned(), "narrow".to_owned())])
    }

    #[test]
    fn the_narrowest_name_of_an_address_counts() {
        let book = book();
        let ids = |address: &str| -> Vec<String> {
            let found = book.address(Form::Script, &Url::parse(address).unwrap());
            found.iter().map(|service| service.id.clone()).collect()
        };
        assert_eq!(ids("https://a.wide.example/tag/x"), ["narrow"]);
        assert_eq!(ids("https://a.wide.example/other"), ["wide"]);
        assert_eq!(ids("https://wide.example/"), ["wide"]);
        assert!(ids("https://awide.example/").is_empty());
    }

    #[test]
    fn a_script_names_services_by_pattern_or_by_a_whole_address() {
        let book = book();
        let script = |text: &str| -> Vec<(String, Named)> {
            book.script(text).into_iter().map(|(id, named)| (id.to_owned(), named)).collect()
        };
        let wide = |named| vec![("wide".to_owned(), named)];
        assert_eq!(script("WIDE(1)"), wide(Named::ByPattern));
        assert_eq!(script("('https:'==p?'https://':'http://')+'x.wide.example/t.js'"), wide(Named::ByAddress));
        assert_eq!(script("load('//wide.example'); wide(1)"), wide(Named::ByPattern));
        assert_eq!(script("'a.wide.example/tag/x'"), vec![("narrow".to_owned(), Named::ByAddress)]);
        for not in ["'//otherwide.example/'", "'//wide.example.org/'", "'//wide.examples/'", "wide"] {
            assert!(script(not).is_empty(), "{not}");
        }
    }

    #[test]
    fn elements_and_cookies_are_known_by_their_names() {
        let book = book();
        assert_eq!(book.mark("#unit_12"), ["wide"]);
        assert!(book.mark("#unit").is_empty());
        assert_eq!(book.mark(".x"), ["narrow"]);
        assert!(book.mark(".xx").is_empty());
        assert_eq!(book.cookie("n_1").unwrap().id, "narrow");
        assert!(book.cookie("m").is_none());
    }
}
