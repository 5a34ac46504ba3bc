//! What a visitor decided, for programs of the page: JSON, and for pages that are the same for everyone a style that takes the
//! notice away and a script that tells others.
//!
//! In: a request. Out: the purposes granted, refused and undecided, and the storage keys to remove, never cached. It holds
//! nothing that names the visitor; where he must still choose, it holds the token that the form of a page for everyone cannot
//! have.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::{Asked, expire::expire, respond};
use crate::{banner::changed, decision::Decision, language::Language, site::Site};

/// `GET /state`. `?ask=` names the banner that stands in the page, by language and hash.
pub(super) fn state(site: &Site, asked: &Asked) -> Response<Bytes> {
    let now = site.clock.now();
    let decision = site.decide(&asked.headers, now);
    let ids = |wanted: &dyn Fn(&str) -> bool| -> Vec<&str> {
        site.policy.asked().map(|purpose| purpose.id.as_str()).filter(|id| wanted(id)).collect()
    };
    let refused: Vec<&str> = decision.refused().map(|id| id.as_str()).collect();
    let undecided: Vec<&str> = decision.asks().map(|id| id.as_str()).collect();
    let shared = site.rules.everyone.is_some();
    let mut body = Map::from_iter([
        ("granted".to_owned(), json!(ids(&|id| decision.allows(id)))),
        ("refused".to_owned(), json!(refused)),
        ("undecided".to_owned(), json!(undecided)),
        ("gpc".to_owned(), json!(decision.gpc())),
    ]);
    if let Some(clear) = site.rules.storage.refused(&decision) {
        body.insert("clear".to_owned(), clear);
    }
    let language = shared.then(|| shown(site, asked)).flatten();
    if let Some(language) = language.filter(|_| decision.needs_banner()) {
        body.extend(form(site, language, &decision, now).into_iter().flatten());
    }
    if shared && decision.tells_of_signal(&site.policy) {
        let language = language.unwrap_or_else(|| site.language(&asked.headers));
        body.insert("signal".to_owned(), json!(format!(" · {}", site.policy.words(language).get("signal-honoured"))));
    }
    let mut response = respond(StatusCode::OK, "application/json", Value::Object(body).to_string());
    if shared {
        // The page itself says nothing to this visitor alone, so it cannot end his cookies.
        expire(site, asked, "/", &decision, response.headers_mut());
        site.ledger.cleaned(site.cleanup.cleaned());
    }
    response
}

/// Returns the language of the banner in the page. A page that was kept since an earlier policy shows another text than the one
/// in force: of that there is none, so that nothing can be chosen by it.
fn shown<'s>(site: &'s Site, asked: &Asked) -> Option<&'s Language> {
    let mark = asked.query("ask")?;
    let shown = |language: &&Language| site.banners.of(language).is_some_and(|banner| banner.mark(language) == mark);
    site.policy.site().languages.iter().find(shown)
}

/// Returns what makes a form of the banner in the page: its token, and what is asked about again.
fn form(site: &Site, language: &Language, decision: &Decision, now: OffsetDateTime) -> Option<Vec<(String, Value)>> {
    let mut parts =
        vec![("token".to_owned(), json!(site.mint(language.as_str(), &site.banners.of(language)?.hash, now)?))];
    let again = decision.asked_again();
    if !again.is_empty() {
        let labels = site.policy.words(language);
        parts.push(("again".to_owned(), json!(changed(&site.policy, language, &labels, &again))));
    }
    Some(parts)
}

/// `GET /state.css`, for those without script: the notice is not shown to a visitor who has decided; that his browser's signal
/// counts is told, where it must be.
pub(super) fn style(site: &Site, asked: &Asked) -> Response<Bytes> {
    let decision = site.decide(&asked.headers, site.clock.now());
    let mut css = String::from(if decision.needs_banner() { "" } else { "#tc-n{display:none}" });
    if decision.tells_of_signal(&site.policy) {
        let words = site.policy.words(site.language(&asked.headers));
        // Each character by its number, so that no text ends the string (CSS Syntax, 4.3.7).
        let text: String = words.get("signal-honoured").chars().map(|c| format!("\\{:x} ", u32::from(c))).collect();
        css.push_str(&format!("#tc-l a::after{{content:\" · {text}\"}}"));
    }
    own(respond(StatusCode::OK, "text/css; charset=utf-8", css))
}

/// `GET /signals.js`: what scripts of others are told of this visitor's decision.
pub(super) fn signals(site: &Site, asked: &Asked) -> Response<Bytes> {
    let decision = site.decide(&asked.headers, site.clock.now());
    let script = site.tells(&decision).unwrap_or_default();
    own(respond(StatusCode::OK, "text/javascript; charset=utf-8", script))
}

/// Keeps what browsers load without asking for its origin from pages of others.
fn own(mut response: Response<Bytes>) -> Response<Bytes> {
    let policy = header::HeaderName::from_static("cross-origin-resource-policy");
    response.headers_mut().insert(policy, HeaderValue::from_static("same-origin"));
    response
}
