//! Values of a policy file that need more than a string: texts in several languages, lengths of time.

use std::{collections::BTreeMap, fmt, time::Duration};

use crate::language::{Labels, Language};

/// A text in several languages.
///
/// # Example
///
/// ```
/// use tower_consent::policy::Policy;
/// let policy = Policy::load("policies/news-site").unwrap();
/// assert_eq!(policy.site().name.in_language(&"en".parse().unwrap()), "Vesti Kraya");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    plain: Option<String>,
    by_language: BTreeMap<Language, String>,
}

impl Text {
    /// Returns the text in a language, or in the nearest one there is.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let name = |tag: &str| policy.site().name.in_language(&tag.parse().unwrap());
    /// assert_eq!(name("ru"), "Вести Края");
    /// assert_eq!(name("en-gb"), "Vesti Kraya");
    /// ```
    pub fn in_language(&self, language: &Language) -> &str {
        self.exactly(language)
            .or_else(|| {
                self.by_language
                    .iter()
                    .find(|(other, _)| other.primary() == language.primary())
                    .map(|(_, t)| t.as_str())
            })
            .or_else(|| self.by_language.values().next().map(String::as_str))
            .unwrap_or_default()
    }

    /// Returns the text as [`Text::in_language`] does, and the language it is in where that is another one.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let name = &policy.site().name;
    /// assert_eq!(name.shown(&"ru".parse().unwrap()), ("Вести Края", None));
    /// // To be marked as English in a German page.
    /// let (text, other) = name.shown(&"de".parse().unwrap());
    /// assert_eq!((text, other.unwrap().as_str()), ("Vesti Kraya", "en"));
    /// ```
    pub fn shown(&self, language: &Language) -> (&str, Option<&Language>) {
        let text = self.in_language(language);
        let other = self.by_language.iter().find(|(_, candidate)| candidate.as_str() == text).map(|(other, _)| other);
        let other = other.filter(|other| other.primary() != language.primary());
        (text, other.filter(|_| self.exactly(language).is_none()))
    }

    /// Returns the text in just this language; a text that is the same for all languages counts.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let news = Policy::load("policies/news-site").unwrap();
    /// assert_eq!(news.site().name.exactly(&"de".parse().unwrap()), None);
    /// let shop = Policy::load("policies/shop").unwrap();
    /// assert_eq!(shop.site().name.exactly(&"de".parse().unwrap()), Some("Nordlicht Lampen"));
    /// ```
    pub fn exactly(&self, language: &Language) -> Option<&str> {
        self.plain.as_ref().or_else(|| self.by_language.get(language)).map(String::as_str)
    }

    /// Says whether the text is the same for all languages.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let policy = Policy::load("policies/shop").unwrap();
    /// // `name = "…"` is a proper name, `address = { en = "…", de = "…" }` is translated.
    /// assert!(policy.operator().name.is_plain());
    /// assert!(!policy.operator().address.is_plain());
    /// ```
    pub fn is_plain(&self) -> bool {
        self.plain.is_some()
    }

    pub(crate) fn plain(text: String) -> Self {
        Self { plain: Some(text), by_language: BTreeMap::new() }
    }

    pub(super) fn translated(by_language: BTreeMap<Language, String>) -> Self {
        Self { plain: None, by_language }
    }
}

/// A length of time as a policy file writes it: `180 days`, `10 working days`, `1 month`.
///
/// The unit is kept, since law counts working days and months in another way than hours.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use tower_consent::policy::{Term, Unit};
/// let term: Term = "10 working days".parse().unwrap();
/// assert_eq!((term.amount(), term.unit()), (10, Unit::WorkingDay));
/// assert_eq!("180 days".parse::<Term>().unwrap().duration(), Duration::from_secs(180 * 86_400));
/// assert!("180".parse::<Term>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Term {
    amount: u32,
    unit: Unit,
}

/// The unit of a [`Term`].
///
/// # Example
///
/// ```
/// use tower_consent::policy::{Policy, Unit};
/// let policy = Policy::load("policies/news-site").unwrap();
/// // Law counts an answer in working days and a destruction in days.
/// assert_eq!(policy.rights().access.unit(), Unit::WorkingDay);
/// assert_eq!(policy.rights().withdrawal.unit(), Unit::Day);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Unit {
    /// 60 seconds.
    Minute,
    /// 60 minutes.
    Hour,
    /// 24 hours.
    Day,
    /// A day on which offices work; which those are, a calendar says.
    WorkingDay,
    /// 7 days.
    Week,
    /// A calendar month; 30 days where a plain length is needed.
    Month,
    /// A calendar year; 365 days where a plain length is needed.
    Year,
}

impl Unit {
    /// Every unit, the shortest first.
    pub const ALL: [Self; 7] =
        [Self::Minute, Self::Hour, Self::Day, Self::WorkingDay, Self::Week, Self::Month, Self::Year];

