//! Rules of law and technique, held against a policy.
//!
//! In: a [`Policy`], pages of the site if there are any. Out: a [`Report`] of [`Finding`]s, each with its rule, the
//! place in the policy's files, and how to mend it. A rule judges form and consistency, never lawfulness. One rule is
//! one file, with its explanation beside it; the samples in the explanations are run by the tests. What the law says
//! is data in `policies/law`. No I/O; nothing here stops a server from starting.

mod base;
mod case;
mod eu;
mod law;
mod markup;
mod reading;
mod ru;
mod rule;
#[cfg(test)]
mod sample;
mod us;

use self::case::{Case, Found, is_reported};
pub use self::{
    law::{Basis, Elsewhere, Fine, elsewhere},
    rule::{Kind, Rule},
};
use crate::policy::{Diagnostic, Fault, Level, Policy, Profile, nearest};

/// The rules of each body of law, in the order they are run.
const RULES: &[&[&Rule]] = &[ru::RULES, eu::RULES, us::RULES, base::RULES];

/// Returns every rule, in the order they are run.
///
/// # Example
///
/// ```
/// assert!(tower_consent::lint::rules().any(|rule| rule.code() == "RU-152-9-4-TERM"));
/// ```
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    RULES.iter().flat_map(|rules| rules.iter().copied())
}

/// Returns a rule by its code.
///
/// # Example
///
/// ```
/// use tower_consent::lint::rule;
/// assert_eq!(rule("A11Y-LANG").unwrap().code(), "A11Y-LANG");
/// assert!(rule("a11y-lang").is_none());
/// ```
pub fn rule(code: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.code == code)
}

/// A page of the site as it was saved, with a banner of its own or without.
///
/// # Example
///
/// ```
/// use tower_consent::{Policy, lint::{Check, Page}};
/// let policy = Policy::load("policies/news-site").unwrap();
/// let pages = [Page { name: "sport.html".to_owned(), html: "<p>Спорт</p>".to_owned() }];
/// let report = Check::new(&policy).pages(&pages).run();
/// assert!(report.findings().iter().any(|finding| finding.diagnostic.file == "sport.html"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// What it is called in findings, such as its file name.
    pub name: String,
    /// Its HTML.
    pub html: String,
}

/// Something a rule found.
///
/// # Example
///
/// ```
/// use tower_consent::{Policy, lint::Check};
/// let mut files = Policy::read("policies/news-site").unwrap();
/// let endless = files["ru/consent.md"].replace("действует со дня моего выбора", "действует бессрочно");
/// files.insert("ru/consent.md".to_owned(), endless);
/// let policy = Policy::check(files).0.unwrap();
/// let report = Check::new(&policy).run();
/// let finding = &report.findings()[0];
/// assert_eq!(finding.rule.unwrap().code(), "RU-152-9-4-TERM");
/// assert_eq!(finding.diagnostic.file, "ru/consent.md");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Finding {
    /// Place, message, fix and level.
    pub diagnostic: Diagnostic,
    /// The rule; none where the policy's own `[[rule]]` tables are at fault.
    pub rule: Option<&'static Rule>,
    /// Why the policy gives its rule another level, where it does.
    pub reason: Option<String>,
}

/// What all rules found.
///
/// # Example
///
/// ```
/// use tower_consent::{Policy, lint::Check, policy::Profile};
/// // A policy made for Russia, held against the law of the European Union.
/// let policy = Policy::load("policies/news-site").unwrap();
/// let report = Check::new(&policy).profiles(&[Profile::Eu]).run();
/// assert!(report.findings().iter().any(|finding| finding.diagnostic.code.starts_with("EU-")));
/// assert!(report.silenced().is_empty());
/// ```
#[derive(Clone, Debug, Default)]
pub struct Report {
    findings: Vec<Finding>,
    silenced: Vec<Finding>,
}

impl Report {
    /// Returns what was found, in the order of files and places, `policy.toml` first.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Policy, lint::Check};
    /// let mut files = Policy::read("policies/news-site").unwrap();
    /// let text = files["policy.toml"].replace("notice = {", "# notice = {");
    /// files.insert("policy.toml".to_owned(), text);
    /// let policy = Policy::check(files).0.unwrap();
    /// let report = Check::new(&policy).run();
    /// let codes: Vec<_> = report.findings().iter().map(|finding| finding.diagnostic.code).collect();
    /// assert_eq!(codes, ["RU-152-22-NOTICE"]);
    /// ```
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Returns what was found by rules the policy switches off; each has the reason.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Policy, lint::Check};
    /// # let mut files = Policy::read("policies/news-site").unwrap();
    /// # let mut text = files["policy.toml"].replace("notice = {", "# notice = {");
    /// text.push_str("[[rule]]\ncode = \"RU-152-22-NOTICE\"\nlevel = \"off\"\nreason = \"sent, no number yet\"\n");
    /// # files.insert("policy.toml".to_owned(), text);
    /// let policy = Policy::check(files).0.unwrap();
    /// let report = Check::new(&policy).run();
    /// assert!(report.findings().is_empty());
    /// assert_eq!(report.silenced()[0].reason.as_deref(), Some("sent, no number yet"));
    /// ```
    pub fn silenced(&self) -> &[Finding] {
        &self.silenced
    }

    /// Returns the number of findings of a level.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Policy, lint::Check, policy::Level};
    /// # let mut files = Policy::read("policies/news-site").unwrap();
    /// let text = files["policy.toml"].replace("notice = {", "# notice = {");
    /// # files.insert("policy.toml".to_owned(), text);
    /// let policy = Policy::check(files).0.unwrap();
    /// let check = Check::new(&policy);
    /// assert_eq!(check.clone().run().count(Level::Warning), 1);
    /// assert_eq!(check.strict(true).run().count(Level::Error), 1);
    /// ```
    pub fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.diagnostic.level == level).count()
    }
}

