//! The cookies of a browser, by the rules of RFC 6265bis as far as one site needs them.
//!
//! In: `Set-Cookie` lines with the address and the time they came at. Out: the `Cookie` line for an address. It knows
//! nothing of who runs the page: `HttpOnly`, `SameSite` and `Partitioned` do not matter to a visitor who stays on one
//! site and runs no script.

use cookie::Cookie;
use time::OffsetDateTime;
use url::{Host, Url};

/// What a browser keeps.
#[derive(Clone, Debug, Default)]
pub(super) struct Jar(Vec<Kept>);

#[derive(Clone, Debug)]
struct Kept {
    name: String,
    value: String,
    domain: String,
    host_only: bool,
    path: String,
    secure: bool,
    until: Option<OffsetDateTime>,
}

impl Jar {
    /// Takes one `Set-Cookie` line; what a browser would refuse is left out (section 5.6).
    pub(super) fn set(&mut self, line: &str, from: &Url, now: OffsetDateTime) {
        let (Ok(cookie), Some(host)) = (Cookie::parse(line), from.host_str()) else {
            return;
        };
        let secure = cookie.secure().unwrap_or(false);
        let named = cookie.domain().map(|domain| domain.trim_start_matches('.').to_ascii_lowercase());
        let domain = named.filter(|domain| !domain.is_empty() && domain != host);
        if secure && from.scheme() != "https" || domain.as_deref().is_some_and(|domain| !may_name(from, domain)) {
            return;
        }
        let host_only = cookie.domain().is_none_or(|domain| domain.trim_start_matches('.').is_empty());
        let path = cookie.path().filter(|path| path.starts_with('/')).map_or_else(|| folder(from), str::to_owned);
        let lower = cookie.name().to_ascii_lowercase();
        let bound = lower.starts_with("__host-");
        if (bound || lower.starts_with("__secure-")) && !secure || bound && (!host_only || cookie.path() != Some("/")) {
            return;
        }
        let until = match (cookie.max_age(), cookie.expires_datetime()) {
            (Some(age), _) => Some(now.checked_add(age).unwrap_or(now + time::Duration::days(36_500))),
            (None, expires) => expires,
        };
        let kept = Kept {
            name: cookie.name().to_owned(),
            value: cookie.value().to_owned(),
            domain: domain.unwrap_or_else(|| host.to_owned()),
            host_only,
            path,
            secure,
            until,
        };
        let same = |other: &Kept| (&other.name, &other.domain, &other.path) == (&kept.name, &kept.domain, &kept.path);
        self.0.retain(|other| !same(other));
        if kept.until.is_none_or(|until| until > now) {
            self.0.push(kept);
        }
    }

    /// Returns the `Cookie` line for an address; longer paths come first (section 5.8.3).
    pub(super) fn line(&self, to: &Url, now: OffsetDateTime) -> Option<String> {
        let mut sent: Vec<&Kept> = self.0.iter().filter(|kept| kept.goes_to(to, now)).collect();
        sent.sort_by_key(|kept| std::cmp::Reverse(kept.path.len()));
        let pairs: Vec<String> = sent.iter().map(|kept| format!("{}={}", kept.name, kept.value)).collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// Returns the names of what is kept.
    pub(super) fn names(&self, now: OffsetDateTime) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |kept| kept.lives(now)).map(|kept| kept.name.as_str())
    }
}

impl Kept {
    fn lives(&self, now: OffsetDateTime) -> bool {
        self.until.is_none_or(|until| until > now)
    }

    fn goes_to(&self, to: &Url, now: OffsetDateTime) -> bool {
        let host = to.host_str().unwrap_or_default();
        let of_host = host == self.domain || !self.host_only && is_below(host, &self.domain);
        let of_path = to
            .path()
            .strip_prefix(self.path.as_str())
            .is_some_and(|rest| rest.is_empty() || self.path.ends_with('/') || rest.starts_with('/'));
        of_host && of_path && (!self.secure || to.scheme() == "https") && self.lives(now)
    }
}

