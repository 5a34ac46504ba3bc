//! Working days: which days offices are open, by country and year, and what a term comes to when it is counted from a day.
//!
//! In: a calendar file, a day, a [`Term`]. Out: the last day of the term. A year nobody has put into a calendar is an
//! error, never a guess: the days off of a year are set by law anew.

use std::{collections::BTreeMap, ops::Range, sync::LazyLock};

use serde::Deserialize;
use time::{Date, Duration, Month, Weekday};

use super::text::{Term, Unit};

const BUILT_IN: [(&str, &str); 3] = [
    ("DE", include_str!("calendar/de.toml")),
    ("RU", include_str!("calendar/ru.toml")),
    ("US", include_str!("calendar/us.toml")),
];

/// The working days of one country, for the years that are known.
///
/// # Example
///
/// ```
/// use time::macros::date;
/// use tower_consent::policy::Calendar;
/// let russia = Calendar::of_country("RU").unwrap();
/// assert!(!russia.is_working(date!(2026-01-09)).unwrap()); // moved there from a Saturday
/// assert!(russia.is_working(date!(2027-02-20)).unwrap()); // a Saturday that is worked
/// assert!(russia.is_working(date!(2031-01-09)).is_err()); // nobody knows yet
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    country: String,
    years: BTreeMap<i32, Year>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Year {
    off: Vec<Date>,
    worked: Vec<Date>,
}

/// A year whose working days are in no calendar at hand.
///
/// # Example
///
/// ```
/// use time::macros::date;
/// use tower_consent::policy::Calendar;
/// let russia = Calendar::of_country("RU").unwrap();
/// let missing = russia.is_working(date!(2031-01-09)).unwrap_err();
/// assert_eq!((missing.year, &*missing.country), (2031, "RU"));
/// assert!(missing.to_string().ends_with("add [years.2031] to calendar.toml in the policy folder"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the working days of {year} in {country} are not known: add [years.{year}] to calendar.toml in the policy folder"
)]
pub struct MissingYear {
    /// The year.
    pub year: i32,
    /// The country, two letters.
    pub country: String,
}

/// What is wrong with a calendar file, and where.
///
/// # Example
///
/// ```
/// use tower_consent::policy::Calendar;
/// let text = "country = \"RU\"\nverified_on = 2027-10-01\n[years.2028]\nsource = \"a decree\"\noff = [2028-01-01]\n";
/// let error = Calendar::read(text).unwrap_err();
/// // A Saturday.
/// assert_eq!(error.to_string(), "2028-01-01 is a day off without being named");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct CalendarError {
    what: String,
    pub(super) span: Range<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    country: String,
    #[serde(rename = "verified_on")]
    _verified_on: toml::value::Datetime,
    years: BTreeMap<String, FileYear>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct FileYear {
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "confidence")]
    _confidence: Option<String>,
    working_days: Option<usize>,
    #[serde(default)]
    off: Vec<toml::Spanned<toml::value::Datetime>>,
    #[serde(default)]
    worked: Vec<toml::Spanned<toml::value::Datetime>>,
}

static CALENDARS: LazyLock<BTreeMap<&str, Calendar>> = LazyLock::new(|| {
    let read = |(country, text): (&'static str, &str)| {
        (country, Calendar::read(text).unwrap_or_else(|error| panic!("src/policy/calendar, {country}: {error}")))
    };
    BUILT_IN.into_iter().map(read).collect()
});

