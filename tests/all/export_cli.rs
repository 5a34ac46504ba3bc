//! `log export`, `log verify` and `log show` as a person or a script meets them.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
    sync::Arc,
    time::Instant,
};

use time::Duration;
use tower_consent::{
    ConsentLayer,
    recorder::Log,
    store::{ConsentStore, Sled},
};

use super::export::{START, choice, visitor};

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tower-consent")).current_dir(folder).args(arguments).output().unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Opens a store that the process's own threads may still be leaving.
fn open(path: &Path) -> Sled {
    let started = Instant::now();
    loop {
        match Sled::open(path) {
            Ok(store) => return store,
            Err(error) if started.elapsed().as_secs() < 10 => {
                assert!(error.to_string().contains("another process"), "{error}");
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
            Err(error) => panic!("{error}"),
        }
    }
}

/// A folder with a store of thirty choices.
fn filled() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let policy = super::news_site::policy();
    let version = policy.version().to_owned();
    drop(ConsentLayer::new(policy, Sled::open(&path).unwrap()).unwrap());
    let store = Arc::new(open(&path));
    pollster::block_on(async {
        let mut log = Log::open_existing(store.clone()).await.unwrap();
        let records = (0..30).map(|number| choice(&*store, &version, number)).collect();
        log.append(records).await.unwrap();
    });
    folder
}

#[test]
fn an_export_is_made_checked_and_refused_when_it_was_changed() {
    let folder = filled();
    let folder = folder.path();
    let made = run(folder, &["log", "export", "--store", "sled:store", "--out", "audit.zip", "--print", "json"]);
    assert_eq!(made.status.code(), Some(0), "{}", text(&made));
    let made: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
    let key = made["key"].as_str().unwrap();
    assert_eq!((&made["events"], &made["size"]), (&33.into(), &33.into()));
    let checked = run(folder, &["log", "verify", "audit.zip", "--key", key]);
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked));
    assert!(text(&checked).contains("holds   every one of the 33 events of the log"), "{}", text(&checked));
    // Without a key nothing is proven, and that is said.
    assert_eq!(run(folder, &["log", "verify", "audit.zip"]).status.code(), Some(1));
    assert_eq!(run(folder, &["log", "verify", "nothing.zip", "--key", key]).status.code(), Some(2));
    let mut bytes = fs::read(folder.join("audit.zip")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(folder.join("changed.zip"), bytes).unwrap();
    let refused = run(folder, &["log", "verify", "changed.zip", "--key", key]);
    assert_eq!(refused.status.code(), Some(1), "{}", text(&refused));
    assert!(text(&refused).starts_with("changed.zip: "), "{}", text(&refused));
    // The same state once more, though the log has grown by the exports since.
    let again = run(folder, &["log", "export", "--store", "sled:store", "--out", "again.zip", "--at", "33"]);
    assert_eq!(again.status.code(), Some(0), "{}", text(&again));
    assert!(fs::read(folder.join("audit.zip")).unwrap() == fs::read(folder.join("again.zip")).unwrap());
    assert!(!folder.join("again.zip.part").exists());
}

#[test]
fn parts_are_chosen_by_day_purpose_and_visitor() {
    let folder = filled();
    let folder = folder.path();
    let export = |more: &[&str]| {
        let base = ["log", "export", "--store", "sled:store", "--out", "part.zip", "--print", "json"];
        let output = run(folder, &[&base, more].concat());
        serde_json::from_slice::<serde_json::Value>(&output.stdout).map_err(|_| text(&output))
    };
    let day = (START + Duration::hours(10)).date().to_string();
    assert_eq!(export(&["--from", &day, "--to", &day]).unwrap()["events"], 27);
    assert_eq!(export(&["--purpose", "metrics"]).unwrap()["events"], 31);
    let id = visitor(3).to_string();
    // The event that the log begins with, his own, and the export, which is about him.
    assert_eq!(export(&["--level", "subject", "--visitor", &id]).unwrap()["events"], 3);
    for (wrong, told) in [
        (vec!["--from", "yesterday"], "no day like 2026-09-01"),
        (vec!["--level", "subject"], "an export for a visitor needs the visitor"),
        (vec!["--level", "public", "--format", "csv"], "a public export has no events"),
        (vec!["--visitor", "nobody"], "no visitor's id"),
        (vec!["--at", "100000"], "events, not 100000"),
    ] {
        let error = export(&wrong).unwrap_err();
        assert!(error.contains(told), "{error}");
    }
}

#[test]
fn an_event_is_shown_with_what_its_visitor_saw() {
    let folder = filled();
    let folder = folder.path();
    let shown = run(folder, &["log", "show", "6", "--store", "sled:store", "--html", "shown"]);
    assert_eq!(shown.status.code(), Some(0), "{}", text(&shown));
    let said = text(&shown);
    for part in
        ["kind      renew", "language  ru", "[Принять все]", "==== consent (as the event names it)", "==== policy"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    let banner = fs::read(folder.join("shown/banner.html")).unwrap();
    let hash = base16ct::lower::encode_string(&<sha2::Sha256 as sha2::Digest>::digest(&banner));
    let entry: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("shown/entry.json")).unwrap()).unwrap();
    assert_eq!(entry["notice"], *hash);
    let english = run(folder, &["log", "show", "2", "--store", "sled:store", "--format", "json"]);
    let english: serde_json::Value = serde_json::from_slice(&english.stdout).unwrap();
    assert!(english["texts"][0]["html"].as_str().unwrap().contains("Accept all"), "{english}");
    assert_eq!(run(folder, &["log", "show", "999", "--store", "sled:store"]).status.code(), Some(2));
}

