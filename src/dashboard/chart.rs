//! Charts as SVG: columns over time, bars in tables.
//!
//! In: numbers and their names. Out: markup without script. The picture stretches to its place; words stay outside of
//! it, so that they keep their size on a phone. Every chart has a title, a description, and a table beside it.

use maud::{Markup, html};

use super::words::Words;

/// What one colour stands for.
#[derive(Clone, Debug)]
pub(super) struct Series {
    /// The class that colours it.
    pub(super) class: &'static str,
    pub(super) name: String,
}

/// One column: a day, a week, a month.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) label: String,
    /// A number for each series.
    pub(super) values: Vec<u64>,
}

impl Column {
    fn sum(&self) -> u64 {
        self.values.iter().sum()
    }
}

/// Width of a column in the picture's own units, gap included; its height is 100.
const STEP: u64 = 12;

/// Draws stacked columns, with a legend, an axis and a table of the same numbers.
pub(super) fn columns(words: &Words, id: &str, title: &str, series: &[Series], columns: &[Column]) -> Markup {
    let top = columns.iter().map(Column::sum).max().unwrap_or(0);
    if top == 0 {
        return html! {
            figure.chart {
                figcaption { (title) }
                p.empty { (words.get("chart-empty")) }
            }
        };
    }
    let top = round_up(top);
    let busiest = columns.iter().max_by_key(|column| column.sum());
    let description = busiest.map(|column| {
        let (count, number) = (columns.len() as u64, words.number(column.sum()));
        let shown = words.count("chart-columns", count);
        words.with("chart-description", &[("shown", &shown), ("most", &number), ("when", &column.label)])
    });
    let labels = axis(columns);
    html! {
        figure.chart {
            figcaption { (title) }
            ul.legend {
                @for one in series { li { span class={ "key " (one.class) } {} (one.name) } }
            }
            div.plot {
                div.scale aria-hidden="true" {
                    span { (words.number(top)) } span { @if top.is_multiple_of(2) { (words.number(top / 2)) } } span { "0" }
                }
                svg.columns viewBox={ "0 0 " (STEP * columns.len() as u64) " 100" } preserveAspectRatio="none" role="img"
                    aria-labelledby={ (id) "-title " (id) "-description" } {
                    title id={ (id) "-title" } { (title) }
                    desc id={ (id) "-description" } { (description.unwrap_or_default()) }
                    @for height in ["0.5", "50", "99.5"] {
                        line.grid x1="0" x2=(STEP * columns.len() as u64) y1=(height) y2=(height) {}
                    }
                    @for (place, column) in columns.iter().enumerate() { (stack(words, place, column, series, top)) }
                }
            }
            div.axis aria-hidden="true" { @for label in labels { span { (label) } } }
            details {
                summary { (words.get("chart-table")) }
                div.scroll tabindex="0" role="region" aria-label=(title) {
                    table {
                        thead { tr {
                            th scope="col" { (words.get("column-when")) }
                            @for one in series { th.number scope="col" { (one.name) } }
                        } }
                        tbody {
                            // The newest first: that is what is looked for.
                            @for column in columns.iter().rev().filter(|column| column.sum() > 0) {
                                tr {
                                    th scope="row" { (column.label) }
                                    @for value in &column.values { td.number { (words.number(*value)) } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn stack(words: &Words, place: usize, column: &Column, series: &[Series], top: u64) -> Markup {
    let mut below = 0.0;
    let parts: Vec<_> = column
        .values
        .iter()
        .zip(series)
        .filter(|(value, _)| **value > 0)
        .map(|(value, one)| {
            let height = share(*value, top) * 99.0;
            below += height;
            (99.5 - below, height, one.class)
        })
        .collect();
    let told: Vec<_> = series
        .iter()
        .zip(&column.values)
        .map(|(one, value)| format!("{}: {}", one.name, words.number(*value)))
        .collect();
    html! {
        g {
            title { (column.label) " — " (told.join(", ")) }
            // As high as the picture, so that a small column is found by the mouse as well.
            rect.target x=(STEP * place as u64) y="0" width=(STEP) height="100" {}
            @for (y, height, class) in parts {
                rect class=(class) x=(STEP * place as u64 + 1) y=(format!("{y:.2}")) width=(STEP - 2) height=(format!("{height:.2}")) {}
            }
        }
    }
}

/// Draws a bar for a cell of a table, of parts that are a share of the whole each. The numbers stand beside it.
pub(super) fn bar(parts: &[(&'static str, u64)], whole: u64) -> Markup {
    let mut left = 0.0;
    let parts: Vec<_> = parts
        .iter()
        .map(|(class, value)| {
            let (from, width) = (left, share(*value, whole) * 1_000.0);
            left += width;
            (*class, from, width)
        })
        .collect();
    html! {
        svg.bar viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" focusable="false" {
            rect.rest x="0" y="0" width="1000" height="10" {}
            @for (class, from, width) in parts {
                rect class=(class) x=(format!("{from:.1}")) y="0" width=(format!("{width:.1}")) height="10" {}
            }
        }
    }
}

#[allow(clippy::cast_precision_loss)] // a picture has a thousand steps, not 2^53
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { (part as f64 / whole as f64).min(1.0) }
}

/// The next number that reads well at the top of an axis, so near that a chart fills its height.
fn round_up(number: u64) -> u64 {
    if number <= 10 {
        return [1, 2, 4, 6, 8].into_iter().find(|nice| *nice >= number).unwrap_or(10);
    }
    // Even ones, as half of it stands at the axis too.
    let mut tenth = 1_u64;
    loop {
        for step in [12, 14, 16, 20, 24, 30, 40, 50, 60, 80, 100] {
            if let Some(nice) = tenth.checked_mul(step)
                && nice >= number
            {
                return nice;
            }
        }
        match tenth.checked_mul(10) {
            Some(next) => tenth = next,
            None => return number,
        }
    }
}

/// The labels that stand under the columns: the first, the last, and one in the middle.
fn axis(columns: &[Column]) -> Vec<&str> {
    let last = columns.len().saturating_sub(1);
    let mut places = vec![0, last / 2, last];
    places.dedup();
    places.into_iter().filter_map(|place| columns.get(place)).map(|column| column.label.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_at_round_numbers() {
        for (number, expected) in
            [(1, 1), (3, 4), (7, 8), (9, 10), (11, 12), (41, 50), (81, 100), (104, 120), (u64::MAX, u64::MAX)]
        {
            assert_eq!(round_up(number), expected);
        }
    }

    #[test]
    fn a_chart_is_told_in_words_and_escapes_them() {
        let words = Words::negotiate(Some("en"), None);
        let series = [Series { class: "accept", name: "<b>".to_owned() }];
        let column = |label: &str, value| Column { label: label.to_owned(), values: vec![value] };
        let drawn = columns(words, "days", "Choices", &series, &[column("1", 3), column("2", 4)]).into_string();
        assert!(drawn.contains("<title id=\"days-title\">Choices</title>") && drawn.contains("role=\"img\""));
        assert!(drawn.contains("&lt;b&gt;: 4") && !drawn.contains("<b>"));
        assert!(drawn.contains("<table>"));
        assert!(!drawn.contains("style="), "the policy of the page lets no style stand in an element");
        let empty = columns(words, "days", "Choices", &series, &[column("1", 0)]).into_string();
        assert!(!empty.contains("<svg"));
    }

    #[test]
    fn bars_never_leave_their_cell() {
        let drawn = bar(&[("accept", 7), ("refuse", 3)], 5).into_string();
        assert!(drawn.contains("width=\"1000.0\""), "{drawn}");
        assert!(bar(&[("accept", 1)], 0).into_string().contains("width=\"0.0\""));
    }
}
