//! The order of the rooms, and what may be named where.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use super::folder::files;

/// Rooms by level: a room imports from its own level or below (`ARCHITECTURE.md`).
const LEVELS: [(u8, &[&str]); 7] = [
    (0, &["purpose", "clock", "language"]),
    (1, &["policy", "catalogue", "documents", "signal", "record"]),
    (2, &["decision", "audit"]),
    (3, &["store", "banner", "script", "gate", "adapter"]),
    (4, &["recorder", "rights", "mirror", "ledger", "site", "endpoint", "lint", "scan", "export"]),
    (5, &["layer"]),
    (6, &["reload", "axum", "dashboard", "proxy", "testing"]),
];

/// Rust files below a folder of the package, with their texts.
fn rust(folder: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let is_rust = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "rs");
    let paths = files(&root).into_iter().filter(is_rust);
    let read = |path: PathBuf| (path.strip_prefix(&root).unwrap().to_owned(), fs::read_to_string(&path).unwrap());
    paths.map(read).collect()
}

fn sources() -> Vec<(PathBuf, String)> {
    rust("src")
}

fn room(path: &Path) -> String {
    path.components().next().unwrap().as_os_str().to_str().unwrap().trim_end_matches(".rs").to_owned()
}

#[test]
fn rooms_import_downward_only() {
    let levels: BTreeMap<&str, u8> =
        LEVELS.iter().flat_map(|(level, rooms)| rooms.iter().map(|room| (*room, *level))).collect();
    for (path, text) in sources() {
        let room = room(&path);
        if matches!(room.as_str(), "lib" | "bin") {
            continue;
        }
        let level = levels.get(room.as_str()).unwrap_or_else(|| panic!("{} has no level", path.display()));
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        for (name, other) in &levels {
            let named = code.contains(&format!("crate::{name}::"))
                || code.split("use crate::{").skip(1).any(|block| {
                    let block = block.split("};").next().unwrap();
                    block.lines().any(|line| line.trim_start().starts_with(&format!("{name}::")))
                });
            assert!(!named || other <= level, "{} imports {name}, which is above it", path.display());
        }
    }
}

#[test]
fn one_file_names_each_engine() {
    for (path, text) in sources() {
        let code: String =
            text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
        let path = path.to_str().unwrap();
        assert!(
            !code.contains("::sled") || ["store/sled/engine.rs", "store/mod.rs"].contains(&path),
            "{path} names sled"
        );
        assert!(
            !code.contains("tokio_postgres") || path.starts_with("store/postgres/"),
            "{path} names the client of PostgreSQL"
        );
        assert!(!code.contains("tokenizer::") || path.starts_with("gate/"), "{path} names the tokenizer");
        assert!(!code.contains("flush_async"), "{path}: concurrent calls of it deadlock");
    }
}

#[test]
fn every_file_says_what_it_is_for_and_none_is_too_long() {
    for (path, text) in sources() {
        assert!(text.starts_with("//!"), "{} has no page of its own", path.display());
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        assert!(code.lines().count() <= 700, "{} is over 700 lines", path.display());
    }
}

#[test]
fn the_architecture_page_names_every_room() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md")).unwrap();
    for (_, rooms) in LEVELS {
        for room in rooms {
            assert!(page.contains(&format!("`{room}`")), "ARCHITECTURE.md does not tell of `{room}`");
        }
    }
}

#[test]
fn the_page_of_threats_names_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(root.join("docs/threats.md")).unwrap();
    let tests: String = [rust("src"), rust("tests/all")].concat().into_iter().map(|(_, text)| text).collect();
    let fuzzed = fs::read_to_string(root.join("fuzz/Cargo.toml")).unwrap();
    let rows =
        page.lines().filter(|line| line.starts_with('|') && !line.starts_with("|-") && !line.contains("shown by"));
    let mut count = 0;
    for row in rows {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        assert_eq!(cells.len(), 3, "{row}");
        let named: Vec<&str> = cells[2].split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "nothing shows: {row}");
        for name in named {
            let is_known = tests.contains(&format!("fn {name}()"))
                || fuzzed.contains(&format!("[[bin]]\nname = \"{name}\""))
                || ["faults", "Cargo.toml", ".ci/run"].contains(&name);
            assert!(is_known, "no test is called {name}");
            count += 1;
        }
    }
    assert!(count > 30, "{count}");
}
