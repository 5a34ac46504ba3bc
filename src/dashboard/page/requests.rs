//! What people asked for, what is overdue first, then what is due next. No person is named.

use maud::{Markup, html};

use super::{Figure, View, figures, moment, scroll};
use crate::{
    dashboard::watch::{Listed, Seen},
    rights::local_day,
};

/// Requests that are over and shown, the newest.
const MOST_OVER: usize = 50;

pub(super) fn page(view: &View<'_>, seen: &Seen) -> Markup {
    let words = view.words;
    let today = local_day(&view.policy, view.now);
    let (mut open, over): (Vec<&Listed>, Vec<&Listed>) = seen.requests.iter().partition(|request| request.open);
    // One whose term cannot be computed may be overdue already: it comes first.
    open.sort_by_key(|request| (request.due, request.number));
    let overdue = open.iter().filter(|request| request.is_overdue(today)).count() as u64;
    let figure = |name: &str, value: u64, class: &'static str| Figure {
        name: words.get(name),
        value: words.number(value),
        note: None,
        class,
    };
    let newest: Vec<&Listed> = over.iter().rev().take(MOST_OVER).copied().collect();
    html! {
        p.lead { (words.get("requests-lead")) }
        (figures(&[
            figure("requests-overdue", overdue, if overdue > 0 { "withdraw" } else { "" }),
            figure("requests-open", open.len() as u64, ""),
            figure("requests-over", over.len() as u64, ""),
        ]))
        section {
            h2 { (words.get("requests-open")) }
            @if open.is_empty() { p.empty { (words.get("requests-none")) } }
            @else { (table(view, &words.get("requests-open"), &open, today)) }
        }
        @if !newest.is_empty() {
            section {
                h2 { (words.get("requests-over")) }
                (table(view, &words.get("requests-over"), &newest, today))
            }
        }
        p.small { (words.get("requests-note")) }
    }
}

fn table(view: &View<'_>, label: &str, requests: &[&Listed], today: time::Date) -> Markup {
    let words = view.words;
    let left = |request: &Listed| match request.due {
        _ if !request.open => html! {},
        None => html! { span.badge.bad { (words.get("due-unknown")) } },
        Some(due) => {
            let days = (due - today).whole_days();
            let (class, name) = match days {
                ..0 => ("bad", "due-over"),
                0..3 => ("warn", "due-left"),
                _ => ("", "due-left"),
            };
            html! { span class={ "badge " (class) } { (words.count(name, days.unsigned_abs())) } }
        }
    };
    let table = html! {
        table {
            thead { tr {
                th scope="col" { (words.get("column-number")) }
                th scope="col" { (words.get("column-asked")) }
                th scope="col" { (words.get("column-state")) }
                th scope="col" { (words.get("column-due")) }
                th scope="col" { (words.get("column-received")) }
            } }
            tbody {
                @for request in requests {
                    tr {
                        th scope="row" { (request.number) }
                        td { (words.find("what", request.what.as_str())) }
                        td { (words.find("state", request.state.as_str())) }
                        td { @if let Some(due) = request.due { (words.day(due)) " " } (left(request)) }
                        td { (moment(view, request.received)) }
                    }
                }
            }
        }
    };
    scroll(label, table)
}
