//! Content-Security-Policy: what a site's own policy lets us put into its pages, and a policy for each decision as a
//! second lock.
//!
//! In: response headers, the rules, a decision. Out: how a style or script of ours may stand in the page; one more
//! policy, which can only forbid. A site's own policy is never changed, so never loosened.

use std::collections::BTreeSet;

use http::{HeaderMap, HeaderValue, header};

use super::Rules;
use crate::{
    decision::Decision,
    policy::{Csp, Policy, Service},
};

/// How text of ours may stand in a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Inline {
    /// As it is.
    Allowed,
    /// With this nonce, which the site's policy names.
    Nonce(String),
    /// Not at all; what comes from the site's own address may.
    Linked,
}

/// Says how a style may stand in the page.
pub(crate) fn style(headers: &HeaderMap) -> Inline {
    inline(headers, &["style-src-elem", "style-src", "default-src"])
}

/// Says how a script may stand in the page.
pub(crate) fn script(headers: &HeaderMap) -> Inline {
    inline(headers, &["script-src-elem", "script-src", "default-src"])
}

/// Says whether a frame may show pages of the site itself.
pub(crate) fn frames_self(headers: &HeaderMap) -> bool {
    headers.get_all(header::CONTENT_SECURITY_POLICY).iter().all(|value| {
        value.to_str().is_ok_and(|value| {
            value.split(',').all(|policy| {
                sources(policy, &["frame-src", "child-src", "default-src"]).is_none_or(|sources| {
                    sources.iter().any(|source| source.eq_ignore_ascii_case("'self'") || *source == "*")
                })
            })
        })
    })
}

/// Every policy must agree; the strictest answer counts (CSP 3, 6.7.3.3).
fn inline(headers: &HeaderMap, directives: &[&str]) -> Inline {
    let mut found = Inline::Allowed;
    for value in headers.get_all(header::CONTENT_SECURITY_POLICY) {
        let Ok(value) = value.to_str() else {
            return Inline::Linked;
        };
        for policy in value.split(',') {
            let one = match sources(policy, directives) {
                None => Inline::Allowed,
                Some(sources) => judged(&sources),
            };
            found = match (found, one) {
                (Inline::Linked, _) | (_, Inline::Linked) => Inline::Linked,
                (Inline::Nonce(one), Inline::Nonce(other)) if one != other => Inline::Linked,
                (Inline::Nonce(nonce), _) | (_, Inline::Nonce(nonce)) => Inline::Nonce(nonce),
                (Inline::Allowed, Inline::Allowed) => Inline::Allowed,
            };
        }
    }
    found
}

/// Returns the sources of the first of these directives that a policy has.
fn sources<'a>(policy: &'a str, directives: &[&str]) -> Option<Vec<&'a str>> {
    directives.iter().find_map(|wanted| {
        policy.split(';').find_map(|directive| {
            let mut words = directive.split_ascii_whitespace();
            words.next().is_some_and(|name| name.eq_ignore_ascii_case(wanted)).then(|| words.collect())
        })
    })
}

fn judged(sources: &[&str]) -> Inline {
    let nonce = sources.iter().find_map(|source| {
        let nonce = source.strip_prefix("'nonce-")?.strip_suffix('\'')?;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=-_".contains(&byte);
        (!nonce.is_empty() && nonce.bytes().all(plain)).then(|| nonce.to_owned())
    });
    if let Some(nonce) = nonce {
        return Inline::Nonce(nonce);
    }
    let hashed = sources.iter().any(|source| {
        ["'sha256-", "'sha384-", "'sha512-", "'strict-dynamic'"].iter().any(|hash| source.starts_with(hash))
    });
    // Beside a hash `'unsafe-inline'` counts for nothing.
    if !hashed && sources.iter().any(|source| source.eq_ignore_ascii_case("'unsafe-inline'")) {
        Inline::Allowed
    } else {
        Inline::Linked
    }
}

