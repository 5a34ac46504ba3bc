//! Consent records in the terms of ISO/IEC TS 27560 and of the Data Privacy Vocabulary (DPV 2.3), as JSON-LD.
//!
//! In: policies when they come into force, events. Out: one JSON-LD document with a node a line. What many records share
//! (controller, processes, rights, notices) is a node of its own that they point to, so a record stays short and the
//! document can be written without being held. The field list is that of the W3C guide "Consent Records with ISO/IEC
//! 27560 and DPV".

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    io::{self, Write},
};

use serde_json::{Value, json};

use super::{container::Spool, event::Event, parts};
use crate::{
    policy::{Policy, Profile, Purpose, Role, Service, Term, Text, Unit},
    purpose::PurposeKind,
};

/// The schema a record follows.
const RECORD: &str = "https://w3id.org/dpv/schema/dpv-27560#record";

/// The term for an operation of a policy file.
pub(super) fn processing(operation: &str) -> &'static str {
    match operation {
        "collect" => "dpv:Collect",
        "record" => "dpv:Record",
        "systematise" => "dpv:Organise",
        "accumulate" | "store" => "dpv:Store",
        "clarify" => "dpv:Alter",
        "clarify.update" | "clarify.change" => "dpv:Modify",
        "retrieve" => "dpv:Retrieve",
        "use" => "dpv:Use",
        "transfer" => "dpv:Transfer",
        "transfer.disseminate" => "dpv:Disseminate",
        "transfer.provide" => "dpv:DiscloseByTransmission",
        "transfer.access" => "dpv:MakeAvailable",
        "depersonalise" => "dpv:Pseudonymise",
        "block" => "dpv:Restrict",
        "delete" => "dpv:Erase",
        "destroy" => "dpv:Destruct",
        "crossborder" => "dpv:CrossBorderTransfer",
        _ => "dpv:Processing",
    }
}

fn purpose_kind(kind: PurposeKind) -> &'static str {
    match kind {
        PurposeKind::Advertising => "dpv:Advertising",
        PurposeKind::Metrics => "dpv:ServiceUsageAnalytics",
        PurposeKind::Preferences => "dpv:ServicePersonalisation",
        PurposeKind::Recommendations => "dpv:ProvidePersonalisedRecommendations",
        PurposeKind::Necessary | PurposeKind::Social | PurposeKind::Video => "dpv:ServiceProvision",
    }
}

fn basis(word: &str) -> &'static str {
    match word {
        "consent" => "dpv:Consent",
        "contract" => "dpv:Contract",
        "legal-obligation" => "dpv:LegalObligation",
        "legitimate-interest" => "dpv:LegitimateInterest",
        "public-task" => "dpv:PublicInterest",
        "vital-interest" => "dpv:VitalInterest",
        _ => "dpv:LegalBasis",
    }
}

fn jurisdiction(profile: &str) -> Option<&'static str> {
    Some(match profile {
        "ru" => "loc:RU",
        "eu" => "loc:EU",
        "fr" => "loc:FR",
        "de" => "loc:DE",
        "es" => "loc:ES",
        "it" => "loc:IT",
        "uk" => "loc:GB",
        "us-ca" => "loc:US-CA",
        "br" => "loc:BR",
        "in" => "loc:IN",
        _ => return None,
    })
}

/// The state an event brings about, for what it grants and for what it does not.
fn states(kind: &str) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        "accept" | "partial" | "refuse" => ("dpv:ConsentGiven", "dpv:ConsentRefused"),
        "renew" => ("dpv:RenewedConsentGiven", "dpv:ConsentRefused"),
        "withdraw" => ("dpv:ConsentGiven", "dpv:ConsentWithdrawn"),
        "gpc" => ("dpv:ConsentGiven", "dpv:ConsentRefused"),
        "expire" => ("dpv:ConsentGiven", "dpv:ConsentExpired"),
        "acknowledge" => ("dpv:ConsentRequested", "dpv:ConsentRequested"),
        _ => return None,
    })
}

