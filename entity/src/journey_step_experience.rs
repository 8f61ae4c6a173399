//! The table `journey_step_experience`: the edge from a journey step to an experience.

use sea_orm::entity::prelude::*;

/// A row of `journey_step_experience`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "journey_step_experience")]
pub struct Model {
    /// From this journey step.
    #[sea_orm(primary_key, auto_increment = false)]
    pub journey_step_id: Uuid,
    /// To this experience.
    #[sea_orm(primary_key, auto_increment = false)]
    pub experience_id: Uuid,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
