//! A good policy, broken at random: the outcome is a policy or diagnostics inside the files, never a panic.
//!
//! The seed is printed; `SEED=…` repeats a run.

use std::{
    collections::BTreeMap,
    env,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use tower_consent::{
    lint::Check,
    policy::{Diagnostic, Policy},
};

const MUTATIONS: u64 = 1_000;

type Files = BTreeMap<String, String>;

/// SplitMix64 (Steele, Lea, Flood 2014): small, and good enough to pick places.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit.max(1) as u64).unwrap()
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }
}

fn seed() -> u64 {
    env::var("SEED").map_or(20_261_125, |seed| seed.parse().expect("SEED is a number"))
}

/// Values of every sort, and some that are hard to handle.
const VALUES: &[&str] = &[
    "\"\"",
    "\" \"",
    "0",
    "-1",
    "9223372036854775807",
    "1e999",
    "true",
    "2026-02-30",
    "2026-01-31",
    "07:32:00",
    "[]",
    "[[]]",
    "{}",
    "{ ru = \"\" }",
    "{ xx-yy = 1 }",
    "\"999999999999 days\"",
    "\"0 days\"",
    "\"{{ operator.name }}\"",
    "\"\\u0000\"",
    "\"\\u202e\"",
    "\"#12345\"",
    "\"ё\u{301}\u{1f469}\u{200d}\u{1f4bb}\"",
    "'''\nmany\nlines'''",
    "\"*\"",
];

/// Pieces of Markdown and of placeholders that are hard to handle.
const PIECES: &[&str] = &[
    "{{",
    "}}",
    "{{ }}",
    "{{ operator.nmae }}",
    "{{ table.purposes }}",
    "\u{feff}",
    "<script>",
    "[a](javascript:b)",
    "\r",
    "|a|\n|-|",
];

fn mutate(files: &mut Files, random: &mut Random) {
    let names: Vec<String> = files.keys().cloned().collect();
    // Half of all changes are made where most of the meaning is.
    let name = if random.below(2) == 0 { "policy.toml".to_owned() } else { random.pick(&names) };
    let Some(text) = files.get_mut(&name) else {
        return;
    };
    match random.below(14) {
        0 => bytes(text, random),
        1 => {
            let mut lines = lines(text);
            let line = random.below(lines.len());
            lines.remove(line.min(lines.len() - 1));
            *text = lines.concat();
        }
        2 => {
            let mut lines = lines(text);
            let line = random.below(lines.len());
            let copy = lines[line].clone();
            lines.insert(random.below(lines.len()), copy);
            *text = lines.concat();
        }
        3 => {
            let mut lines = lines(text);
            let (one, other) = (random.below(lines.len()), random.below(lines.len()));
            lines.swap(one, other);
            *text = lines.concat();
        }
        4 | 5 => key(text, random),
        6..=8 => value(text, random),
        9 => tables(text, random, false),
        10 => tables(text, random, true),
        11 => {
            let other = random.pick(&names);
            if let (Some(one), Some(two)) = (files.get(&name).cloned(), files.get(&other).cloned()) {
                files.insert(name, two);
                files.insert(other, one);
            }
        }
        12 => {
            if random.below(3) == 0 {
                files.remove(&name);
            } else {
                text.truncate(boundary(text, random));
            }
        }
        _ => {
            let at = boundary(text, random);
            text.insert_str(at, random.pick(PIECES));
        }
    }
}

fn lines(text: &str) -> Vec<String> {
    let lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    if lines.is_empty() { vec![String::new()] } else { lines }
}

fn boundary(text: &str, random: &mut Random) -> usize {
    let mut at = random.below(text.len() + 1);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// Changes, removes or adds some bytes; what is no UTF-8 afterwards is replaced, since only UTF-8 is read.
fn bytes(text: &mut String, random: &mut Random) {
    let mut bytes = std::mem::take(text).into_bytes();
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len());
        let byte = random.next().to_le_bytes()[0];
        match random.below(3) {
            0 if !bytes.is_empty() => bytes[at] = byte,
            1 if !bytes.is_empty() => drop(bytes.remove(at)),
            _ => bytes.insert(at, byte),
        }
    }
    *text = String::from_utf8_lossy(&bytes).into_owned();
}

