//! What is kept about one person, as the answer he is owed (152-FZ, article 14(7); GDPR, article 15).
//!
//! In: a log, a visitor's id or an account's, a policy. Out: all his events with their personal values and proofs, and what the policy says
//! of purposes, recipients, terms and rights: as JSON for programs, HTML and plain text for people. It changes nothing.

use std::collections::BTreeMap;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::account::linked;
use crate::{
    documents::{self, Document},
    language::{Labels, Language},
    policy::Policy,
    record::Receipt,
    recorder::Log,
    signal::{AccountId, VisitorId},
    store::{ConsentStore, Error, ErrorKind},
};

/// Where documents say the privacy centre is.
const PREFIX: &str = "/_consent";

/// All that is kept about one visitor, or about all visitors of one account.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use time::OffsetDateTime;
/// use tower_consent::{Policy, record::{Kind, Record}, recorder::Log, rights::Subject, signal::VisitorId, store::Memory};
/// let policy = Policy::load("policies/news-site").unwrap();
/// let store = Arc::new(Memory::default());
/// pollster::block_on(async {
///     let now = OffsetDateTime::UNIX_EPOCH;
///     let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
///     let mut choice = Record::of(Kind::Refuse, now, policy.version());
///     choice.visitor = Some(VisitorId::from_random([1; 16]));
///     log.append(vec![choice]).await.unwrap();
///     let subject = Subject::read(&mut log, &*store, VisitorId::from_random([1; 16])).await.unwrap();
///     assert_eq!(subject.events.len(), 1);
///     assert_eq!(subject.json(&policy, now)["events"][0]["kind"], "refuse");
/// });
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Subject {
    /// The account that was asked for, if one was.
    pub account: Option<AccountId>,
    /// Whose it is: one visitor, or those the account is linked with.
    pub visitors: Vec<VisitorId>,
    /// Their events, in order.
    pub events: Vec<SubjectEvent>,
}

/// One event of a visitor.
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
/// use tower_consent::{audit::Proof, rights::Subject, signal::VisitorId};
/// let visitor = VisitorId::from_random([1; 16]);
/// let mut choice = Record::of(Kind::Refuse, now, "v1");
/// (choice.visitor, choice.page) = (Some(visitor), Some("/region/news".to_owned()));
/// log.append(vec![choice]).await.unwrap();
/// let event = Subject::read(&mut log, &*store, visitor).await.unwrap().events.remove(0);
/// assert_eq!((&event.fields["kind"], &event.values["page"]), (&"refuse".into(), &"/region/news".into()));
/// // He need not believe it: the receipt proves what the log holds.
/// let proof: Proof = event.receipt.proof.parse().unwrap();
/// assert!(proof.verify(event.receipt.entry.as_bytes(), &[log.key().verifier().clone()]).is_ok());
/// # });
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SubjectEvent {
    /// The public fields.
    pub fields: BTreeMap<String, Value>,
    /// The personal values.
    pub values: BTreeMap<String, Value>,
    /// That the log holds it.
    pub receipt: Receipt,
}

impl Subject {
    /// Reads all that is kept about a visitor; no events when there is nothing, or nothing any more.
    ///
    /// # Errors
    ///
    /// When the store cannot be read, or [`ErrorKind::Corrupt`] when an entry is none.
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
    /// use tower_consent::{rights::Subject, signal::VisitorId};
    /// let stranger = Subject::read(&mut log, &*store, VisitorId::from_random([9; 16])).await.unwrap();
    /// assert!(stranger.events.is_empty(), "that nothing is kept is an answer too");
    /// # });
    /// ```
    pub async fn read(log: &mut Log, store: &dyn ConsentStore, visitor: VisitorId) -> Result<Self, Error> {
        Self::of(log, store, None, vec![visitor]).await
    }

    /// Reads all that is kept about the visitors an account is linked with.
    ///
    /// # Errors
    ///
    /// As [`Subject::read`].
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use time::OffsetDateTime;
    /// use tower_consent::{record::{Kind, Record}, recorder::Log, rights::Subject, signal::VisitorId, store::Memory};
    /// let store = Arc::new(Memory::default());
    /// pollster::block_on(async {
    ///     let now = OffsetDateTime::UNIX_EPOCH;
    ///     let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
    ///     let mut account = None;
    ///     for visitor in [1, 2].map(|byte| VisitorId::from_random([byte; 16])) {
    ///         let mut choice = Record::of(Kind::Refuse, now, "v1");
    ///         choice.visitor = Some(visitor);
    ///         log.append(vec![choice]).await.unwrap();
    ///         account = Some(log.link(visitor, "ivan", "v1", now).await.unwrap().0);
    ///     }
    ///     let subject = Subject::read_account(&mut log, &*store, account.unwrap()).await.unwrap();
    ///     assert_eq!((subject.visitors.len(), subject.events.len()), (2, 4));
    /// });
    /// ```
    pub async fn read_account(log: &mut Log, store: &dyn ConsentStore, account: AccountId) -> Result<Self, Error> {
        let visitors = linked(store, account).await?;
        Self::of(log, store, Some(account), visitors).await
    }

