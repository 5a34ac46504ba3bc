//! Whether an address or a piece of script belongs to something that is withheld.
//!
//! In: texts of a page as a browser would read them. Out: what they are withheld for; what was met is noted, withheld
//! or not. It changes nothing.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use url::Url;

use super::{
    Error, Rules,
    carrier::{Carrier, Edit},
    css,
    html::Gate,
};
use crate::{
    decision::Decision,
    policy::{Service, Undeclared},
};

/// Purpose named in elements that are withheld because no service names their host.
pub(crate) const UNDECLARED: &str = "undeclared";
/// How deep HTML may be nested in HTML (`srcdoc` in `srcdoc`).
const DEEPEST: u8 = 3;
/// Hosts no service names that one page may tell of.
const MOST_HOSTS: usize = 64;
/// Things of declared services that are counted on one page.
const MOST_MET: usize = 4_096;
/// The longest name of a cookie that is told of.
const LONGEST_NAME: usize = 128;

/// What something is withheld for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Withheld {
    /// All that must be allowed; never empty.
    pub(crate) purposes: Vec<String>,
    /// Title of the service in no language yet: its place among the services; `None` when nobody declared it.
    pub(crate) service: Option<String>,
}

impl Withheld {
    /// Takes all purposes of both; what is told of the service is that of the first.
    pub(super) fn both(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        let (Some(mut one), other) = (one, other.as_ref()) else { return other };
        for purpose in other.iter().flat_map(|other| &other.purposes) {
            if !one.purposes.contains(purpose) {
                one.purposes.push(purpose.clone());
            }
        }
        Some(one)
    }

    /// Writes down what is withheld for, as the script reads it. Where pages are made for one visitor the first purpose
    /// says it; one page for everyone names all, since each visitor allows some.
    pub(super) fn written(&self, rules: &Rules) -> String {
        if rules.everyone.is_some() { self.purposes.join(" ") } else { self.purposes[0].clone() }
    }
}

/// Something of a declared service that a page holds, withheld or not.
///
/// # Example
///
/// ```
/// use tower_consent::{Decision, Policy, gate::{Gate, Rules}};
/// let policy = Policy::load("policies/news-site").unwrap();
/// let decision = Decision::granting(&policy, ["metrics"]);
/// let mut gate = Gate::new(&Rules::new(&policy), &decision, "https://news.example/").unwrap();
/// gate.feed(b"<img src=https://counter.yadro.ru/hit><script src=https://smi2.ru/x></script>").unwrap();
/// gate.finish().unwrap();
/// let withheld = |id: &str| gate.met().iter().find(|met| met.service == id).map(|met| met.withheld);
/// assert_eq!((withheld("liveinternet"), withheld("smi2")), (Some(false), Some(true)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Met {
    /// The service's id.
    pub service: String,
    /// What it came by.
    pub carrier: Carrier,
    /// Whether it was withheld.
    pub withheld: bool,
}

/// What a page, or a response's head, was found to hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings {
    pub(crate) met: Vec<Met>,
    /// Hosts of third parties no service names.
    pub(crate) undeclared: Vec<String>,
    /// Names of cookies the server sets and no service declares.
    pub(crate) cookies: Vec<String>,
    /// Hosts browsers reported that no service names.
    pub(crate) reported: Vec<String>,
}

impl Findings {
    pub(crate) fn note(&mut self, service: &Service, carrier: Carrier, withheld: bool) {
        self.note_id(&service.id, carrier, withheld);
    }

