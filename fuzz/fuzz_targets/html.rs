//! Any bytes as a page: what html5ever finds alive of a refused host in the outcome is a fault of the gate, and so is
//! an outcome that depends on how the page was split. The first byte says how; the rest is the page. It is judged as the
//! gate makes it, and as visitors get it: with a banner before a choice, with the permanent link behind a refusal.

#![no_main]

#[path = "../../tests/all/alive.rs"]
mod alive;
mod site;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use site::Site;
use tower_consent::{
    Decision, Policy,
    gate::{Error, Gate, Rules},
};

static SITE: LazyLock<(Rules, Decision)> = LazyLock::new(|| {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../policies/news-site");
    let policy = Policy::load(folder).expect("the seed policy is good");
    (Rules::new(&policy), Decision::granting(&policy, []))
});

/// The site, and the cookie of somebody who refused.
static VISITED: LazyLock<(Site, String)> = LazyLock::new(|| {
    let site = Site::new();
    let refused = site.choose("refuse");
    let page = site.page(b"<body><p>news", Some(&refused)).expect("a page");
    assert!(!String::from_utf8_lossy(&page).contains("<section id=\"tc\""), "he is not asked again");
    (site, refused)
});

fn judge(page: &[u8], who: &str) {
    for scripting in [true, false] {
        let found = alive::alive(page, scripting);
        assert!(found.is_empty(), "alive for {who}: {found:?} in {}", String::from_utf8_lossy(page));
    }
}

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
    judge(&whole, "the gate alone");
    let (site, refused) = &*VISITED;
    for (who, cookie) in [("a new visitor", None), ("one who refused", Some(refused.as_str()))] {
        if let Some(page) = site.page(page, cookie) {
            judge(&page, who);
        }
    }
});
