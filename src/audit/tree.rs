//! The tree over the entries (RFC 6962, section 2.1): the few hashes that are needed to go on appending, and the
//! nodes from which proofs are made.

use sha2::{Digest, Sha256};

/// A node of the tree: SHA-256.
///
/// # Example
///
/// ```
/// use tower_consent::audit::{Hash, Head};
/// let root: Hash = Head::EMPTY.append([b"entry".as_slice()]).root();
/// assert_eq!(root.len(), 32);
/// ```
pub type Hash = [u8; 32];

/// Leaves of one segment: a complete subtree whose inside can be forgotten, because its root is enough for everything
/// outside of it.
///
/// # Example
///
/// ```
/// use tower_consent::audit::{SEGMENT, Tree};
/// let log_of_three_segments = Tree::from_segments([[1; 32], [2; 32], [3; 32]]);
/// assert_eq!(log_of_three_segments.size(), 3 * SEGMENT);
/// ```
pub const SEGMENT: u64 = 1 << SEGMENT_LEVEL;
const SEGMENT_LEVEL: usize = 12;

/// How far the log has come: its size and the roots of the complete subtrees it consists of.
///
/// # Example
///
/// ```
/// use tower_consent::audit::Head;
/// let head = Head::EMPTY.append([b"entry".as_slice()]);
/// assert_eq!(head.size(), 1);
/// assert_eq!(Head::decode(&head.encode()), Some(head));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    size: u64,
    /// One root for each set bit of the size, the largest subtree first; at most 64.
    frontier: Vec<Hash>,
}

impl Head {
    /// The head of a log without entries.
    pub const EMPTY: Self = Self { size: 0, frontier: Vec::new() };

    /// Returns the number of entries.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::audit::Head;
    /// assert_eq!(Head::EMPTY.size(), 0);
    /// assert_eq!(Head::EMPTY.append([b"one".as_slice(), b"two"]).size(), 2);
    /// ```
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Returns the head after these leaves.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::audit::Head;
    /// let head = Head::EMPTY.append([b"one".as_slice()]);
    /// // One after the other or both at once: only the entries and their order count.
    /// assert_eq!(head.append([b"two".as_slice()]), Head::EMPTY.append([b"one".as_slice(), b"two"]));
    /// assert_ne!(head.append([b"two".as_slice()]), Head::EMPTY.append([b"two".as_slice(), b"one"]));
    /// ```
    #[must_use]
    pub fn append<'a>(&self, leaves: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut next = self.clone();
        for leaf in leaves {
            let mut hash = leaf_hash(leaf);
            // As many complete subtrees of equal size end here as the size has trailing ones.
            for _ in 0..next.size.trailing_ones() {
                let left = next.frontier.pop().expect("one root for each set bit of the size");
                hash = node_hash(&left, &hash);
            }
            next.frontier.push(hash);
            next.size += 1;
        }
        next
    }

    /// Returns the root hash of the tree.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::audit::{Head, leaf_hash, node_hash};
    /// let head = Head::EMPTY.append([b"one".as_slice(), b"two"]);
    /// assert_eq!(head.root(), node_hash(&leaf_hash(b"one"), &leaf_hash(b"two")));
    /// ```
    pub fn root(&self) -> [u8; 32] {
        let mut roots = self.frontier.iter().rev();
        match roots.next() {
            None => Sha256::digest([]).into(),
            Some(last) => roots.fold(*last, |right, left| node_hash(left, &right)),
        }
    }

    /// Returns the root hash in hexadecimal digits.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::audit::Head;
    /// // The hash of nothing, as RFC 6962 has it.
    /// assert_eq!(Head::EMPTY.root_hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    /// ```
    pub fn root_hex(&self) -> String {
        base16ct::lower::encode_string(&self.root())
    }

    /// Writes the head down: size (big-endian) and the roots.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::audit::Head;
    /// let head = Head::EMPTY.append([b"one".as_slice(), b"two", b"three"]);
    /// // Three are a pair and one: two roots of 32 bytes behind the size.
    /// assert_eq!(head.encode().len(), 8 + 2 * 32);
    /// ```
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.size.to_be_bytes().to_vec();
        bytes.extend(self.frontier.iter().flatten());
        bytes
    }

    /// Reads a head; `None` when the bytes are none.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::audit::Head;
    /// let bytes = Head::EMPTY.append([b"one".as_slice()]).encode();
    /// assert_eq!(Head::decode(&bytes).unwrap().size(), 1);
    /// assert_eq!(Head::decode(&bytes[..39]), None, "what was cut off is no head");
    /// ```
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (size, roots) = bytes.split_first_chunk::<8>()?;
        let size = u64::from_be_bytes(*size);
        let (frontier, rest) = roots.as_chunks::<32>();
        (rest.is_empty() && frontier.len() == size.count_ones() as usize)
            .then(|| Self { size, frontier: frontier.to_vec() })
    }
}

