//! What the gate does to response headers.

use http::{HeaderMap, HeaderName, HeaderValue, header};
use time::Duration;

use super::matcher::Matcher;
use crate::decision::Decision;

/// Removes `Set-Cookie` of withheld services.
pub(crate) fn withhold_cookies(headers: &mut HeaderMap, matcher: &Matcher, decision: &Decision) {
    let all: Vec<HeaderValue> = headers.get_all(header::SET_COOKIE).iter().cloned().collect();
    let withheld = |value: &HeaderValue| {
        let pair = value.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
        let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default().trim_ascii();
        matcher.withheld_cookie(&String::from_utf8_lossy(name), decision).is_some()
    };
    if !all.iter().any(withheld) {
        return;
    }
    headers.remove(header::SET_COOKIE);
    for value in all.into_iter().filter(|value| !withheld(value)) {
        headers.append(header::SET_COOKIE, value);
    }
}

/// Expires the declared cookies of refused purposes that the request brought, wherever they may have been set: on
/// this host and on every parent domain up to the one that was registered.
pub(crate) fn expire_cookies(
    request: &HeaderMap,
    response: &mut HeaderMap,
    host: Option<&str>,
    matcher: &Matcher,
    decision: &Decision,
) {
    let refused = |name: &str| {
        let service = matcher.withheld_cookie(name, decision)?;
        decision.refused().any(|purpose| service.purposes.contains(purpose)).then_some(())
    };
    let mut names: Vec<String> = Vec::new();
    for value in request.get_all(header::COOKIE) {
        let Ok(text) = std::str::from_utf8(value.as_bytes()) else {
            continue;
        };
        for cookie in cookie::Cookie::split_parse(text).flatten() {
            if refused(cookie.name()).is_some() && !names.iter().any(|name| name == cookie.name()) {
                names.push(cookie.name().to_owned());
            }
        }
    }
    let domains: Vec<&str> = host.map(parents).unwrap_or_default();
    for name in names {
        let mut expired = vec![cookie::Cookie::build((name.clone(), "")).path("/").max_age(Duration::ZERO).build()];
        for domain in &domains {
            let build = cookie::Cookie::build((name.clone(), ""));
            expired.push(build.path("/").domain((*domain).to_owned()).max_age(Duration::ZERO).build());
        }
        for cookie in expired {
            if let Ok(value) = HeaderValue::from_str(&cookie.to_string()) {
                response.append(header::SET_COOKIE, value);
            }
        }
    }
}

/// Returns the host and its parents down to the registered domain (Public Suffix List); none for an address.
fn parents(host: &str) -> Vec<&str> {
    let numeric = host.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    let Some(registered) = psl::domain_str(host).filter(|_| !numeric && !host.starts_with('[')) else {
        return Vec::new();
    };
    std::iter::successors(Some(host), |host| host.split_once('.').map(|(_, parent)| parent))
        .take_while(|domain| domain.len() >= registered.len())
        .collect()
}

/// Corrects every header that spoke of the body as it was: it is changed now.
pub(crate) fn forget_body(headers: &mut HeaderMap) {
    for name in [
        header::CONTENT_LENGTH,
        header::ETAG,
        header::LAST_MODIFIED,
        header::ACCEPT_RANGES,
        HeaderName::from_static("content-md5"),
        HeaderName::from_static("digest"),
        HeaderName::from_static("content-digest"),
        HeaderName::from_static("repr-digest"),
    ] {
        headers.remove(name);
    }
}

/// Keeps a page that depends on the visitor out of shared caches, and makes the browser ask before it shows a kept
/// one: after a withdrawal a page from the cache would still hold what was withdrawn.
pub(crate) fn narrow_caching(headers: &mut HeaderMap) {
    headers.append(header::VARY, HeaderValue::from_static("Cookie"));
    let stored = headers.get(header::CACHE_CONTROL).and_then(|value| value.to_str().ok());
    let no_store = stored.is_some_and(|value| value.to_ascii_lowercase().contains("no-store"));
    let value = if no_store { "no-store" } else { "private, no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(value));
    for name in
        [header::EXPIRES, HeaderName::from_static("surrogate-control"), HeaderName::from_static("cdn-cache-control")]
    {
        headers.remove(name);
    }
}

/// What `Content-Type` says of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Html {
    /// The charset it names.
    pub(crate) charset: Option<String>,
}

/// Says whether a response is HTML that a browser would render.
pub(crate) fn html(headers: &HeaderMap) -> Option<Html> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    let mut parts = value.split(';');
    let essence = parts.next()?.trim().to_ascii_lowercase();
    if essence != "text/html" && essence != "application/xhtml+xml" {
        return None;
    }
    let charset = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"').to_ascii_lowercase())
    });
    Some(Html { charset })
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
    fn media_types_in_any_writing() {
        for (value, expected) in [
            ("text/html", Some(None)),
            ("Text/HTML; Charset=\"Windows-1251\"", Some(Some("windows-1251"))),
            ("application/xhtml+xml;charset=utf-8", Some(Some("utf-8"))),
            ("text/plain", None),
            ("application/json", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(value));
            let found = html(&headers).map(|html| html.charset);
            assert_eq!(found, expected.map(|charset| charset.map(str::to_owned)), "{value}");
        }
    }
}
