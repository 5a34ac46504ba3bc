//! Statutory clocks as data, and the day on which one runs out.
//!
//! In: what is asked for, under which law, when it came. Out: the earliest day on which an answer is due, and how far that
//! can be put off. A working day nobody knows of is an error, not a guess.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;
use time::{Date, Month, OffsetDateTime};

use super::request::What;
use crate::policy::{Calendar, MissingYear, Policy, Profile, Term};

/// A term that a law, or the site's own policy, gives for a request.
///
/// # Example
///
/// ```
/// use tower_consent::rights::{What, clocks};
/// let longest = clocks().iter().find(|clock| clock.code == "D-RU-ACCESS").unwrap();
/// assert!(longest.requests.contains(&What::Access) && longest.extension.is_some());
/// assert!(clocks().iter().all(|clock| !clock.article.is_empty() && !clock.source.is_empty()), "each can be looked up");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Clock {
    /// Its code, such as `D-RU-ACCESS`; `policy` for what the site itself promises.
    pub code: String,
    /// The law it belongs to; none for the site's own promise.
    pub profile: Option<Profile>,
    /// What it is for.
    pub requests: Vec<What>,
    /// How long there is to answer.
    pub term: Term,
    /// For how long that can be put off, with reasons given.
    pub extension: Option<Term>,
    /// The article of law.
    pub article: String,
    /// Where that was read.
    pub source: String,
    /// How well it is known: `P` read in a primary text, `S` in a secondary one, `M` from memory.
    pub confidence: String,
    /// Whose working days count; the operator's where it does not say.
    calendar: Option<String>,
}

/// Until when a request must be answered.
///
/// # Example
///
/// ```
/// use time::macros::datetime;
/// use tower_consent::{Policy, policy::Profile, rights::{What, deadline}};
/// let policy = Policy::load("policies/news-site").unwrap();
/// let due = deadline(What::Stop, &[Profile::Ru], datetime!(2026-11-25 09:00 UTC), &policy).unwrap();
/// assert!(due.extended.is_some_and(|extended| extended > due.day));
/// assert!(due.clock == "policy" || due.clock.starts_with("D-RU-"), "{}", due.clock);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deadline {
    /// The last day, in the operator's time zone.
    pub day: Date,
    /// The last day when it is put off; none where that is not allowed.
    pub extended: Option<Date>,
    /// The code of the clock that runs out first.
    pub clock: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "verified_on")]
    _verified_on: toml::value::Datetime,
    clock: Vec<FileClock>,
    zones: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileClock {
    code: String,
    profile: String,
    requests: Vec<String>,
    term: String,
    extension: Option<String>,
    calendar: Option<String>,
    article: String,
    source: String,
    confidence: String,
}

static CLOCKS: LazyLock<(Vec<Clock>, BTreeMap<String, String>)> = LazyLock::new(|| {
    let text = include_str!("clocks.toml");
    let file: File = toml::from_str(text).unwrap_or_else(|error| panic!("src/rights/clocks.toml: {error}"));
    let clock = |clock: FileClock| {
        let term = |text: &str| text.parse().unwrap_or_else(|error| panic!("{}: {error}", clock.code));
        let profile = Profile::from_word(&clock.profile);
        let what = |word: &String| word.parse().unwrap_or_else(|error| panic!("{}: {error}", clock.code));
        Clock {
            term: term(&clock.term),
            extension: clock.extension.as_deref().map(term),
            profile: Some(profile.unwrap_or_else(|| panic!("{}: no profile `{}`", clock.code, clock.profile))),
            requests: clock.requests.iter().map(what).collect(),
            code: clock.code,
            article: clock.article,
            source: clock.source,
            confidence: clock.confidence,
            calendar: clock.calendar,
        }
    };
    (file.clock.into_iter().map(clock).collect(), file.zones)
});

/// Returns every statutory clock, as data with article, source and confidence.
///
/// # Example
///
/// ```
/// let clock = tower_consent::rights::clocks().iter().find(|clock| clock.code == "D-RU-ACCESS").unwrap();
/// assert_eq!(clock.term.to_string(), "10 working days");
/// ```
pub fn clocks() -> &'static [Clock] {
    &CLOCKS.0
}

