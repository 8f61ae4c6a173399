//! The reading of spans of time: for each thing that began in the window, when it began and when it ended.

use super::definition::{End, Span};
use super::dimension::Counted;
use super::question::{Grouping, Question, Split, Tallies};
use super::tally::Reason;
use crate::catalogue::{self, Edge, Entry, Holds, Pairs, Target, Way};
use crate::clock::Micros;
use crate::error::Error;
use crate::store::{Cell, Reader, Sql, TIME};

/// Reads the spans of a question into its tallies.
pub(super) async fn read(
    question: &Question<'_>,
    reader: &Reader,
    (split, span): (&Split, &Span),
    tallies: &mut Tallies,
) -> Result<(), Error> {
    let entry = catalogue::by_name(span.noun).ok_or_else(|| Error::broken("a span is of no noun"))?;
    let counted = Counted::of(span.noun).ok_or_else(|| Error::broken("a span is of what nobody counts"))?;
    let mut sql = reader.sql();
    let grouping = Grouping::of_moments(&mut sql, split, counted, ("m", span.from));
    let ended = ended(&mut sql, question, span)?;
    let (table, from) = (question.table(&mut sql, entry), span.from);
    sql.push(&format!("SELECT {}m.id, m.{from}, {ended} FROM {table} m", grouping.selected()));
    sql.push(&format!(" WHERE m.{from} >= ")).bind(question.window.from);
    sql.push(&format!(" AND m.{from} < ")).bind(question.window.to);
    question.filter.write(&mut sql, counted, "m");
    let mut holds = grouping.holds();
    holds.extend([Holds::Id, TIME, TIME]);
    let width = grouping.width();
    for row in reader.all(sql.finish(), &holds).await?.rows() {
        let (Some(Cell::Id(id)), Some(Cell::Time(began))) = (row.get(width), row.get(width + 1)) else {
            continue;
        };
        let tally = tallies.at(grouping.place(row));
        match outcome(*began, row.get(width + 2), question.window.to) {
            Outcome::Negative => {
                tally.leave_out(Reason::NegativeDuration, 1, Some((entry.noun.code, *id)));
            }
            Outcome::Took(span) => tally.spans.push(span),
            Outcome::Open => tally.open.push(*began),
        }
    }
    Ok(())
}

/// What became of a span.
pub(super) enum Outcome {
    /// It ended before it began.
    Negative,
    /// It took so long.
    Took(Micros),
    /// It had not ended by the end of the window.
    Open,
}

/// What became of a span that began and, where that is known, ended at these moments.
pub(super) fn outcome(began: Micros, ended: Option<&Cell>, window_end: Micros) -> Outcome {
    match ended {
        Some(Cell::Time(ended)) if *ended < began => Outcome::Negative,
        Some(Cell::Time(ended)) if *ended < window_end => Outcome::Took(ended - began),
        _ => Outcome::Open,
    }
}

/// When the thing `m` ended, as an expression.
pub(super) fn ended(sql: &mut Sql, question: &Question<'_>, span: &Span) -> Result<String, Error> {
    let (name, column) = match span.to {
        End::Own(column) => return Ok(format!("m.{column}")),
        End::Earliest { edge, column } => (edge, column),
    };
    let edge = catalogue::by_name(span.noun).and_then(|entry| entry.edge(name));
    let edge = edge.ok_or_else(|| Error::broken("a span ends over no edge"))?;
    let far = far(edge).ok_or_else(|| Error::broken("a span ends at any noun"))?;
    let table = question.table(sql, far);
    let joined = match &edge.way {
        Way::Theirs(back) => format!("{table} o WHERE o.{back} = m.id"),
        Way::Own(own) => format!("{table} o WHERE o.id = m.{own}"),
        Way::Pairs(Pairs { table: pairs, near, far, .. }) => {
            format!("{pairs} l JOIN {table} o ON o.id = l.{far} WHERE l.{near} = m.id")
        }
        Way::OwnAny(..) | Way::PairsOfAny(_) => return Err(Error::broken("a span ends at any noun")),
    };
    Ok(format!("(SELECT min(o.{column}) FROM {joined} AND o.{column} >= m.{})", span.from))
}

fn far(edge: &Edge) -> Option<&'static Entry> {
    match edge.target {
        Target::Noun(code) => catalogue::by_code(code),
        Target::Any => None,
    }
}
