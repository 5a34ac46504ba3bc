//! Choices that wait on this machine while the store is away: acknowledged, shipped in order, each once.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use http::StatusCode;
use serde_json::Value;
use tower_consent::{
    ConsentLayer,
    clock::{Clock, SystemClock},
    recorder::Outbox,
    store::{ConsentStore, Error, ErrorKind, Memory, opened_later},
};

use super::news_site::{METRICS, Site, form_request, policy};

/// A site with an outbox in a folder, over the store that the site can break.
fn site(folder: &Path) -> Site {
    let site = Site::new();
    over(site, folder)
}

/// The site again, as a process that is started anew on the same store.
fn over(site: Site, folder: &Path) -> Site {
    let store = Arc::new(site.store.clone());
    let outbox = opened(folder);
    site.with(|_| ConsentLayer::with_outbox(policy(), store, outbox).unwrap())
}

/// Opens an outbox that a process before may be leaving still.
fn opened(folder: &Path) -> Outbox {
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        match Outbox::open(folder) {
            Ok(outbox) => return outbox,
            Err(error) if Instant::now() > until => panic!("{error}"),
            Err(_) => std::thread::sleep(Duration::from_millis(50)),
        }
    }
}

fn waiting(site: &Site) -> u64 {
    site.handle().health().outbox.unwrap().waiting
}

