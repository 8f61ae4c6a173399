//! The table `source`: an upstream system that Weft learns from.

use sea_orm::entity::prelude::*;

/// A row of `source`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "source")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The name it goes by here, the `source` of every external id it gives.
    pub name: String,
    /// One of `SourceKind`.
    pub kind: Option<String>,
    /// Who makes it.
    pub vendor: Option<String>,
    /// What it is the system of record for.
    pub description: Option<String>,
    /// The `team` it points to.
    pub owner_team_id: Option<Uuid>,
    /// When Weft learnt of it, in microseconds.
    pub created_at: i64,
    /// When Weft last learnt something new of it, in microseconds.
    pub updated_at: i64,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
