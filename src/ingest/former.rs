//! What facts said before: a later observation takes the place of the one before, which is kept in the table of the
//! fact's history. Observations that only one import ever saw are kept too, so that no order of files hides one.

use sea_orm::sqlx;
use serde_json::value::RawValue;

use super::json::{shown, small};
use super::layout::{FieldSlot, LAYOUT, NounSheet};
use super::line::Draft;
use super::met::MetNoun;
use super::resolve::resolved;
use super::sheet::{Sheet, Type};
use super::value::{Cell, Expected, bounded, time, value};
use super::work::Work;
use super::write::STAMPS;

/// Reads what a fact said before, oldest first, into rows of its staging table.
pub(super) fn observations(draft: &mut Draft, raw: &RawValue) {
    const SHAPE: &str = "an array of {\"since\": …, \"until\": …} with what was said then";
    let Some(sheet) = draft.noun.past else { return };
    let items: Vec<&RawValue> = match raw.get().as_bytes().first() {
        Some(b'[') => serde_json::from_str(raw.get()).unwrap_or_default(),
        _ => return draft.problems.push(format!("`observations` takes {SHAPE}")),
    };
    for (number, item) in (1..).zip(items) {
        match observation(draft.noun, item) {
            Ok(said) => {
                let head = [Cell::Big(draft.line), Cell::Int(number)];
                draft.rows.push((sheet, head.into_iter().chain(said).collect()));
            }
            Err(expected) => {
                return draft.problems.push(format!("`observations` takes {SHAPE}, in it {expected}"));
            }
        }
    }
}

/// One of them, as the columns of the staging table behind its number.
fn observation(noun: &NounSheet, raw: &RawValue) -> Result<Vec<Cell>, Expected> {
    let (mut since, mut until) = (None, None);
    let mut said = vec![Cell::Null; measures(noun).count()];
    for (member, raw) in small(raw.get()).map_err(Expected::from)?.0 {
        match member.as_ref() {
            "since" => since = Some(time(raw)?),
            "until" => until = Some(time(raw)?),
            name => {
                let found = measures(noun).zip(&mut said).find(|(slot, _)| slot.field.name == name);
                let Some((slot, cell)) = found else {
                    return Err(format!("nothing called `{}`", shown(name)).into());
                };
                if raw.get() != "null" {
                    *cell = value(slot.field.kind, raw).and_then(|cell| bounded(slot.field.bound, cell))?;
                }
            }
        }
    }
    match since.zip(until) {
        Some((since, until)) => Ok([Cell::Big(since), Cell::Big(until)].into_iter().chain(said).collect()),
        None => Err("both a `since` and an `until`".into()),
    }
}

impl Work {
    /// Puts the past of facts that lines gave in the place of what is stored.
    pub(super) async fn replace_past(&mut self) -> Result<(), sqlx::Error> {
        for (noun, _) in self.nouns().filter(|(_, met)| met.observed) {
            let Some(staged) = noun.past.map(|past| &LAYOUT.sheets[past].table) else { continue };
            let (table, history) = (resolved(noun), format!("{}_history", noun.table()));
            let names: Vec<&str> = measures(noun).map(|slot| slot.field.column).collect();
            let names = names.join(", ");
            self.session
                .run(&format!(
                    "DELETE FROM {history} WHERE fact_id IN (\
                     SELECT o.id FROM {table} o WHERE o.line IN (SELECT line FROM {staged}))"
                ))
                .await?;
            self.session
                .run(&format!(
                    "INSERT INTO {history} (fact_id, observation, since, until, {names}) \
                     SELECT o.id, h.observation, h.since, h.until, {} FROM {staged} h CROSS JOIN {table} o \
                     WHERE o.line = h.line",
                    names.split(", ").map(|name| format!("h.{name}")).collect::<Vec<_>>().join(", ")
                ))
                .await?;
        }
        Ok(())
    }

    /// Notes what the earlier lines on a fact said, where the line of this place says otherwise.
    pub(super) async fn note_former(
        &mut self,
        noun: &NounSheet,
        ranks: &str,
        place: i64,
    ) -> Result<(), sqlx::Error> {
        if noun.has_key() {
            return Ok(());
        }
        let (table, former) = (resolved(noun), former(noun));
        if !std::mem::replace(&mut self.replaced[noun.sheet], true) {
            self.session.create(&former_sheet(noun), false).await?;
        }
        let columns: Vec<String> = measures(noun).map(|slot| format!("b.{}", slot.field.column)).collect();
        let differs: Vec<String> = measures(noun)
            .map(|slot| {
                let (column, bit) = (slot.field.column, slot.bit);
                format!("((o.present & {bit}) <> 0 AND o.{column} IS DISTINCT FROM b.{column})")
            })
            .collect();
        self.session
            .run(&format!(
                "INSERT INTO {former} SELECT b.line, {place}, b.present, {} \
                 FROM {ranks} k CROSS JOIN {table} o CROSS JOIN {table} b \
                 WHERE k.place = {place} AND o.line = k.line AND b.line = k.base AND ({})",
                columns.join(", "),
                differs.join(" OR ")
            ))
            .await?;
        Ok(())
    }

