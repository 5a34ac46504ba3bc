//! The personal values: whose they are, and their end.

use std::sync::Arc;

use time::{Duration, OffsetDateTime};

use super::{Shared, months::month};
use crate::store::{Erasure, Error};

/// Values whose time has come that are destroyed in one step.
const EXPIRIES: i64 = 4096;

pub(super) async fn by_visitor(shared: Arc<Shared>, tag: [u8; 16]) -> Result<Vec<u64>, Error> {
    let rows = shared.link.run("looking for a visitor's events", move |client| {
        Box::pin(async move {
            let places = client.prepare_cached("SELECT place FROM lasting WHERE tag = $1 ORDER BY place").await?;
            let rows = client.query(&places, &[&tag.as_slice()]).await?;
            rows.iter().map(|row| Ok(row.try_get::<_, i64>(0)?)).collect::<Result<Vec<i64>, _>>()
        })
    });
    Ok(rows.await?.into_iter().filter_map(|place| u64::try_from(place).ok()).collect())
}

/// Returns the last event of each visitor.
pub(super) async fn last_of(shared: Arc<Shared>, tags: Vec<[u8; 16]>) -> Result<Vec<Option<u64>>, Error> {
    let wanted: Vec<Vec<u8>> = tags.iter().map(|tag| tag.to_vec()).collect();
    let found = shared.link.run("looking for visitors' last events", move |client| {
        let wanted = wanted.clone();
        Box::pin(async move {
            let last = "SELECT tag, max(place) FROM lasting WHERE tag = ANY ($1) GROUP BY tag";
            let last = client.prepare_cached(last).await?;
            let rows = client.query(&last, &[&wanted]).await?;
            let pair = |row: &tokio_postgres::Row| Ok((row.try_get::<_, Vec<u8>>(0)?, row.try_get::<_, i64>(1)?));
            rows.iter().map(pair).collect::<Result<std::collections::HashMap<_, _>, _>>()
        })
    });
    let found = found.await?;
    let last = |tag: &[u8; 16]| found.get(tag.as_slice()).and_then(|place| u64::try_from(*place).ok());
    Ok(tags.iter().map(last).collect())
}

pub(super) async fn erase(shared: Arc<Shared>, erasure: Erasure) -> Result<u64, Error> {
    match erasure {
        Erasure::Event(place) => erase_event(&shared, place).await,
        Erasure::Visitor(visitor) => erase_visitor(&shared, shared.tag(visitor)).await,
        Erasure::Expired(now) => erase_expired(&shared, now).await,
    }
}

async fn erase_visitor(shared: &Arc<Shared>, tag: [u8; 16]) -> Result<u64, Error> {
    let erased = shared.link.run("erasing a visitor's values", move |client| {
        Box::pin(async move {
            let write = client.transaction().await?;
            let rows = write.query("DELETE FROM lasting WHERE tag = $1 RETURNING place", &[&tag.as_slice()]).await?;
            let places = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<i64>, _>>()?;
            write.execute("DELETE FROM brief WHERE place = ANY ($1)", &[&places]).await?;
            let insert = "INSERT INTO erasures (place) SELECT unnest($1::bigint[]) ON CONFLICT DO NOTHING";
            write.execute(insert, &[&places]).await?;
            write.commit().await?;
            Ok(places.len() as u64)
        })
    });
    erased.await
}

async fn erase_event(shared: &Arc<Shared>, place: u64) -> Result<u64, Error> {
    // No event is that far.
    let Ok(place) = i64::try_from(place) else { return Ok(0) };
    let erased = shared.link.run("erasing an event's values", move |client| {
        Box::pin(async move {
            let write = client.transaction().await?;
            let lasting = write.execute("DELETE FROM lasting WHERE place = $1", &[&place]).await?;
            let brief = write.execute("DELETE FROM brief WHERE place = $1", &[&place]).await?;
            if lasting + brief == 0 {
                return Ok(0);
            }
            write.execute("INSERT INTO erasures (place) VALUES ($1) ON CONFLICT DO NOTHING", &[&place]).await?;
            write.commit().await?;
            Ok(1)
        })
    });
    erased.await
}

async fn erase_expired(shared: &Arc<Shared>, now: OffsetDateTime) -> Result<u64, Error> {
    // A whole month goes with its table; by the clock that made the tables, and never before the last value's time.
    if shared.engine.divides {
        let dropped = shared.months.drop_over(&shared.link, month(now - Duration::hours(1))).await;
        match dropped {
            Ok(0) => {}
            Ok(count) => return Ok(count),
            // Without the right to drop tables, or behind a long reader, rows are deleted.
            Err(_) => {}
        }
    }
    let now = now.unix_timestamp();
    let erased = shared.link.run("destroying values whose time has come", move |client| {
        Box::pin(async move {
            let delete = "DELETE FROM brief WHERE (place, month) IN \
                          (SELECT place, month FROM brief WHERE until < $1 ORDER BY until LIMIT $2)";
            Ok(client.execute(delete, &[&now, &EXPIRIES]).await?)
        })
    });
    erased.await
}
