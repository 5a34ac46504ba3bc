//! What a visitor asks the operator to do with his data, and what became of it.
//!
//! In: a form of the privacy centre, which this site served. Out: an event of the log and the page of that request, with
//! its number and the day an answer is due. It answers no request itself: that is the operator's, within the terms of law.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use maud::{Markup, html};
use serde_json::json;
use time::format_description::well_known::Iso8601;

use super::{
    Asked,
    choice::{is_old, receipt, same_origin},
    page::{shell, ways_back},
    refusal::Refusal,
    respond, wants_json,
};
use crate::{
    decision::Decision,
    documents::address,
    language::{Labels, Language},
    record::Record,
    recorder::Recorded,
    rights::{self, LONGEST_TEXT, Request, State, What},
    signal::{Token, VisitorId},
    site::Site,
};

/// What a form said.
#[derive(Debug, Default)]
struct Said {
    request: Option<String>,
    token: Option<String>,
    contact: Option<String>,
    message: Option<String>,
}

/// `POST /requests`.
pub(super) async fn request(site: &Site, asked: &Asked) -> Result<Response<Bytes>, Refusal> {
    same_origin(&asked.headers, asked)?;
    let signals = site.signals(&asked.headers);
    if signals.bot {
        return Err(Refusal::automated());
    }
    let said = form(&asked.body)?;
    let what: Option<What> = said.request.as_deref().and_then(|what| what.parse().ok());
    let what =
        what.ok_or_else(|| Refusal::malformed("`request` is none of access, correction, stop, erasure, withdrawal"))?;
    let now = site.clock.now();
    let Some(token) = said.token.as_deref().and_then(|text| Token::decode(text, &site.keys())) else {
        return Err(Refusal::token("the form was not made by this site"));
    };
    // Taking consent back must not fail for a formality.
    if is_old(&token, now) && what != What::Withdrawal {
        return Err(Refusal::token("the form is too old: reload the page and ask again"));
    }
    let decision = Decision::make(&site.policy, &signals, now);
    // Whose choice is unknown here has no data here; he is told where to write.
    let visitor: VisitorId = decision.visitor().ok_or_else(Refusal::unknown_visitor)?;
    if what != What::Withdrawal && !site.pace.allows(visitor, now) {
        return Err(Refusal::too_many());
    }
    // The answer goes on in the form's language.
    let shown = site.policy.site().languages.iter().find(|language| language.as_str() == token.language);
    let language = shown.unwrap_or_else(|| asked.language(site));
    let mut record = Record {
        language: Some(language.as_str().to_owned()),
        method: "form",
        source: "centre",
        by: "subject",
        once: Some(token.once),
        contact: said.contact,
        message: said.message,
        ..rights::received(what, visitor, &site.policy, now)
    };
    record.jurisdiction = site.jurisdiction(&decision);
    let recorded = site.recorder.record(record).await;
    let recorded =
        recorded.map_err(|_| Refusal::unavailable("the request could not be written, try again in a few seconds"))?;
    let receipt = match &recorded {
        Recorded::InLog(receipt) => receipt,
        Recorded::Kept(_) => return Ok(kept(site, asked, language, what, &recorded)),
    };
    if wants_json(&asked.headers) {
        let made = own(site, asked).await?.into_iter().find(|made| made.number == receipt.index);
        let due = made.and_then(|made| made.due_day()).and_then(|day| day.format(&Iso8601::DATE).ok());
        let body = json!({
            "request": what.as_str(), "number": receipt.index, "due": due,
            "receipt": { "index": receipt.index, "entry": receipt.entry, "proof": receipt.proof },
        });
        return Ok(respond(StatusCode::OK, "application/json", body.to_string()));
    }
    let mut response = respond(StatusCode::SEE_OTHER, "text/plain; charset=utf-8", Bytes::new());
    let page = address(&site.policy, language, &site.prefix, &format!("/requests/{}", receipt.index));
    if let Ok(location) = HeaderValue::from_str(&page) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

/// Answers for a request that has no number yet, because the log cannot be written: it is listed among what is kept.
fn kept(site: &Site, asked: &Asked, language: &Language, what: What, recorded: &Recorded) -> Response<Bytes> {
    if wants_json(&asked.headers) {
        let body = json!({ "request": what.as_str(), "number": null, "due": null, "receipt": receipt(site, recorded) });
        return respond(StatusCode::OK, "application/json", body.to_string());
    }
    let mut response = respond(StatusCode::SEE_OTHER, "text/plain; charset=utf-8", Bytes::new());
    let part = address(&site.policy, language, &site.prefix, "/") + "#history";
    if let Ok(location) = HeaderValue::from_str(&part) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// `GET /requests/{number}`: one request of this visitor. Somebody else's and none at all are answered alike.
pub(super) async fn shown(site: &Site, asked: &Asked, number: u64) -> Result<Response<Bytes>, Refusal> {
    let request = own(site, asked).await?.into_iter().find(|request| request.number == number);
    let request = request.ok_or_else(Refusal::not_found)?;
    let language = asked.language(site);
    let labels = site.policy.words(language);
    let title = labels.with("request-number", &[("number", &number.to_string())]);
    let body = html! {
        h1 { (title) }
        @if request.state() == State::Received { p.tc-note role="status" { (labels.get("request-recorded")) } }
        dl {
            dt { (labels.get("request-asked")) } dd { (words(&labels, request.what)) }
            dt { (labels.get("request-came")) } dd { (labels.moment(request.received)) }
            dt { (labels.get("request-until")) } dd { strong { (until(&labels, &request)) } }
            dt { (labels.get("request-state")) } dd { (labels.get(state(request.state()))) }
            @if let Some(contact) = &request.contact { dt { (labels.get("request-contact")) } dd { (contact) } }
            @if let Some(message) = &request.message { dt { (labels.get("request-message")) } dd.tc-said { (message) } }
        }
        @if !request.steps.is_empty() {
            ul {
                @for step in &request.steps {
                    li {
                        (labels.moment(step.time)) " — " (labels.get(state(step.state)))
                        @if let Some(message) = &step.message { br; (labels.get("request-reply")) ": " span.tc-said { (message) } }
                    }
                }
            }
        }
        p { a href={ (site.prefix) "/receipt/" (number) } download { (labels.get("centre-receipt")) " " (number) } }
        (ways_back(site, language, "/#requests"))
    };
    Ok(shell(site, language, &title, body, StatusCode::OK))
}

/// The part of the centre where requests are made and listed.
pub(super) fn part(site: &Site, language: &Language, decision: &Decision, token: &str, made: &[Request]) -> Markup {
    let labels = site.policy.words(language);
    let email = site.policy.rights().email.as_str();
    let term = site.policy.retention().requests.in_words(&labels);
    html! {
        p { (labels.get("centre-requests-note")) " " a href={ "mailto:" (email) } { (email) } }
        @if !made.is_empty() {
            ul.tc-requests {
                @for request in made.iter().rev() {
                    li {
                        a href=(address(&site.policy, language, &site.prefix, &format!("/requests/{}", request.number))) {
                            (labels.with("request-number", &[("number", &request.number.to_string())]))
                        }
                        ": " (words(&labels, request.what))
                        br;
                        (labels.get("request-state")) ": " (labels.get(state(request.state())))
                        @if request.is_open() { " · " (labels.get("request-until")) ": " (until(&labels, request)) }
                    }
                }
            }
        }
        // Without a choice of this browser nothing here is anybody's; the address answers all the same.
        @if decision.visitor().is_some() {
            form.tc-card method="post" action={ (site.prefix) "/requests" } {
                @for (index, what) in What::ALL.into_iter().enumerate() {
                    label {
                        input type="radio" name="request" value=(what) required checked[index == 0];
                        span { (words(&labels, what)) }
                    }
                }
                label.tc-field {
                    span { (labels.get("request-contact")) " (" (labels.get("request-optional")) ")" }
                    input type="text" name="contact" maxlength="300" autocomplete="email";
                }
                label.tc-field {
                    span { (labels.get("request-message")) " (" (labels.get("request-optional")) ")" }
                    textarea name="message" rows="3" maxlength="1500" {}
                }
                p.tc-small { (labels.with("request-kept", &[("term", &term)])) }
                input type="hidden" name="token" value=(token);
                button { (labels.get("request-send")) }
            }
        }
    }
}

/// Returns the requests of the visitor whose signed cookie the request brings.
async fn own(site: &Site, asked: &Asked) -> Result<Vec<Request>, Refusal> {
    let decision = site.decide(&asked.headers, site.clock.now());
    let Some(visitor) = decision.visitor() else { return Ok(Vec::new()) };
    let requests = rights::requests_of(&**site.recorder.store(), &site.policy, visitor).await;
    // Not why: the store's reason names its host.
    requests.map_err(|_| Refusal::unavailable("the requests cannot be read now, try again in a few seconds"))
}

fn words(labels: &Labels, what: What) -> String {
    labels.find(&format!("request-{what}")).unwrap_or(what.as_str()).to_owned()
}

fn state(state: State) -> &'static str {
    match state {
        State::Received => "state-received",
        State::Identified => "state-identified",
        State::Extended => "state-extended",
        State::Answered => "state-answered",
        State::Refused => "state-refused",
        State::Done => "state-done",
    }
}

/// The last day to answer. Where a calendar lacks the year, the operator is told loudly; the visitor has his right still.
fn until(labels: &Labels, request: &Request) -> String {
    request.due_day().map_or_else(|| labels.get("request-until-unknown").to_owned(), |day| labels.date(day))
}

fn form(body: &[u8]) -> Result<Said, Refusal> {
    let mut said = Said::default();
    for (name, value) in url::form_urlencoded::parse(body) {
        let slot = match name.as_ref() {
            "request" => &mut said.request,
            "token" => &mut said.token,
            "contact" => &mut said.contact,
            "message" => &mut said.message,
            _ => return Err(Refusal::malformed("the form has a field that is no part of it")),
        };
        if slot.replace(value.into_owned()).is_some() {
            return Err(Refusal::malformed(format!("`{name}` stands in the form twice")));
        }
    }
    for (name, slot) in [("contact", &mut said.contact), ("message", &mut said.message)] {
        *slot = slot.take().map(|text| tidy(&text)).filter(|text| !text.is_empty());
        if slot.as_ref().is_some_and(|text| text.len() > LONGEST_TEXT) {
            return Err(Refusal::malformed(format!("`{name}` is over {LONGEST_TEXT} bytes")));
        }
    }
    Ok(said)
}

/// Takes out what cannot be printed; lines stay.
fn tidy(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    text.chars().filter(|character| *character == '\n' || !character.is_control()).collect::<String>().trim().to_owned()
}
