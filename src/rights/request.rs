//! One request, from its receipt to its end, and the records that tell the log of it.
//!
//! In: what is asked for; a step of the operator. Out: [`Record`]s. Contact and message are personal values: the log has
//! their digests, and they end with the retention of requests or the erasure of the person.

use std::{fmt, str::FromStr};

use time::{Date, Duration, OffsetDateTime};

use super::deadline::Deadline;
use crate::{
    policy::{MissingYear, Policy, Profile},
    record::{Kind, Record},
    signal::VisitorId,
};

/// The longest contact or message of a request, in bytes: an entry of the log holds no novel.
///
/// # Example
///
/// ```
/// use tower_consent::rights::LONGEST_TEXT;
/// // In bytes: a message in Russian has half as many letters.
/// let message = "ё".repeat(2_000);
/// assert_eq!(message.len(), LONGEST_TEXT);
/// ```
pub const LONGEST_TEXT: usize = 4_000;

/// What a person can ask for.
///
/// # Example
///
/// ```
/// use tower_consent::rights::What;
/// assert_eq!("erasure".parse(), Ok(What::Erasure));
/// assert!("money".parse::<What>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum What {
    /// To know what is kept (152-FZ, article 14; GDPR, article 15).
    Access,
    /// To have it corrected (152-FZ, articles 14(1), 21; GDPR, article 16).
    Correction,
    /// To have it erased (152-FZ, article 21; GDPR, article 17).
    Erasure,
    /// To have processing stopped (152-FZ, article 21(5.1); GDPR, articles 18 and 21).
    Stop,
    /// To take consent back and have destroyed what rests on it (152-FZ, articles 9(2), 21(5); GDPR, article 7(3)).
    Withdrawal,
}

impl What {
    /// Everything that can be asked for.
    pub const ALL: [Self; 5] = [Self::Access, Self::Correction, Self::Stop, Self::Erasure, Self::Withdrawal];

    /// Returns the word of the log and of labels.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::rights::What;
    /// // Forms and the log have the same words, and they can be read back.
    /// assert!(What::ALL.into_iter().all(|what| what.as_str().parse() == Ok(what)));
    /// assert_eq!(What::Withdrawal.as_str(), "withdrawal");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Correction => "correction",
            Self::Erasure => "erasure",
            Self::Stop => "stop",
            Self::Withdrawal => "withdrawal",
        }
    }

    /// Says whether it is done only when data was destroyed.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::rights::What;
    /// assert!(What::Erasure.destroys() && What::Withdrawal.destroys());
    /// assert!(!What::Access.destroys(), "to tell is enough");
    /// ```
    pub fn destroys(self) -> bool {
        matches!(self, Self::Erasure | Self::Withdrawal)
    }
}

impl fmt::Display for What {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for What {
    type Err = UnknownWhat;

    fn from_str(text: &str) -> Result<Self, UnknownWhat> {
        Self::ALL.into_iter().find(|what| what.as_str() == text).ok_or_else(|| UnknownWhat(text.to_owned()))
    }
}

/// A word that is nothing a person can ask for.
///
/// # Example
///
/// ```
/// use tower_consent::rights::What;
/// let error = "deletion".parse::<What>().unwrap_err();
/// assert_eq!(error.to_string(), "`deletion` is none of access, correction, stop, erasure, withdrawal");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is none of access, correction, stop, erasure, withdrawal")]
pub struct UnknownWhat(String);

/// How far a request has come.
///
/// # Example
///
/// ```
/// # use std::sync::Arc;
/// # use time::macros::{date, datetime};
/// # use tower_consent::{Policy, record::{Kind, Record}, recorder::Log, signal::VisitorId, store::Memory};
/// # let policy = Policy::load("policies/news-site").unwrap();
/// # pollster::block_on(async {
/// # let (store, now) = (Arc::new(Memory::default()), datetime!(2026-11-25 09:00 UTC));
/// # let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
/// use tower_consent::rights::{State, What, received, register};
/// log.append(vec![received(What::Correction, VisitorId::from_random([7; 16]), &policy, now)]).await.unwrap();
/// for state in [State::Identified, State::Done] {
///     let request = register(&*store, &policy).await.unwrap().remove(0);
///     log.append(vec![request.step(state, &policy, now).unwrap()]).await.unwrap();
/// }
/// let request = register(&*store, &policy).await.unwrap().remove(0);
/// assert!(request.steps.iter().map(|step| step.state).eq([State::Identified, State::Done]));
/// # });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum State {
    /// It came in.
    Received,
    /// It is known who asks.
    Identified,
    /// The term was put off, with reasons given to the person.
    Extended,
    /// The person was answered.
    Answered,
    /// The person was told, with reasons, that it will not be done.
    Refused,
    /// What was asked for was done.
    Done,
}

