//! What one request may do, and why.
//!
//! In: a policy, the signals of a request, the time. Out: a [`Decision`]. Pure: no store, no clock, no headers.
//! Everything undecidable means "not granted".

use std::{collections::BTreeSet, sync::Arc};

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
#[derive(Clone, Debug)]
pub struct Decision(Arc<Inner>);

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

    /// Returns the purposes that are still to be asked about.
    pub fn asks(&self) -> impl Iterator<Item = &PurposeId> {
        self.0.undecided.iter()
    }

    /// Returns the purposes asked about again while the visitor's other choices hold; none where all is asked.
    pub(crate) fn asked_again(&self) -> Vec<PurposeId> {
        let others = !(self.0.chosen.is_empty() && self.0.refused.is_empty());
        let again = self.0.reason == Reason::Chosen && others;
        self.asks().filter(|_| again).cloned().collect()
    }

    /// Says whether something that needed a choice runs now, so that it may have to be stopped.
    pub(crate) fn runs_something(&self) -> bool {
        !self.0.chosen.is_empty()
    }

    /// Writes down for the script what was decided: `metrics:1 recommendations:0 video:?`; `1?` is on and still asked.
    pub(crate) fn signs(&self) -> String {
        let decided =
            |ids: &BTreeSet<PurposeId>, sign: &str| ids.iter().map(|id| format!("{id}:{sign}")).collect::<Vec<_>>();
        let mut signs = decided(&self.0.chosen, "1");
        signs.extend(decided(&self.0.refused, "0"));
        signs.extend(self.asks().map(|id| format!("{id}:{}?", if self.allows(id.as_str()) { "1" } else { "" })));
        signs.join(" ")
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

    /// Says whether the visitor granted a purpose himself, other than by silence.
    pub fn chose(&self, purpose: &str) -> bool {
        self.0.chosen.contains(purpose)
    }

    /// Says whether `Sec-GPC: 1` came and counts.
    pub fn gpc(&self) -> bool {
        self.0.gpc
    }

    /// Says whether pages must tell that the signal was processed (CCPA regulations, § 7025(c)(6)): it came and counts, the
    /// site keeps the law of California, the visitor is not known to be elsewhere, and nothing that it is about runs.
    pub(crate) fn tells_of_signal(&self, policy: &Policy) -> bool {
        let mut sold = policy.asked().filter(|purpose| purpose.is_sale()).peekable();
        self.gpc()
            && policy.site().keeps(Profile::UsCa)
            && self.profile().is_none_or(|profile| profile == Profile::UsCa)
            && sold.peek().is_some()
            && sold.all(|purpose| !self.allows(purpose.id.as_str()))
    }

    /// Returns the profile of law the visitor's country belongs to, where a trusted proxy tells it.
    pub fn profile(&self) -> Option<Profile> {
        self.0.profile
    }

    /// Says whether a page goes out as it is: nothing is withheld and nothing is asked.
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
        let choice =
            Remembered { visitor: VisitorId::from_random([1; 16]), at, purposes: purposes.into(), under_gpc: false };
        Signals { choice: Reading::Valid(choice), ..Signals::none() }
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
        let decision = Decision::make(policy, signals, OffsetDateTime::from_unix_timestamp(1_764_000_000).unwrap());
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
        let at = OffsetDateTime::from_unix_timestamp(1_764_000_000).unwrap();
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
}
