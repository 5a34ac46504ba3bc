//! Findings as SARIF 2.1.0 (OASIS standard of 2020-03-27), which code hosts and editors show beside the lines.

use std::{collections::BTreeMap, env, path::Path};

use serde_json::{Value, json};
use tower_consent::policy::{Diagnostic, Level, fault_meaning};

use super::{Findings, Folder};

pub(super) fn report(folders: &[Folder]) -> String {
    let mut rules: BTreeMap<&'static str, &Diagnostic> = BTreeMap::new();
    for findings in folders.iter().filter_map(|folder| folder.result.as_ref().ok()) {
        for diagnostic in &findings.diagnostics {
            rules.entry(diagnostic.code).or_insert(diagnostic);
        }
    }
    let index: BTreeMap<&str, usize> = rules.keys().enumerate().map(|(number, code)| (*code, number)).collect();
    let mut results = Vec::new();
    let mut unread = Vec::new();
    for folder in folders {
        match &folder.result {
            Ok(findings) => {
                results.extend(findings.diagnostics.iter().map(|found| result(&folder.path, findings, found, &index)));
            }
            // 3.58: what kept the tool from looking at everything it was asked to.
            Err(reason) => unread.push(json!({ "level": "error", "message": { "text": reason } })),
        }
    }
    let report = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "tower-consent",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.into_values().map(rule).collect::<Vec<_>>(),
            } },
            "invocations": [{ "executionSuccessful": unread.is_empty(), "toolExecutionNotifications": unread }],
            // Columns are counted in characters, as everywhere in this program.
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{report:#}\n")
}

fn rule(example: &Diagnostic) -> Value {
    let meaning = fault_meaning(example.code).unwrap_or(&example.message);
    json!({
        "id": example.code,
        "shortDescription": { "text": meaning },
        "help": { "text": meaning },
        "defaultConfiguration": { "level": level(example.level) },
    })
}

fn result(folder: &Path, findings: &Findings, found: &Diagnostic, index: &BTreeMap<&str, usize>) -> Value {
    let (end_line, end_column) = findings.end(found);
    json!({
        "ruleId": found.code,
        "ruleIndex": index[found.code],
        "level": level(found.level),
        "message": { "text": format!("{}\nfix: {}", found.message, found.help) },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": relative_uri(&folder.join(&found.file)) },
            "region": {
                "startLine": found.line,
                "startColumn": found.column,
                "endLine": end_line,
                "endColumn": end_column,
            },
        } }],
    })
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        _ => "note",
    }
}

/// Returns a path as a relative reference (RFC 3986, section 4.2), from the folder the program runs in.
fn relative_uri(path: &Path) -> String {
    let here = env::current_dir().ok();
    let path = here.as_deref().and_then(|here| path.strip_prefix(here).ok()).unwrap_or(path);
    let mut uri = String::new();
    for byte in path.to_string_lossy().replace('\\', "/").bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_references() {
        assert_eq!(relative_uri(Path::new("policies/мой сайт/ru/a.md")), {
            "policies/%D0%BC%D0%BE%D0%B9%20%D1%81%D0%B0%D0%B9%D1%82/ru/a.md"
        });
        let here = env::current_dir().unwrap();
        assert_eq!(relative_uri(&here.join("policies/a")), "policies/a");
    }
}
