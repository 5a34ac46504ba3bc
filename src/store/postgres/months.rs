//! The tables of the months: made before they are needed, dropped when all in them is over.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

use time::{Month, OffsetDateTime};

use super::{connection::Link, failure::Failed};
use crate::store::Error;

/// A month as the tables have it: 202611 is November 2026.
pub(super) type Number = i32;

/// Returns the month of a time.
pub(super) fn month(time: OffsetDateTime) -> Number {
    time.year() * 100 + i32::from(u8::from(time.month()))
}

/// Returns the month after another.
pub(super) fn next(month: Number) -> Number {
    if month % 100 == i32::from(u8::from(Month::December)) { month + 89 } else { month + 1 }
}

/// What is said where a table cannot be made.
const MAKING: &str =
    "making the table of a month (a role that may not needs `store migrate`, run by the tables' owner)";

/// Knows which tables there are.
#[derive(Debug, Default)]
pub(super) struct Months(Mutex<BTreeSet<(&'static str, Number)>>);

impl Months {
    fn known(&self) -> std::sync::MutexGuard<'_, BTreeSet<(&'static str, Number)>> {
        // A set of what is known may miss something, it never has what is not.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets what was known, for when it was wrong.
    pub(super) fn forget(&self) {
        self.known().clear();
    }

    /// Makes the tables of months that are not there.
    pub(super) async fn make(&self, link: &Arc<Link>, wanted: &[(&'static str, Number)]) -> Result<(), Error> {
        let missing: BTreeSet<_> = wanted.iter().copied().filter(|month| !self.known().contains(month)).collect();
        for (parent, number) in missing {
            link.run(MAKING, move |client| {
                Box::pin(async move {
                    let there = "SELECT 1 FROM months WHERE parent = $1 AND month = $2";
                    if client.query_opt(there, &[&parent, &number]).await?.is_some() {
                        return Ok(());
                    }
                    let write = client.transaction().await?;
                    write
                        .batch_execute(&format!(
                            "CREATE TABLE IF NOT EXISTS {parent}_{number} PARTITION OF {parent} FOR VALUES FROM ({number}) TO ({})",
                            next(number)
                        ))
                        .await?;
                    let insert = "INSERT INTO months (parent, month) VALUES ($1, $2) ON CONFLICT DO NOTHING";
                    write.execute(insert, &[&parent, &number]).await?;
                    write.commit().await?;
                    Ok(())
                })
            })
            .await?;
            self.known().insert((parent, number));
        }
        Ok(())
    }

    /// Drops the tables of `brief` values whose month is over, and says how many values were in them.
    pub(super) async fn drop_over(&self, link: &Arc<Link>, now: Number) -> Result<u64, Error> {
        let over = link
            .run("looking for months that are over", move |client| {
                Box::pin(async move {
                    let over = "SELECT month FROM months WHERE parent = 'brief' AND month < $1 ORDER BY month";
                    let rows = client.query(over, &[&now]).await?;
                    rows.iter().map(|row| Ok(row.try_get::<_, Number>(0)?)).collect::<Result<Vec<_>, Failed>>()
                })
            })
            .await?;
        let mut count = 0;
        for number in over {
            count += link
                .run("dropping a month that is over", move |client| Box::pin(gone(client, "brief", number)))
                .await?;
        }
        if count > 0 {
            self.forget();
        }
        Ok(count)
    }

    /// Drops the tables of `lasting` values in which nothing is left, of months before `now`.
    pub(super) async fn drop_empty(&self, link: &Arc<Link>, now: Number) -> Result<(), Error> {
        let empty = link
            .run("looking for months that are empty", move |client| {
                Box::pin(async move {
                    let over = "SELECT month FROM months WHERE parent = 'lasting' AND month < $1 ORDER BY month";
                    let mut empty: Vec<Number> = Vec::new();
                    for row in client.query(over, &[&now]).await? {
                        let number: Number = row.try_get(0)?;
                        let any =
                            client.query_opt("SELECT 1 FROM lasting WHERE month = $1 LIMIT 1", &[&number]).await?;
                        if any.is_none() {
                            empty.push(number);
                        }
                    }
                    Ok(empty)
                })
            })
            .await?;
        for number in empty {
            link.run("dropping a month that is empty", move |client| Box::pin(gone(client, "lasting", number))).await?;
        }
        Ok(())
    }
}

/// Drops a month's table and says how many rows it had.
async fn gone(client: &mut deadpool_postgres::Object, parent: &str, number: Number) -> Result<u64, Failed> {
    let write = client.transaction().await?;
    // Behind a long reader everyone else would wait for this: rather later.
    write.batch_execute("SET LOCAL lock_timeout = 500").await?;
    let had = write.execute("DELETE FROM months WHERE parent = $1 AND month = $2", &[&parent, &number]).await?;
    if had == 0 {
        return Ok(0);
    }
    let row = write.query_one(&format!("SELECT count(*) FROM {parent}_{number}"), &[]).await?;
    write.batch_execute(&format!("DROP TABLE {parent}_{number}")).await?;
    write.commit().await?;
    let count: i64 = row.try_get(0)?;
    Ok(u64::try_from(count).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn months_follow_each_other() {
        assert_eq!(month(datetime!(2026-11-28 12:00 UTC)), 202_611);
        assert_eq!((next(202_611), next(202_612)), (202_612, 202_701));
    }
}
