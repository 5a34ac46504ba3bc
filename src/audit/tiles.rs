//! The static form of a log (C2SP tlog-tiles): which files there are, and what is in a bundle of entries.

use super::tree::{Hash, node_hash};

/// Hashes of a full tile, and entries of a full bundle.
///
/// # Example
///
/// ```
/// use tower_consent::audit::{WIDTH, bundle_path};
/// // A full bundle needs no width in its name, since it never changes again.
/// assert_eq!(bundle_path(7, WIDTH), "tile/entries/007");
/// ```
pub const WIDTH: u64 = 256;
/// The longest entry a bundle can hold.
///
/// # Example
///
/// ```
/// use tower_consent::audit::{LONGEST_ENTRY, write_bundle};
/// assert!(write_bundle([vec![b' '; LONGEST_ENTRY].as_slice()]).is_some());
/// assert!(write_bundle([vec![b' '; LONGEST_ENTRY + 1].as_slice()]).is_none());
/// ```
pub const LONGEST_ENTRY: usize = u16::MAX as usize;

/// Returns the path of the bundle with this number when it holds `width` entries.
///
/// # Example
///
/// ```
/// use tower_consent::audit::bundle_path;
/// assert_eq!(bundle_path(1_234_067, 256), "tile/entries/x001/x234/067");
/// assert_eq!(bundle_path(0, 5), "tile/entries/000.p/5");
/// ```
pub fn bundle_path(number: u64, width: u64) -> String {
    format!("tile/entries/{}", place(number, width))
}

/// Returns the path of the tile with this number on a level when it holds `width` hashes.
///
/// # Example
///
/// ```
/// use tower_consent::audit::tile_path;
/// assert_eq!(tile_path(1, 0, 17), "tile/1/000.p/17");
/// ```
pub fn tile_path(level: u32, number: u64, width: u64) -> String {
    format!("tile/{level}/{}", place(number, width))
}

fn place(number: u64, width: u64) -> String {
    let mut path = format!("{:03}", number % 1000);
    let mut rest = number / 1000;
    while rest > 0 {
        path = format!("x{:03}/{path}", rest % 1000);
        rest /= 1000;
    }
    if width == WIDTH { path } else { format!("{path}.p/{width}") }
}

/// Returns number and width of each tile on a level (or bundle, for level 0) of a log, from the first one that is not
/// full at `from` entries on.
///
/// # Example
///
/// ```
/// use tower_consent::audit::{tile_path, tiles};
/// // A log of 600 entries: two full tiles and one that grows.
/// let files: Vec<String> = tiles(0, 0, 600).map(|(number, width)| tile_path(0, number, width)).collect();
/// assert_eq!(files, ["tile/0/000", "tile/0/001", "tile/0/002.p/88"]);
/// // Whoever had 300 of them fetches from the tile on that was not full.
/// assert_eq!(tiles(0, 300, 600).count(), 2);
/// ```
pub fn tiles(level: u32, from: u64, size: u64) -> impl Iterator<Item = (u64, u64)> {
    let hashes = move |size: u64| size.checked_shr(8 * level).unwrap_or(0);
    let (first, last) = (hashes(from) / WIDTH, hashes(size).div_ceil(WIDTH));
    (first..last).map(move |number| (number, (hashes(size) - number * WIDTH).min(WIDTH)))
}

/// Returns the root over a full tile's hashes.
///
/// # Example
///
/// ```
/// use tower_consent::audit::{Tree, WIDTH, leaf_hash, tile_root};
/// let hashes: Vec<_> = (0..WIDTH).map(|number| leaf_hash(&number.to_be_bytes())).collect();
/// let mut tree = Tree::default();
/// hashes.iter().for_each(|hash| tree.push(*hash));
/// assert_eq!(tile_root(&hashes), Some(tree.root()));
/// assert_eq!(tile_root(&hashes[1..]), None, "a tile that is not full has none yet");
/// ```
pub fn tile_root(hashes: &[Hash]) -> Option<Hash> {
    let mut row = hashes.to_vec();
    if row.len() as u64 != WIDTH {
        return None;
    }
    while row.len() > 1 {
        row = row.as_chunks::<2>().0.iter().map(|[left, right]| node_hash(left, right)).collect();
    }
    row.first().copied()
}

