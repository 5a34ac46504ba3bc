//! What leaves the server: withholds what a refused service needs, and puts the banner in its place.
//!
//! In: a response head, pieces of its body, a decision. Out: gated pieces. It never buffers a page: only a tag, an
//! inline script or a style that is not complete. Whatever it cannot read for certain ends the page; ungated
//! bytes never go out.
//!
//! It does no input or output, so it serves servers that are not tower too:
//!
//! ```
//! use tower_consent::{Decision, Policy, gate::{Gate, Rules}};
//!
//! let policy = Policy::load("policies/news-site").unwrap();
//! let rules = Rules::new(&policy);
//! let decision = Decision::granting(&policy, ["recommendations"]);
//! let mut gate = Gate::new(&rules, &decision, "https://news.example/a").unwrap();
//! let mut page = gate.feed(b"<p>news<img src=https://counter.yadro.ru/hit>").unwrap();
//! page.extend(gate.finish().unwrap());
//! assert_eq!(page, b"<p>news<img data-tc=\"metrics\" data-tc-src=https://counter.yadro.ru/hit>");
//! assert!(gate.met()[0].withheld);
//! ```

pub(crate) mod cache;
pub(crate) mod carrier;
pub(crate) mod charset;
#[cfg(feature = "encodings")]
pub(crate) mod coding;
mod computed;
mod context;
pub(crate) mod cookies;
pub(crate) mod csp;
mod css;
pub(crate) mod headers;
mod html;
mod judge;
mod links;
mod matcher;
mod root;
mod script;
mod skim;
mod storage;
mod stream;
mod tokenizer;

use std::sync::Arc;

use url::Url;

use crate::{
    decision::Decision,
    policy::{self, ConsentMode, GateMode, Pages, Policy, Service, Undeclared},
    purpose::PurposeId,
};

/// Services of the catalogue whose tags heed Google Consent Mode.
const GOOGLE: [&str; 3] = ["google-analytics", "google-ads", "google-tag-manager"];

pub use self::{carrier::Carrier, html::Gate, judge::Met};

pub(crate) use self::{
    cookies::Cleaned,
    html::{
        Translated,
        frame::{Blocked, Placeholder, Placeholders},
    },
    judge::{Findings, Judge},
    matcher::Matcher,
    storage::Storage,
    stream::Stream,
};

/// What is withheld and how, the same for every page of a site. Cheap to clone.
///
/// # Example
///
/// ```
/// use tower_consent::{Policy, gate::Rules};
/// let rules = Rules::new(&Policy::load("policies/news-site").unwrap());
/// assert_eq!(rules.services("https://mc.yandex.ru/metrika/tag.js"), ["yandex-metrika"]);
/// assert!(rules.services("https://news.example/").is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct Rules {
    pub(crate) matcher: Arc<Matcher>,
    /// What services keep in the browser's storage.
    pub(crate) storage: Arc<Storage>,
    pub(crate) undeclared: Undeclared,
    pub(crate) removes: bool,
    /// Whether what would be withheld is only counted.
    pub(crate) only_reports: bool,
    /// Services that are let through whatever was chosen.
    exempt: Vec<String>,
    /// What may be done for everyone, where pages are the same for everyone.
    pub(crate) everyone: Option<Decision>,
    /// What may be done for everyone, whoever pages are made for.
    unasked: Decision,
    /// Registered domains, or whole hosts where there are none, that are the site itself.
    pub(crate) own: Vec<String>,
}

