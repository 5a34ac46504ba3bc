//! The dashboard as a service: who may come in, what every answer carries, what the pages and metrics tell.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use time::OffsetDateTime;
use tower::ServiceExt;
use tower_consent::{
    Policy,
    clock::Clock,
    dashboard::{Admin, AdminToken, Peer},
};

use super::news_site::{Answered, Site, policy};

const TOKEN: &str = "4kFqvX2nR8sW0dLcQ7";
const HOST: &str = "127.0.0.1:9090";
const PAGES: &[&str] = &[
    "/",
    "/ledger",
    "/inventory",
    "/requests",
    "/policy",
    "/health",
    #[cfg(feature = "export")]
    "/export",
];

/// Moves the time by hand, so that waits and ends of sessions can be seen.
#[derive(Clone, Debug)]
struct Moved(Arc<AtomicI64>);

impl Moved {
    fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }
}

impl Clock for Moved {
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

struct Dashboard {
    admin: Admin,
    site: Site,
    clock: Moved,
}

impl Dashboard {
    fn new() -> Self {
        Self::of(Site::new())
    }

    fn of(site: Site) -> Self {
        let clock = Moved(Arc::new(AtomicI64::new(time::macros::datetime!(2026-11-25 12:00 UTC).unix_timestamp())));
        let site = site.with(|layer| layer.with_clock(clock.clone()));
        let admin = Admin::new(site.handle(), AdminToken::new(TOKEN).unwrap());
        Self { admin, site, clock }
    }

    async fn send(&self, request: http::request::Builder, body: &str) -> Answered {
        let request = request.body(Full::new(Bytes::from(body.to_owned()))).unwrap();
        let response = self.admin.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answered { status: head.status, headers: head.headers, text: String::from_utf8(bytes.to_vec()).unwrap() }
    }

    async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answered {
        self.send(with(Request::get(path), headers), "").await
    }

    async fn metrics(&self, token: &str, peer: &str) -> Answered {
        let request = with(Request::get("/metrics"), &[("authorization", &format!("Bearer {token}"))]);
        self.send(request.extension(Peer(peer.parse().unwrap())), "").await
    }

    async fn log_in(&self, token: &str, headers: &[(&str, &str)]) -> Answered {
        let form = url::form_urlencoded::Serializer::new(String::new()).append_pair("token", token).finish();
        self.send(with(Request::post("/login"), headers), &form).await
    }

    /// Signs in, and returns the cookie as a browser sends it.
    async fn session(&self) -> String {
        let answer = self.log_in(TOKEN, &[("origin", &format!("http://{HOST}"))]).await;
        assert_eq!((answer.status, answer.header("location")), (StatusCode::SEE_OTHER, "/"));
        answer.cookies()[0].split(';').next().unwrap().to_owned()
    }

