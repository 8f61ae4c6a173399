//! Ids of things that were merged into others: what they are now. A chain is one step long, for a merge moves what led
//! to the thing that it takes away.

use std::collections::HashMap;

use uuid::Uuid;

use super::reader::Reader;
use super::rows::Cell;
use super::sql::Sql;
use crate::catalogue::Holds;
use crate::error::Error;

impl Reader {
    /// What these became, as far as they were merged into others.
    pub async fn merged(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, Uuid>, Error> {
        let mut sql = self.sql();
        let place = sql.hold(sql.dialect().ids(ids));
        let rows = sql.dialect().id_rows(&place);
        sql.push(&format!("SELECT m.old, m.now FROM merged_id m WHERE m.old IN {rows}"));
        let mut merged = HashMap::new();
        for row in self.all(sql.finish(), &[Holds::Id, Holds::Id]).await?.rows() {
            if let [Cell::Id(old), Cell::Id(now)] = row {
                merged.insert(*old, *now);
            }
        }
        Ok(merged)
    }
}

/// Writes an id that a client gave as the id that it is now.
pub(super) fn present(sql: &mut Sql, id: Uuid) {
    let place = sql.hold(id);
    sql.push(&format!("coalesce((SELECT m.now FROM merged_id m WHERE m.old = {place}), {place})"));
}

/// The rows of ids that a client gave, as the ids that they are now.
pub(super) fn present_rows(sql: &mut Sql, ids: &[Uuid]) {
    let place = sql.hold(sql.dialect().ids(ids));
    let rows = sql.dialect().id_rows(&place);
    sql.push(&format!(
        "(SELECT coalesce(m.now, g.id) AS id FROM {rows} g LEFT JOIN merged_id m ON m.old = g.id)"
    ));
}