impl State {
    /// The states an operator's step leads to.
    pub const STEPS: [Self; 5] = [Self::Identified, Self::Extended, Self::Answered, Self::Refused, Self::Done];

    /// Returns the word of the log and of labels.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::rights::State;
    /// assert_eq!(State::STEPS.map(State::as_str), ["identified", "extended", "answered", "refused", "done"]);
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Identified => "identified",
            Self::Extended => "extended",
            Self::Answered => "answered",
            Self::Refused => "refused",
            Self::Done => "done",
        }
    }
}

/// Something the operator did about a request.
///
/// # Example
///
/// ```
/// # use std::sync::Arc;
/// # use time::macros::{date, datetime};
/// # use tower_consent::{Policy, record::{Kind, Record}, recorder::Log, signal::VisitorId, store::Memory};
/// # let policy = Policy::load("policies/news-site").unwrap();
/// # pollster::block_on(async {
/// # let (store, now) = (Arc::new(Memory::default()), datetime!(2026-11-25 09:00 UTC));
/// # let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
/// use tower_consent::rights::{State, What, received, register};
/// log.append(vec![received(What::Access, VisitorId::from_random([7; 16]), &policy, now)]).await.unwrap();
/// let request = register(&*store, &policy).await.unwrap().remove(0);
/// let mut answer = request.step(State::Answered, &policy, now).unwrap();
/// answer.message = Some("О вас хранится один выбор.".to_owned());
/// log.append(vec![answer]).await.unwrap();
/// let step = register(&*store, &policy).await.unwrap().remove(0).steps.remove(0);
/// assert_eq!((step.index, step.state, step.time), (2, State::Answered, now));
/// assert_eq!(step.message.as_deref(), Some("О вас хранится один выбор."));
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Step {
    /// Place of its event in the log.
    pub index: u64,
    /// What it led to.
    pub state: State,
    /// When.
    pub time: OffsetDateTime,
    /// What was written to the person or noted, while it is kept.
    pub message: Option<String>,
    /// Place of the event that tells of the destruction it came with.
    pub erasure: Option<u64>,
}

/// Until when an answer is due.
///
/// # Example
///
/// ```
/// # use std::sync::Arc;
/// # use time::macros::{date, datetime};
/// # use tower_consent::{Policy, record::{Kind, Record}, recorder::Log, signal::VisitorId, store::Memory};
/// # let policy = Policy::load("policies/news-site").unwrap();
/// # pollster::block_on(async {
/// # let (store, now) = (Arc::new(Memory::default()), datetime!(2026-11-25 09:00 UTC));
/// # let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
/// use tower_consent::rights::{Due, What, received, register};
/// // Working days of a year that no calendar knows are not guessed.
/// let far = datetime!(2099-11-25 09:00 UTC);
/// let requests = [now, far].map(|time| received(What::Access, VisitorId::from_random([7; 16]), &policy, time));
/// log.append(requests.to_vec()).await.unwrap();
/// let dues: Vec<Due> = register(&*store, &policy).await.unwrap().into_iter().map(|request| request.due).collect();
/// assert!(matches!(dues.as_slice(), [Due::Until(_), Due::Unknown(_)]));
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Due {
    /// Until the end of a day, as computed by the strictest clock.
    Until(Deadline),
    /// It cannot be computed: a calendar lacks a year. It may be overdue already.
    Unknown(MissingYear),
    /// It cannot be computed: the policy under which the request came is not at hand.
    NoPolicy,
}

