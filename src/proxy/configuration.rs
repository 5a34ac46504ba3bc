//! Everything the proxy is told before it starts.
//!
//! In: flags, or a file ([`Configuration::load`]). Out: checked values with their defaults. It opens nothing but the
//! file.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use super::{
    access::AccessLog,
    address::{ListenAddress, UpstreamAddress},
    admin,
    certificates::Certificates,
    connect::Connector,
    file,
    forwarded::Trusted,
    server::ServerError,
};
use crate::policy::{Diagnostic, Policy};

/// What the proxy does: where it listens, which sites it serves, whom it trusts, how long it waits.
///
/// # Example
///
/// ```
/// use tower_consent::proxy::Configuration;
/// let text = r#"
/// [[listen]]
/// address = "127.0.0.1:8080"
///
/// [[site]]
/// policy = "policies/news-site"
/// upstream = "http://127.0.0.1:3000"
/// store = "sled:store"
///
/// [time-outs]
/// upstream = "20 seconds"
/// "#;
/// let configuration = Configuration::parse("proxy.toml", text).unwrap();
/// assert_eq!(configuration.time_outs.upstream.as_secs(), 20);
/// let error = Configuration::parse("proxy.toml", &text.replace("upstream = \"20", "upsteam = \"20")).unwrap_err();
/// assert!(error.to_string().contains("did you mean `upstream`?"), "{error}");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Configuration {
    /// Where visitors come in; at least one.
    pub listeners: Vec<Listener>,
    /// The sites; at least one.
    pub sites: Vec<SiteConfiguration>,
    /// Proxies in front of this one whose word counts. Default: none.
    pub trusted: Trusted,
    /// How long is waited for what.
    pub time_outs: TimeOuts,
    /// How much is taken in.
    pub limits: Limits,
    /// Where requests are written down. Default: nowhere.
    pub log: AccessLog,
    /// What the log tells of a request's path. Default: nothing.
    pub logged_path: LoggedPath,
}

/// One address visitors come in at.
///
/// # Example
///
/// ```
/// use tower_consent::proxy::{Configuration, Secured};
/// # let text = r#"
/// # [[listen]]
/// # address = "127.0.0.1:8080"
/// # [[site]]
/// # policy = "policies/news-site"
/// # upstream = "http://127.0.0.1:3000"
/// # store = "sled:store""#;
/// let listener = Configuration::parse("proxy.toml", text).unwrap().listeners.remove(0);
/// assert_eq!((listener.address.to_string().as_str(), listener.secured), ("127.0.0.1:8080", Secured::Plain));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Listener {
    /// The address.
    pub address: ListenAddress,
    /// How it speaks.
    pub secured: Secured,
}

/// How a listener speaks.
///
/// # Example
///
/// ```
/// use tower_consent::proxy::{Configuration, Secured};
/// # let text = r#"
/// # [[listen]]
/// # address = "127.0.0.1:8080"
/// # [[site]]
/// # policy = "policies/news-site"
/// # upstream = "http://127.0.0.1:3000"
/// # store = "sled:store""#;
/// let text = text.replace("8080\"", "80\"\nspeaks = \"redirect\"");
/// assert_eq!(Configuration::parse("proxy.toml", &text).unwrap().listeners[0].secured, Secured::Redirect);
/// // TLS without a certificate is noticed before the start.
/// assert!(Configuration::parse("proxy.toml", &text.replace("redirect", "https")).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Secured {
    /// HTTP without TLS, for a machine of one's own or behind another proxy.
    Plain,
    /// HTTP without TLS that answers nothing but the way to `https`.
    Redirect,
    /// TLS, with the certificates of the sites.
    Tls,
}