/// The nodes of a log's tree from which roots and proofs are made.
///
/// It holds the roots of all complete segments of [`SEGMENT`] leaves, what is above them, and the inside of the last
/// ones: about 16 bytes for each 1,000 entries. A proof from inside an older segment needs that segment's leaves.
///
/// # Example
///
/// ```
/// use tower_consent::audit::{Tree, leaf_hash, verify_inclusion};
/// let mut tree = Tree::default();
/// for leaf in [b"a", b"b", b"c"] {
///     tree.push(leaf_hash(leaf));
/// }
/// let proof = tree.inclusion(1, 3).unwrap();
/// assert!(verify_inclusion(&leaf_hash(b"b"), 1, 3, &proof, &tree.root()));
/// ```
#[derive(Clone, Debug)]
pub struct Tree {
    size: u64,
    /// First leaf whose segment is here with its inside; a multiple of `SEGMENT`.
    base: u64,
    /// Complete subtrees by the logarithm of their size; below `SEGMENT_LEVEL` from `base` on, above it from 0.
    levels: Vec<Vec<Hash>>,
}

impl Default for Tree {
    fn default() -> Self {
        Self::from_segments([])
    }
}

impl Tree {
    /// Makes the tree of a log that consists of complete segments, from their roots.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::audit::{SEGMENT, Tree, leaf_hash};
    /// let mut whole = Tree::default();
    /// (0..SEGMENT).for_each(|number| whole.push(leaf_hash(&number.to_be_bytes())));
    /// // After a restart the root is enough to go on.
    /// let rebuilt = Tree::from_segments([whole.root()]);
    /// assert_eq!(rebuilt.head(), whole.head());
    /// ```
    pub fn from_segments(roots: impl IntoIterator<Item = Hash>) -> Self {
        let mut tree = Self { size: 0, base: 0, levels: vec![Vec::new(); SEGMENT_LEVEL + 1] };
        for root in roots {
            tree.size += SEGMENT;
            tree.base = tree.size;
            tree.add(SEGMENT_LEVEL, root);
        }
        tree
    }

    /// Returns the number of leaves.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::audit::{Tree, leaf_hash};
    /// let mut tree = Tree::default();
    /// tree.push(leaf_hash(b"one"));
    /// assert_eq!(tree.size(), 1);
    /// ```
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds the next leaf by its hash.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::audit::{Head, Tree, leaf_hash};
    /// let mut tree = Tree::default();
    /// for leaf in ["one", "two", "three"] {
    ///     tree.push(leaf_hash(leaf.as_bytes()));
    /// }
    /// assert_eq!(tree.root(), Head::EMPTY.append([b"one".as_slice(), b"two", b"three"]).root());
    /// ```
    pub fn push(&mut self, leaf: Hash) {
        self.add(0, leaf);
        self.size += 1;
    }

    fn add(&mut self, mut level: usize, mut hash: Hash) {
        loop {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let before = self.offset(level) + self.levels[level].len() as u64;
            let left = if before % 2 == 1 { self.levels[level].last().copied() } else { None };
            self.levels[level].push(hash);
            // The right one of two makes their parent; a left one waits.
            let Some(left) = left else { return };
            hash = node_hash(&left, &hash);
            level += 1;
        }
    }

    /// Returns how many nodes of a level are not here.
    fn offset(&self, level: usize) -> u64 {
        if level < SEGMENT_LEVEL { self.base >> level } else { 0 }
    }