/// One request as the log tells it.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use time::macros::{date, datetime};
/// use tower_consent::{Policy, recorder::Log, signal::VisitorId, store::Memory};
/// use tower_consent::rights::{State, What, received, register};
/// let policy = Policy::load("policies/news-site").unwrap();
/// let store = Arc::new(Memory::default());
/// pollster::block_on(async {
///     let now = datetime!(2026-11-25 09:00 UTC);
///     let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
///     let record = received(What::Access, VisitorId::from_random([7; 16]), &policy, now);
///     log.append(vec![record]).await.unwrap();
///     let request = register(&*store, &policy).await.unwrap().remove(0);
///     assert_eq!((request.number, request.state()), (1, State::Received));
///     assert_eq!(request.days_left(date!(2026-12-01)), Some(8));
///     let answer = request.step(State::Answered, &policy, now).unwrap();
///     log.append(vec![answer]).await.unwrap();
///     assert!(!register(&*store, &policy).await.unwrap()[0].is_open());
/// });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// Its number: the place of its event in the log.
    pub number: u64,
    /// What is asked for.
    pub what: What,
    /// When it came.
    pub received: OffsetDateTime,
    /// How it came: `centre`, `operator`.
    pub source: String,
    /// The laws that apply.
    pub laws: Vec<Profile>,
    /// Language of the person.
    pub language: Option<String>,
    /// Whose it is, until erased.
    pub visitor: Option<VisitorId>,
    /// How the person can be reached, until erased.
    pub contact: Option<String>,
    /// What the person wrote, until erased.
    pub message: Option<String>,
    /// What the operator did, in order.
    pub steps: Vec<Step>,
    /// Until when it must be answered, not put off.
    pub due: Due,
}

/// Why a step does not fit a request.
///
/// # Example
///
/// ```
/// # use std::sync::Arc;
/// # use time::macros::{date, datetime};
/// # use tower_consent::{Policy, record::{Kind, Record}, recorder::Log, signal::VisitorId, store::Memory};
/// # let policy = Policy::load("policies/news-site").unwrap();
/// # pollster::block_on(async {
/// # let (store, now) = (Arc::new(Memory::default()), datetime!(2026-11-25 09:00 UTC));
/// # let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
/// use tower_consent::rights::{State, Unfit, What, received, register};
/// log.append(vec![received(What::Erasure, VisitorId::from_random([7; 16]), &policy, now)]).await.unwrap();
/// let request = register(&*store, &policy).await.unwrap().remove(0);
/// // It cannot be called done while the person's values are there.
/// assert_eq!(request.step(State::Done, &policy, now).unwrap_err(), Unfit::Undestroyed);
/// # });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unfit {
    /// It is over.
    #[error("the request is {} already", .0.as_str())]
    Over(State),
    /// It was put off before.
    #[error("the request was put off once, and law allows no second time")]
    PutOffBefore,
    /// It cannot be put off.
    #[error("no clock of the request lets an answer be put off")]
    NotPutOff,
    /// It is done only with a destruction.
    #[error("the request asks for destruction: destroy the person's values with it, or refuse it with reasons")]
    Undestroyed,
    /// It has no such step.
    #[error("`received` is no step of the operator")]
    NoStep,
}

