//! The files of a folder to a [`Policy`], or to everything that is wrong with them.

mod conduct;
mod labels;
mod operator;
mod purpose;
mod service;
mod translations;

use std::{collections::BTreeMap, ops::Range};

use sha2::{Digest, Sha256};

#[cfg(any(test, feature = "scan"))]
pub(crate) use self::service::catalogue_service;
use super::{
    Calendar, Diagnostic, Policy,
    format::ROOT,
    material::text_hash,
    read::{Faults, Section, document},
    word::Level,
};
use crate::{
    documents::{self, Document},
    language::Language,
    purpose::PurposeKind,
};

/// Reads `policy.toml` and the texts beside it. The policy is there when nothing found is an error.
pub(super) fn compile(mut files: BTreeMap<String, String>) -> (Option<Policy>, Vec<Diagnostic>) {
    let Some(source) = files.get("policy.toml").cloned() else {
        let mut faults = Faults::new("policy.toml", "");
        let help = "add policy.toml; `tower-consent init DIR` writes a folder to start from".to_owned();
        faults.add("missing-file", 0..0, "the folder has no policy.toml".to_owned(), help);
        return (None, faults.into_found().0);
    };
    let mut faults = Faults::new("policy.toml", &source);
    let table = document(&mut faults, &source);
    let root = Section::new(&mut faults, &ROOT, "", 0..0, table.get_ref());

    let site = root.table(&mut faults, "site").and_then(|table| operator::site(&mut faults, &table));
    let operator = root.table(&mut faults, "operator").and_then(|table| operator::operator(&mut faults, &table));
    let processing = root.table(&mut faults, "processing").and_then(|table| operator::processing(&mut faults, &table));
    let storage = root.table(&mut faults, "storage").and_then(|table| operator::storage(&mut faults, &table));
    let retention = operator::retention(&mut faults, &root);
    let rights = operator::rights(&mut faults, &root, operator.as_ref());
    let destruction =
        root.table(&mut faults, "destruction").and_then(|table| operator::destruction(&mut faults, &table));
    let recommendations = operator::recommendations(&mut faults, &root, operator.as_ref());
    let choice = root.table(&mut faults, "choice").and_then(|table| conduct::choice(&mut faults, &table));
    let cookie_domain = conduct::cookie_domain(&mut faults, &root, site.as_ref());
    let record = conduct::record(&mut faults, &root);
    let look = conduct::look(&mut faults, &root);
    let gate = conduct::gate(&mut faults, &root);
    conduct::neutral(&mut faults, &gate, choice.as_ref());
    let signals = conduct::signals(&mut faults, &root);
    let labels = labels::labels(&mut faults, &root, &source);
    let editorial = conduct::editorial(&mut faults, &root);
    let rules = conduct::rules(&mut faults, &root);
    let (purposes, known) = purpose::purposes(&mut faults, &root);
    let (services, mut found) = service::services(&mut faults, &root, &known, &mut files);

    for mark in &editorial {
        let place = faults.place(&format!("editorial.{}", mark.file));
        match files.get(&mark.file) {
            None => {
                let help = "name a text of the folder, such as \"ru/consent.md\", or remove the mark".to_owned();
                faults.add("unknown-file", place, format!("there is no text `{}`", mark.file), help);
            }
            Some(text) if text_hash(text) != mark.text => faults.warn(
                "editorial-stale",
                place,
                format!(
                    "`{}` has changed since it was marked as a wording fix, so visitors are asked again",
                    mark.file
                ),
                "run `tower-consent diff OLD NEW` and replace the mark, or remove it".to_owned(),
            ),
            Some(_) => {}
        }
    }

    let complete = faults.is_clean();
    let (mut all, places) = faults.into_found();
    all.append(&mut found);
    // The texts are looked at even where `policy.toml` is faulty, so that everything is told at once.
    let recommends = purposes.iter().any(|purpose| purpose.kind == PurposeKind::Recommendations);
    let languages = site.as_ref().map_or(&[][..], |site| &site.languages);
    let texts = texts(languages, recommends, &files, &mut all);
    let (Some(site), Some(operator), Some(processing), Some(choice)) = (site, operator, processing, choice) else {
        return (None, sorted(all));
    };
    let calendar = calendar(&operator.country, &files, &mut all);
    let words = labels::words(&site.languages, &labels);
    let policy = Policy {
        version: version(&files),
        site,
        operator,
        processing,
        storage,
        retention,
        rights,
        destruction,
        recommendations,
        choice,
        cookie_domain,
        record,
        look,
        gate,
        signals,
        labels,
        words,
        editorial,
        rules,
        purposes,
        services,
        texts,
        files,
        places,
        materials: BTreeMap::new(),
        calendar,
    };
    for ((language, document), text) in &policy.texts {
        let path = format!("{language}/{}.md", document.as_str());
        let unset = documents::unset(&policy, language, text);
        faults_of(&path, text, unset, &mut all);
    }
    translations::missing(&policy, &source, &mut all);
    let usable = complete && all.iter().all(|fault| fault.level != Level::Error);
    (usable.then(|| policy.with_materials()), sorted(all))
}

