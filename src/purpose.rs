//! What data is processed for: the unit a visitor says yes or no to.
//!
//! In: text. Out: a checked [`PurposeId`] and the [`PurposeKind`] it belongs to. Knows neither policies nor HTTP.

use std::{borrow::Borrow, fmt, str::FromStr, sync::Arc};

/// The name of a purpose: lower-case letters, digits and hyphens, 1 to 40 characters, beginning with a letter.
///
/// The alphabet is narrow because the name stands in cookies, forms, headers and addresses, where nothing then
/// needs to be escaped.
///
/// # Example
///
/// ```
/// use tower_consent::purpose::PurposeId;
/// let id: PurposeId = "recommendations".parse().unwrap();
/// assert_eq!(id.as_str(), "recommendations");
/// assert!("Реклама".parse::<PurposeId>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
// Copied several times for each request.
pub struct PurposeId(Arc<str>);

impl PurposeId {
    /// Returns the name as text.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Policy, purpose::PurposeId};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let id: PurposeId = "metrics".parse().unwrap();
    /// assert!(policy.purpose(id.as_str()).is_some());
    /// ```
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for PurposeId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PurposeId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for PurposeId {
    type Err = InvalidPurposeId;

    fn from_str(text: &str) -> Result<Self, InvalidPurposeId> {
        if is_identifier(text) { Ok(Self(text.into())) } else { Err(InvalidPurposeId(text.to_owned())) }
    }
}

/// A name that cannot be a [`PurposeId`]; holds the name as given.
///
/// # Example
///
/// ```
/// use tower_consent::purpose::PurposeId;
/// let error = "Метрика".parse::<PurposeId>().unwrap_err();
/// assert!(error.to_string().starts_with("`Метрика` is no identifier"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no identifier: 1 to 40 lower-case letters, digits and hyphens, a letter first")]
pub struct InvalidPurposeId(String);

/// Says whether the text is a kebab-case identifier of 1 to 40 characters.
pub(crate) fn is_identifier(text: &str) -> bool {
    text.len() <= 40
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

/// What sort of purpose it is; decides what law asks of it.
///
/// # Example
///
/// ```
/// use tower_consent::{Policy, purpose::PurposeKind};
/// let policy = Policy::load("policies/news-site").unwrap();
/// // The name of a purpose is the site's own; the kind tells the law what it is.
/// assert_eq!(policy.purpose("metrics").unwrap().kind, PurposeKind::Metrics);
/// let kind = PurposeKind::ALL.into_iter().find(|kind| kind.as_str() == "video");
/// assert_eq!(kind, Some(PurposeKind::Video));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PurposeKind {
    /// Advertisements and the measuring of them.
    Advertising,
    /// Counting visitors: in Russian law "metrics programs".
    Metrics,
    /// Without it the site does not work; the only kind that is never asked for.
    Necessary,
    /// Settings a visitor made for himself.
    Preferences,
    /// Selecting content by what is known of the visitor (149-FZ, article 10.2-2).
    Recommendations,
    /// Widgets of social networks.
    Social,
    /// Embedded video players.
    Video,
}

impl PurposeKind {
    /// Every kind, in the order of their names in a policy file.
    pub const ALL: [Self; 7] = [
        Self::Advertising,
        Self::Metrics,
        Self::Necessary,
        Self::Preferences,
        Self::Recommendations,
        Self::Social,
        Self::Video,
    ];

    /// Returns the word a policy file uses for this kind.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::purpose::PurposeKind;
    /// assert_eq!(PurposeKind::Metrics.as_str(), "metrics");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Advertising => "advertising",
            Self::Metrics => "metrics",
            Self::Necessary => "necessary",
            Self::Preferences => "preferences",
            Self::Recommendations => "recommendations",
            Self::Social => "social",
            Self::Video => "video",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_narrow() {
        for good in ["a", "metrics", "own-recommender", "a1-b2"] {
            assert!(good.parse::<PurposeId>().is_ok(), "{good}");
        }
        let long = "a".repeat(41);
        for bad in ["", "1a", "-a", "A", "a b", "a.b", "a\n", "é", long.as_str()] {
            assert!(bad.parse::<PurposeId>().is_err(), "{bad:?}");
        }
    }
}
