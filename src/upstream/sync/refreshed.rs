//! When a webhook had things read again. What a walk asked for before that is older, however late it comes to be taken
//! in: it does not go in, brings nothing back, and leaves nothing out.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DbErr};

use super::take::{Item, Taker};
use crate::catalogue::Entry;
use crate::clock::Micros;
use crate::store::{Sql, Store};

/// For how long that is kept: no walk takes longer.
const KEPT: Micros = 24 * 3_600 * 1_000_000;

/// How many are written down by one statement.
const ROWS: usize = 500;

/// Forgets what no walk can be behind any more.
pub(super) async fn forget_old(store: &Store, now: Micros) -> Result<(), DbErr> {
    let mut sql = Sql::new(store.dialect);
    sql.push("DELETE FROM sync_refreshed WHERE asked_at < ").bind(now - KEPT);
    store.db.execute_raw(sql.finish()).await?;
    Ok(())
}

impl Taker<'_> {
    /// Notes when things of a noun were asked for. To be called before they are taken in: a walk that looks in between
    /// leaves them alone.
    pub(super) async fn note(&self, noun: &Entry, keys: &[(String, Micros)]) -> Result<(), DbErr> {
        let mut latest: HashMap<&str, Micros> = HashMap::new();
        for (key, at) in keys.iter().filter(|(key, _)| !key.is_empty()) {
            let known = latest.entry(key).or_insert(*at);
            *known = (*known).max(*at);
        }
        let latest: Vec<(&str, Micros)> = latest.into_iter().collect();
        for some in latest.chunks(ROWS) {
            let mut sql = Sql::new(self.store.dialect);
            sql.push("INSERT INTO sync_refreshed (source, entity_type, value, asked_at) VALUES ");
            for (place, (key, at)) in some.iter().enumerate() {
                sql.push(if place == 0 { "(" } else { ", (" }).bind(&*self.source.name).push(", ");
                sql.bind(noun.noun.code).push(", ").bind(*key).push(", ").bind(*at).push(")");
            }
            sql.push(" ON CONFLICT (source, entity_type, value) DO UPDATE SET asked_at = excluded.asked_at ");
            sql.push("WHERE excluded.asked_at > sync_refreshed.asked_at");
            self.store.db.execute_raw(sql.finish()).await?;
        }
        Ok(())
    }

    /// Leaves out what has been read again since it was asked for.
    pub(super) async fn leave_refreshed(&self, noun: &Entry, items: &mut Vec<Item>) -> Result<(), DbErr> {
        let noted = self.noted(noun, items.iter().map(|item| item.key.clone()).collect()).await?;
        items.retain(|item| noted.get(&item.key).is_none_or(|at| item.at >= *at));
        Ok(())
    }

    /// Which of these keys, each with the moment it was asked for, have not been read again since.
    pub(super) async fn not_refreshed(
        &self,
        noun: &Entry,
        keys: &[(String, Micros)],
    ) -> Result<Vec<String>, DbErr> {
        let noted = self.noted(noun, keys.iter().map(|(key, _)| key.clone()).collect()).await?;
        let stand = keys.iter().filter(|(key, asked)| noted.get(key).is_none_or(|at| asked >= at));
        Ok(stand.map(|(key, _)| key.clone()).collect())
    }

    async fn noted(&self, noun: &Entry, keys: Vec<String>) -> Result<HashMap<String, Micros>, DbErr> {
        let mut sql = Sql::new(self.store.dialect);
        let rows = self.store.dialect.text_rows(&sql.hold(self.store.dialect.texts(&keys)));
        sql.push("SELECT value, asked_at FROM sync_refreshed WHERE source = ").bind(&*self.source.name);
        sql.push(" AND entity_type = ").bind(noun.noun.code);
        sql.push(&format!(" AND value IN (SELECT text FROM {rows} r)"));
        let rows = self.store.db.query_all_raw(sql.finish()).await?;
        rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
    }
}
