//! Reading SQLite where the caller stands: a statement that is short, as nearly all are, is run in place and hands
//! nothing over between threads. One that turns out long is broken off and run again where it may take its time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::types::{Null, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Error, ErrorCode, Row, params_from_iter};
use sea_orm::{DbErr, RuntimeErr, Statement, Value};
use uuid::Uuid;

use super::added::{Added, By};
use super::file::File;
use super::rows::Cell;
use super::table::{Asked, Table};
use crate::catalogue::{Holds, Kind};

/// How many steps of SQLite's machine lie between two looks at a statement, some tens of microseconds.
const STEPS: i32 = 2_000;

/// How many looks a statement gets where others wait for its thread, some milliseconds; a page or a level needs a few.
/// One that waits for the disk is broken off by the clock.
const LOOKS: u64 = 150;
const IN_PLACE: Duration = Duration::from_millis(20);

/// How long statements may keep a thread, one after the other, until what else waits for it has a turn, the deadline
/// of their own operation among it.
const SPENT: Duration = Duration::from_millis(5);

/// How long a statement that may take its time waits for a file that another program has to itself.
const BUSY: Duration = Duration::from_secs(5);

/// What is kept of each connection: its pages, in KiB, and its prepared statements.
const CACHE: i32 = 4_000;
const STATEMENTS: usize = 256;

/// A connection that only reads.
#[derive(Debug)]
pub(super) struct Reading {
    connection: Connection,
    watch: Arc<Watch>,
    /// How long its statements have kept their thread since they let others have it.
    spent: Duration,
}

/// When the running statement must end.
#[derive(Debug)]
struct Watch {
    epoch: Instant,
    /// Nanoseconds behind the epoch.
    until: AtomicU64,
    /// How often it may still be looked at.
    looks: AtomicU64,
}

/// Whoever waits for a statement; going away before it has ended breaks it off.
struct Waiting(Arc<Watch>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.looks.store(0, Ordering::Relaxed);
    }
}

impl Watch {
    /// Looks at the statement: whether it must end. Whoever waits may go away meanwhile, so that the last look stays.
    fn is_over(&self) -> bool {
        let look = |looks: u64| looks.checked_sub(1);
        let looks = self.looks.fetch_update(Ordering::Relaxed, Ordering::Relaxed, look);
        looks.is_err() || self.now() > self.until.load(Ordering::Relaxed)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.epoch.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn in_place(&self) {
        let time = u64::try_from(IN_PLACE.as_nanos()).unwrap_or(u64::MAX);
        self.until.store(self.now().saturating_add(time), Ordering::Relaxed);
        self.looks.store(LOOKS, Ordering::Relaxed);
    }

    fn at_leisure(&self) {
        self.until.store(u64::MAX, Ordering::Relaxed);
        self.looks.store(u64::MAX, Ordering::Relaxed);
    }
}

impl Reading {
    /// Opens a file, which the pool has made.
    pub(super) fn open(file: &File) -> Result<Self, DbErr> {
        Reading::opened(file).map_err(|error| DbErr::Conn(RuntimeErr::Internal(error.to_string())))
    }

    fn opened(file: &File) -> rusqlite::Result<Self> {
        let connection = file.open()?;
        connection.busy_timeout(Duration::ZERO)?;
        connection.execute_batch(&format!("PRAGMA query_only = ON; PRAGMA cache_size = -{CACHE}"))?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        let watch = Arc::new(Watch {
            epoch: Instant::now(),
            until: AtomicU64::new(u64::MAX),
            looks: AtomicU64::new(u64::MAX),
        });
        let watching = watch.clone();
        connection.progress_handler(STEPS, Some(move || watching.is_over()))?;
        Ok(Reading { connection, watch, spent: Duration::ZERO })
    }

    /// Runs a statement and reads all its rows, with what their columns hold. Answers the connection where it can be
    /// used again. Whoever stops waiting stops the statement.
    pub(super) async fn all(mut self, asked: &Asked<'_>) -> (Option<Self>, Result<Table, DbErr>) {
        if let Some(answer) = self.run_in_place(asked) {
            // Many short statements keep their thread as one long one does.
            if self.spent > SPENT {
                self.spent = Duration::ZERO;
                tokio::task::yield_now().await;
            }
            return (Some(self), answer.map_err(told));
        }
        self.spent = Duration::ZERO;
        self.watch.at_leisure();
        let _waiting = Waiting(self.watch.clone());
        let (statement, holds, added) = (asked.statement.clone(), asked.holds.to_vec(), asked.added.cloned());
        let running = tokio::task::spawn_blocking(move || {
            let ready = self.connection.busy_timeout(BUSY);
            let answer = ready.and_then(|()| self.run(&statement, &holds, added.as_ref()));
            // Whatever came of it: in place nothing may wait. A connection that cannot be told so is given up.
            let restored = self.connection.busy_timeout(Duration::ZERO);
            (restored.is_ok().then_some(self), answer)
        });
        match running.await {
            Ok((reading, answer)) => (reading, answer.map_err(told)),
            Err(error) => (None, Err(DbErr::Query(RuntimeErr::Internal(error.to_string())))),
        }
    }

