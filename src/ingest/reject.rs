//! Lines that cannot stand: what they name is unknown, or a new thing lacks what it needs. One that goes takes those
//! with it that name it, until nothing more goes.

use sea_orm::sqlx;

use super::layout::{LAYOUT, NounSheet};
use super::resolve::resolved;
use super::sheet::{Sheet, Type};
use super::work::Work;
use crate::catalogue::Target;

impl Work {
    /// Rejects until all that is left can go in.
    pub(super) async fn reject(&mut self) -> Result<(), sqlx::Error> {
        self.session
            .create(&Sheet::new("in__dead", &[("id", Type::Id), ("code", Type::Small)]), false)
            .await?;
        let mut found = 0;
        for (noun, _) in self.nouns() {
            found += self.reject_where(noun, ("o.bad", "o.lost"), "o.bad IS NOT NULL", 0).await?;
        }
        found += self.reject_links("l.bad", "l.bad IS NOT NULL", None, 0).await?;
        let mut round = 0;
        loop {
            found += self.lacking(round).await?;
            // What is said of a thing in the end, only the lines say that stay.
            if found == 0 {
                found += self.needy(round).await?;
                found += self.unbound(round).await?;
                found += self.form_operands(round).await?;
            }
            if found == 0 {
                found += self.operand_keys(round).await?;
            }
            if found == 0 {
                return Ok(());
            }
            self.bury(round).await?;
            round += 1;
            found = self.orphans(round).await?;
        }
    }

    /// Rejects lines of a noun; `o` is the line as it was resolved, `x` as it was staged. Beside the reason stands whether
    /// the line could go in as soon as something more is known.
    pub(super) async fn reject_where(
        &mut self,
        noun: &NounSheet,
        (reason, waits): (&str, &str),
        which: &str,
        round: i64,
    ) -> Result<u64, sqlx::Error> {
        let (name, code) = (noun.entry.noun.name, noun.code());
        self.session
            .run(&format!(
                "INSERT INTO in__rejected (line, type, key, reason, round, code, id, state, src, waits) \
                 SELECT o.line, '{name}', x.key, {reason}, {round}, {code}, o.id, o.state, x.src, {waits} \
                 FROM {} o CROSS JOIN {} x WHERE x.line = o.line AND {which}",
                resolved(noun),
                LAYOUT.sheets[noun.sheet].table
            ))
            .await
    }

    /// Rejects lines for what stands in their relations to many; `l` is the pair.
    async fn reject_links(
        &mut self,
        reason: &str,
        which: &str,
        only: Option<&NounSheet>,
        round: i64,
    ) -> Result<u64, sqlx::Error> {
        if !self.session.any(&format!("SELECT 1 FROM ok__links l WHERE {which}")).await? {
            return Ok(0);
        }
        let mut found = 0;
        for (noun, _) in self.nouns() {
            if only.is_some_and(|only| only.sheet != noun.sheet) {
                continue;
            }
            let (name, code) = (noun.entry.noun.name, noun.code());
            found += self
                .session
                .run(&format!(
                    "INSERT INTO in__rejected (line, type, key, reason, round, code, id, state, src, waits) \
                     SELECT DISTINCT o.line, '{name}', x.key, {reason}, {round}, {code}, o.id, o.state, x.src, 1 \
                     FROM ok__links l CROSS JOIN {} o CROSS JOIN {} x \
                     WHERE l.code = {code} AND o.line = l.line AND x.line = l.line AND {which}",
                    resolved(noun),
                    LAYOUT.sheets[noun.sheet].table
                ))
                .await?;
        }
        Ok(found)
    }