    /// Forgets the inside of all segments but the last complete one and the one that grows.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::audit::{SEGMENT, Tree, leaf_hash};
    /// let mut tree = Tree::default();
    /// (0..3 * SEGMENT).for_each(|number| tree.push(leaf_hash(&number.to_be_bytes())));
    /// let (root, size) = (tree.root(), tree.size());
    /// tree.trim();
    /// assert_eq!(tree.root(), root);
    /// assert!(tree.inclusion(size - 1, size).is_some() && tree.inclusion(0, size).is_none());
    /// ```
    pub fn trim(&mut self) {
        let base = (self.size / SEGMENT).saturating_sub(1) * SEGMENT;
        for level in 0..SEGMENT_LEVEL {
            let gone = usize::try_from((base.max(self.base) - self.base) >> level).unwrap_or(usize::MAX);
            let here = self.levels[level].len();
            self.levels[level].drain(..gone.min(here));
        }
        self.base = self.base.max(base);
    }

    /// Returns the root of the first `size` leaves; `None` when there are fewer, or their nodes were forgotten.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::audit::{Tree, leaf_hash};
    /// let mut tree = Tree::default();
    /// tree.push(leaf_hash(b"one"));
    /// let before = tree.root();
    /// tree.push(leaf_hash(b"two"));
    /// assert_eq!((tree.root_at(1), tree.root_at(3)), (Some(before), None));
    /// ```
    pub fn root_at(&self, size: u64) -> Option<Hash> {
        match size {
            0 => Some(Sha256::digest([]).into()),
            size if size <= self.size => self.subtree(0, size),
            _ => None,
        }
    }

    /// Returns the root.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::audit::{Head, Tree, leaf_hash};
    /// let mut tree = Tree::default();
    /// assert_eq!(tree.root(), Head::EMPTY.root());
    /// tree.push(leaf_hash(b"one"));
    /// assert_eq!(tree.root(), leaf_hash(b"one"), "one leaf is its own root");
    /// ```
    pub fn root(&self) -> Hash {
        self.root_at(self.size).expect("the nodes over complete subtrees are never forgotten")
    }

    /// Returns the head of the log whose tree this is.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::audit::{Head, Tree, leaf_hash};
    /// let mut tree = Tree::default();
    /// tree.push(leaf_hash(b"one"));
    /// assert_eq!(tree.head(), Head::EMPTY.append([b"one".as_slice()]));
    /// ```
    pub fn head(&self) -> Head {
        let bits = (0..u64::BITS as usize).rev().filter(|level| self.size >> level & 1 == 1);
        let frontier = bits.map(|level| {
            let index = (self.size >> level) - 1;
            self.node(level, index).expect("the nodes over complete subtrees are never forgotten")
        });
        Head { size: self.size, frontier: frontier.collect() }
    }

    fn node(&self, level: usize, index: u64) -> Option<Hash> {
        let place = usize::try_from(index.checked_sub(self.offset(level))?).ok()?;
        self.levels.get(level)?.get(place).copied()
    }

    /// MTH(D[start:end]) of RFC 6962, for a start that can begin a subtree of that size.
    fn subtree(&self, start: u64, end: u64) -> Option<Hash> {
        let size = end - start;
        if size.is_power_of_two() {
            let level = size.trailing_zeros();
            return self.node(level as usize, start >> level);
        }
        let middle = start + split(size);
        Some(node_hash(&self.subtree(start, middle)?, &self.subtree(middle, end)?))
    }

    /// Returns the proof that a leaf is in the tree of the first `size` leaves (RFC 6962, section 2.1.1); `None` when
    /// it is not, or the nodes were forgotten.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::audit::{Tree, leaf_hash, verify_inclusion};
    /// let mut tree = Tree::default();
    /// ["one", "two", "three"].iter().for_each(|leaf| tree.push(leaf_hash(leaf.as_bytes())));
    /// // The proof is against the log as it was at a size, whatever came later.
    /// let proof = tree.inclusion(0, 2).unwrap();
    /// assert_eq!(proof, [leaf_hash(b"two")]);
    /// assert!(verify_inclusion(&leaf_hash(b"one"), 0, 2, &proof, &tree.root_at(2).unwrap()));
    /// assert_eq!(tree.inclusion(3, 3), None);
    /// ```
    pub fn inclusion(&self, index: u64, size: u64) -> Option<Vec<Hash>> {
        if index >= size || size > self.size {
            return None;
        }
        self.path(index, size, 1)
    }

