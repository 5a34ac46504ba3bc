//! `requests`: the register of what people asked for, and the operator's steps.

use std::{path::PathBuf, process::ExitCode};

use clap::{Args, Subcommand};
use serde_json::{Value, json};
use time::{Date, OffsetDateTime, format_description::well_known::Rfc3339};
use tower_consent::{
    record::Record,
    rights::{self, Due, Request, State, What, destructions, local_day},
    signal::VisitorId,
};

use super::{Failure, Format, Opened, Outcome, Place, Sheet};

const HELP: &str = "Examples:
  tower-consent requests list --store sled:store
  tower-consent requests list --store sled:store --open --format json
  tower-consent requests add access --store sled:store --contact ivan@mail.example --message 'a letter of 24 November'
  tower-consent requests show 17 --store sled:store
  tower-consent requests extend 17 --store sled:store --message 'the archive must be asked'
  tower-consent requests answer 17 --store sled:store --message-file answer.txt
  tower-consent requests done 18 --store sled:store --erase
  tower-consent requests act 18 --store sled:store --out act-18.html

A request's number is the place of its event in the log. Exit codes: 0 good, 1 overdue requests listed, 2 could not run.";

#[derive(Debug, Subcommand)]
#[command(after_help = HELP)]
pub(crate) enum RequestsCommand {
    /// Lists requests with the day an answer is due; exit code 1 when one is overdue.
    #[command(after_help = "Example:\n  tower-consent requests list --store sled:store --open")]
    List {
        #[command(flatten)]
        place: Place,
        /// Only those that something is still owed on.
        #[arg(long)]
        open: bool,
    },
    /// Shows one request with everything that is kept of it.
    #[command(after_help = "Example:\n  tower-consent requests show 17 --store sled:store")]
    Show {
        /// Its number.
        number: u64,
        #[command(flatten)]
        place: Place,
    },
    /// Writes down a request that came by letter, mail or telephone.
    #[command(
        after_help = "Example:\n  tower-consent requests add correction --store sled:store --contact '+7 900 000-00-00'"
    )]
    Add {
        /// What is asked for: access, correction, stop, erasure, withdrawal.
        what: What,
        /// How the person can be reached.
        #[arg(long)]
        contact: Option<String>,
        /// The visitor it is about, where the person told his id; without it what is known is kept apart from all else.
        #[arg(long, value_name = "ID")]
        visitor: Option<String>,
        #[command(flatten)]
        text: Text,
        #[command(flatten)]
        place: Place,
    },
    /// Notes that it is known who asks.
    #[command(after_help = "Example:\n  tower-consent requests identify 17 --store sled:store --message 'by passport'")]
    Identify(Step),
    /// Puts the answer off, where law lets it; the message is the reasoned notice.
    #[command(after_help = "Example:\n  tower-consent requests extend 17 --store sled:store --message-file notice.txt")]
    Extend(Step),
    /// Notes the answer that was given; the visitor sees it in the privacy centre. It sends nothing.
    #[command(after_help = "Example:\n  tower-consent requests answer 17 --store sled:store --message-file answer.txt")]
    Answer(Step),
    /// Refuses with reasons; the visitor sees them in the privacy centre.
    #[command(after_help = "Example:\n  tower-consent requests refuse 17 --store sled:store --message 'asked before'")]
    Refuse(Step),
    /// Notes that it is done; `--erase` destroys the person's values first.
    #[command(after_help = "Example:\n  tower-consent requests done 18 --store sled:store --erase")]
    Done {
        #[command(flatten)]
        step: Step,
        /// Destroys the personal values of the person who asked, and their salts. It cannot be taken back.
        #[arg(long)]
        erase: bool,
    },
    /// Writes act and log extract of the destruction a request ended with, ready to sign.
    #[command(
        after_help = "Example:\n  tower-consent requests act 18 --store sled:store --out act-18.html --language ru"
    )]
    Act {
        /// Its number.
        number: u64,
        #[command(flatten)]
        sheet: Sheet,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Step {
    /// The request's number.
    number: u64,
    #[command(flatten)]
    text: Text,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Args)]
pub(crate) struct Text {
    /// What was written.
    #[arg(long, value_name = "TEXT", conflicts_with = "message_file")]
    message: Option<String>,
    /// A file with what was written.
    #[arg(long, value_name = "FILE")]
    message_file: Option<PathBuf>,
}

