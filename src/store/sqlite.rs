//! Reading SQLite where the caller stands: a statement that is short, as nearly all are, is run in place and hands
//! nothing over between threads. One that turns out long is broken off and run again where it may take its time.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::types::{Null, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Connection, Error, ErrorCode, OpenFlags, Row, params_from_iter};
use sea_orm::{DbErr, RuntimeErr, Statement, Value};
use uuid::Uuid;

use super::rows::Cell;
use super::table::Table;
use crate::catalogue::{Holds, Kind};

/// How long a statement may keep a thread that others wait for. A page or a level takes a fraction of it.
const IN_PLACE: Duration = Duration::from_millis(5);

/// How many steps of SQLite's machine lie between two looks at the clock, some tens of microseconds.
const STEPS: i32 = 2_000;

/// What is kept of each connection: its pages, in KiB, and its prepared statements.
const CACHE: i32 = 8_000;
const STATEMENTS: usize = 256;

/// A connection that only reads.
#[derive(Debug)]
pub(super) struct Reading {
    connection: Connection,
    watch: Arc<Watch>,
}

/// When the running statement must end.
#[derive(Debug)]
struct Watch {
    epoch: Instant,
    /// Nanoseconds behind the epoch.
    until: AtomicU64,
}

/// Whoever waits for a statement; going away before it has ended breaks it off.
struct Waiting(Arc<Watch>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.until.store(0, Ordering::Relaxed);
    }
}

impl Watch {
    fn is_over(&self) -> bool {
        self.now() > self.until.load(Ordering::Relaxed)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.epoch.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn within(&self, time: Option<Duration>) {
        let time = time.and_then(|time| u64::try_from(time.as_nanos()).ok());
        let until = time.map_or(u64::MAX, |time| self.now().saturating_add(time));
        self.until.store(until, Ordering::Relaxed);
    }
}

impl Reading {
    /// Opens the file of this address, which the pool has made and migrated.
    pub(super) fn open(url: &str) -> Result<Self, DbErr> {
        Reading::opened(url).map_err(|error| DbErr::Conn(RuntimeErr::Internal(error.to_string())))
    }

    fn opened(url: &str) -> rusqlite::Result<Self> {
        let file = url.trim_start_matches("sqlite:").trim_start_matches("//");
        let mode = if file.contains("mode=ro") || file.contains("immutable") {
            OpenFlags::SQLITE_OPEN_READ_ONLY
        } else {
            OpenFlags::SQLITE_OPEN_READ_WRITE
        };
        // A connection is used by one thread at a time, so that SQLite need not lock it at each call.
        let flags = mode | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
        let connection = Connection::open_with_flags(format!("file:{file}"), flags)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.execute_batch(&format!("PRAGMA query_only = ON; PRAGMA cache_size = -{CACHE}"))?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        let watch = Arc::new(Watch { epoch: Instant::now(), until: AtomicU64::new(u64::MAX) });
        let watching = watch.clone();
        connection.progress_handler(STEPS, Some(move || watching.is_over()))?;
        Ok(Reading { connection, watch })
    }

    /// Runs a statement and reads all its rows, with what their columns hold. Answers the connection where it can be
    /// used again. Whoever stops waiting stops the statement.
    pub(super) async fn all(
        self,
        statement: &Statement,
        holds: &[Holds],
    ) -> (Option<Self>, Result<Table, DbErr>) {
        self.watch.within(Some(IN_PLACE));
        match self.run(statement, holds) {
            Err(Error::SqliteFailure(failure, _)) if failure.code == ErrorCode::OperationInterrupted => {}
            answer => return (Some(self), answer.map_err(told)),
        }
        self.watch.within(None);
        let _waiting = Waiting(self.watch.clone());
        let (statement, holds) = (statement.clone(), holds.to_vec());
        let running = tokio::task::spawn_blocking(move || {
            let answer = self.run(&statement, &holds);
            (self, answer)
        });
        match running.await {
            Ok((reading, answer)) => (Some(reading), answer.map_err(told)),
            Err(error) => (None, Err(DbErr::Query(RuntimeErr::Internal(error.to_string())))),
        }
    }

    fn run(&self, statement: &Statement, holds: &[Holds]) -> rusqlite::Result<Table> {
        let mut prepared = self.connection.prepare_cached(&statement.sql)?;
        let values = statement.values.as_ref().map_or(&[][..], |values| &values.0);
        let mut rows = prepared.query(params_from_iter(values.iter().map(Bound)))?;
        let mut cells = Vec::with_capacity(holds.len());
        while let Some(row) = rows.next()? {
            for (place, holds) in holds.iter().enumerate() {
                cells.push(cell(row, place, *holds)?);
            }
        }
        Ok(Table::new(holds.len(), cells))
    }
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
        fn of<T>(value: Option<T>, written: impl FnOnce(T) -> rusqlite::types::Value) -> ToSqlOutput<'static> {
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
