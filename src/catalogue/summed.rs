//! What facts are summed by, day for day: which tables of sums there are, and what a fact adds to them. Ingest keeps
//! them, measures read the smallest that knows what is asked.

/// The facts of one noun and their sums.
#[derive(Debug)]
pub struct Summed {
    /// The noun of the facts.
    pub noun: &'static str,
    /// What is summed: the column, and its value for one fact as an expression over its row.
    pub sums: &'static [(&'static str, &'static str)],
    /// What every row is kept apart by beside its own dimensions: who observed it, and in which currency.
    pub apart: &'static [&'static str],
    /// The tables.
    pub tables: &'static [Rollup],
}

/// A table of sums.
#[derive(Debug)]
pub struct Rollup {
    /// Its name.
    pub table: &'static str,
    /// What its rows are summed by, the day among it. The first is what rows are looked up by.
    pub dimensions: &'static [&'static str],
}

const fn rollup(table: &'static str, dimensions: &'static [&'static str]) -> Rollup {
    Rollup { table, dimensions }
}

/// All sums that are kept. A new table here is one in the store, with the sums of what is there.
pub const SUMMED: &[Summed] = &[
    Summed {
        noun: "PerformanceFact",
        sums: &[
            ("facts", "1"),
            ("impressions", "coalesce(impressions, 0)"),
            ("clicks", "coalesce(clicks, 0)"),
            ("conversions", "coalesce(conversions, 0)"),
            ("cost", "coalesce(cost, 0)"),
            ("revenue", "coalesce(revenue, 0)"),
            // Nobody said what it cost; and the same where it brought something.
            ("uncosted", "CASE WHEN cost IS NULL THEN 1 ELSE 0 END"),
            (
                "unpriced",
                "CASE WHEN cost IS NULL AND (coalesce(impressions, 0) <> 0 OR coalesce(revenue, 0) <> 0) THEN 1 ELSE 0 END",
            ),
        ],
        apart: &["source_id", "currency"],
        tables: &[
            rollup("performance_day", &["day"]),
            rollup("performance_day_delivery", &["delivery_id", "day"]),
            rollup("performance_day_channel", &["channel", "day"]),
            rollup("performance_day_audience", &["audience_id", "day"]),
            rollup("performance_day_territory", &["territory", "day"]),
            rollup("performance_day_detail", &["delivery_id", "day", "channel", "audience_id", "territory"]),
        ],
    },
    Summed {
        noun: "JourneyFact",
        sums: &[
            ("facts", "1"),
            ("entries", "coalesce(entries, 0)"),
            ("exits", "coalesce(exits, 0)"),
            ("conversions", "coalesce(conversions, 0)"),
        ],
        apart: &["source_id"],
        tables: &[
            rollup("journey_day_step", &["step_id", "day"]),
            rollup("journey_day_detail", &["step_id", "day", "channel", "audience_id"]),
        ],
    },
];
