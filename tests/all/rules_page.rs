//! The page of all rules is made from the rules themselves.
//!
//! `WRITE_RULES=1 cargo test --all-features --test all rules_page` writes it anew.

use std::{env, fmt::Write, fs, path::Path};

use tower_consent::lint::{self, Rule};

const FAMILIES: [(&str, &[&str]); 4] = [
    ("Russia", &["RU-"]),
    ("European Union, member states, United Kingdom", &["EU-", "ES-", "IT-", "UK-", "DE-"]),
    ("California, Brazil, India", &["US-", "BR-", "IN-"]),
    ("Technique and accessibility", &["COOK-", "A11Y-", "NOJS", "GCM-", "GATE-", "TCF-"]),
];

/// Whether a code belongs to a family; `GCM-BASIC` is of technique, though it applies in Europe only.
fn is_of(code: &str, prefixes: &[&str]) -> bool {
    prefixes.iter().any(|prefix| code.starts_with(prefix))
}

fn page() -> String {
    let mut page = String::from(
        "# The rules of `tower-consent check`\n\n\
         This page is made from the rules (`tests/all/rules_page.rs`). `tower-consent explain CODE` tells of each what it asks, why, what is\n\
         bad and what good, and how to mend it. A rule judges form and consistency, never lawfulness. Confidence: P read in a primary text,\n\
         S in a secondary one, M from memory, - our own inference.\n",
    );
    for (family, prefixes) in FAMILIES {
        let rules: Vec<&Rule> = lint::rules().filter(|rule| is_of(rule.code(), prefixes)).collect();
        // Writing to a string does not fail.
        let _ = write!(page, "\n## {family} ({})\n\n", rules.len());
        page.push_str("| rule | what it expects | law | level | profiles | looks at | confidence |\n|---|---|---|---|---|---|---|\n");
        for rule in rules {
            let profiles: Vec<_> = rule.profiles().iter().map(|profile| profile.as_str()).collect();
            let kinds: Vec<_> = rule.kinds().iter().map(|kind| kind.as_str()).collect();
            let level = format!("{}{}", rule.level().as_str(), if rule.is_strict() { ", strict: error" } else { "" });
            let basis = rule.basis();
            let _ = writeln!(
                page,
                "| {} | {} | {} | {level} | {} | {} | {} |",
                rule.code(),
                rule.expectation(),
                basis.article,
                profiles.join(", "),
                kinds.join(", "),
                basis.confidence
            );
        }
    }
    page.push_str("\n## What no rule decides\n\nThese depend on what happens while a site runs, or say something that cannot be found wrong in a folder.\n\n");
    page.push_str("| requirement | law | why it is no rule | confidence |\n|---|---|---|---|\n");
    for one in lint::elsewhere() {
        let _ = writeln!(page, "| {} | {} | {} | {} |", one.code, one.article, one.why, one.confidence);
    }
    page
}

#[test]
fn the_page_of_rules_is_in_step_with_the_rules() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md");
    let page = page();
    if env::var_os("WRITE_RULES").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(written == page, "run it with WRITE_RULES=1 and look at the difference");
    for rule in lint::rules() {
        assert!(page.contains(&format!("| {} |", rule.code())), "{} is of no family", rule.code());
    }
}

#[test]
fn a_requirement_is_a_rule_or_is_told_why_it_is_none() {
    for one in lint::elsewhere() {
        assert!(lint::rule(one.code.as_str()).is_none(), "{} is a rule", one.code);
        assert!(!one.why.is_empty() && !one.article.is_empty(), "{}", one.code);
    }
    assert!(lint::rules().count() >= 100, "{}", lint::rules().count());
}
