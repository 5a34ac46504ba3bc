//! What the database says when something fails, as the contract's kinds.
//!
//! Texts of the database are told without their details, which may quote values.

use tokio_postgres::error::SqlState;

use crate::store::{Error, ErrorKind};

/// A failed attempt, and whether another one may help.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) error: Error,
    /// The connection or the moment was at fault: the same can be asked again.
    pub(super) again: bool,
    /// There is no connection to be had.
    pub(super) away: bool,
}

impl Failed {
    pub(super) fn for_good(error: Error) -> Self {
        Self { error, again: false, away: false }
    }

    pub(super) fn away(what: impl Into<String>) -> Self {
        Self { error: Error::new(ErrorKind::Unavailable, what), again: true, away: true }
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::for_good(error)
    }
}

impl From<tokio_postgres::Error> for Failed {
    fn from(source: tokio_postgres::Error) -> Self {
        let Some(told) = source.as_db_error() else {
            // The text names the step and the error of the system, never the password.
            let cause = std::error::Error::source(&source).map(|cause| format!(": {cause}")).unwrap_or_default();
            return Self::away(format!(
                "the database does not answer: {source}{}",
                if source.to_string().ends_with(&cause) { "" } else { &cause }
            ));
        };
        let (kind, again, away) = judged(told.code());
        let what = format!("the database says `{}` (SQLSTATE {})", told.message(), told.code().code());
        Self { error: Error::new(kind, what), again, away }
    }
}

/// Says of a state which kind it is, whether asking again may help, and whether the server is away.
fn judged(state: &SqlState) -> (ErrorKind, bool, bool) {
    match state.code() {
        // Serialization failure, deadlock: nothing was written.
        "40001" | "40P01" => (ErrorKind::Conflict, true, false),
        "53100" => (ErrorKind::Full, false, false),
        "XX001" | "XX002" => (ErrorKind::Corrupt, false, false),
        // Too many connections, starting up, shutting down, crashed; read only while a standby takes over.
        "25006" | "53300" | "57P01" | "57P02" | "57P03" => (ErrorKind::Unavailable, true, true),
        // Two instances made the same table, schema or partition at once; or a partition is to be made first.
        "23505" | "23514" | "42P06" | "42P07" | "55P03" => (ErrorKind::Unavailable, true, false),
        code if code.starts_with("08") => (ErrorKind::Unavailable, true, true),
        _ => (ErrorKind::Unavailable, false, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_become_kinds() {
        for (code, kind, again) in [
            ("40001", ErrorKind::Conflict, true),
            ("53100", ErrorKind::Full, false),
            ("XX001", ErrorKind::Corrupt, false),
            ("57P01", ErrorKind::Unavailable, true),
            ("08006", ErrorKind::Unavailable, true),
            ("57014", ErrorKind::Unavailable, false),
            ("42501", ErrorKind::Unavailable, false),
        ] {
            let judged = judged(&SqlState::from_code(code));
            assert_eq!((judged.0, judged.1), (kind, again), "{code}");
        }
    }
}
