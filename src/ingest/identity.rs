//! What makes a line's thing the same as another: its further identities, and the name of what is known by name.

use serde_json::value::RawValue;

use super::json::{shown, small};
use super::layout::{BY_NAME, LAYOUT};
use super::line::Draft;
use super::reference::key;
use super::sources::Sources;
use super::value::{Cell, Expected, float, text, time};
use crate::catalogue::choices;

/// Reads `externalIds` into rows of their staging table.
pub(super) fn identities(draft: &mut Draft, raw: &RawValue, sources: &mut Sources) {
    const SHAPE: &str = "an array of {\"source\": …, \"value\": …}";
    let items: Vec<&RawValue> = match raw.get().as_bytes().first() {
        Some(b'[') => serde_json::from_str(raw.get()).unwrap_or_default(),
        Some(b'n') => return,
        _ => return draft.problems.push(format!("`externalIds` takes {SHAPE}")),
    };
    for item in items {
        match identity(draft, item, sources) {
            Ok(row) => draft.rows.push((LAYOUT.identities(), row)),
            Err(expected) => {
                let shown = shown(item.get());
                draft.problems.push(format!("`externalIds` takes {SHAPE}, in it {expected}, not {shown}"));
                return;
            }
        }
    }
}

fn identity(draft: &Draft, raw: &RawValue, sources: &mut Sources) -> Result<Vec<Cell>, Expected> {
    let (mut source, mut value, mut method) = (None, None, "EXACT_KEY".to_owned());
    let (mut confidence, mut from, mut to) = (Cell::Null, Cell::Null, Cell::Null);
    for (member, raw) in small(raw.get()).map_err(Expected::from)?.0 {
        let given = raw.get() != "null";
        match member.as_ref() {
            "source" => source = Some(sources.number(&key(raw)?)?),
            "value" => value = Some(key(raw)?),
            "matchMethod" if given => method = method_of(raw)?,
            "confidence" if given => {
                confidence = match float(raw)? {
                    number if (0.0..=1.0).contains(&number) => Cell::Float(number),
                    _ => return Err("a `confidence` from 0 to 1".into()),
                }
            }
            "validFrom" if given => from = Cell::Big(time(raw)?),
            "validTo" if given => to = Cell::Big(time(raw)?),
            "matchMethod" | "confidence" | "validFrom" | "validTo" => {}
            other => return Err(format!("nothing called `{}`", shown(other)).into()),
        }
    }
    let (Some(source), Some(value)) = (source, value) else {
        return Err("both a `source` and a `value`".into());
    };
    Ok(vec![
        Cell::Big(draft.line),
        Cell::Small(draft.noun.code()),
        Cell::Small(source),
        Cell::Text(value),
        Cell::Text(method),
        confidence,
        from,
        to,
        Cell::Null,
        Cell::Small(0),
    ])
}

fn method_of(raw: &RawValue) -> Result<String, Expected> {
    let word = text(raw)?;
    let choice = choices::ALL.iter().find(|choice| choice.name == "MatchMethod");
    match choice {
        Some(choice) if !choice.has(&word) => Err(format!("a `matchMethod` of {}", choice.listed()).into()),
        _ => Ok(word),
    }
}

/// Makes the key and the name one, for what is known by its name whatever the source.
pub(super) fn own_name(draft: &mut Draft, sources: &mut Sources) {
    let noun = draft.noun;
    let Some(column) = noun.name_column() else { return };
    let Some(slot) = noun.fields.iter().find(|slot| slot.field.column == column) else { return };
    match (draft.cells[5].clone(), draft.cells[slot.at].clone()) {
        (Cell::Text(key), Cell::Null) => draft.cells[slot.at] = Cell::Text(key),
        (Cell::Null, Cell::Text(name)) if name.is_empty() => {
            draft.problems.push(format!("`{}` takes a text that is not empty", slot.field.name));
        }
        (Cell::Null, Cell::Text(name)) => {
            draft.cells[4] = Cell::Small(BY_NAME);
            draft.cells[5] = Cell::Text(name.clone());
            if noun.entry.noun.name == "Source"
                && let Err(expected) = sources.number(&name)
            {
                draft.problems.push(format!("`{}` takes {expected}", slot.field.name));
            }
        }
        (Cell::Text(key), Cell::Text(name)) if key != name => draft.problems.push(format!(
            "`key` and `{}` of a {} are the same; leave one out",
            slot.field.name, noun.entry.noun.name
        )),
        _ => {}
    }
    if draft.cells[slot.at] != Cell::Null {
        draft.present |= slot.bit;
    }
}
