//! The server: listens, finds the site of each request, ends when it is told to.
//!
//! In: a [`Configuration`], the stores. Out: a running proxy, and notices of what happens to it. It gates nothing
//! itself: every response of a site has gone through that site's layer.

use std::{fmt, future::Future, io, net::IpAddr, path::PathBuf, sync::Arc, time::Duration};

use hyper_util::server::graceful::GracefulShutdown;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
};
use tokio_rustls::TlsAcceptor;
use tower_layer::Layer;

use super::{
    access::Log,
    admin::{self, Dashboard, Entrance},
    certificates::{CertificateError, Certificates},
    configuration::{Configuration, Secured},
    forwarded::Peer,
    listen::{Bound, Detached, Open, Stream},
    router::{Shared, Site, Via},
    upstream::Upstream,
    workers::{Accepted, Workers},
};
use crate::{
    dashboard::TokenError,
    layer::{ConsentLayer, PolicyHandle},
    policy::{LoadError, Policy},
    recorder::Outbox,
    reload::{PolicyWatch, Reload},
    store::{self, ConsentStore, opened_later, without_password},
};

/// How often the files of certificates are looked at.
const LOOK: Duration = Duration::from_secs(10);

/// Takes what happens to a running proxy.
pub(super) type Report = Arc<dyn Fn(Notice) + Send + Sync>;

/// Something an operator wants to know of a running proxy. `Display` is one line for him, or more.
///
/// # Example
///
/// ```
/// use tower_consent::proxy::Notice;
/// /// Says whether somebody should look at once.
/// fn is_urgent(notice: &Notice) -> bool {
///     matches!(notice, Notice::UpstreamIll { .. } | Notice::CertificatesStay(_) | Notice::AcceptFailed(_))
/// }
/// let ill = Notice::UpstreamIll { upstream: "http://127.0.0.1:3000".to_owned() };
/// assert!(is_urgent(&ill) && !is_urgent(&Notice::Draining));
/// assert_eq!(ill.to_string(), "http://127.0.0.1:3000 does not answer as it should");
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Notice {
    /// A connection could not be accepted; it is tried again.
    AcceptFailed(io::Error),
    /// Other certificates are in force.
    CertificatesReplaced,
    /// The files of the certificates have a fault; those in force stay.
    CertificatesStay(CertificateError),
    /// The proxy was told to end: no new connections, requests under way are finished.
    Draining,
    /// Requests that were not finished in time were cut off.
    CutOff(usize),
    /// Something came of a change of a site's policy.
    Policy {
        /// The site.
        site: String,
        /// What came of it.
        reload: Reload,
    },
    /// A health check found that an upstream does not answer as it should.
    UpstreamIll {
        /// The upstream.
        upstream: String,
    },
    /// A health check found that an upstream answers again.
    UpstreamWell {
        /// The upstream.
        upstream: String,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AcceptFailed(error) => write!(formatter, "a connection could not be accepted: {error}"),
            Self::CertificatesReplaced => formatter.write_str("other certificates are in force"),
            Self::CertificatesStay(error) => write!(formatter, "the certificates in force stay: {error}"),
            Self::Draining => formatter.write_str("ending: requests under way are finished, no others are taken"),
            Self::CutOff(count) => write!(formatter, "{count} connection(s) were not done in time and were cut off"),
            Self::Policy { site, reload } => write!(formatter, "{site}: {reload}"),
            Self::UpstreamIll { upstream } => write!(formatter, "{upstream} does not answer as it should"),
            Self::UpstreamWell { upstream } => write!(formatter, "{upstream} answers again"),
        }
    }
}

