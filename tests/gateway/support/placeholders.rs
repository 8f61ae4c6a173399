//! Ids and cursors hang on the clock and on chance. In snapshots each is a placeholder, by order of appearance.

use std::collections::HashMap;

use serde_json::Value;

/// The value with every id and cursor replaced.
pub(crate) fn placeholders(value: &Value) -> Value {
    Placeholders::default().of("", value)
}

#[derive(Default)]
struct Placeholders {
    ids: HashMap<String, String>,
    cursors: HashMap<String, String>,
}

impl Placeholders {
    fn of(&mut self, name: &str, value: &Value) -> Value {
        match (name, value) {
            ("id", Value::String(id)) => Value::from(numbered(&mut self.ids, "id", id)),
            ("cursor" | "startCursor" | "endCursor", Value::String(cursor)) => {
                Value::from(numbered(&mut self.cursors, "cursor", cursor))
            }
            (_, Value::Object(members)) => Value::Object(
                members.iter().map(|(name, value)| (name.clone(), self.of(name, value))).collect(),
            ),
            (name, Value::Array(items)) => {
                Value::Array(items.iter().map(|item| self.of(name, item)).collect())
            }
            (_, value) => value.clone(),
        }
    }
}

fn numbered(known: &mut HashMap<String, String>, what: &str, value: &str) -> String {
    let next = known.len() + 1;
    known.entry(value.to_owned()).or_insert_with(|| format!("({what} {next})")).clone()
}
