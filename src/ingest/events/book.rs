//! The book of events, kept in the transaction that takes them in: which came before, what became of each, and what
//! those that wait are waiting for.

use sea_orm::sqlx;

use crate::catalogue::Target;
use crate::ingest::layout::LAYOUT;
use crate::ingest::work::Work;

/// The lines of events of which it is settled what became of them.
const SETTLED: &str = "line IN (SELECT line FROM in__events WHERE outcome IS NOT NULL)";

impl Work {
    /// Finds the events that came before, and takes away of the others what later ones have said.
    pub(super) async fn meet_events(&mut self) -> Result<(), sqlx::Error> {
        self.session.run("CREATE INDEX in__events_is ON in__events (source, id)").await?;
        let judged = |other: &str| {
            format!(
                "UPDATE in__events SET outcome = CASE WHEN {other}.hash = in__events.hash THEN 'DUPLICATE' ELSE 'REJECTED' END, \
                 reason = CASE WHEN {other}.hash = in__events.hash THEN NULL \
                 ELSE 'an event with this source and id came before and said something else; the first stands' END"
            )
        };
        // One that waits is tried again when it comes again.
        self.session
            .run(&format!(
                "{} FROM event e WHERE e.source = in__events.source AND e.id = in__events.id \
                 AND in__events.outcome IS NULL AND (e.state = 'TAKEN' OR e.hash <> in__events.hash)",
                judged("e")
            ))
            .await?;
        self.session
            .run(&format!(
                "{} FROM (SELECT source, id, min(place) AS place FROM in__events WHERE outcome IS NULL \
                 GROUP BY source, id HAVING count(*) > 1) g CROSS JOIN in__events f WHERE f.source = g.source \
                 AND f.id = g.id AND f.place = g.place AND in__events.source = g.source AND in__events.id = g.id \
                 AND in__events.place > g.place AND in__events.outcome IS NULL",
                judged("f")
            ))
            .await?;
        if self.session.any("SELECT 1 FROM in__events WHERE outcome IS NOT NULL").await? {
            self.forget_settled().await?;
        }
        self.strip_late().await
    }

    /// Takes the staged rows of events away that go no further.
    async fn forget_settled(&mut self) -> Result<(), sqlx::Error> {
        for (noun, _) in self.nouns() {
            self.session
                .run(&format!("DELETE FROM {} WHERE {SETTLED}", LAYOUT.sheets[noun.sheet].table))
                .await?;
        }
        for sheet in [LAYOUT.links(), LAYOUT.sets(), LAYOUT.identities(), LAYOUT.statuses()] {
            self.session.run(&format!("DELETE FROM {} WHERE {SETTLED}", LAYOUT.sheets[sheet].table)).await?;
        }
        Ok(())
    }

    /// Says of the events that cannot stand whether they wait for something or are rejected. Answers whether there are any.
    pub(super) async fn judge_events(&mut self) -> Result<bool, sqlx::Error> {
        let found = self
            .session
            .run(
                "UPDATE in__events SET outcome = CASE WHEN r.waits = 1 THEN 'WAITING' ELSE 'REJECTED' END, \
                 reason = r.reason FROM (SELECT line, min(waits) AS waits, \
                 string_agg(reason, '; ' ORDER BY round, reason) AS reason FROM in__rejected GROUP BY line) r \
                 WHERE r.line = in__events.line AND in__events.outcome IS NULL",
            )
            .await?;
        if self.session.any("SELECT 1 FROM in__events WHERE outcome = 'WAITING'").await? {
            for (noun, met) in self.nouns() {
                for pointer in noun.pointers.iter().filter(|pointer| met.present & pointer.bit != 0) {
                    let of_type = match (pointer.code, pointer.target) {
                        (Some(_), _) => format!("x.{}_t", pointer.stem),
                        (None, Target::Noun(code)) => code.to_string(),
                        (None, Target::Any) => continue,
                    };
                    let staged = format!("{} x", LAYOUT.sheets[noun.sheet].table);
                    self.want(
                        (&staged, &of_type),
                        (&format!("x.{}_s", pointer.stem), &format!("x.{}_k", pointer.stem)),
                    )
                    .await?;
                }
            }
            self.want(("in__links x", "x.type"), ("x.src", "x.key")).await?;
            for (noun, _) in self.nouns().filter(|(noun, _)| noun.has_key()) {
                let staged = format!("{} x", LAYOUT.sheets[noun.sheet].table);
                self.want((&staged, &noun.code().to_string()), ("x.src", "x.key")).await?;
            }
        }
        Ok(found > 0)
    }

