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

/// The column of a fact that says when it was observed.
const OBSERVED_AT: &str = "observed_at";

/// Reads what a fact said before, oldest first, into rows of its staging table. Two may hold at one time: the pasts of
/// two stores that became one do.
pub(super) fn observations(draft: &mut Draft, raw: &RawValue) {
    const SHAPE: &str = "an array of {\"since\": …, \"until\": …} with what was said then";
    let Some(sheet) = draft.noun.past else { return };
    let items: Vec<&RawValue> = serde_json::from_str(raw.get()).unwrap_or_default();
    if items.is_empty() {
        return draft.problems.push(format!("`observations` takes {SHAPE}, at least one"));
    }
    let mut last = None;
    for (number, item) in (1..).zip(items) {
        let read = observation(draft.noun, item).and_then(|(stood, said)| match (stood, last) {
            ((since, until), _) if until < since => Err("no `until` before its `since`".into()),
            (stood, Some(before)) if stood < before => {
                Err("each in the order of its `since` and `until`".into())
            }
            _ => Ok((stood, said)),
        });
        match read {
            Ok((stood, said)) => {
                last = Some(stood);
                let head = [Cell::Big(draft.line), Cell::Int(number), Cell::Big(stood.0), Cell::Big(stood.1)];
                draft.rows.push((sheet, head.into_iter().chain(said).collect()));
            }
            Err(expected) => {
                return draft.problems.push(format!("`observations` takes {SHAPE}, in it {expected}"));
            }
        }
    }
}

/// One of them: since when and until when it stood, and each measure.
fn observation(noun: &NounSheet, raw: &RawValue) -> Result<((i64, i64), Vec<Cell>), Expected> {
    let (mut since, mut until) = (None, None);
    let mut said = vec![Cell::Null; measures(noun).count()];
    for (member, raw) in small(raw.get()).map_err(Expected::from)?.0 {
        match member.as_ref() {
            "since" => since = Some(time(raw)?),
            "until" => until = Some(time(raw)?),
            name => {
                let found = measures(noun).zip(&mut said).find(|(slot, _)| slot.field.name == name);
                let Some((slot, cell)) = found else {
                    return Err(format!("there is nothing called `{}`", shown(name)).into());
                };
                if raw.get() != "null" {
                    let (kind, bound) = (slot.field.kind, slot.field.bound);
                    *cell = value(kind, raw).and_then(|cell| bounded((kind, bound), cell))?;
                }
            }
        }
    }
    let stood = since.zip(until).ok_or("both a `since` and an `until`")?;
    Ok((stood, said))
}

impl Work {
    /// Finds the facts whose past was given, before lines about one fact become one.
    pub(super) async fn resolve_past(&mut self, noun: &NounSheet) -> Result<(), sqlx::Error> {
        let Some(staged) = noun.past.map(|past| &LAYOUT.sheets[past].table) else { return Ok(()) };
        let (table, given) = (resolved(noun), given(noun));
        self.session.create(&Sheet::new(&given, &[("line", Type::Big), ("id", Type::Id)]), true).await?;
        self.session
            .run(&format!(
                "INSERT INTO {given} SELECT o.line, o.id FROM {table} o \
                 WHERE o.line IN (SELECT line FROM {staged})"
            ))
            .await?;
        self.session.run(&format!("CREATE INDEX {given}_id ON {given} (id, line)")).await?;
        self.measure(&[given]).await
    }

    /// Lets the past that was given be of the facts that its lines turned out to mean.
    pub(super) async fn relate_past(&mut self, noun: &NounSheet) -> Result<(), sqlx::Error> {
        let (table, given) = (resolved(noun), given(noun));
        self.session
            .run(&format!("UPDATE {given} SET id = o.id FROM {table} o WHERE o.line = {given}.line"))
            .await?;
        Ok(())
    }

