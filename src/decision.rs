//! What one request may do, and why.
//!
//! In: a policy, the signals of a request, the time. Out: a [`Decision`]. Pure: no store, no clock, no headers.
//! Everything undecidable means "not granted".

use std::{
    any::Any,
    collections::BTreeSet,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
};

use time::OffsetDateTime;

use crate::{
    policy::{self, Dnt, Gpc, Model, Policy, Profile},
    purpose::PurposeId,
    signal::{Reading, Remembered, Signals, VisitorId},
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
///
/// # Pages that are the same for everyone
///
/// Under `pages = "neutral"` a page must not depend on who asks for it. A handler that asks its decision anything has
/// made an answer for this visitor alone, and the layer keeps that answer out of shared caches. Once the head of an answer
/// has gone out as one for everyone, it is too late to ask: from then on, as in a body that streams, the decision answers
/// as for a visitor who has allowed nothing. [`for_everyone`](Self::for_everyone) can be asked at any time.
#[derive(Clone)]
pub struct Decision {
    inner: Arc<Inner>,
    /// Notes who asks, where pages are the same for everyone.
    watch: Option<Arc<Watch>>,
    /// What made it for a request: carried along for rooms above, and not looked at here.
    maker: Option<Arc<dyn Any + Send + Sync>>,
}

/// Whether anybody has asked a decision, until the answer to the request begins.
#[derive(Debug)]
struct Watch {
    state: AtomicU8,
    /// What is answered when it is too late.
    everyone: Arc<Inner>,
}

/// Nobody has asked yet.
const OPEN: u8 = 0;
/// Somebody has, so that the answer is for this visitor.
const ASKED: u8 = 1;
/// The answer is for everyone, and has begun.
const CLOSED: u8 = 2;

/// Tells the layer whether a decision it handed out was asked.
#[derive(Clone, Debug)]
pub(crate) struct Glance(Arc<Watch>);

impl Glance {
    /// Ends the time in which the decision may be asked; says whether it was.
    pub(crate) fn end(&self) -> bool {
        self.0.state.compare_exchange(OPEN, CLOSED, Ordering::AcqRel, Ordering::Acquire) == Err(ASKED)
    }
}

#[derive(Debug)]
struct Inner {
    granted: BTreeSet<PurposeId>,
    /// Those of them that the visitor granted himself.
    chosen: BTreeSet<PurposeId>,
    refused: BTreeSet<PurposeId>,
    undecided: BTreeSet<PurposeId>,
    reason: Reason,
    gpc: bool,
    profile: Option<Profile>,
    visitor: Option<VisitorId>,
    at: Option<OffsetDateTime>,
}

/// Where a decision comes from.
///
/// # Example
///
/// ```
/// use axum::{Extension, Router, body::{Body, to_bytes}, http::Request, routing::get};
/// use tower::ServiceExt;
/// use tower_consent::{ConsentLayer, Decision, Policy, decision::Reason, store::Memory};
/// # pollster::block_on(async {
/// let policy = Policy::load("policies/news-site").unwrap();
/// let cookie = format!("{}=made-up", policy.cookie_name());
/// let layer = ConsentLayer::new(policy, Memory::default()).unwrap();
/// let handler = |Extension(decision): Extension<Decision>| async move { format!("{:?}", decision.reason()) };
/// let app: Router = Router::new().route("/", get(handler)).layer(layer);
/// let response = app.oneshot(Request::get("/").header("cookie", cookie).body(Body::empty()).unwrap()).await.unwrap();
/// let expected = format!("{:?}", Reason::Invalid);
/// assert_eq!(to_bytes(response.into_body(), 100).await.unwrap(), expected.as_str());
/// # });
/// ```
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
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Decision, Policy};
    /// /// The front page's stories: those picked for a reader need his consent.
    /// fn stories(decision: &Decision) -> &'static str {
    ///     if decision.allows("recommendations") { "picked" } else { "newest" }
    /// }
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// assert_eq!(stories(&Decision::undecided(&policy)), "newest");
    /// ```
    pub fn undecided(policy: &Policy) -> Self {
        Self::make(policy, &Signals::none(), OffsetDateTime::UNIX_EPOCH)
    }

    /// Decides for a visitor who has said yes to these purposes and no to all others. Names nobody knows count for
    /// nothing.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Decision, Policy};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let decision = Decision::granting(&policy, ["metrics"]);
    /// assert!(decision.allows("metrics") && !decision.allows("recommendations"));
    /// assert!(!decision.needs_banner());
    /// ```
    pub fn granting<'a>(policy: &Policy, purposes: impl IntoIterator<Item = &'a str>) -> Self {
        let yes: Vec<&str> = purposes.into_iter().collect();
        let asked = policy.asked().map(|purpose| {
            (purpose.id.clone(), (yes.contains(&purpose.id.as_str()), policy.material(purpose).to_owned()))
        });
        let at = OffsetDateTime::UNIX_EPOCH;
        let visitor = VisitorId::from_random([0; 16]);
        let choice = Remembered { visitor, at, purposes: asked.collect(), under_gpc: false };
        Self::make(policy, &Signals { choice: Reading::Valid(choice), ..Signals::none() }, at)
    }

    /// Decides for the signals of a request at a time.
    ///
    /// What counts more comes first: a choice made in the knowledge of `Sec-GPC`, then the signal, then an earlier
    /// choice, then what holds without a word, which is "no" but where the policy says `opt-out`.
    pub(crate) fn make(policy: &Policy, signals: &Signals, now: OffsetDateTime) -> Self {
        let profile = signals.country.as_deref().and_then(Profile::of_country);
        let rule = policy.choice().rule(profile);
        let (remembered, reason) = match &signals.choice {
            Reading::Absent => (None, Reason::Undecided),
            Reading::Duplicate => (None, Reason::Duplicate),
            Reading::Invalid => (None, Reason::Invalid),
            // A choice from the future is no choice: the clock of this machine or the cookie is wrong.
            Reading::Valid(choice) if choice.at > now + time::Duration::minutes(5) => (None, Reason::Invalid),
            Reading::Valid(choice) if now - choice.at > rule.duration() => (None, Reason::Expired),
            Reading::Valid(choice) => (Some(choice), Reason::Chosen),
        };
        let gpc = signals.gpc && policy.signals().gpc == Gpc::Honour;
        let dnt = signals.dnt && policy.signals().dnt == Dnt::Off;
        // A visitor whose cookie cannot be believed has not been silent: what he said is unknown, so nothing holds.
        let silent = matches!(reason, Reason::Undecided | Reason::Chosen);
        let mut inner = Inner {
            granted: BTreeSet::new(),
            chosen: BTreeSet::new(),
            refused: BTreeSet::new(),
            undecided: BTreeSet::new(),
            reason,
            gpc,
            profile,
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
            let choice = remembered.and_then(|choice| {
                let (granted, material) = choice.purposes.get(&id)?;
                (*material == policy.material(purpose)).then_some((*granted, choice.under_gpc))
            });
            let signal = gpc && purpose.is_sale();
            match choice {
                Some((true, knowing)) if !signal || knowing => {
                    inner.chosen.insert(id.clone());
                    inner.granted.insert(id);
                }
                Some(_) => {
                    inner.refused.insert(id);
                }
                // Nothing is asked where the signal has answered: by law where silence would be a yes, by the
                // policy's will where `DNT` counts.
                None if dnt || (signal && rule.model == Model::OptOut) => {
                    inner.refused.insert(id);
                }
                None => {
                    // Nobody reads what a machine is shown, so its silence is no answer.
                    if rule.model == Model::OptOut && silent && !signal && !signals.bot {
                        inner.granted.insert(id.clone());
                    }
                    inner.undecided.insert(id);
                }
            }
        }
        Self { inner: Arc::new(inner), watch: None, maker: None }
    }

    /// Returns a copy for the handlers of a page that may be one for everyone, and what tells whether they asked it.
    pub(crate) fn watched(&self, everyone: &Self) -> (Self, Glance) {
        let watch = Arc::new(Watch { state: AtomicU8::new(OPEN), everyone: everyone.inner.clone() });
        (Self { inner: self.inner.clone(), watch: Some(watch.clone()), maker: None }, Glance(watch))
    }

    /// Carries along what made it for a request.
    pub(crate) fn made_by(self, maker: Arc<dyn Any + Send + Sync>) -> Self {
        Self { maker: Some(maker), ..self }
    }

    /// Returns what made it for a request; nothing where it was made by hand.
    pub(crate) fn maker(&self) -> Option<&Arc<dyn Any + Send + Sync>> {
        self.maker.as_ref()
    }

    /// Returns what may be done for everyone alike: under `pages = "neutral"` nothing that needs a choice; elsewhere this
    /// decision. To ask it makes no page one for this visitor alone.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Decision, Policy};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let decision = Decision::granting(&policy, ["metrics"]);
    /// assert!(decision.for_everyone().allows("metrics"), "pages of this policy are made for each visitor");
    /// ```
    pub fn for_everyone(&self) -> Self {
        let inner = self.watch.as_ref().map_or(&self.inner, |watch| &watch.everyone);
        Self { inner: inner.clone(), watch: None, maker: None }
    }

    fn seen(&self) -> &Inner {
        let Some(watch) = &self.watch else { return &self.inner };
        match watch.state.compare_exchange(OPEN, ASKED, Ordering::AcqRel, Ordering::Acquire) {
            Err(CLOSED) => &watch.everyone,
            _ => &self.inner,
        }
    }

    /// What may be done for visitors of whom nothing is known, whatever the policy takes silence for.
    pub(crate) fn everyones(policy: &Policy) -> Self {
        // Nobody reads what a machine is shown, so its silence is no answer.
        Self::make(policy, &Signals { bot: true, ..Signals::none() }, OffsetDateTime::UNIX_EPOCH)
    }

    /// Says whether data may be processed for this purpose; `false` for a purpose nobody knows.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Decision, Policy};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let decision = Decision::granting(&policy, ["metrics", "weather"]);
    /// assert!(decision.allows("metrics") && decision.allows("necessary"));
    /// assert!(!decision.allows("weather"), "the policy knows no such purpose");
    /// ```
    pub fn allows(&self, purpose: &str) -> bool {
        self.seen().granted.contains(purpose)
    }

    /// Returns the first purpose of a service that is not allowed; `None` when the service may run.
    ///
    /// A service that serves several purposes runs when all of them are allowed.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Decision, Policy};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let metrika = policy.service("yandex-metrika").unwrap();
    /// assert_eq!(Decision::undecided(&policy).withholds(metrika).unwrap().as_str(), "metrics");
    /// assert_eq!(Decision::granting(&policy, ["metrics"]).withholds(metrika), None);
    /// ```
    pub fn withholds<'a>(&self, service: &'a policy::Service) -> Option<&'a PurposeId> {
        service.purposes.iter().find(|purpose| !self.allows(purpose.as_str()))
    }

    /// Returns the purposes allowed, necessary ones included, sorted.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Decision, Policy};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let decision = Decision::granting(&policy, ["recommendations"]);
    /// let granted: Vec<&str> = decision.granted().map(|purpose| purpose.as_str()).collect();
    /// assert_eq!(granted, ["necessary", "recommendations"]);
    /// ```
    pub fn granted(&self) -> impl Iterator<Item = &PurposeId> {
        self.seen().granted.iter()
    }

    /// Returns the purposes the visitor refused, sorted.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Decision, Policy};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let decision = Decision::granting(&policy, ["metrics"]);
    /// assert!(decision.refused().map(|purpose| purpose.as_str()).eq(["recommendations"]));
    /// assert_eq!(Decision::undecided(&policy).refused().count(), 0, "who has said nothing has refused nothing");
    /// ```
    pub fn refused(&self) -> impl Iterator<Item = &PurposeId> {
        self.seen().refused.iter()
    }

    /// Returns the purposes that are still to be asked about.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Decision, Policy};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let undecided = Decision::undecided(&policy);
    /// assert!(undecided.asks().map(|purpose| purpose.as_str()).eq(["metrics", "recommendations"]));
    /// assert_eq!(Decision::granting(&policy, ["metrics"]).asks().count(), 0);
    /// ```
    pub fn asks(&self) -> impl Iterator<Item = &PurposeId> {
        self.seen().undecided.iter()
    }

    /// Returns the purposes asked about again while the visitor's other choices hold; none where all is asked.
    pub(crate) fn asked_again(&self) -> Vec<PurposeId> {
        let others = !(self.seen().chosen.is_empty() && self.seen().refused.is_empty());
        let again = self.seen().reason == Reason::Chosen && others;
        self.asks().filter(|_| again).cloned().collect()
    }

    /// Says whether something that needed a choice runs now, so that it may have to be stopped.
    pub(crate) fn runs_something(&self) -> bool {
        !self.seen().chosen.is_empty()
    }

    /// Writes down for the script what was decided: `metrics:1 recommendations:0 video:?`; `1?` is on and still asked.
    pub(crate) fn signs(&self) -> String {
        let decided =
            |ids: &BTreeSet<PurposeId>, sign: &str| ids.iter().map(|id| format!("{id}:{sign}")).collect::<Vec<_>>();
        let mut signs = decided(&self.seen().chosen, "1");
        signs.extend(decided(&self.seen().refused, "0"));
        signs.extend(self.asks().map(|id| format!("{id}:{}?", if self.allows(id.as_str()) { "1" } else { "" })));
        signs.join(" ")
    }

    /// Writes down everything of the decision that a page may depend on: all of it but who the visitor is, and when he chose.
    pub(crate) fn class(&self) -> String {
        let Inner { granted, chosen, refused, undecided, reason, gpc, profile, visitor: _, at: _ } = &*self.inner;
        let mut class = format!("{} {gpc} {}", *reason as u8, profile.map_or("", |profile| profile.as_str()));
        for ids in [granted, chosen, refused, undecided] {
            class.push('|');
            ids.iter().for_each(|id| class.extend([" ", id.as_str()]));
        }
        class
    }

    /// Says whether the visitor must still be asked about a purpose.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Decision, Policy};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// assert!(Decision::undecided(&policy).needs_banner());
    /// assert!(!Decision::granting(&policy, []).needs_banner(), "a refusal is an answer: nobody is asked twice");
    /// ```
    pub fn needs_banner(&self) -> bool {
        !self.seen().undecided.is_empty()
    }

    /// Returns where the decision comes from.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Decision, Policy, decision::Reason};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// assert_eq!(Decision::undecided(&policy).reason(), Reason::Undecided);
    /// assert_eq!(Decision::granting(&policy, []).reason(), Reason::Chosen);
    /// ```
    pub fn reason(&self) -> Reason {
        self.seen().reason
    }

    /// Returns when the visitor chose, if the choice still holds.
    ///
    /// # Example
    ///
    /// ```
    /// use time::OffsetDateTime;
    /// use tower_consent::{Decision, Policy};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// assert_eq!(Decision::undecided(&policy).since(), None);
    /// // One that is made by hand bears the beginning of Unix time.
    /// let refused = Decision::granting(&policy, []);
    /// assert_eq!(refused.since(), Some(OffsetDateTime::UNIX_EPOCH));
    /// ```
    pub fn since(&self) -> Option<OffsetDateTime> {
        self.seen().at
    }

    /// Returns the random id of the visitor's browser, if it brought one we signed.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Decision, Policy};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// assert_eq!(Decision::undecided(&policy).visitor(), None, "nobody has a name before he has chosen");
    /// let visitor = Decision::granting(&policy, ["metrics"]).visitor().unwrap();
    /// assert_eq!(visitor.to_string().len(), 22);
    /// ```
    pub fn visitor(&self) -> Option<VisitorId> {
        self.seen().visitor
    }

    /// Says whether the visitor granted a purpose himself, other than by silence.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Decision, Policy};
    /// # let mut files = Policy::load("policies/news-site").unwrap().files().clone();
    /// # let text = files["policy.toml"].replace("model = \"opt-in\"", "model = \"opt-out\"");
    /// # files.insert("policy.toml".to_owned(), text);
    /// # let opt_out = Policy::check(files).0.unwrap();
    /// // Where the policy takes silence for a yes, it is still nobody's word.
    /// let silent = Decision::undecided(&opt_out);
    /// assert!(silent.allows("metrics") && !silent.chose("metrics"));
    /// assert!(Decision::granting(&opt_out, ["metrics"]).chose("metrics"));
    /// ```
    pub fn chose(&self, purpose: &str) -> bool {
        self.seen().chosen.contains(purpose)
    }

    /// Says whether `Sec-GPC: 1` came and counts.
    ///
    /// # Example
    ///
    /// ```
    /// use axum::{Extension, Router, body::{Body, to_bytes}, http::Request, routing::get};
    /// use tower::ServiceExt;
    /// use tower_consent::{ConsentLayer, Decision, Policy, store::Memory};
    /// # pollster::block_on(async {
    /// let layer = ConsentLayer::new(Policy::load("policies/news-site").unwrap(), Memory::default()).unwrap();
    /// let handler = |Extension(decision): Extension<Decision>| async move { decision.gpc().to_string() };
    /// let app: Router = Router::new().route("/", get(handler)).layer(layer);
    /// let request = Request::get("/").header("sec-gpc", "1").body(Body::empty()).unwrap();
    /// let response = app.oneshot(request).await.unwrap();
    /// assert_eq!(to_bytes(response.into_body(), 100).await.unwrap(), "true");
    /// # });
    /// ```
    pub fn gpc(&self) -> bool {
        self.seen().gpc
    }

    /// Says whether pages must tell that the signal was processed (CCPA regulations, § 7025(c)(6)): it came and counts, the
    /// site keeps the law of California, the visitor is not known to be elsewhere, and nothing that it is about runs.
    pub(crate) fn tells_of_signal(&self, policy: &Policy) -> bool {
        let mut sold = policy.asked().filter(|purpose| purpose.is_sale());
        self.gpc()
            && Self::may_tell_of_signal(policy)
            && self.profile().is_none_or(|profile| profile == Profile::UsCa)
            && sold.all(|purpose| !self.allows(purpose.id.as_str()))
    }

    /// Says whether any visitor may have to be told so.
    pub(crate) fn may_tell_of_signal(policy: &Policy) -> bool {
        policy.signals().gpc == Gpc::Honour
            && policy.site().keeps(Profile::UsCa)
            && policy.asked().any(policy::Purpose::is_sale)
    }

    /// Returns the profile of law the visitor's country belongs to, where a trusted proxy tells it.
    ///
    /// # Example
    ///
    /// ```
    /// use axum::{Extension, Router, body::{Body, to_bytes}, http::Request, routing::get};
    /// use tower::ServiceExt;
    /// use tower_consent::{ConsentLayer, Decision, Policy, policy::Profile, store::Memory};
    /// # pollster::block_on(async {
    /// # let mut files = Policy::load("policies/news-site").unwrap().files().clone();
    /// # let text = files["policy.toml"].replace("[choice]", "[choice]\ncountry-header = \"x-country\"");
    /// # files.insert("policy.toml".to_owned(), text);
    /// # let policy = Policy::check(files).0.unwrap();
    /// let layer = ConsentLayer::new(policy, Memory::default()).unwrap();
    /// let handler = |Extension(decision): Extension<Decision>| async move { format!("{:?}", decision.profile()) };
    /// let app: Router = Router::new().route("/", get(handler)).layer(layer);
    /// let request = Request::get("/").header("x-country", "DE").body(Body::empty()).unwrap();
    /// let response = app.oneshot(request).await.unwrap();
    /// let expected = format!("{:?}", Some(Profile::De));
    /// assert_eq!(to_bytes(response.into_body(), 100).await.unwrap(), expected.as_str());
    /// # });
    /// ```
    pub fn profile(&self) -> Option<Profile> {
        self.seen().profile
    }

    /// Says whether a page goes out as it is: nothing is withheld and nothing is asked.
    pub(crate) fn grants_everything(&self) -> bool {
        self.seen().refused.is_empty() && self.seen().undecided.is_empty()
    }
}

