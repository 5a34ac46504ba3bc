//! The quick way through most of a page: text, and tags that mean nothing to the gate.
//!
//! In: bytes of a page where its text and markup are read in one way, outside of svg and math. Out: how many of them may be
//! passed over. Of tags it knows those that are written as most are (`<name name="value">`, in lower case) and are whole;
//! whatever is written in another way, or may matter, is left to the tokenizer. So it can be slow, but not wrong: what it
//! passes over, the tokenizer would find to hold nothing (`carrier::holds_nothing`); a test holds both against each other.

use memchr::{memchr, memchr2};

use super::carrier::{Attributed, is_harmless, is_passed};

/// Returns how many bytes from the start on may be passed over; what follows must be looked at. `own` says that relative
/// addresses are certain to stay on the site.
pub(super) fn passed(bytes: &[u8], own: bool) -> usize {
    let mut at = 0;
    loop {
        let Some(text) = memchr(b'<', &bytes[at..]) else { return bytes.len() };
        at += text;
        let Some(length) = tag(&bytes[at..], own) else { return at };
        at += length;
    }
}

/// Returns the length of the tag these bytes begin with, when it can be passed over.
fn tag(bytes: &[u8], own: bool) -> Option<usize> {
    if *bytes.get(1)? == b'/' {
        let end = name_end(bytes, 2)?;
        let passes = end > 2 && bytes[end] == b'>' && !matches!(&bytes[2..end], b"template" | b"select");
        return (passes && bytes[2].is_ascii_lowercase()).then_some(end + 1);
    }
    let mut at = name_end(bytes, 1)?;
    let name = &bytes[1..at];
    if !is_passed(name) {
        return None;
    }
    loop {
        let mut byte = *bytes.get(at)?;
        if matches!(byte, b' ' | b'\n' | b'\t') {
            while matches!(byte, b' ' | b'\n' | b'\t') {
                at += 1;
                byte = *bytes.get(at)?;
            }
        } else if byte != b'>' && byte != b'/' {
            return None;
        }
        match byte {
            b'>' => return Some(at + 1),
            b'/' => return (*bytes.get(at + 1)? == b'>').then_some(at + 2),
            _ => {}
        }
        let end = name_end(bytes, at)?;
        if end == at || bytes[end] != b'=' {
            return None;
        }
        let quote = *bytes.get(end + 1)?;
        if quote != b'"' && quote != b'\'' {
            return None;
        }
        let value = &bytes[end + 2..];
        let mut length = memchr2(quote, b'(', value)?;
        let free = value[length] == quote;
        if !free {
            length += memchr(quote, &value[length..])?;
        }
        if !is_harmless(name, Attributed { name: &bytes[at..end], value: &value[..length], free, own }) {
            return None;
        }
        at = end + 2 + length + 1;
    }
}

