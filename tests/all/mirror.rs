//! The copy of the log as static files: it grows, proves itself, shows every change, and a store comes back from it.

use std::{fs, path::PathBuf, sync::Arc};

use time::OffsetDateTime;
use tower_consent::{
    audit::Verifier,
    mirror::{self, Verified},
    record::{Kind, Record},
    recorder::{Log, rotate_cookie_key, rotate_key},
    signal::VisitorId,
    store::{ConsentStore, ErrorKind, Memory, tree},
};

use super::folder::files;

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

fn choice(number: u64) -> Record {
    let mut record = Record::of(Kind::Accept, NOW, "v1");
    let mut bits = [9; 16];
    bits[..8].copy_from_slice(&number.to_be_bytes());
    record.visitor = Some(VisitorId::from_random(bits));
    record.page = Some("/news".into());
    record
}

struct Site {
    store: Arc<Memory>,
    log: Log,
    folder: tempfile::TempDir,
    key: Verifier,
}

impl Site {
    async fn new() -> Self {
        let store = Arc::new(Memory::default());
        let log = Log::open(store.clone(), "news.example/consent", NOW).await.unwrap();
        let key = log.key().verifier().clone();
        Self { store, log, folder: tempfile::tempdir().unwrap(), key }
    }

    async fn fill(&mut self, to: u64) {
        while self.log.head().await.unwrap().size() < to {
            let from = self.log.head().await.unwrap().size();
            let records = (from..to.min(from + 500)).map(choice);
            self.log.append(records.collect()).await.unwrap();
        }
    }

    async fn mirror(&mut self, private: bool) -> u64 {
        mirror::advance(&mut self.log, self.store.clone(), self.folder.path(), private).await.unwrap().added
    }

    fn verify(&self) -> Verified {
        mirror::verify(self.folder.path(), std::slice::from_ref(&self.key)).unwrap()
    }
}

#[tokio::test]
async fn the_copy_follows_the_log_and_verifies_at_every_size() {
    let mut site = Site::new().await;
    let mut before = 0;
    for size in [1, 2, 255, 256, 257, 511, 512, 600, 4095, 4096, 4097] {
        site.fill(size).await;
        assert_eq!(site.mirror(false).await, size - before);
        let verified = site.verify();
        assert_eq!(verified.findings, [], "size {size}");
        assert_eq!((verified.size, verified.stats.events), (size, size));
        assert_eq!(verified.root, site.log.head().await.unwrap().root_hex());
        before = size;
    }
    assert_eq!(site.mirror(false).await, 0, "nothing new");
    assert!(site.folder.path().join("tile/0/016.p/1").is_file());
    assert!(!site.folder.path().join("private").exists());
}

#[tokio::test]
async fn foreign_code_reads_the_copy() {
    use tlog_tiles::{tile::Tile, tlog};
    let mut site = Site::new().await;
    site.fill(1500).await;
    site.mirror(false).await;
    struct Files(PathBuf);
    impl tlog_tiles::tile::TileReader for Files {
        fn height(&self) -> u8 {
            8
        }
        fn read_tiles(&self, tiles: &[Tile]) -> Result<Vec<Vec<u8>>, tlog::Error> {
            let read = |tile: &Tile| fs::read(self.0.join(tile.path().replacen("tile/8/", "tile/", 1))).unwrap();
            Ok(tiles.iter().map(read).collect())
        }
        fn save_tiles(&self, _: &[Tile], _: &[Vec<u8>]) {}
    }
    let note = fs::read(site.folder.path().join("checkpoint")).unwrap();
    let foreign = signed_note::Note::from_bytes(&note).unwrap();
    let verifier = signed_note::StandardVerifier::new(&site.key.to_string()).unwrap();
    foreign.verify(&signed_note::VerifierList::new(vec![Box::new(verifier)])).unwrap();
    let checkpoint = tlog_tiles::checkpoint::Checkpoint::from_bytes(foreign.text()).unwrap();
    assert_eq!(checkpoint.size(), 1500);
    let files = Files(site.folder.path().to_owned());
    let reader = tlog_tiles::tile::TileHashReader::new(1500, *checkpoint.hash(), &files);
    for index in [0_u64, 255, 256, 1023, 1024, 1499] {
        let proof = tlog::prove_record(1500, index, &reader).unwrap();
        let leaf = site.store.read(index..index + 1).await.unwrap().remove(0).leaf;
        tlog::check_record(&proof, 1500, *checkpoint.hash(), index, tlog::record_hash(&leaf)).unwrap();
    }
}

