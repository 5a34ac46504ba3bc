//! Pages that come again byte for byte: what is held goes out as if it were gated anew, with a token of its own.

use std::{collections::BTreeSet, convert::Infallible, sync::Arc};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use tower::{Layer, ServiceExt, service_fn};
use tower_consent::{ConsentLayer, ledger::Enforcement, store::Memory};

use super::news_site::{METRICS, PAGE, policy};

/// A page with a counter, and a frame in whose place something with a form is shown.
const FRAMED: &str = "<!DOCTYPE html><html lang=ru><head><meta charset=utf-8></head><body><p>news</p>\
    <script async src=https://mc.yandex.ru/metrika/tag.js></script>\
    <iframe src=https://smi2.ru/w width=300 height=300></iframe></body></html>";

struct Asked<'a> {
    layer: &'a ConsentLayer,
    headers: &'a [(&'static str, &'a str)],
    answered: &'a [(&'static str, &'static str)],
}

impl Asked<'_> {
    fn page(&self, path: &str, page: &str) -> String {
        let body = Bytes::copy_from_slice(page.as_bytes());
        let answered: HeaderMap =
            self.answered.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        let inner = service_fn(move |_: Request<Full<Bytes>>| {
            let mut response = Response::new(Full::new(body.clone()));
            response.headers_mut().insert("content-type", "text/html; charset=utf-8".parse().unwrap());
            response.headers_mut().extend(answered.clone());
            std::future::ready(Ok::<_, Infallible>(response))
        });
        let mut request = Request::get(path).header("host", "news.example").header("accept", "text/html");
        for (name, value) in self.headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::default()).unwrap();
        let response = pollster::block_on(self.layer.layer(inner).oneshot(request)).unwrap();
        let bytes = pollster::block_on(response.into_body().collect()).unwrap().to_bytes();
        String::from_utf8(bytes.to_vec()).unwrap()
    }
}

/// Every token that stands in a page, and the page without them.
fn tokens(page: &str) -> (Vec<String>, String) {
    let (mut found, mut rest, mut without) = (Vec::new(), page, String::new());
    loop {
        let places = ["name=\"token\" value=\"", "name=&quot;token&quot; value=&quot;"];
        let Some((place, mark)) = places.iter().filter_map(|mark| Some((rest.find(mark)? + mark.len(), mark))).min()
        else {
            break;
        };
        let end = if mark.ends_with('"') { "\"" } else { "&quot;" };
        let (before, behind) = rest.split_at(place);
        let length = behind.find(end).unwrap();
        without.push_str(before);
        found.push(behind[..length].to_owned());
        rest = &behind[length..];
    }
    (found, without + rest)
}

fn held() -> ConsentLayer {
    ConsentLayer::new(policy(), Memory::default()).unwrap()
}

#[test]
fn what_is_held_is_what_would_be_made_with_tokens_of_its_own() {
    let (held, never) = (held(), held().with_held_pages(0));
    for page in [PAGE, FRAMED, "<p>x", "text", "", "<html lang=en><body>", "<frameset>"] {
        for language in ["ru", "en"] {
            let headers = [("accept-language", language)];
            let ask = |layer| Asked { layer, headers: &headers, answered: &[] }.page("/a?b", page);
            let (first, second, third) = (ask(&held), ask(&held), ask(&held));
            let anew = ask(&never);
            let all = [&first, &second, &third, &anew].map(|page| tokens(page));
            assert!(all.iter().all(|(_, text)| *text == all[0].1), "{page}");
            // The forms of one placeholder have one token; no two visitors have.
            let own = |(tokens, _): &(Vec<String>, String)| tokens.iter().cloned().collect::<BTreeSet<_>>();
            let count = own(&all[0]).len();
            assert!(all.iter().all(|page| own(page).len() == count), "{page}");
            let every: BTreeSet<_> = all.iter().flat_map(own).collect();
            assert_eq!(every.len(), count * 4, "{page}");
        }
    }
    let (found, _) = tokens(&Asked { layer: &held, headers: &[], answered: &[] }.page("/a?b", FRAMED));
    assert!(found.len() > 2, "the banner's form, and those of the frame");
}

#[test]
fn another_visitor_page_or_address_is_another() {
    let layer = held();
    let ask =
        |headers: &[(&'static str, &str)], path, page| Asked { layer: &layer, headers, answered: &[] }.page(path, page);
    let page = ask(&[], "/", PAGE);
    assert!(!page.contains(METRICS) && page.contains("name=\"token\""));
    // A choice, made by the form of a page that is held.
    let (found, _) = tokens(&ask(&[], "/", PAGE));
    let inner =
        service_fn(|_: Request<Full<Bytes>>| async { Ok::<_, Infallible>(Response::new(Full::<Bytes>::default())) });
    let choice = Request::post("/_consent/choice")
        .header("host", "news.example")
        .header("origin", "https://news.example")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(Full::from(format!("choice=accept&token={}&back=/", found[0])))
        .unwrap();
    let response = pollster::block_on(layer.layer(inner).oneshot(choice)).unwrap();
    assert_eq!(response.status(), 303);
    let cookie = response.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let allowed = ask(&[("cookie", &cookie)], "/", PAGE);
    assert!(allowed.contains(METRICS) && !allowed.contains("name=\"token\""));
    // And back again.
    assert_eq!(tokens(&ask(&[], "/", PAGE)).1, tokens(&page).1);
    assert!(ask(&[], "/other", PAGE).contains("value=\"/other\""), "where a choice leads back to");
    let other = PAGE.replace("news", "News");
    assert!(ask(&[], "/", &other).contains("News") && ask(&[], "/", PAGE).contains("news"));
    assert!(!ask(&[("sec-fetch-dest", "iframe")], "/", PAGE).contains("name=\"token\""), "a fragment has no banner");
}

#[test]
fn what_belongs_to_one_answer_alone_is_not_held() {
    let layer = held();
    for answered in [
        ("content-security-policy", "style-src 'nonce-one'; script-src 'nonce-one'"),
        ("content-security-policy", "style-src 'nonce-two'; script-src 'nonce-two'"),
        ("cache-control", "no-store"),
    ] {
        let page = Asked { layer: &layer, headers: &[], answered: &[answered] }.page("/", PAGE);
        let nonce = answered.1.split("nonce-").nth(1).map(|rest| &rest[..3]);
        assert_eq!(page.contains("nonce=\"one\""), nonce == Some("one"));
        assert_eq!(page.contains("nonce=\"two\""), nonce == Some("two"));
    }
}

#[test]
fn every_time_a_page_comes_is_counted() {
    let store = Arc::new(Memory::default());
    let layer = ConsentLayer::shared(policy(), store.clone()).unwrap();
    for _ in 0..7 {
        Asked { layer: &layer, headers: &[], answered: &[] }.page("/", PAGE);
    }
    drop(layer);
    // The last of it may be written by the thread that writes now and then.
    let counted = || {
        let counts = pollster::block_on(Enforcement::read(&*store)).unwrap();
        counts.rows.iter().find(|row| row.service == "yandex-metrika").map(|row| (row.withheld, row.released))
    };
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while counted() != Some((7, 0)) && std::time::Instant::now() < deadline {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(counted(), Some((7, 0)));
}
