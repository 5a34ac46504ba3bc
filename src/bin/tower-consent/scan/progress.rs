//! How far a scan is, on the error output: one line that is written over on a terminal, every tenth page elsewhere.

use std::io::{IsTerminal, Write};

use super::super::screen;

#[derive(Debug)]
pub(super) struct Progress {
    terminal: bool,
    /// The most pages that are read.
    most: usize,
    read: usize,
}

impl Progress {
    pub(super) fn new(most: usize) -> Self {
        Self { terminal: std::io::stderr().is_terminal(), most, read: 0 }
    }

    /// Tells which page is being looked at.
    pub(super) fn at(&mut self, name: &str) {
        if self.terminal {
            let line = format!("{}/{} {name}", self.read + 1, self.most);
            let shown: String = line.chars().filter(|sign| !sign.is_control()).take(screen::width() - 1).collect();
            write(&format!("\r\x1b[2K{shown}"));
        }
    }

    /// Counts a page that was read.
    pub(super) fn read(&mut self) {
        self.read += 1;
        if !self.terminal && self.read.is_multiple_of(10) {
            write(&format!("tower-consent: {} of at most {} pages read\n", self.read, self.most));
        }
    }

    /// Returns how many pages were read.
    pub(super) fn count(&self) -> usize {
        self.read
    }

    /// Leaves nothing behind on a terminal.
    pub(super) fn finish(&mut self) {
        if self.terminal {
            write("\r\x1b[2K");
        }
    }
}

/// Progress that cannot be shown is no reason to stop.
fn write(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}
