//! The cases: for each a service, as a server would have it, and the request a browser would send it.

use std::{
    convert::Infallible,
    io::{self, Write},
    sync::Arc,
};

use axum::{Router, body::Body, response::Response, routing::get};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use futures_util::stream;
use http::{HeaderValue, Request, StatusCode, header};
use http_body_util::BodyExt;
use tower::{ServiceExt, util::MapResponseLayer};
use tower_consent::ConsentLayer;
use tower_http::{CompressionLevel, compression::CompressionLayer};

use crate::{material, rival::Rewritten};

/// How large the pieces of a long page are.
const PIECE: usize = 16 << 10;
/// How long the long page is.
pub const LONG: usize = 5 << 20;

/// One thing that is measured.
pub struct Case {
    /// What it is called in tables and in the baseline.
    pub name: &'static str,
    /// The name of the case it is compared with.
    pub bare: &'static str,
    pub service: Router,
    request: Request<()>,
    /// Requests between two looks at the clock.
    pub batch: usize,
}

impl Case {
    pub fn request(&self) -> Request<Body> {
        self.request.clone().map(|()| Body::empty())
    }

    /// The request as it is written to a socket.
    pub fn written(&self) -> Vec<u8> {
        let mut out = b"GET / HTTP/1.1\r\n".to_vec();
        for (name, value) in self.request.headers() {
            out.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
        }
        out.extend(b"\r\n");
        out
    }

    /// Asks once and reads the body to its end; returns how long that is.
    pub async fn run(&self, request: Request<Body>) -> usize {
        let response = self.service.clone().oneshot(request).await.unwrap_or_else(|never: Infallible| match never {});
        let mut body = response.into_body();
        let mut length = 0;
        while let Some(frame) = body.frame().await {
            length += frame.expect("the body is whole").data_ref().map_or(0, Bytes::len);
        }
        length
    }
}

/// What the inner service answers with.
#[derive(Clone)]
struct Page {
    kind: &'static str,
    coding: Option<&'static str>,
    /// One piece, as a handler returns a page, or several.
    pieces: Arc<[Bytes]>,
    /// Whether the piece is written for each answer, as by a template; else all answers share one.
    anew: bool,
}

impl Page {
    fn html(bytes: Bytes) -> Self {
        Self { kind: "text/html; charset=utf-8", coding: None, pieces: [bytes].into(), anew: false }
    }

    fn service(&self) -> Router {
        let page = self.clone();
        Router::new().route("/", get(move || std::future::ready(page.response())))
    }

    fn response(&self) -> Response {
        let body = match &*self.pieces {
            [] => Body::empty(),
            [piece] if self.anew => Body::from(Bytes::copy_from_slice(piece)),
            [piece] => Body::from(piece.clone()),
            pieces => {
                let pieces: Vec<_> = pieces.iter().cloned().map(Ok::<_, io::Error>).collect();
                Body::from_stream(stream::iter(pieces))
            }
        };
        let mut response = Response::new(body);
        if self.pieces.is_empty() {
            *response.status_mut() = StatusCode::NO_CONTENT;
        }
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(self.kind));
        if let Some(coding) = self.coding {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        response
    }
}

/// All cases over a page; `page` is what most of them serve.
pub fn all(page: &Bytes) -> Vec<Case> {
    let real = Page::html(page.clone());
    let plain = Page::html(material::generated(page.len(), 0).into());
    let tracked = Page::html(material::generated(page.len(), 50).into());
    let long: Bytes = material::generated(LONG, 50).into();
    let pieces: Vec<Bytes> =
        (0..long.len()).step_by(PIECE).map(|at| long.slice(at..long.len().min(at + PIECE))).collect();
    let long = Page { pieces: pieces.into(), ..real.clone() };
    let json = Page { kind: "application/json", coding: None, pieces: [json(page.len())].into(), anew: false };
    let mut gzip = GzEncoder::new(Vec::new(), Compression::new(6));
    gzip.write_all(page).expect("memory takes everything");
    let gzip = gzip.finish().expect("memory takes everything");
    let gzip = Page { coding: Some("gzip"), pieces: [gzip.into()].into(), ..real.clone() };
    let nothing = Page { pieces: [].into(), ..real.clone() };

    let written = Page { anew: true, ..real.clone() };

    // Pages are measured as if none had come before, but where that is what is measured.
    let layer = material::layer(10, true);
    let held = layer.clone().with_held_pages(16 << 20);
    let layer = layer.with_held_pages(0);
    let unlinked = material::layer(10, false);
    let many = material::layer(1_000, true).with_held_pages(0);
    let (accepted, refused) = (material::choose(&layer, "accept"), material::choose(&layer, "refuse"));
    let unlinked_accepted = material::choose(&unlinked, "accept");
    let banner = banner(&layer);

    let bare = |name, page: &Page, batch| Case {
        name,
        bare: name,
        service: page.service(),
        request: material::request(None),
        batch,
    };
    let behind = |name, bare, page: &Page, layer: &ConsentLayer, choice: Option<&str>, batch| Case {
        name,
        bare,
        service: page.service().layer(layer.clone()),
        request: material::request(choice),
        batch,
    };
    let rewrite = MapResponseLayer::new(move |response: Response| {
        let banner = banner.clone();
        response.map(|body| Body::new(Rewritten::new(body, banner)))
    });
    vec![
        bare("bare", &real, 200),
        behind("nothing to gate", "bare", &plain, &layer, None, 20),
        behind("undecided", "bare", &real, &layer, None, 20),
        behind("repeated", "bare", &real, &held, None, 100),
        bare("bare, written anew", &written, 200),
        behind("repeated, written anew", "bare, written anew", &written, &held, None, 100),
        behind("refused", "bare", &real, &layer, Some(&refused), 20),
        behind("accepted", "bare", &real, &layer, Some(&accepted), 100),
        behind("accepted, no link", "bare", &real, &unlinked, Some(&unlinked_accepted), 100),
        behind("50 trackers", "bare", &tracked, &layer, None, 20),
        behind("1,000 services", "bare", &real, &many, None, 20),
        bare("bare JSON", &json, 200),
        behind("JSON, undecided", "bare JSON", &json, &layer, None, 100),
        behind("JSON, accepted", "bare JSON", &json, &layer, Some(&accepted), 100),
        bare("bare, no body", &nothing, 200),
        behind("no body, accepted", "bare, no body", &nothing, &layer, Some(&accepted), 100),
        bare("bare, 5 MB", &long, 2),
        behind("5 MB, undecided", "bare, 5 MB", &long, &layer, None, 1),
        behind("gzip upstream", "bare", &gzip, &layer, None, 2),
        Case {
            name: "lol_html",
            bare: "bare",
            service: real.service().layer(rewrite),
            request: material::request(None),
            batch: 10,
        },
        Case {
            name: "CompressionLayer",
            bare: "bare",
            service: real.service().layer(CompressionLayer::new().quality(CompressionLevel::Precise(6))),
            request: material::request(None),
            batch: 2,
        },
    ]
}