impl Calendar {
    /// Returns the calendar of a country that is part of the program; `None` where there is none.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Calendar;
    /// assert!(Calendar::of_country("DE").is_some());
    /// // An operator there brings his own, in `calendar.toml`.
    /// assert!(Calendar::of_country("KZ").is_none());
    /// ```
    pub fn of_country(country: &str) -> Option<&'static Self> {
        CALENDARS.get(country)
    }

    /// Returns a calendar that knows no year.
    ///
    /// # Example
    ///
    /// ```
    /// use time::macros::date;
    /// use tower_consent::policy::{Calendar, Term};
    /// let kazakhstan = Calendar::unknown("KZ");
    /// let last_day = |term: &str| term.parse::<Term>().unwrap().last_day(date!(2026-11-25), &kazakhstan);
    /// assert_eq!(last_day("30 days"), Ok(date!(2026-12-25)));
    /// assert!(last_day("10 working days").is_err());
    /// ```
    pub fn unknown(country: impl Into<String>) -> Self {
        Self { country: country.into(), years: BTreeMap::new() }
    }

    /// Reads a calendar file.
    ///
    /// # Errors
    ///
    /// When it is no TOML of that form, a day stands under another year, a day off is a Saturday or Sunday, a day worked
    /// is neither, or the sum `working-days` is another one.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Calendar;
    /// let text = "country = \"RU\"\nverified_on = 2027-10-01\n[years.2028]\nsource = \"a decree\"\noff = [2028-01-03]\n";
    /// assert!(Calendar::read(text).is_ok());
    /// assert!(Calendar::read(&text.replace("2028-01-03", "2027-01-04")).is_err());
    /// ```
    pub fn read(text: &str) -> Result<Self, CalendarError> {
        let file: File = toml::from_str(text).map_err(|error| CalendarError {
            what: format!("no calendar: {}", error.message()),
            span: error.span().unwrap_or(0..0),
        })?;
        let mut years = BTreeMap::new();
        for (name, year) in file.years {
            let here = text.find(&format!("years.{name}")).map_or(0..0, |start| start..start + 6 + name.len());
            let fault = |what: String, span: &Range<usize>| CalendarError { what, span: span.clone() };
            let number: i32 = name.parse().map_err(|_| fault(format!("`{name}` is no year"), &here))?;
            let days = |list: Vec<toml::Spanned<toml::value::Datetime>>, weekend: bool| {
                let mut days = Vec::with_capacity(list.len());
                for value in list {
                    let day = plain(value.get_ref());
                    let day = day.ok_or_else(|| fault(format!("`{}` is no day", value.get_ref()), &value.span()))?;
                    if day.year() != number {
                        return Err(fault(format!("{day} stands under {number}"), &value.span()));
                    }
                    if is_weekend(day) != weekend {
                        let what = if weekend { "no Saturday or Sunday" } else { "a day off without being named" };
                        return Err(fault(format!("{day} is {what}"), &value.span()));
                    }
                    days.push(day);
                }
                Ok(days)
            };
            let known = Year { off: days(year.off, false)?, worked: days(year.worked, true)? };
            if let Some(said) = year.working_days {
                let counted = known.count(number);
                if counted != said {
                    return Err(fault(format!("{number} has {counted} working days, not {said}"), &here));
                }
            }
            years.insert(number, known);
        }
        Ok(Self { country: file.country, years })
    }

    /// Returns the country, two letters.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// assert_eq!(policy.calendar().country(), policy.operator().country);
    /// ```
    pub fn country(&self) -> &str {
        &self.country
    }

    /// Returns the years that are known, in order.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Calendar;
    /// let russia = Calendar::of_country("RU").unwrap();
    /// // The decree on a year comes in the autumn before it.
    /// assert!(russia.years().any(|year| year == 2027));
    /// assert!(russia.years().all(|year| year < 2031));
    /// ```
    pub fn years(&self) -> impl Iterator<Item = i32> {
        self.years.keys().copied()
    }

    /// Returns this calendar with the years of another one over it.
    ///
    /// # Example
    ///
    /// ```
    /// use time::macros::date;
    /// use tower_consent::policy::Calendar;
    /// let text = "country = \"RU\"\nverified_on = 2027-10-01\n[years.2028]\nsource = \"decree\"\noff = [2028-01-03]";
    /// let calendar = Calendar::of_country("RU").unwrap().clone().with(&Calendar::read(text).unwrap());
    /// assert_eq!(calendar.is_working(date!(2028-01-03)), Ok(false));
    /// assert_eq!(calendar.is_working(date!(2027-01-11)), Ok(true));
    /// ```
    #[must_use]
    pub fn with(mut self, other: &Self) -> Self {
        self.years.extend(other.years.iter().map(|(year, days)| (*year, days.clone())));
        self
    }

    /// Says whether offices are open on a day.
    ///
    /// # Errors
    ///
    /// [`MissingYear`] when its year is not known.
    ///
    /// # Example
    ///
    /// ```
    /// use time::macros::date;
    /// use tower_consent::policy::Calendar;
    /// let (russia, germany) = (Calendar::of_country("RU").unwrap(), Calendar::of_country("DE").unwrap());
    /// assert_eq!(russia.is_working(date!(2026-06-12)), Ok(false));
    /// assert_eq!(germany.is_working(date!(2026-06-12)), Ok(true));
    /// ```
    pub fn is_working(&self, day: Date) -> Result<bool, MissingYear> {
        let year = self.years.get(&day.year());
        let year = year.ok_or_else(|| MissingYear { year: day.year(), country: self.country.clone() })?;
        Ok(year.is_working(day))
    }
}

