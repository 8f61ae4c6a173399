//! The accepted things into the store, noun by noun: new ones are put in, known ones changed where something differs.

use sea_orm::sqlx;

use super::layout::NounSheet;
use super::met::MetNoun;
use super::resolve::resolved;
use super::sums::Sums;
use super::work::Work;

/// The columns that say when Weft learnt of a thing.
pub(super) const STAMPS: [&str; 2] = ["created_at", "updated_at"];

impl Work {
    /// Writes every noun, each after all it points to.
    pub(super) async fn write(&mut self) -> Result<(), sqlx::Error> {
        for (noun, met) in self.ordered() {
            if met.observed {
                self.resolve_past(noun).await?;
            }
            if self.twins[noun.sheet] {
                self.merge(noun).await?;
            }
            if !noun.has_key() && self.had(noun) {
                self.set_late_aside(noun, &met).await?;
            }
            let sums = self.sums_before(noun).await?;
            // A changed thing may point to a new one of its kind. Facts point to none, and what is new among them
            // may turn out to be a second observation of another line's.
            if self.had(noun) && !noun.has_key() {
                self.changed += self.change(noun, &met).await?;
            }
            self.added += self.add(noun, &met).await?;
            if let Some(sums) = sums {
                self.sums_after(noun, sums).await?;
            }
            if self.had(noun) && noun.has_key() {
                self.changed += self.change(noun, &met).await?;
            }
        }
        Ok(())
    }

    /// Takes what facts say that are about to change out of the sums.
    async fn sums_before(&mut self, noun: &NounSheet) -> Result<Option<Sums>, sqlx::Error> {
        let Some(sums) = Sums::of(noun.entry.noun.name, self.dialect) else { return Ok(None) };
        self.session.run(&sums.begin()).await?;
        if self.had(noun) {
            let known = format!("t.id IN (SELECT id FROM {} WHERE state = 1)", resolved(noun));
            self.session.run(&sums.without(&known)).await?;
        }
        Ok(Some(sums))
    }

    /// Puts into the sums what all facts of the file say now.
    async fn sums_after(&mut self, noun: &NounSheet, sums: Sums) -> Result<(), sqlx::Error> {
        let all = format!("t.id IN (SELECT id FROM {} WHERE state < 2)", resolved(noun));
        self.session.run(&sums.with(&all)).await?;
        for statement in sums.settle() {
            self.session.run(&statement).await?;
        }
        Ok(())
    }

    /// Puts the new ones in.
    async fn add(&mut self, noun: &NounSheet, met: &MetNoun) -> Result<u64, sqlx::Error> {
        let (table, stored, now) = (resolved(noun), noun.table(), self.now);
        let mut columns = vec!["id".to_owned()];
        let mut values = columns.clone();
        for (column, bit) in given(noun, met).into_iter().filter(|(column, _)| !STAMPS.contains(column)) {
            let is_list =
                noun.fields.iter().any(|slot| slot.field.column == column && slot.field.kind.is_list());
            debug_assert!(bit != 0);
            columns.push(column.to_owned());
            values.push(if is_list { format!("coalesce({column}, '[]')") } else { column.to_owned() });
        }
        columns.extend(STAMPS.map(str::to_owned));
        values.push(format!("coalesce(created_at, {now})"));
        values.push(format!("coalesce(updated_at, {now})"));
        let insert = format!(
            "INSERT INTO {stored} ({}) SELECT {} FROM {table} WHERE state = 0",
            columns.join(", "),
            values.join(", ")
        );
        // Of several new observations of one fact the first goes in first, and the others find it.
        let insert = match self.order_of(noun).as_str() {
            "line" => insert,
            order => format!("{insert} ORDER BY {order}"),
        };
        if noun.has_key() {
            return self.session.run(&insert).await;
        }
        // Two lines on one new fact are rare, and finding them beforehand costs a sort of all: the first goes in, and
        // what is left over then means a known one.
        let wanted = format!("SELECT count(*) AS n FROM {table} WHERE state = 0");
        let wanted = u64::try_from(self.session.number(&wanted).await?).unwrap_or_default();
        let target = self.dimensions(noun, "").join(", ");
        let added = self.session.run(&format!("{insert} ON CONFLICT ({target}) DO NOTHING")).await?;
        if added < wanted {
            self.match_facts(noun, "o.state = 0").await?;
            if met.observed {
                self.relate_past(noun).await?;
            }
            self.merge(noun).await?;
            self.change(noun, met).await?;
        }
        Ok(added)
    }

    /// Changes the known ones, only where something differs: the same file twice changes nothing.
    async fn change(&mut self, noun: &NounSheet, met: &MetNoun) -> Result<u64, sqlx::Error> {
        let (table, stored, now) = (resolved(noun), noun.table(), self.now);
        let (mut sets, mut differs) = (Vec::new(), Vec::new());
        let mut stamp = format!("updated_at = {now}");
        for (column, bit) in given(noun, met) {
            let present = format!("(x.present & {bit}) <> 0");
            differs.push(format!("({present} AND x.{column} IS DISTINCT FROM t.{column})"));
            let otherwise = if column == "updated_at" { now.to_string() } else { format!("t.{column}") };
            let set = format!("{column} = CASE WHEN {present} THEN x.{column} ELSE {otherwise} END");
            if column == "updated_at" { stamp = set } else { sets.push(set) }
        }
        // Joined, for beside an OR Postgres would go through a list again for every line.
        let touched = if self.touched[noun.sheet] {
            differs.push("k.id IS NOT NULL".to_owned());
            " LEFT JOIN ok__touched k ON k.id = x.id"
        } else {
            ""
        };
        if differs.is_empty() {
            return Ok(0);
        }
        sets.push(stamp);
        self.keep_former(noun, met).await?;
        self.keep_state(noun, met).await?;
        self.session
            .run(&format!(
                "UPDATE {stored} AS t SET {} FROM {table} x{touched} WHERE x.id = t.id AND x.state = 1 AND ({})",
                sets.join(", "),
                differs.join(" OR ")
            ))
            .await
    }
}

/// The columns that some line gave, each with the bit that says whether one did.
fn given<'n>(noun: &'n NounSheet, met: &MetNoun) -> Vec<(&'n str, i64)> {
    let mut columns: Vec<(&str, i64)> =
        noun.fields.iter().map(|slot| (slot.field.column, slot.bit)).collect();
    for pointer in &noun.pointers {
        columns.extend(pointer.code.map(|code| (code, pointer.bit)));
        columns.push((pointer.column, pointer.bit));
    }
    columns.retain(|(_, bit)| met.present & bit != 0);
    columns
}
