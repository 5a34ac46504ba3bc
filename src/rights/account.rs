//! What is kept of an account of the site: the visitors it was linked with, and what they chose.
//!
//! In: a store, the site's own name for an account. Out: ids of visitors; what was chosen in the account's other browsers. It
//! changes nothing. A name is looked up, and kept nowhere.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use crate::{
    audit::entry::Linked,
    purpose::PurposeId,
    record::Kind,
    recorder::links::{self, Said},
    signal::{AccountId, VisitorId},
    store::{ConsentStore, Error, ErrorKind},
};

/// Browsers of one account that are looked at, those linked last.
const MOST: usize = 32;

/// What was chosen in other browsers of an account.
///
/// Of several browsers the stricter counts: a purpose is granted when each that decided about it granted it.
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
/// use tower_consent::{rights::elsewhere, signal::VisitorId};
/// let browsers = [1, 2, 3].map(|byte| VisitorId::from_random([byte; 16]));
/// for (browser, granted) in browsers[..2].iter().zip([true, false]) {
///     let mut choice = Record::of(Kind::Partial, now, "v1");
///     choice.visitor = Some(*browser);
///     choice.purposes = [("metrics".parse().unwrap(), granted)].into();
///     log.append(vec![choice]).await.unwrap();
///     log.link(*browser, "ivan", "v1", now).await.unwrap();
/// }
/// # let account = tower_consent::rights::account(&*store, "ivan").await.unwrap().unwrap();
/// let told = elsewhere(&*store, account, browsers[2], now).await.unwrap().unwrap();
/// assert_eq!((told.browsers, told.purposes["metrics"]), (2, false), "one refused, and the stricter counts");
/// # });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Elsewhere {
    /// What was granted and what was refused.
    pub purposes: BTreeMap<PurposeId, bool>,
    /// When the newest of these choices was made.
    pub at: OffsetDateTime,
    /// Version of the policy it was made under.
    pub policy: String,
    /// In how many browsers.
    pub browsers: usize,
}

/// Returns what the log calls an account, by the site's own name for it; `None` where nobody was ever linked.
///
/// # Errors
///
/// [`ErrorKind::Refused`] when the name is empty; when the store cannot be read.
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use time::OffsetDateTime;
/// use tower_consent::{record::{Kind, Record}, recorder::Log, rights::{account, linked}, signal::VisitorId, store::Memory};
/// let store = Arc::new(Memory::default());
/// pollster::block_on(async {
///     let now = OffsetDateTime::UNIX_EPOCH;
///     let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
///     assert_eq!(account(&*store, "ivan").await.unwrap(), None);
///     let visitor = VisitorId::from_random([1; 16]);
///     let mut choice = Record::of(Kind::Accept, now, "v1");
///     choice.visitor = Some(visitor);
///     log.append(vec![choice]).await.unwrap();
///     let (made, _) = log.link(visitor, "ivan", "v1", now).await.unwrap();
///     assert_eq!(account(&*store, "ivan").await.unwrap(), Some(made));
///     assert_eq!(linked(&*store, made).await.unwrap(), [visitor]);
/// });
/// ```
pub async fn account(store: &dyn ConsentStore, name: &str) -> Result<Option<AccountId>, Error> {
    links::known(store, name).await
}

/// Returns the visitors an account is linked with, each once, the one linked last at the end.
///
/// # Errors
///
/// When the store cannot be read, or [`ErrorKind::Corrupt`] when an event of the account is none.
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
/// use tower_consent::{rights::linked, signal::VisitorId};
/// let visitor = VisitorId::from_random([1; 16]);
/// let mut choice = Record::of(Kind::Accept, now, "v1");
/// choice.visitor = Some(visitor);
/// log.append(vec![choice]).await.unwrap();
/// let (account, _) = log.link(visitor, "ivan", "v1", now).await.unwrap();
/// assert_eq!(linked(&*store, account).await.unwrap(), [visitor]);
/// log.erase(visitor, "request 17", now).await.unwrap();
/// assert!(linked(&*store, account).await.unwrap().is_empty(), "an erasure takes the name out of both");
/// # });
/// ```
pub async fn linked(store: &dyn ConsentStore, account: AccountId) -> Result<Vec<VisitorId>, Error> {
    links::visitors_of(store, account).await
}