impl Year {
    fn is_working(&self, day: Date) -> bool {
        if is_weekend(day) { self.worked.contains(&day) } else { !self.off.contains(&day) }
    }

    fn count(&self, year: i32) -> usize {
        let first = Date::from_ordinal_date(year, 1).ok();
        let days = std::iter::successors(first, |day| day.next_day().filter(|next| next.year() == year));
        days.filter(|day| self.is_working(*day)).count()
    }
}

impl Term {
    /// Returns the last day of the term when it begins with what happened on a day.
    ///
    /// That day itself is not counted (Civil Code of Russia, article 191; Regulation 1182/71, article 3(1)). A month
    /// ends on the day of the same number, and where there is none, on its last (article 192(3); article 3(2)(c)). A
    /// last day that is no working day is not moved on: the day before is in time under every law. Hours and minutes
    /// count as the whole days in them.
    ///
    /// # Errors
    ///
    /// [`MissingYear`] when working days are to be counted in a year the calendar does not know.
    ///
    /// # Example
    ///
    /// ```
    /// use time::macros::date;
    /// use tower_consent::policy::{Calendar, Term};
    /// let russia = Calendar::of_country("RU").unwrap();
    /// let term: Term = "10 working days".parse().unwrap();
    /// // Thursday; 1 to 8 January are holidays, the 9th is a Saturday.
    /// assert_eq!(term.last_day(date!(2026-12-24), russia), Ok(date!(2027-01-18)));
    /// let month: Term = "1 month".parse().unwrap();
    /// assert_eq!(month.last_day(date!(2027-01-31), russia), Ok(date!(2027-02-28)));
    /// ```
    pub fn last_day(self, from: Date, calendar: &Calendar) -> Result<Date, MissingYear> {
        let days = |count: u64| from.saturating_add(Duration::days(i64::try_from(count).unwrap_or(i64::MAX / 86_400)));
        let amount = u64::from(self.amount());
        Ok(match self.unit() {
            Unit::Minute | Unit::Hour => days(self.duration().as_secs() / 86_400),
            Unit::Day => days(amount),
            Unit::Week => days(7 * amount),
            Unit::Month => months_on(from, self.amount()),
            Unit::Year => months_on(from, self.amount().saturating_mul(12)),
            Unit::WorkingDay => {
                let (mut day, mut left) = (from, amount);
                while left > 0 {
                    day = day.saturating_add(Duration::DAY);
                    left -= u64::from(calendar.is_working(day)?);
                }
                day
            }
        })
    }
}

/// The day of the same number so many months on, or the last of that month.
fn months_on(from: Date, months: u32) -> Date {
    let all = i64::from(from.year()) * 12 + i64::from(u8::from(from.month())) - 1 + i64::from(months);
    let year = i32::try_from(all.div_euclid(12)).unwrap_or(i32::MAX);
    let month = u8::try_from(all.rem_euclid(12) + 1).ok().and_then(|number| Month::try_from(number).ok());
    let month = month.expect("a remainder of twelve is a month");
    let day = from.day().min(month.length(year));
    Date::from_calendar_date(year, month, day).unwrap_or(Date::MAX)
}

fn is_weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

