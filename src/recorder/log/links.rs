//! Which visitors an account of the site is linked with.
//!
//! In: a visitor, the site's own name for an account. Out: two `link` events in one append, that of the visitor and right
//! behind it that of the account, each naming the other in a value that can be destroyed; so either side finds the other, and
//! whichever is erased takes its name out of both. The name itself is nowhere: the log has a keyed hash of it.

use std::collections::BTreeMap;

use serde_json::Value;
use time::{Duration, OffsetDateTime, format_description::well_known::Rfc3339};

use super::{ATTEMPTS, CONTENDED, Log};
use crate::{
    audit::{Entry, entry::Linked},
    record::{Kind, Receipt, Record},
    signal::{AccountId, VisitorId},
    store::{ConsentStore, Error, ErrorKind, random_key},
};

/// Names the key under which accounts are called in the log. It is made with the first link: a site without sign-in has none.
const KEY: &str = "accounts";
/// The reason that the erasure of links gives which a withdrawal ended.
pub(crate) const WITHDRAWAL: &str = "withdrawal";
/// Entries read at once.
const CHUNK: u64 = 4_096;

/// How a link stands after it was asked for.
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
/// use tower_consent::{recorder::LinkState, signal::VisitorId};
/// let visitor = VisitorId::from_random([1; 16]);
/// for (kind, state) in [
///     (Kind::Accept, LinkState::Made),
///     (Kind::Renew, LinkState::Known),
///     (Kind::Withdraw, LinkState::Withdrawn),
/// ] {
///     let mut said = Record::of(kind, now, "v1");
///     (said.visitor, said.purposes) = (Some(visitor), [("metrics".parse().unwrap(), kind != Kind::Withdraw)].into());
///     log.append(vec![said]).await.unwrap();
///     assert_eq!(log.link(visitor, "ivan", "v1", now).await.unwrap().1, state);
/// }
/// # });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LinkState {
    /// It stood in the log before; nothing was written.
    Known,
    /// It was written, durably.
    Made,
    /// The visitor has taken everything back and chosen nothing since: there is no link, and none was made.
    Withdrawn,
}

impl Log {
    /// Links a visitor with an account, by the site's own name for it, durably when it returns; says under which id the log
    /// knows the account, and how the link stands.
    ///
    /// The name can be any text and must be the same text each time: a number, a login, an e-mail address in one spelling.
    /// The same two linked again are one link.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`] when the name is empty; when the store cannot be read or written; as [`Log::append`].
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use time::OffsetDateTime;
    /// use tower_consent::{record::{Kind, Record}, recorder::{LinkState, Log}, signal::VisitorId, store::Memory};
    /// pollster::block_on(async {
    ///     let now = OffsetDateTime::UNIX_EPOCH;
    ///     let mut log = Log::open(Arc::new(Memory::default()), "news.example/consent", now).await.unwrap();
    ///     let visitor = VisitorId::from_random([1; 16]);
    ///     let mut choice = Record::of(Kind::Accept, now, "v1");
    ///     choice.visitor = Some(visitor);
    ///     log.append(vec![choice]).await.unwrap();
    ///     let (account, state) = log.link(visitor, "ivan", "v1", now).await.unwrap();
    ///     assert_eq!(state, LinkState::Made);
    ///     assert_eq!(log.link(visitor, "ivan", "v1", now).await.unwrap(), (account, LinkState::Known));
    /// });
    /// ```
    pub async fn link(
        &mut self,
        visitor: VisitorId,
        account: &str,
        policy: &str,
        now: OffsetDateTime,
    ) -> Result<(AccountId, LinkState), Error> {
        check_name(account)?;
        let key = self.store.secret(KEY.to_owned(), random_key()?).await?;
        let account = AccountId::of_name(&key, account);
        self.linking = true;
        self.doubt = None;
        let sign_in = |visitor, side: &str| {
            let mut record = Record::of(Kind::Link, now, policy);
            (record.visitor, record.by, record.source) = (Some(visitor), "operator", "sign-in");
            record.facts.insert("side", side.to_owned());
            record
        };
        let of_visitor = Record { account: Some(account), ..sign_in(visitor, "visitor") };
        let of_account = Record { linked: Some(visitor), ..sign_in(account.subject(), "account") };
        let (mut turn, mut attempts) = (None, 0);
        loop {
            attempts += 1;
            if self.wait_for_turn(&mut turn).await? {
                self.catch_up().await?;
            }
            // Asked on each attempt: another instance may have linked them, or written that he takes everything back.
            if let Some(state) = standing(&*self.store, visitor, account).await? {
                return Ok((account, state));
            }
            let last = self.last_of([visitor, account.subject()].into_iter()).await?;
            match self.append_once(&[&of_visitor, &of_account], last).await {
                Err(error) if error.kind() == ErrorKind::Conflict && attempts < ATTEMPTS => self.contended = CONTENDED,
                done => return done.map(|_| (account, LinkState::Made)),
            }
        }
    }

