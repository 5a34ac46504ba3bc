//! What an inline script asks for by address.
//!
//! In: the text of a script that runs. Out: the same text with strings joined that it glues together, and whether an
//! address in it is loaded, or only linked to, compared or kept. It is no interpreter: where it cannot tell, the
//! address counts as loaded.

use std::{borrow::Cow, cell::OnceCell, ops::Range, sync::LazyLock};

use aho_corasick::AhoCorasick;
use memchr::{memchr, memchr3, memchr3_iter};

use super::computed;

/// What makes a statement load the address in it, in lower case; a script with any of these requests something.
const LOADING: [&str; 18] = [
    "document.write",
    "new image",
    "sendbeacon",
    "fetch(",
    "import(",
    "importscripts",
    "websocket",
    "eventsource",
    "worker(",
    "getscript",
    "loadscript",
    "ajax",
    "url(",
    "<script",
    "<img",
    "<iframe",
    "<link",
    ".load(",
];
/// What a script has besides that requests something, perhaps by an address of another statement. A script that only holds
/// an address has none of both.
const REQUESTING: [&str; 12] = [
    "createelement",
    "appendchild",
    "insertbefore",
    ".append(",
    "xmlhttprequest",
    "setattribute",
    "innerhtml",
    "outerhtml",
    "insertadjacenthtml",
    ".src",
    "src=",
    "src:",
];
/// What is done with an address that is only linked to or compared.
const LINKING: [&str; 16] = [
    "open",
    "indexof",
    "includes",
    "startswith",
    "endswith",
    "test",
    "match",
    "replace",
    "split",
    "if",
    "while",
    "switch",
    "log",
    "queryselector",
    "queryselectorall",
    "closest",
];
/// What may write an address in percent signs.
const DECODING: [&str; 2] = ["unescape(", "decodeuri"];
/// All of [`LOADING`] and [`REQUESTING`].
static REQUESTS: LazyLock<AhoCorasick> = LazyLock::new(|| words(LOADING.iter().chain(&REQUESTING)));
/// What an address may be hidden in.
static HIDES: LazyLock<AhoCorasick> = LazyLock::new(|| words(DECODING.iter().chain(&computed::CALLS)));
/// How many names an address is followed through.
const MOST_NAMES: usize = 32;

fn words<'a>(words: impl IntoIterator<Item = &'a &'a str>) -> AhoCorasick {
    AhoCorasick::builder().ascii_case_insensitive(true).build(words).expect("a few words make an automaton")
}

/// An inline script, as it is searched for addresses.
#[derive(Debug)]
pub(super) struct Script<'a> {
    /// With escapes resolved and glued strings joined; borrowed where there are none.
    text: Cow<'a, [u8]>,
    /// The same in lower case, of the same length.
    lower: OnceCell<Vec<u8>>,
    requests: OnceCell<bool>,
    statements: OnceCell<Vec<Range<usize>>>,
}

/// What becomes of an address at one place.
enum Fate {
    Loaded,
    /// It gets a name, by which it may be loaded elsewhere.
    Named(Name),
    Linked,
}

/// What an address is called in a script.
#[derive(Clone, PartialEq, Eq)]
struct Name {
    text: Vec<u8>,
    /// Whether it is a property of an object: tables of hosts are passed around without being loaded.
    property: bool,
}

impl<'a> Script<'a> {
    pub(super) fn of(script: &'a [u8]) -> Self {
        let mut text = joined(script);
        if HIDES.is_match(&*text) {
            let lower = text.to_ascii_lowercase();
            if DECODING.iter().any(|call| holds(&lower, call)) {
                text = Cow::Owned(joined(&percent_encoding::percent_decode(&text).collect::<Vec<u8>>()).into_owned());
            }
            if let Some(computed) = computed::resolved(&text, &text.to_ascii_lowercase()) {
                text = Cow::Owned(joined(&computed).into_owned());
            }
        }
        Self { text, lower: OnceCell::new(), requests: OnceCell::new(), statements: OnceCell::new() }
    }

    fn lower(&self) -> &[u8] {
        self.lower.get_or_init(|| self.text.to_ascii_lowercase())
    }

    /// Says whether the text that is searched is another than the script's own.
    pub(super) fn is_changed(&self) -> bool {
        matches!(self.text, Cow::Owned(_))
    }

