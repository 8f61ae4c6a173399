//! What follows from what was written: the search index, the dated statuses, the details of further identities, and
//! the removal of what rejected lines left behind.

use sea_orm::sqlx;

use super::layout::{LAYOUT, NounSheet};
use super::resolve::resolved;
use super::searched::searched;
use super::work::Work;
use crate::catalogue::{Target, Weight};

impl Work {
    /// Brings everything else up to date.
    pub(super) async fn settle(&mut self, rejected: bool) -> Result<(), sqlx::Error> {
        if self.met.identities() {
            self.describe_identities().await?;
        }
        if rejected {
            self.clean().await?;
        }
        self.add_past().await?;
        for (noun, met) in self.ordered() {
            let text = noun.fields.iter().filter(|slot| slot.field.searched.is_some());
            let touched = text.fold(0, |bits, slot| bits | slot.bit) & met.present;
            if touched != 0 {
                self.index_new(noun).await?;
                if self.had(noun) {
                    let changed = format!(
                        "SELECT id FROM {} WHERE state = 1 AND (present & {touched}) <> 0",
                        resolved(noun)
                    );
                    self.index(noun, &changed).await?;
                }
            }
        }
        if let Some(sources) = LAYOUT.nouns.iter().find(|noun| noun.table() == "source") {
            self.index(sources, "SELECT id FROM in__sources").await?;
        }
        self.date_statuses().await
    }

    /// Writes how sure each further identity is, where that is new.
    async fn describe_identities(&mut self) -> Result<(), sqlx::Error> {
        let columns = ["match_method", "confidence", "valid_from", "valid_to"];
        let sets = columns.map(|column| format!("{column} = i.{column}"));
        let differs = columns.map(|column| format!("t.{column} IS DISTINCT FROM i.{column}"));
        // The last line that names an identity decides.
        self.session
            .run(&format!(
                "UPDATE external_id AS t SET {} FROM (\
                 SELECT s.id AS source_id, y.* FROM in__identities y CROSS JOIN in__sources s WHERE s.src = y.src \
                 AND y.line NOT IN (SELECT line FROM in__rejected) \
                 AND NOT EXISTS (SELECT 1 FROM in__identities z WHERE z.line > y.line AND z.type = y.type \
                 AND z.src = y.src AND z.value = y.value)) i \
                 WHERE t.source_id = i.source_id AND t.entity_type = i.type AND t.value = i.value AND ({})",
                sets.join(", "),
                differs.join(" OR ")
            ))
            .await?;
        Ok(())
    }

    /// Takes away what only rejected lines had brought.
    async fn clean(&mut self) -> Result<(), sqlx::Error> {
        const GONE: &str = "x.line IN (SELECT line FROM in__rejected)";
        if self.met.identities() {
            let by = |which: &str| {
                format!(
                    "(source_id, entity_type, value) IN (SELECT s.id, x.type, x.value \
                     FROM in__identities x CROSS JOIN in__sources s WHERE s.src = x.src AND {which})"
                )
            };
            let (gone, kept) = (by(&format!("x.fresh = 1 AND {GONE}")), by(&format!("NOT {GONE}")));
            self.session.run(&format!("DELETE FROM external_id WHERE {gone} AND NOT {kept}")).await?;
        }
        for (noun, met) in self.nouns().filter(|(noun, _)| noun.has_key() && noun.name_column().is_none()) {
            if met.given || met.identities {
                let (staged, code) = (&LAYOUT.sheets[noun.sheet].table, noun.code());
                let by = |which: &str| {
                    format!(
                        "(source_id, value) IN (SELECT s.id, x.key FROM {staged} x CROSS JOIN in__sources s \
                         WHERE s.src = x.src AND x.key IS NOT NULL AND {which})"
                    )
                };
                let (gone, kept) = (by(&format!("x.state = 0 AND {GONE}")), by(&format!("NOT {GONE}")));
                self.session
                    .run(&format!(
                        "DELETE FROM external_id WHERE entity_type = {code} AND {gone} AND NOT {kept}"
                    ))
                    .await?;
            }
        }
        let mut unused = "NOT EXISTS (SELECT 1 FROM external_id e WHERE e.source_id = source.id)".to_owned();
        for noun in &LAYOUT.nouns {
            for pointer in &noun.pointers {
                if let Target::Noun(code) = pointer.target
                    && LAYOUT.noun(code).is_some_and(|far| far.table() == "source")
                {
                    let (table, column) = (noun.table(), pointer.column);
                    unused.push_str(&format!(
                        " AND NOT EXISTS (SELECT 1 FROM {table} p WHERE p.{column} = source.id)"
                    ));
                }
            }
        }
        let described = match LAYOUT.nouns.iter().find(|noun| noun.table() == "source") {
            Some(noun) if self.met.nouns[noun.sheet].lines > 0 => {
                format!(" AND id NOT IN (SELECT o.id FROM {} o)", resolved(noun))
            }
            _ => String::new(),
        };
        self.session
            .run(&format!(
                "DELETE FROM source WHERE id IN (SELECT id FROM in__sources WHERE fresh = 1){described} \
                 AND {unused}"
            ))
            .await?;
        Ok(())
    }

    /// Puts the new ones of a noun into the search index.
    async fn index_new(&mut self, noun: &NounSheet) -> Result<(), sqlx::Error> {
        let texts =
            [Weight::A, Weight::B, Weight::C].map(|weight| searched(&noun.entry.noun, weight, self.dialect));
        self.session
            .run(&format!(
                "INSERT INTO search_entry (entity_id, entity_type, a, b, c) SELECT t.id, {}, {} FROM {} t WHERE t.state = 0",
                noun.code(),
                texts.join(", "),
                resolved(noun)
            ))
            .await?;
        Ok(())
    }

    /// Brings the search index up to date for these ids.
    async fn index(&mut self, noun: &NounSheet, ids: &str) -> Result<(), sqlx::Error> {
        if !noun.is_searched() {
            return Ok(());
        }
        let texts =
            [Weight::A, Weight::B, Weight::C].map(|weight| searched(&noun.entry.noun, weight, self.dialect));
        let columns = ["a", "b", "c"];
        let sets = columns.map(|column| format!("{column} = excluded.{column}"));
        let differs = columns.map(|column| format!("search_entry.{column} <> excluded.{column}"));
        self.session
            .run(&format!(
                "INSERT INTO search_entry (entity_id, entity_type, a, b, c) SELECT t.id, {}, {} FROM {} t \
                 WHERE t.id IN ({ids}) ON CONFLICT (entity_id) DO UPDATE SET {} WHERE {}",
                noun.code(),
                texts.join(", "),
                noun.table(),
                sets.join(", "),
                differs.join(" OR ")
            ))
            .await?;
        Ok(())
    }
}
