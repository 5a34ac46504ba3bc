//! One piece of withheld content, shown once: the visitor asked for it in its placeholder.
//!
//! In: the placeholder's form. Out: a record that these purposes were allowed for this one time, then a page in the
//! placeholder's frame that leads on to the content. Nothing is remembered: the next page withholds it again.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use maud::{DOCTYPE, PreEscaped, html};
use sha2::{Digest, Sha256};
use url::Url;

use super::{
    Asked,
    choice::{
        Content, content_type, is_fresh, keep_placeholder, same_origin, service as named, signals_seen, visitor_of,
    },
    client::client,
    refusal::Refusal,
    respond,
};
use crate::{
    banner::placeholder::needed,
    decision::Decision,
    language::negotiate,
    record::{Kind, Record},
    signal::{Reading, Token},
    site::Site,
};

/// `POST /once`.
pub(super) async fn once(site: &Site, asked: &Asked) -> Result<Response<Bytes>, Refusal> {
    same_origin(&asked.headers, asked)?;
    let signals = site.signals(&asked.headers);
    if signals.bot {
        return Err(Refusal::automated());
    }
    let Content::Form = content_type(&asked.headers)? else {
        return Err(Refusal::media_type());
    };
    let field = |wanted: &str| {
        let mut values = url::form_urlencoded::parse(&asked.body).filter(|(name, _)| name == wanted);
        let value = values.next().filter(|_| values.next().is_none()).map(|(_, value)| value.into_owned());
        value.ok_or_else(|| Refusal::malformed(format!("`{wanted}` does not stand in the form once")))
    };
    let (service, address, token) = (field("service")?, field("address")?, field("token")?);
    let service = named(site, &service)?;
    // It leads to content of that service and nowhere else.
    let url = Url::parse(&address).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    let url = url
        .filter(|url| site.rules.matcher.addressed(url).any(|found| found.id == service.id))
        .ok_or_else(|| Refusal::malformed("`address` is none of that service"))?;
    let now = site.clock.now();
    let token = Token::decode(&token, &site.keys())
        .ok_or_else(|| Refusal::token("the form's token was not made by this site"))?;
    is_fresh(site, &token, now)?;
    keep_placeholder(site, service, &token).await?;
    let decision = Decision::make(&site.policy, &signals, now);
    let visitor = match &signals.choice {
        Reading::Valid(choice) => choice.visitor,
        _ => visitor_of(Some(&token.once)).ok_or_else(|| Refusal::unavailable("no random bits for a visitor's id"))?,
    };
    if !site.pace.allows(visitor, now) {
        return Err(Refusal::too_many());
    }
    let content = base16ct::lower::encode_string(&Sha256::digest(url.as_str()));
    let mut record = Record {
        visitor: Some(visitor),
        purposes: needed(&site.policy, service).map(|id| (id.clone(), true)).collect(),
        consent: site.consent(&token.language),
        notice: Some(token.notice),
        language: Some(token.language.clone()),
        method: "form",
        source: "placeholder",
        by: "subject",
        signals: signals_seen(&asked.headers),
        jurisdiction: site.jurisdiction(&decision),
        basis: Some("consent"),
        // It held for what was shown then and no longer.
        expires: Some(now),
        once: Some(format!("{}.{}", token.once, &content[..8])),
        client: client(site.policy.record(), &asked.headers, &site.keys()),
        ..Record::of(Kind::Partial, now, site.policy.version())
    };
    record.facts.insert("service", service.id.clone());
    let receipt = site.recorder.record(record).await;
    receipt.map_err(|_| Refusal::unavailable("the choice could not be written, try again in a few seconds"))?;
    let language = negotiate(Some(&token.language), &site.policy.site().languages);
    let title = service.title.in_language(language);
    let page = html! {
        (DOCTYPE)
        html lang=(language) dir=(language.direction()) {
            meta charset="utf-8";
            title { (title) }
            meta http-equiv="refresh" content={ "0;url=" (url) };
            style { (PreEscaped(":root{color-scheme:light dark}")) }
            a href=(url) { (title) }
        }
    };
    let mut response = respond(StatusCode::OK, "text/html; charset=utf-8", page.into_string());
    let headers = response.headers_mut();
    let policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'self'";
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    // Players ask which site shows them, and are told no more than that.
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("strict-origin-when-cross-origin"));
    Ok(response)
}
