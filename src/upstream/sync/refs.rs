//! References of records: written out with their source, looked up all at once, and left out where nothing of that
//! name is known, so that a record is never lost for what it names.

use std::collections::{HashMap, HashSet};

use sea_orm::{ConnectionTrait, DbErr};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::waiting::Missing;
use crate::catalogue::{self, Code, Edge, Entry, Identity, Target};
use crate::store::{Dialect, Sql, decode_id};

/// What a reference names: the noun, the source whose key it is (empty for what is known by its name), the key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Name {
    pub(super) code: Code,
    pub(super) source: String,
    pub(super) key: String,
}

/// The relations of a noun that its records may give.
fn edges(noun: &'static Entry) -> impl Iterator<Item = &'static Edge> {
    noun.edges.iter().filter(|edge| edge.forward)
}

/// Writes every reference out: `{"source", "key"}`, with its type where it may be any. What is no reference is taken
/// out and told.
pub(super) fn write_out(noun: &'static Entry, fields: &mut Map<String, Value>, source: &str) -> Vec<String> {
    let mut problems = Vec::new();
    for edge in edges(noun) {
        let Some(value) = fields.get_mut(edge.field) else { continue };
        let given = match value.take() {
            Value::Null => continue,
            Value::Array(items) => items,
            one => vec![one],
        };
        let wanted = given.iter().filter(|item| !item.is_null()).count();
        let mut once = HashSet::new();
        let mut written: Vec<Value> =
            given.into_iter().filter_map(|item| reference(edge, item, source)).collect();
        if written.len() < wanted {
            problems.push(format!("`{}` takes keys", edge.field));
        }
        written.retain(|item| once.insert(item.to_string()));
        *value = match (edge.is_single(), written.len()) {
            (true, 0) => Value::Null,
            (true, 1) => written.swap_remove(0),
            (true, _) => {
                problems.push(format!("`{}` takes one key", edge.field));
                fields.remove(edge.field);
                continue;
            }
            (false, _) => Value::Array(written),
        };
    }
    problems
}

/// Whether a text can be a key, which the store has to find again.
pub(super) fn is_key(text: &str) -> bool {
    const LONGEST: usize = 2_000;
    !text.is_empty() && text.len() <= LONGEST && !text.contains('\0')
}

fn reference(edge: &Edge, item: Value, source: &str) -> Option<Value> {
    let key = match item {
        Value::String(key) if is_key(&key) => key,
        Value::Number(number) if !number.is_f64() => number.to_string(),
        // As what was kept of an earlier run has it.
        Value::Object(object) if object.contains_key("id") => return Some(Value::Object(object)),
        Value::Object(mut object) => {
            let text = |name: &str| object.get(name).and_then(Value::as_str);
            if !text("key").is_some_and(is_key) || !text("source").is_none_or(is_key) {
                return None;
            }
            if !matches!(edge.target, Target::Noun(code) if is_named(code)) {
                object.entry("source").or_insert_with(|| source.into());
            }
            return Some(Value::Object(object));
        }
        _ => return None,
    };
    match edge.target {
        Target::Noun(code) if is_named(code) => Some(json!({ "key": key })),
        Target::Noun(_) => Some(json!({ "source": source, "key": key })),
        Target::Any => None,
    }
}

fn is_named(code: Code) -> bool {
    catalogue::by_code(code).is_some_and(|entry| matches!(entry.noun.identity, Identity::Name(_)))
}

/// What a written-out reference names; nothing for one by id.
fn name(edge: &Edge, item: &Value) -> Option<Name> {
    let code = match edge.target {
        Target::Noun(code) => code,
        Target::Any => catalogue::by_name(item.get("type")?.as_str()?)?.noun.code,
    };
    let key = item.get("key")?.as_str()?.to_owned();
    let source = item.get("source").and_then(Value::as_str).unwrap_or_default().to_owned();
    Some(Name { code, source, key })
}

pub(super) fn items(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        Value::Null => &[],
        one => std::slice::from_ref(one),
    }
}

