//! Things that count by a moment of their own, along the index of that moment.

use super::{Adds, Counting, Line, Mark, Role, Step, Why};
use crate::catalogue::{Entry, Holds};
use crate::error::Error;
use crate::kpi::counts::{end, only};
use crate::kpi::definition::{Span, Term};
use crate::kpi::dimension::Counted;
use crate::kpi::spans::{Outcome, ended, outcome};
use crate::kpi::tally::Reason;
use crate::kpi::times::{Times, reason};
use crate::store::{BOOL, Cell, NUMBER, Sql, TIME};

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
            let (role, included, reason, sums) = match outcome(*began, Some(ended), self.question.window.to) {
                Outcome::Negative => (Role::Both, false, Some(Why::NegativeDuration), [0, 0]),
                Outcome::Took(_) => (Role::Both, true, None, [1, 1]),
                Outcome::Open => (Role::Denominator, true, Some(Why::Unfinished), [0, 1]),
            };
            let mark = Mark { walk: self.place, under: None, at: *began, id: *id };
            let adds = Some(Adds::of(self.question.definition, sums, None));
            Some(Line { thing: (entry.noun.code, *id), role, included, reason, adds, mark })
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
        let each: Vec<String> = terms
            .iter()
            .map(|counting| {
                let adds = match counting.term {
                    Term::Duration { from, to, or_to, .. } => format!("{} - m.{from}", end(to, *or_to)),
                    _ => "CAST(1 AS bigint)".to_owned(),
                };
                format!("{}, {adds}", only(&mut sql, counting.things))
            })
            .collect();
        let (begun, ended, usable) = match Times::of(&mut sql, terms.iter().map(|counting| counting.term)) {
            Some(times) => (times.begun, times.ended, times.usable),
            None => ("TRUE".to_owned(), "TRUE".to_owned(), "TRUE".to_owned()),
        };
        sql.push(&format!("SELECT m.id, m.{at}, {begun}, {ended}, {usable}, {}", each.join(", ")));
        self.along(&mut sql, entry, at)?;
        let mut holds = vec![Holds::Id, TIME, BOOL, BOOL, BOOL];
        holds.extend(each.iter().flat_map(|_| [BOOL, NUMBER]));
        let table = self.reader.all(sql.finish(), &holds).await?;
        let line = |row: &[Cell]| {
            let [Cell::Id(id), Cell::Time(at), Cell::Bool(begun), Cell::Bool(ended), usable, each @ ..] = row
            else {
                return None;
            };
            let reason = (*usable != Cell::Bool(true)).then(|| match reason(*begun, *ended) {
                Reason::BeginningUnknown => Why::BeginningUnknown,
                Reason::EndUnknown => Why::EndUnknown,
                _ => Why::NegativeDuration,
            });
            let (mut sides, mut sums) = ([false; 2], [0; 2]);
            for (counting, cells) in terms.iter().zip(each.chunks(2)) {
                let side = usize::from(!counting.above);
                let [Cell::Bool(true), adds] = cells else { continue };
                sides[side] = true;
                if let (Cell::Int(adds), None) = (adds, &reason) {
                    sums[side] += i128::from(*adds);
                }
            }
            let mark = Mark { walk: self.place, under: None, at: *at, id: *id };
            let role = Role::of(sides[0], sides[1])?;
            let adds = Some(Adds::of(self.question.definition, sums, None));
            let included = reason.is_none();
            Some(Line { thing: (entry.noun.code, *id), role, included, reason, adds, mark })
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
