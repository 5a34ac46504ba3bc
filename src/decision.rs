//! What one request may do, and why.
//!
//! In: a policy, the signals of a request, the time. Out: a [`Decision`]. Pure: no store, no clock, no headers.
//! Everything undecidable means "not granted".

use std::{collections::BTreeSet, sync::Arc};

use time::OffsetDateTime;

use crate::{
    policy::{self, Policy},
    purpose::PurposeId,
    signal::{Reading, Signals, VisitorId},
};

/// What this visitor has allowed, for the length of one request.
///
/// The layer puts it into the extensions of every request, so that code on the server obeys too. A purpose nobody
/// knows is not allowed.
///
/// # Example
///
/// ```
/// use tower_consent::{decision::Decision, policy::Policy};
/// let policy = Policy::load("policies/news-site").unwrap();
/// let decision = Decision::undecided(&policy);
/// assert!(decision.allows("necessary"));
/// assert!(!decision.allows("recommendations"));
/// assert!(decision.needs_banner());
/// ```
#[derive(Clone, Debug)]
pub struct Decision(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    granted: BTreeSet<PurposeId>,
    refused: BTreeSet<PurposeId>,
    undecided: BTreeSet<PurposeId>,
    reason: Reason,
    visitor: Option<VisitorId>,
    at: Option<OffsetDateTime>,
}

/// Where a decision comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The visitor chose, and the choice still holds for at least one purpose.
    Chosen,
    /// Several choice cookies came; none is believed.
    Duplicate,
    /// The choice is older than the policy remembers.
    Expired,
    /// The choice cookie was not made by this site.
    Invalid,
    /// The visitor has not chosen.
    Undecided,
}

impl Decision {
    /// Decides for a visitor who has said nothing.
    pub fn undecided(policy: &Policy) -> Self {
        let signals = Signals { choice: Reading::Absent };
        Self::make(policy, &signals, OffsetDateTime::UNIX_EPOCH)
    }

    /// Decides for the signals of a request at a time.
    pub(crate) fn make(policy: &Policy, signals: &Signals, now: OffsetDateTime) -> Self {
        let (remembered, reason) = match &signals.choice {
            Reading::Absent => (None, Reason::Undecided),
            Reading::Duplicate => (None, Reason::Duplicate),
            Reading::Invalid => (None, Reason::Invalid),
            // A choice from the future is no choice: the clock of this machine or the cookie is wrong.
            Reading::Valid(choice) if choice.at > now + time::Duration::minutes(5) => (None, Reason::Invalid),
            Reading::Valid(choice) if now - choice.at > policy.remember() => (None, Reason::Expired),
            Reading::Valid(choice) => (Some(choice), Reason::Chosen),
        };
        let mut inner = Inner {
            granted: BTreeSet::new(),
            refused: BTreeSet::new(),
            undecided: BTreeSet::new(),
            reason,
            visitor: match &signals.choice {
                Reading::Valid(choice) => Some(choice.visitor),
                _ => None,
            },
            at: remembered.map(|choice| choice.at),
        };
        for purpose in policy.purposes() {
            let id = purpose.id.clone();
            if !purpose.needs_consent() {
                inner.granted.insert(id);
                continue;
            }
            // What the consent depends on must be what it was; otherwise the visitor is asked again.
            match remembered.and_then(|choice| choice.purposes.get(&id)) {
                Some((granted, material)) if *material == policy.material(purpose) => {
                    if *granted {
                        inner.granted.insert(id)
                    } else {
                        inner.refused.insert(id)
                    }
                }
                _ => inner.undecided.insert(id),
            };
        }
        Self(Arc::new(inner))
    }

    /// Says whether data may be processed for this purpose; `false` for a purpose nobody knows.
    pub fn allows(&self, purpose: &str) -> bool {
        self.0.granted.contains(purpose)
    }

    /// Returns the first purpose of a service that is not allowed; `None` when the service may run.
    ///
    /// A service that serves several purposes runs when all of them are allowed.
    pub fn withholds<'a>(&self, service: &'a policy::Service) -> Option<&'a PurposeId> {
        service.purposes.iter().find(|purpose| !self.allows(purpose.as_str()))
    }

    /// Returns the purposes allowed, necessary ones included, sorted.
    pub fn granted(&self) -> impl Iterator<Item = &PurposeId> {
        self.0.granted.iter()
    }

    /// Returns the purposes the visitor refused, sorted.
    pub fn refused(&self) -> impl Iterator<Item = &PurposeId> {
        self.0.refused.iter()
    }

    /// Says whether the visitor must still be asked about a purpose.
    pub fn needs_banner(&self) -> bool {
        !self.0.undecided.is_empty()
    }

    /// Returns where the decision comes from.
    pub fn reason(&self) -> Reason {
        self.0.reason
    }

    /// Returns when the visitor chose, if the choice still holds.
    pub fn since(&self) -> Option<OffsetDateTime> {
        self.0.at
    }

    /// Returns the random id of the visitor's browser, if it brought one we signed.
    pub fn visitor(&self) -> Option<VisitorId> {
        self.0.visitor
    }

    /// Says whether nothing at all is withheld.
    pub(crate) fn grants_everything(&self) -> bool {
        self.0.refused.is_empty() && self.0.undecided.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signal::Remembered;

    fn policy() -> Policy {
        Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site")).unwrap()
    }

    fn chose(policy: &Policy, at: OffsetDateTime) -> Signals {
        let purpose = policy.purpose("metrics").unwrap();
        let purposes = [
            (purpose.id.clone(), (true, policy.material(purpose).to_owned())),
            ("recommendations".parse().unwrap(), (true, "000000000000".to_owned())),
            ("unheard-of".parse().unwrap(), (true, "000000000000".to_owned())),
        ];
        let choice = Remembered { visitor: VisitorId::from_random([1; 16]), at, purposes: purposes.into() };
        Signals { choice: Reading::Valid(choice) }
    }

    #[test]
    fn another_material_hash_is_another_question() {
        let policy = policy();
        let now = OffsetDateTime::from_unix_timestamp(1_764_000_000).unwrap();
        let decision = Decision::make(&policy, &chose(&policy, now), now);
        assert!(decision.allows("metrics"));
        assert!(!decision.allows("recommendations"));
        assert!(!decision.allows("unheard-of"));
        assert!(decision.needs_banner());
    }

    #[test]
    fn old_and_future_choices_grant_nothing() {
        let policy = policy();
        let at = OffsetDateTime::from_unix_timestamp(1_764_000_000).unwrap();
        let old = Decision::make(&policy, &chose(&policy, at), at + time::Duration::days(181));
        assert_eq!((old.allows("metrics"), old.reason()), (false, Reason::Expired));
        let future = Decision::make(&policy, &chose(&policy, at), at - time::Duration::days(1));
        assert_eq!((future.allows("metrics"), future.reason()), (false, Reason::Invalid));
    }
}
