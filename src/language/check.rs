//! Whether a label can be worded as a policy words it.
//!
//! In: the name of a label and the text of its message. Out: everything that is wrong with it, with the bytes of the
//! text that are at fault. It never repairs.

use std::ops::Range;

use fluent_syntax::{
    ast::{Entry, InlineExpression, Message, Pattern},
    parser::{ErrorKind, ParserError, parse},
};

use super::labels::{expressions, label_names, names};

/// One thing that is wrong with the label of a policy.
///
/// # Example
///
/// ```
/// use tower_consent::language::check_label;
/// let fault = &check_label("banner-save", "Сохранить { выбор }")[0];
/// assert_eq!(fault.code, "label-syntax");
/// assert!(fault.message.contains("`banner-save`"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LabelFault {
    /// A stable kebab-case name: `unknown-label`, `label-syntax`, `label-variable`, `label-reference`.
    pub code: &'static str,
    /// Where it is.
    pub place: LabelPlace,
    /// What is wrong: one sentence that names the thing and the value.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

/// Where the fault of a label is.
///
/// # Example
///
/// ```
/// use tower_consent::language::{LabelPlace, check_label};
/// let text = "{ $cuont } дней";
/// let faults = check_label("duration-days", text);
/// let LabelPlace::Text(span) = &faults[0].place else { panic!("the name is right") };
/// assert_eq!(&text[span.clone()], "$cuont");
/// assert_eq!(check_label("duration-dayz", text)[0].place, LabelPlace::Name);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LabelPlace {
    /// In its name.
    Name,
    /// In these bytes of its text; never outside it.
    Text(Range<usize>),
}

/// Tells everything that is wrong with a label as a policy words it; nothing when it can be used.
///
/// `text` is the value of a Fluent message, <https://projectfluent.org/fluent/guide/>: plain text, variables such as
/// `{ $count }`, and variants chosen by number. A label may use its own variables and must use them all; it may not
/// refer to other messages, so that one label can be read without the others.
///
/// # Example
///
/// ```
/// use tower_consent::language::{LabelPlace, check_label};
/// assert!(check_label("banner-accept", "Yes to all").is_empty());
/// let faults = check_label("banner-acept", "Yes to all");
/// assert_eq!(faults[0].help, "did you mean `banner-accept`?");
/// let faults = check_label("duration-days", "{ $cuont } days");
/// assert_eq!(faults[0].place, LabelPlace::Text(2..8));
/// ```
pub fn check_label(name: &str, text: &str) -> Vec<LabelFault> {
    let Some((name, variables)) = names().iter().find(|(known, _)| *known == name) else {
        return vec![unknown(name)];
    };
    let checked = Checked { name, text, message: as_message(name, text), variables };
    if text.trim().is_empty() {
        let help = "write its words, or remove it to keep the built-in ones";
        return vec![checked.fault("label-syntax", 0..text.len(), format!("the label `{name}` has no text"), help)];
    }
    match parse(checked.message.as_str()) {
        Ok(resource) => match &resource.body[..] {
            [Entry::Message(Message { value: Some(pattern), attributes, .. })] if attributes.is_empty() => {
                checked.filled(pattern)
            }
            _ => {
                let help = "begin no line with a dot; write `{ \".\" }` for one";
                let message = format!("the label `{name}` is more than one text");
                vec![checked.fault("label-syntax", 0..text.len(), message, help)]
            }
        },
        Err((_, errors)) => errors.iter().map(|error| checked.syntax(error)).collect(),
    }
}

/// Writes a label as a Fluent message; every further line is indented, so that none can begin another message.
pub(super) fn as_message(name: &str, text: &str) -> String {
    format!("{name}{EQUALS}{}\n", text.replace('\n', &format!("\n{INDENT}")))
}

const EQUALS: &str = " = ";
const INDENT: &str = "    ";

fn unknown(name: &str) -> LabelFault {
    let nearest = label_names().map(|known| (strsim::levenshtein(name, known), known)).min();
    LabelFault {
        code: "unknown-label",
        place: LabelPlace::Name,
        message: format!("no label is called `{name}`"),
        help: match nearest {
            Some((distance, known)) if distance <= 1 + name.len() / 4 => format!("did you mean `{known}`?"),
            _ => "use one of the names of the built-in labels, such as `banner-accept`".to_owned(),
        },
    }
}

