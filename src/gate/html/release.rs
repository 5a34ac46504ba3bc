//! What goes out, and with which changes.

use bytes::{Buf, Bytes};

use super::{super::carrier::Edit, Gate};

impl Gate {
    /// Notes an insertion; two ways of reading may come to the same, or mark an element for different reasons.
    pub(super) fn insert(&mut self, edit: Edit) {
        let place = self.edits.partition_point(|other| other.at <= edit.at);
        let first = self.edits[..place].partition_point(|other| other.at < edit.at);
        if self.edits[first..place].iter_mut().any(|other| *other == edit || other.takes(&edit)) {
            return;
        }
        self.edits.insert(place, edit);
    }

    /// Returns how much of what is pending may go out.
    pub(super) fn releasable(&self) -> usize {
        let floors = self.readings.iter().map(|reading| {
            let floor = reading.cursor.floor();
            reading.held.first().map_or(floor, |held| held.tag.span.start.min(floor))
        });
        let limit = floors.min().unwrap_or(self.offset).max(self.offset);
        (limit - self.offset).min(self.pending.len())
    }

    /// Returns everything that may go out now, with its insertions made.
    pub(super) fn release(&mut self) -> Vec<u8> {
        let length = self.releasable();
        let over = self.readings.iter().all(|reading| reading.cursor.at > self.offset + self.pending.len());
        let limit = self.offset + length;
        let mut at = self.offset;
        // An insertion at the limit itself waits for the bytes behind it.
        let made = self.edits.iter().take_while(|edit| edit.at < limit || over).count();
        let more: usize = self.edits[..made].iter().map(|edit| edit.with.len()).sum();
        let mut out = Vec::with_capacity(length + more);
        for edit in self.edits.drain(..made) {
            // What is taken out has no changes inside.
            if edit.at < at {
                continue;
            }
            out.extend_from_slice(&self.pending[at - self.offset..edit.at - self.offset]);
            out.extend_from_slice(&edit.with);
            at = edit.at + edit.out;
        }
        out.extend_from_slice(&self.pending[at - self.offset..length]);
        self.pending.advance(length);
        // Little that is held does not keep much alive.
        if self.pending.len() < self.fed / 2 {
            self.fed = self.pending.len();
            self.pending = Bytes::copy_from_slice(&self.pending);
        }
        self.offset = limit;
        out
    }
}
