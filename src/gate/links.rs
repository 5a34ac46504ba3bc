//! The `Link` header: members with an address in angle brackets and parameters behind it (RFC 8288).
//!
//! In: a value, what is withheld. Out: the value without the links a browser would follow by itself to a withheld service.

use super::{
    carrier::{Carrier, candidates, relation_connects, relation_loads},
    judge::Judge,
};

/// Splits at commas that stand in neither quotes nor angle brackets.
pub(super) fn parts(value: &str) -> Vec<&str> {
    split(value, ',', true)
}

/// Splits at a separator outside of quotes and, where addresses stand in them, outside of angle brackets.
pub(super) fn split(value: &str, separator: char, brackets: bool) -> Vec<&str> {
    let (mut parts, mut start, mut quoted, mut bracket, mut escaped) = (Vec::new(), 0, false, false, false);
    for (place, character) in value.char_indices() {
        match character {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if !bracket => quoted = !quoted,
            '<' if brackets && !quoted => bracket = true,
            '>' if !quoted => bracket = false,
            _ if character == separator && !quoted && !bracket => {
                parts.push(&value[start..place]);
                start = place + character.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&value[start..]);
    parts
}

/// Leaves out the links a browser would follow by itself to a withheld service (RFC 8288).
///
/// Browsers agree on what the grammar allows. On an open, escaped or single quote they do not, so that a comma ends a link for one
/// and stands in a text for another: such a value goes as a whole where it names a withheld address anywhere.
pub(super) fn without_links(value: &str, judge: &mut Judge<'_>) -> Option<String> {
    if !is_plain(value) {
        let bracketed = value.split('<').skip(1).filter_map(|rest| rest.split('>').next());
        let words = value.split([' ', '\t', '<', '>', '"', '\'', ',', ';', '=']);
        let mut all = bracketed.chain(words).filter(|word| !word.is_empty());
        let withheld = |word: &str| judge.connection(word).is_some() || judge.address(word, Carrier::Header).is_some();
        return (!all.any(withheld)).then(|| value.to_owned());
    }
    let all = parts(value);
    let kept: Vec<&str> = all.iter().copied().filter(|part| !link_is_withheld(part, judge)).collect();
    if kept.len() == all.len() { Some(value.to_owned()) } else { Some(kept.join(",").trim().to_owned()) }
}

fn link_is_withheld(part: &str, judge: &mut Judge<'_>) -> bool {
    let Some((address, parameters)) = part.trim_start().strip_prefix('<').and_then(|rest| rest.split_once('>')) else {
        return false;
    };
    let parameters: Vec<(&str, &str)> = split(parameters, ';', false)
        .into_iter()
        .filter_map(|parameter| parameter.split_once('='))
        .map(|(name, value)| (name.trim(), value.trim().trim_matches('"')))
        .collect();
    // Of two values of one name a browser takes the first or the last; either counts.
    let values = |wanted: &'static str| {
        parameters.iter().filter(move |(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| *value)
    };
    if !values("rel").any(relation_loads) {
        return false;
    }
    if values("rel").any(relation_connects) && judge.connection(address).is_some() {
        return true;
    }
    let mut all = std::iter::once(address).chain(values("imagesrcset").flat_map(candidates));
    all.any(|address| judge.address(address, Carrier::Header).is_some())
}

/// Says whether every reader takes a value apart in the same way.
fn is_plain(value: &str) -> bool {
    parts(value).into_iter().map(str::trim).filter(|part| !part.is_empty()).all(|part| {
        let Some((address, parameters)) = part.strip_prefix('<').and_then(|rest| rest.split_once('>')) else {
            return false;
        };
        let mut parameters = split(parameters, ';', false).into_iter().map(str::trim);
        !address.contains(['<', '"', '\'', '\\'])
            && parameters.next() == Some("")
            && parameters.all(|parameter| parameter.is_empty() || is_plain_parameter(parameter))
    })
}

fn is_plain_parameter(parameter: &str) -> bool {
    let is_word = |text: &str| !text.contains(['<', '>', '"', '\'', '\\', ',', ';', ' ', '\t']);
    let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
    let (name, value) = (name.trim(), value.trim());
    let quoted = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let is_text = quoted.is_some_and(|text| !text.contains(['"', '\\']));
    // `title*=UTF-8'en'text` (RFC 8187).
    let is_extended = name.ends_with('*') && value.split('\'').count() == 3 && value.split('\'').all(is_word);
    is_word(name) && (is_word(value) || is_text || is_extended)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_readers_take_apart_alike_is_plain() {
        for plain in [
            "",
            "</a>; rel=preload",
            " </a,b;c> ;rel = \"a b\" ; as=script;, <b>;crossorigin,",
            "<https://a.example/?x=1>; rel=\"preload\"; title=\"it's; <b>, c\"",
            "</a>; title*=UTF-8'en'%e2%82%ac; rel=next",
        ] {
            assert!(is_plain(plain), "{plain}");
        }
        for other in [
            "https://a.example/; rel=preload",
            "</a> x; rel=preload",
            "</a>; title=\"open, <b>; rel=preload",
            "</a>; title=\"a\\\", <b>; rel=preload",
            "</a>; title=\"a\"b\"; rel=preload",
            "</a>; title='a, b'; rel=preload",
            "</a>; \"=x; rel=\"preload\"",
            "</a>; title*=UTF-8'a,b'c; rel=preload",
            "</a; rel=preload",
            "<<a>>; rel=preload",
            "<a\"b>; rel=preload",
            "</a>; a b=c",
        ] {
            assert!(!is_plain(other), "{other}");
        }
    }
}
