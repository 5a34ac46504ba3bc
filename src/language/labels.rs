//! The words of one language: the built-in ones, with those a policy words in its own way over them.
//!
//! In: a language, messages of a policy. Out: a handle that is cheap to clone and answers without parsing. A label
//! nobody translated is told, and shown in English; none is ever empty.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, OnceLock},
};

use fluent_syntax::{
    ast::{Entry, Expression, InlineExpression, Pattern, PatternElement},
    parser::parse,
};
use icu_locale_core::Locale;

use super::{
    Language,
    message::{Message, Value},
};

/// The language whose words stand in where there are no others.
const FALLBACK: &str = "en";

struct BuiltIn {
    tag: &'static str,
    source: &'static str,
    words: OnceLock<Arc<Words>>,
}

macro_rules! built_in {
    ($($tag:literal)*) => {
        [$(BuiltIn { tag: $tag, source: include_str!(concat!($tag, ".ftl")), words: OnceLock::new() }),*]
    };
}

static BUILT_IN: [BuiltIn; 12] = built_in!("be" "de" "en" "es" "fr" "it" "kk" "pl" "pt" "ru" "tr" "uk");

/// Returns the tags of all languages that have built-in words.
///
/// # Example
///
/// ```
/// assert!(tower_consent::language::built_in_languages().any(|tag| tag == "kk"));
/// ```
pub fn built_in_languages() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|built_in| built_in.tag)
}

/// Returns the name of every label, in the order of the files: what a policy may word in its own way.
///
/// # Example
///
/// ```
/// assert!(tower_consent::language::label_names().any(|name| name == "banner-refuse"));
/// ```
pub fn label_names() -> impl Iterator<Item = &'static str> {
    names().iter().map(|(name, _)| *name)
}

/// The names of all labels with the variables that fill them.
pub(super) fn names() -> &'static [(&'static str, Vec<&'static str>)] {
    static NAMES: OnceLock<Vec<(&'static str, Vec<&'static str>)>> = OnceLock::new();
    NAMES.get_or_init(|| {
        let english = BUILT_IN.iter().find(|built_in| built_in.tag == FALLBACK).expect("English is built in");
        let resource = parse(english.source).expect("the built-in words are tested to parse");
        let messages = resource.body.iter().filter_map(|entry| match entry {
            Entry::Message(message) => Some((message.id.name, message.value.as_ref()?)),
            _ => None,
        });
        messages.map(|(name, pattern)| (name, variables(pattern))).collect()
    })
}

/// Every variable a pattern mentions, each once.
pub(super) fn variables<'a>(pattern: &Pattern<&'a str>) -> Vec<&'a str> {
    let mut found = Vec::new();
    expressions(pattern, &mut |expression| {
        if let InlineExpression::VariableReference { id } = expression
            && !found.contains(&id.name)
        {
            found.push(id.name);
        }
    });
    found
}

/// Calls back for every expression that a pattern is filled by, inside its variants too.
pub(super) fn expressions<'p, 'a>(pattern: &'p Pattern<&'a str>, each: &mut impl FnMut(&'p InlineExpression<&'a str>)) {
    fn inline<'p, 'a>(expression: &'p InlineExpression<&'a str>, each: &mut impl FnMut(&'p InlineExpression<&'a str>)) {
        each(expression);
        if let InlineExpression::Placeable { expression } = expression {
            outer(expression, each);
        }
    }
    fn outer<'p, 'a>(expression: &'p Expression<&'a str>, each: &mut impl FnMut(&'p InlineExpression<&'a str>)) {
        match expression {
            Expression::Inline(expression) => inline(expression, each),
            Expression::Select { selector, variants } => {
                inline(selector, each);
                for variant in variants {
                    expressions(&variant.value, each);
                }
            }
        }
    }
    for element in &pattern.elements {
        if let PatternElement::Placeable { expression } = element {
            outer(expression, each);
        }
    }
}

/// The words of banner, centre and documents in one language of a policy.
///
/// Made once for each language; every lookup afterwards is a look into a table.
///
/// # Example
///
/// ```
/// use tower_consent::language::Labels;
/// let labels = Labels::new(&"en".parse().unwrap(), [("banner-accept", "Yes to all")]);
/// assert_eq!(labels.get("banner-accept"), "Yes to all");
/// assert_eq!(labels.get("banner-refuse"), "Reject all");
/// assert_eq!(labels.fallen_back().count(), 0);
/// ```
#[derive(Clone)]
pub struct Labels(Arc<Words>);

#[derive(Debug)]
struct Words {
    /// Decides the plural rules.
    locale: Locale,
    /// Labels without variables, filled in ahead.
    plain: HashMap<&'static str, Box<str>>,
    /// Those of this language, to be filled in.
    messages: HashMap<&'static str, Message>,
    /// What neither the policy nor the program has in this language.
    fallen_back: Vec<&'static str>,
}

