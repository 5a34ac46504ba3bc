//! The services of a policy: of the catalogue, of the folder's own catalogue, or described on the spot.

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;

use super::super::{
    Diagnostic,
    diagnostic::nearest,
    format::{CATALOGUE, Table},
    read::{Faults, Section, document, term},
    service::{Contract, Cookie, Lifetime, Service},
    text::Text,
    word::{Party, Place, Role},
};
use crate::{catalogue, purpose::PurposeId};

/// Reads every `[[service]]`. Known services that are used are added to `files`, so that a version of the policy
/// holds everything it consists of. The second value is what is wrong in files of the folder's own catalogue.
pub(super) fn services(
    faults: &mut Faults<'_>,
    root: &Section<'_, '_>,
    purposes: &BTreeSet<PurposeId>,
    files: &mut BTreeMap<String, String>,
) -> (Vec<Service>, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let own = own_catalogue(files, &mut found);
    let mut services: Vec<Service> = Vec::new();
    let mut seen = BTreeSet::new();
    for table in root.tables(faults, "service") {
        let span = table.span();
        let Some(service) = service(faults, &table, purposes, &own) else {
            continue;
        };
        if !seen.insert(service.id.clone()) {
            let help = "remove one, or give it another `id`".to_owned();
            faults.add("duplicate", span, format!("service `{}` stands here twice", service.id), help);
            continue;
        }
        if let Some(name) = &service.catalogue
            && let Some(text) = catalogue::text(name)
        {
            files.entry(format!("catalogue/{name}.toml")).or_insert_with(|| text.to_owned());
        }
        services.push(service);
    }
    (services, found)
}

/// Reads `catalogue/*.toml` of the folder.
fn own_catalogue(files: &BTreeMap<String, String>, found: &mut Vec<Diagnostic>) -> BTreeMap<String, Service> {
    let mut own = BTreeMap::new();
    for (path, text) in files {
        let Some(id) = path.strip_prefix("catalogue/").and_then(|name| name.strip_suffix(".toml")) else {
            continue;
        };
        match read_catalogue(path, id, text) {
            Ok(service) => {
                own.insert(id.to_owned(), service);
            }
            Err(mut faults) => found.append(&mut faults),
        }
    }
    own
}

fn service(
    faults: &mut Faults<'_>,
    table: &Section<'_, '_>,
    known: &BTreeSet<PurposeId>,
    own: &BTreeMap<String, Service>,
) -> Option<Service> {
    let purposes = purposes(faults, table, known);
    let base = match table.string(faults, "catalogue") {
        None => None,
        Some(name) => {
            let found = match own.get(name.get_ref()) {
                Some(service) => Some(service.clone()),
                None => catalogue::text(name.get_ref()).and_then(|text| catalogue_service(name.get_ref(), text).ok()),
            };
            if found.is_none() {
                let known = own.keys().map(String::as_str).chain(catalogue::ids().map(|id| -> &str { id }));
                let help = match nearest(name.get_ref(), known) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => "describe the service here: id, title, operator, country, hosts".to_owned(),
                };
                let message = format!("the catalogue has no service `{}`", name.get_ref());
                faults.add("unknown-service", name.span(), message, help);
                return None;
            }
            found
        }
    };
    let role = table.word(faults, "role").and_then(Role::from_word);
    let contract = table.table(faults, "contract").and_then(|table| {
        let reference = table.string(faults, "reference");
        let operations = table.words(faults, "operations");
        let settles = table.words(faults, "settles");
        Some(Contract { reference: reference?.into_inner(), operations, settles })
    });
    let safeguard = table.text(faults, "safeguard");
    let transfer_notice = table.string(faults, "transfer-notice");
    let storage = table.string(faults, "storage");
    let sharing = table.boolean(faults, "sharing");
    let service = described(faults, table, base)?;
    Some(Service {
        purposes: purposes?,
        role: role?,
        contract,
        safeguard,
        transfer_notice: transfer_notice.map(Spanned::into_inner),
        storage: storage.map(Spanned::into_inner),
        sharing,
        ..service
    })
}

