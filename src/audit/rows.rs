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
