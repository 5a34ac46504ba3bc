//! A folder of texts to a [`Policy`], or to everything that is wrong with it.

use std::{collections::BTreeMap, time::Duration};

use sha2::{Digest, Sha256};
use toml::Spanned;

use super::{
    Cookie, Diagnostic, Lifetime, Method, Model, Operator, Policy, Purpose, Service, Site, Text,
    parse::{Faults, Section, allowed_word, document, duration},
};
use crate::{
    catalogue,
    documents::{self, Document},
    language::Language,
    purpose::{PurposeId, PurposeKind, is_identifier},
};

/// The operations of 152-FZ, article 3(3), with the cross-border transfer of article 3(11).
pub(crate) const OPERATIONS: [&str; 19] = [
    "collect",
    "record",
    "systematise",
    "accumulate",
    "store",
    "clarify",
    "clarify.update",
    "clarify.change",
    "retrieve",
    "use",
    "transfer",
    "transfer.disseminate",
    "transfer.provide",
    "transfer.access",
    "depersonalise",
    "block",
    "delete",
    "destroy",
    "crossborder",
];

/// How a page includes a service.
const FORMS: [&str; 12] = [
    "bundle",
    "container",
    "data-call",
    "document-write",
    "frame",
    "hint",
    "image",
    "inline-loader",
    "noscript-frame",
    "noscript-image",
    "script",
    "script-pixel",
];

const BASES: [&str; 4] = ["consent", "contract", "legal-obligation", "legitimate-interest"];

/// Longest time a browser keeps a cookie (RFC 6265bis, section 5.5): 400 days.
const LONGEST: Duration = Duration::from_secs(400 * 86_400);

/// Reads `policy.toml` and the texts beside it.
pub(super) fn compile(files: &BTreeMap<String, String>) -> (Option<Policy>, Vec<Diagnostic>) {
    let Some(source) = files.get("policy.toml") else {
        let mut faults = Faults::new("policy.toml", "");
        let help = "add policy.toml; `policies/news-site` is a complete folder to start from".to_owned();
        faults.add("missing-file", 0..0, "the folder has no policy.toml".to_owned(), help);
        return (None, faults.into_found());
    };
    let mut faults = Faults::new("policy.toml", source);
    let table = document(&mut faults, source);
    let mut root = Section::new("", 0..0, table.get_ref());

    let site = root.table(&mut faults, "site", "its name, origin and languages").map(|table| site(&mut faults, table));
    let operator = root
        .table(&mut faults, "operator", "who processes the data: name, address, email, country")
        .map(|table| operator(&mut faults, table));
    let processing =
        root.table(&mut faults, "processing", "method and operations").map(|table| processing(&mut faults, table));
    let choice = root.table(&mut faults, "choice", "model and remember").map(|table| choice(&mut faults, table));

    let mut purposes: Vec<Purpose> = Vec::new();
    for table in root.tables(&mut faults, "purpose") {
        let span = table.span();
        if let Some(purpose) = purpose(&mut faults, table) {
            if purposes.iter().any(|other| other.id == purpose.id) {
                let help = "give every purpose an id of its own".to_owned();
                faults.add("duplicate", span, format!("purpose `{}` stands here twice", purpose.id), help);
            } else {
                purposes.push(purpose);
            }
        }
    }
    let mut services: Vec<Service> = Vec::new();
    for table in root.tables(&mut faults, "service") {
        let span = table.span();
        if let Some(service) = site_service(&mut faults, table, &purposes) {
            if services.iter().any(|other| other.id == service.id) {
                let help = "remove one, or give it another `id`".to_owned();
                faults.add("duplicate", span, format!("service `{}` stands here twice", service.id), help);
            } else {
                services.push(service);
            }
        }
    }
    if purposes.is_empty() {
        let help = "add `[[purpose]]` with id, kind, title, description, basis, data, retention".to_owned();
        faults.add("missing-table", 0..0, "the policy names no purpose".to_owned(), help);
    }
    root.finish(&mut faults);
    let mut found = faults.into_found();

    let (Some(Some(site)), Some(Some(operator)), Some(Some((method, operations))), Some(Some((model, remember)))) =
        (site, operator, processing, choice)
    else {
        return (None, found);
    };
    let mut texts = BTreeMap::new();
    for language in &site.languages {
        for document in Document::FILES {
            let path = format!("{language}/{}.md", document.as_str());
            match files.get(&path) {
                Some(text) => {
                    texts.insert((language.clone(), document), text.clone());
                }
                None => {
                    let mut faults = Faults::new(&path, "");
                    let help = format!("write {path}, or take `{language}` out of `site.languages`");
                    faults.add("missing-file", 0..0, format!("the text {path} is missing"), help);
                    found.extend(faults.into_found());
                }
            }
        }
    }
    let policy = Policy {
        version: version(files),
        site,
        operator,
        method,
        operations,
        model,
        remember,
        purposes,
        services,
        texts,
        files: files.clone(),
    };
    for ((language, document), text) in &policy.texts {
        let path = format!("{language}/{}.md", document.as_str());
        let mut faults = Faults::new(&path, text);
        documents::check(text, |span, name, known| {
            let help = match super::diagnostic::nearest(name, known.iter().copied()) {
                Some(meant) => format!("did you mean `{{{{ {meant} }}}}`?"),
                None => format!("use one of {}", known.join(", ")),
            };
            faults.add("placeholder", span, format!("`{name}` is no value a text can use"), help);
        });
        found.extend(faults.into_found());
    }
    (found.is_empty().then_some(policy), found)
}