/// A page of so many bytes in pieces, with a tracker in every 5 KB, for a visitor who has not chosen, under a policy of so
/// many services.
pub fn sized(bytes: usize, services: usize) -> Case {
    let page: Bytes = material::generated(bytes, bytes / 5_000).into();
    let pieces: Vec<Bytes> =
        (0..page.len()).step_by(PIECE).map(|at| page.slice(at..page.len().min(at + PIECE))).collect();
    let layer = material::layer(services, true).with_held_pages(0);
    Case {
        name: "sized",
        bare: "sized",
        service: Page { pieces: pieces.into(), ..Page::html(page) }.service().layer(layer),
        request: material::request(None),
        batch: ((4 << 20) / bytes).clamp(1, 100),
    }
}

/// Panics unless the cases do what they are named after: a price of nothing is soon measured.
pub fn check(cases: &[Case], page: &Bytes) {
    let out = |name: &str| {
        let case = cases.iter().find(|case| case.name == name).expect("there is such a case");
        let response = pollster::block_on(case.service.clone().oneshot(case.request()));
        let response = response.unwrap_or_else(|never: Infallible| match never {});
        pollster::block_on(response.into_body().collect()).expect("the body is whole").to_bytes()
    };
    let count = |text: &Bytes, word: &str| String::from_utf8_lossy(text).matches(word).count();
    // Withheld things, and the banner's form.
    for (name, withholds, asks) in [
        ("nothing to gate", false, true),
        ("undecided", true, true),
        ("repeated", true, true),
        ("repeated, written anew", true, true),
        ("accepted", false, false),
        ("50 trackers", true, true),
        ("1,000 services", true, true),
        ("5 MB, undecided", true, true),
    ] {
        let text = out(name);
        assert_eq!(count(&text, " data-tc=") > 0, withholds, "{name}: what is withheld");
        assert_eq!(count(&text, "name=\"token\"") > 0, asks, "{name}: the banner's form");
    }
    assert!(
        count(&out("refused"), " data-tc=") > 0 && out("refused").len() < out("undecided").len(),
        "no banner is left"
    );
    assert_eq!(out("bare"), page);
    assert_eq!(out("repeated").len(), out("undecided").len(), "what is held is what is made");
    assert_ne!(out("repeated"), out("repeated"), "each has a token of its own");
    assert_eq!(out("accepted, no link"), page, "nothing is changed");
    assert!(out("accepted").starts_with(page) && out("accepted").len() > page.len(), "a link follows");
    assert_eq!(out("JSON, undecided"), out("bare JSON"));
    assert!(count(&out("lol_html"), "data-purpose") > 0, "the rival withholds");
    for name in ["gzip upstream", "CompressionLayer"] {
        assert!(out(name).starts_with(&[0x1f, 0x8b]), "{name}: it is compressed");
    }
}

/// The banner as it stands in a page, for rivals to put in.
fn banner(layer: &ConsentLayer) -> Arc<str> {
    let service = Page::html(Bytes::from_static(b"<body>")).service().layer(layer.clone());
    let request = material::request(None).map(|()| Body::empty());
    let response = pollster::block_on(service.oneshot(request)).unwrap_or_else(|never: Infallible| match never {});
    let bytes = pollster::block_on(response.into_body().collect()).expect("the body is whole").to_bytes();
    std::str::from_utf8(&bytes).expect("it is UTF-8").trim_start_matches("<body>").into()
}

fn json(bytes: usize) -> Bytes {
    let mut text = String::from("[");
    while text.len() < bytes {
        text.push_str("{\"id\":1,\"title\":\"a story\",\"tags\":[\"one\",\"two\"]},");
    }
    text.push_str("{}]");
    text.into()
}
