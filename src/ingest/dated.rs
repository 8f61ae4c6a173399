//! Statuses whose changes are dated: their histories as lines give them, and the dating of what is learnt.

use sea_orm::sqlx;
use serde_json::value::RawValue;

use super::json::small;
use super::layout::{LAYOUT, NounSheet};
use super::line::Draft;
use super::resolve::resolved;
use super::sheet::{Sheet, Type};
use super::value::{Cell, Expected, text, time};
use super::work::Work;
use crate::catalogue::Kind;
use crate::clock::Micros;

/// The moment of a status that holds since ever.
pub(super) const EVER: i64 = i64::MIN;

/// The same, as both databases read it.
const EVER_SQL: &str = "(-9223372036854775807 - 1)";

/// Reads `statuses` into rows of their staging table; a status that was cleared is an empty text there.
pub(super) fn history(draft: &mut Draft, raw: &RawValue) {
    const SHAPE: &str = "an array of {\"status\": …, \"since\": …}";
    let items: Vec<&RawValue> = serde_json::from_str(raw.get()).unwrap_or_default();
    if items.is_empty() {
        return draft.problems.push(format!("`statuses` takes {SHAPE}, at least one"));
    }
    let mut last = None;
    for item in items {
        let row = entry(draft.noun, item).and_then(|(status, since)| match last {
            Some(before) if before >= since => Err("each `since` later than the one before".into()),
            _ => Ok((status, since)),
        });
        match row {
            Ok((status, since)) => {
                last = Some(since);
                let near = Cell::Small(draft.noun.code());
                let row = vec![Cell::Big(draft.line), near, Cell::Big(since), Cell::Text(status)];
                draft.rows.push((LAYOUT.statuses(), row));
            }
            Err(expected) => {
                return draft.problems.push(format!("`statuses` takes {SHAPE}, in it {expected}"));
            }
        }
    }
}

fn entry(noun: &NounSheet, raw: &RawValue) -> Result<(String, i64), Expected> {
    let (mut status, mut since) = (None, None);
    for (member, raw) in small(raw.get()).map_err(Expected::from)?.0 {
        match (member.as_ref(), raw.get()) {
            ("status", "null") => status = Some(String::new()),
            ("status", _) => status = Some(word(noun, raw)?),
            ("since", "null") => since = Some(EVER),
            ("since", _) => since = Some(time(raw)?),
            _ => return Err("nothing but `status` and `since`".into()),
        }
    }
    status.zip(since).ok_or_else(|| "both a `status` and a `since`".into())
}

fn word(noun: &NounSheet, raw: &RawValue) -> Result<String, Expected> {
    let word = text(raw)?;
    match noun.dated().map(|slot| slot.field.kind) {
        Some(Kind::Choice(choice)) if !choice.has(&word) => {
            Err(format!("a `status` of {}", choice.listed()).into())
        }
        _ => Ok(word),
    }
}

/// Makes `status` what the history ends with, and says so where the line gives another.
pub(super) fn agree(draft: &mut Draft) {
    let last = draft.rows.iter().rev().find(|(sheet, _)| *sheet == LAYOUT.statuses());
    let Some(Cell::Text(last)) = last.and_then(|(_, row)| row.get(3)) else { return };
    let Some(slot) = draft.noun.dated() else { return };
    let last = if last.is_empty() { Cell::Null } else { Cell::Text(last.clone()) };
    if draft.present & slot.bit == 0 {
        draft.present |= slot.bit;
        draft.cells[slot.at] = last;
    } else if draft.cells[slot.at] != last {
        draft.problems.push("`statuses` ends with another status than `status`".to_owned());
    }
}

