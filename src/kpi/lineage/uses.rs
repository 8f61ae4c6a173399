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
        let assets = uses(self.question, self.reader, (&Split::Whole, Some(&page))).await?;
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

    /// Writes the condition that an asset of theirs has a use that the filter asks for.
    fn of_chosen(&self, sql: &mut Sql) {
        let chosen = |sql: &mut Sql| {
            let rows = self.question.uses(sql);
            sql.push(&format!("(SELECT n.asset_id FROM {rows} n WHERE n.start_time < "));
            sql.bind(self.question.window.to).push(" AND (n.end_time IS NULL OR n.end_time > ");
            sql.bind(self.question.window.from).push(")");
            self.question.filter.write(sql, Counted::Usage, "n");
            sql.push(")");
        };
        if self.question.filter.is_empty() {
            sql.push(
                " AND (m.asset_id IS NOT NULL OR EXISTS (SELECT 1 FROM variant_asset v WHERE v.variant_id = m.variant_id))",
            );
            return;
        }
        sql.push(" AND (m.asset_id IN ");
        chosen(sql);
        sql.push(" OR m.variant_id IN (SELECT v.variant_id FROM variant_asset v WHERE v.asset_id IN ");
        chosen(sql);
        sql.push("))");
    }
}
