//! Pages go out compressed as the browser likes it, piece by piece.

use std::{collections::HashSet, time::Duration};

use http::Request;
use http_body_util::BodyExt;

use super::{Proxy, upstream::Upstream};
use crate::{
    bodies::coded::plain,
    news_site::{METRICS, PAGE},
};

/// What Chromium sends.
const BROWSER: &str = "gzip, deflate, br, zstd";

async fn answer(proxy: &Proxy, method: &str, path: &str, accepted: &str) -> (http::HeaderMap, Vec<u8>) {
    let request = Request::builder().method(method).uri(path).header("accept-encoding", accepted);
    let response = proxy.send(request.body(Default::default()).unwrap()).await;
    let (head, body) = response.into_parts();
    (head.headers, body.collect().await.unwrap().to_bytes().to_vec())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_coded_as_the_browser_likes_it() {
    let (upstream, address) = Upstream::start().await;
    let proxy = Proxy::before(address).await;
    let (headers, bytes) = answer(&proxy, "GET", "/", "").await;
    assert_eq!(headers.get("content-encoding"), None);
    assert!(headers.get_all("vary").iter().any(|value| value == "Accept-Encoding"), "{headers:?}");
    // The token is of its moment.
    let without_token = |text: &str| text.split("</section>").skip(1).map(str::to_owned).collect::<Vec<_>>();
    let as_plain = String::from_utf8(bytes).unwrap();
    assert!(as_plain.contains("<section id=\"tc\"") && !as_plain.contains(METRICS), "{as_plain}");
    let mut tokens = HashSet::new();
    for (accepted, coding) in [(BROWSER, "zstd"), ("gzip, zstd;q=0.9", "gzip"), ("br", "br"), ("*", "zstd")] {
        for path in ["/", "/chunked"] {
            let (headers, bytes) = answer(&proxy, "GET", path, accepted).await;
            assert_eq!(headers["content-encoding"], coding, "{accepted}");
            assert_eq!(headers.get("content-length"), None);
            let text = String::from_utf8(plain(coding, &bytes)).unwrap();
            assert_eq!(without_token(&text), without_token(&as_plain), "{accepted}");
            // What has a secret of its own in every answer cannot be guessed by its length.
            let token = text.split("name=\"token\" value=\"").nth(1).unwrap().split('"').next().unwrap();
            assert!(tokens.insert(token.to_owned()), "{token}");
            assert!(bytes.len() * 2 < text.len(), "{} of {} bytes", bytes.len(), text.len());
        }
    }
    // The site behind was asked for plain pages.
    assert!(!upstream.said().contains("accept-encoding: br"), "{}", upstream.said());
    // So are our own pages and scripts.
    for path in ["/_consent/", "/_consent/state"] {
        let (headers, bytes) = answer(&proxy, "GET", path, BROWSER).await;
        let short = headers.get("content-encoding").is_none();
        assert_eq!(short, path.ends_with("state"), "{path}: {} bytes, {headers:?}", bytes.len());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_must_not_be_coded_is_not() {
    let (_, address) = Upstream::start().await;
    let proxy = Proxy::before(address).await;
    for (method, path, accepted) in [
        ("GET", "/events", BROWSER),
        ("GET", "/picture", BROWSER),
        ("GET", "/fixed", BROWSER),
        ("GET", "/style", BROWSER),
        ("GET", "/digest", BROWSER),
        ("GET", "/", "identity"),
        ("GET", "/", "br;q=0, *;q=0"),
    ] {
        let (headers, _) = answer(&proxy, method, path, accepted).await;
        assert_eq!(headers.get("content-encoding"), None, "{method} {path} {accepted}");
    }
    // Once is enough.
    let (headers, bytes) = answer(&proxy, "GET", "/gzip", BROWSER).await;
    assert_eq!(headers.get_all("content-encoding").iter().count(), 1);
    assert!(String::from_utf8(plain("gzip", &bytes)).unwrap().contains("<section id=\"tc\""));
    let off = Proxy::of(address, |configuration| configuration.sites[0].compress = false).await;
    let (headers, bytes) = answer(&off, "GET", "/", BROWSER).await;
    assert_eq!(headers.get("content-encoding"), None);
    assert!(bytes.len() > PAGE.len());
}

/// A head says what the whole answer would say.
#[tokio::test(flavor = "multi_thread")]
async fn a_head_agrees_with_its_answer() {
    let (_, address) = Upstream::start().await;
    let proxy = Proxy::before(address).await;
    for path in ["/_consent/", "/_consent/documents/consent", "/feed-head"] {
        for accepted in [BROWSER, ""] {
            let (whole, _) = answer(&proxy, "GET", path, accepted).await;
            let (head, body) = answer(&proxy, "HEAD", path, accepted).await;
            assert!(body.is_empty());
            assert_eq!(head.get("content-encoding"), whole.get("content-encoding"), "{path} {accepted}");
            let told = head.get("content-length");
            assert!(told.is_none() || told == whole.get("content-length"), "{path} {accepted}: {told:?}");
        }
    }
    let (feed, _) = answer(&proxy, "GET", "/feed", BROWSER).await;
    assert_eq!(feed["content-encoding"], "zstd");
}

/// What breaks off behind us breaks off before the visitor, in a coding too.
#[tokio::test(flavor = "multi_thread")]
async fn a_coded_page_that_breaks_off_has_no_end() {
    let (_, address) = Upstream::start().await;
    let proxy = Proxy::before(address).await;
    let request = Request::get("/early").header("accept-encoding", "gzip");
    if let Ok(response) = proxy.try_send(request.body(Default::default()).unwrap()).await {
        assert_eq!(response.headers()["content-encoding"], "gzip");
        response.into_body().collect().await.unwrap_err();
    }
}

/// What follows a body follows it in a coding too.
#[tokio::test(flavor = "multi_thread")]
async fn trailers_follow_a_coded_page() {
    let (_, address) = Upstream::start().await;
    let proxy = Proxy::before(address).await;
    let request = Request::get("/chunked").header("accept-encoding", "zstd").header("te", "trailers");
    let response = proxy.send(request.body(Default::default()).unwrap()).await;
    assert_eq!(response.headers()["content-encoding"], "zstd");
    let body = response.into_body().collect().await.unwrap();
    assert_eq!(body.trailers().map(|trailers| trailers["x-sum"].to_str().unwrap()), Some("1"));
    assert!(String::from_utf8(plain("zstd", &body.to_bytes())).unwrap().contains("<section id=\"tc\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coded_page_streams_as_it_comes() {
    let (_, address) = Upstream::start().await;
    let proxy = Proxy::before(address).await;
    for coding in ["br", "zstd", "gzip"] {
        let request = Request::get("/pieces").header("accept-encoding", coding);
        let response = proxy.send(request.body(Default::default()).unwrap()).await;
        assert_eq!(response.headers()["content-encoding"], coding);
        let mut body = response.into_body();
        let mut bytes = Vec::new();
        let first = tokio::time::timeout(Duration::from_millis(250), async {
            // As much as can be read of an unfinished body.
            while !begun(coding, &bytes).contains("<p>a") {
                bytes.extend(body.frame().await.unwrap().unwrap().into_data().unwrap());
            }
        });
        first.await.unwrap_or_else(|_| panic!("{coding}: the first piece comes before the second is made"));
        assert!(!begun(coding, &bytes).contains("<p>b"));
        bytes.extend(body.collect().await.unwrap().to_bytes());
        assert!(String::from_utf8(plain(coding, &bytes)).unwrap().contains("<p>b"), "{coding}");
    }
}

/// Decodes as much as there is.
fn begun(coding: &str, bytes: &[u8]) -> String {
    use std::io::Read;
    let mut out = Vec::new();
    // It ends early, with an error that is no surprise.
    let _ = match coding {
        "gzip" => flate2::read::GzDecoder::new(bytes).read_to_end(&mut out).map(drop),
        "br" => brotli::Decompressor::new(bytes, 4096).read_to_end(&mut out).map(drop),
        "zstd" => zstd::stream::copy_decode(bytes, &mut out),
        other => panic!("{other}"),
    };
    String::from_utf8_lossy(&out).into_owned()
}