/// Returns the day of a moment in the operator's time zone.
///
/// # Example
///
/// ```
/// use time::macros::{date, datetime};
/// let policy = tower_consent::Policy::load("policies/news-site").unwrap();
/// // Ten in the evening in UTC is the next day in Moscow.
/// assert_eq!(tower_consent::rights::local_day(&policy, datetime!(2026-11-25 22:00 UTC)), date!(2026-11-26));
/// ```
pub fn local_day(policy: &Policy, moment: OffsetDateTime) -> Date {
    let country = &policy.operator().country;
    let name = policy.rights().time_zone.as_deref().or_else(|| CLOCKS.1.get(country).map(String::as_str));
    let zone = name.and_then(|name| jiff::tz::TimeZone::get(name).ok()).unwrap_or(jiff::tz::TimeZone::UTC);
    let local = || {
        let day = zone.to_datetime(jiff::Timestamp::from_second(moment.unix_timestamp()).ok()?).date();
        let month = Month::try_from(u8::try_from(day.month()).ok()?).ok()?;
        Date::from_calendar_date(day.year().into(), month, u8::try_from(day.day()).ok()?).ok()
    };
    local().unwrap_or_else(|| moment.date())
}

/// Returns when a request that came at a moment must be answered, by the strictest of all clocks that apply: those of
/// the laws named, and what the policy promises.
///
/// # Errors
///
/// [`MissingYear`] when working days are to be counted in a year that no calendar at hand knows.
///
/// # Example
///
/// ```
/// use time::macros::{date, datetime};
/// use tower_consent::{Policy, policy::Profile, rights::{What, deadline}};
/// let policy = Policy::load("policies/news-site").unwrap();
/// let received = datetime!(2026-11-25 09:00 UTC);
/// let due = deadline(What::Access, &[Profile::Ru], received, &policy).unwrap();
/// assert_eq!((due.day, due.extended), (date!(2026-12-09), Some(date!(2026-12-16))));
/// ```
pub fn deadline(
    what: What,
    laws: &[Profile],
    received: OffsetDateTime,
    policy: &Policy,
) -> Result<Deadline, MissingYear> {
    let from = local_day(policy, received);
    let own = own(what, policy);
    let of_law = clocks().iter().filter(|clock| {
        let applies = |profile: Profile| laws.iter().any(|law| law.includes(profile));
        clock.requests.contains(&what) && clock.profile.is_some_and(applies)
    });
    let mut deadline: Option<Deadline> = None;
    for clock in std::iter::once(&own).chain(of_law) {
        let known = clock.calendar.as_deref().filter(|country| *country != policy.operator().country);
        let unknown;
        let calendar = match known.map(|country| (country, Calendar::of_country(country))) {
            None => policy.calendar(),
            Some((_, Some(calendar))) => calendar,
            Some((country, None)) => {
                unknown = Calendar::unknown(country);
                &unknown
            }
        };
        let day = clock.term.last_day(from, calendar)?;
        let put_off = match clock.extension {
            Some(extension) => Some(extension.last_day(day, calendar)?),
            // A law that gives no extension forbids it; a policy that tells of none leaves it to the law.
            None => clock.profile.map(|_| day),
        };
        deadline = Some(match deadline {
            None => Deadline { day, extended: put_off, clock: clock.code.clone() },
            Some(before) => {
                let (day, code) = if day < before.day { (day, &clock.code) } else { (before.day, &before.clock) };
                let extended = before.extended.into_iter().chain(put_off).min();
                Deadline { day, extended, clock: code.clone() }
            }
        });
    }
    let deadline = deadline.expect("the policy itself gives a term");
    Ok(Deadline { extended: deadline.extended.filter(|extended| *extended > deadline.day), ..deadline })
}

/// What the site itself promises.
fn own(what: What, policy: &Policy) -> Clock {
    let rights = policy.rights();
    let (term, extension) = match what {
        What::Access => (rights.access, Some(rights.extension)),
        What::Correction => (rights.correction, None),
        What::Stop => (rights.stop, Some(rights.extension)),
        What::Erasure | What::Withdrawal => (rights.withdrawal, None),
    };
    Clock {
        code: "policy".to_owned(),
        profile: None,
        requests: vec![what],
        term,
        extension,
        article: String::new(),
        source: String::new(),
        confidence: String::new(),
        calendar: None,
    }
}

#[cfg(test)]
mod tests {
    use time::macros::{date, datetime};

    use super::*;
    use crate::policy::Unit;

