//! Which service an address or an inline script belongs to, and whether it is withheld.
//!
//! The cost does not grow with the number of services: hosts are looked up in a table, inline patterns are one
//! automaton.

#[cfg(feature = "scan")]
use std::collections::BTreeSet;
use std::{collections::HashMap, ops::Range};

use aho_corasick::AhoCorasick;
use url::Url;

use super::{carrier::Carrier, script::Script};
use crate::policy::{self, Party, Policy, Service};

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
    /// Addresses of all services, as they stand in scripts.
    named: AhoCorasick,
    names: Vec<Named>,
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

/// A service's address as it is looked for in scripts.
#[derive(Clone, Copy, Debug)]
struct Named {
    service: usize,
    /// When an address in a script counts.
    when: When,
    /// Whether any path may stand behind what is looked for.
    prefix: bool,
}

/// When a service's address in a script counts as run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum When {
    /// The whole address is the service's: when the script requests anything.
    Requesting,
    /// It is the service's only in pictures or frames: when this address is loaded.
    Loaded,
    /// Only some paths on the host are the service's: when the host stands alone, and is loaded with what is glued on.
    Glued,
}

impl Matcher {
    pub(crate) fn new(policy: &Policy) -> Self {
        Self::of(policy.services().to_vec())
    }

    pub(crate) fn of(services: Vec<Service>) -> Self {
        let mut hosts: HashMap<String, Vec<Place>> = HashMap::new();
        let mut domains: HashMap<String, Vec<Place>> = HashMap::new();
        let mut patterns = Vec::new();
        let mut inline_services = Vec::new();
        let (mut addresses, mut names) = (Vec::new(), Vec::new());
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
                // A link to a host loads nothing of it.
                if only == Some(Carrier::Link) {
                    continue;
                }
                let whole = path.trim_end_matches('/').is_empty();
                let when = match only {
                    None | Some(Carrier::Script) => When::Requesting,
                    Some(_) => When::Loaded,
                };
                addresses.push(if whole { host.to_owned() } else { format!("{host}{path}") });
                names.push(Named { service: index, when, prefix: !whole });
                if !whole {
                    addresses.push(host.to_owned());
                    names.push(Named { service: index, when: When::Glued, prefix: false });
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
            named: automaton(&addresses),
            names,
        }
    }

    /// Returns the services an address belongs to, each once, whatever includes it.
    pub(crate) fn addressed(&self, address: &Url) -> impl Iterator<Item = &Service> {
        self.of_places(self.places(address))
    }

    /// Returns the services an address belongs to when it is included in this way, each once.
    pub(crate) fn included(&self, address: &Url, by: Carrier) -> impl Iterator<Item = &Service> {
        self.of_places(self.places(address).filter(move |place| place.only.is_none_or(|only| only == by)))
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

    /// Returns the services that have anything on the host of an address, each once; a connection tells no more.
    pub(crate) fn connected(&self, address: &Url) -> impl Iterator<Item = &Service> {
        self.of_places(self.on_host(address))
    }

    /// Returns the services of places, in the order of the first place of each.
    fn of_places<'m>(&'m self, places: impl Iterator<Item = &'m Place>) -> impl Iterator<Item = &'m Service> {
        let mut seen = Vec::new();
        let mut is_new = move |service| {
            let is_new = !seen.contains(&service);
            if is_new {
                seen.push(service);
            }
            is_new
        };
        places.filter(move |place| is_new(place.service)).map(|place| &self.services[place.service])
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
    #[cfg(feature = "lint")]
    pub(crate) fn named_inline<'m>(&'m self, script: &[u8]) -> impl Iterator<Item = &'m Service> {
        self.inline
            .find_overlapping_iter(script)
            .map(|found| &self.services[self.inline_services[found.pattern().as_usize()]])
    }

