//! Visitors linked with accounts of the site: what the log has of it, and how it ends.

use std::{convert::Infallible, sync::Arc};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use time::{Duration, OffsetDateTime};
use tower::{Layer, ServiceExt, service_fn};
use tower_consent::{
    ConsentLayer, Decision, Visitor,
    clock::{Clock, SystemClock},
    layer::Link,
    recorder::LinkState,
    rights,
    signal::VisitorId,
    store::{ConsentStore, Error, ErrorKind, Memory, copy},
};

use super::news_site::{METRICS, RECOMMENDATIONS, Shared, Site, policy};

/// A site with sign-in.
struct Signing {
    site: Site,
    layer: ConsentLayer,
}

/// A clock that can be put forward.
#[derive(Clone, Debug, Default)]
struct Later(Arc<std::sync::atomic::AtomicI64>);

impl Clock for Later {
    fn now(&self) -> OffsetDateTime {
        SystemClock.now() + Duration::days(self.0.load(std::sync::atomic::Ordering::SeqCst))
    }
}

impl Signing {
    fn new() -> Self {
        Self::at(SystemClock)
    }

    fn at(clock: impl Clock + 'static) -> Self {
        let mut own = None;
        let site = Site::new().with(|layer| own.insert(layer.with_clock(clock)).clone());
        Self { site, layer: own.unwrap() }
    }

    fn store(&self) -> &Shared {
        &self.site.store
    }

