//! The frame of every page of ours, and the documents. Plain HTML.

use bytes::Bytes;
use http::{Response, StatusCode};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Asked, refusal::Refusal, respond};
use crate::{
    documents::{self, Document, address, address_of},
    language::Language,
    site::{Site, published::Published},
};

const CSS: &str = include_str!("page.css");

/// Wraps the inside of a page of ours.
pub(super) fn shell(
    site: &Site,
    language: &Language,
    title: &str,
    body: Markup,
    status: StatusCode,
) -> Response<Bytes> {
    let page = html! {
        (DOCTYPE)
        html lang=(language) dir=(language.direction()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { (title) " — " (site.policy.site().name.in_language(language)) }
                style { (PreEscaped(CSS)) (PreEscaped(documents::STYLE)) }
            }
            body { main { (body) } }
        }
    };
    respond(status, "text/html; charset=utf-8", page.into_string())
}

/// The links at the end of a page of ours: to a part of the privacy centre, and to the site.
pub(super) fn ways_back(site: &Site, language: &Language, centre: &str) -> Markup {
    let labels = site.policy.words(language);
    let (path, part) = centre.split_at(centre.find('#').unwrap_or(centre.len()));
    html! {
        p {
            a href={ (address(&site.policy, language, &site.prefix, path)) (part) } { (labels.get("centre-title")) }
            " · " a href="/" { (labels.get("centre-back")) }
        }
    }
}

/// One of the documents, rendered; with `?version=` as that version showed it, byte for byte.
pub(super) async fn document(site: &Site, asked: &Asked, document: Document) -> Result<Response<Bytes>, Refusal> {
    let language = match asked.query("lang").map(|tag| tag.parse::<Language>()) {
        None => site.language(&asked.headers).clone(),
        Some(Ok(language)) => language,
        Some(Err(error)) => return Err(Refusal::malformed(error.to_string())),
    };
    let labels = site.policy.words(&language);
    let version = asked.query("version");
    let body = match &version {
        None if site.policy.site().languages.contains(&language)
            && site.policy.documents().any(|own| own == document) =>
        {
            documents::render(&site.policy, &language, document, &site.prefix)
        }
        None => return Err(Refusal::not_found()),
        Some(version) => {
            // The names of kept texts are of this form and no other, so that a request cannot ask for anything else.
            if version.len() != 64 || !version.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
                return Err(Refusal::malformed("`version` is no version of the policy: 64 hexadecimal digits"));
            }
            let store = site.recorder.store();
            let page = Published::page(&**store, version, &language, document).await;
            // Not why: the store's reason names its host.
            let unreadable = |_| Refusal::unavailable("the text cannot be read now, try again in a few seconds");
            match page.map_err(unreadable)? {
                Some(page) => PreEscaped(String::from_utf8_lossy(&page).into_owned()),
                None => return Err(Refusal::not_found()),
            }
        }
    };
    let shown = version.as_deref().unwrap_or(site.policy.version());
    let own = |language: &Language| {
        let mut path = format!("{}/documents/{}?lang={language}", site.prefix, document.as_str());
        if let Some(version) = &version {
            path.push_str(&format!("&version={version}"));
        }
        path
    };
    let body = html! {
        (body)
        p.tc-small {
            (labels.get("document-version")) " " code { (&shown[..16]) }
            @if version.as_deref().is_some_and(|version| version != site.policy.version()) {
                " · " a href=(address_of(&site.policy, &language, &site.prefix, document)) { (labels.get("document-current")) }
            }
            @for other in site.policy.site().languages.iter().filter(|other| **other != language) {
                " · " a href=(own(other)) hreflang=(other) lang=(other) { (other) }
            }
        }
        (ways_back(site, &language, "/"))
    };
    Ok(shell(site, &language, labels.get(document.label()), body, StatusCode::OK))
}
