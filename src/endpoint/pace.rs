//! How often one visitor may choose: a flood of choices is slowed, a withdrawal never is.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use time::{Duration, OffsetDateTime};

use crate::signal::VisitorId;

/// Choices of one visitor in one window; a person who tries every switch stays far below.
const CHOICES: u32 = 30;
/// Length of a window.
const WINDOW: Duration = Duration::minutes(1);
/// Visitors remembered at once; beyond that the window starts anew for all.
const VISITORS: usize = 16_384;

/// Counts choices per visitor in windows of a minute, in bounded memory.
#[derive(Debug, Default)]
pub(crate) struct Pace(Mutex<(Option<OffsetDateTime>, HashMap<VisitorId, u32>)>);

impl Pace {
    /// Counts a choice; says whether it may be made.
    pub(crate) fn allows(&self, visitor: VisitorId, now: OffsetDateTime) -> bool {
        // Counting is one step, so that a panic elsewhere cannot have left half of one.
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (start, counts) = &mut *counted;
        let over = start.is_none_or(|start| now - start >= WINDOW || now < start);
        if over || counts.len() >= VISITORS {
            *start = Some(now);
            counts.clear();
        }
        let count = counts.entry(visitor).or_default();
        *count += 1;
        *count <= CHOICES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_bounded_and_ends() {
        let pace = Pace::default();
        let now = OffsetDateTime::UNIX_EPOCH;
        let (one, other) = (VisitorId::from_random([1; 16]), VisitorId::from_random([2; 16]));
        assert!((0..CHOICES).all(|_| pace.allows(one, now)));
        assert!(!pace.allows(one, now));
        assert!(pace.allows(other, now));
        assert!(pace.allows(one, now + WINDOW));
    }
}
