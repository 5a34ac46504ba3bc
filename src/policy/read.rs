//! Text to checked values: reads the tables of a policy file by their declarations, each key once, and tells every
//! fault with its place.

use std::{collections::BTreeMap, ops::Range};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    conduct::Colour,
    diagnostic::{Diagnostic, Fault, nearest},
    format::{Key, Kind, Need, Table},
    text::{Term, Text},
    word::Level,
};
use crate::{language::Language, purpose::is_identifier};

type Entry<'i> = Spanned<DeValue<'i>>;

/// A name and its value, both with their places.
pub(super) type Pair = (Spanned<String>, Spanned<String>);

/// Where values stand: `purpose.metrics.retention` → bytes of the file.
pub(super) type Places = BTreeMap<String, Range<usize>>;

/// Collects the faults of one file, and where its values stand.
#[derive(Debug)]
pub(super) struct Faults<'i> {
    file: String,
    text: &'i str,
    found: Vec<Diagnostic>,
    places: Places,
}

impl<'i> Faults<'i> {
    pub(super) fn new(file: impl Into<String>, text: &'i str) -> Self {
        Self { file: file.into(), text, found: Vec::new(), places: Places::new() }
    }

    pub(super) fn add(&mut self, code: &'static str, span: Range<usize>, message: String, help: String) {
        self.found.push(Diagnostic::fault(Fault { code, file: &self.file, text: self.text, span, message, help }));
    }

    /// Returns the bytes of a value, of the table it belongs to, or of nothing at the start of the file.
    pub(super) fn place(&self, path: &str) -> Range<usize> {
        place(&self.places, path)
    }

    /// Adds what should be looked at but stops nothing.
    pub(super) fn warn(&mut self, code: &'static str, span: Range<usize>, message: String, help: String) {
        let fault = Diagnostic::fault(Fault { code, file: &self.file, text: self.text, span, message, help });
        self.found.push(Diagnostic { level: Level::Warning, ..fault });
    }

    pub(super) fn is_clean(&self) -> bool {
        self.found.iter().all(|fault| fault.level != Level::Error)
    }

    pub(super) fn into_found(self) -> (Vec<Diagnostic>, Places) {
        (self.found, self.places)
    }
}

/// Returns the bytes of the nearest thing to a path that has a place.
pub(super) fn place(places: &Places, path: &str) -> Range<usize> {
    let mut path = path;
    loop {
        if let Some(span) = places.get(path) {
            return span.clone();
        }
        match path.rsplit_once('.') {
            Some((parent, _)) => path = parent,
            None => return 0..0,
        }
    }
}

/// Parses a file, telling all its syntax errors; the table holds what could be read.
pub(super) fn document<'i>(faults: &mut Faults<'i>, text: &'i str) -> Spanned<DeTable<'i>> {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        faults.add(
            "syntax",
            span,
            error.message().trim().replace('\n', "; "),
            "write valid TOML: `key = \"value\"`, tables as `[name]`, lists as `[[name]]`".to_owned(),
        );
    }
    table
}

/// One table being read: only declared keys can be asked for, all others are faults.
#[derive(Debug)]
pub(super) struct Section<'t, 'i> {
    declared: &'static Table,
    /// Path of the table in the file; empty for the file itself.
    path: String,
    span: Range<usize>,
    table: &'t DeTable<'i>,
}

