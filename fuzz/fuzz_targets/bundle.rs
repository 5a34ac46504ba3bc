//! Any bytes as a bundle of entries: what is read is written back the same, and an entry is taken only in its one
//! canonical form.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tower_consent::audit::{Entry, Head, read_bundle, write_bundle};

fuzz_target!(|data: &[u8]| {
    if let Some(entries) = read_bundle(data) {
        let again = write_bundle(entries.iter().copied()).expect("what was read can be written");
        assert_eq!(again, data);
        for entry in entries {
            check(entry);
        }
    }
    check(data);
    if let Some(head) = Head::decode(data) {
        assert_eq!(head.encode(), data);
    }
});

fn check(leaf: &[u8]) {
    let text = String::from_utf8_lossy(leaf);
    let disclosures = text.split('~').map(str::to_owned).collect();
    let entry = Entry::from_parts(leaf.to_vec(), disclosures);
    if let Ok(fields) = entry.fields() {
        assert_eq!(serde_jcs::to_vec(&fields).expect("it can be written"), leaf, "taken in another form");
    }
    let _ = entry.disclosed();
}
