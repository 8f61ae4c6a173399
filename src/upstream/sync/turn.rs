//! One run of a source at a time, and one who says whose word counts among all sources: in this process by a lock of its
//! own, among several on one Postgres by an advisory lock, among several on one SQLite file by a locked file beside it.
//! Each goes when whoever holds it dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::time::Duration;

use sea_orm::sqlx::{self, Connection, PgConnection};
use sha2::{Digest, Sha256};
use tokio::sync::OwnedMutexGuard;
use tokio::time::sleep;

use super::take::Taker;
use super::{Ground, SyncError};
use crate::store::{Dialect, Store};
use crate::upstream::Source;

/// What the turn is called of those who say whose word counts.
const WORDS: &str = "words";

/// How often it is tried where another process holds it.
const AGAIN: Duration = Duration::from_millis(20);

/// The right to sync a source, or to say whose word counts, as long as it is held.
pub(super) struct Turn {
    _here: OwnedMutexGuard<()>,
    among: Option<PgConnection>,
    _beside: Option<File>,
}

impl Turn {
    /// Takes it, or says that another has it.
    pub(super) async fn take(ground: &Ground, source: &Source) -> Result<Self, SyncError> {
        let busy = || SyncError::Busy(source.name.clone());
        let here = ground.upstreams.turn(&source.name).try_lock_owned().map_err(|_| busy())?;
        if ground.store.dialect == Dialect::Sqlite {
            let file = beside(&ground.store, &format!("sync-{}", source.name)).await?;
            if let Some((file, name)) = &file
                && !locked(file, name)?
            {
                return Err(busy());
            }
            return Ok(Turn { _here: here, among: None, _beside: file.map(|(file, _)| file) });
        }
        let mut connection = apart(&ground.store).await?;
        let taken: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
            .bind(number(&format!("sync {}", source.name)))
            .fetch_one(&mut connection)
            .await
            .map_err(failed)?;
        if !taken {
            return Err(busy());
        }
        Ok(Turn { _here: here, among: Some(connection), _beside: None })
    }

    /// Waits for the turn to say whose word counts: whoever has it looks what others said, writes down what is said now,
    /// and lets what counts go in, before anybody else looks. It is not the turn of imports, which it stands around.
    pub(super) async fn of_words(taker: &Taker<'_>) -> Result<Self, SyncError> {
        let here = taker.words.clone().lock_owned().await;
        if taker.store.dialect == Dialect::Sqlite {
            let file = beside(taker.store, WORDS).await?;
            if let Some((file, name)) = &file {
                while !locked(file, name)? {
                    sleep(AGAIN).await;
                }
            }
            return Ok(Turn { _here: here, among: None, _beside: file.map(|(file, _)| file) });
        }
        let mut connection = apart(taker.store).await?;
        sqlx::query("SELECT pg_advisory_lock($1)")
            .bind(number(WORDS))
            .execute(&mut connection)
            .await
            .map_err(failed)?;
        Ok(Turn { _here: here, among: Some(connection), _beside: None })
    }

    /// Gives it back.
    pub(super) async fn end(self) {
        let Some(mut connection) = self.among else { return };
        // Closing alone would give it back too, but at some moment after this one.
        let unlocked = sqlx::query("SELECT pg_advisory_unlock_all()").execute(&mut connection).await;
        if let Err(error) = unlocked.map(drop) {
            tracing::debug!(%error, "the connection that held a sync's lock was gone");
        }
        if let Err(error) = connection.close().await {
            tracing::debug!(%error, "the connection that held a sync's lock did not close well");
        }
    }
}

fn failed(error: sqlx::Error) -> SyncError {
    SyncError::Import(error.into())
}

/// A connection that is none of the pool's: who holds a turn needs those for what it does in it.
async fn apart(store: &Store) -> Result<PgConnection, SyncError> {
    Ok(store.db.get_postgres_connection_pool().acquire().await.map_err(failed)?.detach())
}

/// A file beside the store's, with its name; none where the store has no file. It is left there: were it taken away, two
/// could hold what they take for the same.
async fn beside(store: &Store, end: &str) -> Result<Option<(File, String)>, SyncError> {
    let files = store.files().await?;
    let Some(store) = files.first().filter(|file| !file.as_os_str().is_empty()) else { return Ok(None) };
    let mut name = store.clone().into_os_string();
    name.push(format!("-{end}"));
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&name);
    let shown = name.to_string_lossy().into_owned();
    match file {
        Ok(file) => Ok(Some((file, shown))),
        Err(error) => Err(SyncError::Lock(shown, error)),
    }
}

/// Locks a file, unless another has it locked.
fn locked(file: &File, name: &str) -> Result<bool, SyncError> {
    match file.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(SyncError::Lock(name.to_owned(), error)),
    }
}

/// The number of a lock.
fn number(of: &str) -> i64 {
    let hash = Sha256::digest(format!("weft {of}"));
    let mut first = [0; 8];
    first.iter_mut().zip(hash.iter()).for_each(|(to, from)| *to = *from);
    i64::from_be_bytes(first)
}
