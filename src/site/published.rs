//! Which versions of the policy were published, and what each of them showed.
//!
//! Everything a version shows is kept in the store by its hash, with a list of names and hashes for each version; a
//! note beside the log holds the versions in the order of their publication.

use std::collections::BTreeMap;

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    documents::Document,
    language::Language,
    store::{ConsentStore, Error, ErrorKind, wait},
};

/// Note that holds the version in force.
pub(crate) const IN_FORCE: &str = "policy/in-force";
/// Note that holds every version ever published, one per line: time and version.
const VERSIONS: &str = "policy/versions";

/// Returns the name under which the list of a version's texts is kept: lines of hash, two spaces, name.
pub(super) fn list_name(version: &str) -> String {
    format!("policy/{version}")
}

/// Returns the name of a rendered document in such a list.
pub(super) fn page_name(language: &Language, document: Document) -> String {
    format!("shown/{language}/{}.html", document.as_str())
}

/// Returns name and hash of each text of a version; `None` when there is no such version.
pub(crate) async fn names(store: &dyn ConsentStore, version: &str) -> Result<Option<BTreeMap<String, String>>, Error> {
    let Some(list) = store.document(list_name(version)).await? else {
        return Ok(None);
    };
    let list = String::from_utf8_lossy(&list);
    let lines = list.lines().filter_map(|line| line.split_once("  "));
    Ok(Some(lines.map(|(hash, name)| (name.to_owned(), hash.to_owned())).collect()))
}

/// Says whether a text of that name is a file of the policy; the others were made of the files, as they were shown.
pub(crate) fn is_file(name: &str) -> bool {
    !name.starts_with("shown/")
}

/// Returns the files of a version as they were published; `None` when there is no such version or a text is missing.
#[cfg(feature = "dashboard")]
pub(crate) async fn files(store: &dyn ConsentStore, version: &str) -> Result<Option<BTreeMap<String, String>>, Error> {
    let Some(names) = names(store, version).await? else {
        return Ok(None);
    };
    let mut files = BTreeMap::new();
    for (name, hash) in names.into_iter().filter(|(name, _)| is_file(name)) {
        let text = store.document(hash).await?.and_then(|bytes| String::from_utf8(bytes).ok());
        let Some(text) = text else { return Ok(None) };
        files.insert(name, text);
    }
    Ok(Some(files))
}

/// One version of the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Published {
    /// The hash of the folder.
    pub(crate) version: String,
    /// When it was put into force, for the first time.
    pub(crate) since: OffsetDateTime,
}

impl Published {
    /// Adds a version to the list, unless it is there.
    pub(super) fn add(store: &dyn ConsentStore, version: &str, now: OffsetDateTime) -> Result<(), Error> {
        let mut list = wait(Self::all(store))?;
        if list.iter().any(|published| published.version == version) {
            return Ok(());
        }
        list.push(Self { version: version.to_owned(), since: now });
        let mut text = String::new();
        for Self { version, since } in list {
            let since = since.format(&Rfc3339).map_err(|source| {
                Error::new(ErrorKind::Corrupt, "a version's time cannot be written").with_source(source)
            })?;
            text.push_str(&format!("{since} {version}\n"));
        }
        wait(store.put_note(VERSIONS.to_owned(), text.into_bytes()))
    }

    /// Returns every version, the earliest first.
    pub(crate) async fn all(store: &dyn ConsentStore) -> Result<Vec<Self>, Error> {
        let bytes = store.note(VERSIONS.to_owned()).await?.unwrap_or_default();
        let damaged = || Error::new(ErrorKind::Corrupt, "the list of policy versions is damaged");
        let text = std::str::from_utf8(&bytes).map_err(|_| damaged())?;
        text.lines()
            .map(|line| {
                let (since, version) = line.split_once(' ').ok_or_else(damaged)?;
                let since = OffsetDateTime::parse(since, &Rfc3339).map_err(|_| damaged())?;
                Ok(Self { version: version.to_owned(), since })
            })
            .collect()
    }

    /// Returns what a version showed as a document, byte for byte; `None` when there is no such version, or it had
    /// no such document.
    pub(crate) async fn page(
        store: &dyn ConsentStore,
        version: &str,
        language: &Language,
        document: Document,
    ) -> Result<Option<Vec<u8>>, Error> {
        let names = names(store, version).await?.unwrap_or_default();
        match names.get(&page_name(language, document)) {
            Some(hash) => store.document(hash.clone()).await,
            None => Ok(None),
        }
    }
}
