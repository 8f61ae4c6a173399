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

/// Says what of a line is more than another number beside it allows.
pub(super) fn at_most(draft: &mut Draft) {
    for slot in &draft.noun.fields {
        let Some(most) = slot.field.most else { continue };
        let Some(other) = draft.noun.fields.iter().find(|other| other.field.column == most) else { continue };
        if let (Cell::Big(number), Cell::Big(bound)) = (&draft.cells[slot.at], &draft.cells[other.at])
            && number > bound
        {
            let (name, other) = (&slot.field.name, &other.field.name);
            draft.problems.push(format!("`{name}` is {number}, which is more than `{other}`, {bound}"));
        }
    }
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
    /// Rejects the lines behind which a value stands without what it needs. What is said of a thing is what the last
    /// line that names a field says, else the store; of lines that leave it wanting, those behind the last that does
    /// not are to blame.
    pub(super) async fn needy(&mut self, round: i64) -> Result<u64, sqlx::Error> {
        let mut found = 0;
        for (noun, _) in self.nouns().filter(|(_, met)| met.apart) {
            for (needing, needed) in &noun.needs {
                let (needing, needed) = (&noun.fields[*needing], &noun.fields[*needed]);
                let (name, other) = (&needing.field.name, &needed.field.name);
                let reason = format!(
                    "CASE WHEN {} THEN '`{name}` needs `{other}`, which nothing gives' \
                     ELSE '`{other}` cannot be emptied where there is a `{name}`' END",
                    has("o", needing)
                );
                let which = format!("o.line IN ({})", self.wanting(noun, needing, needed));
                found += self.reject_where(noun, (&reason, "0"), &which, round).await?;
            }
        }
        Ok(found)
    }

    /// The lines that are to blame. Plain sets and windows over them: a condition that looks elsewhere for every line
    /// takes the square of their number.
    fn wanting(&self, noun: &NounSheet, needing: &FieldSlot, needed: &FieldSlot) -> String {
        let (table, stored) = (resolved(noun), noun.table());
        let thing = |alias: &str| {
            if noun.has_key() { format!("{alias}.id") } else { self.dimensions(noun, alias).join(", ") }
        };
        // The last line up to here that names the field, and in the last bit whether it gives a value.
        let said = |slot: &FieldSlot| {
            format!(
                "coalesce(max(CASE WHEN (o.present & {}) <> 0 THEN o.line * 2 + CASE WHEN {} THEN 1 ELSE 0 END END) \
                 OVER lines % 2, CASE WHEN {} THEN 1 ELSE 0 END)",
                slot.bit,
                has("o", slot),
                has("t", slot)
            )
        };
        let apart = format!(
            "NOT {} AND ({} OR (y.present & {}) <> 0)",
            has("y", needed),
            has("y", needing),
            needed.bit
        );
        let both = needing.bit | needed.bit;
        let lines = format!(
            "SELECT o.line, {} AS needing, {} AS needed, dense_rank() OVER (ORDER BY {mine}) AS thing \
             FROM {table} o LEFT JOIN {stored} t ON t.id = o.id \
             WHERE (o.present & {both}) <> 0 AND ({mine}) IN (SELECT {} FROM {table} y WHERE {apart}) \
             WINDOW lines AS (PARTITION BY {mine} ORDER BY o.line)",
            said(needing),
            said(needed),
            thing("y"),
            mine = thing("o")
        );
        format!(
            "SELECT b.line FROM (SELECT a.line, coalesce(max(CASE WHEN a.needing = 0 OR a.needed = 1 THEN a.line END) \
             OVER (PARTITION BY a.thing), 0) AS sound FROM ({lines}) a) b WHERE b.line > b.sound"
        )
    }
}

/// Whether a row has a value in this field; nowhere is none.
fn has(alias: &str, slot: &FieldSlot) -> String {
    let column = slot.field.column;
    if slot.field.kind.is_list() {
        format!("(coalesce({alias}.{column}, '[]') <> '[]')")
    } else {
        format!("({alias}.{column} IS NOT NULL)")
    }
}
