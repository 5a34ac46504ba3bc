//! What every store keeps besides the log.

use tower_consent::store::{ConsentStore, ErrorKind, LARGEST_NOTE, LONGEST_NAME, Memory};

async fn notes(store: &dyn ConsentStore) {
    assert_eq!(store.note("gate/a".into()).await.unwrap(), None);
    store.put_note("gate/b".into(), b"1".to_vec()).await.unwrap();
    store.put_note("gate/a".into(), b"2".to_vec()).await.unwrap();
    store.put_note("other".into(), b"3".to_vec()).await.unwrap();
    store.put_note("gate/b".into(), b"4".to_vec()).await.unwrap();
    let found = store.notes("gate/".into()).await.unwrap();
    assert_eq!(found, [("gate/a".to_owned(), b"2".to_vec()), ("gate/b".to_owned(), b"4".to_vec())]);
    assert_eq!(store.note("other".into()).await.unwrap().unwrap(), b"3");
    for (name, bytes) in
        [(String::new(), 0), ("a b".into(), 0), ("n".repeat(LONGEST_NAME + 1), 0), ("n".into(), LARGEST_NOTE + 1)]
    {
        let error = store.put_note(name, vec![0; bytes]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    }
}

#[tokio::test]
async fn notes_in_memory() {
    notes(&Memory::default()).await;
}

#[cfg(feature = "sled")]
#[tokio::test]
async fn notes_in_sled_survive_a_restart() {
    use tower_consent::store::Sled;
    let folder = tempfile::tempdir().unwrap();
    let store = Sled::open(folder.path().join("store")).unwrap();
    notes(&store).await;
    drop(store);
    let store = Sled::open(folder.path().join("store")).unwrap();
    assert_eq!(store.note("gate/b".into()).await.unwrap().unwrap(), b"4");
}
