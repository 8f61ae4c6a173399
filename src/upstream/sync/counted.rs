//! How large things are, where a source counts that in calls of their own which are too few for a query's way: counted
//! by sync, for everything that is known, and served from the store.

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbErr};
use serde_json::Value;
use tokio::time::Instant;

use super::SyncError;
use super::records::{noun_of, record_into};
use super::run::Run;
use super::state::Counts;
use crate::catalogue::Code;
use crate::clock::written;
use crate::outbound::Failure;
use crate::store::Sql;
use crate::upstream::Ask;
use crate::upstream::connector::Entity;
use crate::upstream::port::Purpose;

/// How long one round of calls may take.
const ROUND: Duration = Duration::from_secs(60);

impl Run<'_> {
    /// Asks how large everything of an entity is, where that is never asked on a query's way. Where the source takes
    /// no more calls, what was counted stays, and the next sync goes on with what was counted longest ago.
    pub(super) async fn count_sizes(
        &mut self,
        name: &str,
        entity: &Entity,
    ) -> Result<Option<Failure>, SyncError> {
        let Some(operation) = entity.size.as_ref().filter(|operation| operation.background) else {
            return Ok(None);
        };
        let Some(noun) = noun_of(self.source, name) else { return Ok(None) };
        let at_once = usize::try_from(operation.max_ids.unwrap_or(1)).unwrap_or(1).max(1);
        let ids = self.oldest_counts(noun.noun.table, noun.noun.code).await?;
        for ids in ids.chunks(at_once) {
            let ask = Ask {
                max_age: Some(Duration::ZERO),
                stand_in: false,
                deadline: Instant::now() + ROUND,
                caller: None,
            };
            let mut fetched = self.source.fetch(name, Purpose::Size, ids, &ask).await;
            let (mut counts, mut items) = (Counts::default(), Vec::new());
            for id in ids {
                match fetched.remove(id) {
                    None => {}
                    Some(Err(failure)) => return Ok(Some(failure)),
                    Some(Ok(found)) => {
                        let mut record = found.record;
                        record.id = Some(id.clone());
                        let counted = record.fields.entry("sizeAsOf").or_insert(Value::Null);
                        if counted.is_null() {
                            *counted = Value::String(written(found.fetched_at));
                        }
                        record_into(record, noun, found.fetched_at, (&mut counts, &mut items));
                    }
                }
            }
            let taken = self.taker.take((name, noun), items).await?;
            for reason in taken.rejected {
                self.refuse(format!("{name}: {reason}"));
            }
        }
        Ok(None)
    }

    /// The keys of everything of a noun that the source has, what was counted longest ago first.
    async fn oldest_counts(&self, table: &str, code: Code) -> Result<Vec<String>, DbErr> {
        let mut sql = Sql::new(self.ground.store.dialect);
        sql.push("SELECT e.value FROM external_id e JOIN source s ON s.id = e.source_id JOIN ");
        sql.push(table).push(" t ON t.id = e.entity_id WHERE s.name = ").bind(&*self.source.name);
        sql.push(" AND e.entity_type = ").bind(code);
        sql.push(" AND e.valid_to IS NULL ORDER BY coalesce(t.size_as_of, 0), e.value");
        let rows = self.ground.store.db.query_all_raw(sql.finish()).await?;
        rows.into_iter().map(|row| row.try_get_by_index(0)).collect()
    }
}