/// Returns where a name ends that begins here and is written in small letters, digits and hyphens.
fn name_end(bytes: &[u8], from: usize) -> Option<usize> {
    let length =
        bytes[from..].iter().position(|byte| !(byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-'));
    length.map(|length| from + length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Decision, Policy,
        gate::{Gate, Rules},
    };

    /// Gates a page in pieces of a size, with nothing passed over or as it is served; then what was met.
    fn gated(rules: &Rules, decision: &Decision, page: &[u8], size: usize, strictly: bool) -> String {
        let gate = Gate::new(rules, decision, "https://news.example/a/b").unwrap();
        let mut gate = if strictly { gate.strictly() } else { gate };
        let mut out = Vec::new();
        let mut end = Ok(());
        for piece in page.chunks(size) {
            match gate.feed(piece) {
                Ok(bytes) => out.extend(bytes),
                Err(error) => {
                    end = Err(error.to_string());
                    break;
                }
            }
        }
        let rest = gate.finish().map_err(|error| error.to_string());
        let findings = gate.take_findings();
        format!("{:?} {end:?} {rest:?} {findings:?}", String::from_utf8_lossy(&out))
    }

    fn agree(rules: &Rules, decision: &Decision, page: &[u8], size: usize) {
        let strict = gated(rules, decision, page, size, true);
        let quick = gated(rules, decision, page, size, false);
        assert!(strict == quick, "in pieces of {size}: {}\n{strict}\n{quick}", String::from_utf8_lossy(page));
    }

    fn states(policy: &Policy) -> [Decision; 3] {
        [Decision::undecided(policy), Decision::granting(policy, []), Decision::granting(policy, ["metrics"])]
    }

    /// Random markup, and stretches of it with bytes changed: `SKIM_PAGES` says how many.
    #[test]
    fn what_is_passed_over_changes_nothing() {
        const SOUP: &[&str] = &[
            "<p>",
            "</p>",
            "<div class=\"a\" id='b'>",
            "</div>",
            "<a href=\"/x\">",
            "<a href='https://smi2.ru/'>",
            "</a>",
            "<img src=\"/a.png\" alt=\"(\">",
            "<img src=\"//smi2.ru/x\">",
            "<img src='https://counter.yadro.ru/hit'>",
            "<img src=\"a:b\">",
            "<img src=\"\">",
            "<img src='\\\\smi2.ru/x'>",
            "<img src=\"/\t/smi2.ru/x\">",
            "<base href='https://smi2.ru/'>",
            "<base href=/>",
            "<img src=\"&#47;/smi2.ru/x\">",
            "<img\nsrc=\"x\"\n>",
            "<td style=\"color:red\">",
            "<td style=\"a:url(//smi2.ru/x)\">",
            "<p style='a:u\\72l(//smi2.ru/x)'>",
            "<p title=\"url(//smi2.ru/x)\">",
            "<span data-x=\"url(//smi2.ru/x)\">",
            "<li onclick=\"ym(1,'init')\">",
            "<br/>",
            "<hr />",
            "<h1 hidden>",
            "<a ping='https://smi2.ru/p' href=\"x\">",
            "<input type=\"image\" src=\"//smi2.ru/x\">",
            "<script>ym(1,'init')</script>",
            "<script>",
            "</script>",
            "<style>a{b:url(//smi2.ru/x)}</style>",
            "<title>",
            "</title>",
            "<textarea>",
            "</textarea>",
            "<noscript>",
            "</noscript>",
            "<svg>",
            "</svg>",
            "<math>",
            "<mtext>",
            "</mtext>",
            "<title/>",
            "<select>",
            "</select>",
            "<option value=\"1\">",
            "<template>",
            "</template>",
            "<col>",
            "<frameset>",
            "<table>",
            "<tr>",
            "<form action=\"/x\">",
            "<!--",
            "-->",
            "<!doctype html>",
            "<?x",
            "<![CDATA[",
            "]]>",
            "text",
            "(",
            "\"",
            "'",
            "<",
            ">",
            "/",
            "=",
            " ",
            "\n",
            "&amp;",
            "é",
            "<body>",
            "<html lang=\"ru\">",
            "<head>",
            "<button type=\"x\" formaction='//smi2.ru/'>",
            "<b class=\"a\"id=\"b\">",
            "<i a=b>",
            "<P CLASS=\"a\">",
            "</P>",
            "<u class = \"x\">",
            "<nobr>",
            "<center>",
            "<pre>",
            "<xmp>",
            "</xmp>",
            "<plaintext>",
            "<iframe src=\"//smi2.ru/\">",
            "</iframe>",
            "<link rel=\"preload\" href=\"//smi2.ru/x\">",
            "<p aria-label=\"x\">",
            "<p aria-x=\"url(//smi2.ru/x)\">",
        ];
        let number = |name: &str, or: u64| std::env::var(name).map_or(or, |text| text.parse().expect("a number"));
        let (seed, pages) = (number("SEED", 20_261_128), number("SKIM_PAGES", 4_000));
        println!("SEED={seed}, {pages} pages");
        let mut next = crate::gate::random(seed | 1);
        let policy = Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site")).unwrap();
        let (rules, states) = (Rules::new(&policy), states(&policy));
        for _ in 0..pages {
            let mut page: Vec<u8> = (0..=next(12)).flat_map(|_| SOUP[next(SOUP.len())].bytes()).collect();
            for _ in 0..next(3) {
                let place = next(page.len());
                page[place] = b"<>/='\" \n&-!a(:.\\"[next(16)];
            }
            let size = [usize::MAX, usize::MAX, 1, 3, 16][next(5)];
            agree(&rules, &states[next(3)], &page, size);
        }
    }

    /// Every page of the corpus, whole and in pieces.
    #[test]
    fn what_is_passed_over_in_real_pages_changes_nothing() {
        let corpus = std::env::var("TOWER_CONSENT_CORPUS").unwrap_or_default();
        let Ok(entries) = std::fs::read_dir(std::path::Path::new(&corpus).join("pages")) else {
            println!("!!! NO CORPUS: NOT tested with it (set TOWER_CONSENT_CORPUS)");
            return;
        };
        let policy = Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site")).unwrap();
        let (rules, states) = (Rules::new(&policy), states(&policy));
        let mut passes = 0;
        for path in
            entries.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "html"))
        {
            let page = std::fs::read(&path).unwrap();
            for size in [usize::MAX, 4_096, 61] {
                states.iter().for_each(|state| agree(&rules, state, &page, size));
            }
            passes += page
                .split(|byte| *byte == b'<')
                .skip(1)
                .filter(|tag| self::tag(&[b"<", *tag].concat(), true).is_some())
                .count();
        }
        assert!(passes > 10_000, "the quick way is gone: {passes}");
    }

    #[test]
    fn what_is_plain_is_passed_and_nothing_else() {
        for (page, length) in [
            ("text &amp; text", 15),
            ("a<p>b</p>c", 10),
            ("<div class=\"a\" id='b'>x</div>", 29),
            ("<a href=\"https://x/\">x</a>", 26),
            ("<br/><hr />", 11),
            ("<p\n\tclass=\"a\"\n>", 15),
            ("<td style=\"color:red\">", 22),
            ("<div data-x=\"f(x)\">", 19),
            ("<img src=\"/a.png\" alt=\"\">", 25),
            // Left to the tokenizer.
            ("x<P>", 1),
            ("<p class=a>", 0),
            ("<p class=\"a\"id=\"b\">", 0),
            ("<p class = \"a\">", 0),
            ("<p hidden>", 0),
            ("<p onclick=\"x\">", 0),
            ("<p style=\"a:url(b)\">", 0),
            ("<p style=\"a:'b'\">", 0),
            ("<p title=\"url(b)\">", 0),
            ("<div href=\"/x\">", 0),
            ("<img src=\"//x/a\">", 0),
            ("<img src=\"/\\x/a\">", 0),
            ("<img src=\"a:b\">", 0),
            ("<img src=\"&#47;/x\">", 0),
            ("<img srcset=\"/a 1x\">", 0),
            ("<script>", 0),
            ("<svg>", 0),
            ("<template>", 0),
            ("</template>", 0),
            ("</select>", 0),
            ("</p >", 0),
            ("</>", 0),
            ("</-x>", 0),
            ("<!-- x -->", 0),
            ("<?x>", 0),
            ("< p>", 0),
            ("<p class=\"a", 0),
            ("<p", 0),
            ("<", 0),
            ("</p", 0),
            ("a<p/", 1),
            ("<-p>", 0),
        ] {
            assert_eq!(passed(page.as_bytes(), true), length, "{page}");
        }
        assert_eq!(passed(b"<img src=\"/a.png\">", false), 0, "another site's");
    }
}
