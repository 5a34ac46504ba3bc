//! A store, rebuilt from a copy.

use std::{fs, path::Path, sync::Arc};

use time::OffsetDateTime;

use super::{corrupt, failed, read_private, verify};
use crate::{
    audit::{Entry, Head, Verifier, WIDTH, bundle_path, read_bundle, tiles},
    recorder::{Log, adopt_key},
    store::{ConsentStore, Error, ErrorKind},
};

/// Fills an empty store from a copy of a log, after the whole copy was verified; returns the number of entries.
///
/// Personal values come back as far as the copy has them. When the store has no key of the log, it gets a new one, and
/// the log an event that says so.
///
/// # Errors
///
/// [`ErrorKind::Refused`] when the store is not empty; [`ErrorKind::Corrupt`] when the copy is not in order;
/// [`ErrorKind::Unavailable`] when a file cannot be read or the store not be written.
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
/// use tower_consent::{mirror, store::{ConsentStore, tree}};
/// log.append(vec![Record::of(Kind::Retention, now, "v1")]).await.unwrap();
/// mirror::advance(&mut log, store, folder.path(), true).await.unwrap();
/// // The machine is lost; the copy was on another disk.
/// let (trusted, rebuilt) = ([log.key().verifier().clone()], Arc::new(Memory::default()));
/// assert_eq!(mirror::restore(folder.path(), &trusted, rebuilt.clone(), now).await.unwrap(), 2);
/// // The secret key was on the lost machine: a third event brings another one.
/// assert_eq!(tree(&*rebuilt).await.unwrap().root_at(2), Some(log.head().await.unwrap().root()));
/// assert_eq!(rebuilt.head().await.unwrap().size(), 3);
/// # });
/// ```
pub async fn restore(
    folder: &Path,
    trusted: &[Verifier],
    store: Arc<dyn ConsentStore>,
    now: OffsetDateTime,
) -> Result<u64, Error> {
    if store.head().await? != Head::EMPTY {
        return Err(Error::new(ErrorKind::Refused, "only an empty store can be rebuilt from a copy"));
    }
    let verified = verify(folder, trusted)?;
    if let Some(finding) = verified.findings.first() {
        return Err(corrupt(format!("the copy in {} is not in order: {finding}", folder.display())));
    }
    let documents = folder.join("documents");
    let mut folders = vec![documents.clone()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).into_iter().flatten() {
            let path = entry.map_err(failed("list", &next))?.path();
            if path.is_dir() {
                folders.push(path);
            } else if let Some(name) = path.strip_prefix(&documents).ok().and_then(Path::to_str) {
                store.put_document(name.to_owned(), fs::read(&path).map_err(failed("read", &path))?).await?;
            }
        }
    }
    let mut head = Head::EMPTY;
    for (number, width) in tiles(0, 0, verified.size) {
        let path = folder.join(bundle_path(number, width));
        let bytes = fs::read(&path).map_err(failed("read", &path))?;
        let leaves = read_bundle(&bytes).ok_or_else(|| corrupt(format!("{} is no bundle", path.display())))?;
        let mut values = read_private(folder, number)?;
        let mut entries = Vec::with_capacity(leaves.len());
        for (leaf, index) in leaves.into_iter().zip(number * WIDTH..) {
            let private = values.remove(&index).unwrap_or_else(|| Entry::from_parts(Vec::new(), Vec::new()));
            let mut entry = Entry { leaf: leaf.to_vec(), ..private };
            entry.visitor = entry.subject().map_err(|source| corrupt(format!("entry {index}")).with_source(source))?;
            entries.push(entry);
        }
        let next = head.append(entries.iter().map(|entry| entry.leaf.as_slice()));
        store.append(head, entries, next.clone()).await?;
        head = next;
        while store.tidy().await? {}
    }
    if base16ct::lower::encode_string(&head.root()) != verified.root {
        return Err(corrupt("the rebuilt log has another root than the copy".to_owned()));
    }
    if verified.size > 0 {
        adopt_key(store.clone(), &verified.origin, now).await?;
        Log::open_existing(store).await?;
    }
    Ok(verified.size)
}
