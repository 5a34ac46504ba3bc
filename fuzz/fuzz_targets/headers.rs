//! Any bytes as the headers of an answer, a line each: no cookie of a refused service goes out, and no `Link` makes a
//! browser load from one.

#![no_main]

mod site;

use std::sync::LazyLock;

use bytes::Bytes;
use cookie::Cookie;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use libfuzzer_sys::fuzz_target;
use site::Site;

static SITE: LazyLock<Site> = LazyLock::new(Site::new);

fuzz_target!(|data: &[u8]| {
    let mut inner = HeaderMap::new();
    for line in data.split(|byte| *byte == b'\n') {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let name = HeaderName::from_bytes(&line[..colon]);
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(line[colon + 1..].trim_ascii())) {
            inner.append(name, value);
        }
    }
    let request = Request::get("/").header("host", "news.example").body(Bytes::new()).expect("a request");
    let answer = SITE.ask(request, &inner);
    assert!(matches!(answer.status, 200 | 502), "{}", answer.status);
    for value in answer.headers.get_all("set-cookie") {
        let text = String::from_utf8_lossy(value.as_bytes());
        // What is expired is taken away.
        if text.to_ascii_lowercase().contains("max-age=0") {
            continue;
        }
        if let Ok(cookie) = Cookie::parse(text.clone()) {
            assert!(!["_ym_uid", "_ym_d", "reading_history"].contains(&cookie.name()), "{text}");
        }
    }
    for value in answer.headers.get_all("link") {
        let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
        // Read by other people's parser, where it can be. That makes addresses of what browsers refuse: with brackets
        // that have no partner, or something before them.
        let begins = |(place, _): (usize, &str)| matches!(text[..place].trim_end().chars().last(), None | Some(','));
        if text.matches('<').count() != text.matches('>').count() || !text.match_indices('<').all(begins) {
            continue;
        }
        // It also leaves out spaces within an address; browsers only those around it, and find another scheme or host.
        let spaced = |place: usize| {
            let address = text[place + 1..].split('>').next().unwrap_or_default().trim();
            address.split("mc.yandex.ru").next().is_some_and(|before| before.contains(' '))
        };
        if text.match_indices('<').any(|(place, _)| spaced(place)) {
            continue;
        }
        let Ok(links) = parse_link_header::parse_with_rel(&text) else { continue };
        for (relation, link) in links {
            // It joins what a space keeps apart.
            if !text.contains(&relation) {
                continue;
            }
            let loads = ["preload", "prefetch", "modulepreload", "stylesheet", "preconnect", "dns-prefetch"];
            if relation.split_ascii_whitespace().any(|word| loads.contains(&word)) {
                assert_ne!(link.uri.host_str(), Some("mc.yandex.ru"), "{text}");
            }
        }
    }
});
