//! The floor of measures on SQLite: prepared statements, run where the request is answered, on a connection for each
//! thread of the server. Weeks are added up here, for the rows come in the order of their days.

use chrono::Days;
use rusqlite::{Connection, params};
use uuid::Uuid;

use crate::Outcome;
use crate::floor::{Asked, Figures, What};
use crate::held::with_file;

const CAMPAIGN: &str = "SELECT min(f.currency), max(f.currency), sum(f.revenue), sum(f.cost), sum(f.uncosted), \
    EXISTS (SELECT 1 FROM contested_delivery) FROM (\
    SELECT d.id FROM delivery d WHERE d.campaign_id = ?1 UNION ALL SELECT d.id FROM decision e \
    JOIN delivery d ON d.decision_id = e.id WHERE e.campaign_id = ?1 AND d.campaign_id IS NULL \
    UNION ALL SELECT d.id FROM experience x JOIN delivery d ON d.experience_id = x.id WHERE x.campaign_id = ?1 \
    AND d.campaign_id IS NULL AND NOT EXISTS (SELECT 1 FROM decision e WHERE e.id = d.decision_id \
    AND e.campaign_id IS NOT NULL)) d CROSS JOIN performance_day_delivery f ON f.delivery_id = d.id \
    WHERE f.day >= ?2 AND f.day < ?3";

const DAYS: &str = "SELECT f.day, f.currency, f.revenue, f.cost, f.uncosted FROM performance_day f \
    WHERE f.day >= ?1 AND f.day < ?2 ORDER BY f.day";

const STEPS: &str = "SELECT s.id, NOT EXISTS (SELECT 1 FROM journey_step p WHERE p.next_id = s.id AND p.id <> s.id) \
    FROM journey_step s";

const OF_STEP: &str = "SELECT f.day, f.conversions, f.entries FROM journey_day_step f \
    WHERE f.step_id = ?1 AND f.day >= ?2 AND f.day < ?3 ORDER BY f.day";

const WAITS: &str = "SELECT EXISTS (SELECT 1 FROM event v WHERE v.state = 'WAITING' AND v.type = ?1 \
    AND v.happened_at >= ?2 AND v.happened_at < ?3)";

const CONTESTED: &str = "SELECT EXISTS (SELECT 1 FROM contested_delivery)";

/// The file, which each thread opens for itself.
pub(crate) struct File(String);

impl File {
    /// The file at this path.
    pub(crate) fn at(path: &str) -> Self {
        File(path.to_owned())
    }

    /// Answers one question.
    pub(crate) fn answer(&self, asked: &Asked) -> Outcome<Figures> {
        with_file(&self.0, |connection| {
            let prepared = Prepared(connection);
            match asked.what {
                What::Campaign(id, complete) => prepared.campaign(asked, (id, complete)),
                What::Weeks => prepared.weeks(asked),
                What::Journeys => prepared.journeys(asked),
            }
        })
    }
}

/// The weeks of a window, with the days behind which the next begins, as the store writes them.
struct Weeks {
    ends: Vec<String>,
    place: usize,
}

impl Weeks {
    fn of(asked: &Asked) -> Self {
        let ends = (1..=asked.weeks()).map(|week| {
            let days = u64::try_from(week * 7).unwrap_or_default();
            asked.monday().checked_add_days(Days::new(days)).unwrap_or_default().to_string()
        });
        Weeks { ends: ends.collect(), place: 0 }
    }

    /// The week of a day, which is not before the one that was asked for before.
    fn place(&mut self, day: &str) -> usize {
        while self.ends.get(self.place).is_some_and(|end| day >= end.as_str()) {
            self.place += 1;
        }
        self.place
    }
}

/// A connection that keeps its statements prepared.
struct Prepared<'a>(&'a Connection);

impl Prepared<'_> {
    fn waits(&self, asked: &Asked, of: &str) -> Outcome<bool> {
        let [from, to] = asked.moments();
        Ok(self.0.prepare_cached(WAITS)?.query_row(params![of, from, to], |row| row.get(0))?)
    }

    fn campaign(&self, asked: &Asked, (id, complete): (Uuid, bool)) -> Outcome<Figures> {
        let mut statement = self.0.prepare_cached(CAMPAIGN)?;
        let (from, to) = (asked.from.to_string(), asked.to.to_string());
        let sums = statement.query_row(params![id.as_bytes(), from, to], |row| {
            let same = row.get_ref(0)? == row.get_ref(1)?;
            let simple = same && row.get::<_, Option<i64>>(4)? == Some(0) && !row.get::<_, bool>(5)?;
            Ok(simple.then_some((row.get::<_, i64>(2)?, row.get::<_, i64>(3)?)))
        })?;
        let (revenue, cost) = sums.ok_or("more is to be looked at")?;
        let complete = complete && !self.waits(asked, "weft.fact.observed")?;
        Ok(Figures { parts: vec![[revenue - cost, cost]], complete })
    }

    fn weeks(&self, asked: &Asked) -> Outcome<Figures> {
        let mut read = Figures { parts: vec![[0; 2]; asked.weeks()], complete: true };
        let mut weeks = Weeks::of(asked);
        let mut statement = self.0.prepare_cached(DAYS)?;
        let mut rows = statement.query(params![asked.from.to_string(), asked.to.to_string()])?;
        let mut currency: Option<String> = None;
        while let Some(row) = rows.next()? {
            let of = row.get_ref(1)?.as_str()?;
            if currency.as_deref().is_some_and(|currency| currency != of) || row.get::<_, i64>(4)? > 0 {
                return Err("more is to be looked at".into());
            }
            if currency.is_none() {
                currency = Some(of.to_owned());
            }
            let part = read.parts.get_mut(weeks.place(row.get_ref(0)?.as_str()?));
            let [above, below] = part.ok_or("a week too many")?;
            let (revenue, cost): (i64, i64) = (row.get(2)?, row.get(3)?);
            *above += revenue - cost;
            *below += cost;
        }
        if self.0.prepare_cached(CONTESTED)?.query_row([], |row| row.get(0))? {
            return Err("more is to be looked at".into());
        }
        read.complete = !self.waits(asked, "weft.fact.observed")?;
        Ok(read)
    }

    fn journeys(&self, asked: &Asked) -> Outcome<Figures> {
        let mut read = Figures { parts: vec![[0; 2]; asked.weeks()], complete: true };
        let (from, to) = (asked.from.to_string(), asked.to.to_string());
        let mut steps = self.0.prepare_cached(STEPS)?;
        let mut of_step = self.0.prepare_cached(OF_STEP)?;
        let mut steps = steps.query([])?;
        let mut weeks = Weeks::of(asked);
        while let Some(step) = steps.next()? {
            let is_first: bool = step.get(1)?;
            weeks.place = 0;
            let mut rows = of_step.query(params![step.get_ref(0)?.as_blob()?, from, to])?;
            while let Some(row) = rows.next()? {
                let part = read.parts.get_mut(weeks.place(row.get_ref(0)?.as_str()?));
                let [above, below] = part.ok_or("a week too many")?;
                *above += row.get::<_, i64>(1)?;
                if is_first {
                    *below += row.get::<_, i64>(2)?;
                }
            }
        }
        read.complete = !self.waits(asked, "weft.journey.observed")?;
        Ok(read)
    }
}
