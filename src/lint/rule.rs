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
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// Returns the bodies of law it belongs to; it applies to sites that keep one of them.
    pub fn profiles(&self) -> &'static [Profile] {
        self.profiles
    }

    /// Returns what a finding of it counts as, unless the policy says otherwise.
    pub fn level(&self) -> Level {
        self.level
    }

    /// Says whether a strict check counts its warnings as errors.
    pub fn is_strict(&self) -> bool {
        self.strict
    }

    /// Returns how it is decided.
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
    pub fn explanation(&self) -> &'static str {
        self.explanation
    }

    /// Returns article, source and confidence, as the law data has them.
    pub fn basis(&self) -> &'static Basis {
        law::basis(self.code).expect("a test looks up every rule in the law data")
    }

    /// Returns the fine that applies where it is broken, if the law data knows one.
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
