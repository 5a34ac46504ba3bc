//! What an earlier version wrote, opened by this one: a store, an export, a policy, a visitor's cookie.
//!
//! `tests/fixtures/v0.1` was written by that version's own program: 38 choices of invented visitors, one made with a browser's
//! form (its cookie is in `cookie`), a request, an erasure, another key, two exports. The store is packed without its ballast, which
//! is made anew when it is opened. A fixture is never written again: what a later version cannot open is a fault of that version.

use std::{collections::BTreeMap, fs, path::PathBuf, process::Command, sync::Arc};

use http::Request;
use time::{Duration, OffsetDateTime};
use tower_consent::{
    ConsentLayer, Policy,
    audit::Verifier,
    clock::Clock,
    export, mirror,
    record::{Kind, Record},
    recorder::Log,
    store::{ConsentStore, Memory, Sled, SledOptions},
};

use super::news_site::{METRICS, PAGE, RECOMMENDATIONS, Site};

const ROOT: &str = "07aa2a98cb693c77a7376a0b66da8e1fb3d22fbe478db74ec9b1748f140e8d9a";
const EVENTS: u64 = 46;
/// Of the policy's folder, and of what the consent to each purpose depends on: an upgrade asks nobody again.
const VERSION: &str = "3a0e3ed2226db47b10e7db7d5109f348599f0c86f056aa295a449d4772b85961";
const MATERIALS: [(&str, &str); 2] = [("metrics", "ebf215abefda"), ("recommendations", "f09b383b18d1")];

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v0.1").join(name)
}

fn key() -> Verifier {
    fs::read_to_string(fixture("key")).unwrap().trim().parse().unwrap()
}

/// Unpacks the store into a folder of its own.
fn unpacked() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let done = Command::new("tar").arg("-xzf").arg(fixture("store.tar.gz")).arg("-C").arg(folder.path()).status();
    assert!(done.unwrap().success(), "tar unpacks the fixture");
    folder
}

#[derive(Debug)]
struct At(OffsetDateTime);

impl Clock for At {
    fn now(&self) -> OffsetDateTime {
        self.0
    }
}

#[test]
fn a_store_of_the_first_version_is_opened_checked_and_gone_on_with() {
    let folder = unpacked();
    let path = folder.path().join("store");
    let check = Sled::check(&path, &SledOptions::new()).unwrap();
    assert_eq!((check.entries, check.root.as_str(), check.erased), (EVENTS, ROOT, 6));
    assert!(check.faults.is_empty(), "{:?}", check.faults);
    let store = Arc::new(Sled::open(&path).unwrap());
    pollster::block_on(async {
        let entries = store.read(0..u64::MAX).await.unwrap();
        let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
        for entry in &entries {
            let fields = entry.fields().expect("an entry of version 1");
            *kinds.entry(fields["kind"].as_str().unwrap().to_owned()).or_default() += 1;
            entry.disclosed().expect("its values are those of its digests");
        }
        assert_eq!(kinds["accept"], 19);
        assert_eq!((kinds["request"], kinds["erase"], kinds["key-rotated"]), (1, 1, 1));
        let known = entries.iter().filter(|entry| !entry.disclosures.is_empty()).count();
        assert_eq!(known, 34, "of 39 choices and a request six events were erased");
        let mut log = Log::open_existing(store.clone()).await.unwrap();
        let receipts = log.append(vec![Record::of(Kind::Refuse, OffsetDateTime::UNIX_EPOCH, VERSION)]).await.unwrap();
        assert_eq!(receipts[0].index, EVENTS);
        assert_eq!(store.head().await.unwrap().size(), EVENTS + 1);
    });
}

#[test]
fn an_export_of_the_first_version_verifies_and_makes_a_store() {
    let archive = fixture("internal.zip");
    let verified = export::verify(fs::File::open(&archive).unwrap(), &[key()]).unwrap();
    assert_eq!(verified.findings, []);
    assert_eq!((verified.size, verified.root.as_str(), verified.level.as_str()), (EVENTS, ROOT, "internal"));
    let copy = tempfile::tempdir().unwrap();
    assert_eq!(export::to_copy(&archive, &[key()], copy.path()).unwrap(), EVENTS);
    let store: Arc<dyn ConsentStore> = Arc::new(Memory::default());
    let restored = pollster::block_on(mirror::restore(copy.path(), &[key()], store, OffsetDateTime::UNIX_EPOCH));
    assert_eq!(restored.unwrap(), EVENTS);
}

#[test]
fn a_policy_of_the_first_version_asks_nobody_again() {
    let policy = Policy::load(fixture("policy")).unwrap_or_else(|faults| panic!("{faults:#?}"));
    assert_eq!(policy.version(), VERSION);
    for (purpose, material) in MATERIALS {
        assert_eq!(policy.material(policy.purpose(purpose).unwrap()), material, "{purpose}");
    }
}

#[tokio::test]
async fn a_cookie_of_the_first_version_still_holds() {
    let folder = unpacked();
    let store = Sled::open(folder.path().join("store")).unwrap();
    let cookie = fs::read_to_string(fixture("cookie")).unwrap().trim().to_owned();
    let at = OffsetDateTime::from_unix_timestamp(cookie.split('.').nth(2).unwrap().parse().unwrap()).unwrap();
    let layer = ConsentLayer::new(Policy::load(fixture("policy")).unwrap(), store).unwrap();
    let site = Site::new().with(|_| layer.with_clock(At(at + Duration::days(1))));
    let page = site.get("/a", &cookie).await;
    assert_eq!(page.header("x-allowed"), "metrics,necessary,recommendations");
    assert!(page.text.starts_with(PAGE) && page.text.contains(METRICS) && page.text.contains(RECOMMENDATIONS));
    let centre = site.ask(Request::get("/_consent/").header("cookie", &cookie).body(String::new()).unwrap()).await;
    assert!(centre.text.contains("/_consent/receipt/40"), "his history is there: {}", centre.text);
}
