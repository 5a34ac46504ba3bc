//! What is written to the terminal: in one piece, in colour only where colour is wanted, and never wider than need be.

use std::{
    env,
    io::{ErrorKind, Write},
    process::ExitCode,
};

use terminal_size::{Width, terminal_size};

/// Columns when nobody tells: what fits an editor's window and a printed page.
const DEFAULT_WIDTH: usize = 100;

/// Returns how many columns there are.
pub(super) fn width() -> usize {
    let told = terminal_size().map(|(Width(columns), _)| usize::from(columns));
    let told = told.or_else(|| env::var("COLUMNS").ok()?.parse().ok());
    told.unwrap_or(DEFAULT_WIDTH).clamp(40, 160)
}

/// Writes a text that may hold colours; they are left out where the output is no terminal or `NO_COLOR` is set.
///
/// A reader that stops early, such as `head`, is no error.
pub(super) fn print(text: &str) -> Result<(), ExitCode> {
    let mut output = anstream::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(error) => {
            eprintln!("tower-consent: cannot write: {error}");
            Err(ExitCode::from(2))
        }
    }
}

/// Breaks a text into lines of at most `width` characters, at spaces only, so that addresses and values stay whole.
pub(super) fn wrapped(text: &str, width: usize) -> String {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::take(&mut line));
            } else if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line);
    }
    lines.join("\n")
}

/// Returns the words for a confidence of the law data: `P/S`.
pub(super) fn confidence(letters: &str) -> String {
    let words: Vec<_> = letters
        .split('/')
        .map(|letter| match letter {
            "P" => "read in the text itself",
            "S" => "read in a secondary source",
            "M" => "from memory, to be checked with the text",
            _ => "our own inference",
        })
        .collect();
    words.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_spaces() {
        assert_eq!(wrapped("один два три", 8), "один два\nтри");
        assert_eq!(wrapped("https://a.example/long b", 8), "https://a.example/long\nb");
        assert_eq!(wrapped("", 8), "");
    }
}
