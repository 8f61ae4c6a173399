//! The events that do not count, as they are listed: those that were rejected, and those that wait.

use sea_orm::{ConnectionTrait, DbErr, QueryResult};
use uuid::Uuid;

use crate::clock::Micros;
use crate::store::{Sql, Store};

/// An event that does not count.
#[derive(Debug, Clone)]
pub struct RejectedEvent {
    /// Its source; empty where it gave none.
    pub source: String,
    /// Its id; where it gave none, a number made of what it holds.
    pub id: String,
    /// What it said, as a number: several wrong ones may have come under one id.
    pub hash: Uuid,
    /// Its type, where it gave one.
    pub kind: Option<String>,
    /// When it happened by its own word, else when it came.
    pub time: Option<Micros>,
    /// When it came last.
    pub received_at: Micros,
    /// Why it does not count.
    pub reason: String,
    /// The event as it came.
    pub body: String,
    /// Whether it waits for something that is not known yet.
    pub waits: bool,
}

/// Which of them are wanted.
#[derive(Debug, Clone, Default)]
pub struct Rejections {
    /// Only of this source.
    pub source: Option<String>,
    /// Only of this type.
    pub kind: Option<String>,
    /// Only those that wait, or only those that were rejected.
    pub waits: Option<bool>,
    /// Only what came before this: when it came, its source, its id and what it said.
    pub before: Option<(Micros, String, String, Uuid)>,
}

impl Rejections {
    fn listed(&self, sql: &mut Sql) {
        sql.push(
            "FROM (SELECT source, id, hash, type, time, received_at, reason, body, 0 AS waits FROM event_rejected \
             UNION ALL SELECT source, id, hash, type, time, received_at, coalesce(reason, ''), body, 1 FROM event \
             WHERE state = 'WAITING') r WHERE r.body IS NOT NULL",
        );
        if let Some(source) = &self.source {
            sql.push(" AND r.source = ").bind(source.as_str());
        }
        if let Some(kind) = &self.kind {
            sql.push(" AND r.type = ").bind(kind.as_str());
        }
        if let Some(waits) = self.waits {
            sql.push(&format!(" AND r.waits = {}", i32::from(waits)));
        }
        if let Some((at, source, id, hash)) = &self.before {
            let (at, source, id) = (sql.hold(*at), sql.hold(source.as_str()), sql.hold(id.as_str()));
            let hash = sql.hold(*hash);
            sql.push(&format!(
                " AND (r.received_at, r.source, r.id, r.hash) < ({at}, {source}, {id}, {hash})"
            ));
        }
    }
}

/// Those that came last first, at most so many.
pub async fn rejected_events(
    store: &Store,
    wanted: &Rejections,
    most: usize,
) -> Result<Vec<RejectedEvent>, DbErr> {
    let mut sql = Sql::new(store.dialect);
    sql.push("SELECT r.source, r.id, r.hash, r.type, r.time, r.received_at, r.reason, r.body, r.waits ");
    wanted.listed(&mut sql);
    sql.push(&format!(" ORDER BY r.received_at DESC, r.source DESC, r.id DESC, r.hash DESC LIMIT {most}"));
    store.db.query_all_raw(sql.finish()).await?.iter().map(read).collect()
}

/// How many there are.
pub async fn count_rejected(store: &Store, wanted: &Rejections) -> Result<i64, DbErr> {
    let mut sql = Sql::new(store.dialect);
    sql.push("SELECT count(*) ");
    wanted.listed(&mut sql);
    match store.db.query_one_raw(sql.finish()).await? {
        Some(row) => row.try_get_by_index(0),
        None => Ok(0),
    }
}

fn read(row: &QueryResult) -> Result<RejectedEvent, DbErr> {
    Ok(RejectedEvent {
        source: row.try_get_by_index(0)?,
        id: row.try_get_by_index(1)?,
        hash: row.try_get_by_index(2)?,
        kind: row.try_get_by_index(3)?,
        time: row.try_get_by_index(4)?,
        received_at: row.try_get_by_index(5)?,
        reason: row.try_get_by_index(6)?,
        body: row.try_get_by_index(7)?,
        waits: row.try_get_by_index::<i32>(8)? == 1,
    })
}
