//! One run of a source at a time: in this process by a lock of its own, among several on one Postgres by an advisory
//! lock, among several on one SQLite file by a locked file beside it. Either goes when whoever holds it dies.

use std::fs::{File, OpenOptions};

use sea_orm::sqlx::{self, Connection, PgConnection};
use sha2::{Digest, Sha256};
use tokio::sync::OwnedMutexGuard;

use super::{Ground, SyncError};
use crate::store::Dialect;
use crate::upstream::Source;

/// The right to sync a source, as long as it is held.
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
            let beside = beside(ground, source).await?;
            return Ok(Turn { _here: here, among: None, _beside: beside });
        }
        let failed = |error: sqlx::Error| SyncError::Import(error.into());
        let pool = ground.store.db.get_postgres_connection_pool();
        let mut connection = pool.acquire().await.map_err(failed)?.detach();
        let taken: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
            .bind(number(&source.name))
            .fetch_one(&mut connection)
            .await
            .map_err(failed)?;
        if !taken {
            return Err(busy());
        }
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

/// Locks the file of a source beside the store's; none where the store has no file. It is left there: were it taken
/// away, two could hold what they take for the same.
async fn beside(ground: &Ground, source: &Source) -> Result<Option<File>, SyncError> {
    let files = ground.store.files().await?;
    let Some(store) = files.first().filter(|file| !file.as_os_str().is_empty()) else { return Ok(None) };
    let mut name = store.clone().into_os_string();
    name.push(format!("-sync-{}", source.name));
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&name);
    let file = file.map_err(|error| SyncError::Lock(name.to_string_lossy().into_owned(), error))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(_) => Err(SyncError::Busy(source.name.clone())),
    }
}

/// The number of a source's lock.
fn number(source: &str) -> i64 {
    let hash = Sha256::digest(format!("weft sync {source}"));
    let mut first = [0; 8];
    first.iter_mut().zip(hash.iter()).for_each(|(to, from)| *to = *from);
    i64::from_be_bytes(first)
}
