//! The tiles over a log while it is read from its beginning: each is given out when it is full.

use super::{
    tiles::{WIDTH, tile_root},
    tree::{Hash, Head, node_hash},
};

/// The hashes of the tiles that are not full, by level; they make the root of all that was read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rows {
    pub(crate) size: u64,
    pub(crate) levels: Vec<Vec<Hash>>,
}

impl Rows {
    /// Adds a leaf, and gives out each tile that became full: level, number, hashes.
    pub(crate) fn push<E>(
        &mut self,
        leaf: Hash,
        mut full: impl FnMut(u32, u64, &[Hash]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.size += 1;
        let mut hash = leaf;
        for level in 0.. {
            if self.levels.len() == level {
                self.levels.push(Vec::with_capacity(WIDTH as usize));
            }
            self.levels[level].push(hash);
            if self.levels[level].len() < WIDTH as usize {
                return Ok(());
            }
            let number = (self.size >> (8 * (level + 1))) - 1;
            full(u32::try_from(level).unwrap_or(u32::MAX), number, &self.levels[level])?;
            hash = tile_root(&self.levels[level]).expect("the tile is full");
            self.levels[level].clear();
        }
        Ok(())
    }

    /// Returns the tiles that are not full: level, number, hashes.
    pub(crate) fn partial(&self) -> impl Iterator<Item = (u32, u64, &[Hash])> {
        let rows = self.levels.iter().zip(0_u32..).filter(|(row, _)| !row.is_empty());
        rows.map(|(row, level)| (level, (self.size >> (8 * level)) / WIDTH, row.as_slice()))
    }

    /// Returns the root over all of them.
    pub(crate) fn root(&self) -> Hash {
        let mut rest: Option<Hash> = None;
        for row in &self.levels {
            // What is below and not full is the last and smallest part of the row.
            let mut parts = row.clone();
            parts.extend(rest);
            rest = (!parts.is_empty()).then(|| root_of(&parts));
        }
        rest.unwrap_or_else(|| Head::EMPTY.root())
    }
}

/// The root over subtrees of one size, of which the last may be smaller.
pub(crate) fn root_of(parts: &[Hash]) -> Hash {
    match parts {
        [one] => *one,
        many => {
            let (left, right) = many.split_at(1 << (many.len() - 1).ilog2());
            node_hash(&root_of(left), &root_of(right))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::audit::{Tree, tiles};

    /// A hash of its own for each number; the rows do not look into it.
    fn leaf(number: u64) -> Hash {
        let mut hash = [7; 32];
        hash[..8].copy_from_slice(&number.to_be_bytes());
        hash
    }

    #[test]
    fn rows_are_the_tiles_of_a_log_of_any_size() {
        // The sizes at which a tile begins, is all but full and is full, on two levels.
        let sizes = [1, 2, 3, 255, 256, 257, 512, 65_535, 65_536, 65_537, 65_795];
        let (mut rows, mut tree, mut full) = (Rows::default(), Tree::default(), Vec::new());
        assert_eq!((rows.root(), rows.partial().count()), (Head::EMPTY.root(), 0));
        for number in 0..65_795 {
            tree.push(leaf(number));
            rows.push(leaf(number), |level, place, hashes| {
                assert_eq!(hashes.len() as u64, WIDTH);
                full.push((level, place, hashes[0]));
                Ok::<_, Infallible>(())
            })
            .unwrap();
            let size = number + 1;
            if !sizes.contains(&size) {
                continue;
            }
            assert_eq!((rows.size, rows.root()), (size, tree.root()), "size {size}");
            let all = (0..4).flat_map(|level| tiles(level, 0, size).map(move |(place, width)| (level, place, width)));
            let (whole, partial): (Vec<_>, Vec<_>) = all.partition(|(.., width)| *width == WIDTH);
            let found = rows.partial().map(|(level, place, hashes)| (level, place, hashes.len() as u64));
            assert_eq!(found.collect::<Vec<_>>(), partial, "size {size}");
            let mut given: Vec<_> = full.iter().map(|(level, place, _)| (*level, *place, WIDTH)).collect();
            given.sort();
            assert_eq!(given, whole, "size {size}");
        }
        assert!(full.contains(&(0, 1, leaf(256))));
        let above = full.iter().find(|(level, ..)| *level == 1).unwrap();
        assert_eq!(above.2, tile_root(&(0..256).map(leaf).collect::<Vec<_>>()).unwrap());
    }

    #[test]
    fn who_takes_the_tiles_may_fail() {
        let mut rows = Rows::default();
        let pushed: Vec<_> =
            (0..256).map(|number| rows.push(leaf(number), |_, _, _| Err("the disk is full"))).collect();
        assert!(pushed[..255].iter().all(Result::is_ok));
        assert_eq!(pushed[255], Err("the disk is full"));
    }
}
