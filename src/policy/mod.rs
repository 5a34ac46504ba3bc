//! The policy of a site: a folder of text files, checked and ready to use.
//!
//! In: the files of a folder. Out: an immutable [`Policy`], or every fault at once as [`Diagnostic`]s with file,
//! line, column, reason and fix. A policy with a fault is never used in part. The room knows nothing of HTTP.

mod calendar;
mod compile;
mod conduct;
mod diagnostic;
mod explain;
mod folder;
mod format;
mod material;
mod operator;
mod purpose;
mod read;
mod service;
mod text;
mod word;

use std::{collections::BTreeMap, ops::Range, path::Path, time::Duration};

#[cfg(any(test, feature = "scan"))]
pub(crate) use self::compile::catalogue_service;
#[cfg(feature = "lint")]
pub(crate) use self::diagnostic::{Fault, nearest};
#[cfg(test)]
pub(crate) use self::format::BASES;
pub(crate) use self::format::OPERATIONS;
pub use self::{
    calendar::{Calendar, CalendarError, MissingYear},
    conduct::{Choice, ChoiceRule, Colour, Editorial, Gating, Look, RecordFields, RuleLevel, SignalRules, Theme},
    diagnostic::{Diagnostic, PolicyError},
    explain::{fault_codes, fault_meaning},
    folder::LoadError,
    format::{schema, template},
    material::{ChangeKind, Difference, EditorialMark, PartChange, PurposeChange},
    operator::{
        Depersonalisation, Destruction, Notice, Operator, Processing, Recommendations, Responsible, Retention, Rights,
        Site, Storage,
    },
    purpose::Purpose,
    service::{Contract, Cookie, Lifetime, Service},
    text::{InvalidTerm, Term, Text, Unit},
    word::{
        AddressField, BrowserField, ConsentMode, Csp, Dnt, EndAction, Evidence, Exemption, GateMode, Gpc, Level,
        Method, Model, PageField, Pages, Party, Place, Profile, Radius, Role, Undeclared, Variant, Withheld,
    },
};
use self::{folder::read_folder, read::Places};
use crate::{
    documents::Document,
    language::{Labels, Language},
    purpose::PurposeId,
};

/// What a site promises, compiled from its text files; shared and never changed.
///
/// # Example
///
/// ```
/// use tower_consent::policy::Policy;
/// let policy = Policy::load("policies/news-site").unwrap();
/// assert_eq!(policy.purposes().len(), 3);
/// assert!(policy.purpose("metrics").unwrap().needs_consent());
/// ```
#[derive(Clone, Debug)]
pub struct Policy {
    version: String,
    site: Site,
    operator: Operator,
    processing: Processing,
    storage: Option<Storage>,
    retention: Retention,
    rights: Rights,
    destruction: Option<Destruction>,
    recommendations: Recommendations,
    choice: Choice,
    cookie_domain: Option<String>,
    record: RecordFields,
    look: Look,
    gate: Gating,
    signals: SignalRules,
    labels: BTreeMap<Language, BTreeMap<String, String>>,
    /// The built-in words of each language of the site with its own ones over them.
    words: BTreeMap<Language, Labels>,
    editorial: Vec<Editorial>,
    rules: Vec<RuleLevel>,
    purposes: Vec<Purpose>,
    services: Vec<Service>,
    texts: BTreeMap<(Language, Document), String>,
    files: BTreeMap<String, String>,
    /// Where the values of `policy.toml` stand.
    places: Places,
    materials: BTreeMap<PurposeId, String>,
    /// Working days where the operator is.
    calendar: Calendar,
}

impl Policy {
    /// Reads and compiles a policy folder.
    ///
    /// `folder` holds `policy.toml`, one folder of Markdown texts for each language, and may hold a folder
    /// `catalogue` with services of its own and a `calendar.toml` with days off. Other files are ignored. What is worth a
    /// warning is told by [`Policy::check`] alone.
    ///
    /// # Errors
    ///
    /// [`LoadError::Read`] when a file cannot be read, is over 1 MiB or is not UTF-8; [`LoadError::Policy`] when
    /// anything in the files is wrong, with all faults.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{LoadError, Policy};
    /// assert_eq!(Policy::load("policies/news-site")?.services().len(), 5);
    /// let missing = Policy::load("policies/no-such-site").unwrap_err();
    /// assert!(matches!(missing, LoadError::Read { .. }));
    /// # Ok::<(), LoadError>(())
    /// ```
    pub fn load(folder: impl AsRef<Path>) -> Result<Self, LoadError> {
        match Self::check(Self::read(folder)?) {
            (Some(policy), _) => Ok(policy),
            (None, diagnostics) => Err(LoadError::Policy(PolicyError(diagnostics))),
        }
    }