    /// Runs a statement where the caller stands; nothing where it is long, or meets a locked file.
    fn run_in_place(&mut self, asked: &Asked<'_>) -> Option<rusqlite::Result<Table>> {
        if asked.long {
            return None;
        }
        let begun = Instant::now();
        self.watch.in_place();
        let answer = self.run(asked.statement, asked.holds, asked.added);
        self.spent += begun.elapsed();
        match answer {
            Err(Error::SqliteFailure(failure, _))
                if matches!(failure.code, ErrorCode::OperationInterrupted | ErrorCode::DatabaseBusy) =>
            {
                None
            }
            answer => Some(answer),
        }
    }

    fn run(&self, statement: &Statement, holds: &[Holds], added: Option<&By>) -> rusqlite::Result<Table> {
        let mut prepared = self.connection.prepare_cached(&statement.sql)?;
        let values = statement.values.as_ref().map_or(&[][..], |values| &values.0);
        let mut rows = prepared.query(params_from_iter(values.iter().map(Bound)))?;
        if let Some(by) = added {
            return sums(rows, holds, by);
        }
        let mut cells = Vec::with_capacity(holds.len());
        while let Some(row) = rows.next()? {
            for (place, holds) in holds.iter().enumerate() {
                cells.push(cell(row, place, *holds)?);
            }
        }
        Ok(Table::new(holds.len(), cells))
    }
}

/// Adds up rows by their first cells.
fn sums(mut rows: rusqlite::Rows<'_>, holds: &[Holds], by: &By) -> rusqlite::Result<Table> {
    let mut added = Added::new(holds.len());
    let (mut key, mut part) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        key.clear();
        for place in 0..by.keys {
            let mut value = row.get_ref(place)?;
            if let (0, Some(parts)) = (place, &by.parts) {
                part = parts.place(value.as_str()?, part);
                value = ValueRef::Integer(i64::try_from(part).unwrap_or_default());
            }
            write_key(&mut key, value);
        }
        let Some(place) = added.place(&key) else {
            let cells = holds.iter().enumerate().map(|(place, holds)| match (place, &by.parts) {
                (0, Some(_)) => Ok(Cell::Int(i64::try_from(part).unwrap_or_default())),
                _ => cell(row, place, *holds),
            });
            added.put(&key, cells.collect::<rusqlite::Result<_>>()?);
            continue;
        };
        for column in by.keys..holds.len() - by.same {
            if let Some(amount) = row.get_ref(column)?.as_i64_or_null()? {
                added.add(place, column, amount).ok_or(Error::IntegralValueOutOfRange(column, amount))?;
            }
        }
    }
    Ok(Table::new(holds.len(), added.into_cells()))
}

/// Writes a value so that no two that differ are written the same.
fn write_key(key: &mut Vec<u8>, value: ValueRef<'_>) {
    let (kind, bytes): (u8, &[u8]) = match value {
        ValueRef::Null => (0, &[]),
        ValueRef::Integer(number) => (1, &number.to_be_bytes()),
        ValueRef::Real(number) => (2, &number.to_be_bytes()),
        ValueRef::Text(text) => (3, text),
        ValueRef::Blob(bytes) => (4, bytes),
    };
    key.push(kind);
    key.extend_from_slice(&bytes.len().to_be_bytes());
    key.extend_from_slice(bytes);
}

fn told(error: Error) -> DbErr {
    DbErr::Query(RuntimeErr::Internal(error.to_string()))
}

