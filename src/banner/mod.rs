//! The banner: plain HTML that works without script; and the small link to the privacy centre.
//!
//! In: a policy and a language. Out: the bytes to put first into a page's body, and the *notice*: the same without
//! what differs from page to page, whose hash every choice records. It shows; it decides nothing.
//!
//! Stable for a site's own styles, for automatic refusers and for tests: `#tc` is the banner, `#tc-l` the link, the
//! buttons are `button[name=choice]` with the values `refuse`, `accept` and `save`, the switches `input[name=purpose]`.

pub(crate) mod placeholder;
mod style;

use std::{collections::BTreeMap, sync::OnceLock};

use maud::{Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use crate::{
    documents::{self, Document},
    language::{Labels, Language},
    policy::{Pages, Policy, Purpose},
    purpose::PurposeId,
    script::{self, script},
};

/// The banners and links of a policy, one for each language, rendered once.
#[derive(Debug)]
pub(crate) struct Banners(BTreeMap<Language, Banner>);

/// One banner, in the pieces between which token and way back are put.
#[derive(Debug)]
pub(crate) struct Banner {
    /// What was shown, as the log's texts keep it.
    pub(crate) notice: String,
    /// Its SHA-256, hexadecimal.
    pub(crate) hash: String,
    utf8: [String; 4],
    ascii: [String; 4],
    /// Without and with the word that the browser's objection counts.
    links: [String; 2],
    script: [String; 2],
    placeholder_style: String,
    /// What placeholders show and its hash, by service, each made when it is first needed.
    placeholders: BTreeMap<String, OnceLock<(String, String)>>,
}

/// What differs from page to page.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fill<'a> {
    /// The form's token.
    pub(crate) token: &'a str,
    /// Where the form leads back to.
    pub(crate) back: &'a str,
    /// What is decided, as the script reads it; names and signs only. Where pages are the same for everyone: what the
    /// script asks the site about, language and hash.
    pub(crate) state: &'a str,
    /// The storage keys the script removes, as JSON.
    pub(crate) clear: Option<&'a str>,
    /// The purposes asked about again, where others are decided already; none where everything is asked.
    pub(crate) again: &'a [PurposeId],
    /// Whether it says that the browser's objection counts.
    pub(crate) signal: bool,
}

/// Marks that cannot occur in rendered text: a text of the policy has no control characters left in it.
const TOKEN: &str = "\u{1}token\u{1}";
const BACK: &str = "\u{1}back\u{1}";
const STATE: &str = "\u{1}state\u{1}";

impl Banners {
    pub(crate) fn new(policy: &Policy, prefix: &str) -> Self {
        let languages = policy.site().languages.iter();
        Self(languages.map(|language| (language.clone(), Banner::new(policy, language, prefix))).collect())
    }

    /// Returns the banner in a language of the site.
    pub(crate) fn of(&self, language: &Language) -> Option<&Banner> {
        self.0.get(language)
    }
}

impl Banner {
    fn new(policy: &Policy, language: &Language, prefix: &str) -> Self {
        let notice = render(policy, language, prefix, Fill::default()).into_string();
        let marks = Fill { token: TOKEN, back: BACK, state: STATE, ..Fill::default() };
        let marked = render(policy, language, prefix, marks).into_string();
        let (before_token, rest) = marked.split_once(TOKEN).expect("the form holds the token once");
        let (before_back, rest) = rest.split_once(BACK).expect("the form holds the way back once");
        let (before_state, rest) = rest.split_once(STATE).expect("the script is told the state once");
        let pieces = [before_token, before_back, before_state, rest];
        let script = in_ascii(
            &render_script(policy, language, prefix, Told::State { signs: STATE, clear: None }, false).into_string(),
        );
        let (before, after) = script.split_once(STATE).expect("the script is told the state once");
        Self {
            hash: base16ct::lower::encode_string(&Sha256::digest(&notice)),
            notice,
            utf8: pieces.map(str::to_owned),
            ascii: pieces.map(in_ascii),
            script: [before.to_owned(), after.to_owned()],
            links: [false, true].map(|signal| in_ascii(&render_link(policy, language, prefix, signal).into_string())),
            placeholder_style: style::placeholder(policy.look()),
            placeholders: policy.services().iter().map(|service| (service.id.clone(), OnceLock::new())).collect(),
        }
    }

