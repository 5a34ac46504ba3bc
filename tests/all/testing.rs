//! The client for users' own tests: it does what a visitor does, and its assertions fail where they must.

use std::{convert::Infallible, future::Future, panic::AssertUnwindSafe};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{Either, Full};
use time::{Duration, OffsetDateTime};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_consent::{
    ConsentLayer, Policy,
    clock::Clock,
    store::Memory,
    testing::{Client, Page},
};

use super::news_site::{PAGE, policy};

type Answer = Result<Response<Full<Bytes>>, Infallible>;

/// What a test site answers: a page, a cookie of recommendations, and a way that leads to the page.
async fn answer(page: &'static str, request: Request<String>) -> Answer {
    let response = Response::builder().header("content-type", "text/html; charset=utf-8");
    let response = match request.uri().path() {
        "/old" => response.status(StatusCode::FOUND).header("location", "/a").body(Full::default()),
        "/set" => response.header("set-cookie", "reading_history=1; Path=/; Max-Age=600").body(Full::from(page)),
        _ => response.body(Full::from(page)),
    };
    Ok(response.unwrap())
}

fn visitor_of(
    page: &'static str,
    policy: Policy,
    change: impl FnOnce(ConsentLayer) -> ConsentLayer,
) -> Client<
    impl Service<
        Request<String>,
        Response = Response<impl http_body::Body<Data = Bytes, Error: std::fmt::Display>>,
        Error = Infallible,
    >,
> {
    let layer = change(ConsentLayer::new(policy.clone(), Memory::default()).unwrap());
    Client::new(layer.layer(service_fn(move |request| answer(page, request))), &policy)
}

/// The words an assertion fails with.
fn words(failed: Box<dyn std::any::Any + Send>) -> String {
    failed.downcast_ref::<String>().cloned().unwrap_or_else(|| (*failed.downcast_ref::<&str>().unwrap()).to_owned())
}

fn failure(assertion: impl FnOnce()) -> String {
    words(std::panic::catch_unwind(AssertUnwindSafe(assertion)).expect_err("the assertion must fail"))
}

async fn failure_of(assertion: impl Future<Output = ()>) -> String {
    let mut assertion = Box::pin(assertion);
    let polled = std::future::poll_fn(|context| {
        match std::panic::catch_unwind(AssertUnwindSafe(|| assertion.as_mut().poll(context))) {
            Ok(std::task::Poll::Pending) => std::task::Poll::Pending,
            Ok(std::task::Poll::Ready(())) => std::task::Poll::Ready(None),
            Err(failed) => std::task::Poll::Ready(Some(words(failed))),
        }
    });
    polled.await.expect("the assertion must fail")
}

#[tokio::test]
async fn a_visitor_chooses_changes_his_mind_and_takes_it_back() {
    let mut visitor = visitor_of(PAGE, policy(), |layer| layer);
    let page = visitor.visit("/old").await;
    assert_eq!((page.address().as_str(), page.status()), ("https://news.example/a", StatusCode::OK));
    assert!(page.has_banner());
    page.assert_nothing_refused();
    page.assert_nothing_from("yandex.ru");
    assert_eq!(visitor.logged().await, []);

    let page = visitor.choose(&page, ["metrics"]).await;
    assert_eq!(page.address().path(), "/a");
    assert!(!page.has_banner());
    page.assert_nothing_refused();
    page.assert_loads_from("mc.yandex.ru");
    page.assert_nothing_from("smi2.ru");
    visitor.assert_logged("partial", [("metrics", true), ("recommendations", false)]).await;

    let centre = visitor.visit_centre().await;
    let page = visitor.accept_all(&centre).await;
    assert_eq!(page.address().path(), "/_consent/");
    visitor.visit("/a").await.assert_loads_from("smi2.ru");
    let centre = visitor.visit_centre().await;
    visitor.refuse_all(&centre).await;
    visitor.visit("/a").await.assert_nothing_from("smi2.ru");
    let centre = visitor.visit_centre().await;
    visitor.choose(&centre, ["metrics", "recommendations"]).await;
    visitor.withdraw().await;
    let page = visitor.visit("/a").await;
    page.assert_nothing_refused();
    page.assert_nothing_from("mc.yandex.ru");
    visitor.assert_logged("withdraw", [("metrics", false), ("recommendations", false)]).await;
    let kinds: Vec<String> = visitor.logged().await.into_iter().map(|logged| logged.kind).collect();
    assert_eq!(kinds.len(), 5, "{kinds:?}");

    let error = failure_of(visitor.assert_logged("accept", [("metrics", true)])).await;
    assert!(error.starts_with("the newest event of this visitor is `withdraw` with"), "{error}");
    let error = failure(|| page.assert_loads_from("smi2.ru"));
    assert!(error.starts_with("https://news.example/a loads nothing from `smi2.ru`"), "{error}");
}

