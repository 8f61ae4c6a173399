//! The table `variant_asset`: the edge from a variant to an asset.

use sea_orm::entity::prelude::*;

/// A row of `variant_asset`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "variant_asset")]
pub struct Model {
    /// From this variant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub variant_id: Uuid,
    /// To this asset.
    #[sea_orm(primary_key, auto_increment = false)]
    pub asset_id: Uuid,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
