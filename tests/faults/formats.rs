//! What the log writes, for programs of others to read: `tests/formats/run` compares it with theirs.
//!
//! In: a folder. Out: two files of lines. `trees.jsonl` has the roots and proofs of trees over the leaves `entry 0`, `entry 1`, …;
//! `entries.jsonl` the entries of random records with their disclosures, as a store keeps them.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::Path,
    sync::Arc,
};

use serde_json::json;
use tower_consent::{
    audit::{Hash, Tree, leaf_hash},
    clock::{Clock, SystemClock},
    record::{Kind, Record},
    recorder::Log,
    store::{ConsentStore, Memory},
};

use crate::{programs::Random, site};

/// All small sizes, and both sides of each power of two.
fn sizes() -> Vec<u64> {
    let mut sizes: Vec<u64> = (0..=600).collect();
    sizes.extend((10..=12).flat_map(|power| [(1 << power) - 1, 1 << power, (1 << power) + 1]));
    sizes
}

/// `formats`.
pub(crate) fn write(folder: &Path, entries: u64) -> bool {
    fs::create_dir_all(folder).unwrap();
    let mut random = Random::seeded();
    let file = |name: &str| BufWriter::new(File::create(folder.join(name)).unwrap());
    trees(file("trees.jsonl"), &mut random);
    pollster::block_on(leaves(file("entries.jsonl"), entries, &mut random));
    true
}

fn hex(hash: &Hash) -> String {
    base16ct::lower::encode_string(hash)
}

fn trees(mut out: impl Write, random: &mut Random) {
    let mut tree = Tree::default();
    let mut proofs = 0;
    let sizes = sizes();
    for &size in &sizes {
        while tree.size() < size {
            tree.push(leaf_hash(format!("entry {}", tree.size()).as_bytes()));
        }
        // Of the largest of the small ones every proof.
        let mut indexes: Vec<u64> = match size {
            0 => Vec::new(),
            600 => (0..size).collect(),
            _ => vec![0, size / 2, size - 1, random.below(size), random.below(size)],
        };
        indexes.sort_unstable();
        indexes.dedup();
        let list = |hashes: Vec<Hash>| hashes.iter().map(hex).collect::<Vec<_>>();
        let inclusion: Vec<_> =
            indexes.iter().map(|index| json!([index, list(tree.inclusion(*index, size).unwrap())])).collect();
        let consistency: Vec<_> =
            indexes.iter().map(|index| json!([index + 1, list(tree.consistency(index + 1, size).unwrap())])).collect();
        proofs += inclusion.len() + consistency.len();
        let line =
            json!({ "size": size, "root": hex(&tree.root()), "inclusion": inclusion, "consistency": consistency });
        writeln!(out, "{line}").unwrap();
    }
    println!("formats: {} trees with {proofs} proofs", sizes.len());
}

/// Text with all that JSON escapes, and signs outside of the first plane, where orders of keys differ.
fn text(random: &mut Random, longest: u64) -> String {
    let sign = |code: u64| char::from_u32(code as u32).unwrap_or('\u{fffd}');
    (0..random.below(longest))
        .map(|_| match random.below(6) {
            0 => sign(random.below(0x20)),
            1 => sign(0x400 + random.below(0x60)),
            2 => sign(0xe000 + random.below(0x2000)),
            3 => sign(0x1_f300 + random.below(0x300)),
            4 => ['"', '\\', '/', '\u{7f}', '\u{2028}', '\u{2029}'][random.below(6) as usize],
            _ => sign(0x20 + random.below(0x60)),
        })
        .collect()
}

fn record(random: &mut Random) -> Record {
    let kinds = [Kind::Accept, Kind::Partial, Kind::Refuse, Kind::Withdraw, Kind::Request, Kind::Expire];
    let (mut record, _) = site::record(SystemClock.now());
    record.kind = kinds[random.below(kinds.len() as u64) as usize];
    // These name texts, and no text is kept here.
    (record.notice, record.consent) = (None, None);
    record.language = Some(text(random, 9));
    // An entry has room for five personal values.
    if random.below(2) == 0 {
        (record.page, record.client) = (Some(text(random, 80)), Some(text(random, 80)));
    } else {
        (record.contact, record.message) = (Some(text(random, 60)), Some(text(random, 400)));
    }
    record.purposes = (0..random.below(12))
        .map(|_| (format!("p{}", random.below(99)).parse().unwrap(), random.below(2) == 0))
        .collect();
    for name in ["action", "reason", "until", "what"] {
        if random.below(2) == 0 {
            record.facts.insert(name, text(random, 60));
        }
    }
    record
}

async fn leaves(mut out: impl Write, count: u64, random: &mut Random) {
    let store = Arc::new(Memory::default());
    let mut log = Log::open(store.clone(), "formats.example/consent", SystemClock.now()).await.unwrap();
    let begun = log.head().await.unwrap().size();
    for _ in 0..count.div_ceil(250) {
        log.append((0..250).map(|_| record(random)).collect()).await.unwrap();
    }
    let mut disclosures = 0;
    for entry in store.read(begun..begun + count).await.unwrap() {
        let leaf = String::from_utf8(entry.leaf.clone()).unwrap();
        let all: Vec<_> = entry.disclosures.iter().chain(&entry.brief).collect();
        disclosures += all.len();
        let fields = entry.disclosed().unwrap();
        writeln!(out, "{}", json!({ "leaf": leaf, "disclosures": all, "values": fields })).unwrap();
    }
    println!("formats: {count} entries with {disclosures} disclosures");
}
