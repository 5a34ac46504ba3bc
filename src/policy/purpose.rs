//! One purpose of processing, as the policy describes it.

use super::{
    text::{Term, Text},
    word::{EndAction, Exemption},
};
use crate::purpose::{PurposeId, PurposeKind};

/// One purpose of processing, as the policy describes it.
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
    pub fn needs_consent(&self) -> bool {
        self.kind != PurposeKind::Necessary
    }

    /// Says whether `Sec-GPC` switches it off: what is sold or shared, and advertising in any case.
    pub fn is_sale(&self) -> bool {
        self.sale || self.kind == PurposeKind::Advertising
    }
}
