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
    assert_eq!(codes(report.findings()), BTreeSet::from(["RU-152-9-DENY", "RU-152-9-PRETICK", "RU-METRICS-GATE"]));
    for finding in report.findings() {
        assert_eq!(finding.diagnostic.file, "front.html");
        assert!(!html[finding.diagnostic.span.clone()].is_empty(), "{finding:?}");
    }
}
