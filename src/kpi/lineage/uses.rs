//! Usages behind the reuse of assets, in the order of their ids, each judged by all uses of its assets.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::{Line, Mark, Role, Step, Why};
use crate::catalogue::{self, Holds};
use crate::error::Error;
use crate::kpi::dimension::Counted;
use crate::kpi::question::Split;
use crate::kpi::reuse::uses;
use crate::kpi::tally::Key;
use crate::store::{Cell, Sql};

impl Step<'_> {
    /// Usages of assets.
    pub(super) async fn uses(&self, threshold: u32) -> Result<Vec<Line>, Error> {
        let mut sql = self.reader.sql();
        let usages = self.question.named(&mut sql, "Usage");
        sql.push(&format!("SELECT m.id FROM {usages} m WHERE m.start_time < "));
        sql.bind(self.question.window.to).push(" AND (m.end_time IS NULL OR m.end_time > ");
        sql.bind(self.question.window.from).push(")");
        if let Some(mark) = self.after {
            sql.push(" AND m.id > ").bind(mark.id);
        }
        self.of_chosen(&mut sql);
        sql.push(&format!(" ORDER BY m.id LIMIT {}", self.limit));
        let table = self.reader.all(sql.finish(), &[Holds::Id]).await?;
        let page: Vec<Uuid> = table
            .rows()
            .filter_map(|row| match row {
                [Cell::Id(id)] => Some(*id),
                _ => None,
            })
            .collect();
        if page.is_empty() {
            return Ok(Vec::new());
        }
        let assets = self.assets_of(&page).await?;
        let assets = uses(self.question, self.reader, (&Split::Whole, Some(&assets))).await?;
        let threshold = usize::try_from(threshold).unwrap_or(usize::MAX);
        let code = catalogue::by_name("Usage").map_or(0, |entry| entry.noun.code);
        let judge = |usage: Uuid| {
            let of = assets.values().filter(|uses| uses.iter().any(|one| one.id == usage));
            let chosen: Vec<usize> = of
                .filter(|uses| uses.iter().any(|one| one.chosen))
                .map(|uses| {
                    uses.iter().map(|one| &one.pair).collect::<BTreeSet<&(Option<Key>, Option<Key>)>>().len()
                })
                .collect();
            match chosen.iter().max() {
                None => (Role::Both, false, Some(Why::NotLive)),
                Some(pairs) if *pairs >= threshold => (Role::Both, true, None),
                Some(_) => (Role::Denominator, true, Some(Why::TooFewPairs)),
            }
        };
        Ok(page
            .into_iter()
            .map(|id| {
                let (role, included, reason) = judge(id);
                let mark = Mark { walk: self.place, under: None, at: 0, id };
                // Several usages stand for one asset, so that no single one adds to the numbers.
                Line { thing: (code, id), role, included, reason, adds: None, mark }
            })
            .collect())
    }

    /// The assets that some usages are uses of.
    async fn assets_of(&self, usages: &[Uuid]) -> Result<Vec<Uuid>, Error> {
        let mut sql = self.reader.sql();
        let (rows, usages) = (self.question.named(&mut sql, "Usage"), sql.one_of_ids(usages));
        sql.push(&format!(
            "SELECT u.asset_id FROM {rows} u WHERE u.id {usages} AND u.asset_id IS NOT NULL UNION \
             SELECT v.asset_id FROM {rows} u JOIN variant_asset v ON v.variant_id = u.variant_id WHERE u.id {usages}"
        ));
        let table = self.reader.all(sql.finish(), &[Holds::Id]).await?;
        let id = |row: &[Cell]| match row {
            [Cell::Id(id)] => Some(*id),
            _ => None,
        };
        Ok(table.rows().filter_map(id).collect())
    }

    /// Writes the condition that an asset of theirs has a use that the filter asks for. It is looked up for each usage
    /// that the walk comes to, so that a page does not read all that the filter asks for.
    fn of_chosen(&self, sql: &mut Sql) {
        if self.question.filter.is_empty() {
            sql.push(
                " AND (m.asset_id IS NOT NULL OR EXISTS (SELECT 1 FROM variant_asset v WHERE v.variant_id = m.variant_id))",
            );
            return;
        }
        let chosen = |sql: &mut Sql, of: &str| {
            let rows = self.question.uses_of(sql, &format!("= {of}"));
            sql.push(&format!("EXISTS (SELECT 1 FROM {rows} n WHERE n.start_time < "));
            sql.bind(self.question.window.to).push(" AND (n.end_time IS NULL OR n.end_time > ");
            sql.bind(self.question.window.from).push(")");
            self.question.filter.write(sql, Counted::Usage, "n");
            sql.push(")");
        };
        sql.push(" AND (");
        chosen(sql, "m.asset_id");
        sql.push(" OR EXISTS (SELECT 1 FROM variant_asset w WHERE w.variant_id = m.variant_id AND ");
        chosen(sql, "w.asset_id");
        sql.push("))");
    }
}
