//! What stands in the place of withheld frames, plug-ins and films, and what its two buttons do.

use std::convert::Infallible;

use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_consent::ConsentLayer;

use super::news_site::{Shared, policy};

const HEAD: &str = "<!DOCTYPE html><html lang=\"ru\"><head><meta charset=\"utf-8\"><title>t</title></head><body>";

struct Answer {
    status: StatusCode,
    headers: http::HeaderMap,
    text: String,
}

impl Answer {
    /// The document of the first placeholder.
    fn placeholder(&self) -> String {
        let start = self.text.find(" srcdoc=\"").expect("a placeholder") + " srcdoc=\"".len();
        let length = self.text[start..].find('"').unwrap();
        htmlize::unescape_attribute(&self.text[start..start + length]).into_owned()
    }

    fn field(&self, name: &str) -> String {
        let document = self.placeholder();
        let (_, rest) = document.split_once(&format!("name=\"{name}\" value=\"")).expect(name);
        htmlize::unescape_attribute(rest.split('"').next().unwrap()).into_owned()
    }
}

async fn ask(layer: &ConsentLayer, page: &str, own: &[(&'static str, &str)], request: Request<String>) -> Answer {
    let page = page.to_owned();
    let own: Vec<(&'static str, String)> = own.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let inner = service_fn(move |_: Request<String>| {
        let mut response = Response::builder();
        if !own.iter().any(|(name, _)| *name == "content-type") {
            response = response.header("content-type", "text/html; charset=utf-8");
        }
        for (name, value) in &own {
            response = response.header(*name, value);
        }
        let response = response.body(Full::new(bytes::Bytes::from(page.clone()))).unwrap();
        async move { Ok::<_, Infallible>(response) }
    });
    let (head, body) = layer.layer(inner).ready().await.unwrap().call(request).await.unwrap().into_parts();
    let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    Answer { status: head.status, headers: head.headers, text }
}

fn get() -> Request<String> {
    Request::get("/a?b=1").header("accept", "text/html").body(String::new()).unwrap()
}

fn post(path: &str, fields: &[(&str, &str)]) -> Request<String> {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .body(body)
        .unwrap()
}

#[tokio::test]
async fn every_element_that_is_seen_has_one_and_keeps_its_bytes() {
    let layer = ConsentLayer::new(policy(), Shared::default()).unwrap();
    for (element, kept) in [
        (
            "<iframe width=560 height=315 src=\"https://smi2.ru/v?a=1&amp;b=2\"></iframe>",
            " width=560 height=315 data-tc-src=\"https://smi2.ru/v?a=1&amp;b=2\"></iframe>",
        ),
        ("<iframe src='//smi2.ru/v' title='Film'></iframe>", " data-tc-src='//smi2.ru/v' title='Film'></iframe>"),
        ("<iframe/src=//smi2.ru/v></iframe>", " /data-tc-src=//smi2.ru/v></iframe>"),
        (
            "<iframe srcdoc='&lt;script src=//smi2.ru/x>&lt;/script>'></iframe>",
            " data-tc-srcdoc='&lt;script src=//smi2.ru/x>&lt;/script>'></iframe>",
        ),
        (
            "<object data=//smi2.ru/v width=300 class='a b'>own</object>",
            " data-tc-data=//smi2.ru/v width=300 class='a b'>own</object>",
        ),
        ("<embed src=//smi2.ru/v>", " data-tc-src=//smi2.ru/v>"),
        ("<video src=//smi2.ru/v controls></video>", " data-tc-src=//smi2.ru/v controls></video>"),
    ] {
        let page = format!("{HEAD}<p>x{element}<p>y");
        let answer = ask(&layer, &page, &[], get()).await;
        let document = answer.placeholder();
        assert!(answer.text.contains(kept), "{element}: {}", answer.text);
        assert!(document.starts_with("<!DOCTYPE html><html lang=\"ru\"") && document.contains("СМИ2"), "{document}");
        assert!(document.contains("Разрешать всегда"), "{document}");
        // What has no address of its own cannot be opened, or shown once.
        let addressed = !element.contains("srcdoc");
        for part in ["Загрузить один раз", "target=\"_blank\" rel=\"noopener\""] {
            assert_eq!(document.contains(part), addressed, "{element}: {document}");
        }
        if !element.starts_with("<iframe") {
            assert!(answer.text.contains("<iframe data-tc-for title=\"СМИ2\""), "{}", answer.text);
            assert!(answer.text.contains("></iframe><"), "{}", answer.text);
            assert!(answer.text.contains(" data-tc=\"recommendations\" hidden"), "{}", answer.text);
        }
        assert_eq!(answer.text.contains(" title=\"СМИ2\""), !element.contains("title="), "{}", answer.text);
    }
}

#[tokio::test]
async fn what_is_not_seen_or_cannot_be_known_has_none() {
    let layer = ConsentLayer::new(policy(), Shared::default()).unwrap();
    for element in [
        "<iframe width=0 height=0 src=//smi2.ru/v></iframe>",
        "<iframe style='display: none' src=//smi2.ru/v></iframe>",
        "<iframe hidden src=//smi2.ru/v></iframe>",
        "<noscript><iframe src=//smi2.ru/v></iframe></noscript>",
        "<svg><desc><iframe src=//smi2.ru/v></iframe></desc></svg>",
        "<img src=//smi2.ru/v>",
        "<iframe src=/own></iframe>",
    ] {
        let answer = ask(&layer, &format!("{HEAD}{element}"), &[], get()).await;
        assert!(!answer.text.contains("srcdoc"), "{element}: {}", answer.text);
    }
    let xml = [("content-type", "application/xhtml+xml")];
    let page = "<html xmlns=\"http://www.w3.org/1999/xhtml\"><body><iframe src=\"//smi2.ru/v\"/></body></html>";
    assert!(!ask(&layer, page, &xml, get()).await.text.contains("srcdoc"));
}

#[tokio::test]
async fn it_keeps_to_the_charset_and_the_policy_of_the_page() {
    let layer = ConsentLayer::new(policy(), Shared::default()).unwrap();
    let page = "<!DOCTYPE html><body><iframe src=//smi2.ru/v></iframe>";
    let cyrillic = [("content-type", "text/html; charset=windows-1251")];
    let answer = ask(&layer, page, &cyrillic, get()).await;
    assert!(answer.text.is_ascii() && answer.placeholder().contains("СМИ2"), "{}", answer.text);
    for (own, style, once) in [
        ("style-src 'self'", "<link rel=\"stylesheet\" href=\"/_consent/assets/", true),
        ("style-src 'nonce-abc'", "<style nonce=\"abc\">", true),
        ("frame-src https://smi2.ru", "<style>", false),
        ("default-src 'self'", "<link rel", true),
    ] {
        let answer = ask(&layer, page, &[("content-security-policy", own)], get()).await;
        let document = answer.placeholder();
        assert!(document.contains(style), "{own}: {document}");
        assert_eq!(document.contains("/_consent/once"), once, "{own}: {document}");
        if let Some((_, rest)) = document.split_once("href=\"/_consent/assets/") {
            let path = format!("/_consent/assets/{}", rest.split('"').next().unwrap());
            let request = Request::get(path).body(String::new()).unwrap();
            assert_eq!(ask(&layer, page, &[], request).await.status, StatusCode::OK);
        }
    }
    // A frame that may do nothing gets links alone.
    let answer = ask(&layer, "<body><iframe sandbox src=//smi2.ru/v></iframe>", &[], get()).await;
    assert!(!answer.placeholder().contains("<form") && answer.placeholder().contains("target=\"_blank\""));
}

#[tokio::test]
async fn once_is_recorded_and_not_remembered() {
    let store = Shared::default();
    let layer = ConsentLayer::new(policy(), store.clone()).unwrap();
    let page = format!("{HEAD}<iframe src=https://smi2.ru/v?a=1></iframe>");
    let shown = ask(&layer, &page, &[], get()).await;
    let (token, address) = (shown.field("token"), shown.field("address"));
    assert_eq!(address, "https://smi2.ru/v?a=1");
    let form = [("service", "smi2"), ("token", token.as_str()), ("address", address.as_str())];
    let answer = ask(&layer, &page, &[], post("/_consent/once", &form)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert!(answer.text.contains("content=\"0;url=https://smi2.ru/v?a=1\""), "{}", answer.text);
    assert!(answer.headers["content-security-policy"].to_str().unwrap().contains("frame-ancestors 'self'"));
    assert!(!answer.headers.contains_key("set-cookie"), "nothing is remembered");
    let entry = store.entries().pop().unwrap();
    assert_eq!((&entry["kind"], &entry["source"]), (&"partial".into(), &"placeholder".into()));
    assert_eq!(entry["purposes"], serde_json::json!({ "recommendations": true }));
    assert_eq!(entry["expires"], entry["time"], "it held for that one time");
    // The same form sent twice is one event, and what was shown is kept.
    ask(&layer, &page, &[], post("/_consent/once", &form)).await;
    assert_eq!(store.kinds(), ["partial"]);
    let notice = entry["notice"].as_str().unwrap().to_owned();
    let kept = tower_consent::store::ConsentStore::document(&store, notice).await.unwrap().unwrap();
    assert!(String::from_utf8(kept).unwrap().contains("Загрузить один раз"));

    for (service, token, address, status) in [
        ("smi2", token.as_str(), "https://evil.example/", 400),
        ("smi2", token.as_str(), "javascript:alert(1)", 400),
        ("yandex-metrika", token.as_str(), "https://mc.yandex.ru/x", 403),
        ("nobody", token.as_str(), address.as_str(), 400),
        ("smi2", "x", address.as_str(), 403),
    ] {
        let form = [("service", service), ("token", token), ("address", address)];
        let answer = ask(&layer, &page, &[], post("/_consent/once", &form)).await;
        assert_eq!(answer.status, status, "{service} {address}: {}", answer.text);
    }
    let mut foreign = post("/_consent/once", &form);
    foreign.headers_mut().insert("sec-fetch-site", "cross-site".parse().unwrap());
    assert_eq!(ask(&layer, &page, &[], foreign).await.status, StatusCode::FORBIDDEN);
    assert_eq!(store.kinds(), ["partial"]);
}

#[tokio::test]
async fn always_grants_the_purpose_of_the_service_and_leaves_the_rest_open() {
    let store = Shared::default();
    let layer = ConsentLayer::new(policy(), store.clone()).unwrap();
    let page = format!("{HEAD}<iframe src=https://smi2.ru/v></iframe><img src=https://counter.yadro.ru/hit>");
    let shown = ask(&layer, &page, &[], get()).await;
    let (token, back) = (shown.field("token"), shown.field("back"));
    let form = [
        ("asked", "recommendations"),
        ("purpose", "recommendations"),
        ("service", "smi2"),
        ("token", &token),
        ("back", &back),
        ("choice", "save"),
    ];
    let answer = ask(&layer, &page, &[], post("/_consent/choice", &form)).await;
    assert_eq!((answer.status, answer.headers["location"].to_str().unwrap()), (StatusCode::SEE_OTHER, "/a?b=1"));
    let cookie = answer.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let mut request = get();
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    let next = ask(&layer, &page, &[], request).await;
    assert!(next.text.contains("<iframe src=https://smi2.ru/v></iframe>"), "{}", next.text);
    assert!(next.text.contains("data-tc-src=https://counter.yadro.ru/hit"), "{}", next.text);
    assert!(next.text.contains("<section id=\"tc\""), "the other purpose is still asked about");
    let entry = store.entries().pop().unwrap();
    assert_eq!((&entry["kind"], &entry["source"]), (&"partial".into(), &"placeholder".into()));
    assert_eq!(entry["purposes"], serde_json::json!({ "recommendations": true }));
}
