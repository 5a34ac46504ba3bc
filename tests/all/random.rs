//! Random numbers of tests, from a seed that is printed: `SEED=… cargo test` repeats a run.

/// A generator whose seed is printed, so that a run can be repeated.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn seeded() -> Self {
        let seed = std::env::var("SEED").map_or(20_261_125, |seed| seed.parse().expect("SEED is a number"));
        println!("SEED={seed}");
        Self::of(seed)
    }

    /// Returns the generator of a seed.
    pub(crate) fn of(seed: u64) -> Self {
        Self(seed | 1)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for index in (1..items.len()).rev() {
            items.swap(index, self.below(index + 1));
        }
    }
}
