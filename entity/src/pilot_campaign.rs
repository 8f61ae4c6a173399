//! The table `pilot_campaign`: the edge from a pilot to a campaign.

use sea_orm::entity::prelude::*;

/// A row of `pilot_campaign`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "pilot_campaign")]
pub struct Model {
    /// From this pilot.
    #[sea_orm(primary_key, auto_increment = false)]
    pub pilot_id: Uuid,
    /// To this campaign.
    #[sea_orm(primary_key, auto_increment = false)]
    pub campaign_id: Uuid,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
