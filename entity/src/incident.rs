//! The table `incident`: an error or exception in the engine.

use sea_orm::entity::prelude::*;

/// A row of `incident`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "incident")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What happened, in a line.
    pub title: Option<String>,
    /// One of `IncidentKind`.
    pub kind: Option<String>,
    /// What happened, in full.
    pub description: Option<String>,
    /// Microseconds since 1970 in UTC.
    pub opened_at: Option<i64>,
    /// Microseconds since 1970 in UTC.
    pub closed_at: Option<i64>,
    /// The system it happened in.
    pub system: Option<String>,
    /// The code of the noun that the id beside it names.
    pub subject_type: Option<i16>,
    /// Any entity.
    pub subject_id: Option<Uuid>,
    /// The `campaign` it points to.
    pub campaign_id: Option<Uuid>,
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
