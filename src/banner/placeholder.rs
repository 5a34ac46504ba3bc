//! What stands in the place of a frame that is withheld: a small document of its own, in a frame of the same size.
//!
//! In: a policy, a language, what is withheld. Out: that document, and its *notice*, the same without what differs from
//! page to page, which a choice made there records. It works by forms, without script. It decides nothing.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::{
    documents,
    language::{Labels, Language},
    policy::{Policy, Service},
    purpose::PurposeId,
};

/// What a placeholder offers.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Offer<'a> {
    /// The content's address, where it has one.
    pub(crate) address: Option<&'a str>,
    /// The token of its forms; without one there are none.
    pub(crate) token: Option<&'a str>,
    /// Whether the content can be shown in the frame this one time.
    pub(crate) once: bool,
    /// Where a choice leads back to.
    pub(crate) back: &'a str,
}

/// Returns the purposes that must be allowed for a service to run.
pub(crate) fn needed<'a>(policy: &'a Policy, service: &'a Service) -> impl Iterator<Item = &'a PurposeId> {
    let asked = |id: &&PurposeId| policy.purpose(id.as_str()).is_some_and(|purpose| purpose.needs_consent());
    service.purposes.iter().filter(asked)
}

/// Returns the document for a declared service.
pub(crate) fn placeholder(
    policy: &Policy,
    language: &Language,
    prefix: &str,
    style: &str,
    service: &Service,
    offer: Offer<'_>,
) -> String {
    let labels = policy.words(language);
    let titles: Vec<&str> = needed(policy, service)
        .filter_map(|id| policy.purpose(id.as_str()))
        .map(|purpose| purpose.title.in_language(language))
        .collect();
    let inside = html! {
        p { (labels.with("embed-note", &[("purposes", &titles.join(", "))])) }
        @if let Some(token) = offer.token {
            @if let Some(address) = offer.address.filter(|_| offer.once) {
                form method="post" action={ (prefix) "/once" } {
                    input type="hidden" name="service" value=(service.id);
                    input type="hidden" name="token" value=(token);
                    input type="hidden" name="address" value=(address);
                    button { (labels.get("embed-once")) }
                }
            }
            form method="post" action={ (prefix) "/choice" } target="_top" {
                @for purpose in needed(policy, service) {
                    input type="hidden" name="asked" value=(purpose);
                    input type="hidden" name="purpose" value=(purpose);
                }
                input type="hidden" name="service" value=(service.id);
                input type="hidden" name="token" value=(token);
                input type="hidden" name="back" value=(offer.back);
                button name="choice" value="save" { (labels.get("embed-always")) }
            }
        } @else {
            // The same for everyone: what is chosen, is chosen in the privacy centre.
            a href=(documents::address(policy, language, prefix, "/")) target="_top" { (labels.get("centre-title")) }
        }
    };
    document(&labels, language, style, service.title.in_language(language), &inside, offer.address)
}

/// Returns the document for content of a host nobody declared: there is nothing to allow, only a link.
pub(crate) fn undeclared(policy: &Policy, language: &Language, style: &str, host: &str, address: &str) -> String {
    document(&policy.words(language), language, style, host, &html! {}, Some(address))
}

fn document(
    labels: &Labels,
    language: &Language,
    style: &str,
    title: &str,
    inside: &Markup,
    address: Option<&str>,
) -> String {
    html! {
        (DOCTYPE)
        html lang=(language) dir=(language.direction()) {
            title { (title) }
            style { (PreEscaped(style)) }
            p { strong { (title) } }
            (inside)
            @if let Some(address) = address {
                a href=(address) target="_blank" rel="noopener" { (labels.get("embed-open")) }
            }
        }
    }
    .into_string()
}

/// Returns what is recorded as shown.
pub(crate) fn notice(policy: &Policy, language: &Language, prefix: &str, style: &str, service: &Service) -> String {
    let offer = Offer { address: Some(""), token: Some(""), once: true, back: "" };
    placeholder(policy, language, prefix, style, service, offer)
}

#[cfg(test)]
mod tests {
    use super::{super::Banners, *};

    #[test]
    fn it_names_the_service_and_offers_what_can_be_had() {
        let policy = Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site")).unwrap();
        let language = &policy.site().languages[0];
        let service = policy.services().iter().find(|service| service.id == "smi2").unwrap();
        let offer = Offer { address: Some("https://smi2.ru/w?a=1&b=2"), token: Some("T"), once: true, back: "/a" };
        let html = placeholder(&policy, language, "/_consent", "p{}", service, offer);
        assert!(html.contains("value=\"https://smi2.ru/w?a=1&amp;b=2\"") && html.contains("action=\"/_consent/once\""));
        assert!(
            html.contains("name=\"asked\" value=\"recommendations\"") && html.contains("target=\"_top\""),
            "{html}"
        );
        let html = placeholder(&policy, language, "/_consent", "p{}", service, Offer { once: false, ..offer });
        assert!(!html.contains("/once"), "{html}");
        let html = placeholder(&policy, language, "/_consent", "p{}", service, Offer { token: None, ..offer });
        assert!(!html.contains("<form") && html.contains("href=\"/_consent/?lang=ru\""), "{html}");
        let banners = Banners::new(&policy, "/_consent");
        let made = || notice(&policy, language, "/_consent", "p{}", service);
        let (text, hash) = banners.of(language).unwrap().placeholder("smi2", made).unwrap();
        assert!(text.contains("<button>") && hash.len() == 64);
        assert!(
            undeclared(&policy, language, "p{}", "x.example", "https://x.example/")
                .contains("href=\"https://x.example/\"")
        );
    }
}