    /// Says whether anybody was ever linked: else there is nothing to end.
    pub(in crate::recorder) async fn links_anybody(&mut self) -> Result<bool, Error> {
        if !self.linking {
            self.linking = !self.store.secrets(KEY.to_owned()).await?.is_empty();
        }
        Ok(self.linking)
    }

    /// Ends the links of a visitor, on both sides, and tells the log; `None` when he has none.
    pub(in crate::recorder) async fn unlink(
        &mut self,
        visitor: VisitorId,
        reason: &str,
        now: OffsetDateTime,
    ) -> Result<Option<Receipt>, Error> {
        let (mut own, mut chosen) = (Vec::new(), false);
        for place in self.store.by_visitor(visitor).await?.into_iter().rev() {
            let Some(entry) = entry(&*self.store, place).await? else { continue };
            own.extend(entry.link().ok().flatten().map(|_| place));
            match said(&entry, place)? {
                // What is older was ended by that one: a visitor who chooses all day long has not all of it read each time. The
                // withdrawal that this is about may itself be in the log already, and have ended nothing.
                Some(choice)
                    if chosen && choice.kind == Kind::Withdraw && choice.time < now - Duration::MILLISECOND =>
                {
                    break;
                }
                choice => chosen |= choice.is_some(),
            }
        }
        if own.is_empty() {
            return Ok(None);
        }
        self.destroy(&[], own, reason, now).await
    }
}

/// Refuses a name under which different people would be one account.
pub(crate) fn check_name(account: &str) -> Result<(), Error> {
    match account.is_empty() {
        true => Err(Error::new(
            ErrorKind::Refused,
            "the account's name is empty, so all such people would be one account: give the site's own name or number of it",
        )),
        false => Ok(()),
    }
}

/// Returns what the log calls an account; `None` where nobody was ever linked.
pub(crate) async fn known(store: &dyn ConsentStore, account: &str) -> Result<Option<AccountId>, Error> {
    check_name(account)?;
    let kept = store.secrets(KEY.to_owned()).await?.into_iter().find(|(name, _)| name == KEY);
    Ok(kept.map(|(_, key)| AccountId::of_name(&key, account)))
}

/// Returns the visitors an account is linked with, each once, the one linked last at the end.
pub(crate) async fn visitors_of(store: &dyn ConsentStore, account: AccountId) -> Result<Vec<VisitorId>, Error> {
    let mut visitors = Vec::new();
    for place in store.by_visitor(account.subject()).await? {
        let linked = match entry(store, place).await? {
            Some(entry) => link(&entry, place)?,
            None => None,
        };
        if let Some(Linked::Account(_, visitor)) = linked {
            visitors.retain(|known| *known != visitor);
            visitors.push(visitor);
        }
    }
    Ok(visitors)
}

/// Returns the event on the other side of a link, and its place: both were written in one append, that of the visitor first.
async fn other_side(store: &dyn ConsentStore, place: u64, linked: Linked) -> Result<Option<(u64, Entry)>, Error> {
    let beside = match linked {
        Linked::Visitor(..) => place.checked_add(1),
        Linked::Account(..) => place.checked_sub(1),
    };
    let Some(beside) = beside else { return Ok(None) };
    Ok(entry(store, beside).await?.filter(is_link).map(|entry| (beside, entry)))
}

/// Says whether an event is the other side of a link, with its values.
fn answers(entry: &Entry, linked: Linked) -> bool {
    let (whose, other) = linked.sides();
    entry.link().ok().flatten().is_some_and(|beside| beside.sides() == (other, whose))
}

/// Returns the places of the other sides of the links among `places`. One that was erased is there too: a crash may have come
/// before it was forgotten.
pub(crate) async fn other_sides(store: &dyn ConsentStore, places: &[u64]) -> Result<Vec<u64>, Error> {
    let mut others = Vec::new();
    for place in places {
        // What cannot be read is told of by `log verify`; the rest is found all the same.
        let linked = entry(store, *place).await?.and_then(|entry| entry.link().ok().flatten());
        let Some(linked) = linked else { continue };
        let other = other_side(store, *place, linked).await?;
        let other = other.filter(|(_, entry)| entry.disclosures.is_empty() || answers(entry, linked));
        others.extend(other.map(|(beside, _)| beside));
    }
    Ok(others)
}

