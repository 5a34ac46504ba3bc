//! The store that several servers share: PostgreSQL, or what speaks its protocol.
//!
//! In and out: what [`ConsentStore`] says. One row holds the head of the log and moves by compare-and-swap, in the
//! transaction that writes the entries (`log`). Personal values are in tables of their own, divided by month, so that a
//! month that is over is dropped and not deleted row by row (`months`, `personal`). Connections are kept, and made anew
//! when they are lost (`connection`), on a small runtime of the store's own: callers need none. The tables are made by
//! the binary (`migrations`). Other instances are heard of by notifications (`hints`), and one of them does what only one
//! may do (`leases`). `docs/postgres.md` tells how to run it.

mod connection;
mod failure;
mod hints;
mod log;
mod migrations;
mod months;
mod options;
mod personal;
mod place;

use std::{
    fmt,
    future::Future,
    ops::Range,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{runtime::Runtime, sync::oneshot};

pub use self::options::PostgresOptions;
use self::{connection::Link, hints::Hints, migrations::Engine, months::Months, place::Target};
use super::{
    Answer, ConsentStore, Erasure, Error, ErrorKind, Turn, check_name, check_note, key::tag, random_key, wait,
};
use crate::{
    audit::{Entry, Hash, Head, SEGMENT},
    clock::{Clock, SystemClock},
    signal::VisitorId,
};

/// How often one instance looks for housekeeping.
const TIDYING: Duration = Duration::from_secs(10);
/// How many months after its event a value of the default terms expires at the latest: what an erasure was about, and the
/// contact in a request, go after three years.
const LONGEST: u32 = 37;
/// How often tables of months are looked after.
const MONTHLY: Duration = Duration::from_secs(3600);

/// Keeps the log in a database that several servers share.
///
/// Any number of instances may append to one log. Passwords come with the URL, in `PGPASSWORD`, or from a password file
/// (`PGPASSFILE`, `~/.pgpass`), and are shown nowhere. A server elsewhere than on this machine must speak TLS and prove
/// who it is; `sslrootcert` in the URL names its authorities where they are not the public ones. `schema` names the
/// schema of the tables: two logs in one database have two.
///
/// While the database is away, calls answer with [`ErrorKind::Unavailable`]; they go on by themselves when it is back.
///
/// # Example
///
/// ```no_run
/// use tower_consent::store::{ConsentStore, Postgres};
/// let store = Postgres::open("postgres://consent@db.example/site?sslrootcert=/etc/ssl/db.pem").unwrap();
/// println!("{} events", pollster::block_on(store.head()).unwrap().size());
/// ```
pub struct Postgres {
    shared: Arc<Shared>,
    /// Taken when the store is dropped.
    runtime: Option<Runtime>,
}

struct Shared {
    link: Arc<Link>,
    hints: Arc<Hints>,
    engine: Engine,
    months: Months,
    /// Names visitors in the index; without it the names tell nothing.
    index: [u8; 32],
    /// When housekeeping is due again, and that of months.
    due: Mutex<(Option<Instant>, Option<Instant>)>,
    /// Segments that were added up in a row, so that a long log is caught up with at once.
    added: AtomicU64,
}

impl fmt::Debug for Postgres {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Postgres({})", self.shared.link.shown)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Dropping it whole would wait, which a caller on another runtime may not.
            runtime.shutdown_background();
        }
    }
}

fn damaged(what: &str) -> Error {
    Error::new(ErrorKind::Corrupt, format!("{what} is damaged"))
}

impl Shared {
    /// Returns the name of a visitor in the index.
    fn tag(&self, visitor: VisitorId) -> [u8; 16] {
        tag(&self.index, visitor)
    }

