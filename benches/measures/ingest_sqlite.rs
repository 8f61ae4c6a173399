//! The floor of ingest on SQLite: a prepared statement for facts and one for events, then the sums over what came, in one
//! transaction.

use std::path::Path;
use std::time::Instant;

use rusqlite::{Connection, params};
use weft::store::Dialect;

use crate::Outcome;
use crate::content::{Fact, Shape, day, id};
use crate::events::name;
use crate::sums::added;

const FACT: &str = "INSERT INTO performance_fact (id, day, channel, territory, impressions, clicks, conversions, cost, \
    revenue, currency, variant_id, audience_id, delivery_id, source_id, created_at, updated_at, observed_at) \
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'EUR', ?, ?, ?, ?, ?, ?, ?)";

const EVENT: &str = "INSERT INTO event (source, id, type, hash, time, received_at, state, happened_at) \
    VALUES ('bench-0', ?, 'weft.fact.observed', ?, ?, ?, 'TAKEN', ?)";

/// Takes the events in, so many by a transaction. Answers how long it took until the last is on disk.
pub(crate) fn take(file: &Path, shape: Shape, chunk: i64) -> Outcome<f64> {
    let mut connection = Connection::open(file)?;
    // On disk when it is committed, as the gateway has it.
    connection
        .execute_batch("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -65536")?;
    let which = "t.id >= ?1 AND t.id < ?2";
    let sums = match chunk < shape.facts {
        true => added(Dialect::Sqlite, which, true),
        false => added(Dialect::Sqlite, "TRUE", false),
    };
    let began = Instant::now();
    let mut first = 0;
    while first < shape.facts {
        let behind = (first + chunk).min(shape.facts);
        let transaction = connection.transaction()?;
        {
            let mut fact = transaction.prepare_cached(FACT)?;
            let mut event = transaction.prepare_cached(EVENT)?;
            for n in first..behind {
                put(&mut fact, &mut event, (n, &shape.fact(n)))?;
            }
            let ids = [id("PerformanceFact", first), id("PerformanceFact", behind)];
            let ids = ids.each_ref().map(|id| id.as_bytes().as_slice());
            for sql in &sums {
                let mut statement = transaction.prepare_cached(sql)?;
                match statement.parameter_count() {
                    0 => statement.execute([])?,
                    _ => statement.execute(ids)?,
                };
            }
        }
        transaction.commit()?;
        first = behind;
    }
    let seconds = began.elapsed().as_secs_f64();
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")?;
    Ok(seconds)
}

fn put(
    into_facts: &mut rusqlite::Statement<'_>,
    into_events: &mut rusqlite::Statement<'_>,
    (n, fact): (i64, &Fact),
) -> Outcome<()> {
    let text = day(fact.day).to_string();
    into_facts.execute(params![
        id("PerformanceFact", n).as_bytes(),
        text,
        fact.channel,
        fact.territory,
        fact.impressions,
        fact.clicks,
        fact.conversions,
        fact.cost,
        fact.revenue,
        id("Variant", fact.variant).as_bytes(),
        id("Audience", fact.audience).as_bytes(),
        id("Delivery", fact.delivery).as_bytes(),
        id("Source", 0).as_bytes(),
        fact.observed_at,
        fact.observed_at,
        fact.observed_at,
    ])?;
    into_events.execute(params![
        name(n),
        crate::content::hash(n).as_bytes(),
        fact.observed_at,
        fact.observed_at,
        fact.midnight
    ])?;
    Ok(())
}
