//! The builder.

use std::sync::Arc;

use tower_layer::Layer;
use url::Url;

use super::{handle::PolicyHandle, service::Consent};
use crate::{
    adapter::SignalAdapter,
    clock::Clock,
    gate::cache::Cache,
    policy::Policy,
    recorder::Outbox,
    signal::KeyRing,
    site::{Live, Site},
    store::{ConsentStore, Error, ErrorKind},
};

/// Puts consent around a service; cheap to clone, one writer for all clones.
///
/// # Example
///
/// ```
/// use tower_consent::{ConsentLayer, Policy, store::Memory};
///
/// let policy = Policy::load("policies/news-site").unwrap();
/// let layer = ConsentLayer::new(policy, Memory::default()).unwrap();
/// assert!(layer.handle().health().degraded.is_none());
/// ```
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing until it is put around a service"]
pub struct ConsentLayer {
    live: Live,
}

impl ConsentLayer {
    /// Brings a policy and a store together: starts the writer, reads or makes the signing key, publishes the texts.
    ///
    /// It waits for the store, so call it while starting, not while serving.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or written; see [`Error::kind`], and [`ConsentLayer::degraded`] for going on without.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{ConsentLayer, Policy, store::Memory};
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let handle = ConsentLayer::new(policy, Memory::default()).unwrap().handle();
    /// // The texts visitors may be shown are in the store before the first page.
    /// assert!(!pollster::block_on(handle.store().documents()).unwrap().is_empty());
    /// ```
    pub fn new(policy: Policy, store: impl ConsentStore + 'static) -> Result<Self, Error> {
        Self::shared(policy, Arc::new(store))
    }

    /// Does the same with a store of which only its contract is known, or which others hold too.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or written; see [`Error::kind`].
    ///
    /// # Example
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tower_consent::{ConsentLayer, Policy, store::{ConsentStore, Memory}};
    ///
    /// let store: Arc<dyn ConsentStore> = Arc::new(Memory::default());
    /// let layer = ConsentLayer::shared(Policy::load("policies/news-site").unwrap(), store.clone()).unwrap();
    /// assert_eq!(layer.handle().policy().version().len(), 64);
    /// ```
    pub fn shared(policy: Policy, store: Arc<dyn ConsentStore>) -> Result<Self, Error> {
        Ok(Self { live: Live::new(Site::start(policy, store, None)?) })
    }

    /// Does the same with an outbox: while the store is away, choices are made durable on this machine, acknowledged, and
    /// written into the log when it is back, in order and each once.
    ///
    /// A receipt of meanwhile has no proof; the address it names gives one when the event is in the log. The site can also be
    /// started while the store is away ([`opened_later`](crate::store::opened_later)), once the outbox has known it, and
    /// under the policy that was in force.
    ///
    /// # Errors
    ///
    /// When the store cannot be read or written and the outbox cannot stand in for it; see [`Error::kind`].
    ///
    /// # Example
    ///
    /// ```
    /// # #[cfg(feature = "sled")] {
    /// use std::sync::Arc;
    /// use tower_consent::{ConsentLayer, Policy, recorder::Outbox, store::Memory};
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("outbox");
    /// let policy = Policy::load("policies/news-site").unwrap();
    /// let outbox = Outbox::open(path).unwrap();
    /// let layer = ConsentLayer::with_outbox(policy, Arc::new(Memory::default()), outbox).unwrap();
    /// assert_eq!(layer.handle().health().outbox.unwrap().waiting, 0);
    /// # }
    /// ```
    pub fn with_outbox(policy: Policy, store: Arc<dyn ConsentStore>, outbox: Outbox) -> Result<Self, Error> {
        Ok(Self { live: Live::new(Site::start(policy, store, Some(Arc::new(outbox)))?) })
    }

    /// Serves a site whose store cannot be opened, until it is mended and the server restarted: everyone counts as undecided
    /// and everything is withheld, choices are answered with 503.
    ///
    /// A server need not do this: to stop with the error is right where somebody looks at once. This is for where the
    /// pages must go on.
    ///
    /// # Errors
    ///
    /// When the system gives no random bits.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{ConsentLayer, Policy, store::{Error, ErrorKind, Memory}};
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// # let open = || Err::<Memory, _>(Error::new(ErrorKind::Corrupt, "the head of the log is damaged"));
    /// let layer = match open().and_then(|store| ConsentLayer::new(policy.clone(), store)) {
    ///     Ok(layer) => layer,
    ///     Err(why) => {
    ///         eprintln!("no choice is recorded until the store is mended: {why}");
    ///         ConsentLayer::degraded(policy, &why).unwrap()
    ///     }
    /// };
    /// assert!(layer.handle().health().degraded.is_some());
    /// ```
    pub fn degraded(policy: Policy, why: &Error) -> Result<Self, Error> {
        Ok(Self { live: Live::new(Site::degraded(policy, why)?) })
    }

