//! The answers to a question: its figures as a whole, over time, by a dimension and beside another period, and whether
//! what was agreed on is met.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use super::definition::Definition;
use super::dimension::Dimension;
use super::question::{Question, Split};
use super::tally::{Figure, Key, Missing, Tally};
use super::waiting;
use super::window::{Interval, Period, Window};
use crate::catalogue::{self, Holds};
use crate::error::Error;
use crate::store::{Cell, FLOAT, Reader, TEXT};

/// A part of a series.
#[derive(Debug, Clone)]
pub struct Part {
    /// When.
    pub window: Window,
    /// Its figures.
    pub figure: Figure,
}

/// A row of a breakdown.
#[derive(Debug, Clone)]
pub struct Row {
    /// The value of the dimension; nothing for what has none.
    pub key: Option<Key>,
    /// What to call it.
    pub label: Option<String>,
    /// Its figures.
    pub figure: Figure,
}

/// Whether what was agreed on is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It is.
    Met,
    /// It is not.
    Missed,
    /// Nothing was agreed on, or there is no value.
    Unknown,
}

impl Question<'_> {
    /// Its figures as a whole. What is missing because the window is open or events wait is told apart from them.
    pub async fn whole(&self, reader: &Reader) -> Result<Figure, Error> {
        let mut tallies = self.tallies(reader, &Split::Whole).await?;
        Ok(self.figure(tallies.at((0, None))))
    }

    /// What is missing of the whole beside what its figures say.
    pub async fn missing(&self, reader: &Reader) -> Result<Vec<Missing>, Error> {
        self.missing_of_each(reader, &Split::Whole).await
    }

    /// What is missing of every part of an answer that is not split by time.
    async fn missing_of_each(&self, reader: &Reader, split: &Split) -> Result<Vec<Missing>, Error> {
        let waiting = waiting::read(self, reader, split).await?;
        let missing = waiting.into_iter().map(|(_, missing)| missing);
        let known = self.still_open(self.window).into_iter().chain(self.past_not_kept(split));
        Ok(known.chain(missing).collect())
    }

    /// Its figures over time, with all that is missing of each part.
    pub async fn series(&self, reader: &Reader, interval: Interval) -> Result<Vec<Part>, Error> {
        let buckets = self.window.buckets(interval)?;
        let split = Split::Series(buckets.clone(), interval);
        let mut tallies = self.tallies(reader, &split).await?;
        let mut parts: Vec<Part> = buckets
            .into_iter()
            .enumerate()
            .map(|(place, window)| {
                let mut figure = self.figure(tallies.at((place, None)));
                figure.missing.extend(self.still_open(window));
                figure.missing.extend(self.past_not_kept(&split));
                Part { window, figure }
            })
            .collect();
        for (place, missing) in waiting::read(self, reader, &split).await? {
            if let Some(part) = parts.get_mut(place) {
                part.figure.missing.push(missing);
            }
        }
        Ok(parts)
    }

    /// Its figures by the values of a dimension, with all that is missing of each; what has nothing below the line is
    /// left out. Events that wait may belong to any of them.
    pub async fn breakdown(&self, reader: &Reader, dimension: Dimension) -> Result<Vec<Row>, Error> {
        self.can_be_asked_by([dimension])?;
        let split = Split::By(dimension);
        let tallies = self.tallies(reader, &split).await?;
        let missing = self.missing_of_each(reader, &split).await?;
        let figures: Vec<(Option<Key>, Figure)> = tallies
            .0
            .into_iter()
            .map(|((_, key), tally)| (key, self.figure(&tally)))
            .filter(|(_, figure)| figure.denominator != Some(0.0))
            .collect();
        let ids: Vec<Uuid> = figures
            .iter()
            .filter_map(|(key, _)| match key {
                Some(Key::Id(id)) => Some(*id),
                _ => None,
            })
            .collect();
        let names = names(reader, dimension, &ids).await?;
        let mut rows: Vec<Row> = figures
            .into_iter()
            .map(|(key, mut figure)| {
                figure.missing.extend(missing.iter().cloned());
                let label = match &key {
                    Some(Key::Id(id)) => names.get(id).cloned(),
                    Some(Key::Word(word)) => Some(word.clone()),
                    None => None,
                };
                Row { key, label, figure }
            })
            .collect();
        rows.sort_by(|one, other| {
            let order = |row: &Row| (row.key.is_none(), row.label.clone(), row.key.clone());
            order(one).cmp(&order(other))
        });
        Ok(rows)
    }

    /// The figures of the window that it is held against.
    pub async fn compared(&self, reader: &Reader, period: Period) -> Result<Part, Error> {
        let window = self.window.before(period)?;
        let figure = self.about(window).whole(reader).await?;
        Ok(Part { window, figure })
    }

    /// How far the value of figures is from that of others; nothing where either has none, or where they are amounts of
    /// two currencies.
    pub fn change(&self, now: &Figure, then: &Figure) -> Option<f64> {
        let differ = now.currency.as_ref().zip(then.currency.as_ref()).is_some_and(|(now, then)| now != then);
        if differ && self.definition.is_amount() {
            return None;
        }
        now.value.zip(then.value).map(|(now, then)| now - then)
    }

    fn figure(&self, tally: &Tally) -> Figure {
        tally.figure(self.definition, &self.kpis.rates, self.window.to)
    }
}

impl Status {
    /// Whether a value is as good as what was agreed on.
    pub fn of(definition: &Definition, value: Option<f64>, target: Option<f64>) -> Self {
        match (value, target) {
            (Some(value), Some(target)) if definition.better.met(value, target) => Status::Met,
            (Some(_), Some(_)) => Status::Missed,
            _ => Status::Unknown,
        }
    }
}

/// What was agreed on, by the key of the measure, as the store has it.
pub async fn targets(reader: &Reader) -> Result<BTreeMap<String, f64>, Error> {
    let mut sql = reader.sql();
    sql.push("SELECT k.key, k.target FROM kpi k WHERE k.target IS NOT NULL");
    let mut targets = BTreeMap::new();
    for row in reader.all(sql.finish(), &[TEXT, FLOAT]).await?.rows() {
        if let [Cell::Text(key), Cell::Float(target)] = row {
            targets.insert(key.clone(), *target);
        }
    }
    Ok(targets)
}

/// What the things of a dimension are called.
async fn names(reader: &Reader, dimension: Dimension, ids: &[Uuid]) -> Result<HashMap<Uuid, String>, Error> {
    let entry = dimension.noun().and_then(catalogue::by_name);
    let (Some(entry), false) = (entry, ids.is_empty()) else { return Ok(HashMap::new()) };
    let mut sql = reader.sql();
    let place = sql.hold(sql.dialect().ids(ids));
    let rows = sql.dialect().id_rows(&place);
    sql.push(&format!("SELECT t.id, t.name FROM {} t WHERE t.id IN {rows}", entry.noun.table));
    let mut names = HashMap::new();
    for row in reader.all(sql.finish(), &[Holds::Id, TEXT]).await?.rows() {
        if let [Cell::Id(id), Cell::Text(name)] = row {
            names.insert(*id, name.clone());
        }
    }
    Ok(names)
}
