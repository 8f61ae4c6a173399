//! The connected graph: every noun, every edge, the identity map and the search index.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

use crate::run;

#[derive(Debug)]
pub(crate) struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &'static str {
        "m20261123_000001_graph"
    }
}

/// In an order in which each table finds those it refers to.
const TABLES: &[&str] = &[
    include_str!("tables/brand.sql"),
    include_str!("tables/team.sql"),
    include_str!("tables/campaign.sql"),
    include_str!("tables/brief.sql"),
    include_str!("tables/asset.sql"),
    include_str!("tables/rendition.sql"),
    include_str!("tables/collection.sql"),
    include_str!("tables/component.sql"),
    include_str!("tables/variant.sql"),
    include_str!("tables/template.sql"),
    include_str!("tables/slot.sql"),
    include_str!("tables/experience.sql"),
    include_str!("tables/placement.sql"),
    include_str!("tables/decision.sql"),
    include_str!("tables/source.sql"),
    include_str!("tables/delivery.sql"),
    include_str!("tables/usage.sql"),
    include_str!("tables/concept_scheme.sql"),
    include_str!("tables/concept.sql"),
    include_str!("tables/metadata_field.sql"),
    include_str!("tables/metadata_value.sql"),
    include_str!("tables/rights_policy.sql"),
    include_str!("tables/rights_constraint.sql"),
    include_str!("tables/guardrail.sql"),
    include_str!("tables/guardrail_finding.sql"),
    include_str!("tables/product.sql"),
    include_str!("tables/audience.sql"),
    include_str!("tables/journey.sql"),
    include_str!("tables/journey_step.sql"),
    include_str!("tables/rule.sql"),
    include_str!("tables/kpi.sql"),
    include_str!("tables/experiment.sql"),
    include_str!("tables/performance_fact.sql"),
    include_str!("tables/journey_fact.sql"),
    include_str!("tables/person.sql"),
    include_str!("tables/change.sql"),
    include_str!("tables/work_item.sql"),
    include_str!("tables/handoff.sql"),
    include_str!("tables/incident.sql"),
    include_str!("tables/insight.sql"),
    include_str!("tables/pilot.sql"),
    include_str!("tables/asset_derivation.sql"),
    include_str!("tables/asset_rights.sql"),
    include_str!("tables/asset_product.sql"),
    include_str!("tables/collection_asset.sql"),
    include_str!("tables/component_asset.sql"),
    include_str!("tables/variant_asset.sql"),
    include_str!("tables/variant_audience.sql"),
    include_str!("tables/slot_component.sql"),
    include_str!("tables/experience_variant.sql"),
    include_str!("tables/experience_placement.sql"),
    include_str!("tables/concept_broader.sql"),
    include_str!("tables/concept_match.sql"),
    include_str!("tables/campaign_product.sql"),
    include_str!("tables/campaign_audience.sql"),
    include_str!("tables/journey_step_experience.sql"),
    include_str!("tables/change_subject.sql"),
    include_str!("tables/change_insight.sql"),
    include_str!("tables/pilot_campaign.sql"),
    include_str!("tables/pilot_team.sql"),
    include_str!("tables/concept_tag.sql"),
    include_str!("tables/external_id.sql"),
    include_str!("tables/status_change.sql"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for tables in TABLES {
            run(manager, tables).await?;
        }
        run(
            manager,
            match manager.get_database_backend() {
                DbBackend::Postgres => include_str!("tables/search_postgres.sql"),
                _ => include_str!("tables/search_sqlite.sql"),
            },
        )
        .await
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        Err(DbErr::Migration("the first migration has nothing to go back to".to_owned()))
    }
}
