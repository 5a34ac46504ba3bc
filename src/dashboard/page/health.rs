//! How the log is: its head, what was signed last, the writer, the store, and the newest events of the site itself.

use maud::{Markup, html};
use time::OffsetDateTime;

use super::{Figure, View, figures, grouped, moment, scroll, short};
use crate::{
    dashboard::watch::{Event, Seen},
    record::Kind,
};

/// Events that are shown.
const SHOWN: usize = 30;

pub(super) fn page(view: &View<'_>, seen: &Seen) -> Markup {
    let words = view.words;
    let health = view.watch.handle.health();
    let pace = u64::try_from(health.spent.as_micros()).unwrap_or(u64::MAX).checked_div(health.batches);
    let waiting = words.with("of-room", &[("room", &words.number(health.room as u64))]);
    html! {
        @match health.degraded {
            Some(since) => p.note.bad role="status" {
                (words.with("health-degraded", &[
                    ("since", &words.moment(since)),
                    ("refused", &words.count("figure-choices", health.refused)),
                    ("owed", &words.count("withdrawals", health.owed as u64)),
                ]))
            },
            None => p.note.good role="status" { (words.get("health-good")) },
        }
        @if let Some(outbox) = &health.outbox {
            @if outbox.waiting > 0 || outbox.away.is_some() {
                p.note.bad role="status" {
                    (words.with("health-outbox", &[
                        ("waiting", &words.count("figure-choices", outbox.waiting)),
                        ("room", &words.number(outbox.room)),
                    ]))
                    @if let Some(oldest) = outbox.oldest { " " (words.with("health-outbox-oldest", &[("since", &words.moment(oldest))])) }
                    @if let Some(why) = &outbox.away { " " code { (why) } }
                }
            }
        }
        @if let Some((error, since)) = &seen.fault {
            p.note.bad { (words.with("health-fault", &[("since", &words.moment(*since)), ("error", error)])) }
        }
        @if seen.unreadable > 0 { p.note.bad { (words.count("attention-damaged", seen.unreadable)) } }
        (figures(&[
            Figure { name: words.get("figure-entries"), value: words.number(seen.size), note: None, class: "" },
            Figure {
                name: words.get("figure-synced"),
                value: health.synced.map_or_else(|| "—".to_owned(), |at| ago(view, at)),
                note: health.synced.map(|at| words.moment(at)),
                class: "",
            },
            Figure {
                name: words.get("figure-waiting"),
                value: words.number(health.waiting as u64),
                note: Some(waiting),
                class: if health.waiting * 2 > health.room { "withdraw" } else { "" },
            },
            Figure {
                name: words.get("figure-pace"),
                value: pace.map_or_else(|| "—".to_owned(), |micros| words.milliseconds(micros)),
                note: Some(words.count("figure-batches", health.batches)),
                class: "",
            },
            Figure {
                name: words.get("figure-store"),
                value: seen.bytes.map_or_else(|| "—".to_owned(), |bytes| words.bytes(bytes)),
                note: None,
                class: "",
            },
        ]))
        section {
            h2 { (words.get("head")) }
            dl.facts {
                dt { (words.get("head-size")) } dd { (words.number(seen.size)) }
                dt { (words.get("head-root")) } dd { code.hash { (grouped(&seen.root)) } }
            }
            @if let Some(checkpoint) = &health.checkpoint {
                h3 { (words.get("checkpoint")) }
                p.small { (words.get("checkpoint-help")) }
                pre tabindex="0" role="region" aria-label=(words.get("checkpoint")) { code { (checkpoint) } }
            }
        }
        section {
            h2 { (words.get("events")) }
            (events(view, seen))
        }
    }
}

/// How long ago something was, in the largest unit.
fn ago(view: &View<'_>, at: OffsetDateTime) -> String {
    let seconds = u64::try_from((view.now - at).whole_seconds()).unwrap_or(0);
    match seconds {
        0..60 => view.words.count("ago-seconds", seconds),
        60..3_600 => view.words.count("ago-minutes", seconds / 60),
        3_600..86_400 => view.words.count("ago-hours", seconds / 3_600),
        _ => view.words.count("ago-days", seconds / 86_400),
    }
}

fn events(view: &View<'_>, seen: &Seen) -> Markup {
    let words = view.words;
    // What visitors ask for has a page of its own.
    let shown: Vec<&Event> = seen
        .events
        .iter()
        .rev()
        .filter(|event| !matches!(event.kind, Kind::Request | Kind::RequestStep))
        .take(SHOWN)
        .collect();
    if shown.is_empty() {
        return html! { p.empty { (words.get("events-none")) } };
    }
    let table = html! {
        table {
            thead { tr {
                th scope="col" { (words.get("column-event")) }
                th scope="col" { (words.get("column-time")) }
                th scope="col" { (words.get("column-facts")) }
                th.number scope="col" { (words.get("column-index")) }
            } }
            tbody {
                @for event in shown {
                    tr {
                        th scope="row" { (words.find("event", event.kind.as_str())) }
                        td.date { (time(view, &event.time)) }
                        td.facts { (facts(event)) }
                        td.number { (words.number(event.index)) }
                    }
                }
            }
        }
    };
    scroll(&words.get("events"), table)
}

/// What an event says, name by name; hashes are cut to the digits people compare.
fn facts(event: &Event) -> Markup {
    let shown = |value: &str| {
        let is_hash = value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hash { short(value).to_owned() } else { value.to_owned() }
    };
    html! {
        @for (name, value) in &event.facts { span.fact { (name) " " code { (shown(value)) } } " " }
    }
}

pub(super) fn time(view: &View<'_>, text: &str) -> Markup {
    match OffsetDateTime::parse(text, &time::format_description::well_known::Rfc3339) {
        Ok(at) => moment(view, at),
        Err(_) => html! { (text) },
    }
}