/// A length of time by ISO 8601.
fn duration(term: Term) -> String {
    let amount = term.amount();
    match term.unit() {
        Unit::Minute => format!("PT{amount}M"),
        Unit::Hour => format!("PT{amount}H"),
        Unit::Day => format!("P{amount}D"),
        Unit::Week => format!("P{amount}W"),
        Unit::Month => format!("P{amount}M"),
        Unit::Year => format!("P{amount}Y"),
        // Which days those are, a calendar says; this is their length on the whole.
        Unit::WorkingDay => format!("P{}D", term.duration().as_secs().div_ceil(86_400)),
    }
}

fn short(version: &str) -> &str {
    version.get(..16).unwrap_or(version)
}

/// A document that grows by nodes.
pub(super) struct Graph {
    out: Spool,
    known: BTreeSet<String>,
    /// Notices that have their node already.
    notices: BTreeSet<(String, String)>,
    line: String,
    origin: Option<String>,
    begun: bool,
}

impl Graph {
    pub(super) fn new(out: Spool) -> io::Result<Self> {
        Ok(Self {
            out,
            known: BTreeSet::new(),
            notices: BTreeSet::new(),
            line: String::new(),
            origin: None,
            begun: false,
        })
    }

    fn node(&mut self, node: &str) -> io::Result<()> {
        if !std::mem::replace(&mut self.begun, true) {
            let origin = self.origin.as_deref().unwrap_or("log.invalid/consent");
            let context = context(origin);
            write!(self.out, "{{\"@context\":{context},\n\"@graph\":[\n{node}")
        } else {
            write!(self.out, ",\n{node}")
        }
    }

    /// Adds what records under a policy point to: once for each version.
    pub(super) fn policy(&mut self, policy: &Policy) -> io::Result<()> {
        if !self.known.insert(policy.version().to_owned()) {
            return Ok(());
        }
        for node in nodes(policy) {
            self.node(&node.to_string())?;
        }
        Ok(())
    }

    /// Adds the record of an event, where it is one of consent and its policy is known.
    pub(super) fn event(&mut self, index: u64, event: &Event<'_>, subject: Option<&str>) -> io::Result<()> {
        if event.kind == "log-opened" {
            self.origin = event.facts.get("origin").cloned();
            return Ok(());
        }
        let Some((granted, refused)) = states(event.kind) else { return Ok(()) };
        if !self.known.contains(event.policy.as_ref()) || event.purposes.is_empty() {
            return Ok(());
        }
        let policy = short(&event.policy);
        let notice = self.notice(event)?;
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        // Writing to a string cannot fail.
        let _ = write!(
            line,
            "{{\"@id\":\"log:event-{index}\",\"@type\":\"dpv:ConsentRecord\",\"dct:identifier\":\"{index}\",\
             \"dct:conformsTo\":\"{RECORD}\",\"dpv:hasDataSubject\":{{\"@id\":\"log:subject-"
        );
        let _ = match subject {
            Some(subject) => write!(line, "{subject}"),
            None => write!(line, "unknown-{index}"),
        };
        let _ = write!(
            line,
            "\",\"@type\":\"dpv:DataSubject\"}},\"dpv:hasDataController\":\"log:controller-{policy}\",\
             \"dpv:hasNotice\":\"{notice}\",\"dpv:hasProcess\":["
        );
        let separated = |line: &mut String, ids: &mut dyn Iterator<Item = &str>| {
            for (id, place) in ids.zip(0..) {
                let comma = if place > 0 { "," } else { "" };
                let _ = write!(line, "{comma}\"log:process-{policy}-{id}\"");
            }
        };
        separated(&mut line, &mut event.purposes.keys().copied());
        line.push_str("],\"dpv:hasConsentStatus\":[");
        let mut first = true;
        for (wanted, state) in [(true, granted), (false, refused)] {
            let mut ids =
                event.purposes.iter().filter(|(_, granted)| **granted == wanted).map(|(id, _)| *id).peekable();
            if ids.peek().is_none() {
                continue;
            }
            let comma = if std::mem::take(&mut first) { "" } else { "," };
            let by = match event.by {
                "subject" => "dpv:DataSubject",
                _ => "dpv:DataController",
            };
            let kind = if event.kind == "acknowledge" { "dpv:ImpliedConsent" } else { "dpv:ExpressedConsent" };
            let _ = write!(
                line,
                "{comma}{{\"@type\":[\"{state}\",\"{kind}\"],\"dpv:isIndicatedBy\":\"{by}\",\
                 \"dpv:isIndicatedAtTime\":\"{}\",\"dpv:hasIndicationMethod\":\"{} {}\",\"dpv:hasDuration\":",
                event.time, event.source, event.method
            );
            let _ = match event.expires {
                "" => write!(line, "{{\"@type\":\"dpv:UntilEventDuration\",\"rdf:value\":\"next choice\"}}"),
                until => write!(line, "{{\"@type\":\"dpv:UntilTimeDuration\",\"rdf:value\":\"{until}\"}}"),
            };
            line.push_str(",\"dpv:hasProcess\":[");
            separated(&mut line, &mut ids);
            line.push_str("]}");
        }
        line.push_str("]}");
        let done = self.node(&line);
        self.line = line;
        done
    }