/// Misspells a key, or gives it the name of another one.
fn key(text: &mut String, random: &mut Random) {
    let mut lines = lines(text);
    let keys: Vec<(usize, String)> = lines
        .iter()
        .enumerate()
        .filter_map(|(number, line)| Some((number, line.split_once(" = ")?.0.trim().to_owned())))
        .filter(|(_, key)| !key.is_empty())
        .collect();
    if keys.is_empty() {
        return bytes(text, random);
    }
    let (line, key) = random.pick(&keys);
    let mut new = random.pick(&keys).1.clone();
    if random.below(2) == 0 {
        new = key.clone();
        let at = boundary(&new, random);
        new.insert_str(at, random.pick(&["x", "-", ".", " ", "\"", "ж", "=", "["]));
    }
    lines[line] = lines[line].replacen(&key, &new, 1);
    *text = lines.concat();
}

/// Puts another value in the place of one.
fn value(text: &mut String, random: &mut Random) {
    let mut lines = lines(text);
    let with_value: Vec<usize> =
        lines.iter().enumerate().filter(|(_, line)| line.contains(" = ")).map(|(number, _)| number).collect();
    if with_value.is_empty() {
        return bytes(text, random);
    }
    let line = random.pick(&with_value);
    let (key, old) = lines[line].split_once(" = ").unwrap();
    let other = lines[random.pick(&with_value)].split_once(" = ").unwrap().1.trim_end().to_owned();
    let new = if random.below(3) == 0 { other.as_str() } else { random.pick(VALUES) };
    let ending = if old.ends_with('\n') { "\n" } else { "" };
    lines[line] = format!("{key} = {new}{ending}");
    *text = lines.concat();
}

/// Removes a table, or writes it twice.
fn tables(text: &mut String, random: &mut Random, twice: bool) {
    let mut tables: Vec<String> = vec![String::new()];
    for line in lines(text) {
        if line.starts_with('[') {
            tables.push(String::new());
        }
        tables.last_mut().unwrap().push_str(&line);
    }
    let table = random.below(tables.len());
    if twice {
        let copy = tables[table].clone();
        tables.insert(random.below(tables.len()), copy);
    } else {
        tables.remove(table);
    }
    *text = tables.concat();
}

/// Says what is wrong with the place of a diagnostic.
fn misplaced(files: &Files, found: &Diagnostic) -> Option<String> {
    if found.message.is_empty() || found.help.is_empty() {
        return Some("it says nothing".to_owned());
    }
    let Some(text) = files.get(&found.file) else {
        // A text that is missing is told of in the place where it should be.
        let missing = found.code == "missing-file" && found.span == (0..0);
        return (!missing).then(|| format!("there is no `{}`", found.file));
    };
    if text.get(found.span.clone()).is_none() {
        return Some(format!("{:?} is not inside the {} bytes of `{}`", found.span, text.len(), found.file));
    }
    let before = &text[..found.span.start];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    ((line, column) != (found.line, found.column)).then(|| format!("it is at {line}:{column}"))
}

#[test]
fn a_thousand_broken_policies_are_judged_without_a_panic() {
    let seed = seed();
    println!("SEED={seed}");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("policies");
    let good: Vec<Files> = ["news-site", "shop"].iter().map(|site| Policy::read(root.join(site)).unwrap()).collect();
    let (mut usable, mut diagnostics) = (0, 0);
    for number in 0..MUTATIONS {
        let mut random = Random(seed.wrapping_add(number.wrapping_mul(0x1_0000_0001)));
        let mut files = random.pick(&good);
        for _ in 0..=random.below(3) {
            mutate(&mut files, &mut random);
        }
        let judged = catch_unwind(AssertUnwindSafe(|| {
            let (policy, mut found) = Policy::check(files.clone());
            if let Some(policy) = &policy {
                found.extend(Check::new(policy).run().findings().iter().map(|finding| finding.diagnostic.clone()));
            }
            (policy, found)
        }));
        let Ok((policy, found)) = judged else {
            panic!("SEED={seed}: mutation {number} panics");
        };
        assert!(policy.is_some() || !found.is_empty(), "SEED={seed}: mutation {number} is refused without a reason");
        for diagnostic in &found {
            if let Some(reason) = misplaced(&files, diagnostic) {
                panic!("SEED={seed}: mutation {number}: {reason}: {diagnostic:?}");
            }
        }
        usable += usize::from(policy.is_some());
        diagnostics += found.len();
    }
    println!("{MUTATIONS} mutations: {usable} usable policies, {diagnostics} diagnostics");
    // The test would prove nothing if the mutations all missed, or all hit at once.
    assert!((MUTATIONS / 50..MUTATIONS * 9 / 10).contains(&(usable as u64)), "{usable} of {MUTATIONS} are usable");
}
