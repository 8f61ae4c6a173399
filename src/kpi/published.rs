//! The definitions as lines of import, so that the graph can look measures up, search them and tell who owns them.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DbErr, Statement};
use serde_json::{Map, Value, json};

use super::definition::Definition;
use super::settings::Kpis;
use crate::store::Store;

/// The name of the source that the lines come from.
pub const SOURCE: &str = "weft";

/// The texts of a measure, as fields of its line.
const FIELDS: [&str; 5] = ["label", "unit", "description", "numerator", "denominator"];

/// What the store has of a measure: its texts, its version and its target.
#[derive(Debug, PartialEq)]
struct Known {
    texts: [Option<String>; 5],
    version: Option<i32>,
    target: Option<f64>,
}

/// The lines of the definitions, where the store has not all of them as they are.
pub async fn unpublished(kpis: &Kpis, store: &Store) -> Result<Option<String>, DbErr> {
    let known = known(store).await?;
    let (mut lines, mut new) = (String::new(), false);
    for definition in &kpis.definitions {
        let target = kpis.targets.get(&definition.key);
        let value = target.and_then(|target| target.target);
        let owner = target.and_then(|target| target.owner.as_ref());
        let there = known.get(&definition.key);
        new |= owner.is_some()
            || there.is_none_or(|there| {
                let (texts, version) = (texts(definition).map(Some), Some(definition.version));
                *there != Known { texts, version, target: value.or(there.target) }
            });
        let mut line = Map::new();
        line.insert("type".to_owned(), json!("Kpi"));
        line.insert("key".to_owned(), json!(definition.key));
        line.insert("version".to_owned(), json!(definition.version));
        for (name, text) in FIELDS.into_iter().zip(texts(definition)) {
            line.insert(name.to_owned(), json!(text));
        }
        if let Some(value) = value {
            line.insert("target".to_owned(), json!(value));
        }
        if let Some((source, key)) = owner {
            line.insert("owner".to_owned(), json!({ "source": source, "key": key }));
        }
        lines.push_str(&Value::Object(line).to_string());
        lines.push('\n');
    }
    Ok(new.then_some(lines))
}

fn texts(definition: &Definition) -> [String; 5] {
    [
        definition.label.clone(),
        definition.unit.clone(),
        definition.description.clone(),
        definition.numerator.clone(),
        definition.denominator.clone(),
    ]
}

async fn known(store: &Store) -> Result<HashMap<String, Known>, DbErr> {
    let sql = format!("SELECT key, {}, version, target FROM kpi", FIELDS.join(", "));
    let statement = Statement::from_string(store.dialect.backend(), sql);
    let mut known = HashMap::new();
    for row in store.db.query_all_raw(statement).await? {
        let mut texts: [Option<String>; 5] = Default::default();
        for (place, text) in texts.iter_mut().enumerate() {
            *text = row.try_get_by_index(place + 1)?;
        }
        let key: String = row.try_get_by_index(0)?;
        let (version, target) = (row.try_get_by_index(6)?, row.try_get_by_index(7)?);
        known.insert(key, Known { texts, version, target });
    }
    Ok(known)
}
