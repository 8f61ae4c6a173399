//! What an event may still say that comes after later ones on the same thing, by whichever of its names they spoke of it.

use std::collections::{BTreeMap, HashSet};

use sea_orm::sqlx;

use super::line::{APART, said};
use crate::ingest::layout::{LAYOUT, NounSheet};
use crate::ingest::met::MetNoun;
use crate::ingest::sheet::{Sheet, Type};
use crate::ingest::work::Work;

impl Work {
    /// Of what two events say of one field the later one counts, whichever comes first: from those that come late, what
    /// later ones said is taken away. Those of one batch stand in the order of their times.
    pub(super) async fn strip_late(&mut self) -> Result<(), sqlx::Error> {
        let nouns: Vec<(&'static NounSheet, MetNoun)> =
            self.nouns().filter(|(noun, _)| noun.has_key()).collect();
        if nouns.is_empty() {
            return Ok(());
        }
        self.note_things(&nouns).await?;
        let later = "(l.time > e.time OR (l.time = e.time AND (l.source > e.source OR (l.source = e.source AND l.id > e.id))))";
        let rows = self
            .session
            .texts(&format!(
                "SELECT CAST(e.line AS text), l.body FROM in__events e CROSS JOIN in__things t CROSS JOIN event l \
                 WHERE e.outcome IS NULL AND t.line = e.line AND l.thing = t.thing AND l.state = 'TAKEN' AND {later}"
            ))
            .await?;
        let mut taken: BTreeMap<i64, HashSet<String>> = BTreeMap::new();
        for row in rows {
            let [Some(line), Some(body)] = row.as_slice() else { continue };
            let Ok(line) = line.parse() else { continue };
            taken.entry(line).or_default().extend(said(body, self.now));
        }
        for (line, names) in taken {
            for (noun, _) in &nouns {
                self.strip(noun, line, &names).await?;
            }
        }
        Ok(())
    }

    /// Notes by which texts the things are known that the events speak of: as they say it, by each name that the thing
    /// has by now, and by its ids, those among them that were merged into it. Earlier events may have spoken of it by any.
    async fn note_things(&mut self, nouns: &[(&'static NounSheet, MetNoun)]) -> Result<(), sqlx::Error> {
        let things = Sheet::new("in__things", &[("line", Type::Big), ("thing", Type::Text)]);
        self.session.create(&things, false).await?;
        for (noun, met) in nouns {
            let (table, code) = (&LAYOUT.sheets[noun.sheet].table, noun.code());
            let mut named = format!(
                "SELECT x.line, coalesce(s.name, '') AS source, x.key AS value FROM {table} x \
                 LEFT JOIN in__sources s ON s.src = x.src WHERE x.key IS NOT NULL"
            );
            if met.identities {
                named.push_str(&format!(
                    " UNION ALL SELECT i.line, s.name, i.value FROM in__identities i CROSS JOIN in__sources s \
                     WHERE i.type = {code} AND s.src = i.src"
                ));
            }
            let mut meant = format!(
                "SELECT n.line, i.entity_id AS id FROM named n CROSS JOIN source s CROSS JOIN external_id i \
                 WHERE s.name = n.source AND i.source_id = s.id AND i.entity_type = {code} AND i.value = n.value"
            );
            if met.given {
                meant.push_str(&format!(
                    " UNION SELECT x.line, coalesce(m.now, x.id) FROM {table} x LEFT JOIN merged_id m ON m.old = x.id \
                     WHERE x.given = 1"
                ));
            }
            let by_id = |id: &str| format!("'{code}{APART}' || {}", self.dialect.written_id(id));
            let statement = format!(
                "INSERT INTO in__things WITH named AS ({named}), meant AS ({meant}) \
                 SELECT line, '{code}{APART}' || source || '{APART}' || value FROM named \
                 UNION SELECT m.line, '{code}{APART}' || s.name || '{APART}' || i.value \
                 FROM meant m CROSS JOIN external_id i CROSS JOIN source s \
                 WHERE i.entity_id = m.id AND i.entity_type = {code} AND s.id = i.source_id \
                 UNION SELECT m.line, {} FROM meant m \
                 UNION SELECT m.line, {} FROM meant m CROSS JOIN merged_id o WHERE o.now = m.id",
                by_id("m.id"),
                by_id("o.old")
            );
            self.session.run(&statement).await?;
        }
        self.session.run("CREATE INDEX in__things_line ON in__things (line)").await?;
        self.measure(&[things.table]).await
    }

    async fn strip(
        &mut self,
        noun: &NounSheet,
        line: i64,
        names: &HashSet<String>,
    ) -> Result<(), sqlx::Error> {
        let has = |name: &str| names.contains(name);
        let fields = noun.fields.iter().filter(|slot| has(&slot.field.name)).map(|slot| slot.bit);
        let pointers = noun.pointers.iter().filter(|pointer| has(pointer.name)).map(|pointer| pointer.bit);
        let lists = noun.lists.iter().filter(|list| has(list.name));
        let bits =
            fields.chain(pointers).chain(lists.clone().map(|list| list.bit)).fold(0, |all, bit| all | bit);
        let table = &LAYOUT.sheets[noun.sheet].table;
        let stripped = format!("UPDATE {table} SET present = present & ~{bits} WHERE line = {line}");
        if self.session.run(&stripped).await? == 0 {
            return Ok(());
        }
        for list in lists {
            for sheet in ["in__links", "in__sets"] {
                self.session
                    .run(&format!(
                        "DELETE FROM {sheet} WHERE line = {line} AND relation = {} AND forward = {}",
                        list.relation,
                        i16::from(list.forward)
                    ))
                    .await?;
            }
        }
        Ok(())
    }
}
