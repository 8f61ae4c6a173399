//! From an answer to items, and from an item to a record in our terms.

use serde_json::{Map, Value};

use super::connector::{Entity, Mapping, Operation};
use super::path::{Path, Scope};
use super::source::Source;
use crate::outbound::{Answer, Failure};

/// An item in our terms.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Record {
    /// The vendor's id; absent for observations, which have none.
    pub id: Option<String>,
    /// The fields of the port that the mapping gave; null where the vendor gave nothing.
    pub fields: Map<String, Value>,
    /// Fields that could not be read, with what was expected.
    pub problems: Vec<(String, String)>,
}

/// What an answer held.
#[derive(Debug)]
pub(super) struct Items {
    /// The whole answer, which mappings may look at too.
    pub(super) answer: Value,
    at: Option<Path>,
}

impl Items {
    /// The items, in the order of the answer.
    pub(super) fn each(&self) -> Vec<&Value> {
        let whole = Scope::whole(&self.answer);
        match &self.at {
            None if self.answer.is_null() => Vec::new(),
            None => vec![&self.answer],
            Some(path) if path.is_many() => path.all(whole),
            Some(path) => match path.one(whole) {
                Some(Value::Array(items)) => items.iter().collect(),
                Some(Value::Null) | None => Vec::new(),
                Some(one) => vec![one],
            },
        }
    }
}

impl Source {
    /// Reads the items of a good answer.
    pub(super) fn items(&self, operation: &Operation, answer: &Answer) -> Result<Items, Failure> {
        let body = self.read_json(answer)?;
        let at = operation.items.as_ref().map(|path| (**path).clone());
        let there = |path: &Path| match path.one(Scope::whole(&body)) {
            Some(Value::Array(_) | Value::Object(_) | Value::Null) => true,
            Some(_) => false,
            None => operation.absent_when_empty && body.is_object(),
        };
        if let Some(path) = &at
            && !path.is_many()
            && !there(path)
        {
            return Err(self.invalid(format!(
                "there are no items at `{}`",
                operation.items.as_ref().map_or("", |path| path.text())
            )));
        }
        Ok(Items { answer: body, at })
    }

    /// The body of a good answer; null where there is none.
    pub(super) fn read_json(&self, answer: &Answer) -> Result<Value, Failure> {
        if !answer.status.is_success() {
            return Err(self.refused(answer));
        }
        if answer.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&answer.body).map_err(|_| self.invalid("it is not JSON"))
    }

    /// What an answer says that is no success. What the vendor wrote goes into the log only.
    fn refused(&self, answer: &Answer) -> Failure {
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let at = |path: Option<&Path>| path.and_then(|path| path.one(Scope::whole(&body))).map(short);
        let errors = &self.connector.errors;
        tracing::warn!(
            source = &*self.name,
            status = answer.status.as_u16(),
            message = at(errors.message.as_deref()),
            code = at(errors.code.as_deref()),
            "a source refused a call"
        );
        self.invalid(format!("it answered with status {}", answer.status.as_u16()))
    }

    /// Whether an item of a good answer says that it failed.
    pub(super) fn failed(&self, item: &Value) -> bool {
        let path = self.connector.errors.item.as_ref();
        path.and_then(|path| path.one(Scope::whole(item))).is_some_and(|value| !value.is_null())
    }

    /// The records of the entities that stand within an item of `entity`.
    pub(super) fn within<'a>(
        &'a self,
        entity: &'a str,
        item: &'a Value,
        answer: &'a Value,
    ) -> impl Iterator<Item = (&'a str, &'a Entity, Record)> + 'a {
        self.entities().flat_map(move |(name, inner)| {
            let within = inner.within.as_ref().filter(|within| within.entity.value == entity);
            let found = within
                .map(|within| within.each.all(Scope { item, parent: item, answer, around: &self.around }))
                .unwrap_or_default();
            found.into_iter().map(move |value| {
                (
                    name,
                    inner,
                    record(
                        &inner.map.value,
                        Scope { item: value, parent: item, answer, around: &self.around },
                    ),
                )
            })
        })
    }
}

/// An item in our terms.
pub(super) fn record(mapping: &Mapping, scope: Scope<'_>) -> Record {
    let mut record = Record::default();
    for (field, expression) in mapping {
        if field == "id" {
            record.id = expression.value.id(scope);
            continue;
        }
        match expression.value.of(scope) {
            Ok(value) => {
                record.fields.insert(field.clone(), value);
            }
            Err(problem) => record.problems.push((field.clone(), problem)),
        }
    }
    record
}

fn short(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    text.chars().take(200).collect()
}
