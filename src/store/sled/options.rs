//! How the embedded store is opened: memory, room set aside, where the anchor is.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use super::Sled;
use crate::store::Error;

/// How the embedded store is opened.
///
/// # Example
///
/// ```
/// use tower_consent::store::SledOptions;
/// let folder = tempfile::tempdir().unwrap();
/// let options = SledOptions::new().with_cache(16 << 20).with_anchor(folder.path().join("anchor"));
/// assert!(options.open(folder.path().join("store")).is_ok());
/// assert!(folder.path().join("anchor").is_file());
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct SledOptions {
    pub(super) cache: u64,
    pub(super) flush_every: Option<Duration>,
    pub(super) ballast: u64,
    pub(super) patience: Duration,
    anchor: Option<PathBuf>,
}

impl Default for SledOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl SledOptions {
    /// Returns the options [`Sled::open`] uses.
    ///
    /// # Example
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// use tower_consent::store::SledOptions;
    /// let folder = folder.path().join("store");
    /// assert!(SledOptions::new().open(&folder).is_ok());
    /// assert!(folder.with_extension("anchor").is_file(), "the anchor lies beside the folder");
    /// ```
    pub fn new() -> Self {
        Self { cache: 32 << 20, flush_every: None, ballast: 8 << 20, patience: Duration::from_secs(5), anchor: None }
    }

    /// Sets how much memory the database may use for pages, in bytes.
    ///
    /// Default: 32 MiB. sled's own is 1 GiB, which a small machine does not have.
    ///
    /// # Example
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// use tower_consent::store::SledOptions;
    /// // For a machine of 512 MiB.
    /// let options = SledOptions::new().with_cache(8 << 20);
    /// assert!(options.open(folder.path().join("store")).is_ok());
    /// ```
    pub fn with_cache(mut self, bytes: u64) -> Self {
        self.cache = bytes;
        self
    }

    /// Sets how often sled looks after itself in a thread of its own: it writes what nobody has flushed, and reclaims room.
    ///
    /// Default: never. When a write of that thread fails, sled 0.34 tells nobody, and the next append waits for it
    /// for ever; everything here is flushed by the call that wrote it. The price is room: the database's file keeps
    /// what it once had of texts and notes.
    ///
    /// # Example
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// use std::time::Duration;
    /// use tower_consent::store::SledOptions;
    /// let options = SledOptions::new().with_flush_every(Some(Duration::from_secs(60)));
    /// assert!(options.open(folder.path().join("store")).is_ok());
    /// ```
    pub fn with_flush_every(mut self, every: Option<Duration>) -> Self {
        self.flush_every = every;
        self
    }

    /// Sets the room that is set aside on the disk, in bytes, at least.
    ///
    /// Default: 8 MiB, or twice the newest snapshot. sled needs room even to open for reading; without this a full
    /// disk could not be exported. 0 sets nothing aside.
    ///
    /// # Example
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// use tower_consent::store::{ConsentStore, SledOptions};
    /// let bytes = |ballast| {
    ///     let store = SledOptions::new().with_ballast(ballast).open(folder.path().join(ballast.to_string())).unwrap();
    ///     pollster::block_on(store.bytes()).unwrap().unwrap()
    /// };
    /// assert!(bytes(4 << 20) >= bytes(0) + (4 << 20), "the room is taken from the disk at once");
    /// ```
    pub fn with_ballast(mut self, bytes: u64) -> Self {
        self.ballast = bytes;
        self
    }

    /// Sets how long a write may take before it counts as failed: choices are told to come again, and the store is closed
    /// and opened again.
    ///
    /// Default: 5 s. A disk that is slower than that under load needs more.
    ///
    /// # Example
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// use std::time::Duration;
    /// use tower_consent::store::{ConsentStore, SledOptions};
    /// // A disk in a network that pauses now and then.
    /// let options = SledOptions::new().with_patience(Duration::from_secs(30));
    /// let store = options.open(folder.path().join("store")).unwrap();
    /// assert!(pollster::block_on(store.put_note("gate/2026-11-25".into(), b"1".to_vec())).is_ok());
    /// ```
    pub fn with_patience(mut self, limit: Duration) -> Self {
        self.patience = limit;
        self
    }

    /// Sets the file outside of the folder that says how far the log had come.
    ///
    /// Default: beside the folder, with its name and `.anchor`. On another disk it tells even when the whole disk was
    /// set back.
    ///
    /// # Example
    ///
    /// ```
    /// # let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    /// use tower_consent::store::SledOptions;
    /// let anchor = elsewhere.path().join("news-site.anchor");
    /// let options = SledOptions::new().with_anchor(&anchor);
    /// options.open(folder.path().join("store")).unwrap();
    /// assert!(anchor.is_file() && !folder.path().join("store.anchor").exists());
    /// ```
    pub fn with_anchor(mut self, path: impl Into<PathBuf>) -> Self {
        self.anchor = Some(path.into());
        self
    }

    /// Opens the store in a folder, creating it when it is not there.
    ///
    /// # Errors
    ///
    /// As [`Sled::open`].
    ///
    /// # Example
    ///
    /// ```
    /// # let folder = tempfile::tempdir().unwrap();
    /// use tower_consent::store::{ConsentStore, SledOptions};
    /// let store = SledOptions::new().open(folder.path().join("store")).unwrap();
    /// pollster::block_on(store.put_document("9f86d081".into(), "Согласие".into())).unwrap();
    /// drop(store);
    /// let store = SledOptions::new().open(folder.path().join("store")).unwrap();
    /// assert!(pollster::block_on(store.document("9f86d081".into())).unwrap().is_some());
    /// ```
    pub fn open(self, folder: impl AsRef<Path>) -> Result<Sled, Error> {
        Sled::start(folder.as_ref(), self)
    }

    pub(super) fn anchor_of(&self, folder: &Path) -> PathBuf {
        self.anchor.clone().unwrap_or_else(|| {
            let folder = fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
            let mut name = folder.file_name().unwrap_or_default().to_owned();
            name.push(".anchor");
            folder.with_file_name(name)
        })
    }
}
