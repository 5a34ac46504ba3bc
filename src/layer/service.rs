//! The service: the only place that sees both a request and its response.

use std::task::{Context, Poll};

use http::{HeaderMap, HeaderValue, Method, Request, Response, header};
use http_body::Body;
use tower_service::Service;

use super::{
    body::GatedBody,
    future::{Passage, ResponseFuture},
};
use crate::{endpoint, site::Site};

/// A service with consent around it. Made by [`ConsentLayer`](super::ConsentLayer).
#[derive(Clone, Debug)]
pub struct Consent<S> {
    inner: S,
    site: Site,
}

impl<S> Consent<S> {
    pub(super) fn new(inner: S, site: Site) -> Self {
        Self { inner, site }
    }
}

impl<S, B, R> Service<Request<B>> for Consent<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    R: Body,
{
    type Response = Response<GatedBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        if let Some(path) = self.site.own_path(request.uri()) {
            let path = path.to_owned();
            return ResponseFuture::own(Box::pin(endpoint::answer(self.site.clone(), path, request)));
        }
        let now = self.site.clock.now();
        let decision = self.site.decide(request.headers(), now);
        let passage = Passage::new(&self.site, &request, decision.clone(), now);
        if !decision.grants_everything() {
            let method = request.method().clone();
            ask_for_whole_pages(&method, request.headers_mut());
        }
        request.extensions_mut().insert(decision);
        ResponseFuture::inner(self.inner.call(request), passage)
    }
}

/// Asks the inner service for what can be gated: not encoded, and for a page neither a part of it nor "unchanged",
/// since what the browser has kept was made for another state.
fn ask_for_whole_pages(method: &Method, headers: &mut HeaderMap) {
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    let wants_page = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .is_none_or(|accept| accept.contains("html") || accept.contains("*/*"));
    if wants_page && (method == Method::GET || method == Method::HEAD) {
        for name in [
            header::IF_NONE_MATCH,
            header::IF_MODIFIED_SINCE,
            header::IF_MATCH,
            header::IF_UNMODIFIED_SINCE,
            header::IF_RANGE,
        ] {
            headers.remove(name);
        }
        // A part of a film is no page; browsers ask for those with another destination.
        let document = headers
            .get("sec-fetch-dest")
            .is_none_or(|dest| matches!(dest.as_bytes(), b"document" | b"iframe" | b"frame" | b"empty"));
        if document {
            headers.remove(header::RANGE);
        }
    }
}
