//! Connections to the database: kept, tried, given up, made anew.
//!
//! In: what is to be done on a connection. Out: its answer. What fails because the connection did is done again for a
//! while; when that does not help, everyone is told so at once until a pause is over, and the pauses grow.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Object, Pool, PoolError, RecyclingMethod, Timeouts};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use tokio::{
    sync::oneshot,
    time::{Instant, sleep, timeout},
};
use tokio_postgres::{Config, config::SslMode};
use tokio_postgres_rustls::MakeRustlsConnect;
use tokio_rustls::rustls::{self, ClientConfig, RootCertStore};

use super::{failure::Failed, options::PostgresOptions, place::Target};
use crate::store::{Error, ErrorKind};

/// The first and the longest pause in which a database that is away is not asked.
const PAUSES: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));
/// The first and the longest pause between two attempts of one call.
const BETWEEN: (Duration, Duration) = (Duration::from_millis(25), Duration::from_millis(500));

/// What is done on a connection.
pub(super) type Work<'c, T> = Pin<Box<dyn Future<Output = Result<T, Failed>> + Send + 'c>>;

/// The connections of one store.
pub(super) struct Link {
    pool: Pool,
    /// How a connection beside the pool is made.
    config: (Config, MakeRustlsConnect),
    options: PostgresOptions,
    /// What may be shown of where it is.
    pub(super) shown: String,
    pub(super) schema: String,
    gate: Mutex<Gate>,
}

/// Until when nobody asks.
struct Gate {
    until: Option<Instant>,
    pause: Duration,
}

impl fmt::Debug for Link {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Link({})", self.shown)
    }
}

impl Link {
    pub(super) fn new(target: &Target, options: PostgresOptions) -> Result<Self, Error> {
        let mut config = target.config.clone();
        config.application_name("tower-consent").connect_timeout(options.connecting);
        // A connection that died without a word is noticed.
        config.keepalives(true).keepalives_idle(Duration::from_secs(15)).tcp_user_timeout(options.statement);
        let tls = MakeRustlsConnect::new(trusting(target)?);
        let apart = (config.clone(), tls.clone());
        let manager = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = Manager::from_config(config, tls, manager);
        let settings = settings(&target.schema, &options);
        let prepared = Hook::async_fn(move |client, _| {
            let settings = settings.clone();
            Box::pin(async move {
                client.batch_execute(&settings).await.map_err(HookError::Backend)?;
                let row = client.query_opt("SELECT current_setting('synchronous_commit', true)", &[]).await;
                // Acknowledged is durable: a site that gave that up for its own tables has not given it up here.
                let weak = row.ok().flatten().and_then(|row| row.try_get::<_, Option<String>>(0).ok().flatten());
                if matches!(weak.as_deref(), Some("off" | "local")) {
                    client.batch_execute("SET synchronous_commit = on").await.map_err(HookError::Backend)?;
                }
                Ok(())
            })
        });
        let pool = Pool::builder(manager)
            .max_size(options.connections)
            .runtime(deadpool_postgres::Runtime::Tokio1)
            .timeouts(Timeouts {
                wait: Some(options.statement),
                create: Some(options.connecting),
                recycle: Some(options.connecting),
            })
            .post_create(prepared)
            .build()
            .map_err(|source| Error::new(ErrorKind::Refused, "no connections can be kept").with_source(source))?;
        let gate = Mutex::new(Gate { until: None, pause: PAUSES.0 });
        Ok(Self { pool, config: apart, options, shown: target.to_string(), schema: target.schema.clone(), gate })
    }

    /// Returns how a connection beside those that are kept is made.
    pub(super) fn apart(&self) -> (Config, MakeRustlsConnect) {
        self.config.clone()
    }

