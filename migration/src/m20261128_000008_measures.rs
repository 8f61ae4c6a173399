//! What is measured: events as they came, when facts were observed, and the sums of facts per day.

use sea_orm_migration::prelude::*;

use crate::run;

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261128_000008_measures"
    }
}

/// The tables of sums, each with what its rows are summed by beside the day and the source. What comes first is what
/// a question looks them up by.
const PERFORMANCE: &[(&str, &[&str])] = &[
    ("performance_day", &["day"]),
    ("performance_day_delivery", &["delivery_id", "day"]),
    ("performance_day_channel", &["channel", "day"]),
    ("performance_day_audience", &["audience_id", "day"]),
    ("performance_day_territory", &["territory", "day"]),
    ("performance_day_detail", &["delivery_id", "day", "channel", "audience_id", "territory"]),
];
const JOURNEY: &[(&str, &[&str])] = &[
    ("journey_day_step", &["step_id", "day"]),
    ("journey_day_detail", &["step_id", "day", "channel", "audience_id"]),
];

/// What is summed, each with its value for one fact. A fact is `uncosted` where nobody said what it cost, and `unpriced`
/// where it brought something all the same.
const OF_PERFORMANCE: &[(&str, &str)] = &[
    ("facts", "1"),
    ("impressions", "coalesce(impressions, 0)"),
    ("clicks", "coalesce(clicks, 0)"),
    ("conversions", "coalesce(conversions, 0)"),
    ("cost", "coalesce(cost, 0)"),
    ("revenue", "coalesce(revenue, 0)"),
    ("uncosted", "CASE WHEN cost IS NULL THEN 1 ELSE 0 END"),
    (
        "unpriced",
        "CASE WHEN cost IS NULL AND (coalesce(impressions, 0) <> 0 OR coalesce(revenue, 0) <> 0) THEN 1 ELSE 0 END",
    ),
];
const OF_JOURNEY: &[(&str, &str)] = &[
    ("facts", "1"),
    ("entries", "coalesce(entries, 0)"),
    ("exits", "coalesce(exits, 0)"),
    ("conversions", "coalesce(conversions, 0)"),
];

/// A table of sums, with those of the facts that are there. What is absent stands as the empty id or text, so that it
/// can be part of the key.
fn summed(fact: &str, name: &str, key: &[&str], sums: &[(&str, &str)]) -> String {
    let columns: Vec<String> = key
        .iter()
        .map(|column| match *column {
            "day" => "day {date} NOT NULL".to_owned(),
            "channel" | "territory" | "currency" => format!("{column} {{text}} NOT NULL"),
            column => format!("{column} {{uuid}} NOT NULL"),
        })
        .chain(sums.iter().map(|(sum, _)| format!("{sum} bigint NOT NULL")))
        .collect();
    let values: Vec<String> = key
        .iter()
        .map(|column| match *column {
            "day" | "source_id" => (*column).to_owned(),
            "channel" | "territory" | "currency" => format!("coalesce({column}, '')"),
            column => format!("coalesce({column}, {{nil}})"),
        })
        .collect();
    let (columns, key, values) = (columns.join(", "), key.join(", "), values.join(", "));
    let names: Vec<&str> = sums.iter().map(|(sum, _)| *sum).collect();
    let totals: Vec<String> = sums.iter().map(|(_, value)| format!("sum({value})")).collect();
    format!(
        "CREATE TABLE {name} ({columns}, observed_at bigint, PRIMARY KEY ({key})){{clustered}};\n\
         INSERT INTO {name} ({key}, {}, observed_at) SELECT {values}, {}, max(coalesce(observed_at, updated_at)) \
         FROM {fact} GROUP BY {values};",
        names.join(", "),
        totals.join(", ")
    )
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager, include_str!("tables/observed_at.sql")).await?;
        run(manager, include_str!("tables/event.sql")).await?;
        run(manager, include_str!("tables/former_state.sql")).await?;
        run(manager, include_str!("tables/reporter.sql")).await?;
        for (name, dimensions) in PERFORMANCE {
            let key = [*dimensions, &["source_id", "currency"][..]].concat();
            run(manager, &summed("performance_fact", name, &key, OF_PERFORMANCE)).await?;
        }
        for (name, dimensions) in JOURNEY {
            let key = [*dimensions, &["source_id"][..]].concat();
            run(manager, &summed("journey_fact", name, &key, OF_JOURNEY)).await?;
        }
        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration("events that were taken in would be counted again".to_owned()))
    }
}