/// A check of one policy.
///
/// # Example
///
/// ```
/// use tower_consent::{Policy, lint::Check};
/// let policy = Policy::load("policies/news-site").unwrap();
/// assert!(Check::new(&policy).run().findings().is_empty());
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Check<'p> {
    policy: &'p Policy,
    pages: &'p [Page],
    profiles: &'p [Profile],
    strict: bool,
}

impl<'p> Check<'p> {
    /// Begins a check of a policy by the rules of the profiles it keeps.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Policy, lint::Check};
    /// // The shop keeps the law of many countries, Russia's is not among it.
    /// let policy = Policy::load("policies/shop").unwrap();
    /// let report = Check::new(&policy).run();
    /// assert!(report.findings().iter().all(|finding| !finding.diagnostic.code.starts_with("RU-")));
    /// ```
    pub fn new(policy: &'p Policy) -> Self {
        Self { policy, pages: &[], profiles: &policy.site().profiles, strict: false }
    }

    /// Holds pages of the site against the rules of markup, too.
    ///
    /// Default: none, since only the site knows its pages.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Policy, lint::{Check, Page}};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let pages = [Page { name: "front.html".to_owned(), html: "<html><p>news</p></html>".to_owned() }];
    /// let report = Check::new(&policy).pages(&pages).run();
    /// // A screen reader is not told in which language to read it.
    /// let codes = report.findings().iter().filter_map(|finding| Some(finding.rule?.code()));
    /// assert!(codes.into_iter().any(|code| code == "A11Y-LANG"));
    /// ```
    pub fn pages(self, pages: &'p [Page]) -> Self {
        Self { pages, ..self }
    }

    /// Takes the rules of other bodies of law than those the policy keeps; those of `base` always apply.
    ///
    /// Default: those of the policy, since a site knows whom it serves.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Policy, lint::Check, policy::Profile};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let report = Check::new(&policy).profiles(&[Profile::Base]).run();
    /// assert!(report.findings().iter().all(|finding| !finding.diagnostic.code.starts_with("RU-")));
    /// ```
    pub fn profiles(self, profiles: &'p [Profile]) -> Self {
        Self { profiles, ..self }
    }

    /// Counts the warnings of some rules as errors: those on which practice is stricter than the letter.
    ///
    /// Default: no.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Policy, lint::Check};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// assert!(Check::new(&policy).strict(true).run().findings().is_empty());
    /// ```
    pub fn strict(self, strict: bool) -> Self {
        Self { strict, ..self }
    }

    /// Runs every rule that applies.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Policy, lint::Check};
    /// let mut files = Policy::read("policies/news-site").unwrap();
    /// files.get_mut("policy.toml").unwrap().push_str("[banner]\ntarget-size = \"20px\"\n");
    /// let policy = Policy::check(files).0.unwrap();
    /// let report = Check::new(&policy).run();
    /// assert!(report.findings().iter().any(|finding| finding.diagnostic.code == "A11Y-TARGET"));
    /// ```
    pub fn run(self) -> Report {
        let case = Case::new(self.policy, self.pages, self.profiles);
        let mut report = Report::default();
        let keeps = |rule: &Rule| rule.profiles.iter().any(|profile| case.keeps(*profile));
        for rule in rules().filter(|rule| keeps(rule)) {
            let mut found = Found { case: &case, rule, findings: Vec::new() };
            (rule.check)(&case, &mut found);
            let own = self.policy.rules().iter().find(|own| own.code == rule.code);
            for mut finding in found.findings {
                if self.strict && rule.strict && finding.diagnostic.level == Level::Warning {
                    finding.diagnostic.level = Level::Error;
                }
                if let Some(own) = own {
                    finding.diagnostic.level = own.level;
                    finding.reason = Some(own.reason.clone());
                }
                let kept = is_reported(finding.diagnostic.level);
                if kept { &mut report.findings } else { &mut report.silenced }.push(finding);
            }
        }
        self.levels(&mut report);
        for list in [&mut report.findings, &mut report.silenced] {
            list.sort_by_key(|finding| {
                let place = &finding.diagnostic;
                (place.file != "policy.toml", place.file.clone(), place.span.start)
            });
        }
        report
    }

    /// Tells of levels for rules that do not exist, or that found nothing.
    fn levels(&self, report: &mut Report) {
        for own in self.policy.rules() {
            let is_known = rule(&own.code).is_some();
            let matched = report
                .findings
                .iter()
                .chain(&report.silenced)
                .any(|finding| finding.rule.is_some_and(|rule| rule.code == own.code));
            let (code, level, message, help) = if !is_known {
                let help = match nearest(&own.code, rules().map(Rule::code)) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => "name a rule that `check` has printed, or remove the table".to_owned(),
                };
                ("unknown-rule", Level::Error, format!("no rule is called `{}`", own.code), help)
            } else if !matched {
                let message = format!("`{}` finds nothing, so its level is not needed", own.code);
                ("unused-level", Level::Warning, message, "remove the table".to_owned())
            } else {
                continue;
            };
            let fault = Fault {
                code,
                file: "policy.toml",
                text: &self.policy.files()["policy.toml"],
                span: self.policy.place(&format!("rule.{}.code", own.code)),
                message,
                help,
            };
            let diagnostic = Diagnostic { level, ..Diagnostic::fault(fault) };
            report.findings.push(Finding { diagnostic, rule: None, reason: None });
        }
    }
}