    /// Waits until the pages have seen so many entries.
    async fn seen(&self, entries: usize) {
        let begun = Instant::now();
        let counted = format!("tower_consent_log_entries_counted {entries}\n");
        while !self.metrics(TOKEN, "127.0.0.1").await.text.contains(&counted) {
            assert!(begun.elapsed() < Duration::from_secs(20), "the log was not read to {entries}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Waits until a page holds a text.
    async fn until(&self, path: &str, cookie: &str, text: &str) -> String {
        let begun = Instant::now();
        loop {
            let page = self.get(path, &[("cookie", cookie)]).await.text;
            if page.contains(text) {
                return page;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "{path} does not tell `{text}`:\n{page}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn with(mut request: http::request::Builder, headers: &[(&str, &str)]) -> http::request::Builder {
    request = request.header("host", HOST);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request
}

fn mark(page: &str) -> &str {
    page.split("name=\"mark\" value=\"").nth(1).expect("a form with a mark").split('"').next().unwrap()
}

fn assert_guarded(headers: &HeaderMap, path: &str) {
    let value = |name: &str| headers.get(name).map_or("", |value| value.to_str().unwrap());
    let csp = value("content-security-policy");
    assert!(csp.starts_with("default-src 'none'; style-src 'self'; form-action 'self'"), "{path}: {csp}");
    assert!(csp.contains("frame-ancestors 'none'") && !csp.contains("unsafe"), "{path}: {csp}");
    assert_eq!(value("cache-control"), "no-store", "{path}");
    assert_eq!((value("x-content-type-options"), value("x-frame-options")), ("nosniff", "DENY"), "{path}");
    assert_eq!(value("referrer-policy"), "same-origin", "{path}");
}

#[tokio::test]
async fn nobody_looks_without_the_token() {
    let dashboard = Dashboard::new();
    for &path in PAGES {
        let answer = dashboard.get(path, &[]).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}");
        assert!(answer.header("location").starts_with("/login?to="), "{path}");
        assert_guarded(&answer.headers, path);
        // Nor does a page that is none tell that it is none.
        assert_eq!(dashboard.get("/none", &[]).await.status, StatusCode::SEE_OTHER);
    }
    let metrics = dashboard.get("/metrics", &[]).await;
    assert_eq!(
        (metrics.status, metrics.header("www-authenticate")),
        (StatusCode::UNAUTHORIZED, "Bearer realm=\"tower-consent\"")
    );
    assert_guarded(&metrics.headers, "/metrics");
    // In an address a token is worth nothing: it would stand in logs and histories.
    let query = dashboard.get(&format!("/metrics?token={TOKEN}"), &[]).await;
    assert_eq!(query.status, StatusCode::UNAUTHORIZED);
    assert_eq!(dashboard.metrics(TOKEN, "127.0.0.1").await.status, StatusCode::OK);
    let post = dashboard.send(with(Request::post("/logout"), &[]), "").await;
    assert_eq!(post.status, StatusCode::UNAUTHORIZED);
    for path in ["/healthz", "/readyz"] {
        let answer = dashboard.get(path, &[]).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_guarded(&answer.headers, path);
    }
}

#[tokio::test]
async fn a_browser_signs_in_looks_and_signs_out() {
    let dashboard = Dashboard::new();
    let form = dashboard.get("/login?to=%2Fledger%3Fdays%3D7", &[]).await;
    assert_guarded(&form.headers, "/login");
    assert!(form.text.contains("name=\"to\" value=\"/ledger?days=7\""), "{}", form.text);
    assert!(form.text.contains("type=\"password\""));
    // A place that leads to another site is none.
    let elsewhere = dashboard.get("/login?to=%2F%2Fevil.example", &[]).await;
    assert!(elsewhere.text.contains("name=\"to\" value=\"/\""), "{}", elsewhere.text);

    let cookie = dashboard.session().await;
    assert!(!cookie.contains(TOKEN), "the token is not in the cookie");
    for &path in PAGES {
        let page = dashboard.get(path, &[("cookie", &cookie)]).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert_guarded(&page.headers, path);
        assert!(!page.text.contains("<script") && !page.text.contains("style="), "{path}");
        assert!(!page.text.contains(TOKEN), "{path}");
        let head = dashboard.send(with(Request::head(path), &[("cookie", &cookie)]), "").await;
        assert_eq!((head.status, head.text.as_str()), (StatusCode::OK, ""), "{path}");
    }
    assert_eq!(dashboard.get("/none", &[("cookie", &cookie)]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(dashboard.get("/metrics", &[("cookie", &cookie)]).await.status, StatusCode::OK);

    let page = dashboard.get("/", &[("cookie", &cookie)]).await.text;
    let origin = format!("http://{HOST}");
    let leave = |headers: Vec<(&'static str, String)>, mark: String| {
        let request = with(Request::post("/logout"), &[("cookie", &cookie)]);
        let request = headers.into_iter().fold(request, |request, (name, value)| request.header(name, value));
        dashboard.send(request, Box::leak(format!("mark={mark}").into_boxed_str()))
    };
    // From another site, without an origin, or without this session's mark nothing happens.
    for (headers, mark) in [
        (vec![("origin", "https://evil.example".to_owned())], mark(&page)),
        (vec![("origin", "null".to_owned())], mark(&page)),
        (vec![("sec-fetch-site", "cross-site".to_owned())], mark(&page)),
        (vec![], mark(&page)),
        (vec![("origin", origin.clone())], "AAAA"),
        (vec![("origin", origin.clone())], ""),
    ] {
        let refused = leave(headers.clone(), mark.to_owned()).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{headers:?} {mark}");
    }
    assert_eq!(dashboard.get("/", &[("cookie", &cookie)]).await.status, StatusCode::OK);
    let left = leave(vec![("origin", origin)], mark(&page).to_owned()).await;
    assert_eq!((left.status, left.header("location")), (StatusCode::SEE_OTHER, "/login"));
    assert!(left.cookies()[0].contains("Max-Age=0"));
    // The cookie a thief has copied before is worth nothing after it.
    assert_eq!(dashboard.get("/", &[("cookie", &cookie)]).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_session_ends_by_itself() {
    let dashboard = Dashboard::new();
    let cookie = dashboard.session().await;
    dashboard.clock.forward(10 * 3_600 - 1);
    assert_eq!(dashboard.get("/", &[("cookie", &cookie)]).await.status, StatusCode::OK);
    dashboard.clock.forward(1);
    assert_eq!(dashboard.get("/", &[("cookie", &cookie)]).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_login_form_of_another_site_is_refused() {
    let dashboard = Dashboard::new();
    for headers in [&[("origin", "https://evil.example")][..], &[("origin", "null")], &[]] {
        let answer = dashboard.log_in(TOKEN, headers).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{headers:?}");
        assert!(answer.cookies().is_empty(), "{headers:?}");
    }
    let long = "x".repeat(9_000);
    let answer = dashboard.log_in(&long, &[("origin", &format!("http://{HOST}"))]).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_guesser_waits_and_others_do_not() {
    let dashboard = Dashboard::new();
    for _ in 0..5 {
        assert_eq!(dashboard.metrics("a-wrong-token-here", "192.0.2.1").await.status, StatusCode::UNAUTHORIZED);
    }
    // The right token is not looked at either, or waiting would tell which one it is.
    for token in ["a-wrong-token-here", TOKEN] {
        let refused = dashboard.metrics(token, "192.0.2.1").await;
        assert_eq!((refused.status, refused.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "30"));
    }
    assert_eq!(dashboard.metrics(TOKEN, "192.0.2.2").await.status, StatusCode::OK);
    dashboard.clock.forward(30);
    assert_eq!(dashboard.metrics("a-wrong-token-here", "192.0.2.1").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(dashboard.metrics(TOKEN, "192.0.2.1").await.header("retry-after"), "60");
    dashboard.clock.forward(60);
    assert_eq!(dashboard.metrics(TOKEN, "192.0.2.1").await.status, StatusCode::OK);
    assert!(dashboard.metrics(TOKEN, "192.0.2.1").await.text.contains("tower_consent_admin_failures_total 6\n"));
}

#[tokio::test]
async fn guesses_in_the_form_count_as_well() {
    let dashboard = Dashboard::new();
    let origin = format!("http://{HOST}");
    let cookie = dashboard.session().await;
    for _ in 0..5 {
        let wrong = dashboard.log_in("a-wrong-token-here", &[("origin", &origin)]).await;
        assert_eq!(wrong.status, StatusCode::FORBIDDEN);
        assert!(wrong.text.contains("role=\"alert\"") && wrong.cookies().is_empty(), "{}", wrong.text);
    }
    let refused = dashboard.log_in(TOKEN, &[("origin", &origin), ("accept-language", "ru")]).await;
    assert_eq!((refused.status, refused.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "30"));
    assert!(refused.text.contains("Повторите через 30 секунд"), "{}", refused.text);
    assert!(refused.cookies().is_empty());
    assert_eq!(dashboard.get("/", &[("cookie", &cookie)]).await.status, StatusCode::OK, "who is in stays in");
}

#[tokio::test]
async fn many_sources_together_make_strangers_wait() {
    let dashboard = Dashboard::new();
    assert_eq!(dashboard.metrics(TOKEN, "192.0.2.1").await.status, StatusCode::OK);
    for number in 0..60 {
        dashboard.metrics("a-wrong-token-here", &format!("198.51.100.{number}")).await;
    }
    let stranger = dashboard.metrics(TOKEN, "203.0.113.9").await;
    assert_eq!((stranger.status, stranger.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "600"));
    assert_eq!(dashboard.metrics(TOKEN, "192.0.2.1").await.status, StatusCode::OK);
}

#[tokio::test]
async fn pages_and_metrics_tell_what_visitors_chose() {
    let dashboard = Dashboard::new();
    for choice in ["accept", "accept", "refuse"] {
        dashboard.site.choose(choice, "").await;
    }
    let cookie = dashboard.site.choose("accept", "").await;
    dashboard.site.post("/_consent/withdraw", "back=/", &cookie).await;
    let ru = format!("token={}&purpose=metrics&choice=save", dashboard.site.get("/_consent/", "").await.token());
    assert_eq!(dashboard.site.post("/_consent/choice", &ru, "").await.status, StatusCode::SEE_OTHER);
    dashboard.seen(dashboard.site.store.entries().len()).await;
    let metrics = dashboard.metrics(TOKEN, "127.0.0.1").await.text;
    for line in [
        "tower_consent_ready 1",
        "tower_consent_events_total{kind=\"accept\"} 3",
        "tower_consent_events_total{kind=\"refuse\"} 1",
        "tower_consent_events_total{kind=\"partial\"} 1",
        "tower_consent_events_total{kind=\"withdraw\"} 1",
        "tower_consent_purpose_choices_total{purpose=\"metrics\",choice=\"granted\"} 4",
        "tower_consent_recorder_degraded 0",
        "tower_consent_recorder_events_total 7",
    ] {
        assert!(metrics.contains(&format!("{line}\n")), "{line} is not in\n{metrics}");
    }
    let session = dashboard.session().await;
    let page = dashboard.get("/", &[("cookie", &session), ("accept-language", "en")]).await.text;
    for part in ["<html lang=\"en\">", "60%", "3 choices", "<svg", "<title id=\"days-title\">", "<code>metrics</code>"]
    {
        assert!(page.contains(part), "{part} is not in\n{page}");
    }
    let russian = dashboard.get("/?days=7", &[("cookie", &session), ("accept-language", "ru")]).await.text;
    for part in ["<html lang=\"ru\">", "60\u{a0}%", "3 решения", "Разрешили всё", "Доля разрешивших"]
    {
        assert!(russian.contains(part), "{part} is not in\n{russian}");
    }
    // The language can be asked for by name, and stays on the way through the pages.
    let english = dashboard.get("/?lang=en", &[("cookie", &session), ("accept-language", "ru")]).await.text;
    assert!(english.contains("<html lang=\"en\">") && english.contains("href=\"/ledger?lang=en\""), "{english}");
    // Nothing on any page leads to a visitor.
    let visitor = cookie.split('=').nth(1).unwrap().split('.').nth(1).unwrap().to_owned();
    for &path in PAGES {
        let page = dashboard.get(path, &[("cookie", &session)]).await.text;
        assert!(!page.contains(&visitor), "{path}");
    }
    assert!(!metrics.contains(&visitor));
}

#[tokio::test]
async fn a_log_that_cannot_be_written_is_told_everywhere() {
    let dashboard = Dashboard::new();
    let token = dashboard.site.get("/_consent/", "").await.token();
    dashboard.site.store.break_down(true);
    let form = format!("choice=accept&token={token}");
    assert_eq!(dashboard.site.post("/_consent/choice", &form, "").await.status, StatusCode::SERVICE_UNAVAILABLE);
    let ready = dashboard.get("/readyz", &[]).await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ready.text, "the log cannot be written since 2026-11-25T12:00:00Z\n");
    assert_eq!(dashboard.get("/healthz", &[]).await.status, StatusCode::OK, "the process itself is up");
    let metrics = dashboard.metrics(TOKEN, "127.0.0.1").await.text;
    for line in
        ["tower_consent_ready 0", "tower_consent_recorder_degraded 1", "tower_consent_recorder_failures_total 1"]
    {
        assert!(metrics.contains(&format!("{line}\n")), "{line} is not in\n{metrics}");
    }
    let session = dashboard.session().await;
    let page = dashboard.get("/health", &[("cookie", &session)]).await.text;
    assert!(page.contains("Log cannot be written") && page.contains("1 choice"), "{page}");
    dashboard.site.store.break_down(false);
    dashboard.site.choose("accept", "").await;
    assert_eq!(dashboard.get("/readyz", &[]).await.status, StatusCode::OK);
    dashboard.until("/health", &session, "Log could not be written").await;
}

#[tokio::test]
async fn what_is_undeclared_gets_a_block_and_what_is_withheld_is_counted() {
    let page = "<!DOCTYPE html><body><script src=https://mc.yandex.ru/metrika/tag.js></script>\
        <img src=https://cdn.unknown.example/1.png><script src=https://www.google-analytics.com/analytics.js></script>";
    let dashboard = Dashboard::of(Site::of(policy(), page, "text/html"));
    dashboard.site.get("/", "").await;
    let session = dashboard.session().await;
    let inventory = dashboard.until("/inventory", &session, "unknown.example").await;
    for part in [
        "[[service]]",
        "hosts = [&quot;cdn.unknown.example&quot;]",
        "catalogue = &quot;google-analytics&quot;",
        "FILL IN",
    ] {
        assert!(inventory.contains(part), "{part} is not in\n{inventory}");
    }
    let ledger = dashboard.get("/ledger", &[("cookie", &session)]).await.text;
    assert!(ledger.contains("<code>yandex-metrika</code>"), "{ledger}");
    let overview = dashboard.get("/", &[("cookie", &session)]).await.text;
    assert!(overview.contains("hosts and cookies are declared by no service"), "{overview}");
    let metrics = dashboard.metrics(TOKEN, "127.0.0.1").await.text;
    assert!(metrics.contains("tower_consent_undeclared{kind=\"host\"} 2\n"), "{metrics}");
    assert!(metrics.contains("tower_consent_withheld_total{service=\"yandex-metrika\"} 1\n"), "{metrics}");
    // Everything on it is text, whatever a page was made to name.
    assert!(!inventory.contains("<script"), "{inventory}");
}

#[tokio::test]
async fn requests_come_with_their_due_day_and_without_the_person() {
    let dashboard = Dashboard::new();
    let cookie = dashboard.site.choose("accept", "").await;
    let token = dashboard.site.get("/_consent/", &cookie).await.token();
    let form = format!("request=access&contact=anna%40mail.example&message=all-of-it&token={token}");
    let asked = dashboard.site.post("/_consent/requests", &form, &cookie).await;
    assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.text);
    let session = dashboard.session().await;
    let page = dashboard.until("/requests", &session, "what is kept").await;
    assert!(page.contains("days left") && !page.contains("anna") && !page.contains("all-of-it"), "{page}");
    assert!(dashboard.metrics(TOKEN, "127.0.0.1").await.text.contains("tower_consent_requests_open 1\n"));
    dashboard.clock.forward(60 * 86_400);
    let late = dashboard.metrics(TOKEN, "127.0.0.1").await.text;
    assert!(late.contains("tower_consent_requests_overdue 1\n"), "{late}");
}

#[tokio::test]
async fn versions_of_the_policy_tell_who_is_asked_again() {
    let dashboard = Dashboard::new();
    let mut files = policy().files().clone();
    let text = files["policy.toml"].replace("retention = \"365 days\"", "retention = \"730 days\"");
    files.insert("policy.toml".to_owned(), text);
    let handle = dashboard.site.handle();
    let new = Policy::check(files).0.unwrap();
    let version = new.version()[..16].to_owned();
    tokio::task::spawn_blocking(move || handle.publish(new)).await.unwrap().unwrap();
    let session = dashboard.session().await;
    let page = dashboard.until("/policy", &session, "Asked again: metrics").await;
    for part in ["<del>365 days</del>", "<ins>730 days</ins>", "in force", &version] {
        assert!(page.contains(part), "{part} is not in\n{page}");
    }
    assert!(dashboard.metrics(TOKEN, "127.0.0.1").await.text.contains("tower_consent_policy_versions 2\n"));
}

#[cfg(feature = "export")]
#[tokio::test]
async fn an_export_is_an_event_and_a_file_that_can_be_checked() {
    use tower_consent::export::verify;

    let dashboard = Dashboard::new();
    dashboard.site.choose("accept", "").await;
    let cookie = dashboard.session().await;
    let page = dashboard.get("/export", &[("cookie", &cookie)]).await.text;
    let form = format!("level=regulator&format=zip&from=&to=&mark={}", mark(&page));
    let origin = format!("http://{HOST}");
    let send = |form: String, origin: String| {
        let request = with(Request::post("/export"), &[("cookie", &cookie), ("origin", &origin)]);
        let request = request.body(Full::new(Bytes::from(form))).unwrap();
        dashboard.admin.clone().oneshot(request)
    };
    let refused = send(form.clone(), "https://evil.example".to_owned()).await.unwrap();
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert_eq!(dashboard.site.store.kinds(), ["accept"], "what is refused is no event");
    let answer = send(form, origin.clone()).await.unwrap();
    assert_eq!(
        (answer.status(), &answer.headers()["content-type"]),
        (StatusCode::OK, &"application/zip".parse().unwrap())
    );
    let name = answer.headers()["content-disposition"].to_str().unwrap();
    assert_eq!(name, "attachment; filename=\"consent-regulator-2026-11-25.zip\"");
    assert_guarded(answer.headers(), "/export");
    let archive = answer.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(dashboard.site.store.kinds(), ["accept", "export"]);
    let verified = verify(std::io::Cursor::new(archive), &[]).unwrap();
    // Without a key that is known to be right it is compared with itself, and says so.
    assert!(verified.findings.iter().all(|finding| finding.place == "keys"), "{:?}", verified.findings);
    dashboard.until("/export", &cookie, "<code>zip</code>").await;
    // A wrong form is told on the page, and is no event.
    let wrong = format!("level=regulator&format=zip&from=2026-11-02&to=2026-11-01&mark={}", mark(&page));
    let wrong = send(wrong, origin).await.unwrap();
    assert_eq!(wrong.status(), StatusCode::BAD_REQUEST);
    assert_eq!(dashboard.site.store.kinds().len(), 2);
    // While the log cannot be written, nothing leaves the house.
    dashboard.site.store.break_down(true);
    let bearer = with(Request::post("/export"), &[("authorization", &format!("Bearer {TOKEN}"))]);
    let answer = dashboard.send(bearer, "level=regulator&format=csv").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(answer.text.contains("nothing was exported"), "{}", answer.text);
}

#[tokio::test]
async fn the_style_is_for_everyone_and_for_long() {
    let dashboard = Dashboard::new();
    let form = dashboard.get("/login", &[]).await.text;
    let path = form.split("href=\"/assets/").nth(1).unwrap().split('"').next().unwrap();
    let style = dashboard.get(&format!("/assets/{path}"), &[]).await;
    assert_eq!((style.status, style.header("content-type")), (StatusCode::OK, "text/css; charset=utf-8"));
    assert!(style.header("cache-control").contains("immutable"));
    assert!(!style.text.contains("url(") && !style.text.contains("@import"), "it loads nothing");
}

#[tokio::test]
async fn methods_that_are_none_are_refused() {
    let dashboard = Dashboard::new();
    let bearer = format!("Bearer {TOKEN}");
    for (method, path) in
        [("PUT", "/"), ("DELETE", "/ledger"), ("POST", "/metrics"), ("POST", "/"), ("POST", "/healthz")]
    {
        let request = with(Request::builder().method(method).uri(path), &[("authorization", &bearer)]);
        let answer = dashboard.send(request, "").await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
        assert!(answer.headers.contains_key(header::ALLOW), "{method} {path}");
    }
}
