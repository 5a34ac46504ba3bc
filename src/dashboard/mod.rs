//! What the operator sees of a running site: choices, enforcement, what is undeclared, requests, the health of the
//! log, versions of the policy; as pages, and as metrics for Prometheus.
//!
//! In: a [`PolicyHandle`](crate::layer::PolicyHandle) and a token. Out: [`Admin`], a tower service for any server. It
//! shows counts and never a visitor, writes nothing, and a page never waits for the store. The pages work without
//! script, load nothing but their style, and speak Russian and English.
//!
//! ```no_run
//! # async fn serve() -> Result<(), Box<dyn std::error::Error>> {
//! use tower_consent::{ConsentLayer, Policy, dashboard::{Admin, AdminToken}, store::Memory};
//! # fn site() -> axum::Router { axum::Router::new() }
//! let layer = ConsentLayer::new(Policy::load("policies/news-site")?, Memory::default())?;
//! let admin = Admin::new(layer.handle(), AdminToken::from_file("/run/secrets/consent-admin")?);
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:9090").await?;
//! tokio::spawn(async move { axum::serve(listener, axum::Router::new().fallback_service(admin)).await });
//! # Ok(()) }
//! ```
//!
//! # Getting in
//!
//! Programs send `Authorization: Bearer TOKEN`. Browsers send the token once, in the form of `/login`, and get a signed
//! session of ten hours in a cookie that scripts cannot read and other sites cannot use. The token is never part of an
//! address. After five wrong tokens a source waits 30 seconds, then twice as long each time, 15 minutes at most; after
//! sixty from all sources together, within ten minutes, everyone waits who did not have the right token before. Forms
//! must come from this very origin and carry the mark of their session.

mod access;
mod attempts;
mod body;
mod chart;
#[cfg(feature = "export")]
mod download;
mod enforced;
mod inventory;
mod metrics;
mod page;
mod service;
mod style;
mod watch;
mod words;

pub use self::{
    access::{AdminToken, TokenError},
    body::AdminBody,
    service::{Admin, Peer},
};
