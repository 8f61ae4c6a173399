//! The table `pilot_team`: the edge from a pilot to a team.

use sea_orm::entity::prelude::*;

/// A row of `pilot_team`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "pilot_team")]
pub struct Model {
    /// From this pilot.
    #[sea_orm(primary_key, auto_increment = false)]
    pub pilot_id: Uuid,
    /// To this team.
    #[sea_orm(primary_key, auto_increment = false)]
    pub team_id: Uuid,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
