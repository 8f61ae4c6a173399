//! The reading of counts and of times that things took: what counts by the same moment of the same noun is read in one
//! statement and added up by the store.

use super::definition::{Term, Things};
use super::dimension::Counted;
use super::question::{Grouping, Question, Split, Tallies, key};
use super::tally::Side;
use super::times::{Times, reason};
use super::window::bucket_of;
use crate::catalogue::{self, Entry, Holds};
use crate::error::Error;
use crate::store::{BOOL, Cell, NUMBER, Reader, Sql, TIME};

/// The terms that are read in one statement.
struct Batch<'a> {
    entry: &'static Entry,
    counted: Counted,
    at: &'static str,
    terms: Vec<(Side, &'a Term, &'a Things)>,
}

/// Reads the counts and times of a question into its tallies.
pub(super) async fn read(
    question: &Question<'_>,
    reader: &Reader,
    split: &Split,
    tallies: &mut Tallies,
) -> Result<(), Error> {
    for batch in batches(question)? {
        let lacking = batch.sums(question, reader, split, tallies).await?;
        if lacking > 0 {
            batch.lacking(question, reader, split, tallies).await?;
        }
    }
    Ok(())
}

fn batches<'a>(question: &Question<'a>) -> Result<Vec<Batch<'a>>, Error> {
    let mut batches: Vec<Batch<'a>> = Vec::new();
    for (side, term) in question.terms() {
        let (Term::Count { of } | Term::Duration { of, .. }) = term else { continue };
        let known = batches.iter_mut().find(|batch| batch.entry.noun.name == of.noun && batch.at == of.at);
        if let Some(batch) = known {
            batch.terms.push((side, term, of));
            continue;
        }
        let entry = catalogue::by_name(of.noun).ok_or_else(|| Error::broken("a term is of no noun"))?;
        let counted = Counted::of(of.noun).ok_or_else(|| Error::broken("a term is of what nobody counts"))?;
        batches.push(Batch { entry, counted, at: of.at, terms: vec![(side, term, of)] });
    }
    Ok(batches)
}

impl Batch<'_> {
    /// Adds up the terms, and answers how many things have no usable time.
    async fn sums(
        &self,
        question: &Question<'_>,
        reader: &Reader,
        split: &Split,
        tallies: &mut Tallies,
    ) -> Result<i64, Error> {
        let mut sql = reader.sql();
        let grouping = Grouping::of_moments(&mut sql, split, self.counted, ("m", self.at));
        let times = self.times(&mut sql);
        let usable = times.as_ref().map_or("TRUE", |times| times.usable.as_str());
        let mut holds = grouping.holds();
        let width = grouping.width();
        let selected = grouping.selected();
        let mut columns = Vec::new();
        for (_, term, things) in &self.terms {
            let counts = format!("{} AND {usable}", only(&mut sql, things));
            match term {
                Term::Duration { from, to, or_to, .. } => {
                    let took = format!("({} - m.{from})", end(to, *or_to));
                    // A sum of microseconds could become too large for the store; seconds and the rest do not.
                    for part in [format!("{took} / 1000000"), format!("{took} % 1000000")] {
                        columns.push(sum(&format!("CASE WHEN {counts} THEN {part} END")));
                    }
                }
                _ => columns.push(sum(&format!("CASE WHEN {counts} THEN 1 END"))),
            }
        }
        columns.push(match &times {
            Some(Times { usable, .. }) => sum(&format!("CASE WHEN {usable} THEN 0 ELSE 1 END")),
            None => "CAST(0 AS bigint)".to_owned(),
        });
        holds.extend(columns.iter().map(|_| NUMBER));
        sql.push(&format!("SELECT {selected}{}", columns.join(", ")));
        self.rows(&mut sql, question);
        sql.push(&grouping.group_by(0));
        let mut lacking = 0;
        for row in reader.all(sql.finish(), &holds).await?.rows() {
            let tally = tallies.at(grouping.place(row));
            let mut numbers = row.iter().skip(width).map(|cell| match cell {
                Cell::Int(number) => i128::from(*number),
                _ => 0,
            });
            for (side, term, _) in &self.terms {
                let mut amount = numbers.next().unwrap_or_default();
                if matches!(term, Term::Duration { .. }) {
                    amount = amount * 1_000_000 + numbers.next().unwrap_or_default();
                }
                tally.add(*side, "", amount);
            }
            lacking += i64::try_from(numbers.next().unwrap_or_default()).unwrap_or_default();
        }
        Ok(lacking)
    }

    /// Names the things that have no usable time.
    async fn lacking(
        &self,
        question: &Question<'_>,
        reader: &Reader,
        split: &Split,
        tallies: &mut Tallies,
    ) -> Result<(), Error> {
        let mut sql = reader.sql();
        let Some(Times { begun, ended, usable }) = self.times(&mut sql) else { return Ok(()) };
        let by = match split {
            Split::By(dimension) => self.counted.expression(&mut sql, *dimension, "m"),
            Split::Whole | Split::Series(..) => "m.id".to_owned(),
        };
        let holds = match split {
            Split::By(dimension) => dimension.holds(),
            Split::Whole | Split::Series(..) => Holds::Id,
        };
        sql.push(&format!("SELECT m.id, m.{}, {begun}, {ended}, {by}", self.at));
        self.rows(&mut sql, question);
        sql.push(&format!(" AND NOT {usable}"));
        for row in reader.all(sql.finish(), &[Holds::Id, TIME, BOOL, BOOL, holds]).await?.rows() {
            let [Cell::Id(id), Cell::Time(at), Cell::Bool(begun), Cell::Bool(ended), by] = row else {
                continue;
            };
            let place = match split {
                Split::Whole => (0, None),
                Split::Series(buckets, _) => (bucket_of(buckets, *at), None),
                Split::By(_) => (0, key(by)),
            };
            tallies.at(place).leave_out(reason(*begun, *ended), 1, Some((self.entry.noun.code, *id)));
        }
        Ok(())
    }

    fn rows(&self, sql: &mut Sql, question: &Question<'_>) {
        let (table, at) = (question.table(sql, self.entry), self.at);
        sql.push(&format!(" FROM {table} m WHERE m.{at} >= ")).bind(question.window.from);
        sql.push(&format!(" AND m.{at} < ")).bind(question.window.to);
        question.filter.write(sql, self.counted, "m");
    }

    fn times(&self, sql: &mut Sql) -> Option<Times> {
        Times::of(sql, self.terms.iter().map(|(_, term, _)| *term))
    }
}

/// The expression that answers when a time ended.
pub(super) fn end(to: &str, or_to: Option<&str>) -> String {
    match or_to {
        Some(or_to) => format!("coalesce(m.{to}, m.{or_to})"),
        None => format!("m.{to}"),
    }
}

/// The condition that a thing is one of those that count.
pub(super) fn only(sql: &mut Sql, things: &Things) -> String {
    match &things.only {
        None => "TRUE".to_owned(),
        Some((column, words)) => format!("m.{column} {}", sql.one_of_texts(words)),
    }
}

/// A sum as a whole number of 64 bits, which Postgres would make a decimal of.
pub(super) fn sum(of: &str) -> String {
    format!("CAST(coalesce(sum({of}), 0) AS bigint)")
}
