//! Values that say nothing without another beside them, as an amount does without its currency. A line may leave the
//! other out where a line on the same thing or the store gives it.

use sea_orm::sqlx;

use super::layout::{FieldSlot, NounSheet};
use super::line::Draft;
use super::resolve::resolved;
use super::value::Cell;
use super::work::Work;

/// The pairs of fields of a noun of which the first needs the second, by their places.
pub(super) fn needs_of(fields: &[FieldSlot]) -> Vec<(usize, usize)> {
    let place = |column: &str| fields.iter().position(|slot| slot.field.column == column);
    fields
        .iter()
        .enumerate()
        .flat_map(|(needing, slot)| {
            slot.field.needs.iter().filter_map(move |column| Some((needing, place(column)?)))
        })
        .collect()
}

/// Says what a line takes away from itself, and notes where it gives one of two without the other.
pub(super) fn needs(draft: &mut Draft) {
    for (needing, needed) in &draft.noun.needs {
        let [needing, needed] = [needing, needed].map(|place| &draft.noun.fields[*place]);
        let has = |slot: &FieldSlot| match &draft.cells[slot.at] {
            Cell::Null => false,
            Cell::Text(list) if slot.field.kind.is_list() => list != "[]",
            _ => true,
        };
        let named = |slot: &FieldSlot| draft.present & slot.bit != 0;
        match (has(needing), has(needed)) {
            (true, false) if named(needed) => {
                let (needing, needed) = (&needing.field.name, &needed.field.name);
                draft.problems.push(format!("`{needing}` needs `{needed}`, which is empty"));
            }
            (true, false) => draft.apart = true,
            (false, false) => draft.apart |= named(needed) && !named(needing),
            (_, true) => {}
        }
    }
}

impl Work {
    /// Rejects the lines that give a value without what it needs, or take that away from it.
    pub(super) async fn needy(&mut self, round: i64) -> Result<u64, sqlx::Error> {
        let mut found = 0;
        for (noun, _) in self.nouns().filter(|(_, met)| met.apart) {
            for (needing, needed) in &noun.needs {
                let (needing, needed) = (&noun.fields[*needing], &noun.fields[*needed]);
                let (name, other) = (&needing.field.name, &needed.field.name);
                let reason = format!("'`{name}` needs `{other}`, which nothing gives'");
                let which = format!(
                    "{} AND NOT {} AND (o.present & {}) = 0 AND NOT {}",
                    has("o", needing),
                    has("o", needed),
                    needed.bit,
                    self.has_elsewhere(noun, needed)
                );
                found += self.reject_where(noun, &reason, &which, round).await?;
                let reason = format!("'`{other}` cannot be emptied where there is a `{name}`'");
                let which = format!(
                    "(o.present & {}) <> 0 AND NOT {} AND (o.present & {}) = 0 AND {}",
                    needed.bit,
                    has("o", needed),
                    needing.bit,
                    self.has_elsewhere(noun, needing)
                );
                found += self.reject_where(noun, &reason, &which, round).await?;
            }
        }
        Ok(found)
    }

    /// Whether another line on the thing of the line `o` has a value in this field, or the store.
    fn has_elsewhere(&self, noun: &NounSheet, slot: &FieldSlot) -> String {
        let same = |alias: &str| {
            if noun.has_key() { format!("{alias}.id") } else { self.dimensions(noun, alias).join(", ") }
        };
        format!(
            "(({}) IN (SELECT {} FROM {} y WHERE {}) OR EXISTS (SELECT 1 FROM {} t WHERE t.id = o.id AND {}))",
            same("o"),
            same("y"),
            resolved(noun),
            has("y", slot),
            noun.table(),
            has("t", slot)
        )
    }
}

/// Whether a row has a value in this field.
fn has(alias: &str, slot: &FieldSlot) -> String {
    let column = slot.field.column;
    if slot.field.kind.is_list() {
        format!("(coalesce({alias}.{column}, '[]') <> '[]')")
    } else {
        format!("({alias}.{column} IS NOT NULL)")
    }
}