    /// Returns the text that is searched.
    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Says whether the script requests anything at all.
    pub(super) fn requests_something(&self) -> bool {
        *self.requests.get_or_init(|| REQUESTS.is_match(&*self.text))
    }

    /// Says whether what stands here is the target of a link in a piece of markup: `<a href="…`.
    pub(super) fn is_linked(&self, place: usize) -> bool {
        let before = &self.lower()[..place];
        let Some(tag) = memchr::memrchr(b'<', before) else { return false };
        let tag = &before[tag + 1..];
        tag.first() == Some(&b'a') && tag.get(1).is_some_and(u8::is_ascii_whitespace) && !tag.contains(&b'>')
    }

    /// Says whether a host stands here without anything of an address behind it: at the end of a string, or before
    /// something that is put in.
    pub(super) fn stands_alone(&self, place: &Range<usize>) -> bool {
        let rest = &self.text[place.end..];
        let rest = rest.strip_prefix(b"/").unwrap_or(rest);
        !self.text[..place.start].ends_with(b".")
            && (rest.first().is_none_or(|next| matches!(next, b'\'' | b'"' | b'`')) || rest.starts_with(b"${"))
    }

    /// Says whether the address that stands here is loaded by the statement it stands in, or by another through the
    /// names it is given.
    pub(super) fn loads(&self, place: usize) -> bool {
        if !self.requests_something() {
            return false;
        }
        let mut names: Vec<Name> = Vec::new();
        match self.fate(place) {
            Fate::Loaded => return true,
            Fate::Linked => return false,
            Fate::Named(name) => names.push(name),
        }
        let mut next = 0;
        while let Some(name) = names.get(next).cloned() {
            next += 1;
            for found in memchr::memmem::find_iter(&self.text, &name.text) {
                let place = found..found + name.text.len();
                if !self.is_word(place.clone()) {
                    continue;
                }
                match self.fate(found) {
                    Fate::Loaded if !name.property || self.is_glued(place.end) => return true,
                    Fate::Named(other) if !names.contains(&other) => names.push(other),
                    _ => {}
                }
                if names.len() > MOST_NAMES {
                    return true;
                }
            }
        }
        false
    }

    /// Says whether something is glued to what ends here.
    fn is_glued(&self, end: usize) -> bool {
        let rest = self.text[end..].trim_ascii_start();
        rest.starts_with(b"+") || rest.starts_with(b"}") || rest.starts_with(b".concat(")
    }

    fn is_word(&self, place: Range<usize>) -> bool {
        !place.start.checked_sub(1).is_some_and(|before| is_name(self.text[before]))
            && !self.text.get(place.end).is_some_and(|byte| is_name(*byte))
    }

    fn fate(&self, place: usize) -> Fate {
        let statements = self.statements.get_or_init(|| statements(&self.text));
        let index = statements.partition_point(|statement| statement.end <= place);
        let statement = statements.get(index).cloned().unwrap_or(0..self.text.len());
        let whole = &self.lower()[statement.clone()];
        let makes_links =
            || holds(self.lower(), "createelement('link'") || holds(self.lower(), "createelement(\"link\"");
        if LOADING.iter().any(|word| holds(whole, word))
            || has_word(whole, "src")
            || ["get", "post", "head", "put"]
                .iter()
                .any(|method| holds(whole, &format!("open('{method}'")) || holds(whole, &format!("open(\"{method}\"")))
            || has_word(whole, "href") && makes_links()
        {
            return Fate::Loaded;
        }
        if has_word(whole, "href") || has_word(whole, "location") || self.is_linked(place) {
            return Fate::Linked;
        }
        // What stands around it, from the inside out: a call, an assignment, or nothing.
        let before = &self.text[statement.start..place.max(statement.start)];
        let mut closed = 0_usize;
        for (at, byte) in before.iter().enumerate().rev() {
            match byte {
                b')' | b']' => closed += 1,
                b'(' if closed == 0 => {
                    let callee = last_name(&before[..at]).to_ascii_lowercase();
                    if LINKING.iter().any(|name| callee == name.as_bytes()) {
                        return Fate::Linked;
                    }
                    // In parentheses that call nothing, or passed to what is not known.
                    if !callee.is_empty() || before[..at].trim_ascii_end().ends_with(b")") {
                        return Fate::Loaded;
                    }
                }
                b'(' | b'[' => closed = closed.saturating_sub(1),
                b'=' if closed == 0 => {
                    let compared = before.get(at + 1).is_some_and(|next| matches!(next, b'=' | b'>'))
                        || at > 0 && matches!(before[at - 1], b'=' | b'!' | b'<' | b'>');
                    if compared {
                        continue;
                    }
                    let name = last_name(before[..at].trim_ascii_end().trim_suffix_plus());
                    return if name.is_empty() {
                        Fate::Loaded
                    } else {
                        Fate::Named(Name { text: name.to_owned(), property: false })
                    };
                }
                // A property; the scheme of an address has a slash behind its colon.
                b':' if closed == 0 && before.get(at + 1) != Some(&b'/') => {
                    let name = last_name(before[..at].trim_ascii_end().trim_quote());
                    if !name.is_empty() {
                        return Fate::Named(Name { text: name.to_owned(), property: true });
                    }
                }
                _ => {}
            }
        }
        let returned = has_word(&self.lower()[statement.start..place.max(statement.start)], "return");
        if returned { Fate::Loaded } else { Fate::Linked }
    }
}

