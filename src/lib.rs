//! Makes a web site keep what its privacy texts promise.
//!
//! A tower layer reads a folder of text files (the [`policy`]) and, on every response, withholds the scripts,
//! pixels, frames, hints and cookies of services a visitor has not allowed, shows a banner that works without
//! script, and records every choice durably before it is acknowledged.
//!
//! ```text
//! page:    request → signal → decision → (extensions) → inner service → gate + banner → response
//! choice:  POST → endpoint → record → recorder (append, durable) → cookie → 303 or JSON
//! policy:  policies/<site>/ → read → compile → Policy
//! ```
//!
//! # Example
//!
//! ```
//! use axum::{Router, response::Html, routing::get};
//! use tower_consent::{ConsentLayer, Policy, store::Memory};
//!
//! let policy = Policy::load("policies/news-site").unwrap();
//! let layer = ConsentLayer::new(policy, Memory::default()).unwrap();
//! let app: Router = Router::new().route("/", get(|| async { Html("<body>news") })).layer(layer);
//! # let _ = app;
//! ```
//!
//! # Features
//!
//! | feature | default | what it adds |
//! |---|---|---|
//! | `sled` | yes | [`store::Sled`], the embedded store |
//! | `postgres` | no | [`store::Postgres`], one log for several servers |
//! | `lint` | no | [`lint`], the rules of law and technique a policy is held against |
//! | `encodings` | no | pages that come compressed are gated and compressed again |
//! | `conformance` | no | [`store::conformance`], the tests every store must pass |
//! | `scan` | no | [`scan`], what pages include |
//! | `export` | no | [`export`], what a regulator and a visitor are given |
//! | `dashboard` | no | [`dashboard::Admin`], counts, inventory, health and metrics for the operator |
//! | `axum` | no | [`mod@axum`], the decision and the visitor as extractors |
//! | `testing` | no | [`testing`], visitors without script, alone or behind a cache, for tests of your own site |
//! | `cli` | no | the `tower-consent` binary |
//! | `proxy` | no | [`proxy`], a reverse proxy with the layer in it, and `tower-consent serve`; Unix only |
//! | `tracing` | no | events of failures and of the proxy's requests, without personal data |

pub mod adapter;
pub mod audit;
#[cfg(feature = "axum")]
pub mod axum;
mod banner;
pub mod catalogue;
pub mod clock;
#[cfg(feature = "dashboard")]
pub mod dashboard;
pub mod decision;
pub mod documents;
mod endpoint;
#[cfg(feature = "export")]
pub mod export;
pub mod gate;
pub mod language;
pub mod layer;
pub mod ledger;
#[cfg(feature = "lint")]
pub mod lint;
pub mod mirror;
pub mod policy;
#[cfg(feature = "proxy")]
pub mod proxy;
pub mod purpose;
pub mod record;
pub mod recorder;
pub mod reload;
pub mod rights;
#[cfg(feature = "scan")]
pub mod scan;
mod script;
pub mod signal;
mod site;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;

pub use self::{
    decision::Decision,
    layer::{ConsentLayer, Visitor},
    policy::Policy,
};

/// The examples of the README are compiled with the tests.
#[cfg(all(doctest, feature = "sled"))]
#[doc = include_str!("../README.md")]
struct Readme;

#[doc = include_str!("../docs/log-format.md")]
pub mod log_format {}

#[doc = include_str!("../docs/caching.md")]
pub mod caching {}

#[doc = include_str!("../docs/threats.md")]
pub mod threats {}
