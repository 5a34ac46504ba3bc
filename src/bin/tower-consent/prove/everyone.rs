//! Whether a page is the same for everyone: it is asked for through the whole layer by visitors in every state.
//!
//! In: a policy, pages. Out: the visitors whose page, or its head, is another than that of who has not chosen. Choices are made as
//! a browser makes them; the log of it is in memory.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use tower_consent::{ConsentLayer, Policy, store::Memory};
use tower_layer::Layer;
use tower_service::Service;

type Headers = Vec<(&'static str, String)>;

/// Visitors in every state, by the headers their browsers send.
#[derive(Debug)]
pub(super) struct Visitors {
    layer: ConsentLayer,
    all: Vec<(String, Headers)>,
}

/// Serves one stored page.
#[derive(Clone)]
struct Stored(Bytes);

impl Service<Request<String>> for Stored {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<String>) -> Self::Future {
        let mut response = Response::new(Full::new(self.0.clone()));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("text/html"));
        headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("public, max-age=600"));
        headers.insert(header::ETAG, header::HeaderValue::from_static("\"stored\""));
        ready(Ok(response))
    }
}

impl Visitors {
    /// Makes the choices of all visitors.
    ///
    /// # Errors
    ///
    /// When the layer does not take one.
    pub(super) fn new(policy: &Policy) -> Result<Self, Box<dyn std::error::Error>> {
        let layer = ConsentLayer::new(policy.clone(), Memory::default())?;
        let mut all = vec![
            ("undecided".to_owned(), Headers::new()),
            ("undecided, Sec-GPC".to_owned(), vec![("sec-gpc", "1".to_owned())]),
            ("undecided, a forged choice".to_owned(), vec![("cookie", format!("{}=1.x", policy.cookie_name()))]),
            ("undecided, another language".to_owned(), vec![("accept-language", "en, fr;q=0.5".to_owned())]),
            ("undecided, in a frame".to_owned(), vec![("sec-fetch-dest", "iframe".to_owned())]),
        ];
        let asked: Vec<&str> = policy.asked().map(|purpose| purpose.id.as_str()).collect();
        for state in 0..1u32 << asked.len() {
            let said = asked.iter().enumerate().map(|(bit, id)| ((*id).to_owned(), Value::from(state & 1 << bit != 0)));
            let said: serde_json::Map<String, Value> = said.collect();
            let allowed: Vec<&str> =
                said.iter().filter(|(_, granted)| granted.as_bool() == Some(true)).map(|(id, _)| id.as_str()).collect();
            let name = if allowed.is_empty() { "none".to_owned() } else { allowed.join("+") };
            let cookie = choose(&layer, &said)?;
            all.push((name, vec![("cookie", cookie)]));
        }
        Ok(Self { layer, all })
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// Names the visitors who get another page than the first, and where it begins to be another.
    pub(super) fn differing(&self, page: &[u8]) -> Vec<(String, String)> {
        let page = Bytes::copy_from_slice(page);
        let got = |headers: &Headers| {
            let mut request = Request::get("/a/page").header("accept", "text/html");
            for (name, value) in headers {
                request = request.header(*name, value);
            }
            ask(&self.layer, page.clone(), request)
        };
        let mut visitors = self.all.iter();
        let Some(first) = visitors.next().map(|(_, headers)| got(headers)) else { return Vec::new() };
        visitors.filter_map(|(name, headers)| Some((name.clone(), difference(&first, &got(headers))?))).collect()
    }
}

type Got = Result<(StatusCode, HeaderMap, Bytes), String>;

fn ask(layer: &ConsentLayer, page: Bytes, request: http::request::Builder) -> Got {
    send(layer, page, request, String::new())
}

fn send(layer: &ConsentLayer, page: Bytes, request: http::request::Builder, body: String) -> Got {
    let request = request.body(body).map_err(|error| error.to_string())?;
    let mut service = layer.layer(Stored(page));
    let response = pollster::block_on(service.call(request)).unwrap_or_else(|never| match never {});
    let (head, body) = response.into_parts();
    let bytes = pollster::block_on(body.collect()).map_err(|error| error.to_string())?.to_bytes();
    Ok((head.status, head.headers, bytes))
}

/// Returns the cookie of a choice made with the form of the privacy centre.
fn choose(layer: &ConsentLayer, said: &serde_json::Map<String, Value>) -> Result<String, String> {
    let (_, _, centre) = ask(layer, Bytes::new(), Request::get("/_consent/"))?;
    let centre = String::from_utf8_lossy(&centre);
    let token = centre.split("name=\"token\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let body = json!({ "purposes": said, "token": token.unwrap_or_default() }).to_string();
    let request = Request::post("/_consent/choice")
        .header("content-type", "application/json")
        .header("sec-fetch-site", "same-origin");
    let (status, headers, answer) = send(layer, Bytes::new(), request, body)?;
    let cookie = headers.get(header::SET_COOKIE).and_then(|line| line.to_str().ok()?.split(';').next());
    match cookie {
        Some(cookie) if status == StatusCode::OK => Ok(cookie.to_owned()),
        _ => Err(format!("a choice was not taken ({status}): {}", String::from_utf8_lossy(&answer))),
    }
}

/// Says where two answers begin to be different.
fn difference(one: &Got, other: &Got) -> Option<String> {
    const TOLD: usize = 80;
    match (one, other) {
        (Ok(one), Ok(other)) => {
            if one.0 != other.0 || one.1 != other.1 {
                return Some(format!("head {} {:?}, not {} {:?}", other.0, other.1, one.0, one.1));
            }
            if one.2 == other.2 {
                return None;
            }
            let same = one.2.iter().zip(&other.2).take_while(|(one, other)| one == other).count();
            let rest = &other.2[same..other.2.len().min(same + TOLD)];
            Some(format!("from byte {same} on: {}", String::from_utf8_lossy(rest)))
        }
        // A page that is cut off is told of elsewhere, and must be so for everyone.
        (one, other) => (one != other).then(|| format!("{:?}", other.as_ref().err())),
    }
}
