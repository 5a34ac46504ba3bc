//! What every store promises.

use std::{any::Any, fmt, future::Future, ops::Range, pin::Pin, time::Duration};

use time::OffsetDateTime;

use super::Error;
use crate::{
    audit::{Entry, Hash, Head, SEGMENT, leaf_hash},
    signal::VisitorId,
};

/// What a store answers with: boxed, because a store is used as an object and only on a choice, never on a page.
///
/// # Example
///
/// ```
/// use tower_consent::store::Answer;
/// /// Answers at once, as a store in memory does.
/// fn known(count: u64) -> Answer<'static, u64> {
///     Box::pin(std::future::ready(Ok(count)))
/// }
/// assert_eq!(pollster::block_on(known(7)).unwrap(), 7);
/// ```
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// Keeps the log of choices, the texts that were shown, and the secrets of the site.
///
/// The contract, which every store must keep:
///
/// * **Durable when resolved.** When `append`, `put_document` or `secret` answers `Ok`, what it wrote survives a
///   crash of the process, of the system, and a power cut.
/// * **All or nothing.** After a crash the head is the one before or the one after an append, with exactly the
///   entries it counts; never anything between.
/// * **One line.** The head moves by compare-and-swap: of two appends on the same head one gets
///   [`ErrorKind::Conflict`](super::ErrorKind::Conflict) and has written nothing.
/// * **Erased is gone.** A personal value that was erased does not come back, not after a crash and not from the
///   bytes that are left on the disk. The log itself stays as it was.
/// * **Any thread, any runtime.** Every call may come from any thread, with or without an asynchronous runtime.
///
/// # Example
///
/// ```
/// use tower_consent::{audit::Head, store::{ConsentStore, Memory}};
/// let store = Memory::default();
/// assert_eq!(pollster::block_on(store.head()).unwrap(), Head::EMPTY);
/// ```
pub trait ConsentStore: Send + Sync + fmt::Debug {
    /// Returns how far the log has come.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or is damaged.
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
    /// use tower_consent::store::ConsentStore;
    /// log.append(vec![Record::of(Kind::Export, now, "v1")]).await.unwrap();
    /// assert_eq!(store.head().await.unwrap().size(), 2, "the event that opens the log, and this one");
    /// # });
    /// ```
    fn head(&self) -> Answer<'_, Head>;

    /// Appends entries after `expected` and moves the head to `next`, durably and in one step.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`](super::ErrorKind::Conflict) when the head is not `expected`; then nothing was written. After
    /// any other error it is unknown whether the entries were written: read the head.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{audit::{Entry, Head}, store::{ConsentStore, ErrorKind, Memory}};
    /// let store = Memory::default();
    /// let next = Head::EMPTY.append([b"one".as_slice()]);
    /// let append = || store.append(Head::EMPTY, vec![Entry::from_parts(b"one".to_vec(), Vec::new())], next.clone());
    /// assert!(pollster::block_on(append()).is_ok());
    /// // Another writer who still takes the log for empty changes nothing.
    /// assert_eq!(pollster::block_on(append()).unwrap_err().kind(), ErrorKind::Conflict);
    /// ```
    fn append(&self, expected: Head, entries: Vec<Entry>, next: Head) -> Answer<'_, ()>;

