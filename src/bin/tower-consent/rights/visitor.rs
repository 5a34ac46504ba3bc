//! `visitor`: what is kept about one person; shown, given out, destroyed.

use std::{path::PathBuf, process::ExitCode};

use clap::Subcommand;
use serde_json::json;
use time::format_description::well_known::Rfc3339;
use tower_consent::{
    language::Language,
    record::{Kind, Record},
    rights::{Destruction, Subject, destructions},
    signal::VisitorId,
};

use super::{Failure, Format, Opened, Outcome, Place, is_html, write_new};

const HELP: &str = "Examples:
  tower-consent visitor show CQkJCQkJCQkJCQkJCQkJCQ --store sled:store
  tower-consent visitor export CQkJCQkJCQkJCQkJCQkJCQ --store sled:store --out answer.html --language ru
  tower-consent visitor erase CQkJCQkJCQkJCQkJCQkJCQ --store sled:store --reason 'order of the court'

A visitor's id stands in his choice cookie, in his receipts, and in `requests show`.";

#[derive(Debug, Subcommand)]
#[command(after_help = HELP)]
pub(crate) enum VisitorCommand {
    /// Prints every event of a visitor with its personal values.
    #[command(after_help = "Example:\n  tower-consent visitor show CQkJCQkJCQkJCQkJCQkJCQ --store sled:store")]
    Show {
        /// The visitor's id.
        id: String,
        #[command(flatten)]
        place: Place,
    },
    /// Writes the answer to a request for access: JSON, HTML or plain text, by the file's ending; the log tells of it.
    #[command(
        after_help = "Example:\n  tower-consent visitor export CQkJCQkJCQkJCQkJCQkJCQ --store sled:store --out answer.html"
    )]
    Export {
        /// The visitor's id.
        id: String,
        /// The file: .json, .html or .txt.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// A language of the site; without it the binding one.
        #[arg(long)]
        language: Option<Language>,
        #[command(flatten)]
        place: Place,
    },
    /// Destroys salts and personal values of a visitor, tells the log, and prints what was destroyed. It cannot be taken
    /// back.
    #[command(
        after_help = "Example:\n  tower-consent visitor erase CQkJCQkJCQkJCQkJCQkJCQ --store sled:store --reason 'by letter'"
    )]
    Erase {
        /// The visitor's id.
        id: String,
        /// Why; it stands in the log for ever, so name nobody.
        #[arg(long, value_name = "TEXT", default_value = "operator")]
        reason: String,
        #[command(flatten)]
        place: Place,
    },
}

pub(crate) fn run(command: &VisitorCommand) -> Outcome {
    match command {
        VisitorCommand::Show { id, place } => {
            let id = visitor(id)?;
            let mut opened = place.open()?;
            let subject = read(&mut opened, id)?;
            match place.format {
                Format::Json => println!("{:#}", subject.json(&opened.policy, opened.now)),
                Format::Text => {
                    for event in &subject.events {
                        let kind = event.fields.get("kind").and_then(|kind| kind.as_str()).unwrap_or_default();
                        let time = event.receipt.time.format(&Rfc3339).unwrap_or_default();
                        println!("{:>8}  {time}  {kind}", event.receipt.index);
                        for (name, value) in &event.values {
                            println!("          {name} {value}");
                        }
                    }
                    println!("{} event(s)", subject.events.len());
                }
            }
            Ok(ExitCode::SUCCESS)
        }
        VisitorCommand::Export { id, out, language, place } => {
            let id = visitor(id)?;
            let json = out.extension().is_some_and(|ending| ending == "json");
            let html = !json && is_html(out)?;
            let mut opened = place.open()?;
            let subject = read(&mut opened, id)?;
            if subject.events.is_empty() {
                return Err("nothing is kept about this visitor".into());
            }
            let language = opened.language(language.as_ref());
            if !opened.policy.site().languages.contains(&language) {
                return Err(format!("the site has no texts in `{language}`").into());
            }
            let text = match (json, html) {
                (true, _) => format!("{:#}\n", subject.json(&opened.policy, opened.now)),
                (_, true) => subject.html(&opened.policy, &language, opened.now),
                _ => subject.text(&opened.policy, &language, opened.now),
            };
            write_new(out, &text)?;
            // Giving it out is an operation on the data itself, and told like every other (152-FZ, article 3(3)).
            let mut record = Record::of(Kind::Export, opened.now, opened.policy.version());
            (record.visitor, record.by, record.source) = (Some(id), "operator", "operator");
            record.facts.insert("level", "subject".to_owned());
            record.facts.insert(
                "format",
                (if json {
                    "json"
                } else if html {
                    "html"
                } else {
                    "text"
                })
                .to_owned(),
            );
            pollster::block_on(opened.log.append(vec![record]))?;
            match place.format {
                Format::Json => {
                    println!("{:#}", json!({ "file": out.display().to_string(), "events": subject.events.len() }))
                }
                Format::Text => println!("{}: {} event(s)", out.display(), subject.events.len()),
            }
            Ok(ExitCode::SUCCESS)
        }
        VisitorCommand::Erase { id, reason, place } => {
            let id = visitor(id)?;
            let mut opened = place.open()?;
            let receipt = pollster::block_on(opened.log.erase(id, reason, opened.now))?;
            let Some(receipt) = receipt else {
                return Err("nothing is kept about this visitor".into());
            };
            let what = pollster::block_on(destructions(&*opened.store, receipt.index))?;
            match place.format {
                Format::Json => {
                    let one = what.first().ok_or("the log does not tell of the erasure")?;
                    println!("{:#}", json!({ "event": one.index, "events": one.targets, "values": one.values }));
                }
                Format::Text => what.iter().for_each(|one| println!("{}", told(one))),
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Says what was destroyed.
pub(super) fn told(one: &Destruction) -> String {
    let values: Vec<String> = one.values.iter().map(|(name, count)| format!("{count} {name}")).collect();
    let places: Vec<String> = one.targets.iter().map(u64::to_string).collect();
    format!(
        "destroyed: the personal values of {} event(s), no. {}: {}\nthe log tells of it in event {}; the events themselves stay, and name nobody",
        one.events,
        places.join(", "),
        values.join(", "),
        one.index
    )
}

fn visitor(id: &str) -> Result<VisitorId, Failure> {
    VisitorId::parse(id).ok_or_else(|| format!("`{id}` is no id of a visitor: 22 letters, digits, - and _").into())
}

fn read(opened: &mut Opened, id: VisitorId) -> Result<Subject, Failure> {
    let store = opened.store.clone();
    Ok(pollster::block_on(Subject::read(&mut opened.log, &*store, id))?)
}
