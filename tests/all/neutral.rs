//! Pages that are the same for everyone: bytes, heads, validators, what handlers may ask, and what each visitor is told.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_consent::{ConsentLayer, Decision, Policy, adapter::SignalAdapter, store::Memory};

use super::news_site::{METRICS, PAGE, policy};

/// The seed policy with another `[gate]`, and other changes.
fn changed(gate: &str, change: impl FnOnce(&mut String)) -> Result<Policy, String> {
    let mut files = policy().files().clone();
    let text = files.get_mut("policy.toml").unwrap();
    assert!(!text.contains("\n[gate]"), "the seed has no table of its own");
    text.push_str(&format!("\n[gate]\n{gate}\n"));
    change(text);
    let (policy, faults) = Policy::check(files);
    policy.ok_or_else(|| format!("{faults:#?}"))
}

fn neutral() -> Policy {
    changed("pages = \"neutral\"", |_| ()).unwrap()
}

/// What the inner service does with a request.
type Inner = Arc<dyn Fn(&Request<String>) -> Response<Full<Bytes>> + Send + Sync>;

struct Site {
    layer: ConsentLayer,
    inner: Inner,
    /// The requests as the inner service got them.
    got: Arc<Mutex<Vec<HeaderMap>>>,
}

struct Got {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Got {
    fn header(&self, name: &str) -> String {
        let all = self.headers.get_all(name).iter();
        all.map(|value| value.to_str().unwrap().to_owned()).collect::<Vec<_>>().join(" | ")
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }
}

fn html(body: &str, own: &[(&'static str, &str)]) -> Response<Full<Bytes>> {
    let mut response = Response::builder().header("content-type", "text/html; charset=utf-8");
    for (name, value) in own {
        response = response.header(*name, *value);
    }
    response.body(Full::from(body.to_owned())).unwrap()
}

impl Site {
    fn new(policy: Policy, inner: impl Fn(&Request<String>) -> Response<Full<Bytes>> + Send + Sync + 'static) -> Self {
        Self {
            layer: ConsentLayer::new(policy, Memory::default()).unwrap(),
            inner: Arc::new(inner),
            got: Arc::default(),
        }
    }

    /// A site whose pages are these, with these headers.
    fn of(page: &'static str, own: &'static [(&'static str, &'static str)]) -> Self {
        Self::new(neutral(), move |_| html(page, own))
    }

    async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Got {
        let (inner, got) = (self.inner.clone(), self.got.clone());
        let service = service_fn(move |request: Request<String>| {
            got.lock().unwrap().push(request.headers().clone());
            let response = inner(&request);
            async move { Ok::<_, Infallible>(response) }
        });
        let mut request = Request::builder().method(method).uri(path).header("host", "news.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.to_owned()).unwrap();
        let response = self.layer.layer(service).ready().await.unwrap().call(request).await.unwrap();
        let (head, body) = response.into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        Got { status: head.status, headers: head.headers, text }
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Got {
        let mut all = vec![("accept", "text/html")];
        all.extend(headers);
        self.ask(Method::GET, path, &all, "").await
    }

    /// Asks for the state as the script of a page does.
    async fn state(&self, page: &str, headers: &[(&str, &str)]) -> Got {
        let ask = page.split("data-ask=\"").nth(1).unwrap().split('"').next().unwrap();
        self.get(&format!("/_consent/state?ask={ask}"), headers).await
    }

    /// Chooses as the script does; returns the choice cookie.
    async fn choose(&self, purposes: Value, cookie: &str) -> String {
        let page = self.get("/a", &[]).await;
        let token = self.state(&page.text, &[]).await.json()["token"].as_str().unwrap().to_owned();
        let body = json!({ "purposes": purposes, "token": token }).to_string();
        let sent = [("content-type", "application/json"), ("sec-fetch-site", "same-origin"), ("cookie", cookie)];
        let got = self.ask(Method::POST, "/_consent/choice", &sent, &body).await;
        assert_eq!(got.status, StatusCode::OK, "{}", got.text);
        got.header("set-cookie").split(';').next().unwrap().to_owned()
    }
}

#[tokio::test]
async fn everyone_gets_the_same_bytes_and_the_site_says_who_may_keep_them() {
    const OWN: &[(&str, &str)] = &[
        ("cache-control", "public, max-age=600"),
        ("vary", "Accept-Encoding"),
        ("cdn-cache-control", "max-age=60"),
        ("last-modified", "Sat, 28 Nov 2026 10:00:00 GMT"),
    ];
    let site = Site::of(PAGE, OWN);
    let accepted = site.choose(json!({ "metrics": true, "recommendations": true }), "").await;
    let refused = site.choose(json!({ "metrics": false, "recommendations": false }), "").await;
    let partial = site.choose(json!({ "metrics": true, "recommendations": false }), "").await;
    let first = site.get("/a?b=1", &[]).await;
    assert!(first.text.contains("aria-labelledby=\"tc-h\" hidden>"), "{}", first.text);
    assert!(first.text.contains("name=\"token\" value=\"\"") && first.text.contains("name=\"back\" value=\"\""));
    assert!(first.text.contains("<noscript><link rel=\"stylesheet\" href=\"/_consent/state.css\">"));
    assert!(!first.text.contains(METRICS) && first.text.contains("data-tc=\"metrics\""), "{}", first.text);
    for (name, value) in OWN {
        assert_eq!(first.header(name), *value, "{name}");
    }
    assert!(!first.headers.contains_key("set-cookie"));
    for headers in [
        &[("cookie", &*accepted)][..],
        &[("cookie", &*refused)],
        &[("cookie", &*partial)],
        &[("cookie", "tower-consent=forged"), ("accept-language", "en")],
        &[("sec-gpc", "1"), ("dnt", "1"), ("user-agent", "Googlebot/2.1")],
        &[("cookie", "_ym_uid=1; reading_history=2"), ("cookie", &*refused)],
        &[("sec-fetch-dest", "iframe"), ("hx-request", "true")],
        &[("sec-fetch-dest", "empty"), ("x-requested-with", "XMLHttpRequest")],
    ] {
        let other = site.get("/a?b=1", headers).await;
        assert_eq!(first.text, other.text, "{headers:?}");
        assert_eq!(first.headers, other.headers, "{headers:?}");
    }
    let head = site.ask(Method::HEAD, "/a?b=1", &[("accept", "text/html"), ("cookie", &accepted)], "").await;
    assert_eq!(head.headers, first.headers);
}

#[tokio::test]
async fn each_visitor_is_told_his_own_state_and_nobody_keeps_it() {
    let site = Site::of(PAGE, &[]);
    let page = site.get("/a", &[]).await;
    let undecided = site.state(&page.text, &[]).await;
    assert_eq!(undecided.header("cache-control"), "no-store");
    let told = undecided.json();
    assert_eq!((&told["granted"], &told["refused"]), (&json!([]), &json!([])));
    assert_eq!(told["undecided"], json!(["metrics", "recommendations"]));
    assert_ne!(told["token"], site.state(&page.text, &[]).await.json()["token"], "each asks for a token of his own");
    assert_eq!(told.get("again"), None);

    let partial = site.choose(json!({ "metrics": true, "recommendations": false }), "").await;
    let told = site.state(&page.text, &[("cookie", &partial)]).await;
    assert_eq!(
        told.json(),
        json!({ "granted": ["metrics"], "refused": ["recommendations"], "undecided": [], "gpc": false })
    );
    // The page ends no cookies, so this does.
    let cookies = format!("{partial}; reading_history=1");
    let told = site.state(&page.text, &[("cookie", &cookies)]).await;
    assert!(told.header("set-cookie").contains("reading_history=; "), "{:?}", told.headers);
    assert!(site.get("/a", &[("cookie", &cookies)]).await.headers.get("set-cookie").is_none());

    let notice = "#tc-n{display:none}";
    for (cookie, expected) in [("", ""), ("tower-consent=forged", ""), (&partial, notice)] {
        let style = site.get("/_consent/state.css", &[("cookie", cookie)]).await;
        assert_eq!((style.text.as_str(), style.header("cache-control").as_str()), (expected, "no-store"), "{cookie}");
    }
    // A page that a cache kept from another version of the texts: nobody is asked by what is not in force.
    for ask in ["ru.0123456789abcdef", "xx.0123456789abcdef", "", "ru"] {
        let told = site.get(&format!("/_consent/state?ask={ask}"), &[]).await.json();
        assert!(
            told.get("token").is_none() && told["undecided"] == json!(["metrics", "recommendations"]),
            "{ask}: {told}"
        );
    }
    let earlier = site.get("/_consent/assets/0123456789abcdef.js", &[]).await;
    assert_eq!((earlier.status, earlier.header("cache-control")), (StatusCode::FOUND, "no-store".to_owned()));
    let script = site.get(&earlier.header("location"), &[]).await;
    assert!(page.text.contains(&earlier.header("location")) && script.text.contains("?ask="), "{}", script.text);
    assert_eq!(site.get("/_consent/assets/0123456789abcdeg.js", &[]).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_asked_again_is_told_by_the_state() {
    let site = Site::of(PAGE, &[]);
    let cookie = site.choose(json!({ "metrics": true, "recommendations": false }), "").await;
    let handle = site.layer.handle();
    let next = changed("pages = \"neutral\"", |text| {
        *text = text.replace("сведения о прочитанных материалах", "сведения о прочитанном и отмеченном");
    });
    let before = site.get("/a", &[]).await.text;
    handle.publish(next.unwrap()).unwrap();
    let page = site.get("/a", &[("cookie", &cookie)]).await;
    assert_eq!(page.text, site.get("/a", &[]).await.text);
    let told = site.state(&page.text, &[("cookie", &cookie)]).await.json();
    assert_eq!((&told["granted"], &told["undecided"]), (&json!(["metrics"]), &json!(["recommendations"])));
    assert!(
        told["again"].as_str().unwrap().contains("Рекомендательные технологии") && told["token"].is_string(),
        "{told}"
    );
    assert!(before.contains("data-ask=\"ru."));
}

#[tokio::test]
async fn a_handler_that_asks_who_it_is_answers_this_visitor_alone() {
    let site = Site::new(neutral(), |request| {
        let decision = request.extensions().get::<Decision>().unwrap();
        match request.uri().path() {
            "/asks" => {
                let text = if decision.allows("recommendations") { "for you" } else { "for all" };
                html(
                    &format!("<!doctype html><p>{text}"),
                    &[("cache-control", "public, s-maxage=600"), ("etag", "\"1\"")],
                )
            }
            "/json" if decision.visitor().is_some() => Response::builder()
                .header("content-type", "application/json")
                .header("cache-control", "public")
                .header("x-accel-expires", "600")
                .body(Full::from("{}"))
                .unwrap(),
            "/everyone" => {
                assert!(!decision.for_everyone().allows("recommendations"));
                html(PAGE, &[("cache-control", "public"), ("x-debug", &format!("{decision:?}").len().to_string())])
            }
            _ => html(PAGE, &[("cache-control", "public")]),
        }
    });
    let accepted = site.choose(json!({ "metrics": true, "recommendations": true }), "").await;
    for (path, cookie, text) in [("/asks", "", "for all"), ("/asks", &*accepted, "for you"), ("/json", &accepted, "{}")]
    {
        let got = site.get(path, &[("cookie", cookie)]).await;
        assert!(got.text.contains(text), "{path}: {}", got.text);
        assert_eq!(got.header("cache-control"), "private, no-cache", "{path}");
        assert_eq!(got.header("vary"), "Cookie, Sec-GPC", "{path}");
        assert!(!got.headers.contains_key("etag") && !got.headers.contains_key("x-accel-expires"), "{path}");
    }
    let got = site.get("/asks", &[("cookie", &accepted)]).await;
    assert!(got.text.contains("data-ask=") && !got.text.contains("name=\"token\" value=\"1."), "our part is as ever");
    for path in ["/everyone", "/other"] {
        assert_eq!(site.get(path, &[("cookie", &accepted)]).await.header("cache-control"), "public", "{path}");
    }
}

#[tokio::test]
async fn a_body_that_asks_late_is_answered_for_everyone() {
    let layer = ConsentLayer::new(neutral(), Memory::default()).unwrap();
    let late: Arc<Mutex<Option<Decision>>> = Arc::default();
    let kept = late.clone();
    let service = service_fn(move |request: Request<String>| {
        *kept.lock().unwrap() = request.extensions().get::<Decision>().cloned();
        async move { Ok::<_, Infallible>(html(PAGE, &[("cache-control", "public")])) }
    });
    let site = Site::of(PAGE, &[]);
    let cookie = site.choose(json!({ "metrics": true, "recommendations": true }), "").await;
    let request = Request::get("/a").header("accept", "text/html").header("cookie", &cookie);
    let request = request.body(String::new()).unwrap();
    let response = layer.layer(service).oneshot(request).await.unwrap();
    assert_eq!(response.headers()["cache-control"], "public");
    assert!(!late.lock().unwrap().as_ref().unwrap().allows("metrics"));
}

#[tokio::test]
async fn validators_are_of_the_policy_and_of_no_visitor() {
    let site = Site::new(neutral(), |request| {
        let unchanged = request.headers().get("if-none-match").is_some_and(|tag| tag == "W/\"v1\"");
        if unchanged {
            let response =
                Response::builder().status(304).header("etag", "W/\"v1\"").header("cache-control", "max-age=9");
            return response.body(Full::default()).unwrap();
        }
        html(PAGE, &[("etag", "W/\"v1\""), ("content-length", &PAGE.len().to_string()), ("accept-ranges", "bytes")])
    });
    let cookie = site.choose(json!({ "metrics": true, "recommendations": true }), "").await;
    let page = site.get("/a", &[]).await;
    let tag = page.header("etag");
    assert!(tag.starts_with("W/\"v1-tc") && tag.len() > 20, "{tag}");
    assert!(!page.headers.contains_key("content-length") && !page.headers.contains_key("accept-ranges"));
    assert_eq!(site.get("/a", &[("cookie", &cookie)]).await.header("etag"), tag);
    for headers in
        [&[("if-none-match", &*tag)][..], &[("if-none-match", &format!("\"x\", {tag}")), ("cookie", &cookie)]]
    {
        let same = site.get("/a", headers).await;
        assert_eq!((same.status, same.header("etag"), same.text.as_str()), (StatusCode::NOT_MODIFIED, tag.clone(), ""));
        assert_eq!(same.header("cache-control"), "max-age=9");
    }
    // What is not of this gate says nothing of what went through it.
    for (name, value) in
        [("if-none-match", "W/\"v1\""), ("if-none-match", "*"), ("if-modified-since", "Sat, 28 Nov 2026 10:00:00 GMT")]
    {
        assert_eq!(site.get("/a", &[(name, value)]).await.status, StatusCode::OK, "{name}: {value}");
        let got = site.got.lock().unwrap();
        assert!(!got.last().unwrap().contains_key(name), "{name}: {value}");
    }
    let next = changed("pages = \"neutral\"", |text| text.push_str("\n# another version\n")).unwrap();
    site.layer.handle().publish(next).unwrap();
    let page = site.get("/a", &[("if-none-match", &tag)]).await;
    assert_eq!(page.status, StatusCode::OK, "another policy");
    assert_ne!(page.header("etag"), tag);
    // A picture keeps its own.
    let image = site.get("/a", &[("sec-fetch-dest", "image"), ("if-none-match", "W/\"v1\"")]).await;
    assert_eq!((image.status, image.header("etag")), (StatusCode::NOT_MODIFIED, "W/\"v1\"".to_owned()));
}

#[tokio::test]
async fn cookies_of_services_make_a_page_one_visitors_and_others_stay_as_the_site_wants() {
    let site = Site::new(neutral(), |request| {
        let cookie = match request.uri().path() {
            "/declared" | "/public" | "/image" => "reading_history=7; Path=/",
            _ => "session=1; Path=/",
        };
        let caching = if request.uri().path() == "/public" { "public, max-age=60" } else { "max-age=60" };
        let mut response = html(PAGE, &[("set-cookie", cookie), ("cache-control", caching)]);
        if request.uri().path() == "/image" {
            response.headers_mut().insert("content-type", "image/png".parse().unwrap());
        }
        response
    });
    let accepted = site.choose(json!({ "metrics": true, "recommendations": true }), "").await;
    let refused = site.choose(json!({ "metrics": true, "recommendations": false }), "").await;
    for (path, cookie, set, caching) in [
        // As the site has it.
        ("/own", &*accepted, "session=1; Path=/", "max-age=60"),
        ("/own", &refused, "session=1; Path=/", "max-age=60"),
        // With its cookie it is for who allowed it, and without it no cache may take it for a page that never had one.
        ("/declared", &accepted, "reading_history=7; Path=/", "private, no-cache"),
        ("/declared", &refused, "", "private, no-cache"),
        ("/declared", "", "", "private, no-cache"),
        ("/image", &accepted, "reading_history=7; Path=/", "private, no-cache"),
        ("/image", "", "", "private, no-cache"),
        // Said in so many words, it stays one for everyone who gets no cookie.
        ("/public", &accepted, "reading_history=7; Path=/", "private, no-cache"),
        ("/public", &refused, "", "public, max-age=60"),
    ] {
        let got = site.get(path, &[("cookie", cookie)]).await;
        assert_eq!(
            (got.header("set-cookie").as_str(), got.header("cache-control").as_str()),
            (set, caching),
            "{path} {cookie}"
        );
    }
}

#[tokio::test]
async fn a_part_of_a_page_gets_nothing_put_in_whoever_asks() {
    for (page, banner) in [
        ("<tr><td>row</td></tr>", false),
        ("text alone", false),
        ("\n <!-- x --><li>x", false),
        ("<title>t</title><p>x", false),
        ("<!DOCTYPE html><p>x", true),
        ("\n<!-- x --><!doctype HTML><title>t</title>x", true),
        ("<html><p>x", true),
        ("<head></head>x", true),
        ("<body>x", true),
        ("<!doctyp><p>x", false),
    ] {
        let site = Site::of(page, &[]);
        let got = site.get("/a", &[]).await;
        assert_eq!(got.text.contains("id=\"tc\""), banner, "{page}: {}", got.text);
        assert_eq!(got.text.contains("id=\"tc-l\""), banner, "{page}");
        if !banner {
            assert_eq!(got.text, page);
        }
    }
}

#[tokio::test]
async fn the_nonce_of_the_site_is_heeded_and_the_lock_is_one_for_all() {
    let csp = "style-src 'nonce-abc'; script-src 'nonce-abc'";
    let policy = changed("pages = \"neutral\"\ncsp = \"enforce\"", |_| ()).unwrap();
    let site = Site::new(policy, move |_| html(PAGE, &[("content-security-policy", csp), ("cache-control", "public")]));
    let accepted = site.choose(json!({ "metrics": true, "recommendations": true }), "").await;
    let refused = site.choose(json!({ "metrics": false, "recommendations": false }), "").await;
    let page = site.get("/a", &[]).await;
    assert!(
        page.text.contains("<style nonce=\"abc\">") && page.text.contains("<script async nonce=\"abc\""),
        "{}",
        page.text
    );
    let locks = page.header("content-security-policy");
    assert!(locks.starts_with(csp) && locks.contains("mc.yandex.ru") && locks.contains("smi2.ru"), "{locks}");
    for cookie in [&accepted, &refused] {
        let other = site.get("/a", &[("cookie", cookie)]).await;
        assert_eq!((&other.headers, &other.text), (&page.headers, &page.text));
    }
}

/// Tells a script of others what is granted.
#[derive(Debug)]
struct Told;

impl SignalAdapter for Told {
    fn script(&self, _: &Policy, decision: &Decision) -> Option<String> {
        Some(format!("window.metrics={}", decision.allows("metrics")))
    }
}

#[tokio::test]
async fn others_are_told_for_everyone_in_the_page_and_for_the_visitor_beside_it() {
    let mut site = Site::of(PAGE, &[("etag", "\"1\"")]);
    let without = site.get("/a", &[]).await.header("etag");
    site.layer = site.layer.clone().with_adapter(Told);
    let accepted = site.choose(json!({ "metrics": true, "recommendations": true }), "").await;
    let page = site.get("/a", &[("cookie", &accepted)]).await;
    assert!(page.text.contains("<head><script id=tc-t>window.metrics=false</script>"), "{}", page.text);
    assert_ne!(page.header("etag"), without, "it stands in the page");
    for (cookie, expected) in [("", "window.metrics=false"), (&*accepted, "window.metrics=true")] {
        let told = site.get("/_consent/signals.js", &[("cookie", cookie)]).await;
        assert_eq!((told.text.as_str(), told.header("cache-control").as_str()), (expected, "no-store"));
        assert_eq!(told.header("cross-origin-resource-policy"), "same-origin");
    }
}

#[tokio::test]
async fn what_needs_several_purposes_names_them_all() {
    const BOTH: &str = "<!doctype html><body><picture srcset='https://mc.yandex.ru/x 1x, https://smi2.ru/y 2x'></picture>\
        <img srcset='https://mc.yandex.ru/x 1x, https://smi2.ru/y 2x'>\
        <script>ym(1,'init');fetch('https://smi2.ru/x');'https://mc.yandex.ru/metrika/tag.js'</script>\
        <style>a{background:url(https://smi2.ru/x.png)}</style>";
    let site = Site::of(BOTH, &[]);
    let text = site.get("/a", &[]).await.text;
    let marks: BTreeMap<&str, &str> = text
        .match_indices(" data-tc=\"")
        .map(|(at, mark)| {
            let element = text[..at].rsplit('<').next().unwrap().split(' ').next().unwrap();
            (element, text[at + mark.len()..].split('"').next().unwrap())
        })
        .collect();
    let both = |value: &str| {
        value.split(' ').collect::<std::collections::BTreeSet<_>>() == ["metrics", "recommendations"].into()
    };
    assert!(both(marks["img"]) && both(marks["script"]), "{marks:?}");
    assert_eq!(marks["style"], "recommendations", "{text}");
    assert!(text.contains("url(about:invalid#https://smi2.ru/x.png)"));
}

#[tokio::test]
async fn what_is_a_picture_to_one_and_a_document_to_another_is_kept_apart() {
    const SVG: &str =
        "<svg xmlns='http://www.w3.org/2000/svg'><script href='https://mc.yandex.ru/metrika/tag.js'/></svg>";
    for policy in [neutral(), policy()] {
        let site = Site::new(policy, |_| {
            let mut response = html(SVG, &[("cache-control", "public")]);
            response.headers_mut().insert("content-type", "image/svg+xml".parse().unwrap());
            response
        });
        let picture = site.get("/a.svg", &[("sec-fetch-dest", "image")]).await;
        assert_eq!((picture.text.as_str(), picture.header("vary").as_str()), (SVG, "Sec-Fetch-Dest, Accept"));
        let document = site.get("/a.svg", &[("sec-fetch-dest", "document")]).await;
        assert!(document.text.contains("data-tc-href=") && document.header("vary").contains("Sec-Fetch-Dest"));
    }
}

#[test]
fn what_cannot_be_kept_on_such_pages_is_told() {
    for (gate, change, place) in [
        ("pages = \"neutral\"\nwithheld = \"removed\"", "", "withheld"),
        ("pages = \"neutral\"", "model = \"notice\"", "model"),
    ] {
        let fault = changed(gate, |text| {
            if !change.is_empty() {
                *text = text.replace("model = \"opt-in\"", change);
            }
        });
        let fault = fault.unwrap_err();
        assert!(fault.contains("\"neutral\"") && fault.contains("per-visitor"), "{place}: {fault}");
    }
    assert!(changed("withheld = \"removed\"", |_| ()).is_ok());
}

#[tokio::test]
async fn silence_that_is_a_yes_is_told_by_the_state_alone() {
    let policy =
        changed("pages = \"neutral\"", |text| *text = text.replace("model = \"opt-in\"", "model = \"opt-out\""))
            .unwrap();
    let site = Site::new(policy, |_| html(PAGE, &[(header::CACHE_CONTROL.as_str(), "public")]));
    let page = site.get("/a", &[]).await;
    assert!(!page.text.contains(METRICS));
    let told = site.state(&page.text, &[]).await.json();
    assert_eq!(told["granted"], json!(["metrics", "recommendations"]));
    assert_eq!(told["undecided"], told["granted"]);
    // A robot's silence is none.
    let told = site.state(&page.text, &[("user-agent", "Googlebot/2.1")]).await.json();
    assert_eq!(told["granted"], json!([]));
}

/// `prove` as a user runs it.
#[cfg(feature = "cli")]
#[test]
fn prove_compares_what_everyone_gets() {
    let folder = tempfile::tempdir().unwrap();
    let site = folder.path().join("policy");
    for (name, text) in neutral().files() {
        let file = site.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    let pages = folder.path().join("pages");
    std::fs::create_dir(&pages).unwrap();
    std::fs::write(pages.join("a.html"), PAGE).unwrap();
    std::fs::write(pages.join("part.html"), "<li><img src=https://mc.yandex.ru/watch/1>").unwrap();
    let prove = |format: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_tower-consent"));
        command.arg("prove").arg(&site).args(["--format", format, "--pages"]).arg(&pages).output().unwrap()
    };
    let output = prove("text");
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told} {}", String::from_utf8_lossy(&output.stderr));
    assert!(told.ends_with("the same for everyone: 2 pages for 9 visitors, 0 differing\n"), "{told}");
    let report: Value = serde_json::from_slice(&prove("json").stdout).unwrap();
    // Whoever allowed what: three things are withheld in each of four states.
    assert_eq!((&report["withheld"], &report["compared"]), (&json!(12), &json!(9)), "{report}");
}

/// California asks a site to show that it has heard the signal; a page for everyone cannot, so the state tells it.
#[tokio::test]
async fn that_the_signal_counts_is_told_beside_the_page() {
    let policy = changed("pages = \"neutral\"", |text| {
        *text = text.replacen("profiles = [\"ru\"]", "profiles = [\"ru\", \"us-ca\"]", 1).replacen(
            "retention = \"365 days\"",
            "retention = \"365 days\"\nsale = true",
            1,
        );
        text.push_str("\n[banner]\nbrand = false\n");
    });
    let site = Site::new(policy.unwrap(), |_| html(PAGE, &[]));
    let page = site.get("/a", &[("sec-gpc", "1")]).await;
    assert_eq!(page.text, site.get("/a", &[]).await.text);
    assert!(page.text.contains("id=\"tc-l\""), "there is a place to tell it");
    let word = "Отказ, переданный браузером, учтён";
    let told = site.state(&page.text, &[("sec-gpc", "1")]).await.json();
    assert_eq!(told["signal"], format!(" · {word}"));
    assert_eq!(site.state(&page.text, &[]).await.json().get("signal"), None);
    let style = site.get("/_consent/state.css", &[("sec-gpc", "1")]).await.text;
    assert!(style.contains("#tc-l a::after{content:\" · \\41e \\442 \\43a "), "{style}");
}
