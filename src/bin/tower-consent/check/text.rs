//! Findings for people: by folder and file, with the line underlined and the way to mend it.

use std::{collections::BTreeSet, fmt::Write};

use annotate_snippets::{
    AnnotationKind, Group, Level as Shown, Origin, Renderer, Snippet, level::Level as ShownLevel,
    normalize_untrusted_str, renderer::DecorStyle,
};
use anstream::adapter::strip_str;
use clap::builder::styling::{AnsiColor, Style};
use tower_consent::policy::{Diagnostic, Level};

use super::{Count, Findings, Folder, Found};
use crate::screen;

const BOLD: Style = Style::new().bold();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::BrightRed.on_default().bold();
const DOUBTFUL: Style = AnsiColor::Yellow.on_default().bold();

/// Returns the whole report, with colours.
pub(super) fn report(folders: &[Folder], width: usize) -> String {
    let mut output = String::new();
    for folder in folders {
        match &folder.result {
            Ok(findings) => folder_report(&mut output, folder, findings, width),
            Err(_) => line(&mut output, BAD, &format!("{}: could not be read", folder.path.display())),
        }
    }
    if folders.len() > 1 {
        let unread = folders.iter().filter(|folder| folder.result.is_err()).count();
        let count = folders.iter().map(Folder::count).fold(Count::default(), Count::plus);
        let mut parts = vec![format!("{} folders", folders.len())];
        if unread > 0 {
            parts.push(format!("{unread} could not be read"));
        }
        parts.push(counted(count));
        line(&mut output, style(count), &parts.join(", "));
    }
    output
}

fn folder_report(output: &mut String, folder: &Folder, findings: &Findings, width: usize) {
    let renderer = Renderer::styled().decor_style(DecorStyle::Unicode).term_width(width);
    for of_file in findings.found.chunk_by(|one, other| one.diagnostic.file == other.diagnostic.file) {
        let path = findings.path(&folder.path, &of_file[0].diagnostic).display().to_string();
        line(output, BOLD, &format!("{path}: {}", counted(Count::of(of_file))));
        output.push('\n');
        for found in of_file {
            let report = [group(&path, findings.source(&found.diagnostic), found, width)];
            output.push_str(&renderer.render(&report));
            output.push_str("\n\n");
        }
    }
    let count = folder.count();
    let mut summary = format!("{}: {}", folder.path.display(), counted(count));
    match &findings.version {
        Some(version) => {
            // Writing to a string does not fail.
            let _ = write!(summary, "; {} rules checked, version {}", findings.rules, &version[..16]);
        }
        None => summary.push_str("; the policy cannot be used until the errors are mended; no rules checked"),
    }
    line(output, style(count), &summary);
    if !findings.silenced.is_empty() {
        let codes: BTreeSet<_> = findings.silenced.iter().map(|found| found.diagnostic.code).collect();
        let codes = codes.into_iter().collect::<Vec<_>>().join(", ");
        line(
            output,
            Style::new(),
            &format!("{}: switched off by the policy, with a reason: {codes}", folder.path.display()),
        );
    }
    if let Some(rule) = findings.found.iter().find_map(|found| found.rule) {
        line(
            output,
            Style::new(),
            &format!("`tower-consent explain {}` tells what a rule asks, why, and how it is kept", rule.code()),
        );
    }
}

fn group<'a>(path: &'a str, source: &'a str, found: &'a Found, width: usize) -> Group<'a> {
    let diagnostic = &found.diagnostic;
    let level: ShownLevel<'a> = match diagnostic.level {
        Level::Error => Shown::ERROR,
        Level::Warning => Shown::WARNING,
        _ => Shown::INFO,
    };
    let mut group = level
        .primary_title(diagnostic.message.as_str())
        .id(diagnostic.code)
        .element_or_origin(path, source, diagnostic);
    // The marks before the text take up to eleven columns.
    let wrapped = |text: &str| screen::wrapped(&normalize_untrusted_str(text), width.saturating_sub(16).max(24));
    group = group.element(Shown::HELP.with_name("fix").message(wrapped(&diagnostic.help)));
    if let Some(rule) = found.rule {
        let basis = rule.basis();
        let law = format!("{} ({})", basis.article, screen::confidence(&basis.confidence));
        group = group.element(Shown::NOTE.with_name("law").message(wrapped(&law)));
        if let Some(fine) = rule.fine() {
            let fine = format!("{}, {}", fine.amount, fine.article);
            group = group.element(Shown::NOTE.with_name("fine").message(wrapped(&fine)));
        }
    }
    if let Some(reason) = &found.reason {
        group = group.element(Shown::NOTE.with_name("level set by the policy").message(wrapped(reason)));
    }
    group
}

/// Adds the line in question, or only the name of the file where there is no line to show.
trait Placed<'a> {
    fn element_or_origin(self, path: &'a str, source: &'a str, diagnostic: &Diagnostic) -> Group<'a>;
}

impl<'a> Placed<'a> for annotate_snippets::Title<'a> {
    fn element_or_origin(self, path: &'a str, source: &'a str, diagnostic: &Diagnostic) -> Group<'a> {
        if source.trim().is_empty() {
            return self.element(Origin::path(path));
        }
        self.element(
            Snippet::source(source).path(path).annotation(AnnotationKind::Primary.span(first_line(source, diagnostic))),
        )
    }
}

/// Cuts a place down to its first line: a mark over a whole table shows less than one over its heading.
fn first_line(source: &str, diagnostic: &Diagnostic) -> std::ops::Range<usize> {
    let start = diagnostic.span.start.min(source.len());
    let end = diagnostic.span.end.clamp(start, source.len());
    let marked = source.get(start..end).unwrap_or_default();
    let length = marked.find('\n').unwrap_or(marked.len());
    start..start + marked[..length].trim_end().len()
}

fn counted(count: Count) -> String {
    let plural = |number: usize, word: &str| format!("{number} {word}{}", if number == 1 { "" } else { "s" });
    let mut parts = Vec::new();
    if count.errors > 0 {
        parts.push(plural(count.errors, "error"));
    }
    if count.warnings > 0 {
        parts.push(plural(count.warnings, "warning"));
    }
    if count.infos > 0 {
        parts.push(plural(count.infos, "note"));
    }
    if parts.is_empty() { "nothing to mend".to_owned() } else { parts.join(", ") }
}

fn style(count: Count) -> Style {
    match count {
        Count { errors: 1.., .. } => BAD,
        Count { warnings: 1.., .. } => DOUBTFUL,
        _ => GOOD,
    }
}

/// Writes one line in a style; what it says comes from names of files and holds no colours of its own.
fn line(output: &mut String, style: Style, text: &str) {
    let text = normalize_untrusted_str(&strip_str(text).to_string());
    output.push_str(&format!("{style}{text}{style:#}\n"));
}
