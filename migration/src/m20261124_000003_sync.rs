//! What sync keeps: where each walk stands, what it has seen, what every source said of what several know, and the
//! deliveries of webhooks that were taken.

use sea_orm_migration::prelude::*;

use crate::run;

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261124_000003_sync"
    }
}

const TABLES: &[&str] = &[
    include_str!("tables/sync_state.sql"),
    include_str!("tables/sync_seen.sql"),
    include_str!("tables/field_claim.sql"),
    include_str!("tables/hook_delivery.sql"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for tables in TABLES {
            run(manager, tables).await?;
        }
        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration("what sync keeps is not thrown away".to_owned()))
    }
}
