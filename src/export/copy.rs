//! A copy of the log, made from an export of all of it.
//!
//! In: an archive and the keys that are trusted. Out: the folder that `mirror` would have written, from which a store can be
//! rebuilt. Nothing is written before the whole archive was verified.

use std::{
    collections::BTreeMap,
    fmt::{self, Write as _},
    fs::File,
    io::{self, BufRead, BufReader},
    path::Path,
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::json;

use super::{
    container::Archive,
    corrupt, refused,
    verify::{Files, LARGEST, Line, check},
};
use crate::{
    audit::{Verifier, WIDTH},
    mirror,
    store::{Error, ErrorKind},
};

/// The values of an event that last as long as the event's own do; of the others an export does not say until when.
const LASTING: [&str; 5] = ["subject", "idempotency_key", "previous", "account", "visitor"];

/// Writes the copy that an export of the whole log holds into an empty folder; returns the number of its events.
///
/// [`mirror::restore`](crate::mirror::restore) makes a store of it. An export for the operator himself
/// ([`Level::Internal`](super::Level::Internal)) brings back who chose what; one for a regulator brings back events that name
/// nobody. What was kept for a short time only (page, browser, contact, message) does not come back, since an export does not
/// say until when.
///
/// # Errors
///
/// [`ErrorKind::Corrupt`] when something in the archive is not as it was signed, [`ErrorKind::Refused`] when it holds a part of
/// the log only, [`ErrorKind::Unavailable`] when a file cannot be read or written.
///
/// # Example
///
/// ```
/// # use std::sync::Arc;
/// # use time::OffsetDateTime;
/// # use tower_consent::{record::{Kind, Record}, recorder::Log, store::Memory};
/// # pollster::block_on(async {
/// # let (store, now) = (Arc::new(Memory::default()), OffsetDateTime::UNIX_EPOCH);
/// # let mut log = Log::open(store.clone(), "news.example/consent", now).await.unwrap();
/// # let folder = tempfile::tempdir().unwrap();
/// use tower_consent::{export::{Export, Level, to_copy}, mirror};
/// log.append(vec![Record::of(Kind::Retention, now, "v1")]).await.unwrap();
/// let archive = folder.path().join("export.zip");
/// let mut file = std::fs::File::create(&archive).unwrap();
/// Export::new(store, Level::Internal).write(&mut file, &mut |_| {}).unwrap();
/// let (copy, trusted) = (folder.path().join("copy"), [log.key().verifier().clone()]);
/// assert_eq!(to_copy(&archive, &trusted, &copy).unwrap(), 2);
/// assert!(mirror::verify(&copy, &trusted).unwrap().findings.is_empty());
/// # });
/// ```
pub fn to_copy(archive: &Path, trusted: &[Verifier], folder: &Path) -> Result<u64, Error> {
    let disordered =
        |what: &dyn fmt::Display| corrupt(format!("the export {} is not in order: {what}", archive.display()));
    let files = match Archive::open(File::open(archive).map_err(failed(archive))?).map_err(failed(archive))? {
        Ok(files) => files,
        Err(damage) => return Err(disordered(&mirror::Finding::new(damage.place, damage.what))),
    };
    let verified = check(&files, trusted)?;
    if let Some(finding) = verified.findings.first() {
        return Err(disordered(finding));
    }
    if !verified.complete || !["internal", "regulator"].contains(&verified.level.as_str()) {
        return Err(refused(format!(
            "{} is an export for the level `{}`{}: only one of all events, for the level `internal` or `regulator`, holds the \
             whole log",
            archive.display(),
            verified.level,
            if verified.complete { "" } else { ", of a part of the log" }
        )));
    }
    let bytes = |name: &str| {
        let bytes = Files::bytes(&files, name).map_err(failed(archive))?;
        let bytes = bytes.ok_or_else(|| corrupt(format!("the export has no {name}")))?;
        // Longer ones are read as far as that: half a text is none.
        if bytes.len() as u64 >= LARGEST {
            return Err(refused(format!("{name} in {} is over {} MiB", archive.display(), LARGEST >> 20)));
        }
        Ok(bytes)
    };
    for (name, sum) in &files.sums {
        if name.starts_with("tile/") && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/.".contains(&byte)) {
            mirror::write(folder, name, &bytes(name)?)?;
        } else if (name.starts_with("texts/") || name.starts_with("banner/")) && !name.ends_with(".diff") {
            let hash = base16ct::lower::encode_string(sum);
            mirror::write(folder, &format!("documents/{hash}"), &bytes(name)?)?;
        }
    }
    for (version, list) in lists(&bytes("texts/index.csv")?) {
        mirror::write(folder, &format!("documents/policy/{version}"), list.as_bytes())?;
    }
    let events = files.file("events.jsonl").ok_or_else(|| corrupt("the export has no events.jsonl".to_owned()))?;
    private(BufReader::new(events), folder, archive)?;
    mirror::write(folder, "keys", &bytes("keys")?)?;
    // Last: whoever reads it finds everything it speaks of.
    mirror::write(folder, "checkpoint", &bytes("checkpoint")?)?;
    Ok(verified.size)
}

