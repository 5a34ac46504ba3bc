//! The time, as an argument.
//!
//! In: nothing. Out: the current time in UTC. This room holds the only calls that ask the machine for it;
//! everything else takes a time as an argument, so that a test can set it.

use std::fmt;

use time::OffsetDateTime;

/// Tells the current time.
///
/// The layer asks it once per request. Replace it in tests to move the time by hand.
///
/// # Example
///
/// ```
/// use tower_consent::clock::Clock;
/// use time::OffsetDateTime;
///
/// #[derive(Debug)]
/// struct Stopped(OffsetDateTime);
/// impl Clock for Stopped {
///     fn now(&self) -> OffsetDateTime {
///         self.0
///     }
/// }
/// assert_eq!(Stopped(OffsetDateTime::UNIX_EPOCH).now().unix_timestamp(), 0);
/// ```
pub trait Clock: Send + Sync + fmt::Debug {
    /// Returns the current time in UTC.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    /// use time::{Duration, OffsetDateTime};
    /// use tower_consent::clock::Clock;
    ///
    /// /// A clock that a test moves.
    /// #[derive(Clone, Debug)]
    /// struct ByHand(Arc<Mutex<OffsetDateTime>>);
    /// impl Clock for ByHand {
    ///     fn now(&self) -> OffsetDateTime {
    ///         *self.0.lock().unwrap()
    ///     }
    /// }
    /// let clock = ByHand(Arc::new(Mutex::new(OffsetDateTime::UNIX_EPOCH)));
    /// *clock.0.lock().unwrap() += Duration::days(180);
    /// assert_eq!((clock.now() - OffsetDateTime::UNIX_EPOCH).whole_days(), 180);
    /// ```
    fn now(&self) -> OffsetDateTime;
}

/// The clock of the machine.
///
/// # Example
///
/// ```
/// use tower_consent::clock::{Clock, SystemClock};
/// assert!(SystemClock.now().year() >= 2025);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods)] // the one place that asks the machine for the time
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
    }
}
