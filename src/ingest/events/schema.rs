//! What an event of a type may hold, as a JSON Schema made from the catalogue.

use serde_json::{Map, Value, json};

use super::line::is_of_import;
use crate::catalogue::{
    Bound, CATALOGUE, EVENT_TYPES, Edge, Entry, EventType, Field, Held, Identity, Kind, Target, by_code,
};
use crate::ingest::layout::LAYOUT;

/// The schema of a type of event; nothing where there is no such type.
pub(super) fn schema(name: &str) -> Option<Value> {
    let kind = EventType::named(name)?;
    let data = data(kind, kind.entry()?);
    Some(json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": kind.name,
        "description": kind.doc,
        "type": "object",
        "required": ["specversion", "id", "source", "type", "data"],
        "properties": {
            "specversion": { "const": "1.0" },
            "id": { "type": "string", "minLength": 1, "description": "With `source` it makes the event one: it counts once, however often it is sent." },
            "source": { "type": "string", "minLength": 1, "description": "Who tells it, and whose the plain keys in `data` are." },
            "type": { "const": kind.name },
            "time": { "type": "string", "format": "date-time", "description": format!("When it happened, which is `{}` where `data` does not give it.", kind.moment) },
            "subject": { "type": "string", "description": "The key of the thing, where `data` has none." },
            "datacontenttype": { "type": "string" },
            "data": data
        }
    }))
}

/// The names of all types of event, each with what it says.
pub(super) fn listed() -> Value {
    let types: Vec<Value> = EVENT_TYPES
        .iter()
        .map(|kind| json!({ "type": kind.name, "about": kind.noun, "description": kind.doc, "schema": format!("/events/schema/{}", kind.name) }))
        .collect();
    json!({ "types": types })
}

fn data(kind: &EventType, entry: &Entry) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    let dimensions = match entry.noun.identity {
        Identity::Dimensions(columns) => columns,
        Identity::Key | Identity::Name(_) => {
            properties.extend(names());
            &[]
        }
    };
    let noun = LAYOUT.noun(entry.noun.code);
    for field in &entry.noun.fields {
        if !noun.is_some_and(|noun| is_of_import(noun, &field.name)) {
            properties.insert(field.name.clone(), value(field));
        }
        if field.required && dimensions.contains(&field.column) {
            required.push(Value::from(field.name.as_str()));
        }
    }
    for edge in entry.edges.iter().filter(|edge| is_written(edge)) {
        properties.insert(edge.field.to_owned(), relation(edge));
    }
    json!({
        "description": format!("The fields of {} as in the graph. {}", entry.noun.name, kind.doc),
        "type": "object", "properties": properties, "required": required, "additionalProperties": false
    })
}

/// What says which thing an event speaks of.
fn names() -> Map<String, Value> {
    let text = json!({ "type": "string", "minLength": 1 });
    let key = json!({
        "anyOf": [
            text,
            { "type": "object", "properties": { "source": text, "key": text }, "required": ["key"], "additionalProperties": false }
        ],
        "description": "Its key, of the event's own source where it says nothing else."
    });
    let id = json!({ "type": "string", "minLength": 1, "description": "Its id in the graph, where it is not named by `key`." });
    let others = json!({
        "type": ["array", "null"],
        "items": { "type": "object", "properties": {
            "source": text, "value": text, "matchMethod": { "type": ["string", "null"] },
            "confidence": { "type": ["number", "null"], "minimum": 0, "maximum": 1 },
            "validFrom": { "type": ["string", "null"], "format": "date-time" },
            "validTo": { "type": ["string", "null"], "format": "date-time" }
        }, "required": ["source", "value"], "additionalProperties": false },
        "description": "Further names of it, each with the source that calls it so."
    });
    Map::from_iter(
        [("key", key), ("id", id), ("externalIds", others)].map(|(name, of)| (name.to_owned(), of)),
    )
}

/// Whether a line can give this edge.
fn is_written(edge: &Edge) -> bool {
    match edge.relation.held {
        Held::Column | Held::AnyColumns => edge.forward,
        Held::Table(..) | Held::TableOfAny(..) | Held::Tags => true,
        Held::Through(..) | Held::Identities => false,
    }
}