    /// Adds to what is kept the past that lines gave, as far as it is not there; the last line on a fact that gives
    /// one decides. What was kept stays: a file may know less of it than the store.
    pub(super) async fn add_past(&mut self) -> Result<(), sqlx::Error> {
        for (noun, _) in self.nouns().filter(|(_, met)| met.observed) {
            let Some(staged) = noun.past.map(|past| &LAYOUT.sheets[past]) else { continue };
            let (given, history, staged_table) =
                (given(noun), format!("{}_history", noun.table()), &staged.table);
            let all = Sheet {
                table: format!("ok__{history}"),
                columns: [("id".to_owned(), Type::Id), ("fresh".to_owned(), Type::Small)]
                    .into_iter()
                    .chain(staged.columns.iter().skip(1).cloned())
                    .collect(),
            };
            self.session.create(&all, false).await?;
            let names: Vec<&str> = staged.columns.iter().skip(1).map(|(name, _)| name.as_str()).collect();
            let same: Vec<String> =
                names.iter().skip(1).map(|name| format!("b.{name} IS NOT DISTINCT FROM h.{name}")).collect();
            let (all, columns, same) = (all.table, names.join(", "), same.join(" AND "));
            let fresh = self
                .session
                .run(&format!(
                    "INSERT INTO {all} SELECT g.id, 1, {} FROM {staged_table} h CROSS JOIN {given} g \
                     WHERE g.line = h.line \
                     AND NOT EXISTS (SELECT 1 FROM {given} l WHERE l.id = g.id AND l.line > g.line) \
                     AND NOT EXISTS (SELECT 1 FROM {history} b WHERE b.fact_id = g.id AND {same})",
                    names.iter().map(|name| format!("h.{name}")).collect::<Vec<_>>().join(", ")
                ))
                .await?;
            if fresh == 0 {
                continue;
            }
            self.measure(std::slice::from_ref(&all)).await?;
            let touched = format!("fact_id IN (SELECT id FROM {all})");
            self.session
                .run(&format!(
                    "INSERT INTO {all} SELECT fact_id, 0, {columns} FROM {history} WHERE {touched}"
                ))
                .await?;
            self.session.run(&format!("DELETE FROM {history} WHERE {touched}")).await?;
            self.session
                .run(&format!(
                    "INSERT INTO {history} (fact_id, {columns}) SELECT id, row_number() OVER (\
                     PARTITION BY id ORDER BY since, until, fresh, observation), {} FROM {all}",
                    names[1..].join(", ")
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
        let differs: Vec<String> = told(noun)
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
        let given: Vec<&FieldSlot> = told(noun).filter(|slot| met.present & slot.bit != 0).collect();
        if noun.has_key() || given.is_empty() {
            return Ok(());
        }
        let (table, stored, now) = (resolved(noun), noun.table(), self.now);
        let history = format!("{stored}_history");
        let names: Vec<&str> = measures(noun).map(|slot| slot.field.column).collect();
        let columns = format!("fact_id, observation, since, until, {}", names.join(", "));
        // Gathered once: looked up row by row, Postgres would read again and again the very rows that it puts in.
        let last = format!(
            "WITH h AS MATERIALIZED (SELECT fact_id, max(observation) AS observation, max(until) AS until \
             FROM {history} WHERE fact_id IN (SELECT id FROM {table} WHERE state = 1) GROUP BY fact_id)"
        );
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
        let since = "coalesce(h.until, t.created_at)";
        let kept = self
            .session
            .run(&format!(
                "INSERT INTO {history} ({columns}) {last} SELECT t.id, coalesce(h.observation, 0) + 1, {since}, \
                 CASE WHEN {since} > {now} THEN {since} ELSE {now} END, {} \
                 FROM {table} x CROSS JOIN {stored} t LEFT JOIN h ON h.fact_id = t.id \
                 WHERE x.id = t.id AND x.state = 1 AND ({changes})",
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
        let differs: Vec<String> = told(noun)
            .map(|slot| {
                let (column, bit) = (slot.field.column, slot.bit);
                format!("((f.present & {bit}) <> 0 AND f.{column} IS DISTINCT FROM t.{column})")
            })
            .collect();
        self.session
            .run(&format!(
                "INSERT INTO {history} ({columns}) {last} SELECT t.id, \
                 h.observation + row_number() OVER (PARTITION BY t.id ORDER BY f.place), h.until, h.until, {} \
                 FROM {} f CROSS JOIN {table} x CROSS JOIN {stored} t LEFT JOIN h ON h.fact_id = t.id \
                 WHERE x.line = f.line AND x.id = t.id AND x.state = 1 AND ({changes}) AND ({})",
                said.join(", "),
                former(noun),
                differs.join(" OR ")
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

/// The same without when it was observed: to say once more what was said before says nothing new.
pub(super) fn told(noun: &NounSheet) -> impl Iterator<Item = &FieldSlot> {
    measures(noun).filter(|slot| slot.field.column != OBSERVED_AT)
}

/// When a fact was observed, where somebody said so. Insights are observed too, and are no facts.
pub(super) fn observed_at(noun: &NounSheet) -> Option<&FieldSlot> {
    measures(noun).find(|slot| !noun.has_key() && slot.field.column == OBSERVED_AT)
}

/// The staging table of what a noun of facts said before, beside that of the noun.
pub(super) fn past_sheet(noun: &NounSheet, staged: &Sheet) -> Sheet {
    let mut columns =
        vec![("line", Type::Big), ("observation", Type::Int), ("since", Type::Big), ("until", Type::Big)];
    columns.extend(measures(noun).map(|slot| (slot.field.column, staged.columns[slot.at].1)));
    Sheet::new(&format!("in_{}_history", noun.table()), &columns)
}

/// The table of what earlier lines of this import said.
pub(super) fn former(noun: &NounSheet) -> String {
    format!("in__former_{}", noun.table())
}

/// The table of the lines that gave the past of a fact, each with the fact.
fn given(noun: &NounSheet) -> String {
    format!("ok__past_{}", noun.table())
}

fn former_sheet(noun: &NounSheet) -> Sheet {
    let staged = &LAYOUT.sheets[noun.sheet].columns;
    let mut columns = vec![("line", Type::Big), ("place", Type::Int), ("present", Type::Big)];
    columns.extend(measures(noun).map(|slot| (slot.field.column, staged[slot.at].1)));
    Sheet::new(&former(noun), &columns)
}
