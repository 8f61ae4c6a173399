//! Taking some names of a thing away into a new one, with what only the sources behind these names said. What was
//! moved and cannot be told apart stays.

use std::collections::HashSet;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};
use serde_json::Map;
use uuid::Uuid;

use super::amounts::{Fields, Voices};
use super::claims;
use super::curate::{Curator, Parted, by_key, date, existing, index, run, sources_of};
use super::moved::{is_kept, summed};
use super::refs;
use super::said::{self, Ends};
use super::stored::stored;
use crate::catalogue::{self, Entry, Identity, Target, Way};
use crate::clock::Clock;
use crate::error::{ClientError, Error};
use crate::store::{Dialect, Sql, encode_id};

impl Curator<'_> {
    /// Takes these names, each a source and a key, away from `from`.
    pub async fn split(
        &self,
        noun: &'static Entry,
        from: Uuid,
        away: &[(String, String)],
    ) -> Result<Parted, Error> {
        by_key(noun)?;
        let transaction = self.begin().await?;
        let from = existing(&transaction, noun, ("from", &[from])).await?.into_iter().next().unwrap_or(from);
        let names = names_of(&transaction, from).await?;
        let staying = staying((noun, from), &names, away)?;
        let leaving: HashSet<&str> = away.iter().map(|(source, _)| source.as_str()).collect();
        // Of what a source said under two names, which of them it meant cannot be told.
        let leaving: HashSet<&str> = leaving.difference(&staying).copied().collect();
        let new = Clock::at(self.now).id();
        self.make(&transaction, noun, (from, new)).await?;
        for (source, value) in away {
            let mut sql = Sql::new(Dialect::of(&transaction));
            sql.push("UPDATE external_id SET entity_id = ").bind(new).push(" WHERE entity_id = ").bind(from);
            sql.push(" AND value = ").bind(value.as_str());
            sql.push(" AND source_id = (SELECT id FROM source WHERE name = ").bind(source.as_str()).push(")");
            transaction.execute_raw(sql.finish()).await?;
        }
        for id in [from, new] {
            // A name that is alone was matched with nothing.
            let alone = "UPDATE external_id SET match_method = 'EXACT_KEY', confidence = NULL \
                 WHERE entity_id = {0} AND (SELECT count(*) FROM external_id o WHERE o.entity_id = {0}) = 1";
            run(&transaction, alone, &[id]).await?;
        }
        self.part(&transaction, noun, (from, new), &leaving).await?;
        measured(&transaction, noun, (from, new), &leaving).await?;
        for id in [from, new] {
            date(&transaction, noun, (id, self.now)).await?;
            index(&transaction, noun, id).await?;
        }
        transaction.commit().await?;
        Ok(Parted { away: new, rest: from })
    }

    /// Makes a thing with nothing but what every thing of its type has.
    async fn make(
        &self,
        db: &DatabaseTransaction,
        noun: &Entry,
        (from, new): (Uuid, Uuid),
    ) -> Result<(), DbErr> {
        let (mut columns, mut values) = (String::new(), String::new());
        for field in noun.noun.fields.iter().filter(|field| !is_kept(field)) {
            let value = match (field.kind.is_list(), field.required) {
                (true, false) => "'[]'",
                (_, true) => field.column,
                (false, false) => continue,
            };
            columns.push_str(&format!(", {}", field.column));
            values.push_str(&format!(", {value}"));
        }
        let (table, now) = (noun.noun.table, self.now);
        let insert = format!(
            "INSERT INTO {table} (id, created_at, updated_at{columns}) SELECT {{1}}, {now}, {now}{values} FROM {table} WHERE id = {{0}}"
        );
        run(db, &insert, &[from, new]).await?;
        run(db, &format!("UPDATE {table} SET updated_at = {now} WHERE id = {{0}}"), &[from, new]).await?;
        Ok(())
    }

    /// Gives each of the two what its own sources said.
    async fn part(
        &self,
        db: &DatabaseTransaction,
        noun: &'static Entry,
        (from, new): (Uuid, Uuid),
        leaving: &HashSet<&str>,
    ) -> Result<(), DbErr> {
        let all: Fields = claims::load(db, &[from]).await?.remove(&from).unwrap_or_default();
        let mut names = Vec::new();
        for (field, said) in &all {
            for said in said.values() {
                names.extend(refs::names(noun, &Map::from_iter([(field.clone(), said.value.clone())])));
            }
        }
        let known = refs::look_up(db, names).await?;
        let ends = Ends { noun, known: &known };
        let held =
            stored(db, noun, &[from]).await?.remove(&from).map(|(fields, _)| fields).unwrap_or_default();
        let knowing = claims::knowing(db, &[from, new]).await?;
        let still = |source: &str| {
            knowing.get(&from).and_then(|sources| sources.get(source)).copied().unwrap_or(false)
        };
        let (mut gone, mut kept) = (Fields::new(), Fields::new());
        for (field, said) in &all {
            for (source, said) in said {
                let side = if leaving.contains(source.as_str()) { &mut gone } else { &mut kept };
                side.entry(field.clone()).or_default().insert(source.clone(), said.clone());
            }
        }
        let theirs = Voices { ranking: self.ranking, noun, knows: &|_| true };
        let ours = Voices { ranking: self.ranking, noun, knows: &still };
        for (field, said) in &gone {
            let counts = theirs.counting(&gone, field).map(|(_, value)| value);
            if let Some(value) = counts {
                said::give(db, &ends, (new, field), value).await?;
            }
            let Some(value) = counts.or_else(|| said.values().next().map(|said| &said.value)) else {
                continue;
            };
            let ours = ours.counting(&kept, field).map(|(_, value)| value);
            let is_theirs = held
                .get(field)
                .is_some_and(|held| said.values().any(|said| ends.same(field, held, &said.value)));
            match ours {
                Some(ours) => {
                    said::take(db, &ends, (from, field), value).await?;
                    said::give(db, &ends, (from, field), ours).await?;
                }
                None if is_theirs => said::take(db, &ends, (from, field), value).await?,
                None => {}
            }
        }
        // What could not stand beside theirs can now.
        for field in kept.keys().filter(|field| !gone.contains_key(*field) && !held.contains_key(*field)) {
            if let Some((_, value)) = ours.counting(&kept, field) {
                said::give(db, &ends, (from, field), value).await?;
            }
        }
        for source in leaving {
            let mut sql = Sql::new(Dialect::of(db));
            sql.push("UPDATE field_claim SET entity_id = ").bind(new).push(" WHERE entity_id = ").bind(from);
            sql.push(" AND source = ").bind(*source);
            db.execute_raw(sql.finish()).await?;
        }
        for id in [from, new].into_iter().filter(|id| sources_of(&knowing, &[*id]) < 2) {
            run(db, "DELETE FROM field_claim WHERE entity_id = {0}", &[id]).await?;
        }
        Ok(())
    }
}

