//! How a database is used.

use std::time::Duration;

use super::Postgres;
use crate::store::Error;

/// How a database is opened and used; the defaults are for a server near by.
///
/// # Example
///
/// ```
/// use std::time::Duration;
/// use tower_consent::store::PostgresOptions;
/// let options = PostgresOptions::new().with_connections(4).with_patience(Duration::from_secs(1));
/// // Nobody listens there.
/// assert!(options.open("postgres://nobody@127.0.0.1:1/none").is_err());
/// ```
#[derive(Clone, Debug)]
#[must_use = "options do nothing until a store is opened with them"]
pub struct PostgresOptions {
    pub(super) connections: usize,
    pub(super) connecting: Duration,
    pub(super) statement: Duration,
    pub(super) patience: Duration,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            connections: 8,
            connecting: Duration::from_secs(3),
            statement: Duration::from_secs(10),
            patience: Duration::from_secs(2),
        }
    }
}

impl PostgresOptions {
    /// Returns the defaults.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::store::PostgresOptions;
    /// assert!(format!("{:?}", PostgresOptions::new()).contains("connections: 8"));
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets how many connections are kept at most. Default: 8, of which the writer of the log uses one; fewer than two are taken as
    /// two.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::store::PostgresOptions;
    /// assert!(format!("{:?}", PostgresOptions::new().with_connections(20)).contains("connections: 20"));
    /// // One is for the writer of the log, so there is always another.
    /// assert!(format!("{:?}", PostgresOptions::new().with_connections(0)).contains("connections: 2"));
    /// ```
    pub fn with_connections(self, connections: usize) -> Self {
        Self { connections: connections.max(2), ..self }
    }

    /// Sets how long a connection may take to come about. Default: 3 seconds.
    ///
    /// # Example
    ///
    /// ```
    /// use std::{net::TcpListener, time::Duration};
    /// use tower_consent::store::{ErrorKind, PostgresOptions};
    /// // A server that takes the connection and never says a word.
    /// let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    /// let place = format!("postgres://consent@{}/site", silent.local_addr().unwrap());
    /// let options = PostgresOptions::new().with_connect_timeout(Duration::from_millis(50)).with_patience(Duration::ZERO);
    /// assert_eq!(options.open(&place).unwrap_err().kind(), ErrorKind::Unavailable);
    /// ```
    pub fn with_connect_timeout(self, connecting: Duration) -> Self {
        Self { connecting, ..self }
    }

    /// Sets how long a statement may take. Default: 10 seconds.
    ///
    /// # Example
    ///
    /// ```
    /// use std::time::Duration;
    /// use tower_consent::store::PostgresOptions;
    /// let options = PostgresOptions::new().with_statement_timeout(Duration::from_secs(30));
    /// assert!(format!("{options:?}").contains("statement: 30s"));
    /// ```
    pub fn with_statement_timeout(self, statement: Duration) -> Self {
        Self { statement, ..self }
    }

    /// Sets how long a call that lost its connection tries again before it answers with an error. Default: 2 seconds.
    ///
    /// # Example
    ///
    /// ```
    /// use std::time::Duration;
    /// use tower_consent::store::{ErrorKind, PostgresOptions};
    /// // A tool that asks once would rather fail at once.
    /// let options = PostgresOptions::new().with_patience(Duration::ZERO);
    /// let error = options.open("postgres://consent@127.0.0.1:1/site").unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Unavailable);
    /// ```
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Opens the store that a URL names, as [`Postgres::open`] does.
    ///
    /// # Errors
    ///
    /// As [`Postgres::open`].
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::store::{ErrorKind, PostgresOptions};
    /// let error = PostgresOptions::new().open("sled:store").unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Refused, "that names no database");
    /// ```
    pub fn open(self, place: &str) -> Result<Postgres, Error> {
        Postgres::start(place, self, true)
    }
}
