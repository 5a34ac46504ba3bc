//! The binary: what it prints and how it ends, as a person or a script meets it.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;

const SEED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site");

/// Runs the binary in a folder, with no terminal and no wish for colours.
fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tower-consent"))
        .current_dir(folder)
        .args(arguments)
        .env_remove("COLUMNS")
        .env_remove("CLICOLOR_FORCE")
        .output()
        .unwrap()
}

fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The number of the line a text begins in, counted from 1.
fn line_of(file: &Path, part: &str) -> usize {
    let text = fs::read_to_string(file).unwrap();
    text[..text.find(part).unwrap()].matches('\n').count() + 1
}

fn replace(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{from} stands in {}", file.display());
    fs::write(file, text.replacen(from, to, 1)).unwrap();
}

/// A folder with the seed policy as `site`, broken in two files.
fn broken() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let site = folder.path().join("site");
    copy(Path::new(SEED), &site);
    replace(&site.join("policy.toml"), "country = \"RU\"", "country = \"Россия\"");
    replace(&site.join("policy.toml"), "remember = \"180 days\"", "remembr = \"180 days\"");
    replace(&site.join("ru/consent.md"), "Наименование: {{ operator.name }}", "Наименование: {{ operator.nmae }}");
    folder
}

#[test]
fn a_good_folder_ends_with_0() {
    let output = run(Path::new(SEED), &["check", "."]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).starts_with(".: nothing to mend; "), "{}", text(&output));
    assert!(output.stderr.is_empty());
}

#[test]
fn findings_are_underlined_by_file_and_counted() {
    let folder = broken();
    replace(&folder.path().join("site/policy.toml"), "remembr = ", "remember = ");
    replace(&folder.path().join("site/ru/consent.md"), "operator.nmae", "operator.name");
    let output = run(folder.path(), &["check", "site"]);
    assert_eq!(output.status.code(), Some(1));
    let line = line_of(&folder.path().join("site/policy.toml"), "country = \"Россия\"").to_string();
    let gutter = " ".repeat(line.len());
    let expected = format!(
        "\
site/policy.toml: 1 error

error[country]: `Россия` is no country for `country`
{gutter} ╭▸ site/policy.toml:{line}:11
{gutter} │
{line} │ country = \"Россия\"
{gutter} │           ━━━━━━━━
{gutter} │
{gutter} ╰ fix: write two capital letters of ISO 3166-1: \"RU\", \"DE\"

site: 1 error; the policy cannot be used until the errors are mended; no rules checked
"
    );
    assert_eq!(text(&output), expected);

    replace(&folder.path().join("site/policy.toml"), "country = \"Россия\"", "country = \"RU\"");
    replace(&folder.path().join("site/ru/consent.md"), "operator.name", "operator.nmae");
    let output = run(folder.path(), &["check", "site"]);
    let line = line_of(&folder.path().join("site/ru/consent.md"), "{{ operator.nmae }}").to_string();
    let gutter = " ".repeat(line.len());
    let expected = format!(
        "\
site/ru/consent.md: 1 error

error[placeholder]: `operator.nmae` is no value a text can use
{gutter} ╭▸ site/ru/consent.md:{line}:15
{gutter} │
{line} │ Наименование: {{{{ operator.nmae }}}}.
{gutter} │               ━━━━━━━━━━━━━━━━━━━
{gutter} │
{gutter} ╰ fix: did you mean `{{{{ operator.name }}}}`?

site: 1 error; the policy cannot be used until the errors are mended; no rules checked
"
    );
    assert_eq!(text(&output), expected);
}

#[test]
fn long_lines_are_cut_around_the_fault() {
    let folder = tempfile::tempdir().unwrap();
    let site = folder.path().join("site");
    copy(Path::new(SEED), &site);
    let long = format!("{} {{{{ operator.nmae }}}} {}", "начало ".repeat(80), "конец ".repeat(80));
    fs::write(site.join("ru/consent.md"), long).unwrap();
    let output = run(folder.path(), &["check", "site"]);
    let longest = text(&output).lines().map(|line| line.chars().count()).max().unwrap();
    assert!(longest <= 100, "{longest}: {}", text(&output));
    assert!(text(&output).contains("{{ operator.nmae }}"), "{}", text(&output));
}

