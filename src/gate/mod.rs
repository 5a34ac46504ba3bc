//! What leaves the server: withholds what a refused service needs, and puts the banner in its place.
//!
//! In: a response head, pieces of its body, a decision. Out: gated pieces. It never buffers a page: only a tag, an
//! inline script or a `noscript` that is not complete. Whatever it cannot read for certain ends the page; ungated
//! bytes never go out.

pub(crate) mod carrier;
pub(crate) mod headers;
mod html;
mod matcher;

pub(crate) use self::{
    html::{Gate, Rules},
    matcher::Matcher,
};

/// Why a page was cut off.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Error {
    /// The page is in an encoding whose bytes cannot be read as ASCII.
    #[error("the page's charset is not ASCII-compatible, its markup cannot be gated")]
    Charset,
    /// The page went on after it had ended or failed.
    #[error("the page has already ended")]
    Ended,
    /// What stands inside cannot be told apart as text or elements.
    #[error(
        "a noscript stands inside svg or math, or an svg inside math, a script of svg holds elements, or a noscript leaves something open"
    )]
    Foreign,
    /// A script or a `noscript` is longer than what is looked through.
    #[error("an inline script or noscript is longer than the memory limit")]
    Memory,
    /// HTML inside HTML inside HTML.
    #[error("documents are nested too deeply inside each other")]
    Nesting,
    /// The markup is ambiguous, or one tag is larger than the memory limit.
    #[error("the markup cannot be read for certain: {0}")]
    Markup(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    fn tokenizer(source: lol_html::errors::RewritingError) -> Self {
        Self::Markup(source.to_string().into())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{decision::Decision, policy::Policy};

    fn policy() -> Policy {
        Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site")).unwrap()
    }

    /// Gates a page in pieces of a size; the banner is `[B]`.
    fn gated(page: &str, size: usize) -> String {
        let policy = policy();
        let rules = Rules { matcher: Arc::new(Matcher::new(&policy)), decision: Decision::undecided(&policy) };
        let base = "https://news.example/a/b".parse().unwrap();
        let mut gate = Gate::new(Arc::new(rules), base, Some("utf-8"), Some(b"[B]".to_vec())).unwrap();
        let mut out = Vec::new();
        for piece in page.as_bytes().chunks(size) {
            out.extend(gate.feed(piece).unwrap());
        }
        out.extend(gate.finish().unwrap());
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn carriers() {
        let cases = [
            // Untouched.
            ("<body><p>x</p>", "<body>[B]<p>x</p>"),
            ("<p>x</p>", "[B]<p>x</p>"),
            ("Text alone", "Text alone[B]"),
            ("<head><title>t</title></head>text<p>", "<head><title>t</title></head>text[B]<p>"),
            ("<template><div></div></template><p>", "<template><div></div></template>[B]<p>"),
            ("<body><script src=/own.js></script>", "<body>[B]<script src=/own.js></script>"),
            ("<body><a href='https://mc.yandex.ru/'>x</a>", "<body>[B]<a href='https://mc.yandex.ru/'>x</a>"),
            (
                "<body><script type=application/json>{\"h\":\"mc.yandex.ru/metrika\"}</script>",
                "<body>[B]<script type=application/json>{\"h\":\"mc.yandex.ru/metrika\"}</script>",
            ),
            // Withheld.
            (
                "<body><script async src=https://mc.yandex.ru/metrika/tag.js></script>",
                "<body>[B]<script type=\"text/plain\" data-tc=\"metrics\" async data-tc-src=https://mc.yandex.ru/metrika/tag.js></script>",
            ),
            (
                "<body><SCRIPT TYPE=module SRC='//MC.Yandex.RU:443/x'></SCRIPT>",
                "<body>[B]<SCRIPT type=\"text/plain\" data-tc=\"metrics\" data-tc-TYPE=module data-tc-SRC='//MC.Yandex.RU:443/x'></SCRIPT>",
            ),
            (
                "<body><img src=\"https&#58;//counter.yadro.ru/hit\">",
                "<body>[B]<img data-tc=\"metrics\" data-tc-src=\"https&#58;//counter.yadro.ru/hit\">",
            ),
            (
                "<body><img srcset='/a.png 1x, https://counter.yadro.ru/b 2x'>",
                "<body>[B]<img data-tc=\"metrics\" data-tc-srcset='/a.png 1x, https://counter.yadro.ru/b 2x'>",
            ),
            (
                "<link rel='x PRECONNECT' href=https://mc.yandex.ru><body>",
                "<link data-tc=\"metrics\" rel='x PRECONNECT' data-tc-href=https://mc.yandex.ru><body>[B]",
            ),
            (
                "<base href='https://mc.yandex.ru/metrika/'><body><script src=tag.js></script>",
                "<base href='https://mc.yandex.ru/metrika/'><body>[B]<script type=\"text/plain\" data-tc=\"metrics\" data-tc-src=tag.js></script>",
            ),
            (
                "<body><script>var a=1;ym(1,'init');(function(){'https://mc.yandex.ru/metrika/tag.js'})()</script>",
                "<body>[B]<script type=\"text/plain\" data-tc=\"metrics\">var a=1;ym(1,'init');(function(){'https://mc.yandex.ru/metrika/tag.js'})()</script>",
            ),
            (
                "<body><noscript><div><img src='https://mc.yandex.ru/watch/1'><img src=/own.png></div></noscript>",
                "<body>[B]<noscript><div><img data-tc=\"metrics\" data-tc-src='https://mc.yandex.ru/watch/1'><img src=/own.png></div></noscript>",
            ),
            (
                "<body><iframe src=https://smi2.ru/w></iframe>",
                "<body>[B]<iframe data-tc=\"recommendations\" data-tc-src=https://smi2.ru/w></iframe>",
            ),
            (
                "<body><iframe srcdoc=\"&lt;script src=https://smi2.ru/x&gt;&lt;/script&gt;\"></iframe>",
                "<body>[B]<iframe data-tc=\"recommendations\" data-tc-srcdoc=\"&lt;script src=https://smi2.ru/x&gt;&lt;/script&gt;\"></iframe>",
            ),
            (
                "<body><svg><script href=https://mc.yandex.ru/x /></svg>",
                "<body>[B]<svg><script type=\"text/plain\" data-tc=\"metrics\" data-tc-href=https://mc.yandex.ru/x /></svg>",
            ),
            (
                "<body><svg><math><mtext><noscript><script src=https://mc.yandex.ru/x></script></noscript>",
                "<body>[B]<svg><math><mtext><noscript><script type=\"text/plain\" data-tc=\"metrics\" data-tc-src=https://mc.yandex.ru/x></script></noscript>",
            ),
            // Unended.
            (
                "<body><script>mc.yandex.ru/metrika",
                "<body>[B]<script type=\"text/plain\" data-tc=\"metrics\">mc.yandex.ru/metrika",
            ),
            (
                "<body><noscript><img src=https://mc.yandex.ru/watch/1>",
                "<body>[B]<noscript><img data-tc=\"metrics\" data-tc-src=https://mc.yandex.ru/watch/1>",
            ),
        ];
        for (page, expected) in cases {
            for size in [1, 2, 7, 4096] {
                assert_eq!(gated(page, size), expected, "in pieces of {size}");
            }
        }
    }

    #[test]
    fn what_cannot_be_read_for_certain_ends_the_page() {
        let policy = policy();
        let rules =
            Arc::new(Rules { matcher: Arc::new(Matcher::new(&policy)), decision: Decision::undecided(&policy) });
        let base: url::Url = "https://news.example/".parse().unwrap();
        let gate = Gate::new(rules.clone(), base.clone(), Some("utf-16le"), None);
        assert!(matches!(gate, Err(Error::Charset)));
        let mut gate = Gate::new(rules, base, None, None).unwrap();
        let page = b"<select><xmp><script src=https://mc.yandex.ru/x></script>";
        let result = gate.feed(page).and_then(|mut out| {
            out.extend(gate.finish()?);
            Ok(out)
        });
        assert!(matches!(result, Err(Error::Markup(_))), "{result:?}");
    }

    /// Random sequences of markup, broken and not: no panic, and any splitting gives the same bytes or the same end.
    #[test]
    fn markup_soup_in_any_pieces() {
        const SOUP: [&str; 32] = [
            "<svg>",
            "</svg>",
            "<math>",
            "<mtext>",
            "<noscript>",
            "</noscript>",
            "<script>",
            "</script>",
            "<script src=https://mc.yandex.ru/x>",
            "<img src=//counter.yadro.ru/hit>",
            "<iframe src=https://smi2.ru/>",
            "</iframe>",
            "<template>",
            "</template>",
            "<body>",
            "<p>",
            "text",
            "<!--",
            "-->",
            "<title>",
            "</title>",
            "<textarea>",
            "</textarea>",
            "<select>",
            "<xmp>",
            "<style>",
            "</style>",
            "mc.yandex.ru/metrika",
            "<svg><script href=https://smi2.ru/x />",
            "<",
            "\"",
            "<![CDATA[",
        ];
        let seed: u64 = std::env::var("SEED").map_or(20_261_123, |seed| seed.parse().expect("SEED is a number"));
        println!("SEED={seed}");
        let mut state = seed | 1;
        let mut next = move |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % below as u64) as usize
        };
        let policy = policy();
        let matcher = Arc::new(Matcher::new(&policy));
        for _ in 0..4_000 {
            let page: String = (0..=next(14)).map(|_| SOUP[next(SOUP.len())]).collect();
            let through = |size: usize| {
                let rules = Rules { matcher: matcher.clone(), decision: Decision::undecided(&policy) };
                let base = "https://news.example/".parse().unwrap();
                let mut gate = Gate::new(Arc::new(rules), base, Some("utf-8"), Some(b"[B]".to_vec())).ok()?;
                let mut out = Vec::new();
                for piece in page.as_bytes().chunks(size) {
                    out.extend(gate.feed(piece).ok()?);
                }
                out.extend(gate.finish().ok()?);
                Some(out)
            };
            let whole = through(usize::MAX);
            for size in [1, 3, 16] {
                assert_eq!(through(size), whole, "{page}");
            }
        }
    }
}