/// One site: whose requests, under which policy, from which upstream.
///
/// # Example
///
/// ```
/// use tower_consent::proxy::{Configuration, HostHeader, Protocol};
/// # let text = r#"
/// # [[listen]]
/// # address = "127.0.0.1:8080"
/// # [[site]]
/// # policy = "policies/news-site"
/// # upstream = "http://127.0.0.1:3000"
/// # store = "sled:store""#;
/// let site = Configuration::parse("proxy.toml", text).unwrap().sites.remove(0);
/// assert_eq!((site.protocol, site.host_header, site.compress), (Protocol::Http1, HostHeader::Visitor, true));
/// assert!(site.hosts.is_empty() && site.admin.is_none());
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SiteConfiguration {
    /// The policy's folder.
    pub policy: PathBuf,
    /// Names of hosts, lower case; `*.news.example` is every name one step below. None: every name nobody else has.
    pub hosts: Vec<String>,
    /// The servers that make the pages, asked in turn; at least one.
    pub upstreams: Vec<UpstreamAddress>,
    /// How the upstream speaks.
    pub protocol: Protocol,
    /// Which name the upstream is asked for.
    pub host_header: HostHeader,
    /// A file of certificates to trust an upstream by, instead of those browsers trust.
    pub upstream_authority: Option<PathBuf>,
    /// Where choices are kept: `sled:FOLDER`.
    pub store: String,
    /// Where choices wait while the store is away: `sled:FOLDER`. Default: nowhere, they are answered with 503.
    pub outbox: Option<String>,
    /// Where visitors reach the site, when it is not the policy's origin.
    pub origin: Option<String>,
    /// Certificate chain and key, as PEM files.
    pub certificate: Option<(PathBuf, PathBuf)>,
    /// Whether pages are compressed as visitors' browsers like it. Default: yes, since they are asked for uncompressed, to be
    /// gated.
    pub compress: bool,
    /// A path that answers below 400 while the upstream is well.
    pub health: Option<String>,
    /// How often that path is asked for.
    pub health_interval: Duration,
    /// Where the operator looks at the site. Default: nowhere.
    pub admin: Option<AdminConfiguration>,
}

/// Where the dashboard of a site is served, in plain HTTP: an address that only the operator reaches.
///
/// # Example
///
/// ```
/// use tower_consent::proxy::Configuration;
/// # let text = r#"
/// # [[listen]]
/// # address = "127.0.0.1:8080"
/// # [[site]]
/// # policy = "policies/news-site"
/// # upstream = "http://127.0.0.1:3000"
/// # store = "sled:store""#;
/// let text = format!("{text}\nadmin = \"127.0.0.1:9090\"\nadmin-token = \"/run/secrets/consent-admin\"");
/// let admin = Configuration::parse("proxy.toml", &text).unwrap().sites.remove(0).admin.unwrap();
/// assert_eq!(admin.address.to_string(), "127.0.0.1:9090");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AdminConfiguration {
    /// The address.
    pub address: ListenAddress,
    /// The file that holds the token by which one comes in.
    pub token: PathBuf,
}

/// How an upstream speaks.
///
/// # Example
///
/// ```
/// use tower_consent::proxy::{Configuration, Protocol};
/// # let text = r#"
/// # [[listen]]
/// # address = "127.0.0.1:8080"
/// # [[site]]
/// # policy = "policies/news-site"
/// # upstream = "http://127.0.0.1:3000"
/// # store = "sled:store""#;
/// let text = format!("{text}\nprotocol = \"h2\"");
/// assert_eq!(Configuration::parse("proxy.toml", &text).unwrap().sites[0].protocol, Protocol::H2);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Protocol {
    /// HTTP/1.1, which every server speaks.
    #[default]
    Http1,
    /// HTTP/2, without asking first.
    H2,
}

/// Which name an upstream is asked for.
///
/// # Example
///
/// ```
/// use tower_consent::proxy::{Configuration, HostHeader};
/// # let text = r#"
/// # [[listen]]
/// # address = "127.0.0.1:8080"
/// # [[site]]
/// # policy = "policies/news-site"
/// # upstream = "http://127.0.0.1:3000"
/// # store = "sled:store""#;
/// let text = format!("{text}\nhost-header = \"upstream\"");
/// assert_eq!(Configuration::parse("proxy.toml", &text).unwrap().sites[0].host_header, HostHeader::Upstream);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum HostHeader {
    /// The upstream's own, for a server that knows only itself.
    Upstream,
    /// The one the visitor asked for, so that the upstream makes the right links.
    #[default]
    Visitor,
}