impl fmt::Debug for Labels {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Labels").field(&self.0.locale).finish()
    }
}

impl Labels {
    /// Returns the built-in words of a language, or of its nearest relative; English ones where there are none.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::language::Labels;
    /// assert_eq!(Labels::of(&"pt-br".parse().unwrap()).get("banner-refuse"), "Rejeitar tudo");
    /// assert_eq!(Labels::of(&"xx".parse().unwrap()).get("banner-refuse"), "Reject all");
    /// ```
    pub fn of(language: &Language) -> Self {
        match built_in(language.primary()) {
            Some(words) => Self(words.clone()),
            None => Self::new(language, [] as [(&str, &str); 0]),
        }
    }

    /// Returns the words of a language with a policy's own ones over them.
    ///
    /// What [`check_label`](super::check_label) has something against is left out, and the built-in word stays.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::language::Labels;
    /// let own = [("banner-accept", "Разрешить всё"), ("banner-save", "{ broken")];
    /// let labels = Labels::new(&"ru".parse().unwrap(), own);
    /// assert_eq!(labels.get("banner-accept"), "Разрешить всё");
    /// assert_eq!(labels.get("banner-save"), "Сохранить выбор");
    /// ```
    pub fn new<N: AsRef<str>, T: AsRef<str>>(language: &Language, overrides: impl IntoIterator<Item = (N, T)>) -> Self {
        let mut source = String::new();
        for (name, text) in overrides {
            if super::check_label(name.as_ref(), text.as_ref()).is_empty() {
                source.push_str(&super::check::as_message(name.as_ref(), text.as_ref()));
            }
        }
        Self(Arc::new(Words::new(language, &source)))
    }

    /// Returns the label of a name.
    ///
    /// A name that is no label is its own text; in a debug build it is a mistake of the program and ends it.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::language::Labels;
    /// // Programs that refuse for their users look for this very phrase.
    /// let labels = Labels::of(&"ru".parse().unwrap());
    /// assert_eq!(labels.get("banner-refuse"), "Принимать только необходимые файлы cookie");
    /// ```
    pub fn get<'a>(&'a self, name: &'a str) -> &'a str {
        let found = self.find(name);
        debug_assert!(found.is_some(), "no label without variables is called `{name}`");
        found.unwrap_or(name)
    }

    /// Returns the label of a name that is composed at run time, such as `operation-collect`, if there is one.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::language::Labels;
    /// let labels = Labels::of(&"ru".parse().unwrap());
    /// let operation = |name: &str| labels.find(&format!("operation-{name}"));
    /// assert_eq!(operation("collect"), Some("сбор"));
    /// assert_eq!(operation("guess"), None);
    /// ```
    pub fn find(&self, name: &str) -> Option<&str> {
        self.0.plain.get(name).map(|text| &**text)
    }