/// Hash of the folder: names and contents of all its files, so that any change is another version.
fn version(files: &BTreeMap<String, String>) -> String {
    let mut hash = Sha256::new();
    for (name, text) in files {
        for part in [name, text] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
    }
    base16ct::lower::encode_string(&hash.finalize())
}

fn site(faults: &mut Faults<'_>, mut table: Section<'_, '_>) -> Option<Site> {
    let name = table.required_text(faults, "name", "\"My site\"");
    let origin = table.required_string(faults, "origin", "\"https://news.example\"");
    let tags = table.strings(faults, "languages");
    let mut languages: Vec<Language> = Vec::new();
    for tag in &tags {
        match tag.get_ref().parse::<Language>() {
            Ok(language) if languages.contains(&language) => {
                let help = "name each language once".to_owned();
                faults.add("duplicate", tag.span(), format!("language `{language}` stands here twice"), help);
            }
            Ok(language) => languages.push(language),
            Err(error) => {
                let help = "write languages as `ru`, `en`, `pt-br`".to_owned();
                faults.add("language", tag.span(), error.to_string(), help);
            }
        }
    }
    if languages.is_empty() {
        let help = "add `languages = [\"ru\", \"en\"]`".to_owned();
        faults.add("missing-key", table.span(), "`languages` names no language".to_owned(), help);
    }
    let origin = origin.and_then(|value| match url::Url::parse(value.get_ref()) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.path() == "/" && url.host_str().is_some() => {
            Some(url)
        }
        _ => {
            let help = "write scheme and host alone: \"https://news.example\"".to_owned();
            faults.add("origin", value.span(), format!("`{}` is no origin of a web site", value.get_ref()), help);
            None
        }
    });
    table.finish(faults);
    Some(Site { name: name?, origin: origin?, languages: (!languages.is_empty()).then_some(languages)? })
}

fn operator(faults: &mut Faults<'_>, mut table: Section<'_, '_>) -> Option<Operator> {
    let name = table.required_text(faults, "name", "\"…\" (152-FZ article 9(4): the consent names the operator)");
    let address = table.required_text(faults, "address", "\"…\" (152-FZ article 9(4): and its address)");
    let email = table.required_string(faults, "email", "\"privacy@news.example\"");
    let country = table.required_string(faults, "country", "\"RU\"");
    table.finish(faults);
    Some(Operator { name: name?, address: address?, email: email?.into_inner(), country: country?.into_inner() })
}

fn processing(faults: &mut Faults<'_>, mut table: Section<'_, '_>) -> Option<(Method, Vec<&'static str>)> {
    let value = table.required_string(faults, "method", "\"mixed\"");
    let method = table.word(faults, "method", value, &["automated", "non-automated", "mixed"]);
    table.required(faults, "operations", "[\"collect\", \"record\", \"store\", \"use\", \"destroy\"]");
    let operations: Vec<_> = table
        .strings(faults, "operations")
        .iter()
        .filter_map(|word| allowed_word(faults, "operations", word, &OPERATIONS))
        .collect();
    table.finish(faults);
    Some((
        match method? {
            "automated" => Method::Automated,
            "non-automated" => Method::NonAutomated,
            _ => Method::Mixed,
        },
        operations,
    ))
}

fn choice(faults: &mut Faults<'_>, mut table: Section<'_, '_>) -> Option<(Model, Duration)> {
    let value = table.required_string(faults, "model", "\"opt-in\"");
    let model = table.word(faults, "model", value, &["opt-in"]).map(|_| Model::OptIn);
    let value = table.required_string(faults, "remember", "\"180 days\"");
    let remember = value.and_then(|value| bounded(faults, "remember", &value));
    table.finish(faults);
    Some((model?, remember?))
}