/// Why the proxy cannot start.
///
/// # Example
///
/// ```
/// # use std::sync::Arc;
/// # use tower_consent::{proxy::{AdminConfiguration, Configuration, Listener, Secured, Server, SiteConfiguration}, store::Memory};
/// # let mut site = SiteConfiguration::new("policies/news-site", "http://127.0.0.1:3000".parse().unwrap(), "memory:");
/// # site.hosts = vec!["news.example".to_owned()];
/// # let listener = Listener::new("127.0.0.1:0".parse().unwrap(), Secured::Plain);
/// use tower_consent::{proxy::ServerError, store::{Error, ErrorKind}};
/// let configuration = Configuration::new(vec![listener], vec![site]);
/// let open = |_: &str| Err(Error::new(ErrorKind::Unavailable, "another process has it open"));
/// let error = Server::bind(configuration, open, |_| {}).unwrap_err();
/// assert!(matches!(error, ServerError::Store { .. }));
/// assert_eq!(error.to_string(), "the store memory:: another process has it open");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// The token of a dashboard.
    #[error("the dashboard's token in {}: {}", file.display(), admin::reason(source))]
    AdminToken {
        /// The file.
        file: PathBuf,
        /// Why.
        source: TokenError,
    },
    /// Certificates, or the authorities of an upstream.
    #[error("{0}")]
    Certificate(#[from] CertificateError),
    /// An address.
    #[error("cannot listen at {address}: {source}")]
    Listen {
        /// The address.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// The access log.
    #[error("cannot write the access log: {0}")]
    Log(io::Error),
    /// A policy.
    #[error("{}: {source}", folder.display())]
    Policy {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: Box<LoadError>,
    },
    /// A store.
    #[error("the store {place}: {source}")]
    Store {
        /// The store as it was named.
        place: String,
        /// Why.
        source: store::Error,
    },
    /// The threads or signals of the system.
    #[error("the system refuses what the proxy needs: {0}")]
    System(io::Error),
}

/// A proxy that is bound to its addresses and takes visitors once [`Server::run`] is called.
///
/// # Example
///
/// ```no_run
/// use std::sync::Arc;
/// use tower_consent::{proxy::{Configuration, Server}, store::Memory};
///
/// let configuration = Configuration::load("tower-consent.toml").unwrap();
/// let server = Server::bind(configuration, |_| Ok(Arc::new(Memory::default())), |notice| eprintln!("{notice}")).unwrap();
/// let runtime = tokio::runtime::Runtime::new().unwrap();
/// runtime.block_on(server.run(std::future::pending())).unwrap();
/// ```
#[derive(Debug)]
pub struct Server {
    /// What requests need, for each thread that serves them; at least one.
    shared: Vec<Arc<Shared>>,
    bound: Vec<Bound>,
    checks: Vec<(Upstream, String, Duration)>,
    dashboards: Vec<(String, Dashboard)>,
    /// Keep the policies in step with their folders for as long as the server lives.
    watches: Vec<PolicyWatch>,
}

impl Server {
    /// Reads policies and certificates, opens the stores by `open`, and takes the addresses.
    ///
    /// `report` is called with what happens while the server runs, from several threads. It waits for stores, so call
    /// it outside of a runtime.
    ///
    /// # Errors
    ///
    /// When a policy, a certificate, a store, the log or an address cannot be used.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use tower_consent::{proxy::{AdminConfiguration, Configuration, Listener, Secured, Server, SiteConfiguration}, store::Memory};
    /// # let mut site = SiteConfiguration::new("policies/news-site", "http://127.0.0.1:3000".parse().unwrap(), "memory:");
    /// # site.hosts = vec!["news.example".to_owned()];
    /// # let listener = Listener::new("127.0.0.1:0".parse().unwrap(), Secured::Plain);
    /// let configuration = Configuration::new(vec![listener], vec![site]);
    /// // Each site names its store, and this opens it.
    /// let open = |place: &str| {
    ///     assert_eq!(place, "memory:");
    ///     Ok(Arc::new(Memory::default()) as Arc<_>)
    /// };
    /// let server = Server::bind(configuration, open, |notice| eprintln!("{notice}")).unwrap();
    /// assert_eq!(server.addresses().len(), 1, "visitors can connect, and wait until it runs");
    /// ```
    pub fn bind(
        configuration: Configuration,
        open: impl Fn(&str) -> Result<Arc<dyn ConsentStore>, store::Error> + Send + Sync + 'static,
        report: impl Fn(Notice) + Send + Sync + 'static,
    ) -> Result<Self, ServerError> {
        let report: Report = Arc::new(report);
        let open = Arc::new(open);
        let certificates = Arc::new(Certificates::read(&configuration.sites)?);
        // Addresses first: another process that holds them holds the stores too, and this is the clearer reason.
        let bound = configuration.listeners.iter().map(Bound::new).collect::<Result<Vec<_>, _>>()?;
        let entrances = configuration.sites.iter().map(|site| site.admin.as_ref().map(Entrance::take).transpose());
        let mut entrances = entrances.collect::<Result<Vec<_>, _>>()?.into_iter();
        let log = Arc::new(Log::open(&configuration.log, configuration.logged_path).map_err(ServerError::Log)?);
        let mut sites: Vec<Vec<Site>> = (0..configuration.limits.threads.max(1)).map(|_| Vec::new()).collect();
        let (mut checks, mut watches, mut dashboards) = (Vec::new(), Vec::new(), Vec::new());
        for site in &configuration.sites {
            let policy = Policy::load(&site.policy)
                .map_err(|source| ServerError::Policy { folder: site.policy.clone(), source: Box::new(source) })?;
            let in_store = |source| ServerError::Store { place: without_password(&site.store), source };
            let mut layer = match &site.outbox {
                None => ConsentLayer::shared(policy, open(&site.store).map_err(in_store)?).map_err(in_store)?,
                Some(place) => {
                    let in_outbox = |source| ServerError::Store { place: place.clone(), source };
                    let outbox = Outbox::open(place.strip_prefix("sled:").unwrap_or(place)).map_err(in_outbox)?;
                    let (open, place) = (open.clone(), site.store.clone());
                    let store = opened_later(move || open(&place)).map_err(in_store)?;
                    ConsentLayer::with_outbox(policy, store, outbox).map_err(in_store)?
                }
            };
            if let Some(origin) = &site.origin {
                layer = layer.with_origin(origin).map_err(in_store)?;
            }
            let policy = layer.handle();
            let upstream = Upstream::new(&configuration, site, policy.clone())?;
            if let Some(path) = &site.health {
                checks.push((upstream.clone(), path.clone(), site.health_interval));
            }
            let name = policy.policy().site().origin.host_str().unwrap_or("localhost").to_owned();
            // One place for each site, in the same order.
            if let Some(entrance) = entrances.next().flatten() {
                dashboards.push((name.clone(), entrance.of(policy.clone())));
            }
            let (told, called) = (report.clone(), name.clone());
            let watch = PolicyWatch::start(&site.policy, policy.clone(), move |reload| {
                told(Notice::Policy { site: called.clone(), reload });
            });
            watches.push(watch.map_err(ServerError::System)?);
            for sites in &mut sites {
                sites.push(Site::new(site, name.clone(), layer.layer(upstream.apart()), policy.clone()));
            }
        }
        let mut random = [0; 4];
        getrandom::fill(&mut random).map_err(|error| ServerError::System(io::Error::other(error.to_string())))?;
        let via = Via::new(&format!("tower-consent-{}", base16ct::lower::encode_string(&random)));
        let shared = sites.into_iter().map(|sites| {
            Arc::new(Shared {
                sites,
                trusted: configuration.trusted.clone(),
                time_outs: configuration.time_outs.clone(),
                limits: configuration.limits.clone(),
                log: log.clone(),
                certificates: certificates.clone(),
                via: via.clone(),
                report: report.clone(),
            })
        });
        Ok(Self { shared: shared.collect(), bound, checks, dashboards, watches })
    }

    /// Returns where the server listens, as it is to be told: `http://127.0.0.1:8080`.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use tower_consent::{proxy::{AdminConfiguration, Configuration, Listener, Secured, Server, SiteConfiguration}, store::Memory};
    /// # let mut site = SiteConfiguration::new("policies/news-site", "http://127.0.0.1:3000".parse().unwrap(), "memory:");
    /// # site.hosts = vec!["news.example".to_owned()];
    /// # let listener = Listener::new("127.0.0.1:0".parse().unwrap(), Secured::Plain);
    /// let configuration = Configuration::new(vec![listener], vec![site]);
    /// let server = Server::bind(configuration, |_| Ok(Arc::new(Memory::default())), |_| {}).unwrap();
    /// // The system has chosen the port.
    /// let address = server.addresses().remove(0);
    /// assert!(address.starts_with("http://127.0.0.1:") && !address.ends_with(":0"), "{address}");
    /// ```
    pub fn addresses(&self) -> Vec<String> {
        self.bound.iter().map(Bound::told).collect()
    }

    /// Returns the names of the sites, each with the names of hosts it answers to; none: all others.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use tower_consent::{proxy::{AdminConfiguration, Configuration, Listener, Secured, Server, SiteConfiguration}, store::Memory};
    /// # let mut site = SiteConfiguration::new("policies/news-site", "http://127.0.0.1:3000".parse().unwrap(), "memory:");
    /// # site.hosts = vec!["news.example".to_owned()];
    /// # let listener = Listener::new("127.0.0.1:0".parse().unwrap(), Secured::Plain);
    /// let configuration = Configuration::new(vec![listener], vec![site]);
    /// let server = Server::bind(configuration, |_| Ok(Arc::new(Memory::default())), |_| {}).unwrap();
    /// let sites: Vec<_> = server.sites().collect();
    /// assert_eq!(sites, [("news.example", ["news.example".to_owned()].as_slice())]);
    /// ```
    pub fn sites(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.shared[0].sites.iter().map(|site| (&*site.name, site.hosts.as_slice()))
    }

    /// Returns the name of each site that has a dashboard, and where it is: `http://127.0.0.1:9090`.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use tower_consent::{proxy::{AdminConfiguration, Configuration, Listener, Secured, Server, SiteConfiguration}, store::Memory};
    /// # let mut site = SiteConfiguration::new("policies/news-site", "http://127.0.0.1:3000".parse().unwrap(), "memory:");
    /// # site.hosts = vec!["news.example".to_owned()];
    /// # let listener = Listener::new("127.0.0.1:0".parse().unwrap(), Secured::Plain);
    /// # let folder = tempfile::tempdir().unwrap();
    /// let token = folder.path().join("consent-admin");
    /// std::fs::write(&token, "4kFqvX2nR8sW0dLc").unwrap();
    /// # #[cfg(unix)]
    /// # std::fs::set_permissions(&token, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    /// site.admin = Some(AdminConfiguration::new("127.0.0.1:0".parse().unwrap(), token));
    /// let configuration = Configuration::new(vec![listener], vec![site]);
    /// let server = Server::bind(configuration, |_| Ok(Arc::new(Memory::default())), |_| {}).unwrap();
    /// let (name, address) = server.dashboards().next().unwrap();
    /// assert!(name == "news.example" && address.starts_with("http://127.0.0.1:"));
    /// ```
    pub fn dashboards(&self) -> impl Iterator<Item = (&str, String)> {
        self.dashboards.iter().map(|(name, dashboard)| (name.as_str(), dashboard.told()))
    }

    /// Returns the handle of each site's policy, in the order of the configuration.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use tower_consent::{proxy::{AdminConfiguration, Configuration, Listener, Secured, Server, SiteConfiguration}, store::Memory};
    /// # let mut site = SiteConfiguration::new("policies/news-site", "http://127.0.0.1:3000".parse().unwrap(), "memory:");
    /// # site.hosts = vec!["news.example".to_owned()];
    /// # let listener = Listener::new("127.0.0.1:0".parse().unwrap(), Secured::Plain);
    /// let configuration = Configuration::new(vec![listener], vec![site]);
    /// let server = Server::bind(configuration, |_| Ok(Arc::new(Memory::default())), |_| {}).unwrap();
    /// // Whoever embeds the proxy asks each site's log how it is doing.
    /// assert!(server.policies().all(|site| site.health().degraded.is_none()));
    /// ```
    pub fn policies(&self) -> impl Iterator<Item = &PolicyHandle> {
        self.shared[0].sites.iter().map(|site| &site.policy)
    }

    /// Serves until `shutdown` is done and the requests under way are answered, at most for the time to drain.
    ///
    /// # Errors
    ///
    /// When the system refuses a thread, or the runtime cannot take over a socket or a signal.
    ///
    /// # Example
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use tower_consent::{proxy::{AdminConfiguration, Configuration, Listener, Secured, Server, SiteConfiguration}, store::Memory};
    /// # let mut site = SiteConfiguration::new("policies/news-site", "http://127.0.0.1:3000".parse().unwrap(), "memory:");
    /// # site.hosts = vec!["news.example".to_owned()];
    /// # let listener = Listener::new("127.0.0.1:0".parse().unwrap(), Secured::Plain);
    /// let configuration = Configuration::new(vec![listener], vec![site]);
    /// let server = Server::bind(configuration, |_| Ok(Arc::new(Memory::default())), |_| {}).unwrap();
    /// // Told to end before the first visitor, it ends.
    /// let runtime = tokio::runtime::Runtime::new().unwrap();
    /// assert!(runtime.block_on(server.run(std::future::ready(()))).is_ok());
    /// ```
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), ServerError> {
        let Self { shared: of_threads, bound, checks, dashboards, watches } = self;
        let shared = of_threads[0].clone();
        let workers = Arc::new(Workers::start(of_threads).map_err(ServerError::System)?);
        let mut work = JoinSet::new();
        for (upstream, path, interval) in checks {
            work.spawn(upstream.watch(path, interval, shared.report.clone()));
        }
        work.spawn(look(shared.clone(), reloads().map_err(ServerError::System)?));
        let graceful = Arc::new(GracefulShutdown::new());
        let (stop, stopped) = watch::channel(false);
        let places = Arc::new(Semaphore::new(shared.limits.connections));
        let mut doors = JoinSet::new();
        for one in bound {
            let door = Door {
                shared: shared.clone(),
                tls: (one.secured == Secured::Tls).then(|| TlsAcceptor::from(Arc::new(shared.certificates.server()))),
                redirect: one.secured == Secured::Redirect,
                workers: workers.clone(),
                graceful: graceful.clone(),
                places: places.clone(),
                stopped: stopped.clone(),
            };
            let open = one.open().map_err(ServerError::System)?;
            doors.spawn(door.keep(open));
        }
        for (_, dashboard) in dashboards {
            let head = shared.time_outs.header;
            doors.spawn(dashboard.keep(head, graceful.clone(), stopped.clone(), shared.report.clone()));
        }
        shutdown.await;
        (shared.report)(Notice::Draining);
        // The receivers live in the doors; none means that all have ended already.
        let _ = stop.send(true);
        while doors.join_next().await.is_some() {}
        let graceful = Arc::into_inner(graceful).expect("only doors share it, and all have ended");
        let count = graceful.count();
        if tokio::time::timeout(shared.time_outs.drain, graceful.shutdown()).await.is_err() {
            (shared.report)(Notice::CutOff(count));
        }
        Arc::into_inner(workers).expect("only doors share them, and all have ended").end().await;
        work.shutdown().await;
        drop(watches);
        Ok(())
    }
}

