//! What every source said last of the fields of what several sources know, and which of them counts. Nothing is kept of
//! what one source alone knows: what it said is what the store holds, and is written down here when a second source
//! joins it.

use std::collections::{BTreeMap, HashMap, HashSet};

use sea_orm::{ConnectionTrait, DbErr, TransactionTrait};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::amounts::{Fields, Voices};
use super::rank::Ranking;
use super::refs;
use crate::catalogue::{self, Entry, Kind};
use crate::clock::{self, Micros};
use crate::store::{Dialect, Sql, Store};

/// One source's word on a field.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// The source.
    pub source: String,
    /// What it says, as a line of import gives it: a relation is `{"source", "key"}`.
    pub value: Value,
    /// Since when it is known to say so.
    pub observed_at: Micros,
    /// Whether this is the word that counts.
    pub counts: bool,
}

/// A field on which sources disagree.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// The field.
    pub field: String,
    /// Every source's word, the one that counts first.
    pub values: Vec<Claim>,
}

/// What a source said, and since when.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Said {
    pub(super) value: Value,
    pub(super) at: Micros,
}

/// For each entity and field, what each source said.
pub(super) type Claims = HashMap<Uuid, Fields>;

/// For each entity, the sources that know it, and whether they still do.
pub(super) type Knowing = HashMap<Uuid, BTreeMap<String, bool>>;

/// A claim to be written, or taken away where it has no value.
#[derive(Clone)]
pub(super) struct Written {
    pub(super) entity: Uuid,
    pub(super) field: String,
    pub(super) source: String,
    pub(super) said: Option<Said>,
}

