//! The course of an import: stage, find out who is who, reject what cannot stand, write; all in one transaction.

use sea_orm::ConnectionTrait;
use sea_orm::sqlx;

use super::layout::{LAYOUT, LONGEST_INDEXED, NounSheet};
use super::line::{Parser, Rejection};
use super::met::{Met, MetNoun};
use super::session::Session;
use super::stage::{self, Event, Reading, What};
use super::{Import, ImportError, Progress, Report};
use crate::clock::{Clock, Micros};
use crate::store::{Dialect, Store};

/// An import whose lines are staged.
pub(super) struct Work {
    pub(super) session: Session,
    pub(super) dialect: Dialect,
    pub(super) met: Met,
    /// When it took its turn: no import before it wrote later.
    pub(super) now: Micros,
    /// For each noun, whether the store had any before.
    pub(super) known: Vec<bool>,
    /// For each noun, whether two of its lines may mean the same thing.
    pub(super) twins: Vec<bool>,
    /// For each noun of facts, whether a line replaced what another had said.
    pub(super) replaced: Vec<bool>,
    /// For each noun, whether the pairs of any of its things change.
    pub(super) touched: Vec<bool>,
    /// Whether it is settled which pairs stand at the end.
    pub(super) decided: bool,
    pub(super) added: u64,
    pub(super) changed: u64,
}

/// Takes files into the store, as if they were one. Either all goes in that can, or nothing does.
pub async fn import(store: &Store, clock: &Clock, order: Import) -> Result<Report, ImportError> {
    let Import { source, strict, inputs, progress } = order;
    if source.is_empty() || source.len() > LONGEST_INDEXED || source.contains('\0') {
        return Err(ImportError::Source);
    }
    progress.phase("reading");
    let reading = Reading {
        what: What::Lines(inputs),
        source,
        now: clock.now(),
        dialect: store.dialect,
        progress: progress.clone(),
    };
    let mut work = Work::begin(store, reading).await?;
    work.take_turn(clock, progress.as_ref()).await?;
    progress.phase("finding out who is who");
    work.prepare().await?;
    work.find_out().await?;
    let mut report = Report { read: work.met.read, ..Report::default() };
    work.rejections(progress.as_ref(), &mut report).await?;
    if strict && report.rejected_total > 0 {
        work.session.rollback().await?;
        return Ok(report);
    }
    report.taken = report.read - report.rejected_total;
    progress.phase("writing");
    work.put_in(report.rejected_total > 0).await?;
    report.added = work.added;
    report.changed = work.changed;
    work.end().await?;
    Ok(report)
}

/// Reads the files into the staging tables.
async fn staged(session: &mut Session, reading: Reading) -> Result<Box<Parser>, ImportError> {
    for place in LAYOUT.nouns.len()..LAYOUT.sheets.len() {
        session.create(&LAYOUT.sheets[place], false).await?;
    }
    let mut made = vec![false; LAYOUT.nouns.len()];
    let mut events = stage::start(reading);
    while let Some(event) = events.recv().await {
        match event {
            Event::Done(parser) => return Ok(parser),
            Event::Failed(error) => return Err(error),
            Event::Chunk(chunk) => {
                if let Some(made) = made.get_mut(chunk.sheet())
                    && !std::mem::replace(made, true)
                {
                    session.create(&LAYOUT.sheets[chunk.sheet()], true).await?;
                }
                session.put(chunk).await?;
            }
        }
    }
    Err(ImportError::GivenUp)
}

/// Tells the database how much there is after an import, so that it plans by it. Whoever imports calls it when all
/// else is done: what went in is there, whether or not this comes to its end.
pub async fn analyze(store: &Store, report: &Report) {
    const LARGE: u64 = 10_000;
    if report.added + report.changed < LARGE {
        return;
    }
    let statement = match store.dialect {
        Dialect::Postgres => "ANALYZE",
        // The log of so large a transaction is as large as the file; nobody wants to keep it.
        Dialect::Sqlite => "PRAGMA analysis_limit = 1000; ANALYZE; PRAGMA wal_checkpoint(TRUNCATE)",
    };
    if let Err(error) = store.db.execute_unprepared(statement).await {
        // Another import may be writing by now, and does the same at its end.
        tracing::warn!(%error, "the store's statistics were not brought up to date");
    }
}

impl Work {
    /// Reads what there is to be read into the staging tables of a new transaction.
    pub(super) async fn begin(store: &Store, reading: Reading) -> Result<Self, ImportError> {
        let (now, nouns) = (reading.now, LAYOUT.nouns.len());
        let mut session = Session::begin(store).await?;
        let Parser { met, .. } = *staged(&mut session, reading).await?;
        Ok(Work {
            session,
            dialect: store.dialect,
            met,
            now,
            known: vec![false; nouns],
            twins: vec![false; nouns],
            replaced: vec![false; nouns],
            touched: vec![false; nouns],
            decided: false,
            added: 0,
            changed: 0,
        })
    }

    /// Waits until nobody else writes. Another may have written since this one began, and what it dated must not come to
    /// lie in its future.
    pub(super) async fn take_turn(
        &mut self,
        clock: &Clock,
        progress: &dyn Progress,
    ) -> Result<(), sqlx::Error> {
        self.session.take_turn(progress).await?;
        self.now = clock.now();
        Ok(())
    }

