//! The table `handoff`: work passed from one team to another.

use sea_orm::entity::prelude::*;

/// A row of `handoff`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "handoff")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Microseconds since 1970 in UTC.
    pub entered_at: Option<i64>,
    /// Microseconds since 1970 in UTC.
    pub started_at: Option<i64>,
    /// Microseconds since 1970 in UTC.
    pub exited_at: Option<i64>,
    /// One of `HandoffOutcome`.
    pub outcome: Option<String>,
    /// The `work_item` it points to.
    pub work_item_id: Option<Uuid>,
    /// The `team` it points to.
    pub from_team_id: Option<Uuid>,
    /// The `team` it points to.
    pub to_team_id: Option<Uuid>,
    /// The `handoff` it points to.
    pub rework_of_id: Option<Uuid>,
    /// When Weft learnt of it, in microseconds.
    pub created_at: i64,
    /// When Weft last learnt something new of it, in microseconds.
    pub updated_at: i64,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
