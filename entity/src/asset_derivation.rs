//! The table `asset_derivation`: the edge from an asset to an asset.

use sea_orm::entity::prelude::*;

/// A row of `asset_derivation`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "asset_derivation")]
pub struct Model {
    /// From this asset.
    #[sea_orm(primary_key, auto_increment = false)]
    pub derivative_id: Uuid,
    /// To this asset.
    #[sea_orm(primary_key, auto_increment = false)]
    pub original_id: Uuid,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
