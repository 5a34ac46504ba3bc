//! The privacy centre: what is allowed and since when, what each service does, the history with its receipts, requests,
//! the documents of every version. Plain HTML; the script only tells other tabs what changed, and removes what refused
//! services keep in the browser's storage.
//!
//! In: a request, the visitor it comes from. Out: pages and downloads that show this visitor's events and nobody
//! else's. It writes nothing.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use maud::{Markup, html};
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    Asked,
    choice::{NOT_YET, is_own_path},
    page::shell,
    refusal::Refusal,
    request, respond,
};
use crate::{
    audit::{Entry, leaf_hash},
    banner::{Told, render_script},
    decision::Decision,
    documents::{address, address_of},
    language::{Labels, Language},
    policy::{Lifetime, Purpose, Service},
    record::Receipt,
    recorder::{hash_of, time_of},
    rights::requests_of,
    signal::VisitorId,
    site::{EXPIRE, Site, host, published::Published},
    store::Error,
};

/// The most events one page shows; the download has them all.
const SHOWN: usize = 50;

/// One event of the visitor's history.
#[derive(Debug)]
struct Event {
    /// What its receipt is called: its place, or its hash while it is not in the log.
    receipt: String,
    kind: String,
    /// What was asked for, of a request.
    request: Option<String>,
    time: OffsetDateTime,
    granted: Vec<String>,
    refused: Vec<String>,
}

/// `GET /`.
pub(super) async fn centre(site: &Site, asked: &Asked) -> Response<Bytes> {
    let language = asked.language(site);
    let labels = site.policy.words(language);
    let now = site.clock.now();
    let decision = site.decide(&asked.headers, now);
    let token = site
        .banners
        .of(language)
        .and_then(|banner| site.mint(language.as_str(), &banner.hash, now))
        .unwrap_or_default();
    let history = match decision.visitor() {
        Some(visitor) => history(site, visitor).await,
        None => Ok(Vec::new()),
    };
    let waits = match decision.visitor() {
        Some(visitor) => site.recorder.kept_of(visitor).await.unwrap_or_default(),
        None => Vec::new(),
    };
    let waits: Vec<Event> = waits.iter().filter_map(|entry| event(hash_of(entry), &entry.fields().ok()?)).collect();
    // Those that cannot be read now are told of where the history is.
    let made = match decision.visitor() {
        Some(visitor) => requests_of(&**site.recorder.store(), &site.policy, visitor).await.unwrap_or_default(),
        None => Vec::new(),
    };
    let versions = Published::all(&**site.recorder.store()).await;
    let left = page_left(site, asked);
    let here = here(site, language, left.as_deref());
    let (signs, clear) = (decision.signs(), site.clears(&decision));
    let told = Told::State { signs: &signs, clear: clear.as_deref() };
    let body = html! {
        h1 { (labels.get("centre-title")) }
        p { (labels.get("centre-intro")) }
        @match decision.since() {
            Some(since) if !decision.needs_banner() => {
                p.tc-note role="status" { (labels.with("centre-since", &[("moment", &labels.moment(since))])) }
            }
            _ => { p.tc-note role="status" { (labels.get("centre-undecided")) } }
        }
        (signal(site, asked, &labels))
        h2 { (labels.get("centre-choice")) }
        form method="post" action={ (site.prefix) "/choice" } {
            @for purpose in site.policy.purposes() { (purpose_card(site, language, &labels, purpose, &decision)) }
            div.tc-buttons {
                button name="choice" value="save" { (labels.get("banner-save")) }
                button name="choice" value="refuse" { (labels.get("banner-refuse")) }
                button name="choice" value="accept" { (labels.get("banner-accept")) }
            }
            input type="hidden" name="token" value=(token);
            input type="hidden" name="back" value=(here);
        }
        form method="post" action={ (site.prefix) "/withdraw" } {
            h2 { (labels.get("centre-withdraw")) }
            p { (labels.get("centre-withdraw-note")) }
            input type="hidden" name="back" value=(here);
            button { (labels.get("centre-withdraw")) }
        }
        h2 #history { (labels.get("centre-history")) }
        (past(site, language, &labels, &history, &waits))
        h2 #requests { (labels.get("centre-requests")) }
        (request::part(site, language, &decision, &token, &made))
        h2 { (labels.get("centre-documents")) }
        ul {
            @for document in site.policy.documents() {
                li { a href=(address_of(&site.policy, language, &site.prefix, document)) { (labels.get(document.label())) } }
            }
        }
        (earlier(site, language, &labels, &versions))
        p.tc-small {
            @for other in site.policy.site().languages.iter().filter(|other| *other != language) {
                a href=(self::here(site, other, left.as_deref())) hreflang=(other) lang=(other) { (other) } " "
            }
        }
        p { a href=(left.as_deref().unwrap_or("/")) { (labels.get("centre-back")) } }
        @if let Some(page) = left.as_deref().filter(|_| decision.refused().next().is_some()) {
            // Nothing to see: it is asked for in that page's folder, so that the browser sends what the page set for it.
            img src={ (page.rsplit_once('/').map_or("", |(folder, _)| folder)) (site.prefix) (EXPIRE) } alt="" hidden;
        }
        (render_script(&site.policy, language, &site.prefix, told, true))
    };
    shell(site, language, labels.get("centre-title"), body, StatusCode::OK)
}

