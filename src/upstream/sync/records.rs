//! What a connector says of a source's entities, as sync needs it; and from records to what can go in.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::Value;

use super::Ground;
use super::refs::is_key;
use super::state::Counts;
use super::take::{Item, Taker};
use crate::catalogue::{Code, Entry, Identity, Target};
use crate::clock::Micros;
use crate::upstream::connector::{Entity, Operation, Since};
use crate::upstream::convert::truth;
use crate::upstream::port::{Port, Purpose};
use crate::upstream::{Record, Source};

/// What could not be read of a record.
pub(super) fn problems(noun: &Entry, (entity, record): (&str, &Record)) -> Vec<String> {
    let key = record.id.as_deref().filter(|key| is_key(key)).unwrap_or_default();
    if key.is_empty() && !matches!(noun.noun.identity, Identity::Dimensions(_)) {
        return vec![format!("{entity}: a record has no id, or one that cannot be a key")];
    }
    record.problems.iter().map(|(field, problem)| format!("{entity} {key}: `{field}`: {problem}")).collect()
}

/// Turns a record into an item that can go in; answers the id of one that the source says it has no longer.
pub(super) fn record_into(
    record: Record,
    noun: &Entry,
    at: Micros,
    (counts, items): (&mut Counts, &mut Vec<Item>),
) -> Option<String> {
    counts.read += 1;
    counts.unreadable += u64::try_from(record.problems.len()).unwrap_or(u64::MAX);
    let mut fields = record.fields;
    let gone = fields.remove("gone").is_some_and(|gone| says_gone(&gone));
    let reference = match fields.remove("ref") {
        Some(Value::String(key)) if is_key(&key) => Some(key),
        Some(Value::Number(number)) if !number.is_f64() => Some(number.to_string()),
        _ => None,
    };
    let key = record.id.filter(|key| is_key(key)).unwrap_or_default();
    if gone {
        return (!key.is_empty()).then_some(key);
    }
    if key.is_empty() && !matches!(noun.noun.identity, Identity::Dimensions(_)) {
        counts.nameless += 1;
        counts.rejected += 1;
        return None;
    }
    items.push(Item { key, reference, fields, at });
    None
}

/// Whether a value says that the source has a thing no longer. What is neither true nor false, such as the moment at which
/// it was deleted, says so by being there.
fn says_gone(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) if text.trim().is_empty() => false,
        Value::Array(items) if items.is_empty() => false,
        value => truth(value).unwrap_or(true),
    }
}

/// The noun that an entity of a source feeds.
pub(super) fn noun_of(source: &Source, entity: &str) -> Option<&'static Entry> {
    let entity = source.entities().find(|(name, _)| *name == entity)?.1;
    Port::named(&entity.port.value)?.entry()
}

/// An entity and what stands within it, in the order of the connector.
pub(super) fn family<'a>(source: &'a Source, name: &'a str) -> Vec<&'a str> {
    let inner = source
        .entities()
        .filter(|(_, entity)| entity.within.as_ref().is_some_and(|within| within.entity.value == name));
    std::iter::once(name).chain(inner.map(|(name, _)| name)).collect()
}

pub(super) fn nouns(source: &Source, family: &[&str]) -> Vec<&'static Entry> {
    let mut once = BTreeSet::new();
    let nouns = family.iter().filter_map(|name| noun_of(source, name));
    nouns.filter(|noun| once.insert(noun.noun.code)).collect()
}

/// How only what changed is asked for.
pub(super) fn incremental(entity: &Entity) -> Option<(Purpose, &Operation)> {
    let changes = entity.changes.as_ref().map(|operation| (Purpose::Changes, operation));
    let list = entity.list.as_ref().filter(|list| list.since.is_some());
    changes.or(list.map(|operation| (Purpose::List, operation)))
}

pub(super) fn since(entity: &Entity) -> Option<&Since> {
    incremental(entity).and_then(|(_, operation)| operation.since.as_ref())
}

pub(super) fn has_watermark(entity: &Entity) -> bool {
    since(entity).is_some_and(|since| since.watermark.is_some())
}

impl<'a> Taker<'a> {
    /// What takes the records of a source in.
    pub(super) fn new(ground: &'a Ground, source: &'a Source) -> Self {
        Taker {
            store: &ground.store,
            clock: &ground.clock,
            source,
            ranking: ground.upstreams.ranking(),
            curated: ground.upstreams.curated(&source.name),
            words: ground.upstreams.words(),
        }
    }

    /// The groups of a batch in an order in which most find what they refer to: what is named by others goes first.
    /// Records without an id are left out where the noun needs one.
    pub(super) fn ordered(
        &self,
        groups: BTreeMap<String, Vec<Item>>,
    ) -> Vec<(String, &'static Entry, Vec<Item>)> {
        let mut ordered: Vec<_> = groups
            .into_iter()
            .filter_map(|(entity, items)| Some((noun_of(self.source, &entity)?, entity, items)))
            .map(|(noun, entity, items)| (entity, noun, items))
            .filter(|(_, _, items)| !items.is_empty())
            .collect();
        let places: HashMap<&str, usize> =
            self.source.entities().enumerate().map(|(place, (name, _))| (name, place)).collect();
        ordered.sort_by_key(|(entity, ..)| places.get(entity.as_str()).copied());
        let mut settled: Vec<(String, &'static Entry, Vec<Item>)> = Vec::new();
        while !ordered.is_empty() {
            let free = ordered.iter().position(|(_, noun, items)| {
                let far = |code| {
                    code != noun.noun.code && ordered.iter().any(|(_, other, _)| other.noun.code == code)
                };
                !items.iter().any(|item| names_any(noun, item, &far))
            });
            settled.push(ordered.remove(free.unwrap_or(0)));
        }
        settled
    }
}

/// Whether a record gives a relation to any of these nouns.
fn names_any(noun: &Entry, item: &Item, far: &dyn Fn(Code) -> bool) -> bool {
    let given = noun.edges.iter().filter(|edge| edge.forward && item.fields.contains_key(edge.field));
    given.into_iter().any(|edge| match edge.target {
        Target::Noun(code) => far(code),
        Target::Any => false,
    })
}