    /// Sets where visitors reach the site, for a test server whose address is not the policy's.
    ///
    /// Default: `site.origin` of the policy. An `http` origin makes the choice cookie a plain one, which is right
    /// for a server on this machine and nowhere else.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unavailable`] when the text is no `http` or `https` origin.
    ///
    /// # Example
    ///
    /// ```
    /// # use tower_consent::{ConsentLayer, Policy, store::Memory};
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// let layer = ConsentLayer::new(policy, Memory::default()).unwrap();
    /// assert!(layer.clone().with_origin("http://127.0.0.1:8080").is_ok());
    /// assert!(layer.with_origin("ftp://127.0.0.1").is_err());
    /// ```
    pub fn with_origin(self, origin: &str) -> Result<Self, Error> {
        let url = Url::parse(origin).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
        let origin = url.ok_or_else(|| {
            Error::new(ErrorKind::Unavailable, format!("`{origin}` is no http or https origin of a web site"))
        })?;
        Ok(self.changed(|site| {
            site.origin = origin;
            site.fixed_origin = true;
        }))
    }

    /// Sets the clock. Default: the machine's.
    ///
    /// # Example
    ///
    /// ```
    /// # use tower_consent::{ConsentLayer, Policy, store::Memory, clock::SystemClock};
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// let layer = ConsentLayer::new(policy, Memory::default()).unwrap().with_clock(SystemClock);
    /// # let _ = layer;
    /// ```
    pub fn with_clock(self, clock: impl Clock + 'static) -> Self {
        self.changed(|site| site.clock = Arc::new(clock))
    }

    /// Adds a signal to others. Default: none but what the policy's `consent-mode` says.
    ///
    /// # Example
    ///
    /// ```
    /// # use axum::{Router, body::{Body, to_bytes}, http::Request, response::Html};
    /// # use tower::ServiceExt;
    /// # use tower_consent::{ConsentLayer, Policy, adapter::GoogleConsentMode, store::Memory};
    /// # pollster::block_on(async {
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// let layer = ConsentLayer::new(policy, Memory::default()).unwrap().with_adapter(GoogleConsentMode);
    /// let app: Router = Router::new().fallback(|| async { Html("<head><title>news</title></head>") }).layer(layer);
    /// let page = app.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap();
    /// let page = to_bytes(page.into_body(), usize::MAX).await.unwrap();
    /// assert!(String::from_utf8_lossy(&page).starts_with("<head><script"));
    /// # });
    /// ```
    pub fn with_adapter(self, adapter: impl SignalAdapter + 'static) -> Self {
        let adapter: Arc<dyn SignalAdapter> = Arc::new(adapter);
        self.changed(|site| site.adapters.push(adapter))
    }

    /// Sets the keys that sign cookies and tokens. Default: a random key, made once and kept in the store; one
    /// that `keys rotate --cookies` makes is taken over within seconds.
    ///
    /// # Example
    ///
    /// ```
    /// # use tower_consent::{ConsentLayer, Policy, store::Memory, signal::KeyRing};
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// let keys = KeyRing::new([[1; 32], [2; 32]]).unwrap();
    /// let layer = ConsentLayer::new(policy, Memory::default()).unwrap().with_keys(keys);
    /// # let _ = layer;
    /// ```
    pub fn with_keys(self, keys: KeyRing) -> Self {
        self.changed(|site| site.set_keys(keys))
    }

    /// Sets how many bytes of gated pages are held, so that a page that comes again byte for byte, at the same address and
    /// for a visitor in the same state, need not be gated again.
    ///
    /// Only bodies that come whole are held, as a handler returns a `String` or `Bytes`, of at most an eighth of that
    /// length; bodies that stream, that are compressed, whose head names a nonce, or that say `no-store`, are not. Tokens of
    /// forms are never held. A page that is held may be a personal one: it stays in memory until others take its place.
    ///
    /// Default: 16 MiB. With 0 nothing is held.
    ///
    /// # Example
    ///
    /// ```
    /// # use tower_consent::{ConsentLayer, Policy, store::Memory};
    /// # let policy = Policy::load("policies/news-site").unwrap();
    /// let layer = ConsentLayer::new(policy, Memory::default()).unwrap().with_held_pages(4 << 20);
    /// # let _ = layer;
    /// ```
    pub fn with_held_pages(self, bytes: usize) -> Self {
        self.changed(|site| site.cache = Cache::new(bytes))
    }

    /// Returns a handle by which another policy is put into force while the site is served.
    ///
    /// Take it after all `with_` calls: each of them makes a layer of its own.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::{ConsentLayer, Policy, store::Memory};
    /// let layer = ConsentLayer::new(Policy::load("policies/news-site").unwrap(), Memory::default()).unwrap();
    /// let layer = layer.with_origin("http://127.0.0.1:8080").unwrap();
    /// let handle = layer.handle();
    /// assert!(handle.policy().purpose("metrics").is_some() && handle.health().degraded.is_none());
    /// ```
    pub fn handle(&self) -> PolicyHandle {
        PolicyHandle::new(self.live.clone())
    }

    fn changed(self, change: impl FnOnce(&mut Site)) -> Self {
        let mut site = Site::clone(&self.live.site());
        change(&mut site);
        site.remark();
        Self { live: Live::new(site) }
    }
}

impl<S> Layer<S> for ConsentLayer {
    type Service = Consent<S>;

    fn layer(&self, inner: S) -> Consent<S> {
        Consent::new(inner, self.live.clone())
    }
}