/// Reads one value of a row.
fn cell(row: &Row<'_>, place: usize, holds: Holds) -> rusqlite::Result<Cell> {
    let value = row.get_ref(place)?;
    if value == ValueRef::Null {
        return Ok(Cell::Null);
    }
    let wrong = |error| Error::FromSqlConversionFailure(place, value.data_type(), Box::new(error));
    Ok(match holds {
        Holds::Id => Cell::Id(Uuid::from_slice(value.as_blob()?).map_err(wrong)?),
        Holds::Code => Cell::Int(value.as_i64()?),
        Holds::Value(kind) => match kind {
            Kind::Text | Kind::Texts | Kind::Choice(_) | Kind::Choices(_) => {
                Cell::Text(value.as_str()?.to_owned())
            }
            Kind::Int | Kind::BigInt | Kind::Money => Cell::Int(value.as_i64()?),
            // A column that has whole numbers only answers with one.
            Kind::Float => match value {
                ValueRef::Integer(number) => Cell::Float(number as f64),
                value => Cell::Float(value.as_f64()?),
            },
            Kind::Bool => Cell::Bool(value.as_i64()? != 0),
            Kind::Time => Cell::Time(value.as_i64()?),
            Kind::Date => Cell::Date(value.as_str()?.to_owned()),
        },
    })
}

/// A value as SQLite takes it; ids as bytes and days as text, as the store has them.
struct Bound<'a>(&'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        fn of<T>(
            value: Option<T>,
            written: impl FnOnce(T) -> rusqlite::types::Value,
        ) -> ToSqlOutput<'static> {
            value.map_or(ToSqlOutput::from(Null), |value| ToSqlOutput::Owned(written(value)))
        }
        use rusqlite::types::Value as Owned;
        Ok(match self.0 {
            Value::Bool(yes) => of(*yes, |yes| Owned::Integer(i64::from(yes))),
            Value::SmallInt(number) => of(*number, |number| Owned::Integer(i64::from(number))),
            Value::Int(number) => of(*number, |number| Owned::Integer(i64::from(number))),
            Value::BigInt(number) => of(*number, Owned::Integer),
            Value::Double(number) => of(*number, Owned::Real),
            Value::String(Some(text)) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Value::String(None) => ToSqlOutput::from(Null),
            Value::Uuid(Some(id)) => ToSqlOutput::Borrowed(ValueRef::Blob(id.as_bytes())),
            Value::Uuid(None) => ToSqlOutput::from(Null),
            Value::ChronoDate(day) => of(*day, |day| Owned::Text(day.to_string())),
            other => {
                let error = format!("SQLite is given no value such as {other:?}");
                return Err(Error::ToSqlConversionFailure(error.into()));
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use sea_orm::{DbBackend, Statement};

    use super::{Asked, File, IN_PLACE, Reading, SPENT};
    use crate::store::rows::Cell;
    use crate::store::table::NUMBER;

    fn opened(file: &tempfile::NamedTempFile) -> Reading {
        let file = File::read(&File::address(file.path())).expect("an address");
        Reading::open(&file).expect("it opens")
    }

    fn asked(statement: &Statement) -> Asked<'_> {
        Asked::new(statement, &[NUMBER])
    }

    fn counted(limit: &str) -> Statement {
        let sql = format!(
            "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r {limit}) SELECT count(*) FROM r"
        );
        Statement::from_string(DbBackend::Sqlite, sql)
    }

    #[tokio::test]
    async fn a_long_statement_is_run_again_where_it_may_take_its_time() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let reading = opened(&file);
        let (reading, table) = reading.all(&asked(&counted("LIMIT 3000000"))).await;
        let table = table.expect("it is counted");
        assert_eq!(table.rows().next(), Some(&[Cell::Int(3_000_000)][..]));
        let (_, table) = reading.expect("it can be used again").all(&asked(&counted("LIMIT 3"))).await;
        assert_eq!(table.expect("it is counted").rows().next(), Some(&[Cell::Int(3)][..]));
    }

    #[tokio::test]
    async fn a_statement_that_nobody_waits_for_is_broken_off() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let reading = opened(&file);
        let endless = counted("");
        let endless = asked(&endless);
        let waited = tokio::time::timeout(IN_PLACE + Duration::from_millis(1), reading.all(&endless));
        assert!(waited.await.is_err());
        // The runtime waits for its threads when it ends, and so does this test.
    }

    #[tokio::test]
    async fn a_statement_known_to_be_long_and_many_short_ones_let_others_have_their_thread() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let statement = counted("LIMIT 3");
        let mut reading = opened(&file);
        let long = Asked { long: true, ..asked(&statement) };
        assert!(reading.run_in_place(&long).is_none());
        let (reading, table) = reading.all(&long).await;
        assert_eq!(table.expect("it is counted").rows().next(), Some(&[Cell::Int(3)][..]));
        let mut reading = reading.expect("it can be used again");
        // On one thread, so that what was spawned gets on only where something else lets it.
        let others = tokio::spawn(async {});
        reading.spent = SPENT;
        let (reading, table) = reading.all(&asked(&statement)).await;
        assert!(table.is_ok() && others.is_finished());
        assert_eq!(reading.expect("it can be used again").spent, Duration::ZERO);
    }
}
