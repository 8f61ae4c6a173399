//! Which deliveries of webhooks were taken, so that each counts once, on whichever replica it comes; one that was cut off
//! half-way is heard again.

use std::sync::Arc;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, TransactionTrait};

use crate::clock::Micros;
use crate::store::{Sql, Store};

/// How long a delivery is remembered.
const REMEMBERED: Micros = 24 * 3_600 * 1_000_000;

/// For how long one is believed to be read that is not taken yet. Who read it is gone by then.
const READING: Micros = 300 * 1_000_000;

/// A delivery, by everything that is of it alone.
pub(super) struct Remembered {
    pub(super) store: Store,
    pub(super) source: Arc<str>,
    pub(super) names: Vec<String>,
}

/// Whether a delivery was met before.
pub(super) enum Met {
    First,
    /// It is being read at this moment.
    Reading,
    Taken,
}

impl Remembered {
    /// Notes that a delivery is being read, where it was not met before.
    pub(super) async fn begin(&self, now: Micros) -> Result<Met, DbErr> {
        let transaction = self.store.db.begin().await?;
        let mut sql = Sql::new(self.store.dialect);
        sql.push("DELETE FROM hook_delivery WHERE received_at < ").bind(now - REMEMBERED);
        sql.push(" OR (taken_at IS NULL AND received_at < ").bind(now - READING).push(")");
        transaction.execute_raw(sql.finish()).await?;
        for name in &self.names {
            if !self.note(&transaction, name, now).await? {
                // Nothing of it stays: by its other names it may come again and be another one.
                let taken = self.is_taken(&transaction, name).await?;
                transaction.rollback().await?;
                return Ok(if taken { Met::Taken } else { Met::Reading });
            }
        }
        transaction.commit().await?;
        Ok(Met::First)
    }

    async fn note(&self, db: &DatabaseTransaction, name: &str, now: Micros) -> Result<bool, DbErr> {
        let mut sql = Sql::new(self.store.dialect);
        sql.push("INSERT INTO hook_delivery (source, delivery, received_at) VALUES (").bind(&*self.source);
        sql.push(", ").bind(name).push(", ").bind(now);
        sql.push(") ON CONFLICT (source, delivery) DO NOTHING");
        Ok(db.execute_raw(sql.finish()).await?.rows_affected() == 1)
    }

    async fn is_taken(&self, db: &DatabaseTransaction, name: &str) -> Result<bool, DbErr> {
        let mut sql = Sql::new(self.store.dialect);
        sql.push("SELECT 1 FROM hook_delivery WHERE taken_at IS NOT NULL AND source = ").bind(&*self.source);
        sql.push(" AND delivery = ").bind(name);
        Ok(db.query_one_raw(sql.finish()).await?.is_some())
    }

    /// Keeps that it was taken in.
    pub(super) async fn taken(&self, now: Micros) -> Result<(), DbErr> {
        let mut sql = Sql::new(self.store.dialect);
        sql.push("UPDATE hook_delivery SET taken_at = ").bind(now);
        self.of_these(sql).await
    }

    /// Forgets it: it was not taken in, and is meant when it comes again.
    pub(super) async fn forget(&self) -> Result<(), DbErr> {
        let mut sql = Sql::new(self.store.dialect);
        sql.push("DELETE FROM hook_delivery");
        self.of_these(sql).await
    }

    async fn of_these(&self, mut sql: Sql) -> Result<(), DbErr> {
        let rows = self.store.dialect.text_rows(&sql.hold(self.store.dialect.texts(&self.names)));
        sql.push(" WHERE source = ").bind(&*self.source);
        sql.push(&format!(" AND delivery IN (SELECT text FROM {rows} r)"));
        self.store.db.execute_raw(sql.finish()).await?;
        Ok(())
    }
}
