//! What `{{ name }}` stands for when it is a value.
//!
//! In: a policy, a language, a name. Out: text, in the form of the language. It formats no HTML.

use super::{Document, address_of, statutory::statutory};
use crate::{
    language::{Labels, Language},
    policy::{OPERATIONS, Policy, Term, Text},
};

/// Names of all values.
pub(super) const NAMES: [&str; 42] = [
    "centre",
    "choice.ask-again",
    "choice.remember",
    "documents.consent",
    "documents.cookies",
    "documents.policy",
    "documents.recommendations",
    "operator.address",
    "operator.country",
    "operator.email",
    "operator.name",
    "operator.notice",
    "operator.phone",
    "operator.registration",
    "operator.representative",
    "operator.responsible.email",
    "operator.responsible.name",
    "operator.tax-id",
    "processing.depersonalisation",
    "processing.manual-steps",
    "processing.method",
    "processing.operations",
    "processing.profiling",
    "recommendations.email",
    "recommendations.notice",
    "recommendations.owner",
    "recommendations.statement",
    "retention.destruction",
    "retention.records",
    "retention.requests",
    "rights.access",
    "rights.authority",
    "rights.block",
    "rights.correction",
    "rights.email",
    "rights.extension",
    "rights.stop",
    "rights.withdrawal",
    "site.name",
    "site.origin",
    "storage.country",
    "storage.place",
];

/// Returns the name of every placeholder a text can use: values, then tables.
///
/// # Example
///
/// ```
/// use tower_consent::documents::names;
/// assert!(names().any(|name| name == "operator.name"));
/// assert!(names().any(|name| name == "table.purposes"));
/// ```
pub fn names() -> impl Iterator<Item = &'static str> {
    NAMES.into_iter().chain(super::tables::NAMES)
}

/// Returns a value; `None` for a name that is none, and for what the policy does not say.
pub(super) fn value(policy: &Policy, language: &Language, name: &str, prefix: &str) -> Option<String> {
    let words = policy.words(language);
    let text = |text: &Text| text.in_language(language).to_owned();
    let term = |term: Term| term.in_words(&words);
    let document = |document: Document| address_of(policy, language, prefix, document);
    let operator = policy.operator();
    let processing = policy.processing();
    let rights = policy.rights();
    Some(match name {
        "centre" => format!("{prefix}/"),
        "choice.ask-again" => term(policy.choice().ask_again),
        "choice.remember" => term(policy.choice().rule.remember),
        "documents.consent" => document(Document::Consent),
        "documents.cookies" => document(Document::Cookies),
        "documents.policy" => document(Document::Policy),
        "documents.recommendations" => document(Document::Recommendations),
        "operator.address" => text(&operator.address),
        "operator.country" => words.country(&operator.country).to_owned(),
        "operator.email" => operator.email.clone(),
        "operator.name" => text(&operator.name),
        "operator.notice" => operator.notice.as_ref()?.number.clone()?,
        "operator.phone" => operator.phone.clone()?,
        "operator.registration" => operator.registration.clone()?,
        "operator.representative" => text(operator.representative.as_ref()?),
        "operator.responsible.email" => operator.responsible.as_ref()?.email.clone(),
        "operator.responsible.name" => text(&operator.responsible.as_ref()?.name),
        "operator.tax-id" => operator.tax_id.clone()?,
        "processing.depersonalisation" => text(&processing.depersonalisation.as_ref()?.method),
        "processing.manual-steps" => some(processing.manual_steps.iter().map(text))?,
        "processing.method" => method(&words, processing.method.as_str()),
        "processing.operations" => operations(&words, &processing.operations),
        "processing.profiling" => text(processing.profiling.as_ref()?),
        "recommendations.email" => policy.recommendations().email.clone(),
        "recommendations.notice" => statutory()[0].in_language(language).to_owned(),
        "recommendations.owner" => text(&policy.recommendations().owner),
        "recommendations.statement" => statutory()[1].in_language(language).to_owned(),
        "retention.destruction" => term(policy.retention().destruction),
        "retention.records" => term(policy.retention().records),
        "retention.requests" => term(policy.retention().requests),
        "rights.access" => term(rights.access),
        "rights.authority" => text(rights.authority.as_ref()?),
        "rights.block" => term(rights.block),
        "rights.correction" => term(rights.correction),
        "rights.email" => rights.email.clone(),
        "rights.extension" => term(rights.extension),
        "rights.stop" => term(rights.stop),
        "rights.withdrawal" => term(rights.withdrawal),
        "site.name" => text(&policy.site().name),
        "site.origin" => policy.site().origin.as_str().trim_end_matches('/').to_owned(),
        "storage.country" => words.country(&policy.storage()?.country).to_owned(),
        "storage.place" => text(policy.storage()?.place.as_ref()?),
        _ => return None,
    })
}

