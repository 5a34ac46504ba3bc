//! Rules held against whole policies, as a user of the library does it.

use std::{collections::BTreeSet, path::Path};

use tower_consent::{
    Policy,
    lint::{Check, Finding, Page, rule, rules},
    policy::Level,
};

fn folder(path: &str) -> Policy {
    Policy::load(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

fn codes(findings: &[Finding]) -> BTreeSet<&'static str> {
    findings.iter().map(|finding| finding.diagnostic.code).collect()
}

#[test]
fn the_original_footer_breaks_the_rules_it_is_known_to_break() {
    let policy = folder("tests/fixtures/seed-footer");
    let report = Check::new(&policy).run();
    assert_eq!(
        codes(report.findings()),
        BTreeSet::from([
            "RU-152-9-1-ACT",
            "RU-152-9-1-SEP",
            "RU-152-9-4-OP",
            "RU-152-9-4-DATA",
            "RU-152-9-4-PURPOSE",
            "RU-152-9-4-TERM",
            "RU-152-9-4-WITHDRAW",
            "RU-OPS-CONSIST",
            "RU-METHOD-MIX",
            "RU-149-REC-NOTICE",
            "RU-149-REC-PAGE",
            "RU-149-REC-RULES",
            "RU-149-REC-EMAIL",
        ]),
        "{:#?}",
        report.findings()
    );
    let undeclared: Vec<_> = report
        .findings()
        .iter()
        .filter(|finding| finding.diagnostic.code == "RU-OPS-CONSIST")
        .map(|finding| finding.diagnostic.message.as_str())
        .collect();
    for operation in ["record", "systematise", "accumulate", "retrieve", "delete", "transfer"] {
        let told = undeclared.iter().filter(|message| message.starts_with(&format!("`{operation}` (")));
        assert_eq!(told.count(), 1, "{operation}: {undeclared:#?}");
    }
    assert_eq!(undeclared.len(), 6, "{undeclared:#?}");
}

#[test]
fn the_original_footer_is_no_consent_in_europe_either() {
    let mut files = folder("tests/fixtures/seed-footer").files().clone();
    let text = files.get_mut("policy.toml").unwrap();
    *text = text.replacen("profiles = [\"ru\"]", "profiles = [\"eu\"]", 1);
    let policy = Policy::check(files).0.unwrap();
    let found = codes(Check::new(&policy).run().findings());
    assert!(found.contains("EU-4-11-ACT") && !found.iter().any(|code| code.starts_with("RU-")), "{found:?}");
}

#[test]
fn a_finding_marks_the_words_it_is_about() {
    let policy = folder("tests/fixtures/seed-footer");
    let report = Check::new(&policy).run();
    let marked = |code: &str, file: &str| {
        let mut places = report.findings().iter().map(|finding| &finding.diagnostic);
        let place = places.find(|place| place.code == code && place.file == file).unwrap();
        policy.files()[file][place.span.clone()].to_owned()
    };
    assert_eq!(marked("RU-152-9-1-ACT", "policy.toml"), "\"notice\"");
    assert_eq!(marked("RU-152-9-1-ACT", "ru/consent.md"), "Продолжая посещение сайта, пользователь соглашается");
    assert!(marked("RU-152-9-1-SEP", "ru/banner.md").starts_with("соглашается с обработкой"));
    assert_eq!(marked("RU-152-9-4-TERM", "ru/consent.md"), "Согласие на обработку персональных данных");
}

#[test]
fn the_policies_of_this_repository_are_sound() {
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("policies")).unwrap() {
        let path = entry.unwrap().path();
        if path.join("policy.toml").is_file() {
            let policy = Policy::load(&path).unwrap();
            let report = Check::new(&policy).strict(true).run();
            assert!(report.findings().is_empty(), "{}: {:#?}", path.display(), report.findings());
        }
    }
}

/// The seed policy with a table appended.
fn with(table: &str) -> Policy {
    let mut files = folder("policies/news-site").files().clone();
    let text = files.get_mut("policy.toml").unwrap();
    // A purpose that mixes advertising in: a warning, and an error when strict.
    *text = text.replace("Подсчёт посетителей и чтения статей.", "Подсчёт посетителей и показ рекламы.");
    text.push_str(table);
    Policy::check(files).0.unwrap()
}

