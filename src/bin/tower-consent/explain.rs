//! `explain`: what a rule asks, why, and how it is kept, for reading in a terminal.

use std::{collections::BTreeMap, fmt::Write, process::ExitCode};

use clap::{
    Args,
    builder::styling::{AnsiColor, Style},
};
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};
use tower_consent::{
    lint::{self, Rule},
    policy::{fault_codes, fault_meaning},
};

use super::screen;

const BOLD: Style = Style::new().bold();
const CODE: Style = AnsiColor::Cyan.on_default();
const FAINT: Style = Style::new().dimmed();

/// Widest lines of prose that are read with ease.
const WIDEST: usize = 96;

/// Tells what a rule of `check` asks, why, and how it is kept; without a code, lists all rules.
#[derive(Debug, Args)]
#[command(after_help = "\
Exit codes: 0 explained; 2 there is no such code.

Examples:
  tower-consent explain
  tower-consent explain RU-152-9-4-TERM
  tower-consent explain unknown-key")]
pub(super) struct Explain {
    /// A code as `check` prints it.
    #[arg(value_name = "CODE")]
    code: Option<String>,
}

impl Explain {
    pub(super) fn run(self) -> ExitCode {
        let width = screen::width().min(WIDEST);
        let text = match &self.code {
            None => list(width),
            Some(code) => {
                let same = |known: &str| known.eq_ignore_ascii_case(code);
                if let Some(rule) = lint::rules().find(|rule| same(rule.code())) {
                    explanation(rule, width)
                } else if let Some(code) = fault_codes().find(|known| same(known)) {
                    let meaning = fault_meaning(code).unwrap_or_default();
                    format!("{BOLD}{code}{BOLD:#}\n\n{}\n", screen::wrapped(meaning, width))
                } else {
                    eprintln!("tower-consent: no rule is called `{code}`{}", suggestion(code));
                    return ExitCode::from(2);
                }
            }
        };
        screen::print(&text).err().unwrap_or(ExitCode::SUCCESS)
    }
}

/// Names the nearest code, or says where all are listed.
fn suggestion(code: &str) -> String {
    let code = code.to_ascii_lowercase();
    let known = lint::rules().map(Rule::code).chain(fault_codes());
    let nearest = known.map(|known| (strsim::levenshtein(&code, &known.to_ascii_lowercase()), known)).min();
    match nearest {
        Some((distance, known)) if distance <= 1 + code.len() / 3 => format!("; did you mean `{known}`?"),
        _ => "; `tower-consent explain` lists all".to_owned(),
    }
}

fn list(width: usize) -> String {
    let mut by_profile: BTreeMap<&str, Vec<&Rule>> = BTreeMap::new();
    for rule in lint::rules() {
        by_profile.entry(rule.profiles()[0].as_str()).or_default().push(rule);
    }
    let mut output = String::new();
    for (profile, rules) in by_profile {
        let _ = writeln!(output, "{BOLD}{profile}{BOLD:#}"); // writing to a string does not fail
        for rule in rules {
            entry(&mut output, rule.code(), rule.level().as_str(), rule.expectation(), width);
        }
        output.push('\n');
    }
    let _ = writeln!(output, "{BOLD}faults of the format{BOLD:#}");
    for code in fault_codes() {
        let level = if matches!(code, "editorial-stale" | "unused-level") { "warning" } else { "error" };
        entry(&mut output, code, level, fault_meaning(code).unwrap_or_default(), width);
    }
    output
}

fn entry(output: &mut String, code: &str, level: &str, text: &str, width: usize) {
    const INDENT: usize = 34;
    let text = screen::wrapped(text, width.saturating_sub(INDENT).max(24)).replace('\n', &format!("\n{:INDENT$}", ""));
    let _ = writeln!(output, "  {CODE}{code:<23}{CODE:#} {FAINT}{level:<7}{FAINT:#} {text}");
}

