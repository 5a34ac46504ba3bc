//! The pages: one file each, and the frame around them.
//!
//! In: what the watch has seen, a language, a query. Out: HTML without script. Whatever comes from outside (names of
//! hosts, versions, texts of errors) is escaped by the template.

#[cfg(feature = "export")]
mod export;
mod health;
mod inventory;
mod ledger;
mod login;
mod overview;
mod policy;
mod requests;

use std::{fmt::Write, sync::Arc};

use maud::{DOCTYPE, Markup, html};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

pub(super) use self::login::{Refused, login};
use super::{
    style::style,
    watch::{Seen, Watch},
    words::{TAGS, Words},
};
use crate::policy::Policy;

/// The pages behind the door, in the order of the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Page {
    Overview,
    Ledger,
    Inventory,
    Requests,
    Health,
    Policy,
    #[cfg(feature = "export")]
    Export,
}

const PAGES: &[Page] = &[
    Page::Overview,
    Page::Ledger,
    Page::Inventory,
    Page::Requests,
    Page::Policy,
    Page::Health,
    #[cfg(feature = "export")]
    Page::Export,
];

/// What a page is made from.
pub(super) struct View<'a> {
    pub(super) watch: &'a Watch,
    pub(super) policy: Arc<Policy>,
    pub(super) words: &'static Words,
    /// The language, when it was asked for by name.
    pub(super) lang: Option<String>,
    pub(super) query: String,
    pub(super) now: OffsetDateTime,
    /// What the session's forms carry; `None` without a session.
    pub(super) form_mark: Option<String>,
}

impl View<'_> {
    /// Returns a message.
    fn t(&self, name: &str) -> String {
        self.words.get(name)
    }

    /// Returns a path with the language that was asked for and other fields.
    fn link(&self, path: &str, fields: &[(&str, &str)]) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(fields);
        if let Some(lang) = &self.lang {
            query.append_pair("lang", lang);
        }
        let query = query.finish();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    /// Returns a field of the query.
    fn asked(&self, name: &str) -> Option<String> {
        let mut fields = url::form_urlencoded::parse(self.query.as_bytes());
        fields.find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }
}

impl Page {
    /// Returns the page at a path.
    pub(super) fn at(path: &str) -> Option<Self> {
        PAGES.iter().copied().find(|page| page.path() == path)
    }

    fn path(self) -> &'static str {
        match self {
            Self::Overview => "/",
            Self::Ledger => "/ledger",
            Self::Inventory => "/inventory",
            Self::Requests => "/requests",
            Self::Health => "/health",
            Self::Policy => "/policy",
            #[cfg(feature = "export")]
            Self::Export => "/export",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Overview => "page-overview",
            Self::Ledger => "page-ledger",
            Self::Inventory => "page-inventory",
            Self::Requests => "page-requests",
            Self::Health => "page-health",
            Self::Policy => "page-policy",
            #[cfg(feature = "export")]
            Self::Export => "page-export",
        }
    }

    pub(super) fn render(self, view: &View<'_>) -> Markup {
        let seen = view.watch.seen();
        let inside = match self {
            Self::Overview => overview::page(view, &seen),
            Self::Ledger => ledger::page(view, &seen),
            Self::Inventory => inventory::page(view, &seen),
            Self::Requests => requests::page(view, &seen),
            Self::Health => health::page(view, &seen),
            Self::Policy => policy::page(view, &seen),
            #[cfg(feature = "export")]
            Self::Export => export::page(view, &seen),
        };
        let inside = html! {
            h1 { (view.t(self.label())) }
            (progress(view, &seen))
            (inside)
        };
        frame(view, Some(self), &view.t(self.label()), Some(&seen), inside)
    }
}

/// The form of an export again, with what was wrong with it.
#[cfg(feature = "export")]
pub(super) fn no_export(view: &View<'_>, refusal: super::download::Refusal) -> Markup {
    let title = view.t(Page::Export.label());
    let inside = html! { h1 { (title) } (export::refused(view, refusal)) };
    frame(view, Some(Page::Export), &title, None, inside)
}

/// The page for a path that is none.
pub(super) fn not_found(view: &View<'_>) -> Markup {
    let inside =
        html! { h1 { (view.t("not-found")) } p { a href=(view.link("/", &[])) { (view.t("page-overview")) } } };
    frame(view, None, &view.t("not-found"), None, inside)
}

