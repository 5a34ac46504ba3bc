//! Findings for programs: one object, whose shape `check --help` promises.

use serde::Serialize;
use tower_consent::policy::Level;

use super::{Count, Findings, Folder, Found};

#[derive(Debug, Serialize)]
struct Report<'a> {
    /// Number of this shape; another one when a field goes away or changes its meaning.
    format: u8,
    version: &'static str,
    strict: bool,
    folders: Vec<FolderReport<'a>>,
    summary: Summary,
}

#[derive(Debug, Serialize)]
struct FolderReport<'a> {
    folder: String,
    policy: Option<&'a str>,
    error: Option<&'a str>,
    findings: Vec<Finding<'a>>,
    silenced: Vec<Finding<'a>>,
}

#[derive(Debug, Serialize)]
struct Finding<'a> {
    code: &'a str,
    level: &'static str,
    file: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    start: usize,
    end: usize,
    message: &'a str,
    fix: &'a str,
    article: Option<&'a str>,
    confidence: Option<&'a str>,
    fine: Option<&'a str>,
    reason: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Summary {
    folders: usize,
    unreadable: usize,
    errors: usize,
    warnings: usize,
    infos: usize,
}

pub(super) fn report(folders: &[Folder], strict: bool) -> String {
    let count = folders.iter().map(Folder::count).fold(Count::default(), Count::plus);
    let report = Report {
        format: 1,
        version: env!("CARGO_PKG_VERSION"),
        strict,
        folders: folders.iter().map(folder_report).collect(),
        summary: Summary {
            folders: folders.len(),
            unreadable: folders.iter().filter(|folder| folder.result.is_err()).count(),
            errors: count.errors,
            warnings: count.warnings,
            infos: count.infos,
        },
    };
    let text = serde_json::to_string_pretty(&report).expect("strings and numbers can be written as JSON");
    text + "\n"
}

fn folder_report(folder: &Folder) -> FolderReport<'_> {
    let path = folder.path.display().to_string();
    match &folder.result {
        Ok(findings) => FolderReport {
            folder: path,
            policy: findings.version.as_deref(),
            error: None,
            findings: findings.found.iter().map(|found| finding(findings, found)).collect(),
            silenced: findings.silenced.iter().map(|found| finding(findings, found)).collect(),
        },
        Err(reason) => {
            FolderReport { folder: path, policy: None, error: Some(reason), findings: Vec::new(), silenced: Vec::new() }
        }
    }
}

fn finding<'a>(findings: &Findings, found: &'a Found) -> Finding<'a> {
    let diagnostic = &found.diagnostic;
    let (end_line, end_column) = findings.end(diagnostic);
    let basis = found.rule.map(|rule| rule.basis());
    Finding {
        code: diagnostic.code,
        level: match diagnostic.level {
            Level::Error => "error",
            Level::Warning => "warning",
            _ => "info",
        },
        file: &diagnostic.file,
        line: diagnostic.line,
        column: diagnostic.column,
        end_line,
        end_column,
        start: diagnostic.span.start,
        end: diagnostic.span.end,
        message: &diagnostic.message,
        fix: &diagnostic.help,
        article: basis.map(|basis| basis.article.as_str()),
        confidence: basis.map(|basis| basis.confidence.as_str()),
        fine: found.rule.and_then(|rule| rule.fine()).map(|fine| fine.amount.as_str()),
        reason: found.reason.as_deref(),
    }
}
