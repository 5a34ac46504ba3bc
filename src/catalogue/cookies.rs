//! Cookies that are known beforehand, by their names.
//!
//! In: the name of a cookie. Out: which platforms are known to set it, what for and for how long. The data is
//! `policies/cookies.tsv`, a selection from the Open Cookie Database (Apache-2.0, `policies/cookies-NOTICE.md`). It
//! never says that a cookie *is* of a platform: names are not unique.

use std::{
    collections::{BTreeMap, HashMap},
    sync::OnceLock,
};

use crate::purpose::PurposeKind;

const DATA: &str = include_str!("../../policies/cookies.tsv");

/// What the Open Cookie Database says of a cookie's name.
///
/// # Example
///
/// ```
/// let known = tower_consent::catalogue::cookie("_ym_uid").unwrap();
/// assert_eq!((known.platform, known.category), ("Yandex.Metrica", "Analytics"));
/// assert_eq!(known.kind().as_str(), "metrics");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KnownCookie {
    /// The name, or the beginning of names with `*` at the end.
    pub name: &'static str,
    /// The product that sets it; empty where the database does not say.
    pub platform: &'static str,
    /// `Analytics`, `Functional`, `Marketing`, `Necessary`, `Personalization` or `Security`.
    pub category: &'static str,
    /// The domain it is set on, in the words of the database; empty where it does not say.
    pub domain: &'static str,
    /// How long it lives, in the words of the database, such as `2 years` or `session`.
    pub retention: &'static str,
}

impl KnownCookie {
    /// Returns the kind of purpose nearest to the category.
    ///
    /// It is a guess for a person to confirm: `Functional` is a wide word, and what is strictly necessary on one
    /// site is a convenience on another.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{catalogue::cookie, purpose::PurposeKind};
    /// assert_eq!(cookie("_fbp").unwrap().kind(), PurposeKind::Advertising);
    /// // A session of PHP may be necessary or not; the database says `Functional`.
    /// assert_eq!(cookie("PHPSESSID").unwrap().kind(), PurposeKind::Preferences);
    /// ```
    pub fn kind(&self) -> PurposeKind {
        match self.category {
            "Analytics" => PurposeKind::Metrics,
            "Marketing" => PurposeKind::Advertising,
            "Necessary" | "Security" => PurposeKind::Necessary,
            "Personalization" => PurposeKind::Recommendations,
            _ => PurposeKind::Preferences,
        }
    }

    /// Returns the retention as the `lifetime` of a policy file: `730 days`, `session`, or `unknown`.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::catalogue::cookie;
    /// assert_eq!(cookie("_ga").unwrap().lifetime(), "730 days");
    /// assert_eq!(cookie("PHPSESSID").unwrap().lifetime(), "session");
    /// ```
    pub fn lifetime(&self) -> String {
        let words = self.retention.to_ascii_lowercase();
        if words.contains("session") {
            return "session".to_owned();
        }
        let length = words.split_once(' ').and_then(|(number, unit)| {
            let number: u64 = number.parse().ok().filter(|number| (1..=100_000).contains(number))?;
            // Only a bare unit is certain: "180 days after last activity or 10 years" is not.
            match unit.trim_end_matches('s') {
                "year" => Some(format!("{} days", number * 365)),
                "month" => Some(format!("{} days", number * 365 / 12)),
                "week" => Some(format!("{} days", number * 7)),
                "day" => Some(format!("{number} days")),
                "hour" => Some(format!("{number} hours")),
                "minute" => Some(format!("{number} minutes")),
                _ => None,
            }
        });
        length.unwrap_or_else(|| "unknown".to_owned())
    }
}

/// Returns what is known of a cookie by its name, the most specific first: the exact name, then longer beginnings.
///
/// # Example
///
/// ```
/// let platforms: Vec<_> = tower_consent::catalogue::cookies("_ga_X1Y2Z3").map(|known| known.platform).collect();
/// assert_eq!(platforms, ["Google Analytics"]);
/// assert_eq!(tower_consent::catalogue::cookies("a-name-nobody-uses").count(), 0);
/// ```
pub fn cookies(name: &str) -> impl Iterator<Item = KnownCookie> {
    let table = table();
    let exact = table.names.get(name).into_iter().flatten();
    // Every beginning of the name that the table holds stands between "" and the name itself.
    let beginnings = (1..=name.len()).rev().filter_map(|end| name.get(..end));
    let beginning = beginnings.filter_map(|beginning| table.beginnings.get(beginning)).flatten();
    exact.chain(beginning).copied()
}

/// Returns the most specific that is known of a cookie by its name.
///
/// # Example
///
/// ```
/// let known = tower_consent::catalogue::cookie("AMCV_123").unwrap();
/// assert_eq!(known.name, "AMCV_*");
/// assert!(tower_consent::catalogue::cookie("reading_history").is_none());
/// ```
pub fn cookie(name: &str) -> Option<KnownCookie> {
    cookies(name).next()
}

#[derive(Debug, Default)]
struct Table {
    names: HashMap<&'static str, Vec<KnownCookie>>,
    beginnings: BTreeMap<&'static str, Vec<KnownCookie>>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table = Table::default();
        for line in DATA.lines().skip(1) {
            let mut columns = line.split('\t');
            let mut column = || columns.next().unwrap_or_default();
            let (name, platform, category) = (column(), column(), column());
            let known = KnownCookie { name, platform, category, domain: column(), retention: column() };
            match name.strip_suffix('*') {
                Some(beginning) => table.beginnings.entry(beginning).or_default().push(known),
                None => table.names.entry(name).or_default().push(known),
            }
        }
        table
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_whole_and_found_by_its_name() {
        let rows: Vec<_> = DATA.lines().skip(1).collect();
        assert!(rows.len() > 2_200, "{}", rows.len());
        for row in rows {
            let columns: Vec<_> = row.split('\t').collect();
            assert_eq!(columns.len(), 5, "{row}");
            let [name, platform, category, ..] = columns[..] else { unreachable!() };
            assert!(!name.trim_end_matches('*').is_empty(), "{row}");
            assert!(
                ["Analytics", "Functional", "Marketing", "Necessary", "Personalization", "Security"]
                    .contains(&category),
                "{row}"
            );
            let sought = name.replace('*', "");
            assert!(cookies(&sought).any(|known| known.name == name && known.platform == platform), "{row}");
        }
    }

    #[test]
    fn the_exact_name_comes_before_beginnings_and_longer_ones_before_shorter() {
        let names: Vec<_> = cookies("mage-cache-storage-section-invalidation").map(|known| known.name).collect();
        assert_eq!(names, ["mage-cache-storage-section-invalidation*", "mage-cache-storage*"]);
        assert_eq!(cookies("_ga").next().unwrap().name, "_ga");
    }

    #[test]
    fn what_is_not_a_plain_length_of_time_is_unknown() {
        let of = |retention| {
            KnownCookie { name: "n", platform: "p", category: "Functional", domain: "", retention }.lifetime()
        };
        assert_eq!(of("13 months"), "395 days");
        assert_eq!(of("24 hours"), "24 hours");
        assert_eq!(of("End of session (browser)"), "session");
        for unclear in ["forever", "", "180 days after last activity or 10 years when opting out", "0 days", "1 second"]
        {
            assert_eq!(of(unclear), "unknown", "{unclear}");
        }
    }
}