    /// Makes the tables of months, where the engine has such.
    async fn make(&self, wanted: &[(&'static str, months::Number)]) -> Result<(), Error> {
        match self.engine.divides {
            true => self.months.make(&self.link, wanted).await,
            false => Ok(()),
        }
    }

    /// Makes the tables of this month and the next.
    async fn make_ahead(&self) -> Result<(), Error> {
        let now = months::month(SystemClock.now());
        let of = |month| ["entries", "lasting", "brief"].map(|parent| (parent, month));
        self.make(&of(now)).await?;
        // A role that may not make tables has those its owner has made; the next month's are asked for when it has come.
        let _ = self.make(&of(months::next(now))).await;
        Ok(())
    }

    /// Does the housekeeping that is due.
    async fn tidy(self: Arc<Self>) -> Result<bool, Error> {
        let (often, monthly) = {
            let mut due = self.due.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            let is_due = |at: &mut Option<Instant>, every: Duration| {
                let is_due = at.is_none_or(|at| at <= now);
                if is_due {
                    *at = Some(now + every);
                }
                is_due
            };
            let more = self.added.load(Ordering::Acquire) > 0;
            (is_due(&mut due.0, TIDYING) || more, is_due(&mut due.1, MONTHLY))
        };
        if !often {
            return Ok(false);
        }
        if monthly {
            self.make_ahead().await?;
            if self.engine.divides {
                // The month before this one is left alone: another server's clock may be late.
                let before = months::month(SystemClock.now() - time::Duration::days(2));
                // A role that may not drop tables leaves them, empty.
                let _ = self.months.drop_empty(&self.link, before).await;
            }
        }
        let added = log::add_up(&self).await?;
        self.added.store(u64::from(added), Ordering::Release);
        Ok(added)
    }
}

impl Postgres {
    /// Opens the store that a URL names, `postgres://USER@HOST:PORT/DATABASE?schema=NAME`, and makes its tables where
    /// there are none. Several instances may do so at once.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Refused`] when the URL cannot be read or names no server, the server loses what it confirmed (`fsync` is off), or the
    /// tables are those of a newer release; [`ErrorKind::Unavailable`] when the database cannot be reached or its tables may
    /// not be made.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::store::{ErrorKind, Postgres};
    /// let error = Postgres::open("postgres:///site").unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Refused, "on which server?");
    /// ```
    pub fn open(place: &str) -> Result<Self, Error> {
        PostgresOptions::new().open(place)
    }

    /// Opens a store that is already there; for tools that look and must not create one by mistake.
    ///
    /// # Errors
    ///
    /// As [`Postgres::open`]; and [`ErrorKind::Unavailable`] when there are no tables.
    ///
    /// # Example
    ///
    /// ```
    /// use tower_consent::store::{ErrorKind, Postgres};
    /// let error = Postgres::open_existing("postgres://consent@127.0.0.1:1/site").unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Unavailable, "nobody listens there");
    /// ```
    pub fn open_existing(place: &str) -> Result<Self, Error> {
        Self::start(place, PostgresOptions::new(), false)
    }

    fn start(place: &str, options: PostgresOptions, making: bool) -> Result<Self, Error> {
        let target = Target::parse(place)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("tower-consent-postgres")
            .enable_all()
            .build()
            .map_err(|source| Error::new(ErrorKind::Unavailable, "the system gives no threads").with_source(source))?;
        let opening = on(&runtime, async move {
            let link = Arc::new(Link::new(&target, options)?);
            let hints = Arc::new(Hints::default());
            let engine = migrations::prepare(&link, making).await?;
            let index = secret(&link, "visitor-index".to_owned(), random_key()?).await?;
            let (months, due) = (Months::default(), Mutex::new((None, None)));
            let shared = Shared { link, hints, engine, months, index, due, added: AtomicU64::new(0) };
            shared.make_ahead().await?;
            let (config, tls) = shared.link.apart();
            let schema = shared.link.schema.clone();
            tokio::spawn(hints::listen(config, tls, schema, Arc::downgrade(&shared.hints)));
            Ok(Arc::new(shared))
        });
        match wait(opening) {
            Ok(shared) => Ok(Self { shared, runtime: Some(runtime) }),
            Err(error) => {
                runtime.shutdown_background();
                Err(error)
            }
        }
    }

    /// Brings the tables in a database to what this release needs, makes those of the next months, and gives a role of servers
    /// what it needs to use them; for the owner of the tables, where servers must not make any.
    ///
    /// Tables of values that expire are made for 37 months more: so long are the longest of the default terms. With longer
    /// ones in the policy `months` is to be greater by as much.
    ///
    /// # Errors
    ///
    /// As [`Postgres::open`]; and [`ErrorKind::Refused`] when the role is no name that can be written as it is (small letters,
    /// digits, `_`).
    ///
    /// # Example
    ///
    /// ```no_run
    /// use tower_consent::store::Postgres;
    /// Postgres::migrate("postgres://owner@db.example/site", 12, Some("consent")).unwrap();
    /// let store = Postgres::open("postgres://consent@db.example/site").unwrap();
    /// # drop(store);
    /// ```
    pub fn migrate(place: &str, months: u32, role: Option<&str>) -> Result<(), Error> {
        if let Some(role) = role.filter(|role| !place::is_plain(role)) {
            let what = format!("`{}` is no role: write small letters, digits and `_`", role.escape_default());
            return Err(Error::new(ErrorKind::Refused, what));
        }
        let store = Self::open(place)?;
        let role = role.map(str::to_owned);
        wait(store.ask(|shared| async move {
            let mut month = months::month(SystemClock.now());
            for ahead in 0..=months.saturating_add(LONGEST) {
                shared.make(&[("brief", month)]).await?;
                if ahead <= months {
                    shared.make(&["entries", "lasting"].map(|parent| (parent, month))).await?;
                }
                month = months::next(month);
            }
            shared.make(&[("brief", months::month(log::ENDLESS))]).await?;
            match role {
                Some(role) => migrations::grant(&shared.link, &role).await,
                None => Ok(()),
            }
        }))
    }

    /// Does something on the store's own runtime; who stops waiting does not stop it.
    fn ask<T, F>(&self, work: impl FnOnce(Arc<Shared>) -> F) -> Answer<'_, T>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let runtime = self.runtime.as_ref().expect("it is taken when the store is dropped");
        on(runtime, work(self.shared.clone()))
    }
}

/// Runs something on a runtime, and answers whoever waits for it on any.
fn on<'a, T: Send + 'static>(
    runtime: &Runtime,
    work: impl Future<Output = Result<T, Error>> + Send + 'static,
) -> Answer<'a, T> {
    let (answer, answered) = oneshot::channel();
    runtime.spawn(async move {
        // Nobody waits any more: it is done all the same.
        let _ = answer.send(work.await);
    });
    let closed = |_| Error::new(ErrorKind::Unavailable, "the store is closed");
    Box::pin(async move { answered.await.map_err(closed)? })
}