    /// As [`Tree::inclusion`], for a leaf inside a complete segment that was forgotten, with its leaves' hashes.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::audit::{SEGMENT, Tree, leaf_hash, verify_inclusion};
    /// let leaves: Vec<_> = (0..3 * SEGMENT).map(|number| leaf_hash(&number.to_be_bytes())).collect();
    /// let mut tree = Tree::default();
    /// leaves.iter().for_each(|leaf| tree.push(*leaf));
    /// tree.trim();
    /// assert!(tree.inclusion(5, tree.size()).is_none());
    /// let segment = &leaves[..SEGMENT as usize];
    /// let proof = tree.inclusion_with(5, tree.size(), segment).unwrap();
    /// assert!(verify_inclusion(&leaves[5], 5, tree.size(), &proof, &tree.root()));
    /// ```
    pub fn inclusion_with(&self, index: u64, size: u64, segment: &[Hash]) -> Option<Vec<Hash>> {
        if index >= size || size > self.size || segment.len() as u64 != SEGMENT {
            return None;
        }
        let mut inner = Self::default();
        segment.iter().for_each(|hash| inner.push(*hash));
        if self.node(SEGMENT_LEVEL, index / SEGMENT) != Some(inner.root()) {
            return None;
        }
        let mut proof = inner.inclusion(index % SEGMENT, SEGMENT)?;
        proof.extend(self.path(index, size, SEGMENT)?);
        Some(proof)
    }

    /// The proof from the subtree of `least` leaves that holds a leaf up to the root.
    fn path(&self, index: u64, size: u64, least: u64) -> Option<Vec<Hash>> {
        let mut proof = Vec::new();
        let (mut start, mut end) = (0, size);
        // From the root down to the leaf, while the proof reads from the leaf up.
        while end - start > least {
            let middle = start + split(end - start);
            if index < middle {
                proof.push(self.subtree(middle, end)?);
                end = middle;
            } else {
                proof.push(self.subtree(start, middle)?);
                start = middle;
            }
        }
        proof.reverse();
        Some(proof)
    }

    /// Returns the proof that the tree of the first `from` leaves is the beginning of that of the first `to` (RFC
    /// 6962, section 2.1.2); `None` when there is no such proof, or the nodes were forgotten.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::audit::{Tree, leaf_hash, verify_consistency};
    /// let mut tree = Tree::default();
    /// tree.push(leaf_hash(b"one"));
    /// let before = tree.root();
    /// tree.push(leaf_hash(b"two"));
    /// let proof = tree.consistency(1, 2).unwrap();
    /// assert!(verify_consistency(1, &before, 2, &tree.root(), &proof), "the log only grew");
    /// ```
    pub fn consistency(&self, from: u64, to: u64) -> Option<Vec<Hash>> {
        if from == 0 || from > to || to > self.size {
            return None;
        }
        let mut proof = Vec::new();
        let (mut start, mut end) = (0, to);
        while from != end {
            let middle = start + split(end - start);
            if from <= middle {
                proof.push(self.subtree(middle, end)?);
                end = middle;
            } else {
                proof.push(self.subtree(start, middle)?);
                start = middle;
            }
        }
        // The whole older tree is known to whoever asks; a part of it is not.
        if start != 0 {
            proof.push(self.subtree(start, end)?);
        }
        proof.reverse();
        Some(proof)
    }
}

/// Returns the largest power of two below a size over one.
fn split(size: u64) -> u64 {
    1 << (size - 1).ilog2()
}

