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

impl Sql {
    /// Takes ids that a client gave and answers the end of the comparison with what they are now. It may be used more
    /// than once. The id that stands for none is no id.
    pub fn one_of_ids(&mut self, ids: &[Uuid]) -> String {
        let ids: Vec<Uuid> = ids.iter().copied().filter(|id| !id.is_nil()).collect();
        if let [id] = ids.as_slice() {
            let place = self.hold(*id);
            return format!("= coalesce((SELECT m.now FROM merged_id m WHERE m.old = {place}), {place})");
        }
        let place = self.hold(self.dialect().ids(&ids));
        let rows = self.dialect().id_rows(&place);
        format!("IN (SELECT coalesce(m.now, g.id) FROM {rows} g LEFT JOIN merged_id m ON m.old = g.id)")
    }

    /// The same for texts.
    pub fn one_of_texts(&mut self, texts: &[String]) -> String {
        if let [text] = texts {
            return format!("= {}", self.hold(text.as_str()));
        }
        let place = self.hold(self.dialect().texts(texts));
        format!("IN {}", self.dialect().text_rows(&place))
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