/// How long is waited for what.
///
/// # Example
///
/// ```
/// use tower_consent::proxy::{Configuration, TimeOuts};
/// # let text = r#"
/// # [[listen]]
/// # address = "127.0.0.1:8080"
/// # [[site]]
/// # policy = "policies/news-site"
/// # upstream = "http://127.0.0.1:3000"
/// # store = "sled:store""#;
/// let text = format!("{text}\n[time-outs]\nconnect = \"500 milliseconds\"");
/// let time_outs = Configuration::parse("proxy.toml", &text).unwrap().time_outs;
/// assert_eq!((time_outs.connect.as_millis(), time_outs.idle), (500, TimeOuts::default().idle));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct TimeOuts {
    /// For a connection to the upstream. Default: 5 seconds.
    pub connect: Duration,
    /// For a whole request head, and for the TLS handshake. Default: 10 seconds.
    pub header: Duration,
    /// For the next request on a connection. Default: 75 seconds.
    pub idle: Duration,
    /// For the next piece of a request's body, and for a visitor to take more of a response. Default: 30 seconds.
    pub body: Duration,
    /// For the head of a response, and for each next piece of it. Default: 60 seconds.
    pub upstream: Duration,
    /// For anything on an upgraded connection, such as a WebSocket. Default: 1 hour.
    pub tunnel: Duration,
    /// For requests under way when the proxy is told to end. Default: 30 seconds.
    pub drain: Duration,
}

/// How much is taken in.
///
/// # Example
///
/// ```
/// use tower_consent::proxy::{Configuration, Limits};
/// # let text = r#"
/// # [[listen]]
/// # address = "127.0.0.1:8080"
/// # [[site]]
/// # policy = "policies/news-site"
/// # upstream = "http://127.0.0.1:3000"
/// # store = "sled:store""#;
/// let text = format!("{text}\n[limits]\nbody = \"256 MiB\"");
/// let limits = Configuration::parse("proxy.toml", &text).unwrap().limits;
/// assert_eq!((limits.body, limits.connections), (256 << 20, Limits::default().connections));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Connections of visitors at once; more wait to be accepted. Default: 10,000.
    pub connections: usize,
    /// Bytes of a request's head. Default: 64 KiB.
    pub header: usize,
    /// Fields of a request's head. Default: 100.
    pub headers: usize,
    /// Bytes of a request's body. Default: 64 MiB.
    pub body: u64,
    /// Requests at once on one connection of HTTP/2. Default: 100.
    pub streams: u32,
    /// Threads that serve visitors, each those of its own connections. Default: as many as there are cores for this process.
    pub threads: usize,
}

/// What the access log tells of a path. The query is never written.
///
/// # Example
///
/// ```
/// use tower_consent::proxy::{Configuration, LoggedPath};
/// # let text = r#"
/// # [[listen]]
/// # address = "127.0.0.1:8080"
/// # [[site]]
/// # policy = "policies/news-site"
/// # upstream = "http://127.0.0.1:3000"
/// # store = "sled:store""#;
/// let text = format!("{text}\n[log]\naccess = \"access.log\"\npath = \"section\"");
/// assert_eq!(Configuration::parse("proxy.toml", &text).unwrap().logged_path, LoggedPath::Section);
/// assert_eq!(LoggedPath::default(), LoggedPath::None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoggedPath {
    /// All of it. Only where paths name nobody.
    Full,
    /// Nothing.
    #[default]
    None,
    /// Its first segment: `/news` of `/news/2026/11`.
    Section,
}