/// Says whether a leaf is in the tree with this root (RFC 9162, section 2.1.3.2).
///
/// # Example
///
/// ```
/// use tower_consent::audit::{leaf_hash, node_hash, verify_inclusion};
/// let (one, two) = (leaf_hash(b"one"), leaf_hash(b"two"));
/// let root = node_hash(&one, &two);
/// assert!(verify_inclusion(&two, 1, 2, &[one], &root));
/// assert!(!verify_inclusion(&two, 0, 2, &[one], &root), "it stands elsewhere");
/// ```
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, proof: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut place, mut last, mut hash) = (index, size - 1, *leaf);
    for other in proof {
        if last == 0 {
            return false;
        }
        if place & 1 == 1 || place == last {
            hash = node_hash(other, &hash);
            // Not zero: it is odd, or equal to `last`, which is not.
            let alone = place.trailing_zeros();
            place >>= alone;
            last >>= alone;
        } else {
            hash = node_hash(&hash, other);
        }
        place >>= 1;
        last >>= 1;
    }
    last == 0 && hash == *root
}

/// Says whether the older of two trees is the beginning of the newer one (RFC 9162, section 2.1.4.2). An empty older
/// tree proves nothing and is refused.
///
/// # Example
///
/// ```
/// use tower_consent::audit::{leaf_hash, node_hash, verify_consistency};
/// let (one, two) = (leaf_hash(b"one"), leaf_hash(b"two"));
/// let newer = node_hash(&one, &two);
/// assert!(verify_consistency(1, &one, 2, &newer, &[two]));
/// assert!(!verify_consistency(1, &two, 2, &newer, &[two]), "another past");
/// ```
pub fn verify_consistency(from: u64, older: &Hash, to: u64, newer: &Hash, proof: &[Hash]) -> bool {
    if from == 0 || from > to {
        return false;
    }
    if from == to {
        return proof.is_empty() && older == newer;
    }
    let mut path = proof.iter();
    let first = if from.is_power_of_two() { Some(older) } else { path.next() };
    let Some(first) = first else { return false };
    let shared = (from - 1).trailing_ones();
    let (mut place, mut last) = ((from - 1) >> shared, (to - 1) >> shared);
    let (mut old, mut new) = (*first, *first);
    for other in path {
        if last == 0 {
            return false;
        }
        if place & 1 == 1 || place == last {
            old = node_hash(other, &old);
            new = node_hash(other, &new);
            // Not zero: it is odd, or equal to `last`, which is not.
            let alone = place.trailing_zeros();
            place >>= alone;
            last >>= alone;
        } else {
            new = node_hash(&new, other);
        }
        place >>= 1;
        last >>= 1;
    }
    last == 0 && old == *older && new == *newer
}

/// Returns the hash of a leaf: SHA-256 of a zero byte and its bytes.
///
/// # Example
///
/// ```
/// use sha2::{Digest, Sha256};
/// use tower_consent::audit::leaf_hash;
/// let by_hand: [u8; 32] = Sha256::digest(b"\0entry").into();
/// assert_eq!(leaf_hash(b"entry"), by_hand);
/// ```
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(leaf).finalize().into()
}