/// Returns the places, from one on, of events of others that name these people or accounts and whose other side is gone:
/// those another instance wrote while they were being erased.
pub(in crate::recorder) async fn named_since(
    store: &dyn ConsentStore,
    people: &[VisitorId],
    from: u64,
) -> Result<Vec<u64>, Error> {
    let size = if people.is_empty() { from } else { store.head().await?.size() };
    let (mut found, mut next) = (Vec::new(), from);
    while next < size {
        let end = size.min(next + CHUNK);
        for (entry, place) in store.read(next..end).await?.iter().zip(next..) {
            let linked = entry.link().ok().flatten().filter(|linked| people.contains(&linked.sides().1));
            let Some(linked) = linked else { continue };
            let other = other_side(store, place, linked).await?;
            found.extend(other.filter(|(_, entry)| entry.disclosures.is_empty()).map(|_| place));
        }
        next = end;
    }
    Ok(found)
}

/// Says how two are linked, or may not be; `None` when they are to be.
async fn standing(
    store: &dyn ConsentStore,
    visitor: VisitorId,
    account: AccountId,
) -> Result<Option<LinkState>, Error> {
    let mut chosen = false;
    for place in store.by_visitor(visitor).await?.into_iter().rev() {
        let Some(entry) = entry(store, place).await? else { continue };
        let linked = link(&entry, place)?.filter(|linked| *linked == Linked::Visitor(visitor, account));
        if let Some(linked) = linked
            && other_side(store, place, linked).await?.is_some_and(|(_, entry)| answers(&entry, linked))
        {
            return Ok(Some(LinkState::Known));
        }
        match said(&entry, place)? {
            Some(choice) if choice.kind == Kind::Withdraw => return Ok((!chosen).then_some(LinkState::Withdrawn)),
            choice => chosen |= choice.is_some(),
        }
    }
    Ok(None)
}

/// A choice as an event tells it.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) kind: Kind,
    pub(crate) time: OffsetDateTime,
    pub(crate) expires: Option<OffsetDateTime>,
    pub(crate) policy: String,
    pub(crate) purposes: BTreeMap<String, bool>,
}

/// Reads an event that says what a visitor chose for the time to come; `None` for any other one, such as what was allowed
/// for one time.
pub(crate) fn said(entry: &Entry, place: u64) -> Result<Option<Said>, Error> {
    let fields = entry.fields().map_err(|source| damaged(place).with_source(source))?;
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let time = |name: &str| text(name).and_then(|text| OffsetDateTime::parse(text, &Rfc3339).ok());
    let kind = Kind::ALL.into_iter().find(|kind| text("kind") == Some(kind.as_str()));
    let purposes = fields.get("purposes").and_then(Value::as_object);
    let (Some(kind), Some(at)) = (kind, time("time")) else { return Ok(None) };
    let expires = time("expires");
    let is_choice = purposes.is_some() || kind == Kind::Withdraw;
    if !is_choice || expires.is_some_and(|expires| expires <= at) {
        return Ok(None);
    }
    let purposes = purposes.into_iter().flatten().map(|(id, granted)| (id.clone(), granted == &Value::Bool(true)));
    Ok(Some(Said {
        kind,
        time: at,
        expires,
        policy: text("policy").unwrap_or_default().to_owned(),
        purposes: purposes.collect(),
    }))
}

/// Says whether an event links, by its public part.
pub(crate) fn is_link(entry: &Entry) -> bool {
    is(entry, Kind::Link)
}

/// Says whether by an event everything was taken back.
pub(in crate::recorder) fn is_withdrawal(entry: &Entry) -> bool {
    is(entry, Kind::Withdraw)
}

fn is(entry: &Entry, kind: Kind) -> bool {
    entry.fields().is_ok_and(|fields| fields.get("kind").and_then(Value::as_str) == Some(kind.as_str()))
}

/// Reads one event, if it is there.
pub(crate) async fn entry(store: &dyn ConsentStore, place: u64) -> Result<Option<Entry>, Error> {
    Ok(store.read(place..place.saturating_add(1)).await?.pop())
}

fn link(entry: &Entry, place: u64) -> Result<Option<Linked>, Error> {
    entry.link().map_err(|source| damaged(place).with_source(source))
}

fn damaged(place: u64) -> Error {
    Error::new(ErrorKind::Corrupt, format!("event {place}"))
}