/// Each way a page can include something of a refused service, and what the message calls it.
const WAYS: [(&str, &str); 10] = [
    ("<script src=https://mc.yandex.ru/metrika/tag.js></script>", "script https://mc.yandex.ru/metrika/tag.js"),
    (
        "<body><noscript><img src=https://mc.yandex.ru/watch/1></noscript>",
        "noscript-image https://mc.yandex.ru/watch/1",
    ),
    ("<script>var s='https://mc.yandex.ru/metrika/tag.js';ym(1)</script>", "inline-loader var s='https://mc.yandex.ru"),
    ("<img src=/own.png onclick=\"load('https://mc.yandex.ru/metrika/tag.js')\">", "inline-loader load("),
    ("<link rel=preconnect href=https://mc.yandex.ru>", "hint https://mc.yandex.ru/"),
    ("<iframe src=https://smi2.ru/w></iframe>", "frame https://smi2.ru/w"),
    ("<iframe srcdoc='&lt;script src=https://smi2.ru/x>&lt;/script>'></iframe>", "script https://smi2.ru/x"),
    ("<style>a{background:url(https://smi2.ru/x.png)}</style>", "style https://smi2.ru/x.png"),
    ("<svg><image href=https://smi2.ru/x /></svg>", "image https://smi2.ru/x"),
    ("<template><script src=https://smi2.ru/x></script></template>", "script https://smi2.ru/x"),
];

/// A site whose pages go past the gate, which no test of its owner would see by a status.
async fn leaking(page: &'static str, path: &str) -> Page {
    let layer = ConsentLayer::new(policy(), Memory::default()).unwrap();
    let service = service_fn(move |request: Request<String>| {
        let gated = layer.layer(service_fn(move |request| answer(page, request)));
        async move {
            if request.uri().path().starts_with("/_consent/") {
                Ok::<_, Infallible>(gated.oneshot(request).await?.map(Either::Left))
            } else {
                Ok(answer(page, request).await?.map(Either::Right))
            }
        }
    });
    Client::new(service, &policy()).visit(path).await
}

#[tokio::test]
async fn what_leaks_is_named_and_what_is_withheld_is_not() {
    for (page, named) in WAYS {
        let error = {
            let page = leaking(page, "/a").await;
            failure(|| page.assert_nothing_refused())
        };
        assert!(error.starts_with("https://news.example/a holds what the visitor has not allowed:\n  `"), "{error}");
        assert!(error.contains(named) && error.contains("` is not allowed): "), "{page}: {error}");
        let host = if page.contains("smi2") { "smi2.ru" } else { "yandex.ru" };
        let leaked = leaking(page, "/a").await;
        assert!(failure(|| leaked.assert_nothing_from(host)).contains(named), "{page}");

        let mut visitor = visitor_of(page, policy(), |layer| layer);
        let gated = visitor.visit("/a").await;
        gated.assert_nothing_refused();
        gated.assert_nothing_from(host);
        let page = visitor.accept_all(&gated).await;
        page.assert_nothing_refused();
        page.assert_loads_from(host);
    }
    let error = failure_of(async { leaking("<p>", "/set").await.assert_nothing_refused() }).await;
    assert!(error.contains("(`recommendations` is not allowed): cookie reading_history"), "{error}");
}

