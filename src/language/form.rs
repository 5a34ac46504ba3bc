//! Lengths of time, dates and countries in the form of a language.
//!
//! In: labels and a value. Out: text. The forms are messages of the language's file, so that order of a date and case
//! of a month are the translator's, and a policy can change them. A library for dates alone would add 34 crates and
//! 0.9 MB to every server; the tests compare each built-in form with it, day by day.

use std::time::Duration;

use time::{Date, OffsetDateTime, UtcOffset};

use super::{Labels, message::Value};

/// Stands between a number and its unit, which must not be parted at the end of a line.
const NO_BREAK: &str = "\u{a0}";

impl Labels {
    /// Returns words for a length of time, in the largest unit that divides it: `21 день`, `2 hours`.
    ///
    /// # Example
    ///
    /// ```
    /// use std::time::Duration;
    /// use tower_consent::language::Labels;
    /// let russian = Labels::of(&"ru".parse().unwrap());
    /// assert_eq!(russian.duration(Duration::from_secs(21 * 86_400)), "21\u{a0}день");
    /// assert_eq!(russian.duration(Duration::from_secs(3 * 3_600)), "3\u{a0}часа");
    /// ```
    pub fn duration(&self, length: Duration) -> String {
        let seconds = length.as_secs();
        let (name, count) = match seconds {
            _ if seconds.is_multiple_of(86_400) => ("duration-days", seconds / 86_400),
            _ if seconds.is_multiple_of(3_600) => ("duration-hours", seconds / 3_600),
            _ => ("duration-minutes", seconds.div_ceil(60)),
        };
        self.count(name, count)
    }

    /// Returns words for a number of something: the label of this name, filled with `$count`.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::language::Labels;
    /// let russian = Labels::of(&"ru".parse().unwrap());
    /// assert_eq!(russian.count("duration-working-days", 10), "10\u{a0}рабочих дней");
    /// ```
    pub fn count(&self, name: &str, count: u64) -> String {
        self.fill(name, &[("count", Value::Number(count))]).replacen(' ', NO_BREAK, 1)
    }

    /// Returns a label with texts put in for its variables.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::language::Labels;
    /// let labels = Labels::of(&"en".parse().unwrap());
    /// assert_eq!(labels.with("term-receipt", &[("term", "30 days")]), "30 days from receipt");
    /// ```
    pub fn with(&self, name: &str, values: &[(&str, &str)]) -> String {
        let values: Vec<_> = values.iter().map(|(variable, text)| (*variable, Value::Text(text))).collect();
        self.fill(name, &values)
    }

    /// Returns a day in words: `22 ноября 2026 г.`, `November 22, 2026`.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::language::Labels;
    /// let day = time::macros::date!(2026-11-22);
    /// assert_eq!(Labels::of(&"ru".parse().unwrap()).date(day), "22 ноября 2026 г.");
    /// assert_eq!(Labels::of(&"de".parse().unwrap()).date(day), "22. November 2026");
    /// ```
    pub fn date(&self, day: Date) -> String {
        let parts = [
            ("day", Value::Number(day.day().into())),
            ("month", Value::Number(u8::from(day.month()).into())),
            ("year", Value::Number(day.year().unsigned_abs().into())),
        ];
        self.fill("date", &parts)
    }

    /// Returns a moment in words, to the minute, in UTC: `22 ноября 2026 г., 14:05 UTC`.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::language::Labels;
    /// let moment = time::macros::datetime!(2026-11-22 17:05 +3);
    /// assert_eq!(Labels::of(&"fr".parse().unwrap()).moment(moment), "22 novembre 2026 à 14:05 UTC");
    /// ```
    pub fn moment(&self, moment: OffsetDateTime) -> String {
        let moment = moment.to_offset(UtcOffset::UTC);
        let time = format!("{:02}:{:02}", moment.hour(), moment.minute());
        self.with("moment", &[("date", &self.date(moment.date())), ("time", &time)])
    }