impl<'t, 'i> Section<'t, 'i> {
    /// Begins with a table and tells the keys of it that nobody declared.
    pub(super) fn new(
        faults: &mut Faults<'_>,
        declared: &'static Table,
        path: impl Into<String>,
        span: Range<usize>,
        table: &'t DeTable<'i>,
    ) -> Self {
        let section = Self { declared, path: path.into(), span, table };
        for (key, _) in table.iter() {
            let name: &str = key.get_ref();
            if declared.key(name).is_none() {
                let help = match nearest(name, declared.keys().map(|key| key.name)) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => {
                        let known: Vec<_> = declared.keys().map(|key| key.name).collect();
                        format!("remove it; known keys are {}", known.join(", "))
                    }
                };
                faults.add("unknown-key", key.span(), format!("`{name}` is no key {}", section.whereabouts()), help);
            }
        }
        section
    }

    pub(super) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.get(key).is_some()
    }

    fn whereabouts(&self) -> String {
        if self.declared.name.is_empty() { "here".to_owned() } else { format!("in [{}]", self.declared.name) }
    }

    /// Returns a declared key and its value; a missing one that is required is a fault with an example of the fix.
    fn entry(&self, faults: &mut Faults<'_>, name: &'static str) -> (&'static Key, Option<&'t Entry<'i>>) {
        let key = self.declared.key(name).expect("only declared keys are read, which every policy that is read tests");
        let value = self.table.get(name);
        match value {
            Some(entry) => {
                faults.places.insert(join(&self.path, name), entry.span());
            }
            None if key.need == Need::Required => match key.kind {
                Kind::Table(_) => faults.add(
                    "missing-table",
                    self.span.clone(),
                    format!("the table `[{name}]` is missing"),
                    format!("add `[{name}]`: {}", key.doc),
                ),
                Kind::Tables(_) => faults.add(
                    "missing-table",
                    self.span.clone(),
                    format!("there is no `[[{name}]]`"),
                    format!("add `[[{name}]]`: {}", key.doc),
                ),
                _ => self.missing(faults, key),
            },
            None => {}
        }
        (key, value)
    }

    /// Tells that a key is missing.
    fn missing(&self, faults: &mut Faults<'_>, key: &Key) {
        let place = if self.path.is_empty() { String::new() } else { format!(" in [{}]", self.declared.name) };
        faults.add(
            "missing-key",
            self.span.clone(),
            format!("`{}` is missing{place}", key.name),
            format!("add `{} = {}`", key.name, key.example),
        );
    }

    /// Tells that a key is missing which is needed here, though not everywhere.
    pub(super) fn needs(&self, faults: &mut Faults<'_>, name: &'static str) {
        self.missing(faults, self.declared.key(name).expect("only declared keys are asked for"));
    }

    /// Returns a table inside this one.
    pub(super) fn table(&self, faults: &mut Faults<'_>, name: &'static str) -> Option<Section<'t, 'i>> {
        let (key, entry) = self.entry(faults, name);
        let Kind::Table(declared) = key.kind else { unreachable!("`{name}` is declared as a table") };
        let entry = entry?;
        match entry.get_ref().as_table() {
            Some(table) => Some(Section::new(faults, declared, join(&self.path, name), entry.span(), table)),
            None => {
                wrong_type(faults, name, entry, "a table");
                None
            }
        }
    }

    /// Returns the tables of a list `[[key]]`; none when it is absent. The path of each holds its `id`, its
    /// `catalogue`, its `name` or its number.
    pub(super) fn tables(&self, faults: &mut Faults<'_>, name: &'static str) -> Vec<Section<'t, 'i>> {
        let (key, entry) = self.entry(faults, name);
        let Kind::Tables(declared) = key.kind else { unreachable!("`{name}` is declared as a list of tables") };
        let Some(entry) = entry else {
            return Vec::new();
        };
        let Some(array) = entry.get_ref().as_array() else {
            wrong_type(faults, name, entry, "a list of tables");
            return Vec::new();
        };
        let mut sections = Vec::new();
        for (number, item) in array.iter().enumerate() {
            let Some(table) = item.get_ref().as_table() else {
                wrong_type(faults, name, item, "a table");
                continue;
            };
            let called = ["id", "catalogue", "name", "code", "file"]
                .iter()
                .find_map(|key| table.get(*key)?.get_ref().as_str().map(str::to_owned))
                .unwrap_or_else(|| number.to_string());
            let path = join(&join(&self.path, name), &called);
            faults.places.entry(path.clone()).or_insert(item.span());
            sections.push(Section::new(faults, declared, path, item.span(), table));
        }
        sections
    }

    /// Returns the tables by the names of profiles.
    pub(super) fn by_profile(
        &self,
        faults: &mut Faults<'_>,
        name: &'static str,
    ) -> Vec<(&'static str, Section<'t, 'i>)> {
        let (key, entry) = self.entry(faults, name);
        let Kind::ByProfile(declared) = key.kind else { unreachable!("`{name}` is declared as tables by profile") };
        let Some(table) = entry.and_then(|entry| {
            let table = entry.get_ref().as_table();
            if table.is_none() {
                wrong_type(faults, name, entry, "tables by the names of profiles");
            }
            table
        }) else {
            return Vec::new();
        };
        let mut found = Vec::new();
        for (called, value) in table.iter() {
            let word = Spanned::new(called.span(), called.get_ref().clone().into_owned());
            let Some(profile) = allowed_word(faults, name, &word, &super::format::PROFILES) else {
                continue;
            };
            match value.get_ref().as_table() {
                Some(inner) => {
                    let path = join(&join(&self.path, name), profile);
                    faults.places.insert(path.clone(), value.span());
                    found.push((profile, Section::new(faults, declared, path, value.span(), inner)));
                }
                None => wrong_type(faults, profile, value, "a table"),
            }
        }
        found
    }

    pub(super) fn string(&self, faults: &mut Faults<'_>, name: &'static str) -> Option<Spanned<String>> {
        let (key, entry) = self.entry(faults, name);
        let value = string(faults, name, key.example, entry?)?;
        well_formed(faults, key, &value).then_some(value)
    }

    pub(super) fn text(&self, faults: &mut Faults<'_>, name: &'static str) -> Option<Text> {
        let (key, entry) = self.entry(faults, name);
        text(faults, name, key.example, &join(&self.path, name), entry?)
    }

    /// Returns a list of strings; none when it is absent.
    pub(super) fn strings(&self, faults: &mut Faults<'_>, name: &'static str) -> Vec<Spanned<String>> {
        self.list(faults, name, "a list of strings", |faults, _, item| string(faults, name, "", item))
    }

    /// Returns a list of texts; none when it is absent.
    pub(super) fn texts(&self, faults: &mut Faults<'_>, name: &'static str) -> Vec<Text> {
        self.list(faults, name, "a list of texts", |faults, path, item| text(faults, name, "", path, item))
    }

    fn list<T>(
        &self,
        faults: &mut Faults<'_>,
        name: &'static str,
        expected: &str,
        mut read: impl FnMut(&mut Faults<'_>, &str, &'t Entry<'i>) -> Option<T>,
    ) -> Vec<T> {
        let (key, entry) = self.entry(faults, name);
        let Some(entry) = entry else {
            return Vec::new();
        };
        let Some(array) = entry.get_ref().as_array() else {
            wrong_type(faults, name, entry, expected);
            return Vec::new();
        };
        if array.is_empty() && key.need == Need::Required {
            let help = format!("write at least one: `{name} = {}`", key.example);
            faults.add("empty", entry.span(), format!("`{name}` is empty"), help);
        }
        let mut found = Vec::new();
        for (number, item) in array.iter().enumerate() {
            let path = format!("{}.{number}", join(&self.path, name));
            faults.places.insert(path.clone(), item.span());
            found.extend(read(faults, &path, item));
        }
        found
    }

    /// Returns one word of those the key allows, or its default.
    pub(super) fn word(&self, faults: &mut Faults<'_>, name: &'static str) -> Option<&'static str> {
        let (key, entry) = self.entry(faults, name);
        let Kind::Word(allowed) = key.kind else { unreachable!("`{name}` is declared as a word") };
        match (entry, key.need) {
            (Some(entry), _) => {
                let value = string(faults, name, key.example, entry)?;
                allowed_word(faults, name, &value, allowed)
            }
            (None, Need::Default(default)) => Some(default.trim_matches('"')),
            (None, _) => None,
        }
    }

    /// Returns the words of a list, each of those the key allows and each once; the default when it is absent.
    pub(super) fn words(&self, faults: &mut Faults<'_>, name: &'static str) -> Vec<&'static str> {
        let key = self.declared.key(name).expect("only declared keys are read");
        let Kind::Words(allowed) = key.kind else { unreachable!("`{name}` is declared as words") };
        if let (false, Need::Default(default)) = (self.has(name), key.need) {
            return allowed.iter().copied().filter(|word| default.contains(&format!("\"{word}\""))).collect();
        }
        let mut found: Vec<&'static str> = Vec::new();
        for value in self.strings(faults, name) {
            if let Some(word) = allowed_word(faults, name, &value, allowed) {
                if found.contains(&word) {
                    let help = "name each once".to_owned();
                    faults.add("duplicate", value.span(), format!("`{word}` stands in `{name}` twice"), help);
                } else {
                    found.push(word);
                }
            }
        }
        found
    }

    /// Returns a length of time, or the default.
    pub(super) fn term(&self, faults: &mut Faults<'_>, name: &'static str) -> Option<Spanned<Term>> {
        let (key, entry) = self.entry(faults, name);
        match (entry, key.need) {
            (Some(entry), _) => {
                let value = string(faults, name, key.example, entry)?;
                term(faults, name, &value).map(|term| Spanned::new(value.span(), term))
            }
            (None, Need::Default(default)) => {
                let term = default.trim_matches('"').parse().expect("defaults are tested to be terms");
                Some(Spanned::new(self.span.clone(), term))
            }
            (None, _) => None,
        }
    }

    /// Returns yes or no, or the default.
    pub(super) fn boolean(&self, faults: &mut Faults<'_>, name: &'static str) -> bool {
        let (key, entry) = self.entry(faults, name);
        let default = key.need == Need::Default("true");
        let Some(entry) = entry else {
            return default;
        };
        entry.get_ref().as_bool().unwrap_or_else(|| {
            wrong_type(faults, name, entry, "`true` or `false`");
            default
        })
    }

    pub(super) fn date(&self, faults: &mut Faults<'_>, name: &'static str) -> Option<time::Date> {
        let (_, entry) = self.entry(faults, name);
        let entry = entry?;
        let date = entry.get_ref().as_datetime().filter(|value| value.time.is_none()).and_then(|value| value.date);
        let date = date.and_then(|date| {
            let month = time::Month::try_from(date.month).ok()?;
            time::Date::from_calendar_date(i32::from(date.year), month, date.day).ok()
        });
        if date.is_none() {
            wrong_type(faults, name, entry, "a day without quotes: 2026-01-31");
        }
        date
    }

    pub(super) fn colour(&self, faults: &mut Faults<'_>, name: &'static str) -> Option<Colour> {
        let value = self.string(faults, name)?;
        Colour::parse(value.get_ref())
    }

    /// Returns languages, each once.
    pub(super) fn languages(&self, faults: &mut Faults<'_>, name: &'static str) -> Vec<Language> {
        let mut found: Vec<Language> = Vec::new();
        for tag in self.strings(faults, name) {
            match tag.get_ref().parse::<Language>() {
                Ok(language) if found.contains(&language) => {
                    let help = "name each language once".to_owned();
                    faults.add("duplicate", tag.span(), format!("language `{language}` stands here twice"), help);
                }
                Ok(language) => found.push(language),
                Err(error) => invalid_language(faults, tag.span(), &error),
            }
        }
        found
    }

    /// Returns the site's own words by language: labels and messages with their places.
    pub(super) fn labels(&self, faults: &mut Faults<'_>, name: &'static str) -> Vec<(Language, Vec<Pair>)> {
        let (_, entry) = self.entry(faults, name);
        let Some(entry) = entry else {
            return Vec::new();
        };
        let Some(table) = entry.get_ref().as_table() else {
            wrong_type(faults, name, entry, "a table for each language");
            return Vec::new();
        };
        let mut found = Vec::new();
        for (tag, words) in table.iter() {
            let language = match tag.get_ref().parse::<Language>() {
                Ok(language) => language,
                Err(error) => {
                    invalid_language(faults, tag.span(), &error);
                    continue;
                }
            };
            let Some(words) = words.get_ref().as_table() else {
                wrong_type(faults, tag.get_ref(), words, "a table of labels");
                continue;
            };
            let mut messages = Vec::new();
            for (key, message) in words.iter() {
                let label: &str = key.get_ref();
                faults.places.insert(format!("{name}.{language}.{label}"), message.span());
                if let Some(message) = string(faults, label, "", message) {
                    messages.push((Spanned::new(key.span(), label.to_owned()), message));
                }
            }
            found.push((language, messages));
        }
        found
    }
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

