//! A visitor's choice: from the form to the log and the cookie.

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use serde::Deserialize;
use serde_json::json;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Asked, client::client, expire::expire, refusal::Refusal, respond, wants_json};
use crate::{
    decision::Decision,
    policy::{PageField, Service},
    purpose::PurposeId,
    record::{Kind, Record},
    recorder::{NotRecorded, Recorded},
    signal::{Reading, Remembered, Signals, Token, VisitorId},
    site::Site,
};

/// How long a page's form may grant something; a refusal is taken at any age.
const TOKEN_LIFE: Duration = Duration::hours(48);

/// What a body said.
#[derive(Debug, Default)]
struct Said {
    grants: BTreeSet<PurposeId>,
    /// What the form asked about, where it did not ask about everything: all else stays as it was.
    asked: BTreeSet<PurposeId>,
    token: Option<String>,
    back: Option<String>,
    /// The service whose placeholder the form stood in.
    service: Option<String>,
    method: &'static str,
    withdrawal: bool,
}

impl Said {
    /// Names the place the choice was made at.
    fn source(&self, site: &Site) -> &'static str {
        let centre = |back: &str| back.strip_prefix(site.prefix.as_str()).is_some_and(|rest| rest.starts_with('/'));
        match self.back.as_deref() {
            _ if self.withdrawal => "withdrawal",
            _ if self.service.is_some() => "placeholder",
            Some(back) if centre(back) => "centre",
            _ => "banner",
        }
    }
}

/// Names the signals a browser sent along, whatever they do here.
pub(super) fn signals_seen(headers: &HeaderMap) -> Vec<&'static str> {
    let sent = |name: &str| headers.get(name).is_some_and(|value| value == "1");
    [("dnt", sent("dnt")), ("gpc", sent("sec-gpc"))]
        .into_iter()
        .filter(|(_, sent)| *sent)
        .map(|(name, _)| name)
        .collect()
}

/// `POST /choice`.
pub(super) async fn choose(site: &Site, asked: &Asked) -> Result<Response<Bytes>, Refusal> {
    same_origin(&asked.headers, asked)?;
    if site.signals(&asked.headers).bot {
        return Err(Refusal::automated());
    }
    let said = match content_type(&asked.headers)? {
        Content::Form => form(site, &asked.body)?,
        Content::Json => json_body(site, &asked.body)?,
    };
    let now = site.clock.now();
    let token = said.token.as_deref().and_then(|text| Token::decode(text, &site.keys()));
    let token = match token {
        Some(token) => token,
        // Taking back must never fail for a formality.
        None if said.grants.is_empty() && takes_back(site, asked, now) => {
            return carry_out(site, asked, said, None, now).await;
        }
        None if said.token.is_none() => {
            return Err(Refusal::token("the form brought no token: it was not shown by this site"));
        }
        None => return Err(Refusal::token("the form's token was not made by this site")),
    };
    if !said.grants.is_empty() {
        is_fresh(site, &token, now)?;
    }
    if let Some(id) = &said.service {
        keep_placeholder(site, service(site, id)?, &token).await?;
    }
    carry_out(site, asked, said, Some(token), now).await
}

/// Returns the service a placeholder's form names.
pub(super) fn service<'s>(site: &'s Site, id: &str) -> Result<&'s Service, Refusal> {
    site.policy.service(id).ok_or_else(|| Refusal::malformed("`service` is none of this site"))
}

/// Keeps what the placeholder showed whose form brings this token; refuses a token of something else.
pub(super) async fn keep_placeholder(site: &Site, service: &Service, token: &Token) -> Result<(), Refusal> {
    match site.keep_placeholder(service, &token.language, &token.notice).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Refusal::token("the form's token was made for something else")),
        Err(_) => Err(Refusal::unavailable("what was shown could not be kept, try again in a few seconds")),
    }
}

/// Says whether a form was shown too long ago, or in the future.
pub(super) fn is_old(token: &Token, now: OffsetDateTime) -> bool {
    now - token.minted > TOKEN_LIFE || token.minted > now + Duration::minutes(5)
}

/// Refuses a form that was shown too long ago, or under another policy.
pub(super) fn is_fresh(site: &Site, token: &Token, now: OffsetDateTime) -> Result<(), Refusal> {
    if is_old(token, now) {
        return Err(Refusal::token("the form is too old: reload the page and choose again"));
    }
    if token.policy != site.policy.version()[..16] {
        return Err(Refusal::policy_changed());
    }
    Ok(())
}