impl Rules {
    /// Makes the tables of a policy.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Decision, Policy, gate::{Gate, Rules}};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// // Made once for a policy, used for every page and every visitor.
    /// let rules = Rules::new(&policy);
    /// for (decision, withheld) in [(Decision::undecided(&policy), true), (Decision::granting(&policy, ["metrics"]), false)] {
    ///     let mut gate = Gate::new(&rules, &decision, "https://news.example/").unwrap();
    ///     gate.feed(b"<script src=https://mc.yandex.ru/metrika/tag.js></script>").unwrap();
    ///     assert_eq!(gate.met()[0].withheld, withheld);
    /// }
    /// ```
    pub fn new(policy: &Policy) -> Self {
        let gate = policy.gate();
        // Google's tags in advanced mode load before a choice and heed the defaults set before them.
        let advanced = policy.signals().consent_mode == ConsentMode::Advanced;
        let exempt = policy
            .services()
            .iter()
            .filter(|service| advanced && service.catalogue.as_deref().is_some_and(|name| GOOGLE.contains(&name)));
        let unasked = Decision::everyones(policy);
        Self {
            exempt: exempt.map(|service| service.id.clone()).collect(),
            removes: gate.withheld == policy::Withheld::Removed,
            only_reports: gate.mode == GateMode::ReportOnly,
            matcher: Arc::new(Matcher::new(policy)),
            storage: Arc::new(Storage::new(policy)),
            undeclared: gate.undeclared,
            everyone: (gate.pages == Pages::Neutral).then(|| unasked.clone()),
            unasked,
            own: policy.site().origin.host_str().map(|host| registered(host).to_owned()).into_iter().collect(),
        }
    }

    /// Returns the ids of the services an address belongs to, whatever includes it.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Policy, gate::Rules};
    /// let rules = Rules::new(&Policy::load("policies/news-site").unwrap());
    /// assert_eq!(rules.services("https://counter.yadro.ru/hit?t26.6"), ["liveinternet"]);
    /// assert!(rules.services("/hit").is_empty(), "only a whole address belongs to anybody");
    /// ```
    pub fn services(&self, address: &str) -> Vec<&str> {
        let address = Url::parse(address).ok();
        address.iter().flat_map(|url| self.matcher.addressed(url)).map(|service| service.id.as_str()).collect()
    }

    /// Returns the ids of the services a piece of script runs.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{Policy, gate::Rules};
    /// let rules = Rules::new(&Policy::load("policies/news-site").unwrap());
    /// let counter = b"(function(){var s='https://mc.yandex.ru/metrika/tag.js'})();ym(1,'init')";
    /// assert_eq!(rules.services_run(counter), ["yandex-metrika"]);
    /// assert!(rules.services_run(b"document.title='news'").is_empty());
    /// ```
    pub fn services_run(&self, script: &[u8]) -> Vec<String> {
        self.matcher.running(script).map(|service| service.id.clone()).collect()
    }

    /// Returns the first purpose a service is withheld for.
    pub(crate) fn withholds<'a>(&self, service: &'a Service, decision: &Decision) -> Option<&'a PurposeId> {
        decision.withholds(service).filter(|_| !self.exempt.contains(&service.id))
    }

    /// Says whether a service waits for a choice, so that some visitors have it and some do not.
    pub(crate) fn asks(&self, service: &Service) -> bool {
        self.withholds(service, &self.unasked).is_some()
    }

    /// Returns what pages are made by: the visitor's decision, or what holds for everyone.
    pub(crate) fn shown<'a>(&'a self, decision: &'a Decision) -> &'a Decision {
        self.everyone.as_ref().unwrap_or(decision)
    }

    /// Says whether an address is the site's own.
    pub(crate) fn is_own(&self, address: &Url) -> bool {
        !matches!(address.scheme(), "http" | "https" | "ws" | "wss")
            || address.host_str().is_none_or(|host| self.is_own_host(host))
    }

    /// Says whether whatever is relative to an address is the site's own, and no service's.
    pub(crate) fn keeps(&self, base: &Url) -> bool {
        !self.matcher.names_host_of(base) && self.is_own(base)
    }

    /// Says whether a host is the site's own.
    pub(crate) fn is_own_host(&self, host: &str) -> bool {
        self.own.iter().any(|own| own == registered(host))
    }
}

