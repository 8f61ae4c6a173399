//! Reading Postgres: a statement on one connection of the pool, prepared once and read as cells.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::pool::PoolConnection;
use sea_orm::sqlx::postgres::{PgConnection, PgRow};
use sea_orm::sqlx::{self, AssertSqlSafe, Connection, PgPool, Postgres};
use sea_orm::{DatabaseConnection, DbErr, QueryResult, RuntimeErr, Values};
use sea_query_sqlx::SqlxValues;
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::timeout;

use super::rows::read;
use super::table::{Asked, Table};
use crate::catalogue::Holds;

/// How much later than the longest operation a statement is ended by the server itself.
const GRACE: Duration = Duration::from_secs(1);

/// How long a statement that nobody waits for any more is waited for, and how often, each time after the server has
/// been told to end it. It may not have begun when the server is told first.
const ENDING: Duration = Duration::from_secs(1);
const TIMES: usize = 60;

/// A connection that only reads.
#[derive(Debug)]
pub(super) struct Reading {
    connection: Option<PoolConnection<Postgres>>,
    pool: PgPool,
    /// What the server calls this connection.
    process: i32,
    /// The turn of whoever sent a statement that has begun and not ended.
    busy: Option<Arc<OwnedSemaphorePermit>>,
}

impl Drop for Reading {
    /// A connection whose statement was cut off keeps its place in the pool and its operation's turn until the server
    /// has ended the statement: given up at once, statements that nobody waits for would pile up in the server.
    fn drop(&mut self) {
        let (Some(connection), Some(turn)) = (self.connection.take(), self.busy.take()) else { return };
        let (pool, process) = (self.pool.clone(), self.process);
        match Handle::try_current() {
            Ok(runtime) => {
                runtime.spawn(async move {
                    end(connection, &pool, process).await;
                    drop(turn);
                });
            }
            Err(_) => drop(connection.detach()),
        }
    }
}

/// Ends the statement that runs on a connection, and closes the connection.
async fn end(mut connection: PoolConnection<Postgres>, pool: &PgPool, process: i32) {
    for _ in 0..TIMES {
        if let Err(error) = cancel(pool, process).await {
            tracing::warn!(%error, "a statement that nobody waits for could not be ended");
        }
        if timeout(ENDING, ended(&mut connection)).await.is_ok() {
            break;
        }
    }
    if let Err(error) = connection.close().await {
        tracing::debug!(%error, "a connection was gone before it was closed");
    }
}

/// Tells the server to end what runs on a connection: over another one of the pool, or where none comes free soon
/// over one beside it.
async fn cancel(pool: &PgPool, process: i32) -> Result<(), sqlx::Error> {
    let statement = sqlx::query("SELECT pg_cancel_backend($1)").bind(process);
    if let Ok(Ok(mut other)) = timeout(ENDING, pool.acquire()).await {
        return statement.execute(&mut *other).await.map(drop);
    }
    let mut other = PgConnection::connect_with(&pool.connect_options()).await?;
    statement.execute(&mut other).await?;
    other.close().await
}

/// Waits until the statement on a connection has ended, by itself or with the server's word that it was cancelled.
async fn ended(connection: &mut PgConnection) {
    while let Err(sqlx::Error::Database(_)) = connection.ping().await {}
}

impl Reading {
    /// Takes a connection out of the pool. The server itself ends a statement that takes longer than `longest`, as it
    /// may not learn that nobody waits for it any more; a little later than whoever waits gives up, so that the
    /// answer speaks of the deadline.
    pub(super) async fn open(db: &DatabaseConnection, longest: Option<Duration>) -> Result<Self, DbErr> {
        let pool = db.get_postgres_connection_pool().clone();
        let acquired = pool.acquire().await;
        let mut connection = acquired.map_err(|error| DbErr::Conn(RuntimeErr::SqlxError(error.into())))?;
        let process = match longest {
            Some(longest) => {
                let sql = "SELECT pg_backend_pid() FROM set_config('statement_timeout', $1, false)";
                let longest = (longest + GRACE).as_millis().to_string();
                sqlx::query_scalar(sql).bind(longest).fetch_one(&mut *connection).await
            }
            None => sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut *connection).await,
        };
        Ok(Reading { connection: Some(connection), pool, process: process.map_err(told)?, busy: None })
    }

    /// Sends a statement and reads all its rows, with what their columns hold. Answers the connection where it can be
    /// used again. Whoever stops waiting lets the statement be ended, and gives back `turn` only then.
    pub(super) async fn all(
        mut self,
        asked: &Asked<'_>,
        turn: Arc<OwnedSemaphorePermit>,
    ) -> (Option<Self>, Result<Table, DbErr>) {
        let Some(connection) = &mut self.connection else {
            return (None, Err(DbErr::Conn(RuntimeErr::Internal("the connection is gone".to_owned()))));
        };
        let statement = asked.statement;
        let sql = AssertSqlSafe(statement.sql.as_str());
        let values = SqlxValues(statement.values.clone().unwrap_or_else(|| Values(Vec::new())));
        self.busy = Some(turn);
        let rows = sqlx::query_with(sql, values).fetch_all(&mut **connection).await;
        self.busy = None;
        match rows {
            Err(error) if is_dead(&error) => (None, Err(told(error))),
            Err(error) => (Some(self), Err(told(error))),
            Ok(rows) => (Some(self), table(rows, asked.holds)),
        }
    }
}

fn table(rows: Vec<PgRow>, holds: &[Holds]) -> Result<Table, DbErr> {
    let mut cells = Vec::with_capacity(rows.len() * holds.len());
    for row in rows {
        let row = QueryResult::from(row);
        for (place, holds) in holds.iter().enumerate() {
            cells.push(read(&row, place, *holds)?);
        }
    }
    Ok(Table::new(holds.len(), cells))
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
