//! The parts of an export that speak of the site and not of events: who the operator is, what is processed, which texts
//! were in force, what the gate withheld, what the rules find.
//!
//! In: a policy, the store's texts and counts. Out: JSON and CSV. Every text of the policy comes in all languages of the
//! site; nothing is shortened.

use std::{collections::BTreeMap, io};

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::table::{Counts, row};
use crate::{
    ledger::Enforcement,
    lint::{self, Check, Finding},
    policy::{Dnt, Gpc, Lifetime, Policy, Purpose, Service, Term, Text},
};

/// A JSON document as a file: readable, with a newline at its end.
pub(super) fn file(value: &Value) -> Vec<u8> {
    format!("{value:#}\n").into_bytes()
}

/// A text in each language of the site.
fn words(policy: &Policy, text: &Text) -> Value {
    let languages = policy.site().languages.iter();
    languages.map(|language| (language.to_string(), json!(text.in_language(language)))).collect::<Map<_, _>>().into()
}

fn words_of(policy: &Policy, texts: &[Text]) -> Value {
    texts.iter().map(|text| words(policy, text)).collect()
}

fn optional(policy: &Policy, text: Option<&Text>) -> Value {
    text.map_or(Value::Null, |text| words(policy, text))
}

/// A term as a policy file writes it.
fn term(term: Term) -> String {
    let plural = if term.amount() == 1 { "" } else { "s" };
    format!("{} {}{plural}", term.amount(), term.unit().as_str())
}

fn lifetime(lifetime: Lifetime) -> String {
    match lifetime {
        Lifetime::Limited(limit) => term(limit),
        Lifetime::Session => "session".to_owned(),
        Lifetime::Unknown => "unknown".to_owned(),
    }
}

/// Part 2: who answers for the processing.
pub(super) fn operator(policy: &Policy) -> Value {
    let operator = policy.operator();
    let (rights, retention) = (policy.rights(), policy.retention());
    json!({
        "site": { "name": words(policy, &policy.site().name), "origin": policy.site().origin.as_str(),
            "languages": policy.site().languages.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "binding_language": policy.site().binding.as_str(),
            "profiles": policy.site().profiles.iter().map(|profile| profile.as_str()).collect::<Vec<_>>() },
        "name": words(policy, &operator.name),
        "address": words(policy, &operator.address),
        "country": operator.country,
        "email": operator.email,
        "phone": operator.phone,
        "tax_id": operator.tax_id,
        "registration": operator.registration,
        "responsible": operator.responsible.as_ref().map(|one| json!({ "name": words(policy, &one.name), "email": one.email })),
        "representative": optional(policy, operator.representative.as_ref()),
        "notice": operator.notice.as_ref().map(|notice| json!({
            "number": notice.number, "date": notice.date.map(|date| date.to_string()),
            "exemption": optional(policy, notice.exemption.as_ref()), "operations": notice.operations })),
        "storage": policy.storage().map(|storage| json!({
            "country": storage.country, "place": optional(policy, storage.place.as_ref()) })),
        "rights": { "email": rights.email, "access": term(rights.access), "extension": term(rights.extension),
            "correction": term(rights.correction), "stop": term(rights.stop), "withdrawal": term(rights.withdrawal),
            "block": term(rights.block), "authority": optional(policy, rights.authority.as_ref()) },
        "retention": { "records": term(retention.records), "short_lived": term(retention.short_lived),
            "requests": term(retention.requests), "destruction": term(retention.destruction),
            "screenshots": optional(policy, retention.screenshots.as_ref()) },
        "destruction": policy.destruction().map(|one| json!({
            "system": words(policy, &one.system), "method": words(policy, &one.method),
            "signatories": words_of(policy, &one.signatories) })),
    })
}

/// Services that belong to a purpose.
pub(super) fn services<'p>(policy: &'p Policy, purpose: &'p Purpose) -> impl Iterator<Item = &'p Service> {
    policy.services().iter().filter(move |service| service.purposes.contains(&purpose.id))
}