    /// Returns the word of a policy file, in the singular.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{Term, Unit};
    /// let written = format!("10 {}s", Unit::WorkingDay.as_str());
    /// assert_eq!(written.parse(), Ok(Term::new(10, Unit::WorkingDay)));
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Minute => "minute",
            Self::Hour => "hour",
            Self::Day => "day",
            Self::WorkingDay => "working day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    fn seconds(self) -> u64 {
        match self {
            Self::Minute => 60,
            Self::Hour => 3_600,
            // Two days off in seven: a working day is 7/5 of a day on the whole.
            Self::WorkingDay => 120_960,
            Self::Day => 86_400,
            Self::Week => 7 * 86_400,
            Self::Month => 30 * 86_400,
            Self::Year => 365 * 86_400,
        }
    }
}

impl Term {
    /// Makes a term.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{Term, Unit};
    /// const LONGEST: Term = Term::new(400, Unit::Day);
    /// assert!("1 year".parse::<Term>().unwrap().duration() < LONGEST.duration());
    /// ```
    pub const fn new(amount: u32, unit: Unit) -> Self {
        Self { amount, unit }
    }

    /// Returns the number of units.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let rights = policy.rights();
    /// // Both are counted in working days: an extended answer comes after fifteen of them at the latest.
    /// assert_eq!(rights.access.amount() + rights.extension.amount(), 15);
    /// ```
    pub fn amount(self) -> u32 {
        self.amount
    }

    /// Returns the unit.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{Term, Unit};
    /// // Equal lengths, and the last day of a month is another one than the thirtieth day.
    /// let (month, days): (Term, Term) = ("1 month".parse().unwrap(), "30 days".parse().unwrap());
    /// assert_eq!(month.duration(), days.duration());
    /// assert_eq!((month.unit(), days.unit()), (Unit::Month, Unit::Day));
    /// ```
    pub fn unit(self) -> Unit {
        self.unit
    }

    /// Returns the plain length: months as 30 days, years as 365, working days as 7/5 of a day.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Term;
    /// let term = |text: &str| text.parse::<Term>().unwrap().duration();
    /// assert_eq!(term("10 working days"), term("2 weeks"));
    /// assert_eq!(term("1 year"), term("365 days"));
    /// ```
    pub fn duration(self) -> Duration {
        Duration::from_secs(u64::from(self.amount) * self.unit.seconds())
    }
}

impl Term {
    /// Returns the term in words of a language, in the unit it is counted in.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{language::Labels, policy::Term};
    /// let term: Term = "10 working days".parse().unwrap();
    /// assert_eq!(term.in_words(&Labels::of(&"ru".parse().unwrap())), "10\u{a0}рабочих дней");
    /// ```
    pub fn in_words(self, labels: &Labels) -> String {
        let name = match self.unit {
            Unit::Minute => "duration-minutes",
            Unit::Hour => "duration-hours",
            Unit::Day => "duration-days",
            Unit::WorkingDay => "duration-working-days",
            Unit::Week => "duration-weeks",
            Unit::Month => "duration-months",
            Unit::Year => "duration-years",
        };
        labels.count(name, self.amount.into())
    }
}

impl fmt::Display for Term {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}{}", self.amount, self.unit.as_str(), if self.amount == 1 { "" } else { "s" })
    }
}

/// Text that is no [`Term`]; holds it as given.
///
/// # Example
///
/// ```
/// use tower_consent::policy::Term;
/// let error = "полгода".parse::<Term>().unwrap_err();
/// assert_eq!(error.to_string(), "`полгода` is no length of time");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no length of time")]
pub struct InvalidTerm(String);

impl std::str::FromStr for Term {
    type Err = InvalidTerm;

    fn from_str(text: &str) -> Result<Self, InvalidTerm> {
        let parsed = text.split_once(' ').and_then(|(amount, unit)| {
            let amount: u32 = amount.bytes().all(|byte| byte.is_ascii_digit()).then(|| amount.parse().ok())??;
            let singular = unit.strip_suffix('s').unwrap_or(unit);
            let unit = Unit::ALL.into_iter().find(|candidate| candidate.as_str() == singular)?;
            (1..=100_000).contains(&amount).then_some(Self { amount, unit })
        });
        parsed.ok_or_else(|| InvalidTerm(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_read_as_they_are_written() {
        for text in ["1 day", "180 days", "10 working days", "1 month", "3 years", "24 hours", "2 weeks", "30 minutes"]
        {
            assert_eq!(text.parse::<Term>().unwrap().to_string(), text);
        }
        for bad in
            ["", "day", "0 days", "1", "1 dayss", "+1 days", "-1 days", "1.5 days", "999999999999 days", "1  day"]
        {
            assert!(bad.parse::<Term>().is_err(), "{bad}");
        }
    }

    #[test]
    fn every_unit_has_words() {
        let labels = Labels::of(&"en".parse().unwrap());
        for unit in Unit::ALL {
            let words = Term::new(2, unit).in_words(&labels).replace('\u{a0}', " ");
            assert_eq!(words, Term::new(2, unit).to_string());
        }
    }

    #[test]
    fn a_region_falls_back_to_its_language() {
        let text =
            Text::translated([("en".parse().unwrap(), "e".to_owned()), ("pt".parse().unwrap(), "p".into())].into());
        assert_eq!(text.in_language(&"pt-br".parse().unwrap()), "p");
        assert_eq!(text.in_language(&"fr".parse().unwrap()), "e");
        assert_eq!(text.exactly(&"pt-br".parse().unwrap()), None);
    }
}