/// Reads `purpose` or `purposes`; a service without one is an error, since what nobody answered for never runs.
fn purposes(faults: &mut Faults<'_>, table: &Section<'_, '_>, known: &BTreeSet<PurposeId>) -> Option<Vec<PurposeId>> {
    let one = table.string(faults, "purpose");
    let several = table.strings(faults, "purposes");
    let names: Vec<_> = known.iter().map(PurposeId::as_str).collect();
    if one.is_none() && several.is_empty() {
        if !table.has("purpose") && !table.has("purposes") || several.is_empty() && table.has("purposes") {
            faults.add(
                "service-without-purpose",
                table.span(),
                "the service has no `purpose`; what nobody answered for never runs".to_owned(),
                format!("add `purpose = \"…\"`, one of {}", names.join(", ")),
            );
        }
        return None;
    }
    if one.is_some() && !several.is_empty() {
        let help = "keep `purposes` with all of them and remove `purpose`".to_owned();
        faults.add("duplicate", table.span(), "the service has both `purpose` and `purposes`".to_owned(), help);
    }
    let mut found: Vec<PurposeId> = Vec::new();
    let mut complete = true;
    for name in one.into_iter().chain(several) {
        match known.iter().find(|id| id.as_str() == name.get_ref()) {
            Some(id) if found.contains(id) => {}
            Some(id) => found.push(id.clone()),
            None => {
                complete = false;
                let help = match nearest(name.get_ref(), names.iter().copied()) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("use one of {}, or add the purpose", names.join(", ")),
                };
                faults.add("unknown-purpose", name.span(), format!("no purpose is called `{}`", name.get_ref()), help);
            }
        }
    }
    complete.then_some(found)
}

/// Reads one file of the built-in catalogue.
pub(crate) fn catalogue_service(id: &str, text: &str) -> Result<Service, Vec<Diagnostic>> {
    read_catalogue(&format!("{id}.toml"), id, text)
}

fn read_catalogue(path: &str, id: &str, text: &str) -> Result<Service, Vec<Diagnostic>> {
    static DECLARED: Table = CATALOGUE;
    let mut faults = Faults::new(path, text);
    let table = document(&mut faults, text);
    let root = Section::new(&mut faults, &DECLARED, "", 0..0, table.get_ref());
    let service = described(&mut faults, &root, None);
    root.word(&mut faults, "kind");
    for mark in root.strings(&mut faults, "containers") {
        let name = mark.get_ref().strip_prefix(['#', '.']).unwrap_or_default();
        if name.trim_matches('*').is_empty() || name.contains(char::is_whitespace) {
            let help = "write `#` and an identifier, or `.` and a class, with `*` for anything".to_owned();
            faults.add("container", mark.span(), format!("`{}` names no element", mark.get_ref()), help);
        }
    }
    root.word(&mut faults, "evidence");
    root.string(&mut faults, "source");
    root.date(&mut faults, "verified_on");
    if let Some(service) = &service
        && service.id != id
    {
        let help = format!("write `id = \"{id}\"`, as the file is called");
        let span = faults.place("id");
        faults.add("identifier", span, format!("the file is called `{id}`, the service `{}`", service.id), help);
    }
    let clean = faults.is_clean();
    let (found, _) = faults.into_found();
    match service {
        Some(service) if clean => Ok(Service { catalogue: Some(id.to_owned()), ..service }),
        _ => Err(found),
    }
}

/// Reads what a service is. What is not given comes from `base`; what neither has and must be there is a fault.
/// Purposes, role and contract are filled in by the caller.
fn described(faults: &mut Faults<'_>, table: &Section<'_, '_>, base: Option<Service>) -> Option<Service> {
    let based = base.is_some();
    let needed = |faults: &mut Faults<'_>, key: &'static str| {
        if !based && !table.has(key) {
            table.needs(faults, key);
        }
    };
    for key in ["id", "title", "operator", "country"] {
        needed(faults, key);
    }
    let id = table.string(faults, "id").map(Spanned::into_inner);
    let title = table.text(faults, "title");
    let operator = table.text(faults, "operator");
    let address = table.text(faults, "address");
    let country = table.string(faults, "country").map(Spanned::into_inner);
    let addresses = |faults: &mut Faults<'_>, key: &'static str| -> Vec<String> {
        table.strings(faults, key).into_iter().filter_map(|value| host(faults, value)).collect()
    };
    let hosts = addresses(faults, "hosts");
    let scripts = addresses(faults, "scripts");
    let frames = addresses(faults, "frames");
    let images = addresses(faults, "images");
    let links = addresses(faults, "links");
    let inline = inline(faults, table);
    let cookies = cookies(faults, table);
    let forms = table.words(faults, "forms");
    let base = base.unwrap_or_else(|| Service {
        id: String::new(),
        catalogue: None,
        purposes: Vec::new(),
        title: Text::default(),
        operator: Text::default(),
        address: None,
        country: String::new(),
        role: Role::Controller,
        contract: None,
        safeguard: None,
        transfer_notice: None,
        storage: None,
        sharing: true,
        hosts: Vec::new(),
        scripts: Vec::new(),
        frames: Vec::new(),
        images: Vec::new(),
        links: Vec::new(),
        inline: Vec::new(),
        cookies: Vec::new(),
        forms: Vec::new(),
    });
    if !based && (id.is_none() || title.is_none() || operator.is_none() || country.is_none()) {
        return None;
    }
    let or = |key: &str, given: Vec<String>, base: Vec<String>| if table.has(key) { given } else { base };
    Some(Service {
        id: id.unwrap_or(base.id),
        title: title.unwrap_or(base.title),
        operator: operator.unwrap_or(base.operator),
        address: address.or(base.address),
        country: country.unwrap_or(base.country),
        hosts: or("hosts", hosts, base.hosts),
        scripts: or("scripts", scripts, base.scripts),
        frames: or("frames", frames, base.frames),
        images: or("images", images, base.images),
        links: or("links", links, base.links),
        inline: or("inline", inline, base.inline),
        cookies: if table.has("cookies") { cookies } else { base.cookies },
        forms: if table.has("forms") { forms } else { base.forms },
        catalogue: base.catalogue,
        purposes: base.purposes,
        role: base.role,
        contract: base.contract,
        safeguard: base.safeguard,
        transfer_notice: base.transfer_notice,
        storage: base.storage,
        sharing: base.sharing,
    })
}