/// Operations of a purpose: its own, or the site's.
pub(super) fn operations<'p>(policy: &'p Policy, purpose: &'p Purpose) -> &'p [&'static str] {
    purpose.operations.as_deref().unwrap_or(&policy.processing().operations)
}

/// Part 3: the register of processing, as a table of objects.
pub(super) fn register(policy: &Policy) -> Value {
    let processing = policy.processing();
    let labels = |operation: &str| {
        let label = format!("operation-{}", operation.replace('.', "-"));
        let languages = policy.site().languages.iter();
        let words = languages.map(|language| {
            let words = policy.words(language);
            (language.to_string(), json!(words.find(&label).unwrap_or(operation)))
        });
        Value::from(words.collect::<Map<_, _>>())
    };
    let recipient = |service: &Service| {
        json!({
            "service": service.id, "operator": words(policy, &service.operator),
            "address": optional(policy, service.address.as_ref()), "country": service.country,
            "storage_country": service.storage_country(), "role": service.role.as_str(),
            "contract": service.contract.as_ref().map(|contract| contract.reference.clone()),
            "safeguard": optional(policy, service.safeguard.as_ref()), "transfer_notice": service.transfer_notice,
        })
    };
    let purpose = |purpose: &Purpose| {
        json!({
            "purpose": purpose.id.as_str(), "kind": purpose.kind.as_str(), "title": words(policy, &purpose.title),
            "description": words(policy, &purpose.description), "basis": purpose.basis,
            "subjects": words_of(policy, &purpose.subjects), "data": words_of(policy, &purpose.data),
            "operations": operations(policy, purpose).iter().map(|operation| json!({
                "operation": operation, "words": labels(operation), "dpv": super::dpv::processing(operation) }))
                .collect::<Vec<_>>(),
            "method": processing.method.as_str(),
            "recipients": services(policy, purpose).map(recipient).collect::<Vec<_>>(),
            "retention": term(purpose.retention), "end": purpose.end.as_str(),
            "exemption": purpose.exemption.map(|exemption| exemption.as_str()),
            "assessment": optional(policy, purpose.assessment.as_ref()),
        })
    };
    json!({
        "policy": policy.version(), "method": processing.method.as_str(),
        "manual_steps": words_of(policy, &processing.manual_steps),
        "special_categories": processing.special_categories,
        "profiling": optional(policy, processing.profiling.as_ref()),
        "depersonalisation": processing.depersonalisation.as_ref().map(|one| json!({
            "method": words(policy, &one.method), "assessed_on": one.assessed_on.to_string(), "kept_apart": one.separate })),
        "purposes": policy.purposes().iter().map(purpose).collect::<Vec<_>>(),
    })
}

/// Part 3 again, a line for each purpose, in the first language of the site.
pub(super) fn register_csv(policy: &Policy) -> io::Result<Vec<u8>> {
    let language = &policy.site().languages[0];
    let labels = policy.words(language);
    let join = |texts: &[Text]| texts.iter().map(|text| text.in_language(language)).collect::<Vec<_>>().join("; ");
    let mut out = Vec::new();
    let head = [
        "purpose",
        "title",
        "basis",
        "subjects",
        "data",
        "operations",
        "method",
        "recipients",
        "countries",
        "retention",
        "end",
    ];
    row(&mut out, head)?;
    for purpose in policy.purposes() {
        let operations = operations(policy, purpose).iter();
        let operations = operations.map(|operation| {
            labels.find(&format!("operation-{}", operation.replace('.', "-"))).unwrap_or(operation).to_owned()
        });
        let recipients = services(policy, purpose).map(|service| service.operator.in_language(language));
        let mut countries: Vec<_> = services(policy, purpose).map(|service| service.country.as_str()).collect();
        countries.sort_unstable();
        countries.dedup();
        row(
            &mut out,
            [
                purpose.id.as_str(),
                purpose.title.in_language(language),
                purpose.basis,
                &join(&purpose.subjects),
                &join(&purpose.data),
                &operations.collect::<Vec<_>>().join("; "),
                policy.processing().method.as_str(),
                &recipients.collect::<Vec<_>>().join("; "),
                &countries.join(" "),
                &term(purpose.retention),
                purpose.end.as_str(),
            ],
        )?;
    }
    Ok(out)
}

