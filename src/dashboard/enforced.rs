//! The ledger of enforcement, added up for the pages: by day, by service and carrier, by policy version.
//!
//! In: the ledger's notes of one day after another. Out: sums, in bounded memory. Days that are over are read once.

use std::collections::BTreeMap;

use crate::ledger::{Enforcement, Seen};

/// Undeclared things shown; what was seen last stays.
const MOST_SEEN: usize = 4_096;
/// Services and carriers told apart.
const MOST_ROWS: usize = 4_096;

/// How often something was withheld and let through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) withheld: u64,
    pub(super) released: u64,
}

impl Held {
    fn add(&mut self, other: Self) {
        self.withheld += other.withheld;
        self.released += other.released;
    }
}

/// Sums of the ledger.
#[derive(Clone, Debug, Default)]
pub(super) struct Enforced {
    pub(super) all: Held,
    pub(super) days: BTreeMap<String, Held>,
    /// By service and carrier.
    pub(super) services: BTreeMap<(String, String), Held>,
    /// By the first 16 digits of the policy's version.
    pub(super) versions: BTreeMap<String, Held>,
    pub(super) undeclared: BTreeMap<(String, String), Seen>,
    pub(super) expired: u64,
    pub(super) gone: u64,
    pub(super) staying: u64,
}

impl Enforced {
    /// Adds the counts of some days.
    pub(super) fn add(&mut self, counts: Enforcement) {
        for row in counts.rows {
            let held = Held { withheld: row.withheld, released: row.released };
            self.all.add(held);
            self.days.entry(row.day).or_default().add(held);
            self.versions.entry(row.policy).or_default().add(held);
            let mut key = (row.service, row.carrier);
            if self.services.len() >= MOST_ROWS && !self.services.contains_key(&key) {
                key.0 = "other".to_owned();
            }
            self.services.entry(key).or_default().add(held);
        }
        for seen in counts.undeclared {
            match self.undeclared.get_mut(&(seen.kind.clone(), seen.name.clone())) {
                Some(known) => {
                    known.count += seen.count;
                    known.first = seen.first.min(std::mem::take(&mut known.first));
                    known.last = seen.last.max(std::mem::take(&mut known.last));
                }
                None => {
                    if self.undeclared.len() >= MOST_SEEN {
                        let oldest = self.undeclared.iter().min_by_key(|(_, seen)| seen.last.clone());
                        if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                            self.undeclared.remove(&oldest);
                        }
                    }
                    self.undeclared.insert((seen.kind.clone(), seen.name.clone()), seen);
                }
            }
        }
        self.expired += counts.expired;
        self.gone += counts.gone;
        self.staying += counts.staying;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::Row;

    #[test]
    fn days_add_up_and_undeclared_things_are_bounded() {
        let day = |day: u32, services: u32| {
            let mut counts = Enforcement::default();
            for number in 0..services {
                counts.rows.push(Row {
                    day: format!("2026-11-{day:02}"),
                    policy: "v1".to_owned(),
                    service: format!("s{number}"),
                    carrier: "script".to_owned(),
                    withheld: 2,
                    released: 1,
                });
                counts.undeclared.push(Seen {
                    kind: "host".to_owned(),
                    name: format!("{day}-{number}.example"),
                    count: 1,
                    first: format!("2026-11-{day:02}"),
                    last: format!("2026-11-{day:02}"),
                });
            }
            counts.expired = 1;
            counts
        };
        let mut sums = Enforced::default();
        sums.add(day(1, 5_000));
        sums.add(day(2, 100));
        assert_eq!(sums.all, Held { withheld: 10_200, released: 5_100 });
        assert_eq!(sums.days["2026-11-02"].withheld, 200);
        assert!(sums.services.len() <= MOST_ROWS + 1);
        assert_eq!(sums.undeclared.len(), MOST_SEEN);
        assert!(sums.undeclared.contains_key(&("host".to_owned(), "2-99.example".to_owned())), "the newest stay");
        assert_eq!(sums.expired, 2);
        let before = sums.undeclared[&("host".to_owned(), "2-99.example".to_owned())].count;
        sums.add(day(2, 100));
        assert_eq!(sums.undeclared[&("host".to_owned(), "2-99.example".to_owned())].count, before + 1);
    }
}
