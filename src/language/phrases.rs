//! The words of a room that visitors never see: a message set of its own, in fewer languages than the labels.
//!
//! In: a file in the syntax of Fluent. Out: a table that answers without parsing. A policy words none of it.

use std::collections::HashMap;

use fluent_syntax::{ast::Entry, parser::parse};
use icu_locale_core::Locale;

use super::message::{Message, Value};

/// The words of one language.
#[derive(Debug)]
pub(crate) struct Phrases {
    locale: Locale,
    messages: HashMap<&'static str, Message>,
}

impl Phrases {
    /// Reads a file of the program; what is broken in it is left out, and the tests see to it that nothing is.
    pub(crate) fn of(tag: &str, source: &'static str) -> Self {
        let resource = parse(source).unwrap_or_else(|(what_could_be_read, _)| what_could_be_read);
        let messages = resource.body.iter().filter_map(|entry| match entry {
            Entry::Message(message) => Some((message.id.name, Message::read(message.value.as_ref()?)?)),
            _ => None,
        });
        Self { locale: tag.parse().unwrap_or(Locale::UNKNOWN), messages: messages.collect() }
    }

    /// Returns a message with its variables filled in; `None` when there is none, or a variable has no value.
    pub(crate) fn fill(&self, name: &str, values: &[(&str, Value<'_>)]) -> Option<String> {
        self.messages.get(name)?.fill(&self.locale, values)
    }

    /// Returns the names of all messages, in no order.
    #[cfg(test)]
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.messages.keys().copied()
    }
}
