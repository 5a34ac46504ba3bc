//! The register of requests, computed from the log.
//!
//! In: a store, a policy. Out: every [`Request`] with its steps and due day. A note beside the log remembers where the
//! events of requests stand, so that a long log is not read again each time; without it everything is read.

use std::collections::BTreeMap;

use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{
    deadline::deadline,
    request::{Due, Request, State, Step},
};
use crate::{
    audit::Entry,
    policy::{Policy, Profile},
    signal::VisitorId,
    site::published::{IN_FORCE, is_file, names},
    store::{ConsentStore, Error, ErrorKind, LARGEST_NOTE},
};

/// Note of where the events of requests stand: how many entries were looked through, then the places.
const PLACES: &str = "rights/requests";
/// Entries read at once.
const CHUNK: u64 = 4_096;

/// Returns every request of the log, in the order they came.
///
/// # Errors
///
/// When the store cannot be read, or [`ErrorKind::Corrupt`] when an event of it is none.
///
/// # Example
///
/// ```
/// use tower_consent::{Policy, rights::register, store::Memory};
/// let policy = Policy::load("policies/news-site").unwrap();
/// assert!(pollster::block_on(register(&Memory::default(), &policy)).unwrap().is_empty());
/// ```
pub async fn register(store: &dyn ConsentStore, policy: &Policy) -> Result<Vec<Request>, Error> {
    let size = store.head().await?.size();
    let note = store.note(PLACES.to_owned()).await?.unwrap_or_default();
    let (known, mut places) = read_places(&note).filter(|(known, _)| *known <= size).unwrap_or_default();
    let mut requests = Requests::default();
    for place in &places {
        for entry in store.read(*place..*place + 1).await? {
            requests.take(*place, &entry, Some(policy))?;
        }
    }
    let mut next = known;
    while next < size {
        let end = size.min(next + CHUNK);
        let entries = store.read(next..end).await?;
        if entries.len() as u64 != end - next {
            return Err(Error::new(ErrorKind::Corrupt, format!("the entries {next} to {end} are not all there")));
        }
        for (entry, index) in entries.iter().zip(next..) {
            // Cheap where it can be: most entries are choices, and `"kind"` is told by the canonical form.
            if tells_of_a_request(&entry.leaf) && requests.take(index, entry, Some(policy))? {
                places.push(index);
            }
        }
        next = end;
    }
    // Only worth a write when reading it again would cost something.
    if size - known >= CHUNK {
        let text: Vec<String> = std::iter::once(size).chain(places).map(|number| number.to_string()).collect();
        let note = text.join("\n").into_bytes();
        if note.len() <= LARGEST_NOTE {
            store.put_note(PLACES.to_owned(), note).await?;
        }
    }
    Ok(requests.into_list())
}

/// Returns the policy that was last put into force on a store, read from the texts kept there; `None` where none was.
///
/// # Errors
///
/// When the store cannot be read, or [`ErrorKind::Corrupt`] when a text is missing or this release cannot read the policy.
///
/// # Example
///
/// ```
/// use tower_consent::{rights::policy_in_force, store::Memory};
/// assert!(pollster::block_on(policy_in_force(&Memory::default())).unwrap().is_none());
/// ```
pub async fn policy_in_force(store: &dyn ConsentStore) -> Result<Option<Policy>, Error> {
    let Some(version) = store.note(IN_FORCE.to_owned()).await? else { return Ok(None) };
    let version = String::from_utf8_lossy(&version).into_owned();
    let corrupt = |what: String| Error::new(ErrorKind::Corrupt, what);
    let names = names(store, &version).await?;
    let names = names.ok_or_else(|| corrupt(format!("the list of texts of policy {version} is missing")))?;
    let mut files = BTreeMap::new();
    for (name, hash) in names.into_iter().filter(|(name, _)| is_file(name)) {
        let text = store.document(hash).await?.and_then(|bytes| String::from_utf8(bytes).ok());
        let text = text.ok_or_else(|| corrupt(format!("the text {name} of policy {version} is missing")))?;
        files.insert(name, text);
    }
    match Policy::check(files) {
        (Some(policy), _) => Ok(Some(policy)),
        (None, found) => {
            let first = found.first().map(ToString::to_string).unwrap_or_default();
            Err(corrupt(format!("policy {version} cannot be read by this release, name its folder instead: {first}")))
        }
    }
}