#[tokio::test]
async fn signals_of_the_site_itself_are_no_leak() {
    let mut files = policy().files().clone();
    let text = files.get_mut("policy.toml").unwrap();
    text.push_str("\n[signals]\nconsent-mode = \"basic\"\n");
    let policy = Policy::check(files).0.unwrap();
    let page = visitor_of(PAGE, policy, |layer| layer).visit("/").await;
    assert!(page.text().contains("gtag('consent','default'"), "{}", page.text());
    page.assert_nothing_refused();
}

#[tokio::test]
async fn cookies_of_what_was_taken_back_go() {
    let mut visitor = visitor_of(PAGE, policy(), |layer| layer);
    let page = visitor.visit("/a").await;
    visitor.accept_all(&page).await;
    visitor.visit("/set").await;
    visitor.take_cookie("_ym_uid=1; Path=/; Max-Age=31536000");
    assert_eq!(visitor.cookies(), ["__Host-tower-consent", "reading_history", "_ym_uid"]);
    visitor.assert_no_refused_cookies().await;
    visitor.withdraw().await;
    visitor.take_cookie("_ym_uid=2; Path=/");
    let error = failure_of(visitor.assert_no_refused_cookies()).await;
    assert!(error.contains("`yandex-metrika` (`metrics` is not allowed): cookie _ym_uid"), "{error}");
    visitor.visit("/a").await;
    visitor.assert_no_refused_cookies().await;
    assert_eq!(visitor.cookies(), ["__Host-tower-consent"]);
}

/// A clock that a test moves.
#[derive(Clone, Debug, Default)]
struct Hands(std::sync::Arc<std::sync::atomic::AtomicI64>);

impl Clock for Hands {
    fn now(&self) -> OffsetDateTime {
        let days = self.0.load(std::sync::atomic::Ordering::SeqCst);
        OffsetDateTime::from_unix_timestamp(1_764_000_000).unwrap() + Duration::days(days)
    }
}

#[tokio::test]
async fn time_passes_for_the_site_and_the_visitor() {
    let hands = Hands::default();
    let mut visitor = visitor_of(PAGE, policy(), |layer| layer.with_clock(hands.clone())).with_clock(hands.clone());
    let page = visitor.visit("/").await;
    visitor.accept_all(&page).await;
    for (day, asked) in [(179, false), (181, true)] {
        hands.0.store(day, std::sync::atomic::Ordering::SeqCst);
        assert_eq!(visitor.visit("/").await.has_banner(), asked, "day {day}");
        assert_eq!(visitor.cookies().is_empty(), asked, "day {day}");
    }
}

#[tokio::test]
async fn what_is_missing_is_told() {
    let mut bare = Client::new(service_fn(|request| answer(PAGE, request)), &policy());
    let error = failure_of(async { drop(bare.visit("/").await) }).await;
    assert!(error.contains("is a `ConsentLayer` around the whole service"), "{error}");

    let mut visitor = visitor_of(PAGE, policy(), |layer| layer);
    let page = visitor.visit("/").await;
    let error = failure_of(async { drop(visitor.choose(&page, ["metricks"]).await) }).await;
    assert!(error.contains("no switch for `metricks`; it has: metrics, recommendations"), "{error}");
    let page = visitor.refuse_all(&page).await;
    let error = failure_of(async { drop(visitor.refuse_all(&page).await) }).await;
    assert!(error.starts_with("nothing can be chosen on https://news.example/ (200 OK)"), "{error}");

    // A site that cannot record takes no choice.
    let why = tower_consent::store::Error::new(tower_consent::store::ErrorKind::Corrupt, "damaged");
    let layer = ConsentLayer::degraded(policy(), &why).unwrap();
    let mut visitor = Client::new(layer.layer(service_fn(|request| answer(PAGE, request))), &policy());
    let page = visitor.visit("/").await;
    let error = failure_of(async { drop(visitor.accept_all(&page).await) }).await;
    assert!(error.starts_with("the choice was not taken: /_consent/choice answered 503"), "{error}");
}
