//! Making one thing of several: their names, what sources said of them, and everything that leads to them goes to one.
//! What it lacks it takes over; what it has stays.

use std::collections::{BTreeMap, HashSet};

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};
use uuid::Uuid;

use super::claims::{self, Said, Written, is_nothing};
use super::curate::{Curator, by_key, date, existing, index, run, sources_of};
use super::moved;
use super::stored::stored;
use crate::catalogue::{self, Entry, Identity, Target, Way};
use crate::error::{ClientError, Error};
use crate::store::{Dialect, Sql, encode_id};

impl Curator<'_> {
    /// Makes `into` of itself and all of `from`; answers what it is now.
    pub async fn merge(&self, noun: &'static Entry, into: Uuid, from: &[Uuid]) -> Result<Uuid, Error> {
        by_key(noun)?;
        if from.is_empty() {
            return Err(ClientError::input("from: name at least one thing to merge.").into());
        }
        let transaction = self.begin().await?;
        let all = existing(&transaction, noun, ("into", &[into])).await?;
        let all = [all, existing(&transaction, noun, ("from", from)).await?].concat();
        let mut met = HashSet::new();
        if let Some(twice) = all.iter().find(|id| !met.insert(**id)) {
            let id = encode_id(noun.noun.code, *twice);
            return Err(ClientError::input(format!(
                "from: {id:?} is named twice, by an id of today or by one from before a merge; name each thing once."
            ))
            .into());
        }
        let Some((into, from)) = all.split_first() else { return Ok(into) };
        self.unite_claims(&transaction, noun, &all).await?;
        for old in from {
            distinct(&transaction, noun, (*into, *old)).await?;
            self.take_over(&transaction, noun, (*into, *old)).await?;
        }
        date(&transaction, noun, (*into, self.now)).await?;
        index(&transaction, noun, *into).await?;
        transaction.commit().await?;
        Ok(*into)
    }

    /// Puts together what sources said of all of them. Of what one source alone knew, the store is its word.
    async fn unite_claims(
        &self,
        db: &DatabaseTransaction,
        noun: &'static Entry,
        all: &[Uuid],
    ) -> Result<(), DbErr> {
        let knowing = claims::knowing(db, all).await?;
        let mut claimed = claims::load(db, all).await?;
        let silent: Vec<Uuid> = all.iter().filter(|id| !claimed.contains_key(id)).copied().collect();
        for (id, (fields, at)) in stored(db, noun, &silent).await? {
            let sources = knowing.get(&id).into_iter().flatten();
            let best = sources.min_by_key(|(name, active)| (!**active, self.ranking.rank("", "", name)));
            let Some((source, _)) = best else { continue };
            for (field, value) in fields.into_iter().filter(|(_, value)| !is_nothing(value)) {
                let of_field = claimed.entry(id).or_default().entry(field).or_default();
                of_field.insert(source.clone(), Said { value, at });
            }
        }
        for id in all {
            run(db, "DELETE FROM field_claim WHERE entity_id = {0}", &[*id]).await?;
        }
        let Some(into) = all.first().filter(|_| sources_of(&knowing, all) > 1) else { return Ok(()) };
        // Where one source speaks of several of them, what it says of the first counts.
        let mut united: BTreeMap<(String, String), Said> = BTreeMap::new();
        for (field, said) in all.iter().filter_map(|id| claimed.remove(id)).flatten() {
            for (source, said) in said {
                united.entry((field.clone(), source)).or_insert(said);
            }
        }
        let written: Vec<Written> = united
            .into_iter()
            .map(|((field, source), said)| Written { entity: *into, field, source, said: Some(said) })
            .collect();
        claims::put(db, noun.noun.code, &written).await
    }

    /// Lets `into` be all that `old` was, and takes `old` away.
    async fn take_over(
        &self,
        db: &DatabaseTransaction,
        noun: &'static Entry,
        (into, old): (Uuid, Uuid),
    ) -> Result<(), DbErr> {
        let (table, code, ids) = (noun.noun.table, noun.noun.code, [into, old]);
        let fill = format!(
            "UPDATE {table} AS t SET {}, updated_at = {} FROM {table} f WHERE t.id = {{0}} AND f.id = {{1}}",
            moved::filled(noun),
            self.now
        );
        run(db, &fill, &ids).await?;
        for edge in &noun.edges {
            moved::edge(db, (noun, edge), (into, old)).await?;
        }
        let dated = "SELECT 1 FROM status_change WHERE entity_id = ";
        let mut sql = Sql::new(Dialect::of(db));
        sql.push(dated).bind(into).push(" LIMIT 1");
        let follows = match db.query_one_raw(sql.finish()).await? {
            None => "UPDATE status_change SET entity_id = {0} WHERE entity_id = {1}",
            Some(_) => "DELETE FROM status_change WHERE entity_id = {1}",
        };
        run(db, follows, &ids).await?;
        let named = "UPDATE external_id SET entity_id = {0}, match_method = 'CURATED', confidence = 1 WHERE entity_id = {1}";
        run(db, named, &ids).await?;
        run(db, "DELETE FROM search_entry WHERE entity_id = {1}", &ids).await?;
        run(db, "UPDATE merged_id SET now = {0} WHERE now = {1}", &ids).await?;
        run(db, "DELETE FROM merged_id WHERE old = {1}", &ids).await?;
        let remember = format!(
            "INSERT INTO merged_id (old, entity_type, now, merged_at) VALUES ({{1}}, {code}, {{0}}, {})",
            self.now
        );
        run(db, &remember, &ids).await?;
        self.rename_in_claims(db, (encode_id(code, into), encode_id(code, old))).await?;
        run(db, &format!("DELETE FROM {table} WHERE id = {{1}}"), &ids).await?;
        Ok(())
    }

    /// What sources said of other things may name this one by its id.
    async fn rename_in_claims(
        &self,
        db: &DatabaseTransaction,
        (into, old): (String, String),
    ) -> Result<(), DbErr> {
        let dialect = Dialect::of(db);
        let mut sql = Sql::new(dialect);
        let cast = if dialect == Dialect::Postgres { "::text" } else { "" };
        let (into, old) = (sql.hold(into), sql.hold(old));
        let position = dialect.position();
        sql.push(&format!(
            "UPDATE field_claim SET value = replace(value, {old}{cast}, {into}{cast}) WHERE {position}(value, {old}{cast}) > 0"
        ));
        db.execute_raw(sql.finish()).await?;
        Ok(())
    }
}