/// Returns one request by its number.
///
/// # Errors
///
/// As [`register`].
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
/// use tower_consent::rights::{What, received, request};
/// let receipt = log.append(vec![received(What::Access, VisitorId::from_random([7; 16]), &policy, now)]).await.unwrap().remove(0);
/// // The number a person is told is the place of his request in the log.
/// let found = request(&*store, &policy, receipt.index).await.unwrap().unwrap();
/// assert_eq!((found.what, found.received), (What::Access, now));
/// assert!(request(&*store, &policy, 0).await.unwrap().is_none());
/// # });
/// ```
pub async fn request(store: &dyn ConsentStore, policy: &Policy, number: u64) -> Result<Option<Request>, Error> {
    Ok(register(store, policy).await?.into_iter().find(|request| request.number == number))
}

/// Returns the requests of one visitor, in the order they came; none of one who was erased.
///
/// # Errors
///
/// As [`register`].
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
/// use tower_consent::rights::{What, received, requests_of};
/// let [one, other] = [7, 8].map(|byte| VisitorId::from_random([byte; 16]));
/// log.append(vec![received(What::Access, one, &policy, now), received(What::Stop, other, &policy, now)]).await.unwrap();
/// let his = requests_of(&*store, &policy, one).await.unwrap();
/// assert!(his.iter().map(|request| request.what).eq([What::Access]));
/// # });
/// ```
pub async fn requests_of(store: &dyn ConsentStore, policy: &Policy, visitor: VisitorId) -> Result<Vec<Request>, Error> {
    let mut requests = Requests::default();
    for place in store.by_visitor(visitor).await? {
        for entry in store.read(place..place + 1).await? {
            if tells_of_a_request(&entry.leaf) {
                requests.take(place, &entry, Some(policy))?;
            }
        }
    }
    Ok(requests.into_list())
}