/// A label as the policy words it, and as Fluent reads it.
struct Checked<'a> {
    name: &'a str,
    text: &'a str,
    message: String,
    variables: &'a [&'static str],
}

impl Checked<'_> {
    fn fault(&self, code: &'static str, span: Range<usize>, message: String, help: impl Into<String>) -> LabelFault {
        LabelFault { code, place: LabelPlace::Text(span), message, help: help.into() }
    }

    /// Turns an offset of the message into one of the text: without the name before it and the indents in it.
    fn offset(&self, offset: usize) -> usize {
        let before = &self.message.as_bytes()[..offset.min(self.message.len())];
        let lines = before.iter().filter(|byte| **byte == b'\n').count();
        let start = self.name.len() + EQUALS.len();
        let mut offset = offset.saturating_sub(start + lines * INDENT.len()).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }

    /// The place of an identifier, which is a piece of the message, with `before` bytes that stand in front of it.
    fn place(&self, identifier: &str, before: usize) -> Range<usize> {
        let start = (identifier.as_ptr() as usize).saturating_sub(self.message.as_ptr() as usize);
        self.offset(start.saturating_sub(before))..self.offset(start + identifier.len())
    }

    fn syntax(&self, error: &ParserError) -> LabelFault {
        let start = self.offset(error.pos.start);
        let end = self.offset(error.pos.end).max(start);
        let (what, help) = match &error.kind {
            ErrorKind::UnbalancedClosingBrace => ("has a `}` without its `{`", "write `{ \"}\" }` for a brace"),
            ErrorKind::ExpectedInlineExpression | ErrorKind::ExpectedToken('}') | ErrorKind::ForbiddenCallee => {
                ("has a `{` that holds no value", "write `{ $count }` for a value and `{ \"{\" }` for a brace")
            }
            ErrorKind::MissingDefaultVariant => {
                ("has variants and none for all other numbers", "mark one with a star: `*[other] …`")
            }
            ErrorKind::MultipleDefaultVariants => {
                ("has two variants for all other numbers", "leave the star at one of them")
            }
            ErrorKind::UnterminatedStringLiteral => ("has a quotation mark that is never closed", "close it"),
            _ => ("is no message of Fluent", "write plain text, or follow https://projectfluent.org/fluent/guide/"),
        };
        self.fault("label-syntax", start..end, format!("the label `{}` {what}", self.name), help)
    }

    /// What is wrong with the variables and references of a message that parses.
    fn filled(&self, pattern: &Pattern<&str>) -> Vec<LabelFault> {
        let mut faults = Vec::new();
        let mut used = Vec::new();
        expressions(pattern, &mut |expression| match expression {
            InlineExpression::VariableReference { id } if self.variables.contains(&id.name) => used.push(id.name),
            InlineExpression::VariableReference { id } => {
                let help = match self.variables {
                    [] => "this label has no variables: write plain text".to_owned(),
                    known => format!("use {}", list(known)),
                };
                let message = format!("the label `{}` has no variable `${}`", self.name, id.name);
                faults.push(self.fault("label-variable", self.place(id.name, 1), message, help));
            }
            InlineExpression::MessageReference { id, .. } | InlineExpression::FunctionReference { id, .. } => {
                faults.push(self.reference(id.name, 0));
            }
            InlineExpression::TermReference { id, .. } => faults.push(self.reference(id.name, 1)),
            _ => {}
        });
        let missing: Vec<_> = self.variables.iter().copied().filter(|variable| !used.contains(variable)).collect();
        if !missing.is_empty() {
            let message = format!("the label `{}` does not use {}", self.name, list(&missing));
            let help = format!("put {} where the value belongs", list(&missing));
            faults.push(self.fault("label-variable", 0..self.text.len(), message, help));
        }
        faults
    }

    fn reference(&self, identifier: &str, before: usize) -> LabelFault {
        let message = format!("the label `{}` refers to `{identifier}`", self.name);
        let help = "write the words themselves: a label can use its own variables only";
        self.fault("label-reference", self.place(identifier, before), message, help)
    }
}

