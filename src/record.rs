//! A visitor's choice as evidence.
//!
//! In: what was chosen, when, on which text. Out: a typed [`Record`] for the log and the [`Receipt`] the visitor
//! gets. No I/O. No address and no browser string is part of a record, unless the policy asks for it, and then only
//! shortened and for a short time.

use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};

use crate::{
    purpose::PurposeId,
    signal::{AccountId, VisitorId},
};

/// What sort of event it is; kinds are never mixed, so that an audit cannot mistake one for another.
///
/// # Example
///
/// ```
/// use tower_consent::{audit::is_choice, record::Kind};
/// let read = |word: &str| Kind::ALL.into_iter().find(|kind| kind.as_str() == word);
/// assert_eq!(read("withdraw"), Some(Kind::Withdraw));
/// assert!(is_choice(Kind::Withdraw) && !is_choice(Kind::Export), "only a visitor's own events are choices");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Every purpose was granted.
    Accept,
    /// A notice was shown and the visitor went on; no agreement was asked for.
    Acknowledge,
    /// A visitor's personal values were destroyed.
    Erase,
    /// A choice came to the end of its time.
    Expire,
    /// A part of the log was given to somebody.
    Export,
    /// The browser said by `Sec-GPC` that data may not be sold or shared.
    Gpc,
    /// The key that signs the log was replaced.
    KeyRotated,
    /// A visitor was linked with an account of the site: one event of his, and one of the account.
    Link,
    /// The log could not be written for a time; choices of that time were refused.
    LogDegraded,
    /// The log begins.
    LogOpened,
    /// Some were granted, some refused.
    Partial,
    /// A policy was put into force.
    PolicyPublished,
    /// Every purpose was refused by a visitor who had granted none.
    Refuse,
    /// A visitor who had granted something said the same again.
    Renew,
    /// A visitor asks what is kept about him, or that something be done with it.
    Request,
    /// The operator did something about a request: extended, answered, refused it, carried it out.
    RequestStep,
    /// What had come to the end of its time was looked for and destroyed.
    Retention,
    /// Something that had been granted was taken back and nothing is granted any more.
    Withdraw,
}

impl Kind {
    /// Every kind, in the order of their names.
    pub const ALL: [Self; 18] = [
        Self::Accept,
        Self::Acknowledge,
        Self::Erase,
        Self::Expire,
        Self::Export,
        Self::Gpc,
        Self::KeyRotated,
        Self::Link,
        Self::LogDegraded,
        Self::LogOpened,
        Self::Partial,
        Self::PolicyPublished,
        Self::Refuse,
        Self::Renew,
        Self::Request,
        Self::RequestStep,
        Self::Retention,
        Self::Withdraw,
    ];

    /// Returns the word the log uses.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::record::Kind;
    /// assert_eq!(Kind::PolicyPublished.as_str(), "policy-published");
    /// assert!(Kind::ALL.is_sorted_by_key(|kind| kind.as_str()));
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Acknowledge => "acknowledge",
            Self::Erase => "erase",
            Self::Expire => "expire",
            Self::Export => "export",
            Self::Gpc => "gpc",
            Self::KeyRotated => "key-rotated",
            Self::Link => "link",
            Self::LogDegraded => "log-degraded",
            Self::LogOpened => "log-opened",
            Self::Partial => "partial",
            Self::PolicyPublished => "policy-published",
            Self::Refuse => "refuse",
            Self::Renew => "renew",
            Self::Request => "request",
            Self::RequestStep => "request-step",
            Self::Retention => "retention",
            Self::Withdraw => "withdraw",
        }
    }
}

