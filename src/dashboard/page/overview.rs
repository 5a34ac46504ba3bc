//! The first page: what visitors chose, by day, purpose, version and language, and what needs somebody's attention.

use std::{collections::BTreeMap, ops::RangeInclusive};

use maud::{Markup, html};
use time::{Date, Duration};

use super::{Figure, View, figures, moment, scroll, short};
use crate::{
    audit::{OTHER, Sums},
    dashboard::{
        chart::{self, Column, Series, bar},
        watch::Seen,
    },
    record::Kind,
};

/// Lengths of time that can be asked for, in days.
const SPANS: [u16; 4] = [7, 30, 90, 365];
const USUAL: u16 = 30;

/// What is said in one day, in the order of the stack, with its colour.
const SAID: [(&str, &[Kind]); 5] = [
    ("accept", &[Kind::Accept, Kind::Renew]),
    ("partial", &[Kind::Partial]),
    ("refuse", &[Kind::Refuse]),
    ("withdraw", &[Kind::Withdraw]),
    ("signal", &[Kind::Acknowledge, Kind::Gpc]),
];

/// Which days are looked at.
pub(super) struct Span {
    /// `None` for all of them.
    length: Option<u16>,
    pub(super) days: RangeInclusive<Date>,
}

impl Span {
    pub(super) fn asked(view: &View<'_>, seen: &Seen) -> Self {
        let asked = view.asked("days");
        let today = view.now.date();
        let length = match asked.as_deref() {
            Some("all") => None,
            other => {
                Some(other.and_then(|days| days.parse().ok()).filter(|days| SPANS.contains(days)).unwrap_or(USUAL))
            }
        };
        let first = match length {
            Some(length) => today - Duration::days(i64::from(length) - 1),
            None => seen.tally.days().map_or(today, |days| *days.start()),
        };
        Self { length, days: first..=today }
    }

    /// The days of the same number before.
    fn before(&self) -> Option<RangeInclusive<Date>> {
        let length = Duration::days(i64::from(self.length?));
        Some(*self.days.start() - length..=self.days.start().previous_day()?)
    }

    /// Links to the other lengths.
    pub(super) fn links(&self, view: &View<'_>, path: &str) -> Markup {
        let one = |length: Option<u16>| {
            let value = length.map_or_else(|| "all".to_owned(), |length| length.to_string());
            let name = length.map_or_else(|| view.t("span-all"), |length| view.words.count("span-days", length.into()));
            html! { li { a href=(view.link(path, &[("days", &value)])) aria-current=[(length == self.length).then_some("true")] { (name) } } }
        };
        html! {
            nav.spans aria-label=(view.t("span")) {
                ul { @for length in SPANS { (one(Some(length))) } (one(None)) }
            }
        }
    }

    /// Adds numbers of days up to columns: days, weeks or months, so that there are never more than fit a picture.
    pub(super) fn columns(&self, view: &View<'_>, width: usize, of: impl Fn(Date) -> Vec<u64>) -> Vec<Column> {
        let length = (*self.days.end() - *self.days.start()).whole_days() + 1;
        let begins = |day: Date| match length {
            ..=120 => day,
            121..=900 => day - Duration::days(day.weekday().number_days_from_monday().into()),
            _ => day.replace_day(1).unwrap_or(day),
        };
        let mut sums: BTreeMap<Date, Vec<u64>> = BTreeMap::new();
        let mut day = Some(*self.days.start());
        while let Some(date) = day.filter(|day| day <= self.days.end()) {
            let column = sums.entry(begins(date)).or_insert_with(|| vec![0; width]);
            column.iter_mut().zip(of(date)).for_each(|(sum, value)| *sum += value);
            day = date.next_day();
        }
        let label = |day: Date| match length {
            ..=120 => view.words.day(day),
            121..=900 => view.words.with("week-of", &[("day", &view.words.day(day))]),
            _ => format!("{}-{:02}", day.year(), u8::from(day.month())),
        };
        sums.into_iter().map(|(day, values)| Column { label: label(day), values }).collect()
    }
}