/// Whether a value says nothing.
pub(super) fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// The sources that know these entities.
pub(super) async fn knowing(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Knowing, DbErr> {
    let mut knowing = Knowing::new();
    if ids.is_empty() {
        return Ok(knowing);
    }
    let dialect = Dialect::of(db);
    let mut sql = Sql::new(dialect);
    let rows = dialect.id_rows(&sql.hold(dialect.ids(ids)));
    sql.push(
        "SELECT e.entity_id, s.name, e.valid_to FROM external_id e JOIN source s ON s.id = e.source_id ",
    );
    sql.push(&format!("WHERE e.entity_id IN (SELECT id FROM {rows} r)"));
    for row in db.query_all_raw(sql.finish()).await? {
        let (entity, source): (Uuid, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let active = row.try_get_by_index::<Option<i64>>(2)?.is_none();
        *knowing.entry(entity).or_default().entry(source).or_default() |= active;
    }
    Ok(knowing)
}

/// What is claimed of these entities.
pub(super) async fn load(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<Claims, DbErr> {
    let mut claims = Claims::new();
    if ids.is_empty() {
        return Ok(claims);
    }
    let dialect = Dialect::of(db);
    let mut sql = Sql::new(dialect);
    let rows = dialect.id_rows(&sql.hold(dialect.ids(ids)));
    sql.push("SELECT entity_id, field, source, value, observed_at FROM field_claim ");
    sql.push(&format!("WHERE entity_id IN (SELECT id FROM {rows} r)"));
    for row in db.query_all_raw(sql.finish()).await? {
        let said = said(row.try_get_by_index(3)?, row.try_get_by_index(4)?);
        let of_field = claims.entry(row.try_get_by_index(0)?).or_default();
        of_field.entry(row.try_get_by_index(1)?).or_default().insert(row.try_get_by_index(2)?, said);
    }
    Ok(claims)
}

/// Writes claims, and takes away those that have no value.
pub(super) async fn write(store: &Store, code: catalogue::Code, written: &[Written]) -> Result<(), DbErr> {
    if written.is_empty() {
        return Ok(());
    }
    let transaction = store.db.begin().await?;
    // A merge may have taken away what they are about since that was looked up; after this none can.
    transaction.execute_unprepared(&store.dialect.turn()).await?;
    let ids: HashSet<Uuid> = written.iter().map(|claim| claim.entity).collect();
    let now = merged(&transaction, &ids.into_iter().collect::<Vec<_>>()).await?;
    let mut last: HashMap<(Uuid, &str, &str), Written> = HashMap::new();
    for claim in written {
        let entity = now.get(&claim.entity).copied().unwrap_or(claim.entity);
        // Of two words of one source on one field the last counts.
        last.insert((entity, &claim.field, &claim.source), Written { entity, ..claim.clone() });
    }
    let written: Vec<Written> = last.into_values().collect();
    put(&transaction, code, &written).await?;
    transaction.commit().await
}

/// What these became, as far as they were merged into others.
async fn merged(db: &impl ConnectionTrait, ids: &[Uuid]) -> Result<HashMap<Uuid, Uuid>, DbErr> {
    let dialect = Dialect::of(db);
    let mut sql = Sql::new(dialect);
    let rows = dialect.id_rows(&sql.hold(dialect.ids(ids)));
    sql.push(&format!("SELECT old, now FROM merged_id WHERE old IN (SELECT id FROM {rows} r)"));
    let rows = db.query_all_raw(sql.finish()).await?;
    rows.iter().map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).collect()
}

/// The same within a transaction.
pub(super) async fn put(
    db: &impl ConnectionTrait,
    code: catalogue::Code,
    written: &[Written],
) -> Result<(), DbErr> {
    const ROWS: usize = 500;
    let dialect = Dialect::of(db);
    let held: Vec<_> =
        written.iter().filter_map(|claim| claim.said.as_ref().map(|said| (claim, said))).collect();
    for chunk in held.chunks(ROWS) {
        let mut sql = Sql::new(dialect);
        sql.push(
            "INSERT INTO field_claim (entity_id, field, source, entity_type, value, observed_at) VALUES ",
        );
        for (place, (claim, said)) in chunk.iter().enumerate() {
            sql.push(if place == 0 { "(" } else { ", (" }).bind(claim.entity).push(", ");
            sql.bind(claim.field.as_str()).push(", ").bind(claim.source.as_str()).push(", ").bind(code);
            sql.push(", ").bind(said.value.to_string()).push(", ").bind(said.at).push(")");
        }
        sql.push(" ON CONFLICT (entity_id, field, source) DO UPDATE SET value = excluded.value, ");
        sql.push("observed_at = excluded.observed_at");
        db.execute_raw(sql.finish()).await?;
    }
    for claim in written.iter().filter(|claim| claim.said.is_none()) {
        let mut sql = Sql::new(dialect);
        sql.push("DELETE FROM field_claim WHERE entity_id = ").bind(claim.entity).push(" AND field = ");
        sql.bind(claim.field.as_str()).push(" AND source = ").bind(claim.source.as_str());
        db.execute_raw(sql.finish()).await?;
    }
    Ok(())
}

/// The source whose word counts among those that still know the entity.
pub(super) fn winner<'c>(
    ranking: &Ranking,
    (noun, field): (&str, &str),
    said: &'c BTreeMap<String, Said>,
    knows: &dyn Fn(&str) -> bool,
) -> Option<(&'c str, &'c Value)> {
    let known = said.iter().filter(|(source, said)| knows(source) && !is_nothing(&said.value));
    let best = known.min_by_key(|(source, _)| ranking.rank(noun, field, source));
    best.map(|(source, said)| (source.as_str(), &said.value))
}

/// The fields on which sources disagree, for each of these entities that has any.
pub async fn conflicts(
    store: &Store,
    ranking: &Ranking,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Vec<Conflict>>, DbErr> {
    let Told { claims, nouns, knowing } = told(store, ids).await?;
    let named = claims.iter().filter_map(|(entity, fields)| Some((nouns.get(entity)?, fields)));
    let named = named.flat_map(|(noun, fields)| {
        let said = fields.iter().flat_map(|(field, said)| said.values().map(move |said| (field, said)));
        said.flat_map(|(field, said)| {
            refs::names(noun, &Map::from_iter([(field.clone(), said.value.clone())]))
        })
        .collect::<Vec<_>>()
    });
    let known = refs::look_up(&store.db, named).await?;
    let mut found = HashMap::new();
    for (entity, fields) in claims {
        let Some(noun) = nouns.get(&entity) else { continue };
        let knows = |source: &str| {
            knowing.get(&entity).and_then(|sources| sources.get(source)).copied().unwrap_or(false)
        };
        let voices = Voices { ranking, noun, knows: &knows };
        let mut of_entity = Vec::new();
        for (field, said) in &fields {
            // Two sources may name the same thing by keys of their own.
            let means = |value: &Value| meaning(noun, field, value, &known);
            let mut meanings: Vec<String> = said.values().map(|said| means(&said.value)).collect();
            meanings.sort_unstable();
            meanings.dedup();
            if meanings.len() < 2 {
                continue;
            }
            let counts = voices.counting(&fields, field).map(|(source, _)| source);
            let mut values: Vec<Claim> = (said.iter())
                .map(|(source, said)| Claim {
                    counts: counts == Some(source),
                    source: source.clone(),
                    value: said.value.clone(),
                    observed_at: said.at,
                })
                .collect();
            values.sort_by_key(|claim| {
                (!claim.counts, ranking.rank(noun.noun.name, field, &claim.source), claim.source.clone())
            });
            of_entity.push(Conflict { field: field.clone(), values });
        }
        if !of_entity.is_empty() {
            found.insert(entity, of_entity);
        }
    }
    Ok(found)
}

/// What is claimed of entities, with what they are and whether those who say so still know them.
#[derive(Default)]
struct Told {
    claims: Claims,
    nouns: HashMap<Uuid, &'static Entry>,
    knowing: Knowing,
}

/// All of it in one statement.
async fn told(store: &Store, ids: &[Uuid]) -> Result<Told, DbErr> {
    let mut told = Told::default();
    if ids.is_empty() {
        return Ok(told);
    }
    let mut sql = Sql::new(store.dialect);
    let rows = store.dialect.id_rows(&sql.hold(store.dialect.ids(ids)));
    sql.push("SELECT c.entity_id, c.entity_type, c.field, c.source, c.value, c.observed_at, ");
    sql.push("CASE WHEN EXISTS (SELECT 1 FROM external_id e JOIN source s ON s.id = e.source_id ");
    sql.push(
        "WHERE e.entity_id = c.entity_id AND s.name = c.source AND e.valid_to IS NULL) THEN 1 ELSE 0 END ",
    );
    sql.push(&format!("FROM field_claim c WHERE c.entity_id IN (SELECT id FROM {rows} r)"));
    for row in store.db.query_all_raw(sql.finish()).await? {
        let (entity, source): (Uuid, String) = (row.try_get_by_index(0)?, row.try_get_by_index(3)?);
        let Some(noun) = catalogue::by_code(row.try_get_by_index(1)?) else { continue };
        told.nouns.insert(entity, noun);
        told.knowing.entry(entity).or_default().insert(source.clone(), row.try_get_by_index::<i32>(6)? == 1);
        let of_field = told.claims.entry(entity).or_default().entry(row.try_get_by_index(2)?).or_default();
        of_field.insert(source, said(row.try_get_by_index(4)?, row.try_get_by_index(5)?));
    }
    Ok(told)
}

/// What stands in the store of what a source said.
fn said(value: String, at: Micros) -> Said {
    Said { value: serde_json::from_str(&value).unwrap_or_default(), at }
}

/// What a value comes to, however it is written: for relations, what they lead to, whatever it is called.
pub(super) fn meaning(
    noun: &'static Entry,
    field: &str,
    value: &Value,
    known: &HashMap<refs::Name, Uuid>,
) -> String {
    if noun.edge(field).is_none() {
        let is_time = noun.noun.field(field).is_some_and(|field| matches!(field.kind, Kind::Time));
        let same = match value {
            Value::String(text) if is_time => clock::read(text).map(|at| at.to_string()),
            Value::Number(number) => number.as_f64().map(|number| number.to_string()),
            _ => None,
        };
        return same.unwrap_or_else(|| value.to_string());
    }
    let items = match value {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut meant: Vec<String> = items
        .iter()
        .map(|item| {
            let end = refs::end((noun, field), item, known);
            end.map_or_else(|| item.to_string(), |(_, id)| id.to_string())
        })
        .collect();
    meant.sort_unstable();
    // Two names of one thing lead to it once.
    meant.dedup();
    meant.join(" ")
}
