//! What a running site is asked and told from outside of a request: its policy, its store, the health of its log.

use std::sync::Arc;

use http::HeaderMap;

use crate::{
    decision::Decision,
    policy::{Difference, Policy},
    recorder::Health,
    site::Live,
    store::{ConsentStore, Error},
};

/// Looks at a running site and puts policies into force on it; made by [`ConsentLayer::handle`](super::ConsentLayer::handle).
///
/// # Example
///
/// ```
/// use tower_consent::{ConsentLayer, Policy, store::Memory};
/// let policy = Policy::load("policies/news-site").unwrap();
/// let layer = ConsentLayer::new(policy, Memory::default()).unwrap();
/// let handle = layer.handle();
///
/// let mut files = handle.policy().files().clone();
/// let text = files["policy.toml"].replace("retention = \"365 days\"", "retention = \"730 days\"");
/// files.insert("policy.toml".to_owned(), text);
/// let difference = handle.publish(Policy::check(files).0.unwrap()).unwrap();
/// assert_eq!(difference.asked().count(), 1);
/// assert_eq!(handle.policy().version(), difference.new);
/// ```
#[derive(Clone, Debug)]
pub struct PolicyHandle {
    live: Live,
}

impl PolicyHandle {
    pub(super) fn new(live: Live) -> Self {
        Self { live }
    }

    /// Returns the policy in force.
    ///
    /// # Example
    ///
    /// ```
    /// # use tower_consent::{ConsentLayer, Policy, store::Memory};
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// let version = policy.version().to_owned();
    /// let handle = ConsentLayer::new(policy, Memory::default()).unwrap().handle();
    /// assert_eq!(handle.policy().version(), version);
    /// ```
    pub fn policy(&self) -> Arc<Policy> {
        self.live.site().policy.clone()
    }

    /// Returns the store the site writes to, for reading.
    ///
    /// # Example
    ///
    /// ```
    /// # use tower_consent::{ConsentLayer, Policy, store::Memory};
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// let handle = ConsentLayer::new(policy, Memory::default()).unwrap().handle();
    /// // The log begins with the events that open it and publish the policy.
    /// assert_eq!(pollster::block_on(handle.store().head()).unwrap().size(), 2);
    /// ```
    pub fn store(&self) -> Arc<dyn ConsentStore> {
        self.live.site().recorder.store().clone()
    }

    /// Returns how the writer of the log is doing.
    ///
    /// # Example
    ///
    /// ```
    /// # use tower_consent::{ConsentLayer, Policy, store::Memory};
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// let handle = ConsentLayer::new(policy, Memory::default()).unwrap().handle();
    /// // What a check of readiness asks.
    /// let health = handle.health();
    /// assert!(health.degraded.is_none() && health.waiting < health.room);
    /// ```
    pub fn health(&self) -> Health {
        self.live.site().recorder.health()
    }

    /// Returns what a request with these headers may do, as a handler behind the layer would be told.
    ///
    /// For what answers requests that do not pass the layer: a socket that stays open, whose visitor may have chosen anew
    /// since its handshake, or a worker that is handed a request's headers. No page is changed by it and nothing is
    /// recorded.
    ///
    /// # Example
    ///
    /// ```
    /// # use tower_consent::{ConsentLayer, Policy, store::Memory};
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// let handle = ConsentLayer::new(policy, Memory::default()).unwrap().handle();
    /// // Who has not chosen, and who brings a cookie that was not signed here, has agreed to nothing.
    /// let mut headers = http::HeaderMap::new();
    /// assert!(!handle.decide(&headers).allows("metrics"));
    /// headers.insert("cookie", "tower-consent=1.forged".parse().unwrap());
    /// assert!(!handle.decide(&headers).allows("metrics"));
    /// ```
    pub fn decide(&self, headers: &HeaderMap) -> Decision {
        let site = self.live.site();
        let decision = site.decide(headers, site.clock.now());
        decision.made_by(site)
    }

    /// Returns the site in force, for what is served beside it.
    #[cfg(feature = "dashboard")]
    pub(crate) fn site(&self) -> Arc<crate::site::Site> {
        self.live.site()
    }

    /// Puts a policy into force and returns what that changes for visitors.
    ///
    /// Its texts are kept and its version is logged, durably, before the first page is served under it. Requests
    /// that have begun end under the policy they began with. It waits for the store, so call it from a thread that
    /// may wait.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or written; then the policy in force stays.
    ///
    /// # Example
    ///
    /// ```
    /// # use tower_consent::{ConsentLayer, Policy, store::Memory};
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// let handle = ConsentLayer::new(policy.clone(), Memory::default()).unwrap().handle();
    /// let mut files = policy.files().clone();
    /// files.insert("ru/consent.md".to_owned(), files["ru/consent.md"].replace("  ", " ") + "\n");
    /// let difference = handle.publish(Policy::check(files).0.unwrap()).unwrap();
    /// assert_eq!(handle.policy().version(), difference.new, "pages are made under it from now on");
    /// ```
    pub fn publish(&self, policy: Policy) -> Result<Difference, Error> {
        let before = self.policy();
        let site = self.live.publish(policy)?;
        Ok(before.difference(&site.policy))
    }
}
