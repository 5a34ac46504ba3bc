//! Which upstreams are well.
//!
//! In: what came of connections, and of a path asked for every few seconds. Out: whether to prefer another server. It
//! is a preference only: when all are ill, all are tried.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// How long a server that could not be reached is left alone.
const REST: Duration = Duration::from_secs(5);

/// What is known of one upstream.
#[derive(Debug, Default)]
pub(super) struct Health(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// What the last check found; nothing before the first.
    checked: Option<bool>,
    /// Until when it is left alone, after a connection failed.
    rests: Option<Instant>,
}

impl Health {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // Each change is one assignment, so a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_well(&self) -> bool {
        let state = self.state();
        state.checked != Some(false) && state.rests.is_none_or(|until| until <= Instant::now())
    }

    /// Notes whether a connection came about.
    pub(super) fn connected(&self, connected: bool) {
        self.state().rests = (!connected).then(|| Instant::now() + REST);
    }

    /// Notes what a check found; returns whether that is news. That a server is well at first is none.
    pub(super) fn checked(&self, well: bool) -> bool {
        self.state().checked.replace(well).unwrap_or(true) != well
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_forgotten_and_a_check_counts() {
        let health = Health::default();
        assert!(health.is_well());
        health.connected(false);
        assert!(!health.is_well());
        tokio::time::sleep(REST).await;
        assert!(health.is_well());
        assert!(!health.checked(true));
        assert!(health.checked(false));
        assert!(!health.checked(false));
        assert!(!health.is_well());
        assert!(health.checked(true));
        assert!(health.is_well());
    }
}
