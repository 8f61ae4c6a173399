//! What the store holds of an entity, as a line of import would give it: the word of the one source that knew it, when
//! a second one joins it.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DbErr};
use serde_json::{Map, Number, Value, json};
use uuid::Uuid;

use crate::catalogue::{self, Edge, Entry, Kind, Target, Way};
use crate::clock::{Micros, written};
use crate::store::{Cell, Columns, Dialect, Rows, Sql, encode_id};

/// What is held of an entity, and since when.
pub(super) type Held = HashMap<Uuid, (Map<String, Value>, Micros)>;

/// Reads all fields and relations of these entities that hold anything.
pub(super) async fn stored(
    db: &impl ConnectionTrait,
    noun: &'static Entry,
    ids: &[Uuid],
) -> Result<Held, DbErr> {
    let dialect = Dialect::of(db);
    let mut held = Held::new();
    if ids.is_empty() {
        return Ok(held);
    }
    let columns = Columns::all(noun);
    let mut sql = Sql::new(dialect);
    let of = dialect.id_rows(&sql.hold(dialect.ids(ids)));
    sql.push(&format!("SELECT {} FROM {} t ", columns.selected(noun, "t"), noun.noun.table));
    sql.push(&format!("WHERE t.id IN (SELECT id FROM {of} r)"));
    let mut rows = Rows::new(noun, columns);
    for row in &db.query_all_raw(sql.finish()).await? {
        rows.take(row, 0)?;
    }
    for row in 0..rows.len() {
        let mut fields = Map::new();
        let mut since = 0;
        for field in &noun.noun.fields {
            let Some(place) = noun.column(field.column) else { continue };
            match (field.name.as_str(), rows.cell(row, place)) {
                ("updatedAt", Cell::Time(at)) => since = *at,
                ("createdAt" | "updatedAt", _) | (_, Cell::Null) => {}
                (name, cell) => {
                    fields.insert(name.to_owned(), value(field.kind, cell));
                }
            }
        }
        for edge in noun.edges.iter().filter(|edge| edge.forward) {
            if let Some(far) = pointed(noun, edge, (&rows, row)) {
                fields.insert(edge.field.to_owned(), far);
            }
        }
        held.insert(rows.id(row), (fields, since));
    }
    for edge in noun.edges.iter().filter(|edge| edge.forward) {
        for (near, far) in pairs(db, edge, ids).await? {
            if let Some((fields, _)) = held.get_mut(&near) {
                let list = fields.entry(edge.field).or_insert_with(|| Value::Array(Vec::new()));
                list.as_array_mut().into_iter().for_each(|list| list.push(far.clone()));
            }
        }
    }
    Ok(held)
}

fn value(kind: Kind, cell: &Cell) -> Value {
    match cell {
        Cell::Int(amount) if matches!(kind, Kind::Money) => money(*amount),
        Cell::Int(number) => Value::from(*number),
        Cell::Float(number) => Value::from(*number),
        Cell::Bool(yes) => Value::from(*yes),
        Cell::Time(at) => Value::from(written(*at)),
        Cell::Text(list) if kind.is_list() => serde_json::from_str(list).unwrap_or_default(),
        Cell::Text(text) | Cell::Date(text) => Value::from(text.as_str()),
        Cell::Id(id) => Value::from(id.to_string()),
        Cell::Null => Value::Null,
    }
}

/// An amount in millionths, as a number.
fn money(amount: i64) -> Value {
    if amount % 1_000_000 == 0 {
        return Value::from(amount / 1_000_000);
    }
    Number::from_f64(amount as f64 / 1e6).map_or(Value::Null, Value::Number)
}

fn pointed(noun: &Entry, edge: &Edge, (rows, row): (&Rows, usize)) -> Option<Value> {
    let id = |column: &str| match rows.cell(row, noun.column(column)?) {
        Cell::Id(id) => Some(*id),
        _ => None,
    };
    match (&edge.way, edge.target) {
        (Way::Own(column), Target::Noun(code)) => Some(json!({ "id": encode_id(code, id(column)?) })),
        (Way::OwnAny(code, column), _) => {
            let Cell::Int(code) = rows.cell(row, noun.column(code)?) else { return None };
            let far = catalogue::by_code(i16::try_from(*code).ok()?)?;
            Some(json!({ "type": far.noun.name, "id": encode_id(far.noun.code, id(column)?) }))
        }
        _ => None,
    }
}

/// The pairs of a relation to many, as references.
async fn pairs(db: &impl ConnectionTrait, edge: &Edge, ids: &[Uuid]) -> Result<Vec<(Uuid, Value)>, DbErr> {
    let dialect = Dialect::of(db);
    let (table, near, code, far) = match (&edge.way, edge.target) {
        (Way::Pairs(pairs), Target::Noun(code)) if pairs.unique => {
            (pairs.table, pairs.near, code.to_string(), pairs.far)
        }
        (Way::PairsOfAny(pairs), _) if pairs.table != "external_id" => {
            (pairs.table, pairs.near, pairs.code.to_owned(), pairs.far)
        }
        _ => return Ok(Vec::new()),
    };
    let validity =
        if edge.valid { "valid_from, valid_to" } else { "CAST(NULL AS bigint), CAST(NULL AS bigint)" };
    let mut sql = Sql::new(dialect);
    let of = dialect.id_rows(&sql.hold(dialect.ids(ids)));
    sql.push(&format!("SELECT {near}, CAST({code} AS smallint), {far}, {validity} FROM {table} "));
    sql.push(&format!("WHERE {near} IN (SELECT id FROM {of} r) ORDER BY {far}"));
    let mut found = Vec::new();
    for row in db.query_all_raw(sql.finish()).await? {
        let code: i16 = row.try_get_by_index(1)?;
        let mut reference = Map::new();
        if edge.target == Target::Any
            && let Some(entry) = catalogue::by_code(code)
        {
            reference.insert("type".to_owned(), entry.noun.name.into());
        }
        reference.insert("id".to_owned(), encode_id(code, row.try_get_by_index(2)?).into());
        for (place, name) in [(3, "validFrom"), (4, "validTo")] {
            if let Some(at) = row.try_get_by_index::<Option<i64>>(place)? {
                reference.insert(name.to_owned(), written(at).into());
            }
        }
        found.push((row.try_get_by_index(0)?, Value::Object(reference)));
    }
    Ok(found)
}