    /// Keeps what the facts say that are about to say something else.
    pub(super) async fn keep_former(&mut self, noun: &NounSheet, met: &MetNoun) -> Result<(), sqlx::Error> {
        let given: Vec<&FieldSlot> = measures(noun).filter(|slot| met.present & slot.bit != 0).collect();
        if noun.has_key() || given.is_empty() {
            return Ok(());
        }
        let (table, stored, now) = (resolved(noun), noun.table(), self.now);
        let history = format!("{stored}_history");
        let names: Vec<&str> = measures(noun).map(|slot| slot.field.column).collect();
        let columns = format!("fact_id, observation, since, until, {}", names.join(", "));
        let last = |what: &str| format!("(SELECT max(h.{what}) FROM {history} h WHERE h.fact_id = t.id)");
        let changes = given
            .iter()
            .map(|slot| {
                let (column, bit) = (slot.field.column, slot.bit);
                format!("((x.present & {bit}) <> 0 AND x.{column} IS DISTINCT FROM t.{column})")
            })
            .collect::<Vec<_>>()
            .join(" OR ");
        let values: Vec<String> = names.iter().map(|name| format!("t.{name}")).collect();
        // Where the clock was put back, what was said stood for no time rather than until before it began.
        let since = format!("coalesce({}, t.created_at)", last("until"));
        let kept = self
            .session
            .run(&format!(
                "INSERT INTO {history} ({columns}) \
                 SELECT t.id, coalesce({}, 0) + 1, {since}, CASE WHEN {since} > {now} THEN {since} ELSE {now} END, {} \
                 FROM {table} x CROSS JOIN {stored} t WHERE x.id = t.id AND x.state = 1 AND ({changes})",
                last("observation"),
                values.join(", ")
            ))
            .await?;
        if kept == 0 || !self.replaced[noun.sheet] {
            return Ok(());
        }
        let said: Vec<String> = measures(noun)
            .map(|slot| {
                let (column, bit) = (slot.field.column, slot.bit);
                format!("CASE WHEN (f.present & {bit}) <> 0 THEN f.{column} ELSE t.{column} END")
            })
            .collect();
        let differs: Vec<String> = measures(noun)
            .map(|slot| {
                let (column, bit) = (slot.field.column, slot.bit);
                format!("((f.present & {bit}) <> 0 AND f.{column} IS DISTINCT FROM t.{column})")
            })
            .collect();
        self.session
            .run(&format!(
                "INSERT INTO {history} ({columns}) \
                 SELECT t.id, {} + row_number() OVER (PARTITION BY t.id ORDER BY f.place), {until}, {until}, {} \
                 FROM {} f CROSS JOIN {table} x CROSS JOIN {stored} t \
                 WHERE x.line = f.line AND x.id = t.id AND x.state = 1 AND ({changes}) AND ({})",
                last("observation"),
                said.join(", "),
                former(noun),
                differs.join(" OR "),
                until = last("until")
            ))
            .await?;
        Ok(())
    }
}

/// What a fact says: its fields, without those that make it the same fact and those that say when it was learnt.
pub(super) fn measures(noun: &NounSheet) -> impl Iterator<Item = &FieldSlot> {
    let dimensions = noun.dimensions();
    noun.fields
        .iter()
        .filter(move |slot| !STAMPS.contains(&slot.field.column) && !dimensions.contains(&slot.field.column))
}

/// The staging table of what a noun of facts said before, beside that of the noun.
pub(super) fn past_sheet(noun: &NounSheet, staged: &Sheet) -> Sheet {
    let mut columns =
        vec![("line", Type::Big), ("observation", Type::Int), ("since", Type::Big), ("until", Type::Big)];
    columns.extend(measures(noun).map(|slot| (slot.field.column, staged.columns[slot.at].1)));
    Sheet::new(&format!("in_{}_history", noun.table()), &columns)
}

/// The table of what earlier lines of this import said.
fn former(noun: &NounSheet) -> String {
    format!("in__former_{}", noun.table())
}

fn former_sheet(noun: &NounSheet) -> Sheet {
    let staged = &LAYOUT.sheets[noun.sheet].columns;
    let mut columns = vec![("line", Type::Big), ("place", Type::Int), ("present", Type::Big)];
    columns.extend(measures(noun).map(|slot| (slot.field.column, staged[slot.at].1)));
    Sheet::new(&former(noun), &columns)
}
