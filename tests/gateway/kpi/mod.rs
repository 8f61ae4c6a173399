//! KPIs: the ways by which they are narrowed down, what they count, and what is made of it.

mod chance;
mod fatigue;
mod figures;
mod handoffs;
mod lineage;
mod looked;
mod made;
mod paths;
mod pilots;
mod plain;
mod told;

use sea_orm::ConnectionTrait;
use weft::catalogue::{SUMMED, by_name};

use crate::support::Gateway;

/// Sums up the facts of a store as they are.
async fn sum_up(gateway: &Gateway) {
    let nil = gateway.dialect().nil();
    let mut statements =
        vec!["DELETE FROM delivery_reporter".to_owned(), "DELETE FROM contested_delivery".to_owned()];
    for summed in SUMMED {
        let fact = by_name(summed.noun).expect("a noun").noun.table;
        for rollup in summed.tables {
            let key: Vec<&str> = rollup.dimensions.iter().chain(summed.apart).copied().collect();
            let present = |column: &&str| match *column {
                "day" | "source_id" => (*column).to_owned(),
                column if column.ends_with("_id") => format!("coalesce({column}, {nil})"),
                column => format!("coalesce({column}, '')"),
            };
            let values: Vec<String> = key.iter().map(present).collect();
            let names: Vec<&str> = summed.sums.iter().map(|(name, _)| *name).collect();
            let totals: Vec<String> = summed.sums.iter().map(|(_, value)| format!("sum({value})")).collect();
            statements.push(format!("DELETE FROM {}", rollup.table));
            statements.push(format!(
                "INSERT INTO {} ({}, {}, observed_at) SELECT {}, {}, max(coalesce(observed_at, updated_at)) FROM {fact} \
                 GROUP BY {}",
                rollup.table,
                key.join(", "),
                names.join(", "),
                values.join(", "),
                totals.join(", "),
                values.join(", ")
            ));
        }
    }
    statements.push(
        "INSERT INTO delivery_reporter (delivery_id, source_id, facts) SELECT delivery_id, source_id, count(*) \
         FROM performance_fact WHERE delivery_id IS NOT NULL GROUP BY delivery_id, source_id"
            .to_owned(),
    );
    statements.push(
        "INSERT INTO contested_delivery (delivery_id) SELECT delivery_id FROM delivery_reporter GROUP BY delivery_id \
         HAVING count(*) > 1"
            .to_owned(),
    );
    for statement in statements {
        gateway.store.db.execute_unprepared(&statement).await.expect("the sums are made");
    }
}
