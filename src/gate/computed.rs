//! Strings that a script computes from constants.
//!
//! In: the text of a script. Out: the same with each result in place of what computes it: `['vk','com'].join('.')`,
//! `'moc.kv'.split('').reverse().join('')`, `atob('dmsuY29t')`, `String.fromCharCode(118,107)`. It is no interpreter: where
//! anything but a constant takes part, the text stays.

use base64::{Engine, alphabet, engine::GeneralPurpose, engine::general_purpose::NO_PAD};

/// How often a result may take part in another one.
const MOST_ROUNDS: usize = 4;
/// What a script has that computes strings, in lower case.
pub(super) const CALLS: [&str; 3] = [".join(", "atob(", "fromcharcode("];
/// As browsers decode (Infra, "forgiving-base64 decode"); what stands behind is cut off before.
const BASE64: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, NO_PAD.with_decode_allow_trailing_bits(true));

/// Puts results in the place of what computes them; `None` where there is nothing to compute.
pub(super) fn resolved(text: &[u8], lower: &[u8]) -> Option<Vec<u8>> {
    if !CALLS.iter().any(|call| memchr::memmem::find(lower, call.as_bytes()).is_some()) {
        return None;
    }
    let mut text = text.to_vec();
    let mut changed = false;
    for _ in 0..MOST_ROUNDS {
        let Some(next) = once(&text) else { break };
        (text, changed) = (next, true);
    }
    changed.then_some(text)
}

fn once(text: &[u8]) -> Option<Vec<u8>> {
    let (mut out, mut at, mut changed) = (Vec::with_capacity(text.len()), 0, false);
    while let Some(&byte) = text.get(at) {
        let rest = &text[at..];
        let found = match byte {
            b'[' | b'\'' | b'"' | b'`' => list(rest),
            b'a' => decoded(rest),
            b'S' | b'f' => characters(rest),
            _ => None,
        };
        match found.and_then(|(value, length)| Some((quoted(&value)?, length))) {
            Some((value, length)) => {
                out.extend_from_slice(&value);
                at += length;
                changed = true;
            }
            // A string that is not computed with is passed over whole: what is in it is text.
            None => {
                let length = string(rest).map_or(1, |(_, length)| length);
                out.extend_from_slice(&rest[..length]);
                at += length;
            }
        }
    }
    changed.then_some(out)
}

/// Reads a list of strings, or a string that is split into one, and how it is joined.
fn list(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let (mut parts, mut at): (Vec<Vec<u8>>, usize) = if text.first() == Some(&b'[') {
        let (mut parts, mut at) = (Vec::new(), 1);
        loop {
            at += blank(&text[at..]);
            let (part, length) = string(&text[at..])?;
            parts.push(part);
            at += length;
            at += blank(&text[at..]);
            match text.get(at)? {
                b',' => at += 1,
                b']' => break (parts, at + 1),
                _ => return None,
            }
        }
    } else {
        let (value, at) = string(text)?;
        let (separator, length) = call(&text[at..], b".split")?;
        let separator = separator?;
        let parts = match separator.is_empty() {
            true => value.iter().map(|byte| vec![*byte]).collect(),
            false => split(&value, &separator),
        };
        (parts, at + length)
    };
    if let Some((None, length)) = call(&text[at..], b".reverse") {
        parts.reverse();
        at += length;
    }
    let (separator, length) = call(&text[at..], b".join")?;
    Some((parts.join(&separator.unwrap_or_else(|| b",".to_vec())[..]), at + length))
}

/// Reads `atob('…')`.
fn decoded(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let (value, length) = call(text, b"atob")?;
    let mut value = value?;
    value.retain(|byte| !byte.is_ascii_whitespace());
    while value.last() == Some(&b'=') {
        value.pop();
    }
    Some((BASE64.decode(value).ok()?, length))
}

/// Reads `String.fromCharCode(…)`.
fn characters(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let name = b"String.fromCharCode";
    let name: &[u8] = if text.starts_with(name) { name } else { b"fromCharCode" };
    let rest = text.strip_prefix(name)?;
    let start = blank(rest);
    let numbers = rest[start..].strip_prefix(b"(")?;
    let end = numbers.iter().position(|byte| *byte == b')')?;
    let value = std::str::from_utf8(&numbers[..end]).ok()?.split(',').map(|number| {
        let number = number.trim();
        match number.strip_prefix("0x").or(number.strip_prefix("0X")) {
            Some(digits) => u8::from_str_radix(digits, 16).ok(),
            None => number.parse().ok(),
        }
    });
    Some((value.collect::<Option<Vec<u8>>>()?, name.len() + start + 1 + end + 1))
}