fn tells_of_a_request(leaf: &[u8]) -> bool {
    memchr::memmem::find(leaf, br#""kind":"request"#).is_some()
}

fn read_places(note: &[u8]) -> Option<(u64, Vec<u64>)> {
    let mut numbers = std::str::from_utf8(note).ok()?.lines().map(str::parse::<u64>);
    let known = numbers.next()?.ok()?;
    let places: Vec<u64> = numbers.collect::<Result<_, _>>().ok()?;
    places.iter().all(|place| *place < known).then_some((known, places))
}

/// Requests as events tell of them, one after another.
#[derive(Debug, Default)]
pub(crate) struct Requests(BTreeMap<u64, Request>);

impl Requests {
    /// Takes what an entry tells of requests; says whether it tells of one. Without a policy no term can be computed.
    pub(crate) fn take(&mut self, index: u64, entry: &Entry, policy: Option<&Policy>) -> Result<bool, Error> {
        let corrupt = |what: &str| Error::new(ErrorKind::Corrupt, format!("event {index} {what}"));
        let fields = entry.fields().map_err(|source| corrupt("cannot be read").with_source(source))?;
        let values = entry.disclosed().map_err(|source| corrupt("has other values").with_source(source))?;
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        let fact = |name: &str| fields.get("facts").and_then(|facts| facts.get(name)?.as_str());
        let value = |name: &str| values.get(name).and_then(Value::as_str).map(str::to_owned);
        let time = text("time").and_then(|time| OffsetDateTime::parse(time, &Rfc3339).ok());
        let time = time.ok_or_else(|| corrupt("has no time"))?;
        match text("kind") {
            Some("request") => {
                let what =
                    fact("request").and_then(|what| what.parse().ok()).ok_or_else(|| corrupt("asks for nothing"))?;
                let laws: Vec<Profile> = match fields.get("jurisdiction").and_then(Value::as_array) {
                    Some(names) => names.iter().filter_map(|name| Profile::from_word(name.as_str()?)).collect(),
                    None => policy.map(|policy| policy.site().profiles.clone()).unwrap_or_default(),
                };
                let due = match policy {
                    Some(policy) => deadline(what, &laws, time, policy).map_or_else(Due::Unknown, Due::Until),
                    None => Due::NoPolicy,
                };
                let request = Request {
                    number: index,
                    what,
                    received: time,
                    source: text("source").unwrap_or_default().to_owned(),
                    laws,
                    language: text("language").map(str::to_owned),
                    visitor: value("subject").and_then(|id| VisitorId::parse(&id)),
                    contact: value("contact"),
                    message: value("message"),
                    steps: Vec::new(),
                    due,
                };
                self.0.insert(index, request);
                Ok(true)
            }
            Some("request-step") => {
                let number: Option<u64> = fact("request").and_then(|number| number.parse().ok());
                let state = State::STEPS.into_iter().find(|state| fact("step") == Some(state.as_str()));
                let state = state.ok_or_else(|| corrupt("is a step that leads nowhere"))?;
                // A step of another visitor's request cannot be written; one of a request that was never made is damage.
                let request = number.and_then(|number| self.0.get_mut(&number));
                let request = request.ok_or_else(|| corrupt("is a step of no request"))?;
                let erasure = fact("erasure").and_then(|place| place.parse().ok());
                request.steps.push(Step { index, state, time, message: value("message"), erasure });
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Says whether there is a request of this number.
    #[cfg(feature = "export")]
    pub(crate) fn has(&self, number: u64) -> bool {
        self.0.contains_key(&number)
    }

    /// Returns the requests in the order they came.
    pub(crate) fn into_list(self) -> Vec<Request> {
        self.0.into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use time::macros::{date, datetime};

    use super::*;
    use crate::{
        record::{Kind, Record},
        recorder::Log,
        rights::{Unfit, What, received},
        store::Memory,
    };

    fn policy() -> Policy {
        Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site")).unwrap()
    }

    async fn log(store: &Arc<Memory>) -> Log {
        Log::open(store.clone(), "news.example/consent", datetime!(2026-11-01 09:00 UTC)).await.unwrap()
    }

    #[tokio::test]
    async fn a_request_goes_its_way() {
        let (policy, store) = (policy(), Arc::new(Memory::default()));
        let mut log = log(&store).await;
        let now = datetime!(2026-11-25 09:00 UTC);
        let person = VisitorId::from_random([7; 16]);
        let mut record = received(What::Access, person, &policy, now);
        (record.contact, record.message) = (Some("ivan@mail.example".into()), Some("Что вы храните?".into()));
        let place = log.append(vec![record]).await.unwrap()[0].index;
        let read = async || request(&*store, &policy, place).await.unwrap().unwrap();
        let made = read().await;
        assert_eq!(
            (made.what, made.state(), made.contact.as_deref()),
            (What::Access, State::Received, Some("ivan@mail.example"))
        );
        assert_eq!((made.due_day(), made.days_left(date!(2026 - 12 - 10))), (Some(date!(2026 - 12 - 09)), Some(-1)));
        assert!(made.is_overdue(date!(2026 - 12 - 10)) && !made.is_overdue(date!(2026 - 12 - 09)));

        for (state, day) in [
            (State::Identified, date!(2026 - 12 - 09)),
            (State::Extended, date!(2026 - 12 - 16)),
            (State::Answered, date!(2026 - 12 - 16)),
        ] {
            let mut step = read().await.step(state, &policy, now).unwrap();
            step.message = Some(format!("note on {}", state.as_str()));
            log.append(vec![step]).await.unwrap();
            let made = read().await;
            assert_eq!((made.state(), made.due_day()), (state, Some(day)));
            assert_eq!(made.is_open(), state != State::Answered);
            if state == State::Extended {
                assert_eq!(made.step(State::Extended, &policy, now).unwrap_err(), Unfit::PutOffBefore);
            }
        }
        let made = read().await;
        assert_eq!(made.steps[2].message.as_deref(), Some("note on answered"));
        log.append(vec![made.step(State::Done, &policy, now).unwrap()]).await.unwrap();
        assert_eq!(read().await.step(State::Refused, &policy, now).unwrap_err(), Unfit::Over(State::Done));
        assert_eq!(requests_of(&*store, &policy, person).await.unwrap(), [read().await]);
        // The public part of the log has no word of them.
        for entry in store.read(0..u64::MAX).await.unwrap() {
            let leaf = String::from_utf8(entry.leaf).unwrap();
            assert!(!leaf.contains("mail.example") && !leaf.contains("храните") && !leaf.contains("note on"), "{leaf}");
        }
    }

    #[tokio::test]
    async fn an_erasure_takes_contact_and_message_and_leaves_the_register() {
        let (policy, store) = (policy(), Arc::new(Memory::default()));
        let mut log = log(&store).await;
        let now = datetime!(2026-11-25 09:00 UTC);
        let person = VisitorId::from_random([7; 16]);
        let mut record = received(What::Erasure, person, &policy, now);
        record.contact = Some("ivan@mail.example".into());
        let choice = Record { visitor: Some(person), ..Record::of(Kind::Accept, now, policy.version()) };
        let place = log.append(vec![choice, record]).await.unwrap()[1].index;
        let made = request(&*store, &policy, place).await.unwrap().unwrap();
        assert_eq!(made.step(State::Done, &policy, now).unwrap_err(), Unfit::Undestroyed);
        assert_eq!(made.step(State::Extended, &policy, now).unwrap_err(), Unfit::NotPutOff);
        let erased = log.erase(person, &format!("request {place}"), now).await.unwrap().unwrap();
        assert!(erased.entry.contains(r#""values":"contact 1, previous 1, subject 2""#), "{}", erased.entry);
        log.append(vec![made.done_by(Some(erased.index), &policy, now).unwrap()]).await.unwrap();
        let made = request(&*store, &policy, place).await.unwrap().unwrap();
        assert_eq!((made.state(), made.contact, made.visitor), (State::Done, None, None));
        assert_eq!(made.steps[0].erasure, Some(erased.index));
        assert!(requests_of(&*store, &policy, person).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_long_log_is_not_read_again() {
        let (policy, store) = (policy(), Arc::new(Memory::default()));
        let mut log = log(&store).await;
        let now = datetime!(2026-11-25 09:00 UTC);
        let ask = || received(What::Stop, VisitorId::from_random([7; 16]), &policy, now);
        log.append(vec![ask()]).await.unwrap();
        for _ in 0..5 {
            log.append(vec![Record::of(Kind::Export, now, "v1"); 1_000]).await.unwrap();
        }
        log.append(vec![ask()]).await.unwrap();
        assert_eq!(register(&*store, &policy).await.unwrap().len(), 2);
        let note = store.note(PLACES.into()).await.unwrap().unwrap();
        assert_eq!(read_places(&note), Some((5_003, vec![1, 5_002])));
        log.append(vec![ask()]).await.unwrap();
        let numbers: Vec<u64> = register(&*store, &policy).await.unwrap().iter().map(|made| made.number).collect();
        assert_eq!(numbers, [1, 5_002, 5_003]);
        // A note that is broken, or of another log, is as good as none.
        for broken in ["", "x", "9\n1\n12", "99999999\n1"] {
            store.put_note(PLACES.into(), broken.into()).await.unwrap();
            assert_eq!(register(&*store, &policy).await.unwrap().len(), 3, "{broken}");
        }
    }
}
