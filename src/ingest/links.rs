//! Relations to many into their tables of pairs. A line that gives a relation decides for every pair of its thing;
//! where both ends of a pair were given, the later line decides.

use sea_orm::sqlx;

use super::layout::{LAYOUT, NounSheet};
use super::resolve::resolved;
use super::sheet::{Sheet, Type};
use super::work::Work;
use crate::catalogue::{Held, RELATIONS, Relation};

/// The table of pairs of a relation, from its first end.
struct Table {
    name: &'static str,
    a: &'static str,
    b: &'static str,
    /// The column of a noun's code, and whose code it is.
    code: Option<(&'static str, &'static str)>,
    valid: bool,
}

impl Work {
    /// Finds the things whose pairs are about to change, so that they count as changed themselves.
    pub(super) async fn weigh_links(&mut self) -> Result<(), sqlx::Error> {
        let mut old = vec![false; LAYOUT.nouns.len()];
        for (noun, met) in self.nouns() {
            if self.had(noun) && noun.lists.iter().any(|list| met.present & list.bit != 0) {
                let known = format!("SELECT 1 FROM {} WHERE state = 1", resolved(noun));
                old[noun.sheet] = self.session.any(&known).await?;
            }
        }
        let met = self.met_ends(|noun| old[noun.sheet]);
        if !met.iter().flatten().any(|met| *met) {
            return Ok(());
        }
        self.decide().await?;
        self.session.create(&Sheet::new("ok__touched", &[("id", Type::Id)]), false).await?;
        // A thing stands there once, however many of its pairs change.
        self.session.run("CREATE UNIQUE INDEX ok__touched_id ON ok__touched (id)").await?;
        for ((place, relation), ends) in (0_i16..).zip(RELATIONS).zip(met) {
            if let Some(table) = table(relation) {
                self.touch(place, &table, ends).await?;
            }
        }
        self.measure(&["ok__touched".to_owned()]).await?;
        self.touched = old;
        Ok(())
    }

    /// Writes all pairs.
    pub(super) async fn links(&mut self) -> Result<(), sqlx::Error> {
        let met = self.met_ends(|_| true);
        if !met.iter().flatten().any(|met| *met) {
            return Ok(());
        }
        self.decide().await?;
        for ((place, relation), ends) in (0_i16..).zip(RELATIONS).zip(met) {
            if let Some(table) = table(relation)
                && (ends[0] || ends[1])
            {
                self.pairs(place, &table, ends).await?;
            }
        }
        Ok(())
    }

    /// For each relation, whether lines of these nouns give it from its other end, and from its first.
    fn met_ends(&self, which: impl Fn(&NounSheet) -> bool) -> Vec<[bool; 2]> {
        let mut met = vec![[false; 2]; RELATIONS.len()];
        for (noun, of_noun) in self.nouns().filter(|(noun, _)| which(noun)) {
            for list in noun.lists.iter().filter(|list| of_noun.present & list.bit != 0) {
                let place = usize::try_from(list.relation).unwrap_or_default();
                met[place][usize::from(list.forward)] = true;
            }
        }
        met
    }

    /// Leaves of all pairs those that stand at the end, once for as long as no line turns out to mean another thing.
    async fn decide(&mut self) -> Result<(), sqlx::Error> {
        if std::mem::replace(&mut self.decided, true) {
            return Ok(());
        }
        self.cover().await?;
        let both = self.met_ends(|_| true).iter().any(|ends| ends[0] && ends[1]);
        let repeated = self.nouns().any(|(noun, met)| {
            self.twins[noun.sheet] && noun.lists.iter().any(|list| met.present & list.bit != 0)
        });
        if repeated || both { self.supersede().await } else { Ok(()) }
    }

    /// Notes the things of whose pairs one goes, one comes, or one holds for another time.
    async fn touch(&mut self, place: i16, table: &Table, ends: [bool; 2]) -> Result<(), sqlx::Error> {
        let Table { name, a, b, valid, .. } = *table;
        for (given, stored, near, forward) in [(ends[1], a, "a_id", 1), (ends[0], b, "b_id", 0)] {
            if !given {
                continue;
            }
            let covered =
                format!("(SELECT id FROM ok__cover WHERE relation = {place} AND forward = {forward})");
            self.session
                .run("CREATE INDEX IF NOT EXISTS ok__links_pair ON ok__links (a_id, b_id, relation)")
                .await?;
            self.session
                .run(&format!(
                    "INSERT INTO ok__touched SELECT DISTINCT {stored} FROM {name} WHERE {stored} IN {covered} AND NOT EXISTS (\
                     SELECT 1 FROM ok__links l WHERE l.a_id = {name}.{a} AND l.b_id = {name}.{b} \
                     AND l.relation = {place}) ON CONFLICT DO NOTHING"
                ))
                .await?;
            let (until, same) = if valid {
                (
                    ", max(valid_from) AS valid_from, max(valid_to) AS valid_to",
                    " AND t.valid_from IS NOT DISTINCT FROM l.valid_from \
                     AND t.valid_to IS NOT DISTINCT FROM l.valid_to",
                )
            } else {
                ("", "")
            };
            self.session
                .run(&format!(
                    "INSERT INTO ok__touched SELECT DISTINCT l.{near} FROM (SELECT a_id, b_id{until} FROM ok__links \
                     WHERE relation = {place} AND {near} IN {covered} GROUP BY a_id, b_id) l \
                     WHERE NOT EXISTS (SELECT 1 FROM {name} t WHERE t.{a} = l.a_id AND t.{b} = l.b_id{same}) \
                     ON CONFLICT DO NOTHING"
                ))
                .await?;
        }
        Ok(())
    }

