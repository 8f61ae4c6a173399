//! The sums of facts per day, kept in the transaction that changes the facts: what facts say is taken out before they
//! are changed, and put in again as they say it then. Import and the curation of identities both do so.

use crate::catalogue::{CATALOGUE, Identity, Rollup, SUMMED, Summed};
use crate::store::Dialect;

/// The sums of the facts of one noun.
#[derive(Debug, Clone, Copy)]
pub struct Sums {
    summed: &'static Summed,
    /// The table of the facts.
    table: &'static str,
    dialect: Dialect,
}

impl Sums {
    /// The sums of all facts that have any.
    pub fn all(dialect: Dialect) -> impl Iterator<Item = (&'static str, Sums)> {
        SUMMED.iter().filter_map(move |summed| {
            let entry = CATALOGUE.iter().find(|entry| entry.noun.name == summed.noun)?;
            debug_assert!(matches!(entry.noun.identity, Identity::Dimensions(_)));
            Some((summed.noun, Sums { summed, table: entry.noun.table, dialect }))
        })
    }

    /// The sums of the facts of this noun.
    pub fn of(noun: &str, dialect: Dialect) -> Option<Self> {
        Sums::all(dialect).find(|(name, _)| *name == noun).map(|(_, sums)| sums)
    }

    /// The table of the facts.
    pub fn table(&self) -> &'static str {
        self.table
    }

    /// Makes the table that notes what comes and what goes.
    pub fn begin(&self) -> String {
        let columns: Vec<String> = self
            .dimensions()
            .into_iter()
            .map(|column| format!("{column} {}", self.dialect.dimension(column)))
            .chain(self.summed.sums.iter().map(|(sum, _)| format!("{sum} bigint")))
            .collect();
        format!("CREATE TEMPORARY TABLE {} ({}, observed_at bigint)", self.noted(), columns.join(", "))
    }

    /// Notes that the facts `t` for which this holds go out of the sums.
    pub fn without(&self, which: &str) -> String {
        self.note("-1 * ", "CAST(NULL AS bigint)", which)
    }

    /// Notes that they come in.
    pub fn with(&self, which: &str) -> String {
        self.note("", "coalesce(t.observed_at, t.updated_at)", which)
    }

    /// Brings all tables of sums up to date with what was noted.
    pub fn settle(&self) -> Vec<String> {
        let mut statements: Vec<String> =
            self.summed.tables.iter().map(|rollup| self.added(rollup)).collect();
        if self.summed.noun == "PerformanceFact" {
            statements.extend(self.reporters());
        }
        statements.push(format!("DROP TABLE {}", self.noted()));
        statements
    }

    fn noted(&self) -> String {
        format!("in__sums_{}", self.table)
    }

    /// Whatever any of the tables is summed by, each once.
    fn dimensions(&self) -> Vec<&'static str> {
        let mut all: Vec<&str> = Vec::new();
        let of_tables = self.summed.tables.iter().flat_map(|rollup| rollup.dimensions);
        for column in of_tables.chain(self.summed.apart) {
            if !all.contains(column) {
                all.push(column);
            }
        }
        all
    }

    fn note(&self, sign: &str, observed: &str, which: &str) -> String {
        let values: Vec<String> = self
            .dimensions()
            .into_iter()
            .map(|column| self.dialect.present_dimension(&format!("t.{column}"), column))
            .chain(self.summed.sums.iter().map(|(_, value)| format!("{sign}({value})")))
            .collect();
        format!(
            "INSERT INTO {} SELECT {}, {observed} FROM {} t WHERE {which}",
            self.noted(),
            values.join(", "),
            self.table
        )
    }

    fn added(&self, rollup: &Rollup) -> String {
        let table = rollup.table;
        let key: Vec<&str> = rollup.dimensions.iter().chain(self.summed.apart).copied().collect();
        let key = key.join(", ");
        let names: Vec<&str> = self.summed.sums.iter().map(|(sum, _)| *sum).collect();
        let totals: Vec<String> = names.iter().map(|sum| format!("sum({sum})")).collect();
        let sets: Vec<String> =
            names.iter().map(|sum| format!("{sum} = {table}.{sum} + excluded.{sum}")).collect();
        let moves: Vec<String> = names.iter().map(|sum| format!("excluded.{sum} <> 0")).collect();
        let later =
            format!("coalesce(excluded.observed_at > {table}.observed_at, {table}.observed_at IS NULL)");
        format!(
            "INSERT INTO {table} ({key}, {}, observed_at) SELECT {key}, {}, max(observed_at) FROM {} \
             GROUP BY {key} HAVING sum(facts) <> 0 OR count(observed_at) > 0 \
             ON CONFLICT ({key}) DO UPDATE SET {}, observed_at = CASE WHEN {later} THEN excluded.observed_at \
             ELSE {table}.observed_at END WHERE {} OR {later}",
            names.join(", "),
            totals.join(", "),
            self.noted(),
            sets.join(", "),
            moves.join(" OR ")
        )
    }

    /// Which sources report on a delivery, and the deliveries on which several do.
    fn reporters(&self) -> [String; 4] {
        const SEVERAL: &str = "SELECT r.delivery_id FROM delivery_reporter r WHERE r.facts > 0";
        let noted = self.noted();
        let touched = format!("IN (SELECT DISTINCT delivery_id FROM {noted})");
        [
            format!(
                "INSERT INTO delivery_reporter (delivery_id, source_id, facts) \
                 SELECT delivery_id, source_id, sum(facts) FROM {noted} WHERE delivery_id <> {} \
                 GROUP BY delivery_id, source_id HAVING sum(facts) <> 0 \
                 ON CONFLICT (delivery_id, source_id) DO UPDATE SET facts = delivery_reporter.facts + excluded.facts",
                self.dialect.nil()
            ),
            "DELETE FROM delivery_reporter WHERE facts = 0".to_owned(),
            format!(
                "INSERT INTO contested_delivery (delivery_id) {SEVERAL} AND r.delivery_id {touched} \
                 GROUP BY r.delivery_id HAVING count(*) > 1 ON CONFLICT DO NOTHING"
            ),
            format!(
                "DELETE FROM contested_delivery WHERE delivery_id {touched} AND delivery_id NOT IN (\
                 {SEVERAL} AND r.delivery_id {touched} GROUP BY r.delivery_id HAVING count(*) > 1)"
            ),
        ]
    }
}
