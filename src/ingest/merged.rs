//! Ids in lines that name things merged into others since: they mean what those are now.

use sea_orm::sqlx;

use super::layout::LAYOUT;
use super::work::Work;

impl Work {
    /// Puts the id of today in the place of every id that was merged away.
    pub(super) async fn merged(&mut self) -> Result<(), sqlx::Error> {
        if !self.session.any("SELECT 1 FROM merged_id").await? {
            return Ok(());
        }
        for (noun, met) in self.nouns() {
            let table = &LAYOUT.sheets[noun.sheet].table;
            if met.given {
                self.session.run(&renewed(table, "id", "AND x.given = 1")).await?;
            }
            for pointer in noun.pointers.iter().filter(|pointer| met.by_id & pointer.bit != 0) {
                self.session.run(&renewed(table, &format!("{}_i", pointer.stem), "")).await?;
            }
            if noun.lists.iter().any(|list| met.by_id & list.bit != 0) {
                let near = format!("AND x.near = {}", noun.code());
                self.session.run(&renewed("in__links", "ref", &near)).await?;
            }
        }
        Ok(())
    }
}

fn renewed(table: &str, column: &str, which: &str) -> String {
    format!("UPDATE {table} AS x SET {column} = m.now FROM merged_id m WHERE m.old = x.{column} {which}")
}
