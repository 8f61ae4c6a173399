//! When events happened by their own word, which is the order in which those of one batch count.

use std::borrow::Cow;
use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DbErr};

use crate::clock::{self, Micros};
use crate::ingest::stage::Came;
use crate::store::{Sql, Store};

/// How many events are looked up by one statement.
const PART: usize = 1_000;

/// What the order needs of an event. What cannot be read is rejected later, wherever it stands.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Head<'e> {
    #[serde(borrow)]
    time: Option<Cow<'e, str>>,
    #[serde(borrow)]
    source: Cow<'e, str>,
    #[serde(borrow)]
    id: Cow<'e, str>,
}

/// A source and an id, which make an event one.
type Name = (String, String);

/// Puts events in the order of their moments: a later line wins over an earlier one, and so does a later event. Without
/// a time one happened when it came for the first time, which is now where it does not wait already.
pub(super) async fn in_order(store: &Store, events: Vec<Vec<u8>>) -> Result<Vec<Came>, DbErr> {
    let heads: Vec<(Option<Micros>, Name)> = events.iter().map(|event| head(event)).collect();
    let timeless: Vec<&Name> =
        heads.iter().filter(|(time, _)| time.is_none()).map(|(_, name)| name).collect();
    let waiting = waiting(store, &timeless).await?;
    let mut sorted: Vec<((Micros, Name), Came)> = heads
        .into_iter()
        .zip(events)
        .enumerate()
        .map(|(place, ((time, name), bytes))| {
            let at = time.is_none().then(|| waiting.get(&name).copied()).flatten();
            ((time.or(at).unwrap_or(Micros::MAX), name), Came { bytes, place, at })
        })
        .collect();
    sorted.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(sorted.into_iter().map(|(_, came)| came).collect())
}

fn head(event: &[u8]) -> (Option<Micros>, Name) {
    let Head { time, source, id } = serde_json::from_slice(event).unwrap_or_default();
    (time.and_then(|time| clock::read(&time)), (source.into_owned(), id.into_owned()))
}

/// When those of these events came that wait.
async fn waiting(store: &Store, names: &[&Name]) -> Result<HashMap<Name, Micros>, DbErr> {
    let mut waiting = HashMap::new();
    for part in names.chunks(PART) {
        let mut sql = Sql::new(store.dialect);
        let wanted: Vec<String> = part
            .iter()
            .filter(|(source, id)| !source.contains('\0') && !id.contains('\0'))
            .map(|(source, id)| format!("({}, {})", sql.hold(source.as_str()), sql.hold(id.as_str())))
            .collect();
        if wanted.is_empty() {
            continue;
        }
        sql.push(&format!(
            "WITH w (source, id) AS (VALUES {}) SELECT e.source, e.id, e.time FROM w CROSS JOIN event e \
             WHERE e.source = w.source AND e.id = w.id AND e.state = 'WAITING'",
            wanted.join(", ")
        ));
        for row in store.db.query_all_raw(sql.finish()).await? {
            waiting.insert((row.try_get_by_index(0)?, row.try_get_by_index(1)?), row.try_get_by_index(2)?);
        }
    }
    Ok(waiting)
}
