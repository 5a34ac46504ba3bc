//! What no service declares: hosts and cookies, whose they may be, and a block to put into the policy.

use maud::{Markup, html};

use super::{View, scroll};
use crate::dashboard::{
    inventory::{Known, Undeclared},
    watch::Seen,
};

pub(super) fn page(view: &View<'_>, seen: &Seen) -> Markup {
    let words = view.words;
    if seen.undeclared.is_empty() {
        return html! {
            p.lead { (words.get("inventory-lead")) }
            p.note.good { (words.get("inventory-empty")) }
        };
    }
    html! {
        p.lead { (words.get("inventory-lead")) }
        p { (words.get(match view.policy.gate().undeclared.as_str() {
            "allow" => "inventory-allow",
            "withhold" => "inventory-withhold",
            _ => "inventory-report",
        })) }
        @for about in &seen.undeclared { (one(view, about)) }
        p.small { (words.get("inventory-note")) }
    }
}

fn one(view: &View<'_>, about: &Undeclared) -> Markup {
    let words = view.words;
    let title = match &about.known {
        Known::Service { title, .. } => title.clone(),
        Known::Nothing if about.about == "own-cookies" => words.get("own-cookies"),
        _ => about.about.clone(),
    };
    let known = match &about.known {
        Known::Service { operator, country, .. } if operator.is_empty() && country.is_empty() => {
            words.get("known-service-only")
        }
        Known::Service { operator, country, .. } => {
            words.with("known-service", &[("operator", operator), ("country", words.country(country))])
        }
        Known::Declared { service } => words.with("known-declared", &[("service", service)]),
        Known::Platform { category } => {
            words.with("known-platform", &[("category", &words.find("category", category))])
        }
        Known::Nothing => words.get("known-nothing"),
    };
    let table = html! {
        table {
            thead { tr {
                th scope="col" { (words.get("column-name")) }
                th scope="col" { (words.get("column-seen-as")) }
                th.number scope="col" { (words.get("column-times")) }
                th scope="col" { (words.get("column-first")) }
                th scope="col" { (words.get("column-last")) }
            } }
            tbody {
                @for seen in &about.seen {
                    tr {
                        th scope="row" { code { (seen.name) } }
                        td { (words.find("seen", &seen.kind)) }
                        td.number { (words.number(seen.count)) }
                        td.date { (seen.first) }
                        td.date { (seen.last) }
                    }
                }
            }
        }
    };
    html! {
        section.card {
            h2 { (title) }
            p { (known) }
            (scroll(&title, table))
            @if let Some(block) = &about.block {
                details {
                    summary { (words.get("block")) }
                    p.small { (words.get("block-help")) }
                    pre.block tabindex="0" role="region" aria-label=(words.with("block-of", &[("name", &title)])) { code { (block) } }
                }
            }
        }
    }
}
