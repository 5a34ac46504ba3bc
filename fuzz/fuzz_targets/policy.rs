//! Any bytes as a policy file (the first byte says which): a policy or findings whose places are inside of the file, never
//! a panic; what is accepted can be checked against every rule and served.

#![no_main]

use std::{collections::BTreeMap, sync::LazyLock};

use libfuzzer_sys::fuzz_target;
use tower_consent::{ConsentLayer, Policy, lint::Check, store::Memory};

static FILES: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    Policy::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../policies/news-site")).expect("the seed policy can be read")
});

fuzz_target!(|data: &[u8]| {
    let Some((which, text)) = data.split_first() else {
        return;
    };
    let Ok(text) = std::str::from_utf8(text) else {
        return;
    };
    let name = ["policy.toml", "ru/consent.md", "ru/banner.md", "catalogue/own.toml"][usize::from(which & 3)];
    let mut files = FILES.clone();
    files.insert(name.to_owned(), text.to_owned());
    let (policy, found) = Policy::check(files.clone());
    for finding in &found {
        let file = files.get(&finding.file).map_or("", String::as_str);
        assert!(file.get(finding.span.clone()).is_some(), "{finding:?} is outside of its file");
    }
    match policy {
        None => assert!(!found.is_empty(), "no policy, and nothing says why"),
        Some(policy) => {
            let _ = Check::new(&policy).run();
            assert!(ConsentLayer::new(policy, Memory::default()).is_ok());
        }
    }
});
