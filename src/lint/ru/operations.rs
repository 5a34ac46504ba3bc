//! What the software does with data, derived from the policy, in the words of 152-FZ, article 3(3).
//!
//! In: a policy. Out: each operation that is really performed, with the reason it follows from and the place that
//! causes it. It knows nothing of what is declared.

use crate::policy::{Policy, Purpose, Role, Service};

/// Operations an export of the log performs whenever somebody asks for one: it is given to the regulator.
pub(super) const EXPORTED: &[&str] = &["transfer", "transfer.provide"];

/// One operation that is performed.
#[derive(Debug)]
pub(super) struct Act {
    /// The word a policy file has for it.
    pub(super) operation: &'static str,
    /// Narrower words, any of which declares it as well.
    narrower: &'static [&'static str],
    /// What performs it.
    pub(super) why: String,
    /// Where in the policy that is caused.
    pub(super) place: String,
}

impl Act {
    fn new(operation: &'static str, why: impl Into<String>) -> Self {
        let narrower: &[&str] = match operation {
            "clarify" => &["clarify.update", "clarify.change"],
            "transfer" => &["transfer.provide", "transfer.access"],
            _ => &[],
        };
        Self { operation, narrower, why: why.into(), place: "processing.operations".to_owned() }
    }

    fn at(self, place: String) -> Self {
        Self { place, ..self }
    }

    /// Says whether a list of operations has it.
    pub(super) fn is_declared(&self, operations: &[&str]) -> bool {
        is_declared(self.operation, operations) || self.narrower.iter().any(|word| operations.contains(word))
    }

    /// Says whether a declared operation is this one or a part of it.
    pub(super) fn covers(&self, operation: &str) -> bool {
        self.operation == operation || self.narrower.contains(&operation)
    }
}

/// Says whether a list of operations has one, by itself or by the umbrella word it stands under.
pub(super) fn is_declared(operation: &str, operations: &[&str]) -> bool {
    operations.contains(&operation)
        || match operation.split_once('.') {
            Some((umbrella, _)) => {
                // An umbrella word that is followed by narrower ones means those alone.
                let narrowed =
                    operations.iter().any(|word| word.strip_prefix(umbrella).is_some_and(|rest| rest.starts_with('.')));
                operations.contains(&umbrella) && !narrowed
            }
            None => {
                operations.iter().any(|word| word.strip_prefix(operation).is_some_and(|rest| rest.starts_with('.')))
            }
        }
}

/// Returns an operation as the policy file and as a Russian text call it.
pub(super) fn named(policy: &Policy, operation: &str) -> String {
    let russian =
        policy.site().languages.iter().find(|language| language.primary() == super::RUSSIAN).and_then(|language| {
            policy.words(language).find(&format!("operation-{}", operation.replace('.', "-"))).map(str::to_owned)
        });
    match russian {
        Some(word) => format!("`{operation}` ({word})"),
        None => format!("`{operation}`"),
    }
}

/// Says whether a service hands data to an operator in another country than the site's.
pub(super) fn goes_abroad(policy: &Policy, service: &Service) -> bool {
    service.role != Role::Own && service.country != policy.operator().country
}

/// Says whether somebody else gets data by a service.
fn gives_away(service: &Service) -> bool {
    service.role != Role::Own && (service.is_included_in_pages() || !service.cookies.is_empty())
}

/// Returns every operation that is performed on the site's data.
pub(super) fn performed(policy: &Policy) -> Vec<Act> {
    let mut acts = vec![
        Act::new(
            "collect",
            "a visitor's choice is taken from the banner, and the services collect what their purposes list",
        ),
        Act::new("record", "every choice is written to the log"),
        Act::new(
            "systematise",
            "the log is indexed by visitor, and choices are ordered by purpose and version of the policy",
        ),
        Act::new("accumulate", "the log keeps every choice beside the earlier ones"),
        Act::new("store", format!("records are kept for {}", policy.retention().records)),
        Act::new("clarify", "a changed choice takes the place of the one before"),
        Act::new("retrieve", "the log is exported for the regulator, and a visitor is shown his records on request"),
        Act::new("use", "every response is decided by the visitor's choice"),
        Act::new("depersonalise", "the log holds identifiers of visitors as salted digests only"),
        Act::new(
            "block",
            format!(
                "data that cannot be destroyed in time, or is disputed, is blocked for up to {}",
                policy.rights().block
            ),
        ),
        Act::new("delete", "an erased visitor's records are no longer found by his identifier"),
        Act::new(
            "destroy",
            format!(
                "an erasure destroys salts and values, at the latest {} after a withdrawal",
                policy.rights().withdrawal
            ),
        ),
    ];
    if let Some(service) = policy.services().iter().find(|service| gives_away(service)) {
        acts.push(given_away(policy, service));
    }
    if let Some(service) = policy.services().iter().find(|service| goes_abroad(policy, service)) {
        let why = format!("`{}` is run from {}", service.id, service.country);
        acts.push(Act::new("crossborder", why).at(format!("service.{}", service.id)));
    }
    acts
}

/// Returns the operations that one purpose brings with it by its services.
pub(super) fn for_purpose(policy: &Policy, purpose: &Purpose) -> Vec<Act> {
    let serving = || policy.services().iter().filter(|service| service.purposes.contains(&purpose.id));
    let mut acts = Vec::new();
    if let Some(service) = serving().next() {
        acts.push(Act::new("collect", format!("`{}` collects what the purpose lists", service.id)));
    }
    if let Some(service) = serving().find(|service| gives_away(service)) {
        acts.push(given_away(policy, service));
    }
    if let Some(service) = serving().find(|service| goes_abroad(policy, service)) {
        acts.push(Act::new("crossborder", format!("`{}` is run from {}", service.id, service.country)));
    }
    acts
}

fn given_away(policy: &Policy, service: &Service) -> Act {
    let language = &policy.site().binding;
    let why = format!("`{}` gives {} data, or access to it", service.id, service.operator.in_language(language));
    Act::new("transfer", why).at(format!("service.{}", service.id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_umbrella_covers_what_stands_under_it_unless_it_is_narrowed() {
        assert!(is_declared("clarify.update", &["clarify"]));
        assert!(!is_declared("transfer.access", &["transfer", "transfer.provide"]));
        assert!(is_declared("clarify", &["clarify.change"]));
        assert!(!is_declared("clarify", &["collect"]));
    }

    #[test]
    fn every_operation_is_derived_with_a_reason_and_a_place() {
        let policy = Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site")).unwrap();
        let acts = performed(&policy);
        let operations: Vec<_> = acts.iter().map(|act| act.operation).collect();
        assert_eq!(
            operations,
            [
                "collect",
                "record",
                "systematise",
                "accumulate",
                "store",
                "clarify",
                "retrieve",
                "use",
                "depersonalise",
                "block",
                "delete",
                "destroy",
                "transfer"
            ]
        );
        assert!(acts.iter().all(|act| !act.why.is_empty() && policy.place(&act.place) != (0..0)));
        let metrics = for_purpose(&policy, policy.purpose("metrics").unwrap());
        assert_eq!(metrics.iter().map(|act| act.operation).collect::<Vec<_>>(), ["collect", "transfer"]);
        assert!(for_purpose(&policy, policy.purpose("necessary").unwrap()).is_empty());
    }
}
