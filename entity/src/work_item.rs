//! The table `work_item`: one piece of work in a production or review tool.

use sea_orm::entity::prelude::*;

/// A row of `work_item`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "work_item")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What is to be done.
    pub title: String,
    /// One of `WorkItemStatus`.
    pub status: Option<String>,
    /// Microseconds since 1970 in UTC.
    pub opened_at: Option<i64>,
    /// Microseconds since 1970 in UTC.
    pub closed_at: Option<i64>,
    /// The `asset` it points to.
    pub asset_id: Option<Uuid>,
    /// The `campaign` it points to.
    pub campaign_id: Option<Uuid>,
    /// The `brief` it points to.
    pub brief_id: Option<Uuid>,
    /// The `change` it points to.
    pub change_id: Option<Uuid>,
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
