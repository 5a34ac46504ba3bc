//! A visitor's choice as evidence.
//!
//! In: what was chosen, when, on which text. Out: a typed [`Record`] for the log and the [`Receipt`] the visitor
//! gets. No I/O. No address and no browser string is ever part of a record.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use crate::{purpose::PurposeId, signal::VisitorId};

/// What sort of event it is; kinds are never mixed, so that an audit cannot mistake one for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Every purpose was granted.
    Accept,
    /// Some were granted, some refused.
    Partial,
    /// A policy was put into force.
    PolicyPublished,
    /// Every purpose was refused by a visitor who had granted none.
    Refuse,
    /// Something that had been granted was taken back and nothing is granted any more.
    Withdraw,
}

impl Kind {
    /// Every kind, in the order of their names.
    pub const ALL: [Self; 5] = [Self::Accept, Self::Partial, Self::PolicyPublished, Self::Refuse, Self::Withdraw];

    /// Returns the word the log uses.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::record::Kind;
    /// assert_eq!(Kind::PolicyPublished.as_str(), "policy-published");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Partial => "partial",
            Self::PolicyPublished => "policy-published",
            Self::Refuse => "refuse",
            Self::Withdraw => "withdraw",
        }
    }
}

/// One event, before it is written.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Record {
    /// What sort of event.
    pub kind: Kind,
    /// When, by the server's clock, in UTC.
    pub time: OffsetDateTime,
    /// Whose; `None` for events of the site itself.
    pub visitor: Option<VisitorId>,
    /// What was granted and what was refused.
    pub purposes: BTreeMap<PurposeId, bool>,
    /// Version of the policy in force.
    pub policy: String,
    /// SHA-256 of the banner or page as it was shown, hexadecimal; kept in the store under this name.
    pub notice: Option<String>,
    /// Language it was shown in.
    pub language: Option<String>,
    /// How it was said: `form`, `json`, `system`.
    pub method: &'static str,
    /// Random part of the form's token: the same form sent twice is one event.
    pub once: Option<String>,
}

/// The visitor's copy: which event of the log holds his choice.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// Place of the event in the log, from 0.
    pub index: u64,
    /// What sort of event.
    pub kind: Kind,
    /// When it was written.
    pub time: OffsetDateTime,
    /// Number of events in the log right after it was made durable.
    pub size: u64,
    /// Root of the log's tree at that size, hexadecimal (RFC 6962, section 2.1).
    pub root: String,
}