    /// Finds out who is who, and which lines cannot stand.
    pub(super) async fn find_out(&mut self) -> Result<(), sqlx::Error> {
        self.merged().await?;
        self.sources().await?;
        self.keys().await?;
        self.resolve().await?;
        self.same_facts().await?;
        self.reject().await
    }

    /// Writes what can go in, and all that follows from it.
    pub(super) async fn put_in(&mut self, rejected: bool) -> Result<(), sqlx::Error> {
        self.weigh_links().await?;
        self.write().await?;
        self.links().await?;
        self.settle(rejected).await
    }

    /// Ends; everything is there.
    pub(super) async fn end(mut self) -> Result<(), sqlx::Error> {
        self.clear().await?;
        self.session.commit().await
    }

    /// The nouns that the file has lines of, with what was met of each.
    pub(super) fn nouns(&self) -> impl Iterator<Item = (&'static NounSheet, MetNoun)> + use<> {
        let met = self.met.nouns.clone();
        LAYOUT.nouns.iter().zip(met).filter(|(_, met)| met.lines > 0)
    }

    /// The same, each after all it points to.
    pub(super) fn ordered(&self) -> impl Iterator<Item = (&'static NounSheet, MetNoun)> + use<> {
        let met = self.met.nouns.clone();
        LAYOUT
            .order
            .iter()
            .map(move |place| (&LAYOUT.nouns[*place], met[*place].clone()))
            .filter(|(_, met)| met.lines > 0)
    }

    /// Whether the store had any row of this noun before.
    pub(super) fn had(&self, noun: &NounSheet) -> bool {
        self.known[noun.sheet]
    }

    /// Finds out what the store has.
    pub(super) async fn prepare(&mut self) -> Result<(), sqlx::Error> {
        for place in 0..LAYOUT.nouns.len() {
            let table = LAYOUT.nouns[place].table();
            self.known[place] = self.session.any(&format!("SELECT 1 FROM {table}")).await?;
        }
        let mut tables: Vec<String> =
            self.nouns().map(|(noun, _)| LAYOUT.sheets[noun.sheet].table.clone()).collect();
        tables.extend(LAYOUT.sheets[LAYOUT.links()..].iter().map(|sheet| sheet.table.clone()));
        self.measure(&tables).await
    }

    /// Tells Postgres how large temporary tables are; nobody else does. SQLite plans these by their indexes. Of few lines
    /// some say enough: to look at all of them took a tenth of the time of taking them in.
    pub(super) async fn measure(&mut self, tables: &[String]) -> Result<(), sqlx::Error> {
        const FEW: u64 = 20_000;
        if self.dialect == Dialect::Postgres && !tables.is_empty() {
            let some = if self.met.read <= FEW { "SET LOCAL default_statistics_target = 10; " } else { "" };
            self.session.run(&format!("{some}ANALYZE {}", tables.join(", "))).await?;
        }
        Ok(())
    }

    /// Reads the rejected lines, in their order, each once.
    async fn rejections(&mut self, progress: &dyn Progress, report: &mut Report) -> Result<(), sqlx::Error> {
        const PAGE: usize = 1_000;
        let mut last = 0_i64;
        self.session.run("CREATE INDEX in__rejected_line ON in__rejected (line)").await?;
        loop {
            let lines = format!(
                "SELECT DISTINCT line FROM in__rejected WHERE line > {last} ORDER BY line LIMIT {PAGE}"
            );
            let rows = self
                .session
                .texts(&format!(
                    "SELECT CAST(r.line AS text), r.type, r.key, r.reason FROM in__rejected r \
                     WHERE r.line IN ({lines}) ORDER BY r.line, r.round, r.reason"
                ))
                .await?;
            let mut page: Vec<Rejection> = Vec::new();
            for row in rows {
                let mut row = row.into_iter();
                let line = row.next().flatten().and_then(|line| line.parse().ok()).unwrap_or_default();
                let (noun, key) = (row.next().flatten(), row.next().flatten());
                let reason = row.next().flatten().unwrap_or_default();
                match page.last_mut() {
                    Some(before) if before.line == line => {
                        before.reason.push_str("; ");
                        before.reason.push_str(&reason);
                    }
                    _ => page.push(Rejection { file: 0, line, noun, key, reason }),
                }
            }
            let Some(end) = page.last() else { return Ok(()) };
            last = i64::try_from(end.line).unwrap_or(i64::MAX);
            for mut rejection in page {
                (rejection.file, rejection.line) = self.met.place(rejection.line);
                progress.rejected(&rejection);
                report.rejected_total += 1;
                if report.rejected.len() < Report::SHOWN {
                    report.rejected.push(rejection);
                }
            }
        }
    }

    /// Takes the staging tables away where the database does not do so by itself.
    async fn clear(&mut self) -> Result<(), sqlx::Error> {
        if self.dialect == Dialect::Sqlite {
            let names = "SELECT name FROM temp.sqlite_master WHERE type = 'table'";
            for name in self.session.texts(names).await?.into_iter().flatten().flatten() {
                self.session.run(&format!("DROP TABLE temp.{name}")).await?;
            }
        }
        Ok(())
    }
}