    /// Reads the files of a policy folder that count, without looking at what they say.
    ///
    /// # Errors
    ///
    /// [`LoadError::Read`] when a file cannot be read, is over 1 MiB or is not UTF-8.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let files = Policy::read("policies/news-site")?;
    /// assert!(files.contains_key("ru/consent.md") && files.contains_key("policy.toml"));
    /// // Known services are part of the program, not of the folder.
    /// assert!(!files.contains_key("catalogue/yandex-metrika.toml"));
    /// # Ok::<(), tower_consent::policy::LoadError>(())
    /// ```
    pub fn read(folder: impl AsRef<Path>) -> Result<BTreeMap<String, String>, LoadError> {
        read_folder(folder.as_ref())
    }

    /// Compiles the files of a folder, given as names and texts; the policy is there when nothing found is an error.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let (policy, diagnostics) = Policy::check([("policy.toml", "[site]\nnam = \"x\"\n")]);
    /// assert!(policy.is_none());
    /// assert!(diagnostics.iter().any(|fault| fault.help.contains("did you mean `name`?")));
    /// ```
    pub fn check<N, T>(files: impl IntoIterator<Item = (N, T)>) -> (Option<Self>, Vec<Diagnostic>)
    where
        N: Into<String>,
        T: Into<String>,
    {
        compile::compile(files.into_iter().map(|(name, text)| (name.into(), text.into())).collect())
    }

    /// Returns the hash of the folder as published: 64 hexadecimal digits of SHA-256.
    ///
    /// It covers the known services that are used, too, so that a version holds everything it consists of.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let mut files = policy.files().clone();
    /// files.get_mut("ru/banner.md").unwrap().push_str(" ");
    /// assert_eq!(policy.version().len(), 64);
    /// assert_ne!(Policy::check(files).0.unwrap().version(), policy.version());
    /// ```
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Returns what is said of the site itself.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// assert_eq!(policy.site().origin.as_str(), "https://news.example/");
    /// ```
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Returns who processes the data.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// assert_eq!(policy.operator().name.in_language(&"ru".parse().unwrap()), "ООО «Вести Края»");
    /// ```
    pub fn operator(&self) -> &Operator {
        &self.operator
    }

    /// Returns how data is processed.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{Method, Policy};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// assert_eq!(policy.processing().method, Method::Mixed);
    /// assert!(policy.processing().operations.contains(&"depersonalise"));
    /// ```
    pub fn processing(&self) -> &Processing {
        &self.processing
    }

    /// Returns where the site's databases are, if the policy says so.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// // Data of Russian citizens is recorded in Russia.
    /// assert_eq!(policy.storage().unwrap().country, "RU");
    /// ```
    pub fn storage(&self) -> Option<&Storage> {
        self.storage.as_ref()
    }

    /// Returns how long evidence is kept.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// // The general limitation period, since the folder says nothing else.
    /// assert_eq!(policy.retention().records.to_string(), "3 years");
    /// ```
    pub fn retention(&self) -> &Retention {
        &self.retention
    }

    /// Returns how rights are used, and the terms of the answers.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// assert_eq!(policy.rights().access.to_string(), "10 working days");
    /// ```
    pub fn rights(&self) -> &Rights {
        &self.rights
    }

    /// Returns the working days of the operator's country: the built-in ones, with those of `calendar.toml` over them.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// assert!(policy.calendar().years().any(|year| year == 2026));
    /// ```
    pub fn calendar(&self) -> &Calendar {
        &self.calendar
    }

    /// Returns what an act of destruction says, if the policy has it.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// assert_eq!(policy.destruction().unwrap().signatories.len(), 2);
    /// ```
    pub fn destruction(&self) -> Option<&Destruction> {
        self.destruction.as_ref()
    }

    /// Returns the owner's data in the rules of recommendation technologies.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// // The folder has no `[recommendations]`: the operator stands in.
    /// assert_eq!(policy.recommendations().email, policy.operator().email);
    /// ```
    pub fn recommendations(&self) -> &Recommendations {
        &self.recommendations
    }

