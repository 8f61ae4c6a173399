//! What a client's filter means for the store. The input types it is written in stand in `filter_types`.

use async_graphql::indexmap::IndexMap;
use async_graphql::{Name, Value as Given};
use sea_orm::Value;
use uuid::Uuid;

use super::types::{enum_name, kind_type};
use crate::catalogue::{self, CATALOGUE, Choice, Code, Edge, Entry, Field, Kind, Target, Way};
use crate::clock::{self, Micros};
use crate::error::{ClientError, Code as ErrorCode};
use crate::money;
use crate::store::{Comparison, LiveKind, Predicate, decode_id};

/// How deep filters may stand in filters.
const DEEPEST: usize = 12;
/// How many conditions and values a filter may have in all. SQLite takes no expression deeper than a thousand.
const MOST: usize = 800;

type Map = IndexMap<Name, Given>;

/// Reads filters for one operation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filters {
    /// The moment that "now" means.
    pub(super) now: Micros,
}

impl Filters {
    /// What a client's filter means for rows of `entry`.
    pub(super) fn read(self, entry: &'static Entry, given: &Given) -> Result<Predicate, ClientError> {
        usable(given)?;
        let weight = weight(given);
        if weight > MOST {
            return Err(ClientError::new(
                ErrorCode::LimitExceeded,
                format!("A filter may have at most {MOST} conditions and values; this one has {weight}."),
            ));
        }
        self.noun(entry, given, 0)
    }

    fn noun(self, entry: &'static Entry, given: &Given, depth: usize) -> Result<Predicate, ClientError> {
        if depth > DEEPEST {
            return Err(ClientError::new(
                ErrorCode::LimitExceeded,
                format!("Filters may stand at most {DEEPEST} deep in each other."),
            ));
        }
        let mut parts = Vec::new();
        for (name, value) in object(given).into_iter().flatten() {
            let nested = |value: &Given| self.noun(entry, value, depth + 1);
            let all = |value: &Given| items(value).map(nested).collect::<Result<Vec<_>, _>>();
            parts.push(match name.as_str() {
                "and" => Predicate::All(all(value)?),
                "or" => Predicate::Any(all(value)?),
                "not" => Predicate::Not(Box::new(nested(value)?)),
                "id" => ids_filter(entry, value)?,
                "live" => self.live(entry, value)?,
                "within" => Predicate::Within(ids_of(items(value), entry)?),
                "rightsEndBefore" => Predicate::RightsEndBefore(moment(value)?),
                name => match (entry.noun.field(name), entry.edge(name)) {
                    (Some(field), _) => field_filter(field, value)?,
                    (None, Some(edge)) => self.edge(edge, value, depth)?,
                    (None, None) => {
                        return Err(ClientError::input(format!(
                            "{} has no filter {name:?}.",
                            entry.noun.name
                        )));
                    }
                },
            });
        }
        Ok(Predicate::All(parts))
    }

    fn live(self, entry: &Entry, given: &Given) -> Result<Predicate, ClientError> {
        let at = match object(given).and_then(|map| map.get("at")) {
            None | Some(Given::Null) => self.now,
            Some(at) => moment(at)?,
        };
        let kind = match entry.noun.name {
            "Delivery" => LiveKind::Delivery,
            "Experience" => LiveKind::Experience,
            _ => LiveKind::Usage,
        };
        Ok(Predicate::Live(kind, at))
    }

    fn edge(self, edge: &'static Edge, given: &Given, depth: usize) -> Result<Predicate, ClientError> {
        let target = match edge.target {
            Target::Noun(code) => catalogue::by_code(code),
            Target::Any => None,
        };
        let Some(target) = target else { return any_filter(edge, given) };
        let related = |inner| Predicate::Related(edge, Box::new(inner));
        if edge.is_single() {
            return Ok(related(self.noun(target, given, depth + 1)?));
        }
        let mut parts = Vec::new();
        for (name, value) in object(given).into_iter().flatten() {
            let inner = related(self.noun(target, value, depth + 1)?);
            parts.push(if name == "none" { Predicate::Not(Box::new(inner)) } else { inner });
        }
        Ok(Predicate::All(parts))
    }
}

