//! What the visitor allowed, as a header for the server behind the proxy.
//!
//! In: a policy, a decision. Out: `Tower-Consent: metrics=1, recommendations=0;v="1f2e3d4c5b6a7988"`, a dictionary of
//! RFC 8941. It names no visitor.

use http::{HeaderName, HeaderValue};

use crate::{decision::Decision, policy::Policy};

/// The name of the header.
///
/// # Example
///
/// ```
/// use http::HeaderMap;
/// use tower_consent::{Decision, Policy, proxy::{STATE, state}};
/// let policy = Policy::load("policies/news-site").unwrap();
/// // What the server behind the proxy finds, and reads without any library.
/// let mut headers = HeaderMap::new();
/// headers.extend(state(&policy, &Decision::granting(&policy, ["metrics"])).map(|value| (STATE, value)));
/// assert!(headers["tower-consent"].to_str().unwrap().contains("metrics=1"));
/// ```
pub const STATE: HeaderName = HeaderName::from_static("tower-consent");

/// Returns the header's value: each purpose that is asked about with `1` or `0`, and at the last of them, as parameter
/// `v`, the first 16 digits of the policy's version; `None` where the policy asks about nothing.
///
/// # Example
///
/// ```
/// use tower_consent::{Decision, Policy, proxy::state};
/// let policy = Policy::load("policies/news-site").unwrap();
/// let value = state(&policy, &Decision::granting(&policy, ["metrics"])).unwrap();
/// let expected = format!("metrics=1, recommendations=0;v=\"{}\"", &policy.version()[..16]);
/// assert_eq!(value, expected.as_str());
/// ```
pub fn state(policy: &Policy, decision: &Decision) -> Option<HeaderValue> {
    let mut text = String::with_capacity(96);
    for purpose in policy.asked() {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(purpose.id.as_str());
        text.push_str(if decision.allows(purpose.id.as_str()) { "=1" } else { "=0" });
    }
    if text.is_empty() {
        return None;
    }
    text.extend([";v=\"", &policy.version()[..16], "\""]);
    HeaderValue::from_str(&text).ok()
}