/// Returns for each version the list of its texts, as the store keeps it: lines of hash, two spaces, name.
fn lists(index: &[u8]) -> BTreeMap<String, String> {
    let mut lists: BTreeMap<String, String> = BTreeMap::new();
    for line in String::from_utf8_lossy(index).lines().skip(1) {
        let cells = cells(line);
        if let [version, _, _, name, hash, _] = &cells[..]
            && !version.is_empty()
            && version.bytes().all(|byte| byte.is_ascii_alphanumeric())
        {
            let line = format!("{hash}  {name}\n");
            let list = lists.entry(version.clone()).or_default();
            // A version that came into force again is listed again.
            if !list.contains(&line) {
                list.push_str(&line);
            }
        }
    }
    lists
}

/// Splits one row of a table, as `row` writes it.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut characters = line.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            character => cell.push(character),
        }
    }
    cells.push(cell);
    cells
}

/// Writes down the personal values that last, a file for each bundle.
fn private(mut events: impl BufRead, folder: &Path, archive: &Path) -> Result<(), Error> {
    let (mut text, mut lines, mut number) = (String::new(), String::new(), 0);
    loop {
        text.clear();
        let end = events.read_line(&mut text).map_err(failed(archive))? == 0;
        let line: Option<Line<'_>> = if end {
            None
        } else {
            Some(
                serde_json::from_str(text.trim_end())
                    .map_err(|source| corrupt("a line of events.jsonl is no event".to_owned()).with_source(source))?,
            )
        };
        if line.as_ref().is_none_or(|line| line.index / WIDTH != number) && !lines.is_empty() {
            mirror::write(folder, &mirror::private_path(number), lines.as_bytes())?;
            lines.clear();
        }
        let Some(line) = line else { return Ok(()) };
        number = line.index / WIDTH;
        let lasting: Vec<&String> = line.disclosures.iter().filter(|disclosure| is_lasting(disclosure)).collect();
        if !lasting.is_empty() {
            let line = json!({ "index": line.index, "disclosures": lasting, "brief": [], "until": null });
            writeln!(lines, "{line}").expect("a string takes any text");
        }
    }
}

fn is_lasting(disclosure: &str) -> bool {
    let parts = URL_SAFE_NO_PAD.decode(disclosure).ok();
    let parts = parts.and_then(|text| serde_json::from_slice::<(String, String, serde_json::Value)>(&text).ok());
    parts.is_some_and(|(_, name, _)| LASTING.contains(&name.as_str()))
}

fn failed(path: &Path) -> impl Fn(io::Error) -> Error + use<> {
    let path = path.to_owned();
    move |source| Error::new(ErrorKind::Unavailable, format!("cannot read {}", path.display())).with_source(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_as_they_are_written() {
        for row in [vec!["a", "b,c", ""], vec!["say \"no\"", "", "x"], vec!["", ",", "\"\""]] {
            let mut out = Vec::new();
            crate::export::table::row(&mut out, &row).unwrap();
            assert_eq!(cells(String::from_utf8(out).unwrap().trim_end()), row);
        }
    }

    #[test]
    fn a_version_has_its_list_once() {
        let index = "version,from,until,name,sha256,file\nv1,a,b,n1,h1,f\nv1,a,b,n2,h2,f\nv2,b,c,n1,h1,f\nv1,c,,n1,h1,f\n\
                     v1,c,,n2,h2,f\n,,,,h9,texts/other/h9\n../x,a,b,n,h,f\n";
        let lists = lists(index.as_bytes());
        assert_eq!(lists.len(), 2);
        assert_eq!((lists["v1"].as_str(), lists["v2"].as_str()), ("h1  n1\nh2  n2\n", "h1  n1\n"));
    }
}