/// Part 8: what the site says it uses, and what it was seen to use beyond that.
pub(super) fn trackers(policy: &Policy, seen: &Enforcement) -> Value {
    let cookies = |service: &Service| -> Vec<Value> {
        let cookies = service.cookies.iter();
        let cookie = |cookie: &crate::policy::Cookie| {
            json!({
                "name": cookie.name, "lifetime": lifetime(cookie.lifetime), "party": cookie.party.as_str(),
                "domain": cookie.domain, "place": cookie.place.as_str(),
                "purpose": optional(policy, cookie.purpose.as_ref()),
            })
        };
        cookies.map(cookie).collect()
    };
    let service = |service: &Service| {
        json!({
            "service": service.id, "catalogue": service.catalogue, "title": words(policy, &service.title),
            "purposes": service.purposes.iter().map(|id| id.as_str()).collect::<Vec<_>>(),
            "operator": words(policy, &service.operator), "country": service.country, "role": service.role.as_str(),
            "hosts": service.hosts, "scripts": service.scripts, "frames": service.frames, "images": service.images,
            "links": service.links, "inline": service.inline, "cookies": cookies(service),
        })
    };
    // The import format of the EDPB's Website Auditing Tool has these keys for a cookie.
    let knowledge = policy.services().iter().flat_map(|service| {
        service.cookies.iter().map(|cookie| {
            json!({
                "kind": "cookie", "domain": cookie.domain.clone().unwrap_or_default(), "name": cookie.name,
                "category": service.purposes.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(" "),
                "source": service.id, "controller": service.operator.in_language(&policy.site().languages[0]),
                "policy": policy.version(), "reference": "", "comment": lifetime(cookie.lifetime),
            })
        })
    });
    json!({
        "policy": policy.version(),
        "own_cookie": { "name": policy.cookie_name(), "purpose": "necessary", "lifetime": term(policy.choice().rule.remember) },
        "declared": policy.services().iter().map(service).collect::<Vec<_>>(),
        "undeclared": seen.undeclared,
        "knowledge_base": knowledge.collect::<Vec<_>>(),
    })
}

/// Part 9: what the gate withheld and let through, a line for each day, policy, service and carrier.
pub(super) fn gate(seen: &Enforcement) -> Vec<u8> {
    let mut text = String::new();
    for row in &seen.rows {
        text.push_str(&format!("{}\n", json!(row)));
    }
    let cookies = json!({ "cookies": { "expired": seen.expired, "gone": seen.gone, "staying": seen.staying } });
    text.push_str(&format!("{cookies}\n"));
    text.into_bytes()
}

/// Part 12: what browsers say by themselves, and what is made of it.
pub(super) fn signals(policy: &Policy, counts: &Counts) -> Value {
    let rules = policy.signals();
    let declared = rules.gpc_since.filter(|_| rules.gpc == Gpc::Honour);
    let gpc: u64 = counts.kinds.values().filter_map(|kinds| kinds.get("gpc")).sum();
    json!({
        "gpc": { "treatment": rules.gpc.as_str(), "objections_recorded": gpc,
            "sent_along_with_choices": counts.signals.get("gpc").copied().unwrap_or(0),
            "well_known": declared.map(|since| json!({ "gpc": true, "lastUpdate": since.to_string() })) },
        "dnt": { "treatment": rules.dnt.as_str(), "read": rules.dnt != Dnt::Ignore,
            "sent_along_with_choices": counts.signals.get("dnt").copied().unwrap_or(0) },
        "consent_mode": rules.consent_mode.as_str(),
    })
}

