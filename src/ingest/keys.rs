//! Who is who: sources, keys and further identities of the staged lines, written into the identity map before
//! anything that refers to them is looked up.

use sea_orm::sqlx;

use super::layout::{LAYOUT, NounSheet};
use super::met::MetNoun;
use super::work::Work;
use crate::store::Dialect;

/// The columns of the identity map that make a row one.
const IDENTITY: &str = "(source_id, entity_type, value)";

impl Work {
    /// Makes the sources that are named and not there yet.
    pub(super) async fn sources(&mut self) -> Result<(), sqlx::Error> {
        let now = self.now;
        self.session.run("CREATE INDEX in__sources_src ON in__sources (src)").await?;
        self.session
            .run("UPDATE in__sources SET id = s.id, fresh = 0 FROM source s WHERE s.name = in__sources.name")
            .await?;
        self.session
            .run(
                "UPDATE in__sources SET id = given WHERE fresh = 1 AND given IS NOT NULL \
                 AND NOT EXISTS (SELECT 1 FROM source s WHERE s.id = in__sources.given) \
                 AND (SELECT count(*) FROM in__sources o WHERE o.given = in__sources.given) = 1",
            )
            .await?;
        self.session
            .run(&format!(
                "INSERT INTO source (id, name, created_at, updated_at) \
                 SELECT id, name, {now}, {now} FROM in__sources WHERE fresh = 1"
            ))
            .await?;
        if let Some(noun) = LAYOUT.nouns.iter().find(|noun| noun.table() == "source") {
            self.known[noun.sheet] = true;
        }
        Ok(())
    }

    /// Writes the keys and further identities of all lines into the identity map.
    pub(super) async fn keys(&mut self) -> Result<(), sqlx::Error> {
        if self.met.identities() {
            self.session.run("CREATE INDEX in__identities_line ON in__identities (line)").await?;
            self.session.run("CREATE INDEX in__identities_value ON in__identities (value)").await?;
        }
        for (noun, met) in self.nouns() {
            if noun.name_column().is_some() {
                self.twins[noun.sheet] = true;
                let table = &LAYOUT.sheets[noun.sheet].table;
                self.session.run(&format!("CREATE INDEX {table}_key ON {table} (key)")).await?;
            } else if noun.has_key() {
                let inserted = self.keys_of(noun, &met).await?;
                self.twins[noun.sheet] = inserted < met.keyed || met.given || met.identities;
            }
            if met.identities {
                self.entities_of_identities(noun).await?;
            }
        }
        if self.met.identities() {
            self.identities().await?;
        }
        Ok(())
    }

    /// Gives each new key an entity; answers how many were new.
    async fn keys_of(&mut self, noun: &NounSheet, met: &MetNoun) -> Result<u64, sqlx::Error> {
        let (table, code) = (&LAYOUT.sheets[noun.sheet].table, noun.code());
        let insert = |which: &str| {
            format!(
                "INSERT INTO external_id (source_id, entity_type, value, entity_id, match_method) \
                 SELECT s.id, {code}, x.key, x.id, 'EXACT_KEY' \
                 FROM {table} x CROSS JOIN in__sources s \
                 WHERE s.src = x.src AND x.key IS NOT NULL {which} \
                 ON CONFLICT {IDENTITY} DO NOTHING"
            )
        };
        let further = "EXISTS (SELECT 1 FROM in__identities i WHERE i.line = x.line)";
        if (met.given || met.identities) && self.had(noun) {
            self.session
                .run(&format!(
                    "UPDATE {table} SET state = 1 FROM ({}) m WHERE m.line = {table}.line",
                    own_entities(table, noun, "")
                ))
                .await?;
        }
        let mut inserted = 0;
        if met.given {
            inserted += self.session.run(&insert("AND x.given = 1")).await?;
        }
        if !met.identities {
            return Ok(inserted + self.session.run(&insert("AND x.given = 0")).await?);
        }
        inserted += self.session.run(&insert(&format!("AND x.given = 0 AND NOT {further}"))).await?;
        self.adopt(noun).await?;
        Ok(inserted + self.session.run(&insert(&format!("AND x.given <> 1 AND {further}"))).await?)
    }

