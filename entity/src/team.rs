//! The table `team`: a team that owns, makes, decides or looks after things.

use sea_orm::entity::prelude::*;

/// A row of `team`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "team")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The team's name.
    pub name: String,
    /// What it is responsible for.
    pub description: Option<String>,
    /// When Weft learnt of it, in microseconds.
    pub created_at: i64,
    /// When Weft last learnt something new of it, in microseconds.
    pub updated_at: i64,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
