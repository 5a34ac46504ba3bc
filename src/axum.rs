//! The decision and the visitor as arguments of axum handlers.
//!
//! In: a request that has gone through the layer. Out: its [`Decision`], and its [`Visitor`] where he has chosen before; what
//! linking him with an account could not do, as a response. It depends on `axum-core` alone and reads nothing but what the
//! layer has put into the request's extensions.
//!
//! # Example
//!
//! ```
//! use axum::{Router, body::{Body, to_bytes}, http::Request, response::Html, routing::get};
//! use tower::ServiceExt;
//! use tower_consent::{ConsentLayer, Decision, Policy, Visitor, store::Memory};
//!
//! async fn news(decision: Decision, visitor: Option<Visitor>) -> Html<&'static str> {
//!     match visitor.filter(|_| decision.allows("recommendations")) {
//!         Some(_) => Html("<body>news chosen for you"),
//!         None => Html("<body>news for everyone"),
//!     }
//! }
//!
//! # pollster::block_on(async {
//! let policy = Policy::load("policies/news-site").unwrap();
//! let layer = ConsentLayer::new(policy, Memory::default()).unwrap();
//! let app: Router = Router::new().route("/", get(news)).layer(layer);
//! let page = app.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
//! let page = to_bytes(page.into_body(), usize::MAX).await.unwrap();
//! assert!(String::from_utf8_lossy(&page).contains("news for everyone"));
//! # });
//! ```

use std::fmt;

use axum_core::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header, request::Parts};

use crate::{
    decision::Decision,
    layer::Visitor,
    store::{Error, ErrorKind},
};

/// No layer has looked at this request. As a response it is a 500 that says what to add.
///
/// # Example
///
/// ```
/// use axum::{Router, body::Body, http::Request, routing::get};
/// use tower::ServiceExt;
/// use tower_consent::Decision;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let app: Router = Router::new().route("/", get(|decision: Decision| async move { format!("{:?}", decision.reason()) }));
/// let answer = app.oneshot(Request::new(Body::empty())).await.unwrap();
/// assert_eq!(answer.status(), 500);
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LayerMissing;

impl fmt::Display for LayerMissing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(
            "no consent layer is around this route: add `.layer(ConsentLayer::new(policy, store)?)` to the router, after the route",
        )
    }
}

impl std::error::Error for LayerMissing {}

impl IntoResponse for LayerMissing {
    fn into_response(self) -> Response {
        let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
        (StatusCode::INTERNAL_SERVER_ERROR, kind, format!("tower-consent: {self}\n")).into_response()
    }
}

/// Why the log could not be written: 503 with `Retry-After`, or 500 where trying again does not help. The reason stays on
/// the server: it may name the store's host.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
        match self.kind() {
            ErrorKind::Corrupt | ErrorKind::Refused => {
                (StatusCode::INTERNAL_SERVER_ERROR, kind, "this cannot be recorded\n").into_response()
            }
            ErrorKind::Conflict | ErrorKind::Full | ErrorKind::Unavailable => {
                let words = "this cannot be recorded now, try again in a few seconds\n";
                (StatusCode::SERVICE_UNAVAILABLE, kind, [(header::RETRY_AFTER, "5")], words).into_response()
            }
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Decision {
    type Rejection = LayerMissing;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, LayerMissing> {
        decision(parts)
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Visitor {
    type Rejection = LayerMissing;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, LayerMissing> {
        Ok(Self::of(&decision(parts)?))
    }
}

fn decision(parts: &Parts) -> Result<Decision, LayerMissing> {
    parts.extensions.get::<Decision>().cloned().ok_or(LayerMissing)
}