/// Says whether a host may set a cookie for a domain above it: never for a public suffix, nor for an address of digits.
fn may_name(from: &Url, domain: &str) -> bool {
    let Some(Host::Domain(host)) = from.host() else {
        return false;
    };
    is_below(host, domain) && psl::domain_str(domain).is_some()
}

fn is_below(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

/// The path of a cookie that names none (section 5.1.4).
fn folder(from: &Url) -> String {
    match from.path().rfind('/') {
        None | Some(0) => "/".to_owned(),
        Some(end) => from.path()[..end].to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(from: &str, line: &str, to: &str, after: i64) -> bool {
        let now = OffsetDateTime::from_unix_timestamp(1_764_000_000).unwrap();
        let mut jar = Jar::default();
        jar.set(line, &from.parse().unwrap(), now);
        jar.line(&to.parse().unwrap(), now + time::Duration::seconds(after)).is_some()
    }

    #[test]
    fn what_comes_back_where() {
        let site = "https://news.example/a/b";
        for (line, to, after, comes) in [
            ("n=1", "https://news.example/a/c", 0, true),
            ("n=1", "https://news.example/", 0, false),
            ("n=1; Path=/", "https://news.example/", 0, true),
            ("n=1; Path=/a", "https://news.example/ab", 0, false),
            ("n=1; Path=/", "https://www.news.example/", 0, false),
            ("n=1; Path=/; Domain=.News.example", "https://www.news.example/", 0, true),
            ("n=1; Path=/; Domain=example", "https://news.example/", 0, false),
            ("n=1; Path=/; Domain=other.example", "https://other.example/", 0, false),
            ("n=1; Path=/; Domain=ws.example", "https://news.example/", 0, false),
            ("n=1; Path=/; Secure", "http://news.example/", 0, false),
            ("n=1; Path=/; Secure", "https://news.example/", 0, true),
            ("n=1; Path=/; Max-Age=60", "https://news.example/", 59, true),
            ("n=1; Path=/; Max-Age=60", "https://news.example/", 60, false),
            ("n=1; Path=/; Max-Age=0", "https://news.example/", 0, false),
            ("n=1; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "https://news.example/", 0, false),
            ("n=1; Path=/; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "https://news.example/", 0, true),
            ("__Host-n=1; Path=/; Secure", "https://news.example/", 0, true),
            ("__Host-n=1; Path=/", "https://news.example/", 0, false),
            ("__Host-n=1; Path=/a; Secure", "https://news.example/a", 0, false),
            ("__Host-n=1; Path=/; Secure; Domain=news.example", "https://news.example/", 0, false),
            ("__Secure-n=1; Path=/; Domain=news.example", "https://news.example/", 0, false),
        ] {
            assert_eq!(sent(site, line, to, after), comes, "{line} to {to} after {after} s");
        }
        assert!(!sent("http://news.example/", "n=1; Path=/; Secure", "https://news.example/", 0));
        assert!(!sent("http://10.1.2.3/", "n=1; Path=/; Domain=2.3", "http://10.1.2.3/", 0));
    }

    #[test]
    fn a_later_cookie_replaces_the_one_before_and_an_expired_one_ends_it() {
        let now = OffsetDateTime::from_unix_timestamp(1_764_000_000).unwrap();
        let site: Url = "https://news.example/".parse().unwrap();
        let mut jar = Jar::default();
        for line in ["a=1; Path=/", "b=1; Path=/x", "a=2; Path=/", "a=3; Path=/x"] {
            jar.set(line, &site, now);
        }
        let deep: Url = "https://news.example/x/y".parse().unwrap();
        assert_eq!(jar.line(&deep, now).unwrap(), "b=1; a=3; a=2");
        jar.set("a=; Path=/x; Max-Age=0", &site, now);
        assert_eq!(jar.line(&deep, now).unwrap(), "b=1; a=2");
        assert_eq!(jar.names(now).collect::<Vec<_>>(), ["b", "a"]);
    }
}
