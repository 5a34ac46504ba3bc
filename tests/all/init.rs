//! `init` writes a folder that checks clean once the operator's block is filled; `diff` tells who is asked again.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use super::news_site::FOLDER;

fn run(arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } =
        Command::new(env!("CARGO_BIN_EXE_tower-consent")).args(arguments).output().unwrap();
    (status.code().unwrap(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// Fills what an operator must fill.
fn fill(folder: &Path) {
    let path = folder.join("policy.toml");
    let mut text = fs::read_to_string(&path).unwrap();
    for (from, to) in [
        ("name = \"\"\n", "name = \"ООО «Пример»\"\n"),
        ("address = \"\"", "address = \"350000, г. Краснодар, ул. Примерная, д. 1\""),
        ("\nemail = \"\"", "\nemail = \"privacy@example.com\""),
        ("country = \"\"", "country = \"RU\""),
        ("{ name = \"\", email = \"\" }", "{ name = \"Иванов И. И.\", email = \"dpo@example.com\" }"),
        ("number = \"\"", "number = \"23-24-000000\""),
    ] {
        text = text.replacen(from, to, 1);
    }
    fs::write(path, text).unwrap();
}

#[test]
fn a_new_folder_is_clean_once_the_operator_is_filled_in() {
    let languages: [&[&str]; 4] = [
        &["--language", "ru"],
        &["--language", "ru", "--language", "en"],
        &["--language", "en", "--language", "ru"],
        &["--language", "en"],
    ];
    let more: [&[&str]; 3] = [
        &[],
        &["--service", "yandex-metrika", "--service", "rutube", "--service", "vk-widgets"],
        &["--recommendations", "--service", "smi2", "--name", "Вести \"Края\"", "--origin", "https://vesti.example"],
    ];
    for languages in languages {
        let is_english = languages == ["--language", "en"];
        // What covers a transfer out of the Union is the operator's to say; `check` asks.
        let more = if is_english { &[&[] as &[&str]] } else { more.as_slice() };
        for more in more {
            let temporary = tempfile::tempdir().unwrap();
            let folder = temporary.path().join("policy");
            let name = folder.to_str().unwrap();
            let arguments: Vec<&str> = [&["init", name], languages, *more].concat();
            let (code, said, errors) = run(&arguments);
            assert_eq!((code, errors.as_str()), (0, ""), "{said}");
            assert!(said.contains("policy.toml") && said.contains("tower-consent check"), "{said}");

            // Before it is filled, the operator's block is what is wrong, and nothing else.
            let (code, said, _) = run(&["check", name, "--strict"]);
            assert_eq!(code, 1, "{said}");
            let text = fs::read_to_string(folder.join("policy.toml")).unwrap();
            let (from, to) = (text.find("[operator]").unwrap(), text.find("[processing]").unwrap());
            let (_, found) = tower_consent::Policy::check(tower_consent::Policy::read(&folder).unwrap());
            assert!(
                !found.is_empty() && found.iter().all(|fault| (from..to).contains(&fault.span.start)),
                "{found:#?}"
            );

            fill(&folder);
            if is_english {
                // A site under the law of the Union alone, whose texts must not speak of another.
                let path = folder.join("policy.toml");
                let text = fs::read_to_string(&path).unwrap().replacen("country = \"RU\"", "country = \"IE\"", 1);
                fs::write(path, text).unwrap();
                let policy = fs::read_to_string(folder.join("en/policy.md")).unwrap();
                assert!(policy.contains("GDPR") && !policy.contains("152-FZ"), "{policy}");
            }
            let (code, said, errors) = run(&["check", name, "--strict"]);
            assert_eq!(code, 0, "{languages:?} {more:?}\n{said}{errors}");
        }
    }
}

#[test]
fn nothing_is_written_over_or_guessed() {
    let temporary = tempfile::tempdir().unwrap();
    fs::write(temporary.path().join("mine"), "text").unwrap();
    let (code, _, errors) = run(&["init", temporary.path().to_str().unwrap()]);
    assert_eq!(code, 2);
    assert!(errors.contains("is not empty"), "{errors}");
    let folder = temporary.path().join("new");
    let (code, _, errors) = run(&["init", folder.to_str().unwrap(), "--service", "yandex-metrica"]);
    assert_eq!(code, 2);
    assert!(errors.contains("yandex-metrika") && !folder.exists(), "{errors}");
}

#[test]
fn diff_tells_who_is_asked_again_and_why() {
    let temporary = tempfile::tempdir().unwrap();
    let policy = tower_consent::Policy::load(FOLDER).unwrap();
    for (name, text) in policy.files().iter().filter(|(name, _)| !name.starts_with("catalogue/")) {
        let path = temporary.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text.replace("retention = \"365 days\"", "retention = \"2 years\"")).unwrap();
    }
    let new = temporary.path().to_str().unwrap();
    let (code, said, _) = run(&["diff", FOLDER, new]);
    assert_eq!(code, 1);
    assert!(said.contains("purpose `metrics` has changed: everyone who decided about it is asked again"), "{said}");
    assert!(said.contains("term: 365 days → 730 days"), "{said}");
    let (code, said, _) = run(&["diff", FOLDER, new, "--format", "json"]);
    assert_eq!(code, 1);
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["purposes"][0]["purpose"], "metrics");
    assert_eq!(said["purposes"][0]["parts"][0]["part"], "term");
    let (code, said, _) = run(&["diff", FOLDER, FOLDER]);
    assert_eq!((code, said.contains("nothing differs")), (0, true), "{said}");
    let (code, _, errors) = run(&["diff", FOLDER, "/nowhere"]);
    assert_eq!((code, errors.contains("/nowhere")), (2, true), "{errors}");
}
