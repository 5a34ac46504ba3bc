//! The log's formats against the published vectors and against readers that others wrote.

use std::path::PathBuf;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use tower_consent::audit::{
    Checkpoint, Hash, Head, LogKey, Note, Proof, Tree, bundle_path, leaf_hash, tile_path, tiles, verify_consistency,
    verify_inclusion,
};

use super::corpus::corpus;

/// A hash; some vectors have a few words where a root does not matter, and zeros fill them up.
fn hash(value: &Value) -> Option<Hash> {
    let mut bytes = STANDARD.decode(value.as_str()?).ok()?;
    if bytes.starts_with(b"don't care") {
        bytes.resize(32, 0);
    }
    bytes.try_into().ok()
}

fn hashes(value: &Value) -> Option<Vec<Hash>> {
    value.as_array().map_or(Some(Vec::new()), |list| list.iter().map(hash).collect())
}

fn lines(file: PathBuf) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn published_inclusion_proofs() {
    let Some(folder) = corpus("merkle") else { return };
    let cases = lines(folder.join("inclusion.jsonl"));
    assert_eq!(cases.len(), 98);
    let mut refused = 0;
    for case in cases {
        let wanted = case["wantErr"] == false;
        let accepted = (|| {
            let (leaf, root, proof) = (hash(&case["leafHash"])?, hash(&case["root"])?, hashes(&case["proof"])?);
            Some(verify_inclusion(&leaf, case["leafIdx"].as_u64()?, case["treeSize"].as_u64()?, &proof, &root))
        })();
        assert_eq!(accepted == Some(true), wanted, "{}", case["file"]);
        refused += u32::from(!wanted);
    }
    assert_eq!(refused, 92);
}

#[test]
fn published_consistency_proofs() {
    let Some(folder) = corpus("merkle") else { return };
    let cases = lines(folder.join("consistency.jsonl"));
    assert_eq!(cases.len(), 98);
    let mut refused = 0;
    for case in cases {
        let wanted = case["wantErr"] == false;
        let accepted = (|| {
            let (older, newer, proof) = (hash(&case["root1"])?, hash(&case["root2"])?, hashes(&case["proof"])?);
            Some(verify_consistency(case["size1"].as_u64()?, &older, case["size2"].as_u64()?, &newer, &proof))
        })();
        assert_eq!(accepted == Some(true), wanted, "{}", case["file"]);
        refused += u32::from(!wanted);
    }
    assert_eq!(refused, 92);
}

#[test]
fn published_canonical_json() {
    let Some(folder) = corpus("jcs") else { return };
    let mut count = 0;
    for entry in std::fs::read_dir(folder.join("input")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap();
        let value: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        let wanted = std::fs::read(folder.join("output").join(name)).unwrap();
        let ours = serde_json_canonicalizer::to_vec(&value).unwrap();
        assert_eq!(String::from_utf8_lossy(&ours), String::from_utf8_lossy(&wanted), "{name:?}");
        assert_eq!(serde_jcs::to_vec(&value).unwrap(), wanted, "{name:?}: the other implementation");
        count += 1;
    }
    assert_eq!(count, 6);
}

#[test]
fn two_implementations_write_ten_thousand_random_values_alike() {
    let seed: u64 = std::env::var("SEED").map_or(20_261_126, |seed| seed.parse().expect("SEED is a number"));
    println!("SEED={seed}");
    let mut state = seed | 1;
    let mut pick = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    for number in 0..10_000 {
        let mut text = |length: u64| -> String {
            let sign = |code: u64| char::from_u32(code as u32).unwrap_or('\u{fffd}');
            (0..pick(length))
                .map(|_| match pick(5) {
                    0 => sign(pick(0x20)),
                    1 => sign(0x400 + pick(0x60)),
                    2 => sign(0xe000 + pick(0x2000)),
                    3 => sign(0x1_f300 + pick(0x300)),
                    _ => sign(0x20 + pick(0x60)),
                })
                .collect()
        };
        let mut fields = serde_json::Map::new();
        for _ in 0..8 {
            fields.insert(text(12), Value::String(text(30)));
        }
        fields.insert("count".into(), (pick(1 << 53)).into());
        fields.insert("granted".into(), (pick(2) == 0).into());
        let value = Value::Object(fields);
        let ours = serde_json_canonicalizer::to_vec(&value).unwrap();
        assert_eq!(ours, serde_jcs::to_vec(&value).unwrap(), "SEED={seed} value {number}: {value}");
        assert_eq!(serde_json::from_slice::<Value>(&ours).unwrap(), value);
    }
}