fn explanation(rule: &Rule, width: usize) -> String {
    let mut output = String::new();
    let basis = rule.basis();
    let profiles: Vec<_> = rule.profiles().iter().map(|profile| profile.as_str()).collect();
    let kinds: Vec<_> = rule.kinds().iter().map(|kind| kind.as_str()).collect();
    let strict = if rule.is_strict() { ", with --strict an error" } else { "" };
    let _ = writeln!(output, "{BOLD}{}{BOLD:#}  {}", rule.code(), rule.expectation());
    let mut facts = vec![
        ("level", format!("{}{strict}", rule.level().as_str())),
        ("for", profiles.join(", ")),
        ("looks at", kinds.join(", ")),
        ("law", basis.article.clone()),
        ("source", format!("{}: {}", screen::confidence(&basis.confidence), basis.source)),
        ("checked", basis.verified_on.clone()),
    ];
    if let Some(fine) = rule.fine() {
        facts.push(("fine", format!("{} for {} ({})", fine.amount, fine.conduct, fine.article)));
    }
    output.push('\n');
    for (name, fact) in facts {
        let fact = screen::wrapped(&fact, width.saturating_sub(11)).replace('\n', "\n           ");
        let _ = writeln!(output, "{FAINT}{name:<10}{FAINT:#} {fact}");
    }
    output.push_str(&readable(rule.explanation(), width));
    output
}

/// Renders the Markdown of an explanation; its title is left out, since it stands above.
fn readable(markdown: &str, width: usize) -> String {
    let mut output = String::new();
    let mut text = String::new();
    let (mut title, mut list, mut block): (bool, usize, Option<String>) = (false, 0, None);
    for event in Parser::new(markdown) {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                title = level == pulldown_cmark::HeadingLevel::H1;
                text.clear();
            }
            Event::End(TagEnd::Heading(_)) => {
                if !title {
                    let _ = writeln!(output, "\n{BOLD}{text}{BOLD:#}");
                }
                text.clear();
            }
            Event::Start(Tag::List(_)) => list += 1,
            Event::End(TagEnd::List(_)) => list -= 1,
            Event::Start(Tag::Item | Tag::Paragraph) => text.clear(),
            Event::End(TagEnd::Item | TagEnd::Paragraph) if !text.is_empty() => {
                let mark = if list > 0 { "- " } else { "" };
                let wrapped = screen::wrapped(&text, width.saturating_sub(mark.len()));
                let _ = writeln!(output, "{mark}{}", wrapped.replace('\n', if list > 0 { "\n  " } else { "\n" }));
                text.clear();
            }
            Event::Start(Tag::CodeBlock(kind)) => {
                text.clear();
                block = Some(match kind {
                    CodeBlockKind::Fenced(info) => info.to_string(),
                    CodeBlockKind::Indented => String::new(),
                });
            }
            Event::End(TagEnd::CodeBlock) => {
                sample(&mut output, &block.take().unwrap_or_default(), &text);
                text.clear();
            }
            Event::Text(part) | Event::Html(part) | Event::InlineHtml(part) => text.push_str(&part),
            Event::Code(part) => {
                let _ = write!(text, "`{part}`");
            }
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            _ => {}
        }
    }
    output
}

/// Writes a sample with what is done to which file in words.
fn sample(output: &mut String, info: &str, body: &str) {
    let (verb, file) = info.split_once(' ').unwrap_or((info, ""));
    let mut part = |heading: &str, body: &str| {
        let _ = writeln!(output, "  {FAINT}{heading}{FAINT:#}");
        for line in body.trim_end().lines() {
            let _ = writeln!(output, "    {CODE}{line}{CODE:#}");
        }
    };
    match (verb, body.split_once("\n---\n")) {
        ("replace", Some((old, new))) => {
            part(&format!("{file}, instead of:"), old);
            part("this:", if new.trim().is_empty() { "(nothing)" } else { new });
        }
        ("append", _) => part(&format!("{file}, at the end:"), body),
        ("create", _) => part(&format!("a new file {file}:"), body),
        ("page", _) => part(&format!("a page of the site, {file}:"), body),
        _ => part(&format!("{file}:"), body),
    }
}
