//! One purpose of processing, as the policy describes it.

use super::{
    text::{Term, Text},
    word::{EndAction, Exemption},
};
use crate::purpose::{PurposeId, PurposeKind};

/// One purpose of processing, as the policy describes it.
///
/// # Example
///
/// ```
/// use tower_consent::policy::Policy;
/// let policy = Policy::load("policies/news-site").unwrap();
/// let metrics = policy.purpose("metrics").unwrap();
/// let data: Vec<_> = metrics.data.iter().map(|item| item.in_language(&"ru".parse().unwrap())).collect();
/// assert_eq!(data, ["IP-адрес", "сведения о браузере", "адреса просмотренных страниц"]);
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Purpose {
    /// Its name in the policy, in forms and in the cookie.
    pub id: PurposeId,
    /// What sort it is.
    pub kind: PurposeKind,
    /// Title for people.
    pub title: Text,
    /// One sentence for people.
    pub description: Text,
    /// Legal ground: a word such as `consent` or `legitimate-interest`.
    pub basis: &'static str,
    /// What data is processed, item by item.
    pub data: Vec<Text>,
    /// Whose data it is; empty where the policy says nothing, which means visitors.
    pub subjects: Vec<Text>,
    /// Operations, where they are fewer than the site's.
    pub operations: Option<Vec<&'static str>>,
    /// How long it is kept.
    pub retention: Term,
    /// What happens then.
    pub end: EndAction,
    /// Whether data is sold or shared in the sense of US state law.
    pub sale: bool,
    /// A claim that no consent is needed.
    pub exemption: Option<Exemption>,
    /// Where the assessment of that claim is kept.
    pub assessment: Option<Text>,
}

impl Purpose {
    /// Says whether the visitor is asked: everything but what is necessary.
    ///
    /// A ground other than consent does not open the gate: storing or reading on a visitor's device needs consent
    /// unless it is strictly necessary (Directive 2002/58/EC, article 5(3)).
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let mut files = Policy::read("policies/news-site").unwrap();
    /// let text = files["policy.toml"].replace("basis = \"consent\"", "basis = \"legitimate-interest\"");
    /// files.insert("policy.toml".to_owned(), text);
    /// let policy = Policy::check(files).0.unwrap();
    /// assert!(policy.purpose("metrics").unwrap().needs_consent());
    /// assert!(!policy.purpose("necessary").unwrap().needs_consent());
    /// ```
    pub fn needs_consent(&self) -> bool {
        self.kind != PurposeKind::Necessary
    }

    /// Says whether `Sec-GPC` switches it off: what is sold or shared, and advertising in any case.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::Policy;
    /// let policy = Policy::load("policies/shop").unwrap();
    /// let sold = policy.asked().filter(|purpose| purpose.is_sale());
    /// assert_eq!(sold.map(|purpose| purpose.id.as_str()).collect::<Vec<_>>(), ["advertising", "social"]);
    /// ```
    pub fn is_sale(&self) -> bool {
        self.sale || self.kind == PurposeKind::Advertising
    }
}
