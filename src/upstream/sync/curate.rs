//! Saying which things are one and which are not: what merging and splitting share. Each is one transaction in which
//! nobody else writes; what is refused is told with the argument that it stands in.

use std::collections::{HashMap, HashSet};

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, TransactionTrait};
use uuid::Uuid;

use super::claims::Knowing;
use super::rank::Ranking;
use crate::catalogue::{Entry, Identity, Weight};
use crate::clock::Micros;
use crate::error::{ClientError, Code, Error};
use crate::ingest::{is_dated, learnt, searched};
use crate::store::{Dialect, Sql, Store, encode_id};

/// What whoever curates stands on.
#[derive(Debug, Clone, Copy)]
pub struct Curator<'a> {
    /// The store.
    pub store: &'a Store,
    /// Whose word counts where sources disagree.
    pub ranking: &'a Ranking,
    /// The moment.
    pub now: Micros,
}

/// What a split made of one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parted {
    /// The new one.
    pub away: Uuid,
    /// The one that stayed.
    pub rest: Uuid,
}

/// Refuses things that no curation can hold together or apart.
pub(super) fn by_key(noun: &Entry) -> Result<(), ClientError> {
    match noun.noun.identity {
        Identity::Key => Ok(()),
        Identity::Name(_) => Err(ClientError::input(format!(
            "A {} is known by its name alone, and what has another name is another one.",
            noun.noun.name
        ))),
        Identity::Dimensions(_) => Err(ClientError::input(format!(
            "A {} is what it was measured on, and what was measured on something else is another one.",
            noun.noun.name
        ))),
    }
}

impl Curator<'_> {
    /// Begins, when nobody else writes.
    pub(super) async fn begin(&self) -> Result<DatabaseTransaction, Error> {
        let transaction = self.store.db.begin().await?;
        // Imports take the same turn; SQLite by itself waits no longer than some seconds.
        let patience =
            (self.store.dialect == Dialect::Postgres).then(|| "SET LOCAL lock_timeout = '10s'".to_owned());
        for statement in patience.into_iter().chain([self.store.dialect.turn()]) {
            if let Err(error) = transaction.execute_unprepared(&statement).await {
                tracing::warn!(%error, "a curation did not get its turn");
                let why = "An import or a sync is writing at this moment; try again when it has ended.";
                return Err(ClientError::new(Code::StoreUnavailable, why).into());
            }
        }
        Ok(transaction)
    }
}

/// What these ids are now; refuses one that names nothing, by its argument.
pub(super) async fn existing(
    db: &impl ConnectionTrait,
    noun: &Entry,
    (argument, ids): (&str, &[Uuid]),
) -> Result<Vec<Uuid>, Error> {
    let dialect = Dialect::of(db);
    let mut sql = Sql::new(dialect);
    let rows = dialect.id_rows(&sql.hold(dialect.ids(ids)));
    let table = noun.noun.table;
    sql.push(&format!(
        "SELECT g.id, coalesce(t.id, n.id) FROM {rows} g LEFT JOIN {table} t ON t.id = g.id \
         LEFT JOIN merged_id m ON m.old = g.id LEFT JOIN {table} n ON n.id = m.now"
    ));
    let mut found: HashMap<Uuid, Option<Uuid>> = HashMap::new();
    for row in db.query_all_raw(sql.finish()).await? {
        found.insert(row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    }
    let mut now = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(Some(id)) = found.get(id) else {
            let id = encode_id(noun.noun.code, *id);
            let name = noun.noun.name;
            let why = format!("{argument}: there is no {name} with the id {id:?}.");
            return Err(ClientError::new(Code::InvalidId, why).into());
        };
        now.push(*id);
    }
    Ok(now)
}

/// How many sources know any of these things.
pub(super) fn sources_of(knowing: &Knowing, ids: &[Uuid]) -> usize {
    let names = ids.iter().filter_map(|id| knowing.get(id)).flat_map(|sources| sources.keys());
    names.collect::<HashSet<_>>().len()
}

/// Runs a statement made of our own words, with ids in the places of `{0}`, `{1}` and so on.
pub(super) async fn run(db: &impl ConnectionTrait, text: &str, ids: &[Uuid]) -> Result<u64, DbErr> {
    let mut sql = Sql::new(Dialect::of(db));
    let mut text = text.to_owned();
    for (number, id) in ids.iter().enumerate() {
        let word = format!("{{{number}}}");
        if text.contains(&word) {
            text = text.replace(&word, &sql.hold(*id));
        }
    }
    sql.push(&text);
    Ok(db.execute_raw(sql.finish()).await?.rows_affected())
}

/// Brings the search index up to date for one thing.
pub(super) async fn index(db: &impl ConnectionTrait, noun: &Entry, id: Uuid) -> Result<(), DbErr> {
    if noun.noun.fields.iter().all(|field| field.searched.is_none()) {
        return Ok(());
    }
    run(db, "DELETE FROM search_entry WHERE entity_id = {0}", &[id]).await?;
    let texts = [Weight::A, Weight::B, Weight::C].map(|weight| searched(&noun.noun, weight, Dialect::of(db)));
    let insert = format!(
        "INSERT INTO search_entry (entity_id, entity_type, a, b, c) SELECT t.id, {}, {} FROM {} t WHERE t.id = {{0}}",
        noun.noun.code,
        texts.join(", "),
        noun.noun.table
    );
    run(db, &insert, &[id]).await?;
    Ok(())
}

/// Dates the status of one thing, where such changes are dated and it is another than before.
pub(super) async fn date(
    db: &impl ConnectionTrait,
    noun: &Entry,
    (id, now): (Uuid, Micros),
) -> Result<(), DbErr> {
    if is_dated(&noun.noun) {
        let table = noun.noun.table;
        run(db, &learnt(&format!("{table} o WHERE o.id = {{0}}"), table, now), &[id]).await?;
    }
    Ok(())
}
