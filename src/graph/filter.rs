//! Filters: the input types that each noun offers, and what a client's filter means for the store.

use async_graphql::indexmap::IndexMap;
use async_graphql::registry::{MetaInputValue, Registry};
use async_graphql::{Name, Value as Given};
use sea_orm::Value;
use uuid::Uuid;

use super::meta::{input, input_object};
use super::types::{enum_name, kind_type};
use crate::catalogue::{self, CATALOGUE, Choice, Code, Edge, Entry, Field, Kind, Target, Way, choices};
use crate::clock::{self, Micros};
use crate::error::{ClientError, Code as ErrorCode};
use crate::money;
use crate::store::{Comparison, LiveKind, Predicate, decode_id};

/// How deep filters may stand in filters.
const DEEPEST: usize = 12;
/// How many values a list in a filter may have.
const LONGEST: usize = 1000;

type Map = IndexMap<Name, Given>;

/// Adds the filters that all nouns share.
pub(super) fn register(registry: &mut Registry) {
    for kind in
        [Kind::Text, Kind::Int, Kind::BigInt, Kind::Float, Kind::Bool, Kind::Time, Kind::Date, Kind::Money]
    {
        let ty = kind_type(kind);
        comparisons(registry, &filter_name(kind), &ty, kind);
    }
    comparisons(registry, "IDFilter", "ID", Kind::Bool);
    lists(registry, "StringListFilter", "String");
    for choice in choices::ALL {
        comparisons(registry, &format!("{}Filter", choice.name), choice.name, Kind::Bool);
        lists(registry, &format!("{}ListFilter", choice.name), choice.name);
    }
    input_object(
        registry,
        "NodeFilter",
        "Conditions on something of any type.",
        vec![
            input("type", "[NodeType!]", "It is of one of these types."),
            input("id", "[ID!]", "It is one of these."),
            input("isNull", "Boolean", "Whether there is nothing; only where there can be at most one."),
        ],
    );
    input_object(
        registry,
        "LiveFilter",
        "Live at a moment: begun, not over, neither paused nor cancelled.",
        vec![input("at", "DateTime", "The moment; without it, now.")],
    );
}

fn comparisons(registry: &mut Registry, name: &str, ty: &str, kind: Kind) {
    let list = format!("[{ty}!]");
    let mut fields = vec![
        input("eq", ty, "Is this."),
        input("ne", ty, "Is known and not this."),
        input("in", &list, "Is one of these."),
        input("notIn", &list, "Is known and none of these."),
    ];
    if matches!(kind, Kind::Int | Kind::BigInt | Kind::Float | Kind::Time | Kind::Date | Kind::Money) {
        fields.push(input("lt", ty, "Is less, or before."));
        fields.push(input("lte", ty, "Is at most, or not after."));
        fields.push(input("gt", ty, "Is more, or after."));
        fields.push(input("gte", ty, "Is at least, or not before."));
    }
    if matches!(kind, Kind::Text) {
        fields.push(input("contains", ty, "Contains this, letter by letter; `search` is more forgiving."));
        fields.push(input("startsWith", ty, "Starts with this, letter by letter."));
    }
    fields.push(input("isNull", "Boolean", "Whether nothing is known."));
    let doc = format!(
        "Conditions on a {ty}; all that are given must hold. What is not known fits none but `isNull`."
    );
    input_object(registry, name, &doc, fields);
}

fn lists(registry: &mut Registry, name: &str, ty: &str) {
    let fields = vec![
        input("has", ty, "Has this."),
        input("hasAny", &format!("[{ty}!]"), "Has one of these."),
        input("hasAll", &format!("[{ty}!]"), "Has all of these."),
        input("isEmpty", "Boolean", "Whether there are none."),
    ];
    input_object(
        registry,
        name,
        &format!("Conditions on a list of {ty}; all that are given must hold."),
        fields,
    );
}

fn filter_name(kind: Kind) -> String {
    match kind {
        Kind::Choice(choice) => format!("{}Filter", choice.name),
        Kind::Choices(choice) => format!("{}ListFilter", choice.name),
        Kind::Texts => "StringListFilter".to_owned(),
        kind => format!("{}Filter", kind_type(kind)),
    }
}

/// Adds the filter of one noun.
pub(super) fn register_noun(registry: &mut Registry, entry: &'static Entry) {
    let noun = &entry.noun;
    let own = format!("{}Filter", noun.name);
    let mut fields = vec![
        input("and", &format!("[{own}!]"), "All of these hold."),
        input("or", &format!("[{own}!]"), "At least one of these holds; an empty list holds of nothing."),
        input("not", &own, "This does not hold."),
        input("id", "IDFilter", "Conditions on the id."),
    ];
    for field in &noun.fields {
        fields.push(input(
            &field.name,
            &filter_name(field.kind),
            &format!("Conditions on `{}`.", field.name),
        ));
    }
    for edge in &entry.edges {
        fields.push(edge_input(edge));
    }
    fields.extend(special_inputs(noun.name));
    let doc =
        format!("What must hold of {}; all that is given must hold, `{{}}` holds of each.", noun.plural);
    input_object(registry, &own, &doc, fields);
    let list = vec![
        input("some", &own, "There is at least one of which this holds."),
        input("none", &own, "There is none of which this holds; `{}` means that there are none at all."),
    ];
    let doc = format!("What must hold of the {} at the other end.", noun.plural);
    input_object(registry, &format!("{}ListFilter", noun.name), &doc, list);
}

