//! The decision and the visitor as arguments of axum handlers.
//!
//! In: a request that has gone through the layer. Out: its [`Decision`], and the visitor's random id where he has one. It
//! depends on `axum-core` alone and reads nothing but what the layer has put into the request's extensions.
//!
//! # Example
//!
//! ```
//! use axum::{Router, response::Html, routing::get};
//! use tower_consent::{ConsentLayer, Decision, Policy, axum::Visitor, store::Memory};
//!
//! async fn news(decision: Decision, visitor: Option<Visitor>) -> Html<&'static str> {
//!     match visitor.filter(|_| decision.allows("recommendations")) {
//!         Some(_) => Html("<body>news chosen for you"),
//!         None => Html("<body>news for everyone"),
//!     }
//! }
//!
//! let policy = Policy::load("policies/news-site").unwrap();
//! let layer = ConsentLayer::new(policy, Memory::default()).unwrap();
//! let app: Router = Router::new().route("/", get(news)).layer(layer);
//! # let _ = app;
//! ```

use std::fmt;

use axum_core::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header, request::Parts};

use crate::{decision::Decision, signal::VisitorId};

/// The visitor's browser, by the random id in the choice cookie this site has signed. It is asked for as `Option<Visitor>`:
/// who has not chosen yet has none.
///
/// The id is personal data. It is good for what the visitor asked for himself, such as finding his own records; nothing he has
/// not allowed may hang on it.
///
/// # Example
///
/// ```
/// use tower_consent::{axum::Visitor, signal::VisitorId};
/// let visitor = Visitor(VisitorId::from_random([1; 16]));
/// assert_eq!(format!("{visitor:?}"), "Visitor(VisitorId(…))", "logs do not tell who it is");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Visitor(pub VisitorId);

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

impl<S: Sync> FromRequestParts<S> for Decision {
    type Rejection = LayerMissing;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, LayerMissing> {
        decision(parts)
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Visitor {
    type Rejection = LayerMissing;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, LayerMissing> {
        Ok(decision(parts)?.visitor().map(Self))
    }
}

fn decision(parts: &Parts) -> Result<Decision, LayerMissing> {
    parts.extensions.get::<Decision>().cloned().ok_or(LayerMissing)
}
