//! The script, under an address that holds its hash.
//!
//! In: nothing. Out: a response that may be kept for ever, by anybody, since other bytes have another address.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

use super::respond;
use crate::script;

pub(super) fn script() -> Response<Bytes> {
    let source = Bytes::from_static(script::script().source.as_bytes());
    let mut response = respond(StatusCode::OK, "text/javascript; charset=utf-8", source);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable"));
    headers.remove(header::VARY);
    response
}