impl Request {
    /// Returns how far it has come.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use time::macros::{date, datetime};
    /// # use tower_consent::{Policy, record::{Kind, Record}, recorder::Log, signal::VisitorId, store::Memory};
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// # pollster::block_on(async {
    /// # let (store, now) = (Arc::new(Memory::default()), datetime!(2026-11-25 09:00 UTC));
    /// # let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
    /// use tower_consent::rights::{State, What, received, register};
    /// log.append(vec![received(What::Access, VisitorId::from_random([7; 16]), &policy, now)]).await.unwrap();
    /// let request = register(&*store, &policy).await.unwrap().remove(0);
    /// assert_eq!(request.state(), State::Received);
    /// # });
    /// ```
    pub fn state(&self) -> State {
        self.steps.last().map_or(State::Received, |step| step.state)
    }

    /// Says whether something is still owed.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use time::macros::{date, datetime};
    /// # use tower_consent::{Policy, record::{Kind, Record}, recorder::Log, signal::VisitorId, store::Memory};
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// # pollster::block_on(async {
    /// # let (store, now) = (Arc::new(Memory::default()), datetime!(2026-11-25 09:00 UTC));
    /// # let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
    /// use tower_consent::rights::{State, What, received, register};
    /// log.append(vec![received(What::Stop, VisitorId::from_random([7; 16]), &policy, now)]).await.unwrap();
    /// for (state, open) in [(State::Answered, true), (State::Done, false)] {
    ///     let request = register(&*store, &policy).await.unwrap().remove(0);
    ///     log.append(vec![request.step(state, &policy, now).unwrap()]).await.unwrap();
    ///     let request = register(&*store, &policy).await.unwrap().remove(0);
    ///     assert_eq!(request.is_open(), open, "who asked for a deed is not served with an answer");
    /// }
    /// # });
    /// ```
    pub fn is_open(&self) -> bool {
        self.met().is_none()
    }

    /// Returns when the duty was met: an answer to a question, else the deed, or a refusal with reasons.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use time::macros::{date, datetime};
    /// # use tower_consent::{Policy, record::{Kind, Record}, recorder::Log, signal::VisitorId, store::Memory};
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// # pollster::block_on(async {
    /// # let (store, now) = (Arc::new(Memory::default()), datetime!(2026-11-25 09:00 UTC));
    /// # let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
    /// use tower_consent::rights::{State, What, received, register};
    /// log.append(vec![received(What::Access, VisitorId::from_random([7; 16]), &policy, now)]).await.unwrap();
    /// let request = register(&*store, &policy).await.unwrap().remove(0);
    /// assert_eq!(request.met(), None);
    /// let answered = datetime!(2026-12-01 15:30 UTC);
    /// log.append(vec![request.step(State::Answered, &policy, answered).unwrap()]).await.unwrap();
    /// assert_eq!(register(&*store, &policy).await.unwrap()[0].met(), Some(answered));
    /// # });
    /// ```
    pub fn met(&self) -> Option<OffsetDateTime> {
        let meets = |state: State| match state {
            State::Refused | State::Done => true,
            State::Answered => self.what == What::Access,
            State::Received | State::Identified | State::Extended => false,
        };
        self.steps.iter().find(|step| meets(step.state)).map(|step| step.time)
    }

    /// Returns the last day to answer, put off or not; nothing when it cannot be computed.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use time::macros::{date, datetime};
    /// # use tower_consent::{Policy, record::{Kind, Record}, recorder::Log, signal::VisitorId, store::Memory};
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// # pollster::block_on(async {
    /// # let (store, now) = (Arc::new(Memory::default()), datetime!(2026-11-25 09:00 UTC));
    /// # let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
    /// use tower_consent::rights::{State, What, received, register};
    /// log.append(vec![received(What::Access, VisitorId::from_random([7; 16]), &policy, now)]).await.unwrap();
    /// let request = register(&*store, &policy).await.unwrap().remove(0);
    /// assert_eq!(request.due_day(), Some(date!(2026-12-09)), "ten working days");
    /// log.append(vec![request.step(State::Extended, &policy, now).unwrap()]).await.unwrap();
    /// assert_eq!(register(&*store, &policy).await.unwrap()[0].due_day(), Some(date!(2026-12-16)));
    /// # });
    /// ```
    pub fn due_day(&self) -> Option<Date> {
        let Due::Until(deadline) = &self.due else { return None };
        let put_off = self.steps.iter().any(|step| step.state == State::Extended);
        Some(deadline.extended.filter(|_| put_off).unwrap_or(deadline.day))
    }

