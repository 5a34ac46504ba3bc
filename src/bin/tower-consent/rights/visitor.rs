//! `visitor`: what is kept about one person; shown, given out, destroyed.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand};
use serde_json::json;
use time::format_description::well_known::Rfc3339;
use tower_consent::{
    language::Language,
    record::{Kind, Record},
    rights::{self, Destruction, Subject, destructions},
    signal::{AccountId, VisitorId},
};

use super::{Failure, Format, Opened, Outcome, Place, is_html, write_new};

const HELP: &str = "Examples:
  tower-consent visitor show CQkJCQkJCQkJCQkJCQkJCQ --store sled:store
  tower-consent visitor export CQkJCQkJCQkJCQkJCQkJCQ --store sled:store --out answer.html --language ru
  tower-consent visitor erase CQkJCQkJCQkJCQkJCQkJCQ --store sled:store --reason 'order of the court'
  tower-consent visitor show --account user-4711 --store sled:store

A visitor's id stands in his choice cookie, in his receipts, and in `requests show`. Where the site links visitors with the \
accounts they sign in with, the account's own name finds all of them.";

#[derive(Debug, Subcommand)]
#[command(after_help = HELP)]
pub(crate) enum VisitorCommand {
    /// Prints every event of a visitor, or of an account's visitors, with its personal values.
    #[command(after_help = "Example:\n  tower-consent visitor show CQkJCQkJCQkJCQkJCQkJCQ --store sled:store")]
    Show {
        #[command(flatten)]
        whose: Whose,
        #[command(flatten)]
        place: Place,
    },
    /// Writes the answer to a request for access: JSON, HTML or plain text, by the file's ending; the log tells of it.
    #[command(
        after_help = "Example:\n  tower-consent visitor export CQkJCQkJCQkJCQkJCQkJCQ --store sled:store --out answer.html"
    )]
    Export {
        #[command(flatten)]
        whose: Whose,
        /// The file: .json, .html or .txt.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// A language of the site; without it the binding one.
        #[arg(long)]
        language: Option<Language>,
        #[command(flatten)]
        place: Place,
    },
    /// Destroys salts and personal values of a visitor, or of an account's visitors, tells the log, and prints what was destroyed. It cannot be taken
    /// back.
    #[command(
        after_help = "Example:\n  tower-consent visitor erase CQkJCQkJCQkJCQkJCQkJCQ --store sled:store --reason 'by letter'"
    )]
    Erase {
        #[command(flatten)]
        whose: Whose,
        /// Only the links of the account: its visitors stay, and nothing tells any more that they are one person's.
        // The conflict besides: clap takes an id, which excludes the account, for a reason not to ask for the account.
        #[arg(long, requires = "account", conflicts_with = "id")]
        links_only: bool,
        /// Why; it stands in the log for ever, so name nobody.
        #[arg(long, value_name = "TEXT", default_value = "operator")]
        reason: String,
        #[command(flatten)]
        place: Place,
    },
}

/// Whom a command is about.
#[derive(Debug, Args)]
pub(crate) struct Whose {
    /// The visitor's id.
    #[arg(required_unless_present = "account", conflicts_with = "account")]
    id: Option<String>,
    /// The site's own name of an account, exactly as it is linked: all visitors linked with it.
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
}

/// The same, found in the store.
enum Who {
    Visitor(VisitorId),
    Account(AccountId),
}

impl Whose {
    fn find(&self, opened: &Opened) -> Result<Who, Failure> {
        match (&self.id, &self.account) {
            (_, Some(name)) => {
                let account = pollster::block_on(rights::account(&*opened.store, name))?;
                account
                    .map(Who::Account)
                    .ok_or_else(|| "no visitor of this store was ever linked with an account".into())
            }
            (id, None) => Ok(Who::Visitor(visitor(id.as_deref().unwrap_or_default())?)),
        }
    }

    /// Says that there is nothing.
    fn nothing(&self) -> Failure {
        let whom = if self.account.is_some() { "account, by exactly this name" } else { "visitor" };
        format!("nothing is kept about this {whom}").into()
    }
}

pub(crate) fn run(command: &VisitorCommand) -> Outcome {
    match command {
        VisitorCommand::Show { whose, place } => {
            let mut opened = place.open()?;
            let who = whose.find(&opened)?;
            let subject = read(&mut opened, who)?;
            if subject.account.is_some() && subject.visitors.is_empty() {
                return Err(whose.nothing());
            }
            match place.format {
                Format::Json => println!("{:#}", subject.json(&opened.policy, opened.now)),
                Format::Text => {
                    if let Some(account) = subject.account {
                        println!("account   {account}, linked with {} visitor(s)", subject.visitors.len());
                    }
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
        VisitorCommand::Export { whose, out, language, place } => {
            let json = out.extension().is_some_and(|ending| ending == "json");
            let html = !json && is_html(out)?;
            let mut opened = place.open()?;
            let who = whose.find(&opened)?;
            let subject = read(&mut opened, who)?;
            if subject.events.is_empty() {
                return Err(whose.nothing());
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
            let form = match (json, html) {
                (true, _) => "json",
                (_, true) => "html",
                _ => "text",
            };
            let told = subject.visitors.iter().map(|visitor| {
                let mut record = Record::of(Kind::Export, opened.now, opened.policy.version());
                (record.visitor, record.by, record.source) = (Some(*visitor), "operator", "operator");
                record.facts.insert("level", "subject".to_owned());
                record.facts.insert("format", form.to_owned());
                record
            });
            pollster::block_on(opened.log.append(told.collect()))?;
            match place.format {
                Format::Json => {
                    println!("{:#}", json!({ "file": out.display().to_string(), "events": subject.events.len() }))
                }
                Format::Text => println!("{}: {} event(s)", out.display(), subject.events.len()),
            }
            Ok(ExitCode::SUCCESS)
        }
        VisitorCommand::Erase { whose, links_only, reason, place } => {
            let mut opened = place.open()?;
            let people = match whose.find(&opened)? {
                Who::Visitor(id) => vec![id],
                Who::Account(account) if *links_only => vec![account.subject()],
                Who::Account(account) => {
                    let mut people = pollster::block_on(rights::linked(&*opened.store, account))?;
                    people.push(account.subject());
                    people
                }
            };
            let receipt = pollster::block_on(opened.log.erase_all(&people, reason, opened.now))?;
            let Some(receipt) = receipt else { return Err(whose.nothing()) };
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

fn read(opened: &mut Opened, who: Who) -> Result<Subject, Failure> {
    let store = opened.store.clone();
    Ok(match who {
        Who::Visitor(id) => pollster::block_on(Subject::read(&mut opened.log, &*store, id))?,
        Who::Account(account) => pollster::block_on(Subject::read_account(&mut opened.log, &*store, account))?,
    })
}