fn edge_input(edge: &Edge) -> MetaInputValue {
    let doc = format!("Conditions on `{}`.", edge.field);
    let target = match edge.target {
        Target::Noun(code) => catalogue::by_code(code),
        Target::Any => None,
    };
    match target {
        Some(target) if edge.is_single() => {
            let doc = format!("Conditions on `{}`; `{{}}` means that there is one.", edge.field);
            input(edge.field, &format!("{}Filter", target.noun.name), &doc)
        }
        Some(target) => input(edge.field, &format!("{}ListFilter", target.noun.name), &doc),
        None => input(edge.field, "NodeFilter", &doc),
    }
}

fn special_inputs(noun: &str) -> Vec<MetaInputValue> {
    match noun {
        "Asset" => vec![input(
            "rightsEndBefore",
            "DateTime",
            "It has permissions, its own or those of what it derives from, and all of them end before this moment.",
        )],
        "Concept" => {
            vec![input("within", "[ID!]", "It is one of these concepts, or narrower than one, however deep.")]
        }
        "Delivery" | "Experience" => {
            vec![input("live", "LiveFilter", "It is live by its own times and status.")]
        }
        "Usage" => {
            vec![input(
                "live",
                "LiveFilter",
                "It is live itself, and so is the delivery or experience it is used in.",
            )]
        }
        _ => Vec::new(),
    }
}

/// Reads filters for one operation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filters {
    /// The moment that "now" means.
    pub(super) now: Micros,
}

impl Filters {
    /// What a client's filter means for rows of `entry`.
    pub(super) fn read(self, entry: &'static Entry, given: &Given) -> Result<Predicate, ClientError> {
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
        for (name, value) in
            object(given).into_iter().flatten().filter(|(_, value)| !matches!(value, Given::Null))
        {
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
        for (name, value) in
            object(given).into_iter().flatten().filter(|(_, value)| !matches!(value, Given::Null))
        {
            let inner = related(self.noun(target, value, depth + 1)?);
            parts.push(if name == "none" { Predicate::Not(Box::new(inner)) } else { inner });
        }
        Ok(Predicate::All(parts))
    }
}

fn any_filter(edge: &'static Edge, given: &Given) -> Result<Predicate, ClientError> {
    let map = object(given);
    let value = |name: &str| map.and_then(|map| map.get(name)).filter(|value| !matches!(value, Given::Null));
    let codes: Option<Vec<Code>> = value("type").map(|types| items(types).filter_map(code_of).collect());
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
                parts.push(Predicate::OneOf(id_column.clone(), ids.into_iter().map(Value::from).collect()));
            }
            if let Some(Given::Boolean(null)) = value("isNull") {
                parts.push(Predicate::Known(id_column.clone(), !null));
            }
            Ok(Predicate::All(parts))
        }
        Way::PairsOfAny(pairs) => {
            if codes.as_ref().is_some_and(Vec::is_empty) || ids.as_ref().is_some_and(Vec::is_empty) {
                return Ok(Predicate::Any(Vec::new()));
            }
            Ok(Predicate::Linked(*pairs, codes.unwrap_or_default(), ids.unwrap_or_default()))
        }
        Way::Own(_) | Way::Theirs(_) | Way::Pairs(_) => Ok(Predicate::All(Vec::new())),
    }
}

fn field_filter(field: &Field, given: &Given) -> Result<Predicate, ClientError> {
    let column = || field.column.to_owned();
    let bound = |value: &Given| value_of(field.kind, value);
    let mut parts = Vec::new();
    for (name, value) in
        object(given).into_iter().flatten().filter(|(_, value)| !matches!(value, Given::Null))
    {
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
            "in" => Predicate::OneOf(column(), short(value)?.map(bound).collect::<Result<_, _>>()?),
            "notIn" => none_of(column(), short(value)?.map(bound).collect::<Result<_, _>>()?),
            "contains" => Predicate::Contains(column(), text_of(value)),
            "startsWith" => Predicate::StartsWith(column(), text_of(value)),
            "isNull" => Predicate::Known(column(), !yes),
            "has" => has(value),
            "hasAny" => Predicate::Any(short(value)?.map(has).collect()),
            "hasAll" => Predicate::All(short(value)?.map(has).collect()),
            "isEmpty" => Predicate::Empty(column(), yes),
            _ => return Err(ClientError::input(format!("{:?} has no comparison {name:?}.", field.name))),
        });
    }
    Ok(Predicate::All(parts))
}

fn none_of(column: String, values: Vec<Value>) -> Predicate {
    let known = Predicate::Known(column.clone(), true);
    Predicate::All(vec![known, Predicate::Not(Box::new(Predicate::OneOf(column, values)))])
}

fn ids_filter(entry: &'static Entry, given: &Given) -> Result<Predicate, ClientError> {
    let column = || "id".to_owned();
    let mut parts = Vec::new();
    for (name, value) in
        object(given).into_iter().flatten().filter(|(_, value)| !matches!(value, Given::Null))
    {
        let ids = || -> Result<Vec<Value>, ClientError> {
            Ok(ids_of(short(value)?, entry)?.into_iter().map(Value::from).collect())
        };
        parts.push(match name.as_str() {
            "eq" | "in" => Predicate::OneOf(column(), ids()?),
            "ne" | "notIn" => none_of(column(), ids()?),
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

/// The noun that a value of `NodeType` names.
pub(super) fn code_of(value: &Given) -> Option<Code> {
    let name = text_of(value);
    CATALOGUE.iter().find(|entry| enum_name(entry.noun.name) == name).map(|entry| entry.noun.code)
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

fn short(given: &Given) -> Result<impl Iterator<Item = &Given>, ClientError> {
    match given {
        Given::List(items) if items.len() > LONGEST => Err(ClientError::new(
            ErrorCode::LimitExceeded,
            format!("A list in a filter may have at most {LONGEST} values; this one has {}.", items.len()),
        )),
        _ => Ok(items(given)),
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