    /// The node of the notice that was shown, or of the policy's own where an event was shown none.
    fn notice(&mut self, event: &Event<'_>) -> io::Result<String> {
        let (hash, language) = (short(&event.notice), event.language.as_ref());
        if hash.is_empty() || language.is_empty() {
            return Ok(format!("log:notice-{}", short(&event.policy)));
        }
        let name = format!("log:notice-{hash}-{language}");
        if self.notices.insert((hash.to_owned(), language.to_owned())) {
            let node = json!({
                "@id": name, "@type": "dpv:ConsentNotice", "dct:identifier": event.notice, "dct:language": language,
                "dct:hasPart": event.consent,
            });
            self.node(&node.to_string())?;
        }
        Ok(name)
    }

    pub(super) fn finish(mut self) -> io::Result<Spool> {
        if self.begun {
            self.out.write_all(b"\n]}\n")?;
        } else {
            let context = context(self.origin.as_deref().unwrap_or("log.invalid/consent"));
            writeln!(self.out, "{{\"@context\":{context},\n\"@graph\":[]}}")?;
        }
        Ok(self.out)
    }
}

fn context(origin: &str) -> Value {
    let mut context = json!({
        "dct": "http://purl.org/dc/terms/", "dpv": "https://w3id.org/dpv#", "loc": "https://w3id.org/dpv/loc#",
        "log": format!("https://{origin}#"), "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "skos": "http://www.w3.org/2004/02/skos/core#", "xsd": "http://www.w3.org/2001/XMLSchema#",
        "dpv:isIndicatedAtTime": { "@type": "xsd:dateTime" },
    });
    for pointer in [
        "dpv:hasConsentControl",
        "dpv:hasConsentStatus",
        "dpv:hasDataController",
        "dpv:hasDataSubject",
        "dpv:hasJurisdiction",
        "dpv:hasLegalBasis",
        "dpv:hasLocation",
        "dpv:hasNotice",
        "dpv:hasPersonalData",
        "dpv:hasProcess",
        "dpv:hasProcessing",
        "dpv:hasPurpose",
        "dpv:hasRecipient",
        "dpv:hasRight",
        "dpv:hasStorageCondition",
        "dpv:isIndicatedBy",
        "skos:broader",
        "dct:conformsTo",
    ] {
        context[pointer] = json!({ "@type": "@id" });
    }
    context
}

/// A text with its languages.
fn words(policy: &Policy, text: &Text) -> Value {
    let languages = policy.site().languages.iter();
    languages.map(|language| json!({ "@value": text.in_language(language), "@language": language.as_str() })).collect()
}

fn role(role: Role) -> &'static str {
    match role {
        Role::Processor => "dpv:DataProcessor",
        Role::Own | Role::Joint => "dpv:DataController",
        Role::Controller => "dpv:ThirdParty",
    }
}