/// Everything that the fields of a record refer to.
pub(super) fn names(noun: &'static Entry, fields: &Map<String, Value>) -> Vec<Name> {
    let given = edges(noun).filter_map(|edge| Some((edge, fields.get(edge.field)?)));
    given.flat_map(|(edge, value)| items(value).iter().filter_map(|item| name(edge, item))).collect()
}

/// Takes out what `known` does not know; answers what that was.
pub(super) fn prune(
    noun: &'static Entry,
    fields: &mut Map<String, Value>,
    known: &dyn Fn(&Name) -> bool,
) -> Vec<Missing> {
    let mut lost = Vec::new();
    for edge in edges(noun) {
        let Some(value) = fields.get_mut(edge.field) else { continue };
        let unknown = |item: &Value| name(edge, item).filter(|name| !known(name));
        let before = lost.len();
        let missing = |name| Missing { field: edge.field.to_owned(), name };
        lost.extend(items(value).iter().filter_map(unknown).map(missing));
        if lost.len() == before {
            continue;
        }
        match value {
            Value::Array(items) => items.retain(|item| unknown(item).is_none()),
            _ => {
                fields.remove(edge.field);
            }
        }
    }
    lost
}

/// What stands at the other end of a written-out reference.
pub(super) fn end(
    (noun, field): (&'static Entry, &str),
    item: &Value,
    known: &HashMap<Name, Uuid>,
) -> Option<(Code, Uuid)> {
    if let Some((far, id)) = item.get("id").and_then(Value::as_str).and_then(decode_id) {
        return Some((far.noun.code, id));
    }
    let name = name(noun.edge(field)?, item)?;
    known.get(&name).map(|id| (name.code, *id))
}

/// As a line of import gives them: a name that needs no source is a plain text.
pub(super) fn as_given(noun: &'static Entry, fields: &mut Map<String, Value>) {
    for edge in edges(noun) {
        let Some(value) = fields.get_mut(edge.field) else { continue };
        let plain = |item: &mut Value| {
            if item.get("source").is_none()
                && edge.target != Target::Any
                && let Some(key) = item.get("key").cloned()
            {
                *item = key;
            }
        };
        match value {
            Value::Array(items) => items.iter_mut().for_each(plain),
            one => plain(one),
        }
    }
}

/// The entities that names mean.
pub(super) async fn look_up(
    db: &impl ConnectionTrait,
    names: impl IntoIterator<Item = Name>,
) -> Result<HashMap<Name, Uuid>, DbErr> {
    let dialect = Dialect::of(db);
    let mut wanted: HashMap<(Code, String), HashSet<String>> = HashMap::new();
    for Name { code, source, key } in names {
        wanted.entry((code, source)).or_default().insert(key);
    }
    let mut found = HashMap::new();
    for ((code, source), keys) in wanted {
        let Some(entry) = catalogue::by_code(code) else { continue };
        let keys: Vec<String> = keys.into_iter().collect();
        let mut sql = Sql::new(dialect);
        let rows = dialect.text_rows(&sql.hold(dialect.texts(&keys)));
        match entry.noun.identity {
            Identity::Dimensions(_) => continue,
            Identity::Name(column) => {
                let table = entry.noun.table;
                sql.push(&format!(
                    "SELECT {column}, id FROM {table} WHERE {column} IN (SELECT text FROM {rows} r)"
                ));
            }
            Identity::Key => {
                sql.push(
                    "SELECT e.value, e.entity_id FROM source s JOIN external_id e ON e.source_id = s.id ",
                );
                sql.push("WHERE s.name = ").bind(source.as_str()).push(" AND e.entity_type = ").bind(code);
                sql.push(&format!(" AND e.value IN (SELECT text FROM {rows} r)"));
            }
        }
        for row in db.query_all_raw(sql.finish()).await? {
            let key = row.try_get_by_index(0)?;
            found.insert(Name { code, source: source.clone(), key }, row.try_get_by_index(1)?);
        }
    }
    Ok(found)
}
