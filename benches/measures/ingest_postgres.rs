//! The floor of ingest on Postgres: `COPY` of rows that are ready made, in the form that needs no parsing, into the tables
//! themselves, then the sums over what came.

use std::time::Instant;

use sea_orm::sqlx::{self, AssertSqlSafe, Connection as _, Executor, PgConnection};
use uuid::Uuid;
use weft::store::Dialect;

use crate::Outcome;
use crate::content::{Shape, day, hash, id};
use crate::events::name;
use crate::sums::added;

const FACT: &str = "COPY performance_fact (id, day, channel, territory, impressions, clicks, conversions, cost, revenue, \
    currency, variant_id, audience_id, delivery_id, source_id, created_at, updated_at, observed_at) \
    FROM STDIN (FORMAT binary)";

const EVENT: &str = "COPY event (source, id, type, hash, time, received_at, state, happened_at) \
    FROM STDIN (FORMAT binary)";

/// How many bytes are sent at once.
const PIECE: usize = 256 * 1024;

/// Rows as `COPY` takes them in binary.
struct Rows(Vec<u8>);

impl Rows {
    fn new() -> Self {
        let mut bytes = b"PGCOPY\n\xff\r\n\0".to_vec();
        bytes.extend_from_slice(&[0; 8]);
        Rows(bytes)
    }

    fn row(&mut self, columns: i16) {
        self.0.extend_from_slice(&columns.to_be_bytes());
    }

    fn put(&mut self, bytes: &[u8]) {
        let length = i32::try_from(bytes.len()).unwrap_or_default();
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(bytes);
    }

    fn int(&mut self, number: i64) {
        self.put(&number.to_be_bytes());
    }

    fn id(&mut self, id: Uuid) {
        self.put(id.as_bytes());
    }

    fn end(mut self) -> Vec<u8> {
        self.row(-1);
        self.0
    }
}

/// The rows of some facts, and of their events.
fn rows(shape: Shape, numbers: std::ops::Range<i64>) -> (Vec<u8>, Vec<u8>) {
    let epoch = chrono::NaiveDate::from_ymd_opt(2000, 1, 1).unwrap_or_default();
    let (mut facts, mut events) = (Rows::new(), Rows::new());
    for n in numbers {
        let fact = shape.fact(n);
        let days = i32::try_from(day(fact.day).signed_duration_since(epoch).num_days()).unwrap_or_default();
        facts.row(17);
        facts.id(id("PerformanceFact", n));
        facts.put(&days.to_be_bytes());
        facts.put(fact.channel.as_bytes());
        facts.put(fact.territory.as_bytes());
        for number in [fact.impressions, fact.clicks, fact.conversions, fact.cost, fact.revenue] {
            facts.int(number);
        }
        facts.put(b"EUR");
        facts.id(id("Variant", fact.variant));
        facts.id(id("Audience", fact.audience));
        facts.id(id("Delivery", fact.delivery));
        facts.id(id("Source", 0));
        for _ in 0..3 {
            facts.int(fact.observed_at);
        }
        events.row(8);
        events.put(b"bench-0");
        events.put(name(n).as_bytes());
        events.put(b"weft.fact.observed");
        events.id(hash(n));
        events.int(fact.observed_at);
        events.int(fact.observed_at);
        events.put(b"TAKEN");
        events.int(fact.midnight);
    }
    (facts.end(), events.end())
}

/// Takes the events in, so many by a transaction. Answers how long it took until the last is on disk.
pub(crate) async fn take(url: &str, shape: Shape, chunk: i64) -> Outcome<f64> {
    let mut connection = PgConnection::connect(url).await?;
    let mut chunks = Vec::new();
    let mut first = 0;
    while first < shape.facts {
        let behind = (first + chunk).min(shape.facts);
        chunks.push((first, behind, rows(shape, first..behind)));
        first = behind;
    }
    let sums = match chunks.len() > 1 {
        true => added(Dialect::Postgres, "t.id >= $1 AND t.id < $2", true),
        false => added(Dialect::Postgres, "TRUE", false),
    };
    let began = Instant::now();
    for (first, behind, (facts, events)) in &chunks {
        connection.execute(sqlx::raw_sql("BEGIN")).await?;
        copy(&mut connection, FACT, facts).await?;
        copy(&mut connection, EVENT, events).await?;
        for sql in &sums {
            let statement = sqlx::query(AssertSqlSafe(sql.as_str()));
            let statement = match chunks.len() > 1 {
                true => statement.bind(id("PerformanceFact", *first)).bind(id("PerformanceFact", *behind)),
                false => statement,
            };
            statement.execute(&mut connection).await?;
        }
        connection.execute(sqlx::raw_sql("COMMIT")).await?;
    }
    Ok(began.elapsed().as_secs_f64())
}

async fn copy(connection: &mut PgConnection, sql: &str, rows: &[u8]) -> Outcome<()> {
    let mut copy = connection.copy_in_raw(sql).await?;
    for piece in rows.chunks(PIECE) {
        copy.send(piece).await?;
    }
    copy.finish().await?;
    Ok(())
}
