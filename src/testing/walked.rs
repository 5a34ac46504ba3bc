//! What a walk behind a cache met: counts, and what was given to the wrong visitor.

use std::fmt;

/// What a walk met.
///
/// # Example
///
/// ```
/// # use tower_consent::{ConsentLayer, Policy, store::Memory, testing::CacheWalk};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # let policy = Policy::load("policies/news-site").unwrap();
/// # let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
/// # let address = format!("http://{}", listener.local_addr().unwrap());
/// # let layer = ConsentLayer::new(policy.clone(), Memory::default()).unwrap().with_origin(&address).unwrap();
/// # let page = || async { axum::response::Html("<body><script src=https://mc.yandex.ru/metrika/tag.js></script>") };
/// # let app: axum::Router = axum::Router::new().fallback(page).layer(layer);
/// # tokio::spawn(async move { axum::serve(listener, app).await });
/// let walked = CacheWalk::new(&address, &policy).walk().await;
/// assert!(walked.leaks().is_empty() && walked.requests() > walked.hits());
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Walked {
    pub(super) requests: usize,
    pub(super) hits: usize,
    pub(super) leaks: Vec<Leak>,
}

/// Something a visitor was given that was made for another.
///
/// # Example
///
/// ```
/// use tower_consent::testing::{Leak, Walked};
/// /// A line of your own report.
/// fn line(leak: &Leak) -> String {
///     format!("{}: {} was given to `{}`", leak.path, leak.what, leak.visitor)
/// }
/// let walked = Walked::default();
/// assert!(walked.leaks().iter().map(line).next().is_none(), "a walk that has not begun has met none");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct Leak {
    /// What it is.
    pub kind: LeakKind,
    /// The state of the visitor who got it.
    pub visitor: &'static str,
    /// The state of the visitor who was the first in this order.
    pub first: &'static str,
    /// What was asked for.
    pub path: String,
    /// What it was, in words.
    pub what: String,
}

/// Kinds of leaks.
///
/// # Example
///
/// ```
/// use tower_consent::testing::{LeakKind, Walked};
/// /// Says whether one person may have been taken for another: worse than a page that is out of date.
/// fn mixes_people(walked: &Walked) -> bool {
///     walked.leaks().iter().any(|leak| matches!(leak.kind, LeakKind::Token | LeakKind::Visitor))
/// }
/// assert!(!mixes_people(&Walked::default()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum LeakKind {
    /// A service the visitor has not allowed is live, or sets a cookie.
    Refused,
    /// The token of a form that another visitor was given: the choices of both would be one person's.
    Token,
    /// The random id of another visitor, as the choice cookie holds it.
    Visitor,
    /// The state, or the page, of a visitor who decided otherwise.
    State,
    /// What the visitor has allowed is not there.
    Withheld,
    /// A page for everyone that is not the same for everyone, or says that it is not.
    Bytes,
}

impl fmt::Display for Leak {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, visitor, first, path, what } = self;
        write!(formatter, "{kind:?}: {path}, visitor `{visitor}`, after `{first}` was the first to ask: {what}")
    }
}

impl Walked {
    /// Returns what was given to the wrong visitor, each once.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::testing::Walked;
    /// /// Names the states of visitors who were given something of others.
    /// fn victims(walked: &Walked) -> Vec<&'static str> {
    ///     walked.leaks().iter().map(|leak| leak.visitor).collect()
    /// }
    /// assert!(victims(&Walked::default()).is_empty());
    /// ```
    pub fn leaks(&self) -> &[Leak] {
        &self.leaks
    }

    /// Returns how many answers came out of a cache, as far as they say so.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::testing::Walked;
    /// /// Says whether a walk has shown anything of the cache: one that never answered has kept nothing.
    /// fn shows_something(walked: &Walked) -> bool {
    ///     walked.hits() > 0 && walked.leaks().is_empty()
    /// }
    /// assert!(!shows_something(&Walked::default()));
    /// ```
    pub fn hits(&self) -> usize {
        self.hits
    }

    /// Returns how many requests were made.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::testing::Walked;
    /// /// Tells what part of the answers the cache gave, in percent.
    /// fn share(walked: &Walked) -> Option<usize> {
    ///     (walked.hits() * 100).checked_div(walked.requests())
    /// }
    /// assert_eq!(share(&Walked::default()), None, "nobody has asked for anything");
    /// ```
    pub fn requests(&self) -> usize {
        self.requests
    }

    /// Asserts that no visitor was given what was made for another.
    ///
    /// # Panics
    ///
    /// When one was; the message tells each leak.
    ///
    /// # Example
    ///
    /// ```
    /// # use tower_consent::{ConsentLayer, Policy, store::Memory, testing::CacheWalk};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// # let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    /// # let address = format!("http://{}", listener.local_addr().unwrap());
    /// # let layer = ConsentLayer::new(policy.clone(), Memory::default()).unwrap().with_origin(&address).unwrap();
    /// # let page = || async { axum::response::Html("<body><script src=https://mc.yandex.ru/metrika/tag.js></script>") };
    /// # let app: axum::Router = axum::Router::new().fallback(page).layer(layer);
    /// # tokio::spawn(async move { axum::serve(listener, app).await });
    /// let walked = CacheWalk::new(&address, &policy).walk().await;
    /// walked.assert_isolated();
    /// # }
    /// ```
    #[track_caller]
    pub fn assert_isolated(&self) {
        const TOLD: usize = 40;
        let told: Vec<String> = self.leaks.iter().take(TOLD).map(|leak| format!("\n  {leak}")).collect();
        let more = self.leaks.len().saturating_sub(TOLD);
        assert!(
            self.leaks.is_empty(),
            "visitors were given what was made for others:{} (and {more} more)",
            told.concat()
        );
    }
}