/// Adds the policy for a decision: scripts, connections, pictures, frames and media from the site itself and from
/// services that are allowed, and from nowhere else. Inline code is left to the gate.
///
/// A page that is the same for everyone has one policy, with the services any visitor may allow: it shuts out who is not
/// declared, and leaves those who are to the gate alone.
pub(crate) fn lock(headers: &mut HeaderMap, rules: &Rules, policy: &Policy, decision: &Decision, prefix: &str) {
    let name = match policy.gate().csp {
        Csp::Off => return,
        Csp::Report => header::CONTENT_SECURITY_POLICY_REPORT_ONLY,
        Csp::Enforce if rules.only_reports => header::CONTENT_SECURITY_POLICY_REPORT_ONLY,
        Csp::Enforce => header::CONTENT_SECURITY_POLICY,
    };
    let mut hosts: BTreeSet<String> = BTreeSet::new();
    for own in &rules.own {
        // A port or an address is `'self'` already.
        if own.contains('.') && !own.starts_with('[') && own.parse::<std::net::IpAddr>().is_err() {
            hosts.insert(own.clone());
            hosts.insert(format!("*.{own}"));
        }
    }
    let may_run = |service: &&Service| rules.everyone.is_some() || rules.withholds(service, decision).is_none();
    for service in policy.services().iter().filter(may_run) {
        let lists = [&service.hosts, &service.scripts, &service.frames, &service.images, &service.links];
        for address in lists.into_iter().flatten() {
            let host = address.split('/').next().unwrap_or_default();
            if let Some(domain) = host.strip_prefix("*.") {
                hosts.insert(domain.to_owned());
            }
            hosts.insert(host.to_owned());
        }
    }
    let hosts = hosts.into_iter().collect::<Vec<_>>().join(" ");
    let value = format!(
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob: {hosts}; connect-src 'self' data: blob: {hosts}; \
         img-src 'self' data: blob: {hosts}; frame-src 'self' data: blob: {hosts}; media-src 'self' data: blob: {hosts}; \
         report-uri {prefix}/csp"
    );
    if let Ok(value) = HeaderValue::from_str(&value) {
        headers.append(name, value);
    }
}

/// What a browser reports: the address it stopped, or would have.
pub(crate) fn reported(body: &[u8]) -> Vec<String> {
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(body) else {
        return Vec::new();
    };
    // One report in the older form, a list in the newer (Reporting API).
    let older = value.get("csp-report").into_iter().filter_map(|report| report.get("blocked-uri"));
    let newer = value.as_array().into_iter().flatten().filter_map(|report| {
        let body = report.get("body").filter(|_| report.get("type").is_some_and(|kind| kind == "csp-violation"))?;
        body.get("blockedURL")
    });
    older.chain(newer).filter_map(|address| address.as_str().map(str::to_owned)).take(MOST_REPORTS).collect()
}

/// Reports of one body that are read.
const MOST_REPORTS: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(policies: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for policy in policies {
            headers.append(header::CONTENT_SECURITY_POLICY, HeaderValue::from_str(policy).unwrap());
        }
        headers
    }

    #[test]
    fn what_a_policy_lets_stand_in_a_page() {
        let nonce = |text: &str| Inline::Nonce(text.to_owned());
        for (policies, expected) in [
            (vec![], Inline::Allowed),
            (vec!["script-src 'self'"], Inline::Allowed),
            (vec!["style-src 'self'"], Inline::Linked),
            (vec!["default-src 'self'"], Inline::Linked),
            (vec!["default-src 'none'; Style-Src 'unsafe-inline'"], Inline::Allowed),
            (vec!["style-src 'unsafe-inline' 'sha256-x'"], Inline::Linked),
            (vec!["style-src 'self' 'nonce-aB+/=1'"], nonce("aB+/=1")),
            (vec!["style-src 'nonce-a\"b'"], Inline::Linked),
            (vec!["style-src 'nonce-a'", "style-src 'unsafe-inline'"], nonce("a")),
            (vec!["style-src 'nonce-a'", "style-src 'nonce-b'"], Inline::Linked),
            (vec!["style-src 'nonce-a', style-src 'self'"], Inline::Linked),
        ] {
            assert_eq!(style(&headers(&policies)), expected, "{policies:?}");
        }
    }

    #[test]
    fn reports_in_both_forms() {
        let older = br#"{"csp-report":{"blocked-uri":"https://x.example/a"}}"#;
        let newer = br#"[{"type":"csp-violation","body":{"blockedURL":"https://y.example/"}},{"type":"other"}]"#;
        assert_eq!(reported(older), ["https://x.example/a"]);
        assert_eq!(reported(newer), ["https://y.example/"]);
        assert!(reported(b"{").is_empty());
    }
}
