//! What a visitor reads when there is no page to pass on.
//!
//! In: a reason, what the visitor accepts, the policy of the site where there is one. Out: a small page in a language the
//! visitor reads, or JSON. It names no inner server.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};
use maud::{DOCTYPE, html};

use super::body::Outbound;
use crate::{
    language::{Labels, Language, built_in_languages, negotiate},
    policy::Policy,
};

/// Why the proxy answers itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The request cannot be passed on as it is.
    BadRequest,
    /// No connection to the upstream.
    Connect,
    /// The request came back to us.
    Loop,
    /// A method nobody but a proxy for clients answers.
    Method,
    /// No site has this name.
    Misdirected,
    /// The upstream's answer cannot be understood, or it broke off.
    Response,
    /// The visitor's body did not come.
    SlowRequest,
    /// The upstream did not answer in time.
    SlowUpstream,
    /// The request's body is too long.
    TooLarge,
}

impl Fault {
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::Connect | Self::Response => StatusCode::BAD_GATEWAY,
            Self::Loop => StatusCode::LOOP_DETECTED,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Self::SlowRequest => StatusCode::REQUEST_TIMEOUT,
            Self::SlowUpstream => StatusCode::GATEWAY_TIMEOUT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        }
    }

    /// Returns a word for logs and programs.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "bad-request",
            Self::Connect => "upstream-unreachable",
            Self::Loop => "loop",
            Self::Method => "method",
            Self::Misdirected => "no-such-site",
            Self::Response => "upstream-broken",
            Self::SlowRequest => "request-slow",
            Self::SlowUpstream => "upstream-slow",
            Self::TooLarge => "request-too-large",
        }
    }

    /// Returns the names of the labels that say what happened, and what to do.
    fn labels(self) -> (&'static str, &'static str) {
        match self {
            Self::BadRequest | Self::Method => ("fault-bad-request", "fault-bad-request-advice"),
            Self::Connect => ("fault-upstream-unreachable", "fault-upstream-unreachable-advice"),
            Self::Loop => ("fault-loop", "fault-loop-advice"),
            Self::Misdirected => ("fault-no-such-site", "fault-no-such-site-advice"),
            Self::Response => ("fault-upstream-broken", "fault-again"),
            Self::SlowRequest => ("fault-request-slow", "fault-request-slow-advice"),
            Self::SlowUpstream => ("fault-upstream-slow", "fault-again"),
            Self::TooLarge => ("fault-request-too-large", "fault-request-too-large-advice"),
        }
    }

    /// Makes the answer to a request with these headers, in a language the visitor wants: one of the site's, by the site's
    /// own words, or any other that is built in; else in the first of the site's.
    pub(super) fn response(self, asked: &HeaderMap, policy: Option<&Policy>) -> Response<Outbound> {
        let value = |name| asked.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).unwrap_or_default();
        let status = self.status();
        let languages = available(policy);
        let language = negotiate(Some(value(header::ACCEPT_LANGUAGE)), &languages);
        let labels = policy.map_or_else(|| Labels::of(language), |policy| policy.words(language));
        let (heading, advice) = self.labels();
        let foreign = labels.fallen_back().any(|name| name == heading);
        let (heading, advice) = (labels.get(heading), labels.get(advice));
        let (kind, body) = if value(header::ACCEPT).contains("application/json") {
            let json = serde_json::json!({ "error": self.as_str(), "reason": heading });
            ("application/json", json.to_string())
        } else {
            let page = html! {
                (DOCTYPE)
                html lang=(if foreign { "en" } else { language.as_str() }) dir=(if foreign { "ltr" } else { language.direction() }) {
                    head {
                        meta charset="utf-8";
                        meta name="viewport" content="width=device-width";
                        title { (status.as_str()) " · " (heading) }
                        style { "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1rem}" }
                    }
                    body { main { h1 { (heading) } p { (advice) } p { small { (status.as_str()) " " (self.as_str()) } } } }
                }
            };
            ("text/html; charset=utf-8", page.into_string())
        };
        let mut response = Response::new(Outbound::page(Bytes::from(body)));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        match self {
            Self::Connect | Self::Response | Self::SlowUpstream => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
            }
            Self::Method => {
                headers.insert(header::ALLOW, HeaderValue::from_static("DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"));
            }
            _ => {}
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Returns the languages a page can be in: the site's, then all that are built in; without a site English first.
fn available(policy: Option<&Policy>) -> Vec<Language> {
    let mut languages = policy.map_or_else(Vec::new, |policy| policy.site().languages.clone());
    for tag in std::iter::once("en").chain(built_in_languages()) {
        let language: Language = tag.parse().expect("the built-in tags are tested to parse");
        if !languages.contains(&language) {
            languages.push(language);
        }
    }
    languages
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    const FAULTS: [Fault; 9] = [
        Fault::BadRequest,
        Fault::Connect,
        Fault::Loop,
        Fault::Method,
        Fault::Misdirected,
        Fault::Response,
        Fault::SlowRequest,
        Fault::SlowUpstream,
        Fault::TooLarge,
    ];

    async fn page(fault: Fault, wanted: &str, policy: Option<&Policy>) -> String {
        let mut asked = HeaderMap::new();
        asked.insert(header::ACCEPT_LANGUAGE, wanted.parse().unwrap());
        let body = fault.response(&asked, policy).into_body().collect().await.unwrap().to_bytes();
        String::from_utf8(body.to_vec()).unwrap()
    }

    #[tokio::test]
    async fn every_fault_is_told_in_every_language() {
        for tag in built_in_languages() {
            let labels = Labels::of(&tag.parse().unwrap());
            for fault in FAULTS {
                let (heading, advice) = fault.labels();
                let text = page(fault, &format!("{tag}, xx;q=0.5"), None).await;
                assert!(text.contains(&format!("<html lang=\"{tag}\" dir=\"ltr\">")), "{tag} {fault:?}: {text}");
                assert!(
                    text.contains(&format!("<h1>{}</h1><p>{}</p>", labels.get(heading), labels.get(advice))),
                    "{text}"
                );
            }
        }
    }

    #[tokio::test]
    async fn a_site_speaks_its_own_language_in_its_own_words() {
        let policy = Policy::load("policies/news-site").unwrap();
        let languages = policy.site().languages.iter().map(Language::as_str);
        assert_eq!(languages.collect::<Vec<_>>(), ["ru", "en"]);
        for (wanted, told) in [("xx", "ru"), ("en-GB", "en"), ("de-AT, en;q=0.9", "de"), ("de;q=0.5, en;q=0.9", "en")] {
            let text = page(Fault::Connect, wanted, Some(&policy)).await;
            assert!(text.contains(&format!("<html lang=\"{told}\" ")), "{wanted}: {text}");
        }
        assert!(page(Fault::Connect, "xx", None).await.contains("<html lang=\"en\" "));
    }
}
