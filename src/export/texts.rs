//! The texts that were in force, version by version, as they were shown.
//!
//! In: the store's texts, the log's events of publication, the hashes events name. Out: files, their index, and what changed
//! from one version to the next. Every file is compared with the hash it is kept under.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
};

use sha2::{Digest, Sha256};

use super::{container::Writer, corrupt, parts, table::row, unwritten};
use crate::{
    policy::Policy,
    site::published,
    store::{ConsentStore, Error, wait},
};

/// One version of the policy while it was in force.
#[derive(Debug)]
pub(super) struct Version {
    pub(super) version: String,
    pub(super) since: String,
    pub(super) until: Option<String>,
    /// Name → hash of each of its texts.
    pub(super) names: BTreeMap<String, String>,
    /// The policy itself, while it is the last one.
    pub(super) policy: Option<Policy>,
}

/// Returns name and hash of each text of a version; of one whose texts are gone, or that never was, none.
pub(super) fn names(store: &dyn ConsentStore, version: &str) -> Result<BTreeMap<String, String>, Error> {
    if !version.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Ok(BTreeMap::new());
    }
    Ok(wait(published::names(store, version))?.unwrap_or_default())
}

/// Reads what a version consists of.
pub(super) fn load(store: &dyn ConsentStore, version: &str, since: &str) -> Result<Version, Error> {
    let names = names(store, version)?;
    let mut files = BTreeMap::new();
    for (name, hash) in names.iter().filter(|(name, _)| published::is_file(name)) {
        if let Some(text) = text(store, hash)?.and_then(|text| String::from_utf8(text).ok()) {
            files.insert(name.clone(), text);
        }
    }
    let policy = Policy::check(files).0;
    Ok(Version { version: version.to_owned(), since: since.to_owned(), until: None, names, policy })
}

/// Reads a text, and holds it against its hash.
pub(super) fn text(store: &dyn ConsentStore, hash: &str) -> Result<Option<Vec<u8>>, Error> {
    let text = wait(store.document(hash.to_owned()))?;
    match &text {
        Some(bytes) if base16ct::lower::encode_string(&Sha256::digest(bytes)) != hash => {
            Err(corrupt(format!("the text {hash} is another one than was kept")))
        }
        _ => Ok(text),
    }
}

/// Where a text of a version goes: what a visitor sees of the banner apart, everything else by its name.
fn place(version: &str, name: &str) -> String {
    match name.strip_prefix("shown/").and_then(|name| name.strip_suffix("/banner.html")) {
        Some(language) => format!("banner/{version}/{language}.html"),
        None => format!("texts/{version}/{name}"),
    }
}

/// Writes all texts; returns the hashes that events name and no text has.
pub(super) fn write<W: Write>(
    store: &dyn ConsentStore,
    versions: &[Version],
    cited: &BTreeSet<String>,
    archive: &mut Writer<W>,
) -> Result<Vec<String>, Error> {
    let mut index = Vec::new();
    row(&mut index, ["version", "from", "until", "name", "sha256", "file"]).map_err(unwritten)?;
    let (mut known, mut written) = (BTreeSet::new(), BTreeSet::new());
    let mut before: Option<&Version> = None;
    for version in versions {
        let until = version.until.as_deref().unwrap_or_default();
        for (name, hash) in &version.names {
            let file = place(&version.version, name);
            row(&mut index, [&version.version, &version.since, until, name, hash, &file]).map_err(unwritten)?;
            // A version that came into force again has its files already.
            if !written.insert(file.clone()) {
                continue;
            }
            let Some(bytes) = text(store, hash)? else { continue };
            known.insert(hash.clone());
            archive.add(&file, &bytes).map_err(unwritten)?;
            let earlier = before.and_then(|before| before.names.get(name)).filter(|earlier| *earlier != hash);
            if let Some(earlier) = earlier.map(|earlier| text(store, earlier)).transpose()?.flatten()
                && let Some(difference) = parts::difference(&earlier, &bytes, name)
            {
                archive.add(&format!("{file}.diff"), difference.as_bytes()).map_err(unwritten)?;
            }
        }
        before = Some(version);
    }
    let mut missing = Vec::new();
    for hash in cited.difference(&known) {
        match text(store, hash)? {
            Some(bytes) => {
                let file = format!("texts/other/{hash}");
                row(&mut index, ["", "", "", "", hash, &file]).map_err(unwritten)?;
                archive.add(&file, &bytes).map_err(unwritten)?;
            }
            None => missing.push(hash.clone()),
        }
    }
    archive.add("texts/index.csv", &index).map_err(unwritten)?;
    if let Some(policy) = versions.last().and_then(|version| version.policy.as_ref()) {
        let file = format!("banner/{}/contrast.json", policy.version());
        archive.add(&file, &parts::file(&parts::contrast(policy))).map_err(unwritten)?;
    }
    Ok(missing)
}