pub(super) fn page(view: &View<'_>, seen: &Seen) -> Markup {
    let words = view.words;
    let span = Span::asked(view, seen);
    let sums = seen.tally.sums(span.days.clone());
    let before = span.before().map(|days| seen.tally.sums(days));
    let series: Vec<Series> = SAID.iter().map(|(class, _)| Series { class, name: words.find("said", class) }).collect();
    let nothing = BTreeMap::new();
    let columns = span.columns(view, SAID.len(), |day| {
        let kinds = sums.days.get(&day).unwrap_or(&nothing);
        SAID.iter().map(|(_, all)| all.iter().filter_map(|kind| kinds.get(kind.as_str())).sum()).collect()
    });
    // What nobody said at all needs no colour.
    let used: Vec<bool> =
        (0..SAID.len()).map(|place| place < 4 || columns.iter().any(|column| column.values[place] > 0)).collect();
    let kept = |place: &usize| used[*place];
    let series: Vec<Series> = (0..SAID.len()).filter(kept).map(|place| series[place].clone()).collect();
    let columns: Vec<Column> = columns
        .into_iter()
        .map(|column| Column {
            values: (0..SAID.len()).filter(kept).map(|place| column.values[place]).collect(),
            ..column
        })
        .collect();
    html! {
        (attention(view, seen))
        (span.links(view, "/"))
        (figures(&said(view, &sums, before.as_ref())))
        (chart::columns(words, "days", &words.get("chart-choices"), &series, &columns))
        section {
            h2 { (words.get("by-purpose")) }
            (purposes(view, &sums))
        }
        div.beside {
            section {
                h2 { (words.get("by-version")) }
                (kinds(view, &sums.versions, "column-version", |version| html! { code { (short(version)) } }))
            }
            section {
                h2 { (words.get("by-language")) }
                (kinds(view, &sums.languages, "column-language", |language| html! { (language) }))
            }
        }
        @if let Some(at) = seen.at { p.small { (words.get("as-of")) " " (moment(view, at)) } }
    }
}

fn decisions(sums: &Sums) -> u64 {
    [Kind::Accept, Kind::Partial, Kind::Refuse, Kind::Renew].into_iter().map(|kind| sums.of(kind)).sum()
}

fn said(view: &View<'_>, sums: &Sums, before: Option<&Sums>) -> Vec<Figure> {
    let words = view.words;
    let all = decisions(sums);
    let change = |now: u64, before: Option<u64>| {
        before.filter(|before| *before > 0).map(|before| {
            let (name, change) =
                if now >= before { ("change-up", now - before) } else { ("change-down", before - now) };
            words.with(name, &[("share", &words.share(change, before))])
        })
    };
    let figure = |class: &'static str, name: &str, kinds: &[Kind]| {
        let of = |sums: &Sums| kinds.iter().map(|kind| sums.of(*kind)).sum::<u64>();
        Figure {
            name: words.get(name),
            value: words.share(of(sums), all),
            note: Some(words.count("figure-choices", of(sums))),
            class,
        }
    };
    vec![
        Figure {
            name: words.get("figure-all"),
            value: words.number(all),
            note: change(all, before.map(decisions)),
            class: "",
        },
        figure("accept", "said-accept", &[Kind::Accept, Kind::Renew]),
        figure("partial", "said-partial", &[Kind::Partial]),
        figure("refuse", "said-refuse", &[Kind::Refuse]),
        Figure {
            name: words.get("figure-withdrawals"),
            value: words.number(sums.of(Kind::Withdraw)),
            note: change(sums.of(Kind::Withdraw), before.map(|before| before.of(Kind::Withdraw))),
            class: "withdraw",
        },
    ]
}

