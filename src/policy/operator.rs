//! Who processes data, how, where and for how long: the first half of a policy file as types.

use time::Date;
use url::Url;

use super::{
    text::{Term, Text},
    word::{Evidence, Method, Profile},
};
use crate::language::Language;

/// What a policy says of the site.
///
/// # Example
///
/// ```
/// use tower_consent::policy::Policy;
/// let policy = Policy::load("policies/shop").unwrap();
/// let site = policy.site();
/// // English is shown first, the German text binds.
/// assert_eq!((site.languages[0].as_str(), site.binding.as_str()), ("en", "de"));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Site {
    /// Name in the texts.
    pub name: Text,
    /// Where visitors reach it: scheme and host.
    pub origin: Url,
    /// Languages of its texts, the default first; never empty.
    pub languages: Vec<Language>,
    /// The language whose consent text binds.
    pub binding: Language,
    /// The law it keeps; `base` always among it.
    pub profiles: Vec<Profile>,
}

impl Site {
    /// Says whether the rules of a profile apply to the site.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{Policy, Profile};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// assert!(policy.site().keeps(Profile::Ru));
    /// assert!(policy.site().keeps(Profile::Base));
    /// ```
    pub fn keeps(&self, profile: Profile) -> bool {
        self.profiles.iter().any(|own| own.includes(profile))
    }
}

/// Who processes the data and answers for it (152-FZ, article 9(4); GDPR, article 13(1)(a)).
///
/// # Example
///
/// ```
/// use tower_consent::policy::Policy;
/// let policy = Policy::load("policies/shop").unwrap();
/// let operator = policy.operator();
/// assert_eq!((&*operator.country, operator.tax_id.as_deref()), ("DE", None));
/// assert_eq!(operator.registration.as_deref(), Some("HRB 000000, Amtsgericht Hamburg"));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Operator {
    /// Full name.
    pub name: Text,
    /// Postal address.
    pub address: Text,
    /// Where a person can write.
    pub email: String,
    /// Country, two letters.
    pub country: String,
    /// Telephone.
    pub phone: Option<String>,
    /// Taxpayer number.
    pub tax_id: Option<String>,
    /// Number in the register of companies.
    pub registration: Option<String>,
    /// The person responsible for processing.
    pub responsible: Option<Responsible>,
    /// Representative in the European Union.
    pub representative: Option<Text>,
    /// The notice to the regulator.
    pub notice: Option<Notice>,
}

/// The person responsible for processing (152-FZ, article 22.1; GDPR, article 37).
///
/// # Example
///
/// ```
/// use tower_consent::policy::Policy;
/// let policy = Policy::load("policies/news-site").unwrap();
/// let responsible = policy.operator().responsible.as_ref().unwrap();
/// assert_eq!(responsible.name.in_language(&"ru".parse().unwrap()), "Специалист по защите данных");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Responsible {
    /// Name or post.
    pub name: Text,
    /// Mail address.
    pub email: String,
}

/// The notice to the regulator (152-FZ, article 22).
///
/// # Example
///
/// ```
/// use time::macros::date;
/// use tower_consent::policy::Policy;
/// let policy = Policy::load("policies/news-site").unwrap();
/// let notice = policy.operator().notice.as_ref().unwrap();
/// assert_eq!((notice.number.as_deref(), notice.date), (Some("23-24-000000"), Some(date!(2024-03-01))));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Notice {
    /// Number in the register of operators.
    pub number: Option<String>,
    /// Day of the entry.
    pub date: Option<Date>,
    /// Ground for sending none.
    pub exemption: Option<Text>,
    /// Operations as notified; empty when not told.
    pub operations: Vec<&'static str>,
}

/// How data is processed.
///
/// # Example
///
/// ```
/// use tower_consent::policy::{Method, Policy};
/// let policy = Policy::load("policies/news-site").unwrap();
/// let processing = policy.processing();
/// // Mixed processing has at least one step that is done by hand.
/// assert!(processing.method == Method::Mixed && !processing.manual_steps.is_empty());
/// assert!(!processing.special_categories);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Processing {
    /// The general way.
    pub method: Method,
    /// Operations of 152-FZ, article 3(3), as words of a policy file.
    pub operations: Vec<&'static str>,
    /// What is done by hand.
    pub manual_steps: Vec<Text>,
    /// Whether data goes over the internal network.
    pub internal_network: bool,
    /// Whether data goes over the Internet.
    pub internet: bool,
    /// How data is depersonalised.
    pub depersonalisation: Option<Depersonalisation>,
    /// Whether special or biometric data is processed.
    pub special_categories: bool,
    /// How automated decisions are made.
    pub profiling: Option<Text>,
}

