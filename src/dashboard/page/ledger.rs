//! What the gate did: withheld and let through by day, service and carrier, and what became of expired cookies.

use maud::{Markup, html};

use super::{Figure, View, figures, overview::Span, scroll, short};
use crate::dashboard::{
    chart::{self, Series, bar},
    enforced::Held,
    watch::Seen,
};

pub(super) fn page(view: &View<'_>, seen: &Seen) -> Markup {
    let words = view.words;
    let sums = &seen.enforced;
    let span = Span::asked(view, seen);
    let series = [
        Series { class: "withheld", name: words.get("column-withheld") },
        Series { class: "released", name: words.get("column-released") },
    ];
    let columns = span.columns(view, 2, |day| {
        let held = sums.days.get(&day.to_string()).copied().unwrap_or_default();
        vec![held.withheld, held.released]
    });
    let figure = |class: &'static str, name: &str, value: u64, note: Option<String>| Figure {
        name: words.get(name),
        value: words.number(value),
        note,
        class,
    };
    let sent = sums.expired.saturating_sub(sums.gone + sums.staying);
    html! {
        p.lead { (words.get("ledger-lead")) }
        (figures(&[
            figure("withheld", "figure-withheld", sums.all.withheld, None),
            figure("released", "figure-released", sums.all.released, None),
            figure("", "figure-expired", sums.expired, Some(words.count("figure-pending", sent))),
            figure("", "figure-gone", sums.gone, Some(words.share(sums.gone, sums.expired))),
            figure(if sums.staying > 0 { "withdraw" } else { "" }, "figure-staying", sums.staying, None),
        ]))
        (span.links(view, "/ledger"))
        (chart::columns(words, "held", &words.get("chart-held"), &series, &columns))
        section {
            h2 { (words.get("by-service")) }
            (services(view, seen))
        }
        section {
            h2 { (words.get("by-version")) }
            (versions(view, seen))
        }
        p.small { (words.get("ledger-note")) }
    }
}

fn services(view: &View<'_>, seen: &Seen) -> Markup {
    let words = view.words;
    if seen.enforced.services.is_empty() {
        return html! { p.empty { (words.get("ledger-empty")) } };
    }
    let title = |id: &str| {
        let mut services = view.policy.services().iter();
        services.find(|service| service.id == id).map(|service| service.title.in_language(&words.language).to_owned())
    };
    let most = seen.enforced.services.values().map(|held| held.withheld + held.released).max().unwrap_or(0);
    let table = html! {
        table {
            thead { tr {
                th scope="col" { (words.get("column-service")) }
                th scope="col" { (words.get("column-carrier")) }
                th.wide scope="col" { (words.get("column-held")) }
                th.number scope="col" { (words.get("column-withheld")) }
                th.number scope="col" { (words.get("column-released")) }
            } }
            tbody {
                @for ((service, carrier), held) in &seen.enforced.services {
                    tr {
                        th scope="row" { (title(service).unwrap_or_else(|| service.clone())) " " code { (service) } }
                        td { (words.find("carrier", carrier)) }
                        (cells(view, *held, most))
                    }
                }
            }
        }
    };
    scroll(&words.get("by-service"), table)
}

fn versions(view: &View<'_>, seen: &Seen) -> Markup {
    let words = view.words;
    if seen.enforced.versions.is_empty() {
        return html! { p.empty { (words.get("ledger-empty")) } };
    }
    let most = seen.enforced.versions.values().map(|held| held.withheld + held.released).max().unwrap_or(0);
    let table = html! {
        table {
            thead { tr {
                th scope="col" { (words.get("column-version")) }
                th.wide scope="col" { (words.get("column-held")) }
                th.number scope="col" { (words.get("column-withheld")) }
                th.number scope="col" { (words.get("column-released")) }
            } }
            tbody {
                @for (version, held) in &seen.enforced.versions {
                    tr { th scope="row" { code { (short(version)) } } (cells(view, *held, most)) }
                }
            }
        }
    };
    scroll(&words.get("by-version"), table)
}

fn cells(view: &View<'_>, held: Held, most: u64) -> Markup {
    html! {
        td.wide { (bar(&[("withheld", held.withheld), ("released", held.released)], most)) }
        td.number { (view.words.number(held.withheld)) }
        td.number { (view.words.number(held.released)) }
    }
}
