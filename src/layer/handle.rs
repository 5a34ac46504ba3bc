//! Putting another policy into force while the site is served.

use std::sync::Arc;

use crate::{
    policy::{Difference, Policy},
    site::Live,
    store::Error,
};

/// Puts policies into force on a running site; made by [`ConsentLayer::handle`](super::ConsentLayer::handle).
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
    pub fn policy(&self) -> Arc<Policy> {
        self.live.site().policy.clone()
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
    pub fn publish(&self, policy: Policy) -> Result<Difference, Error> {
        let before = self.policy();
        let site = self.live.publish(policy)?;
        Ok(before.difference(&site.policy))
    }
}
