//! The embedded table of known cookies is the Open Cookie Database, and nothing else.

use std::{collections::BTreeSet, fs};

use super::corpus::corpus;

#[test]
fn the_table_of_cookies_is_made_from_the_database() {
    let Some(folder) = corpus("open-cookie-database") else { return };
    let mut reader = csv::Reader::from_path(folder.join("open-cookie-database.csv")).unwrap();
    let headings = reader.headers().unwrap().clone();
    let column = |name: &str| headings.iter().position(|heading| heading == name).unwrap();
    let kept = ["Cookie / Data Key name", "Platform", "Category", "Domain", "Retention period"].map(column);
    let wildcard = column("Wildcard match");
    let mut rows = BTreeSet::new();
    let mut read = 0;
    for record in reader.records() {
        let record = record.unwrap();
        read += 1;
        let mut values = kept.map(|column| record[column].split_whitespace().collect::<Vec<_>>().join(" "));
        if &record[wildcard] == "1" || values[0].ends_with('*') {
            values[0] = format!("{}*", values[0].trim_end_matches('*'));
        }
        rows.insert(values.join("\t"));
    }
    assert_eq!(read, 2_264);
    let mut made = "name\tplatform\tcategory\tdomain\tretention\n".to_owned();
    for row in rows {
        made.push_str(&row);
        made.push('\n');
    }
    let embedded = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/cookies.tsv")).unwrap();
    if made != embedded {
        let fresh = concat!(env!("CARGO_TARGET_TMPDIR"), "/cookies.tsv");
        fs::write(fresh, made).unwrap();
        panic!("policies/cookies.tsv is not what the database gives; {fresh} is");
    }
}