    /// Returns the names of the labels that have no words in this language and are shown in English.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::language::{Labels, label_names};
    /// let labels = Labels::new(&"sr".parse().unwrap(), [("banner-accept", "Прихвати све")]);
    /// assert_eq!(labels.fallen_back().count(), label_names().count() - 1);
    /// ```
    pub fn fallen_back(&self) -> impl Iterator<Item = &'static str> {
        self.0.fallen_back.iter().copied()
    }

    /// Returns a label with its variables filled in, numbers by the plural rules of the language.
    pub(super) fn fill(&self, name: &str, values: &[(&str, Value<'_>)]) -> String {
        let filled = self.0.fill(name, values).or_else(|| built_in(FALLBACK)?.fill(name, values));
        debug_assert!(filled.is_some(), "`{name}` is no label, or one with other variables");
        filled.unwrap_or_else(|| name.to_owned())
    }
}

impl Words {
    fn new(language: &Language, overrides: &str) -> Self {
        let own = BUILT_IN.iter().find(|built_in| built_in.tag == language.primary()).map_or("", |own| own.source);
        let mut words = Self {
            locale: language.as_str().parse().unwrap_or(Locale::UNKNOWN),
            plain: HashMap::new(),
            messages: HashMap::new(),
            fallen_back: Vec::new(),
        };
        for source in [own, overrides] {
            words.take(source);
        }
        for (name, variables) in names() {
            if !words.messages.contains_key(name) {
                words.fallen_back.push(name);
            }
            if variables.is_empty() {
                let text = words.fill(name, &[]);
                let text = text.or_else(|| Some(built_in(FALLBACK)?.plain.get(name)?.to_string()));
                words.plain.insert(name, text.unwrap_or_default().into());
            }
        }
        words
    }

    /// Takes the messages of a file; later ones replace earlier ones. What is broken in it is left out: built-in
    /// files are tested to be whole, and what a policy words was checked before.
    fn take(&mut self, source: &str) {
        let resource = parse(source).unwrap_or_else(|(what_could_be_read, _)| what_could_be_read);
        for entry in &resource.body {
            if let Entry::Message(message) = entry
                && let Some((name, _)) = names().iter().find(|(name, _)| *name == message.id.name)
                && let Some(message) = message.value.as_ref().and_then(Message::read)
            {
                self.messages.insert(name, message);
            }
        }
    }

    fn fill(&self, name: &str, values: &[(&str, Value<'_>)]) -> Option<String> {
        self.messages.get(name)?.fill(&self.locale, values)
    }
}

/// The built-in words of a primary tag, parsed the first time they are asked for.
fn built_in(primary: &str) -> Option<&'static Arc<Words>> {
    let built_in = BUILT_IN.iter().find(|built_in| built_in.tag == primary)?;
    Some(built_in.words.get_or_init(|| {
        let language = built_in.tag.parse().expect("the built-in tags are tested to parse");
        Arc::new(Words::new(&language, ""))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_file_parses_and_holds_every_label_with_its_variables() {
        for BuiltIn { tag, source, .. } in &BUILT_IN {
            assert!(tag.parse::<Language>().is_ok());
            let resource = parse(*source).unwrap_or_else(|(_, errors)| {
                panic!("{tag}.ftl: {errors:?}");
            });
            let mut found = Vec::new();
            for entry in &resource.body {
                let Entry::Message(message) = entry else {
                    assert!(!matches!(entry, Entry::Term(_)), "{tag}.ftl: terms cannot be overridden");
                    continue;
                };
                let mut variables = variables(message.value.as_ref().unwrap());
                variables.sort_unstable();
                found.push((message.id.name, variables));
            }
            for (name, variables) in names() {
                let mut variables = variables.clone();
                variables.sort_unstable();
                let there: Vec<_> = found.iter().filter(|(other, _)| other == name).collect();
                assert_eq!(there.len(), 1, "{tag}.ftl has {} labels `{name}`", there.len());
                assert_eq!(there[0].1, variables, "{tag}.ftl: the variables of `{name}`");
            }
            for (name, _) in found {
                assert!(label_names().any(|known| known == name), "{tag}.ftl: `{name}` is not in en.ftl");
            }
            assert_eq!(Labels::of(&tag.parse().unwrap()).fallen_back().count(), 0, "{tag}");
        }
    }

    #[test]
    fn no_built_in_label_is_empty_or_untidy() {
        for tag in built_in_languages() {
            let labels = Labels::of(&tag.parse().unwrap());
            for (name, text) in &labels.0.plain {
                assert!(!text.is_empty() && text.trim() == &**text, "{tag} {name}: {text:?}");
                assert!(!text.contains(['{', '}', '\n', '\u{2068}', '\u{2069}']), "{tag} {name}: {text:?}");
            }
        }
    }

    #[test]
    fn what_automatic_refusers_know_stays_as_it_is() {
        let russian = Labels::of(&"ru".parse().unwrap());
        assert_eq!(russian.get("banner-refuse"), "Принимать только необходимые файлы cookie");
        assert_eq!(Labels::of(&"en".parse().unwrap()).get("banner-refuse"), "Reject all");
    }

    #[test]
    fn a_policy_words_labels_in_its_own_way() {
        let russian: Language = "ru".parse().unwrap();
        let own = [
            ("banner-accept", "Разрешить всё"),
            ("duration-days", "{ $count ->\n[one] { $count } сутки\n*[other] { $count } суток\n}"),
            // Unusable: the built-in words stay.
            ("banner-save", "{ broken"),
            ("no-such-label", "x"),
        ];
        let labels = Labels::new(&russian, own);
        assert_eq!(labels.get("banner-accept"), "Разрешить всё");
        assert_eq!(labels.get("banner-save"), "Сохранить выбор");
        assert_eq!(labels.fill("duration-days", &[("count", Value::Number(1))]), "1 сутки");
        assert_eq!(labels.find("no-such-label"), None);
        assert_eq!(Labels::of(&russian).get("banner-accept"), "Принять все", "the built-in words are untouched");
    }

    #[test]
    fn english_words_keep_english_plurals_in_a_language_without_words() {
        let labels = Labels::of(&"sr".parse().unwrap());
        // 21 is `one` in Serbian.
        assert_eq!(labels.fill("duration-days", &[("count", Value::Number(21))]), "21 days");
        assert_eq!(labels.fallen_back().count(), label_names().count());
    }
}
