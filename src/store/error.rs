//! How a store fails.

use std::fmt;

/// What went wrong in a store, with the cause.
///
/// # Example
///
/// ```
/// use tower_consent::store::{Error, ErrorKind};
/// let disk = std::io::Error::other("the disk is gone");
/// let error = Error::new(ErrorKind::Unavailable, "cannot read the head").with_source(disk);
/// assert_eq!(error.to_string(), "cannot read the head: the disk is gone");
/// ```
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    what: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The ways a store can fail.
///
/// # Example
///
/// ```
/// use tower_consent::{ConsentLayer, Policy, store::{ErrorKind, Memory}};
/// # let policy = Policy::load("policies/news-site").unwrap();
/// let layer = ConsentLayer::new(policy, Memory::default()).unwrap();
/// let store = layer.handle().store();
/// // No store keeps a name that has spaces in it.
/// let refused = pollster::block_on(store.put_note("a name".into(), b"1".to_vec())).unwrap_err();
/// assert_eq!(refused.kind(), ErrorKind::Refused);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The head was not the expected one; nothing was written.
    Conflict,
    /// There is no room to write; what is there can be read.
    Full,
    /// What is kept cannot be what was written.
    Corrupt,
    /// What was to be kept is not what a store keeps; nothing was written.
    Refused,
    /// It cannot be used now: no space, no connection, in use by another process.
    Unavailable,
}

impl Error {
    /// Makes an error; `what` names the operation or the thing, in lower case.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::store::{Error, ErrorKind};
    /// let entries = 3;
    /// let error = Error::new(ErrorKind::Corrupt, format!("the head counts {entries} entries, and there are two"));
    /// assert_eq!(error.to_string(), "the head counts 3 entries, and there are two");
    /// ```
    pub fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), source: None }
    }

    /// Adds the cause.
    ///
    /// # Example
    ///
    /// ```
    /// use std::{error::Error as _, io};
    /// use tower_consent::store::{Error, ErrorKind};
    /// let error = Error::new(ErrorKind::Full, "cannot append").with_source(io::Error::from(io::ErrorKind::StorageFull));
    /// assert!(error.source().unwrap().is::<io::Error>(), "who wants to know more can ask for it");
    /// ```
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Returns which of the ways it is.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::store::{Error, ErrorKind};
    /// /// Says whether the same call may succeed in a minute.
    /// fn is_passing(error: &Error) -> bool {
    ///     matches!(error.kind(), ErrorKind::Conflict | ErrorKind::Full | ErrorKind::Unavailable)
    /// }
    /// assert!(is_passing(&Error::new(ErrorKind::Unavailable, "no connection")));
    /// assert!(!is_passing(&Error::new(ErrorKind::Corrupt, "an entry is damaged")));
    /// ```
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.what)?;
        match &self.source {
            Some(source) => write!(formatter, ": {source}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as _)
    }
}
