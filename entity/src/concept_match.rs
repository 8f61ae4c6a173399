//! The table `concept_match`: the edge from a concept to a concept.

use sea_orm::entity::prelude::*;

/// A row of `concept_match`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "concept_match")]
pub struct Model {
    /// From this concept.
    #[sea_orm(primary_key, auto_increment = false)]
    pub concept_id: Uuid,
    /// To this concept.
    #[sea_orm(primary_key, auto_increment = false)]
    pub match_id: Uuid,
    /// From when it holds, in microseconds; absent means since ever.
    pub valid_from: Option<i64>,
    /// Until when it holds, in microseconds; absent means for ever.
    pub valid_to: Option<i64>,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
