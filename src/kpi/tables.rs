//! From what a question reads: the tables as they are, or what was known at the moment that it names. The one place that
//! says so, for every part of every measure.

use super::past;
use super::question::Question;
use crate::catalogue::{self, Entry, Rollup};
use crate::store::Sql;

impl Question<'_> {
    /// The rows of a noun.
    pub(super) fn table(&self, sql: &mut Sql, entry: &'static Entry) -> String {
        match self.as_of {
            None => entry.noun.table.to_owned(),
            Some(as_of) => past::things(sql, entry, as_of),
        }
    }

    /// The rows of a noun, by its name.
    pub(super) fn named(&self, sql: &mut Sql, noun: &str) -> String {
        catalogue::by_name(noun).map_or_else(String::new, |entry| self.table(sql, entry))
    }

    /// The facts of a noun.
    pub(super) fn facts(&self, sql: &mut Sql, noun: &str) -> String {
        let Some(entry) = catalogue::by_name(noun) else { return String::new() };
        match self.as_of {
            None => entry.noun.table.to_owned(),
            Some(as_of) => past::facts(sql, entry, as_of),
        }
    }

    /// The rows of sums.
    pub(super) fn sums(&self, sql: &mut Sql, noun: &str, rollup: &'static Rollup) -> String {
        match self.as_of {
            None => rollup.table.to_owned(),
            Some(as_of) => past::sums(sql, noun, rollup, as_of),
        }
    }

    /// The deliveries on which several sources report.
    pub(super) fn contested(&self, sql: &mut Sql) -> String {
        self.as_of.map_or_else(|| "contested_delivery".to_owned(), |as_of| past::contested(sql, as_of))
    }

    /// The rows of usages, one for each asset that a usage is a use of, which stands in `asset_id`: its own, and those
    /// that its variant carries.
    pub(super) fn uses(&self, sql: &mut Sql) -> String {
        self.uses_of(sql, "IS NOT NULL")
    }

    /// The same of those assets alone that fit, so that they are looked up however many uses there are.
    pub(super) fn uses_of(&self, sql: &mut Sql, fit: &str) -> String {
        const COLUMNS: &str = "u.id, u.status, u.start_time, u.end_time, u.territory, u.channel, u.experience_id, \
                               u.delivery_id, u.updated_at";
        let rows = self.named(sql, "Usage");
        format!(
            "(SELECT {COLUMNS}, u.asset_id FROM {rows} u WHERE u.asset_id {fit} UNION ALL \
             SELECT {COLUMNS}, v.asset_id FROM {rows} u JOIN variant_asset v ON v.variant_id = u.variant_id \
             WHERE v.asset_id {fit})"
        )
    }
}
