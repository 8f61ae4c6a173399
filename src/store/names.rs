//! What sources call things: from their keys to the things, and from the things to their keys.

use std::collections::HashMap;

use uuid::Uuid;

use super::reader::{Reader, moment};
use super::rows::Cell;
use super::table::{FLOAT, TEXT, TIME};
use crate::catalogue::{Entry, Holds};
use crate::clock::Micros;
use crate::error::Error;

/// A name that a source uses for an entity.
#[derive(Debug, Clone)]
pub struct ExternalId {
    /// The source's name.
    pub source: String,
    /// The key there.
    pub value: String,
    /// How they were matched.
    pub match_method: String,
    /// From 0 to 1; absent where the match is exact.
    pub confidence: Option<f64>,
    /// From when it holds.
    pub valid_from: Option<i64>,
    /// Until when it holds.
    pub valid_to: Option<i64>,
}

impl Reader {
    /// The ids that sources' keys name: for each pair of a source's name and a key that is known.
    pub async fn by_keys(
        &self,
        entry: &Entry,
        keys: &[(String, String)],
    ) -> Result<HashMap<(String, String), Uuid>, Error> {
        let mut sql = self.sql();
        sql.push("SELECT s.name, x.value, x.entity_id FROM external_id x JOIN source s ON s.id = x.source_id WHERE x.entity_type = ");
        sql.bind(entry.noun.code).push(" AND (");
        for (place, (source, value)) in keys.iter().enumerate() {
            sql.push(if place > 0 { " OR " } else { "" });
            sql.push("(s.name = ")
                .bind(source.as_str())
                .push(" AND x.value = ")
                .bind(value.as_str())
                .push(")");
        }
        sql.push(")");
        let mut found = HashMap::new();
        for row in self.all(sql.finish(), &[TEXT, TEXT, Holds::Id]).await?.rows() {
            if let [Cell::Text(source), Cell::Text(value), Cell::Id(id)] = row {
                found.insert((source.clone(), value.clone()), *id);
            }
        }
        Ok(found)
    }

    /// What some sources call these entities, each named once, at a moment: source and key, the first of each source's
    /// keys first, and behind them those that came by a merge, whose words do not count in sync either. SQLite joins in
    /// the order written, and would else walk all keys of a source while it has not analysed its tables.
    pub async fn keys(
        &self,
        ids: &[Uuid],
        sources: &[String],
        at: Micros,
    ) -> Result<HashMap<Uuid, Vec<(String, String)>>, Error> {
        let mut sql = self.sql();
        let place = sql.hold(sql.dialect().ids(ids));
        let rows = sql.dialect().id_rows(&place);
        let place = sql.hold(sql.dialect().texts(sources));
        let names = sql.dialect().text_rows(&place);
        sql.push(&format!(
            "SELECT x.entity_id, s.name, x.value FROM {rows} p CROSS JOIN external_id x CROSS JOIN source s \
             WHERE x.entity_id = p.id AND s.id = x.source_id AND s.name IN {names} \
             AND (x.valid_from IS NULL OR x.valid_from <= "
        ));
        sql.bind(at).push(") AND (x.valid_to IS NULL OR x.valid_to > ").bind(at);
        sql.push(") ORDER BY s.name, CASE WHEN x.match_method = 'CURATED' THEN 1 ELSE 0 END, x.value");
        let mut found: HashMap<Uuid, Vec<(String, String)>> = HashMap::new();
        for row in self.all(sql.finish(), &[Holds::Id, TEXT, TEXT]).await?.rows() {
            if let [Cell::Id(id), Cell::Text(source), Cell::Text(value)] = row {
                found.entry(*id).or_default().push((source.clone(), value.clone()));
            }
        }
        Ok(found)
    }

    /// What sources call these entities.
    pub async fn external_ids(&self, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<ExternalId>>, Error> {
        let mut sql = self.sql();
        let place = sql.hold(sql.dialect().ids(ids));
        let rows = sql.dialect().id_rows(&place);
        sql.push(&format!(
            "SELECT x.entity_id, s.name, x.value, x.match_method, x.confidence, x.valid_from, x.valid_to \
             FROM external_id x JOIN source s ON s.id = x.source_id WHERE x.entity_id IN {rows} \
             ORDER BY s.name, x.value"
        ));
        let mut found: HashMap<Uuid, Vec<ExternalId>> = HashMap::new();
        let holds = [Holds::Id, TEXT, TEXT, TEXT, FLOAT, TIME, TIME];
        for row in self.all(sql.finish(), &holds).await?.rows() {
            let [
                Cell::Id(id),
                Cell::Text(source),
                Cell::Text(value),
                Cell::Text(method),
                confidence,
                from,
                to,
            ] = row
            else {
                continue;
            };
            found.entry(*id).or_default().push(ExternalId {
                source: source.clone(),
                value: value.clone(),
                match_method: method.clone(),
                confidence: match confidence {
                    Cell::Float(confidence) => Some(*confidence),
                    _ => None,
                },
                valid_from: moment(Some(from)),
                valid_to: moment(Some(to)),
            });
        }
        Ok(found)
    }
}
