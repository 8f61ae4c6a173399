//! The tables and indexes of the store, for SQLite and Postgres alike. Imports nothing of the other crates.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

mod m20261123_000001_graph;
mod m20261124_000002_fact_history;
mod m20261124_000003_sync;
mod m20261124_000004_merged;
mod m20261128_000005_sync_waiting;
mod m20261128_000006_sync_address;
mod m20261128_000007_sync_missed;
mod m20261128_000008_measures;
mod m20261128_000009_settled;
mod m20261128_000010_sync_refreshed;

/// Every migration, oldest first.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_000001_graph::Migration),
            Box::new(m20261124_000002_fact_history::Migration),
            Box::new(m20261124_000003_sync::Migration),
            Box::new(m20261124_000004_merged::Migration),
            Box::new(m20261128_000005_sync_waiting::Migration),
            Box::new(m20261128_000006_sync_address::Migration),
            Box::new(m20261128_000007_sync_missed::Migration),
            Box::new(m20261128_000008_measures::Migration),
            Box::new(m20261128_000009_settled::Migration),
            Box::new(m20261128_000010_sync_refreshed::Migration),
        ]
    }
}

/// Runs a file of statements, with the words in braces set for the database at hand. Indexes begin with what is
/// not known on both, so that the latest first, what is not known last, is an index read backwards.
async fn run(manager: &SchemaManager<'_>, statements: &str) -> Result<(), DbErr> {
    let words: [(&str, &str); 6] = match manager.get_database_backend() {
        DbBackend::Postgres => [
            ("{uuid}", "uuid"),
            ("{text}", "text COLLATE \"C\""),
            ("{date}", "date"),
            ("{nil}", "'00000000-0000-0000-0000-000000000000'::uuid"),
            ("{clustered}", ""),
            ("{nulls_first}", " NULLS FIRST"),
        ],
        _ => [
            ("{uuid}", "blob"),
            ("{text}", "text"),
            ("{date}", "date"),
            ("{nil}", "x''"),
            ("{clustered}", " WITHOUT ROWID"),
            ("{nulls_first}", ""),
        ],
    };
    let sql = words.iter().fold(statements.to_owned(), |sql, (word, with)| sql.replace(word, with));
    manager.get_connection().execute_unprepared(&sql).await?;
    Ok(())
}