/// What the sources that leave measured goes with their names: measured again, it would stand there twice.
async fn measured(
    db: &DatabaseTransaction,
    noun: &'static Entry,
    (from, new): (Uuid, Uuid),
    leaving: &HashSet<&str>,
) -> Result<(), DbErr> {
    for edge in &noun.edges {
        let (Way::Theirs(column), Target::Noun(code)) = (&edge.way, edge.target) else { continue };
        let Some(far) = catalogue::by_code(code) else { continue };
        if !matches!(far.noun.identity, Identity::Dimensions(dimensions) if dimensions.contains(&column.as_str()))
        {
            continue;
        }
        let moving = async {
            for source in leaving {
                let mut sql = Sql::new(Dialect::of(db));
                sql.push(&format!("UPDATE {} SET {column} = ", far.noun.table)).bind(new);
                sql.push(&format!(" WHERE {column} = ")).bind(from);
                sql.push(" AND source_id = (SELECT id FROM source WHERE name = ").bind(*source).push(")");
                db.execute_raw(sql.finish()).await?;
            }
            Ok(())
        };
        summed(db, (far, column), [from, new], moving).await?;
    }
    Ok(())
}

/// What sources call a thing.
async fn names_of(db: &DatabaseTransaction, id: Uuid) -> Result<HashSet<(String, String)>, DbErr> {
    let mut sql = Sql::new(Dialect::of(db));
    sql.push(
        "SELECT s.name, e.value FROM external_id e JOIN source s ON s.id = e.source_id WHERE e.entity_id = ",
    );
    sql.bind(id);
    let rows = db.query_all_raw(sql.finish()).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// The sources of the names that stay; refuses what is none of its names, is named twice, or would leave nothing.
fn staying<'n>(
    (noun, from): (&Entry, Uuid),
    names: &'n HashSet<(String, String)>,
    away: &[(String, String)],
) -> Result<HashSet<&'n str>, ClientError> {
    let mut once = HashSet::new();
    for name in away {
        let (source, value) = name;
        if !names.contains(name) {
            let id = encode_id(noun.noun.code, from);
            return Err(ClientError::input(format!(
                "externalIds: {id:?} has no {value:?} in {source:?}; take one from its externalIds."
            )));
        }
        if !once.insert(name) {
            return Err(ClientError::input(format!(
                "externalIds: {value:?} in {source:?} is named twice; name each once."
            )));
        }
    }
    if away.is_empty() {
        return Err(ClientError::input("externalIds: name at least one to take away."));
    }
    let staying: HashSet<&str> =
        names.iter().filter(|name| !once.contains(name)).map(|(source, _)| source.as_str()).collect();
    if staying.is_empty() {
        return Err(ClientError::input(
            "externalIds: these are all it has, and nothing would be left; leave at least one.",
        ));
    }
    Ok(staying)
}
