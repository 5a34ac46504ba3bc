//! The command line: `check` a policy, print its schema, `scan` pages, look at a log.
//!
//! Exit codes: 0 good, 1 findings, 2 could not run.

#![allow(clippy::print_stdout, clippy::print_stderr)] // a command talks to the terminal

mod check;
mod completions;
mod diff;
#[cfg(feature = "proxy")]
mod events;
mod explain;
mod init;
mod log;
mod man;
mod place;
mod prove;
mod render;
mod rights;
mod scan;
mod schema;
mod screen;
#[cfg(feature = "proxy")]
mod serve;
mod store;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};

/// Makes a web site keep what its privacy texts promise.
#[derive(Debug, Parser)]
#[command(
    name = "tower-consent",
    version,
    after_help = "Examples:
  tower-consent init policies/my-site --language ru
  tower-consent check policies/my-site
  tower-consent explain RU-152-9-4-TERM
  tower-consent diff published/my-site policies/my-site
  tower-consent render policies/my-site --document consent --language ru
  tower-consent prove policies/my-site --pages saved-pages
  tower-consent schema > policy.schema.json
  tower-consent scan https://news.example/ --policy policies/my-site
  tower-consent log stats --store sled:store --format json
  tower-consent log export --store sled:store --out audit.zip
  tower-consent requests list --store sled:store --open
  tower-consent visitor export ID --store sled:store --out answer.html
  tower-consent retention run --store sled:store --dry-run
  tower-consent serve --policy policies/my-site --upstream http://127.0.0.1:3000 --listen :8080 --store sled:store
  tower-consent completions bash > ~/.local/share/bash-completion/completions/tower-consent"
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Check(check::Check),
    Explain(explain::Explain),
    /// Prints the JSON Schema of policy.toml, for completion in editors.
    #[command(after_help = schema::HELP)]
    Schema,
    /// Tells who is asked again when one policy takes the place of another, and why.
    Diff(diff::Diff),
    /// Writes a policy folder to start from.
    Init(init::Init),
    /// Writes one document as a visitor reads it: plain text or HTML.
    Render(render::Render),
    Prove(prove::Prove),
    /// Looks at the log of choices, copies it, checks a copy.
    Scan(scan::Scan),
    #[cfg(feature = "proxy")]
    Serve(Box<serve::Serve>),
    /// Looks at the log of choices.
    #[command(subcommand)]
    Log(log::LogCommand),
    /// Checks a store, or rebuilds one.
    #[command(subcommand)]
    Store(store::StoreCommand),
    /// What people asked for: lists it with due days, notes answers, writes acts.
    #[command(subcommand)]
    Requests(rights::requests::RequestsCommand),
    /// What is kept about one person: shows it, gives it out, destroys it.
    #[command(subcommand)]
    Visitor(rights::visitor::VisitorCommand),
    /// Ends what need not be kept any more.
    #[command(subcommand)]
    Retention(rights::retention::RetentionCommand),
    /// Replaces the keys of a store.
    #[command(subcommand)]
    Keys(store::KeysCommand),
    Completions(completions::Completions),
    Man(man::Man),
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

fn main() -> ExitCode {
    #[cfg(feature = "proxy")]
    let begun = std::time::Instant::now();
    match Arguments::parse().command {
        Command::Check(check) => check.run(),
        Command::Explain(explain) => explain.run(),
        Command::Schema => schema::run(),
        Command::Scan(scan) => scan.run(),
        #[cfg(feature = "proxy")]
        Command::Serve(serve) => serve::run(*serve, begun),
        Command::Diff(arguments) => diff::run(&arguments),
        Command::Init(arguments) => init::run(&arguments),
        Command::Render(arguments) => render::run(&arguments),
        Command::Log(command) => log::run(&command),
        Command::Store(command) => store::run(&command),
        Command::Keys(command) => store::run_keys(&command),
        Command::Requests(command) => log::finish(rights::requests::run(&command)),
        Command::Visitor(command) => log::finish(rights::visitor::run(&command)),
        Command::Retention(command) => log::finish(rights::retention::run(&command)),
        Command::Prove(prove) => prove.run(),
        Command::Completions(completions) => completions.run(Arguments::command()),
        Command::Man(man) => man.run(Arguments::command()),
    }
}
