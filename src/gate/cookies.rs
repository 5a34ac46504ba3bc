//! What the gate does to cookies.
//!
//! In: the headers of a request and of its response, what is withheld. Out: a response that sets no cookie of a
//! withheld service, and expires the declared ones of refused purposes which the browser still sends. Whether they are
//! gone is seen from the next request of the same visitor, and counted. It touches no cookie nobody declared.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use http::{HeaderMap, HeaderValue, header};
use time::Duration;

use super::{Rules, carrier::Carrier, judge::Findings, matcher::Matcher, registered};
use crate::{decision::Decision, signal::VisitorId};

/// Visitors whose cookies are watched at once; beyond that the watch starts anew.
const VISITORS: usize = 16_384;
/// How often one cookie is expired before it counts as one that stays.
const TRIES: u8 = 4;
/// The longest path a cookie is looked for on.
const LONGEST_PATH: usize = 512;
/// The most `Set-Cookie` headers one response is given: browsers and proxies bound the size of a head.
const MOST_HEADERS: usize = 120;

/// What of the cookies a response sets depends on the visitor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Depends {
    /// One was taken out.
    pub(crate) withheld: bool,
    /// One was let through that others would not get.
    pub(crate) passed: bool,
}

/// Removes `Set-Cookie` of withheld services; says what would be otherwise for other visitors.
pub(crate) fn withhold_cookies(
    headers: &mut HeaderMap,
    rules: &Rules,
    decision: &Decision,
    findings: &mut Findings,
) -> Depends {
    let mut depends = Depends::default();
    if !headers.contains_key(header::SET_COOKIE) {
        return depends;
    }
    let all: Vec<HeaderValue> = headers.get_all(header::SET_COOKIE).iter().cloned().collect();
    headers.remove(header::SET_COOKIE);
    for value in all {
        let pair = value.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
        let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default().trim_ascii();
        let name = String::from_utf8_lossy(name);
        let service = rules.matcher.setting(&name).find(|service| rules.withholds(service, decision).is_some());
        if let Some(service) = service {
            findings.note(service, Carrier::Cookie, true);
        }
        match service {
            Some(_) if !rules.only_reports => depends.withheld = true,
            _ => {
                if rules.matcher.setting(&name).next().is_none() {
                    findings.note_cookie(&name);
                }
                depends.passed |= rules.matcher.setting(&name).any(|service| rules.asks(service));
                headers.append(header::SET_COOKIE, value);
            }
        }
    }
    depends
}

/// What became of cookies that were expired.
#[derive(Debug, Default)]
pub(crate) struct Cleanup {
    /// Names expired for a visitor.
    watched: Mutex<HashMap<VisitorId, HashMap<String, Watch>>>,
    counts: Counts,
}

/// A cookie that was expired, until it is seen whether that worked.
#[derive(Debug, Default)]
struct Watch {
    /// How often it was expired.
    tried: u8,
    /// Where it was sent last.
    host: Option<String>,
    path: String,
}

/// A cookie to expire with this response.
struct Due {
    name: String,
    /// How often it was expired before.
    tried: u8,
    /// Where it was sent.
    path: String,
}

#[derive(Debug, Default)]
struct Counts {
    expired: AtomicU64,
    gone: AtomicU64,
    staying: AtomicU64,
}

/// How many cookies were expired, were seen to be gone, and came again however often they were expired.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cleaned {
    pub(crate) expired: u64,
    pub(crate) gone: u64,
    pub(crate) staying: u64,
}

/// Where a request went, as far as cookies depend on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) headers: &'a HeaderMap,
    pub(crate) host: Option<&'a str>,
    pub(crate) path: &'a str,
    /// Whether the site is reached over TLS, so that `Secure` cookies can be set.
    pub(crate) secure: bool,
}

impl Cleanup {
    /// Returns the counts so far.
    pub(crate) fn cleaned(&self) -> Cleaned {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Cleaned {
            expired: read(&self.counts.expired),
            gone: read(&self.counts.gone),
            staying: read(&self.counts.staying),
        }
    }

    /// Expires the declared cookies of refused purposes that the request brought, wherever they may have been set: on
    /// this host and on every parent domain up to the one that was registered. A cookie that comes again is expired
    /// on every path as well, and as a partitioned one.
    pub(crate) fn expire(&self, asked: Asked<'_>, response: &mut HeaderMap, rules: &Rules, decision: &Decision) {
        if decision.refused().next().is_none() || rules.only_reports {
            return;
        }
        let names = self.refused_cookies(asked.headers, &rules.matcher, decision);
        let mut room = MOST_HEADERS;
        for due in self.watch(decision.visitor(), names, asked) {
            for value in expirations(&due.name, Asked { path: &due.path, ..asked }, due.tried) {
                if room == 0 {
                    return;
                }
                if let Ok(value) = HeaderValue::from_str(&value) {
                    response.append(header::SET_COOKIE, value);
                    room -= 1;
                }
            }
        }
    }

    fn refused_cookies(&self, request: &HeaderMap, matcher: &Matcher, decision: &Decision) -> BTreeSet<String> {
        let refused: Vec<_> = decision.refused().collect();
        let declared = |name: &str| {
            matcher.setting(name).any(|service| service.purposes.iter().any(|purpose| refused.contains(&purpose)))
        };
        let mut names = BTreeSet::new();
        for value in request.get_all(header::COOKIE) {
            for pair in value.as_bytes().split(|byte| *byte == b';') {
                let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default().trim_ascii();
                if let Ok(name) = std::str::from_utf8(name)
                    && declared(name)
                {
                    names.insert(name.to_owned());
                }
            }
        }
        names
    }

