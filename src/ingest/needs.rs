//! Values that are held against another beside them: an amount says nothing without its currency, and no more is clicked
//! than was shown. A line may leave the other out where a line on the same thing or the store gives it.

use sea_orm::sqlx;

use super::former::observed_at;
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

/// The pairs of fields of a noun of which the first is a number that may not be above the second.
fn bounded(noun: &NounSheet) -> impl Iterator<Item = (&FieldSlot, &FieldSlot)> {
    noun.fields.iter().filter_map(|slot| {
        let most = slot.field.most?;
        Some((slot, noun.fields.iter().find(|other| other.field.column == most)?))
    })
}

/// Says what of a line is more than another number beside it allows, and notes where it gives one without the other.
pub(super) fn at_most(draft: &mut Draft) {
    for (slot, other) in bounded(draft.noun) {
        let (name, bounding) = (&slot.field.name, &other.field.name);
        match (&draft.cells[slot.at], &draft.cells[other.at]) {
            (Cell::Big(number), Cell::Big(bound)) if number > bound => {
                draft
                    .problems
                    .push(format!("`{name}` is {number}, which is more than `{bounding}`, {bound}"));
            }
            _ => {
                let named = draft.present & (slot.bit | other.bit);
                draft.unbound |= named != 0 && named != slot.bit | other.bit;
            }
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

    /// Rejects the lines behind which a number stands that is above its bound, by the same rule. What lines
    /// say that was observed before what the store knows changes nothing, and is not asked.
    pub(super) async fn unbound(&mut self, round: i64) -> Result<u64, sqlx::Error> {
        let mut found = 0;
        for (noun, _) in self.nouns().filter(|(_, met)| met.unbound) {
            for (slot, other) in bounded(noun) {
                let (name, bounding) = (&slot.field.name, &other.field.name);
                self.session
                    .run(&format!(
                        "UPDATE {} SET bad = '`{name}` is ' || CAST(v.number AS text) || ', which is more than \
                         `{bounding}`, ' || CAST(v.bound AS text) FROM ({}) v WHERE v.line = {0}.line",
                        resolved(noun),
                        self.exceeding(noun, slot, other)
                    ))
                    .await?;
            }
            found += self.reject_where(noun, ("o.bad", "0"), "o.bad IS NOT NULL", round).await?;
        }
        Ok(found)
    }

    /// The lines that are to blame, each with the number and the bound that stand behind it.
    fn exceeding(&self, noun: &NounSheet, slot: &FieldSlot, other: &FieldSlot) -> String {
        let (table, stored, both) = (resolved(noun), noun.table(), slot.bit | other.bit);
        let mine = if noun.has_key() { "o.id".to_owned() } else { self.dimensions(noun, "o").join(", ") };
        let theirs = if noun.has_key() { "y.id".to_owned() } else { self.dimensions(noun, "y").join(", ") };
        let (seen, on_time) = match observed_at(noun) {
            Some(_) => (
                format!("max(o.observed_at) OVER (PARTITION BY {mine})"),
                "(o.seen IS NULL OR t.observed_at IS NULL OR o.seen >= t.observed_at)",
            ),
            None => ("NULL".to_owned(), "1 = 1"),
        };
        let ordered = format!(
            "(SELECT o.*, row_number() OVER (ORDER BY {}) AS place, {seen} AS seen FROM {table} o)",
            self.order_of(noun)
        );
        // The last line up to here that names the field.
        let last = |slot: &FieldSlot| {
            format!("max(CASE WHEN (o.present & {}) <> 0 THEN o.place END) OVER places", slot.bit)
        };
        let lines = format!(
            "SELECT o.line, o.place, {} AS number_at, {} AS bound_at, t.{number} AS number, t.{bound} AS bound, \
             dense_rank() OVER (ORDER BY {mine}) AS thing FROM {ordered} o LEFT JOIN {stored} t ON t.id = o.id \
             WHERE (o.present & {both}) <> 0 AND {on_time} AND ({mine}) IN (\
             SELECT {theirs} FROM {table} y WHERE (y.present & {both}) IN ({}, {})) \
             WINDOW places AS (PARTITION BY {mine} ORDER BY o.place)",
            last(slot),
            last(other),
            slot.bit,
            other.bit,
            number = slot.field.column,
            bound = other.field.column
        );
        let said = format!(
            "SELECT a.line, a.place, a.thing, \
             CASE WHEN a.number_at IS NULL THEN a.number ELSE n.{number} END AS number, \
             CASE WHEN a.bound_at IS NULL THEN a.bound ELSE b.{bound} END AS bound FROM ({lines}) a \
             LEFT JOIN {ordered} n ON n.place = a.number_at LEFT JOIN {ordered} b ON b.place = a.bound_at",
            number = slot.field.column,
            bound = other.field.column
        );
        format!(
            "SELECT e.line, e.number, e.bound FROM (SELECT s.*, coalesce(max(CASE WHEN s.number > s.bound THEN NULL \
             ELSE s.place END) OVER (PARTITION BY s.thing), 0) AS sound FROM ({said}) s) e WHERE e.place > e.sound"
        )
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
