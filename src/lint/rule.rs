//! One rule: what it is called, whose law it is, how it is decided.
//!
//! In: nothing. Out: [`Rule`], with its explanation and what the law data says of it. It decides nothing itself.

use std::fmt;

use super::{
    case::{Case, Found},
    law::{self, Basis, Fine},
};
use crate::policy::{Level, Profile};

/// How a rule is decided.
///
/// # Example
///
/// ```
/// use tower_consent::lint::{Kind, rules};
/// // What only the pages of a site can tell; without pages these rules find nothing.
/// let mut of_pages = rules().filter(|rule| rule.kinds() == [Kind::Markup]);
/// assert!(of_pages.any(|rule| rule.code() == "A11Y-LANG"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// By the values of `policy.toml`.
    Configuration,
    /// By a text as it is rendered.
    Text,
    /// By the HTML of a banner or page.
    Markup,
    /// By a setting that makes the layer hold it while it runs.
    Runtime,
}

impl Kind {
    /// Returns the word for it.
    ///
    /// # Example
    ///
    /// ```
    /// assert_eq!(tower_consent::lint::Kind::Markup.as_str(), "markup");
    /// ```
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Text => "text",
            Self::Markup => "markup",
            Self::Runtime => "runtime",
        }
    }
}

/// One rule a policy is held against.
///
/// # Example
///
/// ```
/// use tower_consent::{lint::{Rule, rules}, policy::Profile};
/// let russian = rules().filter(|rule| rule.profiles().contains(&Profile::Ru));
/// let strict: Vec<_> = russian.filter(|rule| rule.is_strict()).map(Rule::code).collect();
/// assert!(strict.contains(&"RU-152-22-NOTICE"));
/// ```
pub struct Rule {
    pub(super) code: &'static str,
    /// The bodies of law it belongs to; the policy its samples change is that of the first.
    pub(super) profiles: &'static [Profile],
    pub(super) level: Level,
    /// Whether `--strict` makes its warnings errors.
    pub(super) strict: bool,
    pub(super) kinds: &'static [Kind],
    /// The Markdown file beside its source.
    pub(super) explanation: &'static str,
    pub(super) check: fn(&Case<'_>, &mut Found<'_, '_>),
}

impl Rule {
    /// Returns its code, such as `RU-152-9-4-TERM`.
    ///
    /// # Example
    ///
    /// ```
    /// use std::collections::BTreeSet;
    /// use tower_consent::lint::{Rule, rules};
    /// // `[[rule]]` tables of a policy name rules by it, so that no two rules share one.
    /// let codes: BTreeSet<_> = rules().map(Rule::code).collect();
    /// assert_eq!(codes.len(), rules().count());
    /// ```
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// Returns the bodies of law it belongs to; it applies to sites that keep one of them.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{lint::rule, policy::Profile};
    /// assert_eq!(rule("RU-152-9-4-TERM").unwrap().profiles(), [Profile::Ru]);
    /// assert_eq!(rule("A11Y-LANG").unwrap().profiles(), [Profile::Base]);
    /// ```
    pub fn profiles(&self) -> &'static [Profile] {
        self.profiles
    }

    /// Returns what a finding of it counts as, unless the policy says otherwise.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{lint::rule, policy::Level};
    /// assert_eq!(rule("RU-152-9-4-TERM").unwrap().level(), Level::Error);
    /// assert_eq!(rule("RU-152-22-NOTICE").unwrap().level(), Level::Warning);
    /// ```
    pub fn level(&self) -> Level {
        self.level
    }

    /// Says whether a strict check counts its warnings as errors.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{lint::rules, policy::Level};
    /// // Errors need no strictness.
    /// assert!(rules().filter(|rule| rule.is_strict()).all(|rule| rule.level() == Level::Warning));
    /// ```
    pub fn is_strict(&self) -> bool {
        self.strict
    }

    /// Returns how it is decided.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::lint::{Kind, rule};
    /// // Terms of cookies stand in `policy.toml`, the term of the consent in its text.
    /// assert_eq!(rule("RU-152-9-4-TERM").unwrap().kinds(), [Kind::Configuration, Kind::Text]);
    /// ```
    pub fn kinds(&self) -> &'static [Kind] {
        self.kinds
    }

    /// Returns what it expects, in one sentence: the heading of its explanation.
    ///
    /// # Example
    ///
    /// ```
    /// let rule = tower_consent::lint::rule("RU-152-9-4-TERM").unwrap();
    /// assert_eq!(rule.expectation(), "The consent says how long it is valid");
    /// ```
    pub fn expectation(&self) -> &'static str {
        self.explanation.lines().next().map_or("", |line| line.trim_start_matches("# ").trim())
    }

    /// Returns its explanation, in Markdown: what, why, a bad and a good sample, how to mend.
    ///
    /// # Example
    ///
    /// ```
    /// let rule = tower_consent::lint::rule("RU-152-9-4-TERM").unwrap();
    /// let (_, mending) = rule.explanation().split_once("## How to mend").unwrap();
    /// assert!(mending.contains("{{ choice.remember }}"));
    /// ```
    pub fn explanation(&self) -> &'static str {
        self.explanation
    }

    /// Returns article, source and confidence, as the law data has them.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::lint::rules;
    /// // A finding that cites Russian law names the act.
    /// let russian = rules().filter(|rule| rule.code().starts_with("RU-152-"));
    /// assert!(russian.into_iter().all(|rule| rule.basis().article.contains("152-FZ")));
    /// ```
    pub fn basis(&self) -> &'static Basis {
        law::basis(self.code).expect("a test looks up every rule in the law data")
    }

    /// Returns the fine that applies where it is broken, if the law data knows one.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::lint::rule;
    /// assert!(rule("RU-152-9-4-TERM").unwrap().fine().unwrap().article.contains("13.11(2)"));
    /// assert!(rule("RU-152-6-3").unwrap().fine().is_none());
    /// ```
    pub fn fine(&self) -> Option<&'static Fine> {
        self.basis().fine.as_deref().and_then(law::fine)
    }
}

/// Only the code: the rest is the same in every program.
impl fmt::Debug for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Rule({})", self.code)
    }
}
