//! Paths that answer to browsers rather than people: violation reports, the style of the banner, support of `Sec-GPC`.
//!
//! In: a request. Out: an answer without anything of the visitor; what reports name goes into the ledger, as hosts.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::json;
use sha2::{Digest, Sha256};
use time::{Duration, OffsetDateTime};
use url::Url;

use super::{Asked, refusal::Refusal, respond};
use crate::{
    banner::Banner,
    gate::{Findings, Judge, csp},
    policy::Gpc,
    site::Site,
};

/// Reports taken in one window, over all visitors; the rest is dropped, since counts need a sample only.
const REPORTS: u32 = 300;
const WINDOW: Duration = Duration::minutes(1);

/// How many reports were taken in this window.
#[derive(Debug, Default)]
pub(crate) struct Sample(std::sync::Mutex<(Option<OffsetDateTime>, u32)>);

impl Sample {
    fn takes(&self, now: OffsetDateTime) -> bool {
        let mut counted = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let (start, count) = &mut *counted;
        if start.is_none_or(|start| now - start >= WINDOW || now < start) {
            *start = Some(now);
            *count = 0;
        }
        *count += 1;
        *count <= REPORTS
    }
}

/// Takes violation reports: hosts of services are counted, hosts no service names are listed.
pub(super) fn violations(site: &Site, asked: &Asked) -> Result<Response<Bytes>, Refusal> {
    let kind = asked.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if !matches!(kind.as_str(), "application/csp-report" | "application/reports+json") {
        return Err(Refusal::media_type());
    }
    let now = site.clock.now();
    if site.sample.takes(now) {
        let mut findings = Findings::default();
        let decision = site.decide(&asked.headers, now);
        let bases = [site.origin.clone()];
        for address in csp::reported(&asked.body) {
            let Ok(url) = Url::parse(&address) else {
                continue;
            };
            let judge =
                Judge { rules: &site.rules, decision: &decision, bases: &bases, findings: &mut findings, depth: 0 };
            judge.reported(&url);
        }
        site.ledger.add(findings, site.policy.version(), now);
    }
    Ok(respond(StatusCode::NO_CONTENT, "text/plain", Bytes::new()))
}

/// Returns the style of a banner by the hash in its name.
pub(super) fn style(site: &Site, name: &str) -> Result<Response<Bytes>, Refusal> {
    let wanted = name.strip_suffix(".css").ok_or_else(Refusal::not_found)?;
    let style = site
        .policy
        .site()
        .languages
        .iter()
        .filter_map(|language| site.banners.of(language))
        .flat_map(Banner::styles)
        .find(|style| style_hash(style) == wanted);
    let style = style.ok_or_else(Refusal::not_found)?;
    let mut response = respond(StatusCode::OK, "text/css; charset=utf-8", style.to_owned());
    let immutable = HeaderValue::from_static("public, max-age=31536000, immutable");
    response.headers_mut().insert(header::CACHE_CONTROL, immutable);
    response.headers_mut().remove(header::VARY);
    Ok(response)
}

/// Returns the name a style is served under.
pub(crate) fn style_hash(style: &str) -> String {
    base16ct::lower::encode_string(&Sha256::digest(style))[..16].to_owned()
}

/// Declares support of `Sec-GPC` (Global Privacy Control, 4); `None` where the policy does not declare it.
pub(crate) fn gpc(site: &Site) -> Option<Response<Bytes>> {
    let signals = site.policy.signals();
    let since = signals.gpc_since.filter(|_| signals.gpc == Gpc::Honour)?;
    let body = json!({ "gpc": true, "lastUpdate": since.to_string() });
    let mut response = respond(StatusCode::OK, "application/json", body.to_string());
    response.headers_mut().remove(header::VARY);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=3600"));
    Some(response)
}
