//! `man`: the manual pages, made from what `--help` says.

use std::{fs, io, path::PathBuf, process::ExitCode};

use clap::{Args, Command};

use super::screen;

const HELP: &str = "\
Examples:
  tower-consent man | man -l -
  tower-consent man --out ~/.local/share/man/man1";

/// Prints the manual page, or writes the pages of all commands.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(super) struct Man {
    /// Write a page for each command into this folder.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Man {
    pub(super) fn run(&self, command: Command) -> ExitCode {
        let Some(folder) = &self.out else {
            let mut page = Vec::new();
            return match clap_mangen::Man::new(command).render(&mut page) {
                Ok(()) => screen::print(&String::from_utf8_lossy(&page)).err().unwrap_or(ExitCode::SUCCESS),
                Err(error) => failed(&format!("the page cannot be made: {error}")),
            };
        };
        let written: io::Result<()> =
            fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(command, folder));
        match written {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => failed(&format!("cannot write pages to {}: {error}", folder.display())),
        }
    }
}

fn failed(reason: &str) -> ExitCode {
    eprintln!("tower-consent: {reason}");
    ExitCode::from(2)
}
