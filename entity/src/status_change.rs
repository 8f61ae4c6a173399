//! The table `status_change`: when a dated status became what it is.

use sea_orm::entity::prelude::*;

/// A row of `status_change`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "status_change")]
pub struct Model {
    /// The usage or delivery.
    #[sea_orm(primary_key, auto_increment = false)]
    pub entity_id: Uuid,
    /// When Weft learnt of it, in microseconds; the least number where it holds since the start.
    #[sea_orm(primary_key, auto_increment = false)]
    pub since: i64,
    /// The status from then on.
    pub status: String,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