    /// Notes for what those wait that name something unknown here, where nothing was noted yet.
    async fn want(
        &mut self,
        (lines, of_type): (&str, &str),
        (source, key): (&str, &str),
    ) -> Result<(), sqlx::Error> {
        let mut known = format!(
            "EXISTS (SELECT 1 FROM external_id i WHERE i.source_id = s.id AND i.entity_type = {of_type} AND i.value = {key})"
        );
        for noun in &LAYOUT.nouns {
            if let Some(column) = noun.name_column() {
                known.push_str(&format!(
                    " OR ({of_type} = {} AND EXISTS (SELECT 1 FROM {} n WHERE n.{column} = {key}))",
                    noun.code(),
                    noun.table()
                ));
            }
        }
        self.session
            .run(&format!(
                "UPDATE in__events SET wants_type = w.type, wants_source = w.name, wants_key = w.key FROM (\
                 SELECT x.line, {of_type} AS type, s.name, {key} AS key FROM {lines} \
                 LEFT JOIN in__sources s ON s.src = {source} WHERE {key} IS NOT NULL AND NOT ({known})) w \
                 WHERE w.line = in__events.line AND in__events.outcome = 'WAITING' AND in__events.wants_key IS NULL"
            ))
            .await?;
        Ok(())
    }

    /// Writes down what became of each. What waits or was rejected is kept as it came, and so is what others may have to
    /// be held against that come later.
    pub(super) async fn book_events(&mut self) -> Result<(), sqlx::Error> {
        const COLUMNS: &str = "source, id, type, hash, time, received_at, state, happened_at, thing, \
                               wants_type, wants_source, wants_key, reason, body";
        let now = self.now;
        self.session
            .run(&format!(
                "INSERT INTO event ({COLUMNS}) SELECT source, id, type, hash, time, {now}, coalesce(outcome, 'TAKEN'), \
                 happened_at, thing, wants_type, wants_source, wants_key, reason, \
                 CASE WHEN outcome IS NULL AND thing IS NULL THEN NULL ELSE body END \
                 FROM in__events WHERE outcome IS NULL OR outcome = 'WAITING' \
                 ON CONFLICT (source, id) DO UPDATE SET state = excluded.state, reason = excluded.reason, \
                 wants_type = excluded.wants_type, wants_source = excluded.wants_source, \
                 wants_key = excluded.wants_key, body = excluded.body, \
                 settled_at = CASE WHEN excluded.state = 'TAKEN' THEN {now} END"
            ))
            .await?;
        self.session
            .run(
                "DELETE FROM event_rejected WHERE (source, id) IN (\
                 SELECT source, id FROM in__events WHERE outcome IS NULL OR outcome = 'WAITING')",
            )
            .await?;
        self.session
            .run(&format!(
                "INSERT INTO event_rejected (row_id, source, id, hash, type, time, received_at, reason, body) \
                 SELECT row_id, source, id, hash, type, time, {now}, coalesce(reason, ''), body FROM (\
                 SELECT x.*, row_number() OVER (PARTITION BY source, id, hash ORDER BY place DESC) AS back \
                 FROM in__events x WHERE outcome = 'REJECTED') x WHERE back = 1 \
                 ON CONFLICT (source, id, hash) DO UPDATE SET received_at = excluded.received_at, reason = excluded.reason"
            ))
            .await?;
        // One that waited and cannot count now that more is known waits no longer.
        self.session
            .run(
                "DELETE FROM event WHERE state = 'WAITING' AND (source, id, hash) IN (\
                 SELECT source, id, hash FROM in__events WHERE outcome = 'REJECTED')",
            )
            .await?;
        Ok(())
    }

    /// Whether anything that has a key came in.
    pub(super) async fn brings(&mut self) -> Result<bool, sqlx::Error> {
        self.session.any("SELECT 1 FROM in__events WHERE outcome IS NULL AND thing IS NOT NULL").await
    }

    /// What became of each, in their order: source, id, outcome and reason.
    pub(super) async fn outcomes(&mut self) -> Result<Vec<Vec<Option<String>>>, sqlx::Error> {
        self.session
            .texts("SELECT source, id, coalesce(outcome, 'TAKEN'), reason FROM in__events ORDER BY line")
            .await
    }
}
