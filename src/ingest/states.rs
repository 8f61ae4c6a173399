//! What things said before whose moments are measured: their times, outcomes and relations, kept when they change, so that
//! a measure can be asked as it was known then.

use sea_orm::sqlx;

use super::layout::NounSheet;
use super::met::MetNoun;
use super::resolve::resolved;
use super::work::Work;
use super::write::STAMPS;
use crate::catalogue::Kind;
use crate::store::Dialect;

/// A column that is kept, the bit that says whether a line gave it, and how it is written down.
struct Kept {
    column: &'static str,
    bit: i64,
    written: String,
}

impl Work {
    /// Keeps what the things say that are about to say something else.
    pub(super) async fn keep_state(&mut self, noun: &NounSheet, met: &MetNoun) -> Result<(), sqlx::Error> {
        if !noun.entry.noun.remembered {
            return Ok(());
        }
        let kept = kept(noun, self.dialect);
        let changes: Vec<String> = kept
            .iter()
            .filter(|kept| met.present & kept.bit != 0)
            .map(|Kept { column, bit, .. }| {
                format!("((x.present & {bit}) <> 0 AND x.{column} IS DISTINCT FROM t.{column})")
            })
            .collect();
        if changes.is_empty() {
            return Ok(());
        }
        let (table, stored, now, code) = (resolved(noun), noun.table(), self.now, noun.code());
        let said: Vec<String> =
            kept.iter().map(|Kept { column, written, .. }| format!("'{column}', {written}")).collect();
        let object = match self.dialect {
            Dialect::Postgres => "json_build_object",
            Dialect::Sqlite => "json_object",
        };
        // Where the clock was put back, what was said stood for no time rather than until before it began.
        let since = "coalesce(h.until, t.created_at)";
        self.session
            .run(&format!(
                "INSERT INTO former_state (entity_id, number, entity_type, since, until, said) \
                 WITH h AS MATERIALIZED (SELECT entity_id, max(number) AS number, max(until) AS until \
                 FROM former_state WHERE entity_id IN (SELECT id FROM {table} WHERE state = 1) GROUP BY entity_id) \
                 SELECT t.id, coalesce(h.number, 0) + 1, {code}, {since}, \
                 CASE WHEN {since} > {now} THEN {since} ELSE {now} END, CAST({object}({}) AS text) \
                 FROM {table} x CROSS JOIN {stored} t LEFT JOIN h ON h.entity_id = t.id \
                 WHERE x.id = t.id AND x.state = 1 AND ({})",
                said.join(", "),
                changes.join(" OR ")
            ))
            .await?;
        Ok(())
    }
}

/// Everything but texts, which nothing is measured by.
fn kept(noun: &NounSheet, dialect: Dialect) -> Vec<Kept> {
    let fields = noun.fields.iter().filter(|slot| {
        matches!(slot.field.kind, Kind::Time | Kind::Choice(_)) && !STAMPS.contains(&slot.field.column)
    });
    let fields = fields.map(|slot| {
        let column = slot.field.column;
        Kept { column, bit: slot.bit, written: format!("t.{column}") }
    });
    let pointers = noun.pointers.iter().flat_map(|pointer| {
        let id = Kept {
            column: pointer.column,
            bit: pointer.bit,
            written: dialect.written_id(&format!("t.{}", pointer.column)),
        };
        let code =
            pointer.code.map(|column| Kept { column, bit: pointer.bit, written: format!("t.{column}") });
        code.into_iter().chain([id])
    });
    fields.chain(pointers).collect()
}