    async fn of(
        log: &mut Log,
        store: &dyn ConsentStore,
        account: Option<AccountId>,
        visitors: Vec<VisitorId>,
    ) -> Result<Self, Error> {
        let mut places = Vec::new();
        for visitor in &visitors {
            places.extend(store.by_visitor(*visitor).await?);
        }
        places.sort_unstable();
        let mut events = Vec::with_capacity(places.len());
        for index in places {
            for entry in store.read(index..index + 1).await? {
                let corrupt = |source| Error::new(ErrorKind::Corrupt, format!("event {index}")).with_source(source);
                events.push(SubjectEvent {
                    fields: entry.fields().map_err(corrupt)?,
                    values: entry.disclosed().map_err(corrupt)?,
                    receipt: log.receipt(index).await?,
                });
            }
        }
        Ok(Self { account, visitors, events })
    }

    /// Returns it for programs.
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
    /// use tower_consent::rights::Subject;
    /// let visitor = VisitorId::from_random([7; 16]);
    /// let json = Subject::read(&mut log, &*store, visitor).await.unwrap().json(&policy, now);
    /// assert_eq!((&json["subject"], &json["policy"]), (&visitor.to_string().into(), &policy.version().into()));
    /// assert!(json["recipients"].as_array().unwrap().iter().any(|recipient| recipient["purposes"][0] == "metrics"));
    /// # });
    /// ```
    pub fn json(&self, policy: &Policy, now: OffsetDateTime) -> Value {
        let language = &policy.site().languages[0];
        let purposes = policy.purposes().iter().map(|purpose| {
            json!({
                "id": purpose.id.as_str(), "title": purpose.title.in_language(language), "basis": purpose.basis,
                "data": purpose.data.iter().map(|item| item.in_language(language)).collect::<Vec<_>>(),
                "retention": purpose.retention.to_string(), "end": purpose.end.as_str(),
            })
        });
        let recipients = policy.services().iter().map(|service| {
            json!({
                "title": service.title.in_language(language), "operator": service.operator.in_language(language),
                "country": service.country,
                "purposes": service.purposes.iter().map(|id| id.as_str()).collect::<Vec<_>>(),
            })
        });
        let events = self.events.iter().map(|event| {
            let mut value = json!({ "index": event.receipt.index, "personal": event.values });
            for (name, field) in event.fields.iter().filter(|(name, _)| !name.starts_with("_sd")) {
                value[name.as_str()] = field.clone();
            }
            value["receipt"] = json!({ "entry": event.receipt.entry, "proof": event.receipt.proof });
            value
        });
        let operator = policy.operator();
        let mut value = json!({
            "made": now.format(&Rfc3339).ok(),
            "operator": {
                "name": operator.name.in_language(language), "address": operator.address.in_language(language),
                "email": policy.rights().email,
            },
            "source": match self.account {
                None => "the choices and requests made by this browser on the site",
                Some(_) => "the choices and requests made by the browsers of this account on the site",
            },
            "method": policy.processing().method.as_str(),
            "operations": policy.processing().operations,
            "purposes": purposes.collect::<Vec<_>>(),
            "recipients": recipients.collect::<Vec<_>>(),
            "records_kept_after_consent_ends": policy.retention().records.to_string(),
            "policy": policy.version(),
            "events": events.collect::<Vec<_>>(),
        });
        let visitors: Vec<String> = self.visitors.iter().map(ToString::to_string).collect();
        match self.account {
            None => value["subject"] = visitors.first().cloned().into(),
            Some(account) => {
                value["account"] = account.to_string().into();
                value["subjects"] = visitors.into();
            }
        }
        value
    }

