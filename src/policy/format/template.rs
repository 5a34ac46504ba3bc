//! `policies/template.toml`: every key with its default and its reason.

use super::{Key, Kind, Need, ROOT, Table};

/// Columns of a comment line.
const WIDTH: usize = 110;
/// Keys that are optional one by one though one of them must be there: shown as they are usually written.
const SHOWN: [(&str, &str); 2] = [("service", "catalogue"), ("service", "purpose")];

/// Returns the text of a policy file with every key, its default and its reason.
///
/// Keys that must be there and keys with a default stand as they are; keys that may be left out are comments.
///
/// # Example
///
/// ```
/// let text = tower_consent::policy::template();
/// assert!(text.contains("[site]"));
/// assert!(text.contains("# phone = "));
/// ```
pub fn template() -> String {
    let mut text = String::from(
        "# Every key of a policy file, with its default and its reason. Keys that may be left out are comments.\n\
         # `tower-consent init DIR` writes a shorter file to start from.\n",
    );
    for key in ROOT.keys() {
        match key.kind {
            Kind::Table(table) => section(&mut text, table, key.name, key.doc, "[", "]", false),
            Kind::Tables(table) => {
                let optional = key.need != Need::Required && key.name != "service";
                section(&mut text, table, key.name, key.doc, "[[", "]]", optional);
            }
            // The one key of the file itself that is no fixed table: the site's own words, by language.
            _ => {
                text.push('\n');
                comment(&mut text, key.doc);
                text.push_str(&format!("# [{}.en]\n# \"banner-choose\" = \"Let me choose\"\n", key.name));
            }
        }
    }
    text
}

fn section(text: &mut String, table: &Table, path: &str, doc: &str, open: &str, close: &str, off: bool) {
    // A table all of whose keys may be left out stands as it is: it says nothing until a key is added.
    let off = off || (table.keys().any(|key| key.need == Need::Required) && optional(path));
    let mark = if off { "# " } else { "" };
    text.push('\n');
    comment(text, doc);
    text.push_str(&format!("{mark}{open}{path}{close}\n"));
    for key in table.keys() {
        line(text, table, key, off);
    }
    for key in table.keys() {
        let path = format!("{path}.{}", key.name);
        match key.kind {
            Kind::Table(inner) => section(text, inner, &path, key.doc, "[", "]", true),
            Kind::Tables(inner) => section(text, inner, &path, key.doc, "[[", "]]", true),
            Kind::ByProfile(inner) => section(text, inner, &format!("{path}.us-ca"), key.doc, "[", "]", true),
            _ => {}
        }
    }
}

/// Says whether a table of the file itself may be left out.
fn optional(path: &str) -> bool {
    ROOT.key(path).is_none_or(|key| key.need != Need::Required && key.name != "service")
}

fn line(text: &mut String, table: &Table, key: &Key, off: bool) {
    if matches!(key.kind, Kind::Table(_) | Kind::Tables(_) | Kind::ByProfile(_)) {
        return;
    }
    comment(text, key.doc);
    if let Kind::Word(words) | Kind::Words(words) = key.kind
        && words.len() <= 12
    {
        comment(text, &format!("One of: {}.", words.join(", ")));
    }
    let shown = SHOWN.contains(&(table.name, key.name));
    let (mark, value) = match key.need {
        _ if off => ("# ", key.example),
        Need::Required => ("", key.example),
        Need::Default(default) => ("", default),
        Need::Optional if shown => ("", key.example),
        Need::Optional => ("# ", key.example),
    };
    text.push_str(&format!("{mark}{} = {value}\n", key.name));
}

/// Writes a comment in lines of bearable length.
fn comment(text: &mut String, words: &str) {
    let mut line = String::from("#");
    for word in words.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            text.push_str(&line);
            text.push('\n');
            line = String::from("#");
        }
        line.push(' ');
        line.push_str(word);
    }
    text.push_str(&line);
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policy;

    #[test]
    fn the_stored_template_is_what_the_format_declares() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/policies/template.toml");
        let stored = std::fs::read_to_string(path).unwrap_or_default();
        if std::env::var_os("WRITE_TEMPLATE").is_some() {
            std::fs::write(path, template()).unwrap();
            return;
        }
        assert!(stored == template(), "run the tests once with WRITE_TEMPLATE=1 and look at the difference");
    }

    #[test]
    fn the_template_is_a_policy() {
        let seed = Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site")).unwrap();
        let mut files = seed.files().clone();
        files.insert("policy.toml".to_owned(), template());
        let (policy, found) = Policy::check(files);
        assert!(policy.is_some(), "{found:#?}");
    }

    #[test]
    fn with_its_comments_taken_off_every_key_is_known() {
        // Comment lines that are keys or table heads become keys and tables; prose has neither form.
        let bare: String = template()
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(rest) if rest.starts_with('[') && rest.ends_with(']') => rest.to_owned(),
                Some(rest) if rest.split_once(" = ").is_some_and(|(key, _)| !key.contains([' ', '`'])) => rest.to_owned(),
                _ => line.to_owned(),
            } + "\n")
            .collect();
        let seed = Policy::load(concat!(env!("CARGO_MANIFEST_DIR"), "/policies/news-site")).unwrap();
        let mut files = seed.files().clone();
        files.insert("policy.toml".to_owned(), bare);
        let (_, found) = Policy::check(files);
        let unknown: Vec<_> = found
            .iter()
            .filter(|fault| ["unknown-key", "syntax", "type", "unknown-word"].contains(&fault.code))
            .collect();
        assert!(unknown.is_empty(), "{unknown:#?}");
    }
}