/// `POST /withdraw`: everything off; needs no token.
pub(super) async fn withdraw(site: &Site, asked: &Asked) -> Result<Response<Bytes>, Refusal> {
    same_origin(&asked.headers, asked)?;
    let mut said = Said { method: "form", withdrawal: true, ..Said::default() };
    if !asked.body.is_empty() {
        match content_type(&asked.headers)? {
            Content::Form => {
                let mut fields = url::form_urlencoded::parse(&asked.body);
                said.back = fields.find(|(name, _)| name == "back").map(|(_, value)| value.into_owned());
            }
            Content::Json => said.method = "json",
        }
    }
    carry_out(site, asked, said, None, site.clock.now()).await
}

fn takes_back(site: &Site, asked: &Asked, now: OffsetDateTime) -> bool {
    let decision = site.decide(&asked.headers, now);
    site.policy.asked().any(|purpose| decision.chose(purpose.id.as_str()))
}

/// Records the choice, then answers with the cookie that holds it.
async fn carry_out(
    site: &Site,
    asked: &Asked,
    said: Said,
    token: Option<Token>,
    now: OffsetDateTime,
) -> Result<Response<Bytes>, Refusal> {
    let signals = site.signals(&asked.headers);
    let before = Decision::make(&site.policy, &signals, now);
    let decided = |id: &PurposeId| {
        if said.asked.is_empty() || said.asked.contains(id) {
            return Some(said.grants.contains(id));
        }
        // Not asked about: as it was, or still undecided.
        before
            .chose(id.as_str())
            .then_some(true)
            .or_else(|| before.refused().any(|refused| refused == id).then_some(false))
    };
    let purposes: BTreeMap<PurposeId, bool> =
        site.policy.asked().filter_map(|purpose| Some((purpose.id.clone(), decided(&purpose.id)?))).collect();
    let granted = purposes.values().filter(|granted| **granted).count();
    let had_granted = purposes.keys().any(|id| before.chose(id.as_str()));
    let kind = match (granted, had_granted) {
        (0, true) => Kind::Withdraw,
        (0, false) => Kind::Refuse,
        _ if had_granted && purposes.iter().all(|(id, granted)| before.allows(id.as_str()) == *granted) => Kind::Renew,
        (granted, _) if granted == site.policy.asked().count() => Kind::Accept,
        _ => Kind::Partial,
    };
    let once = token.as_ref().map(|token| token.once.clone());
    let visitor = match &signals.choice {
        Reading::Valid(choice) => choice.visitor,
        // A new visitor takes the random part of the form's token, so that the same form sent twice is one person.
        _ => visitor_of(once.as_deref()).ok_or_else(|| Refusal::unavailable("no random bits for a visitor's id"))?,
    };
    if kind != Kind::Withdraw && !site.pace.allows(visitor, now) {
        return Err(Refusal::too_many());
    }
    let language = token.as_ref().map(|token| token.language.clone());
    let record = Record {
        visitor: Some(visitor),
        purposes: purposes.clone(),
        notice: token.as_ref().map(|token| token.notice.clone()),
        consent: language.as_ref().and_then(|language| site.consent(language)),
        language,
        method: said.method,
        source: said.source(site),
        by: "subject",
        signals: signals_seen(&asked.headers),
        origin_check: Some(
            if asked.headers.contains_key("sec-fetch-site") || asked.headers.contains_key(header::ORIGIN) {
                "same-origin"
            } else {
                "absent"
            },
        ),
        jurisdiction: site.jurisdiction(&before),
        basis: Some("consent"),
        expires: (kind != Kind::Withdraw).then(|| now + site.policy.choice().rule(before.profile()).duration()),
        once,
        client: client(site.policy.record(), &asked.headers, &site.keys()),
        brief: Duration::try_from(site.policy.retention().short_lived.duration()).unwrap_or(Duration::days(30)),
        page: said
            .back
            .as_deref()
            .filter(|path| site.policy.record().page == PageField::Path && is_own_path(path))
            .and_then(|path| path.split('?').next())
            .map(str::to_owned),
        ..Record::of(kind, now, site.policy.version())
    };
    let remembered = Remembered {
        visitor,
        at: now,
        purposes: purposes
            .iter()
            .filter_map(|(id, granted)| {
                let purpose = site.policy.purpose(id.as_str())?;
                Some((id.clone(), (*granted, site.policy.material(purpose).to_owned())))
            })
            .collect(),
        under_gpc: before.gpc(),
    };
    let after = Signals { choice: Reading::Valid(remembered.clone()), ..signals };
    let after = Decision::make(&site.policy, &after, now);
    let cookies = cookies(site, asked, &after, &remembered);
    match site.recorder.record(record).await {
        Ok(recorded) => Ok(chosen(site, asked, &said, &purposes, &recorded, &after, cookies)),
        Err(reason) => {
            let words = match reason {
                NotRecorded::Busy => "too many choices are being written, try again in a few seconds",
                NotRecorded::Unavailable => "the choice could not be written, try again in a few seconds",
            };
            let mut refusal = Refusal::unavailable(words);
            if said.grants.is_empty() {
                // Not recorded, and said so; but what is refused stops at once.
                refusal.cookies = cookies;
            }
            Err(refusal)
        }
    }
}

