//! Events that wait for something that is not known yet, tried again as soon as it is.

use sea_orm::{ConnectionTrait, Statement};

use super::{CHUNK, Outcome, take};
use crate::catalogue::{CATALOGUE, Identity};
use crate::clock::Clock;
use crate::ingest::ImportError;
use crate::store::Store;

/// Takes in the events that waited for what is known by now. Answers how many counted. Whoever brings things into the
/// store calls it when they are there.
pub async fn settle_waiting(store: &Store, clock: &Clock) -> Result<usize, ImportError> {
    let mut taken = 0;
    loop {
        let ready = ready(store).await?;
        if ready.is_empty() {
            return Ok(taken);
        }
        let now = take(store, clock, ready).await?.told;
        let now = now.iter().filter(|told| told.outcome == Outcome::Taken).count();
        // Those that wait for something else now are found no more; were they, nothing would be won by trying again.
        if now == 0 {
            return Ok(taken);
        }
        taken += now;
    }
}

async fn ready(store: &Store) -> Result<Vec<Vec<u8>>, sea_orm::DbErr> {
    let mut known = "EXISTS (SELECT 1 FROM external_id i JOIN source s ON s.id = i.source_id \
                     WHERE i.entity_type = e.wants_type AND i.value = e.wants_key AND s.name = e.wants_source)"
        .to_owned();
    for entry in CATALOGUE.iter() {
        if let Identity::Name(column) = entry.noun.identity {
            known.push_str(&format!(
                " OR (e.wants_type = {} AND EXISTS (SELECT 1 FROM {} n WHERE n.{column} = e.wants_key))",
                entry.noun.code, entry.noun.table
            ));
        }
    }
    let statement = format!(
        "SELECT e.body FROM event e WHERE e.state = 'WAITING' AND ({known}) ORDER BY e.time, e.source, e.id LIMIT {CHUNK}"
    );
    let rows = store.db.query_all_raw(Statement::from_string(store.dialect.backend(), statement)).await?;
    rows.iter().map(|row| row.try_get_by_index::<String>(0).map(String::into_bytes)).collect()
}
