//! What a rule is given, and where it puts what it finds.
//!
//! In: a policy, pages of the site. Out: its texts as read by visitors, its banners and pages as HTML trees, made once
//! for all rules; findings with their places.

use std::{cell::OnceCell, collections::BTreeMap, ops::Range};

use scraper::Html;

use super::{
    Finding, Page,
    reading::{Reading, Tables},
    rule::Rule,
};
use crate::{
    banner::Banners,
    documents::Document,
    gate::Matcher,
    language::Language,
    policy::{Diagnostic, Fault, Level, Policy, Profile, Service},
};

/// Path under which the endpoints are looked for in texts: links to the centre and the documents.
pub(super) const PREFIX: &str = "/_consent";

/// A policy with all that rules look at.
#[derive(Debug)]
pub(super) struct Case<'p> {
    pub(super) policy: &'p Policy,
    readings: BTreeMap<(Language, Document), Reading>,
    banners: BTreeMap<Language, Html>,
    pages: Vec<(&'p Page, Html)>,
    matcher: OnceCell<Matcher>,
    profiles: &'p [Profile],
    /// Kinds of purposes by the names of the catalogue.
    kinds: OnceCell<BTreeMap<String, String>>,
}

impl<'p> Case<'p> {
    pub(super) fn new(policy: &'p Policy, pages: &'p [Page], profiles: &'p [Profile]) -> Self {
        let languages = &policy.site().languages;
        let mut readings = BTreeMap::new();
        for language in languages {
            let mut tables = Tables::new();
            for document in Document::FILES {
                if let Some(reading) = Reading::new(policy, language, document, PREFIX, &mut tables) {
                    readings.insert((language.clone(), document), reading);
                }
            }
        }
        let banners = Banners::new(policy, PREFIX);
        let parsed =
            |language: &Language| Some((language.clone(), Html::parse_fragment(&banners.of(language)?.notice)));
        Self {
            policy,
            readings,
            banners: languages.iter().filter_map(parsed).collect(),
            pages: pages.iter().map(|page| (page, Html::parse_document(&page.html))).collect(),
            matcher: OnceCell::new(),
            profiles,
            kinds: OnceCell::new(),
        }
    }

    /// Says whether the rules of a body of law are applied.
    pub(super) fn keeps(&self, profile: Profile) -> bool {
        profile == Profile::Base || self.profiles.iter().any(|own| own.includes(profile))
    }

    /// Returns the texts of one document, in every language of the site whose primary tag is `language`.
    pub(super) fn readings<'c>(
        &'c self,
        document: Document,
        language: &'c str,
    ) -> impl Iterator<Item = (&'c Language, &'c Reading)> {
        self.every(document).filter(move |(own, _)| own.primary() == language)
    }

    /// Returns the texts of one document in all languages.
    pub(super) fn every(&self, document: Document) -> impl Iterator<Item = (&Language, &Reading)> {
        self.readings
            .iter()
            .filter(move |((_, own), _)| *own == document)
            .map(|((language, _), reading)| (language, reading))
    }

    /// Returns the banner in each language, as it is put into pages.
    pub(super) fn banners(&self) -> impl Iterator<Item = (&Language, &Html)> {
        self.banners.iter()
    }

    /// Returns what tells which service an address or an inline script belongs to.
    pub(super) fn matcher(&self) -> &Matcher {
        self.matcher.get_or_init(|| Matcher::new(self.policy))
    }

    /// Returns the kind of purpose the catalogue knows a service for.
    pub(super) fn catalogue_kind(&self, service: &Service) -> Option<&str> {
        let kinds = self.kinds.get_or_init(|| {
            let known = self.policy.files().iter().filter_map(|(path, text)| {
                let id = path.strip_prefix("catalogue/")?.strip_suffix(".toml")?;
                let table: toml::Table = toml::from_str(text).ok()?;
                Some((id.to_owned(), table.get("kind")?.as_str()?.to_owned()))
            });
            known.collect()
        });
        kinds.get(service.catalogue.as_ref()?).map(String::as_str)
    }

    /// Returns the pages of the site that were given.
    pub(super) fn pages(&self) -> impl Iterator<Item = (&'p Page, &Html)> {
        self.pages.iter().map(|(page, html)| (*page, html))
    }
}

/// Collects what one rule finds.
#[derive(Debug)]
pub(super) struct Found<'c, 'p> {
    pub(super) case: &'c Case<'p>,
    pub(super) rule: &'static Rule,
    pub(super) findings: Vec<Finding>,
}

impl Found<'_, '_> {
    /// Finds something at a value of `policy.toml`, named as [`Policy::place`] names it.
    pub(super) fn value(&mut self, path: &str, message: impl Into<String>, help: impl Into<String>) {
        let span = self.case.policy.place(path);
        self.add("policy.toml", span, message.into(), help.into());
    }

    /// Finds something at a value of `policy.toml` that counts less than the rule's other findings.
    pub(super) fn lesser(&mut self, level: Level, path: &str, message: impl Into<String>, help: impl Into<String>) {
        self.value(path, message, help);
        if let Some(finding) = self.findings.last_mut() {
            finding.diagnostic.level = level;
        }
    }

    /// Finds something in a text.
    pub(super) fn text(
        &mut self,
        reading: &Reading,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        self.add(&reading.file, span, message.into(), help.into());
    }

    /// Finds something in a page.
    pub(super) fn page(
        &mut self,
        page: &Page,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let fault = Fault {
            code: self.rule.code,
            file: &page.name,
            text: &page.html,
            span,
            message: message.into(),
            help: help.into(),
        };
        self.push(Diagnostic::fault(fault));
    }

    fn add(&mut self, file: &str, span: Range<usize>, message: String, help: String) {
        let text = self.case.policy.files().get(file).map_or("", String::as_str);
        self.push(Diagnostic::fault(Fault { code: self.rule.code, file, text, span, message, help }));
    }

    fn push(&mut self, diagnostic: Diagnostic) {
        let diagnostic = Diagnostic { level: self.rule.level, ..diagnostic };
        self.findings.push(Finding { diagnostic, rule: Some(self.rule), reason: None });
    }
}

/// Says whether a level is one that is reported.
pub(super) fn is_reported(level: Level) -> bool {
    level != Level::Off
}
