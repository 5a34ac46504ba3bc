//! The service: the only place that sees both a request and its response.

use std::task::{Context, Poll};

use http::{HeaderMap, HeaderValue, Method, Request, Response, header};
use http_body::Body;
use tower_service::Service;

use super::{
    body::GatedBody,
    future::{Passage, ResponseFuture},
    wanted,
};
use crate::{endpoint, gate::headers::Variant, site::Live};

/// A service with consent around it. Made by [`ConsentLayer`](super::ConsentLayer).
///
/// # Example
///
/// ```
/// use http::{Request, Response};
/// use tower::{Layer, ServiceExt, service_fn};
/// use tower_consent::{ConsentLayer, Decision, Policy, layer::Consent, store::Memory};
/// # let policy = Policy::load("policies/news-site").unwrap();
/// let layer = ConsentLayer::new(policy, Memory::default()).unwrap();
/// let pages = service_fn(|request: Request<String>| {
///     let stories = if request.extensions().get::<Decision>().unwrap().allows("recommendations") { "picked" } else { "newest" };
///     std::future::ready(Ok::<_, std::io::Error>(Response::builder().header("x-stories", stories).body(String::new()).unwrap()))
/// });
/// let site: Consent<_> = layer.layer(pages);
/// let response = pollster::block_on(site.oneshot(Request::get("/").body(String::new()).unwrap())).unwrap();
/// assert_eq!(response.headers()["x-stories"], "newest");
/// ```
#[derive(Clone, Debug)]
pub struct Consent<S> {
    inner: S,
    live: Live,
}

impl<S> Consent<S> {
    pub(super) fn new(inner: S, live: Live) -> Self {
        Self { inner, live }
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
        // Taken once: what a request begins under, it ends under.
        let site = self.live.site();
        if let Some(path) = site.own_path(request.uri()) {
            let path = path.to_owned();
            return ResponseFuture::own(Box::pin(endpoint::answer(site, path, request)));
        }
        if request.uri().path() == "/.well-known/gpc.json"
            && (request.method() == Method::GET || request.method() == Method::HEAD)
            && let Some(mut response) = endpoint::report::gpc(&site)
        {
            if request.method() == Method::HEAD {
                *response.body_mut() = bytes::Bytes::new();
            }
            return ResponseFuture::own(Box::pin(std::future::ready(response)));
        }
        let now = site.clock.now();
        let decision = site.decide(request.headers(), now);
        // A page that is left as it is gets the link to the privacy centre all the same.
        let rewrites = site.rewrites(site.rules.shown(&decision)) || site.policy.look().brand;
        // Where pages are the same for everyone, it counts whether the handler asks who it is.
        let (told, glance) = match &site.rules.everyone {
            Some(everyone) => {
                let (told, glance) = decision.watched(everyone);
                (told, Some(glance))
            }
            None => (decision.clone(), None),
        };
        let variant = glance.as_ref().map(|_| site.variant.clone());
        let told = told.made_by(site.clone());
        let mut passage = Passage::new(site, &request, decision, glance, now);
        if rewrites {
            let method = request.method().clone();
            passage.revalidates = ask_for_whole_pages(&method, request.headers_mut(), variant.as_ref());
        }
        request.extensions_mut().insert(told);
        ResponseFuture::inner(self.inner.call(request), passage)
    }
}

/// Asks the inner service for what can be gated: not encoded, and neither a part of a page nor "unchanged", since
/// what the browser has kept was made for another state. A page that is the same for everyone may be unchanged: by a
/// validator that went through the gate as it is now; says whether there is such a one. Requests for pictures, styles and
/// scripts stay as they are.
fn ask_for_whole_pages(method: &Method, headers: &mut HeaderMap, variant: Option<&Variant>) -> bool {
    if !wanted::may_become_a_page(headers) {
        return false;
    }
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    if method == Method::GET || method == Method::HEAD {
        match variant {
            Some(variant) => variant.unmark(headers),
            None => {
                headers.remove(header::IF_NONE_MATCH);
            }
        }
        for name in
            [header::IF_MODIFIED_SINCE, header::IF_MATCH, header::IF_UNMODIFIED_SINCE, header::IF_RANGE, header::RANGE]
        {
            headers.remove(name);
        }
    }
    variant.is_some() && headers.contains_key(header::IF_NONE_MATCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_requests_for_pages_are_changed() {
        for (name, value, changed) in [
            ("sec-fetch-dest", "document", true),
            ("sec-fetch-dest", "empty", true),
            ("sec-fetch-dest", "image", false),
            ("sec-fetch-dest", "script", false),
            ("accept", "text/html,application/xhtml+xml", true),
            ("accept", "*/*", true),
            ("accept", "image/avif,image/webp", false),
            ("x-none", "", true),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("br"));
            headers.insert(header::IF_NONE_MATCH, HeaderValue::from_static("\"1\""));
            headers.insert(header::RANGE, HeaderValue::from_static("bytes=0-1"));
            ask_for_whole_pages(&Method::GET, &mut headers, None);
            assert_eq!(headers[header::ACCEPT_ENCODING] == "identity", changed, "{name}: {value}");
            assert_eq!(headers.get(header::IF_NONE_MATCH).is_none(), changed, "{name}: {value}");
            assert_eq!(headers.get(header::RANGE).is_none(), changed, "{name}: {value}");
        }
    }
}
