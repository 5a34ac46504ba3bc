//! `render` writes what a visitor reads; the words of pages are labels that exist.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tower_consent::{documents::statutory, language::label_names};

use super::news_site::FOLDER;

fn render(arguments: &[&str]) -> (i32, String, String) {
    let binary = env!("CARGO_BIN_EXE_tower-consent");
    let output = Command::new(binary).arg("render").args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_document_is_written_in_the_form_and_language_asked_for() {
    let (code, text, _) = render(&[FOLDER, "--document", "consent"]);
    assert_eq!(code, 0);
    assert!(text.starts_with("Согласие на обработку персональных данных\n====="), "the first language is the default");
    assert!(text.contains("- Данные: IP-адрес; сведения о браузере; адреса просмотренных страниц\n"), "{text}");
    let (code, page, _) =
        render(&[FOLDER, "--document", "policy", "--language", "en", "--format", "html", "--prefix", "/privacy"]);
    assert_eq!(code, 0);
    assert!(page.starts_with("<!DOCTYPE html><html lang=\"en\">") && page.ends_with("</html>"), "{page}");
    assert!(page.contains("href=\"/privacy/\"") && !page.contains("/_consent"), "{page}");
    let (_, rules, _) = render(&[FOLDER, "--document", "recommendations"]);
    for sentence in statutory() {
        assert!(sentence.is_in(&rules), "{}", sentence.text());
    }
}

#[test]
fn a_file_takes_what_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cookies.txt");
    let (code, screen, _) = render(&[FOLDER, "--document", "cookies", "--output", file.to_str().unwrap()]);
    assert_eq!((code, screen.as_str()), (0, ""));
    assert!(fs::read_to_string(&file).unwrap().contains("__Host-tower-consent"));
    let nowhere = folder.path().join("none/cookies.txt");
    let (code, _, error) = render(&[FOLDER, "--document", "cookies", "--output", nowhere.to_str().unwrap()]);
    assert_eq!(code, 2);
    assert!(error.contains("cannot write"), "{error}");
}

#[test]
fn what_cannot_be_rendered_is_told() {
    let (code, _, error) = render(&[FOLDER, "--document", "consent", "--language", "de"]);
    assert_eq!((code, error.contains("has no texts in `de`; it has ru, en")), (2, true), "{error}");
    let (code, _, error) = render(&["/nowhere", "--document", "consent"]);
    assert_eq!((code, error.contains("/nowhere")), (2, true), "{error}");
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("policy.toml"), "[site]\nname = 1\n").unwrap();
    let (code, screen, error) = render(&[folder.path().to_str().unwrap(), "--document", "consent"]);
    assert_eq!((code, screen.as_str(), error.contains("fault(s)")), (1, "", true), "{error}");
}

/// Every label that the sources ask for by name; one that nobody wrote would be shown as its name.
#[test]
fn every_label_that_is_asked_for_exists() {
    let known: Vec<_> = label_names().collect();
    let mut asked = 0;
    let mut folders = vec![PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            asked += labels_of(&path, &known);
        }
    }
    assert!(asked > 30, "{asked}");
}

fn labels_of(path: &Path, known: &[&str]) -> usize {
    let Some("rs") = path.extension().and_then(|extension| extension.to_str()) else { return 0 };
    let text = fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let mut asked = 0;
    for call in ["labels.get(\"", "words.get(\"", "labels.with(\"", "words.with(\"", ".word(\""] {
        for after in code.split(call).skip(1) {
            let name = after.split('"').next().unwrap();
            assert!(known.contains(&name), "{} asks for the label `{name}`", path.display());
            asked += 1;
        }
    }
    asked
}
