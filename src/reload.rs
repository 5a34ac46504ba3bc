//! Puts a policy into force when its folder changes.
//!
//! In: a policy folder, a [`PolicyHandle`]. Out: the policy of the folder in force, and a report of each attempt. A
//! folder with a fault is reported and changes nothing. Where several instances share a store, what one of them puts into
//! force all others take over. It serves no request.

use std::{
    collections::BTreeMap,
    fmt,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::{
    layer::PolicyHandle,
    policy::{Diagnostic, Difference, LoadError, Policy},
    rights::policy_in_force,
    site::published::IN_FORCE,
    store::{self, wait},
};

/// How often the folder is looked at.
const INTERVAL: Duration = Duration::from_secs(1);
/// How often the store is asked for what others have put into force, where it gives hints of that.
const HINTED: Duration = Duration::from_secs(5);
/// How long a signal waits at most to be seen.
const TICK: Duration = Duration::from_millis(100);

/// Watches a policy folder and puts what stands in it into force; ends when it is dropped.
///
/// The folder is read once a second and put into force when it has changed and two readings agree, so that a text
/// that is being saved is not taken half. Reading, other than waiting for events of the file system, also sees a
/// folder on a network disk, one that is replaced whole, and one behind a link that was turned. On Unix `SIGHUP`
/// makes it look at once.
///
/// # Example
///
/// ```
/// use tower_consent::{ConsentLayer, Policy, reload::PolicyWatch, store::Memory};
/// let folder = "policies/news-site";
/// let layer = ConsentLayer::new(Policy::load(folder).unwrap(), Memory::default()).unwrap();
/// let watch = PolicyWatch::start(folder, layer.handle(), |reload| eprintln!("{reload}")).unwrap();
/// # drop(watch);
/// ```
#[derive(Debug)]
#[must_use = "the folder is watched until this is dropped"]
pub struct PolicyWatch {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// What came of a change of the folder.
///
/// # Example
///
/// ```
/// use tower_consent::{Policy, reload::Reload};
/// let (_, faults) = Policy::check([("policy.toml", "[site]\nnam = \"Вести Края\"\n")]);
/// let told = Reload::Refused(faults).to_string();
/// assert!(told.starts_with("the policy in force stays, the folder has"));
/// assert!(told.contains("did you mean `name`?"));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Reload {
    /// A policy that another instance on the same store has put into force is in force here too.
    Followed(Difference),
    /// The policy is in force; what that changes for visitors.
    Published(Difference),
    /// The folder has faults; the policy in force stays.
    Refused(Vec<Diagnostic>),
    /// The store could not be written; the policy in force stays, and it is tried again.
    StoreFailed(store::Error),
    /// A signal asked for it, but the folder is what was put into force.
    Unchanged,
    /// The folder could not be read; the policy in force stays.
    Unreadable(LoadError),
}

impl fmt::Display for Reload {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Published(difference) => {
                write!(formatter, "the policy is in force: {}", difference.to_string().trim_end())
            }
            Self::Followed(difference) => {
                write!(formatter, "another instance's policy is in force: {}", difference.to_string().trim_end())
            }
            Self::Refused(faults) => {
                write!(formatter, "the policy in force stays, the folder has {} fault(s)", faults.len())?;
                faults.iter().try_for_each(|fault| write!(formatter, "\n{fault}"))
            }
            Self::StoreFailed(error) => write!(formatter, "the policy in force stays: {error}"),
            Self::Unchanged => formatter.write_str("the folder is what is in force"),
            Self::Unreadable(error) => write!(formatter, "the policy in force stays: {error}"),
        }
    }
}

