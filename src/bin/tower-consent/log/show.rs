//! `log show`: an event, and what its visitor saw.

use std::{
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Args;
use scraper::{ElementRef, Html, Node};
use serde_json::{Value, json};
use tower_consent::export::{Replay, replay};

use super::Outcome;
use crate::{Format, place};

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  tower-consent log show 17 --store sled:store
  tower-consent log show 17 --store sled:store --html shown

A record's number is its `index` in exports and receipts. With `--html` the bytes are written as they were shown, one file
for each text; only the form's token and the way back, which differ from page to page, are not in them.")]
pub(crate) struct Arguments {
    /// Number of the event in the log.
    record: u64,
    /// Where the log is kept: `sled:FOLDER`. The server that writes it must be stopped.
    #[arg(long, value_name = "STORE")]
    store: String,
    /// Writes the texts as HTML into this folder.
    #[arg(long, value_name = "FOLDER")]
    html: Option<PathBuf>,
    /// How to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

pub(super) fn run(arguments: &Arguments) -> Outcome {
    let store = place::open_existing(&arguments.store)?;
    let replay = replay(&*store, arguments.record)?;
    let entry: Value = serde_json::from_str(&replay.entry)?;
    if let Some(folder) = &arguments.html {
        write(folder, &replay)?;
    }
    match arguments.format {
        Format::Json => {
            let texts: Vec<_> = replay
                .texts
                .iter()
                .map(|text| {
                    json!({ "name": text.name, "sha256": text.sha256, "named": text.named,
                        "html": String::from_utf8_lossy(&text.bytes) })
                })
                .collect();
            let value = json!({ "index": replay.index, "entry": entry, "texts": texts, "missing": replay.missing });
            println!("{value:#}");
        }
        Format::Text => {
            let text = told(&replay, &entry, arguments.html.as_deref())?;
            match io::stdout().write_all(text.as_bytes()) {
                // Who reads it has seen enough.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
                written => written?,
            }
        }
    }
    Ok(if replay.missing.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn write(folder: &Path, replay: &Replay) -> Result<(), Box<dyn std::error::Error>> {
    let failed = |path: &Path| {
        let what = format!("cannot write {}", path.display());
        move |source: io::Error| format!("{what}: {source}")
    };
    fs::create_dir_all(folder).map_err(failed(folder))?;
    let entry = folder.join("entry.json");
    fs::write(&entry, &replay.entry).map_err(failed(&entry))?;
    for text in &replay.texts {
        let path = folder.join(format!("{}.html", text.name));
        fs::write(&path, &text.bytes).map_err(failed(&path))?;
    }
    Ok(())
}

fn told(replay: &Replay, entry: &Value, html: Option<&Path>) -> Result<String, std::fmt::Error> {
    let mut out = String::new();
    let said = |name: &str| entry[name].as_str().unwrap_or("-").to_owned();
    writeln!(out, "event     {}", replay.index)?;
    for name in ["time", "kind", "by", "source", "method", "language", "policy", "expires"] {
        writeln!(out, "{name:<9} {}", said(name))?;
    }
    for (purpose, granted) in entry["purposes"].as_object().into_iter().flatten() {
        writeln!(out, "  {purpose:<20} {}", if *granted == true { "granted" } else { "refused" })?;
    }
    for (name, value) in entry["facts"].as_object().into_iter().flatten() {
        writeln!(out, "  {name:<20} {}", value.as_str().unwrap_or_default().lines().next().unwrap_or_default())?;
    }
    for text in &replay.texts {
        let whose = if text.named { "as the event names it" } else { "of the version in force" };
        writeln!(out, "\n==== {} ({whose}), SHA-256 {}", text.name, text.sha256)?;
        if let Some(folder) = html {
            writeln!(out, "     {}", folder.join(format!("{}.html", text.name)).display())?;
        }
        writeln!(out, "{}", plain(&String::from_utf8_lossy(&text.bytes)))?;
    }
    for hash in &replay.missing {
        writeln!(out, "\n==== the text {hash} is gone from the store")?;
    }
    Ok(out)
}

/// The words of a page as they stand below each other, controls in brackets.
fn plain(html: &str) -> String {
    let mut text = String::new();
    inside(Html::parse_fragment(html).root_element(), &mut text);
    let mut lines: Vec<&str> = Vec::new();
    for line in text.lines().map(str::trim) {
        if !(line.is_empty() && lines.last().is_none_or(|last| last.is_empty())) {
            lines.push(line);
        }
    }
    lines.join("\n").trim_end().to_owned()
}

/// Writes what stands inside of an element.
fn inside(element: ElementRef<'_>, text: &mut String) {
    for child in element.children() {
        if let Some(inner) = ElementRef::wrap(child) {
            walk(inner, text);
        } else if let Node::Text(written) = child.value() {
            if written.starts_with(char::is_whitespace) && !text.ends_with(char::is_whitespace) {
                text.push(' ');
            }
            let words: Vec<&str> = written.split_whitespace().collect();
            text.push_str(&words.join(" "));
            if written.ends_with(char::is_whitespace) && !words.is_empty() {
                text.push(' ');
            }
        }
    }
}

/// Elements that begin a line of their own.
const BLOCKS: [&str; 24] = [
    "br", "button", "caption", "dd", "details", "div", "dl", "dt", "fieldset", "form", "h1", "h2", "h3", "h4", "label",
    "legend", "li", "ol", "p", "section", "summary", "table", "tr", "ul",
];

fn walk(element: ElementRef<'_>, text: &mut String) {
    let name = element.value().name();
    let block = BLOCKS.contains(&name);
    if matches!(name, "script" | "style" | "template") {
        return;
    }
    if name == "input" {
        match element.attr("type") {
            Some("checkbox") if element.attr("checked").is_some() => text.push_str("[x] "),
            Some("checkbox") => text.push_str("[ ] "),
            _ => {}
        }
        return;
    }
    if block && !text.ends_with('\n') && !text.is_empty() && !text.ends_with("- ") {
        text.push('\n');
    }
    if matches!(name, "h1" | "h2" | "h3" | "p" | "table") && !text.ends_with("- ") {
        text.push('\n');
    }
    if matches!(name, "span" | "small") && text.ends_with(|sign: char| sign.is_alphanumeric() || sign == ')') {
        text.push_str(": ");
    }
    text.push_str(match name {
        "li" => "- ",
        "h1" | "h2" | "h3" | "h4" => "# ",
        "button" => "[",
        _ => "",
    });
    inside(element, text);
    match name {
        "button" => text.push_str("]\n"),
        "td" | "th" if !text.ends_with('\n') => text.push_str(" | "),
        _ if block && !text.ends_with('\n') => text.push('\n'),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_reads_from_top_to_bottom() {
        let page = "<section><h2>Cookies</h2><p>We <b>count</b> visits.</p><style>p{}</style>\
            <form><label><input type=checkbox name=purpose> Metrics</label><button>Refuse</button></form>\
            <table><tr><td>a<td>b</table></section>";
        assert_eq!(plain(page), "# Cookies\n\nWe count visits.\n[ ] Metrics\n[Refuse]\n\na | b |");
    }
}
