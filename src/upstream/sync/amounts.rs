//! Words that say nothing without another: an amount counts only together with the currency it was given in, so that
//! nothing of two sources is put together that neither said.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::claims::{Said, winner};
use super::rank::Ranking;
use crate::catalogue::{Entry, Field};

/// What each source said of each field.
pub(super) type Fields = BTreeMap<String, BTreeMap<String, Said>>;

/// Who speaks of a thing, and whose word counts.
pub(super) struct Voices<'a> {
    pub(super) ranking: &'a Ranking,
    pub(super) noun: &'static Entry,
    /// Whether a source still knows the thing.
    pub(super) knows: &'a (dyn Fn(&str) -> bool + Sync),
}

impl Voices<'_> {
    /// The source whose word on a field counts, and the word.
    pub(super) fn counting<'f>(&self, fields: &'f Fields, field: &str) -> Option<(&'f str, &'f Value)> {
        let said = fields.get(field)?;
        let held: Vec<(&BTreeMap<String, Said>, &Value)> = (needed(self.noun, field).into_iter())
            .filter_map(|other| {
                let said = fields.get(other)?;
                Some((said, winner(self.ranking, (self.noun.noun.name, other), said, self.knows)?.1))
            })
            .collect();
        let agrees = |source: &str| {
            held.iter().all(|(said, counts)| said.get(source).is_some_and(|said| said.value == **counts))
        };
        winner(self.ranking, (self.noun.noun.name, field), said, &|source| {
            (self.knows)(source) && agrees(source)
        })
    }

    /// Puts into a line what is said nothing of in it and yet depends on it: another currency lets other amounts count.
    pub(super) fn follow(&self, fields: &Fields, line: &mut Map<String, Value>) {
        for field in &self.noun.noun.fields {
            let name = field.name.as_str();
            let follows = needed(self.noun, name).iter().any(|other| line.contains_key(*other));
            if follows && fields.contains_key(name) {
                let counts = self.counting(fields, name).map(|(_, value)| value.clone());
                line.insert(name.to_owned(), counts.unwrap_or(Value::Null));
            }
        }
    }
}

/// The fields without which one says nothing. What every thing has is given whole.
fn needed(noun: &'static Entry, field: &str) -> Vec<&'static str> {
    let fields = &noun.noun.fields;
    let Some(field) = fields.iter().find(|of| of.name == field && !of.required) else { return Vec::new() };
    let column = |needed: &&str| -> Option<&'static Field> { fields.iter().find(|of| of.column == *needed) };
    field.needs.iter().filter_map(column).map(|field| field.name.as_str()).collect()
}
