//! The tree over the entries (RFC 6962, section 2.1), as the few hashes that are needed to go on appending.

use sha2::{Digest, Sha256};

type Hash = [u8; 32];

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
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Returns the head after these leaves.
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
    pub fn root(&self) -> [u8; 32] {
        let mut roots = self.frontier.iter().rev();
        match roots.next() {
            None => Sha256::digest([]).into(),
            Some(last) => roots.fold(*last, |right, left| node_hash(left, &right)),
        }
    }

    /// Returns the root hash in hexadecimal digits.
    pub fn root_hex(&self) -> String {
        base16ct::lower::encode_string(&self.root())
    }

    /// Writes the head down: size (big-endian) and the roots.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.size.to_be_bytes().to_vec();
        bytes.extend(self.frontier.iter().flatten());
        bytes
    }

    /// Reads a head; `None` when the bytes are none.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (size, roots) = bytes.split_first_chunk::<8>()?;
        let size = u64::from_be_bytes(*size);
        let (frontier, rest) = roots.as_chunks::<32>();
        (rest.is_empty() && frontier.len() == size.count_ones() as usize)
            .then(|| Self { size, frontier: frontier.to_vec() })
    }
}

fn leaf_hash(leaf: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(leaf).finalize().into()
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
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
    fn damaged_heads_are_none() {
        let head = Head::EMPTY.append([b"a".as_slice(), b"b", b"c"]);
        let bytes = head.encode();
        for length in (0..bytes.len()).filter(|length| *length != bytes.len()) {
            assert_ne!(Head::decode(&bytes[..length]), Some(head.clone()));
        }
        assert_eq!(Head::decode(&bytes[..10]), None);
    }
}