/// Sizes the proofs are compared at: all small ones, and both sides of each power of two.
fn sizes() -> Vec<u64> {
    let mut sizes: Vec<u64> = (1..=130).collect();
    for power in 8..=12 {
        sizes.extend([(1 << power) - 1, 1 << power, (1 << power) + 1]);
    }
    sizes.extend([600, 5000]);
    sizes.sort_unstable();
    sizes
}

fn leaf(index: u64) -> Vec<u8> {
    format!("entry {index}").into_bytes()
}

/// Our tree's hashes as the Go checksum database numbers them.
struct Stored(Vec<tlog_tiles::tlog::Hash>);

impl tlog_tiles::tlog::HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::tlog::Hash>, tlog_tiles::tlog::Error> {
        Ok(indexes.iter().map(|index| self.0[*index as usize]).collect())
    }
}

#[test]
fn roots_and_proofs_agree_with_two_foreign_implementations() {
    use ct_merkle::mem_backed_tree::MemoryBackedTree;
    use tlog_tiles::tlog;
    let largest = 5000;
    let mut stored = Stored(Vec::new());
    for index in 0..largest {
        let more = tlog::stored_hashes(index, &leaf(index), &stored).unwrap();
        stored.0.extend(more);
    }
    let mut foreign = MemoryBackedTree::<sha2::Sha256, Vec<u8>>::new();
    let mut tree = Tree::default();
    let seed: u64 = std::env::var("SEED").map_or(20_261_125, |seed| seed.parse().expect("SEED is a number"));
    println!("SEED={seed}");
    let mut state = seed | 1;
    let mut pick = move |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    for size in sizes() {
        while tree.size() < size {
            let next = leaf(tree.size());
            tree.push(leaf_hash(&next));
            foreign.push(next);
        }
        let root = tree.root();
        assert_eq!(foreign.root().as_bytes().as_slice(), root, "root of {size}");
        assert_eq!(tlog::tree_hash(size, &stored).unwrap().0, root, "root of {size}");
        for index in [0, size - 1, pick(size), pick(size)] {
            let proof = tree.inclusion(index, size).unwrap();
            let theirs = foreign.prove_inclusion(index as usize);
            assert_eq!(theirs.as_bytes(), proof.concat(), "inclusion of {index} in {size}");
            let theirs = tlog::prove_record(size, index, &stored).unwrap();
            assert_eq!(theirs.iter().map(|hash| hash.0).collect::<Vec<_>>(), proof);
            let older = index + 1;
            let proof = tree.consistency(older, size).unwrap();
            let theirs = foreign.prove_consistency((size - older) as usize);
            assert_eq!(theirs.as_bytes(), proof.concat(), "consistency of {older} and {size}");
            if older < size {
                let theirs = tlog::prove_tree(size, older, &stored).unwrap();
                assert_eq!(theirs.iter().map(|hash| hash.0).collect::<Vec<_>>(), proof);
            }
        }
    }
}

