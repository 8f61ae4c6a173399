//! The right operands of rights constraints: moments are kept in UTC, so that they compare as text, and a constraint
//! on time takes nothing else.

use super::layout::NounSheet;
use super::line::Draft;
use super::value::Cell;
use crate::clock;

/// Sets the moments among a constraint's right operands to UTC.
pub(super) fn operands(draft: &mut Draft) {
    let noun = draft.noun;
    if noun.entry.noun.name != "RightsConstraint" {
        return;
    }
    let (Some(left), Some(right)) = (place(noun, "left_operand"), place(noun, "right_operand")) else {
        return;
    };
    let Cell::Text(json) = &draft.cells[right] else { return };
    let dated = draft.cells[left] == Cell::Text("DATE_TIME".to_owned());
    let given: Vec<String> = serde_json::from_str(json).unwrap_or_default();
    let mut kept = Vec::with_capacity(given.len());
    for operand in given {
        let midnight = || clock::read(&format!("{operand}T00:00:00Z"));
        match clock::read(&operand).or_else(|| midnight().filter(|_| dated)) {
            Some(moment) => kept.push(clock::written(moment)),
            None if dated => {
                draft.problems.push(format!(
                    "`rightOperand` takes moments such as \"2026-05-01T00:00:00Z\" where `leftOperand` is DATE_TIME, not {operand:?}"
                ));
                return;
            }
            None => kept.push(operand),
        }
    }
    draft.cells[right] = Cell::Text(serde_json::Value::from(kept).to_string());
}

fn place(noun: &NounSheet, column: &str) -> Option<usize> {
    noun.fields.iter().find(|slot| slot.field.column == column).map(|slot| slot.at)
}
