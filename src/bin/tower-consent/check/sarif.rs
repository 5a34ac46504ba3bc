//! Findings as SARIF 2.1.0 (OASIS standard of 2020-03-27), which code hosts and editors show beside the lines.

use std::{collections::BTreeMap, env, path::Path};

use serde_json::{Value, json};
use tower_consent::policy::{Level, fault_meaning};

use super::{Findings, Folder, Found};

pub(super) fn report(folders: &[Folder]) -> String {
    let mut rules: BTreeMap<&'static str, &Found> = BTreeMap::new();
    for findings in folders.iter().filter_map(|folder| folder.result.as_ref().ok()) {
        for found in &findings.found {
            rules.entry(found.diagnostic.code).or_insert(found);
        }
    }
    let index: BTreeMap<&str, usize> = rules.keys().enumerate().map(|(number, code)| (*code, number)).collect();
    let mut results = Vec::new();
    let mut unread = Vec::new();
    for folder in folders {
        match &folder.result {
            Ok(findings) => {
                results.extend(findings.found.iter().map(|found| result(&folder.path, findings, found, &index)));
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

fn rule(example: &Found) -> Value {
    let diagnostic = &example.diagnostic;
    let Some(rule) = example.rule else {
        let meaning = fault_meaning(diagnostic.code).unwrap_or(&diagnostic.message);
        return json!({
            "id": diagnostic.code,
            "shortDescription": { "text": meaning },
            "help": { "text": meaning },
            "defaultConfiguration": { "level": level(diagnostic.level) },
        });
    };
    let basis = rule.basis();
    json!({
        "id": rule.code(),
        "shortDescription": { "text": rule.expectation() },
        "fullDescription": { "text": format!("{} ({})", rule.expectation(), basis.article) },
        "help": { "text": rule.explanation(), "markdown": rule.explanation() },
        "defaultConfiguration": { "level": level(rule.level()) },
        "properties": {
            "article": basis.article,
            "confidence": basis.confidence,
            "profiles": rule.profiles().iter().map(|profile| profile.as_str()).collect::<Vec<_>>(),
            "tags": rule.kinds().iter().map(|kind| kind.as_str()).collect::<Vec<_>>(),
        },
    })
}

fn result(folder: &Path, findings: &Findings, found: &Found, index: &BTreeMap<&str, usize>) -> Value {
    let diagnostic = &found.diagnostic;
    let (end_line, end_column) = findings.end(diagnostic);
    json!({
        "ruleId": diagnostic.code,
        "ruleIndex": index[diagnostic.code],
        "level": level(diagnostic.level),
        "message": { "text": format!("{}\nfix: {}", diagnostic.message, diagnostic.help) },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": relative_uri(&findings.path(folder, diagnostic)) },
            "region": {
                "startLine": diagnostic.line,
                "startColumn": diagnostic.column,
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