    fn policy(name: &str) -> Policy {
        Policy::load(format!("{}/policies/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
    }

    /// The news site in another time zone.
    fn in_zone(zone: &str) -> Policy {
        let mut files = policy("news-site").files().clone();
        let text = files.get_mut("policy.toml").unwrap();
        *text = text.replace("[rights]\n", &format!("[rights]\ntime-zone = \"{zone}\"\n"));
        Policy::check(files).0.unwrap()
    }

    #[test]
    fn every_fact_has_its_article_source_and_confidence() {
        for clock in clocks() {
            assert!(!clock.article.is_empty() && !clock.source.is_empty() && !clock.requests.is_empty(), "{clock:?}");
            assert!(clock.confidence.split('/').all(|letter| ["P", "S", "M"].contains(&letter)), "{clock:?}");
            let counted = clock.term.unit() == Unit::WorkingDay;
            assert_eq!(clock.calendar.is_some(), counted || clock.profile == Some(Profile::Ru), "{clock:?}");
        }
        for zone in CLOCKS.1.values() {
            assert!(jiff::tz::TimeZone::get(zone).is_ok(), "{zone}");
        }
    }

    #[test]
    fn russian_terms_worked_out_by_hand() {
        let policy = policy("news-site");
        for (what, received, day, extended) in [
            (What::Access, datetime!(2026-11-25 09:00 UTC), date!(2026 - 12 - 09), Some(date!(2026 - 12 - 16))),
            // 21:30 UTC on the 25th is half past midnight on the 26th in Moscow.
            (What::Access, datetime!(2026-11-25 21:30 UTC), date!(2026 - 12 - 10), Some(date!(2026 - 12 - 17))),
            // Over New Year: 28, 29, 30 December; 11 to 15, 18, 19 January 2027; and five more to the 26th.
            (What::Stop, datetime!(2026-12-25 09:00 UTC), date!(2027 - 01 - 19), Some(date!(2027 - 01 - 26))),
            (What::Correction, datetime!(2026-11-25 09:00 UTC), date!(2026 - 12 - 04), None),
            (What::Withdrawal, datetime!(2026-11-25 09:00 UTC), date!(2026 - 12 - 25), None),
            (What::Erasure, datetime!(2027-01-31 09:00 UTC), date!(2027 - 03 - 02), None),
        ] {
            let due = deadline(what, &[Profile::Ru], received, &policy).unwrap();
            assert_eq!((due.day, due.extended), (day, extended), "{what:?} of {received}");
        }
    }

    #[test]
    fn the_day_of_receipt_is_that_of_the_operator() {
        let received = datetime!(2026-11-25 15:30 UTC);
        for (zone, day) in [
            ("Asia/Vladivostok", date!(2026 - 11 - 26)),
            ("Europe/Kaliningrad", date!(2026 - 11 - 25)),
            ("Asia/Kamchatka", date!(2026 - 11 - 26)),
            ("America/New_York", date!(2026 - 11 - 25)),
        ] {
            assert_eq!(local_day(&in_zone(zone), received), day, "{zone}");
        }
        // Summer time: 22:30 UTC is the next day in Berlin in July and the same day in January.
        let berlin = in_zone("Europe/Berlin");
        assert_eq!(local_day(&berlin, datetime!(2026-07-01 22:30 UTC)), date!(2026 - 07 - 02));
        assert_eq!(local_day(&berlin, datetime!(2026-01-01 22:30 UTC)), date!(2026 - 01 - 01));
    }

    #[test]
    fn the_strictest_of_the_laws_and_the_promise_holds() {
        let shop = policy("shop");
        let received = datetime!(2026-11-25 09:00 UTC);
        // Ten working days, as the shop promises: 26, 27, 30 November, 1 to 4, 7 to 9 December.
        let due = deadline(What::Access, &[Profile::De], received, &shop).unwrap();
        assert_eq!((due.day, due.clock.as_str()), (date!(2026 - 12 - 09), "policy"));
        // A withdrawal: 30 days promised, and one month is the same day here.
        let due = deadline(What::Withdrawal, &[Profile::De], received, &shop).unwrap();
        assert_eq!(due.day, date!(2026 - 12 - 25));
        // California stops within 15 business days; Thanksgiving and Christmas are none. The promise is shorter.
        let due = deadline(What::Withdrawal, &[Profile::UsCa], received, &shop).unwrap();
        assert_eq!((due.day, due.clock.as_str()), (date!(2026 - 12 - 17), "D-CA-OPTOUT"));
        // With a month promised, the law of the visitor alone decides.
        let mut files = shop.files().clone();
        let text = files.get_mut("policy.toml").unwrap();
        *text = text.replace(
            "access = \"10 working days\"\nextension = \"5 working days\"",
            "access = \"1 year\"\nextension = \"1 year\"",
        );
        let patient = Policy::check(files).0.unwrap();
        for (law, day, extended) in [
            (Profile::De, date!(2027 - 02 - 28), Some(date!(2027 - 04 - 28))),
            (Profile::UsCa, date!(2027 - 03 - 17), Some(date!(2027 - 05 - 01))),
            (Profile::Br, date!(2027 - 02 - 15), None),
        ] {
            let due = deadline(What::Access, &[law], datetime!(2027-01-31 12:00 UTC), &patient).unwrap();
            assert_eq!((due.day, due.extended), (day, extended), "{law:?}");
        }
    }

    #[test]
    fn a_year_nobody_knows_is_an_error() {
        let policy = policy("news-site");
        let error = deadline(What::Access, &[Profile::Ru], datetime!(2027-12-27 09:00 UTC), &policy).unwrap_err();
        assert_eq!(error.year, 2028);
    }
}