async fn shipped(site: &Site) {
    let until = Instant::now() + Duration::from_secs(20);
    while waiting(site) > 0 || site.handle().health().outbox.unwrap().away.is_some() {
        assert!(Instant::now() < until, "{:?}", site.handle().health());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Sends a choice as a script does; returns status, answer and cookie.
async fn choose(site: &Site, grants: bool, cookie: &str) -> (StatusCode, Value, String) {
    let token = site.get("/_consent/", cookie).await.token();
    let body = format!(r#"{{"purposes":{{"metrics":{grants},"recommendations":false}},"token":"{token}"}}"#);
    let request = form_request("/_consent/choice", cookie);
    let mut request = request.body(body).unwrap();
    request.headers_mut().insert("content-type", "application/json".parse().unwrap());
    let answer = site.ask(request).await;
    let cookie = if answer.status == StatusCode::OK { answer.choice() } else { String::new() };
    (answer.status, serde_json::from_str(&answer.text).unwrap(), cookie)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_choice_is_kept_acknowledged_and_shipped() {
    let folder = tempfile::tempdir().unwrap();
    let site = site(&folder.path().join("outbox"));
    let early = site.choose("accept", "").await;
    site.store.break_down(true);
    let (status, answer, cookie) = choose(&site, true, "").await;
    assert_eq!(status, StatusCode::OK);
    let receipt = &answer["receipt"];
    assert_eq!(
        (&receipt["status"], &receipt["proof"], &receipt["index"]),
        (&"kept".into(), &Value::Null, &Value::Null)
    );
    assert!(receipt["note"].as_str().unwrap().contains("not in the log yet"));
    // It holds at once, and so does what is taken back.
    assert!(site.get("/", &cookie).await.text.contains(METRICS));
    let taken = site.post("/_consent/withdraw", "", &early).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER);
    assert!(!site.get("/", &taken.choice()).await.text.contains(METRICS));
    assert_eq!(waiting(&site), 2);
    assert_eq!(site.store.kinds(), ["accept"]);
    // What the visitor is shown says that there is no proof yet.
    let later = receipt["later"].as_str().unwrap();
    let kept = site.get(later, &cookie).await;
    assert!(kept.status == StatusCode::OK && kept.text.contains("not in the log yet"), "{}", kept.text);
    assert_eq!(site.get(later, "").await.status, StatusCode::NOT_FOUND, "it is nobody else's");
    assert_eq!(site.get(later, &early).await.status, StatusCode::NOT_FOUND, "it is nobody else's");
    let centre = site.get("/_consent/", &cookie).await.text;
    assert!(centre.contains(later) && centre.contains("доказательство появится"), "{centre}");
    site.store.break_down(false);
    shipped(&site).await;
    assert_eq!(site.store.kinds(), ["accept", "partial", "withdraw"]);
    let proven = site.get(later, &cookie).await;
    let proven: Value = serde_json::from_str(&proven.text).unwrap();
    assert_eq!(proven["entry"], receipt["entry"], "what was acknowledged is what the log has");
    let proof: tower_consent::audit::Proof = proven["proof"].as_str().unwrap().parse().unwrap();
    let key = tower_consent::recorder::Log::open_existing(Arc::new(site.store.clone())).await.unwrap();
    proof.verify(proven["entry"].as_str().unwrap().as_bytes(), &[key.key().verifier().clone()]).unwrap();
    // The next one is written as ever.
    let (_, answer, _) = choose(&site, false, &cookie).await;
    assert!(answer["receipt"]["proof"].is_string(), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_that_writes_and_says_it_did_not_has_everything_once() {
    let folder = tempfile::tempdir().unwrap();
    let site = site(&folder.path().join("outbox"));
    site.store.deny(true);
    // The first is written and denied; it is looked for before it is shipped. Each step of shipping is denied as well.
    let mut cookies = Vec::new();
    for number in 0..6 {
        let (status, answer, cookie) = choose(&site, number % 2 == 0, "").await;
        assert_eq!((status, &answer["receipt"]["status"]), (StatusCode::OK, &"kept".into()), "{answer}");
        cookies.push(cookie);
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    site.store.deny(false);
    shipped(&site).await;
    let kinds = site.store.kinds();
    assert_eq!(kinds, ["partial", "refuse", "partial", "refuse", "partial", "refuse"]);
    assert_eq!(site.handle().health().failed, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_form_sent_again_is_one_event() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox");
    let mut site = site(&path);
    site.store.break_down(true);
    let form = format!("choice=accept&token={}&back=/", site.get("/", "").await.token());
    for again in 0..3 {
        assert_eq!(site.post("/_consent/choice", &form, "").await.status, StatusCode::SEE_OTHER);
        assert_eq!(waiting(&site), 1);
        if again == 1 {
            // By a process that remembers nothing but what is durable.
            let alone = |_| ConsentLayer::new(policy(), Memory::default()).unwrap();
            site = over(site.with(alone), &path);
        }
    }
    site.store.break_down(false);
    shipped(&site).await;
    assert_eq!(site.post("/_consent/choice", &form, "").await.status, StatusCode::SEE_OTHER);
    assert_eq!(site.store.kinds(), ["accept"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_erased_while_it_waits_is_shipped_without_its_values() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox");
    let site = site(&path);
    let cookie = site.choose("accept", "").await;
    let visitor = cookie.split('.').nth(1).unwrap().to_owned();
    site.store.break_down(true);
    let (_, answer, cookie) = choose(&site, false, &cookie).await;
    assert_eq!(answer["receipt"]["status"], "kept");
    // Another instance, which reaches the store, forgets the person meanwhile.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    site.store.break_down(false);
    let id = tower_consent::signal::VisitorId::parse(&visitor).unwrap();
    let store = Arc::new(site.store.clone());
    let mut log = tower_consent::recorder::Log::open_existing(store.clone()).await.unwrap();
    log.erase(id, "request", SystemClock.now()).await.unwrap();
    shipped(&site).await;
    assert!(store.by_visitor(id).await.unwrap().is_empty(), "he is forgotten");
    // Either it was shipped before and erased with the rest, or after and came without values: the event itself is there.
    let kinds = site.store.kinds();
    assert!(kinds.iter().filter(|kind| *kind == "withdraw").count() == 1, "{kinds:?}");
    assert!(!site.get("/", &cookie).await.text.contains(METRICS));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_store_it_starts_under_the_policy_that_was_in_force() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox");
    let away = || {
        opened_later(|| Err::<Arc<dyn ConsentStore>, _>(Error::new(ErrorKind::Unavailable, "nobody answers"))).unwrap()
    };
    let refused = ConsentLayer::with_outbox(policy(), away(), opened(&path)).unwrap_err();
    assert!(refused.to_string().contains("the first start"), "{refused}");
    let cookie = {
        let site = site(&path);
        site.choose("accept", "").await
    };
    let outbox = opened(&path);
    let site = Site::new().with(|_| ConsentLayer::with_outbox(policy(), away(), outbox).unwrap());
    assert!(site.get("/", &cookie).await.text.contains(METRICS), "cookies of before are believed");
    let (status, _, new) = choose(&site, true, "").await;
    assert!(status == StatusCode::OK && site.get("/", &new).await.text.contains(METRICS));
    assert_eq!(waiting(&site), 1);
    for place in [
        "receipts",
        "receipt/3",
        "receipt/abababababababababababababababababababababababababababababababab",
        "requests/1",
    ] {
        let answer = site.get(&format!("/_consent/{place}"), &new).await;
        assert!(!answer.text.contains("nobody answers"), "why is no visitor's matter: {}", answer.text);
        assert_ne!(answer.status, StatusCode::OK, "{place}");
    }
    drop(site);
    let other = {
        let mut files = policy().files().clone();
        let text = files["policy.toml"].replace("retention = \"365 days\"", "retention = \"730 days\"");
        files.insert("policy.toml".to_owned(), text);
        tower_consent::Policy::check(files).0.unwrap()
    };
    let refused = ConsentLayer::with_outbox(other, away(), opened(&path)).unwrap_err();
    assert!(refused.to_string().contains("only the policy that was in force"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_outbox_says_so_and_withdrawals_are_owed() {
    let folder = tempfile::tempdir().unwrap();
    let base = Site::new();
    let outbox = opened(&folder.path().join("outbox")).with_room(2);
    let store = Arc::new(base.store.clone());
    let site = base.with(|_| ConsentLayer::with_outbox(policy(), store, outbox).unwrap());
    let cookie = site.choose("accept", "").await;
    site.store.break_down(true);
    for expected in [StatusCode::OK, StatusCode::OK, StatusCode::SERVICE_UNAVAILABLE] {
        assert_eq!(choose(&site, true, "").await.0, expected);
    }
    let answer = site.post("/_consent/withdraw", "", &cookie).await;
    assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "5"));
    site.store.break_down(false);
    let until = Instant::now() + Duration::from_secs(20);
    while site.store.kinds() != ["accept", "partial", "partial", "withdraw"] {
        assert!(Instant::now() < until, "{:?}", site.store.kinds());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shipped_is_gone_from_the_machine() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("outbox");
    let site = site(&path);
    site.store.break_down(true);
    let (_, _, cookie) = choose(&site, true, "").await;
    assert!(path.join("queue-000001").is_dir());
    site.store.break_down(false);
    shipped(&site).await;
    let until = Instant::now() + Duration::from_secs(30);
    while path.join("queue-000001").exists() || path.join("queue-000001.anchor").exists() {
        assert!(Instant::now() < until, "the queue is still there");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(path.join("queue-000002").is_dir());
    let visitor = cookie.split('.').nth(1).unwrap();
    for file in super::folder::files(&path) {
        // The store that is open replaces files of its own.
        let Ok(bytes) = std::fs::read(&file) else { continue };
        assert!(memchr::memmem::find(&bytes, visitor.as_bytes()).is_none(), "{}", file.display());
    }
}
