//! Some things of a source, read again by their ids and taken in: what a webhook asks for.

use std::collections::BTreeMap;
use std::time::Duration;

use super::records::{noun_of, record_into};
use super::state::Counts;
use super::take::{Item, Taker};
use super::{Ground, SyncError};
use crate::outbound::Failure;
use crate::upstream::port::Purpose;
use crate::upstream::{Ask, Source};

/// Reads things of an entity again and takes them in; one that the source does not know is gone.
pub(in crate::upstream) async fn refresh(
    ground: &Ground,
    source: &Source,
    entity: &str,
    ids: &[String],
    within: Duration,
) -> Result<Result<(), Failure>, SyncError> {
    let Some(noun) = noun_of(source, entity) else { return Ok(Ok(())) };
    let taker = Taker::new(ground, source);
    let fetched = source.fetch(entity, Purpose::GetMany, ids, &Ask::anew(within)).await;
    let mut groups: BTreeMap<String, Vec<Item>> = BTreeMap::new();
    let (mut gone, mut counts) = (Vec::new(), BTreeMap::<String, Counts>::new());
    for id in ids {
        match fetched.get(id) {
            None => gone.push(id.clone()),
            Some(Err(failure)) => return Ok(Err(failure.clone())),
            Some(Ok(found)) => {
                let mut take = |name: &str, record: &crate::upstream::Record| {
                    let noun = noun_of(source, name)?;
                    let counts = counts.entry(name.to_owned()).or_default();
                    let items = groups.entry(name.to_owned()).or_default();
                    record_into(record.clone(), noun, found.fetched_at, (counts, items))
                };
                if take(entity, &found.record).is_some() {
                    gone.push(id.clone());
                }
                for (name, record) in &found.within {
                    take(name, record);
                }
            }
        }
    }
    let now = ground.clock.now();
    for (name, noun, items) in taker.ordered(groups) {
        let taken = taker.take((&name, noun), items).await?;
        for reason in taken.rejected {
            tracing::warn!(source = &*source.name, entity = name, reason, "a record did not go in");
        }
    }
    taker.named(noun, &gone, now).await?;
    Ok(Ok(()))
}
