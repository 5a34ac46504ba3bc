//! Versions of the policy, the newest first, with what each of them changed and who is asked again.

use maud::{Markup, html};

use super::{View, moment, scroll, short};
use crate::{
    dashboard::watch::{Seen, Version},
    policy::{ChangeKind, Difference, PurposeChange},
};

pub(super) fn page(view: &View<'_>, seen: &Seen) -> Markup {
    let words = view.words;
    let last = seen.versions.len();
    html! {
        p.lead { (words.get("policy-lead")) }
        @if last == 0 { p.empty { (words.get("policy-empty")) } }
        ol.versions {
            @for (place, version) in seen.versions.iter().enumerate().rev() {
                li.card { (one(view, version, place == 0)) }
            }
        }
    }
}

fn one(view: &View<'_>, version: &Version, first: bool) -> Markup {
    let words = view.words;
    let in_force = view.policy.version() == version.version;
    html! {
        h2 {
            code { (short(&version.version)) }
            @if in_force { " " span.badge.good { (words.get("in-force")) } }
        }
        p.small { (words.get("published")) " " (moment(view, version.since)) }
        @match &version.change {
            Some(change) => { (difference(view, change)) }
            None if first => { p { (words.get("policy-first")) } }
            None => { p { (words.get("policy-unreadable")) } }
        }
    }
}

fn difference(view: &View<'_>, change: &Difference) -> Markup {
    let words = view.words;
    let asked: Vec<_> = change.asked().map(ToString::to_string).collect();
    html! {
        @if asked.is_empty() { p { (words.get("asked-nobody")) } }
        @else { p { strong { (words.with("asked-again", &[("purposes", &asked.join(", "))])) } } }
        @for purpose in &change.purposes { (purpose_change(view, purpose)) }
        @if !change.files.is_empty() {
            details {
                summary { (words.count("files-changed", change.files.len() as u64)) }
                ul.files { @for file in &change.files { li { code { (file) } } } }
            }
        }
    }
}

fn purpose_change(view: &View<'_>, change: &PurposeChange) -> Markup {
    let words = view.words;
    let effect = match (change.kind, change.asked) {
        (ChangeKind::Added, true) => "purpose-added",
        (ChangeKind::Added, false) => "purpose-added-necessary",
        (ChangeKind::Removed, _) => "purpose-removed",
        (_, true) => "purpose-changed",
        (_, false) => "purpose-changed-necessary",
    };
    let title = format!("{} {}", words.get("column-purpose"), change.purpose);
    let table = html! {
        table {
            thead { tr {
                th scope="col" { (words.get("column-part")) }
                th scope="col" { (words.get("column-before")) }
                th scope="col" { (words.get("column-after")) }
            } }
            tbody {
                @for part in &change.parts {
                    tr {
                        th scope="row" { (part.part) }
                        td { @match &part.old { Some(old) => del { (old) }, None => "—" } }
                        td { @match &part.new { Some(new) => ins { (new) }, None => "—" } }
                    }
                }
            }
        }
    };
    html! {
        h3 { code { (change.purpose) } }
        p { (words.get(effect)) }
        @if !change.parts.is_empty() { (scroll(&title, table)) }
    }
}
