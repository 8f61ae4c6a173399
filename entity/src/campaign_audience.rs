//! The table `campaign_audience`: the edge from a campaign to an audience.

use sea_orm::entity::prelude::*;

/// A row of `campaign_audience`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "campaign_audience")]
pub struct Model {
    /// From this campaign.
    #[sea_orm(primary_key, auto_increment = false)]
    pub campaign_id: Uuid,
    /// To this audience.
    #[sea_orm(primary_key, auto_increment = false)]
    pub audience_id: Uuid,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