    /// Returns how many days are left on a day in the operator's time zone, negative when it is overdue; nothing when
    /// it is over or cannot be computed.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use time::macros::{date, datetime};
    /// # use tower_consent::{Policy, record::{Kind, Record}, recorder::Log, signal::VisitorId, store::Memory};
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// # pollster::block_on(async {
    /// # let (store, now) = (Arc::new(Memory::default()), datetime!(2026-11-25 09:00 UTC));
    /// # let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
    /// use tower_consent::rights::{What, received, register};
    /// log.append(vec![received(What::Access, VisitorId::from_random([7; 16]), &policy, now)]).await.unwrap();
    /// let request = register(&*store, &policy).await.unwrap().remove(0);
    /// let days = [date!(2026-12-08), date!(2026-12-09), date!(2026-12-10)];
    /// assert_eq!(days.map(|today| request.days_left(today)), [Some(1), Some(0), Some(-1)]);
    /// # });
    /// ```
    pub fn days_left(&self, today: Date) -> Option<i64> {
        self.due_day().filter(|_| self.is_open()).map(|due| (due - today).whole_days())
    }

    /// Says whether it is open and its term is over; one whose term cannot be computed counts as overdue.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use time::macros::{date, datetime};
    /// # use tower_consent::{Policy, record::{Kind, Record}, recorder::Log, signal::VisitorId, store::Memory};
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// # pollster::block_on(async {
    /// # let (store, now) = (Arc::new(Memory::default()), datetime!(2026-11-25 09:00 UTC));
    /// # let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
    /// use tower_consent::rights::{What, received, register};
    /// log.append(vec![received(What::Access, VisitorId::from_random([7; 16]), &policy, now)]).await.unwrap();
    /// let request = register(&*store, &policy).await.unwrap().remove(0);
    /// assert!(!request.is_overdue(date!(2026-12-09)), "the last day belongs to the term");
    /// assert!(request.is_overdue(date!(2026-12-10)));
    /// # });
    /// ```
    pub fn is_overdue(&self, today: Date) -> bool {
        self.is_open() && self.due_day().is_none_or(|due| due < today)
    }

    /// Makes the record of a step.
    ///
    /// # Errors
    ///
    /// [`Unfit`] when the step does not fit what the log tells of the request.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use time::macros::{date, datetime};
    /// # use tower_consent::{Policy, record::{Kind, Record}, recorder::Log, signal::VisitorId, store::Memory};
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// # pollster::block_on(async {
    /// # let (store, now) = (Arc::new(Memory::default()), datetime!(2026-11-25 09:00 UTC));
    /// # let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
    /// use tower_consent::rights::{State, Unfit, What, received, register};
    /// log.append(vec![received(What::Access, VisitorId::from_random([7; 16]), &policy, now)]).await.unwrap();
    /// let request = register(&*store, &policy).await.unwrap().remove(0);
    /// let record = request.step(State::Refused, &policy, now).unwrap();
    /// assert_eq!((record.facts["request"].as_str(), record.facts["step"].as_str()), ("1", "refused"));
    /// log.append(vec![record]).await.unwrap();
    /// let request = register(&*store, &policy).await.unwrap().remove(0);
    /// assert_eq!(request.step(State::Answered, &policy, now).unwrap_err(), Unfit::Over(State::Refused));
    /// # });
    /// ```
    pub fn step(&self, state: State, policy: &Policy, now: OffsetDateTime) -> Result<Record, Unfit> {
        if matches!(self.state(), State::Refused | State::Done) {
            return Err(Unfit::Over(self.state()));
        }
        match state {
            State::Received => return Err(Unfit::NoStep),
            State::Extended if self.steps.iter().any(|step| step.state == State::Extended) => {
                return Err(Unfit::PutOffBefore);
            }
            State::Extended if matches!(&self.due, Due::Until(deadline) if deadline.extended.is_none()) => {
                return Err(Unfit::NotPutOff);
            }
            State::Done if self.what.destroys() && self.visitor.is_some() => return Err(Unfit::Undestroyed),
            _ => {}
        }
        let mut record = Record {
            visitor: self.visitor,
            source: "operator",
            by: "operator",
            brief: kept(policy),
            ..Record::of(Kind::RequestStep, now, policy.version())
        };
        record.facts.insert("request", self.number.to_string());
        record.facts.insert("step", state.as_str().to_owned());
        Ok(record)
    }