    /// Returns the banner for one page. `ascii` writes every other character as a reference, which any charset reads.
    ///
    /// It is made of prepared pieces, but for a visitor asked again about some purposes only, told of his browser's
    /// objection, or with storage keys to remove: that one is rendered.
    pub(crate) fn bytes(
        &self,
        policy: &Policy,
        language: &Language,
        prefix: &str,
        fill: Fill<'_>,
        ascii: bool,
    ) -> Vec<u8> {
        if !fill.again.is_empty() || fill.signal || fill.clear.is_some() {
            let html = render(policy, language, prefix, fill).into_string();
            return if ascii { in_ascii(&html).into_bytes() } else { html.into_bytes() };
        }
        let [before_token, before_back, before_state, rest] = if ascii { &self.ascii } else { &self.utf8 };
        let back = html! { (fill.back) }.into_string();
        let back = if ascii { in_ascii(&back) } else { back };
        [before_token, fill.token, before_back, &back, before_state, fill.state, rest].concat().into_bytes()
    }

    /// Returns the banner for a page that is the same for everyone: hidden, without a token, until the script has asked the
    /// site what this visitor has decided.
    pub(crate) fn shared(&self, policy: &Policy, language: &Language, prefix: &str, ascii: bool) -> Vec<u8> {
        let state = self.mark(language);
        self.bytes(policy, language, prefix, Fill { state: &state, ..Fill::default() }, ascii)
    }

    /// Names a banner as it is shown: by its language and the first digits of its hash.
    pub(crate) fn mark(&self, language: &Language) -> String {
        format!("{language}.{}", &self.hash[..16])
    }

    /// Returns the styles of banner, link and placeholder, which stand in them as text.
    pub(crate) fn styles(&self) -> [&str; 3] {
        let style = |html: &'_ str| -> (usize, usize) {
            let start = html.find("<style>").map_or(0, |start| start + "<style>".len());
            (start, html.find("</style>").unwrap_or(start))
        };
        let (notice, link) = (style(&self.notice), style(&self.links[0]));
        [&self.notice[notice.0..notice.1], &self.links[0][link.0..link.1], &self.placeholder_style]
    }

    /// Returns the style of placeholders.
    pub(crate) fn placeholder_style(&self) -> &str {
        &self.placeholder_style
    }

    /// Returns what a service's placeholder is recorded as showing: text and SHA-256, hexadecimal. `made` makes the text.
    pub(crate) fn placeholder(&self, service: &str, made: impl FnOnce() -> String) -> Option<&(String, String)> {
        let made = || {
            let text = made();
            let hash = base16ct::lower::encode_string(&Sha256::digest(&text));
            (text, hash)
        };
        Some(self.placeholders.get(service)?.get_or_init(made))
    }

    /// Returns the small link to the privacy centre for a page without banner, in ASCII; `signal` adds that the browser's
    /// objection counts.
    pub(crate) fn link(&self, signal: bool) -> &str {
        &self.links[usize::from(signal)]
    }

    /// Returns the script for a page without banner on which something runs: another tab may take it back.
    /// `clear` are the storage keys it removes, as JSON.
    pub(crate) fn script(&self, state: &str, clear: Option<&str>) -> String {
        let [before, after] = &self.script;
        let clear = clear.map(|clear| format!("\" data-clear=\"{}", in_ascii(&html! { (clear) }.into_string())));
        [before, state, clear.as_deref().unwrap_or_default(), after].concat()
    }
}

pub(crate) fn in_ascii(html: &str) -> String {
    let mut written = String::with_capacity(html.len() * 2);
    for character in html.chars() {
        if character.is_ascii() {
            written.push(character);
        } else {
            written.push_str(&format!("&#{};", u32::from(character)));
        }
    }
    written
}

