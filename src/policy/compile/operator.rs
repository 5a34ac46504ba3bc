//! Site, operator, processing, storage, retention, rights, destruction, recommendations.

use super::super::{
    operator::{
        Depersonalisation, Destruction, Notice, Operator, Processing, Recommendations, Responsible, Retention, Rights,
        Site, Storage,
    },
    read::{Faults, Section},
    text::Term,
    word::{Evidence, Method, Profile},
};
use crate::language::Language;

pub(super) fn site(faults: &mut Faults<'_>, table: &Section<'_, '_>) -> Option<Site> {
    let name = table.text(faults, "name");
    let origin = table.string(faults, "origin").and_then(|value| {
        let url = url::Url::parse(value.get_ref()).ok().filter(|url| {
            url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty()
        });
        if url.is_none() {
            let help = "write scheme and host alone: \"https://news.example\"".to_owned();
            faults.add("url", value.span(), format!("`{}` is no origin of a web site", value.get_ref()), help);
        }
        url
    });
    let languages = table.languages(faults, "languages");
    let binding = table.string(faults, "binding").and_then(|tag| {
        let found = tag.get_ref().parse::<Language>().ok().filter(|language| languages.contains(language));
        if found.is_none() {
            let help = "name one of `languages`, or remove the key".to_owned();
            faults.add("language", tag.span(), format!("the site has no language `{}`", tag.get_ref()), help);
        }
        found
    });
    let mut profiles: Vec<Profile> =
        table.words(faults, "profiles").into_iter().filter_map(Profile::from_word).collect();
    if !profiles.contains(&Profile::Base) {
        profiles.push(Profile::Base);
    }
    let first = languages.first()?.clone();
    Some(Site { name: name?, origin: origin?, languages, binding: binding.unwrap_or(first), profiles })
}

pub(super) fn operator(faults: &mut Faults<'_>, table: &Section<'_, '_>) -> Option<Operator> {
    let name = table.text(faults, "name");
    let address = table.text(faults, "address");
    let email = table.string(faults, "email");
    let country = table.string(faults, "country");
    let phone = table.string(faults, "phone");
    let tax_id = table.string(faults, "tax-id");
    let registration = table.string(faults, "registration");
    let representative = table.text(faults, "representative");
    let responsible = table.table(faults, "responsible").and_then(|table| {
        let name = table.text(faults, "name");
        let email = table.string(faults, "email");
        Some(Responsible { name: name?, email: email?.into_inner() })
    });
    let notice = table.table(faults, "notice").map(|table| Notice {
        number: table.string(faults, "number").map(|value| value.into_inner()),
        date: table.date(faults, "date"),
        exemption: table.text(faults, "exemption"),
        operations: table.words(faults, "operations"),
    });
    Some(Operator {
        name: name?,
        address: address?,
        email: email?.into_inner(),
        country: country?.into_inner(),
        phone: phone.map(|value| value.into_inner()),
        tax_id: tax_id.map(|value| value.into_inner()),
        registration: registration.map(|value| value.into_inner()),
        responsible,
        representative,
        notice,
    })
}

pub(super) fn processing(faults: &mut Faults<'_>, table: &Section<'_, '_>) -> Option<Processing> {
    let method = table.word(faults, "method").and_then(Method::from_word);
    let operations = table.words(faults, "operations");
    let manual_steps = table.texts(faults, "manual-steps");
    let internal_network = table.boolean(faults, "internal-network");
    let internet = table.boolean(faults, "internet");
    let special_categories = table.boolean(faults, "special-categories");
    let profiling = table.text(faults, "profiling");
    let depersonalisation = table.table(faults, "depersonalisation").and_then(|table| {
        let method = table.text(faults, "method");
        let assessed_on = table.date(faults, "assessed-on");
        let separate = table.boolean(faults, "separate");
        Some(Depersonalisation { method: method?, assessed_on: assessed_on?, separate })
    });
    Some(Processing {
        method: method?,
        operations,
        manual_steps,
        internal_network,
        internet,
        depersonalisation,
        special_categories,
        profiling,
    })
}

pub(super) fn storage(faults: &mut Faults<'_>, table: &Section<'_, '_>) -> Option<Storage> {
    let country = table.string(faults, "country");
    let place = table.text(faults, "place");
    let exception = table.text(faults, "exception");
    Some(Storage { country: country?.into_inner(), place, exception })
}

pub(super) fn retention(faults: &mut Faults<'_>, root: &Section<'_, '_>) -> Retention {
    let table = root.table(faults, "retention");
    Retention {
        records: term(faults, table.as_ref(), "records", "3 years"),
        short_lived: term(faults, table.as_ref(), "short-lived", "90 days"),
        requests: term(faults, table.as_ref(), "requests", "3 years"),
        destruction: term(faults, table.as_ref(), "destruction", "3 years"),
        screenshots: table.as_ref().and_then(|table| table.text(faults, "screenshots")),
    }
}

pub(super) fn rights(faults: &mut Faults<'_>, root: &Section<'_, '_>, operator: Option<&Operator>) -> Rights {
    let table = root.table(faults, "rights");
    let table = table.as_ref();
    let email = table.and_then(|table| table.string(faults, "email")).map(|value| value.into_inner());
    Rights {
        email: email.or_else(|| operator.map(|operator| operator.email.clone())).unwrap_or_default(),
        access: term(faults, table, "access", "10 working days"),
        extension: term(faults, table, "extension", "5 working days"),
        correction: term(faults, table, "correction", "7 working days"),
        stop: term(faults, table, "stop", "10 working days"),
        withdrawal: term(faults, table, "withdrawal", "30 days"),
        block: term(faults, table, "block", "180 days"),
        time_zone: table.and_then(|table| table.string(faults, "time-zone")).map(|zone| zone.into_inner()),
        opt_out_link: table.and_then(|table| table.text(faults, "opt-out-link")),
        authority: table.and_then(|table| table.text(faults, "authority")),
    }
}

/// Reads a term whose table may be absent; `default` is what the format declares, which a test compares.
fn term(faults: &mut Faults<'_>, table: Option<&Section<'_, '_>>, key: &'static str, default: &str) -> Term {
    let read = table.and_then(|table| table.term(faults, key)).map(|term| term.into_inner());
    read.unwrap_or_else(|| default.parse().expect("a literal term"))
}

pub(super) fn destruction(faults: &mut Faults<'_>, table: &Section<'_, '_>) -> Option<Destruction> {
    let system = table.text(faults, "system");
    let method = table.text(faults, "method");
    let signatories = table.texts(faults, "signatories");
    let evidence = table.words(faults, "evidence").into_iter().filter_map(Evidence::from_word).collect();
    Some(Destruction { system: system?, method: method?, signatories, evidence })
}

pub(super) fn recommendations(
    faults: &mut Faults<'_>,
    root: &Section<'_, '_>,
    operator: Option<&Operator>,
) -> Recommendations {
    let table = root.table(faults, "recommendations");
    let email = table.as_ref().and_then(|table| table.string(faults, "email")).map(|value| value.into_inner());
    let owner = table.as_ref().and_then(|table| table.text(faults, "owner"));
    Recommendations {
        email: email.or_else(|| operator.map(|operator| operator.email.clone())).unwrap_or_default(),
        owner: owner.or_else(|| operator.map(|operator| operator.name.clone())).unwrap_or_default(),
    }
}