    /// Compares what came with what was expired before; returns what is to be expired now.
    ///
    /// A cookie that does not come is gone where it would have come: on the same host, and on a path below the one it
    /// was sent to, or once it was expired on every path it may have had. Elsewhere its silence tells nothing, and it is
    /// expired again, on all of these paths.
    fn watch(&self, visitor: Option<VisitorId>, names: BTreeSet<String>, asked: Asked<'_>) -> Vec<Due> {
        let path = if asked.path.len() > LONGEST_PATH { "/" } else { asked.path };
        let Some(visitor) = visitor else {
            return names.into_iter().map(|name| Due { name, tried: 0, path: path.to_owned() }).collect();
        };
        let add = |count: &AtomicU64| count.fetch_add(1, Ordering::Relaxed);
        // Each change is whole by itself, so that a panic elsewhere leaves nothing half.
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        if names.is_empty() && !watched.contains_key(&visitor) {
            return Vec::new();
        }
        if watched.len() >= VISITORS && !watched.contains_key(&visitor) {
            watched.clear();
        }
        let known = watched.entry(visitor).or_default();
        let mut due = Vec::new();
        known.retain(|name, watch| {
            if names.contains(name) || watch.host.as_deref() != asked.host {
                return true;
            }
            if watch.tried > 1 || is_below(path, &watch.path) {
                add(&self.counts.gone);
                return false;
            }
            due.push(Due { name: name.clone(), tried: watch.tried, path: watch.path.clone() });
            watch.tried += 1;
            true
        });
        for name in names {
            let watch = known.entry(name.clone()).or_default();
            match watch.tried {
                0 => add(&self.counts.expired),
                TRIES => add(&self.counts.staying),
                _ => 0,
            };
            due.push(Due { name, tried: watch.tried, path: path.to_owned() });
            watch.tried = watch.tried.saturating_add(1);
            watch.host = asked.host.map(str::to_owned);
            path.clone_into(&mut watch.path);
        }
        if known.is_empty() {
            watched.remove(&visitor);
        }
        due
    }
}

/// Says whether a cookie that was sent to one path would be sent to another, whatever path it has (RFC 6265, 5.1.4).
fn is_below(path: &str, sent: &str) -> bool {
    path.strip_prefix(sent).is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || sent.ends_with('/'))
}

/// Writes the headers that expire one cookie.
fn expirations(name: &str, asked: Asked<'_>, tried: u8) -> Vec<String> {
    let mut all = Vec::new();
    let domains: Vec<&str> = asked.host.map(parents).unwrap_or_default();
    // A cookie without a path got the folder of the page that set it (RFC 6265, 5.1.4). At first only that one, of this host,
    // is tried beside the usual: headers for every path and domain of many cookies are more than servers in front take.
    let folder = asked.path.rfind('/').filter(|end| *end > 0);
    let folder = folder.map(|end| [&asked.path[..end], &asked.path[..=end]]).into_iter().flatten();
    let paths = if tried == 0 {
        std::iter::once("/").chain(folder.filter(|path| *path != "/")).collect()
    } else {
        folders(asked.path)
    };
    // No cookie has a path with a semicolon, which ends the attribute.
    for path in paths.into_iter().filter(|path| !path.contains(';')) {
        let domains = if tried == 0 && path != "/" { &[][..] } else { &domains[..] };
        for domain in std::iter::once(None).chain(domains.iter().map(Some)) {
            let mut cookie = cookie::Cookie::build((name, "")).path(path).max_age(Duration::ZERO).secure(asked.secure);
            if let Some(domain) = domain {
                cookie = cookie.domain(*domain);
            }
            all.push(cookie.clone().build().to_string());
            if tried > 0 && asked.secure {
                all.push(cookie.partitioned(true).build().to_string());
            }
        }
    }
    all
}

/// Returns every path a cookie sent with this one may have, the shortest first.
fn folders(path: &str) -> Vec<&str> {
    let mut all = vec!["/"];
    for (place, _) in path.match_indices('/').skip(1) {
        all.push(&path[..place]);
        all.push(&path[..=place]);
    }
    if path.len() > 1 && !path.ends_with('/') {
        all.push(path);
    }
    all
}

/// Returns the host and its parents down to the registered domain (Public Suffix List); none for an address.
fn parents(host: &str) -> Vec<&str> {
    let registered = registered(host);
    if psl::domain_str(host).is_none_or(|domain| domain != registered) {
        return Vec::new();
    }
    std::iter::successors(Some(host), |host| host.split_once('.').map(|(_, parent)| parent))
        .take_while(|domain| domain.len() >= registered.len())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_stop_at_the_registered_domain() {
        assert_eq!(parents("www.news.example.ru"), ["www.news.example.ru", "news.example.ru", "example.ru"]);
        assert_eq!(parents("127.0.0.1"), Vec::<&str>::new());
        assert_eq!(parents("localhost"), Vec::<&str>::new());
        assert_eq!(parents("a.b.co.uk"), ["a.b.co.uk", "b.co.uk"]);
    }

    #[test]
    fn every_path_a_cookie_may_have() {
        assert_eq!(folders("/"), ["/"]);
        assert_eq!(folders("/a/b"), ["/", "/a", "/a/", "/a/b"]);
        assert_eq!(folders("/a/"), ["/", "/a", "/a/"]);
    }
}