/// Returns what holds in the other browsers of an account than this visitor's; `None` where nothing does.
///
/// A choice whose time is over, or that was taken back, does not hold. The 32 browsers linked last are looked at.
///
/// # Errors
///
/// As [`linked`].
///
/// # Example
///
/// ```
/// use std::sync::Arc;
/// use time::OffsetDateTime;
/// use tower_consent::{record::{Kind, Record}, recorder::Log, rights::elsewhere, signal::VisitorId, store::Memory};
/// let store = Arc::new(Memory::default());
/// pollster::block_on(async {
///     let now = OffsetDateTime::UNIX_EPOCH;
///     let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
///     let [one, other] = [1, 2].map(|byte| VisitorId::from_random([byte; 16]));
///     let mut choice = Record::of(Kind::Accept, now, "v1");
///     choice.visitor = Some(one);
///     choice.purposes.insert("metrics".parse().unwrap(), true);
///     log.append(vec![choice]).await.unwrap();
///     let (account, _) = log.link(one, "ivan", "v1", now).await.unwrap();
///     let told = elsewhere(&*store, account, other, now).await.unwrap().unwrap();
///     assert_eq!((told.browsers, told.policy.as_str(), told.purposes["metrics"]), (1, "v1", true));
///     assert_eq!(elsewhere(&*store, account, one, now).await.unwrap(), None, "nothing but his own");
/// });
/// ```
pub async fn elsewhere(
    store: &dyn ConsentStore,
    account: AccountId,
    visitor: VisitorId,
    now: OffsetDateTime,
) -> Result<Option<Elsewhere>, Error> {
    let mut browsers: Vec<VisitorId> = Vec::new();
    for place in store.by_visitor(account.subject()).await?.into_iter().rev() {
        let entry = links::entry(store, place).await?;
        let corrupt = |source| Error::new(ErrorKind::Corrupt, format!("event {place}")).with_source(source);
        let linked = entry.map(|entry| entry.link()).transpose().map_err(corrupt)?.flatten();
        if let Some(Linked::Account(_, other)) = linked
            && other != visitor
            && !browsers.contains(&other)
        {
            browsers.push(other);
        }
        if browsers.len() == MOST {
            break;
        }
    }
    let mut all: Option<Elsewhere> = None;
    for browser in browsers {
        let Some(said) = holds(store, browser, now).await? else { continue };
        let purposes = said.purposes.iter().filter_map(|(id, granted)| Some((id.parse::<PurposeId>().ok()?, *granted)));
        let all = all.get_or_insert_with(|| Elsewhere {
            purposes: BTreeMap::new(),
            at: said.time,
            policy: said.policy.clone(),
            browsers: 0,
        });
        for (id, granted) in purposes {
            all.purposes.entry(id).and_modify(|all| *all &= granted).or_insert(granted);
        }
        all.browsers += 1;
        if said.time > all.at {
            (all.at, all.policy) = (said.time, said.policy);
        }
    }
    Ok(all)
}

/// Returns the last choice of a visitor, if it holds.
async fn holds(store: &dyn ConsentStore, visitor: VisitorId, now: OffsetDateTime) -> Result<Option<Said>, Error> {
    for place in store.by_visitor(visitor).await?.into_iter().rev() {
        let Some(entry) = links::entry(store, place).await? else { continue };
        if let Some(said) = links::said(&entry, place)? {
            let over = said.kind == Kind::Withdraw || said.expires.is_some_and(|expires| expires <= now);
            return Ok((!over).then_some(said));
        }
    }
    Ok(None)
}