/// Returns the allowed word a value is, or reports it with the nearest one.
pub(super) fn allowed_word(
    faults: &mut Faults<'_>,
    key: &str,
    value: &Spanned<String>,
    allowed: &[&'static str],
) -> Option<&'static str> {
    let found = allowed.iter().find(|word| *word == value.get_ref());
    if found.is_none() {
        let help = match nearest(value.get_ref(), allowed.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("use one of {}", allowed.join(", ")),
        };
        faults.add("unknown-word", value.span(), format!("`{}` is no value of `{key}`", value.get_ref()), help);
    }
    found.copied()
}

/// Reads `180 days`, `10 working days`.
pub(super) fn term(faults: &mut Faults<'_>, key: &str, value: &Spanned<String>) -> Option<Term> {
    let parsed = value.get_ref().parse().ok();
    if parsed.is_none() {
        faults.add(
            "term",
            value.span(),
            format!("`{}` is no length of time for `{key}`", value.get_ref()),
            "write a whole number and a unit: \"180 days\", \"10 working days\", \"1 month\", \"2 hours\"".to_owned(),
        );
    }
    parsed
}

/// Checks what a string must look like by its declaration.
fn well_formed(faults: &mut Faults<'_>, key: &Key, value: &Spanned<String>) -> bool {
    let text = value.get_ref().as_str();
    let (good, code, what, help) = match key.kind {
        Kind::Identifier => (
            is_identifier(text),
            "identifier",
            "no identifier",
            "write a short name of lower-case letters, digits and hyphens, a letter first: `own-counter`",
        ),
        Kind::Country => (
            text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase()),
            "country",
            "no country",
            "write two capital letters of ISO 3166-1: \"RU\", \"DE\"",
        ),
        Kind::Email => {
            (is_email(text), "email", "no mail address", "write an address such as \"privacy@news.example\"")
        }
        Kind::Url => (
            url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host()),
            "url",
            "no web address",
            "write scheme and host: \"https://news.example\"",
        ),
        Kind::Zone => (
            jiff::tz::TimeZone::get(text).is_ok(),
            "zone",
            "no time zone",
            "write a name of the IANA database: \"Europe/Moscow\", \"Asia/Vladivostok\"",
        ),
        Kind::Colour => (Colour::parse(text).is_some(), "colour", "no colour", "write six digits: \"#1a73e8\""),
        _ => return true,
    };
    if !good {
        faults.add(code, value.span(), format!("`{text}` is {what} for `{}`", key.name), help.to_owned());
    }
    good
}