/// Tells the other instances that something has changed; who does not hear it asks.
async fn hint(client: &deadpool_postgres::Object, channel: &str) {
    let _ = client.execute("SELECT pg_notify($1, '')", &[&channel]).await;
}

async fn secret(link: &Arc<Link>, name: String, proposal: [u8; 32]) -> Result<[u8; 32], Error> {
    let channel = hints::channel(&link.schema);
    let kept = link.run("keeping a secret", move |client| {
        let (name, channel) = (name.clone(), channel.clone());
        Box::pin(async move {
            let read = "SELECT bytes FROM secrets WHERE name = $1";
            if let Some(row) = client.query_opt(read, &[&name]).await? {
                return Ok(row.try_get::<_, Vec<u8>>(0)?);
            }
            let insert = "INSERT INTO secrets (name, bytes) VALUES ($1, $2) ON CONFLICT DO NOTHING";
            client.execute(insert, &[&name, &proposal.as_slice()]).await?;
            hint(client, &channel).await;
            Ok(client.query_one(read, &[&name]).await?.try_get(0)?)
        })
    });
    kept.await?.try_into().map_err(|_| damaged("a secret"))
}

/// One of the tables of names and bytes.
#[derive(Clone, Copy)]
enum Named {
    Documents,
    Notes,
    Secrets,
}

impl Named {
    fn table(self) -> &'static str {
        match self {
            Self::Documents => "documents",
            Self::Notes => "notes",
            Self::Secrets => "secrets",
        }
    }
}