#[tokio::test]
async fn every_change_to_the_copy_is_found() {
    let mut site = Site::new().await;
    let text = b"<p>the banner".to_vec();
    let hash = base16ct::lower::encode_string(&<sha2::Sha256 as sha2::Digest>::digest(&text));
    site.store.put_document(hash.clone(), text).await.unwrap();
    let mut record = choice(0);
    record.notice = Some(hash);
    site.log.append(vec![record]).await.unwrap();
    site.fill(300).await;
    site.mirror(true).await;
    assert_eq!(site.verify().findings, []);
    let seed: u64 = std::env::var("SEED").map_or(20_261_125, |seed| seed.parse().expect("SEED is a number"));
    println!("SEED={seed}");
    let mut state = seed | 1;
    let mut next = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for path in files(site.folder.path()) {
        let whole = fs::read(&path).unwrap();
        let name = path.strip_prefix(site.folder.path()).unwrap().to_owned();
        // The list of keys is a convenience for who trusts the copy; trust comes from the key given.
        if name.to_str() == Some("keys") {
            continue;
        }
        for number in 0..20 {
            let mut changed = whole.clone();
            let place = next(whole.len());
            match number {
                0 => changed.truncate(place),
                1 => changed.push(b'x'),
                _ => changed[place] ^= 1 << next(8),
            }
            fs::write(&path, &changed).unwrap();
            let found = site.verify().findings;
            assert!(!found.is_empty(), "SEED={seed} {} change {number} at {place}", name.display());
        }
        fs::remove_file(&path).unwrap();
        let gone = mirror::verify(site.folder.path(), std::slice::from_ref(&site.key));
        let private = name.starts_with("private");
        assert!(private || gone.is_err() || !gone.unwrap().findings.is_empty(), "{}", name.display());
        fs::write(&path, &whole).unwrap();
    }
    fs::write(site.folder.path().join("tile/0/007"), b"more").unwrap();
    assert_eq!(site.verify().findings.len(), 1, "a file that belongs to nothing");
}

#[tokio::test]
async fn a_copy_of_another_log_or_of_another_past_is_not_gone_on_with() {
    let mut site = Site::new().await;
    site.fill(300).await;
    site.mirror(false).await;
    let checkpoint = fs::read(site.folder.path().join("checkpoint")).unwrap();
    for size in [200, 400] {
        let mut other = Site::new().await;
        other.fill(size).await;
        let error = mirror::advance(&mut other.log, other.store.clone(), site.folder.path(), false).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
    }
    assert_eq!(fs::read(site.folder.path().join("checkpoint")).unwrap(), checkpoint, "the copy stays as it was");
    // A run that stopped before its checkpoint is gone on with.
    site.fill(900).await;
    site.mirror(false).await;
    fs::write(site.folder.path().join("checkpoint"), &checkpoint).unwrap();
    site.fill(1000).await;
    assert_eq!(site.mirror(false).await, 700);
    assert_eq!(site.verify().findings, []);
}

#[tokio::test]
async fn keys_change_and_the_first_one_still_vouches() {
    let mut site = Site::new().await;
    site.fill(10).await;
    site.mirror(false).await;
    for _ in 0..2 {
        let new = rotate_key(site.store.clone(), NOW).await.unwrap();
        assert_ne!(new.verifier(), site.log.key().verifier());
        site.log = Log::open_existing(site.store.clone()).await.unwrap();
        assert_eq!(site.log.key().verifier(), new.verifier());
        let size = site.log.head().await.unwrap().size();
        site.fill(size + 5).await;
        site.mirror(false).await;
        assert_eq!(site.verify().findings, []);
    }
    rotate_cookie_key(site.store.clone(), NOW).await.unwrap();
    let entries = site.store.read(0..u64::MAX).await.unwrap();
    let rotated: Vec<_> =
        entries.iter().map(|entry| entry.fields().unwrap()).filter(|entry| entry["kind"] == "key-rotated").collect();
    assert_eq!(rotated.len(), 3);
    assert_eq!(rotated[2]["facts"]["what"], "cookies");
    let note = rotated[0]["facts"]["checkpoint"].as_str().unwrap();
    assert_eq!(note.matches('\u{2014}').count(), 2, "both keys sign: {note}");
    // A key that nobody vouched for is not believed.
    let stranger = tower_consent::audit::LogKey::new("news.example/consent", [1; 32]).unwrap();
    let findings = mirror::verify(site.folder.path(), &[stranger.verifier().clone()]).unwrap().findings;
    assert!(findings.iter().any(|finding| finding.place == "checkpoint"), "{findings:?}");
    assert!(!mirror::verify(site.folder.path(), &[]).unwrap().findings.is_empty(), "no key is no trust");
}