#[test]
fn the_policy_gives_a_rule_another_level_with_a_reason() {
    let code = "RU-152-9-GRAN";
    let as_it_is = with("");
    let plain = Check::new(&as_it_is).run();
    assert_eq!(plain.findings()[0].diagnostic.level, Level::Warning);
    assert_eq!(Check::new(&as_it_is).strict(true).run().findings()[0].diagnostic.level, Level::Error);

    let lower = with(&format!("\n[[rule]]\ncode = \"{code}\"\nlevel = \"info\"\nreason = \"no ads yet\"\n"));
    let report = Check::new(&lower).strict(true).run();
    assert_eq!((report.findings().len(), report.count(Level::Info)), (1, 1));
    assert_eq!(report.findings()[0].reason.as_deref(), Some("no ads yet"));

    let off = with(&format!("\n[[rule]]\ncode = \"{code}\"\nlevel = \"off\"\nreason = \"no ads yet\"\n"));
    let report = Check::new(&off).run();
    assert!(report.findings().is_empty());
    assert_eq!(report.silenced()[0].reason.as_deref(), Some("no ads yet"));
}

#[test]
fn a_level_for_no_rule_or_for_no_finding_is_told() {
    let misspelt = with("\n[[rule]]\ncode = \"RU-152-9-GRAM\"\nlevel = \"off\"\nreason = \"x\"\n");
    let report = Check::new(&misspelt).run();
    let fault = report.findings().iter().find(|finding| finding.diagnostic.code == "unknown-rule").unwrap();
    assert_eq!(fault.diagnostic.level, Level::Error);
    assert_eq!(fault.diagnostic.help, "did you mean `RU-152-9-GRAN`?");
    assert_eq!(&misspelt.files()["policy.toml"][fault.diagnostic.span.clone()], "\"RU-152-9-GRAM\"");

    let rotten = with("\n[[rule]]\ncode = \"RU-152-22.1\"\nlevel = \"off\"\nreason = \"x\"\n");
    let report = Check::new(&rotten).run();
    assert!(codes(report.findings()).contains("unused-level"), "{:#?}", report.findings());
}

#[test]
fn a_rule_says_where_it_comes_from_and_what_breaking_it_costs() {
    let term = rule("RU-152-9-4-TERM").unwrap();
    assert_eq!(term.basis().article, "152-FZ, article 9(4), item 8");
    assert_eq!(term.basis().verified_on, "2026-11-22");
    assert_eq!(term.fine().unwrap().amount, "300,000 to 700,000 roubles");
    assert!(rules().filter(|rule| rule.code().starts_with("RU-")).count() >= 45);
}

#[test]
fn a_page_with_a_banner_of_its_own_is_held_against_the_rules_of_markup() {
    let html = "<!doctype html><title>n</title><img src=\"https://mc.yandex.ru/watch/7\">
<div id=\"cookie\"><p>Мы используем cookie <input type=\"checkbox\" checked><a href=\"#\">ОК</a></div>";
    let pages = [Page { name: "front.html".to_owned(), html: html.to_owned() }];
    let policy = folder("policies/news-site");
    let report = Check::new(&policy).pages(&pages).run();
    let expected = ["A11Y-LANG", "A11Y-NAME", "RU-152-9-DENY", "RU-152-9-PRETICK", "RU-METRICS-GATE"];
    assert_eq!(codes(report.findings()), BTreeSet::from(expected));
    for finding in report.findings() {
        assert_eq!(finding.diagnostic.file, "front.html");
        assert!(!html[finding.diagnostic.span.clone()].is_empty(), "{finding:?}");
    }
}

/// The operations of the seed policy, as its file lists them.
const OPERATIONS: [&str; 17] = [
    "collect",
    "use",
    "store",
    "clarify",
    "clarify.update",
    "clarify.change",
    "depersonalise",
    "block",
    "destroy",
    "record",
    "systematise",
    "accumulate",
    "retrieve",
    "transfer",
    "transfer.provide",
    "transfer.access",
    "delete",
];