async fn named(shared: Arc<Shared>, table: Named, name: String) -> Result<Option<Vec<u8>>, Error> {
    let found = shared.link.run("reading a text or note", move |client| {
        let name = name.clone();
        Box::pin(async move {
            let read = client.prepare_cached(&format!("SELECT bytes FROM {} WHERE name = $1", table.table())).await?;
            Ok(client.query_opt(&read, &[&name]).await?.map(|row| row.try_get(0)).transpose()?)
        })
    });
    found.await
}

async fn listed(shared: Arc<Shared>, table: Named, prefix: String) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let found = shared.link.run("listing texts, notes or secrets", move |client| {
        let prefix = prefix.clone();
        Box::pin(async move {
            // In the order of bytes whatever begins with the prefix follows it, up to the last sign of ASCII.
            let (from, to) = (prefix.clone(), format!("{prefix}\u{7f}"));
            let list =
                format!("SELECT name, bytes FROM {} WHERE name >= $1 AND name < $2 ORDER BY name", table.table());
            let rows = client.query(&list, &[&from, &to]).await?;
            rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect::<Result<Vec<_>, _>>()
        })
    });
    found.await
}

async fn write_document(shared: Arc<Shared>, name: String, bytes: Vec<u8>) -> Result<(), Error> {
    let written = shared.link.run("keeping a text", move |client| {
        let (name, bytes) = (name.clone(), bytes.clone());
        Box::pin(async move {
            let insert = "INSERT INTO documents (name, bytes) VALUES ($1, $2) ON CONFLICT DO NOTHING";
            let insert = client.prepare_cached(insert).await?;
            client.execute(&insert, &[&name, &bytes]).await?;
            Ok(())
        })
    });
    written.await
}

async fn write_note(shared: Arc<Shared>, name: String, bytes: Vec<u8>) -> Result<(), Error> {
    // A policy came into force.
    let channel = name.starts_with("policy/").then(|| hints::channel(&shared.link.schema));
    let written = shared.link.run("keeping a note", move |client| {
        let (name, bytes, channel) = (name.clone(), bytes.clone(), channel.clone());
        Box::pin(async move {
            if bytes.is_empty() {
                client.execute("DELETE FROM notes WHERE name = $1", &[&name]).await?;
                return Ok(());
            }
            let put = "INSERT INTO notes (name, bytes) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET bytes = excluded.bytes";
            let put = client.prepare_cached(put).await?;
            client.execute(&put, &[&name, &bytes]).await?;
            if let Some(channel) = channel {
                hint(client, &channel).await;
            }
            Ok(())
        })
    });
    written.await
}

async fn lease(shared: Arc<Shared>, name: String, holder: String, length: Duration) -> Result<bool, Error> {
    let taken = shared.link.run("taking a lease", move |client| {
        let (name, holder) = (name.clone(), holder.clone());
        // By the database's clock: those of the instances may differ.
        let length = length.as_secs_f64();
        Box::pin(async move {
            let take = "INSERT INTO leases (name, holder, until) \
                        VALUES ($1, $2, now() + $3::double precision * interval '1 second') \
                        ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until \
                        WHERE leases.holder = excluded.holder OR leases.until <= now()";
            Ok(client.execute(take, &[&name, &holder, &length]).await? == 1)
        })
    });
    taken.await
}

fn refused<'a, T: Send + 'a>(error: Error) -> Answer<'a, T> {
    Box::pin(std::future::ready(Err(error)))
}