/// The way of processing in words.
fn method(words: &Labels, method: &str) -> String {
    let name = format!("method-{method}");
    words.find(&name).unwrap_or(method).to_owned()
}

/// The word of an operation of a policy file; of a refinement such as `clarify.update` the word of that alone.
fn operation_word<'a>(words: &'a Labels, operation: &'a str) -> &'a str {
    words.find(&format!("operation-{}", operation.replace('.', "-"))).unwrap_or(operation)
}

/// One operation of a policy file in words: `сбор`, `уточнение (обновление)`.
pub(super) fn operation(words: &Labels, operation: &str) -> String {
    let word = operation_word(words, operation);
    match operation.split_once('.') {
        Some((whole, _)) => format!("{} ({word})", operation_word(words, whole)),
        None => word.to_owned(),
    }
}

/// Operations in the words and the order of 152-FZ, article 3(3): `сбор, уточнение (обновление, изменение)`.
pub(super) fn operations(words: &Labels, declared: &[&str]) -> String {
    let mut listed: Vec<String> = Vec::new();
    let mut last = "";
    for known in OPERATIONS.into_iter().filter(|known| declared.contains(known)) {
        let (whole, refined) = known.split_once('.').map_or((known, false), |(whole, _)| (whole, true));
        match listed.last_mut() {
            Some(before) if refined && last == whole => {
                let open = before.strip_suffix(')').map(|open| format!("{open}, "));
                let open = open.unwrap_or_else(|| format!("{before} ("));
                *before = format!("{open}{})", operation_word(words, known));
            }
            _ => listed.push(operation(words, known)),
        }
        last = whole;
    }
    listed.join(", ")
}

fn some(items: impl Iterator<Item = String>) -> Option<String> {
    let items: Vec<_> = items.collect();
    (!items.is_empty()).then(|| items.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{policy::Method, purpose::PurposeKind};

    fn policy() -> Policy {
        Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site")).unwrap()
    }

    #[test]
    fn every_name_is_a_value_or_may_be_unset() {
        // What the sample policy does not say.
        let unset = ["operator.phone", "operator.registration", "operator.representative", "operator.tax-id"];
        let policy = policy();
        for language in &policy.site().languages {
            for name in NAMES {
                let value = value(&policy, language, name, "/_consent");
                assert_eq!(value.is_none(), unset.contains(&name), "{name}: {value:?}");
                assert_ne!(value.as_deref(), Some(""), "{name}");
            }
            assert_eq!(value(&policy, language, "operator", "/"), None);
        }
        assert!(NAMES.is_sorted());
    }

    #[test]
    fn values_are_in_the_form_of_the_language() {
        let policy = policy();
        let value = |name, tag: &str| value(&policy, &tag.parse().unwrap(), name, "/_consent").unwrap();
        assert_eq!(value("rights.access", "ru"), "10\u{a0}рабочих дней");
        assert_eq!(value("operator.country", "en"), "Russia");
        assert_eq!(value("centre", "ru"), "/_consent/");
        assert_eq!(value("site.origin", "ru"), "https://news.example");
    }

    #[test]
    fn operations_read_as_the_law_writes_them() {
        let words = Labels::of(&"ru".parse().unwrap());
        let all: Vec<&str> = OPERATIONS.into_iter().rev().collect();
        assert_eq!(
            operations(&words, &all),
            "сбор, запись, систематизация, накопление, хранение, уточнение (обновление, изменение), извлечение, \
             использование, передача (распространение, предоставление, доступ), обезличивание, блокирование, удаление, \
             уничтожение, трансграничная передача"
        );
        assert_eq!(
            operations(&words, &["store", "clarify.change", "collect"]),
            "сбор, хранение, уточнение (изменение)"
        );
        assert_eq!(operations(&words, &["transfer"]), "передача");
        assert_eq!(operation(&words, "transfer.access"), "передача (доступ)");
    }

    #[test]
    fn every_word_of_a_policy_has_words_for_people() {
        for tag in crate::language::built_in_languages() {
            let words = Labels::of(&tag.parse().unwrap());
            for word in OPERATIONS {
                assert!(words.find(&format!("operation-{}", word.replace('.', "-"))).is_some(), "{tag} {word}");
            }
            for method in Method::ALL {
                assert!(words.find(&format!("method-{}", method.as_str())).is_some(), "{tag} {method:?}");
            }
            for kind in PurposeKind::ALL {
                assert!(words.find(&format!("kind-{}", kind.as_str())).is_some(), "{tag} {kind:?}");
            }
            for basis in crate::policy::BASES {
                assert!(words.find(&format!("basis-{basis}")).is_some(), "{tag} {basis}");
            }
        }
    }
}