/// How data is depersonalised (152-FZ, article 13.1).
///
/// # Example
///
/// ```
/// use tower_consent::policy::Policy;
/// let policy = Policy::load("policies/news-site").unwrap();
/// let depersonalisation = policy.processing().depersonalisation.as_ref().unwrap();
/// assert_eq!(depersonalisation.method.in_language(&"ru".parse().unwrap()), "введение идентификаторов");
/// assert!(depersonalisation.separate);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Depersonalisation {
    /// The approved method.
    pub method: Text,
    /// Day it was found adequate.
    pub assessed_on: Date,
    /// Whether the additional information is kept apart.
    pub separate: bool,
}

/// Where the site's databases are.
///
/// # Example
///
/// ```
/// use tower_consent::policy::Policy;
/// let policy = Policy::load("policies/news-site").unwrap();
/// let place = policy.storage().unwrap().place.as_ref().unwrap();
/// assert_eq!(place.in_language(&"en".parse().unwrap()), "2 Primernaya St., Krasnodar");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Storage {
    /// Country, two letters.
    pub country: String,
    /// Address of the data centre.
    pub place: Option<Text>,
    /// Ground for databases outside Russia.
    pub exception: Option<Text>,
}

/// How long evidence is kept.
///
/// # Example
///
/// ```
/// use tower_consent::policy::Policy;
/// let policy = Policy::load("policies/shop").unwrap();
/// let retention = policy.retention();
/// // Address prefixes go long before the record they were part of.
/// assert!(retention.short_lived.duration() < retention.records.duration());
/// assert!(retention.screenshots.is_some());
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Retention {
    /// Records, counted from the end of the consent.
    pub records: Term,
    /// The short-lived fields of records.
    pub short_lived: Term,
    /// Requests and their answers.
    pub requests: Term,
    /// Acts of destruction.
    pub destruction: Term,
    /// Where dated screenshots of the banner are kept, if the policy says so.
    pub screenshots: Option<Text>,
}

/// How rights are used, and the terms of the answers.
///
/// # Example
///
/// ```
/// use time::macros::date;
/// use tower_consent::policy::Policy;
/// let policy = Policy::load("policies/news-site").unwrap();
/// // A visitor asked on the Thursday before the holidays of January.
/// let due = policy.rights().access.last_day(date!(2026-12-24), policy.calendar());
/// assert_eq!(due, Ok(date!(2027-01-18)));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Rights {
    /// Where requests go.
    pub email: String,
    /// Answer to a request for access.
    pub access: Term,
    /// Longest extension of it.
    pub extension: Term,
    /// Correction of wrong data.
    pub correction: Term,
    /// End of processing on demand.
    pub stop: Term,
    /// Destruction after a withdrawal.
    pub withdrawal: Term,
    /// Longest blocking.
    pub block: Term,
    /// The operator's time zone, as the IANA database names it.
    pub time_zone: Option<String>,
    /// Words of the opt-out link.
    pub opt_out_link: Option<Text>,
    /// Authority for complaints.
    pub authority: Option<Text>,
}

/// What an act of destruction says (Order 179).
///
/// # Example
///
/// ```
/// use tower_consent::policy::{Evidence, Policy};
/// let policy = Policy::load("policies/news-site").unwrap();
/// let destruction = policy.destruction().unwrap();
/// assert_eq!(destruction.system.in_language(&"ru".parse().unwrap()), "Журнал согласий сайта");
/// assert_eq!(destruction.evidence, [Evidence::Act, Evidence::Log]);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Destruction {
    /// Name of the information system.
    pub system: Text,
    /// How data is destroyed.
    pub method: Text,
    /// Posts of those who sign.
    pub signatories: Vec<Text>,
    /// What proves it.
    pub evidence: Vec<Evidence>,
}

/// The owner's data in the rules of recommendation technologies (149-FZ, article 10.2-2).
///
/// # Example
///
/// ```
/// use tower_consent::policy::Policy;
/// let mut files = Policy::read("policies/news-site").unwrap();
/// files.get_mut("policy.toml").unwrap().push_str("[recommendations]\nemail = \"legal@news.example\"\n");
/// let policy = Policy::check(files).0.unwrap();
/// let owner = policy.recommendations();
/// assert_eq!((&*owner.email, &owner.owner), ("legal@news.example", &policy.operator().name));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Recommendations {
    /// Address for legally significant messages.
    pub email: String,
    /// Name of the owner.
    pub owner: Text,
}