    fn gate(&self) -> std::sync::MutexGuard<'_, Gate> {
        // Two assignments cannot stop half way.
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does some work on a connection, again and again while that may help; `what` names it.
    ///
    /// The work must be one transaction, and safe to be done twice.
    pub(super) async fn run<T: Send>(
        self: &Arc<Self>,
        what: &str,
        work: impl for<'c> Fn(&'c mut Object) -> Work<'c, T> + Send + Sync,
    ) -> Result<T, Error> {
        let begun = Instant::now();
        let mut pause = BETWEEN.0;
        loop {
            let gate = self.gate().until.filter(|until| *until > begun);
            if let Some(until) = gate {
                let left = until.saturating_duration_since(begun).as_millis();
                let told = format!("{what}: the database {} is away, it is tried again in {left} ms", self.shown);
                return Err(Error::new(ErrorKind::Unavailable, told));
            }
            let failed = match self.once(&work).await {
                Ok(done) => {
                    *self.gate() = Gate { until: None, pause: PAUSES.0 };
                    return Ok(done);
                }
                Err(failed) => failed,
            };
            if !failed.again || begun.elapsed() + pause > self.options.patience {
                if failed.away {
                    let mut gate = self.gate();
                    gate.until = Some(Instant::now() + gate.pause);
                    gate.pause = (gate.pause * 2).min(PAUSES.1);
                }
                return Err(
                    Error::new(failed.error.kind(), format!("{what} in {}", self.shown)).with_source(failed.error)
                );
            }
            sleep(pause).await;
            pause = (pause * 2).min(BETWEEN.1);
        }
    }

    /// Waits in the queue of those who append: a lock on a row, which the engine gives in the order in which it was asked.
    /// `None` when that did not work; then nobody waits.
    pub(super) async fn turn(&self) -> Option<oneshot::Sender<()>> {
        let object = self.pool.get().await.ok()?;
        let lock = "BEGIN; SELECT name FROM leases WHERE name = 'turn' FOR UPDATE";
        if object.batch_execute(lock).await.is_err() {
            // It may be in the middle of something.
            drop(Object::take(object));
            return None;
        }
        let (held, over) = oneshot::channel::<()>();
        tokio::spawn(async move {
            // Dropped: the turn is over.
            let _ = over.await;
            if object.batch_execute("COMMIT").await.is_err() {
                drop(Object::take(object));
            }
        });
        Some(held)
    }

    async fn once<T>(&self, work: &(impl for<'c> Fn(&'c mut Object) -> Work<'c, T> + Sync)) -> Result<T, Failed> {
        let mut object = self.pool.get().await.map_err(|error| match error {
            PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => {
                let failed = Failed::from(error);
                // Whatever it says: nobody came in.
                Failed { away: true, ..failed }
            }
            PoolError::Timeout(deadpool_postgres::TimeoutType::Wait) => {
                Failed::for_good(Error::new(ErrorKind::Unavailable, "all connections are in use"))
            }
            other => Failed::away(other.to_string()),
        })?;
        // The server ends a statement itself; this is for a server or network that does not answer at all.
        let limit = self.options.statement + Duration::from_secs(2);
        let done = timeout(limit, work(&mut object)).await;
        let done = done.unwrap_or_else(|_| Err(Failed::away(format!("the database did not answer within {limit:?}"))));
        if done.as_ref().is_err_and(|failed| failed.away) {
            // It may answer the next one's question with this one's answer, or be a standby: it is not used again.
            drop(Object::take(object));
        }
        done
    }
}

/// Returns what every connection is told first.
fn settings(schema: &str, options: &PostgresOptions) -> String {
    let (statement, idle) = (options.statement.as_millis(), options.statement.as_millis() * 2);
    format!(
        "SET search_path TO \"{schema}\"; SET statement_timeout = {statement}; \
         SET idle_in_transaction_session_timeout = {idle}"
    )
}

/// Returns whom TLS believes: the named authorities, or the public ones.
fn trusting(target: &Target) -> Result<ClientConfig, Error> {
    let mut roots = RootCertStore::empty();
    match &target.authorities {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(path) => {
            let unreadable = |source: Box<dyn std::error::Error + Send + Sync>| {
                let what = format!("cannot read the database's authorities in {}", path.display());
                Error::new(ErrorKind::Unavailable, what).with_source(source)
            };
            for certificate in CertificateDer::pem_file_iter(path).map_err(|error| unreadable(error.into()))? {
                let certificate = certificate.map_err(|error| unreadable(error.into()))?;
                roots.add(certificate).map_err(|error| unreadable(error.into()))?;
            }
            if roots.is_empty() && target.config.get_ssl_mode() == SslMode::Require {
                return Err(unreadable("there is no certificate in it".into()));
            }
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let versions = versions.map_err(|source| Error::new(ErrorKind::Unavailable, "no TLS").with_source(source))?;
    Ok(versions.with_root_certificates(roots).with_no_client_auth())
}
