//! Any bytes as a page: what html5ever finds alive of a refused host in the outcome is a fault of the gate, and so is
//! an outcome that depends on how the page was split. The first byte says how; the rest is the page.

#![no_main]

#[path = "../../tests/all/alive.rs"]
mod alive;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use tower_consent::{
    Decision, Policy,
    gate::{Error, Gate, Rules},
};

static SITE: LazyLock<(Rules, Decision)> = LazyLock::new(|| {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../policies/news-site");
    let policy = Policy::load(folder).expect("the seed policy is good");
    (Rules::new(&policy), Decision::granting(&policy, []))
});

fn gated(page: &[u8], size: usize) -> Result<Vec<u8>, Error> {
    let (rules, decision) = &*SITE;
    let mut gate = Gate::new(rules, decision, "https://news.example/")?;
    let mut out = Vec::new();
    for piece in page.chunks(size) {
        out.extend(gate.feed(piece)?);
    }
    out.extend(gate.finish()?);
    Ok(out)
}

fuzz_target!(|data: &[u8]| {
    let Some((how, page)) = data.split_first() else {
        return;
    };
    let Ok(whole) = gated(page, usize::MAX) else {
        return;
    };
    let split = gated(page, usize::from(*how) % 16 + 1);
    assert!(split.is_ok_and(|split| split == whole), "the outcome depends on the pieces");
    for scripting in [true, false] {
        let found = alive::alive(&whole, scripting);
        assert!(found.is_empty(), "alive: {found:?} in {}", String::from_utf8_lossy(&whole));
    }
});
