//! The banner: plain HTML that works without script.
//!
//! In: a policy and a language. Out: the bytes to put first into a page's body, and the *notice*: the same without
//! what differs from page to page, whose hash every choice records. It shows; it decides nothing.

use std::collections::BTreeMap;

use maud::{Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use crate::{
    documents,
    language::{Labels, Language},
    policy::Policy,
};

const CSS: &str = include_str!("banner.css");

/// The banners of a policy, one for each language, rendered once.
#[derive(Debug)]
pub(crate) struct Banners(BTreeMap<Language, Banner>);

/// One banner, in the pieces between which token and way back are put.
#[derive(Debug)]
pub(crate) struct Banner {
    /// What was shown, as the log's texts keep it.
    pub(crate) notice: String,
    /// Its SHA-256, hexadecimal.
    pub(crate) hash: String,
    before_token: String,
    before_back: String,
    rest: String,
}

/// Marks that cannot occur in rendered text: a text of the policy has no control characters left in it.
const TOKEN: &str = "\u{1}token\u{1}";
const BACK: &str = "\u{1}back\u{1}";

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
        let shown = |token: &str, back: &str| render(policy, language, prefix, token, back).into_string();
        let notice = shown("", "");
        let marked = shown(TOKEN, BACK);
        let (before_token, rest) = marked.split_once(TOKEN).expect("the form holds the token once");
        let (before_back, rest) = rest.split_once(BACK).expect("the form holds the way back once");
        Self {
            hash: base16ct::lower::encode_string(&Sha256::digest(&notice)),
            notice,
            before_token: before_token.to_owned(),
            before_back: before_back.to_owned(),
            rest: rest.to_owned(),
        }
    }

    /// Returns the banner for one page. `ascii` writes every other character as a reference, which any charset reads.
    pub(crate) fn bytes(&self, token: &str, back: &str, ascii: bool) -> Vec<u8> {
        let Self { before_token, before_back, rest, .. } = self;
        let back = html! { (back) }.into_string();
        let html = format!("{before_token}{token}{before_back}{back}{rest}");
        if !ascii {
            return html.into_bytes();
        }
        let mut bytes = Vec::with_capacity(html.len() * 3);
        for character in html.chars() {
            if character.is_ascii() {
                bytes.push(character as u8);
            } else {
                bytes.extend_from_slice(format!("&#{};", u32::from(character)).as_bytes());
            }
        }
        bytes
    }
}

fn render(policy: &Policy, language: &Language, prefix: &str, token: &str, back: &str) -> Markup {
    let labels = policy.words(language);
    let (heading, text) = documents::banner_text(policy, language, prefix);
    html! {
        section #tc lang=(language) aria-labelledby="tc-h" {
            style { (PreEscaped(CSS)) }
            form method="post" action={ (prefix) "/choice" } {
                div {
                    h2 #tc-h { (heading) }
                    (text)
                    p { (links(policy, &labels, prefix)) }
                    details {
                        summary { (labels.get("banner-choose")) }
                        (switches(policy, language, |_| false))
                        button name="choice" value="save" { (labels.get("banner-save")) }
                    }
                }
                div.tc-b {
                    button name="choice" value="refuse" { (labels.get("banner-refuse")) }
                    button name="choice" value="accept" { (labels.get("banner-accept")) }
                }
                input type="hidden" name="token" value=(token);
                input type="hidden" name="back" value=(back);
            }
        }
    }
}

/// Links to the documents.
fn links(policy: &Policy, labels: &Labels, prefix: &str) -> Markup {
    html! {
        @for document in policy.documents() {
            a href={ (prefix) "/documents/" (document.as_str()) } { (labels.get(document.link())) } " "
        }
    }
}

/// A checkbox for each purpose; the necessary ones are on and cannot be switched.
pub(crate) fn switches(policy: &Policy, language: &Language, on: impl Fn(&str) -> bool) -> Markup {
    let labels = policy.words(language);
    html! {
        @for purpose in policy.purposes() {
            @let id = purpose.id.as_str();
            label {
                @if purpose.needs_consent() {
                    input type="checkbox" name="purpose" value=(id) checked[on(id)];
                } @else {
                    input type="checkbox" checked disabled;
                }
                (purpose.title.in_language(language))
                @if !purpose.needs_consent() { " (" (labels.get("banner-always")) ")" }
                small { (purpose.description.in_language(language)) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_banner_is_complete_in_every_language_and_charset() {
        let policy = Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site")).unwrap();
        let banners = Banners::new(&policy, "/_consent");
        for language in &policy.site().languages {
            let banner = banners.of(language).unwrap();
            let utf8 = String::from_utf8(banner.bytes("TOKEN", "/a?b=1&c=\"", false)).unwrap();
            assert!(utf8.starts_with("<section id=\"tc\""), "{utf8}");
            assert!(utf8.ends_with("</section>"), "{utf8}");
            assert!(utf8.contains("name=\"back\" value=\"/a?b=1&amp;c=&quot;\""), "{utf8}");
            assert!(!utf8.contains('\u{1}'));
            assert!(!utf8.contains("checked name"), "nothing is pre-set");
            let ascii = banner.bytes("TOKEN", "/", true);
            assert!(ascii.is_ascii());
            assert_eq!(banner.bytes("", "", false), banner.notice.as_bytes());
        }
    }
}
