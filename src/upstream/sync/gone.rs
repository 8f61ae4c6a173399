//! What a source has no longer: its identity there ends, the thing itself stays. What comes back is known again; where
//! the one that goes had the word that counts, the next one's counts.

use sea_orm::{ConnectionTrait, DbErr};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::SyncError;
use super::amounts::Voices;
use super::claims::{self, Written};
use super::refs;
use super::take::{Taker, imported};
use super::turn::Turn;
use crate::catalogue::{Code, Entry};
use crate::clock::Micros;
use crate::store::{Dialect, Sql, Store, encode_id};

/// What is known of how much there was and is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Census {
    /// What the walk saw.
    pub(super) seen: i64,
    /// What was known of the source before, and is not gone.
    pub(super) known: i64,
}

/// Lets identities hold again whose things came back, and forgets that a walk missed any.
pub(super) async fn back(store: &Store, (source, code): (&str, Code), keys: &[String]) -> Result<(), DbErr> {
    if keys.is_empty() {
        return Ok(());
    }
    let mut sql = Sql::new(store.dialect);
    let rows = store.dialect.text_rows(&sql.hold(store.dialect.texts(keys)));
    sql.push("UPDATE external_id SET valid_to = NULL WHERE valid_to IS NOT NULL AND source_id = ");
    sql.push("(SELECT id FROM source WHERE name = ").bind(source).push(") AND entity_type = ").bind(code);
    sql.push(&format!(" AND value IN (SELECT text FROM {rows} r)"));
    store.db.execute_raw(sql.finish()).await?;
    let mut sql = Sql::new(store.dialect);
    let rows = store.dialect.text_rows(&sql.hold(store.dialect.texts(keys)));
    sql.push("DELETE FROM sync_missed WHERE source = ").bind(source).push(" AND entity_type = ").bind(code);
    sql.push(&format!(" AND value IN (SELECT text FROM {rows} r)"));
    store.db.execute_raw(sql.finish()).await?;
    Ok(())
}

