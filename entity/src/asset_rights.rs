//! The table `asset_rights`: the edge from an asset to a rights policy.

use sea_orm::entity::prelude::*;

/// A row of `asset_rights`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "asset_rights")]
pub struct Model {
    /// From this asset.
    #[sea_orm(primary_key, auto_increment = false)]
    pub asset_id: Uuid,
    /// To this rights policy.
    #[sea_orm(primary_key, auto_increment = false)]
    pub rights_policy_id: Uuid,
    /// From when it holds, in microseconds; absent means since ever.
    pub valid_from: Option<i64>,
    /// Until when it holds, in microseconds; absent means for ever.
    pub valid_to: Option<i64>,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