fn render(policy: &Policy, language: &Language, prefix: &str, fill: Fill<'_>) -> Markup {
    let labels = policy.words(language);
    let (heading, text) = documents::banner_text(policy, language, prefix);
    let asked = |purpose: &&Purpose| fill.again.is_empty() || fill.again.contains(&purpose.id);
    let shared = policy.gate().pages == Pages::Neutral;
    html! {
        section #tc lang=(language) dir=(language.direction()) aria-labelledby="tc-h" hidden[shared] {
            style { (PreEscaped(style::banner(policy.look(), shared))) }
            form method="post" action={ (prefix) "/choice" } {
                div {
                    h2 #tc-h { (heading) }
                    (text)
                    @if fill.signal { p { (labels.get("signal-honoured")) } }
                    @if !fill.again.is_empty() {
                        p { strong { (changed(policy, language, &labels, fill.again)) } }
                    }
                    div {
                        @for document in policy.documents().filter(|document| *document != Document::Cookies) {
                            (link_to(document, policy, language, prefix)) " "
                        }
                    }
                }
                div {
                    // "Save" comes first in the form: it is what Enter in a switch presses.
                    details {
                        summary { (labels.get("banner-choose")) }
                        div {
                            (switches(policy, language, policy.purposes().iter().filter(asked), |_| false))
                            (link_to(Document::Cookies, policy, language, prefix))
                            button name="choice" value="save" { (labels.get("banner-save")) }
                        }
                    }
                    button name="choice" value="refuse" { (labels.get("banner-refuse")) }
                    button name="choice" value="accept" { (labels.get("banner-accept")) }
                }
                @if policy.look().close {
                    button name="choice" value="refuse" title=(labels.get("banner-close")) aria-label=(labels.get("banner-close")) { "×" }
                }
                @for purpose in fill.again { input type="hidden" name="asked" value=(purpose); }
                input type="hidden" name="token" value=(fill.token);
                input type="hidden" name="back" value=(fill.back);
            }
            @let told = if shared { Told::Ask(fill.state) } else { Told::State { signs: fill.state, clear: fill.clear } };
            (render_script(policy, language, prefix, told, false))
        }
        @if shared {
            // Who runs no script is told, and chooses in the privacy centre; who has chosen is told no more.
            noscript {
                link rel="stylesheet" href={ (prefix) "/state.css" };
                section #tc-n lang=(language) dir=(language.direction()) aria-label=(labels.get("centre-title")) {
                    p { strong { (heading) } }
                    (text)
                    p { a href=(documents::address(policy, language, prefix, "/")) { (labels.get("banner-choose")) } }
                }
            }
        }
    }
}

/// What is asked again, in words.
pub(crate) fn changed(policy: &Policy, language: &Language, labels: &Labels, again: &[PurposeId]) -> String {
    let titles = again.iter().filter_map(|id| policy.purpose(id.as_str()));
    let titles: Vec<&str> = titles.map(|purpose| purpose.title.in_language(language)).collect();
    labels.with("banner-again", &[("purposes", &titles.join(", "))])
}

fn render_link(policy: &Policy, language: &Language, prefix: &str, signal: bool) -> Markup {
    let labels = policy.words(language);
    html! {
        // A part of the page with a name of its own, so that nothing stands outside of all.
        section #tc-l lang=(language) dir=(language.direction()) aria-label=(labels.get("centre-title")) {
            style { (PreEscaped(style::link(policy.look()))) }
            a href=(documents::address(policy, language, prefix, "/")) {
                (labels.get("centre-title"))
                @if signal { " · " (labels.get("signal-honoured")) }
            }
        }
    }
}

/// What the script's element tells it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Told<'a> {
    /// What is decided, and the storage keys to remove, as JSON.
    State { signs: &'a str, clear: Option<&'a str> },
    /// To ask the site what is decided, by this name of the banner in the page.
    Ask(&'a str),
}

/// The script's element. `tell` makes it tell the other tabs what this page shows.
pub(crate) fn render_script(policy: &Policy, language: &Language, prefix: &str, told: Told<'_>, tell: bool) -> Markup {
    let labels = policy.words(language);
    let (state, clear, ask, pages) = match told {
        Told::State { signs, clear } => (Some(signs), clear, None, script::Pages::Own),
        Told::Ask(ask) => (None, None, Some(ask), script::Pages::Shared),
    };
    html! {
        script async src={ (prefix) "/assets/" (script(pages).name) } data-state=[state] data-clear=[clear] data-ask=[ask]
            data-tell[tell] data-saved=(labels.get("centre-saved")) data-error=(labels.get("error-unavailable")) {}
    }
}

fn link_to(document: Document, policy: &Policy, language: &Language, prefix: &str) -> Markup {
    let address = documents::address_of(policy, language, prefix, document);
    html! { a href=(address) { (policy.words(language).get(document.link())) } }
}