    /// Lets a line whose key is new mean what one of its further identities means already.
    async fn adopt(&mut self, noun: &NounSheet) -> Result<(), sqlx::Error> {
        let (table, code) = (&LAYOUT.sheets[noun.sheet].table, noun.code());
        let least = match self.dialect {
            Dialect::Postgres => "(array_agg(e.entity_id ORDER BY e.entity_id))[1]",
            Dialect::Sqlite => "min(e.entity_id)",
        };
        self.session
            .run(&format!(
                "UPDATE {table} SET id = m.entity_id, given = 2 FROM (\
                 SELECT i.line, {least} AS entity_id \
                 FROM in__identities i CROSS JOIN in__sources s CROSS JOIN external_id e \
                 WHERE i.type = {code} AND s.src = i.src AND e.source_id = s.id AND e.entity_type = {code} \
                 AND e.value = i.value GROUP BY i.line) m \
                 WHERE m.line = {table}.line AND {table}.given = 0 AND {table}.state = 0"
            ))
            .await?;
        Ok(())
    }

    /// Notes with each further identity which entity its line means.
    async fn entities_of_identities(&mut self, noun: &NounSheet) -> Result<(), sqlx::Error> {
        let table = &LAYOUT.sheets[noun.sheet].table;
        let further = "EXISTS (SELECT 1 FROM in__identities i WHERE i.line = x.line)";
        let entities = match noun.name_column() {
            None => format!(
                "SELECT x.line, x.id AS entity_id FROM {table} x WHERE {further} AND x.key IS NULL UNION ALL {}",
                own_entities(table, noun, &format!("AND {further}"))
            ),
            Some(column) => format!(
                "SELECT x.line, coalesce(t.id, {}) AS entity_id FROM {table} x \
                 LEFT JOIN {} t ON t.{column} = x.key WHERE {further}",
                first_of_name(table),
                noun.table()
            ),
        };
        self.session
            .run(&format!(
                "UPDATE in__identities SET id = m.entity_id FROM ({entities}) m WHERE m.line = in__identities.line"
            ))
            .await?;
        Ok(())
    }

    /// Writes the further identities that are new.
    async fn identities(&mut self) -> Result<(), sqlx::Error> {
        self.session
            .run(
                "UPDATE in__identities SET fresh = 1 WHERE NOT EXISTS (\
                 SELECT 1 FROM in__sources s CROSS JOIN external_id e WHERE s.src = in__identities.src \
                 AND e.source_id = s.id AND e.entity_type = in__identities.type \
                 AND e.value = in__identities.value)",
            )
            .await?;
        self.session
            .run(&format!(
                "INSERT INTO external_id (source_id, entity_type, value, entity_id, match_method) \
                 SELECT s.id, i.type, i.value, i.id, i.match_method \
                 FROM in__identities i CROSS JOIN in__sources s WHERE s.src = i.src AND i.fresh = 1 \
                 ON CONFLICT {IDENTITY} DO NOTHING"
            ))
            .await?;
        Ok(())
    }
}

/// The lines of a staging table whose key is in the identity map, with the entity it names.
fn own_entities(table: &str, noun: &NounSheet, which: &str) -> String {
    format!(
        "SELECT x.line, e.entity_id FROM {table} x CROSS JOIN in__sources s CROSS JOIN external_id e \
         WHERE s.src = x.src AND e.source_id = s.id AND e.entity_type = {} AND e.value = x.key {which}",
        noun.code()
    )
}

/// The id that all lines of one name share where the store does not know the name, for a row `x`.
pub(super) fn first_of_name(table: &str) -> String {
    format!("(SELECT y.id FROM {table} y WHERE y.key = x.key ORDER BY y.given DESC, y.line LIMIT 1)")
}
