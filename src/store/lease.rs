//! One connection for each operation, kept between operations. The pool pings whatever is handed back to it, a round
//! trip for each statement; and an operation that takes one connection cannot take them all.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sea_orm::sqlx::pool::PoolConnection;
use sea_orm::sqlx::{self, AssertSqlSafe, Postgres, Sqlite};
use sea_orm::{ConnAcquireErr, DatabaseConnection, DbErr, QueryResult, RuntimeErr, Statement};
use sea_query_sqlx::SqlxValues;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::dialect::Dialect;

/// How long an operation waits for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// Connections that wait for the next operation, and the turns of operations that wait for a connection.
#[derive(Debug)]
pub(super) struct Idle {
    kept: Mutex<Vec<Held>>,
    most: usize,
    turns: Arc<Semaphore>,
}

/// A connection out of the pool.
#[derive(Debug)]
enum Held {
    Sqlite(PoolConnection<Sqlite>),
    Postgres(PoolConnection<Postgres>),
}

/// The connection of one operation.
#[derive(Debug)]
pub(super) struct Lease {
    held: Option<Held>,
    /// A statement has begun and not ended: what is dropped now must be looked at before it is used again.
    busy: bool,
    idle: Arc<Idle>,
    turn: Option<OwnedSemaphorePermit>,
}

impl Idle {
    /// Keeps all of the pool's connections but one, which is left for what reads without a lease. No more operations
    /// have a turn at once than there are connections to keep, so that none waits at the pool while one lies here.
    pub(super) fn new(connections: u32) -> Self {
        let most = usize::try_from(connections.saturating_sub(1)).unwrap_or_default();
        Idle { kept: Mutex::default(), most, turns: Arc::new(Semaphore::new(most.max(1))) }
    }

    /// Lets go of all that is kept; the pool would wait for them for ever when it is closed.
    pub(super) fn clear(&self) {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn take(&self) -> Option<Held> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn keep(&self, held: Held) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < self.most {
            kept.push(held);
        }
    }
}

impl Lease {
    pub(super) fn new(idle: Arc<Idle>) -> Self {
        Lease { held: None, busy: false, idle, turn: None }
    }

    /// Sends a statement and reads all its rows. A kept connection that has died meanwhile is replaced, once.
    pub(super) async fn all(
        &mut self,
        (db, dialect): (&DatabaseConnection, Dialect),
        statement: &Statement,
    ) -> Result<Vec<QueryResult>, DbErr> {
        if self.turn.is_none() {
            let turn = timeout(PATIENCE, self.idle.turns.clone().acquire_owned()).await;
            self.turn = Some(
                turn.ok().and_then(Result::ok).ok_or(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?,
            );
        }
        let kept = self.held.take().or_else(|| self.idle.take());
        let fresh = kept.is_none();
        let held = match kept {
            Some(held) => held,
            None => acquire(db, dialect).await?,
        };
        match self.send(held, statement).await {
            Err(error) if !fresh && is_dead(&error) => {
                let held = acquire(db, dialect).await?;
                self.send(held, statement).await.map_err(query_error)
            }
            rows => rows.map_err(query_error),
        }
    }

    async fn send(&mut self, held: Held, statement: &Statement) -> Result<Vec<QueryResult>, sqlx::Error> {
        let held = self.held.insert(held);
        self.busy = true;
        let rows = held.all(statement).await;
        self.busy = false;
        if rows.as_ref().is_err_and(is_dead) {
            self.held = None;
        }
        rows
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(held) = self.held.take().filter(|_| !self.busy) {
            self.idle.keep(held);
        }
    }
}

impl Held {
    async fn all(&mut self, statement: &Statement) -> Result<Vec<QueryResult>, sqlx::Error> {
        let sql = AssertSqlSafe(statement.sql.as_str());
        let values = SqlxValues(statement.values.clone().unwrap_or_else(|| sea_orm::Values(Vec::new())));
        Ok(match self {
            Held::Sqlite(connection) => {
                let rows = sqlx::query_with(sql, values).fetch_all(&mut **connection).await?;
                rows.into_iter().map(QueryResult::from).collect()
            }
            Held::Postgres(connection) => {
                let rows = sqlx::query_with(sql, values).fetch_all(&mut **connection).await?;
                rows.into_iter().map(QueryResult::from).collect()
            }
        })
    }
}

async fn acquire(db: &DatabaseConnection, dialect: Dialect) -> Result<Held, DbErr> {
    let held = match dialect {
        Dialect::Sqlite => db.get_sqlite_connection_pool().acquire().await.map(Held::Sqlite),
        Dialect::Postgres => db.get_postgres_connection_pool().acquire().await.map(Held::Postgres),
    };
    held.map_err(|error| DbErr::Conn(RuntimeErr::SqlxError(error.into())))
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

fn query_error(error: sqlx::Error) -> DbErr {
    if is_dead(&error) {
        return DbErr::Conn(RuntimeErr::SqlxError(error.into()));
    }
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}
