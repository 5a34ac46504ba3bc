//! A `[[service]]` block for each thing no service declares, to be put into `policy.toml`.
//!
//! In: what was found, and the purposes and services the policy has. Out: TOML. What only a person can know stands
//! there as `""` with `FILL IN` behind it; an empty value is a fault of the policy, so it cannot be forgotten.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::{FoundCookie, FoundHost, FoundService};
use crate::{catalogue, policy::Policy};

/// A piece of `policy.toml`.
///
/// # Example
///
/// ```
/// use tower_consent::scan::{Page, Scanner};
/// let mut scanner = Scanner::new(None);
/// scanner.read(&Page::new("front", b"<script src=https://counter.example/c.js></script>"));
/// let block = &scanner.finish().blocks[0];
/// assert_eq!(block.about, "counter.example");
/// // Who runs it, only a person can find out.
/// assert!(block.toml.contains("operator = \"\" # FILL IN"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Block {
    /// What it is for: the service, domain or platform.
    pub about: String,
    /// The text.
    pub toml: String,
}

/// Writes the blocks for one policy.
#[derive(Debug, Default)]
pub(super) struct Blocks {
    /// Names and kinds of the policy's purposes.
    purposes: Vec<(String, &'static str)>,
    taken: BTreeSet<String>,
}

impl Blocks {
    pub(super) fn for_policy(policy: Option<&Policy>) -> Self {
        let purposes = policy.into_iter().flat_map(Policy::purposes);
        let services = policy.into_iter().flat_map(Policy::services);
        Self {
            purposes: purposes.map(|purpose| (purpose.id.to_string(), purpose.kind.as_str())).collect(),
            taken: services.map(|service| service.id.clone()).collect(),
        }
    }

    pub(super) fn write(
        mut self,
        services: &[FoundService],
        hosts: &[FoundHost],
        cookies: &[FoundCookie],
        kinds: &BTreeMap<String, String>,
    ) -> Vec<Block> {
        let mut blocks = Vec::new();
        // A cookie names its service as well as an address does.
        let by_cookie = cookies.iter().filter(|cookie| cookie.declared_service.is_none());
        let by_cookie: BTreeSet<_> = by_cookie.filter_map(|cookie| cookie.service.as_deref()).collect();
        let met = services.iter().filter(|service| !service.declared).map(|service| service.id.as_str());
        let met: Vec<_> = met.collect();
        for id in met.iter().copied().chain(by_cookie.into_iter().filter(|id| !met.contains(id))) {
            let purpose = self.purpose(kinds.get(id).map(String::as_str));
            blocks
                .push(Block { about: id.to_owned(), toml: format!("[[service]]\ncatalogue = \"{id}\"\n{purpose}\n") });
        }
        for found in hosts {
            let hosts = patterns(found);
            let toml = self.unknown(&found.domain, &found.domain, None, &format!("hosts = [{hosts}]\n"));
            blocks.push(Block { about: found.domain.clone(), toml });
        }
        let mut by_platform: BTreeMap<&str, Vec<&FoundCookie>> = BTreeMap::new();
        for cookie in cookies.iter().filter(|cookie| cookie.service.is_none() && is_declarable(&cookie.name)) {
            // A name that several platforms use names none of them.
            let only = if cookie.platforms.len() == 1 { cookie.platforms.keys().next() } else { None };
            by_platform.entry(only.map_or("", String::as_str)).or_default().push(cookie);
        }
        for (platform, cookies) in by_platform {
            let kind =
                cookies.iter().find_map(|cookie| catalogue::cookie(&cookie.name)).map(|known| known.kind().as_str());
            let kind = if platform.is_empty() { None } else { kind };
            let entries: String = cookies
                .iter()
                .map(|cookie| {
                    format!("    {{ name = {}, lifetime = \"{}\" }},\n", quoted(&cookie.name), cookie.lifetime)
                })
                .collect();
            let name = if platform.is_empty() { "own-cookies" } else { platform };
            let toml = self.unknown(name, platform, kind, &format!("cookies = [\n{entries}]\n"));
            blocks.push(Block { about: name.to_owned(), toml });
        }
        blocks
    }

    /// A service nobody knows: what is certain is filled in, what is not is marked.
    fn unknown(&mut self, name: &str, title: &str, kind: Option<&str>, known: &str) -> String {
        let id = self.identifier(name);
        let title = if title.is_empty() {
            "title = \"\" # FILL IN: what it is, for people".to_owned()
        } else {
            format!("title = {}", quoted(title))
        };
        let purpose = self.purpose(kind);
        format!(
            "[[service]]\nid = \"{id}\"\n{title}\n{purpose}\n\
             operator = \"\" # FILL IN: who runs it, as in a contract\n\
             country = \"\" # FILL IN: country of the operator, two letters\n{known}"
        )
    }

    /// The purpose of this kind the policy has; where it has none, a place for one.
    fn purpose(&self, kind: Option<&str>) -> String {
        let found = kind.and_then(|kind| self.purposes.iter().find(|(_, other)| *other == kind));
        if let Some((id, _)) = found {
            return format!("purpose = \"{id}\"");
        }
        let names: Vec<_> = self.purposes.iter().map(|(id, _)| id.as_str()).collect();
        match (kind, names.is_empty()) {
            (Some(kind), true) => format!("purpose = \"\" # FILL IN: a purpose of kind {kind}"),
            (Some(kind), false) => {
                format!("purpose = \"\" # FILL IN: the policy has no purpose of kind {kind}, only {}", names.join(", "))
            }
            (None, true) => "purpose = \"\" # FILL IN: what it is used for".to_owned(),
            (None, false) => format!("purpose = \"\" # FILL IN: one of {}", names.join(", ")),
        }
    }

    /// A free identifier made from a name.
    fn identifier(&mut self, name: &str) -> String {
        let mut id = String::new();
        for sign in name.to_ascii_lowercase().chars() {
            match sign {
                'a'..='z' | '0'..='9' => id.push(sign),
                _ if !id.is_empty() && !id.ends_with('-') => id.push('-'),
                _ => {}
            }
        }
        if !id.starts_with(|first: char| first.is_ascii_lowercase()) {
            id.insert_str(0, "site-");
        }
        // Room is left for a number: an identifier has at most 40 characters.
        id.truncate(36);
        let id = id.trim_end_matches('-').to_owned();
        let numbered = (2..).map(|number| format!("{id}-{number}"));
        let free = std::iter::once(id.clone()).chain(numbered).find(|id| !self.taken.contains(id));
        let free = free.expect("there is always a greater number");
        self.taken.insert(free.clone());
        free
    }
}

/// The hosts as a policy names them: up to four one by one, else the whole domain.
fn patterns(found: &FoundHost) -> String {
    let plain = |host: &String| {
        host.contains('.') && host.bytes().all(|sign| matches!(sign, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_'))
    };
    if found.hosts.len() <= 4 && found.hosts.iter().all(plain) {
        return found.hosts.iter().map(|host| quoted(host)).collect::<Vec<_>>().join(", ");
    }
    if plain(&found.domain) { quoted(&format!("*.{}", found.domain)) } else { String::new() }
}

/// Says whether a policy takes the name; browsers and servers take more than RFC 6265, section 4.1.1, allows.
fn is_declarable(name: &str) -> bool {
    name.is_ascii() && !name.contains(|sign: char| sign.is_whitespace() || matches!(sign, ';' | ',' | '=' | '"'))
}

/// A TOML string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