fn inline(faults: &mut Faults<'_>, table: &Section<'_, '_>) -> Vec<String> {
    let mut patterns = Vec::new();
    for value in table.strings(faults, "inline") {
        if value.get_ref().len() >= 4 && value.get_ref().is_ascii() {
            patterns.push(value.into_inner());
        } else {
            let help = "write at least four ASCII characters that only this service's snippets hold".to_owned();
            faults.add("inline", value.span(), format!("`{}` is no pattern", value.get_ref()), help);
        }
    }
    patterns
}

fn cookies(faults: &mut Faults<'_>, table: &Section<'_, '_>) -> Vec<Cookie> {
    let mut cookies = Vec::new();
    for cookie in table.tables(faults, "cookies") {
        let place = cookie.word(faults, "storage").and_then(Place::from_word);
        let name = cookie.string(faults, "name").filter(|name| cookie_name(faults, name, place));
        let lifetime = cookie.string(faults, "lifetime").and_then(|value| match value.get_ref().as_str() {
            "session" => Some(Lifetime::Session),
            "unknown" => Some(Lifetime::Unknown),
            _ => term(faults, "lifetime", &value).map(Lifetime::Limited),
        });
        let party = cookie.word(faults, "party").and_then(Party::from_word);
        let domain = cookie.string(faults, "domain").map(Spanned::into_inner);
        let purpose = cookie.text(faults, "purpose");
        if let (Some(name), Some(lifetime), Some(party), Some(place)) = (name, lifetime, party, place) {
            cookies.push(Cookie { name: name.into_inner(), lifetime, party, domain, place, purpose });
        }
    }
    cookies
}

/// Checks that a name begins with something and could be a cookie's (RFC 6265, section 4.1.1: a token). A storage key may be
/// any text (HTML, 12.2.1), as `taboola global:user-id` is.
fn cookie_name(faults: &mut Faults<'_>, name: &Spanned<String>, place: Option<Place>) -> bool {
    let start = name.get_ref().strip_suffix('*').unwrap_or(name.get_ref());
    let is_key = matches!(place, Some(Place::Local | Place::Session));
    let misfit = |c: char| c.is_whitespace() || matches!(c, ';' | ',' | '=' | '"');
    let (message, help) = if start.is_empty() {
        ("a bare `*` would be every cookie".to_owned(), "begin the name with what the service's cookies have in common")
    } else if !is_key && (start.contains(misfit) || !start.is_ascii()) {
        (format!("`{}` is no name of a cookie", name.get_ref()), "write the name as the browser shows it")
    } else {
        return true;
    };
    faults.add("cookie", name.span(), message, help.to_owned());
    false
}

/// Checks a host pattern: `mc.yandex.ru`, `*.smi2.ru`, `yandex.ru/ads/`.
fn host(faults: &mut Faults<'_>, value: Spanned<String>) -> Option<String> {
    let text = value.get_ref();
    let name = text.split('/').next().unwrap_or_default();
    let plain = name.strip_prefix("*.").unwrap_or(name);
    let good = plain.contains('.')
        && !plain.starts_with('.')
        && !plain.ends_with('.')
        && plain.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_'))
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
