//! One connection for each operation, kept between operations. The pool pings whatever is handed back to it, a round
//! trip for each statement; and an operation that takes one connection cannot take them all.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use sea_orm::{ConnAcquireErr, DatabaseConnection, DbErr};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::dialect::Dialect;
use super::file::File;
use super::table::{Asked, Table};
use super::{postgres, sqlite};

/// How long an operation waits for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// Connections that wait for the next operation, and the turns of operations that wait for a connection.
#[derive(Debug)]
pub(super) struct Idle {
    kept: Mutex<Vec<Held>>,
    most: usize,
    turns: Arc<Semaphore>,
    /// How long one statement may take; without it, as long as it likes.
    longest: OnceLock<Duration>,
}

/// A connection for reading.
#[derive(Debug)]
enum Held {
    Sqlite(sqlite::Reading),
    Postgres(postgres::Reading),
}

/// Where connections come from.
#[derive(Debug, Clone)]
pub(super) enum Origin {
    /// The pool that writes to an SQLite file, and the file.
    Sqlite(DatabaseConnection, File),
    /// The pool.
    Postgres(DatabaseConnection),
}

/// The connection of one operation.
#[derive(Debug)]
pub(super) struct Lease {
    held: Option<Held>,
    idle: Arc<Idle>,
    /// Shared with a statement that is cut off, until it has ended.
    turn: Option<Arc<OwnedSemaphorePermit>>,
    /// How many read as of one moment. What is open for them ends with the connection, so that it is not kept.
    still: usize,
}

impl Idle {
    /// Keeps so many connections. No more operations have a turn at once than there are connections to keep, so that
    /// none waits at the pool while one lies here.
    pub(super) fn new(most: u32) -> Self {
        let most = usize::try_from(most).unwrap_or_default();
        Idle {
            kept: Mutex::default(),
            most,
            turns: Arc::new(Semaphore::new(most.max(1))),
            longest: OnceLock::new(),
        }
    }

    /// Lets no statement take longer than this from now on; the first to say so is heeded.
    pub(super) fn no_longer_than(&self, longest: Duration) {
        let _ = self.longest.set(longest);
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
        Lease { held: None, idle, turn: None, still: 0 }
    }

    /// Sends a statement and reads all its rows. A kept connection that has died meanwhile is replaced, once.
    pub(super) async fn all(&mut self, origin: &Origin, asked: &Asked<'_>) -> Result<Table, DbErr> {
        let turn = self.turn().await?;
        let kept = self.held.take().or_else(|| self.idle.take());
        let fresh = kept.is_none();
        let held = match kept {
            Some(held) => held,
            None => origin.open(self.idle.longest.get().copied()).await?,
        };
        match self.send(held, asked, &turn).await {
            Err(DbErr::Conn(_)) if !fresh && self.still == 0 => {
                let held = origin.open(self.idle.longest.get().copied()).await?;
                self.send(held, asked, &turn).await
            }
            table => table,
        }
    }

    async fn turn(&mut self) -> Result<Arc<OwnedSemaphorePermit>, DbErr> {
        if let Some(turn) = &self.turn {
            return Ok(turn.clone());
        }
        let turn = timeout(PATIENCE, self.idle.turns.clone().acquire_owned()).await;
        let turn = turn.ok().and_then(Result::ok).ok_or(DbErr::ConnectionAcquire(ConnAcquireErr::Timeout))?;
        Ok(self.turn.insert(Arc::new(turn)).clone())
    }

    /// Reads as of this moment until [`Lease::move_on`].
    pub(super) async fn stand_still(&mut self, origin: &Origin) -> Result<(), DbErr> {
        if self.still == 0 {
            self.all(origin, &Asked::new(&origin.dialect().still(), &[])).await?;
        }
        self.still += 1;
        Ok(())
    }

    /// Reads what is there at the time again, when all that stood still have said so.
    pub(super) async fn move_on(&mut self, origin: &Origin) -> Result<(), DbErr> {
        if self.still == 1 {
            self.all(origin, &Asked::new(&origin.dialect().moving(), &[])).await?;
        }
        self.still = self.still.saturating_sub(1);
        Ok(())
    }

    /// Gives the connection back until the next statement, if nobody reads as of one moment.
    pub(super) fn rest(&mut self) {
        if self.still > 0 {
            return;
        }
        if let Some(held) = self.held.take() {
            self.idle.keep(held);
        }
        self.turn = None;
    }

    /// While the statement runs the connection is out of the lease: where it is cut off, the connection is gone.
    async fn send(
        &mut self,
        held: Held,
        asked: &Asked<'_>,
        turn: &Arc<OwnedSemaphorePermit>,
    ) -> Result<Table, DbErr> {
        let table;
        (self.held, table) = match held {
            Held::Sqlite(reading) => {
                let (reading, table) = reading.all(asked).await;
                (reading.map(Held::Sqlite), table)
            }
            Held::Postgres(reading) => {
                let (reading, table) = reading.all(asked, turn.clone()).await;
                (reading.map(Held::Postgres), table)
            }
        };
        table
    }
}

impl Origin {
    fn dialect(&self) -> Dialect {
        match self {
            Origin::Sqlite(..) => Dialect::Sqlite,
            Origin::Postgres(_) => Dialect::Postgres,
        }
    }

    async fn open(&self, longest: Option<Duration>) -> Result<Held, DbErr> {
        Ok(match self {
            Origin::Sqlite(db, _) if db.get_sqlite_connection_pool().is_closed() => {
                return Err(DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed));
            }
            Origin::Sqlite(_, file) => Held::Sqlite(sqlite::Reading::open(file)?),
            Origin::Postgres(db) => Held::Postgres(postgres::Reading::open(db, longest).await?),
        })
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(held) = self.held.take().filter(|_| self.still == 0) {
            self.idle.keep(held);
        }
    }
}
