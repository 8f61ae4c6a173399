//! Deliveries on which several sources report: for each measure one of them counts, and what the others say is taken off
//! again. They are few, so that all else can be read from sums that know nothing of them.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use super::counts::sum;
use super::dimension::Counted;
use super::facts::{Part, amount, from_where, measures, needed};
use super::past;
use super::question::{Grouping, Place, Question, Split, Tallies};
use super::settings::Kpis;
use super::tally::Reason;
use crate::catalogue::{self, Holds};
use crate::clock::Micros;
use crate::error::Error;
use crate::store::{BOOL, Cell, NUMBER, Reader, TEXT};

/// What is looked at to find what has no cost.
const OF_COST: [&str; 4] = ["facts", "uncosted", "impressions", "revenue"];

/// The sources that report on each of some deliveries, and whether it is the delivery's own.
#[derive(Debug, Default)]
pub struct Reporters(HashMap<Uuid, Vec<(String, bool)>>);

/// What one delivery brought, by the sources that count.
#[derive(Debug, Default)]
struct Brought {
    costed: i128,
    uncosted: i128,
    something: bool,
}

/// Takes off what sources say that do not count, and names the deliveries that brought something and have no cost.
/// Answers how many of the facts without a cost it has dealt with.
pub(super) async fn read(
    question: &Question<'_>,
    reader: &Reader,
    (split, parts, needs_cost): (&Split, &[Part], bool),
    tallies: &mut Tallies,
) -> Result<i64, Error> {
    const COUNTED: Counted = Counted::PerformanceSums;
    let of_cost = if needs_cost { &OF_COST[..] } else { &[] };
    let measures = measures(parts.iter().map(|(_, measure, _)| *measure).chain(of_cost.iter().copied()));
    let mut sql = reader.sql();
    let grouping = Grouping::of_days(&mut sql, split, COUNTED, "f");
    let sums: Vec<String> = measures.iter().map(|measure| sum(&format!("f.{measure}"))).collect();
    sql.push(&format!(
        "SELECT {}f.delivery_id, (SELECT s.name FROM source s WHERE s.id = f.source_id), f.currency, {}",
        grouping.selected(),
        sums.join(", ")
    ));
    let mut columns = needed(question, split, COUNTED);
    columns.push("delivery_id");
    from_where(&mut sql, question, (COUNTED, &columns))?;
    let contested = question.contested(&mut sql);
    sql.push(&format!(" AND f.delivery_id IN (SELECT c.delivery_id FROM {contested} c)"));
    sql.push(&grouping.group_by(3));
    let mut holds = grouping.holds();
    holds.extend([Holds::Id, TEXT, TEXT]);
    holds.extend(measures.iter().map(|_| NUMBER));
    let table = reader.all(sql.finish(), &holds).await?;
    let width = grouping.width();
    let deliveries = table.rows().filter_map(|row| match row.get(width) {
        Some(Cell::Id(delivery)) => Some(*delivery),
        _ => None,
    });
    let reporters = Reporters::read(reader, deliveries.collect(), question.as_of).await?;
    let (mut brought, mut dealt) = (BTreeMap::<(Place, Uuid), Brought>::new(), 0);
    for row in table.rows() {
        let place = grouping.place(row);
        let rest = row.get(width..).unwrap_or_default();
        let [Cell::Id(delivery), Cell::Text(source), Cell::Text(currency), sums @ ..] = rest else {
            continue;
        };
        let counts = |measure: &str| reporters.counts(question.kpis, *delivery, measure) == Some(source);
        for (side, measure, minus) in parts.iter().filter(|(_, measure, _)| !counts(measure)) {
            let amount = amount(&measures, sums, measure);
            tallies.at(place.clone()).add(*side, currency, if *minus { amount } else { -amount });
        }
        if !needs_cost {
            continue;
        }
        let amount = |measure| amount(&measures, sums, measure);
        dealt += i64::try_from(amount("uncosted")).unwrap_or_default();
        let brought = brought.entry((place, *delivery)).or_default();
        if counts("cost") {
            brought.uncosted += amount("uncosted");
            brought.costed += amount("facts") - amount("uncosted");
        }
        brought.something |=
            ["impressions", "revenue"].into_iter().any(|measure| counts(measure) && amount(measure) != 0);
    }
    let code = catalogue::by_name("Delivery").map_or(0, |entry| entry.noun.code);
    for ((place, delivery), brought) in brought {
        // A delivery of whose cost the source that counts says nothing at all has none either.
        if brought.something && (brought.uncosted > 0 || brought.costed == 0) {
            tallies.at(place).leave_out(Reason::CostMissing, 1, Some((code, delivery)));
        }
    }
    Ok(dealt)
}

impl Reporters {
    /// Reads who reports on these deliveries, or reported on them by a moment.
    pub async fn read(
        reader: &Reader,
        mut deliveries: Vec<Uuid>,
        as_of: Option<Micros>,
    ) -> Result<Self, Error> {
        deliveries.sort_unstable();
        deliveries.dedup();
        let mut reporters = Reporters::default();
        if deliveries.is_empty() {
            return Ok(reporters);
        }
        let mut sql = reader.sql();
        let place = sql.hold(sql.dialect().ids(&deliveries));
        let rows = sql.dialect().id_rows(&place);
        let known = match as_of {
            None => "delivery_reporter".to_owned(),
            Some(as_of) => past::reporters(&mut sql, as_of),
        };
        sql.push(&format!(
            "SELECT r.delivery_id, s.name, coalesce(d.source_id = r.source_id, FALSE) FROM {known} r \
             JOIN source s ON s.id = r.source_id JOIN delivery d ON d.id = r.delivery_id \
             WHERE r.delivery_id IN {rows}"
        ));
        for row in reader.all(sql.finish(), &[Holds::Id, TEXT, BOOL]).await?.rows() {
            if let [Cell::Id(delivery), Cell::Text(source), Cell::Bool(own)] = row {
                reporters.0.entry(*delivery).or_default().push((source.clone(), *own));
            }
        }
        Ok(reporters)
    }

    /// The source whose word counts for a measure of a delivery: the first that the settings name for the measure and
    /// that reports on it, else the delivery's own, else the first of the configuration, else the first by name.
    pub fn counts(&self, kpis: &Kpis, delivery: Uuid, measure: &str) -> Option<&String> {
        let reporters = self.0.get(&delivery)?;
        let named = kpis.counting.get(measure).map(Vec::as_slice).unwrap_or_default();
        let of = |names: &[String]| {
            names.iter().find_map(|name| reporters.iter().find(|(source, _)| source == name))
        };
        let counts = of(named)
            .or_else(|| reporters.iter().find(|(_, own)| *own))
            .or_else(|| of(&kpis.sources))
            .or_else(|| reporters.iter().min());
        counts.map(|(source, _)| source)
    }
}