/// Reads a call of a method or function with one string or nothing.
fn call(text: &[u8], name: &[u8]) -> Option<(Option<Vec<u8>>, usize)> {
    let mut at = blank(text);
    let rest = text[at..].strip_prefix(name)?;
    at += name.len() + blank(rest);
    (text.get(at)? == &b'(').then_some(())?;
    at += 1;
    at += blank(&text[at..]);
    let value = string(&text[at..]);
    at += value.as_ref().map_or(0, |(_, length)| *length);
    at += blank(&text[at..]);
    (text.get(at)? == &b')').then_some((value.map(|(value, _)| value), at + 1))
}

/// Reads a string: its value and its length with the quotes. Escapes were resolved before; what is left of them is taken as it
/// stands.
fn string(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let quote = *text.first().filter(|byte| matches!(byte, b'\'' | b'"' | b'`'))?;
    let end = text[1..].iter().position(|byte| *byte == quote || *byte == b'\n')?;
    let value = &text[1..=end];
    let constant = text[end + 1] == quote && !(quote == b'`' && memchr::memmem::find(value, b"${").is_some());
    constant.then(|| (value.to_vec(), end + 2))
}

fn split(value: &[u8], separator: &[u8]) -> Vec<Vec<u8>> {
    let (mut parts, mut start) = (Vec::new(), 0);
    for found in memchr::memmem::find_iter(value, separator) {
        parts.push(value[start..found].to_vec());
        start = found + separator.len();
    }
    parts.push(value[start..].to_vec());
    parts
}

fn blank(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// Returns a result as a string of the script; `None` where it can be none.
fn quoted(value: &[u8]) -> Option<Vec<u8>> {
    let readable = value.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ') && !value.contains(&b'\\');
    let quote = [b'\'', b'"', b'`'].into_iter().find(|quote| !value.contains(quote)).filter(|_| readable)?;
    Some([&[quote], value, &[quote]].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_computed_and_nothing_else() {
        for (script, expected) in [
            ("x=['vk','com'].join('.')", Some("x='vk.com'")),
            ("['//vk', \"com\" ] . join( '.' )", None),
            ("['//vk', \"com\" ].join( '.' )", Some("'//vk.com'")),
            ("['a','b'].join()", Some("'a,b'")),
            ("['moc','.kv'].reverse().join('')", Some("'.kvmoc'")),
            ("'moc.kv'.split('').reverse().join('')", Some("'vk.com'")),
            ("'vk-com'.split('-').join('.')", Some("'vk.com'")),
            ("atob('Ly92ay5jb20vcnRyZw==')", Some("'//vk.com/rtrg'")),
            ("window.atob(\"Ly92ay5jb20\")", Some("window.'//vk.com'")),
            ("atob(['Ly92', 'ay5jb20='].join(''))", Some("'//vk.com'")),
            ("String.fromCharCode(118,107, 0x2e,99,111,109)", Some("'vk.com'")),
            ("atob('PGltZyBzcmM9Ii8vdmsuY29tIj4=')", Some("'<img src=\"//vk.com\">'")),
            // Something takes part that is no constant, or the result is no text.
            ("[host,'com'].join('.')", None),
            ("['vk','com'].join(dot)", None),
            ("`${a}`.split('').join('')", None),
            ("atob('AAEC')", None),
            ("atob('!')", None),
            ("String.fromCharCode(a)", None),
            ("\"['vk','com'].join('.')\"", None),
            ("['vk','com'].map(x).join('.')", None),
            ("", None),
        ] {
            let lower = script.to_ascii_lowercase();
            let found = resolved(script.as_bytes(), lower.as_bytes());
            assert_eq!(found.map(|text| String::from_utf8(text).unwrap()).as_deref(), expected, "{script}");
        }
    }

    /// Any text may come: nothing panics, and what has no call is left alone.
    #[test]
    fn any_text_is_taken() {
        let pieces = [
            "[",
            "]",
            "'",
            "\"",
            "`",
            ",",
            "(",
            ")",
            ".join(",
            "atob(",
            "fromCharCode(",
            ".split(",
            "1",
            "a",
            "\n",
            "${",
        ];
        let mut state = 0x9e37_79b9_u32;
        for _ in 0..20_000 {
            let mut script = String::new();
            for _ in 0..12 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                script.push_str(pieces[(state >> 24) as usize % pieces.len()]);
            }
            let lower = script.to_ascii_lowercase();
            let _ = resolved(script.as_bytes(), lower.as_bytes());
        }
    }
}
