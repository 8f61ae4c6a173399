//! The table `asset_product`: the edge from an asset to a product.

use sea_orm::entity::prelude::*;

/// A row of `asset_product`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "asset_product")]
pub struct Model {
    /// From this asset.
    #[sea_orm(primary_key, auto_increment = false)]
    pub asset_id: Uuid,
    /// To this product.
    #[sea_orm(primary_key, auto_increment = false)]
    pub product_id: Uuid,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