    /// Returns the name of a country by its two letters (ISO 3166-1); the letters themselves where it has none.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::language::Labels;
    /// let labels = Labels::of(&"tr".parse().unwrap());
    /// assert_eq!(labels.country("DE"), "Almanya");
    /// assert_eq!(labels.country("QX"), "QX");
    /// ```
    pub fn country<'a>(&'a self, code: &'a str) -> &'a str {
        self.find(&format!("country-{}", code.to_ascii_uppercase())).unwrap_or(code)
    }
}

#[cfg(test)]
mod tests {
    use icu_datetime::{DateTimeFormatter, fieldsets::YMD, input::Date as IcuDate};
    use time::macros::date;

    use super::*;
    use crate::language::built_in_languages;

    fn labels(tag: &str) -> Labels {
        Labels::of(&tag.parse().unwrap())
    }

    #[test]
    fn plurals_follow_the_rules_of_each_language() {
        // The forms of 1, 2, 5, 11, 21, 22, 25, 101, 111 and 112 by CLDR.
        for (tag, forms) in [
            ("ru", ["день", "дня", "дней", "дней", "день", "дня", "дней", "день", "дней", "дней"]),
            ("uk", ["день", "дні", "днів", "днів", "день", "дні", "днів", "день", "днів", "днів"]),
            ("be", ["дзень", "дні", "дзён", "дзён", "дзень", "дні", "дзён", "дзень", "дзён", "дзён"]),
            ("pl", ["dzień", "dni", "dni", "dni", "dni", "dni", "dni", "dni", "dni", "dni"]),
            ("en", ["day", "days", "days", "days", "days", "days", "days", "days", "days", "days"]),
            ("kk", ["күн"; 10]),
            ("tr", ["gün"; 10]),
        ] {
            for (count, form) in [1, 2, 5, 11, 21, 22, 25, 101, 111, 112].into_iter().zip(forms) {
                let length = Duration::from_secs(count * 86_400);
                assert_eq!(labels(tag).duration(length), format!("{count}\u{a0}{form}"), "{tag}");
            }
        }
        // Nothing is singular in French.
        assert_eq!(labels("fr").count("duration-days", 0), "0\u{a0}jour");
        assert_eq!(labels("pl").count("duration-years", 22), "22\u{a0}lata");
        assert_eq!(labels("pl").count("duration-years", 12), "12\u{a0}lat");
        assert_eq!(labels("ru").count("duration-working-days", 21), "21\u{a0}рабочий день");
    }

    #[test]
    fn lengths_take_the_largest_unit_that_divides_them() {
        let english = labels("en");
        for (seconds, expected) in
            [(0, "0 days"), (59, "1 minute"), (90, "2 minutes"), (3_600, "1 hour"), (90_000, "25 hours")]
        {
            let length = Duration::from_secs(seconds);
            assert_eq!(english.duration(length).replace('\u{a0}', " "), expected);
        }
    }

    #[test]
    fn every_day_reads_as_unicode_has_it() {
        for tag in built_in_languages() {
            let locale: icu_locale_core::Locale = tag.parse().unwrap();
            let formatter = DateTimeFormatter::try_new((&locale).into(), YMD::long()).unwrap();
            let own = labels(tag);
            let mut day = date!(2026 - 01 - 01);
            while day.year() == 2026 {
                let other = IcuDate::try_new_iso(day.year(), day.month().into(), day.day()).unwrap();
                let expected = formatter.format(&other).to_string().replace(['\u{a0}', '\u{202f}'], " ");
                // French writes the first of a month as an ordinal; the pattern of CLDR cannot say so.
                let expected = match tag {
                    "fr" if day.day() == 1 => expected.replacen("1 ", "1er ", 1),
                    _ => expected,
                };
                assert_eq!(own.date(day), expected, "{tag}");
                day = day.next_day().unwrap();
            }
        }
    }

    #[test]
    fn the_catalogue_names_no_country_without_a_name() {
        for (id, text) in crate::catalogue::ids().map(|id| (id, crate::catalogue::text(id).unwrap())) {
            let table: toml::Table = text.parse().unwrap();
            let code = table["country"].as_str().unwrap();
            for tag in built_in_languages() {
                assert_ne!(labels(tag).country(code), code, "{id}: {code} in {tag}");
            }
        }
    }
}
