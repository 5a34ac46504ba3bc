//! What pages, headers and browsers named and the policy in force does not declare, with what is known of it.
//!
//! In: the ledger's inventory, a policy. Out: one [`Undeclared`] for each service, domain or platform, with a block to
//! put into the policy. Names that look known are looked up in the catalogue and the Open Cookie Database; neither
//! makes it certain whose they are, and the pages say so.

use std::collections::BTreeMap;

use crate::{
    ledger::Seen,
    policy::Policy,
    scan::{Report, Scanner},
};

/// Something no service declares.
#[derive(Clone, Debug)]
pub(super) struct Undeclared {
    /// The service, domain or platform.
    pub(super) about: String,
    pub(super) known: Known,
    /// What was seen of it, the most frequent first.
    pub(super) seen: Vec<Seen>,
    /// A block for `policy.toml`; `None` where none would help.
    pub(super) block: Option<String>,
}

impl Undeclared {
    /// Returns how often it was seen.
    pub(super) fn count(&self) -> u64 {
        self.seen.iter().map(|seen| seen.count).sum()
    }
}

/// What is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// The catalogue has it.
    Service { title: String, operator: String, country: String },
    /// Cookies the catalogue knows of a service that the policy has, without them.
    Declared { service: String },
    /// Cookies with names that one platform uses, as the Open Cookie Database has it.
    Platform { category: String },
    /// Nobody knows.
    Nothing,
}

/// Sorts what was seen by what it belongs to; what the policy declares by now is left out.
pub(super) fn inventory<'a>(policy: &Policy, seen: impl Iterator<Item = &'a Seen>) -> Vec<Undeclared> {
    let seen: Vec<&Seen> = seen.collect();
    if seen.is_empty() {
        return Vec::new();
    }
    let mut scanner = Scanner::new(Some(policy));
    for seen in &seen {
        match seen.kind.as_str() {
            "cookie" => scanner.saw_cookie(&seen.name),
            _ => scanner.saw_host(&seen.name),
        }
    }
    let report = scanner.finish();
    let blocks: BTreeMap<&str, &str> = report.blocks.iter().map(|block| (&*block.about, &*block.toml)).collect();
    let mut found: BTreeMap<(String, bool), Undeclared> = BTreeMap::new();
    for seen in seen {
        let Some((about, known)) =
            (if seen.kind == "cookie" { cookie(&report, &seen.name) } else { host(&report, &seen.name) })
        else {
            continue;
        };
        let of_declared = matches!(known, Known::Declared { .. });
        let block = blocks.get(&*about).filter(|_| !of_declared).map(|block| (*block).to_owned());
        let new = || Undeclared { about: about.clone(), known, seen: Vec::new(), block };
        found.entry((about.clone(), of_declared)).or_insert_with(new).seen.push(seen.clone());
    }
    let mut found: Vec<Undeclared> = found.into_values().collect();
    for about in &mut found {
        about.seen.sort_by_key(|seen| std::cmp::Reverse(seen.count));
    }
    found.sort_by_key(|about| std::cmp::Reverse(about.count()));
    found
}

fn service(report: &Report, id: &str) -> Known {
    match report.services.iter().find(|service| service.id == id) {
        Some(service) => Known::Service {
            title: service.title.clone(),
            operator: service.operator.clone(),
            country: service.country.clone(),
        },
        None => Known::Service { title: id.to_owned(), operator: String::new(), country: String::new() },
    }
}

fn host(report: &Report, name: &str) -> Option<(String, Known)> {
    if let Some(found) = report.services.iter().find(|service| !service.declared && service.hosts.contains(name)) {
        return Some((found.id.clone(), service(report, &found.id)));
    }
    let found = report.hosts.iter().find(|host| host.hosts.contains(name))?;
    Some((found.domain.clone(), Known::Nothing))
}

fn cookie(report: &Report, name: &str) -> Option<(String, Known)> {
    let found = report.cookies.iter().find(|cookie| cookie.name == name)?;
    if let Some(declared) = &found.declared_service {
        return Some((declared.clone(), Known::Declared { service: declared.clone() }));
    }
    if let Some(id) = &found.service {
        return Some((id.clone(), service(report, id)));
    }
    // A name that several platforms use names none of them.
    match (found.platforms.len(), found.platforms.first_key_value()) {
        (1, Some((platform, category))) => Some((platform.clone(), Known::Platform { category: category.clone() })),
        _ => Some(("own-cookies".to_owned(), Known::Nothing)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(kind: &str, name: &str, count: u64) -> Seen {
        let day = "2026-11-25".to_owned();
        Seen { kind: kind.to_owned(), name: name.to_owned(), count, first: day.clone(), last: day }
    }

    #[test]
    fn things_are_sorted_by_what_they_belong_to_and_get_blocks() {
        let policy = Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site")).unwrap();
        let things = [
            seen("host", "cdn.unknown.example", 5),
            seen("report", "img.unknown.example", 2),
            seen("host", "www.google-analytics.com", 3),
            seen("cookie", "_ga", 30),
            seen("cookie", "zzz_nobody", 1),
            // Declared by now.
            seen("host", "mc.yandex.ru", 9),
            seen("host", "Ж<script>", 1),
        ];
        let found = inventory(&policy, things.iter());
        let abouts: Vec<_> = found.iter().map(|about| (&*about.about, about.count())).collect();
        assert_eq!(abouts, [("google-analytics", 33), ("unknown.example", 7), ("own-cookies", 1)]);
        assert!(matches!(&found[0].known, Known::Service { title, .. } if title.contains("Google")));
        assert!(found[0].block.as_deref().unwrap().contains("catalogue = \"google-analytics\""));
        let block = found[1].block.as_deref().unwrap();
        assert!(block.contains("\"cdn.unknown.example\", \"img.unknown.example\""), "{block}");
        assert!(found[2].block.as_deref().unwrap().contains("zzz_nobody"));
        assert!(inventory(&policy, std::iter::empty()).is_empty());
    }
}
