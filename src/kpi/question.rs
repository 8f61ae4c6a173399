//! A question about a measure: which, when, of what, and how it is split; and the reading of its answer, whichever
//! parts it is made of.

use std::collections::BTreeMap;

use super::counts::{self, sum};
use super::definition::{Definition, Term, Value};
use super::dimension::{Counted, Dimension, check};
use super::filter::Filter;
use super::settings::Kpis;
use super::tally::{Key, Missing, Reason, Side, Tally};
use super::window::{DAY, Interval, Window, bucket_of, day_of, midnight};
use super::{facts, reuse, spans};
use crate::catalogue::{Holds, Kind};
use crate::clock::Micros;
use crate::error::{ClientError, Error};
use crate::store::{By, Cell, NUMBER, Parts, Reader, Sql, Table};

/// A question about a measure.
#[derive(Debug, Clone)]
pub struct Question<'a> {
    /// What the configuration says of measures.
    pub kpis: &'a Kpis,
    /// The measure.
    pub definition: &'a Definition,
    /// When.
    pub window: Window,
    /// Of what.
    pub filter: Filter,
    /// With what was known until then; without it, with all that is known.
    pub as_of: Option<Micros>,
    /// The present moment.
    pub now: Micros,
}

/// How an answer is split.
#[derive(Debug, Clone)]
pub enum Split {
    /// Not at all.
    Whole,
    /// By time; the parts meet without overlap and are the window together.
    Series(Vec<Window>, Interval),
    /// By the values of a dimension.
    By(Dimension),
}

/// The place of a part of an answer: which part of the series, and which value of the dimension.
pub type Place = (usize, Option<Key>);

/// What is known of each part.
#[derive(Debug, Default, Clone)]
pub struct Tallies(pub BTreeMap<Place, Tally>);

impl Tallies {
    /// The tally of a part.
    pub fn at(&mut self, place: Place) -> &mut Tally {
        self.0.entry(place).or_default()
    }
}

impl<'a> Question<'a> {
    /// A question that can be answered: of what it is asked by, each has a way to something that the measure counts.
    pub fn checked(self) -> Result<Self, ClientError> {
        let asked: Vec<Dimension> = self.filter.dimensions().collect();
        self.can_be_asked_by(asked)?;
        Ok(self)
    }

    /// Refuses dimensions that the measure has no way to.
    pub fn can_be_asked_by(&self, asked: impl IntoIterator<Item = Dimension>) -> Result<(), ClientError> {
        check(&self.definition.key, &self.counted(), asked)
    }

    /// The rows that the measure counts.
    pub fn counted(&self) -> Vec<Counted> {
        self.definition.nouns().into_iter().filter_map(Counted::of).collect()
    }

    /// The same question about another window.
    pub fn about(&self, window: Window) -> Self {
        Question { window, ..self.clone() }
    }

    /// What is known of each part of the answer. The whole and each part of a series is there even where nothing is
    /// known of it.
    pub async fn tallies(&self, reader: &Reader, split: &Split) -> Result<Tallies, Error> {
        let mut tallies = Tallies::default();
        match split {
            Split::Whole => drop(tallies.at((0, None))),
            Split::Series(buckets, _) => (0..buckets.len()).for_each(|place| {
                tallies.at((place, None));
            }),
            Split::By(_) => {}
        }
        match &self.definition.value {
            Value::Median(span) => Box::pin(spans::read(self, reader, (split, span), &mut tallies)).await?,
            Value::Reuse { threshold } => {
                Box::pin(reuse::read(self, reader, (split, *threshold), &mut tallies)).await?;
            }
            Value::Ratio { needs_cost, .. } => {
                Box::pin(counts::read(self, reader, split, &mut tallies)).await?;
                Box::pin(facts::read(self, reader, (split, *needs_cost), &mut tallies)).await?;
            }
        }
        Ok(tallies)
    }

    /// The terms of the measure with their sides.
    pub fn terms(&self) -> impl Iterator<Item = (Side, &'a Term)> {
        let (above, below) = self.definition.terms();
        let above = above.iter().map(|term| (Side::Numerator, term));
        above.chain(below.iter().map(|term| (Side::Denominator, term)))
    }

    /// Whether a window of it is over, as far as the measure looks: what spans end by is the end of the whole window.
    pub fn over(&self, part: Window) -> bool {
        let end = match self.definition.value {
            Value::Median(_) => self.window.to,
            Value::Ratio { .. } | Value::Reuse { .. } => part.to,
        };
        end <= self.as_of.unwrap_or(self.now).min(self.now)
    }

    /// What is missing of a part of the window because it is not over.
    pub fn still_open(&self, part: Window) -> Option<Missing> {
        (!self.over(part)).then(|| Missing::of(Reason::WindowOpen))
    }
}

/// How a statement tells which part of an answer a row belongs to: the columns that it selects and groups by.
#[derive(Debug)]
pub(super) struct Grouping<'s> {
    split: &'s Split,
    /// The midnight that days are counted from, where rows have moments.
    origin: Micros,
    /// Whether rows come as they stand and are added up where they are read.
    adds: bool,
    /// What is selected, in its order.
    selected: Vec<String>,
    holds: Vec<Holds>,
}

