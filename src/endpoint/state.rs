//! What a visitor decided, for programs of the page.
//!
//! In: a request. Out: JSON of the purposes granted, refused and undecided, never cached. It holds nothing that names
//! the visitor.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::json;

use super::{Asked, respond};
use crate::site::Site;

pub(super) fn state(site: &Site, asked: &Asked) -> Response<Bytes> {
    let decision = site.decide(&asked.headers, site.clock.now());
    let ids = |wanted: &dyn Fn(&str) -> bool| -> Vec<&str> {
        site.policy.asked().map(|purpose| purpose.id.as_str()).filter(|id| wanted(id)).collect()
    };
    let refused: Vec<&str> = decision.refused().map(|id| id.as_str()).collect();
    let undecided: Vec<&str> = decision.asks().map(|id| id.as_str()).collect();
    let body = json!({
        "granted": ids(&|id| decision.allows(id)),
        "refused": refused,
        "undecided": undecided,
        "gpc": decision.gpc(),
    });
    respond(StatusCode::OK, "application/json", body.to_string())
}