/// The nodes of one version of the policy.
fn nodes(policy: &Policy) -> Vec<Value> {
    let version = short(policy.version());
    let operator = policy.operator();
    let site = policy.site();
    let name = |what: &str| format!("log:{what}-{version}");
    let mut nodes = vec![
        json!({
            "@id": name("controller"), "@type": "dpv:DataController", "dpv:hasName": words(policy, &operator.name),
            "dpv:hasIdentifier": operator.tax_id.clone().or_else(|| operator.registration.clone())
                .or_else(|| operator.notice.as_ref().and_then(|notice| notice.number.clone()))
                .unwrap_or_else(|| site.origin.to_string()),
            "dpv:hasContact": operator.email, "dpv:hasAddress": words(policy, &operator.address),
        }),
        json!({
            "@id": name("control"), "@type": ["dpv:ProvideConsent", "dpv:RefuseConsent", "dpv:WithdrawConsent"],
            "dpv:isExercisedAt": format!("{}_consent/", site.origin),
        }),
        json!({
            "@id": name("right"), "@type": "dpv:DataSubjectRight", "dct:title": "access, correction, stop, erasure, withdrawal",
            "dpv:isExercisedAt": policy.rights().email,
        }),
        json!({
            "@id": name("notice"), "@type": "dpv:ConsentNotice", "dct:identifier": policy.version(),
            "dct:language": site.languages[0].as_str(),
        }),
    ];
    for service in policy.services() {
        nodes.push(json!({
            "@id": recipient(version, service), "@type": role(service.role), "dpv:hasName": words(policy, &service.operator),
            "dpv:hasIdentifier": service.id, "dpv:hasContact": operator.email,
            "dpv:hasAddress": service.address.as_ref().map_or_else(|| json!(service.country), |text| words(policy, text)),
            "dpv:hasJurisdiction": format!("loc:{}", service.country),
        }));
    }
    for purpose in policy.purposes() {
        nodes.extend(process(policy, purpose));
    }
    nodes
}

fn recipient(version: &str, service: &Service) -> String {
    format!("log:recipient-{version}-{}", service.id)
}

fn process(policy: &Policy, purpose: &Purpose) -> Vec<Value> {
    let version = short(policy.version());
    let profiles = policy.site().profiles.iter().map(|profile| Profile::as_str(*profile));
    let jurisdictions: Vec<_> = profiles.filter_map(jurisdiction).map(str::to_owned).collect();
    let jurisdictions = match jurisdictions.is_empty() {
        true => vec![format!("loc:{}", policy.operator().country)],
        false => jurisdictions,
    };
    let mut recipients = vec![format!("log:controller-{version}")];
    recipients.extend(parts::services(policy, purpose).map(|service| recipient(version, service)));
    let mut operations: Vec<_> = parts::operations(policy, purpose).iter().map(|word| processing(word)).collect();
    operations.sort_unstable();
    operations.dedup();
    let country = policy.storage().map_or(policy.operator().country.as_str(), |storage| storage.country.as_str());
    let data =
        purpose.data.iter().map(|item| json!({ "@type": "dpv:PersonalData", "skos:prefLabel": words(policy, item) }));
    let id = &purpose.id;
    vec![
        json!({
            "@id": format!("log:purpose-{version}-{id}"), "@type": "dpv:Purpose", "dct:identifier": id.as_str(),
            "skos:broader": purpose_kind(purpose.kind), "skos:prefLabel": words(policy, &purpose.title),
        }),
        json!({
            "@id": format!("log:process-{version}-{id}"), "@type": "dpv:Process",
            "dpv:hasPurpose": format!("log:purpose-{version}-{id}"), "dpv:hasPersonalData": data.collect::<Vec<_>>(),
            "dpv:hasProcessing": operations, "dpv:hasLegalBasis": basis(purpose.basis),
            "dpv:hasDataController": format!("log:controller-{version}"), "dpv:hasRecipient": recipients,
            "dpv:hasConsentControl": format!("log:control-{version}"), "dpv:hasRight": format!("log:right-{version}"),
            "dpv:hasJurisdiction": jurisdictions,
            "dpv:hasStorageCondition": [
                { "@type": "dpv:StorageLocation", "dpv:hasLocation": format!("loc:{country}") },
                { "@type": "dpv:StorageDuration", "dpv:hasDuration": duration(purpose.retention) },
            ],
        }),
    ]
}