#[test]
fn nothing_steers_the_terminal() {
    let folder = broken();
    replace(&folder.path().join("site/policy.toml"), "[choice]", "[choice]\n\"\\u001b[31mred\" = 1");
    let output = run(folder.path(), &["check", "site"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(!text(&output).contains('\u{1b}'), "{:?}", text(&output));
    let coloured = Command::new(env!("CARGO_BIN_EXE_tower-consent"))
        .current_dir(folder.path())
        .args(["check", "site"])
        .env("CLICOLOR_FORCE", "1")
        .env_remove("NO_COLOR")
        .output()
        .unwrap();
    assert!(text(&coloured).contains("\u{1b}["), "colours can be forced");
    assert!(!text(&coloured).contains("\u{1b}[31mred"), "{:?}", text(&coloured));
}

#[test]
fn a_folder_that_cannot_be_read_ends_with_2_and_the_others_are_checked() {
    let folder = broken();
    let output = run(folder.path(), &["check", "nowhere", "site"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("nowhere"));
    assert!(text(&output).contains("nowhere: could not be read"), "{}", text(&output));
    assert!(text(&output).contains("remembr"), "{}", text(&output));
    assert!(text(&output).ends_with("2 folders, 1 could not be read, 4 errors\n"), "{}", text(&output));
}

#[test]
fn warnings_count_only_when_strict() {
    let folder = tempfile::tempdir().unwrap();
    let site = folder.path().join("site");
    copy(Path::new(SEED), &site);
    let mark = "\n[[editorial]]\nfile = \"ru/consent.md\"\nsame-as = \"0123456789ab\"\ntext = \"ba9876543210\"\nreason = \"x\"\n";
    let text_of = fs::read_to_string(site.join("policy.toml")).unwrap();
    fs::write(site.join("policy.toml"), text_of + mark).unwrap();
    let output = run(folder.path(), &["check", "site"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("warning[editorial-stale]"), "{}", text(&output));
    assert!(text(&output).contains("\nsite: 1 warning; "), "{}", text(&output));
    assert_eq!(run(folder.path(), &["check", "site", "--strict"]).status.code(), Some(1));
}

#[test]
fn json_has_the_fields_its_help_promises() {
    let folder = broken();
    let output = run(folder.path(), &["check", "site", "nowhere", "--format", "json"]);
    assert_eq!(output.status.code(), Some(2));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let help = text(&run(folder.path(), &["check", "--help"]));
    let promised = help.split("Fields of --format json").nth(1).unwrap();
    let mut objects = vec![&report];
    while let Some(value) = objects.pop() {
        match value {
            Value::Object(fields) => {
                for (field, value) in fields {
                    let word = |c: char| !(c.is_alphanumeric() || c == '_');
                    assert!(promised.split(word).any(|word| word == field), "{field} is not in the help");
                    objects.push(value);
                }
            }
            Value::Array(items) => objects.extend(items),
            _ => {}
        }
    }
    assert_eq!(report["format"], 1);
    assert_eq!(report["summary"]["errors"], 4);
    assert_eq!(report["summary"]["unreadable"], 1);
    assert_eq!(report["folders"][1]["findings"].as_array().unwrap().len(), 0);
    let site = &report["folders"][0];
    assert!(site["policy"].is_null());
    let finding = site["findings"].as_array().unwrap().iter().find(|found| found["code"] == "country").unwrap();
    let source = fs::read_to_string(folder.path().join("site").join(finding["file"].as_str().unwrap())).unwrap();
    let number = |field: &str| usize::try_from(finding[field].as_u64().unwrap()).unwrap();
    assert_eq!(&source[number("start")..number("end")], "\"Россия\"");
    let line = line_of(&folder.path().join("site/policy.toml"), "\"Россия\"");
    assert_eq!((number("line"), number("column")), (line, 11));
    assert_eq!((number("end_line"), number("end_column")), (line, 19));
}

#[test]
fn sarif_has_what_its_standard_requires() {
    let folder = broken();
    let output = run(folder.path(), &["check", "site", "nowhere", "--format", "sarif"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    // Shapes of the standard's schema; section numbers are those of SARIF 2.1.0.
    // 3.13.2, 3.13.4: version and runs; 3.14.6, 3.18.2, 3.19.8: the tool's name.
    assert_eq!(report["version"], "2.1.0");
    let run = &report["runs"][0];
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "tower-consent");
    // 3.20.14: a run that left something out did not succeed.
    assert_eq!(run["invocations"][0]["executionSuccessful"], false);
    assert!(run["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].is_string());
    let rules = driver["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 4);
    for result in results {
        // 3.27.11: a message; 3.27.6: the index leads to the rule of that id.
        assert!(result["message"]["text"].is_string());
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        let place = &result["locations"][0]["physicalLocation"];
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        assert!(folder.path().join(uri).is_file(), "{uri}");
        assert!(place["region"]["startLine"].as_u64().unwrap() >= 1);
    }
    for rule in rules {
        assert!(rule["help"]["text"].is_string(), "{rule}");
    }
}

/// A page whose home-made banner has a box ticked.
const TICKED: &str =
    "<!doctype html>\n<html lang=ru>\n<meta charset=windows-1251>\n<div class=\"cookie-notice\"><p>Cookie: согласие.</p>
<label><input type=\"checkbox\" checked> Статистика</label>
<button>Принять</button><button>Отклонить</button></div>\n";

#[test]
fn a_saved_page_is_read_in_its_charset_and_held_against_the_rules() {
    let folder = tempfile::tempdir().unwrap();
    let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode(TICKED);
    fs::write(folder.path().join("front.html"), bytes).unwrap();
    let arguments = ["check", SEED, "--page", "front.html"];
    let output = run(folder.path(), &arguments);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    assert!(text(&output).starts_with("front.html: 1 error\n\nerror[RU-152-9-PRETICK]: "), "{}", text(&output));
    assert!(
        text(&output).contains("│ <label><input type=\"checkbox\" checked> Статистика</label>"),
        "{}",
        text(&output)
    );
    assert!(text(&output).contains(" law: 152-FZ, article 9(1) "), "{}", text(&output));
    assert!(
        text(&output)
            .ends_with("`tower-consent explain RU-152-9-PRETICK` tells what a rule asks, why, and how it is kept\n")
    );

    let output = run(folder.path(), &["check", SEED, "--page", "nowhere.html"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("nowhere.html"));
}

#[test]
fn other_profiles_bring_other_rules() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("front.html"), TICKED.replace("windows-1251", "utf-8")).unwrap();
    let output = run(folder.path(), &["check", SEED, "--page", "front.html", "--profile", "base", "--format", "json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let codes: Vec<_> = report["folders"][0]["findings"].as_array().unwrap().iter().map(|one| &one["code"]).collect();
    assert!(codes.iter().all(|code| !code.as_str().unwrap().starts_with("RU-")), "{codes:?}");
    assert_eq!(run(folder.path(), &["check", SEED, "--profile", "mars"]).status.code(), Some(2));
}

#[test]
fn a_level_of_the_policy_is_shown_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let site = folder.path().join("site");
    copy(Path::new(SEED), &site);
    replace(&site.join("ru/consent.md"), "Адрес: {{ operator.address }}.", "Адрес указан в политике.");
    let rule = "\n[[rule]]\ncode = \"RU-152-9-4-OP\"\nlevel = \"warning\"\nreason = \"адрес в подвале\"\n";
    let policy = fs::read_to_string(site.join("policy.toml")).unwrap();
    fs::write(site.join("policy.toml"), policy.clone() + rule).unwrap();
    let output = run(folder.path(), &["check", "site"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    assert!(text(&output).contains("level set by the policy: адрес в подвале"), "{}", text(&output));
    fs::write(site.join("policy.toml"), policy + &rule.replace("warning", "off")).unwrap();
    let output = run(folder.path(), &["check", "site"]);
    let line = "site: switched off by the policy, with a reason: RU-152-9-4-OP\n";
    assert!(text(&output).contains(line), "{}", text(&output));
}

#[test]
fn rules_and_faults_are_explained() {
    let here = Path::new(SEED);
    let list = text(&run(here, &["explain"]));
    for code in tower_consent::lint::rules().map(|rule| rule.code()).chain(tower_consent::policy::fault_codes()) {
        assert!(list.contains(&format!("  {code} ")), "{code} is not in the list");
        let output = run(here, &["explain", &code.to_lowercase()]);
        assert_eq!(output.status.code(), Some(0));
        assert!(text(&output).starts_with(code), "{}", text(&output));
        assert!(!text(&output).contains('\u{1b}'));
    }
    let output = run(here, &["explain", "RU-152-9-4-TERM"]);
    for part in ["law        152-FZ", "\nWhy\n", "instead of:", "\nHow to mend\n"] {
        assert!(text(&output).contains(part), "{part}: {}", text(&output));
    }
    let output = run(here, &["explain", "RU-152-9-4-TREM"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("did you mean `RU-152-9-4-TERM`?"));
}

#[test]
fn the_schema_is_printed() {
    let output = run(Path::new(SEED), &["schema"]);
    assert_eq!(output.status.code(), Some(0));
    let schema: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(schema, tower_consent::policy::schema());
}

#[test]
fn every_command_has_help_with_examples() {
    for command in [
        &["check", "--help"][..],
        &["explain", "--help"],
        &["schema", "--help"],
        &["log", "stats", "--help"],
        &["--help"],
    ] {
        let output = run(Path::new(SEED), command);
        assert_eq!(output.status.code(), Some(0));
        assert!(text(&output).contains("tower-consent "), "{command:?}: {}", text(&output));
    }
}

#[test]
fn shells_and_manuals_know_every_command() {
    let here = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| run(here.path(), arguments);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = run(&["completions", shell]);
        let script = String::from_utf8(output.stdout).unwrap();
        for word in ["check", "completions", "export", "admin-token"] {
            assert!(
                output.status.success()
                    && (script.contains(word) || word == "admin-token" && cfg!(not(feature = "proxy"))),
                "{shell}: {word}"
            );
        }
    }
    assert_eq!(run(&["completions", "csh"]).status.code(), Some(2));
    let page = String::from_utf8(run(&["man"]).stdout).unwrap();
    assert!(page.contains(".TH tower-consent 1") && page.contains("requests"), "{page}");

    let pages = here.path().join("man1");
    let output = run(&["man", "--out", pages.to_str().unwrap()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for name in ["tower-consent.1", "tower-consent-check.1", "tower-consent-log-export.1"] {
        let page = fs::read_to_string(pages.join(name)).unwrap();
        assert!(page.contains(".SH SYNOPSIS"), "{name}: {page}");
    }
    let output = run(&["man", "--out", "/dev/null/man1"]);
    assert!(output.status.code() == Some(2) && String::from_utf8_lossy(&output.stderr).contains("/dev/null/man1"));
}