/// Returns the registered domain of a host, or the host itself where it has none.
pub(crate) fn registered(host: &str) -> &str {
    let host = host.trim_end_matches('.');
    let numeric =
        host.starts_with('[') || host.rsplit('.').next().is_some_and(|last| last.bytes().all(|b| b.is_ascii_digit()));
    if numeric { host } else { psl::domain_str(host).unwrap_or(host) }
}

/// Why a page was cut off.
///
/// # Example
///
/// ```
/// use tower_consent::{Decision, Policy, gate::{Error, Gate, Rules}};
/// let policy = Policy::load("policies/news-site").unwrap();
/// let (rules, decision) = (Rules::new(&policy), Decision::undecided(&policy));
/// let mut gate = Gate::new(&rules, &decision, "https://news.example/").unwrap();
/// gate.finish().unwrap();
/// // Nothing goes out ungated behind the end of a page.
/// assert!(matches!(gate.feed(b"<img src=https://counter.yadro.ru/hit>"), Err(Error::Ended)));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There are more ways to read the page than are followed.
    #[error("the markup is too broken: there are too many ways to read it")]
    Ambiguous,
    /// What some browsers read as ASCII and others not.
    #[error("the page names no charset and holds shifts of ISO-2022-JP, which browsers read in different ways")]
    Charset,
    /// The body is not what its head says.
    #[error("the body cannot be decoded: {0}")]
    Coding(#[from] std::io::Error),
    /// A page of XML declares entities of its own.
    #[error("a page of XML declares entities, which may stand for any markup")]
    Entities,
    /// The page went on after it had ended or failed.
    #[error("the page has already ended")]
    Ended,
    /// A tag, a script or a style is longer than what is looked through.
    #[error("a tag, an inline script or a style is longer than the memory limit")]
    Memory,
    /// The address of a page is none.
    #[error("`{0}` is no address of a page")]
    Address(String),
    /// HTML inside HTML inside HTML.
    #[error("documents are nested too deeply inside each other")]
    Nesting,
}