/// Writes a bundle of entries: before each its length as two bytes, big-endian; `None` when one is too long.
///
/// # Example
///
/// ```
/// use tower_consent::audit::{read_bundle, write_bundle};
/// let bundle = write_bundle([b"a".as_slice(), b"bc"]).unwrap();
/// assert_eq!(bundle, [0, 1, b'a', 0, 2, b'b', b'c']);
/// assert_eq!(read_bundle(&bundle).unwrap(), [b"a".as_slice(), b"bc"]);
/// ```
pub fn write_bundle<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    let mut bundle = Vec::new();
    for entry in entries {
        bundle.extend(u16::try_from(entry.len()).ok()?.to_be_bytes());
        bundle.extend(entry);
    }
    Some(bundle)
}

/// Reads a bundle; `None` when it ends inside an entry.
///
/// # Example
///
/// ```
/// use tower_consent::audit::read_bundle;
/// assert_eq!(read_bundle(&[0, 2, b'{', b'}']).unwrap(), [b"{}"]);
/// assert_eq!(read_bundle(&[0, 2, b'{']), None, "a download that broke off is noticed");
/// ```
pub fn read_bundle(mut bundle: &[u8]) -> Option<Vec<&[u8]>> {
    let mut entries = Vec::new();
    while !bundle.is_empty() {
        let (length, rest) = bundle.split_first_chunk::<2>()?;
        let (entry, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
        entries.push(entry);
        bundle = rest;
    }
    Some(entries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tiles_of_the_specification_s_example() {
        // C2SP tlog-tiles, "Partial Tiles": a tree of 70,000.
        let widths = |level| tiles(level, 0, 70_000).map(|(_, width)| width).collect::<Vec<_>>();
        assert_eq!((widths(0).len(), widths(0)[272], widths(0)[273]), (274, 256, 112));
        assert_eq!(widths(1), [256, 17]);
        assert_eq!(widths(2), [1]);
        assert!(widths(3).is_empty());
        assert_eq!(tiles(0, 0, 256).chain(tiles(1, 0, 256)).collect::<Vec<_>>(), [(0, 256), (0, 1)]);
        assert_eq!(tiles(0, 300, 600).collect::<Vec<_>>(), [(1, 256), (2, 88)]);
        assert_eq!(tiles(9, 0, u64::MAX).count(), 0);
    }

    #[test]
    fn the_paths_of_the_specification_s_examples() {
        // C2SP tlog-tiles, "Tile Encoding" and "Partial Tiles".
        for (number, width, path) in [
            (0, 1, "000.p/1"),
            (0, 255, "000.p/255"),
            (0, 256, "000"),
            (273, 112, "273.p/112"),
            (999, 256, "999"),
            (1000, 256, "x001/000"),
            (1_234_067, 256, "x001/x234/067"),
            (1_000_000, 8, "x001/x000/000.p/8"),
        ] {
            assert_eq!(tile_path(0, number, width), format!("tile/0/{path}"));
            assert_eq!(tile_path(5, number, width), format!("tile/5/{path}"));
            assert_eq!(bundle_path(number, width), format!("tile/entries/{path}"));
        }
    }

    #[test]
    fn a_full_tile_and_no_other_has_the_root_of_its_tree() {
        let hashes: Vec<Hash> = (0..=u8::MAX).map(|number| [number; 32]).collect();
        let mut tree = crate::audit::Tree::default();
        hashes.iter().for_each(|hash| tree.push(*hash));
        assert_eq!(tile_root(&hashes), Some(tree.root()));
        let more: Vec<Hash> = hashes.iter().chain(&hashes).copied().collect();
        for width in [0, 1, 128, 255, 257, 512] {
            assert_eq!(tile_root(&more[..width]), None, "{width}");
        }
    }

    #[test]
    fn a_bundle_holds_entries_up_to_the_longest_and_ends_with_one() {
        let (longest, longer) = (vec![7; 65_535], vec![7; 65_536]);
        let entries = [b"".as_slice(), b"a", &longest, b"bc"];
        let bundle = write_bundle(entries).unwrap();
        assert_eq!((bundle.len(), &bundle[..7]), (4 * 2 + 65_538, &[0, 0, 0, 1, b'a', 0xff, 0xff][..]));
        assert_eq!(read_bundle(&bundle).unwrap(), entries);
        assert_eq!(write_bundle([longer.as_slice()]), None);
        assert_eq!((write_bundle([]), read_bundle(b"")), (Some(Vec::new()), Some(Vec::new())));
        for cut in [bundle.len() - 1, bundle.len() - 2, bundle.len() - 3, 6, 1] {
            assert_eq!(read_bundle(&bundle[..cut]), None, "{cut}");
        }
    }
}