impl PolicyWatch {
    /// Begins to watch; `report` is called with what came of each change, from the watching thread.
    ///
    /// # Errors
    ///
    /// When the system gives no thread, or no handler for `SIGHUP`.
    ///
    /// # Example
    ///
    /// ```
    /// use std::{fs, sync::mpsc, time::Duration};
    /// use tower_consent::{ConsentLayer, Policy, reload::{PolicyWatch, Reload}, store::Memory};
    /// # let folder = tempfile::tempdir()?;
    /// # let folder = folder.path();
    /// # for (name, text) in Policy::read("policies/news-site")? {
    /// #     fs::create_dir_all(folder.join(&name).parent().unwrap())?;
    /// #     fs::write(folder.join(name), text)?;
    /// # }
    /// let layer = ConsentLayer::new(Policy::load(folder)?, Memory::default())?;
    /// let (tell, told) = mpsc::channel();
    /// let watch = PolicyWatch::start(folder, layer.handle(), move |reload| tell.send(reload).unwrap_or_default())?;
    /// fs::write(folder.join("ru/banner.md"), "Сайт считает посетителей, если вы согласны.")?;
    /// let Reload::Published(difference) = told.recv_timeout(Duration::from_secs(60))? else { panic!() };
    /// assert_eq!(difference.files, ["ru/banner.md"]);
    /// # drop(watch);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn start(
        folder: impl Into<PathBuf>,
        handle: PolicyHandle,
        report: impl Fn(Reload) + Send + 'static,
    ) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let asked = Arc::new(AtomicBool::new(false));
        #[cfg(unix)]
        signal_hook::flag::register(signal_hook::consts::SIGHUP, asked.clone())?;
        let mut watcher = Watcher {
            folder: folder.into(),
            handle,
            seen: None,
            tried: None,
            known: None,
            followed: false,
            failing: false,
        };
        // What is in force came from the folder as it was: it is not put into force again after another instance's.
        let files = Policy::read(&watcher.folder).ok();
        let read = files.clone().and_then(|files| Policy::check(files).0);
        if read.is_some_and(|policy| policy.version() == watcher.handle.policy().version()) {
            watcher.tried = Some(files);
        }
        let stopped = stop.clone();
        let thread = thread::Builder::new().name("tower-consent reload".to_owned()).spawn(move || {
            let (mut waited, mut asked_store, mut hinted) = (Duration::ZERO, Duration::MAX, None);
            while !stopped.load(Ordering::Acquire) {
                let asked = asked.swap(false, Ordering::AcqRel);
                let hints = watcher.handle.store().hints();
                let often = if hints.is_some() { HINTED } else { INTERVAL };
                if asked || asked_store >= often || (hints.is_some() && hints != hinted) {
                    (asked_store, hinted) = (Duration::ZERO, hints);
                    if let Some(reload) = watcher.follow() {
                        report(reload);
                    }
                }
                if asked || waited >= INTERVAL {
                    waited = Duration::ZERO;
                    if let Some(reload) = watcher.look(asked) {
                        report(reload);
                    }
                }
                thread::park_timeout(TICK);
                waited += TICK;
                asked_store = asked_store.saturating_add(TICK);
            }
        })?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for PolicyWatch {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A panic in the caller's report was already printed; there is nothing to hand on.
            let _ = thread.join();
        }
    }
}

type Files = Option<BTreeMap<String, String>>;

struct Watcher {
    folder: PathBuf,
    handle: PolicyHandle,
    /// What the last reading found; `None` before the first, `Some(None)` when the folder could not be read.
    seen: Option<Files>,
    /// What was last tried, so that a fault is reported once.
    tried: Option<Files>,
    /// The version that the store said to be in force when it was asked last.
    known: Option<Vec<u8>>,
    /// Whether another instance's policy is in force, and not the folder.
    followed: bool,
    /// Whether the store failed at the last attempt, which is told once.
    failing: bool,
}

impl Watcher {
    /// Takes over what another instance has put into force; one that cannot be read is tried again.
    fn follow(&mut self) -> Option<Reload> {
        let store = self.handle.store();
        let noted = wait(store.note(IN_FORCE.to_owned())).ok()??;
        if self.known.as_ref() == Some(&noted) {
            return None;
        }
        if noted != self.handle.policy().version().as_bytes() {
            let policy = wait(policy_in_force(&*store)).ok()??;
            let difference = self.handle.publish(policy).ok()?;
            self.known = Some(noted);
            self.followed = true;
            return Some(Reload::Followed(difference));
        }
        self.known = Some(noted);
        None
    }

    /// Looks at the folder once; `asked` says that somebody waits for an answer.
    fn look(&mut self, asked: bool) -> Option<Reload> {
        let read = Policy::read(&self.folder);
        let (files, error) = match read {
            Ok(files) => (Some(files), None),
            Err(error) => (None, Some(error)),
        };
        let settled = self.seen.as_ref() == Some(&files);
        self.seen = Some(files.clone());
        if !asked && (!settled || self.tried.as_ref() == Some(&files)) {
            return None;
        }
        if asked && self.followed && self.tried.as_ref() == Some(&files) {
            // A signal that was meant for something else does not set the others back.
            return Some(Reload::Unchanged);
        }
        self.tried = Some(files.clone());
        let Some(files) = files else {
            return error.map(Reload::Unreadable);
        };
        let policy = match Policy::check(files) {
            (Some(policy), _) => policy,
            (None, faults) => return Some(Reload::Refused(faults)),
        };
        if policy.version() == self.handle.policy().version() {
            return asked.then_some(Reload::Unchanged);
        }
        match self.handle.publish(policy) {
            Ok(difference) => {
                self.failing = false;
                self.followed = false;
                Some(Reload::Published(difference))
            }
            Err(error) => {
                self.tried = None;
                let told = std::mem::replace(&mut self.failing, true);
                (asked || !told).then_some(Reload::StoreFailed(error))
            }
        }
    }
}
