//! From what a question reads: the tables as they are. The one place that says so, for every part of every measure.

use super::question::Question;
use crate::catalogue::{self, Entry, Rollup};
use crate::store::Sql;

/// Usages with the assets that they are uses of: their own, and those that their variants carry.
const USES: &str = "(SELECT u.id, u.status, u.start_time, u.end_time, u.territory, u.channel, u.experience_id, \
                    u.delivery_id, u.updated_at, u.asset_id FROM usage u WHERE u.asset_id IS NOT NULL UNION ALL \
                    SELECT u.id, u.status, u.start_time, u.end_time, u.territory, u.channel, u.experience_id, \
                    u.delivery_id, u.updated_at, v.asset_id FROM usage u JOIN variant_asset v \
                    ON v.variant_id = u.variant_id)";

impl Question<'_> {
    /// The rows of a noun.
    pub(super) fn table(&self, _sql: &mut Sql, entry: &'static Entry) -> String {
        entry.noun.table.to_owned()
    }

    /// The rows of a noun, by its name.
    pub(super) fn named(&self, sql: &mut Sql, noun: &str) -> String {
        catalogue::by_name(noun).map_or_else(String::new, |entry| self.table(sql, entry))
    }

    /// The rows of sums.
    pub(super) fn sums(&self, _sql: &mut Sql, _noun: &str, rollup: &'static Rollup) -> String {
        rollup.table.to_owned()
    }

    /// The rows of usages, one for each asset that a usage is a use of, which stands in `asset_id`.
    pub(super) fn uses(&self, _sql: &mut Sql) -> String {
        USES.to_owned()
    }
}
