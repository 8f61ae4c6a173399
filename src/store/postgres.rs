//! Reading Postgres: a statement on one connection of the pool, prepared once and read as cells.

use std::time::Duration;

use sea_orm::sqlx::pool::PoolConnection;
use sea_orm::sqlx::postgres::PgRow;
use sea_orm::sqlx::{self, AssertSqlSafe, Decode, Executor, Postgres, Row, Type};
use sea_orm::{DatabaseConnection, DbErr, RuntimeErr, Statement, Values};
use sea_query_sqlx::SqlxValues;
use uuid::Uuid;

use super::rows::Cell;
use super::table::Table;
use crate::catalogue::{Holds, Kind};

/// A connection that only reads.
#[derive(Debug)]
pub(super) struct Reading {
    connection: Option<PoolConnection<Postgres>>,
    /// A statement has begun and not ended.
    busy: bool,
}

impl Drop for Reading {
    /// A connection whose statement was cut off is closed and not handed back: the pool would wait for the statement.
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take().filter(|_| self.busy) {
            drop(connection.detach());
        }
    }
}

impl Reading {
    /// Takes a connection out of the pool. The server itself ends a statement that takes longer than `longest`, as it
    /// does not learn that nobody waits for it any more.
    pub(super) async fn open(db: &DatabaseConnection, longest: Option<Duration>) -> Result<Self, DbErr> {
        let acquired = db.get_postgres_connection_pool().acquire().await;
        let mut connection = acquired.map_err(|error| DbErr::Conn(RuntimeErr::SqlxError(error.into())))?;
        if let Some(longest) = longest {
            let set = format!("SET statement_timeout = {}", longest.as_millis());
            connection.execute(sqlx::raw_sql(AssertSqlSafe(set))).await.map_err(told)?;
        }
        Ok(Reading { connection: Some(connection), busy: false })
    }

    /// Sends a statement and reads all its rows, with what their columns hold. Answers the connection where it can be
    /// used again.
    pub(super) async fn all(
        mut self,
        statement: &Statement,
        holds: &[Holds],
    ) -> (Option<Self>, Result<Table, DbErr>) {
        let Some(connection) = &mut self.connection else {
            return (None, Err(DbErr::Conn(RuntimeErr::Internal("the connection is gone".to_owned()))));
        };
        let sql = AssertSqlSafe(statement.sql.as_str());
        let values = SqlxValues(statement.values.clone().unwrap_or_else(|| Values(Vec::new())));
        self.busy = true;
        let rows = sqlx::query_with(sql, values).fetch_all(&mut **connection).await;
        self.busy = false;
        match rows.and_then(|rows| table(&rows, holds)) {
            Err(error) if is_dead(&error) => (None, Err(told(error))),
            table => (Some(self), table.map_err(told)),
        }
    }
}

fn table(rows: &[PgRow], holds: &[Holds]) -> Result<Table, sqlx::Error> {
    let mut cells = Vec::with_capacity(rows.len() * holds.len());
    for row in rows {
        for (place, holds) in holds.iter().enumerate() {
            cells.push(cell(row, place, *holds)?);
        }
    }
    Ok(Table::new(holds.len(), cells))
}

/// Reads one value of a row.
fn cell(row: &PgRow, place: usize, holds: Holds) -> Result<Cell, sqlx::Error> {
    fn get<'r, T: Decode<'r, Postgres> + Type<Postgres>>(
        row: &'r PgRow,
        place: usize,
    ) -> Result<Option<T>, sqlx::Error> {
        row.try_get::<Option<T>, _>(place)
    }
    let cell = match holds {
        Holds::Id => get::<Uuid>(row, place)?.map(Cell::Id),
        Holds::Code => get::<i16>(row, place)?.map(|code| Cell::Int(i64::from(code))),
        Holds::Value(kind) => match kind {
            Kind::Text | Kind::Texts | Kind::Choice(_) | Kind::Choices(_) => {
                get::<String>(row, place)?.map(Cell::Text)
            }
            Kind::Int => get::<i32>(row, place)?.map(|number| Cell::Int(i64::from(number))),
            Kind::BigInt | Kind::Money => get::<i64>(row, place)?.map(Cell::Int),
            Kind::Float => get::<f64>(row, place)?.map(Cell::Float),
            Kind::Bool => get::<bool>(row, place)?.map(Cell::Bool),
            Kind::Time => get::<i64>(row, place)?.map(Cell::Time),
            Kind::Date => get::<chrono::NaiveDate>(row, place)?.map(|day| Cell::Date(day.to_string())),
        },
    };
    Ok(cell.unwrap_or(Cell::Null))
}

fn is_dead(error: &sqlx::Error) -> bool {
    let ended =
        |error: &dyn sqlx::error::DatabaseError| error.code().is_some_and(|code| code.starts_with("57P"));
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(error) => ended(error.as_ref()),
        _ => false,
    }
}

fn told(error: sqlx::Error) -> DbErr {
    if is_dead(&error) {
        return DbErr::Conn(RuntimeErr::SqlxError(error.into()));
    }
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}