#[tokio::test]
async fn a_store_comes_back_from_its_copy() {
    let mut site = Site::new().await;
    site.store.put_document("policy/abc".into(), b"a list".to_vec()).await.unwrap();
    site.fill(700).await;
    site.mirror(true).await;
    let erased = choice(5).visitor.unwrap();
    let other = choice(6).visitor.unwrap();
    site.log.erase(erased, "asked by the visitor", NOW).await.unwrap().unwrap();
    assert!(
        files(site.folder.path())
            .iter()
            .any(|path| fs::read_to_string(path).is_ok_and(|text| text.contains("\"index\":5,")))
    );
    site.mirror(true).await;
    assert!(
        !files(site.folder.path())
            .iter()
            .any(|path| fs::read_to_string(path).is_ok_and(|text| text.contains("\"index\":5,"))),
        "what was erased is erased in the copy"
    );
    assert_eq!(site.verify().findings, []);
    let back: Arc<Memory> = Arc::default();
    let count = mirror::restore(site.folder.path(), std::slice::from_ref(&site.key), back.clone(), NOW).await.unwrap();
    assert_eq!(count, 701);
    let whole = site.store.read(0..701).await.unwrap();
    assert!(back.read(0..701).await.unwrap() == whole, "every entry and every value");
    assert_eq!(back.by_visitor(other).await.unwrap(), [6]);
    assert!(back.by_visitor(erased).await.unwrap().is_empty());
    assert_eq!(back.document("policy/abc".into()).await.unwrap().unwrap(), b"a list");
    // The key was not in the copy: a new one, and the log says so.
    let head = back.head().await.unwrap();
    assert_eq!(head.size(), 702);
    assert_eq!(tree(back.as_ref()).await.unwrap().head(), head);
    assert_eq!(back.read(701..702).await.unwrap()[0].fields().unwrap()["kind"], "key-rotated");
    let error = mirror::restore(site.folder.path(), std::slice::from_ref(&site.key), back, NOW).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused, "only an empty store is filled");
    let damaged = site.folder.path().join("tile/entries/000");
    let mut bytes = fs::read(&damaged).unwrap();
    bytes[100] ^= 1;
    fs::write(damaged, bytes).unwrap();
    let error = mirror::restore(site.folder.path(), std::slice::from_ref(&site.key), Arc::new(Memory::default()), NOW)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Corrupt, "a damaged copy fills nothing");
}

#[cfg(feature = "cli")]
#[test]
fn the_commands_copy_verify_check_restore_and_rotate() {
    use std::process::Command;
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("store");
    {
        use tower_consent::store::Sled;
        let store = Arc::new(Sled::open(&place).unwrap());
        let mut log = pollster::block_on(Log::open(store, "news.example/consent", NOW)).unwrap();
        pollster::block_on(log.append((0..20).map(choice).collect())).unwrap();
    }
    let run = |code: i32, arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_tower-consent")).args(arguments).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let errors = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}{errors}");
        text
    };
    let store = format!("sled:{}", place.display());
    let copy = folder.path().join("copy").display().to_string();
    let key = run(0, &["keys", "show", "--store", &store]);
    let key = key.trim();
    run(0, &["log", "mirror", "--store", &store, "--out", &copy, "--private"]);
    assert!(run(0, &["log", "verify", &copy, "--key", key]).contains("events  21"));
    assert!(run(1, &["log", "verify", &copy]).contains("no trusted key"));
    let new = run(0, &["keys", "rotate", "--store", &store]);
    assert_ne!(new.trim(), key);
    run(0, &["keys", "rotate", "--store", &store, "--cookies"]);
    assert!(
        run(0, &["log", "mirror", "--store", &store, "--out", &copy, "--private"]).contains("23 events, 2 of them new")
    );
    run(0, &["log", "verify", &copy, "--key", key]);
    assert!(run(0, &["store", "check", "--store", &store]).contains("0 fault(s)"));
    let rebuilt = format!("sled:{}", folder.path().join("rebuilt").display());
    assert!(run(0, &["store", "restore", "--from", &copy, "--store", &rebuilt, "--key", key]).contains("23 events"));
    assert!(run(0, &["store", "check", "--store", &rebuilt, "--format", "json"]).contains("\"faults\": []"));
    // Damage is told with its place.
    let keys = place.join("keys");
    let mut bytes = fs::read(&keys).unwrap();
    bytes[32 + 32 * 7] ^= 1;
    fs::write(&keys, bytes).unwrap();
    assert!(run(1, &["store", "check", "--store", &store]).contains("entry 7: "));
    run(2, &["store", "check", "--store", "sled:/nowhere/at/all"]);
    run(2, &["log", "verify", "/nowhere/at/all"]);
}