/// Everything around a page: head, navigation, state of the log, language.
fn frame(view: &View<'_>, page: Option<Page>, title: &str, seen: Option<&Seen>, inside: Markup) -> Markup {
    let site = view.policy.site().name.in_language(&view.words.language).to_owned();
    html! {
        (DOCTYPE)
        html lang=(view.words.language) {
            (head(&format!("{title} · {site}")))
            body {
                a.skip href="#main" { (view.t("skip")) }
                header.top {
                    a.brand href=(view.link("/", &[])) { strong { (site) } span { (view.t("product")) } }
                    @if let Some(seen) = seen { (state(view, seen)) }
                }
                nav.pages aria-label=(view.t("navigation")) {
                    ul {
                        @for &other in PAGES {
                            li { a href=(view.link(other.path(), &[])) aria-current=[(page == Some(other)).then_some("page")] {
                                (view.t(other.label()))
                            } }
                        }
                    }
                }
                main id="main" { (inside) }
                footer {
                    (languages(view, page.map_or("/", Page::path)))
                    @if let Some(mark) = &view.form_mark {
                        form method="post" action="/logout" {
                            input type="hidden" name="mark" value=(mark);
                            button.plain { (view.t("logout")) }
                        }
                    }
                }
            }
        }
    }
}

fn head(title: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width";
            meta name="robots" content="noindex";
            meta name="color-scheme" content="light dark";
            title { (title) }
            link rel="stylesheet" href=(style().path);
        }
    }
}

/// Links to the same page in the other language.
fn languages(view: &View<'_>, path: &str) -> Markup {
    let fields = url::form_urlencoded::parse(view.query.as_bytes()).into_owned();
    let kept: Vec<(String, String)> = fields.filter(|(name, _)| name != "lang").collect();
    let link = |tag: &str| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&kept).append_pair("lang", tag);
        format!("{path}?{}", query.finish())
    };
    html! {
        p.languages {
            @for tag in TAGS {
                @let name = if tag == "ru" { "Русский" } else { "English" };
                @if view.words.language.as_str() == tag { span { (name) } }
                @else { a href=(link(tag)) hreflang=(tag) lang=(tag) { (name) } }
            }
        }
    }
}

/// Says in one word how the log is.
fn state(view: &View<'_>, seen: &Seen) -> Markup {
    let health = view.watch.handle.health();
    let (class, label) = match (&health.degraded, &seen.fault) {
        (Some(_), _) => ("bad", "state-degraded"),
        (None, Some(_)) => ("bad", "state-unreadable"),
        (None, None) => ("good", "state-good"),
    };
    html! { a.state.(class) href=(view.link("/health", &[])) { (view.t(label)) } }
}

/// How far the first reading of the log has come, while it goes on.
fn progress(view: &View<'_>, seen: &Seen) -> Markup {
    // A few events behind is what every page is.
    if seen.at.is_some() && seen.size - seen.read.min(seen.size) < 10_000 {
        return html! {};
    }
    let (read, size) = (view.words.number(seen.read), view.words.number(seen.size));
    html! {
        div.note {
            p id="reading" { (view.words.with("reading", &[("read", &read), ("size", &size)])) }
            progress aria-labelledby="reading" value=(seen.read) max=(seen.size.max(1)) {}
        }
    }
}

/// The first digits of a version, as everywhere else.
fn short(version: &str) -> &str {
    version.get(..16).unwrap_or(version)
}

/// A table that can be scrolled sideways, by keyboard too.
fn scroll(label: &str, table: Markup) -> Markup {
    html! { div.scroll tabindex="0" role="region" aria-label=(label) { (table) } }
}

/// One number with its name, and a line that explains it.
struct Figure {
    name: String,
    value: String,
    note: Option<String>,
    class: &'static str,
}

fn figures(figures: &[Figure]) -> Markup {
    html! {
        dl.figures {
            @for figure in figures {
                div class=(figure.class) {
                    dt { (figure.name) }
                    dd { (figure.value) }
                    @if let Some(note) = &figure.note { dd.note { (note) } }
                }
            }
        }
    }
}

/// A moment for machines; empty for one that RFC 3339 cannot write.
pub(super) fn rfc3339(moment: OffsetDateTime) -> String {
    moment.replace_nanosecond(0).unwrap_or(moment).format(&Rfc3339).unwrap_or_default()
}

/// A moment for people and machines.
fn moment(view: &View<'_>, moment: OffsetDateTime) -> Markup {
    html! { time datetime=(rfc3339(moment)) { (view.words.moment(moment)) } }
}

/// The digits of a root in groups that can be compared by eye.
fn grouped(hash: &str) -> String {
    let mut text = String::new();
    for (place, digit) in hash.chars().enumerate() {
        if place > 0 && place % 8 == 0 {
            let _ = text.write_char(' ');
        }
        let _ = text.write_char(digit);
    }
    text
}