/// Findings of the seed policy after some changes of its `policy.toml`; the last of them may append a table.
fn after(changes: &[(&str, &str)]) -> Vec<Finding> {
    let mut files = folder("policies/news-site").files().clone();
    let text = files.get_mut("policy.toml").unwrap();
    for (old, new) in changes {
        assert!(old.is_empty() || text.matches(old).count() == 1, "{old}");
        match *old {
            "" => text.push_str(new),
            old => *text = text.replacen(old, new, 1),
        }
    }
    let (policy, faults) = Policy::check(files);
    Check::new(&policy.unwrap_or_else(|| panic!("{changes:?}: {faults:#?}"))).run().findings().to_vec()
}

/// Those of the operations that are kept, as the file lists them.
fn operations(keep: impl Fn(&str) -> bool) -> String {
    let words: Vec<_> = OPERATIONS.into_iter().filter(|word| keep(word)).map(|word| format!("\"{word}\"")).collect();
    format!("operations = [{}]\nprofiling", words.join(", "))
}

#[test]
fn every_other_way_to_break_a_rule_is_found_too() {
    let metrics = "subjects = [{ ru = \"посетители сайта\", en = \"visitors of the site\" }]\nretention = \"365 days\"";
    let cases: &[(&str, &[(&str, &str)])] = &[
        ("RU-152-9-1-ACT", &[("model = \"opt-in\"", "model = \"notice\"")]),
        (
            "RU-152-9-1-ACT",
            &[
                ("model = \"opt-in\"", "model = \"opt-in\"\ncountry-header = \"cf-ipcountry\""),
                ("", "\n[choice.profiles.ru]\nmodel = \"notice\"\nremember = \"30 days\"\n"),
            ],
        ),
        ("RU-152-9-3-PROOF", &[("retention = \"365 days\"", "retention = \"5 years\"")]),
        ("RU-152-9-4-PURPOSE", &[("Подсчёт посетителей и чтения статей.", "Подсчёт посетителей и другие цели.")]),
        ("RU-152-9-4-DATA", &[("{ ru = \"сведения о браузере\",", "{ ru = \"сведения о браузере и т. п.\",")]),
        ("RU-152-9-4-TERM", &[("lifetime = \"180 days\"", "lifetime = \"300 days\"")]),
        ("RU-152-9-4-WRITTEN", &[("method = \"mixed\"", "method = \"mixed\"\nspecial-categories = true")]),
        ("RU-152-9-GRAN", &[("catalogue = \"smi2\"", "catalogue = \"adfox\"")]),
        ("RU-152-9-PRETICK", &[("model = \"opt-in\"", "model = \"opt-out\"")]),
        ("RU-152-9-DENY", &[("model = \"opt-in\"", "model = \"opt-in\"\nwall = true")]),
        ("RU-METRICS-GATE", &[("", "\n[gate]\nmode = \"report-only\"\n")]),
        (
            "RU-METRICS-GATE",
            &[(
                "catalogue = \"liveinternet\"\npurpose = \"metrics\"",
                "catalogue = \"liveinternet\"\npurpose = \"necessary\"",
            )],
        ),
        (
            "RU-152-5-2",
            &[(
                "catalogue = \"liveinternet\"\npurpose = \"metrics\"",
                "catalogue = \"liveinternet\"\npurposes = [\"metrics\", \"necessary\"]",
            )],
        ),
        ("RU-152-5-5", &[("", "\n[record]\nbrowser = \"family\"\n")]),
        ("RU-152-5-5", &[("", "\n[record]\npage = \"path\"\n")]),
        (
            "RU-152-5-5",
            &[("{ ru = \"время выбора\", en = \"time of the choice\" }", "{ ru = \"язык\", en = \"language\" }")],
        ),
        ("RU-OPS-CONSIST", &[("\"transfer.access\", \"delete\"", "\"transfer.access\", \"crossborder\", \"delete\"")]),
        (
            "RU-OPS-CONSIST",
            &[(
                metrics,
                "subjects = [{ ru = \"посетители\", en = \"visitors\" }]\noperations = [\"collect\", \"store\"]\nretention = \"365 days\"",
            )],
        ),
        (
            "RU-OPS-CONSIST",
            &[(
                metrics,
                "subjects = [{ ru = \"посетители\", en = \"visitors\" }]\noperations = [\"collect\", \"transfer\", \"crossborder\"]\nretention = \"365 days\"",
            )],
        ),
        ("RU-METHOD-MIX", &[("method = \"mixed\"", "method = \"automated\"")]),
        ("RU-METHOD-MIX", &[("method = \"mixed\"", "method = \"non-automated\"")]),
        ("RU-METHOD-MIX", &[("[destruction]", "[destruction]\nevidence = [\"act\"]")]),
        ("RU-152-18-5", &[("catalogue = \"smi2\"", "catalogue = \"smi2\"\nstorage = \"NL\"")]),
        ("RU-152-18.1-MATRIX", &[(metrics, "retention = \"365 days\"")]),
        ("RU-152-20-DSAR", &[("[rights]", "[rights]\nextension = \"10 working days\"")]),
        ("RU-152-20-DSAR", &[("[rights]", "[rights]\ncorrection = \"1 month\"")]),
        ("RU-152-21-WD", &[("[rights]", "[rights]\nblock = \"1 year\"")]),
        ("RU-152-22-NOTICE", &[("notice = { number = \"23-24-000000\", date = 2024-03-01 }\n", "")]),
        ("RU-152-22-NOTICE", &[("number = \"23-24-000000\", date", "date")]),
        (
            "RU-140-ANON",
            &[(
                "depersonalisation = { method = { ru = \"введение идентификаторов\", en = \"introduction of identifiers\" }, assessed-on = 2026-02-01, separate = true }\n",
                "",
            )],
        ),
    ];
    for (code, changes) in cases {
        let found = after(changes);
        assert_eq!(codes(&found), BTreeSet::from([*code]), "{changes:?}: {found:#?}");
    }
}

