//! The tower layer.
//!
//! In: a service. Out: the same service, with the gate, the banner and the endpoints around it. On every request:
//!
//! 1. a path under `/_consent` is answered here and never reaches the inner service;
//! 2. the choice cookie is read and decided upon, without the store, and the [`Decision`](crate::decision::Decision)
//!    put into the request's extensions;
//! 3. where something may have to be withheld, the inner service is asked for an unencoded, whole page;
//! 4. HTML is gated while it streams, and the banner put first into its body where the visitor must still choose;
//!    what is not HTML passes untouched, but for cookies of withheld services.

mod body;
mod future;
mod handle;
#[allow(clippy::module_inception)]
mod layer;
mod notice;
mod service;
mod visitor;
mod wanted;
mod watched;

pub use self::{
    body::{BodyError, GatedBody},
    future::ResponseFuture,
    handle::PolicyHandle,
    layer::ConsentLayer,
    service::Consent,
    visitor::{Link, Visitor},
};