/// What is wrong with a placeholder, and what to do about it.
fn placeholder(fault: &documents::Fault<'_>) -> (String, String) {
    match fault {
        documents::Fault::Unclosed => {
            ("`{{` has no `}}` on its line".to_owned(), "write `{{ name }}`, or take the braces out".to_owned())
        }
        documents::Fault::Unknown(name) => {
            let help = match super::diagnostic::nearest(name, documents::names()) {
                Some(meant) => format!("did you mean `{{{{ {meant} }}}}`?"),
                None => format!("use one of {}", documents::names().collect::<Vec<_>>().join(", ")),
            };
            (format!("`{name}` is no value a text can use"), help)
        }
        documents::Fault::Unset(name) => {
            (format!("policy.toml does not say `{name}`"), "add it there, or take it out of the text".to_owned())
        }
        documents::Fault::Misplaced(name) => (
            format!("the table `{name}` stands inside a line or where no table can be"),
            "give it a line of its own, not indented by four spaces; a banner has no tables".to_owned(),
        ),
    }
}

/// Puts the faults in the order of files and places, `policy.toml` first.
fn sorted(mut found: Vec<Diagnostic>) -> Vec<Diagnostic> {
    found.sort_by(|left, right| {
        let key = |fault: &Diagnostic| (fault.file != "policy.toml", fault.file.clone(), fault.span.start);
        key(left).cmp(&key(right))
    });
    found
}

/// Takes the texts of every language out of the files; a missing one is a fault, and so is a placeholder that
/// nothing fills. The rules of recommendation
/// technologies are needed where something is recommended, or where another language has them.
fn texts(
    languages: &[Language],
    recommends: bool,
    files: &BTreeMap<String, String>,
    found: &mut Vec<Diagnostic>,
) -> BTreeMap<(Language, Document), String> {
    let mut texts = BTreeMap::new();
    let name = |language: &Language, document: Document| format!("{language}/{}.md", document.as_str());
    let rules =
        recommends || languages.iter().any(|language| files.contains_key(&name(language, Document::Recommendations)));
    for language in languages {
        for document in Document::FILES {
            let path = name(language, document);
            match files.get(&path) {
                Some(text) => {
                    faults_of(&path, text, documents::check(document, text), found);
                    texts.insert((language.clone(), document), text.clone());
                }
                None if document == Document::Recommendations && !rules => {}
                None => {
                    let mut faults = Faults::new(&path, "");
                    let help = format!("write {path}, or take `{language}` out of `site.languages`");
                    faults.add("missing-file", 0..0, format!("the text {path} is missing"), help);
                    found.extend(faults.into_found().0);
                }
            }
        }
    }
    texts
}

/// Returns the working days of a country, with those the folder brings over the built-in ones.
fn calendar(country: &str, files: &BTreeMap<String, String>, found: &mut Vec<Diagnostic>) -> Calendar {
    let known = Calendar::of_country(country).cloned().unwrap_or_else(|| Calendar::unknown(country));
    let Some(text) = files.get("calendar.toml") else { return known };
    let mut faults = Faults::new("calendar.toml", text);
    match Calendar::read(text) {
        Ok(own) if own.country() == country => return known.with(&own),
        Ok(own) => {
            let place = text.find(own.country()).map_or(0..0, |start| start..start + own.country().len());
            let what = format!("the calendar is of {}, and the operator in {country}", own.country());
            faults.add("calendar", place, what, format!("write the working days of {country}"));
        }
        Err(error) => {
            let help =
                "write `country`, `verified_on` and for each year `[years.2028]` with `source`, `off` and `worked`";
            faults.add("calendar", error.span.clone(), error.to_string(), help.to_owned());
        }
    }
    found.extend(faults.into_found().0);
    known
}

/// Tells the placeholders of a text that cannot stay as they are.
fn faults_of(
    path: &str,
    text: &str,
    placeholders: Vec<(Range<usize>, documents::Fault<'_>)>,
    found: &mut Vec<Diagnostic>,
) {
    let mut faults = Faults::new(path, text);
    for (span, fault) in placeholders {
        let (message, help) = placeholder(&fault);
        faults.add("placeholder", span, message, help);
    }
    found.extend(faults.into_found().0);
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
