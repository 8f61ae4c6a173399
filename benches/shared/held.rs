//! What the floors hold open: connections to a database. It stands here once, so that the floors differ in their questions
//! alone.

use std::cell::OnceCell;
use std::sync::{Mutex, PoisonError};

use rusqlite::OpenFlags;
use sea_orm::sqlx::{Connection as _, PgConnection};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::Outcome;

/// As many connections as the gateway has.
const CONNECTIONS: usize = 10;

/// The held connections to Postgres.
pub(crate) struct Connections {
    free: Mutex<Vec<PgConnection>>,
    turns: Semaphore,
}

impl Connections {
    /// Opens all of them.
    pub(crate) async fn open(url: &str) -> Outcome<Self> {
        let mut free = Vec::new();
        for _ in 0..CONNECTIONS {
            free.push(PgConnection::connect(url).await?);
        }
        Ok(Connections { free: Mutex::new(free), turns: Semaphore::new(CONNECTIONS) })
    }

    /// One that is free, to be given back before its turn ends.
    pub(crate) async fn take(&self) -> Outcome<(SemaphorePermit<'_>, PgConnection)> {
        let turn = self.turns.acquire().await?;
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Ok((turn, free.ok_or("no connection is free")?))
    }

    /// Gives one back.
    pub(crate) fn give(&self, connection: PgConnection) {
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }
}

thread_local! {
    static CONNECTION: OnceCell<rusqlite::Connection> = const { OnceCell::new() };
}

/// Asks the SQLite file at this path, over the connection of this thread.
pub(crate) fn with_file<T>(path: &str, ask: impl FnOnce(&rusqlite::Connection) -> Outcome<T>) -> Outcome<T> {
    CONNECTION.with(|held| {
        let connection = match held.get() {
            Some(connection) => connection,
            None => {
                let opened = open(path)?;
                held.get_or_init(|| opened)
            }
        };
        ask(connection)
    })
}

fn open(path: &str) -> Outcome<rusqlite::Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = rusqlite::Connection::open_with_flags(path, flags)?;
    connection.execute_batch("PRAGMA cache_size = -16000")?;
    Ok(connection)
}