/// Ends of what stands before a sign.
trait Trimmed {
    /// Without the plus of `+=`.
    fn trim_suffix_plus(&self) -> &Self;
    /// Without the quotes around a name.
    fn trim_quote(&self) -> &Self;
}

impl Trimmed for [u8] {
    fn trim_suffix_plus(&self) -> &Self {
        self.strip_suffix(b"+").unwrap_or(self).trim_ascii_end()
    }

    fn trim_quote(&self) -> &Self {
        self.strip_suffix(b"'").or(self.strip_suffix(b"\"")).unwrap_or(self)
    }
}

fn holds(text: &[u8], word: &str) -> bool {
    memchr::memmem::find(text, word.as_bytes()).is_some()
}

fn has_word(text: &[u8], word: &str) -> bool {
    memchr::memmem::find_iter(text, word).any(|start| {
        !start.checked_sub(1).is_some_and(|before| is_name(text[before]))
            && !text.get(start + word.len()).is_some_and(|byte| is_name(*byte))
    })
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || !byte.is_ascii()
}

/// Returns the name a piece of text ends with.
fn last_name(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii_end();
    let start = text.iter().rposition(|byte| !is_name(*byte)).map_or(0, |before| before + 1);
    &text[start..]
}

/// Resolves the escapes a string may hold an address in (`\/`, `\x2f`, `\u002f`) and joins strings that are glued
/// together (`'vk' + ".com"`). `\.` stays: it is met in regular expressions alone, which load nothing.
fn joined(script: &[u8]) -> Cow<'_, [u8]> {
    // Without a backslash and without glue it is what it was.
    let mut slash = memchr(b'\\', script).unwrap_or(script.len());
    let mut quotes = memchr3_iter(b'\'', b'"', b'`', &script[..slash]);
    let first = quotes.find(|quote| glue(&script[*quote..]).is_some()).unwrap_or(slash);
    if first == script.len() {
        return Cow::Borrowed(script);
    }
    let mut out = Vec::with_capacity(script.len());
    out.extend_from_slice(&script[..first]);
    let mut at = first;
    let mut quote = 0;
    loop {
        // What comes next of what may change anything.
        if slash < at {
            slash = memchr(b'\\', &script[at..]).map_or(script.len(), |place| at + place);
        }
        if quote <= at {
            quote = memchr3(b'\'', b'"', b'`', &script[at..]).map_or(script.len(), |place| at + place);
        }
        let next = slash.min(quote);
        out.extend_from_slice(&script[at..next]);
        at = next;
        let Some(&byte) = script.get(at) else { break };
        let rest = &script[at..];
        if byte != b'\\' {
            match glue(rest) {
                Some(length) => at += length,
                None => {
                    out.push(byte);
                    at += 1;
                }
            }
            continue;
        }
        let slashes = rest.iter().take_while(|byte| **byte == b'\\').count();
        match (rest.get(slashes), escaped(&rest[slashes..])) {
            (Some(b'/'), _) => {
                out.push(b'/');
                at += slashes + 1;
            }
            (Some(b'\n'), _) => at += slashes + 1,
            (_, Some((character, length))) => {
                out.push(character);
                at += slashes + length;
            }
            _ => {
                out.extend_from_slice(&rest[..slashes]);
                at += slashes;
                // A quote that is escaped ends nothing.
                if let Some(next) = script.get(at).filter(|next| matches!(next, b'\'' | b'"' | b'`')) {
                    out.push(*next);
                    at += 1;
                }
            }
        }
    }
    Cow::Owned(out)
}

