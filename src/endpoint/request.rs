//! What a visitor asks the operator to do with his data.
//!
//! In: a form of the privacy centre. Out: an event of the log, then the centre again, which shows it. It answers no
//! request itself: that is the operator's, within the terms of the policy.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::json;

use super::{Asked, choice::same_origin, refusal::Refusal, respond, wants_json};
use crate::{
    decision::Decision,
    record::{Kind, Record},
    signal::VisitorId,
    site::Site,
};

/// What can be asked for; each has a label `request-…`.
pub(super) const WHAT: [&str; 3] = ["access", "stop", "erasure"];

/// `POST /requests`.
pub(super) async fn request(site: &Site, asked: &Asked) -> Result<Response<Bytes>, Refusal> {
    same_origin(&asked.headers, asked)?;
    let signals = site.signals(&asked.headers);
    if signals.bot {
        return Err(Refusal::automated());
    }
    let mut fields = url::form_urlencoded::parse(&asked.body).filter(|(name, _)| name == "request");
    let said = fields.next().filter(|_| fields.next().is_none()).map(|(_, value)| value.into_owned());
    let what = WHAT.into_iter().find(|what| said.as_deref() == Some(what));
    let what = what.ok_or_else(|| Refusal::malformed("`request` is neither access, stop nor erasure"))?;
    let now = site.clock.now();
    let decision = Decision::make(&site.policy, &signals, now);
    // Whose choice is unknown here has no data here; he is told where to write.
    let visitor: VisitorId = decision.visitor().ok_or_else(Refusal::unknown_visitor)?;
    if !site.pace.allows(visitor, now) {
        return Err(Refusal::too_many());
    }
    let mut record = Record {
        visitor: Some(visitor),
        language: Some(site.language(&asked.headers).as_str().to_owned()),
        method: "form",
        source: "centre",
        by: "subject",
        ..Record::of(Kind::Request, now, site.policy.version())
    };
    record.facts.insert("request", what.to_owned());
    let receipt = site.recorder.submit(record).await;
    let receipt =
        receipt.map_err(|_| Refusal::unavailable("the request could not be written, try again in a few seconds"))?;
    if wants_json(&asked.headers) {
        let body = json!({ "request": what, "receipt": { "index": receipt.index, "entry": receipt.entry, "proof": receipt.proof } });
        return Ok(respond(StatusCode::OK, "application/json", body.to_string()));
    }
    let mut response = respond(StatusCode::SEE_OTHER, "text/plain; charset=utf-8", Bytes::new());
    if let Ok(location) = HeaderValue::from_str(&format!("{}/#requests", site.prefix)) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}
