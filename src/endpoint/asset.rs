//! The script, under an address that holds its hash.
//!
//! In: nothing. Out: a response that may be kept for ever, by anybody, since other bytes have another address.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

use super::respond;
use crate::script::{self, Pages};

pub(super) fn script(pages: Pages) -> Response<Bytes> {
    let source = Bytes::from_static(script::script(pages).source.as_bytes());
    let mut response = respond(StatusCode::OK, "text/javascript; charset=utf-8", source);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.remove(header::VARY);
    response
}

/// Leads from the name of an earlier release's script to the one of this: a page for everyone may be kept by caches for longer
/// than a release lasts, and without its script it would ask nobody anything.
pub(super) fn later(prefix: &str) -> Response<Bytes> {
    let mut response = respond(StatusCode::FOUND, "text/plain; charset=utf-8", Bytes::new());
    let address = format!("{prefix}/assets/{}", script::script(Pages::Shared).name);
    if let Ok(address) = HeaderValue::from_str(&address) {
        response.headers_mut().insert(header::LOCATION, address);
    }
    response
}