/// A configuration that cannot be used.
///
/// # Example
///
/// ```
/// use tower_consent::proxy::{Configuration, ConfigurationError};
/// # let text = r#"
/// # [[listen]]
/// # address = "127.0.0.1:8080"
/// # [[site]]
/// # policy = "policies/news-site"
/// # upstream = "http://127.0.0.1:3000"
/// # store = "sled:store""#;
/// assert!(matches!(Configuration::load("/nowhere/proxy.toml"), Err(ConfigurationError::Unreadable { .. })));
/// let text = text.replace("8080", "eighty").replace("upstream", "upsteam");
/// let Err(ConfigurationError::Faulty(faults)) = Configuration::parse("proxy.toml", &text) else { panic!() };
/// assert!(faults.len() >= 2, "all of them at once");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigurationError {
    /// The file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file has faults.
    #[error("the configuration is not usable: {} fault(s)\n{}", .0.len(), list(.0))]
    Faulty(Vec<Diagnostic>),
}

fn list(faults: &[Diagnostic]) -> String {
    faults.iter().map(Diagnostic::to_string).collect::<Vec<_>>().join("\n")
}

impl Default for TimeOuts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            header: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            body: Duration::from_secs(30),
            upstream: Duration::from_secs(60),
            tunnel: Duration::from_secs(60 * 60),
            drain: Duration::from_secs(30),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self { connections: 10_000, header: 64 << 10, headers: 100, body: 64 << 20, streams: 100, threads }
    }
}

impl Listener {
    /// Makes a listener.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::proxy::{Listener, Secured};
    /// let listener = Listener::new("127.0.0.1:0".parse().unwrap(), Secured::Plain);
    /// assert_eq!(listener.secured, Secured::Plain);
    /// ```
    pub fn new(address: ListenAddress, secured: Secured) -> Self {
        Self { address, secured }
    }
}

impl SiteConfiguration {
    /// Makes a site of a policy's folder, an upstream and a store, for every host name.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::proxy::SiteConfiguration;
    /// let site = SiteConfiguration::new("policies/shop", "http://127.0.0.1:3000".parse().unwrap(), "memory:");
    /// assert!(site.hosts.is_empty());
    /// ```
    pub fn new(policy: impl Into<PathBuf>, upstream: UpstreamAddress, store: impl Into<String>) -> Self {
        Self {
            policy: policy.into(),
            hosts: Vec::new(),
            upstreams: vec![upstream],
            protocol: Protocol::default(),
            host_header: HostHeader::default(),
            upstream_authority: None,
            store: store.into(),
            outbox: None,
            origin: None,
            certificate: None,
            compress: true,
            health: None,
            health_interval: Duration::from_secs(10),
            admin: None,
        }
    }
}

impl AdminConfiguration {
    /// Makes an entrance for the operator.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::proxy::AdminConfiguration;
    /// let admin = AdminConfiguration::new("127.0.0.1:9090".parse().unwrap(), "/run/secrets/consent-admin");
    /// assert_eq!(admin.address.to_string(), "127.0.0.1:9090");
    /// ```
    pub fn new(address: ListenAddress, token: impl Into<PathBuf>) -> Self {
        Self { address, token: token.into() }
    }
}

impl Configuration {
    /// Makes a configuration with defaults for everything but listeners and sites.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::proxy::{Configuration, Listener, Secured, SiteConfiguration};
    /// let site = SiteConfiguration::new("policies/shop", "http://127.0.0.1:3000".parse().unwrap(), "memory:");
    /// let listener = Listener::new("127.0.0.1:8080".parse().unwrap(), Secured::Plain);
    /// let configuration = Configuration::new(vec![listener], vec![site]);
    /// assert_eq!(configuration.limits.headers, 100);
    /// ```
    pub fn new(listeners: Vec<Listener>, sites: Vec<SiteConfiguration>) -> Self {
        Self {
            listeners,
            sites,
            trusted: Trusted::default(),
            time_outs: TimeOuts::default(),
            limits: Limits::default(),
            log: AccessLog::default(),
            logged_path: LoggedPath::default(),
        }
    }