    /// Waits for this one's turn among those who append to the same log; for whoever found that others were faster.
    ///
    /// It makes appending fair and is no guard: that is what `expected` of [`ConsentStore::append`] is for. The default
    /// answers at once.
    ///
    /// # Errors
    ///
    /// When the store cannot be used.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::store::{ConsentStore, Memory};
    /// let store = Memory::default();
    /// let turn = pollster::block_on(store.turn()).unwrap();
    /// // It is no lock: others could append, and find that the head has moved.
    /// assert!(pollster::block_on(store.turn()).is_ok());
    /// drop(turn);
    /// ```
    fn turn(&self) -> Answer<'_, Turn> {
        Box::pin(std::future::ready(Ok(Turn::default())))
    }

    /// Takes or renews what only one instance does at a time, for so long; says whether this `holder` has it now.
    ///
    /// A length of nothing gives it back. The default gives everything to everyone: where one process has the store,
    /// there is nobody else. [`hold`](super::hold) is what to call.
    ///
    /// # Errors
    ///
    /// When the store cannot be used.
    ///
    /// # Example
    ///
    /// ```
    /// use std::time::Duration;
    /// use tower_consent::store::{ConsentStore, Memory};
    /// let store = Memory::default();
    /// let lease = store.lease("retention".into(), "server-1".into(), Duration::from_secs(30));
    /// assert!(pollster::block_on(lease).unwrap(), "one process alone does all there is to do");
    /// ```
    fn lease(&self, name: String, holder: String, length: Duration) -> Answer<'_, bool> {
        let _ = (name, holder, length);
        Box::pin(std::future::ready(Ok(true)))
    }

    /// Returns how many hints of other instances there were that a policy or a key has changed, without asking anybody.
    ///
    /// `None` where none are to be had, for now or ever: then the store has to be asked. That is the default.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::store::{ConsentStore, Memory};
    /// assert_eq!(Memory::default().hints(), None, "whoever wants to know asks the notes");
    /// ```
    fn hints(&self) -> Option<u64> {
        None
    }

    /// Returns the entries of a range that exist, in order.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or is damaged.
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
    /// use tower_consent::store::ConsentStore;
    /// let entries = store.read(0..100).await.unwrap();
    /// assert_eq!(entries.len(), 1, "those that are there");
    /// assert_eq!(entries[0].fields().unwrap()["kind"], "log-opened");
    /// # });
    /// ```
    fn read(&self, range: Range<u64>) -> Answer<'_, Vec<Entry>>;

    /// Returns the roots of the complete segments of [`SEGMENT`] entries, in order, as far as they are at hand; what
    /// is not among them is hashed from [`ConsentStore::hashes`].
    ///
    /// The default has none at hand.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or is damaged.
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
    /// use tower_consent::{audit::Tree, store::{ConsentStore, tree}};
    /// // No segment is complete yet: the tree is made of single hashes.
    /// let whole = Tree::from_segments(store.segments().await.unwrap());
    /// assert_eq!((whole.size(), tree(&*store).await.unwrap().size()), (0, 1));
    /// # });
    /// ```
    fn segments(&self) -> Answer<'_, Vec<Hash>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }

    /// Returns the hashes of the entries of one segment of [`SEGMENT`], as far as they exist.
    ///
    /// The default hashes the entries.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or is damaged.
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
    /// use tower_consent::{audit::leaf_hash, store::ConsentStore};
    /// let first = store.read(0..1).await.unwrap().remove(0);
    /// assert_eq!(store.hashes(0).await.unwrap(), [leaf_hash(&first.leaf)]);
    /// # });
    /// ```
    fn hashes(&self, segment: u64) -> Answer<'_, Vec<Hash>> {
        Box::pin(async move {
            let entries = self.read(segment * SEGMENT..(segment + 1) * SEGMENT).await?;
            Ok(entries.iter().map(|entry| leaf_hash(&entry.leaf)).collect())
        })
    }

    /// Returns the places in the log of one visitor's events, in order, that were not erased.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or is damaged.
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
    /// use tower_consent::{signal::VisitorId, store::ConsentStore};
    /// let mut record = Record::of(Kind::Refuse, now, "v1");
    /// record.visitor = Some(VisitorId::from_random([7; 16]));
    /// log.append(vec![record]).await.unwrap();
    /// assert_eq!(store.by_visitor(VisitorId::from_random([7; 16])).await.unwrap(), [1]);
    /// # });
    /// ```
    fn by_visitor(&self, visitor: VisitorId) -> Answer<'_, Vec<u64>>;

    /// Returns the place of the last of each visitor's events that were not erased, in the order asked.
    ///
    /// The default asks for one after the other.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or is damaged.
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
    /// use tower_consent::{signal::VisitorId, store::ConsentStore};
    /// let [known, stranger] = [7, 8].map(|byte| VisitorId::from_random([byte; 16]));
    /// let mut record = Record::of(Kind::Accept, now, "v1");
    /// record.visitor = Some(known);
    /// log.append(vec![record.clone(), record]).await.unwrap();
    /// assert_eq!(store.last_of(vec![stranger, known]).await.unwrap(), [None, Some(2)]);
    /// # });
    /// ```
    fn last_of(&self, visitors: Vec<VisitorId>) -> Answer<'_, Vec<Option<u64>>> {
        Box::pin(async move {
            let mut last = Vec::with_capacity(visitors.len());
            for visitor in visitors {
                last.push(self.by_visitor(visitor).await?.pop());
            }
            Ok(last)
        })
    }

    /// Destroys personal values, durably, and says of how many events; the log stays as it is.
    ///
    /// # Errors
    ///
    /// When it could not be made durable. Asked again, it does what is left to do.
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
    /// use tower_consent::{signal::VisitorId, store::{ConsentStore, Erasure}};
    /// let visitor = VisitorId::from_random([7; 16]);
    /// let mut record = Record::of(Kind::Accept, now, "v1");
    /// record.visitor = Some(visitor);
    /// let receipt = log.append(vec![record]).await.unwrap().remove(0);
    /// assert_eq!(store.erase(Erasure::Visitor(visitor)).await.unwrap(), 1);
    /// let entry = store.read(1..2).await.unwrap().remove(0);
    /// assert!(entry.disclosures.is_empty() && entry.leaf == receipt.entry.as_bytes(), "the log stays as it is");
    /// # });
    /// ```
    fn erase(&self, erasure: Erasure) -> Answer<'_, u64>;

    /// Does some of the housekeeping that is due; says whether there may be more.
    ///
    /// The recorder asks from time to time, never while a choice waits. The default has none to do.
    ///
    /// # Errors
    ///
    /// When it could not be done; nothing is lost.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::store::{ConsentStore, Memory};
    /// let store = Memory::default();
    /// while pollster::block_on(store.tidy()).unwrap() {}
    /// assert!(!pollster::block_on(store.tidy()).unwrap(), "nothing is due any more");
    /// ```
    fn tidy(&self) -> Answer<'_, bool> {
        Box::pin(std::future::ready(Ok(false)))
    }

    /// Keeps bytes on this machine, durably, where room for them was set aside while there was some; says whether it does.
    ///
    /// For what the log cannot take now and must not be lost by a restart: it may work where [`ConsentStore::append`] does not,
    /// on a full disk. The default has no such room.
    ///
    /// # Errors
    ///
    /// When it cannot be said to be kept.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::store::{ConsentStore, Memory};
    /// let is_kept = pollster::block_on(Memory::default().set_aside(b"an erasure that is owed".to_vec())).unwrap();
    /// assert!(!is_kept, "this store has no such room: the caller must say that it failed");
    /// ```
    fn set_aside(&self, bytes: Vec<u8>) -> Answer<'_, bool> {
        let _ = bytes;
        Box::pin(std::future::ready(Ok(false)))
    }

    /// Returns what is set aside, in the order in which it came.
    ///
    /// The default has nothing.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    ///
    /// # Example
    ///
    /// ```
    /// # #[cfg(feature = "sled")] {
    /// # let folder = tempfile::tempdir().unwrap();
    /// use tower_consent::store::{ConsentStore, Sled};
    /// let store = Sled::open(folder.path().join("store")).unwrap();
    /// assert!(pollster::block_on(store.set_aside(b"owed".to_vec())).unwrap());
    /// assert_eq!(pollster::block_on(store.aside()).unwrap(), [b"owed"]);
    /// # }
    /// ```
    fn aside(&self) -> Answer<'_, Vec<Vec<u8>>> {
        Box::pin(std::future::ready(Ok(Vec::new())))
    }

    /// Destroys what is set aside but these, durably, and leaves no trace of it.
    ///
    /// The default has nothing.
    ///
    /// # Errors
    ///
    /// When it could not be made durable; what was to be kept is there.
    ///
    /// # Example
    ///
    /// ```
    /// # #[cfg(feature = "sled")] {
    /// # let folder = tempfile::tempdir().unwrap();
    /// use tower_consent::store::{ConsentStore, Sled};
    /// let store = Sled::open(folder.path().join("store")).unwrap();
    /// for owed in ["done", "owed"] {
    ///     assert!(pollster::block_on(store.set_aside(owed.into())).unwrap());
    /// }
    /// pollster::block_on(store.keep_aside(vec![b"owed".to_vec()])).unwrap();
    /// assert_eq!(pollster::block_on(store.aside()).unwrap(), [b"owed"]);
    /// # }
    /// ```
    fn keep_aside(&self, kept: Vec<Vec<u8>>) -> Answer<'_, ()> {
        let _ = kept;
        Box::pin(std::future::ready(Ok(())))
    }

    /// Returns how many bytes the store takes, where it can tell without reading them.
    ///
    /// The default cannot.
    ///
    /// # Errors
    ///
    /// When the store cannot be read.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::store::{ConsentStore, Memory};
    /// assert_eq!(pollster::block_on(Memory::default().bytes()).unwrap(), None, "it has no files to look at");
    /// ```
    fn bytes(&self) -> Answer<'_, Option<u64>> {
        Box::pin(std::future::ready(Ok(None)))
    }

    /// Keeps the exact bytes of a text under its hash; writing it again changes nothing.
    ///
    /// # Errors
    ///
    /// When it could not be made durable.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::store::{ConsentStore, Memory};
    /// let store = Memory::default();
    /// for text in ["Согласие на метрику", "another text"] {
    ///     pollster::block_on(store.put_document("9f86d081".into(), text.into())).unwrap();
    /// }
    /// let kept = pollster::block_on(store.document("9f86d081".into())).unwrap().unwrap();
    /// assert_eq!(kept, "Согласие на метрику".as_bytes(), "what was shown stays what it was");
    /// ```
    fn put_document(&self, hash: String, bytes: Vec<u8>) -> Answer<'_, ()>;

    /// Keeps several texts, each with its hash, as [`ConsentStore::put_document`] does, in the order given: after a crash a text is
    /// there only if those before it are.
    ///
    /// The default keeps one after the other.
    ///
    /// # Errors
    ///
    /// When they could not all be made durable; some may have been.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::store::{ConsentStore, Memory};
    /// let store = Memory::default();
    /// let texts = [("banner", "Можно?"), ("consent", "Согласие")].map(|(name, text)| (name.into(), text.into()));
    /// pollster::block_on(store.put_documents(texts.to_vec())).unwrap();
    /// assert_eq!(pollster::block_on(store.documents()).unwrap(), ["banner", "consent"]);
    /// ```
    fn put_documents(&self, documents: Vec<(String, Vec<u8>)>) -> Answer<'_, ()> {
        Box::pin(async move {
            for (hash, bytes) in documents {
                self.put_document(hash, bytes).await?;
            }
            Ok(())
        })
    }

    /// Returns a text by its hash.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or is damaged.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{ConsentLayer, Policy, store::ConsentStore};
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// // A site that starts keeps its texts: its policy is found by its version.
    /// let name = format!("policy/{}", policy.version());
    /// let store = ConsentLayer::new(policy, tower_consent::store::Memory::default()).unwrap().handle().store();
    /// assert!(pollster::block_on(store.document(name)).unwrap().is_some());
    /// ```
    fn document(&self, hash: String) -> Answer<'_, Option<Vec<u8>>>;

    /// Returns the names of all texts, sorted.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or is damaged.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{ConsentLayer, Policy, store::Memory};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let store = ConsentLayer::new(policy, Memory::default()).unwrap().handle().store();
    /// let names = pollster::block_on(store.documents()).unwrap();
    /// assert!(!names.is_empty() && names.is_sorted(), "what a site may show is kept before it serves");
    /// ```
    fn documents(&self) -> Answer<'_, Vec<String>>;

    /// Returns the secret of this name; the first caller's proposal becomes it, durably.
    ///
    /// # Errors
    ///
    /// When it could not be read or made durable.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::store::{ConsentStore, Memory};
    /// let store = Memory::default();
    /// // Two servers start at once: both get the key of whoever was first.
    /// let keys = [[1; 32], [2; 32]].map(|proposal| pollster::block_on(store.secret("signing-1".into(), proposal)).unwrap());
    /// assert_eq!(keys, [[1; 32]; 2]);
    /// ```
    fn secret(&self, name: String, proposal: [u8; 32]) -> Answer<'_, [u8; 32]>;

    /// Returns the secrets whose names begin with a prefix, sorted by name.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or is damaged.
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
    /// use tower_consent::store::ConsentStore;
    /// let keys = store.secrets("log-".into()).await.unwrap();
    /// assert_eq!(keys[0].0, "log-0001", "the key the log was opened with");
    /// # });
    /// ```
    fn secrets(&self, prefix: String) -> Answer<'_, Vec<(String, [u8; 32])>>;

    /// Keeps a small named value beside the log, durably, in place of what was kept under the name before; no bytes at
    /// all remove it.
    ///
    /// Notes are for counts and lists that are no evidence and name nobody; the log knows nothing of them. A name
    /// is a path like `gate/2026-11-25`, at most [`LONGEST_NAME`](super::LONGEST_NAME) bytes of ASCII; a value is at most
    /// [`LARGEST_NOTE`](super::LARGEST_NOTE) bytes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`](super::ErrorKind::Refused) when name or value is too long; else when it could not be made
    /// durable.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::store::{ConsentStore, ErrorKind, LARGEST_NOTE, Memory};
    /// let store = Memory::default();
    /// let put = |bytes: Vec<u8>| pollster::block_on(store.put_note("gate/2026-11-25".into(), bytes));
    /// assert!(put(b"counts".to_vec()).is_ok());
    /// assert_eq!(put(vec![0; LARGEST_NOTE + 1]).unwrap_err().kind(), ErrorKind::Refused);
    /// put(Vec::new()).unwrap();
    /// assert_eq!(pollster::block_on(store.note("gate/2026-11-25".into())).unwrap(), None);
    /// ```
    fn put_note(&self, name: String, bytes: Vec<u8>) -> Answer<'_, ()>;

    /// Returns the note of this name.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or is damaged.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::store::{ConsentStore, Memory};
    /// let store = Memory::default();
    /// for counts in ["3", "4"] {
    ///     pollster::block_on(store.put_note("gate/2026-11-25".into(), counts.into())).unwrap();
    /// }
    /// assert_eq!(pollster::block_on(store.note("gate/2026-11-25".into())).unwrap().unwrap(), b"4");
    /// ```
    fn note(&self, name: String) -> Answer<'_, Option<Vec<u8>>>;

    /// Returns all notes whose names begin with a prefix, sorted by name.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or is damaged.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::store::{ConsentStore, Memory};
    /// let store = Memory::default();
    /// for name in ["gate/2026-11-26", "gate/2026-11-25", "log/key"] {
    ///     pollster::block_on(store.put_note(name.into(), b"1".to_vec())).unwrap();
    /// }
    /// let days = pollster::block_on(store.notes("gate/".into())).unwrap();
    /// assert!(days.iter().map(|(name, _)| name.as_str()).eq(["gate/2026-11-25", "gate/2026-11-26"]));
    /// ```
    fn notes(&self, prefix: String) -> Answer<'_, Vec<(String, Vec<u8>)>>;
}

