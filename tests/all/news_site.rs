//! What the tests share: the seed site's policy, a page with real counters, a plain tower service, a client.

use std::{collections::BTreeMap, convert::Infallible, sync::Arc};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_consent::{
    ConsentLayer, Decision, Policy,
    audit::{Entry, Head},
    layer::PolicyHandle,
    signal::VisitorId,
    store::{Answer, ConsentStore, Erasure, Error, ErrorKind, Memory},
};

pub(crate) const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site");

pub(crate) fn policy() -> Policy {
    Policy::load(FOLDER).unwrap()
}

/// A page with one counter of each purpose.
pub(crate) const PAGE: &str = "<!DOCTYPE html><html><head><meta charset=utf-8></head><body><p>news</p>\
    <script async src=https://mc.yandex.ru/metrika/tag.js></script>\
    <script src=https://smi2.ru/data/js/1.js></script></body></html>";

pub(crate) const METRICS: &str = "<script async src=https://mc.yandex.ru/metrika/tag.js>";
pub(crate) const RECOMMENDATIONS: &str = "<script src=https://smi2.ru/data/js/1.js>";

/// A store that a test can look into while the layer writes to it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shared(
    Arc<Memory>,
    Arc<std::sync::atomic::AtomicBool>,
    Arc<std::sync::atomic::AtomicBool>,
    Arc<std::sync::atomic::AtomicU64>,
);

impl Shared {
    pub(crate) fn entries(&self) -> Vec<BTreeMap<String, serde_json::Value>> {
        let entries = pollster::block_on(self.0.read(0..u64::MAX)).unwrap();
        entries.iter().map(|entry| entry.fields().unwrap()).collect()
    }

    /// Makes every append fail from now on, or work again.
    pub(crate) fn break_down(&self, broken: bool) {
        self.1.store(broken, std::sync::atomic::Ordering::SeqCst);
    }

    /// Makes every append say that it failed from now on, though it is written, or tell the truth again.
    pub(crate) fn deny(&self, denies: bool) {
        self.2.store(denies, std::sync::atomic::Ordering::SeqCst);
    }

    /// Makes every look at what a visitor has block its thread for so many milliseconds from now on, as a slow disk does.
    pub(crate) fn slow_down(&self, milliseconds: u64) {
        self.3.store(milliseconds, std::sync::atomic::Ordering::SeqCst);
    }

    /// Kinds of all events of visitors.
    pub(crate) fn kinds(&self) -> Vec<String> {
        let kinds = self.entries().into_iter().map(|fields| fields["kind"].as_str().unwrap().to_owned());
        kinds.filter(|kind| !["log-opened", "log-degraded", "policy-published"].contains(&kind.as_str())).collect()
    }
}

impl ConsentStore for Shared {
    fn head(&self) -> Answer<'_, Head> {
        self.0.head()
    }
    fn append(&self, expected: Head, entries: Vec<Entry>, next: Head) -> Answer<'_, ()> {
        if self.1.load(std::sync::atomic::Ordering::SeqCst) {
            let error = Error::new(ErrorKind::Unavailable, "no space");
            return Box::pin(std::future::ready(Err(error)));
        }
        let denies = self.2.load(std::sync::atomic::Ordering::SeqCst);
        Box::pin(async move {
            self.0.append(expected, entries, next).await?;
            if denies { Err(Error::new(ErrorKind::Unavailable, "the disk did not answer")) } else { Ok(()) }
        })
    }
    fn read(&self, range: std::ops::Range<u64>) -> Answer<'_, Vec<Entry>> {
        self.0.read(range)
    }
    fn by_visitor(&self, visitor: VisitorId) -> Answer<'_, Vec<u64>> {
        std::thread::sleep(std::time::Duration::from_millis(self.3.load(std::sync::atomic::Ordering::SeqCst)));
        self.0.by_visitor(visitor)
    }
    fn erase(&self, erasure: Erasure) -> Answer<'_, u64> {
        self.0.erase(erasure)
    }
    fn documents(&self) -> Answer<'_, Vec<String>> {
        self.0.documents()
    }
    fn secrets(&self, prefix: String) -> Answer<'_, Vec<(String, [u8; 32])>> {
        self.0.secrets(prefix)
    }
    fn put_document(&self, hash: String, bytes: Vec<u8>) -> Answer<'_, ()> {
        self.0.put_document(hash, bytes)
    }
    fn document(&self, hash: String) -> Answer<'_, Option<Vec<u8>>> {
        self.0.document(hash)
    }
    fn secret(&self, name: String, proposal: [u8; 32]) -> Answer<'_, [u8; 32]> {
        self.0.secret(name, proposal)
    }
    fn put_note(&self, name: String, bytes: Vec<u8>) -> Answer<'_, ()> {
        self.0.put_note(name, bytes)
    }
    fn note(&self, name: String) -> Answer<'_, Option<Vec<u8>>> {
        self.0.note(name)
    }
    fn notes(&self, prefix: String) -> Answer<'_, Vec<(String, Vec<u8>)>> {
        self.0.notes(prefix)
    }
}

