//! What is kept of each entity's sync: where its walk stands, from which moment on changes are asked for, what it
//! counted, and how the last run ended.

use std::collections::{BTreeMap, HashSet};

use sea_orm::{ConnectionTrait, DbErr, TransactionTrait};
use serde::{Deserialize, Serialize};

use crate::clock::Micros;
use crate::outbound::Failure;
use crate::store::{Sql, Store};
use crate::upstream::Place;

/// What a walk counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    /// Records that were read.
    pub read: u64,
    /// Things that were new.
    pub new: u64,
    /// Things of which something was new.
    pub changed: u64,
    /// Things that the source has no longer.
    pub gone: u64,
    /// Records that did not go in.
    pub rejected: u64,
    /// References to what the source has not given; the records went in without them.
    pub unresolved: u64,
    /// Fields that could not be read; the records went in without them.
    pub unreadable: u64,
    /// Records that might be the same as something of another source, and were not joined with it.
    pub ambiguous: u64,
    /// Records without an id: where there are any, nothing is taken for gone.
    pub nameless: u64,
}

/// A walk under way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Under {
    pub(super) place: Place,
    pub(super) full: bool,
    pub(super) since: Option<Micros>,
    pub(super) began: Micros,
    /// The latest moment of change that was met.
    pub(super) watermark: Option<Micros>,
}

/// What is kept of one entity.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Kept {
    /// Of which address all this is; nothing where that was not kept yet.
    pub(super) address: Option<String>,
    pub(super) under: Option<Under>,
    pub(super) watermark: Option<Micros>,
    pub(super) full_at: Option<Micros>,
    /// When it was last worked on.
    pub(super) tried_at: Micros,
    /// When the last good walk began.
    pub(super) synced_at: Option<Micros>,
    /// By entity: its own, and those of what stands within it.
    pub(super) counts: BTreeMap<String, Counts>,
}

/// How a source's sync is doing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SyncHealth {
    /// When anything of it was last tried.
    pub tried_at: Option<Micros>,
    /// From when on every entity of it is known: the beginning of the oldest of their last good walks. Absent until
    /// each had one.
    pub synced_at: Option<Micros>,
    /// How far the store is behind it at most, in microseconds.
    pub lag: Option<Micros>,
    /// The last failure, where the last walk of any entity failed: the entity, the code and the sentence.
    pub failure: Option<(String, String, String)>,
}

/// How a walk ended.
enum Ended<'a> {
    NotYet,
    Well,
    Badly(&'a Failure),
}

/// What is kept, for one source.
#[derive(Debug, Clone)]
pub(super) struct States<'a> {
    pub(super) store: &'a Store,
    pub(super) source: &'a str,
}