impl Text {
    fn read(&self) -> Result<Option<String>, Failure> {
        let text = match &self.message_file {
            Some(path) => {
                let text = std::fs::read_to_string(path);
                Some(text.map_err(|error| format!("cannot read {}: {error}", path.display()))?)
            }
            None => self.message.clone(),
        };
        let text = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
        match text.as_ref().map(String::len) {
            Some(length) if length > rights::LONGEST_TEXT => {
                Err(format!("the message has {length} bytes, the log takes {}", rights::LONGEST_TEXT).into())
            }
            _ => Ok(text),
        }
    }
}

pub(crate) fn run(command: &RequestsCommand) -> Outcome {
    match command {
        RequestsCommand::List { place, open } => list(place, *open),
        RequestsCommand::Show { number, place } => {
            let opened = place.open()?;
            let request = find(&opened, *number)?;
            print(place, &opened, &request, &[])
        }
        RequestsCommand::Add { what, contact, visitor, text, place } => {
            let visitor = match visitor {
                Some(id) => VisitorId::parse(id).ok_or_else(|| format!("`{id}` is no id of a visitor"))?,
                None => {
                    let mut bits = [0; 16];
                    getrandom::fill(&mut bits)?;
                    VisitorId::from_random(bits)
                }
            };
            let message = text.read()?;
            let mut opened = place.open()?;
            let mut record = rights::received(*what, visitor, &opened.policy, opened.now);
            (record.contact, record.message) = (contact.clone(), message);
            let number = append(&mut opened, record)?;
            let request = find(&opened, number)?;
            print(place, &opened, &request, &[])
        }
        RequestsCommand::Identify(step) => take(step, State::Identified),
        RequestsCommand::Extend(step) => take(step, State::Extended),
        RequestsCommand::Answer(step) => take(step, State::Answered),
        RequestsCommand::Refuse(step) => take(step, State::Refused),
        RequestsCommand::Done { step, erase: false } => take(step, State::Done),
        RequestsCommand::Done { step, erase: true } => erase(step),
        RequestsCommand::Act { number, sheet } => sheet.write(|opened| {
            let request = find(opened, *number)?;
            let erasure = request.steps.iter().find_map(|step| step.erasure);
            let erasure = erasure.ok_or_else(|| format!("request {number} did not end with a destruction"))?;
            Ok((erasure, Some(request)))
        }),
    }
}

