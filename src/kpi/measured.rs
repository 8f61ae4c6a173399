//! How many facts and things an answer was computed from, so that one of three is told from one of three thousand.

use super::contested::Reporters;
use super::counts::{only, sum};
use super::definition::{Term, Value};
use super::dimension::Counted;
use super::facts::{from_where, needed};
use super::lineage::{Walk, walks};
use super::question::{Question, Split};
use super::times::Times;
use crate::catalogue::{Entry, Holds};
use crate::error::Error;
use crate::store::{Cell, NUMBER, Reader, Sql, TEXT};

impl Question<'_> {
    /// How many facts and things count: of a median those that were measured, of reuse the assets in use.
    pub async fn measured(&self, reader: &Reader) -> Result<i64, Error> {
        if !matches!(self.definition.value, Value::Ratio { .. }) {
            let figure = self.whole(reader).await?;
            let measured = match self.definition.value {
                Value::Median(_) => figure.numerator,
                _ => figure.denominator,
            };
            return Ok(measured.unwrap_or_default() as i64);
        }
        let mut count = 0_i64;
        for walk in walks(self.definition)? {
            count = count.saturating_add(match walk {
                Walk::Things(entry, at, terms) => {
                    let terms: Vec<&Term> = terms.iter().map(|counting| counting.term).collect();
                    self.things_measured(reader, (entry, at), &terms).await?
                }
                Walk::Performance => {
                    self.facts_measured(reader, Counted::PerformanceSums).await?
                        - self.facts_of_others(reader).await?
                }
                Walk::Journey => self.facts_measured(reader, Counted::JourneySums).await?,
                Walk::Span(..) | Walk::Uses(_) => 0,
            });
        }
        Ok(count)
    }

    async fn things_measured(
        &self,
        reader: &Reader,
        (entry, at): (&'static Entry, &str),
        terms: &[&Term],
    ) -> Result<i64, Error> {
        let counted = Counted::of(entry.noun.name)
            .ok_or_else(|| Error::broken("a measure counts what nobody counts"))?;
        let mut sql = reader.sql();
        let counts: Vec<String> = terms
            .iter()
            .map(|term| match term {
                Term::Count { of } | Term::Duration { of, .. } => format!("({})", only(&mut sql, of)),
                Term::Fact { .. } | Term::Journey { .. } => "FALSE".to_owned(),
            })
            .collect();
        let times = Times::of(&mut sql, terms.iter().copied());
        let table = self.table(&mut sql, entry);
        sql.push(&format!("SELECT count(*) FROM {table} m WHERE m.{at} >= ")).bind(self.window.from);
        sql.push(&format!(" AND m.{at} < ")).bind(self.window.to);
        sql.push(&format!(" AND ({})", counts.join(" OR ")));
        if let Some(Times { usable, .. }) = times {
            sql.push(&format!(" AND {usable}"));
        }
        self.filter.write(&mut sql, counted, "m");
        number(reader, sql).await
    }

    async fn facts_measured(&self, reader: &Reader, counted: Counted) -> Result<i64, Error> {
        let mut sql = reader.sql();
        sql.push(&format!("SELECT {}", sum("f.facts")));
        from_where(&mut sql, self, (counted, &needed(self, &Split::Whole, counted)))?;
        number(reader, sql).await
    }

    /// How many facts of deliveries on which several sources report do not count by any of their measures.
    async fn facts_of_others(&self, reader: &Reader) -> Result<i64, Error> {
        const COUNTED: Counted = Counted::PerformanceSums;
        let mut sql = reader.sql();
        sql.push("SELECT f.delivery_id, (SELECT s.name FROM source s WHERE s.id = f.source_id), ");
        sql.push(&sum("f.facts"));
        let mut columns = needed(self, &Split::Whole, COUNTED);
        columns.push("delivery_id");
        from_where(&mut sql, self, (COUNTED, &columns))?;
        let contested = self.contested(&mut sql);
        sql.push(&format!(" AND f.delivery_id IN (SELECT c.delivery_id FROM {contested} c) GROUP BY 1, 2"));
        let table = reader.all(sql.finish(), &[Holds::Id, TEXT, NUMBER]).await?;
        let deliveries = table.rows().filter_map(|row| match row.first() {
            Some(Cell::Id(delivery)) => Some(*delivery),
            _ => None,
        });
        let reporters = Reporters::read(reader, deliveries.collect(), self.as_of).await?;
        let mut count = 0;
        for row in table.rows() {
            let [Cell::Id(delivery), Cell::Text(source), Cell::Int(facts)] = row else { continue };
            let counts = self.terms().any(|(_, term)| match term {
                Term::Fact { measure, .. } => reporters.counts(self.kpis, *delivery, measure) == Some(source),
                _ => false,
            });
            count += if counts { 0 } else { *facts };
        }
        Ok(count)
    }
}

async fn number(reader: &Reader, sql: Sql) -> Result<i64, Error> {
    match reader.all(sql.finish(), &[NUMBER]).await?.rows().next() {
        Some([Cell::Int(number)]) => Ok(*number),
        _ => Err(Error::broken("a count answered no number")),
    }
}