impl States<'_> {
    pub(super) async fn load(&self, entity: &str) -> Result<Kept, DbErr> {
        let mut sql = Sql::new(self.store.dialect);
        sql.push("SELECT place, walk_full, walk_since, walk_began, walk_watermark, watermark, full_at, counts, synced_at, address");
        sql.push(" FROM sync_state WHERE source = ").bind(self.source).push(" AND entity = ").bind(entity);
        let Some(row) = self.store.db.query_one_raw(sql.finish()).await? else { return Ok(Kept::default()) };
        let place: Option<String> = row.try_get_by_index(0)?;
        let under = match place.and_then(|place| serde_json::from_str::<Place>(&place).ok()) {
            Some(place) => Some(Under {
                place,
                full: row.try_get_by_index::<Option<i16>>(1)?.unwrap_or(1) == 1,
                since: row.try_get_by_index(2)?,
                began: row.try_get_by_index::<Option<i64>>(3)?.unwrap_or_default(),
                watermark: row.try_get_by_index(4)?,
            }),
            None => None,
        };
        let counts: String = row.try_get_by_index(7)?;
        Ok(Kept {
            address: row.try_get_by_index(9)?,
            under,
            watermark: row.try_get_by_index(5)?,
            full_at: row.try_get_by_index(6)?,
            synced_at: row.try_get_by_index(8)?,
            tried_at: 0,
            counts: serde_json::from_str(&counts).unwrap_or_default(),
        })
    }

    /// Keeps where a walk stands, together with the ids that it has seen: `seen` by entity.
    pub(super) async fn keep(
        &self,
        entity: &str,
        kept: &Kept,
        seen: &BTreeMap<String, HashSet<String>>,
    ) -> Result<(), DbErr> {
        let transaction = self.store.db.begin().await?;
        self.write(&transaction, entity, kept, &Ended::NotYet).await?;
        for (entity, values) in seen.iter().filter(|(_, values)| !values.is_empty()) {
            let values: Vec<String> = values.iter().cloned().collect();
            self.see(&transaction, (entity, &values)).await?;
        }
        transaction.commit().await
    }

    /// Keeps that a walk, or a round of counting, has come by these ids.
    pub(super) async fn see(
        &self,
        db: &impl ConnectionTrait,
        (entity, values): (&str, &[String]),
    ) -> Result<(), DbErr> {
        let mut sql = Sql::new(self.store.dialect);
        let rows = self.store.dialect.text_rows(&sql.hold(self.store.dialect.texts(values)));
        sql.push("INSERT INTO sync_seen (source, entity, value) SELECT ").bind(self.source);
        if self.store.dialect == crate::store::Dialect::Postgres {
            sql.push("::text");
        }
        sql.push(", ").bind(entity);
        if self.store.dialect == crate::store::Dialect::Postgres {
            sql.push("::text");
        }
        // SQLite takes the WHERE to tell a conflict's ON from that of a join.
        sql.push(&format!(
            ", r.text FROM {rows} r WHERE true ON CONFLICT (source, entity, value) DO NOTHING"
        ));
        db.execute_raw(sql.finish()).await?;
        Ok(())
    }

    /// Keeps that a walk ended well.
    pub(super) async fn done(&self, entity: &str, kept: &Kept) -> Result<(), DbErr> {
        self.write(&self.store.db, entity, kept, &Ended::Well).await
    }

    /// Keeps that a walk failed.
    pub(super) async fn failed(&self, entity: &str, kept: &Kept, failure: &Failure) -> Result<(), DbErr> {
        self.write(&self.store.db, entity, kept, &Ended::Badly(failure)).await
    }

    async fn write(
        &self,
        db: &impl ConnectionTrait,
        entity: &str,
        kept: &Kept,
        ended: &Ended<'_>,
    ) -> Result<(), DbErr> {
        let under = kept.under.as_ref();
        let place = match under {
            Some(under) => {
                Some(serde_json::to_string(&under.place).map_err(|error| DbErr::Custom(error.to_string()))?)
            }
            None => None,
        };
        let counts = serde_json::to_string(&kept.counts).map_err(|error| DbErr::Custom(error.to_string()))?;
        let mut columns = vec![
            "source",
            "entity",
            "place",
            "walk_full",
            "walk_since",
            "walk_began",
            "walk_watermark",
            "watermark",
            "full_at",
            "synced_at",
            "counts",
            "tried_at",
            "address",
        ];
        let mut sql = Sql::new(self.store.dialect);
        let mut values = vec![sql.hold(self.source), sql.hold(entity), sql.hold(place)];
        values.push(sql.hold(under.map(|under| i16::from(under.full))));
        values.push(sql.hold(under.and_then(|under| under.since)));
        values.push(sql.hold(under.map(|under| under.began)));
        values.push(sql.hold(under.and_then(|under| under.watermark)));
        values.extend([sql.hold(kept.watermark), sql.hold(kept.full_at), sql.hold(kept.synced_at)]);
        values.extend([sql.hold(counts), sql.hold(kept.tried_at), sql.hold(kept.address.clone())]);
        let failure = match ended {
            Ended::Badly(failure) => Some(failure),
            Ended::NotYet | Ended::Well => None,
        };
        if !matches!(ended, Ended::NotYet) {
            columns.extend(["outcome", "error_code", "error"]);
            values.push(sql.hold(if failure.is_none() { "OK" } else { "FAILED" }));
            values.push(sql.hold(failure.map(|failure| failure.code().as_str().to_owned())));
            values.push(sql.hold(failure.map(|failure| failure.to_string())));
        }
        let sets: Vec<String> =
            columns.iter().skip(2).map(|column| format!("{column} = excluded.{column}")).collect();
        sql.push(&format!(
            "INSERT INTO sync_state ({}) VALUES ({}) ON CONFLICT (source, entity) DO UPDATE SET {}",
            columns.join(", "),
            values.join(", "),
            sets.join(", ")
        ));
        db.execute_raw(sql.finish()).await?;
        Ok(())
    }

    /// Which of these ids a full walk of this entity has seen before.
    pub(super) async fn seen(&self, entity: &str, values: &[String]) -> Result<HashSet<String>, DbErr> {
        if values.is_empty() {
            return Ok(HashSet::new());
        }
        let mut sql = Sql::new(self.store.dialect);
        let rows = self.store.dialect.text_rows(&sql.hold(self.store.dialect.texts(values)));
        sql.push("SELECT value FROM sync_seen WHERE source = ").bind(self.source).push(" AND entity = ");
        sql.bind(entity).push(&format!(" AND value IN (SELECT text FROM {rows} r)"));
        let rows = self.store.db.query_all_raw(sql.finish()).await?;
        rows.iter().map(|row| row.try_get_by_index(0)).collect()
    }

    /// Forgets what walks of these entities have seen.
    pub(super) async fn forget(&self, entities: &[&str]) -> Result<(), DbErr> {
        for entity in entities {
            let mut sql = Sql::new(self.store.dialect);
            sql.push("DELETE FROM sync_seen WHERE source = ").bind(self.source).push(" AND entity = ");
            sql.bind(*entity);
            self.store.db.execute_raw(sql.finish()).await?;
        }
        Ok(())
    }
}

/// How the sync of every source is doing that was ever tried, at the moment `now`.
pub async fn sync_health(store: &Store, now: Micros) -> Result<BTreeMap<String, SyncHealth>, DbErr> {
    let mut sql = Sql::new(store.dialect);
    sql.push("SELECT source, entity, tried_at, synced_at, outcome, error_code, error FROM sync_state ");
    sql.push("ORDER BY source, tried_at");
    let mut all: BTreeMap<String, (SyncHealth, bool)> = BTreeMap::new();
    for row in store.db.query_all_raw(sql.finish()).await? {
        let (health, whole) = all.entry(row.try_get_by_index(0)?).or_insert((SyncHealth::default(), true));
        health.tried_at = health.tried_at.max(row.try_get_by_index(2)?);
        match row.try_get_by_index::<Option<i64>>(3)? {
            Some(at) => health.synced_at = Some(health.synced_at.map_or(at, |before| before.min(at))),
            None => *whole = false,
        }
        if row.try_get_by_index::<Option<String>>(4)?.as_deref() == Some("FAILED") {
            let text = |place| row.try_get_by_index::<Option<String>>(place).map(Option::unwrap_or_default);
            health.failure = Some((row.try_get_by_index(1)?, text(5)?, text(6)?));
        }
    }
    let settled = all.into_iter().map(|(source, (mut health, whole))| {
        health.synced_at = health.synced_at.filter(|_| whole);
        health.lag = health.synced_at.map(|at| (now - at).max(0));
        (source, health)
    });
    Ok(settled.collect())
}