fn bounded(faults: &mut Faults<'_>, key: &str, value: &Spanned<String>) -> Option<Duration> {
    let length = duration(faults, key, value)?;
    if length > LONGEST {
        let help = "write at most \"400 days\": browsers keep no cookie longer (RFC 6265bis)".to_owned();
        faults.add("duration", value.span(), format!("`{}` is longer than 400 days", value.get_ref()), help);
        return None;
    }
    Some(length)
}

fn purpose(faults: &mut Faults<'_>, mut table: Section<'_, '_>) -> Option<Purpose> {
    let id = table.required_string(faults, "id", "\"metrics\"").and_then(|value| {
        value
            .get_ref()
            .parse::<PurposeId>()
            .map_err(|error| {
                let help = "write a short name such as `metrics`".to_owned();
                faults.add("identifier", value.span(), error.to_string(), help);
            })
            .ok()
    });
    let value = table.required_string(faults, "kind", "\"metrics\"");
    let kind = table.word(faults, "kind", value, &PurposeKind::ALL.map(PurposeKind::as_str));
    let title = table.required_text(faults, "title", "{ ru = \"…\", en = \"…\" }");
    let description = table.required_text(faults, "description", "{ ru = \"…\", en = \"…\" }");
    let value = table.required_string(faults, "basis", "\"consent\"");
    let basis = table.word(faults, "basis", value, &BASES);
    let data = table.required_text(faults, "data", "{ ru = \"IP-адрес\", en = \"IP address\" }");
    let value = table.required_string(faults, "retention", "\"365 days\"");
    let retention = value.and_then(|value| duration(faults, "retention", &value));
    table.finish(faults);
    let kind = PurposeKind::ALL.into_iter().find(|candidate| Some(candidate.as_str()) == kind)?;
    Some(Purpose {
        id: id?,
        kind,
        title: title?,
        description: description?,
        basis: basis?,
        data: data?,
        retention: retention?,
    })
}

/// A `[[service]]` of a site: one of the catalogue, or described on the spot; always with a purpose.
fn site_service(faults: &mut Faults<'_>, mut table: Section<'_, '_>, purposes: &[Purpose]) -> Option<Service> {
    let span = table.span();
    let named = table.string(faults, "purpose");
    let purpose = match named {
        None => {
            let known: Vec<_> = purposes.iter().map(|purpose| purpose.id.as_str()).collect();
            faults.add(
                "service-without-purpose",
                span.clone(),
                "the service has no `purpose`; what nobody answered for never runs".to_owned(),
                format!("add `purpose = \"…\"`, one of {}", known.join(", ")),
            );
            None
        }
        Some(name) => {
            let found = purposes.iter().find(|purpose| purpose.id.as_str() == name.get_ref());
            if found.is_none() {
                let known: Vec<_> = purposes.iter().map(|purpose| purpose.id.as_str()).collect();
                let help = match super::diagnostic::nearest(name.get_ref(), known.iter().copied()) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("use one of {}, or add the purpose", known.join(", ")),
                };
                faults.add("unknown-purpose", name.span(), format!("no purpose is called `{}`", name.get_ref()), help);
            }
            found.map(|purpose| purpose.id.clone())
        }
    };
    let mut service = match table.string(faults, "catalogue") {
        Some(name) => {
            let found = catalogue::text(name.get_ref()).and_then(|text| catalogue_service(name.get_ref(), text).ok());
            if found.is_none() {
                let help = match super::diagnostic::nearest(name.get_ref(), catalogue::ids()) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => "describe the service here: id, title, operator, country, hosts".to_owned(),
                };
                let message = format!("the catalogue has no service `{}`", name.get_ref());
                faults.add("unknown-service", name.span(), message, help);
            }
            table.finish(faults);
            found?
        }
        None => {
            let service = described_service(faults, &mut table);
            table.finish(faults);
            service?
        }
    };
    service.purpose = purpose?;
    Some(service)
}