/// Writes the visitor's receipt: with its proof, or with where that will be.
pub(super) fn receipt(site: &Site, recorded: &Recorded) -> serde_json::Value {
    match recorded {
        Recorded::InLog(receipt) => json!({
            "index": receipt.index, "kind": receipt.kind.as_str(), "size": receipt.size, "root": receipt.root,
            "entry": receipt.entry, "proof": receipt.proof,
        }),
        Recorded::Kept(kept) => json!({
            "status": "kept", "kind": kept.kind.as_str(), "time": kept.time.format(&Rfc3339).ok(), "hash": kept.hash, "entry": kept.entry,
            "later": format!("{}/receipt/{}", site.prefix, kept.hash), "note": NOT_YET,
        }),
    }
}

/// What a receipt says that has no proof yet.
pub(super) const NOT_YET: &str = "kept durably by this server and not in the log yet: the proof comes with the same address \
    when it is";

fn chosen(
    site: &Site,
    asked: &Asked,
    said: &Said,
    purposes: &BTreeMap<PurposeId, bool>,
    recorded: &Recorded,
    after: &Decision,
    cookies: Vec<HeaderValue>,
) -> Response<Bytes> {
    let mut response = if wants_json(&asked.headers) {
        let list = |wanted: bool| -> Vec<&str> {
            purposes.iter().filter(|(_, granted)| **granted == wanted).map(|(id, _)| id.as_str()).collect()
        };
        let undecided = site.policy.asked().map(|purpose| purpose.id.as_str());
        let undecided: Vec<&str> = undecided.filter(|id| !purposes.contains_key(*id)).collect();
        let mut body = json!({
            "granted": list(true),
            "refused": list(false),
            "undecided": undecided,
            "receipt": receipt(site, recorded),
        });
        if let Some(clear) = site.rules.storage.refused(after) {
            body["clear"] = clear;
        }
        respond(StatusCode::OK, "application/json", body.to_string())
    } else {
        let mut response = respond(StatusCode::SEE_OTHER, "text/plain; charset=utf-8", Bytes::new());
        let back = said.back.as_deref().filter(|path| is_own_path(path)).unwrap_or("/");
        let location = HeaderValue::from_str(back).unwrap_or(HeaderValue::from_static("/"));
        response.headers_mut().insert(header::LOCATION, location);
        response
    };
    for cookie in cookies {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The choice cookie, and the end of the cookies of everything refused.
fn cookies(site: &Site, asked: &Asked, decision: &Decision, remembered: &Remembered) -> Vec<HeaderValue> {
    let mut headers = HeaderMap::new();
    if let Some(cookie) = site.choice_cookie(remembered, decision.profile()) {
        headers.append(header::SET_COOKIE, cookie);
    }
    expire(site, asked, "/", decision, &mut headers);
    headers.get_all(header::SET_COOKIE).iter().cloned().collect()
}

pub(super) fn visitor_of(once: Option<&str>) -> Option<VisitorId> {
    let from_token = once.and_then(|once| URL_SAFE_NO_PAD.decode(once).ok()?.try_into().ok());
    match from_token {
        Some(bits) => Some(VisitorId::from_random(bits)),
        None => {
            let mut bits = [0; 16];
            getrandom::fill(&mut bits).ok()?;
            Some(VisitorId::from_random(bits))
        }
    }
}

/// Refuses what another site made the browser send: `Sec-Fetch-Site` where there is one, else `Origin` against
/// `Host`. A request with neither is no browser's and stands or falls with its token.
pub(super) fn same_origin(headers: &HeaderMap, asked: &Asked) -> Result<(), Refusal> {
    match headers.get("sec-fetch-site").map(HeaderValue::as_bytes) {
        Some(b"same-origin" | b"none") => return Ok(()),
        Some(_) => return Err(Refusal::cross_origin()),
        None => {}
    }
    let Some(origin) = headers.get(header::ORIGIN) else {
        return Ok(());
    };
    let origin = origin.to_str().ok().and_then(|text| url::Url::parse(text).ok());
    let authority = headers
        .get(header::HOST)
        .and_then(|value| value.to_str().ok())
        .or_else(|| asked.uri.authority().map(|authority| authority.as_str()));
    let here = |origin: &url::Url| {
        let site = url::Url::parse(&format!("{}://{}", origin.scheme(), authority?)).ok()?;
        Some(site.host() == origin.host() && site.port_or_known_default() == origin.port_or_known_default())
    };
    if origin.as_ref().and_then(here) == Some(true) { Ok(()) } else { Err(Refusal::cross_origin()) }
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Content {
    Form,
    Json,
}

pub(super) fn content_type(headers: &HeaderMap) -> Result<Content, Refusal> {
    if headers.contains_key(header::CONTENT_ENCODING) {
        return Err(Refusal::media_type());
    }
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "application/x-www-form-urlencoded" => Ok(Content::Form),
        "application/json" => Ok(Content::Json),
        _ => Err(Refusal::media_type()),
    }
}

fn form(site: &Site, body: &[u8]) -> Result<Said, Refusal> {
    let mut said = Said { method: "form", ..Said::default() };
    let mut choice = None;
    for (name, value) in url::form_urlencoded::parse(body) {
        let once = |slot: &mut Option<String>| match slot.replace(value.clone().into_owned()) {
            None => Ok(()),
            Some(_) => Err(Refusal::malformed(format!("`{name}` stands in the form twice"))),
        };
        match name.as_ref() {
            "choice" => once(&mut choice)?,
            "token" => once(&mut said.token)?,
            "back" => once(&mut said.back)?,
            "service" => once(&mut said.service)?,
            "purpose" => {
                said.grants.insert(asked_purpose(site, &value)?);
            }
            "asked" => {
                said.asked.insert(asked_purpose(site, &value)?);
            }
            _ => {
                return Err(Refusal::malformed("the form has a field that is no part of it"));
            }
        }
    }
    match choice.as_deref() {
        Some("accept") if said.asked.is_empty() => {
            said.grants = site.policy.asked().map(|purpose| purpose.id.clone()).collect();
        }
        Some("accept") => said.grants.clone_from(&said.asked),
        Some("refuse") => said.grants.clear(),
        Some("save") => {}
        Some(_) => {
            return Err(Refusal::malformed("`choice` is neither accept, refuse nor save"));
        }
        None => return Err(Refusal::malformed("`choice` is missing")),
    }
    if !said.asked.is_empty() && !said.grants.is_subset(&said.asked) {
        return Err(Refusal::malformed("a purpose is chosen that the form did not ask about"));
    }
    Ok(said)
}

fn json_body(site: &Site, body: &[u8]) -> Result<Said, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        purposes: BTreeMap<String, bool>,
        token: Option<String>,
    }
    let body: Body =
        serde_json::from_slice(body).map_err(|error| Refusal::malformed(format!("no such JSON: {error}")))?;
    let mut said = Said { token: body.token, method: "json", ..Said::default() };
    for (name, granted) in body.purposes {
        let id = asked_purpose(site, &name)?;
        if granted {
            said.grants.insert(id);
        }
    }
    Ok(said)
}

fn asked_purpose(site: &Site, name: &str) -> Result<PurposeId, Refusal> {
    let known = site.policy.asked().find(|purpose| purpose.id.as_str() == name);
    known
        .map(|purpose| purpose.id.clone())
        .ok_or_else(|| Refusal::malformed("a purpose is named that is not asked for"))
}

/// Says whether a way back leads to this site: a path with one slash first, and nothing a browser would read as
/// another host or another header.
pub(super) fn is_own_path(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && path.len() <= 2048
        && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_paths_lead_back() {
        for good in ["/", "/a?b=c&d=%2F", "/_consent/", "/a//b"] {
            assert!(is_own_path(good), "{good}");
        }
        for bad in
            ["", "a", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nX: y", "/ a", "\\", "/é"]
        {
            assert!(!is_own_path(bad), "{bad}");
        }
    }
}
