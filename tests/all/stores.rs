//! What every store promises, and what the embedded one does after crashes, damage and erasure.

use tower_consent::store::{ConsentStore, Memory};

#[cfg(feature = "conformance")]
#[test]
fn memory_keeps_the_contract() {
    use tower_consent::store::conformance;
    pollster::block_on(conformance::check(Memory::default, false)).unwrap_or_else(|broken| panic!("{broken}"));
}

#[tokio::test]
async fn a_store_that_cannot_tidy_says_so() {
    assert!(!Memory::default().tidy().await.unwrap(), "nothing to do in memory");
}

/// A task of tokio that has done its share gets "not yet" from every channel; waiting there must end all the same.
#[test]
fn a_layer_can_be_made_in_a_task_that_has_done_its_share() {
    use std::{future::poll_fn, pin::pin, sync::mpsc, task::Poll, time::Duration};
    use tower_consent::ConsentLayer;

    let (made, answer) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(poll_fn(|context| {
            while pin!(tokio::task::coop::consume_budget()).poll(context).is_ready() {}
            let layer = ConsentLayer::new(super::news_site::policy(), Memory::default());
            made.send(layer.map(drop)).unwrap();
            Poll::Ready(())
        }));
    });
    answer.recv_timeout(Duration::from_secs(60)).expect("the layer is made within a minute").unwrap();
}

#[cfg(feature = "sled")]
mod sled {
    use std::{fs, path::Path, sync::Arc};

    use time::OffsetDateTime;
    use tower_consent::{
        clock::{Clock, SystemClock},
        record::{Kind, Record},
        recorder::Log,
        signal::VisitorId,
        store::{ConsentStore, Erasure, ErrorKind, Sled, SledOptions},
    };

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn visitor(byte: u8) -> VisitorId {
        VisitorId::from_random([byte; 16])
    }

    fn choice(byte: u8) -> Record {
        let mut record = Record::of(Kind::Accept, NOW, "v1");
        record.visitor = Some(visitor(byte));
        record.once = Some(format!("the form of {byte}"));
        record.page = Some(format!("/the-page-of-{byte}"));
        record
    }

    async fn log(store: &Arc<Sled>) -> Log {
        Log::open(store.clone(), "news.example/consent", NOW).await.unwrap()
    }