fn any_filter(edge: &'static Edge, given: &Given) -> Result<Predicate, ClientError> {
    let map = object(given);
    let value = |name: &str| map.and_then(|map| map.get(name)).filter(|value| !matches!(value, Given::Null));
    let codes = value("type").map(codes_of).transpose()?;
    let ids: Option<Vec<Uuid>> = value("id").map(|ids| items(ids).map(any_id).collect()).transpose()?;
    match &edge.way {
        Way::OwnAny(code_column, id_column) => {
            let mut parts = Vec::new();
            if let Some(codes) = codes {
                parts.push(Predicate::OneOf(
                    code_column.clone(),
                    codes.into_iter().map(Value::from).collect(),
                ));
            }
            if let Some(ids) = ids {
                parts.push(Predicate::Ids(id_column.clone(), ids));
            }
            if let Some(Given::Boolean(null)) = value("isNull") {
                parts.push(Predicate::Known(id_column.clone(), !null));
            }
            if parts.is_empty() {
                parts.push(Predicate::Known(id_column.clone(), true));
            }
            Ok(Predicate::All(parts))
        }
        Way::PairsOfAny(pairs) => {
            if codes.as_ref().is_some_and(Vec::is_empty) || ids.as_ref().is_some_and(Vec::is_empty) {
                return Ok(Predicate::Any(Vec::new()));
            }
            let linked = Predicate::Linked(*pairs, codes.unwrap_or_default(), ids.unwrap_or_default());
            let none = matches!(value("isNull"), Some(Given::Boolean(true)));
            Ok(if none { Predicate::Not(Box::new(linked)) } else { linked })
        }
        Way::Own(_) | Way::Theirs(_) | Way::Pairs(_) => Ok(Predicate::All(Vec::new())),
    }
}

fn field_filter(field: &Field, given: &Given) -> Result<Predicate, ClientError> {
    let column = || field.column.to_owned();
    let bound = |value: &Given| value_of(field.kind, value);
    let mut parts = Vec::new();
    for (name, value) in object(given).into_iter().flatten() {
        let compare =
            |comparison| Ok::<_, ClientError>(Predicate::Compare(column(), comparison, bound(value)?));
        let has = |value: &Given| Predicate::Has(column(), text_of(value));
        let yes = matches!(value, Given::Boolean(true));
        parts.push(match name.as_str() {
            "eq" => compare(Comparison::Eq)?,
            "ne" => compare(Comparison::Ne)?,
            "lt" => compare(Comparison::Lt)?,
            "lte" => compare(Comparison::Lte)?,
            "gt" => compare(Comparison::Gt)?,
            "gte" => compare(Comparison::Gte)?,
            "in" => Predicate::OneOf(column(), items(value).map(bound).collect::<Result<_, _>>()?),
            "notIn" => none_of(column(), items(value).map(bound).collect::<Result<_, _>>()?),
            "contains" => Predicate::Contains(column(), text_of(value)),
            "startsWith" => Predicate::StartsWith(column(), text_of(value)),
            "isNull" => Predicate::Known(column(), !yes),
            "has" => has(value),
            "hasAny" => Predicate::Any(items(value).map(has).collect()),
            "hasAll" => Predicate::All(items(value).map(has).collect()),
            "isEmpty" => Predicate::Empty(column(), yes),
            _ => return Err(ClientError::input(format!("{:?} has no comparison {name:?}.", field.name))),
        });
    }
    let all = Predicate::All(parts);
    Ok(if matches!(field.kind, Kind::Choice(_) | Kind::Bool) {
        Predicate::Coarse(Box::new(all))
    } else {
        all
    })
}

fn none_of(column: String, values: Vec<Value>) -> Predicate {
    let known = Predicate::Known(column.clone(), true);
    Predicate::All(vec![known, Predicate::Not(Box::new(Predicate::OneOf(column, values)))])
}

fn ids_filter(entry: &'static Entry, given: &Given) -> Result<Predicate, ClientError> {
    let column = || "id".to_owned();
    let mut parts = Vec::new();
    for (name, value) in object(given).into_iter().flatten() {
        let one = || Ok::<_, ClientError>(Predicate::Ids(column(), ids_of(items(value), entry)?));
        parts.push(match name.as_str() {
            "eq" | "in" => one()?,
            "ne" | "notIn" => {
                Predicate::All(vec![Predicate::Known(column(), true), Predicate::Not(Box::new(one()?))])
            }
            _ => Predicate::Known(column(), !matches!(value, Given::Boolean(true))),
        });
    }
    Ok(Predicate::All(parts))
}

/// The row that a client's id names, where it must be of `entry`.
pub(super) fn id_of(text: &str, entry: &'static Entry) -> Result<Uuid, ClientError> {
    match decode_id(text) {
        Some((found, id)) if found.noun.code == entry.noun.code => Ok(id),
        Some((found, _)) => Err(ClientError::new(
            ErrorCode::InvalidId,
            format!("{text:?} is the id of a {}, not of a {}.", found.noun.name, entry.noun.name),
        )),
        None => Err(no_id(text)),
    }
}

