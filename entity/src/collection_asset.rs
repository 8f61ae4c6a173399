//! The table `collection_asset`: the edge from a collection to an asset.

use sea_orm::entity::prelude::*;

/// A row of `collection_asset`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "collection_asset")]
pub struct Model {
    /// From this collection.
    #[sea_orm(primary_key, auto_increment = false)]
    pub collection_id: Uuid,
    /// To this asset.
    #[sea_orm(primary_key, auto_increment = false)]
    pub asset_id: Uuid,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