    fn copy(from: &Path, to: &Path) {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            let target = to.join(path.file_name().unwrap());
            if path.is_dir() {
                copy(&path, &target);
            } else {
                fs::copy(path, target).unwrap();
            }
        }
    }

    #[cfg(feature = "conformance")]
    #[test]
    fn sled_keeps_the_contract() {
        use tower_consent::store::conformance;
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("store");
        let open = || Sled::open(&place).unwrap();
        pollster::block_on(conformance::check(open, true)).unwrap_or_else(|broken| panic!("{broken}"));
        let check = Sled::check(&place, &SledOptions::new()).unwrap();
        assert_eq!(check.faults, []);
        assert!(check.entries > 8000 && check.erased > 1000, "{check:?}");
    }

    #[tokio::test]
    async fn an_older_copy_of_the_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (place, old) = (folder.path().join("store"), folder.path().join("old"));
        let store = Arc::new(Sled::open(&place).unwrap());
        let mut log = log(&store).await;
        log.append(vec![choice(1)]).await.unwrap();
        drop((log, store));
        copy(&place, &old);
        let store = Arc::new(Sled::open(&place).unwrap());
        Log::open_existing(store.clone()).await.unwrap().append(vec![choice(2)]).await.unwrap();
        drop(store);
        fs::remove_dir_all(&place).unwrap();
        copy(&old, &place);
        let error = Sled::open(&place).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Corrupt);
        assert!(error.to_string().contains("has 2 entries and once had 3"), "{error}");
        let check = Sled::check(&place, &SledOptions::new()).unwrap();
        assert_eq!((check.faults.len(), check.faults[0].place.as_str()), (1, "anchor"));
        // On purpose it can be gone on with.
        Sled::renew_anchor(&place, &SledOptions::new()).unwrap();
        assert_eq!(Sled::open(&place).unwrap().head().await.unwrap().size(), 2);
        // The same for what is no entry of the log.
        copy(&place, &folder.path().join("older"));
        Sled::open(&place).unwrap().put_note("n".into(), b"1".to_vec()).await.unwrap();
        fs::remove_dir_all(&place).unwrap();
        copy(&folder.path().join("older"), &place);
        assert!(Sled::open(&place).unwrap_err().to_string().contains("writes and once counted"));
    }

    #[tokio::test]
    async fn without_its_anchor_a_log_is_not_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("store");
        let store = Arc::new(Sled::open(&place).unwrap());
        drop((log(&store).await, store));
        fs::remove_file(folder.path().join("store.anchor")).unwrap();
        let error = Sled::open(&place).unwrap_err();
        assert!(error.to_string().contains("is missing"), "{error}");
        Sled::renew_anchor(&place, &SledOptions::new()).unwrap();
        assert!(Sled::open(&place).is_ok());
        // And a folder that lost its database while the anchor knows of entries.
        fs::remove_dir_all(&place).unwrap();
        assert!(Sled::open(&place).unwrap_err().to_string().contains("has 0 entries and once had 1"));
    }

    #[tokio::test]
    async fn what_is_erased_is_on_the_disk_nowhere() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("store");
        let store = Arc::new(Sled::open(&place).unwrap());
        let mut log = log(&store).await;
        for byte in [1, 2, 1] {
            log.append(vec![choice(byte)]).await.unwrap();
        }
        let before = store.read(1..4).await.unwrap();
        let receipt = log.receipt(1).await.unwrap();
        let key = log.key().verifier().clone();
        let slots = fs::read(place.join("keys")).unwrap();
        let old_keys = [slots[64..96].to_vec(), slots[128..160].to_vec()];
        let erased = log.erase(visitor(1), "asked by the visitor", NOW).await.unwrap().unwrap();
        assert_eq!(erased.kind, Kind::Erase);
        assert!(log.erase(visitor(1), "asked again", NOW).await.unwrap().is_none());
        let after = store.read(1..4).await.unwrap();
        for (index, (before, after)) in before.iter().zip(&after).enumerate() {
            assert_eq!(before.leaf, after.leaf, "the log is as it was");
            assert_eq!(after.disclosures.is_empty(), index != 1);
        }
        // Salts, values and keys: not one byte string of them is left in any file.
        let mut gone: Vec<Vec<u8>> = old_keys.to_vec();
        for entry in [&before[0], &before[2]] {
            for disclosure in entry.disclosures.iter().chain(&entry.brief) {
                gone.push(disclosure.as_bytes().to_vec());
                use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
                gone.push(URL_SAFE_NO_PAD.decode(disclosure).unwrap());
            }
        }
        gone.extend([visitor(1).as_bytes().to_vec(), visitor(1).to_string().into_bytes()]);
        gone.extend([b"the form of 1".to_vec(), b"the-page-of-1".to_vec()]);
        drop((log, store));
        let mut folders = vec![folder.path().to_owned()];
        while let Some(next) = folders.pop() {
            for entry in fs::read_dir(next).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let bytes = fs::read(&path).unwrap();
                for value in &gone {
                    assert!(!bytes.windows(value.len()).any(|window| window == value), "{} has it", path.display());
                }
            }
        }
        // The proof of before still stands, and the erasure is told without a name.
        let proof: tower_consent::audit::Proof = receipt.proof.parse().unwrap();
        proof.verify(&after[0].leaf, &[key]).unwrap();
        let store = Arc::new(Sled::open(&place).unwrap());
        let told = store.read(4..5).await.unwrap().remove(0);
        assert_eq!(told.fields().unwrap()["facts"]["events"], "2");
        assert_eq!(told.disclosed().unwrap()["targets"], serde_json::json!([1, 3]));
        assert!(store.by_visitor(visitor(1)).await.unwrap().is_empty());
        drop(store);
        assert_eq!(Sled::check(&place, &SledOptions::new()).unwrap().faults, []);
    }

    #[tokio::test]
    async fn an_erasure_that_a_crash_cut_off_is_told_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("store");
        let store = Arc::new(Sled::open(&place).unwrap());
        log(&store).await.append(vec![choice(1), choice(2)]).await.unwrap();
        // The crash comes after the values were destroyed and before the log was told.
        store.put_note("log/erasing".into(), b"77\n1\nasked by the visitor".to_vec()).await.unwrap();
        store.erase(Erasure::Visitor(visitor(1))).await.unwrap();
        let mut log = Log::open_existing(store.clone()).await.unwrap();
        assert_eq!(log.head().await.unwrap().size(), 4);
        assert_eq!(store.read(3..4).await.unwrap()[0].fields().unwrap()["kind"], "erase");
        // The crash comes before anything was destroyed: nothing happened.
        store.put_note("log/erasing".into(), b"78\n2\nasked by the visitor".to_vec()).await.unwrap();
        assert_eq!(Log::open_existing(store.clone()).await.unwrap().head().await.unwrap().size(), 4);
        assert_eq!(store.by_visitor(visitor(2)).await.unwrap(), [2]);
        assert_eq!(store.note("log/erasing".into()).await.unwrap(), None);
        // Two instances stopped in the middle of two; a third one is about to begin and is left alone.
        store.put_note("log/erasing/1".into(), b"79\n1\nasked by the visitor".to_vec()).await.unwrap();
        store.put_note("log/erasing/2".into(), b"80\n2\nsubject 1\nterm".to_vec()).await.unwrap();
        store.erase(Erasure::Visitor(visitor(2))).await.unwrap();
        Log::open_existing(store.clone()).await.unwrap().append(vec![choice(3)]).await.unwrap();
        let now = SystemClock.now().unix_timestamp();
        let note = format!("{now}\n6\nsubject 1\nterm").into_bytes();
        store.put_note("log/erasing/6".into(), note.clone()).await.unwrap();
        assert_eq!(Log::open_existing(store.clone()).await.unwrap().head().await.unwrap().size(), 7);
        let kinds: Vec<_> =
            store.read(4..7).await.unwrap().iter().map(|entry| entry.fields().unwrap()["kind"].clone()).collect();
        assert_eq!(kinds, ["erase", "erase", "accept"]);
        assert_eq!(store.notes("log/erasing".into()).await.unwrap(), [("log/erasing/6".to_owned(), note)]);
    }

    #[tokio::test]
    async fn what_a_crash_leaves_does_not_stop_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("store");
        let store = Arc::new(Sled::open(&place).unwrap());
        drop((log(&store).await, store));
        // A snapshot half written: sled itself would never open again.
        fs::write(place.join("snap.00000000000000FF.generating"), b"half").unwrap();
        assert_eq!(Sled::open(&place).unwrap().head().await.unwrap().size(), 1);
        // Settings half written at the very first start.
        let first = folder.path().join("first");
        fs::create_dir_all(&first).unwrap();
        fs::write(first.join("conf"), vec![b'x'; 58]).unwrap();
        fs::write(first.join("db"), b"").unwrap();
        assert_eq!(Sled::open(&first).unwrap().head().await.unwrap().size(), 0);
        // An anchor that is one batch behind.
        let anchor = folder.path().join("store.anchor");
        let behind = fs::read(&anchor).unwrap();
        let store = Arc::new(Sled::open(&place).unwrap());
        Log::open_existing(store.clone()).await.unwrap().append(vec![choice(1)]).await.unwrap();
        drop(store);
        fs::write(&anchor, behind).unwrap();
        assert_eq!(Sled::open(&place).unwrap().head().await.unwrap().size(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_the_store() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("store");
        let store = Arc::new(Sled::open(&place).unwrap());
        pollster::block_on(log(&store));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&place), 0o700);
        for name in ["keys", "secrets/visitor-index", "secrets/log-0001"] {
            assert_eq!(mode(&place.join(name)), 0o600, "{name}");
        }
        assert_eq!(mode(&folder.path().join("store.anchor")), 0o600);
    }
}
