//! Observations that come late: one that was made before the one that is known does not take its place and is kept with
//! what the fact said before, so that the order in which they come decides nothing.

use sea_orm::sqlx;

use super::former::{former, measures, observed_at, told};
use super::layout::{FieldSlot, NounSheet};
use super::met::MetNoun;
use super::resolve::resolved;
use super::work::Work;

impl Work {
    /// Sets the lines aside whose fact is known by a later observation; of two of one moment the greater one counts.
    pub(super) async fn set_late_aside(
        &mut self,
        noun: &NounSheet,
        met: &MetNoun,
    ) -> Result<(), sqlx::Error> {
        let Some(slot) = observed_at(noun).filter(|slot| met.present & slot.bit != 0) else { return Ok(()) };
        let (table, stored, bit) = (resolved(noun), noun.table(), slot.bit);
        let (mine, known): (Vec<String>, Vec<String>) = told(noun)
            .map(|slot| {
                (comparable(slot, &said(slot, "x")), comparable(slot, &format!("t.{}", slot.field.column)))
            })
            .unzip();
        let late = self
            .session
            .run(&format!(
                "UPDATE {table} AS x SET state = 2 FROM {stored} t WHERE t.id = x.id AND x.state = 1 \
                 AND (x.present & {bit}) <> 0 AND (x.observed_at < t.observed_at \
                 OR (x.observed_at = t.observed_at AND ({}) < ({})))",
                mine.join(", "),
                known.join(", ")
            ))
            .await?;
        if late > 0 {
            self.keep_late(noun, (&table, "x.line")).await?;
            if self.replaced[noun.sheet] {
                let earlier = format!(
                    "(SELECT f.*, o.id, o.state FROM {} f CROSS JOIN {table} o WHERE o.line = f.line)",
                    former(noun)
                );
                self.keep_late(noun, (&earlier, "x.place")).await?;
            }
        }
        Ok(())
    }

    /// Keeps what late lines say, where it is not what the fact says or said anyway. It stood for no time.
    async fn keep_late(&mut self, noun: &NounSheet, (lines, order): (&str, &str)) -> Result<(), sqlx::Error> {
        let (stored, now) = (noun.table(), self.now);
        let history = format!("{stored}_history");
        let names: Vec<&str> = measures(noun).map(|slot| slot.field.column).collect();
        let values: Vec<String> = measures(noun).map(|slot| said(slot, "x")).collect();
        let same = |alias: &str| {
            let same = told(noun).map(|slot| {
                format!("{} IS NOT DISTINCT FROM {alias}.{}", said(slot, "x"), slot.field.column)
            });
            same.collect::<Vec<_>>().join(" AND ")
        };
        let moment = format!("CASE WHEN h.until > {now} THEN h.until ELSE {now} END");
        self.session
            .run(&format!(
                "INSERT INTO {history} (fact_id, observation, since, until, {}) \
                 WITH h AS MATERIALIZED (SELECT fact_id, max(observation) AS observation, max(until) AS until \
                 FROM {history} WHERE fact_id IN (SELECT x.id FROM {lines} x WHERE x.state = 2) GROUP BY fact_id) \
                 SELECT t.id, coalesce(h.observation, 0) + row_number() OVER (PARTITION BY t.id ORDER BY {order}), \
                 {moment}, {moment}, {} FROM {lines} x CROSS JOIN {stored} t LEFT JOIN h ON h.fact_id = t.id \
                 WHERE x.id = t.id AND x.state = 2 AND NOT ({}) \
                 AND NOT EXISTS (SELECT 1 FROM {history} b WHERE b.fact_id = t.id AND {})",
                names.join(", "),
                values.join(", "),
                same("t"),
                same("b")
            ))
            .await?;
        Ok(())
    }

    /// The order in which lines on one fact count: that of their observations, where one does not say so the present,
    /// and then that of the lines.
    pub(super) fn order_of(&self, noun: &NounSheet) -> String {
        let Some(slot) = observed_at(noun) else { return "line".to_owned() };
        if self.met.nouns[noun.sheet].present & slot.bit == 0 {
            return "line".to_owned();
        }
        let greater: Vec<String> = told(noun)
            .map(|slot| {
                let value = comparable(slot, slot.field.column);
                format!("CASE WHEN observed_at IS NOT NULL THEN {value} END")
            })
            .collect();
        format!("coalesce(observed_at, {}), {}, line", self.now, greater.join(", "))
    }
}

/// What a line says of a measure, or the fact where the line says nothing.
fn said(slot: &FieldSlot, alias: &str) -> String {
    let (column, bit) = (slot.field.column, slot.bit);
    format!("CASE WHEN ({alias}.present & {bit}) <> 0 THEN {alias}.{column} ELSE t.{column} END")
}

fn comparable(slot: &FieldSlot, value: &str) -> String {
    match slot.field.column {
        "currency" => format!("coalesce({value}, '')"),
        _ => format!("coalesce({value}, -1)"),
    }
}