impl fmt::Debug for Decision {
    /// Logs are no pages: what is written there counts for no question.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Decision").field(&self.inner).finish()
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
        let choice =
            Remembered { visitor: VisitorId::from_random([1; 16]), at, purposes: purposes.into(), under_gpc: false };
        Signals { choice: Reading::Valid(choice), ..Signals::none() }
    }

    /// When the visitors of these tests choose.
    fn moment() -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(1_764_000_000).unwrap()
    }

    #[test]
    fn another_material_hash_is_another_question() {
        let policy = policy();
        let now = moment();
        let decision = Decision::make(&policy, &chose(&policy, now), now);
        assert!(decision.allows("metrics"));
        assert!(!decision.allows("recommendations"));
        assert!(!decision.allows("unheard-of"));
        assert!(decision.needs_banner());
    }

    #[test]
    fn old_and_future_choices_grant_nothing() {
        let policy = policy();
        let at = moment();
        let old = Decision::make(&policy, &chose(&policy, at), at + time::Duration::days(181));
        assert_eq!((old.allows("metrics"), old.reason()), (false, Reason::Expired));
        let future = Decision::make(&policy, &chose(&policy, at), at - time::Duration::days(1));
        assert_eq!((future.allows("metrics"), future.reason()), (false, Reason::Invalid));
    }

    /// The seed with its metrics declared as sale, and another choice.
    fn policy_with(choice: &str) -> Policy {
        let mut files = policy().files().clone();
        let text = files.get_mut("policy.toml").unwrap();
        *text = text
            .replace("model = \"opt-in\"", choice)
            .replace("retention = \"365 days\"", "retention = \"365 days\"\nsale = true");
        let (policy, found) = Policy::check(files);
        policy.unwrap_or_else(|| panic!("{found:#?}"))
    }

    /// metrics, recommendations: `+` allowed, `-` not; then whether anything is asked.
    fn outcome(policy: &Policy, signals: &Signals) -> String {
        let decision = Decision::make(policy, signals, moment());
        let sign = |purpose| if decision.allows(purpose) { '+' } else { '-' };
        let asked = if decision.needs_banner() { " asked" } else { "" };
        format!("{}{}{asked}", sign("metrics"), sign("recommendations"))
    }

    #[test]
    fn signals_count_as_the_policy_and_the_law_have_it() {
        let opt_in = policy_with("model = \"opt-in\"");
        let opt_out = policy_with("model = \"opt-out\"");
        let dnt = {
            let mut files = opt_in.files().clone();
            files.get_mut("policy.toml").unwrap().push_str("\n[signals]\ndnt = \"off\"\n");
            Policy::check(files).0.unwrap()
        };
        let ignoring = {
            let mut files = opt_out.files().clone();
            files.get_mut("policy.toml").unwrap().push_str("\n[signals]\ngpc = \"ignore\"\n");
            Policy::check(files).0.unwrap()
        };
        let gpc = Signals { gpc: true, ..Signals::none() };
        assert_eq!(outcome(&opt_in, &Signals::none()), "-- asked");
        assert_eq!(outcome(&opt_in, &gpc), "-- asked");
        assert_eq!(outcome(&opt_out, &Signals::none()), "++ asked");
        // The signal refuses what is sold; the rest goes on.
        assert_eq!(outcome(&opt_out, &gpc), "-+ asked");
        assert_eq!(outcome(&ignoring, &gpc), "++ asked");
        let do_not_track = Signals { dnt: true, ..Signals::none() };
        assert_eq!(outcome(&dnt, &do_not_track), "--");
        assert_eq!(outcome(&opt_in, &do_not_track), "-- asked");
        // A cookie that cannot be believed is not silence.
        for choice in [Reading::Invalid, Reading::Duplicate] {
            assert_eq!(outcome(&opt_out, &Signals { choice, ..Signals::none() }), "-- asked");
        }
    }

    #[test]
    fn the_signal_beats_an_earlier_choice_and_a_knowing_choice_beats_the_signal() {
        let policy = policy_with("model = \"opt-in\"");
        let at = moment();
        let everything = |under_gpc: bool, gpc: bool| {
            let purposes = policy.asked().map(|p| (p.id.clone(), (true, policy.material(p).to_owned()))).collect();
            let choice = Remembered { visitor: VisitorId::from_random([1; 16]), at, purposes, under_gpc };
            outcome(&policy, &Signals { choice: Reading::Valid(choice), gpc, ..Signals::none() })
        };
        assert_eq!(everything(false, false), "++");
        assert_eq!(everything(false, true), "-+");
        assert_eq!(everything(true, true), "++");
    }

    #[test]
    fn a_profile_has_its_own_rule_and_an_unknown_country_everyones() {
        let policy = policy_with(
            "model = \"opt-in\"\ncountry-header = \"x-country\"\n\
             profiles.us-ca = { model = \"opt-out\", remember = \"400 days\" }",
        );
        let from = |country: &str| Signals { country: Some(country.to_owned()), ..Signals::none() };
        assert_eq!(outcome(&policy, &from("US-CA")), "++ asked");
        for country in ["RU", "DE", "US-NY", "XX", ""] {
            assert_eq!(outcome(&policy, &from(country)), "-- asked", "{country}");
        }
    }

    #[test]
    fn who_asks_is_known_and_who_asks_too_late_gets_the_answer_for_everyone() {
        let policy = policy();
        let (granting, everyone) = (Decision::granting(&policy, ["metrics"]), Decision::everyones(&policy));
        let (early, glance) = granting.watched(&everyone);
        assert!(!early.for_everyone().allows("metrics") && format!("{early:?}").contains("metrics"));
        let copy = early.clone();
        assert!(copy.allows("metrics"));
        assert!(glance.end(), "a copy was asked");
        assert!(early.allows("metrics"), "the answer is for this visitor to its end");
        let (late, glance) = granting.watched(&everyone);
        assert!(!glance.end());
        assert!(!late.allows("metrics") && late.allows("necessary") && late.visitor().is_none());
        assert!(!glance.end() && granting.allows("metrics"));
    }

    #[test]
    fn a_choice_holds_to_the_last_second_of_its_term_and_is_known_afterwards() {
        let policy = policy();
        let at = moment();
        let (term, second) = (time::Duration::days(180), time::Duration::SECOND);
        let read = |now| {
            let decision = Decision::make(&policy, &chose(&policy, at), now);
            (decision.reason(), decision.since(), decision.visitor())
        };
        let visitor = Some(VisitorId::from_random([1; 16]));
        assert_eq!(read(at + term), (Reason::Chosen, Some(at), visitor));
        assert_eq!(read(at + term + second), (Reason::Expired, None, visitor));
        // The clocks of two servers may differ a little.
        let early = at - time::Duration::minutes(5);
        assert_eq!(read(early), (Reason::Chosen, Some(at), visitor));
        assert_eq!(read(early - second), (Reason::Invalid, None, visitor));
        assert_eq!(Decision::undecided(&policy).visitor(), None);
    }

    #[test]
    fn purposes_are_granted_refused_or_asked() {
        let policy = policy();
        fn words<'a>(ids: impl Iterator<Item = &'a PurposeId>) -> String {
            ids.map(PurposeId::as_str).collect::<Vec<_>>().join(" ")
        }
        let lists = |of: &Decision| [words(of.granted()), words(of.refused()), words(of.asks())];
        let states = |of: &Decision| [of.needs_banner(), of.runs_something(), of.grants_everything()];
        let undecided = Decision::undecided(&policy);
        assert_eq!(lists(&undecided), ["necessary", "", "metrics recommendations"]);
        assert_eq!(states(&undecided), [true, false, false]);
        let some = Decision::granting(&policy, ["metrics"]);
        assert_eq!(lists(&some), ["metrics necessary", "recommendations", ""]);
        assert_eq!(states(&some), [false, true, false]);
        let all = Decision::granting(&policy, ["metrics", "recommendations"]);
        assert_eq!(lists(&all), ["metrics necessary recommendations", "", ""]);
        assert_eq!(states(&all), [false, true, true]);
        // What silence allows runs, and nobody chose it.
        let silent = Decision::undecided(&policy_with("model = \"opt-out\""));
        assert_eq!(lists(&silent), ["metrics necessary recommendations", "", "metrics recommendations"]);
        assert_eq!(states(&silent), [true, false, false]);
        assert!(silent.allows("metrics") && !silent.chose("metrics"));
        assert!(some.chose("metrics") && !some.chose("recommendations") && !some.chose("necessary"));
    }

    #[test]
    fn nobody_s_silence_is_a_yes_for_everyone() {
        let policy = policy_with("model = \"opt-out\"");
        assert_eq!(Decision::undecided(&policy).signs(), "metrics:1? recommendations:1?");
        assert_eq!(Decision::everyones(&policy).signs(), "metrics:? recommendations:?");
    }

    #[test]
    fn a_service_runs_when_all_it_serves_is_allowed() {
        let mut files = policy().files().clone();
        let text = files.get_mut("policy.toml").unwrap();
        *text = text.replacen("purpose = \"recommendations\"", "purposes = [\"metrics\", \"recommendations\"]", 1);
        let (policy, found) = Policy::check(files);
        let policy = policy.unwrap_or_else(|| panic!("{found:#?}"));
        let withheld = |yes: &[&str], id: &str| {
            let decision = Decision::granting(&policy, yes.iter().copied());
            let service = policy.services().iter().find(|service| service.id == id).unwrap();
            decision.withholds(service).map(PurposeId::to_string).unwrap_or_default()
        };
        for (yes, for_both, for_one) in [
            (&[][..], "metrics", "metrics"),
            (&["metrics"], "recommendations", ""),
            (&["recommendations"], "metrics", "metrics"),
            (&["metrics", "recommendations"], "", ""),
        ] {
            assert_eq!((withheld(yes, "smi2").as_str(), withheld(yes, "liveinternet").as_str()), (for_both, for_one));
        }
    }

    /// The choice of metrics as the visitor made it; what he said of recommendations was said of another text.
    fn half(policy: &Policy, metrics: bool) -> Signals {
        let mut signals = chose(policy, moment());
        if let Reading::Valid(choice) = &mut signals.choice {
            choice.purposes.get_mut("metrics").unwrap().0 = metrics;
        }
        signals
    }

    #[test]
    fn the_script_is_told_what_was_decided_and_what_is_asked_again() {
        let (opt_in, opt_out) = (policy_with("model = \"opt-in\""), policy_with("model = \"opt-out\""));
        let gpc = Signals { gpc: true, ..Signals::none() };
        let none = Signals { choice: Reading::Valid(remembered(&opt_in, [])), ..Signals::none() };
        let expired = Signals { choice: Reading::Valid(long_ago(&opt_in)), ..Signals::none() };
        for (policy, signals, signs, again) in [
            (&opt_in, Signals::none(), "metrics:? recommendations:?", ""),
            (&opt_in, half(&opt_in, true), "metrics:1 recommendations:?", "recommendations"),
            (&opt_in, half(&opt_in, false), "metrics:0 recommendations:?", "recommendations"),
            (&opt_out, half(&opt_out, false), "metrics:0 recommendations:1?", "recommendations"),
            // Nothing of the choice holds any more: that is no asking again, but a first question.
            (&opt_in, none, "metrics:? recommendations:?", ""),
            (&opt_in, expired, "metrics:? recommendations:?", ""),
            // The signal answers where silence would be a yes. It is no choice, so that nothing is asked again.
            (&opt_in, gpc.clone(), "metrics:? recommendations:?", ""),
            (&opt_out, gpc, "metrics:0 recommendations:1?", ""),
        ] {
            let decision = Decision::make(policy, &signals, moment());
            let asked = decision.asked_again();
            let asked: Vec<&str> = asked.iter().map(PurposeId::as_str).collect();
            assert_eq!((decision.signs().as_str(), asked.join(" ").as_str()), (signs, again), "{signals:?}");
        }
    }

    fn remembered<'a>(policy: &Policy, yes: impl IntoIterator<Item = &'a str>) -> Remembered {
        let purposes = yes.into_iter().map(|id| {
            let purpose = policy.purpose(id).unwrap();
            (purpose.id.clone(), (true, policy.material(purpose).to_owned()))
        });
        Remembered {
            visitor: VisitorId::from_random([1; 16]),
            at: moment(),
            purposes: purposes.collect(),
            under_gpc: false,
        }
    }

    fn long_ago(policy: &Policy) -> Remembered {
        Remembered { at: OffsetDateTime::UNIX_EPOCH, ..remembered(policy, ["metrics"]) }
    }

    #[test]
    fn a_class_tells_all_that_a_page_may_depend_on_and_nothing_of_who_it_is() {
        let policy = policy_with("model = \"opt-out\"\ncountry-header = \"x-country\"");
        let now = moment();
        let class = |signals: &Signals| Decision::make(&policy, signals, now).class();
        let of = |yes: &[&str]| remembered(&policy, yes.iter().copied());
        let valid = |choice| Signals { choice: Reading::Valid(choice), ..Signals::none() };
        let other = Remembered {
            visitor: VisitorId::from_random([2; 16]),
            at: now - time::Duration::days(1),
            ..of(&["metrics"])
        };
        assert_eq!(class(&valid(of(&["metrics"]))), class(&valid(other)));
        let differing = [
            Signals::none(),
            Signals { gpc: true, ..Signals::none() },
            Signals { bot: true, ..Signals::none() },
            Signals { country: Some("US-CA".to_owned()), ..Signals::none() },
            Signals { choice: Reading::Invalid, ..Signals::none() },
            Signals { choice: Reading::Duplicate, ..Signals::none() },
            valid(long_ago(&policy)),
            valid(of(&[])),
            valid(of(&["metrics"])),
            valid(of(&["recommendations"])),
            valid(of(&["metrics", "recommendations"])),
            half(&policy, false),
        ];
        let classes: BTreeSet<String> = differing.iter().map(class).collect();
        assert_eq!(classes.len(), differing.len(), "{classes:#?}");
    }

    #[test]
    fn pages_tell_of_the_signal_where_california_asks_for_it_and_it_was_kept() {
        let with = |profiles: &str, sale: bool, signals: &str| {
            let mut files = match sale {
                true => policy_with("model = \"opt-in\"\ncountry-header = \"x-country\"").files().clone(),
                false => policy().files().clone(),
            };
            let text = files.get_mut("policy.toml").unwrap();
            *text = text.replacen("profiles = [\"ru\"]", profiles, 1) + signals;
            let (policy, found) = Policy::check(files);
            policy.unwrap_or_else(|| panic!("{found:#?}"))
        };
        let california = with("profiles = [\"ru\", \"us-ca\"]", true, "");
        let from = |country: &str| Signals { gpc: true, country: Some(country.to_owned()), ..Signals::none() };
        let signal = Signals { gpc: true, ..Signals::none() };
        let knowing = Remembered { under_gpc: true, ..remembered(&california, ["metrics"]) };
        let now = moment();
        for (signals, gpc, profile, told) in [
            (signal.clone(), true, None, true),
            (from("US-CA"), true, Some(Profile::UsCa), true),
            (from("RU"), true, Some(Profile::Ru), false),
            (Signals::none(), false, None, false),
            // The visitor has allowed the sale, knowing of his signal.
            (Signals { choice: Reading::Valid(knowing), ..signal.clone() }, true, None, false),
        ] {
            let decision = Decision::make(&california, &signals, now);
            assert_eq!((decision.gpc(), decision.profile()), (gpc, profile), "{signals:?}");
            assert_eq!(decision.tells_of_signal(&california), told, "{signals:?}");
        }
        assert!(Decision::may_tell_of_signal(&california));
        for silent in [
            with("profiles = [\"ru\"]", true, ""),
            with("profiles = [\"us-ca\"]", false, ""),
            with("profiles = [\"us-ca\"]", true, "\n[signals]\ngpc = \"ignore\"\n"),
        ] {
            assert!(!Decision::may_tell_of_signal(&silent));
            assert!(!Decision::make(&silent, &signal, now).tells_of_signal(&silent));
        }
    }

    #[test]
    fn what_made_a_decision_goes_along_with_it_and_not_into_pages() {
        let policy = policy();
        let decision = Decision::undecided(&policy);
        assert!(decision.maker().is_none());
        let made = decision.made_by(Arc::new("the layer"));
        assert_eq!(made.clone().maker().and_then(|maker| maker.downcast_ref()), Some(&"the layer"));
        let (watched, _) = made.watched(&Decision::everyones(&policy));
        assert!(watched.maker().is_none() && made.for_everyone().maker().is_none());
    }
}
