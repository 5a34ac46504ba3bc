//! `completions`: what a shell needs to complete commands, options and their values.

use std::process::ExitCode;

use clap::{Args, Command};
use clap_complete::Shell;

use super::screen;

const HELP: &str = "\
Examples:
  tower-consent completions bash > ~/.local/share/bash-completion/completions/tower-consent
  tower-consent completions zsh > ~/.zfunc/_tower-consent
  tower-consent completions fish > ~/.config/fish/completions/tower-consent.fish";

/// Prints the completions for a shell.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(super) struct Completions {
    /// The shell.
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self, mut command: Command) -> ExitCode {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "tower-consent", &mut script);
        screen::print(&String::from_utf8_lossy(&script)).err().unwrap_or(ExitCode::SUCCESS)
    }
}
