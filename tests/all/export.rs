//! Exports: the same state gives the same bytes, every change is seen, nothing of an erased visitor is in them.

use std::{
    collections::BTreeMap,
    fs,
    io::{Cursor, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use time::{Duration, OffsetDateTime};
use tower_consent::{
    ConsentLayer, Policy,
    audit::Verifier,
    export::{Export, Format, Level, Verified, Written, verify, verify_folder},
    record::{Kind, Record},
    recorder::{Log, rotate_key},
    signal::VisitorId,
    store::{ConsentStore, Memory},
};

use super::{folder::files, news_site::Shared, random::Random};

pub(crate) const START: OffsetDateTime = time::macros::datetime!(2026-09-01 08:00 UTC);
const RULE: &str = "\n[[rule]]\ncode = \"RU-152-9-4-OP\"\nlevel = \"warning\"\nreason = \"адрес в подвале\"\n";

/// The seed policy, and one that says less and lowers a rule for it.
fn policies() -> [Policy; 2] {
    let first = super::news_site::policy();
    let mut files = first.files().clone();
    let consent = files.get_mut("ru/consent.md").unwrap();
    *consent = consent.replace("Адрес: {{ operator.address }}.", "Адрес указан в политике.");
    files.get_mut("policy.toml").unwrap().push_str(RULE);
    let (second, found) = Policy::check(files);
    [first, second.unwrap_or_else(|| panic!("{found:#?}"))]
}

/// Hash of a text that a version showed.
fn shown(store: &dyn ConsentStore, version: &str, name: &str) -> String {
    let list = pollster::block_on(store.document(format!("policy/{version}"))).unwrap().expect("the version is kept");
    let list = String::from_utf8(list).unwrap();
    let line = list.lines().find(|line| line.ends_with(&format!("  shown/{name}"))).expect("the text is listed");
    line[..64].to_owned()
}

/// A log with two versions of a policy and visitors' choices.
pub(crate) struct Filled {
    pub(crate) store: Arc<dyn ConsentStore>,
    pub(crate) log: Log,
    key: Verifier,
}

pub(crate) fn visitor(number: u64) -> VisitorId {
    let mut bits = [9; 16];
    bits[..8].copy_from_slice(&number.to_be_bytes());
    VisitorId::from_random(bits)
}

impl Filled {
    fn new(events: u64) -> Self {
        Self::of(Shared::default(), events)
    }

    pub(crate) fn of(store: impl ConsentStore + Clone + 'static, events: u64) -> Self {
        let mut filled: Option<Self> = None;
        for policy in policies() {
            let version = policy.version().to_owned();
            drop(ConsentLayer::new(policy, store.clone()).unwrap());
            let kept: Arc<dyn ConsentStore> = Arc::new(store.clone());
            let mut log = pollster::block_on(Log::open_existing(kept.clone())).unwrap();
            let from = if filled.is_some() { events / 2 } else { 0 };
            let to = if filled.is_some() { events } else { events / 2 };
            let mut records = Vec::new();
            for number in from..to {
                records.push(choice(&*kept, &version, number));
            }
            pollster::block_on(log.append(records)).unwrap();
            let key = log.key().verifier().clone();
            filled = Some(Self { store: kept, log, key });
        }
        filled.unwrap()
    }

    /// Without instructions and report, which are slow to make and the same at any rate.
    fn export(&self, level: Level) -> Export {
        Export::new(self.store.clone(), level).wordings([])
    }

    fn written(&mut self, export: &Export) -> (Written, Vec<u8>) {
        pollster::block_on(self.log.append(vec![export.record(START + Duration::days(90))])).unwrap();
        let mut bytes = Vec::new();
        let written = export.write(&mut bytes, &mut |_| {}).unwrap();
        (written, bytes)
    }

    fn verify(&self, bytes: &[u8]) -> Verified {
        verify(Cursor::new(bytes), std::slice::from_ref(&self.key)).unwrap()
    }
}

/// One event of one of forty visitors.
pub(crate) fn choice(store: &dyn ConsentStore, version: &str, number: u64) -> Record {
    let kind = match number % 5 {
        0 => Kind::Accept,
        1 => Kind::Refuse,
        2 => Kind::Partial,
        3 => Kind::Withdraw,
        _ => Kind::Renew,
    };
    let time = START + Duration::minutes(i64::try_from(number).unwrap() * 37);
    let mut record = Record::of(kind, time, version);
    let granted = matches!(kind, Kind::Accept | Kind::Renew);
    record.visitor = Some(visitor(number % 40));
    record.purposes =
        [("metrics".parse().unwrap(), granted || kind == Kind::Partial), ("recommendations".parse().unwrap(), granted)]
            .into();
    let language = if number.is_multiple_of(3) { "en" } else { "ru" };
    record.language = Some(language.into());
    record.notice = Some(shown(store, version, &format!("{language}/banner.html")));
    record.consent = Some(shown(store, version, &format!("{language}/consent.html")));
    (record.method, record.source, record.by) = ("form", "banner", "subject");
    record.basis = Some("consent");
    record.jurisdiction = vec!["ru".into()];
    record.origin_check = Some("same-origin");
    record.expires = Some(time + Duration::days(180));
    record.once = Some(format!("once-{number}"));
    record.page = Some(format!("/news/{number}"));
    record
}

/// The files of an archive, read by a program of others.
pub(crate) fn unpack(bytes: &[u8], folder: &Path) -> Vec<PathBuf> {
    let archive = folder.join("export.zip");
    fs::write(&archive, bytes).unwrap();
    let into = folder.join("unpacked");
    let output = std::process::Command::new("unzip").arg("-q").arg(&archive).arg("-d").arg(&into).output();
    let output = output.expect("the tests need `unzip`");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::remove_file(archive).unwrap();
    files(&into)
}

fn json(folder: &Path, name: &str) -> serde_json::Value {
    serde_json::from_slice(&fs::read(folder.join("unpacked").join(name)).unwrap()).unwrap()
}

#[test]
fn an_export_holds_the_fourteen_parts_and_verifies() {
    let mut filled = Filled::new(300);
    let export = Export::new(filled.store.clone(), Level::Regulator);
    let (written, bytes) = filled.written(&export);
    let verified = filled.verify(&bytes);
    assert_eq!(verified.findings, []);
    // log-opened, two policies, 300 choices, the export itself.
    assert_eq!((verified.size, verified.stats.events, verified.complete), (304, 304, true));
    assert_eq!((written.events, written.root), (304, verified.root));
    let folder = tempfile::tempdir().unwrap();
    let files = unpack(&bytes, folder.path());
    let manifest = json(folder.path(), "manifest.json");
    assert_eq!(manifest["parts"].as_array().unwrap().len(), 14);
    assert_eq!(manifest["missing_texts"], serde_json::json!([]));
    assert_eq!(manifest["policies"].as_array().unwrap().len(), 2);
    for part in manifest["parts"].as_array().unwrap() {
        for named in part["files"].as_str().unwrap_or_default().split(' ').filter(|named| !named.is_empty()) {
            let begin = named.split('*').next().unwrap();
            let root = folder.path().join("unpacked");
            let is_there =
                files.iter().any(|path| path.strip_prefix(&root).unwrap().to_str().unwrap().starts_with(begin));
            assert!(is_there, "{named} is named and not there");
        }
    }
    let [first, second] = policies();
    let consent =
        fs::read_to_string(folder.path().join(format!("unpacked/texts/{}/ru/consent.md.diff", second.version())));
    let consent = consent.unwrap();
    assert!(consent.contains("+Адрес указан в политике.") || consent.contains("Адрес указан в политике."), "{consent}");
    assert!(folder.path().join(format!("unpacked/banner/{}/ru.html", first.version())).is_file());
    let lint = json(folder.path(), "lint.json");
    assert_eq!(lint["changed_levels"][0]["code"], "RU-152-9-4-OP");
    assert_eq!(lint["changed_levels"][0]["reason"], "адрес в подвале");
    assert_eq!(
        (&lint["changed_levels"][0]["level_of_the_rule"], &lint["findings"][0]["level"]),
        (&"error".into(), &"warning".into())
    );
    assert_eq!(lint["rules"]["sha256"].as_str().unwrap().len(), 64);
    let withdrawals = fs::read_to_string(folder.path().join("unpacked/withdrawals.csv")).unwrap();
    assert_eq!(withdrawals.lines().count(), 61);
    let statistics = fs::read_to_string(folder.path().join("unpacked/stats.csv")).unwrap();
    assert!(statistics.starts_with("day,policy,language,accept,partial,refuse,renew,withdraw"), "{statistics}");
}

#[test]
fn requests_are_told_with_their_terms_and_what_became_of_them() {
    use tower_consent::rights::{State, What, received, request};

    let mut filled = Filled::new(10);
    let [_, policy] = policies();
    let now = time::macros::datetime!(2026-11-25 09:00 UTC);
    let person = VisitorId::from_random([7; 16]);
    pollster::block_on(async {
        let mut asked = received(What::Access, person, &policy, now);
        asked.message = Some("что у вас обо мне есть".to_owned());
        let number = filled.log.append(vec![asked]).await.unwrap()[0].index;
        let more = [received(What::Erasure, person, &policy, now), received(What::Stop, person, &policy, now)];
        filled.log.append(more.to_vec()).await.unwrap();
        for (state, hours) in [(State::Identified, 1), (State::Extended, 2), (State::Answered, 3)] {
            let made = request(&*filled.store, &policy, number).await.unwrap().unwrap();
            let step = made.step(state, &policy, now + Duration::hours(hours)).unwrap();
            filled.log.append(vec![step]).await.unwrap();
        }
    });
    let (_, bytes) = filled.written(&filled.export(Level::Regulator));
    assert_eq!(filled.verify(&bytes).findings, []);
    let folder = tempfile::tempdir().unwrap();
    unpack(&bytes, folder.path());
    let text = fs::read_to_string(folder.path().join("unpacked/requests.csv")).unwrap();
    let mut table = csv::Reader::from_reader(text.as_bytes());
    let names: Vec<String> = table.headers().unwrap().iter().map(str::to_owned).collect();
    let rows: Vec<BTreeMap<String, String>> = table
        .records()
        .map(|row| names.iter().cloned().zip(row.unwrap().iter().map(str::to_owned)).collect())
        .collect();
    assert_eq!(rows.len(), 3, "{text}");
    let access = &rows[0];
    for (column, expected) in [
        ("received", "2026-11-25T09:00:00Z"),
        ("by", "operator"),
        ("request", "access"),
        ("laws", "ru base"),
        ("due", "2026-12-09"),
        ("put_off_to", "2026-12-16"),
        ("state", "answered"),
        ("identified", "2026-11-25T10:00:00Z"),
        ("put_off", "2026-11-25T11:00:00Z"),
        ("answered", "2026-11-25T12:00:00Z"),
        ("refused", ""),
    ] {
        assert_eq!(access[column], expected, "{column}: {text}");
    }
    assert_eq!((rows[1]["state"].as_str(), rows[2]["request"].as_str()), ("received", "stop"));
    assert!(!rows[0]["subject"].is_empty() && rows[0]["subject"] == rows[1]["subject"]);
    assert!(!text.contains("что у вас"), "what a person wrote is no matter of the register: {text}");
}

#[test]
fn two_exports_of_one_state_are_the_same_bytes() {
    let mut filled = Filled::new(600);
    for format in [Format::Zip, Format::JsonLines, Format::Csv, Format::Spreadsheet] {
        let export = filled.export(Level::Internal).format(format);
        let (written, first) = filled.written(&export);
        // The log has grown by another export since; at its size of then it is the same.
        let (again, second) = filled.written(&export.clone().at(written.size));
        assert_eq!((written.root, written.size), (again.root, again.size));
        assert!(first == second, "{format:?}");
    }
}

#[test]
fn each_level_shows_what_it_may_and_proves_it() {
    let mut filled = Filled::new(200);
    let known: Vec<String> = (0..40).map(|number| visitor(number).to_string()).collect();
    for level in Level::ALL {
        let mut export = filled.export(level);
        if level == Level::Subject {
            export = export.visitor(visitor(7));
        }
        let (_, bytes) = filled.written(&export);
        let verified = filled.verify(&bytes);
        assert_eq!(verified.findings, [], "{level:?}");
        let folder = tempfile::tempdir().unwrap();
        let files = unpack(&bytes, folder.path());
        let text: String =
            files.iter().map(|path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned()).collect();
        let disclosed = |id: &str| {
            use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
            let lines = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
            let values = lines.flat_map(|line| line["disclosures"].as_array().cloned().unwrap_or_default());
            let opened = values.filter_map(|value| URL_SAFE_NO_PAD.decode(value.as_str()?).ok());
            opened.filter(|value| String::from_utf8_lossy(value).contains(id)).count()
        };
        let others = known
            .iter()
            .filter(|id| **id != visitor(7).to_string())
            .filter(|id| text.contains(*id) || disclosed(id) > 0);
        let own = disclosed(&visitor(7).to_string());
        match level {
            Level::Public => assert!(!files.iter().any(|path| path.ends_with("events.jsonl")) && others.count() == 0),
            Level::Regulator => assert_eq!((others.count(), own), (0, 0)),
            // Five choices, and the export, which is about him too.
            Level::Subject => assert_eq!((others.count(), own, verified.stats.events), (0, 6, 7)),
            _ => assert_eq!((others.count(), own), (39, 6)),
        }
    }
}

#[test]
fn a_part_of_the_log_is_proven_by_its_tiles() {
    let mut filled = Filled::new(1500);
    let everything = filled.export(Level::Regulator);
    let (whole, all) = filled.written(&everything);
    let from = START + Duration::days(10);
    let to = START + Duration::days(12);
    let version = policies()[1].version()[..8].to_owned();
    for (export, expected) in [
        (everything.clone().from(from).to(to), 78),
        // With the event of its publication.
        (everything.clone().policy(version), 751),
        (everything.clone().purpose("metrics".parse().unwrap()), 1500),
        (everything.clone().visitor(visitor(3)), 38),
    ] {
        let (written, bytes) = filled.written(&export.at(whole.size));
        let verified = filled.verify(&bytes);
        assert_eq!(verified.findings, []);
        let of_the_log = 1;
        assert_eq!((verified.stats.events, verified.complete), (expected + of_the_log, false));
        assert_eq!((written.root, verified.size), (whole.root.clone(), whole.size));
        assert!(bytes.len() < all.len());
    }
    let nobody = filled.export(Level::Subject).visitor(visitor(999));
    assert!(nobody.write(&mut Vec::new(), &mut |_| {}).unwrap_err().to_string().contains("no events of this visitor"));
}

#[test]
fn the_log_is_followed_through_a_change_of_its_key() {
    let mut filled = Filled::new(50);
    let old = filled.key.clone();
    let store = filled.store.clone();
    let new = pollster::block_on(rotate_key(store.clone(), START + Duration::days(80))).unwrap();
    filled.log = pollster::block_on(Log::open_existing(store)).unwrap();
    let export = filled.export(Level::Regulator);
    let (_, bytes) = filled.written(&export);
    for (trusted, good) in [(old, true), (new.verifier().clone(), true), (visitor_key(), false)] {
        let verified = verify(Cursor::new(&bytes), &[trusted]).unwrap();
        assert_eq!(verified.findings.is_empty(), good, "{:?}", verified.findings);
    }
}

/// The key of another log.
fn visitor_key() -> Verifier {
    let store = Arc::new(Memory::default());
    let log = pollster::block_on(Log::open(store, "other.example/consent", START)).unwrap();
    log.key().verifier().clone()
}

#[test]
fn nothing_of_an_erased_visitor_is_exported_and_proofs_stay_good() {
    let mut filled = Filled::new(200);
    let internal = filled.export(Level::Internal);
    let (before, first) = filled.written(&internal);
    let erased = visitor(7);
    pollster::block_on(filled.log.erase(erased, "request", START + Duration::days(85))).unwrap().unwrap();
    let (_, second) = filled.written(&internal);
    let (_, third) = filled.written(&internal.clone().at(before.size));
    assert_eq!(filled.verify(&first).findings, []);
    for bytes in [&second, &third] {
        let verified = filled.verify(bytes);
        assert_eq!(verified.findings, []);
        let folder = tempfile::tempdir().unwrap();
        for path in unpack(bytes, folder.path()) {
            let bytes = fs::read(&path).unwrap();
            use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
            let text = String::from_utf8_lossy(&bytes);
            assert!(!text.contains(&erased.to_string()), "{}", path.display());
            let words = text.split(|sign: char| !(sign.is_ascii_alphanumeric() || "-_".contains(sign)));
            let opened = words.filter_map(|word| URL_SAFE_NO_PAD.decode(word).ok());
            for value in opened {
                assert!(!String::from_utf8_lossy(&value).contains(&erased.to_string()), "{}", path.display());
            }
        }
    }
    let root = |bytes: &[u8]| filled.verify(bytes).root;
    assert_eq!(root(&first), root(&third));
    let folder = tempfile::tempdir().unwrap();
    unpack(&second, folder.path());
    let destroyed = fs::read_to_string(folder.path().join("unpacked/destruction.csv")).unwrap();
    assert!(destroyed.lines().nth(1).unwrap().contains(",request,5,"), "{destroyed}");
    let withdrawals = fs::read_to_string(folder.path().join("unpacked/withdrawals.csv")).unwrap();
    // The visitor has no withdrawal among his events (7, 47, …); those of others are not said to be destroyed.
    assert!(withdrawals.lines().skip(1).all(|line| line.ends_with(",,")), "{withdrawals}");
}

#[test]
fn every_flipped_bit_of_the_archive_is_seen_or_changes_nothing_that_is_signed() {
    let mut filled = Filled::new(60);
    let export = filled.export(Level::Internal).visitor(visitor(7));
    let (_, bytes) = filled.written(&export);
    let contents = |bytes: &[u8]| {
        let folder = tempfile::tempdir().unwrap();
        let files = unpack(bytes, folder.path());
        files
            .into_iter()
            .map(|path| (path.strip_prefix(folder.path()).unwrap().to_owned(), fs::read(path).unwrap()))
            .collect::<BTreeMap<_, _>>()
    };
    let whole = contents(&bytes);
    let mut random = Random::seeded();
    let mut outside = Vec::new();
    for _ in 0..2_000 {
        let bit = random.below(bytes.len() * 8);
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        if filled.verify(&flipped).findings.is_empty() {
            // Provably outside: a foreign program unpacks the very same files.
            assert_eq!(contents(&flipped), whole, "bit {bit} was not seen");
            outside.push(bit);
        }
    }
    println!("{} of 2000 flipped bits are seen; outside of what is signed: {outside:?}", 2_000 - outside.len());
    assert!(outside.len() < 20, "{outside:?}");
    for _ in 0..50 {
        assert!(!filled.verify(&bytes[..random.below(bytes.len())]).findings.is_empty());
    }
}

#[test]
fn every_change_to_the_unpacked_files_is_seen() {
    let mut filled = Filled::new(60);
    let export = filled.export(Level::Internal);
    let (_, bytes) = filled.written(&export);
    let folder = tempfile::tempdir().unwrap();
    let files = unpack(&bytes, folder.path());
    let root = folder.path().join("unpacked");
    let check = || verify_folder(&root, std::slice::from_ref(&filled.key)).unwrap();
    assert_eq!(check().findings, []);
    let mut random = Random::seeded();
    let mut changes = 0;
    for path in &files {
        let whole = fs::read(path).unwrap();
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
        let mut flips: Vec<usize> = match name.as_str() {
            "checkpoint" => (0..whole.len() * 8).collect(),
            // Its signature line, and some of the list.
            "MANIFEST" => (whole.len() * 8 - 1_200..whole.len() * 8).collect(),
            _ => Vec::new(),
        };
        if !whole.is_empty() {
            flips.extend((0..4).map(|_| random.below(whole.len() * 8)));
        }
        for bit in flips {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            fs::write(path, flipped).unwrap();
            assert!(!check().findings.is_empty(), "bit {bit} of {name}");
            changes += 1;
        }
        for cut in [0, whole.len() / 2, whole.len().saturating_sub(1)] {
            if cut < whole.len() {
                fs::write(path, &whole[..cut]).unwrap();
                assert!(!check().findings.is_empty(), "{name} cut at {cut}");
                changes += 1;
            }
        }
        fs::remove_file(path).unwrap();
        assert!(!check().findings.is_empty(), "{name} removed");
        let other = path.with_file_name("renamed");
        fs::write(&other, &whole).unwrap();
        assert!(!check().findings.is_empty(), "{name} renamed");
        fs::remove_file(other).unwrap();
        fs::write(path, &whole).unwrap();
        changes += 2;
    }
    fs::write(root.join("added"), "x").unwrap();
    assert!(!check().findings.is_empty());
    fs::remove_file(root.join("added")).unwrap();
    assert_eq!(check().findings, []);
    println!("{changes} changes to the {} files of an export, all seen", files.len());
}

#[test]
fn tables_hold_what_the_archive_holds() {
    let mut filled = Filled::new(100);
    let base = filled.export(Level::Regulator);
    let (written, archive) = filled.written(&base);
    let folder = tempfile::tempdir().unwrap();
    unpack(&archive, folder.path());
    for (format, name) in [(Format::JsonLines, "events.jsonl"), (Format::Csv, "events.csv")] {
        let (_, table) = filled.written(&base.clone().format(format).at(written.size));
        assert_eq!(table, fs::read(folder.path().join("unpacked").join(name)).unwrap());
    }
    let (_, book) = filled.written(&base.format(Format::Spreadsheet).at(written.size));
    let book_folder = tempfile::tempdir().unwrap();
    let sheet = unpack(&book, book_folder.path()).into_iter().find(|path| path.ends_with("sheet1.xml")).unwrap();
    let mut text = String::new();
    fs::File::open(sheet).unwrap().read_to_string(&mut text).unwrap();
    // A head, and a row for each event.
    assert_eq!(text.matches("<row ").count() as u64, 1 + written.events);
}