/// Reads what may stand behind a backslash: a character of ASCII by its number.
fn escaped(rest: &[u8]) -> Option<(u8, usize)> {
    let (digits, length) = match rest {
        [b'x', digits @ ..] => (digits.get(..2)?, 3),
        [b'u', b'{', digits @ ..] => {
            let end = digits.iter().take(7).position(|byte| *byte == b'}')?;
            (&digits[..end], end + 3)
        }
        [b'u', digits @ ..] => (digits.get(..4)?, 5),
        _ => return None,
    };
    let number = u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    u8::try_from(number).ok().filter(|byte| byte.is_ascii_graphic()).map(|byte| (byte, length))
}

/// Returns how long the glue between two strings is, from the quote that ends the first to the one that begins the
/// second.
fn glue(rest: &[u8]) -> Option<usize> {
    let blank = |from: usize| rest[from..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let mut at = 1 + blank(1);
    let concat: &[u8] = b".concat(";
    if rest.get(at) == Some(&b'+') {
        at += 1;
    } else if rest[at..].starts_with(concat) {
        at += concat.len();
    } else {
        return None;
    }
    at += blank(at);
    rest.get(at).is_some_and(|next| matches!(next, b'\'' | b'"' | b'`')).then_some(at + 1)
}

/// Splits a script into statements, more or less: at semicolons, braces and ends of lines that end something.
fn statements(text: &[u8]) -> Vec<Range<usize>> {
    let (mut all, mut start, mut at) = (Vec::new(), 0, 0);
    let mut quoted: Option<u8> = None;
    while let Some(&byte) = text.get(at) {
        let ends = match (quoted, byte) {
            (Some(_), b'\\') => {
                at += 2;
                continue;
            }
            (Some(quote), _) if byte == quote => {
                quoted = None;
                false
            }
            // A string of these quotes ends with its line at the latest; one that goes on was none.
            (Some(b'\'' | b'"'), b'\n') => {
                quoted = None;
                true
            }
            (Some(_), _) => false,
            (None, b'\'' | b'"' | b'`') => {
                quoted = Some(byte);
                false
            }
            (None, b';' | b'{' | b'}') => true,
            (None, b'\n') => {
                let open = |byte: &u8| b"=+(,:?&|.".contains(byte);
                let before = text[start..at].trim_ascii_end().last();
                let after = text[at..].trim_ascii_start().first();
                !before.is_some_and(open) && !after.is_some_and(|byte| open(byte) || *byte == b')')
            }
            _ => false,
        };
        at += 1;
        if ends {
            all.push(start..at);
            start = at;
        }
    }
    all.push(start..text.len());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_joined_as_a_browser_reads_them() {
        for (script, expected) in [
            ("'//' + 'vk' + \".com\"", "'//vk.com\""),
            ("\"https:\\/\\/vk.com\\/rtrg\"", "\"https://vk.com/rtrg\""),
            ("'\\x2f\\u002Fvk\\u{2e}com'", "'//vk.com'"),
            ("'\\\\/'", "'/'"),
            ("'//'.concat('vk.com')", "'//vk.com')"),
            ("/vk\\.com/", "/vk\\.com/"),
            ("'a\\'' + 'b'", "'a\\'b'"),
            ("'//vk.\\\ncom'", "'//vk.com'"),
            ("'//' + ['vk', 'com'].join('.') + '/rtrg'", "'//vk.com/rtrg'"),
            ("'//' + atob('dmsuY29t')", "'//vk.com'"),
            ("unescape('%3Cimg src=%22//vk.com/%22')", "unescape('<img src=\"//vk.com/\"')"),
        ] {
            assert_eq!(String::from_utf8_lossy(Script::of(script.as_bytes()).text()), expected, "{script}");
        }
    }

    /// The same, byte for byte, as by looking at every byte.
    #[test]
    fn strings_are_joined_as_byte_by_byte() {
        fn slowly(script: &[u8]) -> Vec<u8> {
            let (mut out, mut at) = (Vec::new(), 0);
            while let Some(&byte) = script.get(at) {
                let rest = &script[at..];
                let slashes = rest.iter().take_while(|byte| **byte == b'\\').count();
                match byte {
                    b'\\' => match (rest.get(slashes), escaped(&rest[slashes..])) {
                        (Some(b'/'), _) => {
                            out.push(b'/');
                            at += slashes + 1;
                        }
                        (Some(b'\n'), _) => at += slashes + 1,
                        (_, Some((character, length))) => {
                            out.push(character);
                            at += slashes + length;
                        }
                        (next, _) => {
                            out.extend_from_slice(&rest[..slashes]);
                            at += slashes;
                            if let Some(next @ (b'\'' | b'"' | b'`')) = next {
                                out.push(*next);
                                at += 1;
                            }
                        }
                    },
                    b'\'' | b'"' | b'`' if glue(rest).is_some() => at += glue(rest).unwrap(),
                    _ => {
                        out.push(byte);
                        at += 1;
                    }
                }
            }
            out
        }
        const PARTS: [&str; 20] = [
            "'", "\"", "`", "\\", "\\\\", "/", "\n", "x2f", "u002f", "u{2e}", "+", " + ", ".concat(", "vk.com", "a",
            " ", "' + '", "\\'", "\\/", "é",
        ];
        let mut next = crate::gate::random(20_261_129);
        for _ in 0..50_000 {
            let script: String = (0..next(10)).map(|_| PARTS[next(PARTS.len())]).collect();
            assert_eq!(*joined(script.as_bytes()), *slowly(script.as_bytes()), "{script}");
        }
    }

    /// A host of which only some paths are a service's, where it stands alone.
    #[test]
    fn an_address_is_followed_to_what_loads_it() {
        for (script, loaded) in [
            ("s.src = 'https://vk.com/' + path", true),
            ("s.src = `https://vk.com/${path}`", true),
            ("var h = 'https://vk.com'; s.src = h + path;", true),
            ("var h = '//vk.com'\nvar u = h + path\ns.src = u", true),
            ("var c = {host: 'https://vk.com/'}; i.setAttribute('src', c.host + path)", true),
            ("load('https://vk.com/' + path); function load(u) { s.src = u }", true),
            ("(function (d, h) { s.src = h + path })(document, 'https://vk.com')", true),
            ("import('https://vk.com/' + path)", true),
            ("x.open('GET', 'https://vk.com/' + path); new XMLHttpRequest", true),
            ("var l = document.createElement('link'); l.href = '//vk.com/' + path", true),
            ("function u() { return 'https://vk.com/' + path } s.src = u()", true),
            ("s.src =\n  'https://vk.com/' +\n  path", true),
            // Linked to, compared, kept.
            ("a.href = 'https://vk.com/' + id; s.src = '/own.js'", false),
            ("location = 'https://vk.com/' + id; s.src = '/own.js'", false),
            ("window.open('https://vk.com/' + id); s.src = '/own.js'", false),
            ("var social = {vk: 'https://vk.com/', ok: 'https://ok.ru/'}; s.src = '/own.js'", false),
            ("if (document.referrer.indexOf('vk.com') > 0) { s.src = '/own.js' }", false),
            ("var rules = [{u: 'vk.com'}]; s.src = f(new RegExp(rules[0].u).test(x), '/own.js')", false),
            ("if (h == 'vk.com') { s.src = '/own.js' }", false),
            ("d.innerHTML = '<a href=\"https://vk.com/' + id + '\">VK</a>'", false),
            ("var h = 'https://vk.com/'; a.href = h + id; s.src = '/own.js'", false),
            ("var h = 'https://vk.com/' + id", false),
        ] {
            let read = Script::of(script.as_bytes());
            let start = memchr::memmem::find(read.text(), b"vk.com").unwrap();
            assert!(read.stands_alone(&(start..start + 6)), "{script}");
            assert_eq!(read.loads(start), loaded, "{script}");
        }
        let page = Script::of(b"s.src = 'https://vk.com/page'");
        assert!(!page.stands_alone(&(17..23)));
        let other = Script::of(b"s.src = 'https://m.vk.com/'");
        assert!(!other.stands_alone(&(19..25)));
    }
}