#[test]
fn a_notice_on_a_page_has_the_prescribed_words_and_leads_to_the_rules() {
    let policy = folder("policies/news-site");
    let sentence = "На информационном ресурсе применяются рекомендательные технологии";
    for (footer, broken) in [
        (format!("<div><p>© 2026</p><p><a href=\"/rules\">{sentence}</a></p></div>"), false),
        (format!("<a href=\"/rules\"><span>{sentence}</span></a>"), false),
        (format!("<p>{sentence}</p>"), true),
        ("<a href=\"/rules\">На сайте применяются рекомендательные технологии</a>".to_owned(), true),
    ] {
        let html = format!("<!doctype html><html lang=\"ru\"><title>n</title><footer>{footer}</footer>");
        let pages = [Page { name: "front.html".to_owned(), html }];
        let report = Check::new(&policy).pages(&pages).run();
        let expected = if broken { BTreeSet::from(["RU-149-REC-NOTICE"]) } else { BTreeSet::new() };
        assert_eq!(codes(report.findings()), expected, "{footer}: {:#?}", report.findings());
    }
}

#[test]
fn every_operation_the_software_performs_must_be_declared() {
    let declared = "operations = [\n    # The seven";
    let start = folder("policies/news-site").files()["policy.toml"].clone();
    let from = start.find(declared).unwrap();
    let to = start.find("profiling").unwrap() + "profiling".len();
    for missing in OPERATIONS {
        let list = operations(|word| word != missing);
        let found = after(&[(&start[from..to], &list)]);
        let told: Vec<_> = found.iter().map(|finding| finding.diagnostic.message.as_str()).collect();
        // A refinement is covered by the word above it, and transfer by its other refinement.
        if missing.contains('.') || ["clarify", "transfer"].contains(&missing) {
            assert!(told.is_empty(), "{missing}: {told:#?}");
            continue;
        }
        assert_eq!(codes(&found), BTreeSet::from(["RU-OPS-CONSIST"]), "{missing}: {told:#?}");
        assert!(told[0].starts_with(&format!("`{missing}` (")) && told[0].contains("but is done: "), "{told:#?}");
    }
    for family in ["clarify", "transfer"] {
        let list = operations(|word| !word.starts_with(family));
        let found = after(&[(&start[from..to], &list)]);
        assert_eq!(found.len(), 1, "{found:#?}");
        assert!(found[0].diagnostic.message.starts_with(&format!("`{family}` (")), "{found:#?}");
    }
}
