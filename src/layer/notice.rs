//! The model `notice`: who was shown the banner and opens a second page has agreed.
//!
//! The page that shows the banner sets a signed mark. When the mark comes back with a request for another page, that is
//! recorded while the page is made; the page itself stays gated and never waits. Once the record is durable, the
//! response that is under way, or a later one, carries the choice. What is never durable is never granted.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use http::{HeaderMap, HeaderValue, header};
use time::{Duration, OffsetDateTime};

use crate::{
    decision::{Decision, Reason},
    policy::Model,
    record::{Kind, Record},
    recorder::{NotRecorded, Recorded},
    signal::{Remembered, Token, VisitorId},
    site::Site,
};

/// How long after the banner was shown a second page counts.
const LIFE: Duration = Duration::hours(48);

/// An agreement that is being recorded.
pub(super) struct Agreement {
    recording: Pin<Box<dyn Future<Output = Result<Recorded, NotRecorded>> + Send + Sync>>,
    remembered: Remembered,
    recorded: Option<bool>,
}

impl fmt::Debug for Agreement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Agreement(recorded: {:?})", self.recorded)
    }
}

/// Says whether a visitor is under this model and has not said anything.
pub(super) fn applies(site: &Site, decision: &Decision) -> bool {
    decision.reason() == Reason::Undecided
        && decision.needs_banner()
        && site.policy.choice().rule(decision.profile()).model == Model::Notice
}

/// Returns the mark of a visitor who is shown the banner, as a cookie.
pub(super) fn mark(site: &Site, headers: &HeaderMap, now: OffsetDateTime) -> Option<HeaderValue> {
    let language = site.language(headers);
    let token = site.mint(language.as_str(), &site.banners.of(language)?.hash, now)?;
    let cookie = cookie::Cookie::build((name(site), token))
        .path("/")
        .http_only(true)
        .secure(site.secure())
        .same_site(cookie::SameSite::Lax)
        .max_age(LIFE)
        .build();
    HeaderValue::from_str(&cookie.to_string()).ok()
}

fn name(site: &Site) -> &'static str {
    if site.secure() { "__Host-tower-consent-shown" } else { "tower-consent-shown" }
}

impl Agreement {
    /// Begins to record the agreement of a visitor who brings the mark of an earlier page.
    pub(super) fn begin(site: &Site, headers: &HeaderMap, decision: &Decision, now: OffsetDateTime) -> Option<Self> {
        if !applies(site, decision) {
            return None;
        }
        let token = brought(site, headers)?;
        let age = now - token.minted;
        // What was shown must be what is in force, and the page before this one.
        if age < Duration::ZERO || age > LIFE || token.policy != site.policy.version()[..16] {
            return None;
        }
        let bits = URL_SAFE_NO_PAD.decode(&token.once).ok()?.try_into().ok()?;
        let visitor = VisitorId::from_random(bits);
        // The signal refuses what is sold, whatever else the visitor does.
        let granted = |purpose: &crate::policy::Purpose| !(decision.gpc() && purpose.is_sale());
        let asked: Vec<_> = site.policy.asked().collect();
        let record = Record {
            visitor: Some(visitor),
            purposes: asked.iter().map(|purpose| (purpose.id.clone(), granted(purpose))).collect(),
            notice: Some(token.notice.clone()),
            consent: site.consent(&token.language),
            language: Some(token.language.clone()),
            method: "header",
            source: "banner",
            by: "subject",
            signals: if decision.gpc() { vec!["gpc"] } else { Vec::new() },
            jurisdiction: site.jurisdiction(decision),
            basis: Some("consent"),
            expires: Some(now + site.policy.choice().rule(decision.profile()).duration()),
            once: Some(token.once),
            ..Record::of(Kind::Acknowledge, now, site.policy.version())
        };
        let remembered = Remembered {
            visitor,
            at: now,
            purposes: asked
                .iter()
                .map(|purpose| (purpose.id.clone(), (granted(purpose), site.policy.material(purpose).to_owned())))
                .collect(),
            under_gpc: decision.gpc(),
        };
        let recorder = site.recorder.clone();
        let recording = Box::pin(async move { recorder.record(record).await });
        Some(Self { recording, remembered, recorded: None })
    }

    /// Goes on recording; never to be waited for.
    pub(super) fn advance(&mut self, context: &mut Context<'_>) {
        if self.recorded.is_none()
            && let Poll::Ready(outcome) = self.recording.as_mut().poll(context)
        {
            self.recorded = Some(outcome.is_ok());
        }
    }

    /// Returns the cookie that holds the agreement, when it is durable.
    pub(super) fn cookie(&self, site: &Site, decision: &Decision) -> Option<HeaderValue> {
        (self.recorded == Some(true)).then(|| site.choice_cookie(&self.remembered, decision.profile()))?
    }
}

/// Returns the mark a request brings; two are none.
fn brought(site: &Site, headers: &HeaderMap) -> Option<Token> {
    let mut found = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(cookie::Cookie::split_parse)
        .flatten()
        .filter(|cookie| cookie.name() == name(site));
    let mark = found.next()?;
    if found.next().is_some() {
        return None;
    }
    Token::decode(mark.value(), &site.keys())
}
