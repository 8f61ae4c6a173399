//! Two observations of one fact, and two lines about one thing: found, and made one in the order of the lines.

use sea_orm::sqlx;

use super::layout::NounSheet;
use super::resolve::resolved;
use super::work::Work;
use crate::store::Dialect;

impl Work {
    /// Finds the facts that the store has already.
    pub(super) async fn same_facts(&mut self) -> Result<(), sqlx::Error> {
        for (noun, _) in self.nouns().filter(|(noun, _)| !noun.has_key()) {
            if !self.had(noun) {
                continue;
            }
            let (table, stored) = (resolved(noun), noun.table());
            let matches = self.matches(noun, "o.bad IS NULL");
            let elsewhere = "'`id` is of a fact of another day or measured on something else'";
            self.session
                .run(&format!(
                    "UPDATE {table} SET lost = 0, bad = {elsewhere} FROM {matches} m \
                     WHERE m.line = {table}.line AND {table}.given = 1 AND m.id <> {table}.id"
                ))
                .await?;
            let matched = self.match_facts(noun, "o.bad IS NULL").await?;
            self.session
                .run(&format!(
                    "UPDATE {table} SET lost = 0, bad = {elsewhere} WHERE given = 1 AND state = 0 AND bad IS NULL \
                     AND EXISTS (SELECT 1 FROM {stored} t WHERE t.id = {table}.id)"
                ))
                .await?;
            self.twins[noun.sheet] = matched > 0;
        }
        Ok(())
    }

    /// Lets lines mean the facts that the store has; answers how many do.
    pub(super) async fn match_facts(&mut self, noun: &NounSheet, which: &str) -> Result<u64, sqlx::Error> {
        let (table, matches) = (resolved(noun), self.matches(noun, which));
        let matched = self
            .session
            .run(&format!(
                "UPDATE {table} SET id = m.id, state = 1 FROM {matches} m WHERE m.line = {table}.line"
            ))
            .await?;
        if matched > 0 {
            self.relink(noun).await?;
        }
        Ok(matched)
    }

    /// The lines that mean a fact of the store, with its id; `o` is the line.
    fn matches(&self, noun: &NounSheet, which: &str) -> String {
        let same: Vec<String> = self
            .dimensions(noun, "t")
            .into_iter()
            .zip(self.dimensions(noun, "o"))
            .map(|(stored, staged)| format!("{stored} = {staged}"))
            .collect();
        format!(
            "(SELECT o.line, t.id FROM {} o CROSS JOIN {} t WHERE {which} AND {})",
            resolved(noun),
            noun.table(),
            same.join(" AND ")
        )
    }

    /// The columns that make a fact one, with something in the place of what is absent, as the store's index has them.
    pub(super) fn dimensions(&self, noun: &NounSheet, alias: &str) -> Vec<String> {
        let prefix = if alias.is_empty() { String::new() } else { format!("{alias}.") };
        let columns = noun.dimensions().iter();
        columns.map(|column| self.dialect.present_dimension(&format!("{prefix}{column}"), column)).collect()
    }

    /// Makes one line of all that mean the same thing: a later one wins field by field.
    pub(super) async fn merge(&mut self, noun: &NounSheet) -> Result<(), sqlx::Error> {
        let table = resolved(noun);
        let twins = format!("SELECT count(*) - count(DISTINCT id) AS n FROM {table}");
        if self.session.number(&twins).await? == 0 {
            return Ok(());
        }
        let ranks = format!("in__ranks_{}", noun.table());
        // Facts can come here twice: for those that the store had, and for those that are new.
        self.session.run(&format!("DROP TABLE IF EXISTS {ranks}")).await?;
        let (end, order) = (super::session::until_end(self.dialect), self.order_of(noun));
        self.session
            .run(&format!(
                "CREATE TEMPORARY TABLE {ranks}{end} AS SELECT line, \
                 first_value(line) OVER (PARTITION BY id ORDER BY {order}) AS base, \
                 row_number() OVER (PARTITION BY id ORDER BY {order}) AS place FROM {table} \
                 WHERE id IN (SELECT id FROM {table} GROUP BY id HAVING count(*) > 1)"
            ))
            .await?;
        self.session.run(&format!("CREATE INDEX {ranks}_place ON {ranks} (place)")).await?;
        if self.dialect == Dialect::Postgres {
            self.session.run(&format!("CREATE INDEX IF NOT EXISTS {table}_line ON {table} (line)")).await?;
        }
        self.measure(&[ranks.clone(), table.clone()]).await?;
        let later = |bit: i64, column: &str| {
            format!("{column} = CASE WHEN (d.present & {bit}) <> 0 THEN d.{column} ELSE {table}.{column} END")
        };
        let mut sets: Vec<String> =
            noun.fields.iter().map(|slot| later(slot.bit, slot.field.column)).collect();
        for pointer in &noun.pointers {
            sets.extend(pointer.code.map(|code| later(pointer.bit, code)));
            sets.push(later(pointer.bit, pointer.column));
        }
        let last = self.session.number(&format!("SELECT max(place) AS n FROM {ranks}")).await?;
        for place in 2..=last {
            self.note_former(noun, &ranks, place).await?;
            self.session
                .run(&format!(
                    "UPDATE {table} SET present = {table}.present | d.present, {} FROM (\
                     SELECT k.base, o.* FROM {ranks} k CROSS JOIN {table} o \
                     WHERE k.place = {place} AND o.line = k.line) d WHERE d.base = {table}.line",
                    sets.join(", ")
                ))
                .await?;
        }
        self.session
            .run(&format!("DELETE FROM {table} WHERE line IN (SELECT line FROM {ranks} WHERE place > 1)"))
            .await?;
        Ok(())
    }
}