/// One event, before it is written.
///
/// # Example
///
/// ```
/// use time::OffsetDateTime;
/// use tower_consent::record::{Kind, Record};
/// let mut record = Record::of(Kind::Export, OffsetDateTime::UNIX_EPOCH, "policy version");
/// record.facts.insert("to", "regulator".into());
/// assert_eq!(record.by, "system");
/// ```
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
    /// SHA-256 of the consent document as it was offered, hexadecimal; kept in the store under this name.
    pub consent: Option<String>,
    /// Language it was shown in.
    pub language: Option<String>,
    /// How it was said: `form`, `json`, `header`, `system`.
    pub method: &'static str,
    /// What made the event: `banner`, `centre`, `placeholder`, `withdrawal`, `gpc`, `expiry`, `operator`, `sign-in`, `system`.
    pub source: &'static str,
    /// Who acted: `subject`, `operator`, `system`.
    pub by: &'static str,
    /// Signals the browser sent along: `gpc`, `dnt`.
    pub signals: Vec<&'static str>,
    /// What showed that the request came from the site itself: `same-origin`, `absent`.
    pub origin_check: Option<&'static str>,
    /// Rules the site applies, as the policy names them: `ru`, `eu`.
    pub jurisdiction: Vec<String>,
    /// On which ground: `consent`.
    pub basis: Option<&'static str>,
    /// Until when the choice holds.
    pub expires: Option<OffsetDateTime>,
    /// What else belongs to an event of the site itself, by name; nothing personal.
    pub facts: BTreeMap<&'static str, String>,
    /// The account a visitor was linked with. Personal.
    pub account: Option<AccountId>,
    /// The visitor an account was linked with; then `visitor` is the account. Personal.
    pub linked: Option<VisitorId>,
    /// Random part of the form's token: the same form sent twice is one event. Personal.
    pub once: Option<String>,
    /// Path of the page the choice was made on, without its query. Personal, and expires.
    pub page: Option<String>,
    /// Network and browser, only shortened, and only if the policy asks. Personal, and expires.
    pub client: Option<String>,
    /// How a person who made a request can be reached. Personal, and expires.
    pub contact: Option<String>,
    /// What a person wrote in a request, or what was written to him. Personal, and expires.
    pub message: Option<String>,
    /// Places of the events an erasure was about. Expires.
    pub targets: Vec<u64>,
    /// How long the values live that expire.
    pub brief: Duration,
}

impl Record {
    /// Makes an event of the site itself: nobody's, by the system.
    ///
    /// # Example
    ///
    /// ```
    /// use time::OffsetDateTime;
    /// use tower_consent::{record::{Kind, Record}, signal::VisitorId};
    /// let mut record = Record::of(Kind::Partial, OffsetDateTime::UNIX_EPOCH, "version of the policy");
    /// assert_eq!((record.by, record.visitor, record.purposes.len()), ("system", None, 0));
    /// // What a visitor says is filled in by whoever writes it down.
    /// (record.by, record.visitor) = ("subject", Some(VisitorId::from_random([7; 16])));
    /// record.purposes = [("metrics".parse().unwrap(), true), ("recommendations".parse().unwrap(), false)].into();
    /// assert_eq!(record.purposes.values().filter(|granted| **granted).count(), 1);
    /// ```
    pub fn of(kind: Kind, time: OffsetDateTime, policy: impl Into<String>) -> Self {
        Self {
            kind,
            time,
            visitor: None,
            purposes: BTreeMap::new(),
            policy: policy.into(),
            notice: None,
            consent: None,
            language: None,
            method: "system",
            source: "system",
            by: "system",
            signals: Vec::new(),
            origin_check: None,
            jurisdiction: Vec::new(),
            basis: None,
            expires: None,
            facts: BTreeMap::new(),
            account: None,
            linked: None,
            once: None,
            page: None,
            client: None,
            contact: None,
            message: None,
            targets: Vec::new(),
            brief: Duration::days(30),
        }
    }
}

/// The visitor's copy: which event of the log holds his choice, and the proof that it does.
///
/// # Example
///
/// ```
/// # use std::sync::Arc;
/// # use time::OffsetDateTime;
/// # use tower_consent::{record::{Kind, Record}, recorder::Log, store::Memory};
/// # pollster::block_on(async {
/// # let (store, now) = (Arc::new(Memory::default()), OffsetDateTime::UNIX_EPOCH);
/// # let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
/// let receipt = log.append(vec![Record::of(Kind::Retention, now, "v1")]).await.unwrap().remove(0);
/// assert_eq!((receipt.index, receipt.size, receipt.kind), (1, 2, Kind::Retention));
/// // The root is that of the log at this size: whoever has the receipt sees when the past is another.
/// assert_eq!(receipt.root, log.head().await.unwrap().root_hex());
/// assert!(receipt.entry.contains(r#""kind":"retention""#));
/// # });
/// ```
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
    /// The event as it stands in the log, canonical JSON.
    pub entry: String,
    /// That it stands there, signed (C2SP tlog-proof): to be checked offline with the log's public key.
    pub proof: String,
}
