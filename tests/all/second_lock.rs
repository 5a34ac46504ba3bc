//! What stands beside the gate: the site's own Content-Security-Policy, the second lock and its reports, signals.

use std::convert::Infallible;

use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_consent::{ConsentLayer, Decision, Policy, adapter::SignalAdapter, ledger::Enforcement, store::Memory};

use super::news_site::{Shared, policy};

const PAGE: &str =
    "<!DOCTYPE html><html><head><title>t</title></head><body><p>x<img src=https://counter.yadro.ru/hit></body></html>";

/// The seed policy with its tables `[gate]` and `[signals]` replaced.
fn with(changes: &str) -> Policy {
    let mut files = policy().files().clone();
    let text = files.get_mut("policy.toml").unwrap();
    for table in ["\n[gate]", "\n[signals]"] {
        if let Some(start) = text.find(table) {
            let end = text[start + 1..].find("\n[").map_or(text.len(), |length| start + 1 + length);
            text.replace_range(start..end, "\n");
        }
    }
    text.push_str(changes);
    let (policy, faults) = Policy::check(files);
    policy.unwrap_or_else(|| panic!("{faults:?}"))
}

async fn ask(layer: &ConsentLayer, request: Request<String>, own: &[(&'static str, &str)]) -> (Response<()>, String) {
    let own: Vec<(&'static str, String)> = own.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let inner = service_fn(move |_: Request<String>| {
        let mut response = Response::builder().header("content-type", "text/html; charset=utf-8");
        for (name, value) in &own {
            response = response.header(*name, value);
        }
        let response = response.body(Full::new(bytes::Bytes::from(PAGE))).unwrap();
        async move { Ok::<_, Infallible>(response) }
    });
    let (head, body) = layer.layer(inner).ready().await.unwrap().call(request).await.unwrap().into_parts();
    let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
    (Response::from_parts(head, ()), text)
}

fn get(path: &str) -> Request<String> {
    Request::get(path).header("accept", "text/html").body(String::new()).unwrap()
}

/// Reads the counts once the thread that writes them is done: until they are as expected, or for five seconds.
async fn counted(store: &Shared, expected: impl Fn(&Enforcement) -> bool) -> Enforcement {
    for _ in 0..250 {
        let counts = Enforcement::read(store).await.unwrap();
        if expected(&counts) {
            return counts;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    Enforcement::read(store).await.unwrap()
}

fn policies(headers: &HeaderMap, name: &str) -> Vec<String> {
    headers.get_all(name).iter().map(|value| value.to_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_banner_stands_under_the_policy_of_the_site() {
    let layer = ConsentLayer::new(policy(), Memory::default()).unwrap();
    for (own, expected) in [
        ("script-src 'self'", "<style>"),
        ("script-src 'self' 'nonce-r4nd0m'; style-src 'self' 'nonce-r4nd0m'", "<style nonce=\"r4nd0m\">"),
        ("default-src 'self'; require-trusted-types-for 'script'", "<link rel=\"stylesheet\" href=\"/_consent/assets/"),
        ("style-src 'self'", "<link rel=\"stylesheet\" href=\"/_consent/assets/"),
    ] {
        let (head, text) = ask(&layer, get("/"), &[("content-security-policy", own)]).await;
        let banner = &text[text.find("<section id=\"tc\"").expect("a banner")..];
        assert!(banner.contains(expected), "{own}: {banner}");
        assert_eq!(policies(head.headers(), "content-security-policy"), [own], "the site's own policy stays");
        if let Some((_, rest)) = banner.split_once("href=\"/_consent/assets/") {
            let path = format!("/_consent/assets/{}", rest.split('"').next().unwrap());
            let (head, css) = ask(&layer, get(&path), &[]).await;
            assert_eq!(head.headers()["content-type"], "text/css; charset=utf-8");
            assert!(head.headers()["cache-control"].to_str().unwrap().contains("immutable"));
            assert!(css.contains("#tc"), "{css}");
            assert!(!banner.contains("<style>"));
        }
    }
    let (head, _) = ask(&layer, get("/_consent/assets/0123456789abcdef.css"), &[]).await;
    assert_eq!(head.status(), 404);
}

#[tokio::test]
async fn the_second_lock_lets_in_what_is_allowed_and_nothing_else() {
    let own = "script-src 'self'";
    for (mode, name) in [("report", "content-security-policy-report-only"), ("enforce", "content-security-policy")] {
        let layer = ConsentLayer::new(with(&format!("\n[gate]\ncsp = \"{mode}\"\n")), Memory::default()).unwrap();
        let (head, _) = ask(&layer, get("/"), &[("content-security-policy", own)]).await;
        let all = policies(head.headers(), name);
        let lock = all.iter().find(|policy| policy.contains("report-uri /_consent/csp")).expect(mode);
        assert!(!lock.contains("yandex") && !lock.contains("smi2"), "{lock}");
        assert!(lock.contains("script-src 'self'") && lock.contains("*.news.example"), "{lock}");
        assert!(policies(head.headers(), "content-security-policy").contains(&own.to_owned()));
    }
    let off = ConsentLayer::new(policy(), Memory::default()).unwrap();
    let (head, _) = ask(&off, get("/"), &[]).await;
    assert!(policies(head.headers(), "content-security-policy").is_empty());
    assert!(policies(head.headers(), "content-security-policy-report-only").is_empty());
}

#[tokio::test]
async fn reports_are_counted_bounded_and_name_nobody() {
    let store = Shared::default();
    let layer = ConsentLayer::new(policy(), store.clone()).unwrap();
    let post =
        |kind: &str, body: String| Request::post("/_consent/csp").header("content-type", kind).body(body).unwrap();
    let older =
        r#"{"csp-report":{"blocked-uri":"https://mc.yandex.ru/watch/1","document-uri":"https://news.example/secret"}}"#;
    let newer = r#"[{"type":"csp-violation","body":{"blockedURL":"https://unheard.example/x"}}]"#;
    for (kind, body, status) in [
        ("application/csp-report", older, 204),
        ("application/reports+json; charset=utf-8", newer, 204),
        ("application/reports+json", "{", 204),
        ("text/plain", older, 415),
    ] {
        let (head, _) = ask(&layer, post(kind, body.to_owned()), &[]).await;
        assert_eq!(head.status(), status, "{kind}");
    }
    let (head, _) = ask(&layer, post("application/csp-report", "x".repeat(9 << 10)), &[]).await;
    assert_eq!(head.status(), 413);
    for _ in 0..400 {
        ask(&layer, post("application/reports+json", newer.to_owned()), &[]).await;
    }
    drop(layer);
    let counts = counted(&store, |counts| counts.undeclared.iter().any(|seen| seen.count > 1)).await;
    let row = counts.rows.iter().find(|row| row.carrier == "reported").expect("a report of a declared service");
    assert_eq!((row.service.as_str(), row.withheld), ("yandex-metrika", 1));
    let seen = counts.undeclared.iter().find(|seen| seen.kind == "report").unwrap();
    assert_eq!(seen.name, "unheard.example");
    assert!((100..=300).contains(&seen.count), "a flood is sampled: {}", seen.count);
    assert!(!format!("{counts:?}").contains("secret"));
}

#[tokio::test]
async fn what_pages_hold_is_counted() {
    let store = Shared::default();
    let layer = ConsentLayer::new(policy(), store.clone()).unwrap();
    for _ in 0..3 {
        ask(&layer, get("/"), &[("set-cookie", "_ym_uid=1"), ("set-cookie", "unheard=1")]).await;
    }
    drop(layer);
    let counts = counted(&store, |counts| counts.rows.iter().filter(|row| row.withheld == 3).count() == 2).await;
    let count = |carrier: &str| {
        counts
            .rows
            .iter()
            .filter(|row| row.carrier == carrier)
            .map(|row| (row.service.as_str(), row.withheld))
            .collect::<Vec<_>>()
    };
    assert_eq!(count("image"), [("liveinternet", 3)]);
    assert_eq!(count("cookie"), [("yandex-metrika", 3)]);
    assert!(counts.undeclared.iter().any(|seen| seen.kind == "cookie" && seen.name == "unheard" && seen.count == 3));
}

#[tokio::test]
async fn support_of_the_signal_is_declared_where_the_policy_says_so() {
    let silent = ConsentLayer::new(with(""), Memory::default()).unwrap();
    let (head, _) = ask(&silent, get("/.well-known/gpc.json"), &[]).await;
    assert_eq!(head.headers()["content-type"], "text/html; charset=utf-8", "the inner service answers");
    let layer = ConsentLayer::new(with("\n[signals]\ngpc-since = 2026-11-01\n"), Memory::default()).unwrap();
    let (head, text) = ask(&layer, get("/.well-known/gpc.json"), &[]).await;
    assert_eq!(head.headers()["content-type"], "application/json");
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value, serde_json::json!({ "gpc": true, "lastUpdate": "2026-11-01" }));
    let (head, _) = ask(&layer, get("/"), &[]).await;
    assert!(policies(head.headers(), "vary").iter().any(|value| value.contains("Sec-GPC")));
}

/// Tells a tag manager of the house, and once in a way that would end the script.
#[derive(Debug)]
struct House(&'static str);

impl SignalAdapter for House {
    fn script(&self, _: &Policy, decision: &Decision) -> Option<String> {
        Some(format!("window.house={};{}", decision.allows("metrics"), self.0))
    }
}

#[tokio::test]
async fn signals_are_the_first_of_the_head() {
    let basic = with("\n[signals]\nconsent-mode = \"basic\"\n");
    let layer = ConsentLayer::new(basic, Memory::default()).unwrap();
    let (_, text) = ask(&layer, get("/"), &[]).await;
    let place = text.find("<head><script>window.dataLayer").expect("first in the head");
    assert!(place < text.find("<title>").unwrap());
    assert!(text.contains("'ad_storage':'denied'") && text.contains("'security_storage':'granted'"), "{text}");
    assert!(!text.contains("'update'"), "nothing was decided: {text}");
    let (_, text) = ask(&layer, get("/"), &[("content-security-policy", "script-src 'nonce-abc'")]).await;
    assert!(text.contains("<head><script nonce=\"abc\">window.dataLayer"), "{text}");
    let (_, text) = ask(&layer, get("/"), &[("content-security-policy", "script-src 'self'")]).await;
    assert!(!text.contains("dataLayer"), "{text}");
    let adapted = ConsentLayer::new(policy(), Memory::default()).unwrap();
    let adapted = adapted.with_adapter(House("")).with_adapter(House("'</SCRIPT>'"));
    let (_, text) = ask(&adapted, get("/"), &[]).await;
    assert!(text.contains("<head><script>window.house=false;</script>"), "{text}");
    assert!(!text.contains("</SCRIPT>"));
}
