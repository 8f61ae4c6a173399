//! Facts, along the index of their day or, where deliveries are chosen, that of each delivery after the other.

use std::collections::HashMap;

use chrono::NaiveDate;
use uuid::Uuid;

use super::{Adds, Line, Mark, Role, Step, Why};
use crate::catalogue::{self, Code, Holds};
use crate::error::Error;
use crate::kpi::contested::Reporters;
use crate::kpi::definition::{Term, Value};
use crate::kpi::dimension::{Counted, Dimension};
use crate::kpi::facts::{FIRST_STEP, Part, of_one, parts};
use crate::kpi::tally::Side;
use crate::kpi::window::{DAY, day_of, midnight};
use crate::store::{BOOL, Cell, DAY as A_DAY, NUMBER, Sql, TEXT};

/// The dimensions that lead over the delivery.
const BY_DELIVERY: [Dimension; 3] = [Dimension::Brand, Dimension::Campaign, Dimension::Team];
/// How many deliveries are looked into by one statement.
const AT_ONCE: usize = 10;

/// A fact as it was read.
struct Fact {
    id: Uuid,
    day: i64,
    delivery: Option<Uuid>,
    source: String,
    uncosted: bool,
    currency: Option<String>,
    /// What it would add for each part of the measure.
    amounts: Vec<i128>,
}