/// Refuses things of which one source measured both: it tells them apart, and neither measure can be thrown away.
async fn distinct(
    db: &DatabaseTransaction,
    noun: &'static Entry,
    (into, old): (Uuid, Uuid),
) -> Result<(), Error> {
    for edge in &noun.edges {
        let (Way::Theirs(column), Target::Noun(code)) = (&edge.way, edge.target) else { continue };
        let Some(far) = catalogue::by_code(code) else { continue };
        let Identity::Dimensions(dimensions) = far.noun.identity else { continue };
        if !dimensions.contains(&column.as_str()) {
            continue;
        }
        let same = dimensions.iter().filter(|dimension| *dimension != column);
        let same: Vec<String> =
            same.map(|dimension| format!("b.{dimension} IS NOT DISTINCT FROM a.{dimension}")).collect();
        let mut sql = Sql::new(Dialect::of(db));
        let table = far.noun.table;
        sql.push(&format!("SELECT 1 FROM {table} a JOIN {table} b ON {} ", same.join(" AND ")));
        sql.push(&format!("WHERE a.{column} = ")).bind(into);
        sql.push(&format!(" AND b.{column} = ")).bind(old).push(" LIMIT 1");
        if db.query_one_raw(sql.finish()).await?.is_some() {
            return Err(ClientError::input(format!(
                "from: {:?} and {:?} have {} of the same source that agree in all else they were measured on; one \
                 source that measures both tells them apart.",
                encode_id(noun.noun.code, old),
                encode_id(noun.noun.code, into),
                edge.field
            ))
            .into());
        }
    }
    Ok(())
}