fn list(place: &Place, open: bool) -> Outcome {
    let opened = place.open()?;
    let today = local_day(&opened.policy, opened.now);
    let mut requests = pollster::block_on(rights::register(&*opened.store, &opened.policy))?;
    requests.retain(|request| !open || request.is_open());
    // What is due first stands first; what cannot be computed before all.
    requests.sort_by_key(|request| (!request.is_open(), request.due_day(), request.number));
    let overdue = requests.iter().filter(|request| request.is_overdue(today)).count();
    match place.format {
        Format::Json => {
            let list: Vec<Value> = requests.iter().map(|request| value(request, today)).collect();
            println!("{:#}", json!({ "today": today.to_string(), "overdue": overdue, "requests": list }));
        }
        Format::Text => {
            println!("{:>8}  {:<10}  {:<10}  {:<10}  {:<10}  left", "number", "what", "state", "received", "due");
            for request in &requests {
                let received = local_day(&opened.policy, request.received).to_string();
                let left = request
                    .days_left(today)
                    .map(|days| if days < 0 { format!("{days} OVERDUE") } else { days.to_string() });
                println!(
                    "{:>8}  {:<10}  {:<10}  {received:<10}  {:<10}  {}",
                    request.number,
                    request.what.as_str(),
                    request.state().as_str(),
                    request.due_day().map_or_else(|| "UNKNOWN".to_owned(), |day| day.to_string()),
                    left.unwrap_or_default()
                );
            }
            println!("{} request(s), {overdue} overdue", requests.len());
        }
    }
    for request in &requests {
        tell_unknown(request);
    }
    Ok(if overdue == 0 { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

fn take(step: &Step, state: State) -> Outcome {
    let message = step.text.read()?;
    if message.is_none() && matches!(state, State::Extended | State::Refused) {
        return Err(format!("`{}` needs its reasons: --message or --message-file", state.as_str()).into());
    }
    let mut opened = step.place.open()?;
    let request = find(&opened, step.number)?;
    let mut record = request.step(state, &opened.policy, opened.now).map_err(|unfit| match unfit {
        rights::Unfit::Undestroyed => {
            format!("request {}: {unfit}; `requests done {0} --erase` does both", step.number)
        }
        other => format!("request {}: {other}", step.number),
    })?;
    record.message = message;
    append(&mut opened, record)?;
    let request = find(&opened, step.number)?;
    print(&step.place, &opened, &request, &[])
}

fn erase(step: &Step) -> Outcome {
    let mut opened = step.place.open()?;
    let request = find(&opened, step.number)?;
    // Whether it fits is asked before anything is destroyed.
    let unfit = |unfit| format!("request {}: {unfit}", step.number);
    request.done_by(None, &opened.policy, opened.now).map_err(unfit)?;
    let visitor = request.visitor.ok_or_else(|| format!("nothing personal is left of request {}", step.number))?;
    let reason = format!("request {}", step.number);
    let receipt = pollster::block_on(opened.log.erase(visitor, &reason, opened.now))?;
    let receipt = receipt.ok_or("nothing was left to destroy")?;
    let record = request.done_by(Some(receipt.index), &opened.policy, opened.now).map_err(unfit)?;
    append(&mut opened, record)?;
    let request = find(&opened, step.number)?;
    let what = pollster::block_on(destructions(&*opened.store, receipt.index))?;
    let told: Vec<String> = what.iter().map(super::visitor::told).collect();
    print(&step.place, &opened, &request, &told)
}

fn append(opened: &mut Opened, record: Record) -> Result<u64, Failure> {
    let receipts = pollster::block_on(opened.log.append(vec![record]))?;
    Ok(receipts.first().ok_or("the log gave no receipt")?.index)
}

fn find(opened: &Opened, number: u64) -> Result<Request, Failure> {
    let request = pollster::block_on(rights::request(&*opened.store, &opened.policy, number))?;
    request.ok_or_else(|| format!("there is no request {number}: `requests list` shows all").into())
}

fn print(place: &Place, opened: &Opened, request: &Request, told: &[String]) -> Outcome {
    let today = local_day(&opened.policy, opened.now);
    let shown = value(request, today);
    match place.format {
        Format::Json => {
            let mut shown = shown;
            if !told.is_empty() {
                shown["destroyed"] = json!(told);
            }
            println!("{shown:#}");
        }
        Format::Text => {
            println!("request   {}", request.number);
            for name in [
                "what",
                "state",
                "received",
                "due",
                "extendable_to",
                "days_left",
                "clock",
                "source",
                "visitor",
                "contact",
                "message",
            ] {
                match &shown[name] {
                    Value::Null => {}
                    Value::String(text) => println!("{name:<9} {}", text.replace('\n', "\n          ")),
                    other => println!("{name:<9} {other}"),
                }
            }
            for step in &request.steps {
                println!("  {} {}", moment(step.time), step.state.as_str());
                for line in step.message.iter().flat_map(|text| text.lines()) {
                    println!("    {line}");
                }
            }
            told.iter().for_each(|line| println!("{line}"));
        }
    }
    tell_unknown(request);
    Ok(ExitCode::SUCCESS)
}

/// Says aloud that a term cannot be computed.
fn tell_unknown(request: &Request) {
    if let Due::Unknown(missing) = &request.due {
        eprintln!("tower-consent: request {}: {missing}", request.number);
    }
}

fn moment(moment: OffsetDateTime) -> String {
    moment.format(&Rfc3339).unwrap_or_default()
}

fn value(request: &Request, today: Date) -> Value {
    let steps: Vec<Value> = request.steps.iter().map(|step| {
        json!({ "index": step.index, "state": step.state.as_str(), "time": moment(step.time), "message": step.message,
            "erasure": step.erasure })
    }).collect();
    let (clock, extendable) = match &request.due {
        Due::Until(deadline) => (Some(&deadline.clock), deadline.extended.map(|day| day.to_string())),
        _ => (None, None),
    };
    json!({
        "number": request.number,
        "what": request.what.as_str(),
        "state": request.state().as_str(),
        "received": moment(request.received),
        "source": request.source,
        "laws": request.laws.iter().map(|law| law.as_str()).collect::<Vec<_>>(),
        "open": request.is_open(),
        "due": request.due_day().map(|day| day.to_string()),
        "extendable_to": extendable,
        "clock": clock,
        "days_left": request.days_left(today),
        "overdue": request.is_overdue(today),
        "visitor": request.visitor.map(|visitor| visitor.to_string()),
        "contact": request.contact,
        "message": request.message,
        "steps": steps,
    })
}