/// Says whether a text has the form `local@domain` without white space; whether mail arrives there, nobody can tell.
fn is_email(text: &str) -> bool {
    text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && domain.split('.').count() >= 2
            && domain.split('.').all(|part| !part.is_empty())
            && !text.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | ',' | ';'))
            && !domain.contains('@')
    })
}

/// Reads a string that says something; `example` is one, as TOML, or nothing.
fn string(faults: &mut Faults<'_>, key: &str, example: &str, entry: &Entry<'_>) -> Option<Spanned<String>> {
    match entry.get_ref().as_str() {
        Some(value) if value.trim().is_empty() => {
            let help = match example {
                "" => "write a value or remove the key".to_owned(),
                example => format!("write a value, such as {example}"),
            };
            faults.add("empty", entry.span(), format!("`{key}` is empty"), help);
            None
        }
        // Control characters have no place in a page, and some steer terminals.
        Some(value) if value.contains(|c: char| c.is_control() && c != '\n' && c != '\t') => {
            let help = "write the text without control characters".to_owned();
            faults.add("control", entry.span(), format!("`{key}` holds a control character"), help);
            None
        }
        Some(value) => Some(Spanned::new(entry.span(), value.to_owned())),
        None => {
            wrong_type(faults, key, entry, "a string");
            None
        }
    }
}