/// A stream of the signals that ask for a second look at the certificates.
fn reloads() -> io::Result<tokio::signal::unix::Signal> {
    tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup())
}

/// Looks at the certificates every few seconds, and at once when it is asked to; the log is opened anew then too.
async fn look(shared: Arc<Shared>, mut asked: tokio::signal::unix::Signal) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            signal = asked.recv() => {
                if signal.is_some() {
                    shared.log.reopen();
                }
            }
        }
        let certificates = shared.certificates.clone();
        // Reading files waits for the disk.
        match tokio::task::spawn_blocking(move || certificates.look()).await {
            Ok(Ok(true)) => (shared.report)(Notice::CertificatesReplaced),
            Ok(Err(error)) => (shared.report)(Notice::CertificatesStay(error)),
            Ok(Ok(false)) | Err(_) => {}
        }
    }
}

/// Waits for a place and the next connection; `None` when it is time to stop.
pub(super) async fn next_connection(
    open: &Open,
    places: &Arc<Semaphore>,
    stopped: &mut watch::Receiver<bool>,
    report: &Report,
) -> Option<(OwnedSemaphorePermit, Stream, Option<IpAddr>)> {
    loop {
        let accepted = async {
            let place = places.clone().acquire_owned().await.ok()?;
            Some((place, open.accept().await))
        };
        let (place, accepted) = tokio::select! {
            accepted = accepted => accepted?,
            _ = stopped.changed() => return None,
        };
        match accepted {
            Ok((stream, address)) => return Some((place, stream, address)),
            Err(error) => {
                // Out of file descriptors, most likely: others must end first.
                report(Notice::AcceptFailed(error));
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
}

/// One address, while it is open.
struct Door {
    shared: Arc<Shared>,
    tls: Option<TlsAcceptor>,
    redirect: bool,
    workers: Arc<Workers>,
    graceful: Arc<GracefulShutdown>,
    places: Arc<Semaphore>,
    stopped: watch::Receiver<bool>,
}

impl Door {
    /// Takes connections until it is told to stop.
    async fn keep(mut self, open: Open) {
        while let Some((place, visitor, address)) =
            next_connection(&open, &self.places, &mut self.stopped, &self.shared.report).await
        {
            self.take(visitor, address, place);
        }
    }

    fn take(&self, stream: Stream, address: Option<IpAddr>, place: OwnedSemaphorePermit) {
        let peer = Peer::new(address, self.tls.is_some());
        // A connection that is gone already is nobody to answer to.
        if let Ok(stream) = Detached::new(stream) {
            let (tls, redirect, watcher) = (self.tls.clone(), self.redirect, self.graceful.watcher());
            self.workers.serve(stream, Accepted { peer, tls, redirect, watcher }, place);
        }
    }
}
