//! The reading of facts: from the smallest table of sums that knows what is asked, less what another source counts for.
//! The store adds up days; all else is added up on whole numbers here.

use super::contested;
use super::counts::sum;
use super::definition::Term;
use super::dimension::Counted;
use super::question::{Behind, Grouping, Question, Split, Tallies};
use super::tally::{Reason, Side};
use crate::catalogue::{self, Holds, Rollup, SUMMED};
use crate::error::Error;
use crate::store::{Cell, NUMBER, Reader, Sql, TEXT};

/// A part of a sum: its side, its column, and whether it is taken off.
pub(super) type Part = (Side, &'static str, bool);

/// Reads the facts of a question into its tallies.
pub(super) async fn read(
    question: &Question<'_>,
    reader: &Reader,
    (split, needs_cost): (&Split, bool),
    tallies: &mut Tallies,
) -> Result<(), Error> {
    journeys(question, reader, split, tallies).await?;
    let parts = parts(question);
    if parts.is_empty() {
        return Ok(());
    }
    let known = tallies.clone();
    let (mut uncosted, contested) = performance(question, reader, (split, &parts), tallies).await?;
    if contested {
        // What is taken off must be what was added up.
        *tallies = known;
        let read = reader.still(async {
            let (uncosted, _) = performance(question, reader, (split, &parts), tallies).await?;
            let dealt = contested::read(question, reader, (split, &parts, needs_cost), tallies).await?;
            Ok(uncosted - dealt)
        });
        uncosted = Box::pin(read).await?;
    }
    if needs_cost && uncosted > 0 {
        without_cost(question, reader, split, tallies).await?;
    }
    Ok(())
}

/// The parts of sums that facts of performance are added up to.
pub(super) fn parts(question: &Question<'_>) -> Vec<Part> {
    let part = |(side, term): (Side, &Term)| match term {
        Term::Fact { measure, minus } => Some((side, *measure, *minus)),
        _ => None,
    };
    question.terms().filter_map(part).collect()
}

/// What one fact of a noun adds to a sum, as an expression over its row.
pub(super) fn of_one(noun: &str, measure: &str) -> String {
    let summed = SUMMED.iter().find(|summed| summed.noun == noun).map(|summed| summed.sums);
    let value = summed.unwrap_or_default().iter().find(|(sum, _)| *sum == measure);
    format!("CAST({} AS bigint)", value.map_or("0", |(_, value)| value))
}

/// Adds up what all sources say. Answers how many facts have no cost, and whether there are deliveries at all on which
/// several sources report.
async fn performance(
    question: &Question<'_>,
    reader: &Reader,
    (split, parts): (&Split, &[Part]),
    tallies: &mut Tallies,
) -> Result<(i64, bool), Error> {
    const COUNTED: Counted = Counted::PerformanceSums;
    let measures = measures(parts.iter().map(|(_, measure, _)| *measure));
    let mut sql = reader.sql();
    let grouping = Grouping::of_days(&mut sql, split, COUNTED, "f").of_sums(&sql);
    let several = question.contested(&mut sql);
    let sums: String =
        measures.iter().map(|measure| format!("{}, ", grouping.sum(&format!("f.{measure}")))).collect();
    sql.push(&format!(
        "SELECT {}f.currency, {sums}{}, (SELECT count(*) FROM (SELECT 1 FROM {several} s LIMIT 1) c)",
        grouping.selected(),
        grouping.sum("f.uncosted")
    ));
    let mut read = measures.clone();
    read.push("uncosted");
    let rollup = from_grouped(&mut sql, question, (COUNTED, split), (&["currency"], &read))?;
    let behind = Behind { keys: 1, same: 1, long: is_long(rollup) };
    sql.push(&grouping.group_by(1));
    let mut holds = grouping.holds();
    holds.push(TEXT);
    holds.extend(measures.iter().map(|_| NUMBER));
    holds.extend([NUMBER; 2]);
    let (mut uncosted, mut contested) = (0, false);
    for row in grouping.read(reader, sql, &holds, behind).await?.rows() {
        let tally = tallies.at(grouping.place(row));
        let rest = row.get(grouping.width()..).unwrap_or_default();
        let [Cell::Text(currency), sums @ .., Cell::Int(lacking), Cell::Int(several)] = rest else {
            continue;
        };
        for (side, measure, minus) in parts {
            let amount = amount(&measures, sums, measure);
            tally.add(*side, currency, if *minus { -amount } else { amount });
        }
        uncosted += lacking;
        contested |= *several > 0;
    }
    Ok((uncosted, contested))
}

/// Names the deliveries that brought something and have no cost, among those on which one source reports, and the facts
/// without a delivery of which the same is true.
async fn without_cost(
    question: &Question<'_>,
    reader: &Reader,
    split: &Split,
    tallies: &mut Tallies,
) -> Result<(), Error> {
    const COUNTED: Counted = Counted::PerformanceSums;
    let code = catalogue::by_name("Delivery").map_or(0, |entry| entry.noun.code);
    let mut sql = reader.sql();
    let nil = sql.dialect().nil();
    let grouping = Grouping::of_days(&mut sql, split, COUNTED, "f");
    sql.push(&format!("SELECT {}nullif(f.delivery_id, {nil}), {}", grouping.selected(), sum("f.unpriced")));
    let mut columns = needed(question, split, COUNTED);
    columns.push("delivery_id");
    from_where(&mut sql, question, (COUNTED, &columns))?;
    let contested = question.contested(&mut sql);
    sql.push(&format!(" AND f.delivery_id NOT IN (SELECT c.delivery_id FROM {contested} c)"));
    sql.push(&grouping.group_by(1));
    sql.push(&format!(
        ", f.delivery_id HAVING CASE WHEN f.delivery_id = {nil} THEN sum(f.unpriced) > 0 \
         ELSE sum(f.uncosted) > 0 AND (sum(f.impressions) <> 0 OR sum(f.revenue) <> 0) END"
    ));
    let mut holds = grouping.holds();
    holds.extend([Holds::Id, NUMBER]);
    for row in reader.all(sql.finish(), &holds).await?.rows() {
        let tally = tallies.at(grouping.place(row));
        match row.get(grouping.width()..) {
            Some([Cell::Id(delivery), _]) => tally.leave_out(Reason::CostMissing, 1, Some((code, *delivery))),
            Some([_, Cell::Int(facts)]) => {
                tally.leave_out(Reason::CostMissing, u64::try_from(*facts).unwrap_or_default(), None);
            }
            _ => {}
        }
    }
    Ok(())
}

/// Adds up what was observed of journeys.
async fn journeys(
    question: &Question<'_>,
    reader: &Reader,
    split: &Split,
    tallies: &mut Tallies,
) -> Result<(), Error> {
    const COUNTED: Counted = Counted::JourneySums;
    let mut sql = reader.sql();
    let grouping = Grouping::of_days(&mut sql, split, COUNTED, "f").of_sums(&sql);
    let mut sides = Vec::new();
    let mut sums = Vec::new();
    let mut read = Vec::new();
    for (side, term) in question.terms() {
        let Term::Journey { measure, first_steps_only } = term else { continue };
        sides.push(side);
        read.push(*measure);
        sums.push(grouping.sum(&if *first_steps_only {
            format!("CASE WHEN {FIRST_STEP} THEN f.{measure} END")
        } else {
            format!("f.{measure}")
        }));
    }
    if sides.is_empty() {
        return Ok(());
    }
    sql.push(&format!("SELECT {}{}", grouping.selected(), sums.join(", ")));
    let rollup = from_grouped(&mut sql, question, (COUNTED, split), (&["step_id"], &read))?;
    let behind = Behind { keys: 0, same: 0, long: is_long(rollup) };
    sql.push(&grouping.group_by(0));
    let mut holds = grouping.holds();
    holds.extend(sums.iter().map(|_| NUMBER));
    for row in grouping.read(reader, sql, &holds, behind).await?.rows() {
        let tally = tallies.at(grouping.place(row));
        for (side, cell) in sides.iter().zip(row.iter().skip(grouping.width())) {
            if let Cell::Int(amount) = cell {
                tally.add(*side, "", i128::from(*amount));
            }
        }
    }
    Ok(())
}

/// The condition that no other step leads to the step of a fact.
pub(super) const FIRST_STEP: &str = "f.step_id IN (SELECT s.id FROM journey_step s WHERE NOT EXISTS \
                          (SELECT 1 FROM journey_step p WHERE p.next_id = s.id AND p.id <> s.id))";

/// The columns of sums that a question takes.
pub(super) fn needed(question: &Question<'_>, split: &Split, counted: Counted) -> Vec<&'static str> {
    let mut columns = question.filter.columns(counted);
    if let Split::By(dimension) = split {
        columns.extend(counted.columns(*dimension));
    }
    columns
}

/// Writes from which sums it is read, as `f`, and which of their rows. Answers which sums these are.
pub(super) fn from_where(
    sql: &mut Sql,
    question: &Question<'_>,
    (counted, columns): (Counted, &[&'static str]),
) -> Result<&'static Rollup, Error> {
    let noun = if counted == Counted::JourneySums { "JourneyFact" } else { "PerformanceFact" };
    let rollup = smallest(noun, columns).ok_or_else(|| Error::broken("no sums know what is asked"))?;
    let table = question.sums(sql, noun, rollup);
    let (first, behind) = question.window.days();
    sql.push(&format!(" FROM {table} f WHERE f.day >= ")).bind(first).push(" AND f.day < ").bind(behind);
    question.filter.write(sql, counted, "f");
    Ok(rollup)
}

/// Whether these sums have rows for each of many things on each day.
fn is_long(rollup: &Rollup) -> bool {
    rollup.dimensions != ["day"]
}

/// The same for an answer that may be split by a dimension: then what has one way to it is added up first, so that the
/// way is gone once for each of them and not for each day. `kept` are columns that are told apart, `read` those that are
/// summed.
fn from_grouped(
    sql: &mut Sql,
    question: &Question<'_>,
    (counted, split): (Counted, &Split),
    (kept, read): (&[&'static str], &[&'static str]),
) -> Result<&'static Rollup, Error> {
    let columns = needed(question, split, counted);
    let Split::By(dimension) = split else { return from_where(sql, question, (counted, &columns)) };
    let kept = measures(kept.iter().copied().chain(counted.columns(*dimension)));
    let kept: Vec<String> = kept.iter().map(|column| format!("f.{column}")).collect();
    let sums: Vec<String> = measures(read.iter().copied())
        .iter()
        .map(|column| format!("{} AS {column}", sum(&format!("f.{column}"))))
        .collect();
    sql.push(&format!(" FROM (SELECT {}, {}", kept.join(", "), sums.join(", ")));
    let rollup = from_where(sql, question, (counted, &columns))?;
    sql.push(&format!(" GROUP BY {}) f", kept.join(", ")));
    Ok(rollup)
}

/// The first of the sums of a noun that know all these columns; the smaller stand before the larger.
fn smallest(noun: &str, columns: &[&str]) -> Option<&'static Rollup> {
    let summed = SUMMED.iter().find(|summed| summed.noun == noun)?;
    summed.tables.iter().find(|rollup| columns.iter().all(|column| rollup.dimensions.contains(column)))
}

/// Each of these once.
pub(super) fn measures(all: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let mut measures = Vec::new();
    for measure in all {
        if !measures.contains(&measure) {
            measures.push(measure);
        }
    }
    measures
}

/// What stands under a measure in a row of sums.
pub(super) fn amount(measures: &[&str], sums: &[Cell], measure: &str) -> i128 {
    let place = measures.iter().position(|known| *known == measure);
    match place.and_then(|place| sums.get(place)) {
        Some(Cell::Int(amount)) => i128::from(*amount),
        _ => 0,
    }
}
