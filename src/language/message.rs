//! One message, read ahead and ready to be filled in.
//!
//! In: the pattern that Fluent's parser made, values. Out: text. A label uses a small part of Fluent: text, variables
//! and variants; what refers to other messages or calls functions is not taken. `fluent-bundle` would read all of
//! Fluent, but its plural rules (CLDR 37) are wrong for 81 of its languages, Belarusian, Lithuanian and Romanian
//! among them; here they come from ICU4X.

use fluent_syntax::{
    ast::{Expression, InlineExpression, Pattern, PatternElement, VariantKey},
    unicode::unescape_unicode_to_string,
};
use icu_locale_core::Locale;
use icu_plurals::{PluralCategory, PluralRuleType, PluralRules};

/// A message of a language's file.
#[derive(Debug)]
pub(super) struct Message(Vec<Piece>);

#[derive(Debug)]
enum Piece {
    Filled(Operand),
    Chosen { by: Operand, variants: Vec<(Key, Message)>, default: usize },
}

#[derive(Debug)]
enum Operand {
    Text(Box<str>),
    Number(u64),
    Variable(Box<str>),
}

#[derive(Debug)]
enum Key {
    Number(u64),
    Word(Box<str>),
}

/// What a variable stands for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    Number(u64),
    Text(&'a str),
}

impl Message {
    /// Reads a pattern; `None` where it refers to a message, a term or a function.
    pub(super) fn read(pattern: &Pattern<&str>) -> Option<Self> {
        let pieces = pattern.elements.iter().map(|element| match element {
            PatternElement::TextElement { value } => Some(Piece::Filled(Operand::Text((*value).into()))),
            PatternElement::Placeable { expression } => Piece::read(expression),
        });
        pieces.collect::<Option<_>>().map(Self)
    }

    /// Fills the message in by the plural rules of a language; `None` where a variable has no value.
    pub(super) fn fill(&self, locale: &Locale, values: &[(&str, Value<'_>)]) -> Option<String> {
        let mut filled = String::new();
        self.fill_into(&mut filled, locale, values)?;
        Some(filled)
    }

    fn fill_into(&self, filled: &mut String, locale: &Locale, values: &[(&str, Value<'_>)]) -> Option<()> {
        for piece in &self.0 {
            match piece {
                Piece::Filled(operand) => match operand.value(values)? {
                    Value::Number(number) => filled.push_str(&number.to_string()),
                    Value::Text(text) => filled.push_str(text),
                },
                Piece::Chosen { by, variants, default } => {
                    let value = by.value(values)?;
                    let chosen = variants.iter().find(|(key, _)| key.matches(value, locale));
                    let (_, variant) = chosen.unwrap_or(&variants[*default]);
                    variant.fill_into(filled, locale, values)?;
                }
            }
        }
        Some(())
    }
}

impl Piece {
    fn read(expression: &Expression<&str>) -> Option<Self> {
        match expression {
            Expression::Inline(InlineExpression::Placeable { expression }) => Self::read(expression),
            Expression::Inline(expression) => Operand::read(expression).map(Self::Filled),
            Expression::Select { selector, variants } => Some(Self::Chosen {
                by: Operand::read(selector)?,
                default: variants.iter().position(|variant| variant.default)?,
                variants: variants
                    .iter()
                    .map(|variant| {
                        let key = match variant.key {
                            VariantKey::Identifier { name } => Key::Word(name.into()),
                            VariantKey::NumberLiteral { value } => match value.parse() {
                                Ok(number) => Key::Number(number),
                                Err(_) => Key::Word(value.into()),
                            },
                        };
                        Some((key, Message::read(&variant.value)?))
                    })
                    .collect::<Option<_>>()?,
            }),
        }
    }
}

impl Operand {
    fn read(expression: &InlineExpression<&str>) -> Option<Self> {
        match expression {
            InlineExpression::StringLiteral { value } => Some(Self::Text(unescape_unicode_to_string(value).into())),
            InlineExpression::NumberLiteral { value } => {
                Some(value.parse().map_or_else(|_| Self::Text((*value).into()), Self::Number))
            }
            InlineExpression::VariableReference { id } => Some(Self::Variable(id.name.into())),
            _ => None,
        }
    }

    fn value<'a>(&'a self, values: &[(&str, Value<'a>)]) -> Option<Value<'a>> {
        match self {
            Self::Text(text) => Some(Value::Text(text)),
            Self::Number(number) => Some(Value::Number(*number)),
            Self::Variable(name) => values.iter().find(|(known, _)| *known == &**name).map(|(_, value)| *value),
        }
    }
}

impl Key {
    fn matches(&self, value: Value<'_>, locale: &Locale) -> bool {
        match (self, value) {
            (Self::Number(key), Value::Number(number)) => *key == number,
            (Self::Word(key), Value::Text(text)) => **key == *text,
            (Self::Word(key), Value::Number(number)) => {
                PluralCategory::get_for_cldr_string(key).is_some_and(|key| key == category(number, locale))
            }
            (Self::Number(_), Value::Text(_)) => false,
        }
    }
}

/// The plural category of a number; a language without rules has `other` alone.
fn category(number: u64, locale: &Locale) -> PluralCategory {
    let rules = PluralRules::try_new(locale.into(), PluralRuleType::Cardinal.into());
    rules.map_or(PluralCategory::Other, |rules| rules.category_for(number))
}

#[cfg(test)]
mod tests {
    use fluent_syntax::{ast::Entry, parser::parse};

    use super::*;

    fn filled(tag: &str, text: &str, values: &[(&str, Value<'_>)]) -> Option<String> {
        let source = format!("m = {text}\n");
        let resource = parse(source.as_str()).unwrap();
        let Entry::Message(message) = &resource.body[0] else { panic!("{text}") };
        Message::read(message.value.as_ref().unwrap())?.fill(&tag.parse().unwrap(), values)
    }

    #[test]
    fn variants_are_chosen_by_number_category_and_word() {
        let text = "{ $n ->\n    [0] none\n    [one] one\n    [few] few\n   *[other] { $n ->\n    [7] seven\n   *[other] { $n }\n    }\n    }";
        for (tag, number, expected) in [
            ("lt", 0, "none"),
            ("lt", 21, "one"),
            ("lt", 22, "few"),
            ("lt", 11, "11"),
            ("ro", 101, "few"),
            ("en", 7, "seven"),
        ] {
            assert_eq!(filled(tag, text, &[("n", Value::Number(number))]).unwrap(), expected, "{tag} {number}");
        }
        let text = "{ $w ->\n    [a] first\n   *[b] second\n    }";
        assert_eq!(filled("en", text, &[("w", Value::Text("a"))]).unwrap(), "first");
        assert_eq!(filled("en", text, &[("w", Value::Text("one"))]).unwrap(), "second");
    }

    #[test]
    fn literals_are_text() {
        assert_eq!(filled("en", "a { \"{\" } { \"\\u00e9\" } { 5 }", &[]).unwrap(), "a { é 5");
    }

    #[test]
    fn what_cannot_be_filled_is_told() {
        assert_eq!(filled("en", "{ $missing }", &[]), None);
        for text in ["{ other }", "{ -term }", "{ NUMBER($n) }", "{ other.attribute }"] {
            assert_eq!(filled("en", text, &[("n", Value::Number(1))]), None, "{text}");
        }
    }
}