#[test]
fn foreign_readers_accept_our_notes_and_checkpoints() {
    use signed_note::{Note as Foreign, StandardVerifier, VerifierList};
    let (old, new) = (LogKey::new("news.example/consent", [7; 32]), LogKey::new("news.example/consent", [8; 32]));
    let (old, new) = (old.unwrap(), new.unwrap());
    let head = Head::EMPTY.append([b"a".as_slice(), b"b", b"c"]);
    let note = Checkpoint::of("news.example/consent", &head).sign(&[&old, &new]).unwrap().to_string();
    for key in [&old, &new] {
        let verifier = StandardVerifier::new(&key.verifier().to_string()).unwrap();
        let foreign = Foreign::from_bytes(note.as_bytes()).unwrap();
        let (good, other) = foreign.verify(&VerifierList::new(vec![Box::new(verifier)])).unwrap();
        assert_eq!((good.len(), other.len()), (1, 1));
        let read = tlog_tiles::checkpoint::Checkpoint::from_bytes(foreign.text()).unwrap();
        assert_eq!((read.origin(), read.size(), read.hash().0), ("news.example/consent", 3, head.root()));
    }
    // And the other way round: from the same secret the other signer makes the same note.
    let (name, rest) = {
        let verifier = old.verifier().to_string();
        let (name, rest) = verifier.split_once('+').unwrap();
        (name.to_owned(), rest.split_once('+').unwrap().0.to_owned())
    };
    let secret = STANDARD.encode([[1].as_slice(), &[7; 32]].concat());
    let signer = signed_note::StandardSigner::new(&format!("PRIVATE+KEY+{name}+{rest}+{secret}")).unwrap();
    let checkpoint = Checkpoint::of("news.example/consent", &Head::EMPTY);
    let mut foreign = Foreign::new(checkpoint.to_string().as_bytes(), &[]).unwrap();
    foreign.add_sigs(&[&signer]).unwrap();
    assert_eq!(Checkpoint::open(&foreign.to_bytes(), &[old.verifier().clone()]).unwrap(), checkpoint);
    assert_eq!(checkpoint.sign(&[&old]).unwrap().to_string().as_bytes(), foreign.to_bytes());
    assert!(Note::parse(&foreign.to_bytes()).is_ok());
}

#[test]
fn foreign_tiles_have_our_names_and_hashes() {
    use tlog_tiles::tile::Tile;
    for size in [1, 255, 256, 257, 65_535, 65_536, 70_000, 300_000_001] {
        let mut theirs: Vec<String> = if size > 100_000 {
            vec![Tile::new(8, 0, size / 256, (size % 256) as u32, false).path()]
        } else {
            Tile::new_tiles(8, 0, size).iter().map(Tile::path).collect()
        };
        let mut ours: Vec<String> = if size > 100_000 {
            vec![tile_path(0, size / 256, size % 256)]
        } else {
            (0..3).flat_map(|level| tiles(level, 0, size).map(move |(n, width)| tile_path(level, n, width))).collect()
        };
        // The Go layout names the height, 8, which C2SP leaves out.
        theirs.iter_mut().for_each(|path| *path = path.replacen("tile/8/", "tile/", 1));
        theirs.sort();
        ours.sort();
        assert_eq!(ours, theirs, "tiles of {size}");
    }
    let mut data = Tile::new(8, 0, 1_234_067, 256, true);
    data.set_is_data();
    assert_eq!(data.path().replacen("tile/8/data", "tile/entries", 1), bundle_path(1_234_067, 256));
}

#[test]
fn a_proof_reads_as_the_specification_writes_it() {
    let key = LogKey::new("news.example/consent", [7; 32]).unwrap();
    let mut tree = Tree::default();
    (0..3).for_each(|index| tree.push(leaf_hash(&leaf(index))));
    let checkpoint = Checkpoint::of("news.example/consent", &tree.head()).sign(&[&key]).unwrap();
    let proof = Proof { index: 1, hashes: tree.inclusion(1, 3).unwrap(), checkpoint };
    let text = proof.to_string();
    let parts: Vec<&str> = text.split('\n').collect();
    assert_eq!(parts[..2], ["c2sp.org/tlog-proof@v1", "index 1"]);
    assert_eq!(STANDARD.decode(parts[2]).unwrap(), leaf_hash(&leaf(0)));
    assert_eq!(STANDARD.decode(parts[3]).unwrap(), leaf_hash(&leaf(2)));
    assert_eq!(parts[4..7], ["", "news.example/consent", "3"]);
    assert!(parts[9].starts_with("\u{2014} news.example/consent "));
    assert_eq!(text.parse::<Proof>().unwrap(), proof);
}