fn text(faults: &mut Faults<'_>, key: &str, example: &str, path: &str, entry: &Entry<'_>) -> Option<Text> {
    if entry.get_ref().as_str().is_some() {
        return string(faults, key, example, entry).map(|value| Text::plain(value.into_inner()));
    }
    let Some(table) = entry.get_ref().as_table() else {
        wrong_type(faults, key, entry, "a string, or a table of strings by language");
        return None;
    };
    let mut by_language = BTreeMap::new();
    for (tag, value) in table.iter() {
        match tag.get_ref().parse::<Language>() {
            Ok(language) => {
                faults.places.insert(format!("{path}.{language}"), value.span());
                if let Some(value) = string(faults, key, "", value) {
                    by_language.insert(language, value.into_inner());
                }
            }
            Err(error) => invalid_language(faults, tag.span(), &error),
        }
    }
    if table.is_empty() {
        let help = "write `{ ru = \"…\", en = \"…\" }`".to_owned();
        faults.add("empty", entry.span(), format!("`{key}` is empty"), help);
    }
    (!by_language.is_empty()).then(|| Text::translated(by_language))
}

fn invalid_language(faults: &mut Faults<'_>, span: Range<usize>, error: &crate::language::InvalidLanguage) {
    faults.add("language", span, error.to_string(), "write languages as `ru`, `en`, `pt-br`".to_owned());
}

pub(super) fn wrong_type(faults: &mut Faults<'_>, key: &str, entry: &Entry<'_>, expected: &str) {
    let message = format!("`{key}` is {} here", entry.get_ref().type_str());
    faults.add("type", entry.span(), message, format!("write {expected}"));
}