impl ConsentStore for Postgres {
    fn head(&self) -> Answer<'_, Head> {
        self.ask(log::head)
    }

    fn append(&self, expected: Head, entries: Vec<Entry>, next: Head) -> Answer<'_, ()> {
        self.ask(|shared| log::append(shared, expected, entries, next))
    }

    fn turn(&self) -> Answer<'_, Turn> {
        self.ask(|shared| async move { Ok(shared.link.turn().await.map_or_else(Turn::default, Turn::held)) })
    }

    fn lease(&self, name: String, holder: String, length: Duration) -> Answer<'_, bool> {
        self.ask(move |shared| lease(shared, name, holder, length))
    }

    fn hints(&self) -> Option<u64> {
        self.shared.hints.read()
    }

    fn read(&self, range: Range<u64>) -> Answer<'_, Vec<Entry>> {
        self.ask(|shared| log::read(shared, range))
    }

    fn segments(&self) -> Answer<'_, Vec<Hash>> {
        self.ask(log::segments)
    }

    fn hashes(&self, segment: u64) -> Answer<'_, Vec<Hash>> {
        self.ask(move |shared| async move { log::hashes(&shared, segment * SEGMENT..(segment + 1) * SEGMENT).await })
    }

    fn by_visitor(&self, visitor: VisitorId) -> Answer<'_, Vec<u64>> {
        self.ask(|shared| {
            let tag = shared.tag(visitor);
            personal::by_visitor(shared, tag)
        })
    }

    fn last_of(&self, visitors: Vec<VisitorId>) -> Answer<'_, Vec<Option<u64>>> {
        self.ask(|shared| {
            let tags = visitors.into_iter().map(|visitor| shared.tag(visitor)).collect();
            personal::last_of(shared, tags)
        })
    }

    fn erase(&self, erasure: Erasure) -> Answer<'_, u64> {
        self.ask(|shared| personal::erase(shared, erasure))
    }

    fn tidy(&self) -> Answer<'_, bool> {
        self.ask(Shared::tidy)
    }

    fn bytes(&self) -> Answer<'_, Option<u64>> {
        self.ask(|shared| async move {
            let schema = shared.link.schema.clone();
            let sum = shared.link.run("asking for sizes", move |client| {
                let schema = schema.clone();
                Box::pin(async move {
                    let sum = "SELECT sum(pg_total_relation_size(c.oid))::bigint FROM pg_class c \
                               JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relkind = 'r'";
                    Ok(client.query_one(sum, &[&schema]).await?.try_get::<_, Option<i64>>(0)?)
                })
            });
            // Not every engine tells.
            Ok(sum.await.ok().flatten().and_then(|bytes| u64::try_from(bytes).ok()))
        })
    }

    fn put_document(&self, hash: String, bytes: Vec<u8>) -> Answer<'_, ()> {
        match check_name(&hash) {
            Ok(()) => self.ask(|shared| write_document(shared, hash, bytes)),
            Err(error) => refused(error),
        }
    }

    fn document(&self, hash: String) -> Answer<'_, Option<Vec<u8>>> {
        self.ask(|shared| named(shared, Named::Documents, hash))
    }

    fn documents(&self) -> Answer<'_, Vec<String>> {
        self.ask(|shared| async move {
            let names = shared.link.run("listing the texts", |client| {
                Box::pin(async move {
                    let rows = client.query("SELECT name FROM documents ORDER BY name", &[]).await?;
                    rows.iter().map(|row| Ok(row.try_get(0)?)).collect::<Result<Vec<String>, _>>()
                })
            });
            names.await
        })
    }

    fn secret(&self, name: String, proposal: [u8; 32]) -> Answer<'_, [u8; 32]> {
        if let Err(error) = check_name(&name) {
            return refused(error);
        }
        if name.contains(['/', '\\']) || name.starts_with('.') || name.ends_with(".new") {
            return refused(Error::new(ErrorKind::Refused, format!("`{name}` is no name of a secret")));
        }
        self.ask(|shared| async move { secret(&shared.link, name, proposal).await })
    }

    fn secrets(&self, prefix: String) -> Answer<'_, Vec<(String, [u8; 32])>> {
        self.ask(|shared| async move {
            let found = listed(shared, Named::Secrets, prefix).await?;
            let secret =
                |(name, bytes): (String, Vec<u8>)| Ok((name, bytes.try_into().map_err(|_| damaged("a secret"))?));
            found.into_iter().map(secret).collect()
        })
    }

    fn put_note(&self, name: String, bytes: Vec<u8>) -> Answer<'_, ()> {
        match check_note(&name, &bytes) {
            Ok(()) => self.ask(|shared| write_note(shared, name, bytes)),
            Err(error) => refused(error),
        }
    }

    fn note(&self, name: String) -> Answer<'_, Option<Vec<u8>>> {
        self.ask(|shared| named(shared, Named::Notes, name))
    }

    fn notes(&self, prefix: String) -> Answer<'_, Vec<(String, Vec<u8>)>> {
        self.ask(|shared| listed(shared, Named::Notes, prefix))
    }
}