    /// Returns the services a script runs, each once: those whose patterns it holds, and those whose
    /// addresses it loads. The text is searched with its escapes resolved and its glued strings joined.
    ///
    /// - An address that is all a service's (a host, or a host with the beginning of a path) counts in any script that
    ///   requests something, unless it is the target of a link in a piece of markup.
    /// - A host of which only some paths are a service's counts where it stands alone and what is glued to it is loaded:
    ///   `'https://vk.com/' + path` in a `src`, not in a `href`, and not `https://vk.com/page`.
    /// - What is a service's only in frames or pictures counts where that address is loaded.
    pub(crate) fn running<'m>(&'m self, script: &[u8]) -> impl Iterator<Item = &'m Service> + use<'m> {
        let read = Script::of(script);
        let mut found: Vec<usize> = Vec::new();
        let texts = [Some(script), read.is_changed().then(|| read.text())];
        for pattern in texts.into_iter().flatten().flat_map(|text| self.inline.find_overlapping_iter(text)) {
            let service = self.inline_services[pattern.pattern().as_usize()];
            if !found.contains(&service) {
                found.push(service);
            }
        }
        if self.named.is_match(read.text()) && read.requests_something() {
            for place in self.named.find_overlapping_iter(read.text()) {
                let named = self.names[place.pattern().as_usize()];
                if !found.contains(&named.service) && counts(&read, &place.range(), named) {
                    found.push(named.service);
                }
            }
        }
        found.into_iter().map(|service| &self.services[service])
    }

    /// Says whether a service names the host of this address, so that its own paths must be looked at.
    pub(crate) fn names_host_of(&self, address: &Url) -> bool {
        address.host_str().is_some_and(|host| self.names_host(host.trim_end_matches('.')))
    }

    /// Says whether a service names this host, or one above it with all below.
    pub(crate) fn names_host(&self, host: &str) -> bool {
        let mut above = std::iter::successors(Some(host), |host| host.split_once('.').map(|(_, parent)| parent));
        self.hosts.contains_key(host) || above.any(|domain| self.domains.contains_key(domain))
    }

    /// Returns the services that declare a cookie of this name on the site's own domain. What a service sets on its
    /// own domain is not meant: such names are short and met everywhere; nor is a storage key.
    pub(crate) fn setting<'m>(&'m self, cookie: &str) -> impl Iterator<Item = &'m Service> {
        self.services.iter().filter(move |service| {
            service.cookies.iter().any(|declared| {
                declared.place == policy::Place::Cookie && declared.party == Party::First && declared.matches(cookie)
            })
        })
    }
}

