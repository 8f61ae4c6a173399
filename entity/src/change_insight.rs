//! The table `change_insight`: the edge from a change to an insight.

use sea_orm::entity::prelude::*;

/// A row of `change_insight`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "change_insight")]
pub struct Model {
    /// From this change.
    #[sea_orm(primary_key, auto_increment = false)]
    pub change_id: Uuid,
    /// To this insight.
    #[sea_orm(primary_key, auto_increment = false)]
    pub insight_id: Uuid,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
