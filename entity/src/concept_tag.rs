//! The table `concept_tag`: which concept tags which entity.

use sea_orm::entity::prelude::*;

/// A row of `concept_tag`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "concept_tag")]
pub struct Model {
    /// What is tagged.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject_id: Uuid,
    /// The code of its noun.
    pub subject_type: i16,
    /// The concept.
    #[sea_orm(primary_key, auto_increment = false)]
    pub concept_id: Uuid,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
