//! What people are owed: requests from the command line, answers, erasure without a trace, the end of what is kept.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::Arc,
};

use serde_json::Value;
use tower_consent::{
    ConsentLayer,
    audit::{Proof, verify_consistency},
    clock::{Clock, SystemClock},
    export::{Export, Format, Level},
    mirror,
    record::{Kind, Record},
    recorder::Log,
    rights::{self, What},
    signal::VisitorId,
    store::{ConsentStore, Sled, tree},
};

use super::news_site::policy;

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tower-consent")).current_dir(folder).args(arguments).output().unwrap()
}

/// Runs a command on the store beside; returns what it printed.
fn told(folder: &Path, code: i32, arguments: &[&str]) -> String {
    let all: Vec<&str> = arguments.iter().copied().chain(["--store", "sled:store"]).collect();
    let output = run(folder, &all);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

fn json(folder: &Path, code: i32, arguments: &[&str]) -> Value {
    let all: Vec<&str> = arguments.iter().copied().chain(["--format", "json"]).collect();
    let text = told(folder, code, &all);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A folder with a store a server of the news site has had open.
fn served() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let store = Sled::open(folder.path().join("store")).unwrap();
    drop(ConsentLayer::new(policy(), store).unwrap());
    folder
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

/// Returns which of the needles are in a folder, as `name in file`.
fn traces(folder: &Path, needles: &[(String, Vec<u8>)]) -> Vec<String> {
    let mut found = Vec::new();
    for path in files(folder) {
        let bytes = fs::read(&path).unwrap();
        for (name, needle) in needles {
            if memchr::memmem::find(&bytes, needle).is_some() {
                found.push(format!("{name} in {}", path.display()));
            }
        }
    }
    found
}

#[test]
fn nothing_is_left_of_an_erased_visitor_and_every_proof_holds() {
    let folder = tempfile::tempdir().unwrap();
    let (place, public, private) =
        (folder.path().join("store"), folder.path().join("public"), folder.path().join("private"));
    let now = SystemClock.now();
    let policy = policy();
    let person = VisitorId::from_random(*b"sixteen letters!");
    let (mut receipts, before, key);
    let mut needles: Vec<(String, Vec<u8>)> = vec![
        ("id as bytes".into(), person.as_bytes().to_vec()),
        ("id as text".into(), person.to_string().into_bytes()),
    ];
    let mut asked = rights::received(What::Erasure, person, &policy, now);
    asked.contact = Some("ivan.petrov@mail.example".into());
    asked.message = Some("Erase everything about Ivan Petrov".into());
    let mut choice = Record::of(Kind::Accept, now, policy.version());
    choice.visitor = Some(person);
    choice.page = Some("/a-page-only-ivan-read".into());
    choice.client = Some("203.0.113.0 SomeBrowser".into());
    choice.once = Some("a-mark-of-ivans-form".into());
    for text in [&asked.contact, &asked.message, &choice.page, &choice.client, &choice.once].into_iter().flatten() {
        needles.push((text.clone(), text.clone().into_bytes()));
    }
    {
        let store = Arc::new(Sled::open(&place).unwrap());
        let mut log = pollster::block_on(Log::open(store.clone(), "news.example/consent", now)).unwrap();
        receipts = pollster::block_on(log.append(vec![choice, asked])).unwrap();
        // Others, who come after him.
        for batch in 0_u64..2 {
            let others = (0..256_u64).map(|number| {
                let mut other = Record::of(Kind::Refuse, now, policy.version());
                other.visitor = Some(VisitorId::from_random((u128::from(batch * 256 + number) + 1).to_be_bytes()));
                other
            });
            pollster::block_on(log.append(others.collect())).unwrap();
        }
        while pollster::block_on(store.tidy()).unwrap() {}
        receipts.push(pollster::block_on(log.receipt(receipts[0].index)).unwrap());
        before = pollster::block_on(log.head()).unwrap();
        key = log.key().verifier().clone();
        for entry in pollster::block_on(store.read(1..3)).unwrap() {
            for disclosure in entry.disclosures.iter().chain(&entry.brief) {
                needles.push((format!("disclosure {disclosure}"), disclosure.clone().into_bytes()));
            }
        }
        assert_eq!(needles.len(), 2 + 5 + 8, "eight values of two events");
        for (copy, whole) in [(&public, false), (&private, true)] {
            pollster::block_on(mirror::advance(&mut log, store.clone(), copy, whole)).unwrap();
        }
    }
    // The keys of events 1 and 2: 32 bytes each, behind the first 32 of the file.
    let keys = fs::read(place.join("keys")).unwrap();
    for (name, slot) in [("keys of event 1", &keys[64..96]), ("keys of event 2", &keys[96..128])] {
        needles.push((name.into(), slot.to_vec()));
    }
    assert_eq!(traces(&place, &needles).len(), 2, "the keys are there, and what they seal cannot be read without them");
    assert_eq!(traces(&private, &needles).len(), 8, "the private copy has all disclosures");
    assert_eq!(traces(&public, &needles), Vec::<String>::new());

    let id = person.to_string();
    let text = told(
        folder.path(),
        0,
        &["visitor", "erase", &id, "--policy", super::news_site::FOLDER, "--reason", "by letter"],
    );
    for part in ["2 event(s), no. 1, 2", "1 contact", "2 subject", "1 client"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains(&id));

    assert_eq!(traces(&place, &needles), Vec::<String>::new());
    let store = Arc::new(Sled::open_existing(&place).unwrap());
    let mut log = pollster::block_on(Log::open_existing(store.clone())).unwrap();
    for (copy, whole) in [(&public, false), (&private, true)] {
        pollster::block_on(mirror::advance(&mut log, store.clone(), copy, whole)).unwrap();
        assert_eq!(traces(copy, &needles), Vec::<String>::new(), "{}", copy.display());
        assert!(mirror::verify(copy, std::slice::from_ref(&key)).unwrap().findings.is_empty());
    }
    let exports = folder.path().join("exports");
    fs::create_dir(&exports).unwrap();
    for (name, format) in [("jsonl", Format::JsonLines), ("csv", Format::Csv)] {
        let mut out = fs::File::create(exports.join(name)).unwrap();
        Export::new(store.clone(), Level::Internal).format(format).write(&mut out, &mut |_| {}).unwrap();
    }
    assert_eq!(traces(&exports, &needles), Vec::<String>::new());
    assert!(pollster::block_on(store.by_visitor(person)).unwrap().is_empty());

    // Receipts of before still prove, and the log of before is the beginning of the log of now.
    for receipt in &receipts {
        let proof: Proof = receipt.proof.parse().unwrap();
        assert!(proof.verify(receipt.entry.as_bytes(), std::slice::from_ref(&key)).is_ok());
    }
    let tree = pollster::block_on(tree(&*store)).unwrap();
    let proof = tree.consistency(before.size(), tree.size()).unwrap();
    assert!(tree.size() > before.size());
    assert!(verify_consistency(before.size(), &before.root(), tree.size(), &tree.head().root(), &proof));
}

#[test]
fn requests_are_kept_from_the_command_line() {
    let folder = served();
    let here = folder.path();
    let added = json(here, 0, &["requests", "add", "access", "--contact", "ivan@mail.example", "--message", "письмо"]);
    let number = added["number"].to_string();
    assert_eq!((&added["state"], &added["contact"]), (&Value::from("received"), &Value::from("ivan@mail.example")));
    let listed = json(here, 0, &["requests", "list", "--open"]);
    assert_eq!(listed["requests"][0]["number"].to_string(), number);
    assert!(listed["requests"][0]["days_left"].as_i64().unwrap() >= 10, "{listed}");
    let text = told(here, 0, &["requests", "list"]);
    assert!(text.contains("access") && text.contains("1 request(s), 0 overdue"), "{text}");

    // Putting it off and refusing need reasons; each step stands in the log.
    told(here, 2, &["requests", "extend", &number]);
    let extended = json(here, 0, &["requests", "extend", &number, "--message", "архив"]);
    assert!(
        extended["due"].as_str() > added["due"].as_str() && extended["due"] == added["extendable_to"],
        "{extended}"
    );
    told(here, 2, &["requests", "extend", &number, "--message", "ещё раз"]);
    fs::write(here.join("answer.txt"), "Вот что мы храним\n").unwrap();
    let answered = json(here, 0, &["requests", "answer", &number, "--message-file", "answer.txt"]);
    assert_eq!((&answered["state"], &answered["open"]), (&Value::from("answered"), &Value::from(false)));
    assert_eq!(answered["steps"][1]["message"], "Вот что мы храним");
    let shown = told(here, 0, &["requests", "show", &number]);
    assert!(shown.contains("Вот что мы храним") && shown.contains("ivan@mail.example"), "{shown}");
    told(here, 2, &["requests", "show", "999"]);

    // An erasure is done with a destruction, and leaves papers.
    let added = json(here, 0, &["requests", "add", "erasure", "--contact", "maria@mail.example"]);
    let number = added["number"].to_string();
    told(here, 2, &["requests", "act", &number, "--out", "act.html"]);
    told(here, 2, &["requests", "done", &number]);
    let done = told(here, 0, &["requests", "done", &number, "--erase"]);
    assert!(done.contains("destroyed: the personal values of 1 event(s)") && !done.contains("maria"), "{done}");
    told(here, 2, &["requests", "done", &number, "--erase"]);
    told(here, 0, &["requests", "act", &number, "--out", "act.html"]);
    told(here, 0, &["requests", "act", &number, "--out", "act.txt", "--language", "en"]);
    told(here, 2, &["requests", "act", &number, "--out", "act.txt"]);
    told(here, 2, &["requests", "act", &number, "--out", "act.pdf"]);
    let act = fs::read_to_string(here.join("act.html")).unwrap();
    assert!(act.contains("Акт об уничтожении") && act.contains(&format!("обращение № {number} от")), "{act}");
    assert!(fs::read_to_string(here.join("act.txt")).unwrap().contains("Extract from the log of events"));
    assert!(told(here, 0, &["requests", "list"]).contains("done"));
}

#[test]
fn a_person_gets_what_is_kept_of_him() {
    let folder = served();
    let here = folder.path();
    let added = json(here, 0, &["requests", "add", "access", "--contact", "<ivan>@mail.example"]);
    let id = added["visitor"].as_str().unwrap().to_owned();
    let shown = json(here, 0, &["visitor", "show", &id]);
    assert_eq!(shown["events"][0]["personal"]["contact"], "<ivan>@mail.example");
    assert!(shown["events"][0]["receipt"]["proof"].as_str().unwrap().starts_with("c2sp.org/tlog-proof@v1"));
    assert!(
        shown["purposes"].as_array().unwrap().len() == 3 && shown["recipients"][0]["operator"].is_string(),
        "{shown}"
    );
    for (file, part) in [
        ("answer.json", "\"contact\": \"<ivan>@mail.example\""),
        ("answer.html", "как с вами связаться: &lt;ivan&gt;@mail.example"),
        ("answer.txt", "как с вами связаться: <ivan>@mail.example"),
    ] {
        told(here, 0, &["visitor", "export", &id, "--out", file]);
        let text = fs::read_to_string(here.join(file)).unwrap();
        assert!(text.contains(part) && text.contains("Вести Края"), "{file}: {text}");
    }
    told(here, 2, &["visitor", "export", &id, "--out", "answer.json"]);
    // Giving it out is told, and is the person's event too.
    let events = json(here, 0, &["visitor", "show", &id])["events"].as_array().unwrap().clone();
    assert_eq!(events.iter().filter(|event| event["kind"] == "export").count(), 3);
    told(here, 0, &["visitor", "erase", &id]);
    told(here, 2, &["visitor", "erase", &id]);
    told(here, 2, &["visitor", "show", "ivan"]);
}

#[test]
fn a_retention_run_tells_what_is_due_and_what_it_did() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let long_ago = SystemClock.now() - time::Duration::days(5 * 365);
    {
        let store = Arc::new(Sled::open(here.join("store")).unwrap());
        let mut log = pollster::block_on(Log::open(store, "news.example/consent", long_ago)).unwrap();
        let mut choices = [1_u8, 2, 3].map(|byte| {
            let mut choice = Record::of(Kind::Accept, long_ago, policy().version());
            choice.visitor = Some(VisitorId::from_random([byte; 16]));
            choice.expires = Some(long_ago + time::Duration::days(180));
            choice
        });
        // The last one came again lately.
        choices[2].time = SystemClock.now() - time::Duration::days(200);
        choices[2].expires = Some(choices[2].time + time::Duration::days(180));
        pollster::block_on(log.append(choices.to_vec())).unwrap();
    }
    let with = |arguments: &[&'static str]| -> Vec<&'static str> {
        arguments.iter().copied().chain(["--policy", super::news_site::FOLDER]).collect()
    };
    let due = json(here, 0, &with(&["retention", "run", "--dry-run"]));
    assert_eq!((&due["visitors"], &due["expired"], due["event"].is_null()), (&Value::from(2), &Value::from(3), true));
    let again = json(here, 0, &with(&["retention", "run", "--dry-run"]));
    assert_eq!(again, due, "nothing was changed");
    let done = json(here, 0, &with(&["retention", "run"]));
    // Of two whose choices ended long ago nothing is left to be told.
    assert_eq!(
        (&done["visitors"], &done["events"], &done["expired"]),
        (&Value::from(2), &Value::from(2), &Value::from(1))
    );
    let event = done["event"].to_string();
    told(here, 0, &["retention", "act", &event, "--out", "act.txt", "--policy", super::news_site::FOLDER]);
    let act = fs::read_to_string(here.join("act.txt")).unwrap();
    assert!(act.contains("истёк срок хранения") && act.contains("записи журнала согласий № 1, 2"), "{act}");
    let after = json(here, 0, &with(&["retention", "run"]));
    assert_eq!((&after["visitors"], &after["expired"]), (&Value::from(0), &Value::from(0)));
    told(
        here,
        2,
        &["retention", "act", &after["event"].to_string(), "--out", "no.txt", "--policy", super::news_site::FOLDER],
    );
}

#[test]
fn a_store_that_a_server_holds_is_left_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = Sled::open(folder.path().join("store")).unwrap();
    let _held = ConsentLayer::new(policy(), store).unwrap();
    let output = run(folder.path(), &["requests", "list", "--store", "sled:store"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("open in another process") && text.contains("admin address"), "{text}");
}

#[test]
fn every_command_explains_itself_with_an_example() {
    let folder = tempfile::tempdir().unwrap();
    for command in [
        &["requests"][..],
        &["requests", "list"],
        &["requests", "show"],
        &["requests", "add"],
        &["requests", "identify"],
        &["requests", "extend"],
        &["requests", "answer"],
        &["requests", "refuse"],
        &["requests", "done"],
        &["requests", "act"],
        &["visitor"],
        &["visitor", "show"],
        &["visitor", "export"],
        &["visitor", "erase"],
        &["retention"],
        &["retention", "run"],
        &["retention", "act"],
    ] {
        let arguments: Vec<&str> = command.iter().copied().chain(["--help"]).collect();
        let output = run(folder.path(), &arguments);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && text.contains("Example"), "{command:?}: {text}");
    }
}