    pub(crate) fn note_id(&mut self, service: &str, carrier: Carrier, withheld: bool) {
        if self.met.len() < MOST_MET {
            self.met.push(Met { service: service.to_owned(), carrier, withheld });
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.met.is_empty() && self.undeclared.is_empty() && self.cookies.is_empty() && self.reported.is_empty()
    }

    pub(crate) fn note_host(&mut self, host: &str) {
        if self.undeclared.len() < MOST_HOSTS && !self.undeclared.iter().any(|known| known == host) {
            self.undeclared.push(host.to_owned());
        }
    }

    pub(crate) fn note_reported(&mut self, host: &str) {
        if self.reported.len() < MOST_HOSTS && !self.reported.iter().any(|known| known == host) {
            self.reported.push(host.to_owned());
        }
    }

    pub(crate) fn note_cookie(&mut self, name: &str) {
        if self.cookies.len() < MOST_HOSTS && name.len() <= LONGEST_NAME {
            self.cookies.push(name.to_owned());
        }
    }

    fn take(&mut self, mut other: Self) {
        self.met.append(&mut other.met);
        for host in other.undeclared {
            self.note_host(&host);
        }
    }
}

/// Judges for one page and one visitor.
#[derive(Debug)]
pub(crate) struct Judge<'a> {
    pub(crate) rules: &'a Rules,
    pub(crate) decision: &'a Decision,
    /// What relative addresses may be joined with: the page's own and those of its `base` elements.
    pub(crate) bases: &'a [Url],
    pub(crate) findings: &'a mut Findings,
    /// How many documents this one stands in.
    pub(crate) depth: u8,
}

