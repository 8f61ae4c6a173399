//! The sums of facts, by SQL written by hand: one statement for each table of sums.

use weft::catalogue::{Rollup, SUMMED, Summed};
use weft::store::Dialect;

/// The table of the facts of these sums.
fn facts(summed: &Summed) -> &'static str {
    weft::catalogue::by_name(summed.noun).map_or("", |entry| entry.noun.table)
}

fn key(summed: &Summed, rollup: &Rollup) -> Vec<&'static str> {
    rollup.dimensions.iter().chain(summed.apart).copied().collect()
}

fn inserted(summed: &Summed, rollup: &Rollup) -> String {
    let names: Vec<&str> = summed.sums.iter().map(|(sum, _)| *sum).collect();
    format!(
        "INSERT INTO {} ({}, {}, observed_at)",
        rollup.table,
        key(summed, rollup).join(", "),
        names.join(", ")
    )
}

fn places(count: usize) -> String {
    (1..=count).map(|place| place.to_string()).collect::<Vec<_>>().join(", ")
}

fn performance() -> impl Iterator<Item = (&'static Summed, &'static Rollup)> {
    let summed = SUMMED.iter().filter(|summed| summed.noun == "PerformanceFact");
    summed.flat_map(|summed| summed.tables.iter().map(move |rollup| (summed, rollup)))
}

/// The tables of sums of performance facts.
pub(crate) fn tables() -> impl Iterator<Item = &'static str> {
    performance().map(|(_, rollup)| rollup.table)
}

/// The statements that add the facts `t` for which `which` holds to the sums, and to who reports on what. `again` says
/// that there may be sums already.
pub(crate) fn added(dialect: Dialect, which: &str, again: bool) -> Vec<String> {
    let mut all: Vec<String> =
        performance().map(|(summed, rollup)| one_added(dialect, (summed, rollup), which, again)).collect();
    let conflict = match again {
        true => {
            " ON CONFLICT (delivery_id, source_id) DO UPDATE SET facts = delivery_reporter.facts + excluded.facts"
        }
        false => "",
    };
    all.push(format!(
        "INSERT INTO delivery_reporter (delivery_id, source_id, facts) SELECT t.delivery_id, t.source_id, count(*) \
         FROM performance_fact t WHERE {which} AND t.delivery_id IS NOT NULL GROUP BY 1, 2{conflict}"
    ));
    all
}

fn one_added(dialect: Dialect, (summed, rollup): (&Summed, &Rollup), which: &str, again: bool) -> String {
    let (table, key) = (rollup.table, key(summed, rollup));
    let values: Vec<String> =
        key.iter().map(|column| dialect.present_dimension(&format!("t.{column}"), column)).collect();
    let totals: Vec<String> = summed.sums.iter().map(|(_, value)| format!("sum({value})")).collect();
    let sets: Vec<String> =
        summed.sums.iter().map(|(sum, _)| format!("{sum} = {table}.{sum} + excluded.{sum}")).collect();
    let conflict = match again {
        true => format!(
            " ON CONFLICT ({}) DO UPDATE SET {}, observed_at = CASE WHEN excluded.observed_at > {table}.observed_at \
             THEN excluded.observed_at ELSE {table}.observed_at END",
            key.join(", "),
            sets.join(", ")
        ),
        false => String::new(),
    };
    format!(
        "{} SELECT {}, {}, max(coalesce(t.observed_at, t.updated_at)) FROM {} t WHERE {which} GROUP BY {}{conflict}",
        inserted(summed, rollup),
        values.join(", "),
        totals.join(", "),
        facts(summed),
        places(key.len())
    )
}

/// The statements that make all sums of a store that has none: the finest from the facts, and the others from it.
pub(crate) fn all(dialect: Dialect) -> Vec<String> {
    let mut statements = Vec::new();
    for summed in SUMMED {
        let Some((finest, others)) = summed.tables.split_last() else { continue };
        statements.push(one_added(dialect, (summed, finest), "TRUE", false));
        for rollup in others {
            let key = key(summed, rollup);
            let totals: Vec<String> = summed.sums.iter().map(|(sum, _)| format!("sum({sum})")).collect();
            statements.push(format!(
                "{} SELECT {}, {}, max(observed_at) FROM {} WHERE TRUE GROUP BY {}",
                inserted(summed, rollup),
                key.join(", "),
                totals.join(", "),
                finest.table,
                places(key.len())
            ));
        }
    }
    statements.push(
        "INSERT INTO delivery_reporter (delivery_id, source_id, facts) SELECT delivery_id, source_id, sum(facts) \
         FROM performance_day_delivery GROUP BY 1, 2"
            .to_owned(),
    );
    statements
}

/// What must be the same after both ways: for each table a statement that answers one text. The products tell rows that
/// are put together otherwise.
pub(crate) fn compared() -> Vec<(&'static str, String)> {
    let summed = tables().map(|table| {
        let text = "count(*) || ' ' || sum(facts) || ' ' || sum(impressions) || ' ' || sum(clicks) || ' ' || \
                    sum(conversions) || ' ' || sum(uncosted) || ' ' || sum(unpriced) || ' ' || \
                    sum(cost % 1009 * (revenue % 1013)) || ' ' || sum(observed_at % 1019 * (impressions % 1021))";
        (table, format!("SELECT {text} FROM {table}"))
    });
    let mut all: Vec<(&str, String)> = summed.collect();
    all.push((
        "performance_fact",
        "SELECT count(*) || ' ' || sum(cost % 1009 * (revenue % 1013)) || ' ' || sum(observed_at % 1019 * impressions) \
         || ' ' || sum(clicks * conversions) || ' ' || count(variant_id) || ' ' || count(audience_id) || ' ' || \
         count(DISTINCT delivery_id) || ' ' || count(DISTINCT day) || ' ' || count(channel) || ' ' || \
         count(territory) || ' ' || count(currency) FROM performance_fact"
            .to_owned(),
    ));
    all.push((
        "event",
        "SELECT count(*) || ' ' || count(DISTINCT id) || ' ' || min(type) || ' ' || max(state) || ' ' || \
         sum(time % 1009 * (happened_at % 1013)) || ' ' || count(thing) || ' ' || count(body) FROM event"
            .to_owned(),
    ));
    all.push((
        "delivery_reporter",
        "SELECT count(*) || ' ' || sum(facts) || ' ' || sum(facts * facts) FROM delivery_reporter".to_owned(),
    ));
    all
}