fn plain(value: &toml::value::Datetime) -> Option<Date> {
    let date = value.date.filter(|_| value.time.is_none() && value.offset.is_none())?;
    Date::from_calendar_date(date.year.into(), Month::try_from(date.month).ok()?, date.day).ok()
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    fn last(term: &str, from: Date) -> Result<Date, MissingYear> {
        term.parse::<Term>().unwrap().last_day(from, Calendar::of_country("RU").unwrap())
    }

    #[test]
    fn the_built_in_calendars_are_whole() {
        for (country, text) in BUILT_IN {
            let calendar = Calendar::read(text).unwrap();
            assert_eq!(calendar.country(), country);
            assert_eq!(calendar.years().collect::<Vec<_>>(), [2025, 2026, 2027]);
        }
    }

    #[test]
    fn working_days_worked_out_by_hand() {
        for (from, term, to) in [
            // Tue 28 October 2025: 29, 30, 31 October, Saturday 1 November (worked), 5, 6, 7, 10, 11, 12 November.
            (date!(2025 - 10 - 28), "10 working days", date!(2025 - 11 - 12)),
            // Fri 26 December 2025: 29, 30 December; 31 December to 11 January are off; 12, 13, 14 January.
            (date!(2025 - 12 - 26), "5 working days", date!(2026 - 01 - 14)),
            // Received on a Saturday: counting begins on Monday 30 November.
            (date!(2026 - 11 - 28), "1 working day", date!(2026 - 11 - 30)),
            // Wed 25 November 2026: 26, 27, 30 November, 1 to 4, 7 to 9 December.
            (date!(2026 - 11 - 25), "10 working days", date!(2026 - 12 - 09)),
            // Fri 30 April 2027 over both May holidays: 4 to 7, 11, 12, 13 May.
            (date!(2027 - 04 - 30), "7 working days", date!(2027 - 05 - 13)),
            // Fri 19 February 2027: Saturday 20 is worked, 22 and 23 are off, 24.
            (date!(2027 - 02 - 19), "2 working days", date!(2027 - 02 - 24)),
        ] {
            assert_eq!(last(term, from), Ok(to), "{term} from {from}");
        }
    }

    #[test]
    fn months_and_days_worked_out_by_hand() {
        for (from, term, to) in [
            (date!(2026 - 11 - 25), "1 month", date!(2026 - 12 - 25)),
            (date!(2027 - 01 - 31), "1 month", date!(2027 - 02 - 28)),
            (date!(2028 - 01 - 31), "1 month", date!(2028 - 02 - 29)),
            (date!(2026 - 12 - 31), "2 months", date!(2027 - 02 - 28)),
            (date!(2024 - 02 - 29), "1 year", date!(2025 - 02 - 28)),
            (date!(2026 - 11 - 25), "30 days", date!(2026 - 12 - 25)),
            (date!(2026 - 11 - 25), "45 days", date!(2027 - 01 - 09)),
            (date!(2026 - 11 - 25), "72 hours", date!(2026 - 11 - 28)),
        ] {
            assert_eq!(last(term, from), Ok(to), "{term} from {from}");
        }
    }

    #[test]
    fn a_missing_year_is_an_error_and_not_a_guess() {
        let error = last("10 working days", date!(2027 - 12 - 24)).unwrap_err();
        assert_eq!((error.year, error.country.as_str()), (2028, "RU"));
        assert!(error.to_string().contains("[years.2028]"), "{error}");
        // Nothing is counted in a year that is not reached, and plain days need no calendar.
        assert!(last("1 working day", date!(2027 - 12 - 24)).is_ok());
        assert!(last("30 days", date!(2031 - 01 - 01)).is_ok());
        let more = "country = \"RU\"\nverified_on = 2027-10-01\n[years.2028]\nsource = \"x\"\noff = [2028-01-03, 2028-01-04]\n";
        let calendar = Calendar::of_country("RU").unwrap().clone().with(&Calendar::read(more).unwrap());
        let term: Term = "10 working days".parse().unwrap();
        assert!(term.last_day(date!(2027 - 12 - 24), &calendar).is_ok());
    }

    #[test]
    fn mistakes_in_a_calendar_are_told_with_their_place() {
        let good = "country = \"RU\"\nverified_on = 2027-10-01\n[years.2028]\nsource = \"x\"\noff = [2028-01-03]\n";
        for (from, to, place) in [
            ("[2028-01-03]", "[2027-01-04]", "2027-01-04"),
            ("[2028-01-03]", "[2028-01-01]", "2028-01-01"),
            ("[2028-01-03]", "[2028-01-03]\nworked = [2028-01-05]", "2028-01-05"),
            ("source = \"x\"", "source = \"x\"\nworking-days = 12", "years.2028"),
        ] {
            let text = good.replace(from, to);
            let error = Calendar::read(&text).unwrap_err();
            assert_eq!(&text[error.span.clone()], place, "{error}");
        }
        assert!(Calendar::read(&good.replace("verified_on", "verified")).is_err());
    }

    #[test]
    fn a_folder_brings_years_of_its_own_or_is_told_what_is_wrong() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site");
        let mut files = crate::policy::Policy::load(folder).unwrap().files().clone();
        let good = "country = \"RU\"\nverified_on = 2027-10-01\n[years.2028]\nsource = \"x\"\noff = [2028-01-03]\n";
        files.insert("calendar.toml".into(), good.into());
        let (policy, found) = crate::policy::Policy::check(files.clone());
        assert_eq!(policy.unwrap().calendar().years().last(), Some(2028), "{found:?}");
        for (from, to) in [("RU", "DE"), ("2028-01-03", "2028-02-30"), ("[2028-01-03]", "[2028-01-01]")] {
            files.insert("calendar.toml".into(), good.replace(from, to));
            let (policy, found) = crate::policy::Policy::check(files.clone());
            let fault = found.iter().find(|fault| fault.code == "calendar").unwrap();
            assert!(policy.is_none() && fault.file == "calendar.toml", "{found:?}");
        }
    }
}
