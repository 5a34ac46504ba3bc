//! What is wrong with a policy, where, and how to mend it.

use std::{fmt, ops::Range};

use super::word::Level;

/// One fault in a policy folder, or one finding of a rule: place, reason and fix.
///
/// It is data; `Display` prints it on two lines, `file:line:column: error[code]: reason` and the fix.
///
/// # Example
///
/// ```
/// use tower_consent::policy::Policy;
/// let (_, diagnostics) = Policy::check([("policy.toml", "[operatr]\nname = 1\n")]);
/// let text = diagnostics[0].to_string();
/// assert!(text.starts_with("policy.toml:1:"), "{text}");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Diagnostic {
    /// A stable name: kebab-case for a fault of the format, capitals for a rule of law.
    pub code: &'static str,
    /// How much it counts. A fault of the format is an error, unless the policy means the same without what is at fault, as a
    /// mark of an editorial change that no longer counts.
    pub level: Level,
    /// Path of the file inside the folder.
    pub file: String,
    /// Bytes of the file that are at fault.
    pub span: Range<usize>,
    /// Line of the first of them, counted from 1.
    pub line: usize,
    /// Column of the first of them, counted in characters from 1.
    pub column: usize,
    /// What is wrong: one sentence that names the thing and the value.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

/// A fault of the format, or a finding, with the text it is in, from which line and column follow.
pub(crate) struct Fault<'a> {
    pub(crate) code: &'static str,
    pub(crate) file: &'a str,
    pub(crate) text: &'a str,
    pub(crate) span: Range<usize>,
    pub(crate) message: String,
    pub(crate) help: String,
}

impl Diagnostic {
    pub(crate) fn fault(fault: Fault<'_>) -> Self {
        let Fault { code, file, text, span, message, help } = fault;
        let (line, column) = position(text, span.start);
        Self { code, level: Level::Error, file: file.to_owned(), span, line, column, message, help }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { code, level, file, line, column, message, help, .. } = self;
        write!(formatter, "{file}:{line}:{column}: {}[{code}]: {message}\n  fix: {help}", level.as_str())
    }
}

/// A policy that cannot be used, with everything that is wrong with it.
///
/// # Example
///
/// ```
/// use tower_consent::policy::{LoadError, Policy};
/// # let folder = tempfile::tempdir()?;
/// # let folder = folder.path();
/// std::fs::write(folder.join("policy.toml"), "[site]\nnam = \"Вести Края\"\n")?;
/// let Err(LoadError::Policy(error)) = Policy::load(folder) else { panic!("it has no operator") };
/// assert!(error.to_string().starts_with("the policy is not usable"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[error("the policy is not usable: {} fault(s)\n{}", .0.len(), list(.0))]
pub struct PolicyError(pub(crate) Vec<Diagnostic>);

impl PolicyError {
    /// Returns every fault, in the order of files and lines.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::policy::{LoadError, Policy};
    /// # let folder = tempfile::tempdir()?;
    /// # let folder = folder.path();
    /// std::fs::write(folder.join("policy.toml"), "[site]\nnam = \"Вести Края\"\n")?;
    /// let Err(LoadError::Policy(error)) = Policy::load(folder) else { panic!("it has no operator") };
    /// // All faults at once, those of missing tables too.
    /// let codes: Vec<_> = error.diagnostics().iter().map(|fault| fault.code).collect();
    /// assert!(codes.contains(&"unknown-key") && codes.contains(&"missing-table"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.0
    }
}

fn list(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(Diagnostic::to_string).collect::<Vec<_>>().join("\n")
}

/// Returns line and column, both from 1, of a byte offset; columns are characters, so that Cyrillic counts right.
pub(super) fn position(text: &str, offset: usize) -> (usize, usize) {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// Returns the known word nearest to a misspelt one, if one is near enough to be meant.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let best = known.into_iter().map(|candidate| (distance(word, candidate), candidate)).min()?;
    (best.0 <= 1 + word.len() / 4).then_some(best.1)
}

/// Levenshtein distance in characters.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let substitution = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = substitution.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters() {
        let text = "a = 1\nимя = 2\n";
        assert_eq!(position(text, text.find('2').unwrap()), (2, 7));
        assert_eq!(position(text, 999), (3, 1));
    }

    #[test]
    fn suggestions_are_near() {
        assert_eq!(nearest("operatr", ["operator", "purpose"]), Some("operator"));
        assert_eq!(nearest("colour", ["operator", "purpose"]), None);
    }
}