impl Judge<'_> {
    /// Notes an address a browser has reported, by the services on its host.
    pub(crate) fn reported(self, address: &Url) {
        let mut declared = false;
        for service in self.rules.matcher.connected(address) {
            declared = true;
            let withheld = self.rules.withholds(service, self.decision).is_some();
            self.findings.note(service, Carrier::Reported, withheld);
        }
        if let Some(host) = address.host_str().filter(|_| !declared && !self.rules.is_own(address)) {
            self.findings.note_reported(host);
        }
    }

    /// Judges the address of a hint to connect, of which only the host counts.
    pub(crate) fn connection(&mut self, address: &str) -> Option<Withheld> {
        let url = self.bases.iter().find_map(|base| base.join(address).ok())?;
        let rules = self.rules;
        let (_, found) = self.met(rules.matcher.connected(&url), Carrier::Link);
        if found.is_some() && self.rules.everyone.is_none() {
            return found;
        }
        Withheld::both(found, self.address(address, Carrier::Link))
    }

    /// Judges one address.
    pub(crate) fn address(&mut self, address: &str, carrier: Carrier) -> Option<Withheld> {
        // Of an address no service can have, the host is enough.
        if let Some(host) = plain_host(address)
            && !self.rules.matcher.names_host(host)
        {
            return if self.rules.is_own_host(host) { None } else { self.undeclared(host) };
        }
        let relative = is_relative(address);
        let mut found = None;
        for base in self.bases {
            if relative && self.rules.keeps(base) {
                continue;
            }
            let Ok(url) = base.join(address) else {
                continue;
            };
            found = Withheld::both(found, self.url(&url, carrier));
            if !relative {
                break;
            }
        }
        found
    }

    /// Judges an address that is parsed.
    pub(crate) fn url(&mut self, url: &Url, carrier: Carrier) -> Option<Withheld> {
        let rules = self.rules;
        let (declared, found) = self.met(rules.matcher.included(url, carrier), carrier);
        match url.host_str().filter(|_| !declared && !self.rules.is_own(url)) {
            Some(host) => self.undeclared(host),
            None => found,
        }
    }

    /// Notes services that were met; says whether there was one, and for what they are withheld.
    fn met<'s>(&mut self, services: impl Iterator<Item = &'s Service>, carrier: Carrier) -> (bool, Option<Withheld>) {
        let (mut any, mut found) = (false, None);
        for service in services {
            any = true;
            let withheld = self.rules.withholds(service, self.decision).is_some();
            self.findings.note(service, carrier, withheld);
            if withheld && !self.rules.only_reports {
                found = Withheld::both(found, Some(self.withheld_for(service)));
            }
        }
        (any, found)
    }

    /// Judges a third party no service names.
    fn undeclared(&mut self, host: &str) -> Option<Withheld> {
        if self.rules.undeclared != Undeclared::Allow {
            self.findings.note_host(host);
        }
        let withhold = self.rules.undeclared == Undeclared::Withhold && !self.rules.only_reports;
        withhold.then(|| Withheld { purposes: vec![UNDECLARED.to_owned()], service: None })
    }

    fn withheld_for(&self, service: &Service) -> Withheld {
        let withheld = service.purposes.iter().filter(|purpose| !self.decision.allows(purpose.as_str()));
        Withheld { purposes: withheld.map(ToString::to_string).collect(), service: Some(service.id.clone()) }
    }

    /// Judges an address of something that may be a document or a script by itself.
    ///
    /// # Errors
    ///
    /// When documents are nested too deeply.
    pub(crate) fn embedded(&mut self, address: &str, carrier: Carrier) -> Result<Option<Withheld>, Error> {
        // A browser takes tabs and line breaks out of an address, and spaces off its ends (URL, 4.4).
        let clean: String = address.chars().filter(|c| !matches!(c, '\t' | '\n' | '\r')).collect();
        let clean = clean.trim_start_matches(|c: char| c <= ' ');
        let scheme = |name: &str| clean.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
        if scheme("javascript:") {
            let script: Cow<'_, [u8]> = percent_decode_str(&clean["javascript:".len()..]).into();
            return Ok(self.inline(&script));
        }
        if scheme("data:") {
            let Some((kind, data)) = clean["data:".len()..].split_once(',') else {
                return Ok(None);
            };
            let kind = kind.to_ascii_lowercase();
            let mut bytes: Vec<u8> = percent_decode_str(data).collect();
            if kind.trim_end().ends_with("base64") {
                use base64::{Engine, engine::general_purpose::STANDARD};
                bytes.retain(|byte| !byte.is_ascii_whitespace());
                bytes = STANDARD.decode(&bytes).unwrap_or_default();
            }
            return match carrier {
                Carrier::Script => Ok(self.inline(&bytes)),
                Carrier::Image => Ok(None),
                _ if kind.contains("html") || kind.contains("xml") => self.document(&bytes),
                _ => Ok(None),
            };
        }
        Ok(self.address(address, carrier))
    }

    /// Judges the text of a script.
    pub(crate) fn inline(&mut self, script: &[u8]) -> Option<Withheld> {
        let rules = self.rules;
        self.met(rules.matcher.running(script), Carrier::Inline).1
    }

    /// Judges a list of addresses in JSON: an import map, rules of speculation, groups of reports.
    pub(crate) fn json(&mut self, text: &[u8]) -> Option<Withheld> {
        fn strings(value: &serde_json::Value, into: &mut Vec<String>) {
            match value {
                serde_json::Value::String(text) => into.push(text.clone()),
                serde_json::Value::Array(values) => values.iter().for_each(|value| strings(value, into)),
                serde_json::Value::Object(values) => values.iter().for_each(|(name, value)| {
                    into.push(name.clone());
                    strings(value, into);
                }),
                _ => {}
            }
        }
        // A browser throws away what is no JSON.
        let value = serde_json::from_slice(text).ok()?;
        let mut all = Vec::new();
        strings(&value, &mut all);
        all.retain(|text| text.contains('/'));
        all.iter().fold(None, |found, text| Withheld::both(self.address(text, Carrier::Script), found))
    }

    /// Judges a document that stands in the page as text; it is withheld whole when anything in it is.
    ///
    /// # Errors
    ///
    /// When documents are nested too deeply, or one cannot be read.
    pub(crate) fn document(&mut self, document: &[u8]) -> Result<Option<Withheld>, Error> {
        if self.depth >= DEEPEST {
            return Err(Error::Nesting);
        }
        let mut inner = Gate::inside(self.rules, self.decision, self.bases, self.depth + 1);
        inner.feed(document)?;
        inner.finish()?;
        let found = inner.first_withheld();
        self.findings.take(inner.take_findings());
        Ok(found)
    }

    /// Judges a style: as written, and as it reads once references are resolved. Where an address can be made
    /// to load nothing by an insertion, that is added; else `true` says that the whole must go.
    pub(super) fn css(
        &mut self,
        raw: &[u8],
        read: &[u8],
        start: usize,
        edits: &mut Vec<Edit>,
    ) -> Option<(Withheld, bool)> {
        let mut found = None;
        if raw == read && !raw.contains(&b'\\') {
            for place in css::addresses(raw) {
                let address = String::from_utf8_lossy(&raw[place.clone()]);
                if let Some(withheld) = self.address(&address, Carrier::Style) {
                    edits.push(Edit::insert(start + place.start, css::NOTHING));
                    found = Withheld::both(found, Some(withheld));
                }
            }
            return found.map(|withheld| (withheld, false));
        }
        let text = css::unescape(&String::from_utf8_lossy(read));
        // With escapes resolved a quote may have come in, so addresses are looked for in both.
        let whole = String::from_utf8_lossy(read);
        for css in [&*text, &*whole] {
            for place in css::addresses(css.as_bytes()) {
                let address = css.get(place).map(css::unescape).unwrap_or_default();
                if let Some(withheld) = self.address(&address, Carrier::Style) {
                    found = Withheld::both(found, Some(withheld));
                }
            }
        }
        found.map(|withheld| (withheld, true))
    }
}

