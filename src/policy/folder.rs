//! The files of a policy folder, as they are on disk.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use super::diagnostic::PolicyError;
use crate::language::Language;

/// The largest file of a policy folder, in bytes: texts of law are long, not endless.
const LARGEST_FILE: u64 = 1 << 20;

/// A policy folder that could not be loaded.
///
/// # Example
///
/// ```
/// use tower_consent::policy::{LoadError, Policy};
/// let told = match Policy::load("policies/no-such-site").unwrap_err() {
///     LoadError::Read { path, .. } => path,
///     other => panic!("{other}"),
/// };
/// assert!(told.ends_with("no-such-site"));
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A file could not be read.
    #[error("cannot read {path}: {source}")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// What the files say is wrong.
    #[error(transparent)]
    Policy(PolicyError),
}

/// Reads `policy.toml`, `calendar.toml`, `<language>/*.md` and `catalogue/*.toml`; nothing else of the folder counts.
pub(super) fn read_folder(folder: &Path) -> Result<BTreeMap<String, String>, LoadError> {
    let root = fs::canonicalize(folder).map_err(|source| LoadError::Read { path: folder.to_owned(), source })?;
    let mut files = BTreeMap::new();
    for path in entries(folder)? {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        if name == "policy.toml" || name == "calendar.toml" {
            files.insert(name.to_owned(), read_file(&path, &root)?);
            continue;
        }
        let ending = if name == "catalogue" {
            ".toml"
        } else if name.parse::<Language>().is_ok() {
            ".md"
        } else {
            continue;
        };
        if !path.is_dir() {
            continue;
        }
        for inner in entries(&path)? {
            let Some(file) = inner.file_name().and_then(|file| file.to_str()) else {
                continue;
            };
            if file.ends_with(ending) {
                files.insert(format!("{name}/{file}"), read_file(&inner, &root)?);
            }
        }
    }
    Ok(files)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let failed = |source| LoadError::Read { path: folder.to_owned(), source };
    fs::read_dir(folder).map_err(failed)?.map(|entry| entry.map(|entry| entry.path()).map_err(failed)).collect()
}

/// Reads a file, which must be inside of `root` wherever links lead: a folder that others may write to must not show
/// what the server alone can read.
fn read_file(path: &Path, root: &Path) -> Result<String, LoadError> {
    let failed = |source| LoadError::Read { path: path.to_owned(), source };
    if !fs::canonicalize(path).map_err(failed)?.starts_with(root) {
        return Err(failed(std::io::Error::other(
            "a link that leads out of the policy's folder; copy the file instead",
        )));
    }
    let metadata = fs::metadata(path).map_err(failed)?;
    if !metadata.is_file() || metadata.len() > LARGEST_FILE {
        return Err(failed(std::io::Error::other("not a plain file of at most 1 MiB")));
    }
    fs::read_to_string(path).map_err(failed)
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_link_is_followed_inside_of_the_folder_only() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = temporary.path().join("policy");
        fs::create_dir_all(folder.join("..data")).unwrap();
        fs::write(folder.join("..data/policy.toml"), "inside").unwrap();
        symlink("..data/policy.toml", folder.join("policy.toml")).unwrap();
        assert_eq!(read_folder(&folder).unwrap()["policy.toml"], "inside");

        let secret = temporary.path().join("secret");
        fs::write(&secret, "secret").unwrap();
        fs::create_dir(folder.join("ru")).unwrap();
        symlink(&secret, folder.join("ru/consent.md")).unwrap();
        let told = read_folder(&folder).unwrap_err().to_string();
        assert!(told.contains("consent.md") && told.contains("leads out"), "{told}");

        // A pipe would be read for ever.
        fs::remove_file(folder.join("ru/consent.md")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(folder.join("ru/consent.md")).status().unwrap().success());
        assert!(read_folder(&folder).unwrap_err().to_string().contains("not a plain file"));
    }
}
