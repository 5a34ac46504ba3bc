//! The seed site on plain tower, in memory, asked without a runtime.
//!
//! In: a request, what the inner service answers. Out: the answer, whole. The store is thrown away with the site.

#![allow(dead_code)] // no target asks everything

use std::convert::Infallible;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use tower::{Layer, ServiceExt, service_fn};
use tower_consent::{ConsentLayer, Decision, Policy, store::Memory};

pub struct Site(pub ConsentLayer);

pub struct Answered {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
    /// Purposes the inner service was told are granted; none where it was not asked.
    pub granted: Vec<String>,
}

impl Site {
    pub fn new() -> Self {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../policies/news-site");
        let policy = Policy::load(folder).expect("the seed policy is good");
        Self(ConsentLayer::new(policy, Memory::default()).expect("memory can be read"))
    }

    pub fn ask(&self, request: Request<Bytes>, inner: &HeaderMap) -> Answered {
        let granted = std::sync::Mutex::new(Vec::new());
        let service = service_fn(|request: Request<Full<Bytes>>| {
            let decision = request.extensions().get::<Decision>().expect("the layer puts it there");
            *granted.lock().expect("one thread") = decision.granted().map(ToString::to_string).collect();
            let mut response = Response::new(Full::new(Bytes::from_static(b"<!DOCTYPE html><p>news")));
            response.headers_mut().insert("content-type", "text/html".parse().expect("a header"));
            response.headers_mut().extend(inner.clone());
            std::future::ready(Ok::<_, Infallible>(response))
        });
        let answer = pollster::block_on(async {
            let response =
                self.0.layer(service).oneshot(request.map(Full::new)).await.unwrap_or_else(|never| match never {});
            let (head, body) = response.into_parts();
            (head, body.collect().await.map(|body| body.to_bytes()).unwrap_or_default())
        });
        let (head, body) = answer;
        let granted = granted.into_inner().expect("one thread");
        Answered {
            status: head.status.as_u16(),
            headers: head.headers,
            body: String::from_utf8_lossy(&body).into_owned(),
            granted,
        }
    }

    /// Returns what a visitor with this cookie gets of a page; none where the gate ended it.
    pub fn page(&self, page: &[u8], cookie: Option<&str>) -> Option<Bytes> {
        let page = Bytes::copy_from_slice(page);
        let service = service_fn(move |_: Request<Full<Bytes>>| {
            let mut response = Response::new(Full::new(page.clone()));
            let kind = http::HeaderValue::from_static("text/html; charset=utf-8");
            response.headers_mut().insert("content-type", kind);
            std::future::ready(Ok::<_, Infallible>(response))
        });
        let mut request = Request::get("/").header("host", "news.example");
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        let request = request.body(Full::default()).expect("a request");
        pollster::block_on(async {
            let response = self.0.layer(service).oneshot(request).await.unwrap_or_else(|never| match never {});
            response.into_body().collect().await.ok().map(|body| body.to_bytes())
        })
    }

    /// Makes one of the choices of the banner as a new visitor; returns the cookie that remembers it.
    pub fn choose(&self, choice: &str) -> String {
        let body = format!("choice={choice}&token={}", self.token());
        let answer = self.post("/_consent/choice", body.into(), "application/x-www-form-urlencoded");
        let mut set = answer.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
        let cookie = set.find(|cookie| cookie.contains("tower-consent=")).expect("a choice sets the cookie");
        cookie.split(';').next().expect("a cookie has a value").to_owned()
    }

    /// Asks for the front page as a new visitor; returns the token of its form.
    pub fn token(&self) -> String {
        let request = Request::get("/").header("host", "news.example").body(Bytes::new()).expect("a request");
        let page = self.ask(request, &HeaderMap::new()).body;
        let token = page.split("name=\"token\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
        token.expect("the page has a form").to_owned()
    }

    /// Sends a form as a browser does.
    pub fn post(&self, path: &str, body: Bytes, kind: &str) -> Answered {
        let request = Request::post(path)
            .header("host", "news.example")
            .header("origin", "https://news.example")
            .header("content-type", kind);
        match request.body(body) {
            Ok(request) => self.ask(request, &HeaderMap::new()),
            Err(_) => Answered { status: 400, headers: HeaderMap::new(), body: String::new(), granted: Vec::new() },
        }
    }
}