/// The statement that dates the statuses of some things `o` as they stand in a table, where they are others than were
/// dated last. A status that was cleared is dated too, as an empty one. What is learnt later counts later, also where
/// the clock was put back meanwhile.
pub fn learnt(things: &str, table: &str, now: Micros) -> String {
    format!(
        "INSERT INTO status_change (entity_id, since, status) \
         SELECT t.id, CASE WHEN c.last IS NULL THEN {EVER_SQL} WHEN c.since > {now} THEN c.since + 1 \
         ELSE {now} END, coalesce(t.status, '') FROM (\
         SELECT o.id, (SELECT c.status FROM status_change c WHERE c.entity_id = o.id \
         ORDER BY c.since DESC LIMIT 1) AS last, \
         (SELECT max(c.since) FROM status_change c WHERE c.entity_id = o.id) AS since FROM {things}\
         ) c CROSS JOIN {table} t WHERE t.id = c.id \
         AND coalesce(t.status, '') <> coalesce(c.last, '') \
         ON CONFLICT (entity_id, since) DO UPDATE SET status = excluded.status"
    )
}

impl Work {
    /// Finds the entities whose histories were given, before lines about one thing become one.
    pub(super) async fn resolve_statuses(&mut self) -> Result<(), sqlx::Error> {
        if !self.met.dated() {
            return Ok(());
        }
        let columns = [("line", Type::Big), ("id", Type::Id), ("since", Type::Big), ("status", Type::Text)];
        self.session.create(&Sheet::new("ok__statuses", &columns), false).await?;
        for (noun, _) in self.nouns().filter(|(_, met)| met.dated) {
            self.session
                .run(&format!(
                    "INSERT INTO ok__statuses SELECT h.line, o.id, h.since, h.status \
                     FROM in__statuses h CROSS JOIN {} o WHERE h.near = {} AND o.line = h.line",
                    resolved(noun),
                    noun.code()
                ))
                .await?;
        }
        Ok(())
    }

    /// Brings the dated statuses up to date.
    pub(super) async fn date_statuses(&mut self) -> Result<(), sqlx::Error> {
        if self.met.dated() {
            self.replace_histories().await?;
        }
        for (noun, met) in self.nouns() {
            if let Some(slot) = noun.dated().filter(|slot| met.present & slot.bit != 0) {
                self.date(noun, slot.bit, met.dated).await?;
            }
        }
        Ok(())
    }

    /// Puts a history that was given in the place of what is stored; the last line that gives one decides.
    async fn replace_histories(&mut self) -> Result<(), sqlx::Error> {
        self.session.run("CREATE INDEX ok__statuses_id ON ok__statuses (id, line)").await?;
        self.measure(&["ok__statuses".to_owned()]).await?;
        self.session
            .run("DELETE FROM status_change WHERE entity_id IN (SELECT id FROM ok__statuses)")
            .await?;
        self.session
            .run(
                "INSERT INTO status_change (entity_id, since, status) SELECT h.id, h.since, h.status \
                 FROM ok__statuses h WHERE NOT EXISTS (\
                 SELECT 1 FROM ok__statuses l WHERE l.id = h.id AND l.line > h.line)",
            )
            .await?;
        Ok(())
    }

    /// Dates the statuses: the first that is known holds since ever, a later one since it was learnt.
    async fn date(&mut self, noun: &NounSheet, bit: i64, given: bool) -> Result<(), sqlx::Error> {
        let (table, stored, now) = (resolved(noun), noun.table(), self.now);
        let (told, untold) = if given {
            (" OR o.id IN (SELECT id FROM ok__statuses)", " AND id NOT IN (SELECT id FROM ok__statuses)")
        } else {
            ("", "")
        };
        self.session
            .run(&format!(
                "INSERT INTO status_change (entity_id, since, status) \
                 SELECT id, {EVER_SQL}, status FROM {table} WHERE state = 0 AND status IS NOT NULL{untold}"
            ))
            .await?;
        if !self.had(noun) && !given {
            return Ok(());
        }
        let changed = format!("{table} o WHERE (o.state = 1{told}) AND (o.present & {bit}) <> 0");
        self.session.run(&learnt(&changed, stored, now)).await?;
        Ok(())
    }
}