impl Taker<'_> {
    /// How many things of a noun these entities' walks saw, and how many the source was known to have.
    pub(super) async fn census(&self, code: Code, entities: &[&str]) -> Result<Census, DbErr> {
        let mut sql = Sql::new(self.store.dialect);
        sql.push("SELECT (SELECT count(*) FROM sync_seen WHERE source = ").bind(&*self.source.name);
        self.among(&mut sql, entities);
        sql.push(
            "), (SELECT count(*) FROM external_id e JOIN source s ON s.id = e.source_id WHERE s.name = ",
        );
        sql.bind(&*self.source.name)
            .push(" AND e.entity_type = ")
            .bind(code)
            .push(" AND e.valid_to IS NULL)");
        match self.store.db.query_one_raw(sql.finish()).await? {
            Some(row) => Ok(Census { seen: row.try_get_by_index(0)?, known: row.try_get_by_index(1)? }),
            None => Ok(Census { seen: 0, known: 0 }),
        }
    }

    fn among(&self, sql: &mut Sql, entities: &[&str]) {
        let names: Vec<String> = entities.iter().map(|name| (*name).to_owned()).collect();
        let rows = self.store.dialect.text_rows(&sql.hold(self.store.dialect.texts(&names)));
        sql.push(&format!(" AND entity IN (SELECT text FROM {rows} r)"));
    }

    /// Marks everything of a noun that these entities' walks did not see; answers how much that was.
    pub(super) async fn unseen(
        &self,
        noun: &'static Entry,
        entities: &[&str],
        (began, now): (Micros, Micros),
    ) -> Result<u64, SyncError> {
        let mut sql = self.ending(noun, now);
        self.unseen_among(&mut sql, entities, began);
        sql.push(" RETURNING entity_id, value");
        self.ended(noun, sql).await
    }

    /// Marks what an earlier walk did not see either, and remembers the rest for the next one; answers how much was
    /// marked and how much is remembered since this walk.
    pub(super) async fn missed(
        &self,
        noun: &'static Entry,
        entities: &[&str],
        (began, now): (Micros, Micros),
    ) -> Result<(u64, u64), SyncError> {
        let (own, code) = (&*self.source.name, noun.noun.code);
        let mut sql = self.ending(noun, now);
        self.unseen_among(&mut sql, entities, began);
        sql.push(" AND EXISTS (SELECT 1 FROM sync_missed m WHERE m.source = ").bind(own);
        sql.push(" AND m.entity_type = ").bind(code).push(" AND m.value = external_id.value");
        // A walk that is taken up again is one.
        sql.push(" AND m.walk_began < ").bind(began).push(") RETURNING entity_id, value");
        let gone = self.ended(noun, sql).await?;
        let mut sql = Sql::new(self.store.dialect);
        let cast = |word: &str| match self.store.dialect {
            Dialect::Postgres => format!("::{word}"),
            Dialect::Sqlite => String::new(),
        };
        sql.push("INSERT INTO sync_missed (source, entity_type, value, walk_began) SELECT ").bind(own);
        sql.push(&cast("text")).push(", external_id.entity_type, external_id.value, ").bind(began);
        sql.push(&cast("bigint")).push(" FROM external_id WHERE ");
        self.living(&mut sql, noun);
        self.unseen_among(&mut sql, entities, began);
        sql.push(" ON CONFLICT (source, entity_type, value) DO NOTHING");
        let missed = self.store.db.execute_raw(sql.finish()).await?.rows_affected();
        Ok((gone, missed))
    }

    /// The keys of everything of a noun that these entities' walks did not see.
    pub(super) async fn missing(
        &self,
        noun: &Entry,
        entities: &[&str],
        began: Micros,
    ) -> Result<Vec<String>, DbErr> {
        let mut sql = Sql::new(self.store.dialect);
        sql.push("SELECT external_id.value FROM external_id WHERE ");
        self.living(&mut sql, noun);
        self.unseen_among(&mut sql, entities, began);
        sql.push(" ORDER BY external_id.value");
        let rows = self.store.db.query_all_raw(sql.finish()).await?;
        rows.iter().map(|row| row.try_get_by_index(0)).collect()
    }

    /// What a webhook had read again since the walk began was seen too, though not by the walk.
    fn unseen_among(&self, sql: &mut Sql, entities: &[&str], began: Micros) {
        sql.push(" AND NOT EXISTS (SELECT 1 FROM sync_refreshed WHERE source = ").bind(&*self.source.name);
        sql.push(" AND sync_refreshed.entity_type = external_id.entity_type ");
        sql.push("AND sync_refreshed.value = external_id.value AND asked_at > ").bind(began).push(")");
        sql.push(" AND NOT EXISTS (SELECT 1 FROM sync_seen WHERE source = ").bind(&*self.source.name);
        self.among(sql, entities);
        sql.push(" AND sync_seen.value = external_id.value)");
    }

    /// Marks what the source itself says it has no longer: keys, each with the moment it was asked for. One that was read
    /// again since then is not spoken of.
    pub(super) async fn named(
        &self,
        noun: &'static Entry,
        keys: &[(String, Micros)],
        at: Micros,
    ) -> Result<u64, SyncError> {
        if keys.is_empty() {
            return Ok(0);
        }
        let turn = Turn::of_words(self).await?;
        let keys = self.not_refreshed(noun, keys).await?;
        let mut sql = self.ending(noun, at);
        let rows = self.store.dialect.text_rows(&sql.hold(self.store.dialect.texts(&keys)));
        sql.push(&format!(" AND value IN (SELECT text FROM {rows} r) RETURNING entity_id, value"));
        let ended = self.end_and_let_go(noun, sql).await;
        turn.end().await;
        ended
    }

    fn ending(&self, noun: &Entry, at: Micros) -> Sql {
        let mut sql = Sql::new(self.store.dialect);
        sql.push("UPDATE external_id SET valid_to = ").bind(at).push(" WHERE ");
        self.living(&mut sql, noun);
        sql
    }

    /// What of a noun the source is known to have.
    fn living(&self, sql: &mut Sql, noun: &Entry) {
        sql.push("valid_to IS NULL AND source_id = (SELECT id FROM source WHERE name = ");
        sql.bind(&*self.source.name).push(") AND external_id.entity_type = ").bind(noun.noun.code);
    }

    async fn ended(&self, noun: &'static Entry, sql: Sql) -> Result<u64, SyncError> {
        let turn = Turn::of_words(self).await?;
        let ended = self.end_and_let_go(noun, sql).await;
        turn.end().await;
        ended
    }

    async fn end_and_let_go(&self, noun: &'static Entry, sql: Sql) -> Result<u64, SyncError> {
        const AT_ONCE: usize = 1_000;
        let rows = self.store.db.query_all_raw(sql.finish()).await?;
        let ids: Vec<Uuid> = rows.iter().map(|row| row.try_get_by_index(0)).collect::<Result<_, _>>()?;
        let values: Vec<String> = rows.iter().map(|row| row.try_get_by_index(1)).collect::<Result<_, _>>()?;
        for (ids, values) in ids.chunks(AT_ONCE).zip(values.chunks(AT_ONCE)) {
            self.wait_no_more(noun, values).await?;
            self.let_go(noun, ids).await?;
        }
        Ok(u64::try_from(ids.len()).unwrap_or(u64::MAX))
    }

    /// Gives the word to the next source in every field in which the one that went had claimed something.
    async fn let_go(&self, noun: &'static Entry, ids: &[Uuid]) -> Result<(), SyncError> {
        let claims = claims::load(&self.store.db, ids).await?;
        if claims.is_empty() {
            return Ok(());
        }
        let knowing = claims::knowing(&self.store.db, ids).await?;
        let own = &*self.source.name;
        let (mut written, mut lines) = (Vec::new(), Vec::new());
        for (entity, mut fields) in claims {
            // Another key of the same source may still name it.
            let knows = |name: &str| {
                knowing.get(&entity).and_then(|sources| sources.get(name)).copied().unwrap_or(false)
            };
            if knows(own) {
                continue;
            }
            let mut claimed = Vec::new();
            for (field, said) in &mut fields {
                if said.remove(own).is_some() {
                    claimed.push(field.clone());
                }
            }
            let voices = Voices { ranking: self.ranking, noun, knows: &knows };
            let mut line = Map::new();
            for field in claimed {
                if let Some((_, value)) = voices.counting(&fields, &field) {
                    line.insert(field.clone(), value.clone());
                }
                written.push(Written { entity, field, source: own.to_owned(), said: None });
            }
            voices.follow(&fields, &mut line);
            if !line.is_empty() {
                lines.push((entity, line));
            }
        }
        let wanted = lines.iter().flat_map(|(_, line)| refs::names(noun, line));
        let known = refs::look_up(&self.store.db, wanted).await?;
        let mut text = String::new();
        for (entity, mut line) in lines {
            refs::prune(noun, &mut line, &|name| known.contains_key(name));
            refs::as_given(noun, &mut line);
            line.insert("type".to_owned(), noun.noun.name.into());
            line.insert("id".to_owned(), encode_id(noun.noun.code, entity).into());
            text.push_str(&Value::Object(line).to_string());
            text.push('\n');
        }
        if !text.is_empty() {
            let (_, refused) = imported(self.store, self.clock, own, text).await?;
            for rejection in refused {
                tracing::warn!(
                    source = own,
                    reason = rejection.reason,
                    "the next source's word did not go in"
                );
            }
        }
        claims::write(self.store, noun.noun.code, &written).await?;
        Ok(())
    }
}