    /// Signs in: a request that goes through the layer to a handler that links; `None` for who has no id.
    async fn sign_in(&self, cookie: &str, account: &str) -> Option<Result<Link, Error>> {
        let account = account.to_owned();
        let (tell, told) = std::sync::mpsc::channel();
        let inner = service_fn(move |request: Request<Full<Bytes>>| {
            let (account, tell) = (account.clone(), tell.clone());
            async move {
                let decision = request.extensions().get::<Decision>().expect("the layer puts it there");
                if let Some(visitor) = Visitor::of(decision) {
                    tell.send(visitor.link(&account).await).unwrap();
                }
                Ok::<_, Infallible>(Response::new(Full::new(Bytes::new())))
            }
        });
        let request = Request::post("/sign-in").header("host", "news.example").header("cookie", cookie);
        let answer = self.layer.layer(inner).oneshot(request.body(Full::default()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        told.try_recv().ok()
    }

    async fn linked(&self, cookie: &str, account: &str) -> Link {
        self.sign_in(cookie, account).await.unwrap().unwrap()
    }

    async fn visitors(&self, account: &str) -> Vec<VisitorId> {
        match rights::account(self.store(), account).await.unwrap() {
            Some(account) => rights::linked(self.store(), account).await.unwrap(),
            None => Vec::new(),
        }
    }

    async fn withdraw(&self, cookie: &str) -> String {
        self.site.post("/_consent/withdraw", "", cookie).await.choice()
    }
}

fn id_of(cookie: &str) -> VisitorId {
    VisitorId::parse(cookie.split_once('=').unwrap().1.split('.').nth(1).unwrap()).unwrap()
}

fn granted(link: &Link) -> Vec<(String, bool)> {
    let elsewhere = link.elsewhere.as_ref().unwrap();
    elsewhere.purposes.iter().map(|(id, granted)| (id.to_string(), *granted)).collect()
}

#[tokio::test]
async fn two_are_linked_once_and_nobody_is_named() {
    let signing = Signing::new();
    assert!(signing.sign_in("", "user-4711").await.is_none(), "who has not chosen has no id");
    let cookie = signing.site.choose("accept", "").await;
    assert!(signing.visitors("user-4711").await.is_empty());
    assert_eq!(signing.linked(&cookie, "user-4711").await.state, LinkState::Made);
    let size = signing.store().head().await.unwrap().size();
    for _ in 0..3 {
        let again = signing.linked(&cookie, "user-4711").await;
        assert_eq!((again.state, again.elsewhere), (LinkState::Known, None));
    }
    assert_eq!(signing.store().head().await.unwrap().size(), size, "nothing was written again");
    assert_eq!(signing.store().kinds(), ["accept", "link", "link"]);
    assert_eq!(signing.visitors("user-4711").await, [id_of(&cookie)]);
    assert!(signing.visitors("User-4711").await.is_empty(), "another spelling is another account");
    // The public part of the log tells neither who nor which account; the store does not know its name.
    let account = rights::account(signing.store(), "user-4711").await.unwrap().unwrap();
    for entry in signing.store().read(0..u64::MAX).await.unwrap() {
        let leaf = String::from_utf8(entry.leaf.clone()).unwrap();
        for id in [id_of(&cookie).to_string(), account.to_string(), "4711".to_owned()] {
            assert!(!leaf.contains(&id), "{leaf}");
        }
        let values = entry.disclosed().unwrap();
        assert!(!format!("{values:?}").contains("user-4711"), "{values:?}");
    }
    let sides = signing.store().entries();
    let sides: Vec<_> = sides.iter().filter(|fields| fields["kind"] == "link").map(|fields| &fields["facts"]).collect();
    assert_eq!((sides[0]["side"].as_str(), sides[1]["side"].as_str()), (Some("visitor"), Some("account")));
    // It is the visitor's own event, and his centre tells him.
    let centre = signing.site.get("/_consent/", &cookie).await.text;
    assert!(centre.contains("связь с вашей учётной записью"), "{centre}");
    let receipt = signing.site.get(&format!("/_consent/receipt/{}", size - 2), &cookie).await;
    assert_eq!(receipt.status, StatusCode::OK);
    let other_side = signing.site.get(&format!("/_consent/receipt/{}", size - 1), &cookie).await;
    assert_eq!(other_side.status, StatusCode::NOT_FOUND, "that of the account is not his");
}

#[tokio::test]
async fn what_was_chosen_elsewhere_is_told_and_comes_into_force_nowhere() {
    let clock = Later::default();
    let signing = Signing::at(clock.clone());
    let all = signing.site.choose("accept", "").await;
    let some = signing.site.choose("save&purpose=metrics", "").await;
    let third = signing.site.choose("refuse", "").await;
    assert_eq!(signing.linked(&all, "ivan").await.elsewhere, None);
    let told = signing.linked(&some, "ivan").await;
    assert_eq!(granted(&told), [("metrics".to_owned(), true), ("recommendations".to_owned(), true)]);
    let told = signing.linked(&third, "ivan").await;
    // Of two browsers the stricter counts.
    assert_eq!(granted(&told), [("metrics".to_owned(), true), ("recommendations".to_owned(), false)]);
    let elsewhere = told.elsewhere.unwrap();
    assert_eq!((elsewhere.browsers, elsewhere.policy.as_str()), (2, policy().version()));
    assert!(SystemClock.now() - elsewhere.at < Duration::minutes(1));
    let page = signing.site.get("/", &third).await.text;
    assert!(!page.contains(METRICS) && !page.contains(RECOMMENDATIONS), "here it was refused: {page}");
    // Another account's choices are not told.
    assert_eq!(signing.linked(&third, "maria").await.elsewhere, None);
    // What was taken back does not hold, nor does what is over.
    signing.withdraw(&some).await;
    let told = signing.linked(&third, "ivan").await;
    assert_eq!(granted(&told), [("metrics".to_owned(), true), ("recommendations".to_owned(), true)]);
    clock.0.store(181, std::sync::atomic::Ordering::SeqCst);
    assert_eq!(signing.linked(&third, "ivan").await.elsewhere, None);
}

#[tokio::test]
async fn taking_everything_back_ends_the_link() {
    let signing = Signing::new();
    let cookie = signing.site.choose("accept", "").await;
    let other = signing.site.choose("accept", "").await;
    for (cookie, account) in [(&cookie, "ivan"), (&cookie, "family"), (&other, "ivan")] {
        assert_eq!(signing.linked(cookie, account).await.state, LinkState::Made);
    }
    let cookie = signing.withdraw(&cookie).await;
    assert_eq!(signing.visitors("ivan").await, [id_of(&other)], "the account's other browser stays");
    assert!(signing.visitors("family").await.is_empty());
    let places = signing.store().by_visitor(id_of(&cookie)).await.unwrap();
    let kinds: Vec<String> = {
        let entries = signing.store().entries();
        places.iter().map(|place| entries[*place as usize]["kind"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(kinds, ["accept", "withdraw"], "what proves the consent stays");
    let erased = signing.store().entries().into_iter().find(|fields| fields["kind"] == "erase").unwrap();
    let facts = &erased["facts"];
    assert_eq!((facts["events"].as_str(), facts["reason"].as_str()), (Some("4"), Some("withdrawal")));
    assert_eq!(facts["values"], "account 2, previous 2, subject 4, visitor 2");
    // Signing in again does not link him; a choice of his does.
    let size = signing.store().head().await.unwrap().size();
    let again = signing.linked(&cookie, "ivan").await;
    assert_eq!((again.state, again.elsewhere), (LinkState::Withdrawn, None));
    assert_eq!(signing.store().head().await.unwrap().size(), size);
    let cookie = signing.site.choose("refuse", &cookie).await;
    assert_eq!(signing.linked(&cookie, "ivan").await.state, LinkState::Made);
    assert_eq!(signing.visitors("ivan").await.len(), 2);
}

#[tokio::test]
async fn a_site_without_sign_in_has_no_key_for_it() {
    let signing = Signing::new();
    let cookie = signing.site.choose("accept", "").await;
    signing.withdraw(&cookie).await;
    assert!(signing.store().secrets("accounts".to_owned()).await.unwrap().is_empty());
    assert_eq!(signing.store().kinds(), ["accept", "withdraw"]);
}

#[tokio::test]
async fn what_cannot_be_written_is_told_and_a_withdrawal_ends_the_link_later() {
    let signing = Signing::new();
    let (cookie, other) = (signing.site.choose("accept", "").await, signing.site.choose("accept", "").await);
    assert_eq!(signing.linked(&cookie, "ivan").await.state, LinkState::Made);
    signing.store().break_down(true);
    let error = signing.sign_in(&other, "ivan").await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(signing.linked(&cookie, "ivan").await.state, LinkState::Known, "that one is in the log");
    let answer = signing.site.post("/_consent/withdraw", "", &cookie).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!signing.site.get("/", &answer.choice()).await.text.contains(METRICS), "the gate is closed all the same");
    signing.store().break_down(false);
    let begun = std::time::Instant::now();
    while !signing.visitors("ivan").await.is_empty() || !signing.store().kinds().contains(&"withdraw".to_owned()) {
        assert!(begun.elapsed().as_secs() < 20, "{:?}", signing.store().kinds());
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(signing.linked(&other, "ivan").await.state, LinkState::Made);
}

#[tokio::test]
async fn what_is_no_account_and_no_visitor_of_a_layer_is_refused() {
    let signing = Signing::new();
    let cookie = signing.site.choose("accept", "").await;
    let error = signing.sign_in(&cookie, "").await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.to_string().contains("the account's name is empty"), "{error}");
    let by_hand = Visitor::of(&Decision::granting(&policy(), ["metrics"])).unwrap();
    let error = by_hand.link("ivan").await.unwrap_err();
    assert!(error.kind() == ErrorKind::Refused && error.to_string().contains("request's extensions"), "{error}");
    assert_eq!(signing.store().kinds(), ["accept"]);
}

#[tokio::test]
async fn a_log_in_another_store_finds_the_same_accounts() {
    let signing = Signing::new();
    let cookie = signing.site.choose("accept", "").await;
    signing.linked(&cookie, "ivan").await;
    let there = Memory::default();
    copy(signing.store(), &there, |_, _| {}).await.unwrap();
    let account = rights::account(&there, "ivan").await.unwrap();
    assert_eq!(account, rights::account(signing.store(), "ivan").await.unwrap());
    assert_eq!(rights::linked(&there, account.unwrap()).await.unwrap(), [id_of(&cookie)]);
}

#[cfg(feature = "cli")] // it is the binary that is driven
mod from_the_command_line {
    use std::{
        fs,
        path::{Path, PathBuf},
        process::Command,
    };

    use serde_json::Value;
    use tower_consent::{
        audit::Proof,
        record::{Kind, Record},
        recorder::Log,
        store::{Sled, SledOptions},
    };

    use super::*;

    fn files(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
    }

    /// Returns which of the needles are in the files of a folder.
    fn traces<'n>(folder: &Path, needles: &'n [(String, Vec<u8>)]) -> Vec<&'n str> {
        let mut found = Vec::new();
        // The room set aside for a full disk is zeros, and as long as all else together.
        for path in files(folder).into_iter().filter(|path| !path.ends_with("ballast")) {
            let bytes = fs::read(&path).unwrap();
            let within = needles.iter().filter(|(_, needle)| memchr::memmem::find(&bytes, needle).is_some());
            found.extend(within.map(|(name, _)| name.as_str()));
        }
        found
    }

    fn told(folder: &Path, code: i32, arguments: &[&str]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tower-consent"));
        let output = command.current_dir(folder).args(arguments).args(["--store", "sled:store"]).output().unwrap();
        let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
        text
    }

    fn person(byte: u8) -> VisitorId {
        VisitorId::from_random([byte; 16])
    }

    /// A store in which two visitors are linked with an account, and one of them with another; with needles that find each.
    fn linked(folder: &Path) -> (Vec<(String, Vec<u8>)>, Vec<tower_consent::record::Receipt>) {
        let now = SystemClock.now();
        let store = Arc::new(Sled::open(folder.join("store")).unwrap());
        drop(ConsentLayer::shared(policy(), store.clone()).unwrap());
        let people = [VisitorId::from_random(*b"sixteen letters!"), VisitorId::from_random(*b"another one's id")];
        let mut needles = Vec::new();
        let mut receipts = Vec::new();
        pollster::block_on(async {
            let mut log = Log::open_existing(store.clone()).await.unwrap();
            let choices = people.map(|visitor| {
                let mut choice = Record::of(Kind::Accept, now, policy().version());
                choice.visitor = Some(visitor);
                choice
            });
            log.append(choices.to_vec()).await.unwrap();
            for (visitor, account) in
                [(people[0], "ivan@mail.example"), (people[0], "shared"), (people[1], "ivan@mail.example")]
            {
                let (account, state) = log.link(visitor, account, policy().version(), now).await.unwrap();
                assert_eq!(state, LinkState::Made);
                needles.push((format!("account {account}"), account.to_string().into_bytes()));
                needles.push((format!("bytes of account {account}"), account.subject().as_bytes().to_vec()));
            }
            // Others, who come after them.
            let others = (0..256_u64).map(|number| {
                let mut other = Record::of(Kind::Refuse, now, policy().version());
                other.visitor = Some(VisitorId::from_random((u128::from(number) + 1).to_be_bytes()));
                other
            });
            log.append(others.collect()).await.unwrap();
            for place in 4..10 {
                receipts.push(log.receipt(place).await.unwrap());
            }
            for (entry, place) in store.read(2..10).await.unwrap().iter().zip(2..) {
                let disclosures = entry.disclosures.iter();
                needles.extend(disclosures.map(|value| (format!("value of {place}"), value.clone().into_bytes())));
            }
        });
        for visitor in people {
            needles.push((format!("visitor {visitor}"), visitor.to_string().into_bytes()));
            needles.push((format!("bytes of visitor {visitor}"), visitor.as_bytes().to_vec()));
        }
        needles.push(("name".into(), b"ivan@mail.example".to_vec()));
        let keys = fs::read(folder.join("store/keys")).unwrap();
        for place in 2..10 {
            needles.push((format!("key of {place}"), keys[32 + place * 32..][..32].to_vec()));
        }
        (needles, receipts)
    }

    /// All is sound, and what was proven before still is.
    fn sound(folder: &Path, receipts: &[tower_consent::record::Receipt]) {
        let check = Sled::check(folder.join("store"), &SledOptions::new()).unwrap();
        assert_eq!(check.faults, []);
        let store = Arc::new(Sled::open_existing(folder.join("store")).unwrap());
        let log = pollster::block_on(Log::open_existing(store)).unwrap();
        for receipt in receipts {
            let proof: Proof = receipt.proof.parse().unwrap();
            assert!(proof.verify(receipt.entry.as_bytes(), &[log.key().verifier().clone()]).is_ok());
        }
    }

    #[test]
    fn erasing_a_visitor_takes_his_name_out_of_the_account() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        let (needles, receipts) = linked(here);
        let keys: Vec<String> = (2..10).map(|place| format!("key of {place}")).collect();
        assert_eq!(traces(&here.join("store"), &needles), keys, "sealed, and the keys are there");
        let id = VisitorId::from_random(*b"sixteen letters!").to_string();
        let told = told(here, 0, &["visitor", "erase", &id]);
        for part in ["5 event(s), no. 2, 4, 5, 6, 7", "2 account", "2 visitor", "5 subject"] {
            assert!(told.contains(part), "{part}: {told}");
        }
        // Both events of the other one's link stay.
        assert_eq!(traces(&here.join("store"), &needles), ["key of 3", "key of 8", "key of 9"]);
        let shown = self::told(here, 0, &["visitor", "show", "--account", "ivan@mail.example"]);
        assert!(shown.contains("linked with 1 visitor(s)") && !shown.contains(&id), "{shown}");
        let none = self::told(here, 2, &["visitor", "show", "--account", "shared"]);
        assert!(none.contains("nothing is kept about this account"), "{none}");
        sound(here, &receipts);
    }

    #[test]
    fn erasing_an_account_erases_its_visitors_or_only_its_links() {
        for only in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let here = folder.path();
            let (needles, receipts) = linked(here);
            let mut arguments = vec!["visitor", "erase", "--account", "ivan@mail.example", "--reason", "by letter"];
            arguments.extend(only.then_some("--links-only"));
            let told = told(here, 0, &arguments);
            assert!(!told.contains("ivan"), "{told}");
            let left: &[&str] = match only {
                false => &[],
                true => &["key of 2", "key of 3", "key of 6", "key of 7"],
            };
            assert_eq!(traces(&here.join("store"), &needles), left, "links only: {only}");
            let again = self::told(here, 2, &arguments);
            assert!(again.contains("nothing is kept about this account"), "{again}");
            sound(here, &receipts);
        }
    }