impl<'s> Grouping<'s> {
    /// For rows whose moment stands in a column; in a series, days are counted from the first.
    pub(super) fn of_moments(
        sql: &mut Sql,
        split: &'s Split,
        counted: Counted,
        (alias, at): (&str, &str),
    ) -> Self {
        let mut grouping =
            Grouping { split, origin: 0, adds: false, selected: Vec::new(), holds: Vec::new() };
        match split {
            Split::Whole => {}
            Split::Series(buckets, _) => {
                let first = buckets.first().map_or(0, |bucket| bucket.from);
                grouping.origin = midnight(day_of(first));
                let origin = sql.hold(grouping.origin);
                grouping.selected.push(format!("({alias}.{at} - {origin}) / {}", DAY));
                grouping.holds.push(NUMBER);
            }
            Split::By(dimension) => grouping.by(sql, counted, (alias, *dimension)),
        }
        grouping
    }

    /// For rows whose day stands in the column `day`.
    pub(super) fn of_days(sql: &mut Sql, split: &'s Split, counted: Counted, alias: &str) -> Self {
        let mut grouping =
            Grouping { split, origin: 0, adds: false, selected: Vec::new(), holds: Vec::new() };
        match split {
            Split::Whole => {}
            Split::Series(_, interval) => {
                grouping.selected.push(sql.dialect().in_bucket(interval.word(), &format!("{alias}.day")));
                grouping.holds.push(Holds::Value(Kind::Date));
            }
            Split::By(dimension) => grouping.by(sql, counted, (alias, *dimension)),
        }
        grouping
    }

    fn by(&mut self, sql: &mut Sql, counted: Counted, (alias, dimension): (&str, Dimension)) {
        self.selected.push(counted.expression(sql, dimension, alias));
        self.holds.push(dimension.holds());
    }

    /// The columns that tell the part, each with a comma behind it.
    pub(super) fn selected(&self) -> String {
        self.selected.iter().map(|column| format!("{column}, ")).collect()
    }

    /// What they hold.
    pub(super) fn holds(&self) -> Vec<Holds> {
        self.holds.clone()
    }

    /// How many columns they are.
    pub(super) fn width(&self) -> usize {
        self.selected.len()
    }

    /// The same for a statement that has nothing but sums behind its groups: where the store would sort rows to group
    /// them, they are added up as they are read. Not by a dimension, to which the way may be long.
    pub(super) fn of_sums(self, sql: &Sql) -> Self {
        Grouping { adds: !matches!(self.split, Split::By(_)) && sql.dialect().sorts_groups(), ..self }
    }

    /// A sum, as it is selected.
    pub(super) fn sum(&self, of: &str) -> String {
        if self.adds { of.to_owned() } else { sum(of) }
    }

    /// Reads the sums of a statement that ends with [`Grouping::group_by`].
    pub(super) async fn read(
        &self,
        reader: &Reader,
        sql: Sql,
        holds: &[Holds],
        behind: Behind,
    ) -> Result<Table, Error> {
        if !self.adds {
            return reader.all(sql.finish(), holds).await;
        }
        let parts = match self.split {
            Split::Series(buckets, _) => {
                Some(Parts::new(buckets.iter().map(|bucket| bucket.days().0.to_string())))
            }
            Split::Whole | Split::By(_) => None,
        };
        let by = By { keys: self.width() + behind.keys, same: behind.same, parts };
        reader.sums(sql.finish(), holds, (&by, behind.long && by.parts.is_some())).await
    }

    /// `GROUP BY` these columns and so many behind them; nothing where there are none, or rows come as they stand.
    pub(super) fn group_by(&self, more: usize) -> String {
        let places: Vec<String> = (1..=self.width() + more).map(|place| place.to_string()).collect();
        if places.is_empty() || self.adds {
            String::new()
        } else {
            format!(" GROUP BY {}", places.join(", "))
        }
    }

    /// The part that a row belongs to, whose first cells are these columns.
    pub(super) fn place(&self, row: &[Cell]) -> Place {
        match (self.split, row.first()) {
            (Split::Series(..), Some(Cell::Int(part))) if self.adds => {
                (usize::try_from(*part).unwrap_or_default(), None)
            }
            (Split::Series(buckets, _), Some(Cell::Int(days))) => {
                let moment = self.origin.saturating_add(days.saturating_mul(DAY));
                (bucket_of(buckets, moment.max(self.from(buckets))), None)
            }
            (Split::Series(buckets, _), Some(Cell::Date(day))) => {
                let moment = day.parse().map_or(0, midnight);
                (bucket_of(buckets, moment.max(self.from(buckets))), None)
            }
            (Split::By(_), Some(cell)) => (0, key(cell)),
            _ => (0, None),
        }
    }

    fn from(&self, buckets: &[Window]) -> Micros {
        buckets.first().map_or(0, |bucket| bucket.from)
    }
}

/// What stands behind the columns of a grouping: numbers, but for the first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Behind {
    /// How many more columns rows are told apart by.
    pub(super) keys: usize,
    /// How many columns at the end are the same in every row.
    pub(super) same: usize,
    /// Whether there are rows for each of many things on each day, so that a series takes long.
    pub(super) long: bool,
}

/// The value of a dimension in a cell.
pub(super) fn key(cell: &Cell) -> Option<Key> {
    match cell {
        Cell::Id(id) => Some(Key::Id(*id)),
        Cell::Text(word) => Some(Key::Word(word.clone())),
        _ => None,
    }
}
