//! Why a request under the prefix was not carried out: the reason in words, for people and for programs.

use bytes::Bytes;
use http::{HeaderValue, Method, Response, StatusCode, header};
use maud::html;
use serde_json::json;

use super::{Asked, page, respond, wants_json};
use crate::site::Site;

/// A request that changed nothing.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    code: &'static str,
    reason: String,
    allow: Option<&'static [Method]>,
    /// Cookies to set all the same: a withdrawal closes the gate even when it could not be written.
    pub(super) cookies: Vec<HeaderValue>,
}

impl Refusal {
    fn new(status: StatusCode, code: &'static str, reason: impl Into<String>) -> Self {
        Self { status, code, reason: reason.into(), allow: None, cookies: Vec::new() }
    }

    pub(super) fn malformed(reason: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", reason)
    }

    pub(super) fn cross_origin() -> Self {
        Self::new(StatusCode::FORBIDDEN, "cross-origin", "the request comes from another site")
    }

    pub(super) fn token(reason: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "token", reason)
    }

    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "there is no such page")
    }

    pub(super) fn method(allow: &'static [Method]) -> Self {
        let refusal = Self::new(StatusCode::METHOD_NOT_ALLOWED, "method", "this path is not asked for in this way");
        Self { allow: Some(allow), ..refusal }
    }

    pub(super) fn policy_changed() -> Self {
        Self::new(StatusCode::CONFLICT, "policy-changed", "the texts have changed since the page was shown")
    }

    pub(super) fn too_large(limit: usize) -> Self {
        let reason = format!("the body is longer than {limit} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", reason)
    }

    pub(super) fn media_type() -> Self {
        let reason = "the body must be application/x-www-form-urlencoded or application/json, not encoded";
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", reason)
    }

    pub(super) fn automated() -> Self {
        Self::new(StatusCode::FORBIDDEN, "automated", "a robot has nothing to agree to")
    }

    pub(super) fn unknown_visitor() -> Self {
        let reason = "this browser has no choice recorded here: write to the operator, whose address is in the policy";
        Self::new(StatusCode::CONFLICT, "unknown-visitor", reason)
    }

    pub(super) fn too_many() -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many", "too many choices in a minute, wait a little")
    }

    pub(super) fn unavailable(reason: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", reason)
    }

    pub(super) fn response(self, site: &Site, asked: &Asked) -> Response<Bytes> {
        let mut response = if wants_json(&asked.headers) {
            let body = json!({ "error": self.code, "reason": self.reason });
            respond(self.status, "application/json", body.to_string())
        } else {
            let language = asked.language(site);
            let labels = site.policy.words(language);
            let named = format!("error-{}", self.code);
            let body = html! {
                h1 { (labels.get("error-title")) }
                p.tc-note { (labels.find(&named).unwrap_or(&self.reason)) " (" (self.status.as_u16()) ", " (self.code) ")" }
                p { (labels.get("error-again")) }
                (page::ways_back(site, language, "/"))
            };
            page::shell(site, language, labels.get("error-title"), body, self.status)
        };
        let headers = response.headers_mut();
        if let Some(allow) = self.allow {
            let names: Vec<&str> = allow.iter().map(Method::as_str).collect();
            if let Ok(value) = HeaderValue::from_str(&names.join(", ")) {
                headers.insert(header::ALLOW, value);
            }
        }
        let wait = match self.status {
            StatusCode::SERVICE_UNAVAILABLE => Some("5"),
            StatusCode::TOO_MANY_REQUESTS => Some("60"),
            _ => None,
        };
        if let Some(seconds) = wait {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static(seconds));
        }
        for cookie in self.cookies {
            headers.append(header::SET_COOKIE, cookie);
        }
        response
    }
}
