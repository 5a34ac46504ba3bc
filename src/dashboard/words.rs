//! The words of the dashboard, in Russian and English, with numbers in the form of the language.

use std::sync::OnceLock;

use time::{Date, OffsetDateTime};

use crate::language::{Labels, Language, Phrases, Value, negotiate};

/// The words of one language.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) language: Language,
    phrases: Phrases,
    labels: Labels,
    /// Stands between groups of three digits.
    group: &'static str,
    /// Stands before tenths.
    decimal: &'static str,
}

/// The languages there are; the first one is for those who want none of them.
pub(super) const TAGS: [&str; 2] = ["en", "ru"];

fn all() -> &'static [Words; 2] {
    static ALL: OnceLock<[Words; 2]> = OnceLock::new();
    ALL.get_or_init(|| {
        let words = |tag: &str, source, group, decimal| {
            let language: Language = tag.parse().expect("a literal tag");
            Words { phrases: Phrases::of(tag, source), labels: Labels::of(&language), language, group, decimal }
        };
        [words("en", include_str!("words/en.ftl"), ",", "."), words("ru", include_str!("words/ru.ftl"), "\u{a0}", ",")]
    })
}

impl Words {
    /// Chooses the language: the one asked for by name, else the one the browser wants most.
    pub(super) fn negotiate(asked: Option<&str>, accept: Option<&str>) -> &'static Self {
        let languages: Vec<Language> = all().iter().map(|words| words.language.clone()).collect();
        let wanted = asked.filter(|tag| Self::has(tag)).or(accept);
        let chosen = negotiate(wanted, &languages);
        all().iter().find(|words| words.language == *chosen).unwrap_or(&all()[0])
    }

    pub(super) fn has(tag: &str) -> bool {
        TAGS.contains(&tag)
    }

    /// Returns a message without variables.
    pub(super) fn get(&self, name: &str) -> String {
        self.fill(name, &[])
    }

    /// Returns a message for a name that is composed at run time; the name's last part where there is none.
    pub(super) fn find(&self, prefix: &str, name: &str) -> String {
        self.phrases.fill(&format!("{prefix}-{name}"), &[]).unwrap_or_else(|| name.to_owned())
    }

    /// Returns a message filled with a number.
    pub(super) fn count(&self, name: &str, count: u64) -> String {
        let number = self.number(count);
        self.fill(name, &[("count", Value::Number(count)), ("number", Value::Text(&number))])
    }

    /// Returns a message filled with texts.
    pub(super) fn with(&self, name: &str, values: &[(&str, &str)]) -> String {
        let values: Vec<_> = values.iter().map(|(name, text)| (*name, Value::Text(text))).collect();
        self.fill(name, &values)
    }

    fn fill(&self, name: &str, values: &[(&str, Value<'_>)]) -> String {
        let filled = self.phrases.fill(name, values);
        debug_assert!(filled.is_some(), "`{name}` is no message, or one with other variables");
        filled.unwrap_or_else(|| name.to_owned())
    }

    /// Returns a number with its digits in groups of three.
    pub(super) fn number(&self, number: u64) -> String {
        let digits = number.to_string();
        let mut grouped = String::new();
        for (place, digit) in digits.chars().enumerate() {
            // CLDR: Russian groups digits from five on, English from four.
            let groups = digits.len() > 4 || self.group == ",";
            if place > 0 && (digits.len() - place).is_multiple_of(3) && groups {
                grouped.push_str(self.group);
            }
            grouped.push(digit);
        }
        grouped
    }

    /// Returns a share in percent, with tenths where they tell something.
    pub(super) fn share(&self, part: u64, whole: u64) -> String {
        if whole == 0 {
            return "—".to_owned();
        }
        let tenths = (u128::from(part) * 1_000 + u128::from(whole) / 2) / u128::from(whole);
        let (percent, tenth) = (tenths / 10, tenths % 10);
        let number = if percent >= 10 || tenth == 0 {
            ((tenths + 5) / 10).to_string()
        } else {
            format!("{percent}{}{tenth}", self.decimal)
        };
        // 99.96 % is not all, and 0.04 % is not nothing.
        let number = match (part, tenths) {
            (part, 995..) if part < whole => format!("99{}9", self.decimal),
            (1.., 0) => format!("<\u{202f}0{}1", self.decimal),
            _ => number,
        };
        if self.group == "," { format!("{number}%") } else { format!("{number}\u{a0}%") }
    }

    /// Returns a number of bytes in the largest unit of 1,024 that fits.
    pub(super) fn bytes(&self, bytes: u64) -> String {
        let mut unit = 0;
        let mut whole = u128::from(bytes) * 10;
        while whole >= 10_240 && unit < 4 {
            whole /= 1_024;
            unit += 1;
        }
        let number = match (unit, whole / 10, whole % 10) {
            (0, _, _) => self.number(bytes),
            (_, whole, tenths) if whole < 100 && tenths > 0 => format!("{whole}{}{tenths}", self.decimal),
            (_, whole, _) => whole.to_string(),
        };
        format!("{number}\u{a0}{}", self.get(["unit-b", "unit-kib", "unit-mib", "unit-gib", "unit-tib"][unit]))
    }

    /// Returns a length of time in milliseconds, with tenths below ten.
    pub(super) fn milliseconds(&self, micros: u64) -> String {
        let number = match micros {
            0..10_000 => format!("{}{}{}", micros / 1_000, self.decimal, micros % 1_000 / 100),
            _ => self.number(micros / 1_000),
        };
        format!("{number}\u{a0}{}", self.get("unit-ms"))
    }

    /// Returns the name of a country.
    pub(super) fn country<'a>(&'a self, code: &'a str) -> &'a str {
        self.labels.country(code)
    }

    /// Returns a day in words.
    pub(super) fn day(&self, day: Date) -> String {
        self.labels.date(day)
    }

    /// Returns a moment in words, to the minute.
    pub(super) fn moment(&self, moment: OffsetDateTime) -> String {
        self.labels.moment(moment)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn both_languages_have_the_same_messages() {
        let names = |words: &Words| words.phrases.names().collect::<BTreeSet<_>>();
        let [english, russian] = all();
        assert_eq!(names(english), names(russian));
        for (tag, source) in [("en", include_str!("words/en.ftl")), ("ru", include_str!("words/ru.ftl"))] {
            let entries =
                fluent_syntax::parser::parse(source).unwrap_or_else(|(_, errors)| panic!("{tag}: {errors:?}"));
            let messages = entries.body.iter().filter(|entry| matches!(entry, fluent_syntax::ast::Entry::Message(_)));
            assert_eq!(messages.count(), names(english).len(), "{tag}: a message is there twice or cannot be read");
        }
    }

    #[test]
    fn numbers_and_shares_read_well() {
        let [english, russian] = all();
        assert_eq!(english.number(1_234_567), "1,234,567");
        assert_eq!((russian.number(1_234).as_str(), russian.number(12_345).as_str()), ("1234", "12\u{a0}345"));
        for (part, whole, expected) in [
            (0, 0, "—"),
            (0, 5, "0%"),
            (1, 3, "33%"),
            (1, 30, "3.3%"),
            (99_960, 100_000, "99.9%"),
            (1, 100_000, "<\u{202f}0.1%"),
            (5, 5, "100%"),
        ] {
            assert_eq!(english.share(part, whole), expected, "{part} of {whole}");
        }
        assert_eq!(russian.share(1, 30), "3,3\u{a0}%");
        assert_eq!((english.bytes(900), english.bytes(1_536)), ("900\u{a0}B".to_owned(), "1.5\u{a0}KiB".to_owned()));
        assert_eq!(russian.bytes(200 << 20), "200\u{a0}МиБ");
    }

    #[test]
    fn the_language_is_the_one_asked_for_else_the_browsers() {
        let tag = |asked, accept| Words::negotiate(asked, accept).language.as_str();
        assert_eq!(tag(None, Some("ru-RU,ru;q=0.9,en;q=0.8")), "ru");
        assert_eq!(tag(Some("en"), Some("ru")), "en");
        assert_eq!(tag(Some("xx"), Some("ru")), "ru");
        assert_eq!(tag(None, Some("fr")), "en");
        assert_eq!(tag(None, None), "en");
    }
}