/// Begins to send a form of the banner or the centre, as a browser does.
pub(crate) fn form_request(path: &str, cookie: &str) -> http::request::Builder {
    Request::post(path)
        .header("host", "news.example")
        .header("origin", "https://news.example")
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("cookie", cookie)
}

/// The answer of a site, read whole.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: StatusCode,
    pub(crate) headers: http::HeaderMap,
    pub(crate) text: String,
}

impl Answered {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn cookies(&self) -> Vec<String> {
        self.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap().to_owned()).collect()
    }

    /// The choice cookie it sets, as a browser would send it back.
    pub(crate) fn choice(&self) -> String {
        let cookies = self.cookies();
        let cookie = cookies.iter().find(|cookie| cookie.contains("tower-consent=")).expect("a choice cookie");
        cookie.split(';').next().unwrap().to_owned()
    }

    /// The token of the form on the page.
    pub(crate) fn token(&self) -> String {
        let start = self.text.split("name=\"token\" value=\"").nth(1).expect("a form with a token");
        start.split('"').next().unwrap().to_owned()
    }
}

/// A site on plain tower, in memory.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    layer: ConsentLayer,
    pub(crate) store: Shared,
    page: Bytes,
    kind: &'static str,
}

impl Site {
    pub(crate) fn new() -> Self {
        Self::of(policy(), PAGE, "text/html; charset=utf-8")
    }

    pub(crate) fn of(policy: Policy, page: impl Into<Bytes>, kind: &'static str) -> Self {
        let store = Shared::default();
        let layer = ConsentLayer::new(policy, store.clone()).unwrap();
        Self { layer, store, page: page.into(), kind }
    }

    pub(crate) fn with(mut self, change: impl FnOnce(ConsentLayer) -> ConsentLayer) -> Self {
        self.layer = change(self.layer);
        self
    }

    pub(crate) fn layer(&self) -> &ConsentLayer {
        &self.layer
    }

    pub(crate) fn handle(&self) -> PolicyHandle {
        self.layer.handle()
    }

    pub(crate) async fn ask(&self, request: Request<String>) -> Answered {
        let (page, kind) = (self.page.clone(), self.kind);
        let inner = service_fn(move |request: Request<Full<Bytes>>| {
            let page = page.clone();
            async move {
                let decision = request.extensions().get::<Decision>().expect("the layer puts it there");
                let response = Response::builder()
                    .header("content-type", kind)
                    .header("etag", "\"1\"")
                    .header("content-length", page.len())
                    .header("set-cookie", "session=1; Path=/")
                    .header("set-cookie", "reading_history=1; Path=/")
                    .header("x-allowed", decision.granted().map(ToString::to_string).collect::<Vec<_>>().join(","));
                Ok::<_, Infallible>(response.body(Full::new(page)).unwrap())
            }
        });
        let mut service = self.layer.layer(inner);
        let request = request.map(|body| Full::new(Bytes::from(body)));
        let response = service.ready().await.unwrap().call(request).await.unwrap();
        let (head, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answered { status: head.status, headers: head.headers, text }
    }

    pub(crate) async fn get(&self, path: &str, cookie: &str) -> Answered {
        let request = Request::get(path).header("host", "news.example").header("cookie", cookie);
        self.ask(request.body(String::new()).unwrap()).await
    }

    /// Sends the form of the banner or the centre.
    pub(crate) async fn post(&self, path: &str, form: &str, cookie: &str) -> Answered {
        self.ask(form_request(path, cookie).body(form.to_owned()).unwrap()).await
    }

    /// Loads a page and presses one of the banner's buttons; returns the choice cookie.
    pub(crate) async fn choose(&self, choice: &str, cookie: &str) -> String {
        let token = self.get("/_consent/", cookie).await.token();
        let form = format!("choice={choice}&token={token}&back=/a");
        let answer = self.post("/_consent/choice", &form, cookie).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
        answer.choice()
    }
}