fn value(field: &Field) -> Value {
    let mut schema = match field.kind {
        Kind::Text => json!({ "type": ["string", "null"] }),
        Kind::Int | Kind::BigInt => json!({ "type": ["integer", "null"] }),
        Kind::Float | Kind::Money => json!({ "type": ["number", "null"] }),
        Kind::Bool => json!({ "type": ["boolean", "null"] }),
        Kind::Time => json!({ "type": ["string", "null"], "format": "date-time" }),
        Kind::Date => json!({ "type": ["string", "null"], "format": "date" }),
        Kind::Texts => json!({ "type": ["array", "null"], "items": { "type": "string" } }),
        Kind::Choice(choice) => {
            let words = choice.values.iter().map(|(word, _)| Value::from(*word)).chain([Value::Null]);
            json!({ "enum": words.collect::<Vec<_>>() })
        }
        Kind::Choices(choice) => {
            let words: Vec<&str> = choice.values.iter().map(|(word, _)| *word).collect();
            json!({ "type": ["array", "null"], "items": { "enum": words } })
        }
    };
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("description".to_owned(), Value::from(field.doc));
        match field.bound {
            Bound::Free => {}
            Bound::AtLeast(least) => {
                schema.insert("minimum".to_owned(), Value::from(least));
            }
            Bound::Within(least, most) => {
                schema.insert("minimum".to_owned(), Value::from(least));
                schema.insert("maximum".to_owned(), Value::from(most));
            }
            Bound::Currency => {
                schema.insert("pattern".to_owned(), Value::from("^[A-Z]{3}$"));
            }
        }
    }
    schema
}

fn relation(edge: &Edge) -> Value {
    let far = match edge.target {
        Target::Noun(code) => by_code(code),
        Target::Any => None,
    };
    let one = reference(far);
    let mut schema = match edge.is_single() {
        true => json!({ "anyOf": [one, { "type": "null" }] }),
        false => json!({ "anyOf": [{ "type": "array", "items": one }, { "type": "null" }] }),
    };
    if let Some(schema) = schema.as_object_mut() {
        schema.insert("description".to_owned(), Value::from(edge.doc.as_str()));
    }
    schema
}

/// How something is named: by a key of the event's own source, by one of another, or by its id.
fn reference(entry: Option<&Entry>) -> Value {
    let text = json!({ "type": "string", "minLength": 1 });
    let of_any: Vec<&str> = CATALOGUE.iter().map(|entry| entry.noun.name).collect();
    match entry.map(|entry| entry.noun.identity) {
        Some(Identity::Name(_)) => text,
        Some(Identity::Key | Identity::Dimensions(_)) => json!({ "anyOf": [
            text,
            { "type": "object", "properties": { "source": text, "key": text }, "required": ["key"], "additionalProperties": false },
            { "type": "object", "properties": { "id": text }, "required": ["id"], "additionalProperties": false }
        ] }),
        None => {
            json!({ "type": "object", "properties": { "type": { "enum": of_any }, "source": text, "key": text, "id": text } })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::layout::Slot;

    #[test]
    fn it_has_every_member_that_an_event_may_give_and_no_other() {
        for kind in EVENT_TYPES {
            let schema = schema(kind.name).unwrap();
            let properties = schema["properties"]["data"]["properties"].as_object().unwrap();
            let noun = LAYOUT.nouns.iter().find(|noun| noun.entry.noun.name == kind.noun).unwrap();
            let of_line = noun.members.iter().filter(|(_, slot)| !matches!(slot, Slot::Refused(_)));
            let named: &[&str] = if noun.has_key() { &["key", "externalIds"] } else { &[] };
            let beside = ["type", "id", "statuses", "observations"].iter().chain(named);
            for member in of_line.map(|(name, _)| name).chain(beside) {
                let known = match *member {
                    "statuses" => noun.dated().is_some(),
                    "observations" => noun.past.is_some(),
                    _ => true,
                };
                let taken = known && !is_of_import(noun, member);
                assert_eq!(properties.contains_key(*member), taken, "{}: {member}", kind.name);
            }
        }
    }
}
