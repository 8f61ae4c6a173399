//! The table `concept_broader`: the edge from a concept to a concept.

use sea_orm::entity::prelude::*;

/// A row of `concept_broader`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "concept_broader")]
pub struct Model {
    /// From this concept.
    #[sea_orm(primary_key, auto_increment = false)]
    pub concept_id: Uuid,
    /// To this concept.
    #[sea_orm(primary_key, auto_increment = false)]
    pub broader_id: Uuid,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