/// Reads one file of the catalogue.
pub(crate) fn catalogue_service(id: &str, text: &str) -> Result<Service, Vec<Diagnostic>> {
    let mut faults = Faults::new(format!("{id}.toml"), text);
    let table = document(&mut faults, text);
    let mut root = Section::new("", 0..0, table.get_ref());
    let service = described_service(&mut faults, &mut root);
    let value = root.required_string(&mut faults, "kind", "\"metrics\"");
    root.word(&mut faults, "kind", value, &PurposeKind::ALL.map(PurposeKind::as_str));
    for form in root.strings(&mut faults, "forms") {
        allowed_word(&mut faults, "forms", &form, &FORMS);
    }
    let value = root.required_string(&mut faults, "evidence", "\"stored-pages\"");
    root.word(&mut faults, "evidence", value, &["stored-pages", "public-code", "listed"]);
    root.required_string(&mut faults, "source", "\"https://…\"");
    root.required(&mut faults, "verified_on", "2026-11-22");
    root.finish(&mut faults);
    if let Some(service) = &service
        && service.id != id
    {
        let help = format!("write `id = \"{id}\"`, as the file is called");
        faults.add("identifier", 0..0, format!("the file is called `{id}`, the service `{}`", service.id), help);
    }
    let found = faults.into_found();
    service.filter(|_| found.is_empty()).ok_or(found)
}

/// The keys a described service has in a site's policy and in the catalogue alike; the purpose is filled in later.
fn described_service(faults: &mut Faults<'_>, table: &mut Section<'_, '_>) -> Option<Service> {
    let id = table.required_string(faults, "id", "\"my-counter\"");
    let title = table.required_text(faults, "title", "\"My counter\"");
    let operator = table.required_text(faults, "operator", "\"…\"");
    let country = table.required_string(faults, "country", "\"RU\"");
    let hosts: Vec<_> = table.strings(faults, "hosts").into_iter().filter_map(|value| host(faults, value)).collect();
    let inline: Vec<String> = table
        .strings(faults, "inline")
        .into_iter()
        .filter_map(|value| {
            if value.get_ref().len() >= 4 && value.get_ref().is_ascii() {
                return Some(value.into_inner());
            }
            let help = "write at least four ASCII characters that only this service's snippets hold".to_owned();
            faults.add("inline", value.span(), format!("`{}` is no pattern", value.get_ref()), help);
            None
        })
        .collect();
    let mut cookies = Vec::new();
    for mut cookie in table.tables(faults, "cookies") {
        let name = cookie.required_string(faults, "name", "\"_ym_uid\"");
        let lifetime = cookie.required_string(faults, "lifetime", "\"365 days\"");
        cookie.finish(faults);
        let lifetime = lifetime.and_then(|value| match value.get_ref().as_str() {
            "session" => Some(Lifetime::Session),
            "unknown" => Some(Lifetime::Unknown),
            _ => duration(faults, "lifetime", &value).map(Lifetime::Limited),
        });
        if let (Some(name), Some(lifetime)) = (name, lifetime) {
            if name.get_ref().trim_end_matches('*').is_empty() {
                let help = "begin the name with what the service's cookies have in common".to_owned();
                faults.add("cookie", name.span(), "a bare `*` would be every cookie".to_owned(), help);
            } else {
                cookies.push(Cookie { name: name.into_inner(), lifetime });
            }
        }
    }
    let id = id.and_then(|value| {
        if is_identifier(value.get_ref()) {
            return Some(value.into_inner());
        }
        let help = "write a short name such as `yandex-metrika`".to_owned();
        faults.add("identifier", value.span(), format!("`{}` is no identifier", value.get_ref()), help);
        None
    });
    Some(Service {
        id: id?,
        purpose: "necessary".parse().expect("a literal identifier"),
        title: title?,
        operator: operator?,
        country: country?.into_inner(),
        hosts,
        inline,
        cookies,
    })
}

/// Checks a host pattern: `mc.yandex.ru`, `*.smi2.ru`, `yandex.ru/ads/`.
fn host(faults: &mut Faults<'_>, value: Spanned<String>) -> Option<String> {
    let text = value.get_ref();
    let name = text.split('/').next().unwrap_or_default();
    let plain = name.strip_prefix("*.").unwrap_or(name);
    let good = plain.contains('.')
        && !plain.starts_with('.')
        && !plain.ends_with('.')
        && plain.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.'))
        && text.is_ascii()
        && !text.contains(char::is_whitespace);
    if !good {
        let help = "write a host in lower case (punycode for national names), `*.` before it for its subdomains, \
                    a path after it if need be: \"mc.yandex.ru\", \"*.smi2.ru\", \"yandex.ru/ads/\""
            .to_owned();
        faults.add("host", value.span(), format!("`{text}` is no host"), help);
        return None;
    }
    Some(value.into_inner())
}

impl Text {
    pub(super) fn plain(text: String) -> Self {
        Self { plain: Some(text), by_language: BTreeMap::new() }
    }

    pub(super) fn translated(by_language: BTreeMap<Language, String>) -> Self {
        Self { plain: None, by_language }
    }
}
