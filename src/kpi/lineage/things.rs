//! Things that count by a moment of their own, along the index of that moment.

use super::{Counting, Line, Mark, Role, Step, Why};
use crate::catalogue::{Entry, Holds};
use crate::error::Error;
use crate::kpi::counts::{end, only};
use crate::kpi::definition::{Span, Term};
use crate::kpi::dimension::Counted;
use crate::kpi::spans::ended;
use crate::store::{BOOL, Cell, Sql, TEXT, TIME};

/// What a thing says of a time that is added up.
const USABLE: &str = "OK";
const UNKNOWN: &str = "UNKNOWN";

impl Step<'_> {
    /// Things whose span is measured.
    pub(super) async fn span(&self, entry: &'static Entry, span: &Span) -> Result<Vec<Line>, Error> {
        let mut sql = self.reader.sql();
        let ended = ended(&mut sql, self.question, span)?;
        sql.push(&format!("SELECT m.id, m.{}, {ended}", span.from));
        self.along(&mut sql, entry, span.from)?;
        let table = self.reader.all(sql.finish(), &[Holds::Id, TIME, TIME]).await?;
        let line = |row: &[Cell]| {
            let [Cell::Id(id), Cell::Time(began), ended] = row else { return None };
            let (role, included, reason) = match ended {
                Cell::Time(ended) if ended < began => (Role::Both, false, Some(Why::NegativeDuration)),
                Cell::Time(ended) if *ended < self.question.window.to => (Role::Both, true, None),
                _ => (Role::Denominator, true, Some(Why::NotLiveByEnd)),
            };
            let mark = Mark { walk: self.place, under: None, at: *began, id: *id };
            Some(Line { thing: (entry.noun.code, *id), role, included, reason, mark })
        };
        Ok(table.rows().filter_map(line).collect())
    }

    /// Things that are counted, or whose times are added up.
    pub(super) async fn things(
        &self,
        entry: &'static Entry,
        at: &str,
        terms: &[Counting<'_>],
    ) -> Result<Vec<Line>, Error> {
        let mut sql = self.reader.sql();
        let counts: Vec<String> =
            terms.iter().map(|counting| format!("({})", only(&mut sql, counting.things))).collect();
        let times: Vec<(String, String)> = terms.iter().filter_map(|counting| times(counting.term)).collect();
        let all = |conditions: Vec<&str>| match conditions.as_slice() {
            [] => "TRUE".to_owned(),
            conditions => format!("({})", conditions.join(" AND ")),
        };
        let begun = all(times.iter().map(|(begun, _)| begun.as_str()).collect());
        let usable = all(times.iter().map(|(_, usable)| usable.as_str()).collect());
        sql.push(&format!(
            "SELECT m.id, m.{at}, CASE WHEN {begun} IS NOT TRUE THEN '{UNKNOWN}' WHEN {usable} THEN '{USABLE}' ELSE '' END, {}",
            counts.join(", ")
        ));
        self.along(&mut sql, entry, at)?;
        let mut holds = vec![Holds::Id, TIME, TEXT];
        holds.extend(counts.iter().map(|_| BOOL));
        let table = self.reader.all(sql.finish(), &holds).await?;
        let line = |row: &[Cell]| {
            let [Cell::Id(id), Cell::Time(at), Cell::Text(usable), counts @ ..] = row else { return None };
            let side = |above| {
                let mut of = terms.iter().zip(counts);
                of.any(|(counting, counts)| counting.above == above && *counts == Cell::Bool(true))
            };
            let reason = match usable.as_str() {
                USABLE => None,
                UNKNOWN => Some(Why::BeginningUnknown),
                _ => Some(Why::NegativeDuration),
            };
            let mark = Mark { walk: self.place, under: None, at: *at, id: *id };
            let role = Role::of(side(true), side(false))?;
            Some(Line { thing: (entry.noun.code, *id), role, included: reason.is_none(), reason, mark })
        };
        Ok(table.rows().filter_map(line).collect())
    }

    /// Writes where they are read from: along the index of their moment, from behind the last place.
    fn along(&self, sql: &mut Sql, entry: &'static Entry, at: &str) -> Result<(), Error> {
        let counted = Counted::of(entry.noun.name)
            .ok_or_else(|| Error::broken("a measure counts what nobody counts"))?;
        let (table, window) = (self.question.table(sql, entry), self.question.window);
        sql.push(&format!(" FROM {table} m WHERE m.{at} >= "));
        sql.bind(self.after.map_or(window.from, |mark| mark.at));
        sql.push(&format!(" AND m.{at} < ")).bind(window.to);
        if let Some(mark) = self.after {
            sql.push(&format!(" AND (m.{at}, m.id) > (")).bind(mark.at).push(", ").bind(mark.id).push(")");
        }
        self.question.filter.write(sql, counted, "m");
        sql.push(&format!(" ORDER BY m.{at}, m.id LIMIT {}", self.limit));
        Ok(())
    }
}

/// The conditions that a time that is added up began, and that it can be added up.
fn times(term: &Term) -> Option<(String, String)> {
    match term {
        Term::Duration { from, to, or_to, .. } => {
            Some((format!("m.{from} IS NOT NULL"), format!("{} >= m.{from}", end(to, *or_to))))
        }
        _ => None,
    }
}