/// Makes numbers below a limit for tests, the same for the same seed (xorshift), which is not 0.
#[cfg(test)]
pub(crate) fn random(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed;
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn policy() -> Policy {
        Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site")).unwrap()
    }

    fn rules(policy: &Policy) -> Arc<Rules> {
        Arc::new(Rules::new(policy))
    }

    fn gate(rules: &Arc<Rules>, policy: &Policy, banner: Option<Vec<u8>>) -> Gate {
        let base: Url = "https://news.example/a/b".parse().unwrap();
        Gate::on_page(rules.clone(), Decision::undecided(policy), base, Some(encoding_rs::UTF_8), banner)
    }

    /// Gates a page in pieces of a size; the banner is `[B]`.
    fn gated(page: &str, size: usize) -> String {
        let policy = policy();
        let rules = rules(&policy);
        let mut gate = gate(&rules, &policy, Some(b"[B]".to_vec()));
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
            ("Text alone", "[B]Text alone"),
            ("<head><title>t</title></head>text<p>", "<head><title>t</title></head>[B]text<p>"),
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
                "<body><iframe srcdoc=\"&lt;body onload='new Ya.Metrika({id:1})'&gt;\"></iframe>",
                "<body>[B]<iframe data-tc=\"metrics\" data-tc-srcdoc=\"&lt;body onload='new Ya.Metrika({id:1})'&gt;\"></iframe>",
            ),
            (
                "<body><svg><script href=https://mc.yandex.ru/x /></svg>",
                "<body>[B]<svg><script type=\"text/plain\" data-tc=\"metrics\" data-tc-href=https://mc.yandex.ru/x /></svg>",
            ),
            (
                "<body><svg><math><mtext><noscript><script src=https://mc.yandex.ru/x></script></noscript>",
                "<body>[B]<svg><math><mtext><noscript><script type=\"text/plain\" data-tc=\"metrics\" data-tc-src=https://mc.yandex.ru/x></script></noscript>",
            ),
            (
                "<body><p style='a:url(//smi2.ru/x)' class=y>",
                "<body>[B]<p data-tc=\"recommendations\" style='a:url(about:invalid#//smi2.ru/x)' class=y>",
            ),
            (
                "<body><p style='a:url(&#47;/smi2.ru/x)'>",
                "<body>[B]<p data-tc=\"recommendations\" data-tc-style='a:url(&#47;/smi2.ru/x)'>",
            ),
            (
                "<style>@import '//smi2.ru/a.css';b{c:url(/own.png)}</style><body>",
                "<style>@import 'about:invalid#//smi2.ru/a.css';b{c:url(/own.png)}</style><body>[B]",
            ),
            (
                "<style>a{b:u\\72l(//smi2.ru/x)}</style><body>",
                "<style type=\"text/plain\" data-tc=\"recommendations\">a{b:u\\72l(//smi2.ru/x)}</style><body>[B]",
            ),
            (
                "<meta http-equiv=Refresh content='9; URL=\"https://smi2.ru/\"'><body>",
                "<meta data-tc=\"recommendations\" http-equiv=Refresh data-tc-content='9; URL=\"https://smi2.ru/\"'><body>[B]",
            ),
            (
                "<body><a href=/x ping='/own https://smi2.ru/p'>",
                "<body>[B]<a data-tc=\"recommendations\" href=/x data-tc-ping='/own https://smi2.ru/p'>",
            ),
            (
                "<body><img src=/logo.png onclick=\"new Ya.Metrika({id:1})\">",
                "<body>[B]<img data-tc=\"metrics\" src=/logo.png data-tc-onclick=\"new Ya.Metrika({id:1})\">",
            ),
            (
                "<body><picture><source srcset=//smi2.ru/a><img src=/b></picture>",
                "<body>[B]<picture><source data-tc=\"recommendations\" data-tc-srcset=//smi2.ru/a><img src=/b></picture>",
            ),
            (
                "<body><video poster=//smi2.ru/p src=/own.mp4></video><object data=//smi2.ru/o></object>",
                "<body>[B]<video data-tc=\"recommendations\" data-tc-poster=//smi2.ru/p data-tc-src=/own.mp4></video>\
                 <object data-tc=\"recommendations\" data-tc-data=//smi2.ru/o></object>",
            ),
            (
                "<body><template><script src=//smi2.ru/x></script></template>",
                "<body>[B]<template><script type=\"text/plain\" data-tc=\"recommendations\" data-tc-src=//smi2.ru/x></script></template>",
            ),
            (
                "<body><svg><image href=//smi2.ru/x /><rect fill='url(//smi2.ru/y)'/><set to=//smi2.ru/z /></svg>",
                "<body>[B]<svg><image data-tc=\"recommendations\" data-tc-href=//smi2.ru/x />\
                 <rect data-tc=\"recommendations\" fill='url(about:invalid#//smi2.ru/y)'/>\
                 <set data-tc=\"recommendations\" data-tc-to=//smi2.ru/z /></svg>",
            ),
            (
                "<body><svg><script>mc.ya<!-- -->ndex.ru&#47;metrika</script></svg>",
                "<body>[B]<svg><script type=\"text/plain\" data-tc=\"metrics\">mc.ya<!-- -->ndex.ru&#47;metrika</script></svg>",
            ),
            (
                "<script type=speculationrules>{\"prefetch\":[{\"urls\":[\"https:\\/\\/smi2.ru\\/x\"]}]}</script><body>",
                "<script type=\"text/plain\" data-tc=\"recommendations\" data-tc-type=speculationrules>\
                 {\"prefetch\":[{\"urls\":[\"https:\\/\\/smi2.ru\\/x\"]}]}</script><body>[B]",
            ),
            (
                "<body><iframe src='data:text/html,<script%20src=//smi2.ru/x></script>'></iframe>",
                "<body>[B]<iframe data-tc=\"recommendations\" data-tc-src='data:text/html,<script%20src=//smi2.ru/x></script>'></iframe>",
            ),
            ("<body><img/src=//smi2.ru/x>", "<body>[B]<img data-tc=\"recommendations\" /data-tc-src=//smi2.ru/x>"),
            // What a browser makes of an address.
            (
                "<body><img src=' ht\ttps://user:pw@SMI2.ru.:8443\\x '>",
                "<body>[B]<img data-tc=\"recommendations\" data-tc-src=' ht\ttps://user:pw@SMI2.ru.:8443\\x '>",
            ),
            (
                "<body><img src=https:smi2.ru/x><img src='//sm%692.ru/y'><img src=//ｓｍｉ2.ru/z>",
                "<body>[B]<img src=https:smi2.ru/x><img data-tc=\"recommendations\" data-tc-src='//sm%692.ru/y'>\
                 <img data-tc=\"recommendations\" data-tc-src=//ｓｍｉ2.ru/z>",
            ),
            // Readable in two ways: with an older `select`, and without scripting.
            (
                "<body><select><xmp><script src=https://mc.yandex.ru/x></script></xmp></select><p>",
                "<body>[B]<select><xmp><script type=\"text/plain\" data-tc=\"metrics\" data-tc-src=https://mc.yandex.ru/x></script></xmp></select><p>",
            ),
            (
                "<body><noscript><!-- </noscript><img src=https://mc.yandex.ru/1>",
                "<body>[B]<noscript><!-- </noscript><img data-tc=metrics data-tc-src=https://mc.yandex.ru/1>",
            ),
            (
                "<body><svg><annotation-xml/></svg><math><annotation-xml><svg><title><img src=//smi2.ru/x></title></svg></annotation-xml></math>",
                "<body>[B]<svg><annotation-xml/></svg><math><annotation-xml><svg><title><img data-tc=\"recommendations\" data-tc-src=//smi2.ru/x></title></svg></annotation-xml></math>",
            ),
            // Text that only looks like it.
            (
                "<body><textarea><img src=//smi2.ru/x></textarea><!-- <img src=//smi2.ru/x> --><script type=text/html><img src=//smi2.ru/x></script>",
                "<body>[B]<textarea><img src=//smi2.ru/x></textarea><!-- <img src=//smi2.ru/x> --><script type=text/html><img src=//smi2.ru/x></script>",
            ),
            (
                "<!-- a --><!DOCTYPE html>\n<html><head></head>\n<body>x</body>",
                "<!-- a --><!DOCTYPE html>\n<html><head></head>\n<body>[B]x</body>",
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
    fn what_is_held_is_bounded() {
        let policy = policy();
        let rules = rules(&policy);
        for start in ["<script>", "<style>", "<img alt='", "<svg><script>"] {
            let mut gate = gate(&rules, &policy, None);
            let mut result = gate.feed(start.as_bytes());
            for _ in 0..40 {
                result = result.and_then(|_| gate.feed(&[b'x'; 64 << 10]));
            }
            assert!(matches!(result, Err(Error::Memory)), "{start}");
            assert!(matches!(gate.finish(), Err(Error::Ended)), "{start}");
        }
        // What needs not be held may be as long as it likes.
        for start in
            ["", "<!--", "<textarea>", "<script type=text/x>", "<script type=text/x><!--", "<!x", "<plaintext>"]
        {
            let mut gate = gate(&rules, &policy, None);
            gate.feed(start.as_bytes()).unwrap();
            for _ in 0..40 {
                gate.feed(&[b'-'; 64 << 10]).unwrap();
                assert!(gate.pending() < 16, "{start}");
            }
        }
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
        let mut next = random(seed | 1);
        let policy = policy();
        let rules = rules(&policy);
        for _ in 0..4_000 {
            let page: String = (0..=next(14)).map(|_| SOUP[next(SOUP.len())]).collect();
            let through = |size: usize| {
                let mut gate = gate(&rules, &policy, Some(b"[B]".to_vec()));
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
