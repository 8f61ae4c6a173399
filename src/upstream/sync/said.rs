//! What a source said of a field, put into the row and the pairs of a thing, or taken out of them.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DbErr, Value as Bound};
use serde_json::Value;
use uuid::Uuid;

use super::claims::meaning;
use super::refs::{self, Name};
use crate::catalogue::{Code, Edge, Entry, Kind, Way};
use crate::clock;
use crate::money;
use crate::store::{Dialect, Sql};

/// A noun, and what the names mean that its claims give.
pub(super) struct Ends<'a> {
    pub(super) noun: &'static Entry,
    pub(super) known: &'a HashMap<Name, Uuid>,
}

impl Ends<'_> {
    /// Whether two values of a field come to the same.
    pub(super) fn same(&self, field: &str, one: &Value, other: &Value) -> bool {
        meaning(self.noun, field, one, self.known) == meaning(self.noun, field, other, self.known)
    }

    /// What a relation's value leads to, each with the value that says so.
    fn of<'v>(&self, field: &str, value: &'v Value) -> Vec<((Code, Uuid), &'v Value)> {
        let items = refs::items(value).iter();
        items.filter_map(|item| Some((refs::end((self.noun, field), item, self.known)?, item))).collect()
    }
}

/// Lets a thing have what was said of a field.
pub(super) async fn give(
    db: &impl ConnectionTrait,
    ends: &Ends<'_>,
    (id, field): (Uuid, &str),
    said: &Value,
) -> Result<(), DbErr> {
    if let Some(edge) = ends.noun.edge(field) {
        for (end, item) in ends.of(field, said) {
            link(db, (ends.noun, edge), (id, end), item).await?;
        }
        return Ok(());
    }
    let Some(declared) = ends.noun.noun.field(field) else { return Ok(()) };
    match bound(declared.kind, said) {
        Some(value) => set(db, ends.noun, id, &[(declared.column, value)]).await,
        None => Ok(()),
    }
}

/// Takes what was said of a field from a thing that has it.
pub(super) async fn take(
    db: &impl ConnectionTrait,
    ends: &Ends<'_>,
    (id, field): (Uuid, &str),
    said: &Value,
) -> Result<(), DbErr> {
    let Some(edge) = ends.noun.edge(field) else {
        let Some(declared) = ends.noun.noun.field(field) else { return Ok(()) };
        return match (declared.required, declared.kind.is_list()) {
            (true, _) => Ok(()),
            (false, true) => set(db, ends.noun, id, &[(declared.column, "[]".into())]).await,
            (false, false) => clear(db, ends.noun, id, &[declared.column]).await,
        };
    };
    match &edge.way {
        Way::Own(column) => clear(db, ends.noun, id, &[column]).await,
        Way::OwnAny(code, column) => clear(db, ends.noun, id, &[code, column]).await,
        Way::Theirs(_) => Ok(()),
        Way::Pairs(_) | Way::PairsOfAny(_) => {
            let Some((table, near, far)) = pairs(edge) else { return Ok(()) };
            for ((_, end), _) in ends.of(field, said) {
                let mut sql = Sql::new(Dialect::of(db));
                sql.push(&format!("DELETE FROM {table} WHERE {near} = ")).bind(id);
                sql.push(&format!(" AND {far} = ")).bind(end);
                db.execute_raw(sql.finish()).await?;
            }
            Ok(())
        }
    }
}

/// A table of pairs of its own: its name, the column of this side and that of the other.
fn pairs(edge: &Edge) -> Option<(&'static str, &'static str, &'static str)> {
    match &edge.way {
        Way::Pairs(pairs) if pairs.unique => Some((pairs.table, pairs.near, pairs.far)),
        Way::PairsOfAny(pairs) if pairs.table != "external_id" => Some((pairs.table, pairs.near, pairs.far)),
        _ => None,
    }
}

/// Leads from a thing to another.
async fn link(
    db: &impl ConnectionTrait,
    (noun, edge): (&'static Entry, &Edge),
    (id, (code, end)): (Uuid, (Code, Uuid)),
    item: &Value,
) -> Result<(), DbErr> {
    match &edge.way {
        Way::Own(column) => return set(db, noun, id, &[(column, end.into())]).await,
        Way::OwnAny(of, column) => {
            return set(db, noun, id, &[(of, code.into()), (column, end.into())]).await;
        }
        Way::Theirs(_) | Way::Pairs(_) | Way::PairsOfAny(_) => {}
    }
    let Some((table, near, far)) = pairs(edge) else { return Ok(()) };
    let mut columns = vec![(near, Bound::from(id)), (far, Bound::from(end))];
    match &edge.way {
        Way::PairsOfAny(pairs) => columns.push((pairs.code, code.into())),
        Way::Pairs(pairs) if pairs.table == "concept_tag" => {
            columns.push(("subject_type", noun.noun.code.into()));
        }
        _ => {}
    }
    if edge.valid {
        for (column, member) in [("valid_from", "validFrom"), ("valid_to", "validTo")] {
            let at = item.get(member).and_then(Value::as_str).and_then(clock::read);
            columns.extend(at.map(|at| (column, at.into())));
        }
    }
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    let mut sql = Sql::new(Dialect::of(db));
    sql.push(&format!("INSERT INTO {table} ({}) VALUES (", names.join(", ")));
    for (place, (_, value)) in columns.into_iter().enumerate() {
        sql.push(if place > 0 { ", " } else { "" }).bind(value);
    }
    sql.push(") ON CONFLICT DO NOTHING");
    db.execute_raw(sql.finish()).await?;
    Ok(())
}

async fn set(
    db: &impl ConnectionTrait,
    noun: &Entry,
    id: Uuid,
    columns: &[(&str, Bound)],
) -> Result<(), DbErr> {
    let mut sql = Sql::new(Dialect::of(db));
    sql.push(&format!("UPDATE {} SET ", noun.noun.table));
    for (place, (column, value)) in columns.iter().enumerate() {
        sql.push(if place > 0 { ", " } else { "" }).push(&format!("{column} = ")).bind(value.clone());
    }
    sql.push(" WHERE id = ").bind(id);
    db.execute_raw(sql.finish()).await?;
    Ok(())
}

async fn clear(db: &impl ConnectionTrait, noun: &Entry, id: Uuid, columns: &[&str]) -> Result<(), DbErr> {
    let sets: Vec<String> = columns.iter().map(|column| format!("{column} = NULL")).collect();
    let mut sql = Sql::new(Dialect::of(db));
    sql.push(&format!("UPDATE {} SET {} WHERE id = ", noun.noun.table, sets.join(", "))).bind(id);
    db.execute_raw(sql.finish()).await?;
    Ok(())
}

/// A value as the store binds it; nothing where it is none of its kind, which import would have refused.
fn bound(kind: Kind, said: &Value) -> Option<Bound> {
    Some(match kind {
        Kind::Text | Kind::Choice(_) => said.as_str()?.into(),
        Kind::Int => i32::try_from(said.as_i64()?).ok()?.into(),
        Kind::BigInt => said.as_i64()?.into(),
        Kind::Float => said.as_f64()?.into(),
        Kind::Bool => said.as_bool()?.into(),
        Kind::Time => clock::read(said.as_str()?)?.into(),
        Kind::Date => said.as_str()?.parse::<chrono::NaiveDate>().ok()?.into(),
        Kind::Money => money::read(&said.as_number()?.to_string())?.into(),
        Kind::Texts | Kind::Choices(_) => said.as_array().map(|_| said.to_string())?.into(),
    })
}