/// A checkbox for each purpose; the necessary ones are on and cannot be switched.
pub(crate) fn switches<'a>(
    policy: &Policy,
    language: &Language,
    purposes: impl Iterator<Item = &'a Purpose>,
    on: impl Fn(&str) -> bool,
) -> Markup {
    let labels = policy.words(language);
    html! {
        @for purpose in purposes {
            @let id = purpose.id.as_str();
            label {
                @if purpose.needs_consent() {
                    input type="checkbox" name="purpose" value=(id) checked[on(id)];
                } @else {
                    input type="checkbox" checked disabled;
                }
                span {
                    (purpose.title.in_language(language))
                    @if !purpose.needs_consent() { " (" (labels.get("banner-always")) ")" }
                    small { (purpose.description.in_language(language)) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Policy {
        Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site")).unwrap()
    }

    #[test]
    fn a_banner_is_complete_in_every_language_and_charset() {
        let policy = policy();
        let banners = Banners::new(&policy, "/_consent");
        for language in &policy.site().languages {
            let banner = banners.of(language).unwrap();
            let bytes = |token, back, ascii| {
                banner.bytes(&policy, language, "/_consent", Fill { token, back, ..Fill::default() }, ascii)
            };
            let utf8 = String::from_utf8(bytes("TOKEN", "/a?b=1&c=\"", false)).unwrap();
            assert!(utf8.starts_with("<section id=\"tc\""), "{utf8}");
            assert!(utf8.ends_with("</section>"), "{utf8}");
            assert!(utf8.contains("name=\"back\" value=\"/a?b=1&amp;c=&quot;\""), "{utf8}");
            assert!(!utf8.contains('\u{1}'));
            assert!(!utf8.contains("checked name"), "nothing is pre-set");
            assert!(bytes("TOKEN", "/", true).is_ascii());
            assert_eq!(bytes("", "", false), banner.notice.as_bytes());
            assert!(banner.link(false).is_ascii() && banner.link(true).is_ascii());
            let word = in_ascii(policy.words(language).get("signal-honoured"));
            assert!(banner.link(true).contains(&word) && !banner.link(false).contains(&word));
            let told = banner.bytes(&policy, language, "/_consent", Fill { signal: true, ..Fill::default() }, true);
            assert!(String::from_utf8(told).unwrap().contains(&word) && !in_ascii(&banner.notice).contains(&word));
        }
    }

    /// The banner of every look, its style and the link may take 2 KiB as browsers fetch them.
    #[cfg(feature = "encodings")]
    #[test]
    fn a_banner_is_small() {
        for variant in ["bar", "centred", "corner"] {
            for close in [false, true] {
                let mut files = policy().files().clone();
                let look = format!("\n[banner]\nvariant = \"{variant}\"\nclose = {close}\n");
                files.get_mut("policy.toml").unwrap().push_str(&look);
                let policy = Policy::check(files).0.unwrap();
                let banners = Banners::new(&policy, "/_consent");
                for language in &policy.site().languages {
                    let banner = banners.of(language).unwrap();
                    let fill = Fill { token: "c2lnbmVkLCBhbmQgYXMgbG9uZyBhcyBvbmUgaXM", back: "/", ..Fill::default() };
                    let mut html = banner.bytes(&policy, language, "/_consent", fill, false);
                    html.extend(banner.link(false).as_bytes());
                    let mut coded = Vec::new();
                    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
                    brotli::BrotliCompress(&mut html.as_slice(), &mut coded, &parameters).unwrap();
                    println!("{variant}, close {close}, {language}: {} bytes", coded.len());
                    assert!(coded.len() <= 2048, "{variant}, close {close}, {language}: {} bytes", coded.len());
                }
            }
        }
    }

    #[test]
    fn the_script_is_told_what_to_remove_in_any_charset() {
        let policy = policy();
        let language = &policy.site().languages[0];
        let banners = Banners::new(&policy, "/_consent");
        let banner = banners.of(language).unwrap();
        let names = r#"{"localStorage":["a</script>&'é*"]}"#;
        let written = "data-clear=\"{&quot;localStorage&quot;:[&quot;a&lt;/script&gt;&amp;'&#233;*&quot;]}\"";
        let script = banner.script("metrics:1", Some(names));
        assert!(script.contains(&format!("data-state=\"metrics:1\" {written} data-saved=")), "{script}");
        let fill = Fill { state: "metrics:1?", clear: Some(names), ..Fill::default() };
        let bytes = banner.bytes(&policy, language, "/_consent", fill, true);
        assert!(
            String::from_utf8(bytes).unwrap().contains(&format!("data-state=\"metrics:1?\" {written} data-saved="))
        );
        let nothing = [banner.script("metrics:1", None), banner.notice.clone()];
        assert!(nothing.iter().all(|html| !html.contains("data-clear")), "nothing is said where there is nothing");
    }

    #[test]
    fn asked_again_it_names_what_changed_and_offers_that_alone() {
        let policy = policy();
        let banners = Banners::new(&policy, "/_consent");
        let language = &policy.site().languages[0];
        let again = ["metrics".parse().unwrap()];
        let fill = Fill { token: "T", back: "/", state: "metrics:?", again: &again, ..Fill::default() };
        let bytes = banners.of(language).unwrap().bytes(&policy, language, "/_consent", fill, false);
        let html = String::from_utf8(bytes).unwrap();
        assert!(html.contains("name=\"asked\" value=\"metrics\""), "{html}");
        assert!(html.contains("name=\"purpose\" value=\"metrics\""), "{html}");
        assert!(!html.contains("value=\"recommendations\""), "{html}");
        assert!(html.contains("<strong>") && html.contains("Метрические программы"), "{html}");
    }
}
