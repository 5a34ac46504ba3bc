//! One site in several web frameworks, each with consent around it.
//!
//! Every module has a `serve` that takes an address and the layer (or, where a framework cannot take one, the address alone) and
//! shows the same page: a counter, a widget of recommendations, and news the server chooses only for those who allowed it. The same
//! test visits them all (`tests/visitor.rs`).

pub mod actix;
pub mod axum;
pub mod dioxus;
pub mod hyper;
pub mod poem;
pub mod rocket;
pub mod salvo;
pub mod tonic;
pub mod warp;

use tower_consent::Decision;

/// What the page includes, whatever a visitor has allowed: the layer withholds it.
pub const INCLUDED: &str = "<script async src=https://mc.yandex.ru/metrika/tag.js></script>\
    <script async src=https://smi2.ru/data/js/1.js></script>";

/// The page of this visitor.
pub fn page(decision: &Decision) -> String {
    page_for(decision.allows("recommendations"))
}

/// Says whether the header `Tower-Consent` allows recommendations, for servers behind the proxy; without it nobody did.
pub fn recommends(header: &str) -> bool {
    header.split([',', ';']).any(|part| part.trim() == "recommendations=1")
}

/// The page with news chosen for a visitor, or for everyone.
pub fn page_for(chosen: bool) -> String {
    let news = if chosen { "chosen for you" } else { "for everyone" };
    format!("<!DOCTYPE html><meta charset=utf-8><title>News</title><body><p>News {news}</p>{INCLUDED}")
}