/// Returns the host of an address that is written so plainly that it is what a browser reads: `https://host/…` with a
/// name in lower case, none of whose labels means anything (URL, 3.3, "host parsing": no IPv4 address, no Punycode).
fn plain_host(address: &str) -> Option<&str> {
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"))?;
    let end = rest.bytes().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    let host = &rest[..end];
    let label = |label: &str| {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !label.is_empty() && label.bytes().all(plain) && !label.starts_with("xn--")
    };
    let last = host.rsplit('.').next().unwrap_or_default();
    (host.split('.').all(label) && last.starts_with(|first: char| first.is_ascii_lowercase())).then_some(host)
}

/// Says whether an address is certain to stay on the host it is joined with.
fn is_relative(address: &str) -> bool {
    let address = address.trim_start_matches(|c: char| c <= ' ');
    let bytes = address.as_bytes();
    let slash = |index: usize| bytes.get(index).is_some_and(|byte| matches!(byte, b'/' | b'\\'));
    // Tabs and line breaks are taken out, so that none may stand before a second slash.
    !bytes.contains(&b':') && !(slash(0) && (slash(1) || bytes.get(1).is_some_and(|byte| *byte <= b' ')))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A host that is read without the parser is the one the parser finds.
    #[test]
    fn plain_hosts_are_what_a_browser_reads() {
        const PARTS: [&str; 26] = [
            "https://", "http://", "https:/", "//", "a", "b-c", "smi2", ".", "ru", "com", "1", "0x7f", "xn--",
            "xn--80a", ":", "443", "@", "/", "?", "#", "\\", " ", "\t", "%41", "A", "é",
        ];
        let bases = ["https://news.example/a/b", "data:text/html,x"].map(|base| Url::parse(base).unwrap());
        let mut next = crate::gate::random(20_261_129);
        let mut plain = 0;
        for _ in 0..100_000 {
            let start = ["https://", "http://", ""][next(3)];
            let address: String =
                std::iter::once(start).chain((0..next(8)).map(|_| PARTS[next(PARTS.len())])).collect();
            let Some(host) = plain_host(&address) else { continue };
            plain += 1;
            for base in &bases {
                let url = base.join(&address).unwrap_or_else(|error| panic!("{address}: {error}"));
                assert_eq!(url.host_str(), Some(host), "{address}");
                assert!(matches!(url.scheme(), "http" | "https"), "{address}");
            }
        }
        assert!(plain > 1_000, "{plain}");
        for other in
            ["https://1.2.3.4/", "https://a.0x7f/", "https://xn--80a/", "https://a..b/", "https:///", "https://a:80/"]
        {
            assert_eq!(plain_host(other), None, "{other}");
        }
    }
}