    /// Returns how a visitor's answer comes about and how long it holds.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{Model, Policy};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// assert_eq!(policy.choice().rule.model, Model::OptIn);
    /// assert_eq!(policy.choice().ask_again.to_string(), "180 days");
    /// ```
    pub fn choice(&self) -> &Choice {
        &self.choice
    }

    /// Returns how long an answer holds where no profile says otherwise.
    ///
    /// # Example
    ///
    /// ```
    /// use std::time::Duration;
    /// use tower_consent::policy::Policy;
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// assert_eq!(policy.remember(), Duration::from_secs(180 * 86_400));
    /// ```
    pub fn remember(&self) -> Duration {
        self.choice.rule.duration()
    }

    /// Returns the parent domain on which one choice holds, if there is one.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let mut files = Policy::read("policies/news-site").unwrap();
    /// assert_eq!(Policy::check(files.clone()).0.unwrap().cookie_domain(), None);
    /// files.get_mut("policy.toml").unwrap().push_str("[cookie]\ndomain = \".news.example\"\n");
    /// assert_eq!(Policy::check(files).0.unwrap().cookie_domain(), Some("news.example"));
    /// ```
    pub fn cookie_domain(&self) -> Option<&str> {
        self.cookie_domain.as_deref()
    }

    /// Returns the name of the cookie that remembers the choice.
    ///
    /// Over TLS its prefix binds it to this host, which a choice for all subdomains cannot have (RFC 6265bis, section
    /// 4.1.3).
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let mut files = Policy::read("policies/news-site").unwrap();
    /// assert_eq!(Policy::check(files.clone()).0.unwrap().cookie_name(), "__Host-tower-consent");
    /// files.get_mut("policy.toml").unwrap().push_str("[cookie]\ndomain = \"news.example\"\n");
    /// assert_eq!(Policy::check(files).0.unwrap().cookie_name(), "__Secure-tower-consent");
    /// ```
    pub fn cookie_name(&self) -> &'static str {
        match (self.site.origin.scheme(), &self.cookie_domain) {
            ("https", None) => "__Host-tower-consent",
            ("https", Some(_)) => "__Secure-tower-consent",
            _ => "tower-consent",
        }
    }

    /// Returns what a record keeps beyond the choice itself.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{AddressField, BrowserField, Policy};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// // Nothing unless told.
    /// assert_eq!((policy.record().address, policy.record().browser), (AddressField::None, BrowserField::None));
    /// ```
    pub fn record(&self) -> &RecordFields {
        &self.record
    }

    /// Returns how the banner looks.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// // Every page has a link to the centre, so that withdrawing is as easy as giving.
    /// assert!(policy.look().brand);
    /// ```
    pub fn look(&self) -> &Look {
        &self.look
    }

    /// Returns what happens to what is not allowed.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{Pages, Policy, Withheld};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// assert_eq!((policy.gate().pages, policy.gate().withheld), (Pages::PerVisitor, Withheld::Inert));
    /// ```
    pub fn gate(&self) -> Gating {
        self.gate
    }

    /// Returns what is read from browsers and told to others.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{Dnt, Gpc, Policy};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// assert_eq!((policy.signals().gpc, policy.signals().dnt), (Gpc::Honour, Dnt::Ignore));
    /// ```
    pub fn signals(&self) -> SignalRules {
        self.signals
    }

    /// Returns the site's own words in a language: label → message.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let mut files = Policy::read("policies/news-site").unwrap();
    /// files.get_mut("policy.toml").unwrap().push_str("[labels.ru]\nbanner-accept = \"Разрешить всё\"\n");
    /// let policy = Policy::check(files).0.unwrap();
    /// assert_eq!(policy.labels(&"ru".parse().unwrap()).unwrap()["banner-accept"], "Разрешить всё");
    /// assert!(policy.labels(&"en".parse().unwrap()).is_none());
    /// ```
    pub fn labels(&self, language: &Language) -> Option<&BTreeMap<String, String>> {
        self.labels.get(language)
    }

    /// Returns the words shown in a language: the built-in ones, with the site's own over them.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let words = policy.words(&"ru".parse().unwrap());
    /// assert_eq!(words.get("table-purpose"), "Цель");
    /// assert_eq!(words.fallen_back().count(), 0);
    /// ```
    pub fn words(&self, language: &Language) -> Labels {
        self.words.get(language).cloned().unwrap_or_else(|| Labels::of(language))
    }

    /// Returns the wording fixes that ask nobody again.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// // No text was touched up since its first version: every change of the consent asks again.
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// assert!(policy.editorial().is_empty());
    /// ```
    pub fn editorial(&self) -> &[Editorial] {
        &self.editorial
    }

    /// Returns the levels of rules that the policy changes.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let mut files = Policy::read("policies/news-site").unwrap();
    /// let own = "[[rule]]\ncode = \"RU-152-22-NOTICE\"\nlevel = \"off\"\nreason = \"sent, no number yet\"\n";
    /// files.get_mut("policy.toml").unwrap().push_str(own);
    /// let policy = Policy::check(files).0.unwrap();
    /// assert_eq!(policy.rules()[0].reason, "sent, no number yet");
    /// ```
    pub fn rules(&self) -> &[RuleLevel] {
        &self.rules
    }

    /// Returns all purposes, in the order of the file.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let ids: Vec<_> = policy.purposes().iter().map(|purpose| purpose.id.as_str()).collect();
    /// assert_eq!(ids, ["necessary", "metrics", "recommendations"]);
    /// ```
    pub fn purposes(&self) -> &[Purpose] {
        &self.purposes
    }

    /// Returns a purpose by its name.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// assert_eq!(policy.purpose("metrics").unwrap().retention.to_string(), "365 days");
    /// assert!(policy.purpose("advertising").is_none());
    /// ```
    pub fn purpose(&self, id: &str) -> Option<&Purpose> {
        self.purposes.iter().find(|purpose| purpose.id.as_str() == id)
    }

    /// Returns a service by its name.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::Policy;
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// assert_eq!(policy.service("smi2").unwrap().id, "smi2");
    /// assert!(policy.service("nobody").is_none());
    /// ```
    pub fn service(&self, id: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.id == id)
    }

    /// Returns the purposes a visitor is asked about.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let asked: Vec<_> = policy.asked().map(|purpose| purpose.id.as_str()).collect();
    /// assert_eq!(asked, ["metrics", "recommendations"]);
    /// ```
    pub fn asked(&self) -> impl Iterator<Item = &Purpose> {
        self.purposes.iter().filter(|purpose| purpose.needs_consent())
    }

    /// Returns all services, in the order of the file.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let counters = policy.services().iter().filter(|service| service.purposes[0].as_str() == "metrics");
    /// let ids: Vec<_> = counters.map(|service| &*service.id).collect();
    /// assert_eq!(ids, ["yandex-metrika", "top-mail-ru", "liveinternet"]);
    /// ```
    pub fn services(&self) -> &[Service] {
        &self.services
    }

    /// Returns the Markdown of a document in a language of the site.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{documents::Document, policy::Policy};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let consent = policy.text(&"en".parse().unwrap(), Document::Consent).unwrap();
    /// assert!(consent.contains("{{ table.purposes }}"));
    /// assert_eq!(policy.text(&"de".parse().unwrap(), Document::Consent), None);
    /// ```
    pub fn text(&self, language: &Language, document: Document) -> Option<&str> {
        self.texts.get(&(language.clone(), document)).map(String::as_str)
    }

    /// Returns the documents that have an address of their own, in the order they are listed to a visitor: the rules
    /// of recommendation technologies only where the site has them.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{documents::Document, policy::Policy};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let names: Vec<_> = policy.documents().map(Document::as_str).collect();
    /// assert_eq!(names, ["consent", "policy", "recommendations", "cookies"]);
    /// ```
    pub fn documents(&self) -> impl Iterator<Item = Document> {
        let rules = self.text(&self.site.languages[0], Document::Recommendations).is_some();
        Document::PAGES.into_iter().filter(move |document| *document != Document::Recommendations || rules)
    }

    /// Returns the files of the folder as they were published, and the known services that are used.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// assert!(policy.files()["ru/consent.md"].starts_with("# Согласие"));
    /// // What the program knows of the counter was part of what was published.
    /// assert!(policy.files().contains_key("catalogue/yandex-metrika.toml"));
    /// ```
    pub fn files(&self) -> &BTreeMap<String, String> {
        &self.files
    }

    /// Returns the bytes of `policy.toml` where a value stands: `operator.address`, `purpose.metrics.retention`,
    /// `service.yandex-metrika.country`. Of a value that is not there, those of the table it would stand in.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let place = policy.place("purpose.metrics.retention");
    /// assert_eq!(&policy.files()["policy.toml"][place], "\"365 days\"");
    /// ```
    pub fn place(&self, path: &str) -> Range<usize> {
        read::place(&self.places, path)
    }
}