/// Returns the path of the page the visitor came here from: its forms and links lead back, so that it outlasts them.
fn page_left(site: &Site, asked: &Asked) -> Option<String> {
    let came_from = || {
        let referer = asked.headers.get(header::REFERER)?.to_str().ok()?;
        let referer = url::Url::parse(referer).ok()?;
        (referer.host_str() == host(&asked.headers, &asked.uri).as_deref()).then(|| referer.path().to_owned())
    };
    let path = asked.query("from").or_else(came_from)?;
    let is_ours = path.strip_prefix(site.prefix.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    (is_own_path(&path) && !path.contains(['?', '#']) && !is_ours).then_some(path)
}

/// Returns the centre's address in a language, from a page.
fn here(site: &Site, language: &Language, from: Option<&str>) -> String {
    let path = from.map_or_else(
        || "/".to_owned(),
        |from| url::form_urlencoded::Serializer::for_suffix("/?".to_owned(), 2).append_pair("from", from).finish(),
    );
    address(&site.policy, language, &site.prefix, &path)
}

/// Whether the browser speaks for the visitor (Global Privacy Control).
fn signal(site: &Site, asked: &Asked, labels: &Labels) -> Markup {
    let sent = site.signals(&asked.headers).gpc;
    let honoured = site.policy.signals().gpc == crate::policy::Gpc::Honour;
    html! {
        @if honoured { p { (labels.get(if sent { "centre-gpc" } else { "centre-gpc-none" })) } }
    }
}

/// A purpose with its switch, and what is done for it by whom.
fn purpose_card(site: &Site, language: &Language, labels: &Labels, purpose: &Purpose, decision: &Decision) -> Markup {
    let id = purpose.id.as_str();
    let of_purpose = |service: &&Service| service.purposes.contains(&purpose.id);
    let services: Vec<&Service> = site.policy.services().iter().filter(of_purpose).collect();
    let data: Vec<&str> = purpose.data.iter().map(|item| item.in_language(language)).collect();
    html! {
        div.tc-card {
            label {
                @if purpose.needs_consent() {
                    input type="checkbox" name="purpose" value=(id) checked[decision.allows(id)];
                } @else {
                    input type="checkbox" checked disabled;
                }
                span {
                    strong { (purpose.title.in_language(language)) }
                    @if !purpose.needs_consent() { " (" (labels.get("banner-always")) ")" }
                    small { (purpose.description.in_language(language)) }
                }
            }
            dl {
                dt { (labels.get("table-data")) } dd { (data.join(", ")) }
                dt { (labels.get("table-basis")) }
                dd { (labels.find(&format!("basis-{}", purpose.basis)).unwrap_or(purpose.basis)) }
                dt { (labels.get("table-retention")) } dd { (purpose.retention.in_words(labels)) }
            }
            @if !services.is_empty() {
                details {
                    summary { (labels.get("caption-services")) " (" (services.len()) ")" }
                    ul { @for service in services { li { (service_line(language, labels, service)) } } }
                }
            }
        }
    }
}

/// Who runs a service, where, and how long what it sets lives.
fn service_line(language: &Language, labels: &Labels, service: &Service) -> Markup {
    let cookies = service.cookies.iter().map(|cookie| {
        let lifetime = match cookie.lifetime {
            Lifetime::Limited(length) => length.in_words(labels),
            Lifetime::Session => labels.get("lifetime-session").to_owned(),
            Lifetime::Unknown => labels.get("lifetime-unknown").to_owned(),
        };
        (cookie.name.as_str(), lifetime)
    });
    html! {
        strong { (service.title.in_language(language)) }
        " — " (service.operator.in_language(language)) ", " (labels.country(&service.country))
        @for (index, (name, lifetime)) in cookies.enumerate() {
            @if index == 0 { br; (labels.get("caption-cookies")) ": " } @else { ", " }
            code { (name) } " (" (lifetime) ")"
        }
    }
}

fn past(
    site: &Site,
    language: &Language,
    labels: &Labels,
    history: &Result<Vec<Event>, Error>,
    waits: &[Event],
) -> Markup {
    let titles = |ids: &[String]| -> String {
        let title = |id: &String| {
            site.policy.purpose(id).map_or(id.as_str(), |purpose| purpose.title.in_language(language)).to_owned()
        };
        ids.iter().map(title).collect::<Vec<_>>().join(", ")
    };
    let said = |event: &Event| {
        html! {
            (labels.moment(event.time)) " — "
            @match &event.request {
                Some(what) => { (labels.find(&format!("request-{what}")).unwrap_or(what)) }
                None => { (labels.find(&format!("event-{}", event.kind)).unwrap_or(&event.kind)) }
            }
            @if !event.granted.is_empty() { br; "✓ " (titles(&event.granted)) }
            @if !event.refused.is_empty() { br; "✗ " (titles(&event.refused)) }
            br;
        }
    };
    html! {
        @if !waits.is_empty() {
            ul.tc-history {
                @for event in waits.iter().rev().take(SHOWN) {
                    li {
                        (said(event))
                        (labels.get("centre-kept")) " "
                        a href={ (site.prefix) "/receipt/" (event.receipt) } download { (labels.get("centre-receipt")) }
                    }
                }
            }
        }
        @match history {
            Err(_) => { p { (labels.get("error-unavailable")) } }
            Ok(events) if events.is_empty() && !waits.is_empty() => {}
            Ok(events) if events.is_empty() => { p { (labels.get("centre-history-none")) } }
            Ok(events) => {
                ul.tc-history {
                    @for event in events.iter().rev().take(SHOWN) {
                        li {
                            (said(event))
                            a href={ (site.prefix) "/receipt/" (event.receipt) } download { (labels.get("centre-receipt")) " " (event.receipt) }
                        }
                    }
                }
                p { a href={ (site.prefix) "/receipts" } download { (labels.get("centre-receipts")) } }
            }
        }
    }
}

/// Every earlier version of the texts.
fn earlier(site: &Site, language: &Language, labels: &Labels, versions: &Result<Vec<Published>, Error>) -> Markup {
    let versions = versions.as_ref().map(Vec::as_slice).unwrap_or_default();
    html! {
        @if versions.len() > 1 {
            details {
                summary { (labels.get("centre-versions")) " (" (versions.len()) ")" }
                ul {
                    @for published in versions.iter().rev().take(SHOWN) {
                        li {
                            (labels.moment(published.since))
                            @for document in site.policy.documents() {
                                " · "
                                @let path = format!("/documents/{}?version={}", document.as_str(), published.version);
                                a href=(address(&site.policy, language, &site.prefix, &path)) {
                                    (labels.get(document.link()))
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

async fn history(site: &Site, visitor: VisitorId) -> Result<Vec<Event>, Error> {
    let store = site.recorder.store();
    let mut events = Vec::new();
    let places = store.by_visitor(visitor).await?;
    for index in places.iter().rev().take(SHOWN).rev() {
        for entry in store.read(*index..index + 1).await? {
            // An entry that cannot be read is told of by `log verify`; the others are still the visitor's.
            events.extend(entry.fields().ok().and_then(|fields| event(index.to_string(), &fields)));
        }
    }
    Ok(events)
}

fn event(receipt: String, fields: &std::collections::BTreeMap<String, Value>) -> Option<Event> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let ids = |wanted: bool| -> Vec<String> {
        let purposes = fields.get("purposes").and_then(Value::as_object).into_iter().flatten();
        purposes.filter(|(_, granted)| granted.as_bool() == Some(wanted)).map(|(id, _)| id.clone()).collect()
    };
    Some(Event {
        receipt,
        kind: text("kind")?.to_owned(),
        request: Some(fields)
            .filter(|_| text("kind") == Some("request"))
            .and_then(|fields| fields.get("facts")?.get("request")?.as_str())
            .map(str::to_owned),
        time: OffsetDateTime::parse(text("time")?, &Rfc3339).ok()?,
        granted: ids(true),
        refused: ids(false),
    })
}

/// `GET /receipt/{index}`: one event of this visitor, with the proof that the log holds it.
pub(super) async fn receipt(site: &Site, asked: &Asked, index: u64) -> Result<Response<Bytes>, Refusal> {
    let places = own_places(site, asked).await?;
    // Somebody else's event and none at all are answered alike.
    if !places.contains(&index) {
        return Err(Refusal::not_found());
    }
    let receipt = site.recorder.receipt(index).await;
    let receipt =
        receipt.map_err(|_| Refusal::unavailable("the receipt cannot be read now, try again in a few seconds"))?;
    Ok(download(&format!("receipt-{index}.json"), &written(&receipt)))
}

/// `GET /receipt/{hash}`: an event of this visitor that was acknowledged before it was in the log: with its proof when it
/// is there by now, else as it is kept.
pub(super) async fn kept(site: &Site, asked: &Asked, hash: [u8; 32]) -> Result<Response<Bytes>, Refusal> {
    let decision = site.decide(&asked.headers, site.clock.now());
    let Some(visitor) = decision.visitor() else { return Err(Refusal::not_found()) };
    let waits = site.recorder.kept_of(visitor).await.map_err(unreadable)?;
    if let Some(entry) = waits.iter().find(|entry| leaf_hash(&entry.leaf) == hash) {
        let name = &hash_of(entry)[..16];
        return Ok(download(&format!("receipt-{name}.json"), &waiting(site, entry)));
    }
    let store = site.recorder.store();
    for place in own_places(site, asked).await? {
        let entries = store.read(place..place + 1).await.map_err(unreadable)?;
        if entries.iter().any(|entry| leaf_hash(&entry.leaf) == hash) {
            return receipt(site, asked, place).await;
        }
    }
    Err(Refusal::not_found())
}

/// Writes down an event that is not in the log yet.
fn waiting(site: &Site, entry: &Entry) -> Value {
    let hash = hash_of(entry);
    json!({
        "status": "kept",
        "kind": entry.fields().ok().and_then(|fields| fields.get("kind").cloned()),
        "time": time_of(entry).and_then(|time| time.format(&Rfc3339).ok()),
        "hash": hash,
        "entry": String::from_utf8_lossy(&entry.leaf),
        "later": format!("{}/receipt/{hash}", site.prefix),
        "note": NOT_YET,
    })
}

/// `GET /receipts`: all events of this visitor.
pub(super) async fn receipts(site: &Site, asked: &Asked) -> Result<Response<Bytes>, Refusal> {
    let mut receipts = Vec::new();
    for index in own_places(site, asked).await? {
        let receipt = site.recorder.receipt(index).await;
        let receipt =
            receipt.map_err(|_| Refusal::unavailable("the receipts cannot be read now, try again in a few seconds"))?;
        receipts.push(written(&receipt));
    }
    if let Some(visitor) = site.decide(&asked.headers, site.clock.now()).visitor() {
        let waits = site.recorder.kept_of(visitor).await.map_err(unreadable)?;
        receipts.extend(waits.iter().map(|entry| waiting(site, entry)));
    }
    Ok(download("receipts.json", &json!({ "receipts": receipts })))
}

/// Places in the log of the events of the visitor whose signed cookie the request brings.
async fn own_places(site: &Site, asked: &Asked) -> Result<Vec<u64>, Refusal> {
    let decision = site.decide(&asked.headers, site.clock.now());
    let Some(visitor) = decision.visitor() else {
        return Ok(Vec::new());
    };
    let places = site.recorder.store().by_visitor(visitor).await;
    places.map_err(unreadable)
}

/// Says that the history cannot be read, and not why: the store's reason names its host.
fn unreadable(_: Error) -> Refusal {
    Refusal::unavailable("the history cannot be read now, try again in a few seconds")
}

fn written(receipt: &Receipt) -> Value {
    json!({
        "index": receipt.index,
        "kind": receipt.kind.as_str(),
        "time": receipt.time.format(&Rfc3339).ok(),
        "size": receipt.size,
        "root": receipt.root,
        "entry": receipt.entry,
        "proof": receipt.proof,
    })
}

fn download(name: &str, value: &Value) -> Response<Bytes> {
    let mut response = respond(StatusCode::OK, "application/json", format!("{value:#}\n"));
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
    }
    response
}
