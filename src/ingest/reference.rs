//! A reference in a line: by a key of a source, by a name that needs no source, or by a global id.

use serde_json::value::RawValue;
use uuid::Uuid;

use super::json::{shown, small};
use super::layout::{BY_NAME, LAYOUT, LONGEST_INDEXED, NounSheet};
use super::sources::Sources;
use super::value::{Expected, text, time};
use crate::catalogue::{Code, Target};
use crate::store::decode_id;

/// What a reference names.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reference {
    pub(super) code: Code,
    pub(super) name: Name,
    pub(super) valid_from: Option<i64>,
    pub(super) valid_to: Option<i64>,
}

/// How it names it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Name {
    /// A key in the source with this number, [`BY_NAME`] for a name that needs none.
    Key(i16, String),
    /// The row's id.
    Id(Uuid),
}

/// Where references are read: what may stand at the other end, and whether they may carry their validity.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) target: Target,
    pub(super) valid: bool,
}

/// Reads a text that names something: not empty, and short enough for an index.
pub(super) fn key(raw: &RawValue) -> Result<String, Expected> {
    match text(raw)? {
        key if key.is_empty() => Err("a key that is not empty".into()),
        key if key.len() > LONGEST_INDEXED => Err(format!("a key of at most {LONGEST_INDEXED} bytes").into()),
        key => Ok(key),
    }
}

/// Reads a reference. `null` is for the caller to handle.
pub(super) fn reference(raw: &RawValue, place: Place, sources: &mut Sources) -> Result<Reference, Expected> {
    match (place.target, raw.get().as_bytes().first()) {
        (Target::Noun(code), Some(b'"')) => {
            let key = key(raw)?;
            Ok(Reference { code, name: named(code, None, key, sources)?, valid_from: None, valid_to: None })
        }
        (_, Some(b'{')) => object(raw, place, sources),
        (Target::Noun(_), _) => Err("a text such as \"a1\", or {\"source\": …, \"key\": …}".into()),
        (Target::Any, _) => Err("{\"type\": …, \"key\": …}".into()),
    }
}

fn object(raw: &RawValue, place: Place, sources: &mut Sources) -> Result<Reference, Expected> {
    let (mut noun, mut source, mut name, mut id) = (None, None, None, None);
    let (mut valid_from, mut valid_to) = (None, None);
    for (member, value) in small(raw.get()).map_err(Expected::from)?.0 {
        match member.as_ref() {
            "type" => noun = Some(noun_of(&text(value)?)?),
            "source" => source = Some(key(value)?),
            "key" => name = Some(key(value)?),
            "id" => id = Some(global(&text(value)?)?),
            "validFrom" if place.valid => valid_from = moment(value)?,
            "validTo" if place.valid => valid_to = moment(value)?,
            other => return Err(format!("a reference without `{}`", shown(other)).into()),
        }
    }
    let code = match (place.target, noun, &id) {
        (Target::Noun(code), Some(noun), _) if noun != code => return Err(only(code)),
        (Target::Noun(code), ..) => code,
        (Target::Any, Some(noun), _) => noun,
        (Target::Any, None, Some((noun, _))) => *noun,
        (Target::Any, None, None) => return Err("a reference with its `type`".into()),
    };
    let name = match (name, id) {
        (Some(_), Some(_)) => return Err("a reference by `key` or by `id`, not both".into()),
        (Some(key), None) => named(code, source, key, sources)?,
        (None, Some((noun, _))) if noun != code => return Err(only(code)),
        (None, Some((_, id))) => Name::Id(id),
        (None, None) => return Err("a reference with its `key`".into()),
    };
    Ok(Reference { code, name, valid_from, valid_to })
}

/// A key as it is looked up: in a source, or by the noun's own name.
fn named(code: Code, source: Option<String>, key: String, sources: &mut Sources) -> Result<Name, Expected> {
    let noun = LAYOUT.noun(code);
    let label = noun.map_or("thing", |noun| noun.entry.noun.name);
    if noun.is_some_and(|noun| !noun.has_key()) {
        return Err(format!("the `id` of a {label}, which has no key").into());
    }
    if noun.and_then(NounSheet::name_column).is_none() {
        return Ok(Name::Key(
            match source {
                Some(source) => sources.number(&source)?,
                None => sources.own(),
            },
            key,
        ));
    }
    if source.is_some() {
        return Err(format!("a {label} without a `source`, for it is known by its name alone").into());
    }
    if label == "Source" {
        sources.number(&key)?;
    }
    Ok(Name::Key(BY_NAME, key))
}

fn only(code: Code) -> Expected {
    format!("a reference to {}", LAYOUT.noun(code).map_or("thing", |noun| noun.entry.noun.name)).into()
}

fn noun_of(name: &str) -> Result<Code, Expected> {
    match LAYOUT.nouns.iter().find(|noun| noun.entry.noun.name == name) {
        Some(noun) => Ok(noun.code()),
        None => Err(format!("a type of the graph, not {}", shown(name)).into()),
    }
}

/// Reads a global id.
pub(super) fn global(id: &str) -> Result<(Code, Uuid), Expected> {
    match decode_id(id) {
        Some((entry, row)) => Ok((entry.noun.code, row)),
        None => Err("an id as the graph gives it".into()),
    }
}

fn moment(raw: &RawValue) -> Result<Option<i64>, Expected> {
    if raw.get() == "null" { Ok(None) } else { time(raw).map(Some) }
}
