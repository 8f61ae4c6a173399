//! The first records of a list or of what changed, as they would be synced: for `weft check --show` and for the cases
//! that prove connectors, without a store.

use std::time::Duration;

use super::answer::{Record, record};
use super::connector::{Entity, Operation};
use super::fetch::Ask;
use super::path::Scope;
use super::port::Purpose;
use super::source::Source;
use super::walk::{Place, Sheet, Walk};
use crate::clock::Micros;
use crate::outbound::Failure;

/// How long the things that changed may be read one by one.
const PATIENCE: Duration = Duration::from_secs(60);

impl Source {
    /// The first `most` records of an entity, page by page: of all, or of what changed since a moment. Where the
    /// entity stands within another, that one is walked.
    pub async fn preview(
        &self,
        entity: &str,
        purpose: Purpose,
        since: Option<Micros>,
        most: usize,
    ) -> Result<Vec<Record>, Failure> {
        let declared = |wanted: &str| self.entities().find(|(name, _)| *name == wanted);
        let outer = declared(entity).and_then(|(_, entity)| entity.within.as_ref());
        let walked = declared(outer.map_or(entity, |within| &within.entity.value));
        let found = walked.and_then(|(name, walked)| Some((name, walked, listing(walked, purpose)?)));
        let Some((name, walked, (purpose, operation))) = found else { return Ok(Vec::new()) };
        let mut walk = Walk::new(self, (name, purpose), operation, since, Place::default());
        let mut records = Vec::new();
        while records.len() < most
            && let Some(sheet) = walk.next().await?
        {
            match operation.ids_only {
                true => records.extend(self.changed(name, operation, &sheet, &records).await?),
                false => records.extend(self.sheet((name, walked), operation, &sheet, entity)),
            }
        }
        records.truncate(most);
        Ok(records)
    }

    /// The records of one entity on a page of the walked one.
    fn sheet(
        &self,
        (name, walked): (&str, &Entity),
        operation: &Operation,
        sheet: &Sheet,
        wanted: &str,
    ) -> Vec<Record> {
        let map = operation.map.as_ref().unwrap_or(&walked.map);
        let answer = &sheet.items.answer;
        let good = sheet.items.each().into_iter().filter(|item| !self.failed(item));
        good.flat_map(|item| match wanted == name {
            true => {
                vec![record(&map.value, Scope { item, parent: item, answer, around: &self.around })]
            }
            false => {
                let within = self.within(name, item, answer).filter(|(inner, ..)| *inner == wanted);
                within.map(|(.., record)| record).collect()
            }
        })
        .collect()
    }

    /// What the items of a page name, each once, as it is now.
    async fn changed(
        &self,
        entity: &str,
        operation: &Operation,
        sheet: &Sheet,
        known: &[Record],
    ) -> Result<Vec<Record>, Failure> {
        let mut ids: Vec<String> = Vec::new();
        for item in sheet.items.each() {
            let scope = Scope { item, parent: item, answer: &sheet.items.answer, around: &self.around };
            let named = operation.match_on.as_ref().and_then(|expression| expression.id(scope));
            let is_known = |id: &str| known.iter().any(|record| record.id.as_deref() == Some(id));
            ids.extend(named.filter(|id| !ids.contains(id) && !is_known(id)));
        }
        let mut fetched = self.fetch(entity, Purpose::GetMany, &ids, &Ask::anew(PATIENCE)).await;
        ids.iter().filter_map(|id| fetched.remove(id)).map(|found| found.map(|found| found.record)).collect()
    }
}

/// The operation that lists an entity, or what changed of it.
fn listing(entity: &Entity, purpose: Purpose) -> Option<(Purpose, &Operation)> {
    [purpose, Purpose::List].into_iter().find_map(|purpose| Some((purpose, entity.of(purpose)?)))
}