    /// Lets the pairs of facts be of the facts that their lines turned out to mean.
    pub(super) async fn relink(&mut self, noun: &NounSheet) -> Result<(), sqlx::Error> {
        let (table, code) = (resolved(noun), noun.code());
        if self.met.nouns[noun.sheet].present & noun.lists.iter().fold(0, |bits, list| bits | list.bit) == 0 {
            return Ok(());
        }
        for (end, forward) in [("a_id", 1), ("b_id", 0)] {
            self.session
                .run(&format!(
                    "UPDATE ok__links SET {end} = o.id FROM {table} o WHERE o.line = ok__links.line \
                     AND ok__links.code = {code} AND ok__links.forward = {forward}"
                ))
                .await?;
        }
        self.session
            .run(&format!("UPDATE ok__sets SET id = o.id FROM {table} o WHERE o.line = ok__sets.line"))
            .await?;
        self.decided = false;
        Ok(())
    }

    /// Notes for each thing and relation the last line that gave it.
    async fn cover(&mut self) -> Result<(), sqlx::Error> {
        let columns =
            [("relation", Type::Small), ("forward", Type::Small), ("id", Type::Id), ("line", Type::Big)];
        self.session.run("DROP TABLE IF EXISTS ok__cover").await?;
        self.session.create(&Sheet::new("ok__cover", &columns), false).await?;
        self.session
            .run(
                "INSERT INTO ok__cover SELECT relation, forward, id, max(line) FROM ok__sets \
                 GROUP BY relation, forward, id",
            )
            .await?;
        self.session.run("CREATE INDEX ok__cover_id ON ok__cover (id, relation, forward)").await?;
        self.measure(&["ok__cover".to_owned()]).await
    }

    /// Takes away the pairs that a later line decides otherwise.
    async fn supersede(&mut self) -> Result<(), sqlx::Error> {
        for (end, forward) in [("a_id", 1), ("b_id", 0)] {
            self.session
                .run(&format!(
                    "DELETE FROM ok__links WHERE EXISTS (SELECT 1 FROM ok__cover c WHERE c.id = ok__links.{end} \
                     AND c.relation = ok__links.relation AND c.forward = {forward} AND c.line > ok__links.line)"
                ))
                .await?;
        }
        Ok(())
    }

    async fn pairs(&mut self, place: i16, table: &Table, ends: [bool; 2]) -> Result<(), sqlx::Error> {
        let Table { name, a, b, code, valid } = *table;
        if self.session.any(&format!("SELECT 1 FROM {name}")).await? {
            self.session
                .run("CREATE INDEX IF NOT EXISTS ok__links_pair ON ok__links (a_id, b_id, relation)")
                .await?;
            for (end, column, forward) in [(ends[1], a, 1), (ends[0], b, 0)] {
                if end {
                    self.session
                        .run(&format!(
                            "DELETE FROM {name} WHERE {column} IN (SELECT id FROM ok__cover \
                             WHERE relation = {place} AND forward = {forward}) AND NOT EXISTS (\
                             SELECT 1 FROM ok__links l WHERE l.a_id = {name}.{a} AND l.b_id = {name}.{b} \
                             AND l.relation = {place})"
                        ))
                        .await?;
                }
            }
        }
        let (more, of) = match code {
            Some((column, of)) => (format!(", {column}"), format!(", {of}")),
            None => (String::new(), String::new()),
        };
        let (validity, otherwise) = if valid {
            let differs = |column: &str| format!("{name}.{column} IS DISTINCT FROM excluded.{column}");
            (
                ", valid_from, valid_to",
                format!(
                    "UPDATE SET valid_from = excluded.valid_from, valid_to = excluded.valid_to WHERE {} OR {}",
                    differs("valid_from"),
                    differs("valid_to")
                ),
            )
        } else {
            ("", "NOTHING".to_owned())
        };
        // Only where a pair can be changed must it not come twice in one statement.
        let (last, once) =
            if valid { (", max(valid_from), max(valid_to)", " GROUP BY a_id, b_id") } else { ("", "") };
        self.session
            .run(&format!(
                "INSERT INTO {name} ({a}, {b}{more}{validity}) SELECT a_id, b_id{of}{last} FROM ok__links \
                 WHERE relation = {place}{once} ON CONFLICT ({a}, {b}) DO {otherwise}"
            ))
            .await?;
        Ok(())
    }
}

fn table(relation: &Relation) -> Option<Table> {
    let valid = relation.valid;
    match relation.held {
        Held::Table(name, a, b) => Some(Table { name, a, b, code: None, valid }),
        Held::TableOfAny(name, a) => {
            Some(Table { name, a, b: "subject_id", code: Some(("subject_type", "b_type")), valid })
        }
        Held::Tags => Some(Table {
            name: "concept_tag",
            a: "subject_id",
            b: "concept_id",
            code: Some(("subject_type", "a_type")),
            valid,
        }),
        Held::Column | Held::AnyColumns | Held::Through(..) | Held::Identities => None,
    }
}
