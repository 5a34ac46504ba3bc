//! What refused services keep in a browser's storage.
//!
//! In: a decision. Out: the names of the keys that those services declare, as the script reads them. No header ends one key
//! of it, and `Clear-Site-Data` would end the site's own too, so it is the script that removes them; what became of
//! them no request tells.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::{
    decision::Decision,
    policy::{GateMode, Party, Place, Policy, Service},
    purpose::PurposeId,
};

/// The storages and what pages call them (HTML, 12.2).
const STORAGES: [(Place, &str); 2] = [(Place::Local, "localStorage"), (Place::Session, "sessionStorage")];

/// The storage keys that the services of a policy declare on the site's own origin.
#[derive(Debug)]
pub(crate) struct Storage {
    services: Vec<Kept>,
}

/// What one service keeps.
#[derive(Debug)]
struct Kept {
    purposes: Vec<PurposeId>,
    /// For each storage the names, or their beginnings with a `*`.
    names: [BTreeSet<String>; 2],
}

impl Kept {
    fn of(service: &Service) -> Option<Self> {
        // What stands in a frame of another origin is out of reach.
        let own = service.cookies.iter().filter(|cookie| cookie.party == Party::First);
        let names = STORAGES.map(|(place, _)| {
            own.clone().filter(|cookie| cookie.place == place).map(|cookie| cookie.name.clone()).collect()
        });
        let declares = names.iter().any(|names: &BTreeSet<_>| !names.is_empty());
        declares.then(|| Self { purposes: service.purposes.clone(), names })
    }
}

impl Storage {
    pub(crate) fn new(policy: &Policy) -> Self {
        let services = policy.services().iter().filter(|_| policy.gate().mode == GateMode::Enforce);
        Self { services: services.filter_map(Kept::of).collect() }
    }

    /// Returns what the script is to remove, by storage; none where nothing is. It is the rule of cookies: one refused
    /// purpose of a service is enough, and what another service calls by the same name goes too.
    ///
    /// `{"localStorage":["_counter*"],"sessionStorage":["tab"]}`
    pub(crate) fn refused(&self, decision: &Decision) -> Option<Value> {
        if self.services.is_empty() {
            return None;
        }
        let refused: BTreeSet<&PurposeId> = decision.refused().collect();
        let services = || self.services.iter().filter(|kept| kept.purposes.iter().any(|id| refused.contains(id)));
        let mut all = Map::new();
        for (index, (_, storage)) in STORAGES.iter().enumerate() {
            let names: BTreeSet<&str> = services().flat_map(|kept| &kept.names[index]).map(String::as_str).collect();
            if !names.is_empty() {
                all.insert((*storage).to_owned(), names.into_iter().collect());
            }
        }
        (!all.is_empty()).then_some(Value::Object(all))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::OffsetDateTime;

    use super::*;
    use crate::signal::{Reading, Remembered, Signals, VisitorId};

    /// The seed with storage keys of its services alone, and `[gate]`.
    fn policy(gate: &str) -> Policy {
        let mut files =
            Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site")).unwrap().files().clone();
        let text = files.get_mut("policy.toml").unwrap();
        *text = text.replace("catalogue = \"yandex-metrika\"\n", "catalogue = \"yandex-metrika\"\ncookies = []\n");
        let metrics = r#"catalogue = "top-mail-ru"
cookies = [
    { name = "_top*", lifetime = "unknown", storage = "local" },
    { name = "a</script>&'", lifetime = "unknown", storage = "local" },
    { name = "tab", lifetime = "session", storage = "session" },
    { name = "theirs", lifetime = "unknown", storage = "local", party = "third" },
    { name = "crumb", lifetime = "1 day" },
]"#;
        *text = text.replace("catalogue = \"top-mail-ru\"", metrics).replace(
            "cookies = [{ name = \"reading_history\", lifetime = \"180 days\" }]",
            "cookies = [{ name = \"read\", lifetime = \"unknown\", storage = \"local\" }, { name = \"tab\", lifetime = \"session\", storage = \"session\" }]",
        );
        text.push_str(gate);
        let (policy, found) = Policy::check(files);
        policy.unwrap_or_else(|| panic!("{found:#?}"))
    }

    fn refused(policy: &Policy, granted: &[&str]) -> Option<Value> {
        let purposes = policy.asked().map(|purpose| {
            (purpose.id.clone(), (granted.contains(&purpose.id.as_str()), policy.material(purpose).to_owned()))
        });
        let at = OffsetDateTime::UNIX_EPOCH;
        let choice =
            Remembered { visitor: VisitorId::from_random([1; 16]), at, purposes: purposes.collect(), under_gpc: false };
        let signals = Signals { choice: Reading::Valid(choice), ..Signals::none() };
        Storage::new(policy).refused(&Decision::make(policy, &signals, at))
    }

    #[test]
    fn only_keys_of_refused_services_are_named_each_once() {
        let policy = policy("");
        assert_eq!(refused(&policy, &["metrics", "recommendations"]), None);
        let metrics = json!({ "localStorage": ["_top*", "a</script>&'"], "sessionStorage": ["tab"] });
        assert_eq!(refused(&policy, &["recommendations"]), Some(metrics));
        let own = json!({ "localStorage": ["read"], "sessionStorage": ["tab"] });
        assert_eq!(refused(&policy, &["metrics"]), Some(own));
        let all = json!({ "localStorage": ["_top*", "a</script>&'", "read"], "sessionStorage": ["tab"] });
        assert_eq!(refused(&policy, &[]), Some(all));
        // Who has not chosen has refused nothing.
        assert_eq!(Storage::new(&policy).refused(&Decision::undecided(&policy)), None);
    }

    #[test]
    fn nothing_is_named_where_nothing_is_declared_or_the_gate_only_reports() {
        let mut files = policy("").files().clone();
        let text = files.get_mut("policy.toml").unwrap();
        *text = text
            .replace("storage = \"local\"", "storage = \"cookie\"")
            .replace("storage = \"session\"", "storage = \"cookie\"")
            .replace("a</script>&'", "a");
        let (cookies, found) = Policy::check(files);
        assert_eq!(refused(&cookies.unwrap_or_else(|| panic!("{found:#?}")), &[]), None);
        assert_eq!(refused(&policy("\n[gate]\nmode = \"report-only\"\n"), &[]), None);
    }
}