#[tokio::test]
async fn counts_tell_choices_days_and_what_the_gate_withheld() {
    use std::convert::Infallible;

    use bytes::Bytes;
    use http::{Request, Response};
    use http_body_util::{BodyExt, Full};
    use tower::{Layer, ServiceExt};

    let folder = filled();
    let path = folder.path().join("store");
    {
        let layer = ConsentLayer::new(super::news_site::policy(), open(&path)).unwrap();
        let page = layer.layer(tower::service_fn(|_: Request<Full<Bytes>>| async {
            let page = "<script src=https://mc.yandex.ru/metrika/tag.js></script><img src=https://pixel.example/1.gif>";
            Ok::<_, Infallible>(
                Response::builder().header("content-type", "text/html").body(Full::new(Bytes::from(page))).unwrap(),
            )
        }));
        let answered = page.oneshot(Request::get("/").body(Full::default()).unwrap()).await.unwrap();
        answered.into_body().collect().await.unwrap();
    }
    drop(open(&path));
    let printed = run(folder.path(), &["log", "stats", "--store", "sled:store", "--format", "json"]);
    assert_eq!(printed.status.code(), Some(0), "{}", text(&printed));
    let counts: serde_json::Value = serde_json::from_slice(&printed.stdout).unwrap();
    let row = &counts["gate"]["rows"][0];
    assert_eq!((row["service"].as_str(), row["withheld"].as_u64()), (Some("yandex-metrika"), Some(1)), "{counts:#}");
    assert_eq!(counts["gate"]["undeclared"][0]["name"], "pixel.example");
    let choices: u64 = counts["languages"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|kinds| kinds.as_object().unwrap().values())
        .map(|count| count.as_u64().unwrap())
        .sum();
    assert_eq!((choices, counts["by_kind"]["policy-published"].as_u64()), (30, Some(1)));

    let printed = run(folder.path(), &["log", "stats", "--store", "sled:store", "--days", "1"]);
    assert_eq!(printed.status.code(), Some(0), "{}", text(&printed));
    let printed = text(&printed);
    for part in ["events  32", "day (UTC)", "policy version", "language", "yandex-metrika", "pixel.example", "█"] {
        assert!(printed.contains(part), "{part}: {printed}");
    }
    println!("{printed}");
}

/// An export of everything is a backup too: the log comes back byte for byte, and goes on.
#[test]
fn a_store_comes_back_from_an_export_of_the_whole_log() {
    let folder = filled();
    let folder = folder.path();
    let key = text(&run(folder, &["keys", "show", "--store", "sled:store"])).trim().to_owned();
    let export = |level: &str, rest: &[&str]| {
        let out = format!("{level}{}.zip", rest.len());
        let arguments = ["log", "export", "--store", "sled:store", "--level", level, "--out", &out];
        let made = run(folder, &[&arguments[..], rest].concat());
        assert_eq!(made.status.code(), Some(0), "{}", text(&made));
        out
    };
    let (internal, regulator) = (export("internal", &[]), export("regulator", &[]));
    let part = export("internal", &["--from", "2030-01-01"]);
    let restore = |from: &str, into: &str, key: &str| {
        let key: &[&str] = if key.is_empty() { &[] } else { &["--key", key] };
        run(folder, &[&["store", "restore", "--from", from, "--store", &format!("sled:{into}")], key].concat())
    };
    for (what, from, key, expected) in [
        ("a part", part.as_str(), key.as_str(), "holds the whole log"),
        ("no key", &internal, "", "known from elsewhere"),
        ("another key", &internal, &key.replace("news.example", "other.example"), "key"),
    ] {
        let refused = restore(from, "nothing", key);
        assert_eq!(refused.status.code(), Some(2), "{what}: {}", text(&refused));
        assert!(text(&refused).contains(expected), "{what}: {}", text(&refused));
        assert!(!folder.join("nothing").exists(), "{what}: nothing is made");
    }
    let mut bytes = fs::read(folder.join(&internal)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(folder.join("broken.zip"), bytes).unwrap();
    let refused = restore("broken.zip", "nothing", &key);
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused));
    assert!(text(&refused).contains("not in order"), "{}", text(&refused));

    let before = open(&folder.join("store"));
    for (archive, into) in [(&internal, "back"), (&regulator, "public")] {
        let restored = restore(archive, into, &key);
        assert_eq!(restored.status.code(), Some(0), "{}", text(&restored));
        let after = open(&folder.join(into));
        pollster::block_on(async {
            let (old, new) = (before.read(0..u64::MAX).await.unwrap(), after.read(0..u64::MAX).await.unwrap());
            // The exports themselves are events; what came after this one is not in it, and the new key is one more.
            let held = new.len() - 1;
            assert!(held > 30 && held <= old.len());
            for (index, (old, new)) in old.iter().zip(&new[..held]).enumerate() {
                assert_eq!(old.leaf, new.leaf, "{into} {index}");
                let known = if into == "back" { &old.disclosures[..] } else { &[] };
                assert_eq!(new.disclosures, known, "{into} {index}");
                assert!(new.brief.is_empty(), "what was kept for a short time only does not come back");
            }
            for name in before.documents().await.unwrap() {
                assert_eq!(
                    before.document(name.clone()).await.unwrap(),
                    after.document(name.clone()).await.unwrap(),
                    "{name}"
                );
            }
            let events = after.by_visitor(visitor(3)).await.unwrap();
            assert_eq!(events, if into == "back" { before.by_visitor(visitor(3)).await.unwrap() } else { Vec::new() });
        });
        drop(after);
        let checked = run(folder, &["store", "check", "--store", &format!("sled:{into}")]);
        assert_eq!(checked.status.code(), Some(0), "{}", text(&checked));
    }
    assert_eq!(
        fs::read_dir(folder).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_dir()).count(),
        3,
        "no copy is left behind"
    );
}
