//! Operations are called what the law calls them.

use super::{
    super::{
        case::{Case, Found},
        law,
        reading::Reading,
        rule::{Kind, Rule},
    },
    RUSSIAN,
};
use crate::{
    documents::Document,
    policy::{Level, Profile},
};

pub(super) const RULE: Rule = Rule {
    code: "RU-OPS-VOCAB",
    profiles: &[Profile::Ru],
    level: Level::Warning,
    strict: false,
    kinds: &[Kind::Text],
    explanation: include_str!("ru_ops_vocab.md"),
    check,
};

fn check(case: &Case<'_>, found: &mut Found<'_, '_>) {
    for document in [Document::Consent, Document::Policy] {
        for (language, reading) in case.readings(document, RUSSIAN) {
            let Some(items) = reading.list_after(law::phrases("operations-list", language)) else { continue };
            for (item, span) in items {
                let known = Reading::of_plain(&item);
                if known.find_any(law::phrases("operations", language)).is_none() {
                    found.text(
                        reading,
                        span,
                        format!("`{item}` is no operation of the statutory list"),
                        "use the words of 152-FZ, article 3(3), best by `{{ processing.operations }}`",
                    );
                }
            }
        }
    }
}