    #[test]
    fn a_person_gets_what_is_kept_of_all_his_browsers() {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        let none = {
            drop(ConsentLayer::new(policy(), Sled::open(here.join("store")).unwrap()).unwrap());
            told(here, 2, &["visitor", "show", "--account", "ivan"])
        };
        assert!(none.contains("no visitor of this store was ever linked"), "{none}");
        {
            let now = SystemClock.now();
            let store = Arc::new(Sled::open(here.join("store")).unwrap());
            pollster::block_on(async {
                let mut log = Log::open_existing(store).await.unwrap();
                for byte in [1, 2, 3] {
                    let mut choice = Record::of(Kind::Refuse, now, policy().version());
                    choice.visitor = Some(person(byte));
                    log.append(vec![choice]).await.unwrap();
                    let account = if byte == 3 { "maria" } else { "ivan" };
                    log.link(person(byte), account, policy().version(), now).await.unwrap();
                }
            });
        }
        let shown: Value =
            serde_json::from_str(&told(here, 0, &["visitor", "show", "--account", "ivan", "--format", "json"]))
                .unwrap();
        assert_eq!(shown["subjects"], serde_json::json!([person(1).to_string(), person(2).to_string()]));
        assert!(shown["subject"].is_null() && shown["account"].is_string(), "{shown}");
        let kinds: Vec<&str> =
            shown["events"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["refuse", "link", "refuse", "link"]);
        for (file, part) in [
            ("answer.json", person(2).to_string()),
            ("answer.html", "ваша учётная запись".to_owned()),
            ("answer.txt", "связь с вашей учётной записью".to_owned()),
        ] {
            told(here, 0, &["visitor", "export", "--account", "ivan", "--out", file]);
            let text = fs::read_to_string(here.join(file)).unwrap();
            assert!(text.contains(&part) && !text.contains(&person(3).to_string()), "{file}: {text}");
        }
        // Giving it out is an event of each visitor.
        for byte in [1, 2] {
            let shown = told(here, 0, &["visitor", "show", &person(byte).to_string()]);
            assert_eq!(shown.matches("  export").count(), 3, "{shown}");
        }
        told(here, 2, &["visitor", "show"]);
        told(here, 2, &["visitor", "show", &person(1).to_string(), "--account", "ivan"]);
        told(here, 2, &["visitor", "erase", &person(1).to_string(), "--links-only"]);
        told(here, 2, &["visitor", "show", "--account", ""]);
        // The export of a log has links as it has other events: nobody is named but for the operator.
        told(here, 0, &["log", "export", "--out", "all.zip", "--level", "regulator"]);
        let key = told(here, 0, &["keys", "show"]);
        let verified = Command::new(env!("CARGO_BIN_EXE_tower-consent"))
            .current_dir(here)
            .args(["log", "verify", "all.zip", "--key", key.trim()])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&verified.stdout);
        assert!(verified.status.success() && text.contains("0 finding(s)"), "{text}");
        // One for the operator himself brings links back with a store that is rebuilt from it.
        told(here, 0, &["log", "export", "--out", "own.zip", "--level", "internal"]);
        let run = |arguments: &[&str]| {
            let output =
                Command::new(env!("CARGO_BIN_EXE_tower-consent")).current_dir(here).args(arguments).output().unwrap();
            assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8_lossy(&output.stdout).into_owned()
        };
        run(&["store", "restore", "--from", "own.zip", "--store", "sled:back", "--key", key.trim()]);
        let id = person(1).to_string();
        let back = run(&["visitor", "show", &id, "--store", "sled:back", "--policy", super::super::news_site::FOLDER]);
        assert!(back.contains(&format!("account {}", shown["account"])), "{back}");
        told(here, 0, &["log", "export", "--out", "all.csv", "--level", "regulator", "--format", "csv"]);
        let csv = fs::read_to_string(here.join("all.csv")).unwrap();
        assert_eq!(csv.matches(",link,").count(), 6, "{csv}");
        assert!(!csv.contains(&person(1).to_string()), "{csv}");
        let stats: Value = serde_json::from_str(&told(here, 0, &["log", "stats", "--format", "json"])).unwrap();
        assert!(stats.to_string().contains("\"link\":6"), "{stats}");
    }
}