    /// Makes the record that it was done by an erasure, whose event stands at a place of the log. It names nobody.
    ///
    /// # Errors
    ///
    /// [`Unfit::Over`] when it is over.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use time::macros::{date, datetime};
    /// # use tower_consent::{Policy, record::{Kind, Record}, recorder::Log, signal::VisitorId, store::Memory};
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// # pollster::block_on(async {
    /// # let (store, now) = (Arc::new(Memory::default()), datetime!(2026-11-25 09:00 UTC));
    /// # let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
    /// use tower_consent::rights::{State, What, received, register};
    /// let visitor = VisitorId::from_random([7; 16]);
    /// log.append(vec![received(What::Erasure, visitor, &policy, now)]).await.unwrap();
    /// let request = register(&*store, &policy).await.unwrap().remove(0);
    /// let erased = log.erase(visitor, "request 1", now).await.unwrap().unwrap();
    /// let done = request.done_by(Some(erased.index), &policy, now).unwrap();
    /// assert_eq!(done.visitor, None, "an event about him would make him known again");
    /// log.append(vec![done]).await.unwrap();
    /// let request = register(&*store, &policy).await.unwrap().remove(0);
    /// assert_eq!((request.state(), request.steps[0].erasure), (State::Done, Some(erased.index)));
    /// # });
    /// ```
    pub fn done_by(&self, erasure: Option<u64>, policy: &Policy, now: OffsetDateTime) -> Result<Record, Unfit> {
        let destroyed = Self { visitor: None, ..self.clone() };
        let mut record = destroyed.step(State::Done, policy, now)?;
        if let Some(erasure) = erasure {
            record.facts.insert("erasure", erasure.to_string());
        }
        Ok(record)
    }
}

/// Makes the record that a request came in; the caller adds how it came, contact and message.
///
/// A person who is no visitor of the site gets a fresh random id, so that what is known of him can be erased.
///
/// # Example
///
/// ```
/// use time::OffsetDateTime;
/// use tower_consent::{Policy, rights::{What, received}, signal::VisitorId};
/// let policy = Policy::load("policies/news-site").unwrap();
/// let record = received(What::Stop, VisitorId::from_random([1; 16]), &policy, OffsetDateTime::UNIX_EPOCH);
/// assert_eq!(record.facts["request"], "stop");
/// ```
pub fn received(what: What, visitor: VisitorId, policy: &Policy, now: OffsetDateTime) -> Record {
    let mut record = Record {
        visitor: Some(visitor),
        source: "operator",
        by: "operator",
        jurisdiction: policy.site().profiles.iter().map(|profile| profile.as_str().to_owned()).collect(),
        brief: kept(policy),
        ..Record::of(Kind::Request, now, policy.version())
    };
    record.facts.insert("request", what.as_str().to_owned());
    record
}

/// How long contact and message are kept.
fn kept(policy: &Policy) -> Duration {
    Duration::try_from(policy.retention().requests.duration()).unwrap_or(Duration::MAX)
}
