//! The table `change_subject`: what a change changes.

use sea_orm::entity::prelude::*;

/// A row of `change_subject`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "change_subject")]
pub struct Model {
    /// The change.
    #[sea_orm(primary_key, auto_increment = false)]
    pub change_id: Uuid,
    /// The code of the noun.
    pub subject_type: i16,
    /// Any entity.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject_id: Uuid,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
