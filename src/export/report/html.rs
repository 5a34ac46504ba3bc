//! The report as one page of HTML that needs no other file, made for reading and for printing.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{Block, COLOURS, Report, number};

/// Width of a chart in its own units; it is drawn as wide as the page.
const WIDTH: f64 = 720.0;
/// Space for names beside the bars.
const NAMES: f64 = 170.0;
const STYLE: &str = include_str!("report.css");

/// Writes the page.
pub(in crate::export) fn html(report: &Report) -> String {
    let page = html! {
        (DOCTYPE)
        html lang=(report.language) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { (report.title) " — " (report.subtitle) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { (report.title) }
                    p.subtitle { (report.subtitle) }
                    @for block in &report.blocks { (block_of(block)) }
                }
                footer { (report.foot) }
            }
        }
    };
    page.into_string()
}

fn block_of(block: &Block) -> Markup {
    match block {
        Block::Heading(text) => html! { h2 { (text) } },
        Block::Text(text) => html! { p { (text) } },
        Block::Code(text) => html! { p.code { code { (text) } } },
        Block::Facts(facts) => html! {
            dl { @for (name, value) in facts { div { dt { (name) } dd { (value) } } } }
        },
        Block::Table { caption, head, rows, numbers } => html! {
            div.wide { table {
                caption { (caption) }
                thead { tr { @for (column, name) in head.iter().enumerate() {
                    th scope="col" class=[(column >= *numbers).then_some("number")] { (name) }
                } } }
                tbody { @for row in rows { tr { @for (column, cell) in row.iter().enumerate() {
                    td class=[(column >= *numbers).then_some("number")] { (cell) }
                } } } }
            } }
        },
        Block::Chart { caption, legend, bars } => chart(caption, legend, bars),
    }
}

fn colour(part: usize) -> String {
    let [red, green, blue] = COLOURS[part % COLOURS.len()];
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn chart(caption: &str, legend: &[String], bars: &[(String, Vec<u64>)]) -> Markup {
    let most = bars.iter().map(|(_, parts)| parts.iter().sum::<u64>()).max().unwrap_or(1).max(1);
    let (height, step) = (24.0 * bars.len() as f64, 24.0);
    let room = WIDTH - NAMES - 90.0;
    html! {
        figure {
            figcaption { (caption) }
            p.legend { @for (part, name) in legend.iter().enumerate() {
                span { span.mark style={ "background:" (colour(part)) } {} (name) }
            } }
            svg viewBox={ "0 0 " (WIDTH) " " (height) } role="img" aria-label=(caption) {
                @for (place, (name, parts)) in bars.iter().enumerate() {
                    @let top = place as f64 * step;
                    text x=(NAMES - 8.0) y=(top + 16.0) text-anchor="end" { (short(name)) }
                    @let sum = parts.iter().sum::<u64>();
                    @for (part, (from, to)) in spans(parts).into_iter().enumerate() {
                        rect x=(NAMES + room * from as f64 / most as f64) y=(top + 4.0)
                            width=(room * (to - from) as f64 / most as f64) height="16" fill=(colour(part)) {}
                    }
                    text x=(NAMES + room * sum as f64 / most as f64 + 6.0) y=(top + 16.0) { (number(sum)) }
                }
            }
        }
    }
}

/// Where each part of a bar begins and ends.
pub(super) fn spans(parts: &[u64]) -> Vec<(u64, u64)> {
    let mut at = 0;
    parts
        .iter()
        .map(|part| {
            let from = at;
            at += part;
            (from, at)
        })
        .collect()
}

/// A name as long as there is room for it.
pub(super) fn short(name: &str) -> String {
    match name.chars().count() {
        0..=26 => name.to_owned(),
        _ => name.chars().take(25).chain(['…']).collect(),
    }
}
