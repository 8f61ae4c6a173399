//! The table `experience_variant`: the edge from an experience to a variant.

use sea_orm::entity::prelude::*;

/// A row of `experience_variant`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "experience_variant")]
pub struct Model {
    /// From this experience.
    #[sea_orm(primary_key, auto_increment = false)]
    pub experience_id: Uuid,
    /// To this variant.
    #[sea_orm(primary_key, auto_increment = false)]
    pub variant_id: Uuid,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