/// Says that an id is none of ours.
pub(super) fn no_id(text: &str) -> ClientError {
    ClientError::new(
        ErrorCode::InvalidId,
        format!("{text:?} is not an id of this graph; take one from an answer."),
    )
}

fn ids_of<'a>(
    values: impl Iterator<Item = &'a Given>,
    entry: &'static Entry,
) -> Result<Vec<Uuid>, ClientError> {
    values.map(|value| id_of(&text_of(value), entry)).collect()
}

fn any_id(value: &Given) -> Result<Uuid, ClientError> {
    let text = text_of(value);
    decode_id(&text).map(|(_, id)| id).ok_or_else(|| no_id(&text))
}

/// The nouns that values of `NodeType` name. Leaving one out that is unknown would silently widen the answer.
pub(super) fn codes_of(types: &Given) -> Result<Vec<Code>, ClientError> {
    let code_of = |value| {
        let name = text_of(value);
        let entry = CATALOGUE.iter().find(|entry| enum_name(entry.noun.name) == name);
        entry
            .map(|entry| entry.noun.code)
            .ok_or_else(|| ClientError::input(format!("{value} is no value of NodeType.")))
    };
    items(types).map(code_of).collect()
}

fn object(given: &Given) -> Option<&Map> {
    match given {
        Given::Object(map) => Some(map),
        _ => None,
    }
}

/// The items of a list; anything else is a list of itself, as GraphQL reads it.
pub(super) fn items(given: &Given) -> impl Iterator<Item = &Given> {
    match given {
        Given::List(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    }
    .iter()
}

/// Refuses what would silently widen the answer: a null, as a variable that was forgotten becomes, is no condition.
fn usable(given: &Given) -> Result<(), ClientError> {
    match given {
        Given::Null => Err(ClientError::input(
            "A filter has a null where a condition is wanted; leave it out, or ask with isNull for what is not known.",
        )),
        Given::String(text) if text.contains('\0') => {
            Err(ClientError::input("A filter has a text with a NUL letter."))
        }
        Given::Object(map) => map.values().try_for_each(usable),
        Given::List(items) => items.iter().try_for_each(usable),
        _ => Ok(()),
    }
}

/// How many conditions and values stand in a filter, whatever its shape.
fn weight(given: &Given) -> usize {
    match given {
        Given::Object(map) => map.values().map(|value| 1 + weight(value)).sum(),
        Given::List(items) => items.iter().map(|item| 1 + weight(item)).sum(),
        _ => 0,
    }
}

fn text_of(value: &Given) -> String {
    match value {
        Given::String(text) => text.clone(),
        Given::Enum(name) => name.to_string(),
        Given::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

fn moment(value: &Given) -> Result<Micros, ClientError> {
    let text = text_of(value);
    clock::read(&text).ok_or_else(|| {
        ClientError::input(format!("{text:?} is not a moment; write it like 2026-05-01T12:00:00Z."))
    })
}

/// A client's value as the store binds it.
fn value_of(kind: Kind, given: &Given) -> Result<Value, ClientError> {
    let wrong = || ClientError::input(format!("{given} is not a {}.", kind_type(kind)));
    let number = match given {
        Given::Number(number) => Some(number),
        _ => None,
    };
    match kind {
        Kind::Text | Kind::Texts => Ok(Value::from(text_of(given))),
        Kind::Choice(choice) | Kind::Choices(choice) => word(choice, given).ok_or_else(wrong),
        Kind::Int => {
            let number =
                number.and_then(|number| number.as_i64()).and_then(|number| i32::try_from(number).ok());
            number.map(Value::from).ok_or_else(wrong)
        }
        Kind::BigInt => number.and_then(|number| number.as_i64()).map(Value::from).ok_or_else(wrong),
        Kind::Float => number.and_then(|number| number.as_f64()).map(Value::from).ok_or_else(wrong),
        Kind::Money => {
            number.and_then(|number| money::read(&number.to_string())).map(Value::from).ok_or_else(wrong)
        }
        Kind::Bool => match given {
            Given::Boolean(yes) => Ok(Value::from(*yes)),
            _ => Err(wrong()),
        },
        Kind::Time => moment(given).map(Value::from),
        Kind::Date => text_of(given).parse::<chrono::NaiveDate>().map(Value::from).map_err(|_| wrong()),
    }
}

fn word(choice: &Choice, given: &Given) -> Option<Value> {
    let word = text_of(given);
    choice.has(&word).then(|| Value::from(word))
}
