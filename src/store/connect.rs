//! Opening the store: where it is, how it is set up, and its migrations.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use migration::{Migrator, MigratorTrait};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbErr, Statement, TransactionTrait,
};

use super::dialect::Dialect;
use super::file::File;
use super::lease::{Idle, Origin};
use super::refusal::{self, UNREADABLE};
use super::sqlite;

/// The advisory lock that migrations are run under on Postgres: the letters `weft`.
const MIGRATION_LOCK: i64 = 0x77_65_66_74;

/// The most connections to an SQLite file in the pool and for reading beside it: each has a cache of its own and sorts
/// in memory of its own.
const SQLITE_CONNECTIONS: u32 = 4;
const SQLITE_READING: u32 = 3;

/// A connected store.
#[derive(Debug, Clone)]
pub struct Store {
    /// The pool of connections.
    pub db: DatabaseConnection,
    /// Which database it is.
    pub dialect: Dialect,
    pub(super) idle: Arc<Idle>,
    pub(super) origin: Origin,
}

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address names no database that Weft can use.
    #[error("the database address must begin with sqlite: or postgres:, not {0:?}")]
    Address(String),
    /// The database cannot be reached or refuses; the sentence says why and never holds the address.
    #[error("{0}")]
    Refused(String),
}

impl Store {
    /// Opens the store at `url`: `sqlite:PATH` (made if it is not there) or `postgres://…`.
    pub async fn open(url: &str, connections: u32) -> Result<Self, OpenError> {
        let dialect = dialect_of(url)?;
        let address = match dialect {
            Dialect::Sqlite if !url.contains('?') => format!("{url}?mode=rwc"),
            _ => url.to_owned(),
        };
        let file = match dialect {
            Dialect::Sqlite => Some(File::read(&address).ok_or(OpenError::Refused(UNREADABLE.to_owned()))?),
            Dialect::Postgres => None,
        };
        let connections = match dialect {
            Dialect::Sqlite => connections.min(SQLITE_CONNECTIONS),
            Dialect::Postgres => connections,
        };
        let mut options = ConnectOptions::new(address);
        options
            .max_connections(connections)
            .acquire_timeout(Duration::from_secs(5))
            .sqlx_logging(false)
            .test_before_acquire(false)
            .map_sqlx_postgres_opts(|options| options.statement_cache_capacity(512))
            .map_sqlx_sqlite_opts(|options| {
                options
                    .pragma("journal_mode", "WAL")
                    // Whatever is said to be taken in is on disk, also where the power fails.
                    .pragma("synchronous", "FULL")
                    .pragma("foreign_keys", "ON")
                    .pragma("busy_timeout", "5000")
                    .pragma("cache_size", "-4000")
                    .statement_cache_capacity(512)
            });
        match dialect {
            Dialect::Sqlite => refusal::unusable_file(url).map_or(Ok(()), Err),
            Dialect::Postgres => refusal::of_server(url).await,
        }
        .map_err(OpenError::Refused)?;
        let db = Database::connect(options).await.map_err(|error| {
            OpenError::Refused(match dialect {
                Dialect::Sqlite => refusal::of_file(&error),
                Dialect::Postgres => refusal::told(&error),
            })
        })?;
        let (kept, origin) = match file {
            Some(file) => (connections.min(SQLITE_READING), Origin::Sqlite(db.clone(), file)),
            // One is left for what reads without a lease.
            None => (connections.saturating_sub(1), Origin::Postgres(db.clone())),
        };
        let idle = Arc::new(Idle::new(kept));
        if let Origin::Sqlite(_, file) = &origin {
            // What could not be read would else be found out by the first who asks.
            let read = sqlite::Reading::open(file);
            read.map_err(|error| OpenError::Refused(format!("it cannot be read: {error}")))?;
        }
        Ok(Store { db, dialect, idle, origin })
    }

    /// Lets no statement of an operation take longer than this; the first to say so is heeded.
    pub fn no_longer_than(&self, longest: Duration) {
        self.idle.no_longer_than(longest);
    }

    /// Opens the SQLite file at `path`.
    pub async fn open_file(path: &Path, connections: u32) -> Result<Self, OpenError> {
        Store::open(&File::address(path), connections).await
    }

    /// Brings the tables up to date, all or nothing. Of several processes that start at once one does it and the
    /// others wait.
    pub async fn migrate(&self) -> Result<(), DbErr> {
        let turn = self.db.begin().await?;
        if self.dialect == Dialect::Postgres {
            turn.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")).await?;
        }
        Migrator::up(&turn, None).await?;
        turn.commit().await
    }

    /// The files that the store consists of, none where it is a server's.
    pub async fn files(&self) -> Result<Vec<PathBuf>, DbErr> {
        let Some(statement) = self.dialect.file() else { return Ok(Vec::new()) };
        let row = self.db.query_one_raw(Statement::from_string(self.dialect.backend(), statement));
        let file: String = match row.await? {
            Some(row) => row.try_get_by_index(0)?,
            None => return Ok(Vec::new()),
        };
        let beside = ["", "-wal", "-shm", "-journal"];
        Ok(beside.iter().map(|end| PathBuf::from(format!("{file}{end}"))).collect())
    }

    /// Closes every connection, those kept between operations too, and waits until they are closed.
    pub async fn close(self) -> Result<(), DbErr> {
        self.idle.clear();
        self.db.close().await
    }

    /// How many migrations are still to be run. Changes nothing.
    pub async fn pending_migrations(&self) -> Result<usize, DbErr> {
        Ok(Migrator::get_pending_migrations_read_only(&self.db).await?.len())
    }
}

fn dialect_of(url: &str) -> Result<Dialect, OpenError> {
    if url.starts_with("sqlite:") {
        Ok(Dialect::Sqlite)
    } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
        Ok(Dialect::Postgres)
    } else {
        Err(OpenError::Address(url.split('@').next_back().unwrap_or(url).to_owned()))
    }
}
