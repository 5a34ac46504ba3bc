//! The codes of faults of the format, and what each means.

/// Every code a fault of the format can have, with what it means, by alphabet.
const FAULTS: &[(&str, &str)] = &[
    (
        "calendar",
        "calendar.toml names the working days of the operator's country for further years; a day of it is no day of its \
         year, or the sum is another one.",
    ),
    ("colour", "A colour is written as six hexadecimal digits: \"#1a73e8\"."),
    ("container", "An element is named by `#` and its identifier or `.` and a class, with `*` for anything."),
    ("control", "A text holds a character that is not printed, such as ESC; such characters have no place in a page."),
    ("cookie", "The name of a cookie is no name a browser accepts, or a bare `*`, which would be every cookie."),
    ("country", "A country is written as two capital letters of ISO 3166-1: \"RU\", \"DE\"."),
    (
        "domain",
        "The domain of the choice cookie must be the site's own host or a parent of it, and none that others share.",
    ),
    ("duplicate", "The same name or value stands in the file twice, so that it is not clear which counts."),
    (
        "editorial-stale",
        "A text has changed again since it was marked as a mere wording fix; the mark no longer counts.",
    ),
    ("email", "A mail address has the form name@domain."),
    ("empty", "A value is there but says nothing."),
    ("hash", "A material hash is 12 hexadecimal digits, as `tower-consent diff OLD NEW` prints them."),
    ("header", "The name of an HTTP header holds letters, digits and hyphens."),
    ("host", "A host is written in lower case, with `*.` for subdomains and a path after it if need be."),
    ("identifier", "A name is made of lower-case letters, digits and hyphens and begins with a letter."),
    ("inline", "The pattern of an inline script needs at least four ASCII characters, or it would fit too much."),
    ("label-reference", "A label refers to another message; each label must be readable by itself."),
    ("label-syntax", "A label is no message in Fluent's syntax: most often a brace is missing."),
    ("label-variable", "A label names a variable it does not have, or leaves one out that it needs."),
    ("language", "A language is written as `ru`, `en` or `pt-br`."),
    ("missing-file", "A text that the policy needs is not in the folder."),
    ("missing-key", "A value that the policy cannot do without is missing."),
    (
        "missing-label",
        "A language of the site has no words of its own for some labels, so that they are shown in English.",
    ),
    ("missing-table", "A whole part of the policy is missing."),
    ("missing-translation", "A text of policy.toml is there in some languages of the site and not in others."),
    ("neutral", "Pages that are the same for everyone cannot keep this: see `[gate] pages`."),
    (
        "placeholder",
        "A text names a value between `{{` and `}}` that does not exist or that policy.toml does not give, or it has a \
         table where none can stand.",
    ),
    ("service-without-purpose", "A service must say what it is used for; what nobody answered for never runs."),
    ("syntax", "The file is no valid TOML at this place: often a quote or a bracket is missing."),
    ("term", "A length of time is a whole number and a unit: \"180 days\", \"10 working days\"."),
    ("type", "The value is of another sort than is asked for: a number for a string, one value for a list."),
    ("unknown-file", "A file is named that is not in the folder."),
    ("unknown-key", "A key that the policy does not have, most often a spelling mistake; nothing is ignored silently."),
    ("unknown-label", "A label is named that no page shows."),
    ("unknown-purpose", "A purpose is named that no `[[purpose]]` describes."),
    ("unknown-rule", "A level is set for a rule that does not exist."),
    ("unknown-service", "The catalogue has no service of this name."),
    ("unknown-word", "The value is none of the words that are allowed here."),
    ("unused-level", "A level is set for a rule that finds nothing, so it is not needed."),
    ("url", "A web address begins with its scheme and names a host: \"https://news.example\"."),
    ("zone", "A time zone is written as the IANA database names it: \"Europe/Moscow\", \"Asia/Vladivostok\"."),
];

/// Returns what a code of a fault of the format means; nothing for the code of a rule of law.
///
/// # Example
///
/// ```
/// use tower_consent::policy::fault_meaning;
/// assert!(fault_meaning("unknown-key").unwrap().contains("spelling"));
/// assert_eq!(fault_meaning("EU-REASK"), None);
/// ```
pub fn fault_meaning(code: &str) -> Option<&'static str> {
    FAULTS.iter().find(|(known, _)| *known == code).map(|(_, meaning)| *meaning)
}

/// Returns the codes of all faults of the format, by alphabet.
///
/// # Example
///
/// ```
/// use tower_consent::policy::{fault_codes, fault_meaning};
/// assert!(fault_codes().all(|code| fault_meaning(code).is_some()));
/// ```
pub fn fault_codes() -> impl Iterator<Item = &'static str> {
    FAULTS.iter().map(|(code, _)| *code)
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    /// Codes as they stand in the sources: the first string after `add(` or `warn(`, and those of the table of forms
    /// in `read.rs`.
    fn used(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                used(&path, found);
                continue;
            }
            if path.ends_with("explain.rs") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            for call in ["faults.add(", "faults.warn("] {
                for after in text.split(call).skip(1) {
                    if let Some(code) = after.trim_start().strip_prefix('"').and_then(|code| code.split('"').next()) {
                        found.insert(code.to_owned());
                    }
                }
            }
        }
    }

    #[test]
    fn every_code_in_use_is_explained_and_no_other() {
        // Codes that do not stand right after the call: forms of values in `read.rs`, labels in
        // `language/check.rs`, levels of rules in the room of rules.
        let elsewhere = ["identifier", "country", "email", "url", "colour", "zone"];
        let labels = ["unknown-label", "label-syntax", "label-variable", "label-reference"];
        let levels = ["unknown-rule", "unused-level"];
        let mut found: BTreeSet<String> =
            elsewhere.into_iter().chain(labels).chain(levels).map(str::to_owned).collect();
        used(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/policy"), &mut found);
        let explained: BTreeSet<String> = fault_codes().map(str::to_owned).collect();
        assert_eq!(found, explained, "a fault's code is in use without a meaning here, or the other way round");
        assert!(FAULTS.is_sorted_by_key(|(code, _)| *code));
    }
}