/// Says whether an address that stands in a script counts as one the script loads.
fn counts(script: &Script<'_>, place: &Range<usize>, named: Named) -> bool {
    // Part of a longer name is another host.
    let part = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    let before = place.start.checked_sub(1).and_then(|before| script.text().get(before));
    let rest = &script.text()[place.end..];
    let goes_on = part(rest.first()) || rest.first() == Some(&b'.') && part(rest.get(1));
    if part(before) || !named.prefix && goes_on {
        return false;
    }
    match named.when {
        When::Requesting => !script.is_linked(place.start),
        When::Loaded => script.loads(place.start),
        When::Glued => script.stands_alone(place) && script.loads(place.start),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Services that declare no pattern, or one that does not match.
    fn matcher() -> Matcher {
        of(&[
            ("whole", "hosts = [\"tag.metrics.example\"]\ninline = [\"never met\"]"),
            ("domain", "hosts = [\"*.count.example\"]"),
            ("both", "hosts = [\"both.example\", \"*.both.example\", \"both.example/tag/\"]"),
            ("paths", "hosts = [\"vk.com/rtrg\", \"vk.com/js/api/\"]\ninline = [\"never met\"]"),
            ("frames", "frames = [\"www.social.example\"]"),
            ("links", "links = [\"linked.example\"]\nhosts = [\"t.linked.example\"]"),
        ])
    }

    /// Services by their ids, with what they declare.
    fn of(services: &[(&str, &str)]) -> Matcher {
        let policy = Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site")).unwrap();
        let mut files = policy.files().clone();
        let text = files.get_mut("policy.toml").unwrap();
        text.truncate(text.find("[[service]]").unwrap());
        for (id, addresses) in services {
            text.push_str(&format!(
                "[[service]]\nid = \"{id}\"\ntitle = \"x\"\npurpose = \"metrics\"\noperator = \"x\"\ncountry = \"RU\"\n{addresses}\n"
            ));
        }
        let (policy, faults) = Policy::check(files);
        Matcher::new(&policy.unwrap_or_else(|| panic!("{faults:?}")))
    }

    #[test]
    fn a_service_with_several_places_for_an_address_is_met_once() {
        let matcher = matcher();
        let address = Url::parse("https://both.example/tag/x.js").unwrap();
        assert_eq!(ids(matcher.addressed(&address)), "both");
        assert_eq!(ids(matcher.included(&address, Carrier::Script)), "both");
        assert_eq!(ids(matcher.connected(&address)), "both");
    }

    #[test]
    fn scripts_are_searched_for_hosts_of_every_service() {
        let matcher = matcher();
        for (script, expected) in [
            // Loaders, whole and glued.
            ("s.src='https://tag.metrics.example/t.js'", "whole"),
            ("s.src='//'+'tag.metrics'+'.example'+p", "whole"),
            ("s.src=\"https:\\/\\/tag.metrics.example\\/t.js\"", "whole"),
            ("var h='tag.metrics.example';new Image().src='//'+h", "whole"),
            ("s.src='//'+['tag','metrics','example'].join('.')+'/t.js'", "whole"),
            ("s.src=atob('Ly90YWcubWV0cmljcy5leGFtcGxlL3QuanM=')", "whole"),
            ("document.write(unescape('%3Cscript src=%22//tag.metrics.example/x%22%3E%3C/script%3E'))", "whole"),
            ("d.innerHTML='<img src=https://tag.metrics.example/p>'", "whole"),
            ("s.src=('https:'==p?'https://ssl':'http://www')+'.count.example/c.js'", "domain"),
            ("i.src='https://vk.com/rtrg?p='+id", "paths"),
            ("i.src='https://vk.com'+'/rtrg?p='+id", "paths"),
            ("var h='//vk.com';s.src=h+'/js/api/openapi.js'", "paths"),
            ("s.src=`https://vk.com/${file}`", "paths"),
            ("f=document.createElement('iframe');f.src='https://www.social.example/w'", "frames"),
            // First-party scripts that only hold an address.
            ("var own=['https://tag.metrics.example/']", ""),
            ("s.src='/a.js';d.innerHTML='<a href=\"https://tag.metrics.example/\">x</a>'", ""),
            ("s.src='https://tag.metrics.example.org/t.js'", ""),
            ("s.src='https://my-tag.metrics.example/t.js'", ""),
            ("s.src='/a.js';var page='https://vk.com/page'", ""),
            ("s.src='/a.js';a.href='https://vk.com/'+name", ""),
            ("s.src='/a.js';window.open('https://vk.com/share.php?url='+u)", ""),
            ("s.src='/a.js';var links={vk:'https://vk.com/',ok:'https://ok.ru/'}", ""),
            ("s.src='/a.js';if(document.referrer.indexOf('vk.com')>0){x()}", ""),
            ("s.src='/a.js';a.href='https://www.social.example/me'", ""),
            ("s.src='/a.js';var x='https://linked.example/'", ""),
        ] {
            let found: Vec<&str> = matcher.running(script.as_bytes()).map(|service| &*service.id).collect();
            assert_eq!(found.join(" "), expected, "{script}");
        }
    }

    fn ids<'s>(services: impl IntoIterator<Item = &'s Service>) -> String {
        services.into_iter().map(|service| service.id.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn an_address_is_a_service_s_by_host_path_and_what_includes_it() {
        let matcher = matcher();
        for (address, addressed, in_frame, connected) in [
            ("https://tag.metrics.example/t.js", "whole", "whole", "whole"),
            ("https://tag.metrics.example./t.js", "whole", "whole", "whole"),
            ("https://www.tag.metrics.example/", "", "", ""),
            ("https://metrics.example/", "", "", ""),
            ("https://count.example/", "domain", "domain", "domain"),
            ("https://a.b.count.example/x", "domain", "domain", "domain"),
            ("https://discount.example/", "", "", ""),
            ("https://vk.com/rtrg?p=1", "paths", "paths", "paths"),
            ("https://vk.com/%72trg", "paths", "paths", "paths"),
            ("https://vk.com/js/api", "", "", "paths"),
            ("https://vk.com/", "", "", "paths"),
            // In frames only, and in links only: what stands there, whatever includes it, and in a frame.
            ("https://www.social.example/w", "frames", "frames", "frames"),
            ("https://linked.example/", "links", "", "links"),
            ("https://t.linked.example/", "links", "links", "links"),
            ("data:text/plain,x", "", "", ""),
        ] {
            let url = Url::parse(address).unwrap();
            assert_eq!(ids(matcher.addressed(&url)), addressed, "{address}");
            assert_eq!(ids(matcher.included(&url, Carrier::Frame)), in_frame, "{address}");
            assert_eq!(ids(matcher.connected(&url)), connected, "{address}");
            assert_eq!(matcher.names_host_of(&url), !connected.is_empty(), "{address}");
        }
        let frame = Url::parse("https://www.social.example/w").unwrap();
        let link = Url::parse("https://linked.example/").unwrap();
        assert_eq!(ids(matcher.included(&frame, Carrier::Script)), "");
        assert_eq!(
            (ids(matcher.included(&link, Carrier::Link)), ids(matcher.included(&link, Carrier::Script))),
            ("links".to_owned(), String::new())
        );
        for (host, named) in
            [("count.example", true), ("x.count.example", true), ("x.vk.com", false), ("example", false)]
        {
            assert_eq!(matcher.names_host(host), named, "{host}");
        }
    }

    #[cfg(feature = "scan")]
    #[test]
    fn of_several_services_those_that_name_an_address_most_narrowly_are_told_once() {
        let matcher = of(&[
            ("domain", "hosts = [\"*.cdn.example\"]"),
            ("paths", "hosts = [\"a.cdn.example/ads/\", \"a.cdn.example/ad\"]"),
            ("same", "scripts = [\"a.cdn.example/ads/\"]"),
            ("twice", "hosts = [\"b.cdn.example/x\"]\nimages = [\"b.cdn.example/x\"]"),
        ]);
        for (address, by, expected) in [
            ("https://a.cdn.example/ads/1", &[Carrier::Script][..], "paths same"),
            ("https://a.cdn.example/ads/1", &[Carrier::Image, Carrier::Frame], "paths"),
            ("https://a.cdn.example/adv", &[Carrier::Script], "paths"),
            ("https://a.cdn.example/", &[Carrier::Script], "domain"),
            ("https://b.cdn.example/x", &[Carrier::Image, Carrier::Script], "twice"),
            ("https://other.example/", &[Carrier::Script], ""),
        ] {
            assert_eq!(ids(matcher.narrowest(&Url::parse(address).unwrap(), by)), expected, "{address}");
        }
    }

    #[test]
    fn a_script_runs_the_services_of_its_patterns_each_once() {
        let matcher = of(&[("one", "inline = [\"_paq.push\", \"matomo\"]"), ("other", "inline = [\"paq.push\"]")]);
        for (script, expected) in [
            ("_PAQ.push(1)", "one other"),
            ("Matomo;matomo;_paq.push(1);_paq.push(2)", "one other"),
            ("s='mat'+'omo'", "one"),
            ("_paq", ""),
            ("", ""),
        ] {
            let mut found: Vec<&str> = matcher.running(script.as_bytes()).map(|service| &*service.id).collect();
            found.sort();
            assert_eq!(found.join(" "), expected, "{script}");
        }
    }

    #[cfg(feature = "lint")]
    #[test]
    fn a_pattern_is_found_in_any_case_and_a_service_once_for_each() {
        let matcher = of(&[("one", "inline = [\"_paq.push\", \"matomo\"]"), ("other", "inline = [\"paq.push\"]")]);
        for (script, expected) in
            [("var _PAQ.push(1)", "one other"), ("Matomo;matomo", "one one"), ("paq.push", "other"), ("", "")]
        {
            let mut found: Vec<&str> = matcher.named_inline(script.as_bytes()).map(|service| &*service.id).collect();
            found.sort();
            assert_eq!(found.join(" "), expected, "{script}");
        }
    }

    #[test]
    fn a_cookie_on_the_site_s_own_domain_is_set_by_those_who_declare_it_there() {
        let matcher = of(&[
            (
                "first",
                "hosts = [\"a.example\"]\ncookies = [{ name = \"_a*\", lifetime = \"session\" }, { name = \"b\", lifetime = \"session\" }]",
            ),
            (
                "third",
                "hosts = [\"b.example\"]\ncookies = [{ name = \"b\", lifetime = \"session\", party = \"third\", domain = \".b.example\" }]",
            ),
            (
                "both",
                "hosts = [\"c.example\"]\ncookies = [{ name = \"_ab\", lifetime = \"session\" }, { name = \"_c*\", lifetime = \"session\", storage = \"session\" }]",
            ),
        ]);
        for (cookie, expected) in
            [("_a", "first"), ("_c", ""), ("_ab", "first both"), ("b", "first"), ("bb", ""), ("", "")]
        {
            assert_eq!(ids(matcher.setting(cookie)), expected, "{cookie}");
        }
    }
}