impl Step<'_> {
    /// Facts of performance.
    pub(super) async fn performance(&self) -> Result<Vec<Line>, Error> {
        let by_delivery = BY_DELIVERY.iter().any(|dimension| self.question.filter.chooses(*dimension));
        let facts = if by_delivery { self.under_deliveries().await? } else { self.by_day().await? };
        let mut deliveries: Vec<Uuid> = facts.iter().filter_map(|fact| fact.delivery).collect();
        deliveries.sort_unstable();
        deliveries.dedup();
        let reporters = Reporters::read(self.reader, deliveries, self.question.as_of).await?;
        let (code, parts) = (code("PerformanceFact"), parts(self.question));
        Ok(facts
            .into_iter()
            .map(|fact| {
                let (role, included, reason) = self.judge(&fact, &reporters);
                let adds = Some(self.adds(&fact, &parts, &reporters));
                let under = fact.delivery.filter(|_| by_delivery);
                let mark = Mark { walk: self.place, under, at: fact.day, id: fact.id };
                Line { thing: (code, fact.id), role, included, reason, adds, mark }
            })
            .collect())
    }

    /// Whether a fact's source is the one whose word counts for a measure.
    fn counts(&self, fact: &Fact, reporters: &Reporters, measure: &str) -> bool {
        fact.delivery.is_none_or(|delivery| {
            let chosen = reporters.counts(self.question.kpis, delivery, measure);
            chosen.is_none_or(|source| *source == fact.source)
        })
    }

    /// What a fact adds, by the measures for which its source's word counts.
    fn adds(&self, fact: &Fact, parts: &[Part], reporters: &Reporters) -> Adds {
        let mut sums = [0; 2];
        for ((side, measure, minus), amount) in parts.iter().zip(&fact.amounts) {
            if self.counts(fact, reporters, measure) {
                sums[usize::from(*side == Side::Denominator)] += if *minus { -amount } else { *amount };
            }
        }
        Adds::of(self.question.definition, sums, fact.currency.clone())
    }

    /// How a fact counts: by the measures for which its source's word does.
    fn judge(&self, fact: &Fact, reporters: &Reporters) -> (Role, bool, Option<Why>) {
        let counts = |measure: &str| self.counts(fact, reporters, measure);
        // For each side of the line, whether any of its measures counts, and whether all do.
        let mut sides: HashMap<bool, (bool, bool)> = HashMap::new();
        for (side, term) in self.question.terms() {
            let Term::Fact { measure, .. } = term else { continue };
            let (any, all) = sides.entry(side == Side::Numerator).or_insert((false, true));
            *any |= counts(measure);
            *all &= counts(measure);
        }
        let any = |above| sides.get(&above).is_some_and(|(any, _)| *any);
        let Some(role) = Role::of(any(true), any(false)) else {
            let there = Role::of(sides.contains_key(&true), sides.contains_key(&false));
            return (there.unwrap_or(Role::Both), false, Some(Why::OtherSourceCounts));
        };
        let needs_cost = matches!(self.question.definition.value, Value::Ratio { needs_cost: true, .. });
        let reason = match sides.values().all(|(_, all)| *all) {
            _ if needs_cost && fact.uncosted && counts("cost") => Some(Why::CostMissing),
            true => None,
            false => Some(Why::OtherSourceCounts),
        };
        (role, true, reason)
    }

    /// Writes the condition that facts are of the window and stand behind a place. Where they begin is said once: beside a
    /// plain bound on the day SQLite would walk over all facts of the day before the place.
    fn days(&self, sql: &mut Sql, alias: &str, behind: Option<&Mark>) {
        let (first, end) = self.question.window.days();
        match behind {
            Some(mark) => {
                let day: NaiveDate = day_of(mark.at.saturating_mul(DAY)).max(first);
                sql.push(&format!("({alias}.day, {alias}.id) > ("))
                    .bind(day)
                    .push(", ")
                    .bind(mark.id)
                    .push(")");
            }
            None => drop(sql.push(&format!("{alias}.day >= ")).bind(first)),
        }
        sql.push(&format!(" AND {alias}.day < ")).bind(end);
    }

    async fn by_day(&self) -> Result<Vec<Fact>, Error> {
        let mut sql = self.reader.sql();
        self.select_facts(&mut sql);
        sql.push(" WHERE ");
        self.days(&mut sql, "t", self.after);
        self.question.filter.write(&mut sql, Counted::Performance, "t");
        sql.push(&format!(" ORDER BY t.day, t.id LIMIT {}", self.limit));
        self.read_facts(sql).await
    }

    /// Reads facts of the deliveries that are chosen, one delivery after the other.
    async fn under_deliveries(&self) -> Result<Vec<Fact>, Error> {
        let mut facts = Vec::new();
        let mut from = self.after.and_then(|mark| mark.under);
        let mut behind = self.after.filter(|mark| mark.under.is_some());
        while facts.len() < self.limit {
            let deliveries = self.deliveries(from, behind.is_some()).await?;
            if deliveries.is_empty() {
                break;
            }
            let mut sql = self.reader.sql();
            for (place, delivery) in deliveries.iter().enumerate() {
                sql.push(if place > 0 { " UNION ALL SELECT * FROM (" } else { "SELECT * FROM (" });
                self.select_facts(&mut sql);
                let behind = behind.filter(|mark| mark.under == Some(*delivery));
                sql.push(" WHERE t.delivery_id = ").bind(*delivery).push(" AND ");
                self.days(&mut sql, "t", behind);
                let rest = self.question.filter.without_dimensions(&BY_DELIVERY);
                rest.write(&mut sql, Counted::Performance, "t");
                sql.push(&format!(" ORDER BY t.day, t.id LIMIT {}) q{place}", self.limit - facts.len()));
            }
            let mut found = self.read_facts(sql).await?;
            found.sort_by_key(|fact| (fact.delivery, fact.day, fact.id));
            facts.extend(found);
            behind = None;
            from = deliveries.last().copied();
            if deliveries.len() < AT_ONCE {
                break;
            }
        }
        facts.truncate(self.limit);
        Ok(facts)
    }

    /// The next deliveries that are chosen and have facts in the window.
    async fn deliveries(&self, from: Option<Uuid>, inclusive: bool) -> Result<Vec<Uuid>, Error> {
        let mut sql = self.reader.sql();
        let chosen = self.question.filter.of_dimensions(&BY_DELIVERY);
        sql.push("SELECT t.delivery_id FROM (SELECT d.id AS delivery_id FROM delivery d) t WHERE TRUE");
        if let Some(from) = from {
            sql.push(if inclusive { " AND t.delivery_id >= " } else { " AND t.delivery_id > " }).bind(from);
        }
        chosen.write(&mut sql, Counted::Performance, "t");
        let (first, behind) = self.question.window.days();
        sql.push(
            " AND EXISTS (SELECT 1 FROM performance_fact f WHERE f.delivery_id = t.delivery_id AND f.day >= ",
        );
        sql.bind(first).push(" AND f.day < ").bind(behind);
        sql.push(&format!(") ORDER BY t.delivery_id LIMIT {AT_ONCE}"));
        let table = self.reader.all(sql.finish(), &[Holds::Id]).await?;
        let id = |row: &[Cell]| match row {
            [Cell::Id(id)] => Some(*id),
            _ => None,
        };
        Ok(table.rows().filter_map(id).collect())
    }

    fn select_facts(&self, sql: &mut Sql) {
        let amounts: String = parts(self.question)
            .iter()
            .enumerate()
            .map(|(place, (_, measure, _))| format!(", {} AS a{place}", of_one("PerformanceFact", measure)))
            .collect();
        let facts = self.question.facts(sql, "PerformanceFact");
        sql.push(&format!(
            "SELECT t.id, t.day, t.delivery_id, (SELECT s.name FROM source s WHERE s.id = t.source_id) AS source, \
             t.cost IS NULL AS uncosted, t.currency{amounts} FROM {facts} t"
        ));
    }

    async fn read_facts(&self, sql: Sql) -> Result<Vec<Fact>, Error> {
        let mut holds = vec![Holds::Id, A_DAY, Holds::Id, TEXT, BOOL, TEXT];
        holds.extend(parts(self.question).iter().map(|_| NUMBER));
        let table = self.reader.all(sql.finish(), &holds).await?;
        let fact = |row: &[Cell]| {
            let [
                Cell::Id(id),
                Cell::Date(day),
                delivery,
                Cell::Text(source),
                uncosted,
                currency,
                amounts @ ..,
            ] = row
            else {
                return None;
            };
            let currency = match currency {
                Cell::Text(currency) => Some(currency.clone()),
                _ => None,
            };
            let delivery = match delivery {
                Cell::Id(delivery) => Some(*delivery),
                _ => None,
            };
            let day = number(day)?;
            let (source, uncosted) = (source.clone(), *uncosted == Cell::Bool(true));
            let amounts = amounts.iter().map(amount).collect();
            Some(Fact { id: *id, day, delivery, source, uncosted, currency, amounts })
        };
        Ok(table.rows().filter_map(fact).collect())
    }

    /// Facts of journeys.
    pub(super) async fn journey(&self) -> Result<Vec<Line>, Error> {
        let mut sql = self.reader.sql();
        let facts = self.question.facts(&mut sql, "JourneyFact");
        let terms = self.question.terms().filter_map(|(side, term)| match term {
            Term::Journey { measure, first_steps_only } => Some((side, *measure, *first_steps_only)),
            _ => None,
        });
        let terms: Vec<(Side, &str, bool)> = terms.collect();
        let amounts: String =
            terms.iter().map(|(_, measure, _)| format!(", {}", of_one("JourneyFact", measure))).collect();
        sql.push(&format!("SELECT f.id, f.day, coalesce({FIRST_STEP}, FALSE){amounts} FROM {facts} f"));
        sql.push(" WHERE ");
        self.days(&mut sql, "f", self.after);
        self.question.filter.write(&mut sql, Counted::Journey, "f");
        if terms.iter().all(|(_, _, first_only)| *first_only) {
            sql.push(&format!(" AND {FIRST_STEP}"));
        }
        sql.push(&format!(" ORDER BY f.day, f.id LIMIT {}", self.limit));
        let mut holds = vec![Holds::Id, A_DAY, BOOL];
        holds.extend(terms.iter().map(|_| NUMBER));
        let table = self.reader.all(sql.finish(), &holds).await?;
        let code = code("JourneyFact");
        let line = |row: &[Cell]| {
            let [Cell::Id(id), Cell::Date(day), Cell::Bool(first), amounts @ ..] = row else { return None };
            let (mut sides, mut sums) = ([false; 2], [0; 2]);
            for ((side, _, first_only), cell) in terms.iter().zip(amounts) {
                if *first || !first_only {
                    let place = usize::from(*side == Side::Denominator);
                    sides[place] = true;
                    sums[place] += amount(cell);
                }
            }
            let role = Role::of(sides[0], sides[1])?;
            let adds = Some(Adds::of(self.question.definition, sums, None));
            let mark = Mark { walk: self.place, under: None, at: number(day)?, id: *id };
            Some(Line { thing: (code, *id), role, included: true, reason: None, adds, mark })
        };
        Ok(table.rows().filter_map(line).collect())
    }
}

fn code(noun: &str) -> Code {
    catalogue::by_name(noun).map_or(0, |entry| entry.noun.code)
}

fn amount(cell: &Cell) -> i128 {
    match cell {
        Cell::Int(amount) => i128::from(*amount),
        _ => 0,
    }
}

/// The number of a day, counted from 1970.
fn number(day: &str) -> Option<i64> {
    Some(midnight(day.parse().ok()?).div_euclid(DAY))
}