    /// Returns it for people, as a whole HTML page that needs no other file.
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
    /// use tower_consent::rights::Subject;
    /// let subject = Subject::read(&mut log, &*store, VisitorId::from_random([7; 16])).await.unwrap();
    /// let page = subject.html(&policy, &"ru".parse().unwrap(), now);
    /// assert!(page.contains("<html lang=\"ru\"") && page.contains("ООО «Вести Края»"));
    /// assert!(!page.contains("<script"), "it can be opened from a disk and printed");
    /// # });
    /// ```
    pub fn html(&self, policy: &Policy, language: &Language, now: OffsetDateTime) -> String {
        let labels = policy.words(language);
        let title = labels.get("centre-requests").to_owned();
        let tables = ["table.purposes", "table.services", "table.terms", "table.rights"];
        let page = html! {
            (DOCTYPE)
            html lang=(language) dir=(language.direction()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width";
                    title { (title) " — " (policy.site().name.in_language(language)) }
                    style { (PreEscaped(documents::PAGE_STYLE)) (PreEscaped(documents::STYLE)) }
                }
                body { main {
                    h1 { (title) }
                    p { (policy.site().name.in_language(language)) ", " (labels.moment(now)) }
                    dl {
                        dt { (labels.get("table-operator")) }
                        dd {
                            (policy.operator().name.in_language(language)) ", "
                            (policy.operator().address.in_language(language)) ", " (policy.rights().email)
                        }
                    }
                    h2 { (labels.get("centre-history")) }
                    @if self.events.is_empty() { p { (labels.get("centre-history-none")) } }
                    @for event in &self.events { (shown(event, policy, language, &labels)) }
                    @for name in tables {
                        @if let Some(table) = documents::table(policy, language, name, PREFIX) { (table) }
                    }
                } }
            }
        };
        page.into_string()
    }

    /// Returns it for people, as plain text.
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
    /// use tower_consent::rights::Subject;
    /// let mut choice = Record::of(Kind::Refuse, now, policy.version());
    /// choice.visitor = Some(VisitorId::from_random([7; 16]));
    /// choice.purposes = [("metrics".parse().unwrap(), false)].into();
    /// log.append(vec![choice]).await.unwrap();
    /// let subject = Subject::read(&mut log, &*store, VisitorId::from_random([7; 16])).await.unwrap();
    /// let text = subject.text(&policy, &"ru".parse().unwrap(), now);
    /// assert!(text.contains("✗ Метрические программы"), "{text}");
    /// # });
    /// ```
    pub fn text(&self, policy: &Policy, language: &Language, now: OffsetDateTime) -> String {
        let labels = policy.words(language);
        let title = labels.get("centre-requests");
        let mut text = format!("{title}\n{}\n\n", "=".repeat(title.chars().count()));
        let name = policy.site().name.in_language(language);
        text.push_str(&format!("{name}, {}\n\n", labels.moment(now)));
        if self.events.is_empty() {
            text.push_str(&format!("{}\n", labels.get("centre-history-none")));
        }
        for event in &self.events {
            text.push_str(&format!("{}. {}\n", event.receipt.index, heading(event, &labels)));
            for line in lines(event, policy, language, &labels) {
                text.push_str(&format!("    {line}\n"));
            }
            text.push('\n');
        }
        text.push_str(&documents::plain(policy, language, Document::Policy, PREFIX));
        text
    }
}

fn heading(event: &SubjectEvent, labels: &Labels) -> String {
    let kind = event.fields.get("kind").and_then(Value::as_str).unwrap_or_default();
    let asked = event.fields.get("facts").and_then(|facts| facts.get("request")?.as_str());
    let words = match asked.filter(|_| kind == "request") {
        Some(what) => labels.find(&format!("request-{what}")),
        None => labels.find(&format!("event-{kind}")),
    };
    format!("{} — {}", labels.moment(event.receipt.time), words.unwrap_or(kind))
}

/// What an event says of purposes, and its personal values.
fn lines(event: &SubjectEvent, policy: &Policy, language: &Language, labels: &Labels) -> Vec<String> {
    let purposes = event.fields.get("purposes").and_then(Value::as_object).into_iter().flatten();
    let purpose = |(id, granted): (&String, &Value)| {
        let title = policy.purpose(id).map_or(id.as_str(), |purpose| purpose.title.in_language(language));
        format!("{} {title}", if granted == true { "✓" } else { "✗" })
    };
    let value = |(name, value): (&String, &Value)| {
        let name = labels.find(&format!("value-{name}")).unwrap_or(name);
        match value.as_str() {
            Some(text) => format!("{name}: {text}"),
            None => format!("{name}: {value}"),
        }
    };
    purposes.map(purpose).chain(event.values.iter().map(value)).collect()
}

fn shown(event: &SubjectEvent, policy: &Policy, language: &Language, labels: &Labels) -> Markup {
    html! {
        h3 { (event.receipt.index) ". " (heading(event, labels)) }
        ul { @for line in lines(event, policy, language, labels) { li { (line) } } }
    }
}
