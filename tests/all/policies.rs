//! What is wrong with a policy is told with file, line, column, reason and fix; a broken one starts nothing.

use tower_consent::{
    Policy,
    policy::{Diagnostic, LoadError},
};

use super::news_site::policy;

/// The faults of the seed policy after one change.
fn after(file: &str, from: &str, to: &str) -> Vec<Diagnostic> {
    let mut files = policy().files().clone();
    let text = files.get_mut(file).unwrap();
    assert!(text.contains(from), "{from}");
    *text = text.replacen(from, to, 1);
    let (policy, faults) = Policy::check(files);
    assert_eq!(policy.is_some(), faults.is_empty());
    faults
}

#[test]
fn each_fault_has_its_place_its_reason_and_its_fix() {
    let file = "policy.toml";
    let cases = [
        ("remember = \"180 days\"", "remembr = \"180 days\"", "unknown-key", "did you mean `remember`?"),
        ("[operator]", "[operatr]", "missing-table", "Who processes the data"),
        ("email = \"privacy@news.example\"\n", "", "missing-key", "add `email"),
        (
            "catalogue = \"top-mail-ru\"\npurpose = \"metrics\"",
            "catalogue = \"top-mail-ru\"",
            "service-without-purpose",
            "add `purpose",
        ),
        ("purpose = \"metrics\"", "purpose = \"metric\"", "unknown-purpose", "did you mean `metrics`?"),
        ("catalogue = \"smi2\"", "catalogue = \"smi3\"", "unknown-service", "did you mean `smi2`?"),
        ("method = \"mixed\"", "method = \"mixd\"", "unknown-word", "did you mean `mixed`?"),
        ("\"collect\"", "\"colect\"", "unknown-word", "did you mean `collect`?"),
        ("remember = \"180 days\"", "remember = \"500 days\"", "term", "400 days"),
        ("remember = \"180 days\"", "remember = 180", "type", "write a string"),
        ("https://news.example", "news.example", "url", "scheme and host"),
        ("kind = \"metrics\"", "kind = ", "syntax", "valid TOML"),
        ("name = \"reading_history\"", "name = \"*\"", "cookie", "in common"),
        ("id = \"metrics\"", "id = \"necessary\"", "duplicate", "id of its own"),
        ("languages = [\"ru\", \"en\"]", "languages = [\"ru\", \"de\"]", "missing-file", "write de/banner.md"),
    ];
    for (from, to, code, help) in cases {
        let faults = after(file, from, to);
        let found = faults.iter().find(|fault| fault.code == code && fault.help.contains(help));
        let fault = found.unwrap_or_else(|| panic!("{from} → {to}: {faults:#?}"));
        assert!(fault.line >= 1 && fault.column >= 1);
        assert!(fault.to_string().contains(&format!("{}:{}:{}", fault.file, fault.line, fault.column)));
    }
    let faults = after(file, "remember = \"180 days\"", "remembr = \"180 days\"");
    let line = policy().files()[file].lines().position(|line| line.starts_with("remember")).unwrap() + 1;
    let unknown = faults.iter().find(|fault| fault.code == "unknown-key").unwrap();
    assert_eq!((unknown.line, unknown.column), (line, 1));
}

#[test]
fn all_faults_are_told_at_once() {
    let faults = after("policy.toml", "[operator]\nname", "[operator]\nnme");
    assert!(faults.iter().any(|fault| fault.code == "unknown-key"));
    assert!(faults.iter().any(|fault| fault.code == "missing-key"));
}

#[test]
fn an_unknown_placeholder_is_a_fault_in_its_file() {
    let faults = after("ru/consent.md", "{{ operator.name }}", "{{ operator.nme }}");
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert_eq!((faults[0].file.as_str(), faults[0].code), ("ru/consent.md", "placeholder"));
    assert!(faults[0].help.contains("{{ operator.name }}"), "{}", faults[0].help);
}

#[test]
fn any_change_is_another_version_and_only_material_ones_ask_again() {
    let seed = policy();
    let changed = |file: &str, from: &str, to: &str| {
        let mut files = seed.files().clone();
        let text = files.get_mut(file).unwrap();
        *text = text.replacen(from, to, 1);
        Policy::check(files).0.unwrap()
    };
    let material = |policy: &Policy| policy.material(policy.purpose("metrics").unwrap()).to_owned();
    let title = changed("policy.toml", "Метрические программы", "Счётчики");
    assert_ne!(title.version(), seed.version());
    assert_eq!(material(&title), material(&seed));
    let data = changed(
        "policy.toml",
        "{ ru = \"сведения о браузере\", en = \"browser details\" }",
        "{ ru = \"отпечаток браузера\", en = \"browser fingerprint\" }",
    );
    assert_ne!(material(&data), material(&seed));
    let service = changed("policy.toml", "[[service]]\ncatalogue = \"liveinternet\"\npurpose = \"metrics\"\n", "");
    assert_ne!(material(&service), material(&seed));
}

#[test]
fn a_folder_that_is_not_there_is_told_by_name() {
    let error = Policy::load("policies/nowhere").unwrap_err();
    assert!(matches!(error, LoadError::Read { .. }));
    assert!(error.to_string().contains("policies/nowhere"), "{error}");
}
