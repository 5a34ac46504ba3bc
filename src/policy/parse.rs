//! Text to checked values: reads the tables of a policy file, each key once, and tells every fault with its place.

use std::{collections::BTreeMap, ops::Range, time::Duration};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    Text,
    diagnostic::{Diagnostic, nearest, position},
};
use crate::language::Language;

type Entry<'i> = Spanned<DeValue<'i>>;

/// Collects the faults of one file.
#[derive(Debug)]
pub(super) struct Faults<'i> {
    file: String,
    text: &'i str,
    found: Vec<Diagnostic>,
}

impl<'i> Faults<'i> {
    pub(super) fn new(file: impl Into<String>, text: &'i str) -> Self {
        Self { file: file.into(), text, found: Vec::new() }
    }

    pub(super) fn add(&mut self, code: &'static str, span: Range<usize>, message: String, help: String) {
        let (line, column) = position(self.text, span.start);
        self.found.push(Diagnostic { code, file: self.file.clone(), span, line, column, message, help });
    }

    pub(super) fn into_found(self) -> Vec<Diagnostic> {
        self.found
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

/// One table being read: every key that is asked for is known, the others are faults.
#[derive(Debug)]
pub(super) struct Section<'t, 'i> {
    name: String,
    span: Range<usize>,
    table: &'t DeTable<'i>,
    known: Vec<&'static str>,
}

impl<'t, 'i> Section<'t, 'i> {
    pub(super) fn new(name: impl Into<String>, span: Range<usize>, table: &'t DeTable<'i>) -> Self {
        Self { name: name.into(), span, table, known: Vec::new() }
    }

    pub(super) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    pub(super) fn optional(&mut self, key: &'static str) -> Option<&'t Entry<'i>> {
        self.known.push(key);
        self.table.get(key)
    }

    /// Returns the value of a key that must be there; a missing one is a fault with the fix given.
    pub(super) fn required(
        &mut self,
        faults: &mut Faults<'_>,
        key: &'static str,
        example: &str,
    ) -> Option<&'t Entry<'i>> {
        let value = self.optional(key);
        if value.is_none() {
            let place = if self.name.is_empty() { String::new() } else { format!(" in [{}]", self.name) };
            faults.add(
                "missing-key",
                self.span.clone(),
                format!("`{key}` is missing{place}"),
                format!("add `{key} = {example}`"),
            );
        }
        value
    }

    /// Returns a table inside this one; a missing one is a fault.
    pub(super) fn table(&mut self, faults: &mut Faults<'_>, key: &'static str, why: &str) -> Option<Section<'t, 'i>> {
        match self.optional(key) {
            None => {
                faults.add(
                    "missing-table",
                    self.span.clone(),
                    format!("the table `[{key}]` is missing"),
                    format!("add `[{key}]`: {why}"),
                );
                None
            }
            Some(entry) => match entry.get_ref().as_table() {
                Some(table) => Some(Section::new(key, entry.span(), table)),
                None => {
                    wrong_type(faults, key, entry, "a table");
                    None
                }
            },
        }
    }

    /// Returns the tables of a list `[[key]]`; none when it is absent.
    pub(super) fn tables(&mut self, faults: &mut Faults<'_>, key: &'static str) -> Vec<Section<'t, 'i>> {
        let Some(entry) = self.optional(key) else {
            return Vec::new();
        };
        let Some(array) = entry.get_ref().as_array() else {
            wrong_type(faults, key, entry, "a list of tables");
            return Vec::new();
        };
        let mut sections = Vec::new();
        for item in array.iter() {
            match item.get_ref().as_table() {
                Some(table) => sections.push(Section::new(key, item.span(), table)),
                None => wrong_type(faults, key, item, "a table"),
            }
        }
        sections
    }

    pub(super) fn string(&mut self, faults: &mut Faults<'_>, key: &'static str) -> Option<Spanned<String>> {
        let entry = self.optional(key)?;
        string(faults, key, entry)
    }

    pub(super) fn required_string(
        &mut self,
        faults: &mut Faults<'_>,
        key: &'static str,
        example: &str,
    ) -> Option<Spanned<String>> {
        let entry = self.required(faults, key, example)?;
        string(faults, key, entry)
    }

    pub(super) fn required_text(&mut self, faults: &mut Faults<'_>, key: &'static str, example: &str) -> Option<Text> {
        let entry = self.required(faults, key, example)?;
        text(faults, key, entry)
    }

    pub(super) fn strings(&mut self, faults: &mut Faults<'_>, key: &'static str) -> Vec<Spanned<String>> {
        let Some(entry) = self.optional(key) else {
            return Vec::new();
        };
        let Some(array) = entry.get_ref().as_array() else {
            wrong_type(faults, key, entry, "a list of strings");
            return Vec::new();
        };
        array.iter().filter_map(|item| string(faults, key, item)).collect()
    }

    /// Returns one word out of a list of allowed ones.
    pub(super) fn word(
        &mut self,
        faults: &mut Faults<'_>,
        key: &'static str,
        value: Option<Spanned<String>>,
        allowed: &[&'static str],
    ) -> Option<&'static str> {
        let value = value?;
        allowed_word(faults, key, &value, allowed)
    }

    /// Reports the keys of the table that nobody asked for.
    pub(super) fn finish(self, faults: &mut Faults<'_>) {
        for (key, _) in self.table.iter() {
            let name: &str = key.get_ref();
            if !self.known.contains(&name) {
                let place = if self.name.is_empty() { "here".to_owned() } else { format!("in [{}]", self.name) };
                let help = match nearest(name, self.known.iter().copied()) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("remove it; known keys are {}", self.known.join(", ")),
                };
                faults.add("unknown-key", key.span(), format!("`{name}` is no key {place}"), help);
            }
        }
    }
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

/// Reads `180 days`, `2 hours`, `30 minutes`.
pub(super) fn duration(faults: &mut Faults<'_>, key: &str, value: &Spanned<String>) -> Option<Duration> {
    let parsed = value.get_ref().split_once(' ').and_then(|(number, unit)| {
        let number: u64 = number.parse().ok()?;
        let seconds = match unit.trim_end_matches('s') {
            "day" => 86_400,
            "hour" => 3_600,
            "minute" => 60,
            _ => return None,
        };
        (1..=100_000).contains(&number).then(|| Duration::from_secs(number * seconds))
    });
    if parsed.is_none() {
        faults.add(
            "duration",
            value.span(),
            format!("`{}` is no length of time for `{key}`", value.get_ref()),
            "write a whole number and a unit: \"180 days\", \"2 hours\", \"30 minutes\"".to_owned(),
        );
    }
    parsed
}

fn string(faults: &mut Faults<'_>, key: &str, entry: &Entry<'_>) -> Option<Spanned<String>> {
    match entry.get_ref().as_str() {
        Some(value) if !value.trim().is_empty() => Some(Spanned::new(entry.span(), value.to_owned())),
        Some(_) => {
            faults.add(
                "empty",
                entry.span(),
                format!("`{key}` is empty"),
                "write a value or remove the key".to_owned(),
            );
            None
        }
        None => {
            wrong_type(faults, key, entry, "a string");
            None
        }
    }
}

fn text(faults: &mut Faults<'_>, key: &str, entry: &Entry<'_>) -> Option<Text> {
    if entry.get_ref().as_str().is_some() {
        return string(faults, key, entry).map(|value| Text::plain(value.into_inner()));
    }
    let Some(table) = entry.get_ref().as_table() else {
        wrong_type(faults, key, entry, "a string, or a table of strings by language");
        return None;
    };
    let mut by_language = BTreeMap::new();
    for (tag, value) in table.iter() {
        match tag.get_ref().parse::<Language>() {
            Ok(language) => {
                if let Some(value) = string(faults, key, value) {
                    by_language.insert(language, value.into_inner());
                }
            }
            Err(error) => {
                let help = "write languages as `ru`, `en`, `pt-br`".to_owned();
                faults.add("language", tag.span(), error.to_string(), help);
            }
        }
    }
    (!by_language.is_empty()).then(|| Text::translated(by_language))
}

fn wrong_type(faults: &mut Faults<'_>, key: &str, entry: &Entry<'_>, expected: &str) {
    faults.add(
        "type",
        entry.span(),
        format!("`{key}` is {} here", entry.get_ref().type_str()),
        format!("write {expected}"),
    );
}