/// Returns the hash of a node over two others: SHA-256 of a one byte and theirs.
///
/// # Example
///
/// ```
/// use tower_consent::audit::{leaf_hash, node_hash};
/// let (one, two) = (leaf_hash(b"one"), leaf_hash(b"two"));
/// assert_ne!(node_hash(&one, &two), node_hash(&two, &one));
/// // A node is never taken for a leaf that has the same bytes.
/// assert_ne!(node_hash(&one, &two), leaf_hash(&[one, two].concat()));
/// ```
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition of RFC 6962, section 2.1, as it stands there.
    fn defined(leaves: &[Vec<u8>]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [one] => leaf_hash(one),
            many => {
                let mut k = 1;
                while k * 2 < many.len() {
                    k *= 2;
                }
                node_hash(&defined(&many[..k]), &defined(&many[k..]))
            }
        }
    }

    #[test]
    fn the_frontier_gives_the_root_of_the_definition() {
        let leaves: Vec<Vec<u8>> = (0_u16..300).map(|number| number.to_be_bytes().to_vec()).collect();
        let mut head = Head::EMPTY;
        for size in 0..leaves.len() {
            assert_eq!(head.root(), defined(&leaves[..size]), "size {size}");
            assert_eq!(Head::decode(&head.encode()).as_ref(), Some(&head));
            head = head.append([leaves[size].as_slice()]);
        }
    }

    #[test]
    fn published_roots() {
        // The reference leaves of the certificate-transparency test suite.
        let leaves: [&[u8]; 8] = [
            b"",
            &[0x00],
            &[0x10],
            &[0x20, 0x21],
            &[0x30, 0x31],
            &[0x40, 0x41, 0x42, 0x43],
            &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
            &[0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f],
        ];
        assert_eq!(Head::EMPTY.root_hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(
            Head::EMPTY.append(leaves).root_hex(),
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
        );
    }

    #[test]
    fn every_proof_of_every_size_verifies_and_no_other_does() {
        let leaves: Vec<Hash> = (0_u16..70).map(|number| leaf_hash(&number.to_be_bytes())).collect();
        let mut tree = Tree::default();
        let mut head = Head::EMPTY;
        for size in 1..=leaves.len() as u64 {
            tree.push(leaves[size as usize - 1]);
            head = head.append([(size as u16 - 1).to_be_bytes().as_slice()]);
            assert_eq!((tree.head(), tree.root()), (head.clone(), head.root()));
            for index in 0..size {
                let leaf = &leaves[index as usize];
                let proof = tree.inclusion(index, size).unwrap();
                assert!(verify_inclusion(leaf, index, size, &proof, &tree.root()), "{index} of {size}");
                assert!(!verify_inclusion(leaf, index ^ 1, size, &proof, &tree.root()) || size == 1);
                assert!(!verify_inclusion(leaf, index, size, &proof, leaf) || size == 1);
                let older = tree.root_at(index + 1).unwrap();
                let proof = tree.consistency(index + 1, size).unwrap();
                assert!(verify_consistency(index + 1, &older, size, &tree.root(), &proof), "{index} of {size}");
                assert!(!verify_consistency(index + 1, leaf, size, &tree.root(), &proof) || index == 0);
            }
        }
        assert_eq!((tree.inclusion(70, 70), tree.inclusion(0, 71), tree.consistency(0, 70)), (None, None, None));
    }

    #[test]
    fn segments_are_forgotten_and_rebuilt_without_a_trace() {
        let leaf = |index: u64| leaf_hash(&index.to_be_bytes());
        let size = 3 * SEGMENT + 1000;
        let mut whole = Tree::default();
        let mut trimmed = Tree::default();
        for index in 0..size {
            whole.push(leaf(index));
            trimmed.push(leaf(index));
            if index % 777 == 0 {
                trimmed.trim();
            }
        }
        trimmed.trim();
        let roots = (0..3).map(|segment| whole.node(SEGMENT_LEVEL, segment).unwrap());
        let mut rebuilt = Tree::from_segments(roots);
        (3 * SEGMENT..size).for_each(|index| rebuilt.push(leaf(index)));
        for tree in [&trimmed, &rebuilt] {
            assert_eq!((tree.head(), tree.root()), (whole.head(), whole.root()));
            for index in [3 * SEGMENT, size - 1, size - 500] {
                assert_eq!(tree.inclusion(index, size), whole.inclusion(index, size));
                assert_eq!(tree.consistency(index, size), whole.consistency(index, size));
            }
            assert_eq!(tree.inclusion(5, size), None);
            let hashes: Vec<Hash> = (SEGMENT..2 * SEGMENT).map(leaf).collect();
            assert_eq!(tree.inclusion_with(SEGMENT + 5, size, &hashes), whole.inclusion(SEGMENT + 5, size));
            assert_eq!(tree.inclusion_with(5, size, &hashes), None, "the hashes of another segment");
            assert_eq!(tree.consistency(SEGMENT, size), whole.consistency(SEGMENT, size));
        }
    }

    #[test]
    fn damaged_heads_are_none() {
        let head = Head::EMPTY.append([b"a".as_slice(), b"b", b"c"]);
        let bytes = head.encode();
        assert_eq!((bytes.len(), Head::decode(&bytes)), (8 + 2 * 32, Some(head)));
        for length in 0..bytes.len() {
            assert_eq!(Head::decode(&bytes[..length]), None, "{length}");
        }
        // A root too many, and a part of one.
        assert_eq!(Head::decode(&[bytes.as_slice(), &[7; 32]].concat()), None);
        assert_eq!(Head::decode(&[bytes.as_slice(), &[7]].concat()), None);
    }

    #[test]
    fn a_tree_proves_what_it_was_and_not_what_it_will_be() {
        let leaf = |index: u64| leaf_hash(&index.to_be_bytes());
        let mut tree = Tree::default();
        assert_eq!((tree.size(), tree.root_at(0), tree.root_at(1)), (0, Some(Head::EMPTY.root()), None));
        let mut roots = vec![tree.root()];
        (0..40).for_each(|index| {
            tree.push(leaf(index));
            roots.push(tree.root());
        });
        assert_eq!(tree.size(), 40);
        for size in 1..=40 {
            let root = roots[size as usize];
            assert_eq!(tree.root_at(size), Some(root));
            for index in 0..size {
                let proof = tree.inclusion(index, size).unwrap();
                assert!(verify_inclusion(&leaf(index), index, size, &proof, &root), "{index} of {size}");
                let proof = tree.consistency(index + 1, size).unwrap();
                let older = &roots[index as usize + 1];
                assert!(verify_consistency(index + 1, older, size, &root, &proof), "{index} of {size}");
            }
            assert_eq!((tree.inclusion(size, size), tree.consistency(size + 1, size)), (None, None));
        }
        for size in [41, 48, 64, u64::MAX] {
            assert_eq!((tree.root_at(size), tree.inclusion(0, size), tree.consistency(1, size)), (None, None, None));
        }
    }

    #[test]
    fn nothing_is_the_beginning_of_nothing() {
        let (empty, one) = (Head::EMPTY.root(), leaf_hash(b"a"));
        assert!(verify_consistency(1, &one, 1, &one, &[]));
        for (from, to) in [(0, 0), (0, 1), (2, 1)] {
            assert!(!verify_consistency(from, &empty, to, &empty, &[]), "{from} to {to}");
        }
        assert!(!verify_inclusion(&one, 0, 0, &[], &one) && !verify_inclusion(&one, 1, 1, &[], &one));
    }

    #[test]
    fn proofs_from_inside_a_forgotten_segment_are_of_any_later_size() {
        let leaf = |index: u64| leaf_hash(&index.to_be_bytes());
        let mut tree = Tree::default();
        (0..4 * SEGMENT).for_each(|index| tree.push(leaf(index)));
        let later = tree.clone();
        tree.trim();
        let hashes: Vec<Hash> = (SEGMENT..2 * SEGMENT).map(leaf).collect();
        let with = |index, size, hashes: &[Hash]| tree.inclusion_with(index, size, hashes);
        for size in [2 * SEGMENT, 3 * SEGMENT, 4 * SEGMENT] {
            for index in [SEGMENT, 2 * SEGMENT - 1] {
                let proof = with(index, size, &hashes).unwrap();
                let root = later.root_at(size).unwrap();
                assert!(verify_inclusion(&leaf(index), index, size, &proof, &root), "{index} of {size}");
            }
        }
        // No leaf of a tree of that size, a tree that is not there yet, and no segment.
        assert_eq!(with(SEGMENT + 5, SEGMENT + 5, &hashes), None);
        assert_eq!(with(SEGMENT + 5, 4 * SEGMENT + 1, &hashes), None);
        assert_eq!(with(SEGMENT + 5, 4 * SEGMENT, &hashes[1..]), None);
        assert_eq!(with(SEGMENT + 5, 4 * SEGMENT, &[]), None);
        // Of the last segment all nodes are left, of those before it the roots, and what is above.
        let kept: Vec<usize> = tree.levels.iter().map(Vec::len).collect();
        let inside = (0..SEGMENT_LEVEL).map(|level| SEGMENT as usize >> level).collect::<Vec<_>>();
        assert_eq!((&kept[..SEGMENT_LEVEL], &kept[SEGMENT_LEVEL..]), (inside.as_slice(), [4, 2, 1].as_slice()));
    }
}