/// Part 13: what the rules find in the policy in force, what they do not report, and why.
pub(super) fn findings(policy: &Policy) -> Value {
    let report = Check::new(policy).run();
    let finding = |finding: &Finding| {
        let place = &finding.diagnostic;
        json!({
            "code": place.code, "level": place.level.as_str(), "file": place.file, "line": place.line,
            "column": place.column, "message": place.message, "fix": place.help, "reason": finding.reason,
            "article": finding.rule.map(|rule| rule.basis().article.clone()),
            "confidence": finding.rule.map(|rule| rule.basis().confidence.clone()),
        })
    };
    let own = |level: &crate::policy::RuleLevel| {
        json!({
            "code": level.code, "level": level.level.as_str(), "reason": level.reason,
            "level_of_the_rule": lint::rule(&level.code).map(|rule| rule.level().as_str()),
            "expectation": lint::rule(&level.code).map(|rule| rule.expectation()),
        })
    };
    json!({
        "policy": policy.version(),
        "rules": { "software": concat!("tower-consent ", env!("CARGO_PKG_VERSION")), "count": lint::rules().count(),
            "sha256": rule_set(), "profiles": policy.site().profiles.iter().map(|profile| profile.as_str()).collect::<Vec<_>>() },
        "findings": report.findings().iter().map(finding).collect::<Vec<_>>(),
        "silenced": report.silenced().iter().map(finding).collect::<Vec<_>>(),
        "changed_levels": policy.rules().iter().map(own).collect::<Vec<_>>(),
    })
}

/// The version of the rules: SHA-256 over what they are called, count as, say and rest on.
fn rule_set() -> String {
    let mut hash = Sha256::new();
    for rule in lint::rules() {
        let basis = rule.basis();
        for part in [
            rule.code(),
            rule.level().as_str(),
            rule.explanation(),
            &basis.article,
            &basis.source,
            &basis.confidence,
            &basis.verified_on,
        ] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
    }
    base16ct::lower::encode_string(&hash.finalize())
}

/// Part 5, beside the bytes: how well the banner's colours can be told apart (WCAG 2.2, 1.4.3).
pub(super) fn contrast(policy: &Policy) -> Value {
    let themes = [("light", policy.look().light.as_ref()), ("dark", policy.look().dark.as_ref())];
    let ratio = |one: crate::policy::Colour, other| (one.contrast(other) * 100.0).round() / 100.0;
    let themes = themes.into_iter().filter_map(|(name, theme)| {
        let theme = theme?;
        Some((
            name.to_owned(),
            json!({
                "text": ratio(theme.text, theme.background), "button": ratio(theme.button_text, theme.button),
                "button_edge": ratio(theme.button, theme.background), "focus": ratio(theme.focus, theme.background),
            }),
        ))
    });
    let themes: Map<String, Value> = themes.collect();
    json!({ "needed": { "text": 4.5, "button": 4.5, "button_edge": 3.0, "focus": 3.0 }, "themes": themes,
        "note": "a theme that is not listed has the colours of the visitor's system" })
}

/// What changed in a text, as a unified diff; nothing where it did not.
pub(super) fn difference(before: &[u8], after: &[u8], name: &str) -> Option<String> {
    let (before, after) = (std::str::from_utf8(before).ok()?, std::str::from_utf8(after).ok()?);
    let changed = before != after;
    changed.then(|| similar::TextDiff::from_lines(before, after).unified_diff().header(name, name).to_string())
}

/// Sums over the ledger: services with what was withheld and let through, the most first.
pub(super) fn by_service(seen: &Enforcement) -> Vec<(String, u64, u64)> {
    let mut sums: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for row in &seen.rows {
        let sum = sums.entry(&row.service).or_default();
        sum.0 += row.withheld;
        sum.1 += row.released;
    }
    let mut sums: Vec<_> =
        sums.into_iter().map(|(id, (withheld, released))| (id.to_owned(), withheld, released)).collect();
    sums.sort_by(|one, other| (other.1 + other.2, &one.0).cmp(&(one.1 + one.2, &other.0)));
    sums
}