fn list(variables: &[&str]) -> String {
    variables.iter().map(|variable| format!("`{{ ${variable} }}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(name: &str, text: &str) -> (LabelFault, String) {
        let faults = check_label(name, text);
        assert_eq!(faults.len(), 1, "{text:?}: {faults:?}");
        let LabelPlace::Text(span) = faults[0].place.clone() else { panic!("{faults:?}") };
        (faults[0].clone(), text[span].to_owned())
    }

    #[test]
    fn what_can_be_used_is_left_alone() {
        for (name, text) in [
            ("banner-accept", "Да, на всё"),
            ("banner-accept", "[все] .с точкой* # и решёткой"),
            ("banner-accept", "две\nстроки"),
            ("banner-accept", "# no comment\n# nor here"),
            ("banner-accept", "a { \"{\" } b"),
            ("duration-days", "{ $count } d"),
            ("duration-days", "{ $count ->\n    [one] { $count } day\n   *[other] { $count } days\n}"),
            ("duration-days", "{ $count -> \n[one] a day\n*[other] { $count } days\n}"),
            ("moment", "{ $time } on { $date }"),
        ] {
            assert_eq!(check_label(name, text), [], "{name} = {text}");
        }
    }

    #[test]
    fn unknown_names_get_a_suggestion() {
        let fault = &check_label("baner-accept", "x")[0];
        assert_eq!((fault.code, &fault.place), ("unknown-label", &LabelPlace::Name));
        assert!(fault.help.contains("`banner-accept`"), "{}", fault.help);
        assert!(!check_label("whatever-it-may-be", "x")[0].help.contains("did you mean"));
    }

    #[test]
    fn faults_of_syntax_point_into_the_text() {
        for (text, at) in
            [("лишняя } скобка", "}"), ("открыта { и нет", ""), ("a\nb }\nc", "}"), ("{ \"x }", ""), ("{ }", "")]
        {
            let (fault, found) = only("banner-accept", text);
            assert_eq!(fault.code, "label-syntax", "{text}");
            assert!(found.starts_with(at), "{text}: {found:?}");
        }
        let (fault, _) = only("duration-days", "{ $count ->\n[one] day\n}");
        assert!(fault.help.contains("*[other]"), "{fault:?}");
        for text in ["", "  \n ", "\n.attribute = x"] {
            assert_eq!(only("banner-accept", text).0.code, "label-syntax", "{text:?}");
        }
    }

    #[test]
    fn variables_and_references_are_checked() {
        let (fault, at) = only("banner-accept", "да\nили { $name }");
        assert_eq!((fault.code, at.as_str()), ("label-variable", "$name"));
        let (fault, at) = only("banner-accept", "см. { banner-refuse }");
        assert_eq!((fault.code, at.as_str()), ("label-reference", "banner-refuse"));
        let (fault, at) = only("banner-accept", "{ -brand } и всё");
        assert_eq!((fault.code, at.as_str()), ("label-reference", "-brand"));
        let (fault, at) = only("banner-accept", "{ DATETIME(1) }");
        assert_eq!((fault.code, at.as_str()), ("label-reference", "DATETIME"));
        let (fault, _) = only("moment", "{ $date }");
        assert!(fault.message.ends_with("does not use `{ $time }`"), "{}", fault.message);
        let (fault, at) = only("duration-days", "{ $count ->\n[one] день { $x }\n*[other] { $count } дней\n}");
        assert_eq!((fault.code, at.as_str()), ("label-variable", "$x"));
    }

    #[test]
    fn any_text_gets_faults_inside_itself_or_none() {
        let seed = std::env::var("SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(20_261_125_u64);
        println!("SEED={seed}");
        let mut state = seed;
        let pieces =
            ["{", "}", " ", "\n", "$count", "->", "[one]", "*[other]", "день", "\"", ".x = ", "-t", "#", "\\u", "\r\n"];
        for _ in 0..3000 {
            let mut text = String::new();
            for _ in 0..12 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.push_str(pieces[(state >> 33) as usize % pieces.len()]);
            }
            for fault in check_label("duration-days", &text) {
                let LabelPlace::Text(span) = fault.place else { panic!("{text:?}") };
                assert!(text.get(span.clone()).is_some(), "{text:?} {span:?}");
            }
        }
    }
}
