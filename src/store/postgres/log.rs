//! The log in its tables: appended to by compare-and-swap, read in ranges.

use std::{
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use deadpool_postgres::Object;
use time::OffsetDateTime;

use super::{
    Shared, damaged,
    failure::Failed,
    months::{Number, month},
};
use crate::{
    audit::{Entry, Hash, Head, SEGMENT, Tree, leaf_hash},
    clock::{Clock, SystemClock},
    store::{Error, ErrorKind},
};

/// When what has no end ends: a value stays as long as a table can.
pub(super) const ENDLESS: OffsetDateTime = time::macros::datetime!(9999-12-01 0:00 UTC);

/// The entries of one append, as columns.
#[derive(Debug, Default)]
struct Batch {
    month: Number,
    places: Vec<i64>,
    leaves: Vec<Vec<u8>>,
    hashes: Vec<Vec<u8>>,
    lasting: Vec<(i64, Option<Vec<u8>>, String)>,
    brief: Vec<(i64, Number, i64, String)>,
}

impl Batch {
    fn of(shared: &Shared, first: u64, entries: Vec<Entry>) -> Result<Self, Error> {
        let mut batch = Self { month: month(SystemClock.now()), ..Self::default() };
        for (entry, place) in entries.into_iter().zip(first..) {
            let place = number(place)?;
            batch.places.push(place);
            batch.hashes.push(leaf_hash(&entry.leaf).to_vec());
            batch.leaves.push(entry.leaf);
            if entry.visitor.is_some() || !entry.disclosures.is_empty() {
                let tag = entry.visitor.map(|visitor| shared.tag(visitor).to_vec());
                batch.lasting.push((place, tag, entry.disclosures.join("\n")));
            }
            if !entry.brief.is_empty() {
                let until = entry.brief_until.unwrap_or(ENDLESS);
                // A month whose table may be gone is never written to.
                let number = month(until).max(batch.month);
                batch.brief.push((place, number, until.unix_timestamp(), entry.brief.join("\n")));
            }
        }
        Ok(batch)
    }

    /// Returns the tables the batch needs.
    fn months(&self) -> Vec<(&'static str, Number)> {
        let brief = self.brief.iter().map(|(_, number, _, _)| ("brief", *number));
        [("entries", self.month), ("lasting", self.month)].into_iter().chain(brief).collect()
    }

    async fn insert(&self, write: &deadpool_postgres::Transaction<'_>) -> Result<(), Failed> {
        let entries = "INSERT INTO entries (place, month, leaf, hash) \
                       SELECT place, $2::int, leaf, hash FROM unnest($1::bigint[], $3::bytea[], $4::bytea[]) AS t (place, leaf, hash)";
        let lasting = "INSERT INTO lasting (place, month, tag, disclosures) \
                       SELECT place, $2::int, tag, disclosures FROM unnest($1::bigint[], $3::bytea[], $4::text[]) AS t (place, tag, disclosures)";
        let brief = "INSERT INTO brief (place, month, until, disclosures) \
                     SELECT * FROM unnest($1::bigint[], $2::int[], $3::bigint[], $4::text[])";
        let (entries, lasting, brief) = tokio::try_join!(
            write.prepare_cached(entries),
            write.prepare_cached(lasting),
            write.prepare_cached(brief)
        )?;
        let of_lasting = (
            self.lasting.iter().map(|row| row.0).collect::<Vec<_>>(),
            self.lasting.iter().map(|row| row.1.as_deref()).collect::<Vec<_>>(),
            self.lasting.iter().map(|row| row.2.as_str()).collect::<Vec<_>>(),
        );
        let of_brief = (
            self.brief.iter().map(|row| row.0).collect::<Vec<_>>(),
            self.brief.iter().map(|row| row.1).collect::<Vec<_>>(),
            self.brief.iter().map(|row| row.2).collect::<Vec<_>>(),
            self.brief.iter().map(|row| row.3.as_str()).collect::<Vec<_>>(),
        );
        // One after the other on the wire, without waiting between them.
        tokio::try_join!(
            async { write.execute(&entries, &[&self.places, &self.month, &self.leaves, &self.hashes]).await },
            async {
                match self.lasting.is_empty() {
                    true => Ok(0),
                    false => write.execute(&lasting, &[&of_lasting.0, &self.month, &of_lasting.1, &of_lasting.2]).await,
                }
            },
            async {
                match self.brief.is_empty() {
                    true => Ok(0),
                    false => write.execute(&brief, &[&of_brief.0, &of_brief.1, &of_brief.2, &of_brief.3]).await,
                }
            },
        )?;
        Ok(())
    }
}

/// Returns a place in the log as the tables have it.
fn number(place: u64) -> Result<i64, Error> {
    i64::try_from(place).map_err(|source| Error::new(ErrorKind::Refused, "the log is too long").with_source(source))
}

pub(super) async fn head(shared: Arc<Shared>) -> Result<Head, Error> {
    let found = shared.link.run("reading the head of the log", |client| {
        Box::pin(async move {
            let head = client.prepare_cached("SELECT frontier FROM head WHERE one = 1").await?;
            Ok(client.query_one(&head, &[]).await?.try_get::<_, Vec<u8>>(0)?)
        })
    });
    Head::decode(&found.await?).ok_or_else(|| damaged("the head of the log"))
}

/// Appends by compare-and-swap.
///
/// Whoever lost the connection while it was confirmed does not know whether it was: the attempt is repeated, and where the
/// head has moved, the last entry tells whose batch it was. Fresh salts make every entry one of its kind.
pub(super) async fn append(shared: Arc<Shared>, expected: Head, entries: Vec<Entry>, next: Head) -> Result<(), Error> {
    if expected.size() + entries.len() as u64 != next.size() {
        return Err(Error::new(ErrorKind::Refused, "the next head does not count the entries"));
    }
    let batch = Arc::new(Batch::of(&shared, expected.size(), entries)?);
    shared.make(&batch.months()).await?;
    let (before, after) = (number(expected.size())?, number(next.size())?);
    let doubtful = Arc::new(AtomicBool::new(false));
    let done = shared.link.run("appending to the log", |client: &mut Object| {
        let (batch, doubtful) = (batch.clone(), doubtful.clone());
        let (was, root, frontier) = (expected.root().to_vec(), next.root().to_vec(), next.encode());
        Box::pin(async move {
            let write = client.transaction().await?;
            let swap = "UPDATE head SET size = $1, root = $2, frontier = $3 WHERE one = 1 AND size = $4 AND root = $5";
            let swap = write.prepare_cached(swap).await?;
            if write.execute(&swap, &[&after, &root, &frontier, &before, &was]).await? == 0 {
                drop(write);
                if doubtful.load(Ordering::Acquire) && is_ours(client, &batch).await? {
                    return Ok(());
                }
                let what = "another writer moved the head of the log";
                return Err(Failed::for_good(Error::new(ErrorKind::Conflict, what)));
            }
            batch.insert(&write).await?;
            doubtful.store(true, Ordering::Release);
            write.commit().await?;
            Ok(())
        })
    });
    let done = done.await;
    if done.is_err() {
        // A table may have been dropped that was thought to be there.
        shared.months.forget();
    }
    done
}

/// Says whether the batch is in the log.
async fn is_ours(client: &Object, batch: &Batch) -> Result<bool, Failed> {
    let (Some(place), Some(hash)) = (batch.places.last(), batch.hashes.last()) else { return Ok(false) };
    let found = client.query_opt("SELECT hash FROM entries WHERE place = $1", &[place]).await?;
    Ok(found.is_some_and(|row| row.try_get::<_, Vec<u8>>(0).is_ok_and(|found| found == *hash)))
}

pub(super) async fn read(shared: Arc<Shared>, range: Range<u64>) -> Result<Vec<Entry>, Error> {
    let start = i64::try_from(range.start).unwrap_or(i64::MAX);
    let end = i64::try_from(range.end).unwrap_or(i64::MAX);
    if start >= end {
        return Ok(Vec::new());
    }
    let (entries, lasting, brief) = shared
        .link
        .run("reading the log", move |client| {
            Box::pin(async move {
                let (entries, lasting, brief) = tokio::try_join!(
                    client.prepare_cached(
                        "SELECT place, leaf FROM entries WHERE place >= $1 AND place < $2 ORDER BY place"
                    ),
                    client.prepare_cached("SELECT place, disclosures FROM lasting WHERE place >= $1 AND place < $2"),
                    client
                        .prepare_cached("SELECT place, until, disclosures FROM brief WHERE place >= $1 AND place < $2"),
                )?;
                Ok(tokio::try_join!(
                    async { client.query(&entries, &[&start, &end]).await },
                    async { client.query(&lasting, &[&start, &end]).await },
                    async { client.query(&brief, &[&start, &end]).await },
                )?)
            })
        })
        .await?;
    let column = |_| damaged("a row of the log");
    let mut found: Vec<Entry> = Vec::with_capacity(entries.len());
    for (row, place) in entries.iter().zip(start..) {
        if row.try_get::<_, i64>(0).map_err(column)? != place {
            return Err(Error::new(ErrorKind::Corrupt, format!("entry {place} is missing")));
        }
        found.push(Entry::from_parts(row.try_get(1).map_err(column)?, Vec::new()));
    }
    let at = |place: i64| usize::try_from(place - start).unwrap_or(usize::MAX);
    let lines = |text: String| text.lines().map(str::to_owned).collect::<Vec<_>>();
    for row in lasting {
        // What was appended between the questions is not asked for.
        if let Some(entry) = found.get_mut(at(row.try_get(0).map_err(column)?)) {
            entry.disclosures = lines(row.try_get(1).map_err(column)?);
        }
    }
    for row in brief {
        if let Some(entry) = found.get_mut(at(row.try_get(0).map_err(column)?)) {
            entry.brief = lines(row.try_get(2).map_err(column)?);
            entry.brief_until = OffsetDateTime::from_unix_timestamp(row.try_get(1).map_err(column)?).ok();
        }
    }
    Ok(found)
}

/// Returns the hashes of a range of entries.
pub(super) async fn hashes(shared: &Arc<Shared>, range: Range<u64>) -> Result<Vec<Hash>, Error> {
    let (start, end) = (number(range.start)?, number(range.end)?);
    let rows = shared.link.run("reading the tree of the log", move |client| {
        Box::pin(async move {
            let hashes = "SELECT place, hash FROM entries WHERE place >= $1 AND place < $2 ORDER BY place";
            let hashes = client.prepare_cached(hashes).await?;
            Ok(client.query(&hashes, &[&start, &end]).await?)
        })
    });
    let hash = |(row, place): (&tokio_postgres::Row, i64)| {
        let (found, hash): (i64, Vec<u8>) = (row.try_get(0).ok()?, row.try_get(1).ok()?);
        (found == place).then_some(())?;
        hash.try_into().ok()
    };
    let hashes: Option<Vec<Hash>> = rows.await?.iter().zip(start..).map(hash).collect();
    hashes.ok_or_else(|| damaged("the tree of the log"))
}

/// Returns the roots of the segments that were added up.
pub(super) async fn segments(shared: Arc<Shared>) -> Result<Vec<Hash>, Error> {
    let rows = shared.link.run("reading the segments of the log", |client| {
        Box::pin(async move { Ok(client.query("SELECT number, root FROM segments ORDER BY number", &[]).await?) })
    });
    let root = |(row, number): (&tokio_postgres::Row, i64)| {
        let (found, root): (i64, Vec<u8>) = (row.try_get(0).ok()?, row.try_get(1).ok()?);
        (found == number).then_some(())?;
        root.try_into().ok()
    };
    let roots: Option<Vec<Hash>> = rows.await?.iter().zip(0..).map(root).collect();
    roots.ok_or_else(|| damaged("the segments of the log"))
}

/// Adds up the oldest segment that is complete and was not; says whether there was one.
pub(super) async fn add_up(shared: &Arc<Shared>) -> Result<bool, Error> {
    let (size, done): (i64, i64) = shared
        .link
        .run("looking for complete segments", |client| {
            Box::pin(async move {
                let both = "SELECT size, (SELECT count(*) FROM segments) FROM head WHERE one = 1";
                let row = client.query_one(both, &[]).await?;
                Ok((row.try_get(0)?, row.try_get(1)?))
            })
        })
        .await?;
    let (size, done) = (u64::try_from(size).unwrap_or(0), u64::try_from(done).unwrap_or(0));
    if size < (done + 1) * SEGMENT {
        return Ok(false);
    }
    let hashes = hashes(shared, done * SEGMENT..(done + 1) * SEGMENT).await?;
    if hashes.len() as u64 != SEGMENT {
        return Err(damaged("a segment of the log"));
    }
    let mut tree = Tree::default();
    hashes.into_iter().for_each(|hash| tree.push(hash));
    let (number, root) = (number(done)?, tree.root().to_vec());
    let write = shared.link.run("adding up a segment of the log", move |client| {
        let root = root.clone();
        Box::pin(async move {
            let insert = "INSERT INTO segments (number, root) VALUES ($1, $2) ON CONFLICT DO NOTHING";
            Ok(client.execute(insert, &[&number, &root]).await?)
        })
    });
    write.await.map(|_| true)
}