    /// Rejects the lines of new things that lack, all their lines together, what such a thing cannot be without.
    async fn lacking(&mut self, round: i64) -> Result<u64, sqlx::Error> {
        let mut found = 0;
        for (noun, _) in self.nouns() {
            let stamps = ["created_at", "updated_at"];
            for slot in &noun.fields {
                let field = slot.field;
                if !field.required || field.kind.is_list() || stamps.contains(&field.column) {
                    continue;
                }
                let table = resolved(noun);
                let absent = format!("(present & {}) = 0", slot.bit);
                let which = if self.twins[noun.sheet] {
                    format!(
                        "o.state = 0 AND o.id IN (SELECT id FROM {table} WHERE state = 0 GROUP BY id \
                         HAVING max(CASE WHEN {absent} THEN 0 ELSE 1 END) = 0)"
                    )
                } else {
                    format!("o.state = 0 AND (o.present & {}) = 0", slot.bit)
                };
                let left = "o.line NOT IN (SELECT line FROM in__rejected)";
                let reason = format!("'a new {} needs `{}`'", noun.entry.noun.name, field.name);
                let which = format!("{which} AND {left}");
                found += self.reject_where(noun, (&reason, "1"), &which, round).await?;
            }
        }
        Ok(found)
    }

    /// Takes the lines of this round away, and notes what is gone with them.
    async fn bury(&mut self, round: i64) -> Result<(), sqlx::Error> {
        let gone = format!("line IN (SELECT line FROM in__rejected WHERE round = {round})");
        self.session.run("DELETE FROM in__dead").await?;
        for (noun, _) in self.nouns() {
            let (table, code) = (resolved(noun), noun.code());
            if self.session.run(&format!("DELETE FROM {table} WHERE {gone}")).await? == 0 {
                continue;
            }
            self.session
                .run(&format!(
                    "INSERT INTO in__dead (id, code) SELECT DISTINCT r.id, r.code FROM in__rejected r \
                     WHERE r.round = {round} AND r.state = 0 AND r.code = {code} \
                     AND r.id NOT IN (SELECT o.id FROM {table} o)"
                ))
                .await?;
        }
        self.session.run(&format!("DELETE FROM ok__links WHERE {gone}")).await?;
        self.session.run(&format!("DELETE FROM ok__sets WHERE {gone}")).await?;
        if self.met.dated() {
            self.session.run(&format!("DELETE FROM ok__statuses WHERE {gone}")).await?;
        }
        self.session.run("DELETE FROM external_id WHERE entity_id IN (SELECT id FROM in__dead)").await?;
        Ok(())
    }

    /// Rejects the lines that name what is gone.
    async fn orphans(&mut self, round: i64) -> Result<u64, sqlx::Error> {
        let mut found = 0;
        for code in self
            .session
            .texts("SELECT DISTINCT CAST(code AS text) FROM in__dead")
            .await?
            .into_iter()
            .flatten()
        {
            let Some(code) = code.and_then(|code| code.parse().ok()) else { continue };
            let Some(dead) = LAYOUT.noun(code) else { continue };
            let ids = format!("(SELECT id FROM in__dead WHERE code = {code})");
            let label = dead.entry.noun.name;
            for (noun, met) in self.nouns() {
                let may = |target: Target| target == Target::Any || target == Target::Noun(code);
                for pointer in noun.pointers.iter().filter(|pointer| met.present & pointer.bit != 0) {
                    if may(pointer.target) {
                        let key = format!("coalesce(substr(x.{}_k, 1, 60), 'given by its id')", pointer.stem);
                        let reason = format!(
                            "'`{}` names the {label} ' || {key} || ', whose own line was rejected'",
                            pointer.name
                        );
                        let which = format!("o.{} IN {ids}", pointer.column);
                        found += self.reject_where(noun, (&reason, "1"), &which, round).await?;
                    }
                }
                for list in noun.lists.iter().filter(|list| met.present & list.bit != 0 && may(list.target)) {
                    let end = if list.forward { "b" } else { "a" };
                    let reason = format!("'`{}` names a {label} whose own line was rejected'", list.name);
                    let which = format!(
                        "l.relation = {} AND l.forward = {} AND l.{end}_id IN {ids}",
                        list.relation,
                        i16::from(list.forward)
                    );
                    found += self.reject_links(&reason, &which, Some(noun), round).await?;
                }
            }
        }
        Ok(found)
    }
}