/// A turn to append, from [`ConsentStore::turn`]; it is over when this is dropped.
///
/// # Example
///
/// ```
/// use tower_consent::store::Turn;
/// let turn = Turn::default();
/// assert!(format!("{turn:?}").contains("None"), "where nobody else appends, nothing is held");
/// ```
#[derive(Debug, Default)]
#[must_use = "the turn is over when this is dropped"]
pub struct Turn {
    _held: Option<Box<dyn Any + Send + Sync>>,
}

impl Turn {
    /// Makes a turn that ends with the thing that holds it.
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tower_consent::store::Turn;
    /// // A store gives what ends its lock when it is dropped, such as a connection.
    /// let connection = Arc::new(());
    /// let turn = Turn::held(connection.clone());
    /// assert_eq!(Arc::strong_count(&connection), 2);
    /// drop(turn);
    /// assert_eq!(Arc::strong_count(&connection), 1);
    /// ```
    pub fn held(by: impl Any + Send + Sync) -> Self {
        Self { _held: Some(Box::new(by)) }
    }
}

/// Whose personal values are destroyed.
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
/// use time::Duration;
/// use tower_consent::store::{ConsentStore, Erasure};
/// let mut record = Record::of(Kind::Accept, now, "v1");
/// (record.page, record.brief) = (Some("/region/news".into()), Duration::days(30));
/// log.append(vec![record]).await.unwrap();
/// for (days, erased) in [(29, 0), (31, 1)] {
///     assert_eq!(store.erase(Erasure::Expired(now + Duration::days(days))).await.unwrap(), erased);
/// }
/// # });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Erasure {
    /// All of one event, and whose it is; nothing where it has no values, or none any more.
    Event(u64),
    /// All that expired before this time.
    Expired(OffsetDateTime),
    /// All of one visitor, and that his events are one person's.
    Visitor(VisitorId),
}
