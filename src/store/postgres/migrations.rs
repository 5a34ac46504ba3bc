//! The tables: made and changed by the files carried in the binary, each once, by one instance at a time.

use std::sync::Arc;

use super::{connection::Link, failure::Failed};
use crate::store::{Error, ErrorKind};

/// Every change of the tables, in order; a file that was released is never changed.
const MIGRATIONS: [(i32, &str, &str); 1] = [(1, "log", include_str!("0001-log.sql"))];

/// What is known of the database once it is open.
#[derive(Clone, Copy, Debug)]
pub(super) struct Engine {
    /// Whether tables can be divided by month.
    pub(super) divides: bool,
}

/// Looks at the database, and brings its tables to what this release needs; without `making` only looks.
///
/// # Errors
///
/// When the tables are those of a newer release, or may not be made; when the server does not keep what it confirmed.
pub(super) async fn prepare(link: &Arc<Link>, making: bool) -> Result<Engine, Error> {
    let engine = look(link).await?;
    let newest = MIGRATIONS.last().map_or(0, |(number, _, _)| *number);
    let found = state(link).await?;
    if found > newest {
        let what = format!(
            "the tables in {} are those of a newer release (migration {found}, this one knows {newest}): update this one",
            link.shown
        );
        return Err(Error::new(ErrorKind::Refused, what));
    }
    if found == newest {
        return Ok(engine);
    }
    if !making {
        let what = match found {
            0 => format!("there is no store in {}", link.shown),
            _ => format!(
                "the tables in {} are those of an older release: run `store migrate` as their owner",
                link.shown
            ),
        };
        return Err(Error::new(ErrorKind::Unavailable, what));
    }
    let schema = link.schema.clone();
    link.run("making the tables", move |client| {
        let schema = schema.clone();
        Box::pin(async move {
            // Whoever makes them at the same moment fails here and comes again.
            let exists = client.query_opt("SELECT 1 FROM pg_namespace WHERE nspname = $1", &[&schema]).await?;
            if exists.is_none() {
                client.batch_execute(&format!("CREATE SCHEMA IF NOT EXISTS \"{schema}\"")).await?;
            }
            client
                .batch_execute(
                    "CREATE TABLE IF NOT EXISTS migrations (number integer PRIMARY KEY, name text NOT NULL, \
                     at timestamptz NOT NULL DEFAULT now()); \
                     INSERT INTO migrations (number, name) VALUES (0, 'lock') ON CONFLICT DO NOTHING",
                )
                .await?;
            let write = client.transaction().await?;
            write.batch_execute("SET LOCAL statement_timeout = 0").await?;
            // The lock: one instance changes tables, the others wait here and then find it done.
            write.query_one("SELECT number FROM migrations WHERE number = 0 FOR UPDATE", &[]).await?;
            let row = write.query_one("SELECT coalesce(max(number), 0) FROM migrations", &[]).await?;
            let done: i32 = row.try_get(0)?;
            for (number, name, text) in MIGRATIONS.into_iter().filter(|(number, _, _)| *number > done) {
                let by_month = if engine.divides { "PARTITION BY RANGE (month)" } else { "" };
                write.batch_execute(&text.replace("{by_month}", by_month)).await?;
                write.execute("INSERT INTO migrations (number, name) VALUES ($1, $2)", &[&number, &name]).await?;
            }
            write.commit().await?;
            Ok(())
        })
    })
    .await?;
    Ok(engine)
}

/// What a role needs to serve a site: no tables of its own, none taken away.
const GRANTS: [(&str, &str); 12] = [
    ("brief", "SELECT, INSERT, DELETE"),
    ("documents", "SELECT, INSERT"),
    ("entries", "SELECT, INSERT"),
    ("erasures", "SELECT, INSERT"),
    ("head", "SELECT, UPDATE"),
    ("lasting", "SELECT, INSERT, DELETE"),
    ("leases", "SELECT, INSERT, UPDATE"),
    ("migrations", "SELECT"),
    ("months", "SELECT"),
    ("notes", "SELECT, INSERT, UPDATE, DELETE"),
    ("secrets", "SELECT, INSERT"),
    ("segments", "SELECT, INSERT"),
];

/// Gives a role what it needs to serve a site.
pub(super) async fn grant(link: &Arc<Link>, role: &str) -> Result<(), Error> {
    let mut text = format!("GRANT USAGE ON SCHEMA \"{}\" TO \"{role}\";", link.schema);
    for (table, rights) in GRANTS {
        text.push_str(&format!(" GRANT {rights} ON {table} TO \"{role}\";"));
    }
    let granted = link.run("granting a role its rights", move |client| {
        let text = text.clone();
        Box::pin(async move { Ok(client.batch_execute(&text).await?) })
    });
    granted.await
}

/// Returns the number of the newest change that was made; 0 where there are no tables.
async fn state(link: &Arc<Link>) -> Result<i32, Error> {
    let schema = link.schema.clone();
    link.run("looking for the tables", move |client| {
        let schema = schema.clone();
        Box::pin(async move {
            let there = "SELECT 1 FROM information_schema.tables WHERE table_schema = $1 AND table_name = 'migrations'";
            if client.query_opt(there, &[&schema]).await?.is_none() {
                return Ok(0);
            }
            let row = client.query_one("SELECT coalesce(max(number), 0) FROM migrations", &[]).await?;
            Ok(row.try_get(0)?)
        })
    })
    .await
}

/// Asks which engine it is, and whether it keeps what it confirms.
async fn look(link: &Arc<Link>) -> Result<Engine, Error> {
    link.run("opening the store", |client| {
        Box::pin(async move {
            let row = client.query_one("SELECT version(), current_setting('fsync', true)", &[]).await?;
            let (version, fsync): (String, Option<String>) = (row.try_get(0)?, row.try_get(1)?);
            if fsync.as_deref() == Some("off") {
                let what = "the server has `fsync` off and loses what it confirmed: turn it on";
                return Err(Failed::for_good(Error::new(ErrorKind::Refused, what)));
            }
            // CockroachDB has ranges of its own and no `PARTITION OF`.
            Ok(Engine { divides: !version.contains("CockroachDB") })
        })
    })
    .await
}
