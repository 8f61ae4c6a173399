//! The table `decision`: the live logic that picks content for a placement: rules, an experiment or a ranking.

use sea_orm::entity::prelude::*;

/// A row of `decision`.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "decision")]
pub struct Model {
    /// UUIDv7.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// What the decision is called.
    pub name: String,
    /// One of `DecisionKind`.
    pub kind: Option<String>,
    /// One of `DecisionStatus`.
    pub status: Option<String>,
    /// Microseconds since 1970 in UTC.
    pub start_time: Option<i64>,
    /// Microseconds since 1970 in UTC.
    pub end_time: Option<i64>,
    /// Which decision goes first where several apply: the smaller number.
    pub priority: Option<i32>,
    /// The `placement` it points to.
    pub placement_id: Option<Uuid>,
    /// The `campaign` it points to.
    pub campaign_id: Option<Uuid>,
    /// The `variant` it points to.
    pub fallback_id: Option<Uuid>,
    /// When Weft learnt of it, in microseconds.
    pub created_at: i64,
    /// When Weft last learnt something new of it, in microseconds.
    pub updated_at: i64,
}

/// Relations are kept as data in the catalogue of the root package.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