    /// Reads a file; paths in it are relative to its folder.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, or with every fault in it.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::proxy::Configuration;
    /// # let text = r#"
    /// # [[listen]]
    /// # address = "127.0.0.1:8080"
    /// # [[site]]
    /// # policy = "policies/news-site"
    /// # upstream = "http://127.0.0.1:3000"
    /// # store = "sled:store""#;
    /// # let folder = tempfile::tempdir().unwrap();
    /// let file = folder.path().join("proxy.toml");
    /// std::fs::write(&file, text).unwrap();
    /// let configuration = Configuration::load(&file).unwrap();
    /// assert_eq!(configuration.sites[0].policy, folder.path().join("policies/news-site"));
    /// ```
    pub fn load(path: impl AsRef<Path>) -> Result<Self, ConfigurationError> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigurationError::Unreadable { path: path.to_owned(), source })?;
        let mut configuration = Self::parse(&path.display().to_string(), &text)?;
        if let Some(folder) = path.parent() {
            configuration.seen_from(folder);
        }
        Ok(configuration)
    }

    /// Reads the text of a file; `name` is what faults call it.
    ///
    /// # Errors
    ///
    /// [`ConfigurationError::Faulty`] with every fault: unknown keys, wrong types, values out of range, sites that
    /// claim one name.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::proxy::Configuration;
    /// # let text = r#"
    /// # [[listen]]
    /// # address = "127.0.0.1:8080"
    /// # [[site]]
    /// # policy = "policies/news-site"
    /// # upstream = "http://127.0.0.1:3000"
    /// # store = "sled:store""#;
    /// assert_eq!(Configuration::parse("proxy.toml", text).unwrap().sites[0].upstreams.len(), 1);
    /// let error = Configuration::parse("proxy.toml", &text.replace("store =", "stroe =")).unwrap_err();
    /// assert!(error.to_string().contains("proxy.toml"), "{error}");
    /// ```
    pub fn parse(name: &str, text: &str) -> Result<Self, ConfigurationError> {
        file::read(name, text).map_err(ConfigurationError::Faulty)
    }

    /// Looks at everything a start would read but addresses and stores, which a running proxy may hold.
    ///
    /// # Errors
    ///
    /// With the first policy that has faults, or file of certificates or of a token that cannot be used.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::proxy::Configuration;
    /// # let text = r#"
    /// # [[listen]]
    /// # address = "127.0.0.1:8080"
    /// # [[site]]
    /// # policy = "policies/news-site"
    /// # upstream = "http://127.0.0.1:3000"
    /// # store = "sled:store""#;
    /// assert!(Configuration::parse("proxy.toml", text).unwrap().check().is_ok());
    /// let elsewhere = text.replace("policies/news-site", "policies/nowhere");
    /// assert!(Configuration::parse("proxy.toml", &elsewhere).unwrap().check().is_err());
    /// ```
    pub fn check(&self) -> Result<(), ServerError> {
        Certificates::read(&self.sites)?;
        for site in &self.sites {
            site.admin.as_ref().map(admin::token).transpose()?;
            for upstream in &site.upstreams {
                let authority = site.upstream_authority.as_deref();
                Connector::new(upstream.clone(), site.protocol, authority, self.time_outs.connect)?;
            }
            Policy::load(&site.policy)
                .map_err(|source| ServerError::Policy { folder: site.policy.clone(), source: Box::new(source) })?;
        }
        Ok(())
    }

    fn seen_from(&mut self, folder: &Path) {
        for site in &mut self.sites {
            site.policy = folder.join(&site.policy);
            for place in std::iter::once(&mut site.store).chain(&mut site.outbox) {
                if let Some(path) = place.strip_prefix("sled:") {
                    *place = format!("sled:{}", folder.join(path).display());
                }
            }
            site.upstream_authority = site.upstream_authority.take().map(|path| folder.join(path));
            site.certificate = site.certificate.take().map(|(chain, key)| (folder.join(chain), folder.join(key)));
            if let Some(admin) = &mut site.admin {
                admin.token = folder.join(&admin.token);
            }
        }
        if let AccessLog::File(path) = &mut self.log {
            *path = folder.join(&path);
        }
    }
}