fn purposes(view: &View<'_>, sums: &Sums) -> Markup {
    let words = view.words;
    if sums.purposes.is_empty() {
        return html! { p.empty { (words.get("chart-empty")) } };
    }
    let title = |id: &str| {
        let purpose = view.policy.purpose(id);
        purpose.map(|purpose| purpose.title.in_language(&words.language).to_owned())
    };
    let table = html! {
        table {
            thead { tr {
                th scope="col" { (words.get("column-purpose")) }
                th.wide scope="col" { (words.get("column-share")) }
                th.number scope="col" { (words.get("column-granted")) }
                th.number scope="col" { (words.get("column-refused")) }
            } }
            tbody {
                @for (id, choices) in &sums.purposes {
                    @let all = choices.granted + choices.refused;
                    tr {
                        th scope="row" { (title(id).unwrap_or_else(|| id.clone())) " " code { (id) } }
                        td.wide { (bar(&[("accept", choices.granted)], all)) span.value { (words.share(choices.granted, all)) } }
                        td.number { (words.number(choices.granted)) }
                        td.number { (words.number(choices.refused)) }
                    }
                }
            }
        }
    };
    scroll(&words.get("by-purpose"), table)
}

fn kinds(
    view: &View<'_>,
    rows: &BTreeMap<String, BTreeMap<&'static str, u64>>,
    column: &str,
    show: impl Fn(&str) -> Markup,
) -> Markup {
    let words = view.words;
    if rows.is_empty() {
        return html! { p.empty { (words.get("chart-empty")) } };
    }
    let mut rows: Vec<_> = rows.iter().map(|(name, kinds)| (name, kinds, kinds.values().sum::<u64>())).collect();
    rows.sort_by_key(|(_, _, all)| std::cmp::Reverse(*all));
    let most = rows.first().map_or(0, |(_, _, all)| *all);
    let part = |kinds: &BTreeMap<&'static str, u64>, of: &[Kind]| -> u64 {
        of.iter().filter_map(|kind| kinds.get(kind.as_str())).sum()
    };
    let named = |name: &str| match name {
        "" => html! { (words.get("unknown")) },
        OTHER => html! { (words.get("others")) },
        name => show(name),
    };
    let table = html! {
        table {
            thead { tr {
                th scope="col" { (words.get(column)) }
                th.wide scope="col" { (words.get("column-said")) }
                th.number scope="col" { (words.get("column-choices")) }
            } }
            tbody {
                @for (name, kinds, all) in rows {
                    @let parts: Vec<_> = SAID.iter().map(|(class, of)| (*class, part(kinds, of))).collect();
                    tr {
                        th scope="row" { (named(name)) }
                        td.wide {
                            (bar(&parts, most))
                            span.value { (words.share(part(kinds, SAID[0].1), all)) " " (words.get("accepted")) }
                        }
                        td.number { (words.number(all)) }
                    }
                }
            }
        }
    };
    scroll(&words.get(column), table)
}

/// What somebody should look at now, with links to where.
fn attention(view: &View<'_>, seen: &Seen) -> Markup {
    let words = view.words;
    let health = view.watch.handle.health();
    let mut items: Vec<(&str, String, String)> = Vec::new();
    if let Some(since) = health.degraded {
        items.push(("bad", words.with("attention-degraded", &[("since", &words.moment(since))]), "/health".to_owned()));
    }
    if let Some((error, _)) = &seen.fault {
        items.push(("bad", words.with("attention-unreadable", &[("error", error)]), "/health".to_owned()));
    }
    if seen.unreadable > 0 {
        items.push(("bad", words.count("attention-damaged", seen.unreadable), "/health".to_owned()));
    }
    let today = crate::rights::local_day(&view.policy, view.now);
    let overdue = seen.requests.iter().filter(|request| request.is_overdue(today)).count() as u64;
    if overdue > 0 {
        items.push(("bad", words.count("attention-overdue", overdue), "/requests".to_owned()));
    }
    let undeclared: u64 = seen.undeclared.iter().map(|about| about.seen.len() as u64).sum();
    if undeclared > 0 {
        items.push(("warn", words.count("attention-undeclared", undeclared), "/inventory".to_owned()));
    }
    if seen.enforced.staying > 0 {
        items.push(("warn", words.count("attention-staying", seen.enforced.staying), "/ledger".to_owned()));
    }
    html! {
        @if !items.is_empty() {
            section.attention aria-labelledby="attention" {
                h2 id="attention" { (words.get("attention")) }
                ul { @for (class, text, path) in items { li class=(class) { a href=(view.link(&path, &[])) { (text) } } } }
            }
        }
    }
}
